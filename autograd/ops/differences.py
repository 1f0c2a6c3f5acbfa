"""Differences of neighbours, what they approximate, and straight lines between points."""

from __future__ import annotations

from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.arithmetic import divide, where
from inversa.autograd.ops.axes import axis_of, numbers_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.namespace import alike, as_floats, beside, filled, is_foreign, kind_of
from inversa.autograd.ops.operation import ARRAYS, Example, Operand
from inversa.autograd.ops.reductions import sum as total
from inversa.autograd.ops.shaping import along, broadcast_to, concatenate, getitem, reshape


@composed(
    examples=(
        Example(((2, 4),)), Example(((2, 4),), {"n": 2, "axis": 0}), Example(((4,),), {"n": 3}),
        Example(((2, 3),), {"prepend": 1.0}), Example(((2, 3),), {"append": [[1.0], [2.0]], "axis": 1}),
        Example(((2, 3),), {"n": 0, "prepend": 1.0}),
    ),
)  # fmt: skip
def diff(x: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours along an axis, n times; an array or a number may be put before or after.

    >>> from inversa.autograd import Tensor, diff
    >>> diff(Tensor([1.0, 4.0, 9.0])).tolist()
    [3.0, 5.0]
    """
    axis = axis_of(len(x.shape), axis)
    if checks.count("n", n, at_least=0, example="1") == 0:
        return x  # and nothing is put before it, as in NumPy
    one = tuple(1 if i == axis else length for i, length in enumerate(x.shape))
    if prepend is not None or append is not None:
        before, after = (_border(x, one, end) for end in (prepend, append))
        x = concatenate([part for part in (before, x, after) if part is not None], axis=axis)
    for _ in range(n):
        x = along(x, axis, slice(1, None)) - along(x, axis, slice(None, -1))
    return x


def _border(x: Any, shape: tuple[int, ...], end: Any) -> Any:
    """A number in all places of a border of this shape; an array as it is."""
    if end is None or np.ndim(end):
        return end
    if not isinstance(end, Operand) and kind_of(x.dtype) == "f":
        return filled(x, shape, end)
    number: Any = end if isinstance(end, Operand) else beside(x, end)
    return broadcast_to(number, shape)


@composed(examples=(Example(((2, 3),)), Example(((3,),), {"to_begin": 1.0, "to_end": [2.0, 3.0]})))
def ediff1d(x: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """The differences of all entries in a row, with numbers before and after them.

    >>> from inversa.autograd import Tensor, ediff1d
    >>> ediff1d(Tensor([1.0, 4.0, 9.0]), to_begin=0.0).tolist()
    [0.0, 3.0, 5.0]
    """
    ends = [[] if end is None else [reshape(alike(x, end), -1)] for end in (to_begin, to_end)]
    return concatenate([*ends[0], diff(reshape(x, (-1,))), *ends[1]])


@composed(
    operands=2,
    examples=(
        Example(((2, 4), (4,))), Example(((2, 3), (2, 3)), {"axis": 0}), Example(((3,), (3,)), {"axis": -1}),
    ),
)  # fmt: skip
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The integral of y along an axis by the trapezoidal rule: at the places x, or in steps of dx.

    >>> from inversa.autograd import Tensor, trapezoid
    >>> trapezoid(Tensor([0.0, 1.0, 4.0])).item()
    3.0
    """
    place = axis_of(len(y.shape), axis)
    if x is not None:
        several = len(x.shape) > 1
        dx = diff(x, axis=axis if several else 0)
        dx = dx if several else reshape(dx, (-1, *(1,) * (len(y.shape) - place - 1)))
    return total((along(y, place, slice(1, None)) + along(y, place, slice(None, -1))) * dx / 2, axis=axis)


@composed(
    examples=(
        Example(((5,),)), Example(((5,),), {"edge_order": 2}), Example(((4, 3),)), Example(((4, 3),), {"axis": 1}),
        Example(((2, 5),), {"axis": -1, "edge_order": 2}),
    ),
)  # fmt: skip
def gradient(f: Any, *varargs: Any, axis: int | tuple[int, ...] | None = None, edge_order: int = 1) -> Any:
    """The slopes of samples f along each axis: central differences, one-sided at the ends.

    Parameters
    ----------
    f : array
    *varargs : float or one-dimensional array
        The distance of the samples, or their places: one for all axes, or one for each.
    axis : int, tuple of int, or None
        Along which axes; all if nothing is said.
    edge_order : 1 or 2
        How many differences are used at the ends.

    Returns
    -------
    array, or tuple of them
        For one axis, or for several.

    Examples
    --------
    >>> from inversa.autograd import Tensor, gradient
    >>> gradient(Tensor([1.0, 4.0, 9.0, 16.0])).tolist()
    [3.0, 4.0, 6.0, 7.0]

    References
    ----------
    B. Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids", Mathematics of Computation 51,
    1988: the weights of three places.
    """
    axes = range(len(f.shape)) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    chosen = [axis_of(len(f.shape), i) for i in axes]
    if len(varargs) not in (0, 1, len(chosen)):
        raise TypeError(f"gradient takes the distance of samples once, or for each of the {len(chosen)} axes")
    if edge_order not in (1, 2):
        raise checks.wrong("edge_order", "1 or 2", edge_order, "1")
    spacings = varargs * len(chosen) if len(varargs) == 1 else varargs or (1.0,) * len(chosen)
    slopes = [_slopes(f, i, spacing, edge_order) for i, spacing in zip(chosen, spacings, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slopes(f: Any, axis: int, spacing: Any, edge_order: int) -> Any:
    """Along one axis."""
    n = f.shape[axis]
    if n < edge_order + 1:
        raise ValueError(f"gradient needs {edge_order + 1} samples along an axis, not {n}")
    f = as_floats(f)
    left, here, right = (along(f, axis, slice(i, n - 2 + i)) for i in range(3))
    if np.ndim(spacing):
        steps = _steps(f, axis, np.asarray(spacing) if isinstance(spacing, (list, tuple)) else spacing)
        h, k = getitem(steps, slice(None, -1)), getitem(steps, slice(1, None))
        inside = (right * h**2 + here * (k**2 - h**2) - left * k**2) / (h * k * (h + k))
    else:
        inside = (right - left) / (2 * spacing)  # what is here has no weight, and may be infinite
    ends = []
    for first, second, sign in ((0, 1, 1), (-1, -2, -1)):
        a, b, c = (
            along(f, axis, slice(i, i + 1 or None)) for i in (first, second, first + 2 * sign if n > 2 else second)
        )
        h = k = spacing
        if np.ndim(spacing):
            h, k = (getitem(steps, slice(i, i + 1 or None)) if n > 2 else steps for i in (first, second))
        if edge_order == 1:
            ends.append(sign * (b - a) / h)
        else:
            weighted = b * ((h + k) / (h * k)) - a * ((2 * h + k) / (h * (h + k))) - c * (h / (k * (h + k)))
            ends.append(sign * weighted)
    return concatenate([ends[0], inside, ends[1]], axis=axis)


def _steps(f: Any, axis: int, places: Any) -> Any:
    """The distances of samples at these places, along one axis of f."""
    n = f.shape[axis]
    if places.shape != (n,):
        raise ValueError(f"the places of {n} samples are one array of as many numbers, not of the shape {places.shape}")
    return reshape(diff(places), (n - 1, *(1,) * (len(f.shape) - axis - 1)))


@composed(
    operands=3,
    examples=(
        Example(values=([0.5, 1.7, 2.2, -1.0, 9.0], [0.0, 1.0, 2.0, 4.0], [3.0, 1.0, 5.0, 2.0])),
        Example(values=([[0.5], [3.0]], [0.0, 1.0, 4.0], [3.0, 1.0, 5.0]), params={"left": -2.0, "right": 7.0}),
        Example(values=(0.3, [0.0, 1.0], [3.0, 1.0])),
    ),
)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """What the straight lines between the points (xp, fp) are at x; beyond them fp's ends, or ``left`` and ``right``.

    The places xp increase. At one of them the slope is that of the line on its right.

    >>> from inversa.autograd import Tensor, interp
    >>> interp(Tensor([0.5, 3.0]), [0.0, 1.0, 2.0], [0.0, 10.0, 40.0]).tolist()
    [5.0, 40.0]
    """
    if len(xp.shape) != 1 or xp.shape != fp.shape or not xp.shape[0]:
        raise ValueError(f"interp takes as many places as values, one-dimensional, not {xp.shape} and {fp.shape}")
    if xp.shape[0] == 1:
        return where(x < xp, fp if left is None else left, where(x > xp, fp if right is None else right, fp + 0.0 * x))
    i = _passed(x, getitem(xp, slice(1, -1)))
    start, end, low, high = (getitem(a, i + k) for a in (xp, fp) for k in (0, 1))
    same = start == end  # a jump: there it is what comes behind
    inside = where(same, high, low + divide(high - low, where(same, 1.0, end - start)) * (x - start))
    first, last = (getitem(fp, k) if given is None else given for k, given in ((0, left), (-1, right)))
    return where(x < getitem(xp, 0), first, where(x > getitem(xp, -1), last, inside))


def _passed(x: Any, places: Any) -> Any:
    """How many of the increasing places are up to x: found by bisection, if the numbers are there."""
    if all(getattr(a, "level", ARRAYS) <= ARRAYS and not is_foreign(a) for a in (x, places)):
        return np.searchsorted(numbers_of(places), numbers_of(x), side="right")
    here = reshape(x, (*x.shape, 1)) >= places
    return total(where(here, 1, 0), -1) if is_foreign(here) else here.sum(axis=-1)
