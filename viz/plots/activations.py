"""Activation functions and their derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor
from inversa.autograd.lazy import np
from inversa.nn.activations import Activation
from inversa.nn.activations import named as named_activation
from inversa.nn.layers import Linear
from inversa.nn.maxout import Maxout
from inversa.viz.plots.style import PlotStyle

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from inversa.autograd.languages import Lang
    from inversa.viz.lettering.theme import Ink

USUAL = ("step", "identity", "sigmoid", "tanh", "relu", Activation("leaky_relu", slope=0.1), "elu", "softplus")
CURVE_POINTS = 401  # of a curve; odd, so that 0 is one of them
MOST_IN_A_ROW, WIDEST = 5, 11.5  # plots, and the inches that a row of them may have


def plot_activations(
    names: Sequence[str | Callable[[Any], Any]] = USUAL,
    *,
    low: float = -4.0,
    high: float = 4.0,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Figure:
    """Plot activation functions ψ (solid) with their derivatives ψ′ (dashed), which the inverse network computes.

    Parameters
    ----------
    names : sequence of str or callable
        Functions of `inversa.nn`, by name, as modules (``nn.Activation("elu", alpha=0.5)``), or of one's own. A
        `Maxout` of one input and one output is a curve as well: ``nn.Maxout.of([(1, 0), (-1, 0)])`` is |x|.
    low, high : float
        From where to where.
    lang, theme
        As for `plot_history`.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        For a function, such as softmax, whose outputs depend on several inputs, and a `Maxout` of several.

    Examples
    --------
    >>> from inversa import viz
    >>> len(viz.plot_activations(["tanh", "relu"]).axes)
    2
    """
    style = PlotStyle(lang, theme)
    if isinstance(names, str) or not len(names) or not -math.inf < low < high < math.inf:
        raise ValueError("names is a list of at least one function, and low is below high")
    curves = [(style.called(_name(name)) + _settings(style, name), *_curve(name, low, high)) for name in names]
    rows = math.ceil(len(curves) / MOST_IN_A_ROW)
    columns = math.ceil(len(curves) / rows)
    figure, axes = style.panels(rows, columns, min(2.7, WIDEST / columns), 2.3, sharex=True)
    for ax in axes.ravel()[len(curves) :]:
        ax.remove()
    for (name, x, y, slope), ax in zip(curves, axes.ravel(), strict=False):
        ax.axhline(0, color=style.palette["frame"], linewidth=0.8)
        ax.axvline(0, color=style.palette["frame"], linewidth=0.8)
        ax.plot(x, y, label=style.say("function"), **style.line(0))
        ax.plot(x, slope, label=style.say("derivative"), **style.line(1))
        style.dress(ax, name)
    for ax in axes.ravel()[max(0, len(curves) - columns) : len(curves)]:
        ax.tick_params(labelbottom=True)  # the lowest of its column, whether or not the last row is full
    style.legend(figure, loc="outside upper center", ncols=2)
    return figure


def _curve(name: Any, low: float, high: float) -> tuple[Any, Any, Any]:
    """Places, the function there, and its derivative, from one sweep for all places."""
    psi = _of_single_inputs(name) if isinstance(name, Linear) else named_activation(name)
    x = Tensor(np.linspace(low, high, CURVE_POINTS), requires_grad=True)
    with np.errstate(all="ignore"):  # a curve has gaps where its function has no value
        y = psi(x)
        alone = psi(Tensor([low]))
        if np.shape(y) != x.shape or not np.allclose(alone.numpy(), y.numpy()[:1], equal_nan=True):
            raise ValueError(f"{_name(name)} has outputs that depend on several inputs: it is no curve")
        y.sum().backward()
    return x.numpy(), y.numpy(), np.where(np.isnan(y.numpy()), np.nan, np.asarray(x.grad))


def _of_single_inputs(layer: Linear) -> Callable[[Any], Any]:
    """A layer of one input and one output as a function of single numbers."""
    if (layer.inputs, layer.outputs) != (1, 1):
        raise ValueError(f"{layer!r} is no curve: take a layer of one input and one output, as Maxout.of() makes")
    return lambda x: layer(x.reshape(-1, 1)).reshape(-1)


def _name(name: Any) -> str:
    if isinstance(name, Linear):
        return type(name).__name__.lower()
    return name if isinstance(name, str) else str(getattr(name, "name", getattr(name, "__name__", "ψ")))


def _settings(style: PlotStyle, name: Any) -> str:
    """The parameters of an activation, as its title gives them."""
    params = {"pieces": name.pieces} if isinstance(name, Maxout) else getattr(name, "params", {})
    settings = [f"{style.called(key)} {value:g}" for key, value in params.items()]
    return f" ({', '.join(settings)})".replace("-", "−") if settings else ""
