"""Assembling: gradients of parts of one array, put into their places one after the other.

Where parts are taken from an array, such as the steps of a sequence, each sends back an array of zeros around its
gradient, and all are added: work that grows with the square of their number. Here they are added in place, in the same
order, so that the sums have the same bits (but for the sign of 0).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from inversa.autograd.compiling.arrays.trace import ArraySymbol, symbols_in
from inversa.autograd.lazy import np
from inversa.autograd.node import Node
from inversa.autograd.ops.arithmetic import add
from inversa.autograd.ops.shaping import is_basic, scatter


class Assembly(NamedTuple):
    """What stands for a sum of parts at their places, the first of which may be a whole array.

    Attributes
    ----------
    places : tuple of indices
        Of the parts; None for a whole array, which only the first may be.
    shape : tuple of int
    dtype : numpy dtype
    apart : bool
        Whether there is one part for every entry.
    """

    places: tuple[Any, ...]
    shape: tuple[int, ...]
    dtype: Any
    apart: bool

    # What an operation has, so that a graph can hold it.
    name: str = "assemble"
    symbol: str = "assemble"
    operands: tuple[str, ...] = ("parts",)
    notation: str = "Σ {parts} at […]"
    variadic: bool = True

    def fill(self, *arrays: Any) -> None:
        """Of the parts, into the last array."""
        *parts, out = arrays
        if self.apart:
            for place, part in zip(self.places, parts, strict=True):
                out[place] = part
            return
        first, *places = self.places
        if first is None:
            out[...] = parts[0]
        else:
            out[...] = 0
            out[first] = parts[0]
        for place, part in zip(places, parts[1:], strict=True):
            out[place] += part

    def composition(self, *parts: Any) -> Any:
        """The same as a new array."""
        out = np.empty(self.shape, self.dtype)
        self.fill(*parts, out)
        return out


def assemble(nodes: Sequence[Any], uses: Counter[Node]) -> None:
    """Replace every sum of parts at their places, in place; ``uses`` says how often each node is used."""
    inside: set[Node] = set()
    for node in reversed(nodes):
        if node in inside or node.op is not add:
            continue
        parts: list[ArraySymbol] = []
        places: list[Any] = []
        at: Any = node
        while at.op is add and (at is node or uses[at] == 1) and _is_placed(at.inputs[1], node, uses):
            inside.add(at)
            at, last = at.inputs
            parts.append(last.inputs[0])
            places.append(last.params["index"])
        if not parts or at.shape != node.shape or at.dtype != node.dtype:
            continue
        placed = _is_placed(at, node, uses)
        parts.append(at.inputs[0] if placed else at)
        places.append(at.params["index"] if placed else None)
        places.reverse()
        node.op = Assembly(tuple(places), node.shape, node.dtype, _are_apart(places, node.shape))
        node.inputs, node.params = tuple(reversed(parts)), None


def _is_placed(x: Any, total: Any, uses: Counter[Node]) -> bool:
    """Whether this is a part at its place among zeros, for this sum alone."""
    return (
        x.op is scatter
        and uses[x] == 1
        and (x.shape, x.dtype) == (total.shape, total.dtype)
        and is_basic(x.params["index"])
        and not symbols_in(x.params.values())
    )


def _are_apart(places: Sequence[Any], shape: tuple[int, ...]) -> bool:
    """Whether every entry is at one of the places, and at no other."""
    taken = np.zeros(shape, bool)
    for place in places:
        if place is None or np.any(taken[place]):
            return False
        taken[place] = True
    return bool(taken.all())
