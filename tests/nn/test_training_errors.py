"""What can go wrong in training: divergence, data and settings that do not fit. Nothing is lost."""

import numpy as np
import pytest

from inversa.autograd import Tensor, sqrt
from inversa.nn import (
    MLP,
    Activation,
    DivergenceError,
    Linear,
    Sequential,
    optim,
)
from inversa.nn.schedules import TimeDecay

from .small import Recorder, X, Y, line, weights


def test_divergence_is_told_and_leaves_the_last_good_weights():
    model, steps = line(lr=10.0), []
    expected = r"the loss became (inf|nan) in epoch \d+, batch \d+: try a smaller learning rate than 10, standardise"
    with pytest.raises(DivergenceError, match=expected):
        model.fit(1e3 * X, Y, epochs=200, callbacks=[Recorder(steps)])
    assert np.isfinite(model.evaluate(1e3 * X, Y)["loss"])
    assert (weights(model) == steps[-2]).all()


def test_an_infinite_weight_after_the_last_step_is_noticed():
    model = line(lr=1e200)
    before = weights(model)
    with pytest.raises(DivergenceError, match="a weight became infinite in epoch 1, batch 1"):
        model.fit(1e120 * X, Y, batch_size=None)
    assert (weights(model) == before).all()


def test_an_infinite_gradient_is_told_where_gradients_are_clipped():
    model = Sequential(Linear(1, 1, seed=0), Activation(sqrt))
    for parameter in model.parameters():
        parameter[...] = 0.0
    model.compile(loss="mse", optimizer="sgd", clip_norm=1.0)
    with pytest.raises(DivergenceError, match="a gradient became infinite or nan in epoch 1, batch 1"):
        model.fit(X, Y, batch_size=None)
    assert (weights(model) == 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": X[:5]}, r"\(5, 1\) and \(20, 1\)"),
        ({"x": np.zeros((0, 1)), "y": np.zeros((0, 1))}, "no samples"),
        ({"x": np.zeros((20, 3))}, r"\(…, 1\), not \(1, 3\)"),
        ({"x": np.where(X == 1, np.nan, X)}, "nan in row 19, column 0"),
        ({"y": np.where(X == 1, np.inf, Y)}, "inf in row 19, column 0"),
        ({"epochs": 0}, "epochs is a positive integer, not 0"),
        ({"batch_size": 0}, "batch_size is a positive integer, not 0"),
        ({"batch_size": 1.5}, "batch_size is a positive integer"),
        ({"validation_split": 1.5}, "validation_split is a share"),
        ({"validation_split": 0.01}, "leaves samples on both sides of 20"),
        ({"validation_data": (X, Y[:3])}, r"\(20, 1\) and \(3, 1\)"),
        ({"sample_weight": np.ones(3)}, r"shape \(20,\), not \(3,\)"),
        ({"sample_weight": -np.ones(20)}, "not negative"),
        ({"sample_weight": np.zeros(20)}, "all 0"),
        ({"resume": True}, "give checkpoint="),
        ({"y": Y[:, 0]}, r"write targets\[:, None\]"),
    ],
)
def test_bad_input_changes_nothing(change, message):
    model = line()
    before = weights(model)
    with pytest.raises(ValueError, match=message):
        model.fit(**{"x": X, "y": Y, "batch_size": None} | change)
    assert (weights(model) == before).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "msee"}, "no loss 'msee': use one of .*mean_squared_error"),
        ({"optimizer": "sdg"}, "no optimizer 'sdg': use one of sgd, momentum, adagrad"),
        ({"optimizer": optim.SGD([Tensor(1.0, True)], lr=0.1), "lr": 1.0}, "a learning rate of its own"),
        ({"schedule": TimeDecay(1.0), "schedule_per": "batch"}, "'epoch' or 'step', not 'batch'"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        Linear(1, 1).compile(**{"loss": "mse"} | settings)


def test_a_label_that_is_no_class_is_named():
    model = MLP([1, 3])
    model.compile(loss="cross_entropy")
    with pytest.raises(ValueError, match="label 3 is none of the 3 classes"):
        model.fit(X, np.arange(20) % 4, batch_size=None)


def test_verbs_need_a_loss():
    with pytest.raises(RuntimeError, match=r"fit\(\) needs a loss: call compile"):
        MLP([1, 1]).fit(X, Y)


def test_probabilities_are_refused_where_a_loss_wants_logits():
    model = MLP([2, 3], output="softmax")
    model.compile(loss="cross_entropy")
    with pytest.raises(ValueError, match="logits"):
        model.evaluate([[0.0, 1.0]], [1])
