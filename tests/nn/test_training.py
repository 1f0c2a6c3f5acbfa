"""Training: what fit does to a model and reports, what can go wrong, what stops it, how what is trained is used."""

import os
import signal
import sys
import threading

import matplotlib.pyplot as plt
import numpy as np
import pytest

from inversa.autograd import Graph, Tensor, sqrt
from inversa.nn import (
    MLP,
    Activation,
    Callback,
    DivergenceError,
    Dropout,
    EarlyStopping,
    History,
    Linear,
    NeuronNetwork,
    Sequential,
    Trainer,
    losses,
    optim,
)
from inversa.nn.penalties import L1, L2
from inversa.nn.schedules import TimeDecay

X = np.linspace(-1, 1, 20)[:, None]
Y = 3 * X - 1


def line(lr=0.1, **settings):
    model = Linear(1, 1, seed=0)
    model.compile(**{"loss": "mse", "optimizer": "sgd", "lr": lr} | settings)
    return model


def small(**settings):
    model = MLP([1, 2, 1], seed=0)
    model.compile(**{"loss": "mse", "optimizer": "sgd", "lr": 0.1} | settings)
    return model


def weights(model):
    return np.concatenate([np.ravel(array) for array in model.state_dict().values()])


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
    assert (weights(model) == weights(other)).all()
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
    assert Spy.modes[:2] == [True, True]
    assert not any(Spy.modes[2:])
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
    with pytest.raises(ValueError, match="not a loss for classes"):
        model.predict_proba([[0.0, 1.0]])


def test_r2_and_metrics_of_ones_own():
    def largest_error(targets, predictions):
        return np.abs(targets - predictions).max()

    model = line(metrics=["r2", largest_error])
    history = model.fit(X, Y, epochs=60, batch_size=5)
    assert history["r2"][-1] == pytest.approx(1, abs=1e-4)
    assert history["largest_error"][-1] < 0.01
    with pytest.raises(ValueError, match=r"no metric 'acuracy': use one of accuracy, r2"):
        line(metrics=["acuracy"])


def test_a_history_plots_itself():
    history = small(metrics=["r2"]).fit(X, Y, epochs=4, validation_split=0.5)
    panels = history.plot()
    plt.close()
    assert [axes.get_title() for axes in panels] == ["loss", "r2"]
    for axes, name in zip(panels, ["loss", "r2"], strict=True):
        trained, validation = (graph.get_ydata().tolist() for graph in axes.lines)
        assert trained == history[name]
        assert validation == history[f"val_{name}"]
    with pytest.raises(KeyError, match=r"'acc' was not recorded: there is 'loss', 'r2'"):
        history["acc"]
    with pytest.raises(ValueError, match="nothing to plot"):
        History().plot()


def test_a_history_shows_its_last_numbers():
    history = History({"loss": [2.0, 0.25], "val_loss": [1.0, 1e-5]})
    assert repr(history) == "History(2 epochs, loss=0.25, val_loss=1e-05)"
    assert repr(History()) == "History(0 epochs)"


def test_plotting_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"inversa\[plot\]"):
        History({"loss": [1.0]}).plot()


# Callbacks.


def test_a_function_can_end_training():
    seen = []

    def call(epoch, history):
        seen.append((epoch, len(history)))
        return epoch == 4

    history = small().fit(X, Y, epochs=10, callbacks=[call])
    assert seen == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert history.stopped == "a callback ended it"


def test_callbacks_are_called_in_order():
    calls = []

    class Spy(Callback):
        def on_train_begin(self, trainer):
            calls.append("begin")

        def on_step_end(self, trainer):
            calls.append("step")

        def on_epoch_end(self, trainer, epoch):
            calls.append(epoch)

        def on_train_end(self, trainer):
            calls.append("end")

    small().fit(X, Y, epochs=2, batch_size=10, callbacks=[Spy()])
    assert calls == ["begin", "step", "step", 1, "step", "step", 2, "end"]


def play(values, **settings):
    """Early stopping on a scripted course of a number; the model's bias says which epoch its weights are of."""
    stop = EarlyStopping("val_loss", **settings)
    model = Linear(1, 1, seed=0)
    trainer = Trainer(model, loss="mse")
    trainer.history = History()
    stop.on_train_begin(trainer)
    for epoch, value in enumerate(values, start=1):
        model.bias[...] = [epoch]
        trainer.history.add({"val_loss": value})
        if stop.on_epoch_end(trainer, epoch):
            break
    stop.on_train_end(trainer)
    return epoch, stop.best_epoch, model.bias.item()


def test_early_stopping():
    assert play([3, 2, 1, 2, 2, 0], patience=2) == (5, 3, 3)
    assert play([3, 2, 1, 2, 2, 0], patience=3) == (6, 6, 6)
    assert play([3, 2, 1, 2, 2, 0], patience=2, restore_best=False) == (5, 3, 5)
    assert play([1, 2, 3, 2, 2, 9], patience=2, mode="max") == (5, 3, 3)
    assert play([3, 2.95, 2.9, 2.85], patience=2, min_delta=0.2) == (3, 1, 1)
    assert EarlyStopping("val_accuracy").sign == -1
    assert EarlyStopping("val_loss").sign == 1


def test_early_stopping_needs_its_number():
    with pytest.raises(ValueError, match=r"'val_loss' is not recorded: there is loss \(give validation_split"):
        small().fit(X, Y, callbacks=[EarlyStopping()])
    with pytest.raises(ValueError, match="patience"):
        EarlyStopping(patience=0)
    with pytest.raises(ValueError, match="mode"):
        EarlyStopping(mode="least")  # type: ignore[arg-type]


# Ctrl-C.


def test_ctrl_c_ends_training_after_the_step():
    class PressAt(Callback):
        steps = 0

        def on_step_end(self, trainer):
            self.steps += 1
            if self.steps == 6:
                os.kill(os.getpid(), signal.SIGINT)

    model, other = small().eval(), small()
    call = PressAt()
    history = model.fit(X, Y, epochs=10, batch_size=5, callbacks=[call])
    assert history.interrupted
    assert call.steps == 6
    assert len(history) == 1  # complete epochs
    assert not model.training
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    steps = []
    other.fit(X, Y, epochs=2, batch_size=5, callbacks=[Recorder(steps)])
    assert (weights(model) == steps[5]).all()  # those of the last complete step


class Recorder(Callback):
    def __init__(self, steps):
        self.steps = steps

    def on_step_end(self, trainer):
        self.steps.append(weights(trainer.model))


def test_an_interrupt_in_the_middle_of_a_step_undoes_it():
    class Pressed(optim.SGD):
        def step(self):
            super().step()
            raise KeyboardInterrupt

    model = Linear(1, 1, seed=0)
    before = weights(model)
    model.compile(loss="mse", optimizer=Pressed(model.parameters(), lr=0.1))
    assert model.fit(X, Y).interrupted
    assert (weights(model) == before).all()


def test_training_in_another_thread():
    done = []
    thread = threading.Thread(target=lambda: done.append(small().fit(X, Y, epochs=2)))
    thread.start()
    thread.join()
    assert len(done[0]) == 2


# What can go wrong.


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
        ({"x": np.zeros((20, 3))}, r"\(…, 1\), not \(20, 3\)"),
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


# The progress bar.


def test_progress_is_written_to_stderr_when_asked_for(capsys):
    small().fit(X, Y, epochs=2, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "epoch 2/2" in err
    assert "loss=" in err


@pytest.mark.parametrize("progress", [None, False])
def test_there_is_no_bar_outside_terminals(capsys, progress):
    small().fit(X, Y, epochs=2, progress=progress)
    assert capsys.readouterr() == ("", "")


def test_there_is_a_bar_in_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    small().fit(X, Y, epochs=2)
    assert "epoch 2/2" in capsys.readouterr().err


def test_without_tqdm_there_is_no_bar_and_no_failure(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert len(small().fit(X, Y, epochs=2, progress=True)) == 2
    assert capsys.readouterr() == ("", "")


def test_without_stderr_there_is_no_bar_and_no_failure(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert len(small().fit(X, Y, epochs=2, progress=True)) == 2


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
