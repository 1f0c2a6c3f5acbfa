"""The course of training: losses and metrics over the epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.nn import History
from inversa.viz.plots.samples import several
from inversa.viz.plots.style import MARKERS, PlotStyle, literal, own_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from inversa.autograd.languages import Lang
    from inversa.viz.lettering.theme import Ink

MARKED = 8  # places on a line that bear a marker


def plot_history(
    history: History | Mapping[str, History],
    quantity: str = "loss",
    *,
    log: bool = False,
    ax: Axes | None = None,
    title: str | None = None,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Axes:
    """Plot a quantity over the epochs: of one training, or of several that are compared.

    `History.plot` shows all quantities of one training at once.

    Parameters
    ----------
    history : History, or dict of label to History
        Several show the sensitivity to a setting, such as the learning rate.
    quantity : str
        ``"loss"``, ``"accuracy"``, …; that of the validation is dashed in the same colour.
    log : bool
        Whether the scale is logarithmic.
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
        When the quantity was not recorded, or has no positive number for a logarithmic scale.

    Examples
    --------
    >>> from inversa import nn, viz
    >>> model = nn.Linear(1, 1, seed=0)
    >>> model.compile(loss="mse", optimizer="sgd", lr=0.1)
    >>> ax = viz.plot_history(model.fit([[0.0], [1.0]], [[1.0], [3.0]], epochs=5))
    >>> len(ax.lines[0].get_xdata())
    5
    """
    style = PlotStyle(lang, theme)
    histories = several(history, "history")
    for each in histories.values():
        if not isinstance(each, History):
            raise TypeError(f"fit() returns a History, or take a dict of label to History, not {type(each).__name__}")
        if not each.history.get(quantity):
            raise ValueError(f"{quantity!r} was not recorded: there is {', '.join(each.history) or 'nothing'}")
        if log and not (np.asarray(each[quantity]) > 0).any():
            raise ValueError(f"a logarithmic scale shows positive numbers, of which {quantity!r} has none")
    ax = own_axes(style, ax)
    for i, (label, each) in enumerate(histories.items()):
        held_out = each.history.get(f"val_{quantity}")
        line: dict[str, Any] = style.line(i)
        marker, every = MARKERS[i % len(MARKERS)], max(1, len(each[quantity]) // MARKED)
        if held_out:  # the dash says which is which; several trainings are told apart by markers
            line["linestyle"] = "-"
        if (held_out and len(histories) > 1) or len(each[quantity]) == 1:  # a line through one point is none
            line |= {"marker": marker, "markevery": every, "markersize": 5}
        epochs = range(1, len(each[quantity]) + 1)
        ax.plot(epochs, each[quantity], label=literal(label or (style.say("training") if held_out else "")), **line)
        if held_out:
            name = f"{label}, {style.say('validation')}" if label else style.say("validation")
            ax.plot(epochs, held_out, label=literal(name), **line | {"linestyle": "--"})
    if log:
        ax.set_yscale("log", nonpositive="mask")
    style.whole(ax.xaxis)
    style.legend(ax)
    return style.dress(ax, title, style.say("epoch"), style.quantity(quantity))
