"""Learning: the data sets that everybody tries first, each learnt as well as it should be, from a fixed seed."""

import numpy as np
import pytest

from inversa.nn import MLP, Conv2d, Flatten, Linear, MaxPool2d, NeuronNetwork, Perceptron, ReLU, Sequential, data
from inversa.nn.augment import Shift
from inversa.nn.penalties import L2
from inversa.nn.perceptron import ConvergenceWarning
from inversa.nn.schedules import Cosine


def test_xor_is_beyond_a_perceptron_and_learnt_with_one_hidden_layer():
    xor = data.xor()
    with pytest.warns(ConvergenceWarning, match="XOR"):
        assert not Perceptron(2).fit(xor.x, xor.y, epochs=50).converged
    for model in (MLP([2, 4, 1], activation="tanh", seed=0), NeuronNetwork([2, 4, 1], activation="tanh", seed=0)):
        y = xor.y[:, None] if isinstance(model, MLP) else xor.y
        model.compile(loss="binary_cross_entropy", optimizer="adam", lr=0.05, metrics=["accuracy"])
        model.fit(xor.x, y, epochs=200, batch_size=None)
        assert model.evaluate(xor.x, y)["accuracy"] == 1.0
        assert np.abs(model.predict_proba(xor.x).ravel() - xor.y).max() < 0.05


@pytest.mark.parametrize("make", [data.moons, data.circles])
def test_curved_boundaries(make):
    samples = make(400, noise=0.1, seed=0)
    x_train, x_test, y_train, y_test = data.split(samples.x, samples.y, 0.25, seed=0)
    model = MLP([2, 16, 16, 2], seed=0)
    model.compile(loss="cross_entropy", optimizer="adam", lr=0.01, metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=60)
    assert model.evaluate(x_test, y_test)["accuracy"] >= 0.97


@pytest.mark.parametrize("seed", range(3))
def test_iris(seed):
    flowers = data.iris()
    x_train, x_test, y_train, y_test = data.split(flowers.x, flowers.y, 0.3, seed=seed, stratify=True)
    x_train, x_test = data.standardize(x_train, x_test)
    model = MLP([4, 8, 3], activation="tanh", seed=0)
    model.compile(loss="cross_entropy", optimizer="sgd", lr=0.1, metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=60, batch_size=16)
    assert model.evaluate(x_test, y_test)["accuracy"] >= 0.95


def learn_digits(model, images, **settings):
    digits = data.digits(images=images)
    x_train, x_test, y_train, y_test = data.split(digits.x, digits.y, 0.25, seed=0, stratify=True)
    model.compile(loss="cross_entropy", optimizer="adam", lr=0.01, metrics=["accuracy"], **settings)
    model.fit(x_train, y_train, epochs=settings["schedule"].steps, batch_size=64)
    return model.evaluate(x_test, y_test)["accuracy"]


def test_digits_by_a_multilayer_perceptron():
    assert learn_digits(MLP([64, 128, 10], seed=0), False, schedule=Cosine(40), penalty=L2(1e-4)) >= 0.97


@pytest.mark.parametrize("augment", [None, Shift(1)])
def test_digits_by_a_small_convolution(augment):
    model = Sequential(
        *(Conv2d(1, 16, 3, padding=1, seed=0), ReLU(), MaxPool2d(2)),
        *(Conv2d(16, 32, 3, padding=1, seed=1), ReLU(), MaxPool2d(2)),
        *(Flatten(), Linear(128, 10, seed=2)),
    )
    assert model.parameter_count() == 16 * (9 + 1) + 32 * (16 * 9 + 1) + 10 * (128 + 1)
    assert learn_digits(model, True, schedule=Cosine(15), augment=augment) >= 0.98
