"""ValueFunction: traced once into a program, which is run over many samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd.graph import Graph
from inversa.autograd.jit.derivative import derivatives
from inversa.autograd.jit.errors import TracingError
from inversa.autograd.jit.listing import listing
from inversa.autograd.jit.program import Program
from inversa.autograd.jit.symbol import Symbol, Trace
from inversa.autograd.jit.tape import Tape
from inversa.autograd.mode import mode
from inversa.autograd.node import SWITCHED
from inversa.autograd.ops.namespace import np
from inversa.autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Reduction = Literal["mean", "sum"]


class ValueFunction:
    """A function of Values: its program, run over samples.

    It is traced once: called with Symbols for its arguments. The Values that it closes over are its parameters; their
    numbers are read at every call, so an optimiser may change them in between.

    Parameters
    ----------
    function : callable
    names : sequence of str
        Of its arguments.

    Raises
    ------
    TracingError
        For what cannot be compiled, such as a branch on a traced number; `ArraysMetError` when arrays are in it.
    """

    why_not = None  # it is always compiled

    def __init__(self, function: Callable[..., Any], names: Sequence[str]) -> None:
        self.names = names
        self.name = getattr(function, "__name__", "the function")
        self._switched = SWITCHED[0]
        trace = Trace(names, function)
        try:
            with mode(trace=trace.visits, watched=True):
                result = function(*trace.arguments)
        finally:
            why_not = trace.visits.end()
        if why_not:
            raise TracingError(why_not)
        if isinstance(result, (list, tuple)):
            raise TracingError(f"{self.name} gives {len(result)} numbers; jit compiles functions that give one")
        self._traced = trace, trace.symbol(result)

    def holds(self) -> bool:
        """Whether the same program would be made again."""
        trace = self._traced[0]
        latest = SWITCHED[0]
        if latest is not self._switched:
            if any(value.requires_grad is not x.requires_grad for value, x in trace.parameters.items()):
                return False
            self._switched = latest
        return not trace.visits.changed()

    # Compiling, once.

    def _program(self, wanted: Sequence[Symbol]) -> Program:
        trace, output = self._traced
        return Program([output, *derivatives(output, wanted)], trace.arguments, [*trace.parameters.values()])

    def _compiled(self, wanted: Sequence[Symbol], reduced: int) -> Tape:
        return Tape(self._program(wanted), reduced, len(self.names), len(self._values))

    @cached_property
    def _value(self) -> Tape:
        return self._compiled([], 0)

    @cached_property
    def _value_and_grad(self) -> Tape:
        return self._compiled(self._traced[0].arguments, 0)

    @cached_property
    def _backward(self) -> Tape:
        wanted = self._trained
        return self._compiled(wanted, 1 + len(wanted))

    @property
    def _trained(self) -> list[Symbol]:
        return [symbol for value, symbol in self._traced[0].parameters.items() if value.requires_grad]

    @cached_property
    def _values(self) -> list[Value]:
        """All Values that the function closes over."""
        return list(self._traced[0].parameters)

    # Calling it.

    def __call__(self, *arguments: ArrayLike) -> Any:
        """The function's value for every sample: a float for numbers, an array for arrays."""
        rows, shape = self._rows(arguments)
        return _shaped(self._value.run(rows, self._numbers())[1][0], shape)

    def value_and_grad(self, *arguments: ArrayLike) -> tuple[Any, tuple[Any, ...]]:
        """The value, and its derivatives with respect to the arguments, for every sample."""
        rows, shape = self._rows(arguments)
        value, *slopes = (_shaped(row, shape) for row in self._value_and_grad.run(rows, self._numbers())[1])
        return value, tuple(slopes)

    def backward(self, *arguments: ArrayLike, reduce: Reduction = "mean") -> float:
        """The mean (or sum) of the values over the samples; its gradient is added to the parameters' ``grad``."""
        sums = self._sums(self._samples(arguments), self._numbers(), reduce)
        for parameter, gradient in zip(self.parameters, sums[1:].tolist(), strict=True):
            if parameter.grad is None:
                parameter.grad = gradient
            else:
                parameter.grad += gradient
        return float(sums[0])

    def of_parameters(self, *arguments: ArrayLike, reduce: Reduction = "mean") -> Callable[[ArrayLike], Any]:
        """What `backward` computes, as a function of one array of numbers for the parameters."""
        rows = self._samples(arguments)
        trained = [value.requires_grad for value in self._values]
        count = sum(trained)

        def function(numbers: ArrayLike) -> tuple[float, NDArray[Any]]:
            given = as_vector(numbers, count)
            if count < len(trained):  # the others are constants
                given, chosen = np.array(self._numbers()), given
                given[trained] = chosen
            sums = self._sums(rows, given, reduce)
            return float(sums[0]), sums[1:]

        return function

    def _samples(self, arguments: Sequence[ArrayLike]) -> NDArray[Any]:
        rows, _ = self._rows(arguments)
        if not rows.shape[1]:
            raise ValueError("there are no samples")
        return rows

    def _sums(self, rows: NDArray[Any], numbers: list[float] | NDArray[Any], reduce: Reduction) -> NDArray[Any]:
        """The reduced value, then its derivatives with respect to the parameters."""
        sums, _ = self._backward.run(rows, numbers)
        if reduce == "mean":
            sums /= rows.shape[1]
        return sums

    def _numbers(self) -> list[float]:
        """What the parameters are now."""
        return [value.data for value in self._values]

    def _rows(self, arguments: Sequence[ArrayLike]) -> tuple[NDArray[Any], tuple[int, ...]]:
        """The arguments as rows of one array, broadcast against each other, and their common shape."""
        values = [_real(name, x) for name, x in zip(self.names, arguments, strict=True)]
        try:
            rows = np.array(values, dtype=float)
        except ValueError:  # they have not all the same shape
            rows = np.array(np.broadcast_arrays(*values), dtype=float)
        shape = rows.shape[1:]
        return rows.reshape(len(values), math.prod(shape)), shape

    # Looking at it.

    def listing(self) -> str:
        """The program, with the gradients of the parameters."""
        names = [value.name or f"p{i}" for i, value in enumerate(self._traced[0].parameters, start=1)]
        trained = [n for n, value in zip(names, self._traced[0].parameters, strict=True) if value.requires_grad]
        return listing(self._program(self._trained), self.names, names, ["value", *(f"∂/∂{name}" for name in trained)])

    @property
    def graph(self) -> Graph:
        """The graph of the trace, of Symbols."""
        return Graph(self._traced[1])

    @cached_property
    def parameters(self) -> list[Value]:
        """The Values that the function closes over and that require a gradient."""
        return [value for value in self._traced[0].parameters if value.requires_grad]


def _real(name: str, x: Any) -> Any:
    """An argument as a float or an array, if it holds real numbers."""
    if type(x) is float:
        return x
    array = np.asarray(x.data if isinstance(x, Value) else x)
    if array.dtype.kind not in "fiubO":
        raise TypeError(f"{name} holds {array.dtype}: what jit compiles takes real numbers")
    return array


def as_vector(numbers: ArrayLike, count: int) -> NDArray[Any]:
    """Numbers for so many parameters, as an array."""
    vector = np.asarray(numbers, dtype=float)
    if vector.shape != (count,):
        raise ValueError(f"there are {count} numbers to give, in an array of shape ({count},), not {vector.shape}")
    return vector


def _shaped(row: NDArray[Any], shape: tuple[int, ...]) -> Any:
    return row.reshape(shape) if shape else float(row[0])
