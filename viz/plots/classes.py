"""Classes: their regions in the plane, and which is taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.viz.plots.regions import classifier, points, sharpen, sides
from inversa.viz.plots.samples import called, classes, input_names, plane
from inversa.viz.plots.style import PlotStyle, colormap, letters, literal, own_axes, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from inversa.autograd.languages import Lang
    from inversa.viz.lettering.theme import Ink


def plot_decision(
    model: Any,
    x: Any,
    y: Any,
    *,
    threshold: float | None = None,
    names: Sequence[str] = (),
    labels: tuple[str, str] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Axes:
    """Plot the regions of the plane that a model gives to each class, their boundaries and the data.

    Parameters
    ----------
    model : Module, estimator or function
        With two inputs. A module that was compiled with a loss for classes, and an estimator, decide themselves. Of
        other answers the largest of several wins; a single one is compared with the threshold.
    x : array_like of shape (samples, 2)
    y : array_like of shape (samples,), or one-hot rows
        Classes: whole numbers, such as 0 and 1 or −1 and 1, or names.
    threshold : float, optional
        From which answer on it is the greater of two classes. By default 0.5, as for probabilities, or 0 where the
        targets have −1. Logits, whose sigmoid would be the probability, want 0.
    names : sequence of str, optional
        What the classes 0, 1, … are called; of other classes in their order.
    labels : (str, str), optional
        What the inputs are called; by default as the columns of a pandas DataFrame, else x₁ and x₂.
    ax : matplotlib Axes, optional
        Where to draw; else a new figure.
    title, lang, theme
        As for `inversa.viz.draw`; the theme is "light", "dark" or "print".

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        For samples without two inputs, targets or answers that are no classes, and names that do not fit.

    Examples
    --------
    >>> from inversa import viz
    >>> x = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> ax = viz.plot_decision(lambda x: x[:, 0] * x[:, 1], x, [0, 0, 0, 1], threshold=0.25)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['0', '1']
    """
    style = PlotStyle(lang, theme)
    labels = labels or input_names(x)
    x, y = plane(x, y)
    aside = ax is None
    ax = own_axes(style, ax, width=5.3, height=4.0)
    draw_regions(style, ax, model, (x, y), np.unique(y), sides(x), threshold, names)
    style.legend(ax, aside)
    return style.dress(ax, title, *labels)


def draw_regions(
    style: PlotStyle,
    ax: Axes,
    model: Any,
    data: tuple[Any, Any],
    kinds: Any,
    grid: list[Any],
    threshold: float | None,
    names: Sequence[str] = (),
) -> None:
    """Draw regions, boundaries and data; colours are those of ``kinds``, the classes that occur in all data."""
    x, y = data
    decide = classifier(model, kinds, threshold)
    answers = decide(points(grid))
    every = np.unique(np.concatenate([kinds, answers]))
    shown = called(every, names)
    for i, kind in enumerate(every):
        inside = (answers == kind).reshape(len(grid[1]), len(grid[0])).astype(float)

        def within(places: Any, kind: Any = kind) -> Any:
            return decide(places) == kind

        if inside.any():
            region = ax.contourf(
                *grid, inside, levels=[0.5, 1.5], colors=[style.fill(i)], alpha=0.2, hatches=[style.hatch(i)]
            )
            sharpen(region, grid, within)
        if inside.any() and not inside.all() and i < len(every) - 1:  # all others have drawn the last one's boundary
            boundary = ax.contour(*grid, inside, levels=[0.5], colors=[style.palette["ink"]], linewidths=1.3)
            sharpen(boundary, grid, within)
        if (y == kind).any():
            ax.scatter(*x[y == kind].T, label=literal(shown[i]), **style.points(i))


def plot_confusion(
    true: Any,
    predicted: Any,
    *,
    names: Sequence[str] = (),
    ax: Axes | None = None,
    title: str | None = None,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Axes:
    """Plot how often which class was taken for which: rows are the true classes.

    Parameters
    ----------
    true, predicted : array_like of shape (samples,), or one-hot rows
        Classes: whole numbers, or names.
    names : sequence of str, optional
        What the classes 0, 1, … are called; of other classes in their order.
    ax, title, lang, theme
        As for `plot_decision`.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        For what are not as many classes as classes, and for names that do not fit.

    Examples
    --------
    >>> from inversa import viz
    >>> ax = viz.plot_confusion([0, 1, 1, 2], [0, 1, 2, 2])
    >>> [text.get_text() for text in ax.texts]
    ['1', '0', '0', '0', '1', '1', '0', '0', '1']
    """
    style = PlotStyle(lang, theme)
    true, predicted = classes("true", true), classes("predicted", predicted)
    if len(true) != len(predicted):
        raise ValueError(f"true has {len(true)} classes and predicted {len(predicted)}")
    every = np.unique(np.concatenate([true, predicted]))
    if every.dtype.kind == "i" and every[0] >= 0:  # a class that never occurred is one nevertheless
        every = np.arange(max(every[-1] + 1, len(names)))
    shown = [wrapped(literal(name), 16) for name in called(every, names)]
    table = np.zeros((len(every), len(every)), dtype=int)
    np.add.at(table, (np.searchsorted(every, true), np.searchsorted(every, predicted)), 1)
    side = 0.5 * max(len(every), 4)
    ax = own_axes(style, ax, width=1.6 + side, height=1.2 + side)
    shades = colormap(style.palette["paper"], style.palette["forward"])
    ax.imshow(table, cmap=shades, vmin=0, vmax=table.max())
    for (i, j), n in np.ndenumerate(table):
        colour = letters(shades(n / table.max())) if n else style.palette["muted"]
        ax.text(j, i, str(n), ha="center", va="center", fontsize=10, color=colour)
    ax.set_xticks(range(len(every)), shown)
    if max(map(len, shown)) > 3:
        for label in ax.get_xticklabels():
            label.set(rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(every)), shown)
    ax.tick_params(length=0)
    return style.dress(ax, title, style.say("predicted"), style.say("true"))
