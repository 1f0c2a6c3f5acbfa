"""A network of neurons as a `graphviz.Digraph` and as a Mermaid flowchart: the same elements and wires.

The Digraph has the places of our own layout, and says so: plain ``dot`` keeps them, too. As in the pictures of
operations, the tooltip of every edge says its gain, so that a program can read the drawing and send a unit through it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from inversa.autograd.lazy import LazyModule
from inversa.viz.cards import dot, mermaid
from inversa.viz.lettering import theme
from inversa.viz.lettering.spans import View
from inversa.viz.neurons.sheet import Element, Sheet

if TYPE_CHECKING:
    from inversa.viz.drawing.interfaces import Drawing

    class Sheeted(Drawing, Protocol):
        """A drawing that is made of sheets."""

        @property
        def hides(self) -> bool:
            """Whether some numbers are not to be seen."""

        def sheet(self, view: View) -> Sheet:
            """Everything in one view at its place."""


graphviz: Any = LazyModule("graphviz")
digraphs: Any = LazyModule("inversa.viz.output.digraph")

_COLOURS = theme.PALETTES["light"]
_SHAPES = {
    "ring": "doublecircle",
    "pill": "box",
    "square": "box",
    "label": "plain",
    "joint": "point",
    "panel": "box",
    "bar": "box",
}
_STYLES = {"pill": "rounded,filled", "square": "rounded,filled", "panel": "rounded,filled", "ghost": "dashed"}
GAP = 60.0  # pixels between the twins when both are drawn


def digraph(drawing: Sheeted, views: Sequence[View]) -> Any:
    """The network, its inverse, or both, one above the other."""
    headings = " / ".join(drawing.heading(view)[0] for view in views)
    graph = digraphs.Digraph(
        "inversa",
        engine="neato",
        graph_attr={
            "layout": "neato", "inputscale": "72",
            "label": graphviz.escape(headings), "labelloc": "t", "fontname": "Arial", "bgcolor": _COLOURS["paper"],
            "splines": "line", "outputorder": "edgesfirst", "pad": "0.3",
        },
        node_attr={"fontname": "Arial", "fixedsize": "true"},
        edge_attr={"fontname": "Arial", "fontsize": "10", "arrowsize": "0.7"},
    )  # fmt: skip
    top, hides = 0.0, drawing.hides
    for view, letter in zip(views, ("", "m"), strict=False):
        sheet = drawing.sheet(view)
        for element in sheet.elements:
            if element.form != "frame":
                _add_element(graph, element, letter, top)
        for link in sheet.links:
            attributes = {
                "color": _COLOURS[link.role], "penwidth": f"{link.thickness:.4g}",
                "style": "dotted" if link.dash[:1] == "1" else "dashed" if link.dash else "solid",
                "arrowhead": "none" if not link.head else "vee" if link.open else "normal",
                "tooltip": f"gain {link.gain:.10g}" if link.gain is not None and not hides else "gain",
                "id": f"{view}-{link.name}",
            }  # fmt: skip
            if link.label is not None:
                _add_element(graph, link.label, letter, top)
            graph.edge(letter + link.source, letter + link.target, **attributes)
        top += sheet.height + GAP
    return graph


def _add_element(graph: Any, e: Element, letter: str, top: float) -> None:
    tint = _COLOURS.get(e.tint or f"{e.role}-tint", _COLOURS["paper"]) if e.form != "label" else _COLOURS["paper"]
    graph.node(
        letter + e.name,
        dot.table(e.lines, e.role, align="CENTER") if e.lines else "●" if e.form == "point" else "",
        shape=_SHAPES.get(e.form, "circle"),
        style=_STYLES.get(e.form, "filled"),
        fillcolor=_COLOURS[e.role] if e.form == "dot" else tint,
        color=_COLOURS[e.role],
        fontcolor=_COLOURS[e.role],
        pos=f"{e.x:.2f},{-e.y - top:.2f}!",
        width=f"{e.width / 72:.4f}",
        height=f"{e.height / 72:.4f}",
        tooltip=dot.tooltip(e.title or e.name),
        **({"fixedsize": "false"} if e.form == "label" else {}),
    )


def flowchart(drawing: Sheeted, views: Sequence[View]) -> str:
    """The source of the Mermaid flowchart; of several views, a subgraph each."""
    lines = ["flowchart LR"]
    for view, letter in zip(views, ("", "m"), strict=False):
        if len(views) == 1:
            lines += _page(drawing.sheet(view), letter, "  ")
            continue
        lines.append(f'  subgraph {view}["{mermaid.quoted(drawing.heading(view)[0])}"]')
        lines += [*_page(drawing.sheet(view), letter, "    "), "  end"]
    return "\n".join(lines) + "\n"


def _page(sheet: Sheet, letter: str, indent: str) -> Iterator[str]:
    for e in sheet.elements:
        if e.form in ("frame", "label", "bar"):
            continue
        text = "<br>".join(mermaid.quoted("".join(span.text for span in line.left)) for line in e.lines) or "#8226;"
        opening, closing = {"pill": ("([", "])"), "square": ("[", "]"), "panel": ("[", "]")}.get(e.form, ("((", "))"))
        yield f'{indent}{letter}{e.name}{opening}"{text}"{closing}'
    for link in sheet.links:
        label = ""
        if link.label is not None:
            label = " ".join("".join(span.text for span in line.left) for line in link.label.lines)
        between = f'|"{mermaid.quoted(label)}"|' if label else ""
        arrow = "-.->" if link.open else "-->" if link.head else "---"
        yield f"{indent}{letter}{link.source} {arrow}{between} {letter}{link.target}"
