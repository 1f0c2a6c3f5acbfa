"""Graph: an immutable snapshot of what was computed, in topological order. The only traversal of nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from inversa.autograd.languages import language, texts
from inversa.autograd.printing import encodable

if TYPE_CHECKING:
    from inversa.autograd.node import Node


class Edge(NamedTuple):
    """``source`` is input number ``slot`` of ``target``; both are positions in the graph. x·x has two edges."""

    source: int
    target: int
    slot: int


class Graph:
    """The nodes that the given outputs were computed from, every one after all of its inputs.

    Parameters
    ----------
    *outputs : Node
        One Value or Tensor, or several.

    Examples
    --------
    >>> from inversa.autograd import Graph, Value
    >>> x = Value(2.0, name="x")
    >>> y = x * x + 1
    >>> graph = Graph(y)
    >>> len(graph), graph.edges[:2]
    (4, (Edge(source=0, target=1, slot=0), Edge(source=0, target=1, slot=1)))
    >>> print(graph)
    x            2.0
    v1 = x · x   4.0
    1            1.0
    v2 = v1 + 1  5.0
    """

    __slots__ = ("__dict__", "outputs")

    outputs: tuple[Node, ...]

    def __init__(self, *outputs: Node) -> None:
        for output in outputs:
            if not hasattr(output, "inputs"):
                raise TypeError(f"a Graph is of Values and Tensors, not of {type(output).__name__}")
        self.outputs = outputs

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes in topological order: every one after all of its inputs."""
        return tuple(_in_topological_order(self.outputs, whole=True))

    @cached_property
    def computed(self) -> tuple[Node, ...]:
        """Those that were computed, in the same order: a backward pass needs no others.

        Plain numbers among the operands of Values have become no nodes yet, so none are made for it.

        >>> from inversa.autograd import Graph, Value
        >>> graph = Graph(2 * Value(3.0) + 1)
        >>> len(graph.computed), len(graph.nodes)
        (2, 5)
        """
        return tuple(_in_topological_order(self.outputs, whole=False))

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    @cached_property
    def position(self) -> dict[Node, int]:
        """The place of each node in the topological order."""
        return {node: i for i, node in enumerate(self.nodes)}

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """All edges, ordered by target and then by slot."""
        position = self.position
        return tuple(
            Edge(position[source], target, slot)
            for target, node in enumerate(self.nodes)
            for slot, source in enumerate(node.inputs)
        )

    @cached_property
    def outgoing(self) -> tuple[tuple[Edge, ...], ...]:
        """For every node the edges that leave it: more than one is a branching point."""
        leaving: list[list[Edge]] = [[] for _ in self.nodes]
        for edge in self.edges:
            leaving[edge.source].append(edge)
        return tuple(map(tuple, leaving))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The name of every node: its own; v1, v2, … in topological order; a nameless constant is its number."""
        taken = {node.name for node in self.nodes}
        fresh = (name for i in count(1) if (name := f"v{i}") not in taken)
        return tuple(_own_name(node) or next(fresh) for node in self.nodes)

    @cached_property
    def expressions(self) -> tuple[str, ...]:
        """How every node was computed, in its inputs' names: ``"w · x"``; empty for a leaf."""
        return tuple(self.written(i, node.op.notation) if node.op else "" for i, node in enumerate(self.nodes))

    def written(self, i: int, template: str, names: Sequence[str] | None = None) -> str:
        """A declaration's text about node ``i``, its operands' names (and the output's, ``{y}``) put in.

        Constants come first, so that ``{b} · {a} ^ ({b} − 1)`` becomes ``2 · a`` for a square. ``names``, one a node,
        may be others than the graph's own.
        """
        node = self.nodes[i]
        if node.op is None:
            return ""
        names = self.names if names is None else names
        inputs = [names[self.position[x]] for x in node.inputs]
        if node.op.variadic:
            put_in = {node.op.operands[0]: ", ".join(inputs)}
        else:
            put_in = dict(zip(node.op.operands, inputs, strict=True))
            for key, x in zip(node.op.operands, node.inputs, strict=True):
                if is_literal(x):
                    template = _with_number(template, key, put_in[key])
            template = _simplified(template)
        put_in["y"] = names[i]
        return re.sub(r"\{(\w+)\}", lambda match: put_in[match[1]], template)

    def __str__(self) -> str:
        """One line a node: its name, how it was computed, its value (or an array's shape)."""
        worded = texts(language()).worded
        spoken = [self.written(i, worded(node.op.notation)) if node.op else "" for i, node in enumerate(self)]
        left = [f"{n} = {e}" if e else n for n, e in zip(self.names, spoken, strict=True)]
        width = max(map(len, left), default=0)
        lines = (f"{text:{width}}  {node.summary()}" for text, node in zip(left, self.nodes, strict=True))
        return encodable("\n".join(lines))

    def __repr__(self) -> str:
        return f"<Graph of {len(self.nodes)} nodes, {len(self.edges)} edges>"


def is_literal(node: Node) -> bool:
    """Whether this is a nameless constant that was written into an expression, such as the 1 of x·x + 1."""
    return node.op is None and not node.requires_grad and not _given_name(node) and node.shape == ()


def _given_name(node: Node) -> str:
    """The name that the user gave; a blank one is none."""
    return node.name if node.name is not None and node.name.strip() else ""


def _own_name(node: Node) -> str:
    return written_number(node.item()) if is_literal(node) else _given_name(node)


def _with_number(template: str, key: str, number: str) -> str:
    """The template with a number in place of an operand, a negative one in parentheses where a sign is next to it."""

    def put_in(match: re.Match[str]) -> str:
        before, after = template[: match.start()].rstrip(), template[match.end() :]
        free = not before or before[-1] in "([,|‖⌊⌈^<>"
        raised = after.lstrip()[:1] in tuple("^²³⁻⁺")
        return f"({number})" if number.startswith("−") and (raised or not free) else number

    return re.sub(rf"\{{{key}\}}", put_in, template)


def _simplified(text: str) -> str:
    """``a ^ (2 − 1)`` is a, and ``a ^ 2`` is a²."""
    text = re.sub(r"\((−?[\d.]+) − 1\)", lambda match: written_number(_number(match[1]) - 1), text)
    text = re.sub(r" \^ 1$", "", text)
    return re.sub(r" \^ (\d)$", lambda match: "⁰¹²³⁴⁵⁶⁷⁸⁹"[int(match[1])], text)


def written_number(x: float) -> str:
    """A number as expressions show it: short, with a real minus sign."""
    return f"{x:.6g}".replace("-", "−")


def _number(text: str) -> float:
    return float(text.replace("−", "-"))


def _in_topological_order(outputs: tuple[Node, ...], whole: bool) -> list[Node]:
    """Depth first and iterative: a chain of a million nodes needs no recursion.

    The whole graph, or without the leaves. ``None`` on the stack announces a node all of whose inputs have been placed.
    """
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[Node | None] = list(reversed(outputs))
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())  # type: ignore[arg-type]  # below the announcement lies its node
            continue
        while node not in seen:  # down the first inputs, without a detour over the stack
            seen.add(node)
            if node.op is None:
                if whole:
                    order.append(node)
                break
            if whole:
                node._show_number()
            stack.append(node)
            stack.append(None)
            node = node._first_input(stack, seen)
    return order
