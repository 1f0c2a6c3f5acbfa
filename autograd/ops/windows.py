"""Windows: the patches of images that convolution and pooling look at, what they become in reverse, and padding.

A pixel branches to all the windows that contain it; in the inverse network it collects the sum of what comes back from
them (rule 8). `windows` and `fold` are each other's dual. Plain NumPy arrays of float32 or float64 are left to compiled
kernels, all others to the formulas of their namespace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import product
from numbers import Real
from operator import add, index
from typing import TYPE_CHECKING, Any

from inversa.autograd import checks
from inversa.autograd.lazy import LazyModule, np
from inversa.autograd.ops import standard
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.namespace import beside, is_standard
from inversa.autograd.ops.operation import ARRAYS, TRACED, Example
from inversa.autograd.ops.reductions import _shares
from inversa.autograd.ops.reductions import max as largest
from inversa.autograd.ops.reductions import sum as total
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import astype, getitem, scatter

if TYPE_CHECKING:
    from inversa.autograd.kernels import compiling
    from inversa.autograd.kernels import windows as kernels
else:
    compiling = LazyModule("inversa.autograd.kernels.compiling")  # Numba is slow to import
    kernels = LazyModule("inversa.autograd.kernels.windows")

Pair = tuple[int, int]

PIXELS = (-4, -3)  # the axes along which a window's pixels lie in what `windows` returns


@operation(
    "pad",
    Rule.BRANCHING,
    wires="reorders",
    notation="{x} padded",
    on_floats=False,
    parameters=("widths",),
    examples=(
        Example(((2, 3),), {"widths": ((1, 0), (2, 1))}),
        Example(((2,),), {"widths": ((0, 2),), "value": -1.5}),
        Example(((0, 2),), {"widths": ((1, 1), (0, 1))}),
        Example(((),), {"widths": ()}),
    ),
)
def pad(xp: Any, x: Any, widths: Sequence[Pair], value: Any = 0.0) -> Any:
    """x with a border of a constant value.

    Parameters
    ----------
    x : array of any shape
    widths : sequence of (before, after)
        How many entries to add at both ends of every axis, as for ``numpy.pad``.
    value : float
        What they are.

    Examples
    --------
    >>> from inversa.autograd import Tensor, pad
    >>> pad(Tensor([[1.0, 2.0]]), ((0, 1), (1, 0))).data.tolist()
    [[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]]
    """
    if len(widths) != x.ndim or any(width < 0 for pair in widths for width in pair):
        raise ValueError(f"pad takes (before, after), at least 0, for each of the {x.ndim} axes, not {widths}")
    if not isinstance(value, Real):
        raise checks.wrong("value", "a number", value, "0.0")
    if is_standard(xp):
        for axis, pair in enumerate(widths):
            x = standard.bordered(xp, x, axis, pair, (value, value))
        return x
    shape = tuple(before + n + after for (before, after), n in zip(widths, x.shape, strict=True))
    padded = xp.full(shape, value, dtype=xp.result_type(x, value))
    padded[_inside(widths, x.shape)] = x
    return padded


def _inside(widths: Sequence[Pair], shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(before, before + n) for (before, _), n in zip(widths, shape, strict=True))


pad.pullbacks(lambda g, _y, _x, *, widths, value: getitem(g, _inside(widths, _x.shape)))


def _counts(image: tuple[int, ...], size: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Pair:
    """How many windows stand below one another, and how many side by side."""
    if len(image) < 2:
        raise ValueError("an image has at least two axes, its height and width")
    _check_pair("size", size)
    _check_pair("stride", stride)
    _check_pair("dilation", dilation)
    high, wide = ((k - 1) * d + 1 for k, d in zip(size, dilation, strict=True))
    if high > image[0] or wide > image[1]:
        raise ValueError(f"a window of {(high, wide)} does not fit into an image of {image}, padding included")
    return (image[0] - high) // stride[0] + 1, (image[1] - wide) // stride[1] + 1


def _check_pair(name: str, pair: Any) -> None:
    """Raise unless it is how much down and how much to the right: two positive integers."""
    try:
        down, right = map(index, pair)
    except (TypeError, ValueError):
        down = right = 0
    if min(down, right) < 1:
        raise checks.wrong(name, "a pair of positive integers, down and to the right", pair, "(2, 2)")


def _places(size: Pair, stride: Pair, dilation: Pair, counts: Pair) -> Iterator[tuple[int, int, Any]]:
    """Every place in a window, down and to the right, and the index of the pixels which all windows have there."""
    for i, j in product(range(size[0]), range(size[1])):
        firsts = i * dilation[0], j * dilation[1]
        parts = zip(firsts, stride, counts, strict=True)
        yield i, j, (..., *(slice(first, first + step * (n - 1) + 1, step) for first, step, n in parts))


def _compiled(*arrays: Any) -> bool:
    """Whether the kernels take these arrays. They are faster than the formulas at every size, from one window on."""
    return all(type(x) is np.ndarray and x.dtype in (np.float32, np.float64) for x in arrays) and compiling.HAS_NUMBA


def _stacked(x: Any, axes: int) -> Any:
    """As the kernels take it: contiguous, with one axis before the last ``axes``.

    It is also writable, since Numba compiles everything again for arrays that are not.
    """
    return (x if x.flags.carray else x.copy("C")).reshape(-1, *x.shape[-axes:])


def _apart(size: Pair, stride: Pair, dilation: Pair) -> bool:
    """Whether no windows overlap, so that no pixel is in two of them."""
    return all(step >= (k - 1) * d + 1 for k, step, d in zip(size, stride, dilation, strict=True))


@operation(
    "windows",
    Rule.BRANCHING,
    wires=lambda *, size, stride, dilation: "reorders" if _apart(size, stride, dilation) else "",
    notation="windows of {x}",
    on_floats=False,
    parameters=("size", "stride", "dilation"),
    examples=(
        Example(((3, 4),), {"size": (2, 2), "stride": (1, 1)}),
        Example(((5, 6),), {"size": (2, 3), "stride": (1, 2), "dilation": (3, 2)}),
        Example(((2, 1, 6, 5),), {"size": (2, 3), "stride": (3, 2)}),
        Example(((2, 5, 4),), {"size": (1, 2), "stride": (2, 3)}),
        Example(((0, 3, 3),), {"size": (2, 2), "stride": (1, 1)}),
    ),
)
def windows(xp: Any, x: Any, size: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Any:
    """All windows of a given size in images, taken in steps of ``stride``: what convolution and pooling look at.

    Entry [..., i, j, r, c] is x[..., r · stride[0] + i, c · stride[1] + j]: pixel (i, j) of the window in row r and
    column c; with a dilation i · dilation[0] and j · dilation[1] stand for i and j. What is left over at the lower and
    right edges is in no window. The pixels' axes come before the windows', so that a convolution is one product from
    the left: a matrix with a row of weights for every filter.

    Parameters
    ----------
    x : (..., height, width)
    size, stride, dilation : (int, int)
        Down and to the right: of the window, the steps from window to window, those from pixel to pixel in a window.

    Returns
    -------
    (..., size[0], size[1], rows, columns), where rows = (height − dilation[0] · (size[0] − 1) − 1) // stride[0] + 1.

    Raises
    ------
    ValueError
        When a window is larger than an image, or a size or stride is not positive.

    Examples
    --------
    >>> from inversa.autograd import Tensor, windows
    >>> x = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    >>> windows(x, size=(2, 2), stride=(1, 1))[..., 0, 1].tolist()
    [[2.0, 3.0], [5.0, 6.0]]
    """
    counts = _counts(x.shape[-2:], size, stride, dilation)
    shape = (*x.shape[:-2], *size, *counts)
    if not _compiled(x):
        pixels = [x[place] for _, _, place in _places(size, stride, dilation, counts)]
        return xp.reshape(xp.stack(pixels, axis=-3), shape)
    out = np.empty(shape, dtype=x.dtype)
    kernels.gather(_stacked(x, 2), *stride, *dilation, _stacked(out, 4))
    return out


@operation(
    "fold",
    Rule.SUM,
    notation="Σ {x} in place",
    on_floats=False,
    parameters=("stride", "shape", "dilation"),
    examples=(
        Example(((2, 2, 2, 3),), {"stride": (1, 1), "shape": (3, 4)}),
        Example(((2, 3, 2, 1),), {"stride": (1, 2), "shape": (5, 6), "dilation": (3, 2)}),
        Example(((2, 2, 3, 1, 2),), {"stride": (3, 2), "shape": (4, 6)}),
    ),
)
def fold(xp: Any, x: Any, stride: Pair, shape: Pair, dilation: Pair = (1, 1)) -> Any:
    """Windows put back into an image of zeros, added where they overlap: what `windows` becomes in the inverse network.

    Parameters
    ----------
    x : (..., window height, window width, rows, columns)
    stride, dilation : (int, int)
        The steps in which the windows, and the pixels in them, were taken.
    shape : (height, width)
        Of the image.

    Examples
    --------
    >>> from inversa.autograd import Tensor, fold, windows
    >>> x = windows(Tensor([[1.0, 1.0, 1.0]]), size=(1, 2), stride=(1, 1))
    >>> fold(x, stride=(1, 1), shape=(1, 3)).tolist()
    [[1.0, 2.0, 1.0]]
    """
    if x.ndim < 4:
        raise ValueError("what is folded has at least four axes: those of the pixels of a window, those of the windows")
    _check_pair("shape", shape)
    counts = _counts(shape, x.shape[-4:-2], stride, dilation)
    if x.shape[-2:] != counts:
        raise ValueError(f"an image of {shape} has {counts} windows, not {x.shape[-2:]}")
    if _compiled(x):
        image = np.empty((*x.shape[:-4], *shape), dtype=x.dtype)
        kernels.scatter(_stacked(x, 4), *stride, *dilation, _stacked(image, 2))
        return image
    whole = (*x.shape[:-4], *shape)
    return reduce(
        add,
        (
            scatter.forward(xp, x[..., i, j, :, :], place, whole)
            for i, j, place in _places(x.shape[-4:-2], stride, dilation, counts)
        ),
    )


windows.pullbacks(lambda g, _y, _x, *, size, stride, dilation: fold(g, stride, _x.shape[-2:], dilation))
fold.pullbacks(lambda g, _y, _x, *, stride, shape, dilation: windows(g, _x.shape[-4:-2], stride, dilation))


def _max_apart(x: Any, *, size: Pair, stride: Pair) -> Any:
    """The composition: `max` of `windows`."""
    return largest(windows(x, size, stride), PIXELS)


_POOLING: dict[str, Any] = {
    "analytic": False,
    "convention": "ties share the gradient equally",
    "on_floats": False,
}


@operation(
    "max of windows",
    Rule.ACTIVATION,
    wires="selects",
    notation="max of windows of {x}",
    derivatives=("1 at the maximum",),
    parameters=("size", "stride"),
    composition=_max_apart,
    examples=(
        Example(((2, 4, 5),), {"size": (2, 2), "stride": (2, 2)}),
        Example(((5, 4),), {"size": (3, 2), "stride": (2, 1)}),
        Example(((0, 3, 3),), {"size": (2, 2), "stride": (1, 1)}),
    ),
    **_POOLING,
)
def window_max(xp: Any, x: Any, size: Pair, stride: Pair) -> Any:
    """The largest pixel of every window: `max` of `windows`, without keeping the windows. Ties share the gradient.

    Parameters
    ----------
    x : (..., height, width)
    size, stride : (int, int)
        Down and to the right.

    Returns
    -------
    (..., rows, columns), as many as there are windows.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.autograd.ops.windows import window_max
    >>> window_max(Tensor([[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 7.0, 8.0]]), size=(2, 2), stride=(2, 2)).tolist()
    [[4.0, 8.0]]
    """
    counts = _counts(x.shape[-2:], size, stride)
    if not _compiled(x):
        return _max_apart(x, size=size, stride=stride)
    out = np.empty((*x.shape[:-2], *counts), dtype=x.dtype)
    kernels.largest(_stacked(x, 2), *size, *stride, _stacked(out, 2))
    return out


def _undifferentiated(x: Any) -> Any:
    """x as a parameter of an operation: the array of a Tensor; a symbol of a trace has none yet."""
    return x.detach() if getattr(x, "level", ARRAYS) >= TRACED else getattr(x, "_data", x)


def _shares_of_pixels(g: Any, images: Any, size: Pair, stride: Pair) -> Any:
    """Which share of a window's gradient g each of its pixels receives from `max`; plain."""
    pixels = windows(beside(g, images), size, stride)
    return astype(_shares(pixels, largest(pixels, PIXELS), PIXELS), g.dtype)


def _back_apart(g: Any, *, images: Any, size: Pair, stride: Pair) -> Any:
    """The composition: back through `max`, then back through `windows`."""
    return fold(g[..., None, None, :, :] * _shares_of_pixels(g, images, size, stride), stride, images.shape[-2:])


@operation(
    "to max of windows",
    Rule.SUM,
    notation="{g} to max of windows",
    parameters=("images", "size", "stride"),
    composition=_back_apart,
    examples=(
        Example(((1, 2),), {"images": [[1.0, 2.0, 2.0, 0.0], [3.0, 1.0, 1.0, 2.0]], "size": (2, 2), "stride": (2, 2)}),
        Example(((2, 2),), {"images": [[1.0, 2.0, 0.0], [3.0, 5.0, 4.0]], "size": (1, 2), "stride": (1, 1)}),
    ),
    **_POOLING,
)
def to_window_max(xp: Any, g: Any, images: Any, size: Pair, stride: Pair) -> Any:
    """`window_max` in the inverse network: every window's entry of g goes back to where its largest pixel is.

    Parameters
    ----------
    g : (..., rows, columns)
        Equally large pixels share it.
    images : (..., height, width)
        Not differentiated by: moving pixels a little moves no maximum.
    size, stride : (int, int)
        Down and to the right.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.autograd.ops.windows import to_window_max
    >>> to_window_max(Tensor([[6.0]]), [[1.0, 3.0, 3.0]], size=(1, 3), stride=(1, 1)).tolist()
    [[0.0, 3.0, 3.0]]
    """
    images = beside(g, images)
    expected = (*images.shape[:-2], *_counts(images.shape[-2:], size, stride))
    if g.shape != expected:
        raise ValueError(f"images of {images.shape} have {expected} windows, not {g.shape}")
    if not _compiled(g, images) or g.dtype != images.dtype:
        return _back_apart(g, images=images, size=size, stride=stride)
    out = np.empty(images.shape, dtype=g.dtype)
    kernels.to_largest(_stacked(g, 2), _stacked(images, 2), *size, *stride, _stacked(out, 2))
    return out


window_max.pullbacks(lambda g, _y, x, *, size, stride: to_window_max(g, _undifferentiated(x), size=size, stride=stride))
to_window_max.pullbacks(
    lambda v, _y, _g, *, images, size, stride: total(
        windows(v, size, stride) * _shares_of_pixels(v, images, size, stride), PIXELS
    )
)
