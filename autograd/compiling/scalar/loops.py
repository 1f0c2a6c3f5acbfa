"""Loops: how the loops over columns of numbers are run, compiled over arrays or as they are over lists.

Compiled loops make a million rows a matter of a second, and take a second to compile when this machine runs them for
the first time, and a tenth of that to load later. So small programs, which are most, do without them; and so do
machines without Numba.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import cache
from mmap import mmap
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import LazyModule, np

if TYPE_CHECKING:
    from inversa.autograd.kernels import compiling
else:
    compiling = LazyModule("inversa.autograd.kernels.compiling")  # Numba is slow to import

SMALL = 20_000  # rows, below which Python itself is quicker than loading what is compiled

_DTYPES = {"i": "i4", "B": "u1", "d": "f8"}


class Loops:
    """The loops for a job of this size, and columns for them.

    Parameters
    ----------
    size : int
        How many rows there are.
    """

    def __init__(self, size: int) -> None:
        self.compiled = size > SMALL and compiling.compiles()

    def run(self, loop: Callable[..., Any], *columns: Any) -> Any:
        """What the loop returns."""
        return (_compiled(loop) if self.compiled else loop)(*columns)

    def column(self, count: int, kind: str = "i", fill: int = 0) -> Any:
        """A column of so many places (``"i"``), marks (``"B"``) or numbers (``"d"``).

        An array has pages of its own: the system gives them when they are first written, so that a column may be far
        longer than needed, and takes them back when it is dropped.
        """
        if not self.compiled:
            return [fill] * count
        dtype = np.dtype(_DTYPES[kind])
        column = np.frombuffer(mmap(-1, max(1, count * dtype.itemsize)), dtype, count)
        if fill:
            column[:] = fill
        return column

    def given(self, numbers: Sequence[Any] | array[Any], kind: str = "i") -> Any:
        """Numbers that there are already, to be read by loops; of an array, no copy is made."""
        return np.asarray(numbers, _DTYPES[kind]) if self.compiled else numbers

    def extend(self, known: array[Any], column: Any, count: int) -> None:
        """Put the beginning of a column behind what is in an array."""
        if self.compiled:
            known.frombytes(column[:count].view("u1"))
        else:
            known.extend(column[:count])

    def joined(self, column: Any, numbers: Sequence[float]) -> Any:
        """A column of numbers, and some more behind."""
        return np.append(column, numbers) if self.compiled else [*column, *numbers]


@cache
def _compiled(loop: Callable[..., Any]) -> Callable[..., Any]:
    return compiling.compiled()(loop)  # type: ignore[no-any-return]
