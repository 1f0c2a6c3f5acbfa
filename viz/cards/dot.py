"""The picture as a `graphviz.Digraph` that any Graphviz renders by itself.

The drawing is data: the nodes are numbered in topological order, and the tooltip of every edge says its gain
(``gain 0.246134``), so that a program can read the picture, send a unit through it and get the gradients. In the
inverse picture the edges are the same, drawn with ``dir=back``: that keeps every box at the same place in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from inversa.autograd.lazy import LazyModule
from inversa.viz.cards.scene import Scene
from inversa.viz.cards.writer import Card
from inversa.viz.drawing.geometry import Size
from inversa.viz.lettering import theme
from inversa.viz.lettering.spans import Line, Span, View
from inversa.viz.picture import slots
from inversa.viz.picture.records import Arrow

graphviz: Any = LazyModule("graphviz")
digraphs: Any = LazyModule("inversa.viz.output.digraph")

_COLOURS = theme.PALETTES["light"]
_FONTS = {"sans": "Arial", "sans-bold": "Arial", "serif-italic": "Times"}


def digraph(scene: Scene, views: Sequence[View]) -> Any:
    """The graph, its inverse, or both in one."""
    main = views[0]
    titles, legends = zip(*(scene.heading(view, placed=False) for view in views), strict=True)
    title, legend = " / ".join(titles), legends[0] if len(views) == 1 else ""
    graph = digraphs.Digraph(
        "inversa",
        graph_attr={
            "rankdir": "LR", "newrank": "true", "nodesep": "0.16", "ranksep": scene.wiring.ranksep, "pad": "0.3",
            "bgcolor": _COLOURS["paper"],
            "labelloc": "t", "labeljust": "l", "fontname": "Arial", "tooltip": tooltip(title),
            "label": table([Line((Span(title, "title"),)), Line((Span(legend, "subtitle"),))], main),
        },
        node_attr={"shape": "plain", "fontname": "Arial"},
        edge_attr={"fontname": "Arial", "fontsize": "10", "arrowsize": "0.7", "penwidth": "1.4"},
    )  # fmt: skip
    for view in reversed(views):  # from left to right Graphviz starts at the bottom
        _add(graph, scene, view, "n" if view == main else "m")
    return graph


def _add(graph: Any, scene: Scene, view: View, letter: str) -> None:
    """One view, its nodes called ``n17`` or, when it is the second of two, ``m17``."""
    below: dict[int, list[int]] = {}
    for leaf, box in scene.wiring.beside.items():
        below.setdefault(box, []).append(leaf)
    grouped: set[int] = set()
    for i, group in enumerate(scene.picture.groups):
        grouped |= set(group.members)
        with graph.subgraph(name=f"cluster_{letter}{i}") as cluster:
            title = _font(scene.group_title(group, view), "", "loss" if group.loss else "muted")
            cluster.attr(
                label=f"<{title}>", labeljust="l", style="rounded,filled",
                fillcolor=_COLOURS["group"], color=_COLOURS["frame"], penwidth="1", margin="12",
            )  # fmt: skip
            _add_boxes(cluster, group.members, scene, view, letter, below)
    rest = [box.number for box in scene.picture.boxes if box.number not in grouped]
    _add_boxes(graph, rest, scene, view, letter, below)
    for arrow in scene.picture.arrows:
        _add_arrow(graph, arrow, scene, view, letter)


def _add_boxes(
    graph: Any, numbers: Sequence[int], scene: Scene, view: View, letter: str, below: dict[int, list[int]]
) -> None:
    outputs = {box.number for box in scene.picture.boxes if box.is_output}
    for n in numbers:
        card = scene.cards[view][n]
        label = _card(card, scene.sizes[n], scene.band, scene.symbol(card), double=n in outputs)
        graph.node(f"{letter}{n}", label, id=f"{view}-{n}", tooltip=tooltip(card.tooltip))
    for n in numbers:
        if n in below:
            with graph.subgraph(name=f"cluster_{letter}p{n}") as pair:
                pair.attr(peripheries="0", margin="0", rank="same", label="")
                for m in (n, *below[n]):
                    pair.node(f"{letter}{m}")


def _add_arrow(graph: Any, arrow: Arrow, scene: Scene, view: View, letter: str) -> None:
    options = {"color": _COLOURS[view]}
    if view == "inverse":
        options |= {"dir": "back", "arrowtail": "vee" if arrow.carries else "none", "style": "dashed"}
    lines = scene.labels[view].get(arrow.number, ())
    if lines:
        width = scene.label_sizes[arrow.number][0]
        beside = scene.wiring.beside.get(arrow.source) == arrow.target
        options["label"] = table(lines, view, width, blank=beside)
    hidden = slots.is_hidden(slots.gain(arrow.number), scene.picture)
    shown = f"gain {arrow.gain:.10g}" if arrow.gain is not None and not hidden else arrow.formula or "gain"
    options["tooltip"] = tooltip(shown)
    graph.edge(f"{letter}{arrow.source}", f"{letter}{arrow.target}", id=f"{view}-e{arrow.number}", **options)


def tooltip(text: str) -> str:
    r"""A text as a tooltip. Graphviz reads backslashes there twice: ``\\\\N`` is ``\N`` in the end, no node's name."""
    return str(graphviz.escape(text.replace("\\", "\\\\")))


def _card(card: Card, size: Size, wide: float, symbol: tuple[list[str], float], double: bool) -> str:
    """A box as an HTML-like label."""
    width, height = size
    band = 0.0 if card.band is None else wide
    room = width - band - 2 * theme.PAD
    rows = len(card.lines)
    extra = (height - sum(line.height for line in card.lines)) / 2
    body = ""
    for i, line in enumerate(card.lines):
        high = line.height + (extra if i in (0, rows - 1) else 0) + (extra if rows == 1 else 0)
        cells = ""
        if i == 0 and card.band is not None:
            words = "<BR/>".join(_font(Span(word, "symbol"), "paper", size=symbol[1]) for word in symbol[0])
            cells += _cell(words, band, height, rows, card.role)
        if i == 0:
            cells += _cell("", theme.PAD, height, rows)
        right = sum(span.width for span in line.right) + 4
        cells += _cell(_spans(line.left, card.role), room - right, high, align="LEFT", columns=1 if line.right else 2)
        if line.right:
            cells += _cell(_spans(line.right, card.role), right, high, align="RIGHT")
        if i == 0:
            cells += _cell("", theme.PAD, height, rows)
        body += f"<TR>{cells}</TR>"
    border = 3 if double else 1
    edge, fill = _COLOURS[card.role], _COLOURS[f"{card.role}-tint"]
    return (
        f'<<TABLE BORDER="{border}" COLOR="{edge}" BGCOLOR="{fill}" STYLE="ROUNDED" '
        f'CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{body}</TABLE>>'
    )


def _cell(
    content: str, width: float, height: float, rows: int = 1, colour: str = "", align: str = "CENTER", columns: int = 1
) -> str:
    span = (f' ROWSPAN="{rows}"' if rows > 1 else "") + (f' COLSPAN="{columns}"' if columns > 1 else "")
    fill = f' BGCOLOR="{_COLOURS[colour]}"' if colour else ""
    return f'<TD FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{height:.0f}" ALIGN="{align}"{span}{fill}>{content}</TD>'


def table(lines: Sequence[Line], role: str, width: float = 0, blank: bool = False, align: str = "LEFT") -> str:
    """Lines under one another; a blank half on the right puts what is centred on an upright arrow to its left."""
    rows = ""
    for line in lines:
        fixed = (
            f' FIXEDSIZE="TRUE" WIDTH="{width + 6:.0f}" HEIGHT="{line.height + 1:.0f}"'
            if width
            else f' ALIGN="{align}"'
        )
        empty = f"<TD{fixed}></TD>" if blank else ""
        rows += f"<TR><TD{fixed}>{_spans(line.left, role)}</TD>{empty}</TR>"
    padding = 0 if width else 2
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}">{rows}</TABLE>>'


def _spans(spans: Sequence[Span], role: str) -> str:
    return "".join(_font(span, role) for span in spans)


def _font(span: Span, role: str, force: str = "", size: float = 0) -> str:
    face, usual, colour = theme.STYLES[span.style]
    colour = force or (role if colour == "role" else colour)
    text = (
        escape(span.text, quote=True).replace("  ", "&#160; ").replace("\\", "&#92;&#92;")
    )  # \N would be the node's name
    text = f"<I>{text}</I>" if face == "serif-italic" else f"<B>{text}</B>" if face == "sans-bold" else text
    return (
        f'<FONT FACE="{_FONTS[face]}" POINT-SIZE="{size or usual:g}" COLOR="{_COLOURS[colour]}">{text}</FONT>'
        if span.text
        else ""
    )
