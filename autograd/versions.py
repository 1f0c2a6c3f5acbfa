"""Versions: how it is noticed that an array was changed in place which the inverse network still needs.

An operation remembers the version of every input when it is recorded, and compares before its pullback is run. A
version is the number of changes so far. An array is changed in one of three ways:

- Through its Tensor, as by ``x[0] = 1``, ``x.data -= step`` or an optimiser: the change is counted where it is made.
- Through ``x.data``, once that was handed out and kept. NumPy does not report such a change: from then on a checksum
  of the array is compared at every later use, and a difference counts as one change.
- Through the leaf whose memory a computed Tensor shares, as that of ``x[1:]`` or ``x.T`` does: the view has the version
  of its owner, the leaf.

What an operation computed into memory of its own never changes: there `Tensor.data` is read-only.

Arrays of other libraries are kept as they were given and never written into: a change through a Tensor puts another
array in the place of the old one. What is changed behind its back is noticed where the library counts it itself, as
`ops.held.stamp` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.autograd.node import Node
from inversa.autograd.ops.held import stamp

if TYPE_CHECKING:
    from numpy.typing import NDArray


class VersionedNode(Node):
    """A node with an array whose changes are counted."""

    __slots__ = ("_array", "_checksum", "_owner", "_version", "_versions")

    def _own(self, array: NDArray[Any]) -> None:
        """Hold this array, of which nothing else knows, in its first version."""
        self._array = array
        self._version = 0
        self._versions: tuple[int, ...] = ()  # of the inputs, when this was computed
        self._checksum: Any = None  # of the array when it was last seen, once it was handed out
        self._owner: VersionedNode | None = None  # the leaf whose memory this computed view shares

    def _count_change(self) -> None:
        self._version += 1

    def _hand_out(self) -> NDArray[Any]:
        """The array itself, for code that may keep and change it: compared from now on."""
        self._current_version()
        self._checksum = stamp(self._array)
        return self._array

    def _watch(self) -> None:
        """Compare an array of another library from now on, for others know of it."""
        self._checksum = stamp(self._array)

    def _current_version(self) -> int:
        """The number of changes so far; an array that was handed out is compared with what it was then."""
        if self._owner is not None:
            return self._owner._current_version()
        if self._checksum is not None and (now := stamp(self._array)) != self._checksum:
            self._checksum = now
            self._version += 1
        return self._version

    def _remember_versions(self) -> None:
        """Keep the versions of the inputs, and whose memory this is."""
        first = self.inputs[0]
        self._versions = tuple([x._current_version() if isinstance(x, VersionedNode) else 0 for x in self.inputs])
        if isinstance(first, VersionedNode) and is_view(self._array, first._array):
            self._owner = first if first.op is None else first._owner

    def _check_unchanged(self) -> None:
        assert self.op is not None
        for slot, (x, version) in enumerate(zip(self.inputs, self._versions, strict=True)):
            if self._needs(slot) and isinstance(x, VersionedNode) and x._current_version() != version:
                changed = x if x._owner is None else x._owner
                raise RuntimeError(
                    f"{called(changed)} was changed in place after {self.op.name} used it, and the gradient needs its "
                    "old values: change it after backward(), or compute with a copy, Tensor(x.numpy())"
                )

    def _needs(self, slot: int) -> bool:
        """Whether a pullback that will be run looks at this input."""
        assert self.op is not None
        if self.op.variadic:
            return any(self.op.needs[0])
        needs = zip(self.inputs, self.op.needs, strict=False)
        return any(needed[slot] for x, needed in needs if x._requires_grad)


def is_view(array: Any, of: Any) -> bool:
    """Whether an array shares memory with another one, or is it."""
    if array is of:
        return True
    return isinstance(array, np.ndarray) and array.base is not None and bool(np.may_share_memory(array, of))


def called(x: Node) -> str:
    """A Tensor's name, as errors write it."""
    return f"{x.name!r}" if x.name else "this tensor"
