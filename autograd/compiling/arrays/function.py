"""ArrayFunction: recorded once for every combination of shapes and types, and replayed on the same memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakSet

from inversa.autograd.compiling.arrays.listing import listing_of_arrays
from inversa.autograd.compiling.arrays.plan import Plan
from inversa.autograd.compiling.arrays.trace import ArraySymbol, ArrayTrace, tidy
from inversa.autograd.compiling.arrays.traced import TracedArrays
from inversa.autograd.compiling.call import Call
from inversa.autograd.compiling.errors import NotRecordedError, OutsideError, TracingError, reason
from inversa.autograd.compiling.results import parted
from inversa.autograd.compiling.scalar.function import as_vector
from inversa.autograd.compiling.surroundings import Moving
from inversa.autograd.compiling.traced import as_operand
from inversa.autograd.graph import Graph
from inversa.autograd.inverse import InverseNetwork
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE, mode, no_grad
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.shaping import getitem
from inversa.autograd.receiving import receiving
from inversa.autograd.tensor import Tensor
from inversa.autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Wanted = Literal["value", "mean", "sum", "slopes", "operation"]

MAX_RECORDINGS = 32  # recordings of a function that are kept; each has memory of its own


class _Read:
    """A Tensor or Value that the function closes over, its symbol, and what was in it in the last run."""

    __slots__ = ("data", "node", "requires_grad", "symbol")

    def __init__(self, node: Node, symbol: ArraySymbol) -> None:
        self.node = node
        self.symbol = symbol
        self.requires_grad = node.requires_grad
        self.data: Any = None


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
                tidied = data if isinstance(data, float) else tidy(data)
                read.data = data if tidied is data else None  # a copy is made anew in every run
                plan.put(read.symbol, tidied)
        arrays = plan.run()
        results = 1 + self.others
        return arrays[:results], arrays[results:]

    def outward(self, results: list[Any]) -> Any:
        """The results in the tuple, list or dictionary that the function gives, numbers as floats."""
        return self.together([_number(x) for x in results])


class ArrayFunction:
    """A function of arrays that is recorded when it is called, and replayed when it is called in the same way again.

    Parameters
    ----------
    function : callable
        It may return several results; the first is the one that is differentiated.
    names : sequence of str
        Of its arguments.
    tell : callable, optional
        Called with the reason where the function cannot be replayed, before it is evaluated.

    Attributes
    ----------
    why_not : str or None
        Why the last call was not a replay but an ordinary evaluation of the function.
    """

    def __init__(
        self, function: Callable[..., Any], names: Sequence[str], tell: Callable[[str], None] | None = None
    ) -> None:
        self.function = function
        self.names = names
        self.why_not: str | None = None
        self._tell = tell
        self.untold: str | None = None  # what is to be told if the function can be evaluated
        self._recordings: dict[Any, Recording] = {}
        self._moving: Moving = {}  # settings that are read at every run
        self._fixed: dict[int, Any] = {}  # and objects whose settings cannot be
        self._lock = RLock()  # a recording has one memory: one run at a time
        _alive.add(self)

    def after_fork(self) -> None:
        """In a new process: if another thread was in a run, it is not here, and will never end it."""
        if self._lock.acquire(blocking=False):
            self._lock.release()
        else:
            self._lock, self._recordings = RLock(), {}

    def __call__(self, *arguments: Any) -> Any:
        """The value (or values), as arrays; a single number as a float."""
        given = as_arguments(arguments)
        with self._lock:
            ran = self._ran(given, "value")
            if ran is not None:
                return ran[0].outward(ran[1])
            with no_grad():
                results, together = parted(self.function(*as_tensors(given)))
            return together([_number(np.asarray(plain(x))) for x in results])

    def record(self, *arguments: Any) -> Any:
        """The value (or values) as nodes, computed in one step; None where nothing requires a gradient."""
        with self._lock:
            recording = self._recording(as_arguments(map(plain, arguments)), "operation")
        if recording is None:
            raise NotRecordedError(str(self.why_not))
        results = recording.record(arguments)
        self.why_not = recording.operation.why_not
        return results

    def backward(self, *arguments: Any, reduce: Literal["mean", "sum"] = "mean") -> Any:
        """The value, reduced to one number; its gradient is added to the ``grad`` of Tensors and Values."""
        results = self.replay(*arguments, reduce=reduce)
        if results is None:
            (value, *others), together = parted(self.function(*as_tensors(as_arguments(arguments))))
            value = reduced(value, reduce)
            value.backward()
            results = together([_number(np.asarray(plain(x))) for x in (value, *others)])
        return results

    def replay(self, *arguments: Any, reduce: Literal["mean", "sum"] = "mean") -> Any:
        """As `backward`, but None, with nothing done, where the function cannot be replayed."""
        given = as_arguments(arguments)
        with self._lock:
            ran = self._ran(given, reduce)
            if ran is None:
                return None
            recording, results, gradients = ran
            with receiving():
                for (leaf, _), gradient in zip(recording.leaves, gradients, strict=True):
                    received = gradient.item() if isinstance(leaf, Value) else gradient
                    total = received if leaf.grad is None else leaf.grad + received
                    leaf.grad = np.asarray(total) if isinstance(leaf, Tensor) else total
            return recording.outward(results)

    def of_parameters(
        self, *arguments: Any, reduce: Literal["mean", "sum"] = "mean"
    ) -> Callable[[ArrayLike], tuple[float, NDArray[Any]]]:
        """What `backward` computes, as a function of one array of numbers for the Tensors and Values."""
        given = as_arguments(arguments)
        with self._lock:
            recording = self._recording(given, reduce)
            if recording is None:
                raise TracingError(f"the function cannot be compiled: {self.why_not}")
            parameters = self.parameters
        ends = np.cumsum([0, *(np.size(x._data) for x in parameters)])

        def function(numbers: ArrayLike) -> tuple[float, NDArray[Any]]:
            vector = as_vector(numbers, int(ends[-1]))
            parts = {
                x: _data_like(x, vector[start:end]) for x, (start, end) in zip(parameters, pairwise(ends), strict=True)
            }
            with self._lock:
                results, gradients = recording.run(given, parts)
                found = {leaf: gradient for (leaf, _), gradient in zip(recording.leaves, gradients, strict=True)}
                flat = [found[x].ravel() if x in found else np.zeros(np.size(x._data)) for x in parameters]
                return _number(results[0]), np.concatenate(flat)

        return function

    def value_and_grad(self, *arguments: Any) -> tuple[Any, tuple[Any, ...]]:
        """The value, and its derivative with respect to every argument; None for one that is not real numbers."""
        given = as_arguments(arguments)
        with self._lock:
            ran = self._ran(given, "slopes")
            if ran is None:
                tensors = as_tensors(given, requires_grad=True)
                (value, *others), together = parted(self.function(*tensors))
                flows = value.inverse().run()
                slopes = [flows.get(x) if isinstance(x, Tensor) else None for x in tensors]
                values = [_number(np.asarray(plain(x))) for x in (value, *others)]
                return together(values), tuple(map(_number, slopes))
            recording, results, gradients = ran
            found = {x: gradient for (_, x), gradient in zip(recording.leaves, gradients, strict=True)}
            symbols = iter(recording.trace.arguments)
            slopes = [found.get(next(symbols)) if varies(x) else None for x in given]
            return recording.outward(results), tuple(_number(slope) for slope in slopes)

    def _ran(self, given: Sequence[Any], wanted: Wanted) -> tuple[Recording, list[Any], list[NDArray[Any]]] | None:
        """The recording for these arguments, its results and derivatives; None where it cannot be replayed."""
        recording = self._recording(given, wanted)
        if recording is None:
            return None
        try:
            return recording, *recording.run(given)
        except TracingError as error:  # this showed with these numbers only
            self.why_not = recording.why_not = str(error)
            self._told(recording, wanted)
            return None

    def _recording(self, arguments: Sequence[Any], wanted: Wanted) -> Recording | None:
        mode = MODE.get()
        if mode.anomaly or not (mode.recording or wanted == "value"):
            self.why_not = "detect_anomaly() is on" if mode.anomaly else "no_grad() is on"
            return None
        key = (wanted, *map(_kind, arguments))
        found = self._recordings.get(key)
        if found is None or not found.holds():
            self._recordings.pop(key, None)
            if len(self._recordings) == MAX_RECORDINGS:
                del self._recordings[next(iter(self._recordings))]
            found = self._recordings[key] = self._recorded(arguments, wanted, found)
        self.why_not, self.untold = found.why_not, None
        self._told(found, wanted)
        return found if found.why_not is None else None

    def _recorded(self, arguments: Sequence[Any], wanted: Wanted, before: Recording | None) -> Recording:
        """A recording; what moved since the one before is read at every run, where the function can be traced so."""
        if before is not None:
            self._moving = {**self._moving, **before.trace.guards.moved()}
        moving = {
            key: (x, frozenset(name for name in names if type(vars(x).get(name)) is float))
            for key, (x, names) in self._moving.items()
            if key not in self._fixed
        }
        if moving and wanted != "operation":
            recording = Recording(self.function, self.names, arguments, wanted, moving)
            if recording.why_not is None:
                return recording
            self._fixed.update(moving)  # whose numbers decide what is computed: constants
        return Recording(self.function, self.names, arguments, wanted)

    def _told(self, recording: Recording, wanted: Wanted) -> None:
        """Tell why a recording cannot be replayed: now, or later if it may be a mistake, which evaluating shows."""
        error, why_not = recording.error, recording.why_not
        if why_not is None or self._tell is None or (wanted == "operation" and isinstance(error, OutsideError)):
            return
        if error is None or isinstance(error, TracingError):
            self._tell(why_not)
        else:
            self.untold = why_not

    def holds(self) -> bool:
        """Every recording is looked at by itself."""
        return True

    def __reduce__(self) -> Any:
        return ArrayFunction, (self.function, self.names)  # recordings are made anew

    # Looking at it.

    def listing(self) -> str:
        """The calls of the recording that was made last."""
        return listing_of_arrays(self.last)

    @property
    def graph(self) -> Graph:
        """The graph of the function as it was recorded last."""
        return self.last.graph

    @property
    def last(self) -> Recording:
        """The recording that was made last."""
        made = [recording for recording in self._recordings.values() if recording.why_not is None]
        if not made:
            raise ValueError("it has not been recorded yet: call it" if self.why_not is None else self.why_not)
        return made[-1]

    @property
    def parameters(self) -> list[Any]:
        """The Tensors and Values that the function closes over and that require a gradient."""
        return [node for node in self.last.trace.parameters if node.requires_grad]


_alive: WeakSet[ArrayFunction] = WeakSet()


def _after_fork() -> None:
    for function in list(_alive):
        function.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def varies(x: Any) -> bool:
    """Whether an argument may be another one in every run: arrays and floats."""
    return type(x) is float or isinstance(x, np.ndarray)


def _without_numbers(x: Any) -> Any:
    """An argument's type and shape, without its memory."""
    return np.broadcast_to(np.zeros((), x.dtype), x.shape) if isinstance(x, np.ndarray) else x


def as_arguments(arguments: Iterable[Any]) -> list[Any]:
    """Arguments as arrays and numbers: what is in Tensors and Values, lists as arrays; anything else as it is."""
    return [_as_argument(x) for x in arguments]


def _as_argument(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return x if x.flags.c_contiguous and x.dtype.isnative else tidy(x)
    if isinstance(x, Tensor) and x.requires_grad and MODE.get().recording:
        raise TypeError(
            "no gradient flows through what jit compiled to its arguments: give it x.detach(), or use value_and_grad"
        )
    if isinstance(x, Node):
        return _as_argument(x._data)
    return np.asarray(x) if isinstance(x, (list, tuple, np.generic)) else x


def as_tensors(arguments: Sequence[Any], requires_grad: bool = False) -> list[Any]:
    """Arrays as Tensors, for the function as it is."""
    return [
        Tensor(x, requires_grad=requires_grad and x.dtype.kind == "f") if isinstance(x, np.ndarray) else x
        for x in arguments
    ]


def reduced(value: Any, wanted: Wanted) -> Any:
    """The mean or sum of all entries, where that is wanted and there are several."""
    if value.shape == () or wanted not in ("mean", "sum"):
        return value
    return value.mean() if wanted == "mean" else value.sum()


def _as_value(x: Tensor) -> Value:
    """One number that was computed from single numbers alone: a Value, as without jit."""
    return Call(getitem, (x,), x.item(), {"index": ()}) if x.requires_grad else Value(x.item(), requires_grad=False)


def _data_like(x: Any, numbers: NDArray[Any]) -> Any:
    """Numbers as the data of such a node."""
    return numbers.item() if isinstance(x, Value) else numbers.reshape(x.shape).astype(x.dtype, copy=False)


def _kind(x: Any) -> Any:
    """What recordings are told apart by: type and shape of an array, and a constant itself."""
    if isinstance(x, np.ndarray):
        return x.dtype, x.shape
    if isinstance(x, Hashable):
        return float if type(x) is float else (type(x), x)
    raise TypeError(f"what jit compiles takes arrays, numbers and constants such as strings, not a {type(x).__name__}")


def _number(array: Any) -> Any:
    return array.item() if isinstance(array, np.ndarray) and array.shape == () else array
