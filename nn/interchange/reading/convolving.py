"""Convolution, its transpose, and windows put back into images."""

from __future__ import annotations

from math import prod
from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.images import Geometry, along, geometry, patches, put_back, settings
from inversa.nn.interchange.reading.operators import operator
from inversa.nn.interchange.reading.values import allowed, bounded, integers


def _check(x: Any, W: Any, kernel_shape: Any, group: int, channels: int) -> None:
    if x.ndim < 3 or W.ndim != x.ndim:
        raise InterchangeError(f"images {x.shape} and filters {W.shape} do not fit together")
    if kernel_shape is not None and list(kernel_shape) != list(W.shape[2:]):
        raise InterchangeError(f"kernel_shape {kernel_shape} contradicts the filters' shape {W.shape}")
    if group < 1 or x.shape[1] % group or W.shape[0] % group or x.shape[1] != channels:
        raise InterchangeError(f"{x.shape[1]} channels in {group} groups do not fit the filters {W.shape}")


@operator("Conv")
def convolution(
    x: Any,
    W: Any,
    b: Any = None,
    *,
    auto_pad: str,
    dilations: Any = None,
    group: int,
    kernel_shape: Any = None,
    pads: Any = None,
    strides: Any = None,
) -> Any:
    """A product of a matrix of filters with all windows, in each group of channels by itself."""
    _check(x, W, kernel_shape, group, W.shape[1] * group)
    places = geometry(x.shape[2:], W.shape[2:], strides, dilations, pads, auto_pad)
    n, filters, inner = x.shape[0], W.shape[0], prod(W.shape[1:])
    bounded([n, filters, *places.counts])
    y = ag.reshape(patches(x, places), (n, group, inner, prod(places.counts)))
    y = ag.matmul(ag.reshape(W, (group, filters // group, inner)), y)
    y = ag.reshape(y, (n, filters, *places.counts))
    return y if b is None else y + along(b, y)


@operator("ConvInteger")
def convolution_of_integers(
    x: Any,
    W: Any,
    x_zero: Any = None,
    w_zero: Any = None,
    *,
    auto_pad: str,
    dilations: Any = None,
    group: int,
    kernel_shape: Any = None,
    pads: Any = None,
    strides: Any = None,
) -> Any:
    """Of what was quantised, as 32-bit integers."""
    x, W = x.astype(np.int32), W.astype(np.int32)
    x = x if x_zero is None else x - x_zero.astype(np.int32)
    W = W if w_zero is None else W - w_zero.astype(np.int32).reshape(-1, *(1,) * (W.ndim - 1))
    return convolution(
        x, W, None, auto_pad=auto_pad, dilations=dilations, group=group, kernel_shape=kernel_shape, pads=pads,
        strides=strides,
    )  # fmt: skip


@operator("ConvTranspose")
def transposed_convolution(
    x: Any,
    W: Any,
    b: Any = None,
    *,
    auto_pad: str,
    dilations: Any = None,
    group: int,
    kernel_shape: Any = None,
    output_padding: Any = None,
    output_shape: Any = None,
    pads: Any = None,
    strides: Any = None,
) -> Any:
    """What a convolution is in reverse: every pixel adds a window of weights, times itself, to the result."""
    _check(x, W, kernel_shape, group, W.shape[0])
    axes, image, sizes = x.ndim - 2, x.shape[2:], W.shape[2:]
    strides, dilations, widths = settings(axes, strides, dilations, pads, auto_pad)
    extra = output_padding or [0] * axes
    if len(extra) != axes or any(not 0 <= e < max(s, d) for e, s, d in zip(extra, strides, dilations, strict=True)):
        raise InterchangeError(f"output_padding {extra} is not below strides {strides} or dilations {dilations}")
    full = [s * (n - 1) + (k - 1) * d + 1 for n, k, s, d in zip(image, sizes, strides, dilations, strict=True)]
    if output_shape is not None or auto_pad.startswith("SAME"):
        widths = _by_shape(full, extra, image, strides, auto_pad, output_shape)
    n, channels, filters = x.shape[0], x.shape[1], W.shape[1] * group
    places = Geometry(tuple(sizes), tuple(strides), tuple(dilations), ((0, 0),) * axes, tuple(image), (0,) * axes)
    inner = W.shape[1] * prod(sizes)
    bounded([n, filters, *sizes, *image])
    weights = ag.transpose(ag.reshape(W, (group, channels // group, inner)), (0, 2, 1))
    y = ag.matmul(weights, ag.reshape(x, (n, group, channels // group, prod(image))))
    y = put_back(ag.reshape(y, (n, filters, *sizes, *image)), places, full)
    y = _cut(y, widths, full, extra)
    return y if b is None else y + along(b, y)


def _by_shape(full: Any, extra: Any, image: Any, strides: Any, auto_pad: str, shape: Any) -> list[tuple[int, int]]:
    """How much is cut off at both ends, so that the result has the shape that is asked for; it may have to grow."""
    axes = len(full)
    if shape is not None and len(shape) != axes:
        raise InterchangeError(f"output_shape {shape} is not that of {axes} axes")
    wanted = shape if shape is not None else [n * s for n, s in zip(image, strides, strict=True)]
    total = [f + e - w for f, e, w in zip(full, extra, wanted, strict=True)]
    return [(t // 2, t - t // 2) if auto_pad == "SAME_UPPER" else (t - t // 2, t // 2) for t in total]


def _cut(y: Any, widths: Any, full: Any, extra: Any) -> Any:
    """Without a border, after the end has grown."""
    grown = [(max(0, -before), e + max(0, -after)) for (before, after), e in zip(widths, extra, strict=True)]
    bounded([*y.shape[:2], *(f + sum(pair) for f, pair in zip(full, grown, strict=True))])
    y = ag.pad(y, [(0, 0), (0, 0), *grown]) if any(map(any, grown)) else y
    ends = [(max(0, a), n - max(0, b)) for (a, b), n in zip(widths, y.shape[2:], strict=True)]
    if any(a >= b for a, b in ends):
        raise InterchangeError("the border that is cut off leaves nothing")
    return y[(slice(None), slice(None), *(slice(a, b) for a, b in ends))]


@operator("Col2Im")
def from_columns(
    x: Any, image_shape: Any, block_shape: Any, *, dilations: Any = None, pads: Any = None, strides: Any = None
) -> Any:
    """Blocks, a column each, put back into images and added where they overlap."""
    image, sizes = integers(image_shape), integers(block_shape)
    allowed("the number of axes", len(sizes), (len(image),))
    places = geometry(image, sizes, strides, dilations, pads, "NOTSET")
    n, rows, columns = x.shape
    if rows % prod(sizes) or columns != prod(places.counts):
        raise InterchangeError(f"{x.shape} are no blocks of {sizes} in an image of {image}")
    whole = [length + sum(pair) for length, pair in zip(image, places.widths, strict=True)]
    y = ag.reshape(x, (n, rows // prod(sizes), *sizes, *places.counts))
    y = put_back(y, places, whole)
    inside = (slice(a, a + length) for (a, _), length in zip(places.widths, image, strict=True))
    return y[(slice(None), slice(None), *inside)]
