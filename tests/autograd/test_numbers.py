"""Plain numbers as operands of Values: no nodes until somebody looks, and then as if they always had been."""

from __future__ import annotations

import gc
import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest

from inversa.autograd import Graph, Node, Value, grad

OPERATORS = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.floordiv, operator.mod,
]  # fmt: skip

NUMBERS = [2.0, -0.7, 3, True]


def constant(x: float) -> Value:
    return Value(x, requires_grad=False)


def chain(x: Value, number: Callable[[float], Any]) -> Value:
    """Numbers on both sides, first and later operands, beside what is used twice."""
    y = number(2.0) * x + number(3)
    z = number(1) - y * y / number(4.0)
    return (number(0) + z * y) ** number(2) - number(1.5) / z  # type: ignore[no-any-return]


def same(some: Sequence[Node], others: Sequence[Node]) -> bool:
    return list(map(id, some)) == list(map(id, others))


def values_alive() -> int:
    return sum(type(x) is Value for x in gc.get_objects())


def test_no_nodes_are_made_for_a_backward_pass() -> None:
    x = Value(0.5)
    gc.collect()
    before = values_alive()
    y = chain(x, float)
    y.backward()
    assert values_alive() - before == sum(node.op is not None for node in Graph(y))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("looked_at", [False, True])
@pytest.mark.parametrize("numeric_first", [False, True])
def test_the_same_as_with_constants(op: Any, number: float, looked_at: bool, numeric_first: bool) -> None:
    def gradient(second: Any) -> str:
        x = Value(1.3)
        y = op(second, x) if numeric_first else op(x, second)
        inputs = y.inputs if looked_at else ()
        y.backward(0.7)
        assert not inputs or same(y.inputs, inputs)
        assert [node.grad for node in y.inputs if node is not x] == [None]
        return repr((y.data, x.grad, [node.data for node in y.inputs]))  # text, for nan is not nan

    assert gradient(number) == gradient(constant(number))


def test_the_graph_is_the_same_as_with_constants() -> None:
    graph, other = (Graph(chain(Value(0.5, name="x"), kind)) for kind in (float, constant))
    assert str(graph) == str(other)
    assert graph.edges == other.edges
    assert str(graph.outputs[0].inverse()) == str(other.outputs[0].inverse())
    assert graph.outputs[0].inverse().check().keys() == {"reversal", "adjoint", "paths"}
    assert [(n.name, n.module, n.grad, n.requires_grad) for n in graph] == [
        (n.name, n.module, n.grad, n.requires_grad) for n in other
    ]


def test_whoever_looks_finds_the_same_nodes() -> None:
    y = chain(Value(0.5), float)
    network = y.inverse()
    network.run()
    seen = Graph(y).nodes
    network.backward()
    assert same(network.graph.nodes, seen)
    assert same(Graph(y).nodes, seen)
    assert all(same(node.inputs, node.inputs) for node in seen)


def test_what_is_done_to_a_number_counts() -> None:
    x = Value(2.0)
    y = x * 3.0
    number = y.inputs[1]
    number.data = 5.0
    number.requires_grad = True
    y.backward()
    assert (x.grad, number.grad) == (5.0, 2.0)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_of_every_order_are_the_same(order: int) -> None:
    def derivative(number: Any) -> Any:
        def f(x: Any) -> Any:
            return chain(x, number)

        for _ in range(order):
            f = grad(f)
        return f(0.3)

    assert derivative(float) == derivative(constant)


@contextmanager
def threads_switched_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_threads_that_look_at_once_find_the_same_node() -> None:
    barrier = Barrier(2)

    def look(nodes: list[Any]) -> list[Node]:
        barrier.wait()
        return [node.inputs[1] for node in nodes]

    with threads_switched_often(), ThreadPoolExecutor(2) as pool:
        for _ in range(30):
            nodes = [Value(1.0) * 2.0 for _ in range(300)]
            assert same(*pool.map(look, [nodes, nodes]))
