"""Interpreter: a program run by Python itself, where there is no NumPy to hold the machine's tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

from inversa.autograd.compiling.scalar.formulas import COMPUTE
from inversa.autograd.compiling.scalar.program import Program
from inversa.autograd.lazy import LazyModule

if TYPE_CHECKING:
    from inversa.autograd.kernels import compiling
else:
    compiling = LazyModule("inversa.autograd.kernels.compiling")

Columns = list[list[float]]


class Interpreter:
    """A program, run one instruction after the other, each over all samples; with the formulas of Values as they are.

    Parameters
    ----------
    program : Program
    reduced : int
        Of how many of the program's outputs, from the first, the sum over the samples is wanted; of the others a result
        for each sample.
    """

    def __init__(self, program: Program, reduced: int) -> None:
        compiling.compiles()  # whose import says, once, that nothing is compiled here
        self._instructions = program.instructions
        self._uniform = list(program.uniform)
        self._outputs, self._reduced = program.outputs, reduced

    def run(self, arguments: Columns, parameters: Sequence[float]) -> tuple[list[float], Columns]:
        """The sums over the samples of the first outputs, and of the others a row with a number for every sample."""
        samples = len(arguments[0]) if arguments else 1
        found = self._computed(arguments, parameters)
        rows = [[float(found[i])] * samples if self._uniform[i] else list(map(float, found[i])) for i in self._outputs]
        return [sum(row) for row in rows[: self._reduced]], rows[self._reduced :]

    def _computed(self, arguments: Columns, parameters: Sequence[float]) -> list[Any]:
        """What every instruction gives: one number if it is the same for all samples, else one for each."""
        found: list[Any] = []
        for x, uniform in zip(self._instructions, self._uniform, strict=True):
            if x.name == "constant":
                found.append(x.number)
            elif x.name == "argument":
                found.append(arguments[int(x.number)])
            elif x.name == "parameter":
                found.append(parameters[int(x.number)])
            elif uniform:
                found.append(COMPUTE[x.name](*[found[i] for i in x.inputs]))
            else:
                columns = [repeat(found[i]) if self._uniform[i] else found[i] for i in x.inputs]
                found.append(list(map(COMPUTE[x.name], *columns)))
        return found
