"""Operators of matrices and of images: products, convolutions, pooling, and images of another size."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, inf, prod
from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.autograd.ops.windows import pad, window_max
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.operators import aten, put_all
from inversa.nn.interchange.of_torch.values import pair

put_all({name: lambda a, b: ag.matmul(a, b) for name in ("mm", "bmm", "matmul", "mv", "dot")})


@aten("addmm")
def addmm(x: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """β x + α a b."""
    product = ag.matmul(a, b)
    product = product if alpha == 1 else product * alpha
    return product if beta == 0 else product + (x if beta == 1 else x * beta)


@aten("baddbmm")
def baddbmm(x: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """The same for many matrices."""
    return addmm(x, a, b, beta, alpha)


@aten("linear")
def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """x weightᵀ + bias."""
    z = ag.matmul(x, ag.swapaxes(weight, 0, 1))
    return z if bias is None else z + bias


@aten("convolution")
def convolution(
    x: Any, weight: Any, bias: Any, stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int],
    transposed: bool, output_padding: Sequence[int], groups: int,
) -> Any:  # fmt: skip
    """A convolution, or a transposed one, of images or of sequences."""
    space = weight.ndim - 2
    if space > 2:
        raise InterchangeError("convolutions are of sequences and of images, not of volumes")
    settings = [
        _of_images(s, space, usual) for s, usual in ((stride, 1), (padding, 0), (dilation, 1), (output_padding, 0))
    ]
    single = x.ndim == space + 1  # without the axis of samples
    x = x[None] if single else x
    if space == 1:
        x, weight = ag.expand_dims(x, 2), ag.expand_dims(weight, 2)
    steps, border, apart, more = settings
    if transposed:
        y = _transposed(x, weight, steps, border, apart, more, groups)
    else:
        y = _convolved(x, weight, steps, border, apart, groups)
    y = y if bias is None else y + ag.reshape(bias, (-1, 1, 1))
    y = ag.squeeze(y, 2) if space == 1 else y
    return y[0] if single else y


Pair = tuple[int, int]


def _of_images(numbers: Sequence[int], space: int, usual: int) -> Pair:
    """A setting of both axes of an image; a sequence is an image of one row."""
    numbers = list(numbers) * space if len(numbers) == 1 else list(numbers)
    return (usual, int(numbers[0])) if space == 1 else (int(numbers[0]), int(numbers[1]))


def _convolved(x: Any, weight: Any, stride: Pair, padding: Pair, dilation: Pair, groups: int) -> Any:
    outputs, size = weight.shape[0], (int(weight.shape[2]), int(weight.shape[3]))
    patches = ag.windows(_bordered(x, padding, 0.0), size, stride, dilation)
    samples, _, _, _, rows, columns = patches.shape
    weights = prod(weight.shape[1:])
    filters = ag.reshape(weight, (groups, outputs // groups, weights))
    z = ag.matmul(filters, ag.reshape(patches, (samples, groups, weights, rows * columns)))
    return ag.reshape(z, (samples, outputs, rows, columns))


def _transposed(x: Any, weight: Any, stride: Pair, padding: Pair, dilation: Pair, more: Pair, groups: int) -> Any:
    samples, inputs, rows, columns = x.shape
    outputs, size = weight.shape[1] * groups, (int(weight.shape[2]), int(weight.shape[3]))
    filters = ag.swapaxes(ag.reshape(weight, (groups, inputs // groups, -1)), 1, 2)
    pixels = ag.matmul(filters, ag.reshape(x, (samples, groups, inputs // groups, rows * columns)))
    patches = ag.reshape(pixels, (samples, outputs, *size, rows, columns))
    high, wide = (
        (n - 1) * step + (k - 1) * apart + 1 + extra
        for n, step, k, apart, extra in zip((rows, columns), stride, size, dilation, more, strict=True)
    )
    image = ag.fold(patches, stride, (high, wide), dilation)
    top, left = padding
    return image[..., top : high - top, left : wide - left]


def _bordered(x: Any, padding: Pair, value: float, behind: Pair = (0, 0)) -> Any:
    """With a border; below and on the right it may be wider."""
    if not any(padding) and not any(behind):
        return x
    widths = tuple((n, n + extra) for n, extra in zip(padding, behind, strict=True))
    return pad(x, ((0, 0),) * (x.ndim - 2) + widths, value)


@aten("max_pool2d_with_indices", "max_pool2d")
def max_pool(
    x: Any, kernel_size: Sequence[int], stride: Sequence[int] = (), padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False,
) -> tuple[Any, None]:  # fmt: skip
    """The largest entry of every window; where it stands is not told."""
    size, border, apart = pair(kernel_size), pair(padding), pair(dilation)
    steps = pair(stride) if len(stride) else size
    behind = _behind(x, size, steps, border, apart) if ceil_mode else (0, 0)
    images = _bordered(x, border, -inf, behind)
    if apart == (1, 1):
        return window_max(images, size, steps), None
    return ag.max(ag.windows(images, size, steps, apart), axis=(-4, -3)), None


@aten("avg_pool2d")
def avg_pool(
    x: Any, kernel_size: Sequence[int], stride: Sequence[int] = (), padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    """The mean of every window."""
    size, border = pair(kernel_size), pair(padding)
    steps = pair(stride) if len(stride) else size
    behind = _behind(x, size, steps, border, (1, 1)) if ceil_mode else (0, 0)
    sums = ag.sum(ag.windows(_bordered(x, border, 0.0, behind), size, steps), axis=(-4, -3))
    if divisor_override is not None:
        return sums / divisor_override
    inside = np.ones((1, *x.shape[-2:]))
    counted = _bordered(inside, border, 1.0 if count_include_pad else 0.0)
    counts = np.sum(ag.windows(_bordered(counted, (0, 0), 0.0, behind), size, steps), axis=(-4, -3))
    return sums / counts.astype(x.dtype)[0]


def _behind(x: Any, size: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Pair:
    """How much is added below and on the right so that the last window, which begins inside, is whole."""
    found = []
    for n, k, step, border, apart in zip(x.shape[-2:], size, stride, padding, dilation, strict=True):
        whole = apart * (k - 1) + 1
        last = ceil((n + 2 * border - whole) / step)
        last -= last * step >= n + border  # it would begin behind the image
        found.append(max(0, last * step + whole - n - 2 * border))
    return found[0], found[1]


@aten("_adaptive_avg_pool2d", "adaptive_avg_pool2d")
def adaptive_avg_pool(x: Any, output_size: Sequence[int]) -> Any:
    """Means of about equally large parts, so many that the result has this size."""
    down, across = (_parts(n, parts) for n, parts in zip(x.shape[-2:], output_size, strict=True))
    rows = ag.matmul(np.asarray(down, x.dtype), x)
    return ag.matmul(rows, np.asarray(across, x.dtype).T)


def _parts(length: int, parts: int) -> Any:
    """A matrix that takes the mean of each part, the parts overlapping where they do not add up."""
    found = np.zeros((parts, length))
    for i in range(parts):
        first, last = floor(i * length / parts), ceil((i + 1) * length / parts)
        found[i, first:last] = 1 / (last - first)
    return found


@aten("upsample_nearest2d.vec", "upsample_nearest2d")
def upsample_nearest(x: Any, output_size: Sequence[int] | None, scale_factors: Sequence[float] | None = None) -> Any:
    """Larger or smaller, every pixel being the nearest one."""
    lengths = _lengths(x, output_size, scale_factors)
    scales = scale_factors or [new / old for new, old in zip(lengths, x.shape[-2:], strict=True)]
    rows, columns = (
        np.minimum((np.arange(new) * (1 / scale)).astype(int), old - 1)
        for new, old, scale in zip(lengths, x.shape[-2:], scales, strict=True)
    )
    return x[..., rows[:, None], columns[None, :]]


@aten("upsample_bilinear2d.vec")
def upsample_bilinear(
    x: Any, output_size: Sequence[int] | None, align_corners: bool, scale_factors: Sequence[float] | None = None
) -> Any:
    """Larger or smaller, every pixel being between its neighbours: a matrix for rows, and one for columns."""
    lengths = _lengths(x, output_size, scale_factors)
    scales = scale_factors or [new / old for new, old in zip(lengths, x.shape[-2:], strict=True)]
    down, across = (
        np.asarray(_between(old, new, scale, align_corners), x.dtype)
        for old, new, scale in zip(x.shape[-2:], lengths, scales, strict=True)
    )
    return ag.matmul(ag.matmul(down, x), across.T)


def _between(old: int, new: int, scale: float, align_corners: bool) -> Any:
    """A matrix that gives each new pixel its share of the two old ones that it lies between."""
    if align_corners:
        places = np.arange(new) * ((old - 1) / max(new - 1, 1))
    else:
        places = np.maximum((np.arange(new) + 0.5) / scale - 0.5, 0.0)
    first = np.minimum(places.astype(int), old - 1)
    share = np.minimum(places - first, 1.0)
    found = np.zeros((new, old))
    found[np.arange(new), first] += 1 - share
    found[np.arange(new), np.minimum(first + 1, old - 1)] += share
    return found


def _lengths(x: Any, output_size: Sequence[int] | None, scale_factors: Sequence[float] | None) -> list[int]:
    if output_size is not None:
        return [int(n) for n in output_size]
    return [int(n * scale) for n, scale in zip(x.shape[-2:], scale_factors or (1, 1), strict=True)]
