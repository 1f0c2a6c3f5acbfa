"""What a compiled function computed is one box, until it is opened."""

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import Graph, Tensor, Value, grad, jit, tanh, where
from inversa.nn import MLP, Sequential
from inversa.viz.picture.opening import opened


def names(node):
    return [x.op.name for x in Graph(*opened((node,))) if x.op is not None]


def cost_of(neuron):
    w, b, x = Value(0.5, name="w"), Value(0.1, name="b"), Value(2.0, name="x")
    return ((neuron(x, w, b) - 1.0) ** 2).named("J")


def neuron(x, w, b):
    return tanh(w * x + b)


def test_a_card():
    J = cost_of(jit(neuron))
    closed = viz.draw(J, view="both").alt_text()
    assert "v₁ = neuron(x, w, b) = 0.8005" in closed
    assert "tanh" not in closed
    assert "∂J/∂w = −0.2866" in closed


@pytest.mark.parametrize("view", ["forward", "inverse"])
def test_the_opened_card_is_the_graph_without_jit(view):
    said = [viz.draw(cost_of(f), view=view, detail="op").alt_text() for f in (jit(neuron), neuron)]
    assert said[0] == said[1]
    assert viz.draw(cost_of(jit(neuron)), detail="op").svg().count(">neuron<") == 1  # the frame around it


def test_a_card_in_a_card():
    inner = jit(lambda x: x * x)
    y = jit(lambda x: inner(x) + 1.0)(Value(3.0))
    assert names(y) == ["multiply", "add"]


def test_several_results():
    @jit
    def two(x, y):
        return x * y, {"sum": x + y, "constant": 2.0}

    product, others = two(Value(2.0), Value(3.0))
    assert names(product * others["sum"]) == ["multiply", "add", "multiply"]
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    product, others = two(x, x)
    assert names((product * others["sum"]).sum()) == ["multiply", "add", "multiply", "sum"]


def test_choices():
    chosen = jit(lambda x: where(x > 1.0, x, 0.0))
    x = Tensor([0.5, 2.0], requires_grad=True)
    y = where(np.array([True, False]), chosen(x), x).sum()
    assert names(y) == ["where", "where", "sum"]
    assert opened((y,))[0].data == y.data == 2.0
    z = where(True, chosen(Value(2.0)), Value(3.0))
    assert names(z) == ["where", "where"]


def test_numbers_stay_those_that_were_computed():
    w = Value(2.0, name="w")
    y = (jit(lambda x: w * x)(Value(3.0)) + w).named("y")
    y.backward()
    w.data = 100.0
    (copy,) = opened((y,))
    assert (copy.data, copy.grad, copy.name) == (8.0, 1.0, "y")
    assert viz.draw(y, detail="op").alt_text() != viz.draw(y).alt_text()


def test_what_gives_its_argument():
    x = Value(3.0, name="x")
    y = jit(lambda x: x)(x * 2.0)
    assert names(y) == ["multiply"]
    z = jit(lambda x: x)(x)
    assert (names(z), z.data, x.name) == ([], 3.0, "x")


def test_graphs_without_compiled_functions_are_as_they_are():
    J = cost_of(neuron)
    assert opened((J,))[0] is J


def test_a_model_with_a_compiled_layer():
    layer, head = MLP([2, 3], seed=0), MLP([3, 1], seed=1)
    layer.forward, plain = jit(layer.forward), layer.forward
    model = Sequential(layer, head)
    said = viz.draw(model, np.ones((4, 2)), np.ones((4, 1)), loss="mse", view="both", detail="op").alt_text()
    layer.forward = plain
    assert said.count("relu") == viz.draw(
        model, np.ones((4, 2)), np.ones((4, 1)), loss="mse", view="both", detail="op"
    ).alt_text().count("relu")


def test_a_player_runs_every_operation():
    assert repr(viz.player(cost_of(jit(neuron)))) == repr(viz.player(cost_of(neuron)))


def test_the_gradient_of_a_compiled_function():
    @jit
    def square(x):
        return x * x

    slope = grad(square)(Value(3.0, name="x")).named("slope")
    assert "slope = square′(" in viz.draw(slope).alt_text()
    assert viz.draw(slope, detail="op", view="both").alt_text().count("∂slope/∂x = 2.0000") == 2
