"""The lecture's network of Values, its worked example and misprint, and micrograd's demo."""

import itertools
import random
import subprocess
import sys

import micrograd.engine
import micrograd.nn
import numpy as np
import pytest

from inversa.autograd import Graph, Value, no_grad
from inversa.nn import MLP, Neuron, NeuronLayer, NeuronNetwork, losses

NAMES = ["w1_1", "b1_1", "w1_2", "b1_2", "w2_11", "w2_12", "b2_1"]
PARAMETERS = dict(zip(NAMES, [0.1, -0.3, -0.1, 0.5, 0.4, 0.7, 0.2], strict=True))
GRADIENTS = dict(zip(NAMES, [-0.0040, -0.0080, -0.0067, -0.0135, -0.0355, -0.0495, -0.0810], strict=True))
PRINTED = dict(zip(NAMES, [0.125, 0.245, 0.125, 0.250, -0.035, -0.049, -0.081], strict=True))


def lecture(x=0.5, y=0.88):
    network = NeuronNetwork([1, 2, 1], activation="sigmoid", output="sigmoid")
    network.load_state_dict(PARAMETERS)
    x = Value(x, name="x")
    h = network(x)
    J = losses.squared_error(h, y)
    J.backward()
    return network, x, h, J


def test_the_worked_example_to_four_decimals():
    network, x, h, J = lecture()
    assert [name for name, _ in network.named_parameters()] == NAMES
    assert (round(h.data, 4), round(J.data, 4), round(x.grad, 4)) == (0.6905, 0.0359, 0.0006)
    assert {name: round(p.grad, 4) for name, p in network.named_parameters()} == GRADIENTS


def test_the_slides_output_layer_is_right_and_its_first_layer_a_misprint():
    network, *_ = lecture()
    off = {name for name, p in network.named_parameters() if abs(p.grad - PRINTED[name]) > 1e-3}
    assert off == {"w1_1", "b1_1", "w1_2", "b1_2"}


def test_the_printed_first_layer_has_an_impossible_sign():
    # By rules 5 to 7, ∂J/∂b1_1 = ψ′ · w2_11 · ∂J/∂b2_1, with ψ′ > 0 and w2_11 = 0.4 > 0: one sign for every x and y.
    for x in np.linspace(-3, 3, 13):
        for y in np.linspace(-1, 2, 13):
            gradients = {name: p.grad for name, p in lecture(x, y)[0].named_parameters()}
            assert np.sign(gradients["b1_1"]) == np.sign(gradients["b2_1"])
            assert np.sign(gradients["b1_2"]) == np.sign(gradients["b2_1"])
    assert np.sign(PRINTED["b1_1"]) != np.sign(PRINTED["b2_1"])


def test_central_differences_agree_with_the_inverse_network_and_not_with_the_slide():
    network, *_ = lecture()
    for name, p in network.named_parameters():
        value, costs = p.data, []
        with no_grad():
            for p.data in (value + 1e-5, value - 1e-5):
                costs.append(losses.squared_error(network(0.5), 0.88).item())
        p.data = value
        difference = (costs[0] - costs[1]) / 2e-5
        assert difference == pytest.approx(p.grad, abs=1e-10)
        assert (abs(difference - PRINTED[name]) > 0.1) == name.startswith(("w1", "b1"))


def test_the_parts_have_the_lectures_names():
    *_, J = lecture()
    graph = Graph(J)
    assert {"u1_1", "z1_1", "a1_1", "u2_11", "u2_12", "z2_1", "h", "e", "J", "x"} <= {node.name for node in graph}
    modules = {node.name: node.module for node in graph}
    assert (modules["u1_2"], modules["h"], modules["J"]) == ("hidden neuron 2", "output neuron", "loss")
    assert sum(node.name == "x" for node in graph) == 1


def test_names_stay_unique_in_a_wide_network():
    names = [name for name, _ in NeuronNetwork([12, 12, 2]).named_parameters()]
    assert len(set(names)) == len(names) == 12 * 13 + 2 * 13
    assert "w1_12,3" in names


def test_titles_of_several_hidden_layers():
    network = NeuronNetwork([2, 3, 3, 2])
    titles = [neuron.title for layer in network.layers for neuron in layer.neurons]
    assert titles[0] == "hidden layer 1.neuron 1"
    assert titles[5:] == ["hidden layer 2.neuron 3", "output neuron 1", "output neuron 2"]
    assert [h.name for h in network([1.0, 2.0])] == ["h_1", "h_2"]


@pytest.mark.parametrize(("sizes", "count"), [([3, 4, 4, 1], 41), ([2, 100, 100, 100, 1], 20601), ([2, 1], 3)])
def test_number_of_parameters(sizes, count):
    formula = sum(h * (before + 1) for before, h in itertools.pairwise(sizes))
    assert MLP(sizes).parameter_count() == formula == count
    if count < 100:
        assert NeuronNetwork(sizes).parameter_count() == len(NeuronNetwork(sizes[0], sizes[1:]).parameters()) == count


@pytest.mark.parametrize("wrong", [[3], [], [2, 0, 1], [2, 1.5], [2, -1]])
def test_wrong_architectures(wrong):
    for kind in (MLP, NeuronNetwork):
        with pytest.raises(ValueError, match="two or more positive integers"):
            kind(wrong)


def test_wrong_number_of_inputs():
    with pytest.raises(ValueError, match=r"takes 2 inputs, not 3"):
        NeuronNetwork([2, 1])([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"Neuron\(2, tanh\) takes 2 inputs, not 1"):
        Neuron(2, "tanh")(1.0)


@pytest.mark.parametrize("output", ["identity", "sigmoid", "softmax"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "elu"])
@pytest.mark.parametrize("sizes", [[3, 5, 2], [1, 3, 4, 3]])
def test_mlp_and_its_neurons_give_the_same_numbers(sizes, activation, output):
    mlp = MLP(sizes, activation=activation, output=output, seed=3)
    for layer in mlp.layers:
        layer.bias.data = np.random.default_rng(4).normal(size=layer.bias.shape)
    network = mlp.neurons()
    x = np.random.default_rng(0).normal(size=(4, sizes[0]))
    y = np.random.default_rng(1).normal(size=(4, sizes[-1]))
    ours, theirs = mlp(x), network(x)
    assert np.abs(ours.data - [[h.data for h in row] for row in theirs]).max() < 1e-12
    losses.mean_squared_error(ours, y).backward()
    losses.mean_squared_error(theirs, y).backward()
    for layer, neurons in zip(mlp.layers, network.layers, strict=True):
        for j, neuron in enumerate(neurons.neurons):
            assert np.abs(layer.weight.grad[j] - [w.grad for w in neuron.weights]).max() < 1e-12
            assert abs(layer.bias.grad[j] - neuron.bias.grad) < 1e-12


def test_softmax_of_values_is_stable():
    network = NeuronNetwork([1, 3], output="softmax")
    network.load_state_dict({"w1_1": 1000.0, "w1_2": 0.0, "w1_3": -1000.0, "b1_1": 0.0, "b1_2": 0.0, "b1_3": 0.0})
    assert [h.data for h in network(1.0)] == [1.0, 0.0, 0.0]


def micrograds_demo(Value, MLP, steps):
    """The training loop of micrograd's demo.ipynb on two half moons, which its author drew with scikit-learn."""
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    angles = np.linspace(0, np.pi, 10)
    X = np.vstack([np.c_[np.cos(angles), np.sin(angles)], np.c_[1 - np.cos(angles), 0.5 - np.sin(angles)]])
    y = np.repeat([-1, 1], 10)
    assert len(model.parameters()) == 337

    def loss():
        inputs = [list(map(Value, row)) for row in X]
        scores = list(map(model, inputs))
        hinge = [(1 + -yi * score).relu() for yi, score in zip(y.tolist(), scores, strict=True)]
        data_loss = sum(hinge) * (1.0 / len(hinge))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        correct = [(yi > 0) == (score.data > 0) for yi, score in zip(y, scores, strict=True)]
        return data_loss + reg_loss, sum(correct) / len(correct)

    history = []
    for k in range(steps):
        total, accuracy = loss()
        model.zero_grad()
        total.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        history.append((total.data, accuracy))
    return history


def test_micrograds_demo_runs_with_only_the_import_changed():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)  # micrograd needs it, we do not
    try:
        theirs = micrograds_demo(micrograd.engine.Value, micrograd.nn.MLP, 8)
    finally:
        sys.setrecursionlimit(limit)
    ours = micrograds_demo(Value, NeuronNetwork, 8)
    assert np.abs(np.subtract(ours, theirs)).max() < 1e-9
    assert ours[-1][0] < ours[0][0]


def test_micrograds_names():
    from inversa.nn import NeuronLayer as Layer

    assert len(Layer(3, 4).parameters()) == 16
    assert isinstance(NeuronNetwork(2, [3, 1])([Value(1.0), 2.0]), Value)
    assert isinstance(Neuron(3)([1, 2, 3]), Value)
    assert NeuronLayer(2, 1)([1.0, 2.0]).name == "a_1"


def test_the_worked_example_needs_no_numpy():
    program = (
        "import sys; from inversa.nn import NeuronNetwork, losses; "
        "losses.squared_error(NeuronNetwork([1, 2, 1], seed=0)(0.5), 0.88).backward(); print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr


def test_first_weights_are_drawn_from_any_source():
    for one, other in [(0, 0), (np.random.default_rng(0), np.random.default_rng(0)), (random.Random(0), 0)]:
        assert NeuronNetwork([2, 3, 1], seed=one).state_dict() == NeuronNetwork([2, 3, 1], seed=other).state_dict()
    drawn = NeuronNetwork([2, 3, 1], seed=np.random.default_rng(0)).parameters()
    assert all(type(w.data) is float for w in drawn)
