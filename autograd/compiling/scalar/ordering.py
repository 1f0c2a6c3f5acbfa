"""Ordering: which rows of a trace some outputs need, and in which order they are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.compiling.scalar.loops import Loops
from inversa.autograd.kernels.sweeping import order_rows

if TYPE_CHECKING:
    from inversa.autograd.compiling.scalar.trace import Trace


class Columns(NamedTuple):
    """The columns of a trace, as loops take them."""

    kinds: Any
    first: Any
    inputs: Any

    @classmethod
    def of(cls, trace: Trace, loops: Loops) -> Columns:
        """They share the trace's memory, and must be gone before it gets another row."""
        return cls(*map(loops.given, (trace.kinds, trace.first, trace.inputs)))


class Ordering:
    """The rows that outputs need, every one after all of its inputs: those of the first output first.

    Attributes
    ----------
    rows : column of int
        Longer than needed; ``count`` of them are filled.
    """

    def __init__(self, trace: Trace, loops: Loops) -> None:
        self._trace, self._loops = trace, loops
        size = len(trace.kinds)
        self.rows = loops.column(size)
        self.count = 0
        self._seen = loops.column(size, "B")

    def add(self, outputs: Sequence[int]) -> None:
        """Put what these outputs need, and none of the former did, at the end."""
        columns = Columns.of(self._trace, self._loops)
        stack = self._loops.column(len(columns.kinds) + len(columns.inputs) + 1)
        places = self._loops.given(list(outputs))
        self.count = self._loops.run(order_rows, *columns, places, self._seen, stack, self.rows, self.count)
