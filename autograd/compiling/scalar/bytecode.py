"""Bytecode: a program as the flat tables of numbers that the virtual machine runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inversa.autograd.compiling.scalar.program import Program
from inversa.autograd.kernels import tabling
from inversa.autograd.kernels.lowering import ADD, EQ, INSTRUCTIONS, LT, NEG
from inversa.autograd.lazy import LazyModule, np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.autograd.kernels import machine
else:
    machine = LazyModule("inversa.autograd.kernels.machine")  # Numba is slow to import

SPECIAL = (0.0, -0.0, 1.0, -1.0)  # the numbers that rows of the machine need besides those of the program


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

    Attributes
    ----------
    code : uint32, shape (rows, 6)
        What is computed for every sample; see `machine.run`, also for ``terms``.
    terms : uint32, shape (terms, 2)
    kept : uint32
        The registers of the outputs that are not summed.
    register_count : int
    uniform_code : uint32, shape (rows, 6)
        What is computed once a call, every number in a register of its own.
    constants : float64
        The uniform numbers before that; the parameters come first.
    uniform_sums, uniform_terms : int
        Sums over samples, and the uniform numbers that are terms of them.
    """

    def __init__(self, program: Program, reduced: int, arguments: int, parameters: int) -> None:
        self.reduced = reduced
        self.parameters = parameters
        tables = _Tables(program, reduced)
        tables.choose()
        tables.take_sums_apart()
        tables.fuse()
        self.constants, self.uniform_code = tables.uniform_rows(parameters)
        self.uniform_sums, self.uniform_terms = tables.uniform_sums()
        tables.write_rows()
        self.register_count = tables.assign_registers(arguments)
        self.code, self.terms, self.kept = tables.results()


class _Tables:
    """The columns that loops fill one after the other, from instructions to registers.

    Places are those of instructions in the program, then those of the special numbers, then those of additions that are
    made when sums are fused.
    """

    def __init__(self, program: Program, reduced: int) -> None:
        self.program, self.loops, self.reduced = program, program.loops, reduced
        column, given = self.loops.column, self.loops.given
        self.size = len(program.what) + len(SPECIAL)
        self.special = given(list(range(len(program.what), self.size)))  # where they are if the program has none
        self.outputs, self.kept = given(program.outputs), given(program.outputs[reduced:])
        self.op, self.uniform = column(self.size, "B"), column(self.size, "B")
        self.inputs = [column(self.size) for _ in range(4)]
        self.uses, self.within = column(self.size), column(self.size, "B")
        names = ("COMBINE", "DOTS", "LINEAR", "ADD", "SPLAT")
        self.machine = given([getattr(machine, name) for name in names])
        self.rows_of = given([getattr(machine, name.upper(), 0) for name in INSTRUCTIONS])
        self.registers_of = given(_registers_of())

    def choose(self) -> None:
        """Instructions as the machine has them, and how often each result is read."""
        p, run = self.program, self.loops.run
        run(tabling.find_constants, p.what, p.x, p.numbers, self.loops.given(SPECIAL, "d"), self.special)
        columns = (p.what, p.x, p.y, p.z, p.uniform, self.special)
        self.additions = run(tabling.choose, *columns, self.op, *self.inputs, self.uniform)
        for k in range(len(SPECIAL)):
            self.inputs[0][len(p.what) + k] = len(p.numbers) + k
        run(tabling.count_uses, self.op, *self.inputs, self.outputs, self.special, self.uses)

    def take_sums_apart(self) -> None:
        """What is summed over the samples, as products and uniform terms."""
        column = self.loops.column
        most = self.size + self.reduced
        self.sums = column(most), column(most)
        self.products = tuple(column(most) for _ in range(3))
        columns = (self.op, *self.inputs[:2], self.uniform, self.uses, self.outputs, self.reduced)
        stack = column(most)
        one = self.special[tabling.ONE]
        self.sum_count, self.product_count = self.loops.run(
            tabling.take_sums_apart, *columns, one, self.within, stack, *self.sums, *self.products
        )

    def fuse(self) -> None:
        """Sums of products of uniform numbers and registers, as one step each."""
        column, size, group = self.loops.column, self.size, machine.GROUP
        most = (group + 1) * (self.additions + 1)
        terms = column(2 * (most + group * self.product_count))
        self.plus = column(2 * self.additions), column(2 * self.additions)
        self.fused = column(size, fill=-1)
        self.sums_fused = [column(self.additions) for _ in range(3)]  # where terms begin and end; constants
        columns = (self.op, *self.inputs[:2], self.uniform, self.uses, self.special, self.within)
        seen, scratch = column(size, "B"), [column(size + 2) for _ in range(3)]
        self.lowest, self.more = self.loops.run(
            tabling.fuse, *columns, seen, *scratch, group, self.fused, *self.sums_fused, terms, most, *self.plus
        )
        self.terms, self.term_count = terms[2 * self.lowest :], most - self.lowest

    def uniform_rows(self, parameters: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """The uniform numbers, and the rows that compute them."""
        column, count = self.loops.column, self.size + self.more
        self.number = column(count)
        constants = column(parameters + count, "d")
        code = column(6 * count)
        numbers = self.loops.joined(self.program.numbers, SPECIAL)
        columns = (self.op, *self.inputs, self.uniform, self.uses, numbers, self.special, *self.plus, self.more)
        known = (parameters, self.machine, self.rows_of)
        used, rows = self.loops.run(tabling.number_uniform, *columns, *known, self.number, constants, code)
        return np.array(constants[:used], dtype=float), _table(code, rows, 6)

    def uniform_sums(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The sums that uniform numbers are terms of, and these."""
        which, places = (column[: self.sum_count] for column in self.sums)
        return np.array(which, dtype=int), np.array([self.number[i] for i in places], dtype=int)

    def write_rows(self) -> None:
        """What is computed for every sample."""
        column, run, size = self.loops.column, self.loops.run, self.size
        code = column(6 * (size + self.product_count))
        columns = (self.op, *self.inputs, self.uniform, self.uses, self.special, self.within, self.fused)
        starts, ends, constants = self.sums_fused
        fused = (starts, ends, self.lowest, constants)
        rows = run(tabling.write_rows, *columns, *fused, self.machine, self.rows_of, code)
        scratch = column(size), column(size, fill=-1), column(size), column(size)
        dots = (*self.products, self.product_count, self.reduced, machine.GROUP)
        rows, self.term_count = run(
            tabling.group_dots, *dots, *scratch, self.machine, code, rows, self.terms, self.term_count
        )
        self.code = column(6 * (rows + size))
        marks = column(size, "B"), column(max(self.term_count, len(self.kept)) + 4)
        known = (self.terms, self.uniform, self.kept, self.machine, self.registers_of)
        self.rows = run(tabling.spread_uniform, code, rows, *known, *marks, self.code)

    def assign_registers(self, arguments: int) -> int:
        """Registers in place of places; how many there are."""
        column, size = self.loops.column, self.size
        self.register = column(size)
        known = (self.machine, self.registers_of, self.number, arguments, self.kept)
        columns = (self.op, self.inputs[0], self.code, self.rows, self.terms)
        scratch = column(size), self.register, column(size + 1)
        return int(self.loops.run(tabling.assign_registers, *columns, *known, *scratch))

    def results(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Rows and terms, and the registers of the outputs that are kept."""
        kept = np.array([self.register[i] for i in self.kept], dtype=np.uint32)
        return _table(self.code, self.rows, 6), _table(self.terms, self.term_count, 2), kept


def _table(column: Any, rows: int, width: int) -> NDArray[Any]:
    return np.array(column[: rows * width], dtype=np.uint32).reshape(-1, width)


def _registers_of() -> list[int]:
    """How many registers the machine's instructions read, by their numbers; of those in terms, none."""
    count = [0] * (1 + max(getattr(machine, name.upper(), 0) for name in INSTRUCTIONS))
    for number, name in enumerate(INSTRUCTIONS):
        if number >= NEG and hasattr(machine, name.upper()):
            count[getattr(machine, name.upper())] = 1 + (number >= ADD) + 2 * (LT <= number <= EQ)
    count[machine.LINEAR] = count[machine.DOTS] = 1
    count[machine.ADD] = count[machine.MUL] = 2
    return count
