"""The softmax and its kin: exponentials that are added up, without overflow."""

from __future__ import annotations

from math import inf
from typing import Any

from inversa.autograd import checks
from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.axes import Axis, axes_of, axis_of
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.elementary import exp
from inversa.autograd.ops.namespace import as_floats
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.reductions import _AXES, _kept, sum
from inversa.autograd.ops.rules import Rule

_ONE_AXIS = (
    Example(((3,),)),
    Example(((2, 3),), {"axis": 0}),
    Example(((2, 3, 2),), {"axis": 1}),
    Example(((0, 3),)),
    Example(((),)),
)


@operation(
    "logsumexp",
    Rule.ACTIVATION,
    notation="ln Σ e ^ {x}",
    derivatives=("e ^ ({x} − {y})",),
    on_floats=False,
    examples=_AXES,
)
def logsumexp(xp: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """ln Σ eˣ, of all entries or along an axis, without overflow.

    >>> from inversa.autograd import Tensor, logsumexp
    >>> logsumexp(Tensor([1000.0, 1000.0])).item()
    1000.6931471805599
    """
    checks.flag("keepdims", keepdims)
    axes = axes_of(x.ndim, axis)
    top = xp.max(x, axis=axes, keepdims=True)
    top = xp.where(xp.isfinite(top), top, 0.0 * xp.ones_like(top))
    total = xp.log(xp.sum(xp.exp(x - top), axis=axes, keepdims=True)) + top
    return total if keepdims else xp.squeeze(total, axis=axes)


logsumexp.pullbacks(
    lambda g, y, x, *, axis, keepdims: _kept(g, x, axis) * exp(x - _kept(where(y == -inf, 0.0, y), x, axis))
)


@operation(
    "softmax",
    Rule.ACTIVATION,
    derivatives=("{y} · (δ − Σ δ · {y})",),
    on_floats=False,
    examples=_ONE_AXIS,
)
def softmax(xp: Any, x: Any, axis: int = -1) -> Any:
    """eˣ / Σ eˣ along an axis: positive, and sums to 1. Without overflow.

    >>> from inversa.autograd import Tensor, softmax
    >>> softmax(Tensor([2.0, 1.0, 0.1])).data.round(2).tolist()
    [0.66, 0.24, 0.1]
    """
    axes = _one_of(x, axis)
    if 0 in x.shape:
        return x
    x = as_floats(x)
    powers = xp.exp(x - xp.max(x, axis=axes, keepdims=True))
    return powers / xp.sum(powers, axis=axes, keepdims=True)


def _one_of(x: Any, axis: int) -> tuple[int, ...]:
    """One axis, as a tuple, for None would mean all of them; a single number has none."""
    return (axis_of(x.ndim or 1, axis),)[: x.ndim]


softmax.pullbacks(lambda g, y, _x, *, axis: y * (g - sum(g * y, axis, True)))


@operation(
    "log softmax",
    Rule.ACTIVATION,
    derivatives=("δ − e ^ {y} · Σ δ",),
    on_floats=False,
    examples=_ONE_AXIS,
)
def log_softmax(xp: Any, x: Any, axis: int = -1) -> Any:
    """The logarithm of the softmax, x − ln Σ eˣ along an axis, without overflow or loss of precision.

    >>> from inversa.autograd import Tensor, log_softmax
    >>> log_softmax(Tensor([0.0, 1000.0])).data.tolist()
    [-1000.0, 0.0]
    """
    axes = _one_of(x, axis)
    if 0 in x.shape:
        return x
    x = as_floats(x)
    shifted = x - xp.max(x, axis=axes, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=axes, keepdims=True))


log_softmax.pullbacks(lambda g, y, _x, *, axis: g - exp(y) * sum(g, axis, True))
