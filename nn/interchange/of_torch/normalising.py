"""Operators that bring entries to mean 0 and variance 1."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from inversa import autograd as ag
from inversa.nn.interchange.of_torch.operators import aten


@aten("native_layer_norm")
def layer_norm(x: Any, normalized_shape: Sequence[int], weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any]:
    """Every sample by itself, over its last axes."""
    axes = tuple(range(x.ndim - len(normalized_shape), x.ndim))
    y, mean, rate = _standard(x, axes, eps)
    return _scaled(y, weight, bias), mean, rate


@aten("layer_norm")
def layer_norm_alone(
    x: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5, cudnn: bool = True
) -> Any:
    """The same."""
    return layer_norm(x, normalized_shape, weight, bias, eps)[0]


@aten("native_group_norm")
def group_norm(
    x: Any, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[Any, Any, Any]:
    """Every sample by itself, over its channels in groups."""
    groups = ag.reshape(x, (N, group, C // group * HxW))
    y, mean, rate = _standard(groups, (2,), eps)
    y = _scaled(ag.reshape(y, tuple(x.shape)), _each_channel(x, weight), _each_channel(x, bias))
    return y, ag.reshape(mean, (N, group)), ag.reshape(rate, (N, group))


@aten("_native_batch_norm_legit_no_training")
def batch_norm(
    x: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, momentum: float, eps: float
) -> tuple[Any, None, None]:
    """By the statistics that were kept."""
    y = (x - _each_channel(x, running_mean)) * ag.power(_each_channel(x, running_var) + eps, -0.5)
    return _scaled(y, _each_channel(x, weight), _each_channel(x, bias)), None, None


@aten("_native_batch_norm_legit.no_stats")
def batch_norm_over_batch(
    x: Any, weight: Any, bias: Any, training: bool, momentum: float, eps: float
) -> tuple[Any, Any, Any]:
    """By the statistics of the batch itself; none are kept."""
    y, mean, rate = _standard(x, (0, *range(2, x.ndim)), eps)
    y = _scaled(y, _each_channel(x, weight), _each_channel(x, bias))
    return y, ag.reshape(mean, (-1,)), ag.reshape(rate, (-1,))


def _standard(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any, Any]:
    """Over these axes mean 0 and variance 1; the mean, and what the rest was multiplied by."""
    mean = ag.mean(x, axis=axes, keepdims=True)
    rate = ag.power(ag.var(x, axis=axes, keepdims=True) + eps, -0.5)
    return (x - mean) * rate, mean, rate


def _scaled(x: Any, weight: Any, bias: Any) -> Any:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


def _each_channel(x: Any, p: Any) -> Any:
    """One number a channel, in the shape that meets the axis 1 of x."""
    return p if p is None else ag.reshape(p, (1, prod(p.shape), *(1,) * (x.ndim - 2)))
