"""Convolution and pooling: layers that look at images through small windows."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, prod
from operator import index
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, checks, mean, reshape, windows
from inversa.autograd.ops.windows import pad, window_max
from inversa.nn.init import he_uniform, zeros
from inversa.nn.layers import Initialiser
from inversa.nn.module import Module
from inversa.nn.parameter import Parameter

if TYPE_CHECKING:
    from inversa.autograd.ops.calls import Unary
    from inversa.nn.init import Seed

IntOrPair = int | Sequence[int]


class Windowed(Module):
    """What convolution and pooling have in common: the windows through which they look at images.

    Images have the shape (samples, channels, height, width); a single one has (channels, height, width).

    Parameters
    ----------
    size, stride, padding : int or (int, int)
        Of the window, the steps in which it moves, and how many pixels are added at every edge of the image; a pair is
        for height and width.
    """

    def __init__(self, size: IntOrPair, stride: IntOrPair, padding: IntOrPair) -> None:
        self.size = _pair("size", size, 1)
        self.stride = _pair("stride", stride, 1)
        self.padding = _pair("padding", padding, 0)

    def images(self, x: Any, border: float = 0.0, channels: int | None = None) -> Tensor:
        """Images, checked and with their padding, which is ``border``."""
        images = x if isinstance(x, Tensor) else Tensor(x)
        if images.ndim not in (3, 4):
            raise ValueError(
                f"{self!r} takes images with 4 axes, (samples, channels, height, width), or 3 for a single one, "
                f"not {images.ndim}: their shape is {tuple(images.shape)}"
            )
        if channels not in (None, images.shape[-3]):
            raise ValueError(
                f"{self!r} takes images of {channels} channels, not {images.shape[-3]}: "
                f"their shape is {tuple(images.shape)}"
            )
        if any(self.padding):
            images = pad(images, ((0, 0),) * (images.ndim - 2) + tuple((n, n) for n in self.padding), border)
        return images

    def windows(self, x: Any, channels: int | None = None) -> Tensor:
        """Shapes: (…, channels, height, width) to (…, channels, *size, rows, columns); the padding is 0."""
        out: Tensor = windows(self.images(x, channels=channels), self.size, self.stride)
        return out

    def extra_repr(self) -> str:
        """The size, the stride, and the padding if there is any."""
        return f"size={self.size}, stride={self.stride}" + (f", padding={self.padding}" if any(self.padding) else "")


class Conv2d(Windowed):
    """Every filter is moved over the image: one linear neuron, with the same weights in every window.

    Output channel o, in row r and column c, is bias_o + Σ weight[o, i, j, k] · x[i, r·stride + j, c·stride + k] over
    input channels i and window pixels (j, k). As in PyTorch this is cross-correlation: the mathematical convolution
    has the filter turned by 180°, which makes no difference to a filter that is learnt. The output is
    (height + 2·padding − size) // stride + 1 pixels high, and likewise wide.

    ``weight`` has the shape ``(outputs, inputs, *size)``, ``bias`` ``(outputs,)``.

    Parameters
    ----------
    inputs, outputs : int
        How many channels go in and come out; every output channel has a filter of its own.
    size : int or (int, int)
        Height and width of the window.
    stride : int or (int, int)
        The steps in which it moves, down and to the right.
    padding : int or (int, int)
        How many zeros are added at both ends of every column and row.
    bias : bool
        Whether a constant is added.
    seed, init, dtype
        As for `Linear`; the first weights are He's.

    Raises
    ------
    ValueError
        When images have another number of axes or channels, or are smaller than the window.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
    Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import Conv2d
    >>> layer = Conv2d(1, 8, 3, seed=0)
    >>> layer
    Conv2d(1, 8, size=(3, 3), stride=(1, 1))
    >>> layer(np.ones((64, 1, 28, 28))).shape, layer.parameter_count()
    ((64, 8, 26, 26), 80)
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: IntOrPair,
        stride: IntOrPair = 1,
        padding: IntOrPair = 0,
        bias: bool = True,
        *,
        seed: Seed = None,
        init: Initialiser = he_uniform,
        dtype: Any = "float64",
    ) -> None:
        super().__init__(size, stride, padding)
        inputs, outputs = checks.count("inputs", inputs, example="3"), checks.count("outputs", outputs, example="8")
        self.weight = Parameter(init((outputs, inputs, *self.size), seed), name="W", dtype=dtype)
        self.bias = Parameter(zeros((outputs,)), name="b", dtype=dtype) if bias else None

    def forward(self, x: Any) -> Tensor:
        """Shapes: (samples, inputs, height, width) to (samples, outputs, rows, columns); samples may be left out."""
        outputs, inputs, *_ = self.weight.shape
        patches = self.windows(self.as_array(x), channels=inputs)
        *samples, _, _, _, rows, columns = patches.shape
        weights = prod(self.weight.shape[1:])  # of one filter
        z = self.weight.reshape(outputs, weights) @ patches.reshape(*samples, weights, rows * columns)
        z = z.reshape(*samples, outputs, rows, columns)
        return z if self.bias is None else z + self.bias.reshape(outputs, 1, 1)

    def extra_repr(self) -> str:
        """The numbers of channels and the windows."""
        outputs, inputs, *_ = self.weight.shape
        return f"{inputs}, {outputs}, {super().extra_repr()}" + (", bias=False" if self.bias is None else "")


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


class Flatten(Module):
    """All axes but the first made one: what stands between images and a `Linear` layer.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import Flatten
    >>> Flatten()(np.ones((64, 8, 13, 13))).shape
    (64, 1352)
    """

    if TYPE_CHECKING:  # a Tensor of a Tensor, an array of an array
        __call__: Unary[[], Any, Any]  # type: ignore[assignment]

    def forward(self, x: Any) -> Any:
        """Shapes: (samples, …) to (samples, n)."""
        x = self.as_array(x)
        if not x.shape:
            raise ValueError("Flatten takes an array whose first axis is that of the samples, not a single number")
        return reshape(x, (x.shape[0], prod(x.shape[1:])))


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


def _pair(name: str, numbers: IntOrPair, least: int) -> tuple[int, int]:
    """Height and width; one number is both."""
    try:
        height, width = numbers if isinstance(numbers, Sequence) else (numbers, numbers)
        pair = index(height), index(width)
    except (TypeError, ValueError):
        raise TypeError(f"the {name} is an integer or a pair of integers, not {numbers!r}") from None
    if min(pair) < least:
        raise ValueError(f"the {name} is at least {least}, not {numbers}")
    return pair
