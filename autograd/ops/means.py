"""Means with weights, spans, and reductions that leave NaNs out."""

from __future__ import annotations

from math import inf, nan
from math import prod as product
from typing import Any

from inversa.autograd.ops.arithmetic import divide, where
from inversa.autograd.ops.axes import Axis, axis_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.elementary import sqrt
from inversa.autograd.ops.namespace import alike, beside, filled
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.reductions import max as largest
from inversa.autograd.ops.reductions import mean, prod
from inversa.autograd.ops.reductions import min as smallest
from inversa.autograd.ops.reductions import sum as total
from inversa.autograd.ops.shaping import broadcast_to, reshape

_WITH_NAN = (
    Example(((2, 3),)), Example(((2, 3),), {"axis": 1, "keepdims": True}),
    Example(values=([[1.5, nan, 2.0], [nan, 0.5, 1.0]],)),
    Example(values=([[1.5, nan, 2.0], [nan, 0.5, 1.0]],), params={"axis": 0}),
)  # fmt: skip


@composed(examples=(Example(((2, 3),)), Example(((2, 3),), {"axis": 0}), Example(((4,),), {"keepdims": True})))
def ptp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest entry minus the smallest, "peak to peak".

    >>> from inversa.autograd import Tensor, ptp
    >>> ptp(Tensor([3.0, 1.0, 7.0])).item()
    6.0
    """
    return largest(x, axis, keepdims) - smallest(x, axis, keepdims)


@composed(
    examples=(
        Example(((2, 3),)), Example(((2, 3),), {"axis": 1, "weights": [1.0, 2.0, 0.5]}),
        Example(((2, 3),), {"weights": [[1.0, 2.0, 0.5], [0.5, 1.0, 3.0]], "returned": True}),
        Example(((2, 3),), {"axis": 0, "keepdims": True}),
    ),
)  # fmt: skip
def average(x: Any, axis: Axis = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    """The mean, with weights; differentiated by both.

    >>> from inversa.autograd import Tensor, average
    >>> average(Tensor([1.0, 4.0]), weights=[2.0, 1.0]).item()
    2.0
    """
    if weights is None:
        found = mean(x, axis, keepdims)
        sums = broadcast_to(alike(x, product(x.shape) / max(product(found.shape), 1)), found.shape)
        return (found, sums) if returned else found
    if not hasattr(weights, "shape"):
        weights = beside(x, weights)
    if weights.shape != x.shape:
        if (
            len(weights.shape) != 1
            or not isinstance(axis, int)
            or weights.shape[0] != x.shape[axis_of(len(x.shape), axis)]
        ):
            raise ValueError(f"weights have the shape of the array, {x.shape}, or its length along one axis")
        lengths = tuple(-1 if i == axis % len(x.shape) else 1 for i in range(len(x.shape)))
        weights = broadcast_to(reshape(weights, lengths), x.shape)
    sums = total(weights, axis, keepdims)
    found = divide(total(x * weights, axis, keepdims), sums)
    return (found, sums) if returned else found


@composed(examples=_WITH_NAN)
def nansum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum of the entries that are numbers; a NaN has the gradient 0.

    >>> from inversa.autograd import Tensor, nansum
    >>> nansum(Tensor([1.0, float("nan"), 4.0])).item()
    5.0
    """
    return total(where(x != x, 0.0, x), axis, keepdims)


@composed(examples=_WITH_NAN)
def nanprod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product of the entries that are numbers; a NaN has the gradient 0.

    >>> from inversa.autograd import Tensor, nanprod
    >>> nanprod(Tensor([2.0, float("nan"), 4.0])).item()
    8.0
    """
    return prod(where(x != x, 1.0, x), axis, keepdims)


@composed(examples=_WITH_NAN)
def nanmax(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest of the entries that are numbers; NaN where none is.

    >>> from inversa.autograd import Tensor, nanmax
    >>> nanmax(Tensor([2.0, float("nan"), 4.0])).item()
    4.0
    """
    return where(_numbers(x, axis, keepdims) == 0, nan, largest(where(x != x, -inf, x), axis, keepdims))


@composed(examples=_WITH_NAN)
def nanmin(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest of the entries that are numbers; NaN where none is.

    >>> from inversa.autograd import Tensor, nanmin
    >>> nanmin(Tensor([2.0, float("nan"), 4.0])).item()
    2.0
    """
    return where(_numbers(x, axis, keepdims) == 0, nan, smallest(where(x != x, inf, x), axis, keepdims))


def _numbers(x: Any, axis: Axis, keepdims: bool) -> Any:
    """How many entries are numbers."""
    return total(where(x != x, 0.0, filled(x, x.shape, 1.0)), axis, keepdims)


@composed(examples=_WITH_NAN)
def nanmean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The mean of the entries that are numbers; NaN where none is.

    >>> from inversa.autograd import Tensor, nanmean
    >>> nanmean(Tensor([2.0, float("nan"), 4.0])).item()
    3.0
    """
    return divide(nansum(x, axis, keepdims), _numbers(x, axis, keepdims))


@composed(examples=(*_WITH_NAN, Example(((2, 4),), {"axis": 1, "ddof": 1})))
def nanvar(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The variance of the entries that are numbers; the sum of squares is divided by their number minus ddof.

    Where no number is left, it is NaN.

    >>> from inversa.autograd import Tensor, nanvar
    >>> nanvar(Tensor([2.0, float("nan"), 4.0])).item()
    1.0
    """
    centred = where(x != x, 0.0, x - nanmean(x, axis, True))
    left = _numbers(x, axis, keepdims) - ddof
    return divide(total(centred * centred, axis, keepdims), where(left <= 0, nan, left))


@composed(examples=(*_WITH_NAN, Example(((2, 4),), {"axis": 1, "ddof": 1})))
def nanstd(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """The standard deviation √`nanvar`; where it is 0, the gradient is taken as 0.

    >>> from inversa.autograd import Tensor, nanstd
    >>> nanstd(Tensor([2.0, float("nan"), 4.0])).item()
    1.0
    """
    variance = nanvar(x, axis, ddof, keepdims)
    zero = variance == 0
    return where(zero, 0.0, sqrt(where(zero, 1.0, variance)))
