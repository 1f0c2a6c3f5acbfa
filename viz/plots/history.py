"""The course of training: losses and metrics over the epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inversa.nn import History
from inversa.viz.plots.style import Look, literal, own_axes


def plot_history(
    history: History | Mapping[str, Any],
    quantity: str = "loss",
    *,
    log: bool = False,
    ax: Any = None,
    title: str | None = None,
    lang: str = "en",
    theme: str = "light",
) -> Any:
    """Plot a quantity over the epochs: of one training, or of several that are compared.

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

    Examples
    --------
    >>> from inversa import nn, viz
    >>> model = nn.Linear(1, 1, seed=0)
    >>> model.compile(loss="mse", optimizer="sgd", lr=0.1)
    >>> ax = viz.plot_history(model.fit([[0.0], [1.0]], [[1.0], [3.0]], epochs=5))
    >>> len(ax.lines[0].get_xdata())
    5
    """
    look = Look(lang, theme)
    histories = {"": history} if isinstance(history, History) else dict(history)
    ax = own_axes(look, ax)
    for i, (label, each) in enumerate(histories.items()):
        numbers = each.history.get(quantity)
        if not numbers:
            raise ValueError(f"{quantity!r} was not recorded: there is {', '.join(each.history) or 'nothing'}")
        epochs = range(1, len(numbers) + 1)
        held_out = each.history.get(f"val_{quantity}")
        name = label or (look.say("training") if held_out else None)
        marker = "o" if len(numbers) == 1 else None
        dashes = {} if held_out else {"linestyle": ("-", "--", "-.", ":")[i % 4]}
        ax.plot(epochs, numbers, color=look.colour(i), marker=marker, label=name and literal(name), **dashes)
        if held_out:
            name = f"{label}, {look.say('validation')}" if label else look.say("validation")
            ax.plot(epochs, held_out, color=look.colour(i), linestyle="--", marker=marker, label=literal(name))
    if log:
        ax.set_yscale("log")
    ax.xaxis.get_major_locator().set_params(integer=True)
    look.legend(ax)
    return look.dress(ax, title, look.say("epoch"), look.say("loss") if quantity == "loss" else quantity)
