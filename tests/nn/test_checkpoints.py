"""Checkpoints: what is killed and resumed ends as if it had not been; files that do not fit change nothing."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from inversa.autograd import files
from inversa.nn import (
    MLP,
    BayesianLinear,
    Callback,
    Dense,
    DivergenceError,
    Dropout,
    EarlyStopping,
    Linear,
    NeuronNetwork,
    Sequential,
    Tanh,
    saving,
)
from inversa.nn.augment import Jitter
from inversa.nn.penalties import L2
from inversa.nn.schedules import Cosine, TimeDecay
from inversa.nn.training.run import CHECKPOINT_ENTRIES

from .small import bits

X = np.random.default_rng(0).normal(size=(30, 2))
Y = np.sin(X.sum(axis=1, keepdims=True))


def everything(**settings):
    """A training with all the state there is: momenta, a schedule, dropout, augmentation, a stochastic layer."""
    model = Sequential(Linear(2, 6, seed=0), Tanh(), Dropout(0.2, seed=1), BayesianLinear(6, 1, seed=2))
    model.compile(
        **{"loss": "mse", "optimizer": "adam", "lr": 0.05, "schedule": Cosine(40), "schedule_per": "step"}
        | {"augment": Jitter(0.01), "metrics": ["r2"]}
        | settings
    )
    return model


FIT = {"batch_size": 7, "validation_split": 0.2, "seed": 3}


class Kill(Callback):
    """End training abruptly at some step, as a killed process does: nothing is tidied up or written."""

    def __init__(self, at):
        self.at, self.steps = at, 0

    def on_step_end(self, trainer):
        self.steps += 1
        if self.steps == self.at:
            raise SystemExit


@pytest.mark.parametrize("at", [1, 4, 5, 11, 16])
def test_killed_and_resumed_equals_uninterrupted_bit_for_bit(tmp_path, at):
    path = tmp_path / "run.safetensors"
    whole = everything()
    expected = whole.fit(X, Y, epochs=5, callbacks=[EarlyStopping(patience=50), Kill(0)], **FIT)
    with pytest.raises(SystemExit):
        everything().fit(X, Y, epochs=5, checkpoint=path, callbacks=[EarlyStopping(patience=50), Kill(at)], **FIT)
    assert saving.load(path)["history"].get("loss", []) == expected.loss[: (at - 1) // 4]
    resumed = everything()
    calls = [EarlyStopping(patience=50), Kill(0)]
    history = resumed.fit(X, Y, epochs=5, checkpoint=path, resume=True, callbacks=calls, **FIT)
    assert bits(resumed) == bits(whole)
    assert history.history == expected.history
    assert calls[0].best_epoch == int(np.argmin(expected["val_loss"])) + 1


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw"])
def test_every_optimiser_goes_on_bit_for_bit(tmp_path, optimizer):
    def train(epochs, **settings):
        model = MLP([2, 3, 1], activation="tanh", seed=0)
        model.compile(loss="mse", optimizer=optimizer, lr=0.01)
        model.fit(X, Y, epochs=epochs, batch_size=8, **settings)
        return bits(model)

    train(2, checkpoint=tmp_path / "run")
    assert train(4, checkpoint=tmp_path / "run", resume=True) == train(4)


def test_networks_of_values_go_on_bit_for_bit(tmp_path):
    def train(epochs, **settings):
        network = NeuronNetwork([2, 2, 1], activation="tanh", seed=0)
        network.compile(loss="mse", optimizer="adam", lr=0.01)
        network.fit(X[:6], Y[:6, 0], epochs=epochs, batch_size=2, **settings)
        return network.state_dict()

    train(1, checkpoint=tmp_path / "run")
    assert train(2, checkpoint=tmp_path / "run", resume=True) == train(2)


PROGRAM = textwrap.dedent("""
    import sys
    import numpy as np
    from inversa.nn import MLP
    from inversa.nn.schedules import TimeDecay

    x = np.random.default_rng(0).normal(size=(40, 2))
    model = MLP([2, 8, 1], seed=0)
    model.compile(loss="mse", optimizer="adam", schedule=TimeDecay(0.1))
    print("started", flush=True)
    model.fit(x, x[:, :1] * x[:, 1:], epochs=300, batch_size=8, checkpoint=sys.argv[1], resume=True)
    model.save(sys.argv[1] + ".model.safetensors")
""")


def test_a_process_killed_again_and_again_ends_with_the_same_model(tmp_path):
    def run(name, killed=False):
        path = tmp_path / name
        command = [sys.executable, "-P", "-c", PROGRAM, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "started\n"
            before = path.read_bytes() if path.exists() else b""
            while killed and process.poll() is None:  # until it has got a little further
                if path.exists() and path.read_bytes() not in (before, b""):
                    process.send_signal(signal.SIGKILL)
                    break
        return process.returncode

    assert run("whole") == 0
    assert [run("killed", killed=True) for _ in range(3)] == [-signal.SIGKILL] * 3
    assert run("killed") == 0
    assert (tmp_path / "killed.model.safetensors").read_bytes() == (tmp_path / "whole.model.safetensors").read_bytes()


def test_a_finished_training_is_not_trained_again(tmp_path):
    model, again = everything(), everything()
    history = model.fit(X, Y, epochs=2, checkpoint=tmp_path / "run", **FIT)
    assert again.fit(X, Y, epochs=2, checkpoint=tmp_path / "run", resume=True, **FIT).history == history.history
    assert bits(again) == bits(model)


def test_a_training_that_was_stopped_stays_so(tmp_path):
    def train():
        model = everything()
        stop = EarlyStopping("loss", patience=1, min_delta=1e9)
        history = model.fit(X, Y, epochs=9, checkpoint=tmp_path / "run", resume=True, callbacks=[stop], **FIT)
        return bits(model), len(history), history.stopped

    first = train()
    assert first[1:] == (2, "loss was not better for 1 epochs")
    assert train() == first


def test_without_resume_training_starts_anew(tmp_path):
    one, two = everything(), everything()
    for model in (one, two):
        model.fit(X, Y, epochs=2, checkpoint=tmp_path / "run", **FIT)
    assert bits(one) == bits(two)


# Files that do not fit.


def checkpoint(tmp_path, **settings):
    path = tmp_path / "run.safetensors"
    everything().fit(X, Y, epochs=1, checkpoint=path, **FIT | settings)
    return path


@pytest.mark.parametrize(
    ("data", "settings", "message"),
    [
        ((X + 1, Y), {}, "different in x"),
        ((X, Y[::-1]), {}, "different in y"),
        ((X, Y), {"batch_size": 8}, "different in batch_size"),
        ((X, Y), {"seed": 4}, "different in seed"),
        ((X, Y), {"shuffle": False, "validation_split": 0.5}, "different in shuffle, validation_split"),
        ((X, Y), {"sample_weight": np.ones(30)}, "different in sample_weight"),
        ((X, Y), {"validation_data": (X, Y)}, "different in validation_data"),
        ((X, Y), {"callbacks": [Callback()]}, "different in callbacks"),
    ],
)
def test_another_training_is_not_gone_on_with(tmp_path, data, settings, message):
    path = checkpoint(tmp_path)
    content = path.read_bytes()
    model = everything()
    before = bits(model)
    with pytest.raises(ValueError, match=message):
        model.fit(*data, epochs=2, checkpoint=path, resume=True, **FIT | settings)
    assert bits(model) == before
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda: MLP([2, 3, 1], seed=0), r"missing: layers\.1\.weight.*unexpected: 3\.weight_mean"),
        (lambda: Sequential(Linear(2, 5), Tanh(), Dropout(0.2), BayesianLinear(5, 1)), r"0\.weight has shape \(5, 2\)"),
    ],
)
def test_a_checkpoint_of_another_architecture_names_the_keys(tmp_path, other, message):
    path = checkpoint(tmp_path)
    content = path.read_bytes()
    model = other()
    settings = {"augment": Jitter(0.01), "metrics": ["r2"]}
    model.compile(loss="mse", optimizer="adam", lr=0.05, schedule=Cosine(40), schedule_per="step", **settings)
    before = bits(model)
    with pytest.raises(ValueError, match=message) as error:
        model.fit(X, Y, epochs=2, checkpoint=path, resume=True, **FIT)
    assert "run.safetensors" in str(error.value)
    assert bits(model) == before
    assert path.read_bytes() == content


@pytest.mark.parametrize("settings", [{"optimizer": "sgd"}, {"schedule": None}])
def test_a_checkpoint_of_other_settings_leaves_the_model(tmp_path, settings):
    path = checkpoint(tmp_path)
    model = everything(**settings)
    before = bits(model)
    with pytest.raises(ValueError, match=r"run\.safetensors"):
        model.fit(X, Y, epochs=2, checkpoint=path, resume=True, **FIT)
    assert bits(model) == before


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.999])
def test_a_truncated_checkpoint_is_told(tmp_path, share):
    path = checkpoint(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    model = everything()
    before = bits(model)
    for load in (lambda: model.fit(X, Y, epochs=2, checkpoint=path, resume=True, **FIT), lambda: model.load(path)):
        with pytest.raises(ValueError, match=r"run\.safetensors' is truncated, damaged or no safetensors file"):
            load()
    assert bits(model) == before


def test_a_failed_write_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = checkpoint(tmp_path)
    content = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoint(tmp_path)
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["run.safetensors"]


def test_a_folder_that_is_not_there_is_named_before_any_training(tmp_path):
    with pytest.raises(FileNotFoundError, match="create it first"):
        everything().fit(X, Y, checkpoint=tmp_path / "nowhere" / "run", callbacks=[Kill(1)], **FIT)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"lr": 0.5}, "optimizer"),
        ({"optimizer": "sgd"}, "optimizer"),
        ({"loss": "mae"}, "loss"),
        ({"metrics": []}, "metrics"),
        ({"penalty": L2(0.1)}, "penalty"),
        ({"clip_norm": 1.0}, "clip_norm"),
        ({"clip_value": 1.0}, "clip_value"),
        ({"schedule": Cosine(41)}, "schedule"),
        ({"schedule": None}, "schedule"),
        ({"augment": Jitter(0.02)}, "augment"),
    ],
)
def test_other_settings_are_told(tmp_path, settings, name):
    path = checkpoint(tmp_path)
    model = everything(**settings)
    before, history = bits(model), model.trainer.history
    with pytest.raises(ValueError, match=f"different in {name}"):
        model.fit(X, Y, epochs=2, checkpoint=path, resume=True, **FIT)
    assert bits(model) == before
    assert model.trainer.history is history


def test_a_checkpoint_that_does_not_fit_leaves_callbacks_as_they_were(tmp_path):
    path = checkpoint(tmp_path, callbacks=[EarlyStopping()])
    stop = EarlyStopping()
    everything().fit(X, Y, epochs=2, callbacks=[stop], **FIT)
    best = stop.best
    with pytest.raises(ValueError, match="different in x"):
        everything().fit(X + 1, Y, epochs=2, checkpoint=path, resume=True, callbacks=[stop], **FIT)
    assert stop.best == best


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "Philox", "SFC64"])
def test_any_generator_can_be_gone_on_with(tmp_path, kind):
    def train(epochs, **settings):
        model = MLP([2, 3, 1], seed=0)
        model.compile(loss="mse")
        generator = np.random.Generator(getattr(np.random, kind)(5))
        model.fit(X, Y, epochs=epochs, batch_size=4, seed=generator, **settings)
        return bits(model)

    train(1, checkpoint=tmp_path / "run")
    assert train(2, checkpoint=tmp_path / "run", resume=True) == train(2)


@pytest.mark.parametrize("schedule_per", ["epoch", "step"])
def test_a_rate_that_a_callback_has_set_is_gone_on_with(tmp_path, schedule_per):
    def train(epochs, **settings):
        def change(epoch, history):
            if epoch == 2:
                model.trainer.optimizer.lr = 0.3

        model = MLP([2, 3, 1], seed=0)
        model.compile(loss="mse", optimizer="sgd", schedule=TimeDecay(0.1), schedule_per=schedule_per)
        history = model.fit(X, Y, epochs=epochs, callbacks=[change], **settings)
        return bits(model), history["lr"]

    train(2, checkpoint=tmp_path / "run")
    assert train(4, checkpoint=tmp_path / "run", resume=True) == train(4)


def test_a_file_that_is_no_checkpoint(tmp_path):
    model = everything()
    model.save(tmp_path / "model")
    with pytest.raises(ValueError, match="is no checkpoint of a training"):
        model.fit(X, Y, checkpoint=tmp_path / "model", resume=True, **FIT)
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileNotFoundError, match="folder' is a folder"):
        model.load(tmp_path / "folder")


def test_a_model_is_loaded_from_a_checkpoint(tmp_path):
    model, other = everything(), everything()
    model.fit(X, Y, epochs=2, checkpoint=tmp_path / "run", **FIT)
    other.load(tmp_path / "run")
    assert bits(other) == bits(model)


def test_states_of_other_random_parts_are_told():
    state = everything().trainer.state_dict()
    model = Sequential(Linear(2, 6, seed=0), Tanh(), Tanh(), BayesianLinear(6, 1, seed=2))
    model.compile(loss="mse", optimizer="adam", schedule=Cosine(40))
    with pytest.raises(ValueError, match=r"drawn in \['3.generator'\] here and \['2.generator', '3.generator'\] there"):
        model.trainer.load_state_dict(state)


# What is in a checkpoint.


@pytest.mark.parametrize(("patience", "mode"), [(2, "min"), (50, "max")])
def test_a_checkpoint_gives_the_weights_that_fit_left(tmp_path, patience, mode):
    """The best ones, whether early stopping ended the training or only watched it; and it is still gone on with."""

    def train(path, epochs, **settings):
        model = MLP([2, 6, 1], activation="tanh", seed=0)
        model.compile(loss="mse", optimizer="adam", lr=0.3)
        stop = EarlyStopping("loss", patience=patience, mode=mode)
        history = model.fit(X, Y, epochs=epochs, batch_size=4, checkpoint=path, callbacks=[stop], **settings)
        return model, history.history, stop

    model, history, stop = train(tmp_path / "run", 30)
    assert 0 < stop.best_epoch < len(history["loss"])
    loaded = MLP([2, 6, 1], activation="tanh", seed=9)
    loaded.load(tmp_path / "run")
    assert bits(loaded) == bits(model)
    train(tmp_path / "parts", 3)
    resumed, again, _ = train(tmp_path / "parts", 30, resume=True)
    assert bits(resumed) == bits(model)
    assert again == history


def test_a_killed_training_gives_its_last_weights(tmp_path):
    model, loaded, calls = everything(), everything(), [EarlyStopping("loss", patience=9), Kill(11)]
    with pytest.raises(SystemExit):
        model.fit(X, Y, epochs=5, checkpoint=tmp_path / "run", callbacks=calls, **FIT)
    tree = saving.load(tmp_path / "run")
    loaded.load(tmp_path / "run")
    expected = tree.get("result", tree["model"])
    assert all(np.array_equal(loaded.state_dict()[path], array) for path, array in expected.items())


def half(x):
    return 0.5 * x


def other_half(x):
    return 0.25 * x


other_half.__qualname__ = "half"


def cubed(power):
    return lambda outputs, targets: (abs(outputs - targets) ** power).mean()


@pytest.mark.parametrize(
    ("there", "here", "message"),
    [
        (("tanh", "mse"), ("sigmoid", "mse"), r"different in model \(.*tanh.* there, .*sigmoid.* here\)"),
        ((half, "mse"), (other_half, "mse"), "different in model"),
        ((lambda x: x * 2, "mse"), (lambda x: x * 3, "mse"), "different in model"),
        (("tanh", cubed(2)), ("tanh", cubed(3)), "different in loss"),
        (("tanh", lambda h, y: abs(h - y).mean()), ("tanh", lambda h, y: ((h - y) ** 2).mean()), "different in loss"),
    ],
)
def test_another_activation_or_loss_is_not_gone_on_with(tmp_path, there, here, message):
    def model(activation, loss):
        made = Sequential(Dense(2, 3, activation, seed=0), Dropout(0.1, seed=0), Linear(3, 1, seed=0))
        made.compile(loss=loss)
        return made

    path = tmp_path / "run"
    model(*there).fit(X, Y, epochs=1, checkpoint=path)
    content, other = path.read_bytes(), model(*here)
    before = bits(other)
    with pytest.raises(ValueError, match=message):
        other.fit(X, Y, epochs=2, checkpoint=path, resume=True)
    assert bits(other) == before
    assert path.read_bytes() == content
    assert len(model(*there).fit(X, Y, epochs=2, checkpoint=path, resume=True)) == 2


def test_another_rate_of_dropout_is_not_gone_on_with(tmp_path):
    def model(p):
        made = Sequential(Linear(2, 3, seed=0), Dropout(p, seed=0), Linear(3, 1, seed=0))
        made.compile(loss="mse")
        return made

    model(0.1).fit(X, Y, checkpoint=tmp_path / "run")
    with pytest.raises(ValueError, match=r"different in model \(.*'0\.1'.* there, .*'0\.2'.* here\)"):
        model(0.2).fit(X, Y, epochs=2, checkpoint=tmp_path / "run", resume=True)


@pytest.mark.parametrize("entry", ["order", "callbacks", "history", "stopped", "random", "optimizer", "model"])
def test_a_checkpoint_that_lacks_something_changes_nothing(tmp_path, entry):
    path = checkpoint(tmp_path)
    tree = saving.load(path)
    del tree[entry]
    saving.save(path, tree)
    model = everything()
    before, history = bits(model), model.trainer.history
    with pytest.raises(ValueError, match=f"lacks {entry}"):
        model.fit(X, Y, epochs=2, checkpoint=path, resume=True, **FIT)
    assert bits(model) == before
    assert model.trainer.history is history


@pytest.mark.parametrize("entry", ["order", "callbacks"])
def test_a_checkpoint_with_nonsense_in_it_changes_nothing(tmp_path, entry):
    path = checkpoint(tmp_path, callbacks=[EarlyStopping()])
    tree = saving.load(path)
    saving.save(path, tree | {entry: {"bit_generator": "PCG64"} if entry == "order" else [{"best": 1.0}]})
    model = everything()
    before, history = bits(model), model.trainer.history
    with pytest.raises(ValueError, match=r"run' is damaged|run\.safetensors' is damaged"):
        model.fit(X, Y, epochs=2, checkpoint=path, resume=True, callbacks=[EarlyStopping()], **FIT)
    assert bits(model) == before
    assert model.trainer.history is history


@pytest.mark.parametrize(
    ("entry", "nonsense"),
    [(e, x) for e in ("settings", *CHECKPOINT_ENTRIES) for x in (3, "x", [1, 2]) if (e, x) != ("stopped", "x")],
)
def test_whatever_else_stands_in_a_checkpoint_is_told_of(tmp_path, entry, nonsense):
    path = checkpoint(tmp_path, callbacks=[EarlyStopping()])
    saving.save(path, saving.load(path) | {entry: nonsense})
    model = everything()
    before, history = bits(model), model.trainer.history
    with pytest.raises(ValueError, match=r"run\.safetensors'|run'"):
        model.fit(X, Y, epochs=2, checkpoint=path, resume=True, callbacks=[EarlyStopping()], **FIT)
    assert bits(model) == before
    assert model.trainer.history is history


@pytest.mark.parametrize("tree", [[1, 2], {"settings": {}, "model": 3}, {"settings": {}}])
def test_a_file_without_parameters_is_told_of(tmp_path, tree):
    saving.save(tmp_path / "other.safetensors", tree)
    model = everything()
    before = bits(model)
    with pytest.raises(ValueError, match=r"other\.safetensors' holds no parameters"):
        model.load(tmp_path / "other.safetensors")
    assert bits(model) == before


def test_a_checkpoint_without_a_description_of_the_model_is_gone_on_with(tmp_path):
    path = checkpoint(tmp_path)  # as versions before wrote it
    tree = saving.load(path)
    del tree["settings"]["model"]
    saving.save(path, tree)
    assert len(everything().fit(X, Y, epochs=2, checkpoint=path, resume=True, **FIT)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lambda x: x + 1", "lambda x: x - 1"),
        ("lambda x: x + 1", "lambda x: x + 2"),
        ("lambda x, a=1: x + a", "lambda x, a=2: x + a"),
        ("lambda x, *, a=1: x + a", "lambda x, *, a=2: x + a"),
        ("(lambda a: lambda x: x + a)(1)", "(lambda a: lambda x: x + a)(2)"),
        ("(lambda a: lambda x: x + a)(np.ones(2))", "(lambda a: lambda x: x + a)(np.zeros(2))"),
        ("lambda x: (lambda y: y + 1)(x)", "lambda x: (lambda y: y + 2)(x)"),
        ("(lambda f: lambda x: f(x))(lambda y: y + 1)", "(lambda f: lambda x: f(x))(lambda y: y + 2)"),
        ("partial(pow, 2)", "partial(pow, 3)"),
        ("WarmUp(2, lambda t: 1.0)", "WarmUp(2, lambda t: 0.5)"),
        ("tanh", "relu"),
        ("np.float32(0.5)", "np.float32(0.25)"),
    ],
)
def test_fingerprints_tell_functions_apart_and_are_the_same_in_every_process(one, other):
    program = (
        "import json; import numpy as np; from functools import partial; from inversa.autograd import relu, tanh;"
        "from inversa.nn.schedules import WarmUp; from inversa.nn.training.fingerprint import fingerprint;"
        f"print(json.dumps([fingerprint({one}), fingerprint({other}), fingerprint(lambda x: x in {{'a', 'b', 'c'}})]))"
    )
    printed = {subprocess.check_output([sys.executable, "-P", "-c", program], text=True) for _ in range(2)}
    assert len(printed) == 1
    first, second, _ = json.loads(printed.pop())
    assert first != second


def test_an_interrupted_training_gives_what_fit_left_and_is_gone_on_with(tmp_path):
    class Interrupt(Callback):
        steps = 0

        def on_step_end(self, trainer):
            self.steps += 1
            if self.steps == 6:
                raise KeyboardInterrupt

    class Quiet(Interrupt):
        steps = 100

    Quiet.__qualname__ = Interrupt.__qualname__  # the same callback, which is not pressed this time
    whole, model, loaded, resumed = (everything() for _ in range(4))
    whole.fit(X, Y, epochs=3, callbacks=[Quiet()], **FIT)
    assert model.fit(X, Y, epochs=3, checkpoint=tmp_path / "run", callbacks=[Interrupt()], **FIT).interrupted
    loaded.load(tmp_path / "run")
    assert bits(loaded) == bits(model)
    resumed.fit(X, Y, epochs=3, checkpoint=tmp_path / "run", resume=True, callbacks=[Quiet()], **FIT)
    assert bits(resumed) == bits(whole)


def test_a_first_step_that_diverges_leaves_the_old_checkpoint(tmp_path):
    path = checkpoint(tmp_path)
    content = path.read_bytes()
    with pytest.raises(DivergenceError):
        everything().fit(1e200 * X, 1e200 * Y, checkpoint=path, **FIT)
    assert path.read_bytes() == content
