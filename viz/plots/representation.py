"""The hidden layer as a change of coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.viz.plots.regions import points, sides
from inversa.viz.plots.samples import called, finite, input_names, plane, predictions
from inversa.viz.plots.style import PlotStyle, literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from inversa.autograd.languages import Lang
    from inversa.viz.lettering.theme import Ink

GRID_LINES, LINE_POINTS = 15, 120  # of the grid that is carried along


def plot_representation(
    hidden: Any,
    x: Any,
    y: Any,
    *,
    boundary: tuple[Any, Any] | None = None,
    names: Sequence[str] = (),
    labels: tuple[str, str] | None = None,
    title: str | None = None,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Figure:
    """Plot data in the input space and in the coordinates of a hidden layer, with a grid that is carried along.

    Parameters
    ----------
    hidden : model or function
        From samples (n, 2) to the outputs of the hidden layer (n, units). Of more than two units the first two
        principal components are drawn.
    x : array_like of shape (samples, 2)
    y : array_like of shape (samples,), or one-hot rows
        Classes, as for `plot_decision`.
    boundary : (weights, bias), optional
        Of the neuron behind the hidden units, whose weights·units + bias = 0 is the boundary: a straight line among
        two units, and whatever it may be among the inputs.
    names, labels
        As for `plot_decision`.
    title, lang, theme
        As for `plot_history`.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        For data that are not of two inputs, a hidden layer of one unit, and weights of another number.

    Examples
    --------
    >>> from inversa import viz
    >>> figure = viz.plot_representation(lambda x: x**2, [[0, 1], [1, 0], [1, 1]], [0, 1, 1])
    >>> len(figure.axes)
    2
    """
    style = PlotStyle(lang, theme)
    labels = labels or input_names(x)
    x, y = plane(x, y)
    codes = _codes(hidden, x)
    centre, directions = _plane(codes)

    def carried(places: Any) -> Any:
        return (_codes(hidden, places) - centre) @ directions

    kinds = np.unique(y)
    shown = called(kinds, names)
    figure, panels = style.panels(1, 2, 4.4, 4.0)
    left, right = panels[0]
    grid = sides(x)
    for i, role in ((0, "forward"), (1, "inverse")):  # lines along one axis, at several places of the other
        for at in np.linspace(grid[1 - i][0], grid[1 - i][-1], GRID_LINES):
            way = np.full((LINE_POINTS, 2), at)
            way[:, i] = np.linspace(grid[i][0], grid[i][-1], LINE_POINTS)
            thin: dict[str, Any] = {
                "color": style.palette[role],
                "linewidth": 0.7,
                "alpha": 0.45,
                "linestyle": "-" if i else "--",
            }
            for ax, line in ((left, way), (right, carried(way))):
                ax.plot(*line.T, zorder=1, **thin)
    for i, kind in enumerate(kinds):
        for ax, places in ((left, x), (right, carried(x))):
            ax.scatter(*places[y == kind].T, label=literal(shown[i]), **style.points(i))
    if boundary is not None:
        weights, bias = finite("the weights", boundary[0]).ravel(), float(finite("the bias", boundary[1]).reshape(()))
        if len(weights) != codes.shape[1] or not weights.any():
            raise ValueError(f"a boundary has a weight for each of the {codes.shape[1]} hidden units, and not only 0")
        stroke: dict[str, Any] = {"color": style.palette["ink"], "linewidth": 1.5}
        heights = (_codes(hidden, points(grid)) @ weights + bias).reshape(len(grid[1]), len(grid[0]))
        for curve in _zeros(left, grid, heights):
            left.plot(*curve.T, **stroke)
            if codes.shape[1] > 2:
                right.plot(*carried(curve).T, **stroke)
        if codes.shape[1] == 2:
            right.set(autoscale_on=False)
            right.plot(*_straight(weights, bias, np.array([right.get_xlim(), right.get_ylim()])), **stroke)
    style.legend(figure, loc="outside lower center", ncols=6)
    word = "unit" if codes.shape[1] == 2 else "component"
    style.dress(left, style.say("input"), *labels)
    style.dress(right, style.say("hidden"), style.say(word, 1), style.say(word, 2))
    if title:
        figure.suptitle(literal(title), color=style.palette["ink"], fontsize=12)
    return figure


def _zeros(ax: Axes, grid: list[Any], heights: Any) -> Any:
    """The curves on which a function, known on a grid, is 0."""
    if not heights.min() < 0 < heights.max():
        return []
    contours = ax.contour(*grid, heights, levels=[0.0])
    contours.remove()
    return contours.get_paths()[0].to_polygons(closed_only=False)


def _straight(weights: Any, bias: float, limits: Any) -> Any:
    """Both ends of the line weights·units + bias = 0, at the limits of that unit on which it depends less."""
    i = int(np.argmax(np.abs(weights)))  # solved for, so that a vertical line is one like others
    ends = np.empty((2, 2))
    ends[1 - i] = limits[1 - i]
    ends[i] = -(weights[1 - i] * limits[1 - i] + bias) / weights[i]
    return ends


def _codes(hidden: Any, places: Any) -> Any:
    return finite("the hidden layer's outputs", predictions(hidden, places), 2)


def _plane(codes: Any) -> tuple[Any, Any]:
    """Where the plane that is drawn begins, and its two directions; of two units it is their own."""
    if codes.shape[1] == 1:
        raise ValueError("one hidden unit is a line: there is nothing to draw in a plane")
    if codes.shape[1] == 2:
        return np.zeros(2), np.eye(2)
    centre = codes.mean(axis=0)
    directions = np.linalg.eigh((codes - centre).T @ (codes - centre))[1][:, :-3:-1]
    largest = np.abs(directions).argmax(axis=0)
    return centre, directions * np.sign(directions[largest, [0, 1]])  # a sign that is the same on every machine
