"""Norms of vectors and of matrices, and what is computed from them."""

from __future__ import annotations

from math import inf
from numbers import Real
from typing import Any

from inversa.autograd import checks
from inversa.autograd.ops import reductions
from inversa.autograd.ops.arithmetic import abs, divide, where
from inversa.autograd.ops.axes import axes_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.decompositions import svdvals
from inversa.autograd.ops.elementary import power
from inversa.autograd.ops.inverses import inv, must_be_square
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.reductions import max, min, sum
from inversa.autograd.ops.shaping import reshape, transpose

Axes = int | tuple[int, ...] | None
Order = float | str | None

_MATRIX = ((2.0, 0.3), (0.5, -1.0), (0.8, 0.4))
_STACK = ((1.0, -0.4, 0.7), (0.9, 1.6, 0.35)), ((2.0, 0.3, 0.45), (0.5, -1.0, 0.6))
_ORDERS = (None, 1, 2, inf, -inf)
_OF_MATRICES = ("fro", "nuc", 1, -1, 2, -2, inf, -inf)


def _order(ord: Any) -> Any:
    """A number as a float, NumPy's too; anything else as it is."""
    return float(ord) if type(ord) is not bool and isinstance(ord, Real) else ord


def _vectors(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    ord = _order(ord)
    if ord is None or (isinstance(ord, float) and ord == 2):
        return reductions.norm(x, None, axes, keepdims)
    if isinstance(ord, float) and ord in (inf, -inf):
        return (max if ord > 0 else min)(abs(x), axes, keepdims)
    p = checks.number("ord", ord, example="1")
    if p == 0:
        raise checks.wrong("ord", "another number: 0 counts entries and has no gradient", ord, "1")
    if p == 1:
        return sum(abs(x), axes, keepdims)
    total = sum(_powers(abs(x), p), axes, keepdims)
    nothing = total == 0
    return where(nothing, 0.0, power(where(nothing, 1.0, total), 1 / p))


def _powers(size: Any, p: float) -> Any:
    if p >= 1:
        return power(size, p)
    nothing = size == 0  # where the slope of the power is infinite
    return where(nothing, 0.0 if p > 0 else inf, power(where(nothing, 1.0, size), p))


def _matrices(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    ord = "fro" if ord is None else _order(ord)
    if not isinstance(ord, (str, float)) or ord not in _OF_MATRICES:
        raise checks.wrong("ord", f"one of {', '.join(map(repr, _OF_MATRICES))} for matrices", ord)
    if ord == "fro":
        return reductions.norm(x, None, axes, keepdims)
    if ord in (1, -1, inf, -inf):
        along, across = axes if ord in (1, -1) else axes[::-1]
        sums = sum(abs(x), along, True)
        return _without((max if ord > 0 else min)(sums, across, True), axes, keepdims)
    others = tuple(i for i in range(len(x.shape)) if i not in axes)
    values = svdvals(transpose(x, others + axes))
    result = sum(values, -1) if ord == "nuc" else (max if ord == 2 else min)(values, -1)
    return reshape(result, tuple(1 if i in axes else n for i, n in enumerate(x.shape))) if keepdims else result


def _without(x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    return x if keepdims else reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in axes))


@composed(
    "linalg.norm",
    examples=(
        *(Example(((4,),), {"ord": p}) for p in (*_ORDERS, 3, 2.5, -1)),
        *(Example(values=(_STACK,), params={"ord": p, "axis": (0, 2)}) for p in (None, *_OF_MATRICES)),
        Example(values=(_MATRIX,)), Example(values=(_STACK,)), Example(values=(_STACK,), params={"keepdims": True}),
        Example(values=(_MATRIX,), params={"ord": "nuc", "keepdims": True}),
        Example(values=(_STACK,), params={"ord": 1, "axis": -1, "keepdims": True}),
        Example(values=(_STACK,), params={"ord": -inf, "axis": (2, 1), "keepdims": True}),
    ),
)  # fmt: skip
def norm(x: Any, ord: Order = None, axis: Axes = None, keepdims: bool = False) -> Any:
    """A norm of a vector, of a matrix, or of many of them: NumPy's ``linalg.norm``.

    Parameters
    ----------
    x : array of any shape
    ord : number or str, optional
        Of vectors: None or 2 the length √Σx²; 1, inf and −inf the sum of absolute values, the largest and the smallest;
        another p but 0 is Σ abs(x)ᵖ to the power 1/p. Of matrices: None or ``"fro"`` √Σx²; 1 and −1 the largest and the
        smallest sum of a column of absolute values, inf and −inf of a row; 2 and −2 the largest and the smallest
        singular value, ``"nuc"`` their sum.
    axis : int or tuple of int, optional
        One axis for vectors, two for matrices; if nothing is said all entries are one vector or one matrix.
    keepdims : bool
        Whether the axes that are gone stay, with length 1.

    Raises
    ------
    ValueError
        For another norm, for an axis that is not there, or for three axes of which a norm is wanted that is not None.

    Notes
    -----
    Where it has no derivative: at 0, and by an entry that is 0, the gradient is 0; ties for the largest or smallest
    share it equally.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> a = Tensor([[3.0, 0.0], [0.0, -4.0]])
    >>> linalg.norm(a).item(), linalg.norm(a, 2).item(), linalg.norm(a, "nuc").item()
    (5.0, 4.0, 7.0)
    """
    checks.flag("keepdims", keepdims)
    axes = axes_of(len(x.shape), axis)
    if len(axes) == 2 and not (ord is None and axis is None):
        return _matrices(x, ord, axes, keepdims)
    if len(axes) != 1 and ord is not None:
        raise checks.wrong("axis", f"one axis or two, to say which are meant of {len(x.shape)}", axis, "(-2, -1)")
    return _vectors(x, ord, axes, keepdims)


@composed(
    "linalg.vector_norm",
    examples=(
        *(Example(((2, 3),), {"ord": p}) for p in (1, 2, 3, inf)),
        Example(values=(_STACK,), params={"axis": (0, -1), "keepdims": True}), Example(((),)),
    ),
)  # fmt: skip
def vector_norm(x: Any, *, axis: Axes = None, keepdims: bool = False, ord: float = 2) -> Any:
    """A norm of vectors, of all entries or along an axis (or several): see `norm`, with its errors.

    >>> from inversa.autograd import Tensor, linalg
    >>> linalg.vector_norm(Tensor([[3.0, -4.0]]), ord=1).item()
    7.0
    """
    checks.flag("keepdims", keepdims)
    return _vectors(x, ord, axes_of(len(x.shape), axis), keepdims)


@composed(
    "linalg.matrix_norm",
    examples=(*(Example(values=(_STACK,), params={"ord": p}) for p in _OF_MATRICES), Example(values=(_MATRIX,))),
)
def matrix_norm(x: Any, *, keepdims: bool = False, ord: Order = "fro") -> Any:
    """A norm of a matrix, or of every matrix of a stack: see `norm`, with its errors.

    >>> from inversa.autograd import Tensor, linalg
    >>> linalg.matrix_norm(Tensor([[[3.0, 0.0], [0.0, -4.0]]]), ord=2).tolist()
    [4.0]
    """
    return norm(x, ord, (-2, -1), keepdims)


@composed(
    "linalg.cond",
    examples=(
        *(Example(values=(_STACK,), params={"p": p}) for p in (None, 2, -2)),
        *(Example(values=(((2.0, 0.3), (0.5, -1.0)),), params={"p": p}) for p in ("fro", "nuc", 1, -1, inf, -inf)),
    ),
)
def cond(x: Any, p: Order = None) -> Any:
    """The condition number: how much larger a system's solution may be wrong, relatively, than its data.

    Parameters
    ----------
    x : (..., m, n)
    p : number or str, optional
        Of which `norm` of the matrix and its inverse it is the product; None or 2 is the quotient of the largest and
        the smallest singular value, and −2 the inverse of that.

    Raises
    ------
    numpy.linalg.LinAlgError
        For other norms, when a matrix is not square or has no inverse.
    ValueError
        For what is no norm.

    Examples
    --------
    >>> from inversa.autograd import Tensor, linalg
    >>> linalg.cond(Tensor([[3.0, 0.0], [0.0, 2.0]])).item()
    1.5
    """
    p = 2.0 if p is None else _order(p)
    if isinstance(p, float) and p in (2, -2):
        values = svdvals(x)
        largest, smallest = max(values, -1), min(values, -1)
        return divide(smallest, largest) if p == -2 else divide(largest, smallest)
    must_be_square("cond", x)
    return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)
