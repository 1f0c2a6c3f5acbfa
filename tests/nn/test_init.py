"""Initial values: repeatable, and with the variance that the papers give."""

from math import sqrt

import numpy as np
import pytest

from inversa.nn import MLP, init

SHAPE = (300, 200)  # outputs, inputs


@pytest.mark.parametrize(
    ("draw", "variance"),
    [
        (init.glorot_uniform, 2 / 500),
        (init.glorot_normal, 2 / 500),
        (init.he_uniform, 2 / 200),
        (init.he_normal, 2 / 200),
        (init.uniform, 1 / 3),
        (init.normal, 0.01**2),
    ],
)
def test_variance_and_seed(draw, variance):
    weights = draw(SHAPE, seed=0)
    assert weights.shape == SHAPE
    assert weights.var() == pytest.approx(variance, rel=0.03)
    assert abs(weights.mean()) < 4 * sqrt(variance / weights.size)
    assert np.array_equal(weights, draw(SHAPE, seed=0))
    generator = np.random.default_rng(0)
    assert not np.array_equal(draw(SHAPE, generator), draw(SHAPE, generator))


def test_bounds():
    assert abs(init.glorot_uniform(SHAPE, 0)).max() <= sqrt(6 / 500)
    assert abs(init.he_uniform(SHAPE, 0)).max() <= sqrt(6 / 200)
    assert not init.zeros((3,)).any()


@pytest.mark.parametrize(
    ("draw", "variance"),
    [
        (init.glorot_uniform, 2 / (20 * 15 + 30 * 15)),
        (init.glorot_normal, 2 / (20 * 15 + 30 * 15)),
        (init.he_uniform, 2 / (20 * 15)),
        (init.he_normal, 2 / (20 * 15)),
    ],
)
def test_a_filter_sees_its_window_in_every_channel(draw, variance):
    """30 filters of 3 × 5 pixels on 20 channels: 20 · 15 inputs, and every pixel is in 15 windows of 30 filters."""
    weights = draw((30, 20, 3, 5), seed=0)
    assert weights.shape == (30, 20, 3, 5)
    assert weights.var() == pytest.approx(variance, rel=0.05)


def test_constants():
    assert init.constant((2, 3), seed=1, value=0.5).tolist() == [[0.5] * 3] * 2
    assert init.constant((2,), value=1).dtype == np.float64
    assert np.array_equal(init.constant((3,)), init.zeros((3,), seed=1))


@pytest.mark.parametrize("shape", [(3,), (), (3, 0), (2, 3, 0, 1)])
def test_shape_of_weights(shape):
    with pytest.raises(ValueError, match=r"weights have the shape \(outputs, inputs, …\), all at least 1, not "):
        init.he_normal(shape)


def test_mlp_is_seeded_and_its_biases_start_at_0():
    a, b, c = MLP([2, 3, 1], seed=5), MLP([2, 3, 1], seed=5), MLP([2, 3, 1], seed=6)
    assert np.array_equal(a.layers[0].weight.data, b.layers[0].weight.data)
    assert not np.array_equal(a.layers[0].weight.data, c.layers[0].weight.data)
    assert not any(layer.bias.data.any() for layer in a.layers)
