"""Curves through data in one dimension: models after some epochs, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inversa.autograd.ops.namespace import np
from inversa.viz.plots.style import Look, finite, literal, own_axes, predictions


def plot_regression(
    x: Any,
    y: Any,
    models: Any,
    *,
    ax: Any = None,
    title: str | None = None,
    labels: tuple[str, str] = ("x", "y"),
    lang: str = "en",
    theme: str = "light",
) -> Any:
    """Plot data of one input and one output, and what models answer.

    Parameters
    ----------
    x, y : array_like of shape (samples,) or (samples, 1)
    models : model, or dict of label to model
        A module of `inversa.nn`, an estimator, or a function of an array (samples, 1). A label that is a number is an
        epoch: the model after 0, 3, 6 and 10 of them.
    labels : (str, str)
        What the axes are called.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from inversa import viz
    >>> ax = viz.plot_regression([0, 1, 2], [1, 3, 5], {0: lambda x: 0 * x, 10: lambda x: 2 * x + 1})
    >>> [line.get_label() for line in ax.lines]
    ['epoch 0', 'epoch 10']
    """
    look = Look(lang, theme)
    x, y = _column("x", x), _column("y", y)
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} samples and y {len(y)}")
    ax = own_axes(look, ax)
    ax.scatter(x, y, color=look.palette["data"], s=26, zorder=3)
    grid = _grid(x)
    for (label, model), style in zip(_several(models).items(), look.lines(), strict=False):
        answers = predictions(model, grid[:, None]).reshape(len(grid), -1)[:, 0]
        name = look.say("epochs", label) if isinstance(label, int) else literal(label)
        ax.plot(grid, answers, label=name or None, **style)
    look.legend(ax)
    return look.dress(ax, title, *labels)


def plot_uncertainty(
    x: Any,
    mean: Any,
    deviation: Any = None,
    *,
    data: tuple[Any, Any] | None = None,
    ax: Any = None,
    title: str | None = None,
    labels: tuple[str, str] = ("x", "y"),
    lang: str = "en",
    theme: str = "light",
) -> Any:
    """Plot a mean and bands of one and two standard deviations around it.

    Parameters
    ----------
    x : array_like of shape (points,)
    mean : array_like of shape (points,), or (samples, points)
        The mean; or several answers, whose mean and standard deviation are taken.
    deviation : array_like of shape (points,), optional
        The standard deviation, where ``mean`` is one.
    data : (x, y), optional
        Samples to draw.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from inversa import viz
    >>> ax = viz.plot_uncertainty([0, 1, 2], [1, 2, 3], [0.1, 0.2, 0.4])
    >>> len(ax.collections)
    2
    """
    look = Look(lang, theme)
    x, mean = _column("x", x), finite("mean", mean)
    if mean.ndim == 2 and deviation is None:
        mean, deviation = mean.mean(axis=0), mean.std(axis=0)
    if deviation is None:
        raise ValueError("give the standard deviation, or several answers of shape (samples, points)")
    mean, deviation = _column("mean", mean), _column("deviation", deviation)
    if not len(x) == len(mean) == len(deviation) or (deviation < 0).any():
        raise ValueError("x, mean and deviation have one length, and no deviation is negative")
    ax = own_axes(look, ax)
    for n, alpha in ((2, 0.16), (1, 0.26)):
        band = look.say("deviation", n)
        ax.fill_between(x, mean - n * deviation, mean + n * deviation, color=look.palette["forward"], alpha=alpha,
                        linewidth=0, label=band)  # fmt: skip
    ax.plot(x, mean, color=look.palette["forward"], label=look.say("mean"))
    if data is not None:
        ax.scatter(_column("data", data[0]), _column("data", data[1]), color=look.palette["data"], s=24, zorder=3,
                   label=look.say("data"))  # fmt: skip
    look.legend(ax)
    return look.dress(ax, title, *labels)


def _several(models: Any) -> dict[Any, Any]:
    return dict(models) if isinstance(models, Mapping) else {"": models}


def _column(name: str, values: Any) -> Any:
    array = finite(name, values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"{name} has one dimension, not the shape {array.shape}")
    return array


def _grid(x: Any) -> Any:
    room = 0.06 * (float(x.max()) - float(x.min())) or 1.0
    return np.linspace(float(x.min()) - room, float(x.max()) + room, 300)
