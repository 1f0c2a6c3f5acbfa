"""Pooling: every window of an image, or all of it, becomes one number a channel."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from inversa.autograd import mean
from inversa.autograd.ops.windows import window_max
from inversa.nn.convolution import IntOrPair, Windowed
from inversa.nn.module import Module

if TYPE_CHECKING:
    from inversa.autograd import Tensor


class Pooling(Windowed):
    """Reduces every window of every channel to one number.

    Parameters
    ----------
    size : int or (int, int)
        Height and width of the window.
    stride : int or (int, int), optional
        The steps in which it moves; the size, so that windows do not overlap, unless given.
    padding : int or (int, int)
        How many pixels are added at every edge; at most half the size, so that every window sees the image.
    """

    def __init__(self, size: IntOrPair, stride: IntOrPair | None = None, padding: IntOrPair = 0) -> None:
        super().__init__(size, size if stride is None else stride, padding)
        if any(2 * n > k for n, k in zip(self.padding, self.size, strict=True)):
            raise ValueError(f"the padding is at most half the size {self.size}, not {self.padding}")


class MaxPool2d(Pooling):
    """The largest entry of every window; the gradient goes to where it stood.

    Ties share the gradient equally, as everywhere in Inversa (PyTorch gives it to the first). The padding is −∞, so
    that it is never the largest.

    Parameters
    ----------
    size, stride, padding
        Of the window, the steps in which it moves, and how many pixels are added at every edge, at most half the size:
        an int, or a pair for height and width. The stride is the size unless given.

    Examples
    --------
    >>> from inversa.nn import MaxPool2d
    >>> MaxPool2d(2)([[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 7.0, 8.0]]]).tolist()
    [[[4.0, 8.0]]]
    """

    def forward(self, x: Any) -> Tensor:
        """Shapes: (samples, channels, height, width) to (samples, channels, rows, columns); samples may be left out."""
        out: Tensor = window_max(self.images(x, -inf), self.size, self.stride)
        return out


class AvgPool2d(Pooling):
    """The mean of every window. The zeros of the padding count, as in PyTorch unless it is told otherwise.

    Parameters
    ----------
    size, stride, padding
        Of the window, the steps in which it moves, and how many pixels are added at every edge, at most half the size:
        an int, or a pair for height and width. The stride is the size unless given.

    Examples
    --------
    >>> from inversa.nn import AvgPool2d
    >>> AvgPool2d(2)([[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 7.0, 8.0]]]).tolist()
    [[[2.5, 6.5]]]
    """

    def forward(self, x: Any) -> Tensor:
        """Shapes: (samples, channels, height, width) to (samples, channels, rows, columns); samples may be left out."""
        return self.windows(x).mean(axis=(-4, -3))


class GlobalAvgPool(Module):
    """The mean of every channel over all pixels: images of any size become rows of as many numbers as channels.

    References
    ----------
    M. Lin, Q. Chen and S. Yan, "Network in network", ICLR 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import GlobalAvgPool
    >>> GlobalAvgPool()(np.ones((64, 8, 13, 13))).shape
    (64, 8)
    """

    def forward(self, x: Any) -> Any:
        """Shapes: (samples, channels, …) to (samples, channels)."""
        x = self.as_array(x)
        if len(x.shape) < 3:
            raise ValueError(f"GlobalAvgPool takes inputs of shape (samples, channels, …), not {tuple(x.shape)}")
        return mean(x, tuple(range(2, len(x.shape))))
