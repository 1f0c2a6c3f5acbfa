"""Curves through data in one dimension: models after some epochs, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.nn import Module
from inversa.nn.bayes import Predictive
from inversa.viz.plots.samples import column, column_name, finite, predictions, same_length, several
from inversa.viz.plots.style import DASHES, PlotStyle, colormap, literal, own_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from inversa.autograd.languages import Lang
    from inversa.viz.lettering.theme import Ink

CURVE_POINTS = 300  # of a curve


def plot_regression(
    x: Any,
    y: Any,
    models: Any,
    *,
    of: Module | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    labels: tuple[str, str] | None = None,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Axes:
    """Plot data of one input and one output, and what models answer.

    Parameters
    ----------
    x, y : array_like of shape (samples,) or (samples, 1)
    models : model, or dict of label to model
        A module, an estimator, a function of an array (samples, 1), or what `Module.state_dict` gave. Labels that are
        numbers are epochs: the model after 0, 3, 6 and 10 of them.
    of : Module, optional
        The network whose states are among the models. It is left as it was.
    labels : (str, str), optional
        What the axes are called; by default as columns of pandas' tables are, else x and y.
    ax, title, lang, theme
        As for `plot_decision`.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        For data that are not of one input and one output, or not finite, and for models with other answers.

    Examples
    --------
    A callback keeps the weights of every epoch:

    >>> from inversa import nn, viz
    >>> x, y = [[0.0], [1.0], [2.0]], [[1.0], [3.0], [5.0]]
    >>> model = nn.Linear(1, 1, seed=0)
    >>> model.compile(loss="mse", optimizer="sgd", lr=0.1)
    >>> kept = {0: model.state_dict()}
    >>> def keep(epoch, history):
    ...     kept[epoch] = model.state_dict()
    >>> history = model.fit(x, y, epochs=10, callbacks=[keep])
    >>> ax = viz.plot_regression(x, y, {epoch: kept[epoch] for epoch in (0, 3, 10)}, of=model)
    >>> [line.get_label() for line in ax.lines]
    ['epoch 0', 'epoch 3', 'epoch 10']
    """
    style = PlotStyle(lang, theme)
    labels = labels or (column_name(x, "x"), column_name(y, "y"))
    x, y = column("x", x), column("y", y)
    same_length(x, y)
    room = 0.06 * (float(x.max()) - float(x.min())) or 1.0
    grid = np.linspace(float(x.min()) - room, float(x.max()) + room, CURVE_POINTS)
    curves = {label: _answers(model, of, grid) for label, model in several(models, "model").items()}
    epochs = all(isinstance(label, Integral) for label in curves)
    ax = own_axes(style, ax)
    ax.scatter(x, y, color=style.palette["data"], s=28, zorder=3, edgecolors=style.palette["paper"], linewidths=0.6)
    for i, (label, curve) in enumerate(curves.items()):
        name = style.say("epochs", label) if isinstance(label, Integral) else literal(label)
        ax.plot(grid, curve, label=name, **_epoch(style, i, len(curves)) if epochs else style.line(i))
    style.legend(ax)
    return style.dress(ax, title, *labels)


def _answers(model: Any, of: Module | None, grid: Any) -> Any:
    """The numbers that a model, or a network in some state, answers."""
    if not isinstance(model, Mapping):
        answers = finite("the model's answers", predictions(model, grid[:, None]))
        if answers.size != len(grid):
            raise ValueError(f"a curve needs one output; the model's answers have the shape {answers.shape}")
        return answers.reshape(-1)
    if of is None:
        raise ValueError("a state_dict() needs its network: plot_regression(…, of=model)")
    now = of.state_dict()
    of.load_state_dict(model)
    try:
        return _answers(of, None, grid)
    finally:
        of.load_state_dict(now)


def _epoch(style: PlotStyle, i: int, count: int) -> dict[str, Any]:
    """The lines of epochs: the later the stronger, the last one solid."""
    share = (i + 1) / count
    shades = colormap(
        style.colour(3) if style.grey else style.palette["inverse"], style.palette["loss"], style.palette["forward"]
    )
    dash = "-" if i == count - 1 else DASHES[1:][::-1][i % (len(DASHES) - 1)]
    return {"color": shades((share * count - 1) / max(count - 1, 1)), "linestyle": dash, "linewidth": 1.2 + 1.2 * share}


def plot_uncertainty(
    x: Any,
    mean: Any,
    deviation: Any = None,
    *,
    data: tuple[Any, Any] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    labels: tuple[str, str] | None = None,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Axes:
    """Plot a mean and bands of one and two standard deviations around it.

    Parameters
    ----------
    x : array_like of shape (points,) or (points, 1)
    mean : array_like of shape (points,), or (draws, points), or Predictive
        The mean; or what `inversa.nn.bayes.predictive` gave; or several answers, whose mean and standard deviation
        (with n − 1, as there) are taken. Each may have a last dimension of 1.
    deviation : array_like of shape (points,), optional
        The standard deviation, where ``mean`` is one.
    data : (x, y), optional
        Samples to draw.
    ax, title, labels, lang, theme
        As for `plot_regression`.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        For numbers that are not finite, shapes that differ, and a deviation that is missing or negative.

    Examples
    --------
    >>> from inversa import viz
    >>> ax = viz.plot_uncertainty([0, 1, 2], [1, 2, 3], [0.1, 0.2, 0.4])
    >>> len(ax.collections)
    2
    """
    style = PlotStyle(lang, theme)
    labels = labels or (column_name(x, "x"), "y" if data is None else column_name(data[1], "y"))
    x = column("x", x)
    if isinstance(mean, Predictive):
        mean, deviation = mean.mean, mean.deviation
    mean = finite("mean", mean)
    if deviation is None and mean.ndim in (2, 3) and len(mean) > 1 and mean[0].size == len(x):
        draws = mean.reshape(len(mean), -1)
        mean, deviation = draws.mean(axis=0), draws.std(axis=0, ddof=1)
    if deviation is None:
        raise ValueError("give the standard deviation, or several answers of shape (draws, points)")
    mean, deviation = column("mean", mean), column("deviation", deviation)
    if not len(x) == len(mean) == len(deviation) or (deviation < 0).any():
        raise ValueError("x, mean and deviation have one length, and no deviation is negative")
    if data is not None:
        data = (column("the data's x", data[0]), column("the data's y", data[1]))
        same_length(*data)
    order = np.argsort(x, kind="stable")
    x, mean, deviation = x[order], mean[order], deviation[order]
    ax = own_axes(style, ax)
    for n, alpha in ((2, 0.16), (1, 0.26)):
        name = style.say("deviation" if n == 1 else "deviations", n)
        band: dict[str, Any] = {"color": style.palette["forward"], "alpha": alpha, "linewidth": 0, "label": name}
        ax.fill_between(x, mean - n * deviation, mean + n * deviation, **band)
    ax.plot(x, mean, label=style.say("mean"), **style.line(0))
    if data is not None:
        ax.scatter(*data, color=style.palette["data"], s=24, zorder=3, label=style.say("data"))
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.25 * (high - low))  # bands fill a plot: a legend needs room of its own
    style.legend(ax, loc="upper center", ncols=2)
    return style.dress(ax, title, *labels)
