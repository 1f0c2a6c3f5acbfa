"""Training: what fit does to a model and reports, and how what is trained is used."""

import copy
import inspect
import pickle
import pydoc
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest

from inversa.autograd import Graph, Tensor
from inversa.nn import (
    MLP,
    Activation,
    Dropout,
    History,
    Linear,
    NeuronNetwork,
    Sequential,
    losses,
    optim,
)
from inversa.nn.penalties import L1, L2
from inversa.nn.schedules import TimeDecay

from .small import X, Y, line, small, weights

# What it does.


def test_a_linear_neuron_finds_the_line():
    model = line()
    history = model.fit(X, Y, epochs=60, batch_size=5)
    assert model.weight.item() == pytest.approx(3, abs=1e-3)
    assert model.bias.item() == pytest.approx(-1, abs=1e-3)
    assert len(history) == len(history.loss) == 60
    assert history["loss"][-1] < 1e-5 < history.loss[0]
    assert model.evaluate(X, Y)["loss"] < 1e-5
    assert not history.interrupted
    assert history.stopped == ""


def test_batches_are_those_of_gradient_descent():
    """Full batch, mini-batch and single sample against the same steps taken by hand."""
    for size in (None, 7, 1):
        model, by_hand = line(), Linear(1, 1, seed=0)
        model.fit(X, Y, epochs=2, batch_size=size, shuffle=False)
        optimizer = optim.SGD(by_hand.parameters(), lr=0.1)
        for _ in range(2):
            for i in range(0, 20, size or 20):
                rows = slice(i, i + (size or 20))
                optimizer.zero_grad()
                losses.mean_squared_error(by_hand(X[rows]), Y[rows]).backward()
                optimizer.step()
        assert (weights(model) == weights(by_hand)).all()


def test_training_can_be_repeated_and_depends_on_the_seed():
    def loss(seed):
        return small().fit(X, Y, epochs=3, batch_size=4, seed=seed).loss

    assert loss(7) == loss(7) != loss(8)
    assert loss(7) == loss(np.random.default_rng(7))


def test_the_loss_of_an_epoch_is_the_mean_over_samples():
    model = line(lr=1e-12)
    before = model.evaluate(X[:3], Y[:3])["loss"]
    assert model.fit(X[:3], Y[:3], batch_size=2).loss[0] == pytest.approx(before)
    weighted = model.evaluate(X[:3], Y[:3], sample_weight=[1, 2, 0])["loss"]
    history = model.fit(X[:3], Y[:3], batch_size=2, sample_weight=[1, 2, 0])
    assert history.loss[0] == pytest.approx(weighted)


def test_the_loss_of_an_epoch_is_the_sum_where_the_loss_is_one():
    model = line(lr=1e-12, loss="half_squared_error")
    before = model.evaluate(X, Y)["loss"]
    assert before == pytest.approx(((X * model.weight.item() - Y) ** 2).sum() / 2)
    assert model.fit(X, Y, batch_size=3).loss[0] == pytest.approx(before)


def test_weights_of_samples_are_repetitions_of_them():
    counts = np.arange(20) % 3
    weighted, repeated = small(), small()
    weighted.fit(X, Y, epochs=5, batch_size=None, sample_weight=counts)
    repeated.fit(np.repeat(X, counts, axis=0), np.repeat(Y, counts, axis=0), epochs=5, batch_size=None)
    assert weights(weighted) == pytest.approx(weights(repeated), rel=1e-12)
    left_out, without = small(), small()
    left_out.fit(X, Y, epochs=2, batch_size=2, sample_weight=counts > 0)
    without.fit(X[counts > 0], Y[counts > 0], epochs=2, batch_size=2)
    assert weights(left_out) == pytest.approx(weights(without), rel=1e-12)


def test_validation_data_are_not_trained_on():
    model, alone = small(), small()
    history = model.fit(X[:12], Y[:12], epochs=3, validation_data=(X[12:], Y[12:]))
    alone.fit(X[:12], Y[:12], epochs=3)
    assert (weights(model) == weights(alone)).all()
    assert history["val_loss"][-1] == model.evaluate(X[12:], Y[12:])["loss"]


def test_a_validation_split_is_drawn_from_the_seed():
    def split(seed):
        rows = set()

        class Spy(Linear):
            def forward(self, x):
                if self.training:
                    rows.update(np.ravel(x).tolist())
                return super().forward(x)

        model = Spy(1, 1, seed=0)
        model.compile(loss="mse", optimizer="sgd")
        model.fit(X, Y, epochs=2, batch_size=4, validation_split=0.25, seed=seed)
        return frozenset(rows)

    assert len(split(0)) == 15
    assert split(0) == split(0) != split(1)


def test_a_penalty_belongs_to_the_loss_and_leaves_biases_alone():
    model = line(lr=1e-12, penalty=L2(0.5))
    w = model.weight.item()
    bare = np.mean((X * w - Y) ** 2)
    assert model.evaluate(X, Y)["loss"] == pytest.approx(bare + 0.5 * w**2)
    assert model.fit(X, Y, batch_size=None).loss[0] == pytest.approx(bare + 0.5 * w**2)
    free, shrunk, sparse = line(), line(penalty=L2(1.0)), line(penalty=L1(10.0))
    for one in (free, shrunk, sparse):
        one.fit(X, Y, epochs=200, batch_size=None)
    variance = np.mean(X**2)
    assert shrunk.weight.item() == pytest.approx(3 * variance / (variance + 1))
    assert shrunk.bias.item() == pytest.approx(-1)
    assert free.weight.item() == pytest.approx(3)
    assert abs(sparse.weight.item()) <= 1.0  # a step of the optimiser: 0.1 times 10


def test_a_schedule_goes_by_epochs_or_by_steps():
    assert line(schedule=TimeDecay(1.0)).fit(X, Y, epochs=3)["lr"] == pytest.approx([0.1, 0.05, 0.1 / 3])
    model = line(schedule=TimeDecay(1.0), schedule_per="step")
    assert model.fit(X, Y, epochs=2, batch_size=5)["lr"] == pytest.approx([0.1, 0.1 / 5])


def test_gradients_are_clipped():
    for clip in ({"clip_norm": 1e-3}, {"clip_value": 1e-3}):
        model = line(**clip)
        before = weights(model)
        model.fit(1e3 * X, Y, batch_size=None)
        assert 0 < np.abs(weights(model) - before).max() <= 1.0001e-4


def test_training_batches_are_augmented():
    seen = []

    def double(x, generator):
        seen.append(generator.random())
        return 2 * x

    model, other = line(augment=double), line()
    model.fit(X, Y, epochs=2, batch_size=None)
    other.fit(2 * X, Y, epochs=2, batch_size=None)
    np.testing.assert_allclose(weights(model), weights(other), rtol=1e-14)  # BLAS may add in another order
    assert len(set(seen)) == 2


def test_float32_networks_compute_in_float32():
    model = MLP([1, 3, 1], dtype="float32", seed=0)
    model.compile(loss="mse", optimizer="adam")
    model.fit(X, Y, epochs=2)
    assert {p.dtype for p in model.parameters()} == {np.dtype("float32")}
    assert model.predict(X).dtype == np.float32


def test_networks_of_values_are_trained_alike():
    network = NeuronNetwork([2, 4, 1], activation="tanh", seed=0)
    x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    network.compile(loss="mse", optimizer="adam", lr=0.05)
    history = network.fit(x, y, epochs=100, batch_size=None)
    assert history.loss[-1] < 0.01 < history.loss[0]
    assert network.predict(x).round().tolist() == y


def test_dropout_is_on_in_training_only():
    class Spy(Dropout):
        modes = []  # noqa: RUF012

        def forward(self, x):
            self.modes.append(self.training)
            return super().forward(x)

    model = Sequential(Linear(1, 4, seed=0), Spy(0.5, seed=0), Linear(4, 1, seed=1)).eval()
    model.compile(loss="mse", optimizer="sgd")
    model.fit(X, Y, epochs=1, batch_size=10, validation_data=(X, Y))
    assert Spy.modes.count(True) == 2  # the batches
    assert Spy.modes[-1] is False
    assert not model.training  # as before


# What is reported.


def test_metrics_of_classes_are_of_decisions():
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(40, 2)), rng.integers(0, 3, 40)
    model = MLP([2, 5, 3], seed=0)
    model.compile(loss="cross_entropy", optimizer="sgd", lr=1e-12, metrics=["accuracy"])
    share = np.mean(model.predict(x).argmax(axis=1) == labels)
    for target in (labels, np.eye(3)[labels]):
        history = model.fit(x, target, batch_size=7, validation_data=(x, target))
        assert history["accuracy"] == history["val_accuracy"] == [share]
        assert model.evaluate(x, target)["accuracy"] == share


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "binary_cross_entropy_of_probabilities", "hinge"])
def test_metrics_of_two_classes(loss):
    x = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    y = np.array([[0], [1], [1], [1]])
    model = Linear(1, 1)
    model.weight[...] = [[1.0]]
    model.bias[...] = [0.5]
    if loss.endswith("probabilities"):
        model = Sequential(model, Activation("sigmoid"))
    model.compile(loss=loss, metrics=["accuracy"])
    assert model.evaluate(x, 2 * y - 1 if loss == "hinge" else y)["accuracy"] == 0.75
    assert (model.predict_classes(x) > 0).ravel().tolist() == [False, False, True, True]
    if loss != "hinge":
        assert model.predict_proba(x) == pytest.approx(1 / (1 + np.exp(-(x + 0.5))))


def test_probabilities_and_classes():
    model = MLP([2, 3], seed=0)
    with pytest.raises(RuntimeError, match="call compile"):
        model.predict_proba([[0.0, 1.0]])
    model.compile(loss="cross_entropy")
    p = model.predict_proba(np.random.default_rng(0).normal(size=(5, 2)))
    assert p.sum(axis=1) == pytest.approx(np.ones(5))
    model.compile(loss="mse")
    with pytest.raises(ValueError, match="with the loss mean_squared_error there are no probabilities"):
        model.predict_proba([[0.0, 1.0]])
    with pytest.raises(ValueError, match="mean_squared_error is not a loss for classes"):
        model.predict_classes([[0.0, 1.0]])


def test_r2_and_metrics_of_ones_own():
    def largest_error(targets, predictions):
        return np.abs(targets - predictions).max()

    model = line(metrics=["r2", largest_error])
    history = model.fit(X, Y, epochs=60, batch_size=5)
    assert history["r2"][-1] == pytest.approx(1, abs=1e-4)
    assert history["largest_error"][-1] < 0.01
    with pytest.raises(ValueError, match=r"no metric 'acuracy': use one of accuracy"):
        line(metrics=["acuracy"])


def test_a_history_plots_itself():
    history = small(metrics=["r2"]).fit(X, Y, epochs=4, validation_split=0.5)
    panels = history.plot()
    plt.close()
    assert [axes.get_title() for axes in panels] == ["loss", "R²"]
    for axes, name in zip(panels, ["loss", "r2"], strict=True):
        trained, validation = (graph.get_ydata().tolist() for graph in axes.lines)
        assert trained == history[name]
        assert validation == history[f"val_{name}"]
    with pytest.raises(KeyError, match=r"'acc' was not recorded: there is 'loss', 'r2'"):
        history["acc"]
    with pytest.raises(ValueError, match="nothing to plot"):
        History().plot()


def test_a_history_plots_names_with_signs_of_formulas():
    panels = History({"loss": [1.0, 0.5], "$x_{": [1.0, 2.0], "a$b$\ud800": [1.0, 2.0]}).plot(lang="es")
    panels[0].figure.canvas.draw()  # a formula that is none would be an error here
    plt.close()
    assert [axes.get_title() for axes in panels] == ["pérdida", "$x {", "a$b$�"]
    assert panels[0].get_xlabel() == "época"
    assert not any(axes.title.get_parse_math() for axes in panels)


def test_a_history_shows_its_last_numbers():
    history = History({"loss": [2.0, 0.25], "val_loss": [1.0, 1e-5]})
    assert repr(history) == "History(2 epochs, loss=0.25, val_loss=1e-05)"
    assert repr(History()) == "History(0 epochs)"


def test_plotting_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"inversa\[plot\]"):
        History({"loss": [1.0]}).plot()


# Using what is trained.


def test_predict_records_nothing_and_keeps_the_mode():
    model = MLP([1, 2, 1])
    assert isinstance(model.predict(X), np.ndarray)
    assert model.training
    assert len(Graph(model(Tensor(X)))) > 1


def test_predict_goes_through_the_network_in_parts():
    model = MLP([1, 3, 2], seed=0)
    assert model.predict(X, batch_size=3) == pytest.approx(model.predict(X), rel=1e-12)
    assert model.predict(np.zeros((0, 1))).shape == (0, 2)
    assert model.predict(X[0]).shape == (2,)
    with pytest.raises(ValueError, match="batch_size"):
        model.predict(X, batch_size=0)


def test_the_laws_hold_in_single_precision():
    x = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    loss = losses.cross_entropy(MLP([4, 8, 3], dtype="float32", seed=0)(x), np.arange(20) % 3)
    assert loss.dtype == np.float32
    assert loss.inverse().check()["adjoint"] < 1e-5


def test_submodules_are_left_in_the_mode_they_had():
    model = Sequential(Linear(1, 1, seed=0), Dropout(0.5, seed=0))
    model[1].eval()
    model.compile(loss="mse")
    model.fit(X, Y, validation_split=0.5)
    assert [module.training for module in model.modules()] == [True, True, False]


def test_weights_of_samples_count_in_the_loss_of_an_epoch():
    model = line(lr=1e-12)
    expected = model.evaluate(X[:3], Y[:3], sample_weight=[1, 2, 3])["loss"]
    assert model.fit(X[:3], Y[:3], batch_size=1, sample_weight=[1, 2, 3]).loss[0] == pytest.approx(expected)


def test_columns_of_targets_and_outputs_are_one_thing_to_metrics():
    def shapes(targets, predictions):
        assert targets.shape == predictions.shape == (20,)
        return 0.0

    model = line(metrics=[shapes])
    assert model.evaluate(X, Y)["shapes"] == 0.0


def test_a_history_is_looked_into_by_names():
    history = line().fit(X, Y, epochs=2, validation_split=0.5)
    assert list(history) == ["loss", "val_loss"]
    assert "loss" in history
    assert "accuracy" not in history


def test_a_loss_of_ones_own():
    def cubic(outputs, targets):
        return (abs(outputs - targets) ** 3).mean()

    model = line(loss=cubic)
    assert model.fit(X, Y, epochs=50).loss[-1] < 0.01
    with pytest.raises(ValueError, match="cubic is not a loss for classes"):
        model.predict_classes(X)


def test_the_hinge_loss_has_classes_and_no_probabilities():
    model = line(loss="hinge")
    assert set(model.predict_classes(X).ravel().tolist()) == {-1, 1}
    with pytest.raises(ValueError, match="with the loss hinge there are no probabilities"):
        model.predict_proba(X)


def test_help_shows_the_settings_of_compile():
    names = list(inspect.signature(MLP.compile).parameters)
    assert names[:3] == ["self", "loss", "optimizer"]
    assert "clip_norm" in names


def test_a_compiled_model_is_copied_and_pickled_with_its_training():
    model = small(optimizer="adam")
    model.fit(X, Y)
    for clone in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        one, other = copy.deepcopy(model), clone
        one.fit(X, Y, epochs=2)
        other.fit(X, Y, epochs=2)
        assert (weights(one) == weights(other)).all()
    assert len(model.trainer.history) == 1


def test_no_gradients_are_left_behind():
    model = small()
    model.fit(X, Y)
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("optimizer", ["SGD", optim.SGD, lambda parameters: optim.SGD(parameters, lr=0.01)])
def test_an_optimiser_by_its_name_or_class_or_made_by_a_function(optimizer):
    model, other = Linear(1, 1, seed=0), Linear(1, 1, seed=0)
    model.compile(loss="MSE", optimizer=optimizer)
    other.compile(loss=losses.mean_squared_error, optimizer=optim.SGD(other.parameters(), lr=0.01))
    assert model.fit(X, Y, epochs=2).history == other.fit(X, Y, epochs=2).history


def test_help_shows_how_a_loss_is_called():
    text = pydoc.render_doc(losses.huber, renderer=pydoc.plaintext)
    assert "huber(prediction" in text
    assert "delta: 'float' = 1.0" in text
    assert "P. J. Huber" in text
