"""The paths that optimisers take on the contours of a cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.viz.plots.samples import finite
from inversa.viz.plots.style import MARKERS, PlotStyle, colormap, literal, own_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from inversa.autograd.languages import Lang
    from inversa.viz.lettering.theme import Ink

GRID_POINTS = 120  # of the grid, along each side
LEVELS = 16
MARKED = 8  # places on a path that bear a marker


def plot_paths(
    cost: Callable[[Any, Any], Any],
    paths: Mapping[str, Any],
    *,
    labels: tuple[str, str] = ("w", "b"),
    ax: Axes | None = None,
    title: str | None = None,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Axes:
    """Plot paths in the plane of two parameters on the contours of the cost.

    The contours' heights above the lowest point are spaced as powers, so that the bottom of a valley can be read.

    Parameters
    ----------
    cost : callable
        ``cost(u, v)`` for two numbers.
    paths : dict of label to array_like of shape (steps, 2)
        Where each optimiser was; its first point is a circle, its last a cross.
    labels : (str, str)
        What the two parameters are called.
    ax, title, lang, theme
        As for `plot_history`.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        For paths of another shape, and where a path or the cost around the paths is not finite.

    Examples
    --------
    >>> from inversa import viz
    >>> ax = viz.plot_paths(lambda u, v: u * u + 5 * v * v, {"GD": [[2, 1], [1, 0.2], [0.5, 0.1]]})
    >>> ax.lines[0].get_label()
    'GD'
    """
    style = PlotStyle(lang, theme)
    checked = {label: finite(f"the path {label!r}", path, 2) for label, path in dict(paths).items()}
    if not checked or any(path.shape[1] != 2 for path in checked.values()):
        raise ValueError("paths are a dict of label to an array of shape (steps, 2), at least one")
    every = np.concatenate(list(checked.values()))
    room = [0.15 * float(extent) or 1.0 for extent in np.ptp(every, axis=0)]
    grid = [np.linspace(every[:, i].min() - room[i], every[:, i].max() + room[i], GRID_POINTS) for i in (0, 1)]
    heights = np.array([[float(cost(u, v)) for u in grid[0]] for v in grid[1]])
    if not np.isfinite(heights).all():
        raise ValueError("the cost is not finite everywhere around the paths")
    above = heights - heights.min() + 1e-3 * float(np.ptp(heights) or 1.0)
    aside = ax is None
    ax = own_axes(style, ax, width=6.2, height=4.6)
    levels = np.geomspace(above.min(), above.max() * 1.0001, LEVELS)
    depth = colormap(style.palette["data-tint"], style.palette["paper"])
    ax.contourf(*grid, above, levels=levels, colors=depth(np.linspace(0, 1, LEVELS - 1)))
    ax.contour(*grid, above, levels=levels, colors=[style.palette["frame"]], linewidths=0.8)
    edge: dict[str, Any] = {"markeredgecolor": style.palette["paper"], "markeredgewidth": 0.6}
    for i, (label, path) in enumerate(checked.items()):
        line = style.line(i) | {"marker": MARKERS[i % len(MARKERS)], "markersize": 4.5, "markeredgewidth": 0}
        ax.plot(*path.T, label=literal(label), markevery=max(1, len(path) // MARKED), **line)
        ax.plot(*path[0], "o", color=style.palette["ink"], markersize=8, zorder=4, **edge)
        ax.plot(*path[-1], "X", color=style.colour(i), markersize=10, zorder=5, **edge)
    for word, marker in (("start", "o"), ("end", "X")):
        ax.plot([], [], marker, color=style.palette["ink"], markersize=7, label=style.say(word))
    style.legend(ax, aside)
    return style.dress(ax, title, *labels)
