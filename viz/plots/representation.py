"""The hidden layer as a change of coordinates."""

from __future__ import annotations

from typing import Any

from inversa.autograd.ops.namespace import np
from inversa.viz.plots.style import MARKERS, Look, finite, literal, predictions

LINES, POINTS = 13, 80  # of the grid that is carried along


def plot_representation(
    hidden: Any,
    x: Any,
    y: Any,
    *,
    boundary: tuple[Any, float] | None = None,
    title: str | None = None,
    lang: str = "en",
    theme: str = "light",
) -> Any:
    """Plot data in the input space and in the coordinates of a hidden layer, with a grid that is carried along.

    Parameters
    ----------
    hidden : model or function
        From samples (n, 2) to the outputs of the hidden layer (n, units). Of more than two units the first two
        principal components are drawn.
    x : array_like of shape (samples, 2)
    y : array_like of int, shape (samples,)
    boundary : (weights, bias), optional
        Of the neuron behind two hidden units: its straight boundary is drawn among them.

    Returns
    -------
    matplotlib Figure

    Examples
    --------
    >>> from inversa import viz
    >>> figure = viz.plot_representation(lambda x: x**2, [[0, 1], [1, 0], [1, 1]], [0, 1, 1])
    >>> len(figure.axes)
    2
    """
    look = Look(lang, theme)
    x, y = finite("x", x, 2), np.asarray(y).reshape(-1)
    if x.shape[1] != 2 or len(x) != len(y):
        raise ValueError(f"x has the shape (samples, 2) and y a label for each, not {x.shape} and {y.shape}")
    codes = finite("the hidden layer's outputs", predictions(hidden, x), 2)
    centre, axes_ = _plane(codes)

    def carried(points: Any) -> Any:
        return (predictions(hidden, points) - centre) @ axes_

    figure, panels = look.panels(1, 2, 4.4, 4.0)
    low, high = x.min(axis=0), x.max(axis=0)
    room = 0.1 * (high - low)
    for i in (0, 1):  # lines along one axis, at several places of the other
        for at in np.linspace(low[1 - i] - room[1 - i], high[1 - i] + room[1 - i], LINES):
            way = np.full((POINTS, 2), at)
            way[:, i] = np.linspace(low[i] - room[i], high[i] + room[i], POINTS)
            for ax, line in zip(panels[0], (way, carried(way)), strict=True):
                ax.plot(*line.T, color=look.palette["frame"], linewidth=0.7, zorder=1)
    for i, kind in enumerate(np.unique(y)):
        for ax, points in zip(panels[0], (x, carried(x)), strict=True):
            ax.scatter(*points[y == kind].T, color=look.colour(i), marker=MARKERS[i % 5], s=26, zorder=3,
                       edgecolors=look.palette["paper"], linewidths=0.6, label=literal(str(kind)))  # fmt: skip
    if boundary is not None:
        (u, v), bias = finite("the weights", boundary[0], 1), float(boundary[1])
        span = np.array(panels[0, 1].get_xlim())
        limits = panels[0, 1].get_ylim()
        if abs(v) > 1e-12:
            panels[0, 1].plot(span, -(u * span + bias) / v, color=look.palette["ink"], linewidth=1.4)
        panels[0, 1].set_xlim(span)
        panels[0, 1].set_ylim(limits)
    look.legend(panels[0, 0])
    word = "unit" if codes.shape[1] == 2 else "component"
    look.dress(panels[0, 0], look.say("input"), "x₁", "x₂")
    look.dress(panels[0, 1], look.say("hidden"), look.say(word, 1), look.say(word, 2))
    if title:
        figure.suptitle(literal(title), color=look.palette["ink"])
    return figure


def _plane(codes: Any) -> tuple[Any, Any]:
    """Where the plane that is drawn begins, and its two directions; of two units it is their own."""
    if codes.shape[1] == 1:
        raise ValueError("one hidden unit is a line: there is nothing to draw in a plane")
    if codes.shape[1] == 2:
        return np.zeros(2), np.eye(2)
    centre = codes.mean(axis=0)
    return centre, np.linalg.svd(codes - centre, full_matrices=False)[2][:2].T
