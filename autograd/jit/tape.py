"""Tape: a program as the flat tables of numbers that the virtual machine runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.jit.program import Program
from inversa.autograd.ops.namespace import LazyModule, np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.autograd.kernels import machine
else:
    machine = LazyModule("inversa.autograd.kernels.machine")  # Numba is slow to import


class Step(NamedTuple):
    """An instruction of the machine; registers are still the places of instructions in the program."""

    what: str
    place: int  # the program's instruction that is computed; of DOT and SUM the sum that is added to
    registers: tuple[int, ...] = ()  # what is read
    number: int = 0  # a uniform instruction
    terms: tuple[tuple[int, int], ...] = ()  # products of a uniform number and a register


class Tape:
    """A program, ready to be run.

    Parameters
    ----------
    program : Program
    reduced : int
        Of how many of the program's outputs, from the first, the sum over the samples is wanted; of the others a result
        for each sample.
    arguments : int
        How many arguments the function has.
    """

    def __init__(self, program: Program, reduced: int, arguments: int) -> None:
        self.program = program
        self.reduced = reduced
        self.one = program.emit("constant", number=1.0)  # the factor of a term that has none
        outputs = program.outputs
        sums_of_uniform = [(k, i) for k, i in enumerate(outputs[:reduced]) if program.uniform[i]]
        self._spread: set[int] = set()  # the uniform numbers that stand in a register, too
        self._uses = Counter(outputs)  # by what is needed; nothing else is computed
        for place in reversed(range(len(program.instructions))):
            if self._uses[place]:
                self._uses.update(program.instructions[place].inputs)
        steps = list(self._steps(sums_of_uniform))
        self.uniform_code = self._uniform_code()
        self._assign_registers(steps, arguments)
        instructions = program.instructions
        self.constants = np.array([x.number if x.name == "constant" else 0.0 for x in instructions])
        used = [(i, int(x.number)) for i, x in enumerate(instructions) if x.name == "parameter"]
        self.parameter_places, self.parameter_numbers = np.array(used, dtype=np.int64).reshape(-1, 2).T
        self.uniform_sums = np.array([k for k, _ in sums_of_uniform], dtype=np.int64)
        self.uniform_terms = np.array([i for _, i in sums_of_uniform], dtype=np.int64)

    # From instructions to steps.

    def _steps(self, sums_of_uniform: list[tuple[int, int]]) -> Iterator[Step]:
        """What is computed for every sample: sums of products in one step, the rest one by one."""
        program = self.program
        outputs = program.outputs
        summed = [(k, i) for k, i in enumerate(outputs[: self.reduced]) if not program.uniform[i]]
        # A sum over samples may be taken apart: the sum of its terms' sums. So DOT gives the gradient of a weight.
        self._within: set[int] = set()
        totals: list[Step] = []
        for k, output in summed:
            terms, additions = self._terms([output])
            self._within |= additions
            for term in terms:
                x = program.instructions[term]
                if program.uniform[term]:
                    sums_of_uniform.append((k, term))
                elif x.name == "mul" and self._uses[term] == 1 and not any(program.uniform[i] for i in x.inputs):
                    self._within.add(term)
                    totals.append(Step("DOT", k, x.inputs))
                else:
                    totals.append(Step("SUM", k, (term,)))
        fused = self._fused()
        for place, instruction in enumerate(list(program.instructions)):
            needed = self._uses[place] and place not in self._within
            if program.uniform[place] or not needed or instruction.name == "argument":
                continue
            if place in fused:
                yield fused[place]
            else:
                yield from self._single(place, instruction.name, instruction.inputs)
        for output in dict.fromkeys(outputs[self.reduced :]):
            if program.uniform[output] and output not in self._spread:
                yield Step("SPLAT", output, number=output)
        yield from totals

    def _terms(self, places: Sequence[int]) -> tuple[list[int], set[int]]:
        """The terms of a sum, in order, and the additions that nobody else looks at and that were taken apart."""
        program = self.program
        terms: list[int] = []
        additions: set[int] = set()
        stack = list(places[::-1])
        while stack:
            i = stack.pop()
            if program.instructions[i].name == "add" and not program.uniform[i] and self._uses[i] == 1:
                additions.add(i)
                stack += program.instructions[i].inputs[::-1]
            else:
                terms.append(i)
        return terms, additions

    def _fused(self) -> dict[int, Step]:
        """COMBINE steps: sums of at least two products of a uniform number and a register."""
        program, uniform = self.program, self.program.uniform
        fused: dict[int, Step] = {}
        seen = set(self._within)
        for place in reversed(range(len(program.instructions))):  # the longest sums first
            x = program.instructions[place]
            if x.name != "add" or uniform[place] or place in seen:
                continue
            terms, additions = self._terms(x.inputs)
            seen |= additions
            products = []
            for term in terms:
                y = program.instructions[term]
                if y.name == "mul" and self._uses[term] == 1 and uniform[y.inputs[0]] != uniform[y.inputs[1]]:
                    number, register = sorted(y.inputs, key=lambda i: not uniform[i])
                    products.append((number, register, term))
            if len(products) < 2:
                continue  # not worth it: added one by one
            inside = {term for _, _, term in products}
            self._within |= additions | inside
            constant = program.emit("constant", number=0.0)
            pairs = [(number, register) for number, register, _ in products]
            for term in terms:
                if uniform[term]:
                    constant = program.emit("add", constant, term)
                elif term not in inside:
                    pairs.append((self.one, term))
            fused[place] = Step("COMBINE", place, tuple(register for _, register in pairs), constant, tuple(pairs))
        return fused

    def _single(self, place: int, name: str, inputs: tuple[int, ...]) -> Iterator[Step]:
        """One instruction; a uniform operand that the machine does not take as such is spread over a register first."""
        uniform = self.program.uniform
        if name in ("add", "mul") and any(uniform[i] for i in inputs):
            number, register = sorted(inputs, key=lambda i: not uniform[i])
            yield Step(f"{name.upper()}_RU", place, (register,), number)
            return
        for i in inputs:
            if uniform[i] and i not in self._spread:
                self._spread.add(i)
                yield Step("SPLAT", i, number=i)
        yield Step(*_machines(name, place, inputs))

    # From steps to numbers.

    def _uniform_code(self) -> NDArray[Any]:
        """What is computed once a call: the same machine, with one lane, and every number in a register of its own."""
        rows = []
        for place, x in enumerate(self.program.instructions):
            if self.program.uniform[place] and x.inputs:
                what, _, inputs = _machines(x.name, place, x.inputs)
                rows.append([getattr(machine, what), place, *inputs, *[0] * (3 - len(inputs))])
        return np.array(rows, dtype=np.int64).reshape(-1, 5)

    def _assign_registers(self, steps: list[Step], arguments: int) -> None:
        """Give every result a register; one whose number is not needed any more is used again."""
        program = self.program
        kept = program.outputs[self.reduced :]
        last = {i: n for n, step in enumerate(steps) for i in step.registers}
        register = {i: int(x.number) for i, x in enumerate(program.instructions) if x.name == "argument"}
        free: list[int] = []
        count = arguments
        rows: list[list[int]] = []
        terms: list[list[int]] = []
        for n, step in enumerate(steps):
            if step.what in ("DOT", "SUM"):
                place = step.place
            else:
                if free:
                    place = free.pop()
                else:
                    place, count = count, count + 1
                register[step.place] = place
            if step.what == "COMBINE":
                operands = [len(terms), len(terms) + len(step.terms), step.number]
                terms += [[number, register[r]] for number, r in step.terms]
            else:
                read = [register[i] for i in step.registers]
                operands = read if len(read) == 3 else [*read, *[0] * (2 - len(read)), step.number]
            rows.append([getattr(machine, step.what), place, *operands])
            done = {i for i in step.registers if last[i] == n and i not in kept}
            free += [register[i] for i in done if register[i] >= arguments]
        self.code = np.array(rows, dtype=np.int64).reshape(-1, 5)
        self.terms = np.array(terms, dtype=np.int64).reshape(-1, 2)
        self.kept = np.array([register[i] for i in kept], dtype=np.int64)
        self.register_count = count

    # Running it.

    def run(self, arguments: NDArray[Any], parameters: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """The sums over the samples of the first outputs, and of the others a row with a number for every sample."""
        uniform = self.constants.copy()
        uniform[self.parameter_places] = parameters[self.parameter_numbers]
        sums = np.zeros(self.reduced)
        results = np.empty((len(self.kept), arguments.shape[1]))
        once = np.empty((0, 1))  # no arguments, one sample
        machine.run(self.uniform_code, self.terms, uniform, uniform[:, None], once, self.kept[:0], once, sums)
        lanes = np.empty((self.register_count, machine.BLOCK))
        machine.run(self.code, self.terms, uniform, lanes, arguments, self.kept, results, sums)
        np.add.at(sums, self.uniform_sums, arguments.shape[1] * uniform[self.uniform_terms])
        return sums, results


def _machines(name: str, place: int, inputs: tuple[int, ...]) -> tuple[str, int, tuple[int, ...]]:
    """A primitive as the machine has it, on registers alone."""
    if name in ("gt", "ge"):
        return {"gt": "LT", "ge": "LE"}[name], place, inputs[::-1]
    return f"{name.upper()}_RR" if name in ("add", "sub", "mul", "div") else name.upper(), place, inputs
