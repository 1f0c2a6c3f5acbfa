"""TracedValues: the program of a function of Values as one operation."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

from inversa.autograd.compiling.scalar.program import Program
from inversa.autograd.compiling.scalar.running import Runner, ready, tables
from inversa.autograd.compiling.scalar.trace import Symbol, Trace
from inversa.autograd.compiling.scalar.writing import writing
from inversa.autograd.compiling.traced import Form, Traced
from inversa.autograd.lazy import has_numpy, np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TracedValues(Traced):
    """What was traced of a function of Values: numbers give numbers, arrays of samples give arrays.

    Parameters
    ----------
    name : str
    trace : Trace
        Its parameters are the last of the inputs.
    arguments, outputs : sequence of Symbol
    """

    def __init__(self, name: str, trace: Trace, arguments: Sequence[Symbol], outputs: Sequence[Symbol]) -> None:
        self.trace = trace
        self.arguments = list(arguments)
        self.parameters = list(trace.parameters.values())
        super().__init__(name, [*self.arguments, *self.parameters], outputs)

    @cached_property
    def _tape(self) -> Runner:
        return tape(self.outputs, self.arguments, self.parameters)

    def run(self, xs: Sequence[Any]) -> list[Any]:
        """The outputs, floats for floats."""
        count = len(self.arguments)
        if not has_numpy():
            return [row[0] for row in self._tape.run([[x] for x in xs[:count]], xs[count:])[1]]
        shape = _shape(xs)
        given = xs[:count] if shape == () else [np.broadcast_to(x, shape) for x in xs[:count]]
        rows = np.array(given, dtype=float).reshape(count, math.prod(shape))
        found: NDArray[Any] = self._tape.run(rows, [float(x) for x in xs[count:]])[1]
        return found[:, 0].tolist() if shape == () else list(found.reshape(len(found), *shape))

    def forms(self, xs: Sequence[Any]) -> list[Form]:
        """The outputs have a number for every sample."""
        return [(_shape(xs), np.float64)] * len(self.outputs)

    def inverse(self, moving: Sequence[Symbol], wanted: Sequence[Symbol]) -> TracedValues:
        """The derivatives of the outputs' sum with weights, which are the gradients that come back."""
        with writing():
            seeds = [self.trace.argument(f"g{i}") for i, _ in enumerate(moving, start=1)]
            total = reduce(operator.add, map(operator.mul, seeds, moving))
            slopes = self.trace.derivatives(total, wanted)
        return TracedValues(f"{self.name}′", self.trace, [*seeds, *self.arguments], slopes)


def tape(
    outputs: Sequence[Symbol], arguments: Sequence[Symbol], parameters: Sequence[Symbol], reduced: int = 0
) -> Runner:
    """Symbols as what runs: of the first outputs the sums over the samples, of the others a number for every sample."""
    with writing():
        return ready(tables(Program(outputs, arguments, parameters), reduced, len(arguments), len(parameters)))


def _shape(xs: Sequence[Any]) -> tuple[int, ...]:
    """The common shape of numbers and arrays."""
    shapes = {getattr(x, "shape", ()) for x in xs}
    return () if shapes == {()} else np.broadcast_shapes(*shapes)
