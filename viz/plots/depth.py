"""How large gradients and weights are, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inversa.autograd.ops.namespace import np
from inversa.nn import Module
from inversa.viz.plots.style import MARKERS, Look, literal, own_axes


def plot_gradient_by_depth(
    models: Module | Mapping[str, Module],
    *,
    ax: Any = None,
    title: str | None = None,
    lang: str = "en",
    theme: str = "light",
) -> Any:
    """Plot the size of the gradients of every layer's weights, ‖∂J/∂W‖, after a backward pass.

    Where they shrink from layer to layer, to the left, they vanish; where they grow, they explode.

    Parameters
    ----------
    models : Module, or dict of label to Module
        With gradients in their parameters. Of one-dimensional parameters, the biases, nothing is plotted.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from inversa import nn, viz
    >>> model = nn.MLP([2, 4, 4, 1], activation="sigmoid")
    >>> nn.losses.mean_squared_error(model([[1.0, 2.0]]), [[0.5]]).backward()
    >>> len(viz.plot_gradient_by_depth(model).lines[0].get_ydata())
    3
    """
    look = Look(lang, theme)
    ax = own_axes(look, ax)
    several = dict(models) if isinstance(models, Mapping) else {"": models}
    for i, (label, model) in enumerate(several.items()):
        sizes = [float(np.linalg.norm(p.grad)) for p in _matrices(model) if p.grad is not None]
        if not sizes:
            raise ValueError("there are no gradients yet: loss(model(x), y).backward() first")
        ax.plot(range(1, len(sizes) + 1), sizes, color=look.colour(i), marker=MARKERS[i % 5], markersize=5,
                linestyle=("-", "--", "-.", ":")[i % 4], label=literal(label) or None)  # fmt: skip
    ax.set_yscale("log")
    ax.xaxis.get_major_locator().set_params(integer=True)
    look.legend(ax)
    return look.dress(ax, title, look.say("layer"), look.say("gradient"))


def plot_weights(
    model: Module, *, gradients: bool = False, bins: int = 40, lang: str = "en", theme: str = "light"
) -> Any:
    """Plot a histogram of every layer's weights, or of their gradients.

    Returns
    -------
    matplotlib Figure

    Examples
    --------
    >>> from inversa import nn, viz
    >>> len(viz.plot_weights(nn.MLP([2, 4, 1])).axes)
    2
    """
    look = Look(lang, theme)
    matrices = list(_matrices(model))
    if not matrices:
        raise ValueError(f"{type(model).__name__} has no matrices of weights")
    figure, axes = look.panels(1, len(matrices), 3.0, 2.6)
    for ax, p in zip(axes[0], matrices, strict=True):
        numbers = p.grad if gradients else p.numpy()
        if numbers is None:
            raise ValueError("there are no gradients yet: loss(model(x), y).backward() first")
        ax.hist(np.ravel(numbers), bins=bins, color=look.palette["inverse" if gradients else "forward"])
        look.dress(ax, p.name or "", look.say("gradients" if gradients else "weights"), "")
    axes[0, 0].set_ylabel(look.say("number"), color=look.palette["ink"], fontsize=10)
    return figure


def _matrices(model: Module) -> Any:
    return (p for p in model.parameters() if len(p.shape) > 1)
