"""The paths that optimisers take on the contours of a cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from inversa.autograd.ops.namespace import np
from inversa.viz.plots.style import Look, colormap, finite, literal, own_axes

POINTS = 120
LEVELS = 16


def plot_paths(
    cost: Callable[[Any, Any], Any],
    paths: Mapping[str, Any],
    *,
    labels: tuple[str, str] = ("w", "b"),
    ax: Any = None,
    title: str | None = None,
    lang: str = "en",
    theme: str = "light",
) -> Any:
    """Plot paths in the plane of two parameters on the contours of the cost.

    Parameters
    ----------
    cost : callable
        ``cost(u, v)`` for two numbers.
    paths : dict of label to array_like of shape (steps, 2)
        Where each optimiser was; its first point is a circle, its last a cross.
    labels : (str, str)
        What the two parameters are called.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from inversa import viz
    >>> ax = viz.plot_paths(lambda u, v: u * u + 5 * v * v, {"GD": [[2, 1], [1, 0.2], [0.5, 0.1]]})
    >>> ax.lines[0].get_label()
    'GD'
    """
    look = Look(lang, theme)
    found = {label: finite(f"the path {label!r}", path, 2) for label, path in paths.items()}
    if not found or any(path.shape[1] != 2 for path in found.values()):
        raise ValueError("paths are arrays of shape (steps, 2), at least one")
    every = np.concatenate(list(found.values()))
    sides = []
    for i in (0, 1):
        low, high = float(every[:, i].min()), float(every[:, i].max())
        room = 0.15 * (high - low) or 1.0
        sides.append(np.linspace(low - room, high + room, POINTS))
    heights = np.array([[float(cost(u, v)) for u in sides[0]] for v in sides[1]])
    if not np.isfinite(heights).all():
        raise ValueError("the cost is not finite everywhere around the paths")
    above = heights - heights.min() + 1e-3 * float(np.ptp(heights) or 1.0)
    ax = own_axes(look, ax, width=5.2, height=4.4)
    levels = np.geomspace(above.min(), above.max() * 1.0001, LEVELS)
    shades = colormap([look.palette["frame"], look.palette["muted"]])
    ax.contour(*sides, above, levels=levels, cmap=shades, linewidths=0.8)
    for (label, path), style in zip(found.items(), look.lines(), strict=False):
        ax.plot(*path.T, linewidth=1.6, label=literal(label), **style)
        ax.plot(*path[0], "o", color=style["color"], markersize=6, label="_start")
        ax.plot(*path[-1], "X", color=style["color"], markersize=8, label="_end")
    look.legend(ax)
    return look.dress(ax, title, *labels)
