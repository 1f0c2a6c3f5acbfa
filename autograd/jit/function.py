"""jit: a function of Values, compiled by tracing it once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cached_property, update_wrapper
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd.graph import Graph
from inversa.autograd.jit.derivative import derivatives
from inversa.autograd.jit.listing import listing
from inversa.autograd.jit.program import Program
from inversa.autograd.jit.symbol import Symbol, Trace, TracingError
from inversa.autograd.jit.tape import Tape
from inversa.autograd.ops.namespace import np
from inversa.autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Compiled:
    """A compiled function of numbers; made by `jit`.

    It is traced when it is first needed: called once with Symbols for its arguments. The Values that it closes over are
    its parameters; their numbers are read at every call, so an optimiser may change them in between.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        update_wrapper(self, function)
        self.function = function
        self.name = getattr(function, "__name__", "the function")
        parameters = inspect.signature(function).parameters.values()
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD, p.KEYWORD_ONLY) for p in parameters):
            raise TypeError("jit compiles functions with a fixed number of positional arguments, such as f(x, y)")
        self.names = [p.name for p in parameters]

    # Tracing and compiling, each once.

    @cached_property
    def _traced(self) -> tuple[Trace, Symbol]:
        trace = Trace(self.names)
        result = self.function(*trace.arguments)
        if isinstance(result, (list, tuple)):
            raise TracingError(f"{self.name} gives {len(result)} numbers; jit compiles functions that give one")
        return trace, trace.symbol(result)

    def _program(self, wanted: Sequence[Symbol]) -> Program:
        trace, output = self._traced
        return Program([output, *derivatives(output, wanted)], trace.arguments, [*trace.parameters.values()])

    def _compiled(self, wanted: Sequence[Symbol], reduced: int) -> Tape:
        return Tape(self._program(wanted), reduced, len(self.names))

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

    def backward(self, *arguments: ArrayLike, reduce: Literal["mean", "sum"] = "mean") -> float:
        """The mean (or sum) of the values over the samples; its gradient is added to the parameters' ``grad``."""
        if reduce not in ("mean", "sum"):
            raise ValueError(f"reduce is 'mean' or 'sum', not {reduce!r}")
        rows, _ = self._rows(arguments)
        samples = rows.shape[1]
        if not samples:
            raise ValueError("there are no samples")
        sums, _ = self._backward.run(rows, self._numbers())
        value, *gradients = (sums / samples if reduce == "mean" else sums).tolist()
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            before = parameter.grad
            parameter.grad = gradient if before is None else before + gradient
        return float(value)

    def _numbers(self) -> NDArray[Any]:
        """What the parameters are now."""
        values = self._traced[0].parameters
        return np.fromiter(map(attrgetter("data"), values), dtype=float, count=len(values))

    def _rows(self, arguments: Sequence[ArrayLike]) -> tuple[NDArray[Any], tuple[int, ...]]:
        """The arguments as rows of one array, broadcast against each other, and their common shape."""
        if len(arguments) != len(self.names):
            raise TypeError(
                f"{self.name} takes {len(self.names)} arguments ({', '.join(self.names)}), not {len(arguments)}"
            )
        arrays = (
            np.broadcast_arrays(*[np.asarray(x.data if isinstance(x, Value) else x, dtype=float) for x in arguments])
            if arguments
            else []
        )
        shape = arrays[0].shape if arguments else ()
        rows = np.empty((len(arrays), int(np.prod(shape))))
        for row, array in zip(rows, arrays, strict=True):
            row[:] = array.ravel()
        return rows, shape

    # Looking at it.

    def listing(self) -> str:
        """The program as lines to read: forward, then the inverse network that gives the parameters' gradients.

        >>> from inversa.autograd import Value, jit
        >>> w = Value(0.5, name="w")
        >>> print(jit(lambda x: (w * x) ** 2).listing())
        forward
           v1 = w · x
           v2 = v1 · v1
        inverse
           v3 = 2 · v1
           v4 = v3 · x
        results
           value = v2
           ∂/∂w = v4
        """
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


def jit(function: Callable[..., Any]) -> Compiled:
    """Compile a function of Values: trace it once, then run its program over as many samples as are given.

    The Values that it closes over are its parameters; `Compiled.backward` adds to their gradients. Where an expression
    needs a choice, write ``where(condition, a, b)``: a Python ``if`` cannot depend on a number that has no value yet.

    >>> from inversa.autograd import Value, jit, tanh
    >>> w, b = Value(0.5, name="w"), Value(0.1, name="b")
    >>> @jit
    ... def cost(x, y):
    ...     return (tanh(w * x + b) - y) ** 2
    >>> cost(1.0, 0.5)
    0.00137
    >>> cost([1.0, 2.0], [0.5, 1.0])
    array([0.00137, 0.03980])
    >>> cost.backward([1.0, 2.0], [0.5, 1.0])
    0.0206
    >>> w.grad
    -0.117
    """
    return Compiled(function)


def _shaped(row: NDArray[Any], shape: tuple[int, ...]) -> Any:
    return row.reshape(shape) if shape else float(row[0])
