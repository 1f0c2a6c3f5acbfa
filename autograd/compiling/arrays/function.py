"""ArrayFunction: recorded once for every combination of shapes and types, and replayed on the same memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import pairwise
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakSet

from inversa.autograd.compiling.arrays.listing import listing_of_arrays
from inversa.autograd.compiling.arrays.recording import MovedError, Recording, Wanted, as_number, reduced, varies
from inversa.autograd.compiling.arrays.trace import not_compiled, tidy
from inversa.autograd.compiling.errors import NotRecordedError, OutsideError, TracingError
from inversa.autograd.compiling.results import parted
from inversa.autograd.compiling.scalar.samples import as_vector
from inversa.autograd.compiling.surroundings import Moving
from inversa.autograd.graph import Graph
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE, no_grad
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.held import is_array
from inversa.autograd.ops.namespace import is_foreign, kind_of
from inversa.autograd.receiving import receiving
from inversa.autograd.tensor import Tensor
from inversa.autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MAX_RECORDINGS = 32  # recordings of a function that are kept; each has memory of its own


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
            return together([_outward(x) for x in results])

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
            results = together([_outward(x) for x in (value, *others)])
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
                return as_number(results[0]), np.concatenate(flat)

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
                values = [_outward(x) for x in (value, *others)]
                return together(values), tuple(slope if slope is None else _outward(slope) for slope in slopes)
            recording, results, gradients = ran
            found = {x: gradient for (_, x), gradient in zip(recording.leaves, gradients, strict=True)}
            symbols = iter(recording.trace.arguments)
            slopes = [found.get(next(symbols)) if varies(x) else None for x in given]
            return recording.outward(results), tuple(as_number(slope) for slope in slopes)

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
        except MovedError:
            self._recordings = {}
            return self._ran(given, wanted)

    def _recording(self, arguments: Sequence[Any], wanted: Wanted) -> Recording | None:
        mode = MODE.get()
        if mode.anomaly or not (mode.recording or wanted == "value"):
            self.why_not = "detect_anomaly() is on" if mode.anomaly else "no_grad() is on"
            return None
        key = (wanted, *map(_kind, arguments))
        found = self._recordings.get(key)
        if found is None or not found.holds():
            foreign = next(filter(is_foreign, arguments), None)
            if foreign is not None:
                self.why_not = not_compiled(foreign)
                if self._tell is not None:
                    self._tell(self.why_not)
                return None
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
    return [Tensor(x, requires_grad=requires_grad and kind_of(x.dtype) == "f") if is_array(x) else x for x in arguments]


def _outward(x: Any) -> Any:
    """A result as an array, or a number where it is one of NumPy's."""
    data = plain(x)
    return data if is_foreign(data) else as_number(np.asarray(data))


def _data_like(x: Any, numbers: NDArray[Any]) -> Any:
    """Numbers as the data of such a node."""
    return numbers.item() if isinstance(x, Value) else numbers.reshape(x.shape).astype(x.dtype, copy=False)


def _kind(x: Any) -> Any:
    """What recordings are told apart by: type and shape of an array, and a constant itself."""
    if isinstance(x, np.ndarray):
        return x.dtype, x.shape
    if is_foreign(x):  # which is never replayed
        return type(x)
    if isinstance(x, Hashable):
        return float if type(x) is float else (type(x), x)
    raise TypeError(f"what jit compiles takes arrays, numbers and constants such as strings, not a {type(x).__name__}")
