"""Bytecode: a program as the flat tables of numbers that the virtual machine runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.compiling.scalar.program import Instruction, Program
from inversa.autograd.lazy import LazyModule, np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.autograd.kernels import machine
else:
    machine = LazyModule("inversa.autograd.kernels.machine")  # Numba is slow to import

# The machine's comparison, and whether the operands keep their order or change places.
COMPARISONS = {"lt": ("lt", 1), "le": ("le", 1), "eq": ("eq", 1), "gt": ("lt", -1), "ge": ("le", -1)}


class Step(NamedTuple):
    """An instruction of the machine; registers and numbers are still the places of instructions in the program."""

    what: str
    place: int  # the program's instruction that is computed; -1 for DOTS, which fill no register
    registers: tuple[int, ...] = ()  # what is read
    numbers: tuple[int, ...] = ()  # uniform instructions
    terms: tuple[tuple[int, int], ...] = ()  # of COMBINE a uniform number and a register, of DOTS a sum and a register


class _Shim:
    def __init__(self, p):
        self.instructions, self.uniform, self.outputs = list(p.instructions), list(map(bool, p.uniform)), p.outputs
    def emit(self, name, *inputs, number=0.0):
        for i, x in enumerate(self.instructions):
            if x.name == name and x.inputs == inputs and repr(x.number) == repr(number): return i
        self.instructions.append(Instruction(name, inputs, number)); self.uniform.append(True)
        return len(self.instructions) - 1


class Bytecode:
    """The tables of a program.

    Parameters
    ----------
    program : Program
    reduced : int
        Of how many of the program's outputs, from the first, the sum over the samples is wanted; of the others a result
        for each sample.
    arguments, parameters : int
        How many arguments the function has, and how many parameters.
    """

    def __init__(self, program: Program, reduced: int, arguments: int, parameters: int) -> None:
        program = _Shim(program)
        self.program = program
        self.reduced = reduced
        self.parameters = parameters
        self.zero, self.minus_zero, self.one, self.minus_one = (
            program.emit("constant", number=x) for x in (0.0, -0.0, 1.0, -1.0)
        )
        # What the machine has is more general: a + u·b and u·a + v, with uniform u and v. (a + −0 is a, even −0.)
        self._general = {
            "add": ("ADD", (self.one,)),
            "sub": ("ADD", (self.minus_one,)),
            "neg": ("LINEAR", (self.minus_one, self.minus_zero)),
        }
        self.instructions = [self._choice(x) for x in program.instructions]
        outputs = program.outputs
        sums_of_uniform = [(k, i) for k, i in enumerate(outputs[:reduced]) if program.uniform[i]]
        self._spread: set[int] = set()  # the uniform numbers that stand in a register, too
        self._uses = Counter(outputs)  # by what is needed; nothing else is computed
        for place in reversed(range(len(self.instructions))):
            if self._uses[place]:
                self._uses.update(self.instructions[place].inputs)
        steps = list(self._steps(sums_of_uniform))
        self.instructions += program.instructions[len(self.instructions) :]  # the first summands of COMBINE
        self._number_uniform(parameters)
        self.uniform_sums = np.array([k for k, _ in sums_of_uniform], dtype=int)
        self.uniform_terms = np.array([self._number[i] for _, i in sums_of_uniform], dtype=int)
        self.uniform_code = self._uniform_code()
        self._assign_registers(steps, arguments)

    # From instructions to steps.

    def _choice(self, x: Instruction) -> Instruction:
        """An instruction as the machine has it: comparisons choose between two numbers, and there is none with >."""
        if x.name == "where":
            condition, yes, no = x.inputs
            compared = self.program.instructions[condition]
            if compared.name not in COMPARISONS:
                return Instruction("eq", (condition, self.zero, no, yes))
        elif x.name in COMPARISONS:
            compared, yes, no = x, self.one, self.zero
        else:
            return x
        name, reverse = COMPARISONS[compared.name]
        return Instruction(name, (*compared.inputs[::reverse], yes, no))

    def _steps(self, sums_of_uniform: list[tuple[int, int]]) -> Iterator[Step]:
        """What is computed for every sample: sums of products in one step, the rest one by one."""
        program, instructions = self.program, self.instructions
        outputs = program.outputs
        summed = [(k, i) for k, i in enumerate(outputs[: self.reduced]) if not program.uniform[i]]
        # A sum over samples may be taken apart: the sum of its terms' sums. So DOTS give the gradients of weights.
        self._within: set[int] = set()
        products: list[tuple[int, tuple[int, ...]]] = []
        for k, output in summed:
            terms, additions = self._terms([output])
            self._within |= additions
            for term in terms:
                x = instructions[term]
                if program.uniform[term]:
                    sums_of_uniform.append((k, term))
                elif x.name == "mul" and self._uses[term] == 1 and not any(program.uniform[i] for i in x.inputs):
                    self._within.add(term)
                    products.append((k, x.inputs))
                else:
                    products.append((k, (term, self.one)))
        fused = self._fused()
        for place, instruction in enumerate(instructions):
            needed = self._uses[place] and place not in self._within
            if program.uniform[place] or not needed or instruction.name == "argument":
                continue
            step = fused[place] if place in fused else self._single(place, instruction.name, instruction.inputs)
            yield from self._spread_over(step.registers)
            yield step
        for step in self._dots(products):
            yield from self._spread_over(step.registers)
            yield step
        yield from self._spread_over(outputs[self.reduced :])

    def _spread_over(self, places: Sequence[int]) -> Iterator[Step]:
        """The steps that put a uniform number into a register, for those numbers that are in none."""
        for i in dict.fromkeys(places):
            if self.program.uniform[i] and i not in self._spread:
                self._spread.add(i)
                yield Step("SPLAT", i, numbers=(i,))

    def _terms(self, places: Sequence[int]) -> tuple[list[int], set[int]]:
        """The terms of a sum, in order, and the additions that were taken apart, as nothing else uses them."""
        program = self.program
        terms: list[int] = []
        additions: set[int] = set()
        stack = list(places[::-1])
        while stack:
            i = stack.pop()
            if self.instructions[i].name == "add" and not program.uniform[i] and self._uses[i] == 1:
                additions.add(i)
                stack += self.instructions[i].inputs[::-1]
            else:
                terms.append(i)
        return terms, additions

    def _fused(self) -> dict[int, Step]:
        """COMBINE steps: sums of at least two products of a uniform number and a register."""
        program, uniform = self.program, self.program.uniform
        fused: dict[int, Step] = {}
        seen = set(self._within)
        for place in reversed(range(len(self.instructions))):  # the longest sums first
            x = self.instructions[place]
            if x.name != "add" or uniform[place] or place in seen:
                continue
            terms, additions = self._terms(x.inputs)
            seen |= additions
            products = []
            for term in terms:
                y = self.instructions[term]
                if y.name == "mul" and self._uses[term] == 1 and uniform[y.inputs[0]] != uniform[y.inputs[1]]:
                    number, register = sorted(y.inputs, key=lambda i: not uniform[i])
                    products.append((number, register, term))
            if len(products) < 2:
                continue  # not worth it: added one by one
            inside = {term for _, _, term in products}
            self._within |= additions | inside
            constant = self.zero
            pairs = [(number, register) for number, register, _ in products]
            for term in terms:
                if uniform[term]:
                    constant = term if constant == self.zero else program.emit("add", constant, term)
                elif term not in inside:
                    pairs.append((self.one, term))
            pairs += [(self.zero, self.zero)] * (-len(pairs) % machine.GROUP)
            registers = tuple(register for _, register in pairs)
            fused[place] = Step("COMBINE", place, registers, (constant,), tuple(pairs))
        return fused

    def _dots(self, products: list[tuple[int, tuple[int, ...]]]) -> Iterator[Step]:
        """DOTS steps: products whose sums are wanted, together with others that have an operand in common."""
        count = Counter(i for _, operands in products for i in operands)
        groups: dict[int, list[tuple[int, int]]] = {}
        for k, operands in products:
            other, common = sorted(operands, key=count.__getitem__)
            groups.setdefault(common, []).append((k, other))
        for common, terms in groups.items():
            terms += [(self.reduced, common)] * (-len(terms) % machine.GROUP)  # into a sum that is not read
            yield Step("DOTS", -1, (common, *(i for _, i in terms)), (), tuple(terms))

    def _single(self, place: int, name: str, inputs: tuple[int, ...]) -> Step:
        """One instruction. Uniform operands that the machine does not take as such are registers, too."""
        registers = tuple(i for i in inputs if not self.program.uniform[i])
        match name, [i for i in inputs if self.program.uniform[i]]:
            case "mul", [u]:
                return Step("LINEAR", place, registers, (u, self.minus_zero))
            case "add", [v]:
                return Step("LINEAR", place, registers, (self.one, v))
            case "sub", [v] if v == inputs[0]:
                return Step("LINEAR", place, registers, (self.minus_one, v))
        what, numbers = self._general.get(name, (name.upper(), ()))
        return Step(what, place, inputs, numbers)

    # From steps to numbers.

    def _number_uniform(self, parameters: int) -> None:
        """Give every uniform number its place; parameters stand first, so that they can be put there all at once."""
        places = [i for i, x in enumerate(self.instructions) if self.program.uniform[i] and x.name != "parameter"]
        self._number = {i: int(x.number) for i, x in enumerate(self.instructions) if x.name == "parameter"}
        self._number |= {i: n for n, i in enumerate(places, start=parameters)}
        self.constants = np.array([0.0] * parameters + [self.instructions[i].number for i in places])

    def _uniform_code(self) -> NDArray[Any]:
        """What is computed once a call: the same machine, with one lane, and every number in a register of its own."""
        rows = []
        for place, x in enumerate(self.instructions):
            if self.program.uniform[place] and x.inputs:
                what, numbers = self._general.get(x.name, (x.name.upper(), ()))
                rows.append(_row(what, self._number[place], [self._number[i] for i in (*x.inputs, *numbers)]))
        return np.array(rows, dtype=np.uint32).reshape(-1, 6)

    def _assign_registers(self, steps: list[Step], arguments: int) -> None:
        """Give every result a register; one whose number is not needed any more is used again."""
        kept = self.program.outputs[self.reduced :]
        last = {i: n for n, step in enumerate(steps) for i in step.registers}
        register = {i: int(x.number) for i, x in enumerate(self.instructions) if x.name == "argument"}
        free: list[int] = []
        count = arguments
        rows: list[list[int]] = []
        terms: list[list[int]] = []
        for n, step in enumerate(steps):
            operands = [register[i] for i in step.registers]
            if step.terms:  # the last registers are theirs
                first = len(terms)
                terms += [[k if step.what == "DOTS" else self._number[k], register[i]] for k, i in step.terms]
                operands = [*operands[: -len(step.terms)], first, len(terms)]
            place = 0
            if step.what != "DOTS":
                if free:
                    place = free.pop()
                else:
                    place, count = count, count + 1
                register[step.place] = place
            rows.append(_row(step.what, place, [*operands, *(self._number[i] for i in step.numbers)]))
            done = {i for i in step.registers if last[i] == n and i not in kept}
            free += [register[i] for i in done if register[i] >= arguments]
        self.code = np.array(rows, dtype=np.uint32).reshape(-1, 6)
        self.terms = np.array(terms, dtype=np.uint32).reshape(-1, 2)
        self.kept = np.array([register[i] for i in kept], dtype=np.uint32)
        self.register_count = count


def _row(what: str, place: int, operands: Sequence[int]) -> list[int]:
    return [getattr(machine, what), place, *operands, *[0] * (4 - len(operands))]
