"""Pooling: the largest, the mean or a norm of windows, or of whole images."""

from __future__ import annotations

from math import prod
from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.images import Geometry, counted, geometry, lowest, patches
from inversa.nn.interchange.reading.operators import operator
from inversa.nn.interchange.reading.values import allowed, bounded, integers, numbers


def _places(x: Any, sizes: Any, strides: Any, dilations: Any, pads: Any, auto_pad: str, ceil_mode: int) -> Geometry:
    """Windows that all see something of the image."""
    places = geometry(x.shape[2:], sizes, strides, dilations, pads, auto_pad, ceil_mode)
    if any(max(pair) >= size for pair, size in zip(places.widths, sizes, strict=True)):
        raise InterchangeError(f"windows of {list(sizes)} do not reach over a border of {places.widths}")
    return places


def _inner(axes: int) -> tuple[int, ...]:
    """The axes of the pixels of a window, in what `patches` gives for images (N, channels, …)."""
    return tuple(range(2, 2 + axes))


@operator("MaxPool")
def max_pool(
    x: Any,
    *,
    auto_pad: str,
    ceil_mode: int = 0,
    dilations: Any = None,
    kernel_shape: Any,
    pads: Any = None,
    storage_order: int = 0,
    strides: Any = None,
    outputs: int,
) -> Any:
    """The largest of each window, and where in x it is."""
    allowed("storage_order", storage_order, (0, 1))
    axes = x.ndim - 2
    places = _places(x, kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)
    seen = patches(x, places, lowest(x))
    y = ag.max(seen, axis=_inner(axes))
    if outputs < 2:
        return y
    pixels = np.arange(prod(x.shape[2:])).reshape(x.shape[2:], order="F" if storage_order else "C")
    where = patches(pixels[None, None], places, -1).reshape(1, 1, -1, *places.counts)
    first = np.argmax(numbers(seen).reshape(*x.shape[:2], -1, *places.counts), axis=2)
    found = np.take_along_axis(np.broadcast_to(where, (*x.shape[:2], *where.shape[2:])), first[:, :, None], axis=2)
    images = np.arange(x.shape[0] * x.shape[1]).reshape(*x.shape[:2], *(1,) * axes)
    return y, (found[:, :, 0] + images * pixels.size).astype(np.int64)


@operator("MaxUnpool")
def max_unpool(
    x: Any, indices: Any, output_shape: Any = None, *, kernel_shape: Any, pads: Any = None, strides: Any = None
) -> Any:
    """Entries put back where `max_pool` found them, zeros elsewhere."""
    axes = x.ndim - 2
    strides, pads = strides or [1] * axes, pads or [0] * 2 * axes
    small = [
        (n - 1) * s + k - pads[i] - pads[i + axes]
        for i, (n, s, k) in enumerate(zip(x.shape[2:], strides, kernel_shape, strict=True))
    ]
    own = (*x.shape[:2], *small)
    shape = own if output_shape is None else tuple(integers(output_shape))
    bounded(shape)
    if len(shape) != x.ndim or any(n < m for n, m in zip(shape, own, strict=True)):
        raise InterchangeError(f"output_shape {shape} is smaller than {own}")
    places = np.unravel_index(numbers(indices), own)
    if len(np.unique(indices)) < indices.size:
        raise InterchangeError("several entries are put back to one place")
    return ag.scatter(x, places, shape)


@operator("AveragePool")
def average_pool(
    x: Any,
    *,
    auto_pad: str,
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: Any = None,
    kernel_shape: Any,
    pads: Any = None,
    strides: Any = None,
) -> Any:
    """The mean of each window; the border counts only if it is to."""
    allowed("count_include_pad", count_include_pad, (0, 1))
    places = _places(x, kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)
    total = ag.sum(patches(x, places), axis=_inner(x.ndim - 2))
    return total / counted(places, x.shape[2:], bool(count_include_pad), x.dtype)


@operator("LpPool")
def norm_pool(
    x: Any,
    *,
    auto_pad: str,
    ceil_mode: int = 0,
    dilations: Any = None,
    kernel_shape: Any,
    p: int,
    pads: Any = None,
    strides: Any = None,
) -> Any:
    """The norm (Σ |x|ᵖ)^(1/p) of each window."""
    places = _places(x, kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)
    return _norm(patches(x, places), _inner(x.ndim - 2), p, False)


def _norm(x: Any, axes: tuple[int, ...], p: int, keepdims: bool) -> Any:
    if p < 1:
        raise InterchangeError(f"there is no norm with p={p}")
    if p == 1:
        return ag.sum(ag.abs(x), axis=axes, keepdims=keepdims)
    return ag.sum(ag.abs(x) ** float(p), axis=axes, keepdims=keepdims) ** (1.0 / p)


@operator("GlobalLpPool")
def global_norm_pool(x: Any, *, p: int) -> Any:
    """The norm of every whole image."""
    return _norm(x, _inner(x.ndim - 2), p, True)


@operator("GlobalAveragePool")
def global_average_pool(x: Any) -> Any:
    """The mean of every whole image."""
    return ag.mean(x, axis=_inner(x.ndim - 2), keepdims=True)


@operator("GlobalMaxPool")
def global_max_pool(x: Any) -> Any:
    """The largest of every whole image."""
    return ag.max(x, axis=_inner(x.ndim - 2), keepdims=True)
