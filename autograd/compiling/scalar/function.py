"""ValueFunction: traced once into a program, which is run over many samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd.compiling.errors import ArraysMetError, TracingError
from inversa.autograd.compiling.results import parted
from inversa.autograd.compiling.scalar.derivatives import append_derivatives
from inversa.autograd.compiling.scalar.formulas import formula
from inversa.autograd.compiling.scalar.listing import listing
from inversa.autograd.compiling.scalar.program import Program
from inversa.autograd.compiling.scalar.remembering import remembered
from inversa.autograd.compiling.scalar.running import Runner, Tables, ready, tables
from inversa.autograd.compiling.scalar.samples import as_rows, as_vector, divided, listed, shaped
from inversa.autograd.compiling.scalar.trace import Symbol, Trace
from inversa.autograd.compiling.scalar.traced import TracedValues
from inversa.autograd.compiling.scalar.writing import epoch, writing
from inversa.autograd.compiling.traced import as_operand
from inversa.autograd.graph import Graph
from inversa.autograd.lazy import np
from inversa.autograd.mode import mode
from inversa.autograd.node import SWITCHED
from inversa.autograd.receiving import receiving
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
    constants : mapping of int to int, optional
        The arguments, by their places, that are not numbers of the samples but always these.

    Attributes
    ----------
    minds_arrays : bool
        Whether it is no function of every entry of an array: it has the Jacobian of something, which is a matrix then.

    Raises
    ------
    TracingError
        For what cannot be compiled, such as a branch on a traced number; `ArraysMetError` when arrays are in it.
    """

    why_not: str | None = None  # unless a call could not be recorded in one step
    joined: Callable[[Sequence[Symbol]], Any] | None = None  # what stack() of single numbers gives in it

    def __init__(
        self, function: Callable[..., Any], names: Sequence[str], constants: Mapping[int, int] = MappingProxyType({})
    ) -> None:
        self.names = names
        self.name = getattr(function, "__name__", "the function")
        self._switched = SWITCHED[0]
        self._epoch = epoch()
        self._constants = constants
        trace = Trace(names, function, self.joined)
        try:
            with mode(trace=trace.guards, watched=True, recording=True):
                results = function(*[constants.get(i, x) for i, x in enumerate(trace.arguments)])
        except TracingError as error:
            if trace.guards.finds_tensors:
                raise ArraysMetError("single numbers and an array meet") from error
            raise
        finally:
            why_not = trace.guards.end()
        if why_not:
            raise TracingError(why_not)
        for kind in filter(None, trace.operations):
            formula(kind)  # what has none is told now, when there is another way
        self.minds_arrays = trace.guards.whole
        parts, self._together = parted(results)
        self._traced = trace, [trace.symbol(x) for x in parts]

    def holds(self) -> bool:
        """Whether the same program would be made again."""
        trace = self._traced[0]
        if self._epoch is not epoch():
            return False
        latest = SWITCHED[0]
        if latest is not self._switched:
            if any(
                v.requires_grad != trace.differentiable[x] for v, x in zip(trace.values, trace.value_rows, strict=True)
            ):
                return False
            self._switched = latest
        return not trace.guards.changed()

    # Compiling, once.

    def _program(self, wanted: Sequence[int]) -> Program:
        trace, outputs = self._traced
        results = [x.place for x in outputs]
        every = [*results, *append_derivatives(trace, results[0], wanted)]
        return Program.of_rows(trace, every, self._arguments, trace.value_rows, len(results))

    @property
    def _arguments(self) -> list[int]:
        return [x.place for x in self._traced[0].arguments]

    def _compiled(self, wanted: Sequence[int], reduced: int) -> Runner:
        def make() -> Tables:
            return tables(self._program(wanted), reduced, len(self.names), len(self._values))

        trace, outputs = self._traced
        with writing():
            return ready(remembered(trace, [x.place for x in outputs], wanted, reduced, make))

    @cached_property
    def _operation(self) -> TracedValues:
        trace, outputs = self._traced
        arguments = [x for i, x in enumerate(trace.arguments) if i not in self._constants]
        return TracedValues(self.name, trace, arguments, outputs)

    @cached_property
    def _value(self) -> Runner:
        return self._compiled([], 0)

    @cached_property
    def _value_and_grad(self) -> Runner:
        return self._compiled(self._arguments, 0)

    @cached_property
    def _backward(self) -> Runner:
        wanted = self._trained
        return self._compiled(wanted, len(self._traced[1]) + len(wanted))

    @property
    def _trained(self) -> list[int]:
        trace = self._traced[0]
        return [x for value, x in zip(trace.values, trace.value_rows, strict=True) if value.requires_grad]

    @cached_property
    def _values(self) -> list[Value]:
        """All Values that the function closes over."""
        return list(self._traced[0].values)

    # Calling it.

    def __call__(self, *arguments: ArrayLike) -> Any:
        """The function's value for every sample: a float for numbers, an array for arrays."""
        rows, shape = as_rows(self.names, arguments)
        found = self._value.run(rows, self._numbers())[1]
        return self._together([shaped(row, shape) for row in found])

    def record(self, *arguments: Any) -> Any:
        """The function's value as a node, computed in one step; None where nothing requires a gradient."""
        numbers = [x.item() if isinstance(x, np.generic) else x for x in arguments]
        given = [as_operand(x) for i, x in enumerate(numbers) if i not in self._constants]
        every = [*given, *self._values]
        if not any(x.requires_grad for x in every):
            return None
        results = self._operation.record(every)
        self.why_not = self._operation.why_not
        return self._together(results)

    def value_and_grad(self, *arguments: ArrayLike) -> tuple[Any, tuple[Any, ...]]:
        """The value, and its derivatives with respect to the arguments, for every sample."""
        rows, shape = as_rows(self.names, arguments)
        found = [shaped(row, shape) for row in self._value_and_grad.run(rows, self._numbers())[1]]
        count = len(self._traced[1])
        slopes = found[count:]
        for i in self._constants:
            slopes[i] = None
        return self._together(found[:count]), tuple(slopes)

    def backward(self, *arguments: ArrayLike, reduce: Reduction = "mean") -> Any:
        """The mean (or sum) of the values over the samples; its gradient is added to the parameters' ``grad``."""
        sums = self._sums(self._samples(arguments), self._numbers(), reduce)
        count = len(self._traced[1])
        with receiving():
            for parameter, gradient in zip(self.parameters, listed(sums[count:]), strict=True):
                parameter._accumulate(gradient)
        return self._together(listed(sums[:count]))

    def of_parameters(self, *arguments: ArrayLike, reduce: Reduction = "mean") -> Callable[[ArrayLike], Any]:
        """What `backward` computes, as a function of one array of numbers for the parameters."""
        rows = self._samples(arguments)
        results = len(self._traced[1])
        trained = [value.requires_grad for value in self._values]
        count = sum(trained)

        def function(numbers: ArrayLike) -> tuple[float, NDArray[Any]]:
            given = as_vector(numbers, count)
            if count < len(trained):  # the others are constants
                chosen = iter(given)
                given = [next(chosen) if own else x for own, x in zip(trained, self._numbers(), strict=True)]
            sums = self._sums(rows, given, reduce)
            return float(sums[0]), sums[results:]

        return function

    def _samples(self, arguments: Sequence[ArrayLike]) -> Any:
        rows, shape = as_rows(self.names, arguments)
        if 0 in shape:
            raise ValueError("there are no samples")
        return rows

    def _sums(self, rows: Any, numbers: list[float] | NDArray[Any], reduce: Reduction) -> Any:
        """The reduced value, then its derivatives with respect to the parameters."""
        sums, _ = self._backward.run(rows, numbers)
        return divided(sums, len(rows[0]) if len(rows) else 1) if reduce == "mean" else sums

    def _numbers(self) -> list[float]:
        """What the parameters are now."""
        return [value._data for value in self._values]

    # Looking at it.

    def listing(self) -> str:
        """The program, with the gradients of the parameters."""
        names = [value.name or f"p{i}" for i, value in enumerate(self._values, start=1)]
        trained = [n for n, value in zip(names, self._values, strict=True) if value.requires_grad]
        results = ["value", *(f"value {i}" for i in range(2, len(self._traced[1]) + 1))]
        slopes = [f"∂/∂{name}" for name in trained]
        with writing():
            program = self._program(self._trained)
        return listing(program, self.names, names, [*results, *slopes])

    @property
    def graph(self) -> Graph:
        """The graph of the trace, of Symbols."""
        return Graph(*self._traced[1])

    @cached_property
    def parameters(self) -> list[Value]:
        """The Values that the function closes over and that require a gradient."""
        return [value for value in self._values if value.requires_grad]
