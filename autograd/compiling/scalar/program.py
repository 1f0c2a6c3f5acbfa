"""Program: a list of primitive instructions, each computed once and used as often as needed.

What an operation is made of stands in its formula, which is made once; it is copied wherever the operation occurs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

from inversa.autograd.compiling.errors import TracingError
from inversa.autograd.compiling.scalar.formulas import COMPUTE, Formula, formula
from inversa.autograd.compiling.scalar.loops import Loops
from inversa.autograd.compiling.scalar.ordering import Columns, Ordering
from inversa.autograd.compiling.scalar.trace import Symbol, Trace
from inversa.autograd.kernels import lowering
from inversa.autograd.kernels.lowering import ARGUMENT, INSTRUCTIONS, PARAMETER, UNARY

_NUMBER = {name: number for number, name in enumerate(INSTRUCTIONS)}


class Instruction(NamedTuple):
    """``name`` of the instructions at ``inputs``; ``number`` is a constant, or which argument or parameter it is."""

    name: str
    inputs: tuple[int, ...] = ()
    number: float = 0.0


class Program:
    """Instructions in an order in which they can be run, and which of them are asked for.

    This is what everyone reads who wants to know what was traced: the listing, pages, and the tables of the machine.

    Parameters
    ----------
    outputs, arguments, parameters : sequence of Symbol
        Of one trace.
    results : int
        How many of the outputs, from the first, are the function itself.

    Attributes
    ----------
    what, x, y, z : columns of int
        Of every instruction what it computes, a number of `INSTRUCTIONS`, and which others it reads. Of a constant x is
        the place in ``numbers``, of an argument or a parameter which one it is.
    numbers : column of float
    uniform : column of int
        Of each instruction, whether its value is the same for all samples.
    outputs : list of int
        The instructions whose values are the results.
    forward : int
        How many instructions, from the first, compute the function itself, that is its ``results``, the first outputs;
        the rest are the inverse program.
    """

    def __init__(
        self,
        outputs: Sequence[Symbol],
        arguments: Sequence[Symbol],
        parameters: Sequence[Symbol],
        results: int = 1,
    ) -> None:
        rows = [[x.place for x in symbols] for symbols in (outputs, arguments, parameters)]
        self._lower(outputs[0].recorder, rows[0], rows[1], rows[2], results)

    @classmethod
    def of_rows(
        cls, trace: Trace, outputs: Sequence[int], arguments: Sequence[int], parameters: Sequence[int], results: int = 1
    ) -> Program:
        """The same from rows of a trace."""
        program = cls.__new__(cls)
        program._lower(trace, outputs, arguments, parameters, results)
        return program

    def _lower(
        self, trace: Trace, outputs: Sequence[int], arguments: Sequence[int], parameters: Sequence[int], results: int
    ) -> None:
        self.loops = Loops(len(trace.kinds))
        ordering = Ordering(trace, self.loops)
        ordering.add(outputs[:results])
        half = ordering.count
        ordering.add(outputs[results:])
        lowered = _Lowering(trace, self.loops, ordering, _leaves(trace, arguments, parameters))
        half, count = lowered.run(half), lowered.run(ordering.count)
        wanted, moved = [int(lowered.places[x]) for x in outputs], self.loops.column(count)
        count, self.forward = self.loops.run(
            lowering.drop_unused, *lowered.columns, count, half, self.loops.given(wanted), moved
        )
        self.what, self.x, self.y, self.z, self.uniform = (x[:count] for x in lowered.columns)
        self.numbers = lowered.all_numbers()
        self.outputs = [int(moved[x]) for x in wanted]

    @cached_property
    def instructions(self) -> list[Instruction]:
        """The instructions one by one."""
        return [self._instruction(i) for i in range(len(self.what))]

    def _instruction(self, i: int) -> Instruction:
        what, x = self.what[i], int(self.x[i])
        name = INSTRUCTIONS[what]
        if what < lowering.NEG:
            return Instruction(name, (), float(self.numbers[x]) if name == "constant" else x)
        inputs = (x, int(self.y[i]), int(self.z[i]))
        return Instruction(name, inputs[: 1 + (what >= lowering.ADD) + (what == lowering.WHERE)])


def _leaves(trace: Trace, arguments: Sequence[int], parameters: Sequence[int]) -> tuple[list[int], list[int]]:
    """Of every leaf of the trace which instruction it is, and its number."""
    what, numbers = [0] * len(trace.leaves), [0] * len(trace.leaves)
    for instruction, places in ((ARGUMENT, arguments), (PARAMETER, parameters)):
        for number, place in enumerate(places):
            leaf = trace.inputs[trace.first[place]]
            what[leaf], numbers[leaf] = instruction, number
    return what, numbers


class _Lowering:
    """The instructions of rows, from templates of the kinds that occur."""

    def __init__(self, trace: Trace, loops: Loops, ordering: Ordering, leaves: tuple[list[int], list[int]]) -> None:
        self.trace, self.loops, self.ordering, self.leaves = trace, loops, ordering, leaves
        uses = self._uses()
        formulas = [
            formula(kind) if kind is not None and n else Formula(0)
            for kind, n in zip(trace.operations, uses, strict=True)
        ]
        lengths = [len(each.rows) for each in formulas]
        rows = [row for each in formulas for row in each.rows]
        self._templates = (
            loops.given([0, *accumulate(lengths)]),
            loops.given([x for row in rows for x in (_NUMBER[row.name], *row.slots, *[0] * (3 - len(row.slots)))]),
            loops.given([row.number for row in rows], "d"),
            loops.given([each.result for each in formulas]),
        )
        most = sum(n * max(1, length) for n, length in zip(uses, lengths, strict=True)) + 1
        self.columns = (loops.column(most, "B"), *(loops.column(most) for _ in range(3)),
                        loops.column(most, "B"))  # fmt: skip
        self._numbers = loops.column(most, "d")
        self._table = loops.column(1 << (3 * most // 2).bit_length(), fill=-1)
        self._slots = loops.column(max((each.operands + len(each.rows) for each in formulas), default=0) + 1)
        self._state, self._folded = loops.column(8), loops.column(1, "d")
        self.places = loops.column(len(trace.kinds))

    def _uses(self) -> list[int]:
        """How often each kind occurs."""
        uses = self.loops.column(len(self.trace.operations))
        kinds = self.loops.given(self.trace.kinds)
        self.loops.run(lowering.count_kinds, kinds, self.ordering.rows, self.ordering.count, uses)
        return [int(n) for n in uses]

    def run(self, end: int) -> int:
        """Lower the rows up to this one in the order; return how many instructions there are."""
        loops, state = self.loops, self._state
        columns = Columns.of(self.trace, loops)
        constants = loops.given(self.trace.constants, "d")
        leaves = [loops.given(x) for x in self.leaves]
        while stopped := loops.run(
            lowering.lower_rows,
            *columns,
            constants,
            *leaves,
            self.ordering.rows,
            end,
            *self._templates,
            self.places,
            *self.columns,
            self._numbers,
            self._table,
            self._slots,
            state,
            self._folded,
        ):
            if stopped == lowering.UNKNOWN:
                symbol = self.trace.at(int(self.ordering.rows[state[lowering.NODE]]))
                raise TracingError(f"{symbol.name or 'a traced number'} is neither an argument nor a parameter")
            self._fold()
        return int(state[lowering.COUNT])

    def _fold(self) -> None:
        """Compute what the loop stopped for: a function of constants."""
        state, xs = self._state, self.columns[1]
        what = int(state[lowering.WHAT])
        operands = [float(self._numbers[xs[state[i]]]) for i in (lowering.FIRST, lowering.SECOND)]
        name = INSTRUCTIONS[what]
        self._folded[0] = float(COMPUTE[name](*operands[: 1 if name in UNARY else 2]))
        state[lowering.FOLDED] = 1

    def all_numbers(self) -> Any:
        """The numbers of the constants."""
        return self._numbers[: self._state[lowering.NUMBERS]]
