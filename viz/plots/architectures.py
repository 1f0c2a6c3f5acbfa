"""A grid of small plots: what the number of neurons, layers or examples does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inversa.autograd.ops.namespace import np
from inversa.viz.plots.classes import plot_decision
from inversa.viz.plots.regression import plot_regression
from inversa.viz.plots.style import Look


def plot_architectures(
    models: Mapping[tuple[Any, Any], Any],
    x: Any,
    y: Any,
    *,
    rows: str = "",
    columns: str = "",
    lang: str = "en",
    theme: str = "light",
) -> Any:
    """Plot many models on the same data, each in a panel: curves for one input, regions for two.

    Parameters
    ----------
    models : dict of (row, column) to model
        Such as ``{(layers, neurons): model}``; places without a model stay empty.
    x, y : array_like
        The data; or, where every model has its own, a dict of (row, column) to each.
    rows, columns : str
        What the rows and columns are, written before their values.

    Returns
    -------
    matplotlib Figure

    Examples
    --------
    >>> from inversa import viz
    >>> models = {(n, m): (lambda x, n=n, m=m: n * x + m) for n in (1, 2) for m in (0, 1, 2)}
    >>> len(viz.plot_architectures(models, [0, 1], [0, 2]).axes)
    6
    """
    look = Look(lang, theme)
    if not models:
        raise ValueError("there are no models to plot")
    down = list(dict.fromkeys(row for row, _ in models))
    across = list(dict.fromkeys(column for _, column in models))
    figure, axes = look.panels(len(down), len(across), 2.6, 2.3, sharex=True, sharey=True)
    for i, row in enumerate(down):
        for j, column in enumerate(across):
            ax = axes[i, j]
            if (row, column) not in models:
                ax.remove()
                continue
            here, there = (v[row, column] if isinstance(v, Mapping) else v for v in (x, y))
            plane = np.ndim(here) == 2 and np.shape(here)[1] == 2
            plot = plot_decision if plane else plot_regression
            given = (models[row, column], here, there) if plane else (here, there, models[row, column])
            plot(*given, ax=ax, labels=("", ""), lang=lang, theme=theme)
            if ax.get_legend():
                ax.get_legend().remove()
            first = all((row, other) not in models for other in across[:j])
            highest = all((other, column) not in models for other in down[:i])
            top = f"{columns} {column}".strip() if highest else None
            look.dress(ax, top, "", f"{rows} {row}".strip() if first else "")
    return figure
