"""Windows: the patches of images that convolution and pooling look at, what they become in reverse, and padding.

A pixel branches to all the windows that contain it; in the inverse network it collects the sum of what comes back from
them (rule 8). `windows` and `fold` are each other's dual.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from inversa.autograd.ops.operation import Example, operation
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import getitem

Pair = tuple[int, int]


@operation(
    "pad",
    Rule.BRANCHING,
    notation="{x} padded",
    on_floats=False,
    elementwise=False,
    parameters=("widths",),
    examples=(
        Example(((2, 3),), {"widths": ((1, 0), (2, 1))}),
        Example(((2,),), {"widths": ((0, 2),), "value": -1.5}),
        Example(((0, 2),), {"widths": ((1, 1), (0, 1))}),
        Example(((),), {"widths": ()}),
    ),
)
def pad(xp: Any, x: Any, widths: Sequence[Pair], value: float = 0.0) -> Any:
    """x with a border of a constant value.

    Parameters
    ----------
    x : array of any shape
    widths : sequence of (before, after)
        How many entries to add at both ends of every axis, as for ``numpy.pad``.
    value : float
        What they are.

    >>> from inversa.autograd import Tensor, pad
    >>> pad(Tensor([[1.0, 2.0]]), ((0, 1), (1, 0))).data.tolist()
    [[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]]
    """
    if len(widths) != x.ndim or any(width < 0 for pair in widths for width in pair):
        raise ValueError(f"pad takes (before, after), at least 0, for each of the {x.ndim} axes, not {widths}")
    shape = tuple(before + n + after for (before, after), n in zip(widths, x.shape, strict=True))
    padded = xp.full(shape, value, dtype=xp.result_type(x, value))
    padded[_inside(widths, x.shape)] = x
    return padded


def _inside(widths: Sequence[Pair], shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(before, before + n) for (before, _), n in zip(widths, shape, strict=True))


pad.pullbacks(lambda g, _y, _x, *, widths, value: getitem(g, _inside(widths, _x.shape)))


def _counts(image: tuple[int, ...], size: Pair, stride: Pair) -> Pair:
    """How many windows stand below one another, and how many side by side."""
    if len(image) < 2:
        raise ValueError("an image has at least two axes, its height and width")
    if min(*size, *stride) < 1:
        raise ValueError(f"windows have a size and a stride of at least 1, not {size} and {stride}")
    if size[0] > image[0] or size[1] > image[1]:
        raise ValueError(f"a window of {size} does not fit into an image of {image}, padding included")
    return (image[0] - size[0]) // stride[0] + 1, (image[1] - size[1]) // stride[1] + 1


def _places(size: Pair, stride: Pair, counts: Pair) -> Iterator[tuple[Any, Any]]:
    """For every place in a window: its index among the windows, and that of the pixels which all windows have there."""
    (down, right), (rows, columns) = stride, counts
    for i, j in product(range(size[0]), range(size[1])):
        pixels = ..., slice(i, i + down * rows, down), slice(j, j + right * columns, right)
        yield (..., i, j, slice(None), slice(None)), pixels


@operation(
    "windows",
    Rule.BRANCHING,
    notation="windows of {x}",
    on_floats=False,
    elementwise=False,
    parameters=("size", "stride"),
    examples=(
        Example(((3, 4),), {"size": (2, 2), "stride": (1, 1)}),
        Example(((2, 1, 6, 5),), {"size": (2, 3), "stride": (3, 2)}),
        Example(((2, 5, 4),), {"size": (1, 2), "stride": (2, 3)}),
        Example(((0, 3, 3),), {"size": (2, 2), "stride": (1, 1)}),
    ),
)
def windows(xp: Any, x: Any, size: Pair, stride: Pair) -> Any:
    """All windows of a given size in images, taken in steps of ``stride``: what convolution and pooling look at.

    Entry [..., i, j, r, c] is x[..., r · stride[0] + i, c · stride[1] + j]: pixel (i, j) of the window in row r and
    column c. What is left over at the lower and right edges is in no window. The pixels' axes come before the windows',
    so that a convolution is one product from the left: a matrix with a row of weights for every filter.

    Parameters
    ----------
    x : (..., height, width)
    size, stride : (int, int)
        Down and to the right.

    Returns
    -------
    (..., size[0], size[1], rows, columns), where rows = (height − size[0]) // stride[0] + 1, and so columns.

    Raises
    ------
    ValueError
        When a window is larger than an image, or a size or stride is not positive.

    >>> from inversa.autograd import Tensor, windows
    >>> x = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    >>> windows(x, size=(2, 2), stride=(1, 1))[..., 0, 1].tolist()
    [[2.0, 3.0], [5.0, 6.0]]
    """
    counts = _counts(x.shape[-2:], size, stride)
    found = xp.empty((*x.shape[:-2], *size, *counts), dtype=x.dtype)
    for place, pixels in _places(size, stride, counts):
        found[place] = x[pixels]
    return found


@operation(
    "fold",
    Rule.SUM,
    notation="Σ {x} in place",
    on_floats=False,
    elementwise=False,
    parameters=("stride", "shape"),
    examples=(
        Example(((2, 2, 2, 3),), {"stride": (1, 1), "shape": (3, 4)}),
        Example(((2, 2, 3, 1, 2),), {"stride": (3, 2), "shape": (4, 6)}),
    ),
)
def fold(xp: Any, x: Any, stride: Pair, shape: Pair) -> Any:
    """Windows put back into an image of zeros, added where they overlap: what `windows` becomes in the inverse network.

    Parameters
    ----------
    x : (..., window height, window width, rows, columns)
    stride : (int, int)
        The steps in which the windows were taken.
    shape : (height, width)
        Of the image.

    >>> from inversa.autograd import Tensor, fold, windows
    >>> x = windows(Tensor([[1.0, 1.0, 1.0]]), size=(1, 2), stride=(1, 1))
    >>> fold(x, stride=(1, 1), shape=(1, 3)).tolist()
    [[1.0, 2.0, 1.0]]
    """
    counts = _counts(shape, x.shape[-4:-2], stride)
    if x.shape[-2:] != counts:
        raise ValueError(f"an image of {shape} has {counts} windows, not {x.shape[-2:]}")
    image = xp.zeros((*x.shape[:-4], *shape), dtype=x.dtype)
    for place, pixels in _places(x.shape[-4:-2], stride, counts):
        image[pixels] += x[place]
    return image


windows.pullbacks(lambda g, _y, _x, *, size, stride: fold(g, stride, _x.shape[-2:]))
fold.pullbacks(lambda g, _y, _x, *, stride, shape: windows(g, _x.shape[-4:-2], stride))
