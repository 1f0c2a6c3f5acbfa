"""Reductions along axes, and the softmax family: sum, mean, max, min, prod, var, logsumexp, softmax, log_softmax."""

from __future__ import annotations

from math import inf
from math import prod as product
from typing import Any

from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.elementary import exp
from inversa.autograd.ops.namespace import np
from inversa.autograd.ops.operation import Example, operation
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import broadcast_to, reshape, transpose

Axis = int | tuple[int, ...] | None

_AXES = (
    Example(((2, 3),)), Example(((),)), Example(((2, 3),), {"axis": 0}),
    Example(((2, 3),), {"axis": -1, "keepdims": True}), Example(((2, 3, 2),), {"axis": (0, 2)}),
)  # fmt: skip
_EMPTY = (Example(((0,),)), Example(((0, 3),), {"axis": 0}), Example(((3, 0),), {"axis": 0}))
_ONE_AXIS = (
    Example(((3,),)),
    Example(((2, 3),), {"axis": 0}),
    Example(((2, 3, 2),), {"axis": 1}),
    Example(((0, 3),)),
)


def _reduced_axes(ndim: int, axis: Axis) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(i % ndim for i in (axis if isinstance(axis, tuple) else (axis,)))


def _kept(reduced: Any, x: Any, axis: Axis) -> Any:
    """A reduction's result with the reduced axes back at length 1, so that it broadcasts against x."""
    axes = _reduced_axes(len(x.shape), axis)
    return reshape(reduced, tuple(1 if i in axes else n for i, n in enumerate(x.shape)))


def _count(x: Any, axis: Axis) -> int:
    return product(x.shape[i] for i in _reduced_axes(len(x.shape), axis))


@operation(
    "Σ", Rule.SUM, notation="Σ {x}", derivatives=("1",), on_floats=False, elementwise=False, examples=_AXES + _EMPTY
)
def sum(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum of the entries, all or along an axis (or several).

    >>> from inversa.autograd import Tensor, sum
    >>> sum(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0).data.tolist()
    [4.0, 6.0]
    """
    return xp.sum(x, axis=axis, keepdims=keepdims)


sum.pullbacks(lambda g, _y, _x, *, axis, keepdims: broadcast_to(_kept(g, _x, axis), _x.shape))


@operation(
    "mean", Rule.SUM, notation="mean {x}", derivatives=("1 / n",), on_floats=False, elementwise=False, examples=_AXES
)
def mean(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The arithmetic mean, of all entries or along an axis.

    >>> from inversa.autograd import Tensor, mean
    >>> mean(Tensor([1.0, 2.0, 6.0])).item()
    3.0
    """
    return xp.mean(x, axis=axis, keepdims=keepdims)


mean.pullbacks(
    lambda g, _y, _x, *, axis, keepdims: broadcast_to(_kept(g, _x, axis) / (_count(_x, axis) or 1), _x.shape)
)


def _shares(x: Any, extreme: Any, axis: Axis) -> Any:
    """1 where x attains its extreme value (or is the NaN that it is), divided by the number of such entries; plain."""
    hit = (x == _kept(extreme, x, axis)) | (x != x)
    return (hit / hit.sum(axis=axis, keepdims=True)).astype(x.dtype)


@operation(
    "max",
    Rule.ACTIVATION,
    wires="selects",
    notation="max {x}",
    derivatives=("1 at the maximum",),
    analytic=False,
    convention="ties share the gradient equally",
    on_floats=False,
    elementwise=False,
    examples=_AXES,
)
def max(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest entry, of all or along an axis; ties share the gradient equally.

    >>> from inversa.autograd import Tensor, max
    >>> max(Tensor([1.0, 5.0, 2.0])).item()
    5.0
    """
    return xp.max(x, axis=axis, keepdims=keepdims)


max.pullbacks(lambda g, y, x, *, axis, keepdims: _kept(g, x, axis) * _shares(x, y, axis))


@operation(
    "min",
    Rule.ACTIVATION,
    wires="selects",
    notation="min {x}",
    derivatives=("1 at the minimum",),
    analytic=False,
    convention="ties share the gradient equally",
    on_floats=False,
    elementwise=False,
    examples=_AXES,
)
def min(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest entry, of all or along an axis; ties share the gradient equally.

    >>> from inversa.autograd import Tensor, min
    >>> min(Tensor([3.0, 1.0, 2.0])).item()
    1.0
    """
    return xp.min(x, axis=axis, keepdims=keepdims)


min.pullbacks(lambda g, y, x, *, axis, keepdims: _kept(g, x, axis) * _shares(x, y, axis))


@operation(
    "Π",
    Rule.WEIGHTED_INPUT,
    notation="Π {x}",
    derivatives=("{y} / {x}",),
    on_floats=False,
    elementwise=False,
    examples=(*_AXES, *_EMPTY, Example(values=([[0.0, 2.0, 3.0], [0.0, 0.0, 1.5]],), params={"axis": 1})),
)
def prod(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The product of the entries, all or along an axis. Zeros among them are handled exactly.

    >>> from inversa.autograd import Tensor, prod
    >>> prod(Tensor([2.0, 3.0, 4.0])).item()
    24.0
    """
    return xp.prod(x, axis=axis, keepdims=keepdims)


def _product_of_the_others(x: Any, y: Any, axis: Axis) -> Any:
    """For every entry the product of those it is multiplied with; y / x where no entry is 0."""
    if ((y != 0) & (y > -inf) & (y < inf)).all():  # neither a zero among the entries nor an underflow
        return _kept(y, x, axis) / x
    axes = _reduced_axes(len(x.shape), axis)
    rest = tuple(i for i in range(len(x.shape)) if i not in axes)
    n = _count(x, axis)
    flat = reshape(transpose(x, rest + axes), (*(x.shape[i] for i in rest), 1, n))
    itself = np.eye(n, dtype=bool)
    others = prod(where(itself, 1.0, flat), axis=-1)
    back = reshape(others, tuple(x.shape[i] for i in rest + axes))
    return transpose(back, tuple(sorted(range(len(x.shape)), key=(rest + axes).__getitem__)))


prod.pullbacks(lambda g, y, x, *, axis, keepdims: _kept(g, x, axis) * _product_of_the_others(x, y, axis))


@operation(
    "var",
    Rule.ACTIVATION,
    notation="var {x}",
    derivatives=("2 ({x} − mean) / n",),
    on_floats=False,
    elementwise=False,
    examples=(
        Example(((2, 3),)),
        Example(((2, 3),), {"axis": 1, "correction": 1}),
        Example(((4, 2),), {"axis": 0, "keepdims": True}),
    ),
)
def var(xp: Any, x: Any, axis: Axis = None, correction: int = 0, keepdims: bool = False) -> Any:
    """The variance, of all entries or along an axis; the sum of squares is divided by n − correction.

    >>> from inversa.autograd import Tensor, var
    >>> var(Tensor([1.0, 3.0])).item(), var(Tensor([1.0, 3.0]), correction=1).item()
    (1.0, 2.0)
    """
    centred = x - xp.mean(x, axis=axis, keepdims=True)
    return xp.sum(centred * centred, axis=axis, keepdims=keepdims) / (_count(x, axis) - correction)


var.pullbacks(
    lambda g, _y, x, *, axis, correction, keepdims: (
        _kept(g, x, axis) * (x - mean(x, axis, True)) * 2 / (_count(x, axis) - correction)
    )
)


@operation(
    "logsumexp",
    Rule.ACTIVATION,
    notation="ln Σ e ^ {x}",
    derivatives=("e ^ ({x} − {y})",),
    on_floats=False,
    elementwise=False,
    examples=_AXES,
)
def logsumexp(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """ln Σ eˣ, of all entries or along an axis, without overflow.

    >>> from inversa.autograd import Tensor, logsumexp
    >>> logsumexp(Tensor([1000.0, 1000.0])).item()
    1000.6931471805599
    """
    top = xp.max(x, axis=axis, keepdims=True)
    top = xp.where(xp.isfinite(top), top, 0.0 * xp.ones_like(top))
    total = xp.log(xp.sum(xp.exp(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else xp.squeeze(total, axis=_reduced_axes(x.ndim, axis))


logsumexp.pullbacks(
    lambda g, y, x, *, axis, keepdims: _kept(g, x, axis) * exp(x - _kept(where(y == -inf, 0.0, y), x, axis))
)


@operation(
    "softmax",
    Rule.ACTIVATION,
    derivatives=("{y} · (δ − Σ δ · {y})",),
    on_floats=False,
    elementwise=False,
    examples=_ONE_AXIS,
)
def softmax(xp: Any, x: Any, axis: int = -1) -> Any:
    """eˣ / Σ eˣ along an axis: positive, and sums to 1. Without overflow.

    >>> from inversa.autograd import Tensor, softmax
    >>> softmax(Tensor([2.0, 1.0, 0.1])).data.round(2).tolist()
    [0.66, 0.24, 0.1]
    """
    if not x.shape[axis]:
        return x
    powers = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return powers / xp.sum(powers, axis=axis, keepdims=True)


softmax.pullbacks(lambda g, y, _x, *, axis: y * (g - sum(g * y, axis, True)))


@operation(
    "log softmax",
    Rule.ACTIVATION,
    derivatives=("δ − e ^ {y} · Σ δ",),
    on_floats=False,
    elementwise=False,
    examples=_ONE_AXIS,
)
def log_softmax(xp: Any, x: Any, axis: int = -1) -> Any:
    """The logarithm of the softmax, x − ln Σ eˣ along an axis, without overflow or loss of precision.

    >>> from inversa.autograd import Tensor, log_softmax
    >>> log_softmax(Tensor([0.0, 1000.0])).data.tolist()
    [-1000.0, 0.0]
    """
    if not x.shape[axis]:
        return x
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=axis, keepdims=True))


log_softmax.pullbacks(lambda g, y, _x, *, axis: g - exp(y) * sum(g, axis, True))
