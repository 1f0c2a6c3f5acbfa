"""Transposed convolution: a convolution run backwards, from few pixels to many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inversa.autograd import checks, fold, swapaxes
from inversa.nn.convolution import IntOrPair, Windowed, as_pair, counted_channels
from inversa.nn.init import he_uniform, zeros
from inversa.nn.layers import Initialiser
from inversa.nn.parameter import Parameter

if TYPE_CHECKING:
    from inversa.autograd import Tensor
    from inversa.nn.init import Seed


class ConvTranspose2d(Windowed):
    """What `Conv2d` is in the inverse network: every pixel is sent into a window, weighted by a filter; all are added.

    The output is (rows − 1)·stride − 2·padding + dilation·(size − 1) + output_padding + 1 pixels high, and likewise
    wide: the size of the images of which a convolution with these settings makes so many rows.

    ``weight`` has the shape ``(inputs, outputs / groups, *size)``, ``bias`` ``(outputs,)``.

    Parameters
    ----------
    inputs, outputs : int
        How many channels go in and come out.
    size, stride : int or (int, int)
        Of the window, and the steps in which it moves.
    padding : int or (int, int)
        How many pixels are cut off at every edge.
    output_padding : int or (int, int)
        How many are added below and on the right: less than the stride.
    groups : int
        Input and output channels are divided into so many groups.
    bias : bool
        Whether a constant is added.
    dilation : int or (int, int)
        The steps between pixels of the window.
    seed, init, dtype
        As for `Linear`; the first weights are He's.

    Raises
    ------
    ValueError
        When images have another number of axes or channels, or nothing is left of them.

    References
    ----------
    V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", 2016, arXiv 1603.07285, chapter 4.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn import ConvTranspose2d
    >>> ConvTranspose2d(8, 1, 3, stride=2, padding=1, output_padding=1, seed=0)(np.ones((64, 8, 14, 14))).shape
    (64, 1, 28, 28)
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: IntOrPair,
        stride: IntOrPair = 1,
        padding: IntOrPair = 0,
        output_padding: IntOrPair = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: IntOrPair = 1,
        *,
        seed: Seed = None,
        init: Initialiser = he_uniform,
        dtype: Any = "float64",
    ) -> None:
        super().__init__(size, stride, padding, dilation)
        counted_channels(inputs, outputs, groups)
        self.in_channels, self.out_channels = inputs, outputs
        self.output_padding = as_pair("output padding", output_padding, 0)
        if any(more >= step for more, step in zip(self.output_padding, self.stride, strict=True)):
            raise checks.wrong("output_padding", f"less than the stride {self.stride}", self.output_padding, "0")
        self.groups = groups
        self.weight = Parameter(init((inputs, outputs // groups, *self.size), seed), name="W", dtype=dtype)
        self.bias = Parameter(zeros((outputs,)), name="b", dtype=dtype) if bias else None

    def forward(self, x: Any) -> Tensor:
        """Shapes: (samples, inputs, rows, columns) to (samples, outputs, height, width); samples may be left out."""
        x = self.checked(x, self.in_channels)
        *samples, _, rows, columns = x.shape
        filters = swapaxes(self.weight.reshape(self.groups, self.in_channels // self.groups, -1), 1, 2)
        pixels = filters @ x.reshape(*samples, self.groups, self.in_channels // self.groups, rows * columns)
        windows = pixels.reshape(*samples, self.out_channels, *self.size, rows, columns)
        shape = tuple(
            (n - 1) * step + (k - 1) * apart + 1 + more
            for n, step, k, apart, more in zip(
                (rows, columns), self.stride, self.size, self.dilation, self.output_padding, strict=True
            )
        )
        if any(n <= 2 * cut for n, cut in zip(shape, self.padding, strict=True)):
            raise ValueError(f"of images of {shape} nothing is left without a border of {self.padding}")
        image = fold(windows, self.stride, shape, self.dilation)
        (top, left), (height, width) = self.padding, shape
        image = image[..., top : height - top, left : width - left]
        return image if self.bias is None else image + self.bias.reshape(self.out_channels, 1, 1)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """The numbers of channels and the windows."""
        groups = f", groups={self.groups}" if self.groups > 1 else ""
        more = f", output_padding={self.output_padding}" if any(self.output_padding) else ""
        bias = ", bias=False" if self.bias is None else ""
        return f"{self.in_channels}, {self.out_channels}, {super().extra_repr()}{more}{groups}{bias}"
