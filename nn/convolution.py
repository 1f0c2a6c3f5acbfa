"""Convolution: a linear neuron that is moved over an image, or along a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from operator import index
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, checks, reshape, windows
from inversa.autograd.ops.windows import pad
from inversa.nn.init import he_uniform, zeros
from inversa.nn.layers import Initialiser
from inversa.nn.module import Module
from inversa.nn.parameter import Parameter

if TYPE_CHECKING:
    from inversa.autograd.ops.calls import Unary
    from inversa.nn.init import Seed

Pair = tuple[int, int]
IntOrPair = int | Sequence[int]


class Windowed(Module):
    """What convolution and pooling have in common: the windows through which they look at images.

    Images have the shape (samples, channels, height, width); a single one has (channels, height, width).

    Parameters
    ----------
    size, stride, padding, dilation : int or (int, int)
        Of the window, the steps in which it moves, how many pixels are added at every edge of the image, and the steps
        between pixels of the window; a pair is for height and width.
    """

    def __init__(self, size: IntOrPair, stride: IntOrPair, padding: IntOrPair, dilation: IntOrPair = 1) -> None:
        self.size = as_pair("size", size, 1)
        self.stride = as_pair("stride", stride, 1)
        self.padding = as_pair("padding", padding, 0)
        self.dilation = as_pair("dilation", dilation, 1)

    def images(self, x: Any, border: float = 0.0, channels: int | None = None) -> Tensor:
        """Images, checked and with their padding, which is ``border``."""
        images = self.checked(x, channels)
        if any(self.padding):
            images = pad(images, ((0, 0),) * (images.ndim - 2) + tuple((n, n) for n in self.padding), border)
        return images

    def checked(self, x: Any, channels: int | None) -> Tensor:
        """Images with so many channels.

        Raises
        ------
        ValueError
            For others.
        """
        x = self.as_array(x)
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
        return images

    def windows(self, x: Any, channels: int | None = None) -> Tensor:
        """Shapes: (…, channels, height, width) to (…, channels, *size, rows, columns); the padding is 0."""
        out: Tensor = windows(self.images(x, channels=channels), self.size, self.stride, self.dilation)
        return out

    def extra_repr(self) -> str:
        """The size, the stride, and what is not usual."""
        padding = f", padding={self.padding}" if any(self.padding) else ""
        dilation = f", dilation={self.dilation}" if self.dilation != (1, 1) else ""
        return f"size={self.size}, stride={self.stride}{padding}{dilation}"


class _Convolution(Windowed):
    """Filters for windows: the parameters of convolutions in one dimension and in two."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: Pair,
        stride: IntOrPair,
        padding: IntOrPair,
        bias: bool,
        dilation: IntOrPair,
        groups: int,
        shape: tuple[int, ...],
        seed: Seed,
        init: Initialiser,
        dtype: Any,
    ) -> None:
        super().__init__(size, stride, padding, dilation)
        self.in_channels, self.out_channels = inputs, outputs
        self.groups = groups
        self.weight = Parameter(init(shape, seed), name="W", dtype=dtype)
        self.bias = Parameter(zeros((outputs,)), name="b", dtype=dtype) if bias else None

    def filtered(self, x: Any) -> Any:
        """Shapes: (…, inputs, height, width) to (…, outputs, rows, columns)."""
        patches = self.windows(x, channels=self.in_channels)
        *samples, _, _, _, rows, columns = patches.shape
        weights = prod(self.weight.shape[1:])  # of one filter
        filters: tuple[int, ...] = (self.out_channels, weights)
        pixels: tuple[int, ...] = (weights, rows * columns)
        if self.groups > 1:  # each has channels, and filters, of its own
            filters, pixels = (self.groups, self.out_channels // self.groups, weights), (self.groups, *pixels)
        z = self.weight.reshape(*filters) @ patches.reshape(*samples, *pixels)
        z = z.reshape(*samples, self.out_channels, rows, columns)
        return z if self.bias is None else z + self.bias.reshape(self.out_channels, 1, 1)

    def extra_repr(self) -> str:
        """The numbers of channels and the windows."""
        groups = f", groups={self.groups}" if self.groups > 1 else ""
        bias = ", bias=False" if self.bias is None else ""
        return f"{self.in_channels}, {self.out_channels}, {super().extra_repr()}{groups}{bias}"


def counted_channels(inputs: int, outputs: int, groups: int) -> None:
    """Raise unless these are numbers of channels that can be divided into so many groups."""
    checks.count("inputs", inputs, example="3")
    checks.count("outputs", outputs, example="8")
    checks.count("groups", groups, example="2")
    if inputs % groups or outputs % groups:
        raise ValueError(f"{inputs} inputs and {outputs} outputs cannot both be divided into {groups} groups")


class Conv2d(_Convolution):
    """Every filter is moved over the image: one linear neuron, with the same weights in every window.

    Output channel o, in row r and column c, is bias_o + Σ weight[o, i, j, k] · x[i, r·stride + j, c·stride + k] over
    input channels i and window pixels (j, k); a dilation multiplies j and k in x. As in PyTorch this is
    cross-correlation: the mathematical convolution has the filter turned by 180°, which makes no difference to a filter
    that is learnt. The output is (height + 2·padding − dilation·(size − 1) − 1) // stride + 1 pixels high, and likewise
    wide.

    ``weight`` has the shape ``(outputs, inputs / groups, *size)``, ``bias`` ``(outputs,)``.

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
    dilation : int or (int, int)
        The steps between pixels of the window: with 2 every second pixel is looked at.
    groups : int
        Input and output channels are divided into so many groups, and a filter looks at those of its group alone.
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
        dilation: IntOrPair = 1,
        groups: int = 1,
        *,
        seed: Seed = None,
        init: Initialiser = he_uniform,
        dtype: Any = "float64",
    ) -> None:
        counted_channels(inputs, outputs, groups)
        pair = as_pair("size", size, 1)
        shape = (outputs, inputs // groups, *pair)
        super().__init__(inputs, outputs, pair, stride, padding, bias, dilation, groups, shape, seed, init, dtype)

    def forward(self, x: Any) -> Tensor:
        """Shapes: (samples, inputs, height, width) to (samples, outputs, rows, columns); samples may be left out."""
        return self.filtered(x)  # type: ignore[no-any-return]


class Conv1d(_Convolution):
    """`Conv2d` along a sequence: every filter looks at a few steps that follow one another.

    ``weight`` has the shape ``(outputs, inputs / groups, size)``, ``bias`` ``(outputs,)``.

    Parameters
    ----------
    inputs, outputs : int
        How many channels go in and come out.
    size, stride, padding, dilation : int
        Of the window, the steps in which it moves, the zeros at both ends, and the steps between what it looks at.
    bias, groups, seed, init, dtype
        As for `Conv2d`.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import Conv1d
    >>> Conv1d(3, 8, 5, padding=2, seed=0)(np.ones((64, 3, 100))).shape
    (64, 8, 100)
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: int,
        stride: int = 1,
        padding: int = 0,
        bias: bool = True,
        dilation: int = 1,
        groups: int = 1,
        *,
        seed: Seed = None,
        init: Initialiser = he_uniform,
        dtype: Any = "float64",
    ) -> None:
        counted_channels(inputs, outputs, groups)
        for name, number, least in (
            ("size", size, 1),
            ("stride", stride, 1),
            ("dilation", dilation, 1),
            ("padding", padding, 0),
        ):
            checks.count(name, number, at_least=least, example="1")
        shape = (outputs, inputs // groups, size)
        super().__init__(
            inputs, outputs, (1, size), (1, stride), (0, padding), bias, (1, dilation), groups, shape, seed, init, dtype
        )  # fmt: skip

    def forward(self, x: Any) -> Tensor:
        """Shapes: (samples, inputs, steps) to (samples, outputs, fewer steps); samples may be left out."""
        x = self.as_array(x)
        if len(x.shape) not in (2, 3) or x.shape[-2] != self.in_channels:
            raise ValueError(
                f"{self!r} takes inputs of shape (samples, {self.in_channels}, steps), not {tuple(x.shape)}"
            )
        return self.filtered(x[..., None, :])[..., 0, :]  # type: ignore[no-any-return]


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


def as_pair(name: str, numbers: IntOrPair, least: int) -> Pair:
    """Height and width; one number is both."""
    try:
        height, width = numbers if isinstance(numbers, Sequence) else (numbers, numbers)
        pair = index(height), index(width)
    except (TypeError, ValueError):
        raise TypeError(f"the {name} is an integer or a pair of integers, not {numbers!r}") from None
    if min(pair) < least:
        raise ValueError(f"the {name} is at least {least}, not {numbers}")
    return pair
