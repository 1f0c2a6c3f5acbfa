"""Dropout: what is switched off, how often, and what is left of the gradient."""

from math import sqrt

import numpy as np
import pytest

from inversa.autograd import Tensor, Value, gradcheck, where
from inversa.nn import Linear, NeuronLayer, Sequential, Tanh
from inversa.nn.dropout import Dropout, drop

ONES = Tensor(np.ones((200, 100)), requires_grad=True)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_how_many_are_switched_off_and_how_much_the_others_grow(p):
    y = Dropout(p, seed=0)(ONES).data
    assert set(np.unique(y)) == {0.0, 1 / (1 - p)}
    assert abs((y == 0).mean() - p) < 4 * sqrt(p * (1 - p) / y.size)
    assert abs(y.mean() - 1) < 4 * sqrt(p / (1 - p) / y.size)


def test_masks_differ_between_calls_and_repeat_with_the_seed():
    one, other = Dropout(seed=3), Dropout(seed=3)
    first, second = one(ONES).data, one(ONES).data
    assert not np.array_equal(first, second)
    assert np.array_equal(first, other(ONES).data)
    assert np.array_equal(second, other(ONES).data)
    assert not np.array_equal(first, Dropout(seed=4)(ONES).data)


def test_the_generator_is_kept_and_can_be_set_back():
    dropout = Dropout(seed=0)
    dropout(ONES)
    state = dropout.generator.bit_generator.state
    first = dropout(ONES).data
    dropout.generator.bit_generator.state = state
    assert np.array_equal(dropout(ONES).data, first)
    generator = np.random.default_rng(0)
    assert Dropout(seed=generator).generator is generator


def test_eval_changes_nothing_and_draws_nothing():
    dropout = Dropout(seed=0).eval()
    state = dropout.generator.bit_generator.state
    x = [Value(1.0), Value(2.0)]
    assert dropout(ONES) is ONES
    assert dropout(x) is x
    assert dropout.generator.bit_generator.state == state


def test_probability_0_keeps_everything():
    assert np.array_equal(Dropout(0.0, seed=0)(ONES).data, ONES.data)


def test_gradient_passes_where_kept():
    x = Tensor(np.ones((4, 5)), requires_grad=True)
    y = Dropout(0.2, seed=0)(x)
    y.backward(np.full(x.shape, 8.0))
    assert np.array_equal(x.grad, np.where(y.data == 0, 0.0, 10.0))
    assert 0 < (x.grad == 0).sum() < x.size


def test_what_is_switched_off_is_0_whatever_it_was():
    """Not inf · 0, which is NaN."""
    y = Dropout(0.5, seed=0)(Tensor(np.full(20, np.inf))).data
    assert set(y) == {0.0, np.inf}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_precision_stays(dtype):
    x = Tensor(np.ones(8), requires_grad=True, dtype=dtype)
    y = Dropout(0.3, seed=0)(x)
    y.sum().backward()
    assert (y.dtype, x.grad.dtype) == (dtype, dtype)
    assert Dropout(0.3, seed=0)(x.numpy()).dtype == dtype


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 4), (2, 0), (2, 3, 4)])
def test_bit_for_bit_what_the_formula_gives(dtype, shape):
    """And decided by the same random numbers: a training that goes on from a checkpoint depends on them."""
    x = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    dropout = Dropout(0.3, seed=5)
    found = [dropout(Tensor(x)).data for _ in range(3)]
    generator = np.random.default_rng(5)
    for y in found:
        expected = where(generator.random(shape) >= 0.3, x / (1 - 0.3), 0.0)
        assert y.dtype == expected.dtype
        np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_may_lie_in_memory_as_they_like_and_hold_what_they_like(dtype):
    x = np.random.default_rng(1).standard_normal((6, 8)).astype(dtype)
    x[0, 0], x[1, 1], x[2, 2], x[3, 3] = np.nan, np.inf, -np.inf, -0.0
    kept = np.random.default_rng(2).random((6, 8)) >= 0.5
    for change in (np.asfortranarray, lambda a: a[::-1, ::2], lambda a: a.T, lambda a: np.broadcast_to(a[:1], a.shape)):
        np.testing.assert_array_equal(drop(change(x), change(kept), 0.2), where(change(kept), change(x) / 0.8, 0.0))
    assert np.array_equal(drop(x[4], True, 0.5), x[4] * 2)  # one decision for all


def test_gradients_and_composition():
    kept = np.random.default_rng(2).random((3, 4)) >= 0.5
    x = np.random.default_rng(1).standard_normal((3, 4))
    assert gradcheck(lambda x: drop(x * x, kept, 0.2), x, order=2)
    assert np.array_equal(drop.composition(x, condition=kept, p=0.2), drop(x, kept, 0.2))


def test_a_list_of_values():
    values = [Value(3.0) for _ in range(40)]
    outputs = Dropout(0.25, seed=0)(values)
    assert {y.data for y in outputs} == {0.0, 4.0}
    sum(outputs, Value(0.0)).backward()
    assert [x.grad for x in values] == [y.data / 3.0 for y in outputs]


def test_single_numbers():
    dropout = Dropout(0.5, seed=0)
    assert {dropout(Value(1.0)).data for _ in range(20)} == {0.0, 2.0}
    assert {dropout(1.0) for _ in range(20)} == {0.0, 2.0}


def test_between_the_layers_of_a_network_of_neurons():
    net = Sequential(NeuronLayer(2, 16, "tanh", seed=0), Dropout(seed=0), NeuronLayer(16, 1, "identity", seed=1))
    net([0.5, 1.0]).backward()
    hidden = [neuron.weights[0].grad for neuron in net[0].neurons]
    assert 0 < hidden.count(0.0) < 16
    assert net.eval()([0.5, 1.0]).data == net([0.5, 1.0]).data


def test_in_a_network_of_tensors():
    net = Sequential(Linear(3, 50, seed=0), Tanh(), Dropout(seed=0), Linear(50, 1, seed=1))
    x = np.ones((2, 3))
    assert not np.array_equal(net(x).data, net(x).data)
    assert np.array_equal(net.eval()(x).data, net(x).data)
    assert not np.array_equal(net.train()(x).data, net(x).data)
    assert net.parameter_count() == 4 * 50 + 51
    assert repr(net[2]) == "Dropout(0.5)"


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, float("nan")])
def test_what_is_no_such_probability_is_refused(p):
    with pytest.raises(ValueError, match=f"a number from 0 to below 1, such as 0.5, not {p}"):
        Dropout(p)
