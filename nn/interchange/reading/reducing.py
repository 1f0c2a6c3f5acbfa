"""Sums and other reductions along axes, running sums, and softmax."""

from __future__ import annotations

from math import prod
from typing import Any

from inversa import autograd as ag
from inversa.autograd import Tensor
from inversa.autograd.lazy import np
from inversa.nn.interchange.reading.operators import Function, operator
from inversa.nn.interchange.reading.values import allowed, axes_of, axis_of, integer, integers, is_float, numbers


def _same(x: Any) -> Any:
    return x


def _reduction(name: str, function: Function, before: Function = _same, after: Function = _same) -> None:
    @operator(name)
    def run(x: Any, axes: Any = None, *, keepdims: int, noop_with_empty_axes: int = 0) -> Any:
        allowed("keepdims", keepdims, (0, 1))
        allowed("noop_with_empty_axes", noop_with_empty_axes, (0, 1))
        named = axes is not None and len(integers(axes)) > 0
        if not named and noop_with_empty_axes:
            return after(before(x))
        over = tuple(axes_of(axes, x.ndim)) if named else tuple(range(x.ndim))
        y = after(function(before(x), over, bool(keepdims)))
        return y if isinstance(y, Tensor) else np.asarray(y).astype(x.dtype)


def _extreme(function: Function, sign: int) -> Function:
    """The largest or smallest; of nothing, the smallest or largest that there is."""

    def run(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
        if any(x.shape[a] == 0 for a in axis):
            kept = [1 if a in axis else n for a, n in enumerate(x.shape) if keepdims or a not in axis]
            return _filled(kept, x.dtype, sign)
        return function(x, axis=axis, keepdims=keepdims)

    return run


def _filled(shape: list[int], dtype: Any, sign: int) -> Any:
    if dtype.kind == "f":
        return np.full(shape, sign * np.inf, dtype)
    if dtype.kind == "b":
        return np.full(shape, sign > 0)
    return np.full(shape, np.iinfo(dtype).max if sign > 0 else np.iinfo(dtype).min, dtype)


def _sum(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return ag.sum(x, axis=axis, keepdims=keepdims)


def _log_sum_exp(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    if any(x.shape[a] == 0 for a in axis):
        return _extreme(ag.max, -1)(x, axis, keepdims)
    return ag.logsumexp(x, axis=axis, keepdims=keepdims)


_reduction("ReduceSum", _sum)
_reduction("ReduceMean", lambda x, axis, keepdims: ag.mean(x, axis=axis, keepdims=keepdims))
_reduction("ReduceProd", lambda x, axis, keepdims: ag.prod(x, axis=axis, keepdims=keepdims))
_reduction("ReduceMax", _extreme(ag.max, -1))
_reduction("ReduceMin", _extreme(ag.min, 1))
_reduction("ReduceSumSquare", _sum, before=lambda x: x * x)
_reduction("ReduceL1", _sum, before=ag.abs)
_reduction("ReduceL2", _sum, before=lambda x: x * x, after=ag.sqrt)
_reduction("ReduceLogSum", _sum, after=ag.log)
_reduction("ReduceLogSumExp", _log_sum_exp)


def _flattening(name: str, function: Function) -> None:
    """What works along one axis; before opset 13 along all from that axis on, taken together."""

    @operator(name)
    def run(x: Any, *, axis: int, opset: int) -> Any:
        if opset >= 13:
            axis_of(axis, x.ndim)
            return function(x, axis)
        first = axis_of(axis, x.ndim) if axis < x.ndim else axis
        rows = prod(x.shape[:first])
        return ag.reshape(function(ag.reshape(x, (rows, prod(x.shape[first:]))), 1), x.shape)


def _hardmax(x: Any, axis: int) -> Any:
    """1 at the first of the largest, 0 elsewhere: it is constant between jumps."""
    places = np.expand_dims(np.argmax(numbers(x), axis), axis)
    at = np.arange(x.shape[axis]).reshape([-1 if a == axis % x.ndim else 1 for a in range(x.ndim)])
    return (at == places).astype(x.dtype)


def _softmax(x: Any, axis: int) -> Any:
    """Rows of nothing but −∞, such as attention with everything masked, give NaN; what hides it gets no NaN back."""
    empty = ag.max(x, axis=axis, keepdims=True) == -np.inf if x.size else np.zeros(1, bool)
    if isinstance(empty, np.ndarray) and not empty.any():
        return ag.softmax(x, axis=axis)
    return ag.where(empty, np.nan, ag.softmax(ag.where(empty, 0.0, x), axis=axis))


_flattening("Softmax", _softmax)
_flattening("LogSoftmax", lambda x, axis: ag.log_softmax(x, axis=axis))
_flattening("Hardmax", _hardmax)


def _running(name: str, function: Function, neutral: int) -> None:
    @operator(name)
    def run(x: Any, axis: Any, *, exclusive: int, reverse: int) -> Any:
        allowed("exclusive", exclusive, (0, 1))
        allowed("reverse", reverse, (0, 1))
        along = axis_of(integer(axis), x.ndim)
        x = ag.flip(x, axis=along) if reverse else x
        if exclusive:
            x = _moved_on(x, along, neutral)
        y = function(x, axis=along)
        y = y if is_float(x) else np.asarray(y).astype(x.dtype)
        return ag.flip(y, axis=along) if reverse else y


def _moved_on(x: Any, axis: int, first: int) -> Any:
    """By one place along an axis, with a number before it and without the last entry."""
    start = np.full([min(n, 1) if a == axis else n for a, n in enumerate(x.shape)], first, x.dtype)
    front = (slice(None),) * axis + (slice(0, max(x.shape[axis] - 1, 0)),)
    return ag.concatenate([start, x[front]], axis=axis)


_running("CumSum", ag.cumsum, 0)
_running("CumProd", ag.cumprod, 1)
