"""No picture is drawn from numbers that are out of date without saying so."""

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import Graph, Tensor, Value
from inversa.nn import MLP, NeuronNetwork, losses, optim


def said(figure):
    return figure._drawing.heading("forward")[1]


def neuron():
    w, b, x = Value(0.5, name="w"), Value(0.1, name="b"), Value(2.0, name="x")
    J = ((w * x).named("u") + b).named("z").tanh().named("J")
    return J, w, b, x


@pytest.mark.parametrize("detail", ["op", "neuron"])
def test_a_leaf_that_was_changed_is_named(detail):
    J, w, b, x = neuron()
    J.backward()
    assert "OUT OF DATE" not in said(viz.draw(J, detail=detail, data=[x]))
    b.data = 0.2
    text = said(viz.draw(J, detail=detail, data=[x]))
    assert text.startswith("OUT OF DATE: b changed after the forward pass")
    b.data = 0.1
    w.data = 0.6  # u = w · x cannot tell which of the two it was
    assert "w or x changed" in said(viz.draw(J, detail=detail, data=[x]))
    assert "ANTICUADO: w o x" in said(viz.draw(J, detail=detail, data=[x], lang="es"))
    for figure in (viz.draw(J, view="inverse", data=[x]), viz.draw(J, view="both", data=[x])):
        assert "OUT OF DATE" in figure.svg()


def test_a_leaf_whose_other_uses_still_hold_is_innocent():
    x, w, v = Value(2.0, name="x"), Value(0.5, name="w"), Value(0.25, name="v")
    J = (w * x + v * x).named("J")
    w.data = 1.0
    assert "OUT OF DATE: w changed" in said(viz.draw(J))


def test_arrays():
    x = Tensor([[1.0, 2.0]], name="x")
    w = Tensor(np.ones((2, 3)), requires_grad=True, name="w")
    J = (x @ w).named("z").sum().named("J")
    J.backward()
    assert "OUT OF DATE" not in said(viz.draw(J))
    w.data -= 0.1
    assert "OUT OF DATE" in said(viz.draw(J))


def test_gradients_of_several_passes_are_said_to_have_added_up():
    J, *_ = neuron()
    J.backward()
    assert "added up" not in said(viz.draw(J))
    J.backward()
    assert "added up" in said(viz.draw(J))


def test_a_gradient_of_another_graph_is_not_shown():
    network = NeuronNetwork([1, 1], seed=0)
    optimizer = optim.SGD(network.parameters(), lr=0.1)
    losses.squared_error(network(0.5), 1.0).backward()
    optimizer.step()
    J = losses.squared_error(network(0.5), 1.0)
    leaf = next(i for i, node in enumerate(Graph(J).nodes) if node is network.parameters()[0])
    shown = {box.number: box.gradient for box in viz.draw(J, detail="op")._drawing.picture.boxes}
    assert shown[leaf] is None
    J.backward()
    shown = {box.number: box.gradient for box in viz.draw(J, detail="op")._drawing.picture.boxes}
    assert shown[leaf] is not None


def test_a_model_is_run_anew():
    model = MLP([2, 3, 1], activation="tanh", seed=0)
    before = viz.draw(model, [0.5, -1.0], 1.0, loss="mse").svg()
    model.layers[0].weight.data += 0.5
    after = viz.draw(model, [0.5, -1.0], 1.0, loss="mse").svg()
    assert "OUT OF DATE" not in after
    assert before != after


def test_the_player_says_it_too():
    J, _, b, x = neuron()
    b.data = 0.3
    assert "OUT OF DATE: b changed" in viz.player(J, data=[x]).html()
