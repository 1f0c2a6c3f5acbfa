"""Attention: which token looks at which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.autograd.node import plain
from inversa.autograd.ops.held import to_numpy
from inversa.viz.plots.samples import finite
from inversa.viz.plots.style import PlotStyle, colormap, letters, literal, own_axes, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from inversa.autograd.languages import Lang
    from inversa.viz.lettering.theme import Ink

MOST = 12  # tokens in a row whose weights are written as numbers
NEAR = 1e-3  # to 1: the sum of a row, of float16, too


def plot_attention(
    weights: Any,
    tokens: Sequence[object] = (),
    *,
    keys: Sequence[object] | None = None,
    ax: Axes | None = None,
    title: str | None = None,
    lang: Lang | None = None,
    theme: Ink = "light",
) -> Axes:
    """Plot what a head of attention looks at: a row for each token that looks, a column for each that is looked at.

    Parameters
    ----------
    weights : array_like of shape (n, m)
        Of one head and one sequence, such as ``layer.weights(x)[0]`` of a sequence without an axis of samples. Where a
        weight is 0 there is no number: so are later tokens of a causal layer.
    tokens : str or sequence, optional
        What the tokens are called: the letters of a word, or names; by default 1, 2, …
    keys : str or sequence, optional
        The same of those that are looked at, where they are others.
    ax, title, lang, theme
        As for `plot_decision`.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        For anything but rows of weights, which are not negative and sum to 1, and for names that are not as many.

    Examples
    --------
    >>> from inversa import viz
    >>> ax = viz.plot_attention([[1.0, 0.0], [0.25, 0.75]], "ab")
    >>> [text.get_text() for text in ax.texts]
    ['1.00', '0.25', '0.75']
    """
    style = PlotStyle(lang, theme)
    weights = finite("weights", to_numpy(plain(weights)) if hasattr(weights, "shape") else weights, 2)
    if (weights < 0).any() or (np.abs(weights.sum(axis=1) - 1) > NEAR).any():
        raise ValueError("weights of attention are not negative, and each row sums to 1: plot those that softmax gives")
    rows, columns = weights.shape
    asked = _names(tokens, rows)
    found = _names(tokens if keys is None and rows == columns else keys or (), columns)
    ax = own_axes(style, ax, width=1.2 + 0.38 * max(columns, 5), height=1.0 + 0.38 * max(rows, 4))
    shades = colormap(style.palette["paper"], style.palette["forward"])
    ax.imshow(weights, cmap=shades, vmin=0, vmax=1)
    for (i, j), weight in np.ndenumerate(weights) if columns <= MOST else ():
        if weight:
            colour = letters(shades(weight))
            ax.text(j, i, f"{weight:.2f}", ha="center", va="center", fontsize=9, color=colour)
    ax.set_xticks(range(columns), found)
    ax.set_yticks(range(rows), asked)
    ax.tick_params(length=0)
    return style.dress(ax, title, style.say("looked at"), style.say("looks"))


def _names(names: Sequence[object], count: int) -> list[str]:
    """What stands at the rows or the columns; a space is seen as one."""
    if not len(names):
        return [str(i) for i in range(1, count + 1)]
    if len(names) != count:
        raise ValueError(f"there are {len(names)} names for {count} tokens")
    return [wrapped(literal("␣" if name == " " else name), 12) for name in names]
