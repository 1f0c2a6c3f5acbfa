"""Snapshot: what a step of an optimiser changes, as it was before."""

from __future__ import annotations

from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.optim.optimizer import Optimizer
from inversa.nn.parameter import assign

MIN_REUSED_BYTES = 2**14  # below this a fresh copy is faster than reusing memory


class Snapshot:
    """A copy of the parameters of an optimiser and of what it keeps for them.

    Large arrays are used again when the next copy is taken: to get as much new memory takes longer than to fill it.

    Examples
    --------
    >>> from inversa.nn import Parameter, optim
    >>> from inversa.nn.optim.snapshot import Snapshot
    >>> w = Parameter([1.0, 2.0])
    >>> optimizer = optim.SGD([w], lr=0.5)
    >>> before = Snapshot(optimizer)
    >>> before.take()
    >>> w.grad = w.numpy()
    >>> optimizer.step()
    >>> w.tolist()
    [0.5, 1.0]
    >>> before.put_back()
    >>> w.tolist()
    [1.0, 2.0]
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self._copies: dict[Any, tuple[Any, dict[str, Any]]] = {}  # of every parameter: its data, and its state

    def take(self) -> None:
        """Remember everything as it is now, instead of what was remembered before."""
        copies = {}
        for parameter, state in self.optimizer.state.items():
            data, entries = self._copies.get(parameter, (None, {}))
            now = {name: _copy(entry, entries.get(name)) for name, entry in state.items()}
            copies[parameter] = _copy(parameter._data, data), now
        self._copies = copies

    def put_back(self) -> None:
        """Restore everything from the copy, which stays and can be restored again."""
        for parameter, (data, _) in self._copies.items():
            assign(parameter, data)
        self.optimizer.state = {
            parameter: {name: _copy(entry, None) for name, entry in state.items()}
            for parameter, (_, state) in self._copies.items()
        }


def _copy(entry: Any, into: Any) -> Any:
    """A copy of an array, a large one in the memory of another if that fits; anything else as it is."""
    if type(entry) is not np.ndarray:
        return entry  # a number
    if entry.nbytes < MIN_REUSED_BYTES or into is None or into.shape != entry.shape or into.dtype != entry.dtype:
        return entry.copy()
    np.copyto(into, entry)
    return into
