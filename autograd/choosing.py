"""take: one of several rows, by a number that may be another one in every sample of a compiled function."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import TYPE_CHECKING, Any, TypeVar, overload

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.operation import TRACED
from inversa.autograd.ops.shaping import getitem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.autograd.ops.calls import Unknown
    from inversa.autograd.tensor import Tensor

R = TypeVar("R")


@overload
def take(rows: Unknown, index: Any) -> Any: ...
@overload
def take(rows: Tensor, index: Any) -> Tensor: ...
@overload
def take(rows: NDArray[Any], index: Any) -> Any: ...
@overload
def take(rows: Sequence[R], index: Any) -> R: ...
def take(rows: Any, index: Any) -> Any:
    """``rows[index]``, where the index may be a number that is computed, or one of the samples of a compiled function.

    Python's ``rows[index]`` of a list needs an ``int``, and a function that `jit` compiles has none: its numbers are
    others in every sample. This is a choice by `where` there. Gradients flow to the row that was taken.

    Parameters
    ----------
    rows : list, Tensor or array
        A list may hold numbers, Values, Tensors, or lists of them that are all alike, such as the rows of a table of
        embeddings.
    index : number, Value, Tensor or array
        A whole number; a negative one counts from the end. Of Tensors and arrays also an array of integers, for several
        rows at once, as in ``rows[index]``.

    Returns
    -------
    object
        The row. In a compiled function a list gives NaN where the index is out of range or not whole: a program of
        numbers cannot raise an error for one of its samples.

    Raises
    ------
    IndexError
        Where the index is out of range, outside of compiled functions of lists.
    TypeError
        For an index that is no whole number.
    ValueError
        For rows that are not alike, where the index is traced.

    Examples
    --------
    >>> from inversa.autograd import Value, jit, take
    >>> rows = [Value(1.0), Value(2.0), Value(3.0)]
    >>> take(rows, 1), take(rows, Value(-1.0))
    (Value(2.0), Value(3.0))
    >>> cost = jit(lambda token: take(rows, token) ** 2)
    >>> cost([2, 0, -1])
    array([9., 1., 9.])
    >>> cost.backward([2, 0, -1], reduce="sum")
    19.0
    >>> [row.grad for row in rows]
    [2.0, 0.0, 12.0]
    """
    if not isinstance(rows, (list, tuple)):
        return _of_array(rows, index)
    if not rows:
        raise IndexError("there are no rows to take one of")
    if getattr(index, "shape", ()) != ():
        raise checks.wrong("the index of a list", "one whole number (of several, take stack(rows)[index])", index, "0")
    return _chosen(rows, _hits(index, len(rows))) if _is_traced(index) else rows[_place(index, len(rows))]


def _of_array(rows: Any, index: Any) -> Any:
    """Of a Tensor or an array."""
    if not getattr(rows, "shape", ()):
        raise checks.wrong("rows", "a list, a Tensor or an array", rows, "[a, b, c]", TypeError)
    if isinstance(index, (list, tuple)):
        index = np.asarray(index)
    kind = getattr(getattr(index, "dtype", None), "kind", "i" if isinstance(index, int) else "f")
    if getattr(index, "shape", ()) != () or kind != "f":
        return getitem(rows, index)  # an array of integers, or a single one
    return take(list(rows) if hasattr(rows, "_data") else rows.tolist(), index)


def _is_traced(index: Any) -> bool:
    """Whether it will be another number when what is compiled runs."""
    return isinstance(index, Node) and (index.level >= TRACED or MODE.get().trace is not None)


def _place(index: Any, n: int) -> int:
    """A number as a place among n rows."""
    number = plain(index)
    if not isinstance(number, (int, float)):
        number = number.item() if hasattr(number, "item") else nan
    if number % 1 != 0:
        raise checks.wrong("an index", "a whole number", index, "0", TypeError)
    if not -n <= number < n:
        raise IndexError(f"index {int(number)} is out of range: there are {n} rows")
    return int(number)


def _hits(index: Any, n: int) -> list[Any]:
    """For every row whether the index names it."""
    return [(index == place) | (index == place - n) for place in range(n)]


def _chosen(rows: Sequence[Any], hits: Sequence[Any]) -> Any:
    """The row that is hit; of lists, entry by entry."""
    lengths = {len(row) if isinstance(row, (list, tuple)) else None for row in rows}
    if len(lengths) > 1:
        raise ValueError("rows of which one is taken by a traced number are all numbers, or lists of the same length")
    if lengths != {None}:
        return [_chosen(column, hits) for column in zip(*rows, strict=True)]
    chosen: Any = nan
    for row, hit in zip(rows, hits, strict=True):
        chosen = where(hit, row, chosen)
    return chosen
