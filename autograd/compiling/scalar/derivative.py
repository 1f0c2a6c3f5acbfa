"""The inverse program: the pullbacks of the operations, applied to Symbols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inversa.autograd.compiling.scalar.trace import Symbol
from inversa.autograd.graph import Graph


def derivatives(output: Symbol, wanted: Sequence[Symbol]) -> list[Symbol]:
    """The derivative of the output with respect to each of the wanted Symbols, as Symbols.

    It is the inverse network again: 1 is fed in at the output, every element sends to its inputs what its pullbacks
    say, and where several flows meet they add up.
    """
    trace = output.trace
    graph = Graph(output)
    leads_to: set[Symbol] = set(wanted)
    for node in graph:
        assert isinstance(node, Symbol)
        if not leads_to.isdisjoint(node.inputs):
            leads_to.add(node)
    flows: dict[Any, Any] = {output: trace.symbol(1.0)}
    for node in reversed(graph.nodes):
        assert isinstance(node, Symbol)
        flow = flows.get(node)
        if flow is None or node.op is None or node not in leads_to:
            continue
        for rule, x in zip(node.op.vjps, node.inputs, strict=True):
            if x in leads_to:
                share = rule(flow, node, *node.inputs, **(node.params or {}))
                flows[x] = flows[x] + share if x in flows else share
    return [trace.symbol(flows.get(x, 0.0)) for x in wanted]
