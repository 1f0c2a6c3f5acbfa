"""The listing of a graph: what `jit` makes of the function that it is the graph of."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from inversa.autograd import Graph, Node, Value
from inversa.autograd.compiling.function import Compiled
from inversa.autograd.graph import is_literal


def listing(graph: Graph, data: Collection[str] = ()) -> str:
    """The program as lines to read, of a function of the data; its parameters are the other leaves.

    Raises
    ------
    TracingError
        For what cannot be compiled; the message says why.

    Examples
    --------
    >>> from inversa.autograd import Graph, Value, tanh
    >>> from inversa.viz.livepage.listing import listing
    >>> w, x = Value(0.5, name="w"), Value(2.0, name="x")
    >>> print(listing(Graph(tanh(w * x)), ["x"]))
    forward
       v1 = w · x
       v2 = tanh(v1)
    inverse
       v3 = v2 · v2
       v4 = 1 − v3
       v5 = v4 · x
    results
       value = v2
       ∂/∂w = v5
    """
    nodes = tuple(graph)
    literals = {node: node.item() for node in nodes if is_literal(node)}
    given = [node for node in nodes if node.op is None and node not in literals and _is_data(node, data)]
    params = {node: node.params or {} for node in nodes}

    def computed_again(*arguments: Any) -> Any:
        found: dict[Node, Any] = literals | dict(zip(given, arguments, strict=True))
        for node in nodes:
            if node.op is None:
                found.setdefault(node, node)
            else:
                found[node] = node.op.again([found[x] for x in node.inputs], params[node])
        results = tuple(found[node] for node in graph.outputs)
        return results if len(results) > 1 else results[0]

    names = [node.name or f"x{i}" for i, node in enumerate(given, start=1)]
    return Compiled(computed_again, names=names).listing()


def _is_data(node: Node, data: Collection[str]) -> bool:
    return isinstance(node, Value) and (node.name in data or not node.requires_grad)
