"""Activation functions and their derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from inversa.autograd import Tensor
from inversa.autograd.ops.namespace import np
from inversa.nn.activations import function
from inversa.viz.plots.style import Look

USUAL = ("step", "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus")


def plot_activations(
    names: Sequence[str | Callable[[Any], Any]] = USUAL,
    *,
    low: float = -4.0,
    high: float = 4.0,
    lang: str = "en",
    theme: str = "light",
) -> Any:
    """Plot activation functions ψ (solid) with their derivatives ψ′ (dashed), which the inverse network computes.

    Parameters
    ----------
    names : sequence of str or callable
        Functions of `inversa.nn`, by name, or of one's own.
    low, high : float
        From where to where.

    Returns
    -------
    matplotlib Figure

    Examples
    --------
    >>> from inversa import viz
    >>> len(viz.plot_activations(["tanh", "relu"]).axes)
    2
    """
    look = Look(lang, theme)
    if not names or not low < high:
        raise ValueError("there has to be at least one function, and low below high")
    columns = min(4, len(names))
    figure, axes = look.panels(math.ceil(len(names) / columns), columns, 2.9, 2.4, sharex=True)
    for ax in axes.ravel()[len(names) :]:
        ax.remove()
    for name, ax in zip(names, axes.ravel(), strict=False):
        x = Tensor(np.linspace(low, high, 401), requires_grad=True)
        y = function(name)(x)
        y.sum().backward()
        ax.axhline(0, color=look.palette["frame"], linewidth=0.8)
        ax.axvline(0, color=look.palette["frame"], linewidth=0.8)
        ax.plot(x.numpy(), y.numpy(), color=look.palette["forward"], label="ψ")
        ax.plot(x.numpy(), x.grad, color=look.palette["inverse"], linestyle="--", label="ψ′")
        look.dress(ax, (name if isinstance(name, str) else getattr(name, "__name__", "ψ")).replace("_", " "))
    look.legend(axes[0, 0])
    return figure
