"""Images, and learned filters, which are images too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.viz.plots.samples import finite
from inversa.viz.plots.style import PlotStyle, colormap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from inversa.autograd.languages import Lang
    from inversa.viz.lettering.theme import Ink


def plot_images(
    images: Any,
    *,
    titles: Sequence[object] = (),
    columns: int = 8,
    signed: bool | None = None,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Figure:
    """Plot images, or learned filters, in a grid; each has the full range of shades.

    Parameters
    ----------
    images : array_like of shape (count, height, width)
        Or (count, 1, height, width), as the weights of a convolution with one channel are.
    titles : sequence, optional
        What stands above each, or above the first of them.
    columns : int
        How many stand side by side.
    signed : bool, optional
        Whether numbers have a sign, as weights do: 0 is then the paper's colour, or grey in print. By default where
        there are negative ones.
    lang, theme
        As for `plot_decision`.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        For anything but images of finite numbers, and for more titles than images.

    Examples
    --------
    >>> from inversa import viz
    >>> len(viz.plot_images([[[0.0, 1.0], [1.0, 0.0]]] * 3).axes)
    3
    """
    style = PlotStyle(lang, theme)
    images = finite("images", images)
    if images.ndim == 4 and images.shape[1] == 1:
        images = images[:, 0]
    if images.ndim != 3:
        raise ValueError(f"images have the shape (count, height, width), not {images.shape}")
    if columns < 1 or len(titles) > len(images):
        raise ValueError(f"there are {len(images)} images, {len(titles)} titles and {columns} columns")
    columns = min(columns, len(images))
    signed = bool((images < 0).any()) if signed is None else signed
    figure, axes = style.panels(math.ceil(len(images) / columns), columns, 1.0, 1.25 if len(titles) else 1.0)
    ends = [style.palette["paper"], style.palette["ink"]]
    if signed:
        middle = "#A0A0A0" if style.grey else style.palette["paper"]
        ends = [style.palette["inverse"], middle, "#FFFFFF" if style.grey else style.palette["forward"]]
    for ax in axes.ravel()[len(images) :]:
        ax.remove()
    for i, (ax, image) in enumerate(zip(axes.ravel(), images, strict=False)):
        most = float(np.abs(image).max()) or 1.0
        low, high = (-most, most) if signed else (float(image.min()), float(image.max()))
        ax.imshow(image, cmap=colormap(*ends), vmin=low, vmax=high)
        style.dress(ax, str(titles[i]) if i < len(titles) else None)
        ax.title.set_fontsize(9)
        ax.axis("off")
    return figure
