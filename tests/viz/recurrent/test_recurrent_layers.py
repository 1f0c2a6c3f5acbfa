"""Recurrent layers of Tensors unrolled in time: contributions, gates, cuts, rows, nothing over another."""

import re

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import Tensor, sigmoid, tanh
from inversa.nn import GRU, LSTM, RNN, Linear, NeuronRNN, Sequential, losses
from inversa.viz._draw import _layers
from inversa.viz.picture.unfolding import as_tensors, unfolding

from .test_recurrent_neuron import assert_apart

generator = np.random.default_rng(0)
X, Y = generator.normal(size=(9, 3)), np.array([0.3])


def model(kind, **options):
    return Sequential(kind(3, 4, output="last", seed=0, **options), Linear(4, 1, seed=1))


CASES = {
    "RNN": (model(RNN), X[:4], {}),
    "RNN, nine steps, cut": (model(RNN, truncate=1, bias=False), X, {}),
    "LSTM": (model(LSTM), X[:4], {}),
    "LSTM, nine steps, cut": (model(LSTM, truncate=1), X, {}),
    "GRU": (model(GRU), X[:3], {}),
    "GRU, nine steps": (model(GRU), X, {}),
    "neurons": (NeuronRNN([3, 2, 1], seed=0), X[:4], {}),
}


def drawn(case, lang="en"):
    network, x, _ = CASES[case]
    return _layers(network, x, Y, "mse", lang, "auto", None, 4, (), "unrolled")


@pytest.mark.parametrize("case", [name for name in CASES if name != "neurons"])
def test_the_contributions_of_the_steps_add_up_to_the_gradients(case):
    network, x, _ = CASES[case]
    for parameter in network.parameters():
        parameter.grad = None
    J = losses.mean_squared_error(network(x), Y)
    J.backward()
    found = drawn(case).unfolding
    assert found.cost == pytest.approx(J.item(), abs=1e-15)
    layer = next(network.children())
    gradients = dict(zip("WUbc", [p if p is None else p.grad for p in layer.weights("_l0")], strict=True))
    for q in found.parameters:
        total = sum(step.contributions[q.name] for step in found.steps)
        np.testing.assert_allclose(total, gradients[q.name], atol=1e-12)
        np.testing.assert_allclose(q.flow, gradients[q.name], atol=1e-12)
    assert [step.cut for step in found.steps] == [layer.truncate == 1 and t > 0 for t in range(len(x))]


def test_the_gates_are_those_of_the_formulas():
    for kind, letters in ((LSTM, "ifgo"), (GRU, "run")):
        network = model(kind)
        first = drawn(kind.__name__).unfolding.steps[0]
        W, _, b, c = (p.numpy() for p in next(network.children()).weights("_l0"))
        rows = np.split(W @ X[0], len(letters))
        rows = [row + b_ for row, b_ in zip(rows, np.split(b, len(letters)), strict=True)]
        c = np.split(c, len(letters))
        reset = 1 / (1 + np.exp(-(rows[0] + c[0]))) if kind is GRU else 1.0
        for k, (gate, psi) in enumerate(first.gates):
            z = rows[k] + c[k] * (reset if (kind, gate.name) == (GRU, "n1") else 1.0)
            wanted = {"sigmoid": sigmoid, "tanh": tanh}[psi](z)
            assert gate.name == f"{letters[k]}1"
            np.testing.assert_allclose(gate.value.ravel(), wanted, atol=1e-14)


def test_what_comes_back_to_gates_and_states_is_their_gradient():
    layer = LSTM(3, 4, output="last", seed=0)
    u = unfolding(layer, X[:2], lambda: (((layer(X[:2]) ** 2).sum(),), True))
    last = u.steps[-1]
    h, c, o = (Tensor(q.value, requires_grad=True) for q in (*last.states, last.gates[3][0]))
    J = ((o * tanh(c)) ** 2).sum()
    J.backward()
    np.testing.assert_allclose(last.states[0].flow, 2 * h.numpy(), atol=1e-14)
    np.testing.assert_allclose(last.states[1].flow, c.grad, atol=1e-14)
    np.testing.assert_allclose(last.gates[3][0].flow, o.grad, atol=1e-14)


def test_a_network_of_several_neurons_is_that_of_tensors():
    neurons = CASES["neurons"][0]
    tensors = as_tensors(neurons)
    first, last = tensors.children()
    J = losses.mean_squared_error(tensors(X[:4]), Y)
    J.backward()
    neurons_J = (neurons(X[:4]) - Y[0]) ** 2
    neurons_J.backward()
    assert drawn("neurons").unfolding.cost == pytest.approx(neurons_J.item(), abs=1e-14)
    for name, gradient in (
        ("w12", first.weight_hh_l0.grad[0, 1]),
        ("v1", last.weight.grad[0, 0]),
    ):
        assert dict(neurons.named_parameters())[name].grad == pytest.approx(gradient, abs=1e-12)


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("case", CASES)
def test_nothing_lies_over_anything_else(case, lang):
    for form in drawn(case, lang).forms:
        for view in ("forward", "inverse"):
            assert_apart(form.sheet(view), around=("m0",))  # which has pills in it


@pytest.mark.parametrize("case", CASES)
def test_twins_have_the_same_places(case):
    forward, inverse = drawn(case).sheet("forward"), drawn(case).sheet("inverse")
    assert (forward.width, forward.height) == (inverse.width, inverse.height)
    places, twins = ({e.name: (e.x, e.y) for e in sheet.elements} for sheet in (forward, inverse))
    for name, place in places.items():
        assert twins[name] == pytest.approx(place)


def test_they_fit_a_page_in_every_format(tmp_path):
    for case in CASES:
        network, x, _ = CASES[case]
        figure = viz.draw(network, x, Y, loss="mse", view="both")
        assert figure.width <= 1600
        assert viz.draw(network, x, Y, loss="mse", view="both", width=900).width <= 900
    for suffix in (".svg", ".dot", ".mmd", ".tex", ".html"):
        assert figure.render(tmp_path / f"a{suffix}").stat().st_size > 1000
    assert re.search("RNN, along 4 steps", figure.alt_text())


def test_what_cannot_be_drawn_so():
    network, x, _ = CASES["LSTM"]
    with pytest.raises(ValueError, match="a layer has a frame for every step"):
        viz.draw(network, x, Y, loss="mse", time="folded")
    with pytest.raises(ValueError, match="numbers are hidden in pictures of neurons and of operations"):
        viz.draw(network, x, Y, loss="mse", hide="gradients")
    everything = LSTM(3, 2, seed=0)
    assert "c₄" in viz.draw(everything, x).svg()
    with pytest.raises(ValueError, match="no inverse network"):
        viz.draw(everything, x, view="inverse")
    several = Sequential(LSTM(3, 2, output="sequence", seed=0), Linear(2, 1, seed=0))
    assert "all steps" in viz.draw(several, x, np.zeros((4, 1)), loss="mse")._drawing.heading("forward")[1]
    assert viz.draw(LSTM(3, 2, num_layers=2, output="last", seed=0), x).view == "forward"  # layer by layer, as others
