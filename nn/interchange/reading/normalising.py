"""Normalisations: entries minus their mean, divided by their deviation."""

from __future__ import annotations

from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.images import along
from inversa.nn.interchange.reading.operators import operator
from inversa.nn.interchange.reading.values import allowed, axis_of, bounded, broadcast


def _standardised(x: Any, axes: tuple[int, ...], epsilon: float) -> tuple[Any, Any, Any]:
    """x with mean 0 and variance 1 along some axes, the mean, and 1 / deviation."""
    mean = ag.mean(x, axis=axes, keepdims=True)
    inverse = 1.0 / ag.sqrt(ag.var(x, axis=axes, keepdims=True) + epsilon)
    return (x - mean) * inverse, mean, inverse


def _widened(x: Any) -> Any:
    """Half precision is too coarse for a variance."""
    return ag.astype(x, np.float32) if x.dtype == np.float16 else x


@operator("BatchNormalization")
def batch_normalization(
    x: Any,
    scale: Any,
    shift: Any,
    mean: Any,
    variance: Any,
    *,
    epsilon: float,
    momentum: float = 0.9,
    spatial: int = 1,
    training_mode: int = 0,
    outputs: int,
) -> Any:
    """By the averages that were kept; in training by those of the batch, and new averages are further results."""
    allowed("spatial", spatial, (1,))
    if not allowed("training_mode", training_mode, (0, 1)):
        if outputs > 1:
            raise InterchangeError("BatchNormalization in training, of before opset 14, is not supported")
        deviation = ag.sqrt(along(variance, x) + epsilon)
        return (x - along(mean, x)) / deviation * along(scale, x) + along(shift, x)
    axes = tuple(a for a in range(x.ndim) if a != 1)
    standard, _, _ = _standardised(x, axes, epsilon)
    y = standard * along(scale, x) + along(shift, x)
    new_mean = mean * momentum + ag.mean(x, axis=axes) * (1.0 - momentum)
    new_variance = variance * momentum + ag.var(x, axis=axes) * (1.0 - momentum)
    return (y, ag.astype(new_mean, mean.dtype), ag.astype(new_variance, variance.dtype))[:outputs]


@operator("InstanceNormalization")
def instance_normalization(x: Any, scale: Any, shift: Any, *, epsilon: float) -> Any:
    """Every image by itself."""
    standard, _, _ = _standardised(x, tuple(range(2, x.ndim)), epsilon)
    return standard * along(scale, x) + along(shift, x)


@operator("LayerNormalization")
def layer_normalization(
    x: Any, scale: Any, shift: Any = None, *, axis: int, epsilon: float, stash_type: int, outputs: int
) -> Any:
    """Along this axis and those behind it. Half precision is computed in single, double stays double."""
    allowed("stash_type", stash_type, (1,))
    axes = tuple(range(axis_of(axis, x.ndim), x.ndim))
    standard, mean, inverse = _standardised(_widened(x), axes, epsilon)
    broadcast(x, scale, *([] if shift is None else [shift]))
    y = ag.astype(standard, x.dtype) * scale
    y = y if shift is None else y + shift
    return (y, ag.astype(mean, np.float32), ag.astype(inverse, np.float32))[:outputs] if outputs > 1 else y


@operator("RMSNormalization")
def rms_normalization(x: Any, scale: Any, *, axis: int, epsilon: float, stash_type: int) -> Any:
    """Divided by the root of the mean square."""
    allowed("stash_type", stash_type, (1,))
    broadcast(x, scale)
    wide = _widened(x)
    axes = tuple(range(axis_of(axis, x.ndim), x.ndim))
    y = wide / ag.sqrt(ag.mean(wide * wide, axis=axes, keepdims=True) + epsilon)
    return ag.astype(y, x.dtype) * scale


@operator("GroupNormalization")
def group_normalization(
    x: Any, scale: Any, shift: Any, *, epsilon: float, num_groups: int, stash_type: int = 1, opset: int
) -> Any:
    """Groups of channels; before opset 21 scale and shift are those of groups, since then those of channels."""
    allowed("stash_type", stash_type, (1,))
    n, channels = x.shape[:2]
    if num_groups < 1 or channels % num_groups:
        raise InterchangeError(f"{channels} channels do not make {num_groups} groups")
    groups = ag.reshape(_widened(x), (n, num_groups, -1))
    standard, _, _ = _standardised(groups, (2,), epsilon)
    if opset < 21:
        standard = ag.astype(standard, x.dtype)
        y = standard * ag.reshape(scale, (num_groups, 1)) + ag.reshape(shift, (num_groups, 1))
        return ag.reshape(y, x.shape)
    return ag.reshape(ag.astype(standard, x.dtype), x.shape) * along(scale, x) + along(shift, x)


@operator("LpNormalization")
def lp_normalization(x: Any, *, axis: int, p: int) -> Any:
    """Divided by a norm along an axis; zeros stay zeros."""
    if allowed("p", p, (1, 2)) == 1:
        size = ag.sum(ag.abs(x), axis=axis, keepdims=True)
    else:
        size = ag.sum(x * x, axis=axis, keepdims=True)
    nothing = size == 0
    size = ag.where(nothing, 1.0, size)
    return ag.where(nothing, 0.0, x / (size if p == 1 else ag.sqrt(size)))


@operator("LRN")
def local_response_normalization(x: Any, *, alpha: float, beta: float, bias: float, size: int) -> Any:
    """Divided by a power of the sum of squares in neighbouring channels."""
    if size < 1:
        raise InterchangeError(f"there are no {size} neighbouring channels")
    bounded([x.shape[1], x.shape[1]])
    c = np.arange(x.shape[1])
    distance = c[None, :] - c[:, None]
    near = (distance >= -((size - 1) // 2)) & (distance <= size // 2)
    squares = ag.reshape(x * x, (x.shape[0], x.shape[1], -1))
    total = ag.reshape(ag.matmul(near.astype(x.dtype), squares), x.shape)
    return x / (bias + total * (alpha / size)) ** beta
