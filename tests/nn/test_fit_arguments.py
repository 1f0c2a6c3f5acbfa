"""What compile and fit are given is checked before anything is changed: model, history, optimiser, checkpoint."""

import copy
import inspect

import numpy as np
import pytest
import sklearn.metrics

from inversa.nn import (
    MLP,
    Callback,
    Conv2d,
    Dropout,
    EarlyStopping,
    Linear,
    Maxout,
    Module,
    NeuronNetwork,
    Parameter,
    Sequential,
    Trainer,
    losses,
    optim,
)
from inversa.nn.augment import Flip, Jitter
from inversa.nn.penalties import L2
from inversa.nn.schedules import Cosine, TimeDecay

from .small import X, Y, line, small


def everything_of(model):
    """All that a failed call must leave as it was, to the last bit."""
    trainer = model.trainer
    state = copy.deepcopy(trainer.state_dict())
    return repr(state), repr(trainer.history.history), id(trainer), repr(trainer.settings)


BAD = [
    ("x", None), ("x", "data"), ("x", iter(X)), ("x", X.ravel()), ("x", np.ma.masked_less(X, -0.9)),
    ("y", None), ("y", "data"), ("y", (row for row in Y)), ("y", Y.ravel()), ("y", Y[:3]),
    ("epochs", 0), ("epochs", 2.0), ("epochs", "10"), ("epochs", True), ("epochs", None),
    ("batch_size", 0), ("batch_size", 1.5), ("batch_size", "all"),
    ("validation_split", "a"), ("validation_split", 1.0), ("validation_split", -0.1), ("validation_split", None),
    ("validation_split", float("nan")), ("validation_split", 0.001),
    ("validation_data", X), ("validation_data", (X,)), ("validation_data", np.stack([X, Y])), ("validation_data", 3),
    ("validation_data", {"x": X, "y": Y}), ("validation_data", (X, None)), ("validation_data", (X.ravel(), Y)),
    ("sample_weight", np.ones(3)), ("sample_weight", -np.ones(20)), ("sample_weight", np.zeros(20)),
    ("sample_weight", "balanced"), ("class_weight", {0: 1.0}),
    ("callbacks", None), ("callbacks", 3), ("callbacks", "stop"), ("callbacks", EarlyStopping()),
    ("callbacks", [3]), ("callbacks", [EarlyStopping]), ("callbacks", [EarlyStopping("value_loss")]),
    ("callbacks", [EarlyStopping("val_loss")]),
    ("shuffle", 1), ("shuffle", "yes"), ("shuffle", None),
    ("seed", "a"), ("seed", -1), ("seed", 1.5), ("seed", True),
    ("progress", "bar"), ("progress", 1),
    ("checkpoint", 3), ("checkpoint", True), ("checkpoint", ""), ("checkpoint", b"run"),
    ("resume", "yes"), ("resume", 1),
    ("client", "tcp://127.0.0.1:8786"), ("client", True),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given"), BAD, ids=[f"{name}-{number}" for number, (name, _) in enumerate(BAD)])
def test_a_bad_argument_of_fit_changes_nothing(tmp_path, name, given):
    path = tmp_path / "run"
    model = small(optimizer="adam", schedule=TimeDecay(0.1), metrics=["r2"])
    model.fit(X, Y, epochs=2, checkpoint=path)
    before, file = everything_of(model), path.read_bytes()
    generator = np.random.default_rng(0)
    order = generator.bit_generator.state
    arguments = {"x": X, "y": Y, "epochs": 3, "checkpoint": path, "seed": generator} | {name: given}
    with pytest.raises((ValueError, TypeError)) as error:
        model.fit(**arguments)
    assert everything_of(model) == before
    assert path.read_bytes() == file
    assert generator.bit_generator.state == order
    assert len(str(error.value)) > 20
    assert not any(internal in str(error.value) for internal in ("object is not", "has no attribute", "unpack"))


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("epochs", "10", "epochs is a positive integer, such as 10, not '10'"),
        ("validation_split", "a", "validation_split is a number from 0 to below 1, such as 0.2, not 'a'"),
        ("validation_data", X, r"validation_data is a pair \(x, y\) or .*, not an array of the shape \(20, 1\)"),
        ("callbacks", None, r"callbacks is a list of callbacks, such as \[EarlyStopping\(\)\], not None"),
        ("callbacks", 3, r"callbacks is a list of callbacks, such as \[EarlyStopping\(\)\], not 3"),
        ("seed", "a", "seed is 0 or a positive integer, a NumPy Generator, or None, such as 0, not 'a'"),
        ("shuffle", 1, "shuffle is True or False, not 1"),
        ("checkpoint", 3, "checkpoint is the path of a file, or None, such as 'run.safetensors', not 3"),
        ("x", iter(X), r"x is an array with one row a sample, such as np.zeros\(\(100, 2\)\), not .*iterator"),
    ],
)
def test_messages_have_one_form(name, given, message):
    with pytest.raises((ValueError, TypeError), match=message):
        small().fit(**{"x": X, "y": Y} | {name: given})


def test_samples_in_one_row_are_no_table():
    for model in (Linear(1, 1, seed=0), MLP([1, 2, 1]), Linear(20, 1, seed=0), Linear(2, 2, seed=0)):
        model.compile(loss="mse")
        with pytest.raises(ValueError, match=r"x has one row a sample.*x\[:, None\]|not one row each.*x\[:, None\]"):
            model.fit(X.ravel(), Y)


class Polynomial(Module):
    """A model of plain numbers: one input a sample, without an axis for it."""

    def __init__(self):
        self.w = Parameter([0.5], name="w")

    def forward(self, x):
        return self.w * x


def test_models_of_plain_numbers_may_have_samples_without_an_axis():
    model = Polynomial()
    model.compile(loss="mse", optimizer="sgd", lr=0.5)
    model.fit(X.ravel(), 3 * X.ravel(), epochs=60)
    assert model.w.item() == pytest.approx(3, abs=1e-3)


BAD_SETTINGS = [
    ("loss", None), ("loss", 3), ("loss", "msee"), ("loss", sklearn.metrics.mean_squared_error), ("loss", np.mean),
    ("loss", losses.Loss), ("loss", np.subtract),
    ("optimizer", None), ("optimizer", 3), ("optimizer", "sdg"), ("optimizer", dict), ("optimizer", lambda p: 3),
    ("lr", 0.0), ("lr", -1.0), ("lr", "a"), ("lr", float("nan")),
    ("metrics", "r2"), ("metrics", None), ("metrics", 3), ("metrics", [3]), ("metrics", [None]), ("metrics", ["rr"]),
    ("penalty", 0.1), ("penalty", "l2"), ("schedule", 3), ("schedule", TimeDecay),
    ("schedule_per", "batch"), ("schedule_per", None),
    ("clip_norm", 0), ("clip_norm", "a"), ("clip_norm", float("inf")), ("clip_value", -1.0), ("clip_value", True),
    ("augment", []), ("augment", "shift"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given"), BAD_SETTINGS, ids=[f"{name}-{number}" for number, (name, _) in enumerate(BAD_SETTINGS)]
)
def test_a_bad_setting_of_compile_changes_nothing(name, given):
    model = small(optimizer="adam", schedule=TimeDecay(0.1))
    model.fit(X, Y, epochs=2)
    before = everything_of(model)
    with pytest.raises((ValueError, TypeError)) as error:
        model.compile(**{"loss": "mse", "optimizer": "adam"} | {name: given})
    assert everything_of(model) == before
    assert not any(internal in str(error.value) for internal in ("object is not", "has no attribute", "unpack"))


def test_every_argument_of_fit_and_of_compile_has_a_bad_value():
    """A new argument needs a check, and a case above: each is a name with a value that is refused."""
    for cases, methods in ((BAD, [Trainer.fit, Module.fit]), (BAD_SETTINGS, [Trainer, Module.compile])):
        for method in methods:
            names = {p.name for p in inspect.signature(method).parameters.values() if p.kind is not p.VAR_KEYWORD}
            assert names - {"self", "model"} <= {name for name, _ in cases}, method


def test_losses_of_other_libraries_are_told_by_name():
    for loss, message in (
        (sklearn.metrics.mean_squared_error, "the function mean_squared_error of sklearn cannot be differentiated"),
        (np.mean, "the function mean of numpy cannot be differentiated"),
        (None, "loss is one of .*, or a function of outputs and targets, not None"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            line(loss=loss)


def test_a_loss_that_leaves_the_tensors_has_no_gradient():
    model = line(loss=lambda outputs, targets: ((outputs.detach() - targets) ** 2).mean())
    with pytest.raises(TypeError, match=r"<lambda> gives .*, which has no gradient"):
        model.fit(X, Y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_outputs_and_targets_that_would_be_broadcast_are_refused(tmp_path, dtype):
    def squared(outputs, targets):
        return ((outputs - targets) ** 2).mean()

    def columns(outputs, targets):
        return ((outputs[:, 0] - targets) ** 2).mean()

    def added(outputs, targets):
        return ((outputs[:, 0] - targets) ** 2).sum()

    model = MLP([1, 1], dtype=dtype)
    model.compile(loss=squared)
    model.fit(X, Y, checkpoint=tmp_path / "run")
    file = (tmp_path / "run").read_bytes()
    with pytest.raises(ValueError, match=r"squared compares every output with every target.*targets\[:, None\]"):
        model.fit(X, Y.ravel(), checkpoint=tmp_path / "run")
    assert (tmp_path / "run").read_bytes() == file
    for loss in (columns, added):
        model.compile(loss=loss)
        model.fit(X, Y.ravel())  # the function takes care of the shapes itself


def test_what_fails_while_training_starts_leaves_the_old_checkpoint(tmp_path):
    class Bad(Callback):
        def on_train_begin(self, trainer):
            raise RuntimeError("no")

    def wrong_metric(targets, predictions):
        raise KeyError("median")

    model = line()
    model.fit(X, Y, epochs=2, checkpoint=tmp_path / "run")
    before, file = everything_of(model), (tmp_path / "run").read_bytes()
    with pytest.raises(RuntimeError, match="no"):
        model.fit(X, Y, checkpoint=tmp_path / "run", callbacks=[Bad()])
    assert everything_of(model) == before
    model.compile(loss="mse", metrics=[wrong_metric])
    with pytest.raises(ValueError, match="the metric wrong_metric fails with these targets: 'median'"):
        model.fit(X, Y, checkpoint=tmp_path / "run")
    model.compile(loss="mse", metrics=["confusion_matrix"])
    with pytest.raises(ValueError, match="the metric confusion_matrix fails"):
        model.fit(X, Y, checkpoint=tmp_path / "run")
    model.compile(loss="mse", augment=lambda x, generator: x[:, :0])
    with pytest.raises(ValueError, match=r"takes inputs of shape"):  # in the first step
        model.fit(X, Y, checkpoint=tmp_path / "run")
    assert (tmp_path / "run").read_bytes() == file


# Layers and callbacks.


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MLP([3, 2, 1], activation=3), "activation is one of .*, or a function, not 3"),
        (lambda: MLP([3, 2], activation="foo"), "activation is one of .*, or a function, not 'foo'"),
        (lambda: MLP([3, 2], activation=None), "activation is one of .*, or a function, not None"),
        (lambda: NeuronNetwork([3, 2], activation="foo"), "activation is one of .*, or a function, not 'foo'"),
        (lambda: Dropout("a"), "is a number from 0 to below 1, such as 0.5, not 'a'"),
        (lambda: EarlyStopping(min_delta=float("nan")), "min_delta is a finite number, such as 0.001, not nan"),
        (lambda: EarlyStopping(patience=0), "patience is a positive integer, such as 10, not 0"),
        (lambda: EarlyStopping(patience=2.5), "patience is a positive integer, such as 10, not 2.5"),
        (lambda: EarlyStopping(monitor=3), "monitor is the name of a number that is recorded.*, not 3"),
        (lambda: EarlyStopping(mode="least"), "mode is one of 'min', 'max', not 'least'"),
        (lambda: EarlyStopping(restore_best="no"), "restore_best is True or False, not 'no'"),
    ],
)
def test_bad_settings_of_layers_and_callbacks(make, message):
    with pytest.raises(ValueError, match=message):
        make()


class KerasHook(Callback):
    def on_epoch_begin(self, trainer, epoch):
        pass


class KerasArguments(Callback):
    def on_epoch_end(self, epoch, logs=None):
        pass


class TooMany(Callback):
    def on_step_end(self, trainer, step):
        pass


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        (KerasHook(), r"KerasHook.on_epoch_begin\(\) would never be called: the hooks .* on_train_begin"),
        (KerasArguments(), r"KerasArguments.on_epoch_end\(\) takes other arguments than trainer, epoch"),
        (TooMany(), r"TooMany.on_step_end\(\) takes other arguments than trainer"),
    ],
)
def test_hooks_that_would_not_be_called_are_refused(callback, message):
    model = line()
    with pytest.raises(TypeError, match=message):
        model.fit(X, Y, callbacks=[callback])
    assert len(model.trainer.history) == 0


# A parameter without a gradient, a schedule at its end.


class Half(Module):
    def __init__(self):
        self.used, self.unused = Linear(1, 1, seed=0), Linear(1, 1, seed=1)

    def forward(self, x):
        return self.used(x)


def test_parameters_that_no_gradient_reaches_are_named_once():
    model = Half()
    model.compile(loss="mse", optimizer="sgd")
    with pytest.warns(UserWarning, match=r"no gradient reaches unused\.weight, unused\.bias: ") as caught:
        model.fit(X, Y, epochs=3, batch_size=5)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    for parameter in model.unused.parameters():
        parameter.requires_grad = False
    model.fit(X, Y)
    model.unused = Linear(1, 1, seed=1)
    model.compile(loss="mse", optimizer=optim.SGD(model.used.parameters(), lr=0.1))
    model.fit(X, Y)  # nobody asked to train the rest


@pytest.mark.parametrize(("schedule_per", "steps"), [("epoch", 2), ("step", 4)])
def test_a_second_fit_under_a_finished_schedule_is_refused(tmp_path, schedule_per, steps):
    model = line(schedule=Cosine(steps), schedule_per=schedule_per)
    model.fit(X, Y, epochs=2, batch_size=10, checkpoint=tmp_path / "run")
    before, file = everything_of(model), (tmp_path / "run").read_bytes()
    with pytest.raises(ValueError, match=r"gives the learning rate 0 .* compile the model again"):
        model.fit(X, Y, epochs=2, batch_size=10, checkpoint=tmp_path / "run")
    assert everything_of(model) == before
    assert (tmp_path / "run").read_bytes() == file
    model.compile(loss="mse", schedule=Cosine(2, minimum=0.1))
    assert model.fit(X, Y, epochs=2)["lr"] != model.fit(X, Y, epochs=2)["lr"]  # which goes on


def test_the_last_word_of_a_name_says_what_is_better():
    for name, sign in (
        ("d2_absolute_error_score", -1), ("val_d2_log_loss_score", -1), ("d2_pinball_score", -1), ("rmse", 1),
        ("val_root_mean_squared_error", 1), ("log_loss", 1), ("brier_score_loss", 1), ("zero_one_loss", 1),
        ("balanced_accuracy_score", -1), ("mean_tweedie_deviance", 1), ("roc_auc_score", -1), ("max_error", 1),
    ):  # fmt: skip
        assert EarlyStopping(name).sign == sign, name
    assert EarlyStopping("val_loss", mode="max").sign == -1


def test_early_stopping_on_a_score_keeps_the_best_weights():
    model = small(metrics=["d2_absolute_error_score"], lr=0.05)
    stop = EarlyStopping("val_d2_absolute_error_score", patience=5)
    history = model.fit(X, Y, epochs=60, validation_data=(X, Y), callbacks=[stop])
    assert stop.best == max(history["val_d2_absolute_error_score"])
    assert model.evaluate(X, Y)["d2_absolute_error_score"] == stop.best


def test_an_infinite_patience_puts_the_best_weights_back():
    model = small()
    stop = EarlyStopping("loss", patience=float("inf"))
    history = model.fit(X, Y, epochs=5, callbacks=[stop])
    assert len(history) == 5
    assert stop.best == min(history.loss)


def test_models_of_several_parts_are_checked_like_others():
    model = Sequential(Linear(1, 3, seed=0), Dropout(0.5, seed=0), Linear(3, 1, seed=1))
    model.compile(loss="mse")
    state = model[1].generator.bit_generator.state
    with pytest.raises(ValueError, match="not recorded"):
        model.fit(X, Y, callbacks=[EarlyStopping("value_loss")])
    assert model[1].generator.bit_generator.state == state


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Linear("a", 2), "inputs is a positive integer, such as 4, not 'a'"),
        (lambda: Linear(2, 1.5), "outputs is a positive integer, such as 3, not 1.5"),
        (lambda: Conv2d("a", 2, 3), "inputs is a positive integer, such as 3, not 'a'"),
        (lambda: Maxout(2, 3, pieces="a"), "pieces is a positive integer, such as 2, not 'a'"),
        (lambda: L2("a"), "l2 is 0 or a positive number, such as 1e-4, not 'a'"),
        (lambda: Jitter("a"), "deviation is a positive number, such as 0.1, not 'a'"),
        (lambda: Flip(p="a"), "p is a number from 0 to 1, such as 0.5, not 'a'"),
        (lambda: optim.SGD([Parameter([1.0])], lr=True), "the learning rate is a positive number, not True"),
    ],
)
def test_texts_and_flags_are_no_numbers(make, message):
    with pytest.raises(ValueError, match=message):
        make()
