"""A grid of small plots: what the number of neurons, layers or examples does."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.viz.plots.classes import draw_regions
from inversa.viz.plots.regions import sides
from inversa.viz.plots.regression import plot_regression
from inversa.viz.plots.samples import plane
from inversa.viz.plots.style import PlotStyle, literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from inversa.autograd.languages import Lang
    from inversa.viz.lettering.theme import Ink


def plot_architectures(
    models: Mapping[tuple[Any, Any], Any],
    x: Any,
    y: Any,
    *,
    rows: str = "",
    columns: str = "",
    threshold: float | None = None,
    title: str | None = None,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Figure:
    """Plot many models on the same data, each in a panel: curves for one input, regions for two.

    Parameters
    ----------
    models : dict of (row, column) to model
        Such as ``{(layers, neurons): model}``; places without a model stay empty.
    x, y : array_like
        The data; or, where every model has its own, a dict of (row, column) to each.
    rows, columns : str
        What the rows and columns are, written before their values.
    threshold
        As for `plot_decision`.
    title, lang, theme
        As for `plot_history`.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        For places that are no (row, column), and models without data.

    Examples
    --------
    >>> from inversa import viz
    >>> models = {(n, m): (lambda x, n=n, m=m: n * x + m) for n in (1, 2) for m in (0, 1, 2)}
    >>> len(viz.plot_architectures(models, [0, 1], [0, 2]).axes)
    6
    """
    style = PlotStyle(lang, theme)
    if not models:
        raise ValueError("there are no models to plot")
    data: dict[Any, Any] = {}
    for place in models:
        if np.shape(place) != (2,):
            raise ValueError(f"a model's place is (row, column), not {place!r}")
        if any(isinstance(v, Mapping) and place not in v for v in (x, y)):
            raise ValueError(f"there are no data for the model at {place!r}")
        data[place] = tuple(np.asarray(v[place] if isinstance(v, Mapping) else v) for v in (x, y))
    regions = all(here.ndim == 2 and here.shape[1] == 2 for here, _ in data.values())
    if regions:
        data = {place: plane(*each) for place, each in data.items()}
    all_x, all_y = (np.concatenate([each[i] for each in data.values()]) for i in (0, 1))
    down = list(dict.fromkeys(row for row, _ in models))
    across = list(dict.fromkeys(column for _, column in models))
    figure, axes = style.panels(len(down), len(across), 2.5, 2.2, sharex=True, sharey=True)
    for (i, row), (j, column) in product(enumerate(down), enumerate(across)):
        ax, place = axes[i, j], (row, column)
        if place not in models:
            ax.remove()
            continue
        if regions:
            draw_regions(style, ax, models[place], data[place], np.unique(all_y), sides(all_x), threshold)
        else:
            here, there = data[place]
            plot_regression(here, there, models[place], ax=ax, labels=("", ""), lang=lang, theme=theme)
        highest = all((other, column) not in models for other in down[:i])
        lowest = all((other, column) not in models for other in down[i + 1 :])
        first = all((row, other) not in models for other in across[:j])
        ax.tick_params(labelbottom=lowest, labelleft=first)
        style.dress(
            ax, f"{columns} {column}".strip() if highest else None, "", f"{rows} {row}".strip() if first else ""
        )
    if not regions:  # the data decide what is seen, not a curve that runs away from them
        room = 0.3 * float(np.ptp(all_y)) or 1.0
        figure.axes[0].set_ylim(all_y.min() - room, all_y.max() + room)
    if title:
        figure.suptitle(literal(title), color=style.palette["ink"], fontsize=12)
    return figure
