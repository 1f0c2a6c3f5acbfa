"""draw: the picture of a graph, and of the inverse network that gives its gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inversa.autograd import Graph, InverseNetwork, Node
from inversa.viz.card_drawing import CardDrawing
from inversa.viz.cards import View
from inversa.viz.figure import Figure
from inversa.viz.records import read
from inversa.viz.scene import Scene
from inversa.viz.summary import DETAILS, summarised
from inversa.viz.texts import LANGUAGES
from inversa.viz.theme import THEMES

VIEWS: dict[str, tuple[View, ...]] = {
    "forward": ("forward",),
    "inverse": ("inverse",),
    "backward": ("inverse",),
    "both": ("forward", "inverse"),
}


def draw(
    node: Node | Graph | InverseNetwork,
    *,
    view: str = "forward",
    lang: str = "en",
    detail: str = "auto",
    depth: int | None = None,
    data: Node | str | Iterable[Node | str] = (),
    title: str | None = None,
    theme: str = "auto",
    digits: int = 4,
) -> Figure:
    """Draw what a node was computed from, or the inverse network that brings the gradients back.

    Both pictures have the same things at the same places. A gradient that nobody has computed yet is a dash in the
    forward picture; the inverse picture runs the inverse network itself, and stores nothing.

    Parameters
    ----------
    node : Value, Tensor, Graph or InverseNetwork
        What to draw.
    view : {"forward", "inverse", "both"}
        The graph, its dual ("backward" is the same), or one above the other.
    lang : {"en", "es"}
        English or Spanish.
    detail : {"auto", "op", "layer"}
        Every operation, or one box a module and a kind of operation; "auto" draws up to 200 operations.
    depth : int, optional
        How many parts of a module's path tell modules apart: 1 draws ``hidden.0`` and ``hidden.1`` as one ``hidden``.
    data : nodes or names, optional
        Leaves to be drawn as data rather than as parameters.
    title : str, optional
        Instead of the usual one.
    theme : {"auto", "light", "dark", "print"}
        Colours; "auto" follows the reader's system.
    digits : int
        Decimals of the numbers.

    Returns
    -------
    Figure
        To look at, or to `Figure.render` to a file.

    Raises
    ------
    ValueError
        For an argument that is none of the choices, for a picture of more than 5000 boxes, and for the inverse of
        something that has none.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.autograd import Value
    >>> w, x = Value(0.5, name="w"), Value(2.0, name="x")
    >>> J = (w * x).tanh().named("J")
    >>> viz.draw(J, view="both", data=[x])
    <Figure both of J: 4 boxes, 3 arrows>
    """
    views = _chosen("view", view, VIEWS)
    _chosen("lang", lang, LANGUAGES)
    _chosen("detail", detail, DETAILS)
    _chosen("theme", theme, THEMES)
    if digits not in range(13):
        raise ValueError(f"digits is a whole number from 0 to 12, not {digits!r}")
    if depth is not None and depth not in range(1, 1000):
        raise ValueError(f"depth is a whole number from 1, not {depth!r}")
    picture = read(_outputs(node), [data] if isinstance(data, Node | str) else data, depth)
    if picture.obstacle and "inverse" in views:
        raise ValueError(f"there is no inverse network to draw: {picture.obstacle}")
    scene = Scene(summarised(picture, detail), lang, title, digits)
    return Figure(CardDrawing(scene), views, theme)


def _outputs(node: Any) -> tuple[Node, ...]:
    if isinstance(node, Node):
        return (node,)
    if isinstance(node, InverseNetwork):
        node = node.graph
    if isinstance(node, Graph):
        return node.outputs
    raise TypeError(f"draw a Value, a Tensor, a Graph or an InverseNetwork, not {type(node).__name__}")


def _chosen(what: str, value: Any, choices: Any) -> Any:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{what} is one of {', '.join(map(repr, choices))}, not {value!r}")
    return choices[value] if isinstance(choices, dict) else value
