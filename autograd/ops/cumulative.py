"""Sums and products of everything up to an entry."""

from __future__ import annotations

from math import nan, prod
from typing import Any

from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.axes import axis_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.namespace import filled
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import along, concatenate, reshape

_AXES = (
    Example(((2, 3),)),
    Example(((2, 3),), {"axis": 0}),
    Example(((2, 3, 2),), {"axis": -2}),
    Example(((0, 3),), {"axis": 0}),
    Example(((1,),)),
)


_BACKWARD = slice(None, None, -1)


def _in_a_row(x: Any, axis: int | None) -> tuple[Any, int]:
    """The entries along the axis; for None all of them, in a row. A single number is a row of one."""
    x = x if x.shape else reshape(x, (1,))
    if axis is None:
        return reshape(x, (prod(x.shape),)), 0
    return x, axis_of(len(x.shape), axis)


@operation("Σ…", Rule.SUM, notation="Σ {x} so far", derivatives=("1 up to it",), on_floats=False, examples=_AXES)
def cumsum(xp: Any, x: Any, axis: int | None = None) -> Any:
    """The sums of all entries up to each one, along an axis, or without one of all in a row.

    >>> from inversa.autograd import Tensor, cumsum
    >>> cumsum(Tensor([1.0, 2.0, 4.0])).tolist()
    [1.0, 3.0, 7.0]
    """
    row, axis = _in_a_row(x, axis)
    return xp.cumulative_sum(row, axis=axis)


def _sums_from(g: Any, axis: int) -> Any:
    """The sums of all entries from each one on."""
    return along(cumsum(along(g, axis, _BACKWARD), axis), axis, _BACKWARD)


cumsum.pullbacks(
    lambda g, _y, _x, *, axis: reshape(_sums_from(g, 0 if axis is None else axis_of(len(g.shape), axis)), _x.shape)
)


@operation(
    "Π…",
    Rule.WEIGHTED_INPUT,
    notation="Π {x} so far",
    derivatives=("Π of the others",),
    on_floats=False,
    examples=(*_AXES, Example(values=([[0.0, 2.0, 3.0], [1.5, 0.0, 0.0]],), params={"axis": 1})),
)
def cumprod(xp: Any, x: Any, axis: int | None = None) -> Any:
    """The products of all entries up to each one, along an axis, or without one of all in a row.

    Zeros among them are handled exactly.

    >>> from inversa.autograd import Tensor, cumprod
    >>> cumprod(Tensor([1.0, 2.0, 4.0])).tolist()
    [1.0, 2.0, 8.0]
    """
    row, axis = _in_a_row(x, axis)
    return xp.cumulative_prod(row, axis=axis)


def _later(x: Any, axis: int, places: int, fill: float) -> Any:
    """The entries moved forward by so many places, and ``fill`` in the places that become free."""
    missing = tuple(places if i == axis else n for i, n in enumerate(x.shape))
    return concatenate([along(x, axis, slice(places, None)), filled(x, missing, fill)], axis=axis)


def _recurrence(g: Any, x: Any, axis: int) -> Any:
    """What s is in s[k] = g[k] + x[k + 1] · s[k + 1], in steps that double, as in a prefix sum.

    W. D. Hillis and G. L. Steele, "Data parallel algorithms", Communications of the ACM 29, 1986.
    """
    total, factor, places = g, _later(x, axis, 1, 0.0), 1
    while places < x.shape[axis]:
        total = total + factor * _later(total, axis, places, 0.0)
        factor = factor * _later(factor, axis, places, 0.0)
        places *= 2
    return total


def _through_products(g: Any, y: Any, x: Any, *, axis: int | None) -> Any:
    """The product of the entries before, times what comes back from those products that have this entry in them."""
    row, place = _in_a_row(x, axis)
    if not row.shape[place]:
        return 0.0 * x
    one = filled(row, tuple(1 if i == place else n for i, n in enumerate(row.shape)), 1)
    before = concatenate([one, along(y, place, slice(None, -1))], axis=place)
    return reshape(before * _recurrence(g, row, place), x.shape)


cumprod.pullbacks(_through_products)


@composed(examples=(Example(((2, 3),)), Example(values=([[1.0, nan, 2.0]],), params={"axis": 1})))
def nancumsum(x: Any, axis: int | None = None) -> Any:
    """`cumsum` with 0 in place of every NaN.

    >>> from inversa.autograd import Tensor, nancumsum
    >>> nancumsum(Tensor([1.0, float("nan"), 4.0])).tolist()
    [1.0, 1.0, 5.0]
    """
    return cumsum(where(x != x, 0.0, x), axis)


@composed(examples=(Example(((2, 3),)), Example(values=([[1.5, nan, 2.0]],), params={"axis": 1})))
def nancumprod(x: Any, axis: int | None = None) -> Any:
    """`cumprod` with 1 in place of every NaN.

    >>> from inversa.autograd import Tensor, nancumprod
    >>> nancumprod(Tensor([2.0, float("nan"), 4.0])).tolist()
    [2.0, 2.0, 8.0]
    """
    return cumprod(where(x != x, 1.0, x), axis)
