"""Parts of matrices, and matrices made of vectors: diagonals, triangles, powers.

A diagonal is a slice: laid out row after row, the entries (i, i) of a matrix with m columns are m + 1 apart.
"""

from __future__ import annotations

from operator import index
from typing import Any

from inversa.autograd import checks
from inversa.autograd.ops.axes import axis_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.elementary import power
from inversa.autograd.ops.namespace import as_floats
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.reductions import sum as total
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import broadcast_to, getitem, reshape, scatter, stack, transpose

_OF_MATRICES = (
    Example(((3, 3),)), Example(((2, 4),), {"offset": 1}), Example(((4, 2),), {"offset": -2}),
    Example(((2, 3, 4),), {"axis1": 2, "axis2": -2}), Example(((3, 2),), {"offset": 5}), Example(((0, 2),)),
)  # fmt: skip
_TRIANGLES = (
    Example(((3, 3),)), Example(((2, 4, 3),), {"k": 1}), Example(((2, 3),), {"k": -1}), Example(((3,),)),
    Example(((0, 2),)),
)  # fmt: skip


@composed(examples=_OF_MATRICES)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The entries of every matrix that two axes make which stand on a diagonal; they come along a new, last axis.

    Parameters
    ----------
    x : array of two axes or more
    offset : int
        How far to the right of the main diagonal; to the left if it is negative.
    axis1, axis2 : int
        The axes of the rows and of the columns.

    Raises
    ------
    ValueError
        When there are no two such axes, or they are the same.

    Examples
    --------
    >>> from inversa.autograd import Tensor, diagonal
    >>> diagonal(Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), offset=1).tolist()
    [2.0, 6.0]
    """
    offset = _integer("offset", offset)
    x, rows, columns = _matrices(a, axis1, axis2)
    count = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    flat = reshape(x, (*x.shape[:-2], rows * columns))
    return getitem(flat, (..., _places(offset, columns, count)))


def _matrices(x: Any, axis1: int, axis2: int) -> tuple[Any, int, int]:
    """The array with the axes of rows and columns at the end, and their lengths."""
    ndim = len(x.shape)
    if ndim < 2:
        raise ValueError(f"a diagonal is one of a matrix: an array of two axes or more, not of shape {x.shape}")
    first, second = axis_of(ndim, axis1, "axis1"), axis_of(ndim, axis2, "axis2")
    if first == second:
        raise ValueError(f"axis1 and axis2 are two axes, not {axis1} and {axis2}")
    order = (*(i for i in range(ndim) if i not in (first, second)), first, second)
    x = x if order == tuple(range(ndim)) else transpose(x, order)
    return x, *x.shape[-2:]


def _integer(name: str, x: Any) -> int:
    if not hasattr(x, "__index__"):
        raise checks.wrong(name, "an integer", x, "1")
    return index(x)


def _places(offset: int, columns: int, count: int) -> slice:
    """Where a diagonal stands in a matrix that is laid out row after row."""
    start, step = max(offset, 0) + max(-offset, 0) * columns, columns + 1
    return slice(start, start + (count - 1) * step + 1, step) if count else slice(0, 0)


@composed(examples=_OF_MATRICES)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum along a diagonal; the arguments are those of `diagonal`.

    Examples
    --------
    >>> from inversa.autograd import Tensor, trace
    >>> trace(Tensor([[1.0, 2.0], [3.0, 4.0]])).item()
    5.0
    """
    return total(diagonal(a, offset, axis1, axis2), axis=-1)


@composed(examples=(Example(((3,),)), Example(((2,),), {"k": -1}), Example(((3, 2),), {"k": 1}), Example(((0,),))))
def diag(v: Any, k: int = 0) -> Any:
    """A matrix with the vector v on its k-th diagonal and zeros elsewhere; of a matrix, its diagonal.

    Raises
    ------
    ValueError
        When v is neither a vector nor a matrix.

    Examples
    --------
    >>> from inversa.autograd import Tensor, diag
    >>> diag(Tensor([1.0, 2.0])).tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    >>> diag(Tensor([[1.0, 2.0], [3.0, 4.0]]), k=-1).tolist()
    [3.0]
    """
    if len(v.shape) == 2:
        return diagonal(v, k)
    if len(v.shape) != 1:
        raise ValueError(f"diag is of a vector or a matrix, not of shape {v.shape}: for stacks write diagonal")
    k = _integer("k", k)
    n = v.shape[0] + abs(k)
    return reshape(scatter(v, _places(k, n, v.shape[0]), (n * n,)), (n, n))


@composed(examples=(Example(((2, 2),), {"k": 1}), Example(((),))))
def diagflat(v: Any, k: int = 0) -> Any:
    """A matrix with all entries of v, one after another, on its k-th diagonal.

    Examples
    --------
    >>> from inversa.autograd import Tensor, diagflat
    >>> diagflat(Tensor([[1.0], [2.0]])).tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    """
    return diag(reshape(v, (-1,)), k)


@operation(
    "band", Rule.BRANCHING, notation="band of {x}", derivatives=("1 inside",), on_floats=False, wires="selects",
    examples=(
        Example(((3, 3),), {"high": 0}), Example(((2, 4, 3),), {"low": 1}), Example(((3, 4),), {"low": -1, "high": 1}),
        Example(((0, 2),), {"low": 0}),
    ),
)  # fmt: skip
def band(xp: Any, x: Any, low: int | None = None, high: int | None = None) -> Any:
    """The entries (i, j) of every matrix of a stack for which low ≤ j − i ≤ high; zeros elsewhere, also for a NaN.

    >>> from inversa.autograd import Tensor
    >>> from inversa.autograd.ops.matrices import band
    >>> band(Tensor([[1.0, 2.0], [3.0, 4.0]]), low=0, high=0).tolist()
    [[1.0, 0.0], [0.0, 4.0]]
    """
    if high is not None:
        x = xp.tril(x, k=high)
    return x if low is None else xp.triu(x, k=low)


band.pullbacks(lambda g, _y, _x, *, low, high: band(g, low, high))


@composed(examples=_TRIANGLES)
def tril(m: Any, k: int = 0) -> Any:
    """The entries on and below the k-th diagonal of every matrix, zeros above; a vector is the row of all rows.

    Examples
    --------
    >>> from inversa.autograd import Tensor, tril
    >>> tril(Tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[1.0, 0.0], [3.0, 4.0]]
    """
    return band(_as_matrix(m), high=_integer("k", k))


@composed(examples=_TRIANGLES)
def triu(m: Any, k: int = 0) -> Any:
    """The entries on and above the k-th diagonal of every matrix, zeros below; a vector is the row of all rows.

    Examples
    --------
    >>> from inversa.autograd import Tensor, triu
    >>> triu(Tensor([[1.0, 2.0], [3.0, 4.0]]), k=1).tolist()
    [[0.0, 2.0], [0.0, 0.0]]
    """
    return band(_as_matrix(m), low=_integer("k", k))


def _as_matrix(m: Any) -> Any:
    """A vector as the row of all rows."""
    if not m.shape:
        raise checks.wrong("what has triangles", "a matrix, or a stack of matrices", m)
    return m if len(m.shape) > 1 else broadcast_to(m, m.shape * 2)


@composed(examples=(Example(((3,),)), Example(((3,),), {"N": 4}), Example(((2,),), {"N": 3, "increasing": True})))
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The Vandermonde matrix of a vector: its powers as columns, the highest first, or last if they are increasing.

    Raises
    ------
    ValueError
        When x is no vector, or N, the number of columns, no positive integer.

    Examples
    --------
    >>> from inversa.autograd import Tensor, vander
    >>> vander(Tensor([2.0, 3.0]), 3).tolist()
    [[4.0, 2.0, 1.0], [9.0, 3.0, 1.0]]
    """
    if len(x.shape) != 1:
        raise ValueError(f"vander is of a vector, not of shape {x.shape}")
    count = checks.count("N", x.shape[0] if N is None else N)
    x = as_floats(x)
    powers = [power(x, exponent) for exponent in range(count)]
    return stack(powers if checks.flag("increasing", increasing) else powers[::-1], axis=-1)
