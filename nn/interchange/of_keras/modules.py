"""Modules for what Keras does between layers: another order of the axes, edges of images, another shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inversa.autograd import moveaxis, reshape
from inversa.autograd.ops.windows import pad
from inversa.nn.module import Module

__all__ = ["ChannelsFirst", "ChannelsLast", "Edges", "Reshape"]


class ChannelsFirst(Module):
    """The last axis becomes the second: (samples, height, width, channels) to (samples, channels, height, width).

    Examples
    --------
    >>> import numpy as np
    >>> from inversa import interchange
    >>> interchange.ChannelsFirst()(np.ones((5, 28, 28, 3))).shape
    (5, 3, 28, 28)
    """

    def forward(self, x: Any) -> Any:
        """Shapes: (samples, …, channels) to (samples, channels, …)."""
        return moveaxis(self.as_array(x), -1, 1)


class ChannelsLast(Module):
    """The second axis becomes the last: (samples, channels, height, width) to (samples, height, width, channels).

    Examples
    --------
    >>> import numpy as np
    >>> from inversa import interchange
    >>> interchange.ChannelsLast()(np.ones((5, 3, 28, 28))).shape
    (5, 28, 28, 3)
    """

    def forward(self, x: Any) -> Any:
        """Shapes: (samples, channels, …) to (samples, …, channels)."""
        return moveaxis(self.as_array(x), 1, -1)


class Edges(Module):
    """Adds numbers at the ends of the last axes, or cuts some off: padding that need not be the same at both ends.

    Parameters
    ----------
    widths : sequence of (int, int)
        For each of the last axes how many before and after; negative ones are cut off.
    border : float
        What is added.

    Examples
    --------
    >>> from inversa import interchange
    >>> interchange.Edges([(1, -2)])([[1.0, 2.0, 3.0]]).tolist()
    [[0.0, 1.0]]
    """

    def __init__(self, widths: Sequence[tuple[int, int]], border: float = 0.0) -> None:
        self.widths = [(int(before), int(after)) for before, after in widths]
        self.border = border

    def forward(self, x: Any) -> Any:
        """Shapes: (…, n) to (…, before + n + after)."""
        x = self.as_array(x)
        added = tuple((max(before, 0), max(after, 0)) for before, after in self.widths)
        if any(map(any, added)):
            x = pad(x, ((0, 0),) * (len(x.shape) - len(added)) + added, self.border)
        kept = tuple(slice(max(-before, 0), -max(-after, 0) or None) for before, after in self.widths)
        return x[(..., *kept)] if any(part != slice(0, None) for part in kept) else x

    def extra_repr(self) -> str:
        """The widths."""
        return ", ".join(map(str, self.widths)) + (f", border={self.border}" if self.border else "")


class Reshape(Module):
    """Each sample in another shape.

    Parameters
    ----------
    shape : sequence of int
        One length may be −1: what is left.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa import interchange
    >>> interchange.Reshape((2, 3))(np.ones((5, 6))).shape
    (5, 2, 3)
    """

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = tuple(int(n) for n in shape)

    def forward(self, x: Any) -> Any:
        """Shapes: (samples, …) to ``(samples, *shape)``."""
        x = self.as_array(x)
        return reshape(x, (x.shape[0], *self.shape))

    def extra_repr(self) -> str:
        """The shape."""
        return str(self.shape)
