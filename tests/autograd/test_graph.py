"""The graph: a topological order, the same on every run, and its names."""

from __future__ import annotations

import operator
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inversa.autograd import (
    Graph,
    Node,
    Value,
    copysign,
    hypot,
    maximum,
    tanh,
)


@st.composite
def random_dags(draw: st.DrawFn) -> tuple[list[Node], Node]:
    """All nodes made, and the output; inputs chosen freely, so with repeats, diamonds and dead ends."""
    nodes: list[Node] = [
        Value(draw(st.floats(-2, 2)), requires_grad=draw(st.booleans())) for _ in range(draw(st.integers(1, 4)))
    ]
    for _ in range(draw(st.integers(0, 25))):
        a, b = (nodes[draw(st.integers(0, len(nodes) - 1))] for _ in range(2))
        operation = draw(
            st.sampled_from([operator.add, operator.mul, operator.sub, lambda x, _: tanh(x), lambda x, _: -x])
        )
        nodes.append(operation(a, b))
    return nodes, nodes[-1]


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(random_dags())
def test_graph_is_a_topological_order(dag: tuple[list[Node], Node]) -> None:
    _, output = dag
    graph = Graph(output)
    assert len(set(graph.nodes)) == len(graph)
    assert graph.nodes[-1] is output
    assert all(graph.position[node] == i for i, node in enumerate(graph))
    assert all(edge.source < edge.target for edge in graph.edges)
    assert list(graph.edges) == sorted(graph.edges, key=lambda e: (e.target, e.slot))
    assert len(graph.edges) == sum(len(node.inputs) for node in graph)
    for edge in graph.edges:
        assert graph.nodes[edge.target].inputs[edge.slot] is graph.nodes[edge.source]
    reached, todo = {output}, [output]
    while todo:
        todo += (new := [x for x in todo.pop().inputs if x not in reached])
        reached.update(new)
    assert set(graph.nodes) == reached
    assert [len(leaving) for leaving in graph.outgoing] == [
        sum(e.source == i for e in graph.edges) for i in range(len(graph))
    ]
    named = [name for name, node in zip(graph.names, graph, strict=True) if node.requires_grad]
    assert len(set(named)) == len(named)  # constants are called by their value


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(random_dags())
def test_laws_hold_on_random_graphs(dag: tuple[list[Node], Node]) -> None:
    _, output = dag
    if output.requires_grad:
        network = output.inverse()
        assert {"reversal", "adjoint", "paths"} <= set(network.check())


def test_graph_of_several_outputs() -> None:
    x = Value(1.0)
    y, z = x * 2.0, x * 3.0
    graph = Graph(y, z, y)
    assert len(graph) == 5
    assert graph.outputs == (y, z, y)


DETERMINISM = """
from inversa.autograd import Graph, Tensor, Value, tanh
xs = [Value(float(k)) for k in range(20)]
t = Tensor([1.0, 2.0], requires_grad=True)
y = sum((tanh(a * b) * t for a in xs for b in xs[::3]), Value(0.0)).sum()
print(Graph(y)); print(y.inverse())
"""


def test_order_does_not_depend_on_the_hash_seed() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-P", "-c", DETERMINISM],
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }
    assert len(outputs) == 1


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_a_blank_name_is_none(name: str) -> None:
    x = Value(3.0, name=name)
    assert Graph(x * x).names == ("v1", "v2")


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda x: x - (-2.0), "x − (−2)"),
        (lambda x: hypot(x, -2.0), "√(x² + (−2)²)"),
        (lambda x: (-2.0) ** x, "(−2) ^ x"),
        (lambda x: x**-2.0, "x ^ −2"),
        (lambda x: copysign(x, -2.0), "|x| · sign (−2)"),
        (lambda x: copysign(-2.0, x), "|−2| · sign x"),
        (lambda x: maximum(x, -1.0), "max(x, −1)"),
    ],
)
def test_a_negative_number_in_an_expression_stands_in_parentheses(
    function: Callable[[Value], Value], text: str
) -> None:
    assert Graph(function(Value(3.0, name="x"))).expressions[-1] == text
