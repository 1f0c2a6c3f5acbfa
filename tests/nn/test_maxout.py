"""Maxout, and the activations that are modules only."""

import numpy as np
import pytest

from inversa.autograd import Tensor, gradcheck
from inversa.nn.activations import Activation, LogSoftmax, Step
from inversa.nn.maxout import Maxout


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
