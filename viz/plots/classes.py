"""Classes: regions in the plane, confusion, images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from inversa.autograd.ops.namespace import np
from inversa.viz.plots.style import MARKERS, Look, colormap, finite, literal, own_axes, predictions

POINTS = 220  # of a grid, along each side


def plot_decision(
    model: Any,
    x: Any,
    y: Any,
    *,
    names: Sequence[str] = (),
    labels: tuple[str, str] = ("x₁", "x₂"),
    ax: Any = None,
    title: str | None = None,
    lang: str = "en",
    theme: str = "light",
) -> Any:
    """Plot the regions of the plane that a model gives to each class, their boundaries and the data.

    Parameters
    ----------
    model : model, estimator or function
        Asked by ``predict_classes``, else by ``predict`` or as a function: answers of one column are decided at 0.5 (or
        at 0, where the targets have −1), those of several by the largest.
    x : array_like of shape (samples, 2)
    y : array_like of shape (samples,), or one-hot rows
    names : sequence of str, optional
        What the classes are called.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from inversa import viz
    >>> x = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> ax = viz.plot_decision(lambda x: (x[:, 0] * x[:, 1] > 0.25).astype(float), x, [0, 0, 0, 1])
    >>> len(ax.collections) >= 3
    True
    """
    look = Look(lang, theme)
    x, y = finite("x", x, 2), np.asarray(y)
    if x.shape[1] != 2:
        raise ValueError(f"a plane has two inputs; x has the shape {x.shape}")
    if len(y) != len(x):
        raise ValueError(f"x has {len(x)} samples and y {len(y)}")
    kinds = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(len(y))
    present = np.unique(kinds)
    (x0, x1), (y0, y1) = (_range(x[:, i]) for i in (0, 1))
    grid = np.meshgrid(np.linspace(x0, x1, POINTS), np.linspace(y0, y1, POINTS))
    answers = _classes(model, np.column_stack([g.ravel() for g in grid]), float(np.min(kinds)) < 0)
    every = np.unique(np.concatenate([present, np.unique(answers)]))
    index = np.searchsorted(every, answers).reshape(POINTS, POINTS)
    ax = own_axes(look, ax, width=4.6, height=4.0)
    colours = [look.colour(i) for i in range(len(every))]
    levels = [i - 0.5 for i in range(len(every) + 1)]
    ax.contourf(*grid, index, levels=levels, colors=colours, alpha=0.2)
    for i in range(len(every) - 1):
        if index.min() <= i < index.max():
            ax.contour(*grid, index, levels=[i + 0.5], colors=[look.palette["ink"]], linewidths=1.3)
    for i, kind in enumerate(every):
        at = kinds == kind
        if at.any():
            name = names[i] if i < len(names) else f"{kind:g}" if isinstance(kind, float | np.floating) else str(kind)
            ax.scatter(*x[at].T, color=colours[i], marker=MARKERS[i % 5], s=26, edgecolors=look.palette["paper"],
                       linewidths=0.6, label=literal(name), zorder=3)  # fmt: skip
    look.legend(ax)
    return look.dress(ax, title, *labels)


def _classes(model: Any, points: Any, signed: bool) -> Any:
    if hasattr(model, "predict_classes") and getattr(model, "trainer", None) is not None:
        return np.asarray(model.predict_classes(points)).reshape(len(points), -1)[:, 0]
    answers = predictions(model, points).reshape(len(points), -1)
    if answers.shape[1] > 1:
        return answers.argmax(axis=1)
    if answers.dtype.kind in "iub":
        return answers[:, 0].astype(int)
    return np.where(answers[:, 0] > 0, 1, -1) if signed else (answers[:, 0] >= 0.5).astype(int)


def _range(values: Any) -> tuple[float, float]:
    room = 0.08 * float(np.ptp(values)) or 1.0
    return float(values.min()) - room, float(values.max()) + room


def plot_confusion(
    true: Any,
    predicted: Any,
    *,
    names: Sequence[str] = (),
    ax: Any = None,
    title: str | None = None,
    lang: str = "en",
    theme: str = "light",
) -> Any:
    """Plot how often which class was taken for which: rows are the true classes.

    Parameters
    ----------
    true, predicted : array_like of int, shape (samples,)
    names : sequence of str, optional
        What the classes 0, 1, … are called.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from inversa import viz
    >>> ax = viz.plot_confusion([0, 1, 1, 2], [0, 1, 2, 2])
    >>> sorted(text.get_text() for text in ax.texts)
    ['0', '0', '0', '0', '0', '1', '1', '1', '1']
    """
    look = Look(lang, theme)
    true, predicted = np.asarray(true), np.asarray(predicted)
    if true.shape != predicted.shape or true.ndim != 1 or not true.size or true.dtype.kind not in "iub":
        raise ValueError("true and predicted are integer labels of one shape (samples,)")
    count = max(int(true.max()), int(predicted.max()), len(names) - 1) + 1
    table = np.zeros((count, count), dtype=int)
    np.add.at(table, (true, predicted), 1)
    ax = own_axes(look, ax, width=1.6 + 0.5 * max(count, 4), height=1.2 + 0.5 * max(count, 4))
    ax.imshow(table, cmap=colormap([look.palette["paper"], look.palette["forward"]]), vmin=0, vmax=max(table.max(), 1))
    for i, row in enumerate(table):
        for j, n in enumerate(row):
            strong = n > 0.5 * table.max()
            colour = look.palette["paper"] if strong else look.palette["ink"]
            ax.text(j, i, str(n), ha="center", va="center", fontsize=9, color=colour)
    shown = [literal(names[i]) if i < len(names) else str(i) for i in range(count)]
    ax.set_xticks(range(count), shown, rotation=45 if any(len(s) > 3 for s in shown) else 0)
    ax.set_yticks(range(count), shown)
    return look.dress(ax, title, look.say("predicted"), look.say("true"))


def plot_images(
    images: Any,
    *,
    titles: Sequence[object] = (),
    columns: int = 8,
    signed: bool | None = None,
    lang: str = "en",
    theme: str = "light",
) -> Any:
    """Plot images, or learned filters, in a grid.

    Parameters
    ----------
    images : array_like of shape (count, height, width)
    titles : sequence, optional
        What stands above each.
    signed : bool, optional
        Whether numbers have a sign, as weights do: 0 is then the paper's colour. Found out when left out.

    Returns
    -------
    matplotlib Figure

    Examples
    --------
    >>> from inversa import viz
    >>> len(viz.plot_images([[[0.0, 1.0], [1.0, 0.0]]] * 3).axes)
    3
    """
    look = Look(lang, theme)
    images = finite("images", images, 3)
    columns = min(columns, len(images))
    signed = bool((images < 0).any()) if signed is None else signed
    rows = math.ceil(len(images) / columns)
    figure, axes = look.panels(rows, columns, 1.0, 1.2 if len(titles) else 1.0)
    ends = ["inverse", "paper", "forward"] if signed else ["paper", "ink"]
    colours = colormap([look.palette[end] for end in ends])
    for ax in axes.ravel():
        ax.axis("off")
    for i, image in enumerate(images):
        ax = axes.ravel()[i]
        most = float(np.abs(image).max()) or 1.0
        low, high = (-most, most) if signed else (float(image.min()), float(image.max()))
        ax.imshow(image, cmap=colours, vmin=low, vmax=high)
        if i < len(titles):
            ax.set_title(literal(str(titles[i])), fontsize=9, color=look.palette["ink"])
    for ax in axes.ravel()[len(images) :]:
        ax.remove()
    return figure
