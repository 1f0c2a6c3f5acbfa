"""draw_dot: micrograd's drawing of that name, a plain graph of records."""

from __future__ import annotations

from typing import Any

from inversa.autograd import Node, checks
from inversa.autograd.lazy import LazyModule
from inversa.viz.cards.writer import Writer
from inversa.viz.drawing import parts
from inversa.viz.lettering.numbers import size
from inversa.viz.picture.reading import read
from inversa.viz.picture.records import Amount, Array

graphviz: Any = LazyModule("graphviz")
digraphs: Any = LazyModule("inversa.viz.output.digraph")


def draw_dot(root: Node, format: str = "svg", rankdir: str = "LR") -> Any:
    r"""Draw a graph as micrograd does: a record a value, an oval an operation.

    Two things differ. Names appear as they are, whatever is in them, and x·x has its two edges.

    Parameters
    ----------
    root : Value or Tensor
        What was computed.
    format : str
        The format that `graphviz.Digraph.render` writes; that method needs an installed Graphviz, `draw` does not.
    rankdir : {"LR", "TB"}
        Left to right, or top to bottom.

    Returns
    -------
    graphviz.Digraph
        The graph; its ``source`` is the same on every run. Notebooks show it, with or without an installed Graphviz.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.autograd import Value
    >>> x = Value(3.0, name="x")
    >>> print(viz.draw_dot((x * x).named("y")).source, end="")  # doctest: +NORMALIZE_WHITESPACE
    digraph {
        graph [rankdir=LR]
        n0 [label="{ x | data 3.0000 | grad — }" shape=record]
        n1 [label="{ y | data 9.0000 | grad — }" shape=record]
        n1op [label="×"]
        n1op -> n1
        n0 -> n1op
        n0 -> n1op
    }
    """
    checks.choice("rankdir", rankdir, ("LR", "TB"))
    picture = read((root,))
    writer = Writer(picture, "en", 4)
    graph = digraphs.Digraph(format=format, graph_attr={"rankdir": rankdir})
    for box in picture.boxes:
        fields = [box.name, f"data {_amount(box.value, writer)}", f"grad {_amount(box.gradient, writer)}"]
        graph.node(parts.box(box.number), f"{{ {' | '.join(map(_literal, fields))} }}", shape="record")
        if box.operation:
            graph.node(_operation(box.number), graphviz.escape(box.symbol))
            graph.edge(_operation(box.number), parts.box(box.number))
    for arrow in picture.arrows:
        graph.edge(parts.box(arrow.source), _operation(arrow.target))
    return graph


def _operation(box: int) -> str:
    """The oval of the operation that computes a box."""
    return f"{parts.box(box)}op"


def _amount(amount: Amount | None, writer: Writer) -> str:
    if isinstance(amount, Array) and amount.entries is None:
        return f"{size(amount.shape)} ‖·‖ {writer.number(amount)}"
    return writer.number(amount)


def _literal(text: str) -> str:
    """A text inside a record label, where these characters would otherwise draw fields, ports or escapes."""
    return (
        "".join(f"\\{letter}" if letter in r"\{}|<>" else letter for letter in text)
        .replace("&", "&amp;")
        .replace("  ", r" \ ")
    )
