"""Recording: a function of arrays, recorded for arguments of certain shapes and types, and replayed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd.compiling.arrays.plan import Plan
from inversa.autograd.compiling.arrays.trace import ArraySymbol, ArrayTrace, tidy
from inversa.autograd.compiling.arrays.traced import TracedArrays
from inversa.autograd.compiling.call import Call
from inversa.autograd.compiling.errors import ForeignError, TracingError, reason
from inversa.autograd.compiling.results import parted
from inversa.autograd.compiling.surroundings import Moving
from inversa.autograd.compiling.traced import as_operand
from inversa.autograd.graph import Graph
from inversa.autograd.inverse import InverseNetwork
from inversa.autograd.lazy import np
from inversa.autograd.mode import mode
from inversa.autograd.node import Node
from inversa.autograd.ops.namespace import is_foreign
from inversa.autograd.ops.shaping import getitem
from inversa.autograd.tensor import Tensor
from inversa.autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

Wanted = Literal["value", "mean", "sum", "slopes", "operation"]


class MovedError(Exception):
    """A Tensor that a recording reads is of another library or type now: it has to be made anew."""


class _Read:
    """A Tensor or Value that the function closes over, its symbol, and what was in it in the last run."""

    __slots__ = ("data", "node", "requires_grad", "symbol")

    def __init__(self, node: Node, symbol: ArraySymbol) -> None:
        self.node = node
        self.symbol = symbol
        self.requires_grad = node.requires_grad
        self.data: Any = None

    def fits(self, data: Any) -> bool:
        """Whether data in the place of what was recorded is of its kind; a whole module may have been moved."""
        return isinstance(data, (int, float)) or (isinstance(data, np.ndarray) and data.dtype == self.symbol.dtype)


class Recording:
    """A function recorded for arguments of certain shapes and types.

    Parameters
    ----------
    function : callable
    names : sequence of str
        Of its arguments.
    arguments : sequence of array, float, or anything else
        Arrays and floats may be others in every run; anything else is a constant.
    wanted : {"value", "mean", "sum", "slopes", "operation"}
        The function's value; its mean or sum over all entries, with the derivatives of the Tensors it closes over; its
        value with the derivatives of the arguments; or all its results as an operation on nodes.
    moving : mapping, optional
        The settings that are read at every run: see `Guards`.

    Attributes
    ----------
    why_not : str or None
        Why it cannot be replayed.
    """

    why_not: str | None = None
    error: Exception | None = None

    def __init__(
        self,
        function: Callable[..., Any],
        names: Sequence[str],
        arguments: Sequence[Any],
        wanted: Wanted,
        moving: Moving = MappingProxyType({}),
    ) -> None:
        self.moving = moving
        self._function = function
        self._names = names
        self._arguments = [_without_numbers(x) for x in arguments]
        self._wanted = wanted
        self._reads: list[_Read] = []
        self.trace = self._new_trace()
        try:
            self._record()
        except Exception as error:  # whatever it is: evaluated as usual, the function says so itself, or works
            self.why_not = reason(error)
            self.error = error

    def _record(self) -> None:
        trace, wanted = self.trace, self._wanted
        value, results, self.together = self._traced(trace)
        others = [trace.symbol(x) for x in results]  # which may be Tensors that it closes over and uses nowhere else
        self._reads = [_Read(node, x) for node, x in trace.parameters.items()]
        if wanted == "operation":
            self.operation = self._as_operation([value, *others])
            return
        graph = Graph(value)
        self.forward = set(graph.nodes)
        leaves: list[tuple[Any, ArraySymbol]] = []
        if wanted == "slopes":
            leaves = [(None, x) for x in trace.arguments if x.requires_grad]
        elif wanted != "value":
            leaves = [(node, x) for node, x in trace.parameters.items() if node.requires_grad]
        flows: dict[Node, Any] = {}
        if wanted != "value":
            one = trace.symbol(np.ones(value.shape, value.dtype)) if value.size == 1 else None  # None: an error tells
            flows = InverseNetwork(graph).run(one, record=True)
        self.leaves = [(leaf, x) for leaf, x in leaves if x in flows]
        outputs = [value, *others, *(flows[x] for _, x in self.leaves)]
        self.others = len(others)
        self.plan = Plan(outputs, trace.checks)

    def _as_operation(self, outputs: list[ArraySymbol]) -> TracedArrays:
        """The results as an operation on the arguments, the Tensors closed over, and what is drawn at random."""
        trace = self.trace
        every = Graph(*outputs, *(x for x, _ in trace.checks))
        self.draws: list[Any] = [x for x in every if x.draw is not None]  # type: ignore[attr-defined]
        inputs = [*trace.arguments, *trace.parameters.values(), *self.draws]
        return TracedArrays(getattr(self._function, "__name__", "f"), trace, inputs, outputs, trace.checks)

    def record(self, arguments: Sequence[Any]) -> Any:
        """The results for nodes and numbers, as nodes."""
        xs = [as_operand(x) for x, like in zip(arguments, self._arguments, strict=True) if varies(like)]
        drawn = [Tensor(x.draw()) for x in self.draws]
        every = [*xs, *(read.node for read in self._reads), *drawn]
        if not any(x.requires_grad for x in every):
            return None
        found = zip(self.operation.record(every), self.operation.outputs, strict=True)
        return self.together([_as_value(x) if y.weak and isinstance(x, Tensor) else x for x, y in found])

    def _new_trace(self) -> ArrayTrace:
        varying = [(name, x) for name, x in zip(self._names, self._arguments, strict=True) if varies(x)]
        return ArrayTrace(
            [x for _, x in varying],
            [name for name, _ in varying],
            self._wanted in ("slopes", "operation"),
            self._function,
            self.moving,
        )

    def _traced(self, trace: ArrayTrace) -> tuple[ArraySymbol, list[Any], Callable[[list[Any]], Any]]:
        """Call the function with symbols: the value, the other results, and what puts them together."""
        symbols = iter(trace.arguments)
        try:
            with mode(trace=trace.guards, watched=True):
                results = self._function(*[next(symbols) if varies(x) else x for x in self._arguments])
        finally:
            why_not = trace.guards.end()
        if why_not:
            raise TracingError(why_not)
        (value, *others), together = parted(results)
        return reduced(trace.symbol(value), self._wanted), others, together

    @property
    def graph(self) -> Graph:
        """The graph of the function's value, of symbols."""
        return Graph(self._traced(self._new_trace())[0])

    def holds(self) -> bool:
        """Whether the function would still be recorded in the same way."""
        for read in self._reads:
            if read.node._requires_grad is not read.requires_grad:
                return False
        if isinstance(self.error, ForeignError):
            return is_foreign(self.error.node)  # it may have been moved back
        if self._wanted == "operation" and not all(read.fits(read.node._data) for read in self._reads):
            return False
        for node, number in self.trace.literals:
            if node._data is not number:
                return False
        return not self.trace.guards.changed()

    def run(
        self, arguments: Sequence[Any], instead: Mapping[Node, Any] = MappingProxyType({})
    ) -> tuple[list[Any], list[NDArray[Any]]]:
        """The results, and the derivatives with respect to `leaves`; with other data instead of some nodes'."""
        plan = self.plan
        symbols = iter(self.trace.arguments)
        for x in arguments:
            if varies(x):
                plan.put(next(symbols), x)
        for owner, name, symbol in self.trace.settings:
            plan.put(symbol, vars(owner)[name])
        for read in self._reads:
            data = read.node._data if not instead else instead.get(read.node, read.node._data)
            if data is not read.data:
                if not read.fits(data):
                    raise MovedError
                tidied = data if isinstance(data, float) else tidy(data)
                read.data = data if tidied is data else None  # a copy is made anew in every run
                plan.put(read.symbol, tidied)
        arrays = plan.run()
        results = 1 + self.others
        return arrays[:results], arrays[results:]

    def outward(self, results: list[Any]) -> Any:
        """The results in the tuple, list or dictionary that the function gives, numbers as floats."""
        return self.together([as_number(x) for x in results])


def varies(x: Any) -> bool:
    """Whether an argument may be another one in every run: arrays and floats."""
    return type(x) is float or isinstance(x, np.ndarray)


def _without_numbers(x: Any) -> Any:
    """An argument's type and shape, without its memory."""
    return np.broadcast_to(np.zeros((), x.dtype), x.shape) if isinstance(x, np.ndarray) else x


def reduced(value: Any, wanted: Wanted) -> Any:
    """The mean or sum of all entries, where that is wanted and there are several."""
    if value.shape == () or wanted not in ("mean", "sum"):
        return value
    return value.mean() if wanted == "mean" else value.sum()


def _as_value(x: Tensor) -> Value:
    """One number that was computed from single numbers alone: a Value, as without jit."""
    return Call(getitem, (x,), x.item(), {"index": ()}) if x.requires_grad else Value(x.item(), requires_grad=False)


def as_number(array: Any) -> Any:
    """An array of no axes as a number; anything else as it is."""
    return array.item() if isinstance(array, np.ndarray) and array.shape == () else array
