"""Maxout as a layer and in an MLP, and the activations that are modules only."""

import numpy as np
import pytest

from inversa.autograd import Tensor, gradcheck
from inversa.nn.activations import Activation, LogSoftmax, Step
from inversa.nn.init import he_uniform
from inversa.nn.layers import Dense
from inversa.nn.maxout import Maxout
from inversa.nn.mlp import MLP
from inversa.nn.neurons import NeuronNetwork


@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_the_largest_of_linear_neurons(pieces):
    layer = Maxout(3, 4, pieces, seed=0)
    layer.bias[...] = np.linspace(-1, 1, 4 * pieces)
    x = np.random.default_rng(1).standard_normal((5, 3))
    weight, bias = layer.weight.numpy(), layer.bias.numpy()
    expected = [
        [max(weight[j * pieces + k] @ row + bias[j * pieces + k] for k in range(pieces)) for j in range(4)] for row in x
    ]
    np.testing.assert_allclose(layer(x).data, expected)
    np.testing.assert_allclose(layer(x[2]).data, expected[2])
    assert layer(x[:0]).shape == (0, 4)
    assert layer.parameter_count() == 4 * pieces * (3 + 1)


def test_it_can_be_relu_and_the_absolute_value():
    layer = Maxout(1, 2, seed=0)
    layer.weight[...] = [[1.0], [0.0], [1.0], [-1.0]]
    assert layer([[-2.0], [3.0]]).tolist() == [[0.0, 2.0], [3.0, 3.0]]


def test_only_the_largest_piece_learns():
    layer = Maxout(1, 1, 3, seed=0)
    layer.weight[...] = [[1.0], [3.0], [2.0]]
    layer([5.0]).backward([1.0])
    assert layer.weight.grad.tolist() == [[0.0], [5.0], [0.0]]
    assert layer.bias.grad.tolist() == [0.0, 1.0, 0.0]


def test_gradient():
    assert gradcheck(Maxout(3, 2, 2, seed=0), np.random.default_rng(1).standard_normal((4, 3)))


def test_seed_precision_and_names():
    one, other = Maxout(2, 3, seed=1), Maxout(2, 3, seed=1)
    assert np.array_equal(one.weight.data, other.weight.data)
    assert list(one.state_dict()) == ["weight", "bias"]
    assert Maxout(2, 3, seed=1, dtype="float32")(np.ones((1, 2), "float32")).dtype == "float32"


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="pieces is a positive integer, such as 2, not 0"):
        Maxout(2, 2, 0)
    with pytest.raises(ValueError, match="outputs is a positive integer, such as 4, not -1"):
        Maxout(2, -1)
    with pytest.raises(ValueError, match=r"takes inputs of shape \(…, 2\), not \(3,\)"):
        Maxout(2, 2, seed=0)([1.0, 2.0, 3.0])


def test_straight_lines_that_are_given():
    x = np.linspace(-2, 2, 9)[:, None]
    tent = Maxout.of([(-1, 0), (0, 0.5), (2, -1)])
    np.testing.assert_array_equal(tent(x).numpy(), np.maximum(np.maximum(-x, 0.5), 2 * x - 1))
    assert (tent.inputs, tent.outputs, tent.pieces) == (1, 1, 3)
    for wrong in ([], [1, 2], [(1, 2, 3)], [("a", 0)], 3, [(float("nan"), 0)]):
        with pytest.raises(ValueError, match=r"pieces is a list of pairs \(slope, intercept\), such as \[\(1, 0\)"):
            Maxout.of(wrong)


def test_an_mlp_of_maxout_neurons():
    model = MLP([2, 5, 4, 1], activation=["maxout", "tanh"], pieces=3, seed=0)
    first, second, last = model.layers
    assert (type(first), type(second), type(last)) == (Maxout, Dense, Dense)
    assert model.parameter_count() == 5 * 3 * 3 + 4 * 6 + 5
    assert [first.title, first.weight.name, first.bias.name] == ["hidden layer 1", "W1", "b1"]
    x = np.random.default_rng(1).standard_normal((6, 2))
    z = (x @ first.weight.numpy().T + first.bias.numpy()).reshape(6, 5, 3).max(axis=2)
    np.testing.assert_allclose(model(x).numpy(), last(second(z)).numpy())
    assert gradcheck(model, x)
    assert MLP([2, 5, 1], "maxout").layers[0].pieces == 2
    assert MLP([2, 1], output="maxout", pieces=4).layers[0].pieces == 4
    drawn = MLP([2, 5, 1], "maxout", init=he_uniform, seed=3).layers[0].weight.numpy()
    np.testing.assert_array_equal(drawn, he_uniform((10, 2), np.random.default_rng(3)))


def test_an_mlp_of_maxout_neurons_learns_the_absolute_value_and_is_compiled():
    x = np.linspace(-1, 1, 64)[:, None]
    model = MLP([1, 4, 1], activation="maxout", seed=0)
    model.compile(loss="mse", optimizer="adam", lr=0.05)
    model.fit(x, abs(x), epochs=200, seed=0)
    assert model.evaluate(x, abs(x))["loss"] < 1e-4
    assert model.trainer.why_not is None


def test_pieces_and_maxout_where_there_is_none():
    with pytest.raises(ValueError, match="pieces is for maxout neurons: write activation='maxout'"):
        MLP([2, 3, 1], activation="tanh", pieces=2)
    with pytest.raises(ValueError, match="maxout is no function of one sum: take a layer of it"):
        Dense(2, 3, "maxout")
    with pytest.raises(ValueError, match="maxout is no function of one sum"):
        NeuronNetwork([2, 3, 1], activation="maxout")
    with pytest.raises(ValueError, match="largest of several sums, and a Neuron has one"):
        MLP([2, 3, 1], activation="maxout").neurons()
    with pytest.raises(ValueError, match="pieces is a positive integer, such as 2, not 0"):
        MLP([2, 3, 1], activation="maxout", pieces=0)


def test_step_is_the_perceptrons_threshold():
    x = Tensor([-1.0, 0.0, 2.0], requires_grad=True)
    y = Step()(x)
    y.sum().backward()
    assert y.tolist() == [0.0, 0.0, 1.0]
    assert x.grad.tolist() == [0.0, 0.0, 0.0]
    assert Step()(0.5) == 1.0


def test_log_softmax_is_the_logarithm_of_softmax():
    x = Tensor([[2.0, 1.0, 0.1], [0.0, 1000.0, 0.0]])
    y = LogSoftmax()(x)
    np.testing.assert_allclose(y.data[0], np.log(x.softmax().data[0]))
    assert y.data[1].tolist() == [-1000.0, 0.0, -1000.0]
    assert np.array_equal(Activation("log_softmax")(x).data, y.data)
