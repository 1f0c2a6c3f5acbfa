"""How large gradients and weights are, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.nn import Module
from inversa.nn.lookalikes import ADVICE, is_module
from inversa.viz.lettering.numbers import subscripted
from inversa.viz.plots.samples import finite, several
from inversa.viz.plots.style import MARKERS, PlotStyle, literal, own_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from inversa.autograd.languages import Lang
    from inversa.viz.lettering.theme import Ink


def plot_gradient_by_depth(
    models: Module | Mapping[str, Module],
    *,
    ax: Axes | None = None,
    title: str | None = None,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Axes:
    """Plot the size of the gradients of every layer's weights, ‖∂J/∂W‖, after a backward pass.

    Where they shrink from layer to layer, to the left, they vanish; where they grow, they explode.

    Parameters
    ----------
    models : Module, or dict of label to Module
        With gradients in their parameters. Of one-dimensional parameters, the biases, nothing is plotted. Layers are
        counted by their arrays of weights; one without a gradient, or with a gradient of 0, leaves a gap.
    ax, title, lang, theme
        As for `plot_history`.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        Without any gradient that a logarithmic scale could show, and for gradients that are not finite.

    Examples
    --------
    >>> from inversa import nn, viz
    >>> model = nn.MLP([2, 4, 4, 1], activation="sigmoid")
    >>> nn.losses.mean_squared_error(model([[1.0, 2.0]]), [[0.5]]).backward()
    >>> len(viz.plot_gradient_by_depth(model).lines[0].get_ydata())
    3
    """
    style = PlotStyle(lang, theme)
    sizes = {label: _sizes(model) for label, model in several(models, "model").items()}
    ax = own_axes(style, ax)
    for i, (label, each) in enumerate(sizes.items()):
        marker: dict[str, Any] = {"marker": MARKERS[i % len(MARKERS)], "markersize": 5}
        ax.plot(range(1, len(each) + 1), each, label=literal(label), **style.line(i) | marker)
    ax.set_yscale("log", nonpositive="mask")
    style.whole(ax.xaxis)
    style.legend(ax)
    return style.dress(ax, title, style.say("layer"), style.say("gradient"))


def plot_weights(
    model: Module,
    *,
    gradients: bool = False,
    bins: int | str = "auto",
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Figure:
    """Plot a histogram of every layer's weights, or of their gradients.

    Parameters
    ----------
    model : Module
    gradients : bool
        Whether the gradients are shown that the last backward pass left.
    bins : int or str
        How many bars, or one of NumPy's rules for it.
    lang, theme
        As for `plot_history`.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        For a model without arrays of weights, without gradients, and for numbers that are not finite.

    Examples
    --------
    >>> from inversa import nn, viz
    >>> len(viz.plot_weights(nn.MLP([2, 4, 1])).axes)
    2
    """
    style = PlotStyle(lang, theme)
    matrices = _matrices(model)
    if gradients and any(p.grad is None for _, p in matrices):
        raise ValueError(_NO_GRADIENTS)
    columns = min(4, len(matrices))
    figure, axes = style.panels(math.ceil(len(matrices) / columns), columns, 2.9, 2.5)
    for ax in axes.ravel()[len(matrices) :]:
        ax.remove()
    word = "gradients" if gradients else "weights"
    for i, (ax, (path, p)) in enumerate(zip(axes.ravel(), matrices, strict=False)):
        numbers = finite(f"{path}, its {word},", p.grad if gradients else p.numpy())
        colour = style.palette["inverse" if gradients else "forward"]
        ax.hist(numbers.ravel(), bins=bins, color=colour, edgecolor=style.palette["paper"], linewidth=0.5)
        ax.axvline(0, color=style.palette["muted"], linewidth=0.8, linestyle=":")
        style.whole(ax.yaxis)
        style.dress(ax, subscripted(p.name or path), style.say(word), "" if i % columns else style.say("number"))
    return figure


_NO_GRADIENTS = "there are no gradients yet: loss(model(x), y).backward() first"


def _sizes(model: Module) -> list[float]:
    """The norms of all gradients; nan where there is none."""
    gradients = [p.grad for _, p in _matrices(model)]
    if all(gradient is None for gradient in gradients):
        raise ValueError(_NO_GRADIENTS)
    sizes = [math.nan if g is None else float(np.linalg.norm(finite("a gradient", g))) for g in gradients]
    if not any(size > 0 for size in sizes):
        raise ValueError("every gradient is 0, of which a logarithmic scale has no place")
    return sizes


def _matrices(model: Any) -> list[tuple[str, Any]]:
    """The arrays of weights, with their paths."""
    if not isinstance(model, Module):
        advice = f": {ADVICE}" if is_module(model) else ""
        raise TypeError(f"layers are those of a Module, not of {type(model).__name__}{advice}")
    matrices = [(path, p) for path, p in model.named_parameters() if len(p.shape) > 1]
    if not matrices:
        raise ValueError(f"{type(model).__name__} has no arrays of weights")
    return matrices
