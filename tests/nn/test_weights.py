"""Weights of samples and classes: the optimum is the weighted one, whatever the size of the batches."""

import numpy as np
import pytest

from inversa.nn import MLP, Embedding, Linear, NeuronNetwork, Sequential, losses
from inversa.nn.bayes import GaussianLikelihood
from inversa.nn.penalties import L2
from inversa.nn.schedules import TimeDecay

from .small import weights

N = 200
LABELS = np.arange(N) % 2
Y = LABELS[:, None].astype(float)
W = np.where(LABELS == 0, 9.0, 1.0)  # the weighted mean of the targets is 0.1
NOTHING = np.zeros((N, 1))  # with these inputs the bias alone is learnt


@pytest.mark.parametrize("batch_size", [1, 2, 8, 7, None])
@pytest.mark.parametrize(
    ("loss", "lr", "link"),
    [
        ("mse", 0.1, lambda b: b),
        ("binary_cross_entropy", 0.5, lambda b: 1 / (1 + np.exp(-b))),
        ("squared_error", 0.0005, lambda b: b),
        (GaussianLikelihood(1.0), 0.2, lambda b: b),
        (lambda outputs, targets, weights=None: losses.huber(outputs, targets, delta=9.0, weights=weights), 0.2, float),
    ],
    ids=["mean", "logits", "sum", "object", "function"],
)
def test_the_weighted_mean_is_found_for_every_batch_size(batch_size, loss, lr, link):
    model = Linear(1, 1, seed=0)
    model.compile(loss=loss, optimizer="sgd", lr=lr, schedule=TimeDecay(0.1) if batch_size else None)
    epochs = 100 if batch_size else 2000
    history = model.fit(NOTHING, Y, sample_weight=W, batch_size=batch_size, epochs=epochs)
    assert link(model.bias.item()) == pytest.approx(0.1, abs=0.008)
    assert history.loss[-1] == pytest.approx(model.evaluate(NOTHING, Y, sample_weight=W)["loss"], rel=0.03)


@pytest.mark.parametrize("loss", ["mse", "squared_error"])
@pytest.mark.parametrize("batch_size", [1, 4, 10, None])
def test_the_loss_of_an_epoch_and_of_evaluate_are_one(loss, batch_size):
    """For a model that hardly moves, with a penalty, and batches of which the last is smaller or not."""
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(10, 2)), rng.normal(size=(10, 1)), rng.uniform(0.1, 5, 10)
    model = Linear(2, 1, seed=0)
    penalty = None if loss == "squared_error" else L2(0.3)  # of a sum every batch would have a penalty of its own
    model.compile(loss=loss, optimizer="sgd", lr=1e-13, penalty=penalty)
    history = model.fit(x, y, sample_weight=w, batch_size=batch_size, validation_data=(x, y, w))
    assert history.loss[0] == pytest.approx(history["val_loss"][0], rel=1e-9)
    error = ((model.predict(x) - y) ** 2).ravel()
    expected = (w * error).sum() if penalty is None else np.average(error, weights=w) + penalty(model).item()
    assert history.loss[0] == pytest.approx(expected)


def test_only_the_ratios_of_weights_matter_to_a_mean():
    trained = []
    for factor in (1.0, 1000.0):
        model = MLP([1, 3, 1], seed=0)
        model.compile(loss="mse", optimizer="sgd", lr=0.1, penalty=L2(0.01))
        x = np.linspace(-1, 1, N)[:, None]
        model.fit(x, Y, sample_weight=factor * W, batch_size=32, epochs=3, validation_split=0.2)
        trained.append(weights(model))
    assert trained[0] == pytest.approx(trained[1], rel=1e-9)


def test_networks_of_values_have_the_same_weighted_steps():
    x, w = np.linspace(-1, 1, 6)[:, None], np.arange(1.0, 7.0)
    model = MLP([1, 2, 1], activation="tanh", seed=0)
    network = model.neurons()
    for one, y in ((model, x**2), (network, (x**2).ravel())):
        one.compile(loss="mse", optimizer="sgd", lr=0.1)
        one.fit(x, y, sample_weight=w, batch_size=4, epochs=3)
    assert network.predict(x) == pytest.approx(model.predict(x).ravel())


def test_single_precision_stays_so():
    model = MLP([1, 2, 1], dtype="float32", seed=0)
    model.compile(loss="mse")
    model.fit(NOTHING, Y, sample_weight=W)
    assert model.trainer.objective.cost(model(np.float32(NOTHING)), Y, np.float32(W)).dtype == np.float32


# Weights of classes.


def logistic(y, **settings):
    model = Linear(1, 1, seed=0)
    model.compile(loss="binary_cross_entropy", optimizer="sgd", lr=0.5)
    model.fit(np.zeros((len(y), 1)), y, epochs=3, batch_size=16, **settings)
    return weights(model)


def test_weights_of_classes_are_weights_of_their_samples():
    assert (logistic(Y, class_weight={0: 9.0}) == logistic(Y, sample_weight=W)).all()
    assert (logistic(Y, class_weight={0: 3.0, 1: 1}, sample_weight=np.sqrt(W)) != logistic(Y)).any()
    many = np.where(np.arange(N) % 10 == 0, 1.0, 0.0)[:, None]
    assert logistic(many, class_weight="balanced") == pytest.approx(
        logistic(many, sample_weight=np.where(many.ravel() == 1, 9.0, 1.0)), rel=1e-9
    )


def test_labels_and_one_hot_rows_have_the_same_classes():
    trained = []
    for y in (np.arange(30) % 3, np.eye(3)[np.arange(30) % 3]):
        model = MLP([1, 3], seed=0)
        model.compile(loss="cross_entropy", optimizer="sgd")
        model.fit(np.linspace(0, 1, 30)[:, None], y, class_weight={2: 4.0})
        trained.append(weights(model))
    assert trained[0] == pytest.approx(trained[1], rel=1e-9)


@pytest.mark.parametrize(
    ("loss", "y", "given", "message"),
    [
        ("binary_cross_entropy", Y, {2: 1.0}, r"class_weight has the class 2, but the targets have \[0, 1\]"),
        ("binary_cross_entropy", Y, {0: -1.0}, r"class_weight\[0\] is 0 or a positive number, such as 5.0, not -1.0"),
        ("binary_cross_entropy", Y, "equal", "class_weight is 'balanced', or a dict"),
        ("binary_cross_entropy", Y, [1.0, 2.0], "class_weight is 'balanced', or a dict"),
        ("binary_cross_entropy", 0.5 * Y, {0: 1.0}, "needs one class a sample"),
        ("mse", Y, {0: 1.0}, "class_weight needs a loss for classes"),
        ("binary_cross_entropy", Y, {0: 0.0, 1: 0.0}, "all 0"),
    ],
)
def test_weights_of_classes_that_fit_nothing(loss, y, given, message):
    model = Linear(1, 1, seed=0)
    model.compile(loss=loss)
    with pytest.raises(ValueError, match=message):
        model.fit(NOTHING, y, class_weight=given)


def test_a_loss_of_ones_own_takes_weights_as_losses_do():
    def error(outputs, targets):
        return ((outputs - targets) ** 2).mean()

    def weighted_sum(outputs, targets, weights):
        return ((outputs - targets) ** 2 * weights[:, None]).mean()

    for loss, message in ((error, "error takes no weights"), (weighted_sum, r"their mean, Σ w·l / Σ w")):
        model = Linear(1, 1, seed=0)
        model.compile(loss=loss)
        with pytest.raises(ValueError, match=message):
            model.fit(NOTHING, Y, sample_weight=W)


def test_networks_of_values_take_weights_of_classes():
    network = NeuronNetwork([1, 2], seed=0)
    network.compile(loss="cross_entropy")
    assert np.isfinite(network.fit(NOTHING[:6], LABELS[:6], class_weight="balanced").loss[0])


# What one step makes smaller.


def test_the_last_batch_has_its_own_size_and_the_whole_penalty():
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(10, 2)), rng.normal(size=(10, 1)), rng.uniform(0.5, 2, 10)
    model, by_hand = Linear(2, 1, seed=0), Linear(2, 1, seed=0)
    model.compile(loss="mse", optimizer="sgd", lr=0.1, penalty=L2(0.3))
    model.fit(x, y, sample_weight=w, batch_size=4, shuffle=False)
    weight, bias = by_hand.weight.numpy().copy(), by_hand.bias.numpy().copy()
    for rows in (slice(0, 4), slice(4, 8), slice(8, 10)):
        slope = 2 * (w / w.mean())[rows, None] * (x[rows] @ weight.T + bias - y[rows]) / len(x[rows])
        weight, bias = weight - 0.1 * (slope.T @ x[rows] + 2 * 0.3 * weight), bias - 0.1 * slope.sum(axis=0)
    assert model.weight.numpy() == pytest.approx(weight)
    assert model.bias.numpy() == pytest.approx(bias)


def test_the_penalty_of_a_sum_counts_once_a_batch():
    model = Linear(2, 1, seed=0)
    model.compile(loss="squared_error", optimizer="sgd", lr=1e-13, penalty=L2(0.3))
    history = model.fit(np.zeros((10, 2)), np.ones((10, 1)), batch_size=4)
    assert history.loss[0] == pytest.approx(10 + 3 * L2(0.3)(model).item())


def test_metrics_do_not_look_at_weights():
    model = Linear(1, 1, seed=0)
    model.compile(loss="mse", optimizer="sgd", lr=1e-13, metrics=["mse"])
    history = model.fit(NOTHING, Y, sample_weight=W, validation_data=(NOTHING, Y, W))
    assert history["mse"] == pytest.approx([0.5])
    assert history["val_mse"] == pytest.approx([0.5])
    assert history["loss"] == pytest.approx([0.1])


def test_a_second_fit_goes_on_with_weights_averages_and_schedule():
    x = np.linspace(-1, 1, 20)[:, None]
    trained = []
    for parts in ((4,), (1, 3)):
        model = MLP([1, 3, 1], seed=0)
        model.compile(loss="mse", optimizer="adam", lr=0.05, schedule=TimeDecay(0.5))
        for epochs in parts:
            history = model.fit(x, x**2, epochs=epochs, batch_size=8, shuffle=False)
        assert len(history) == parts[-1]
        trained.append(weights(model))
    assert (trained[0] == trained[1]).all()
    model.compile(loss="mse", optimizer="adam", lr=0.05, schedule=TimeDecay(0.5))
    assert model.fit(x, x**2)["lr"] == [0.05]


def test_weights_of_samples_that_are_looked_up_are_no_integers():
    model = Sequential(Embedding(1, 2, seed=0))
    model.compile(loss="cross_entropy", optimizer="adam", lr=0.1)
    x, y = np.zeros(4, int), np.array([0, 0, 0, 1])
    model.fit(x, y, sample_weight=[1, 1, 1, 9], batch_size=4, epochs=300)  # as integers the first three were 0
    assert model.predict_proba(x[:1]).ravel() == pytest.approx([0.25, 0.75], abs=0.01)
