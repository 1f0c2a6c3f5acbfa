"""Between and around the epochs: callbacks, early stopping, Ctrl-C, the progress bar."""

import io
import os
import signal
import sys
import threading

import numpy as np
import pytest

from inversa.nn import (
    MLP,
    Callback,
    EarlyStopping,
    History,
    Linear,
    Trainer,
    optim,
)

from .small import Recorder, X, Y, line, small, weights


@pytest.fixture(autouse=True)
def pythons_own_handler():
    """Ctrl-C raises KeyboardInterrupt here, even where the tests themselves were started to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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


def test_early_stopping_can_be_used_again():
    stop = EarlyStopping("loss", patience=2)
    model = line(lr=1e-12)
    model.fit(X, Y, epochs=3, callbacks=[stop])
    best = stop.best
    model.fit(X, 100 * Y, epochs=3, callbacks=[stop])
    assert stop.best > best  # worse than in the first training


def test_early_stopping_does_not_count_ties():
    assert play([1, 1, 1, 1], patience=2) == (3, 1, 1)
    assert play([1, 1, 1, 1], patience=2, min_delta=-0.5) == (3, 1, 1)
    assert play([1, float("nan"), 0.5, 1, 1], patience=2) == (5, 3, 3)


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("val_loss", 1), ("max_error", 1), ("mse", 1), ("val_mae", 1), ("val_mean_tweedie_deviance", 1),
        ("val_accuracy", -1), ("f1_score", -1), ("r2", -1), ("precision", -1),
    ],
)  # fmt: skip
def test_what_is_better_is_known_by_its_name_or_asked_for(name, sign):
    assert EarlyStopping(name).sign == sign
    with pytest.raises(ValueError, match="what is better for 'beauty'"):
        EarlyStopping("beauty")
    assert EarlyStopping("beauty", mode="max").sign == -1


@pytest.mark.parametrize(("answer", "epochs"), [(True, 1), (np.True_, 1), (False, 3), (None, 3), ("yes", 3), (1.5, 3)])
def test_only_true_ends_training(answer, epochs):
    assert len(line().fit(X, Y, epochs=3, callbacks=[lambda epoch, history: answer])) == epochs


class Press(Callback):
    """Ctrl-C while something is done for the n-th time."""

    def __init__(self, presses=1):
        self.presses = presses

    def on_step_end(self, trainer):
        for _ in range(self.presses):
            os.kill(os.getpid(), signal.SIGINT)


def test_a_second_ctrl_c_interrupts_at_once():
    seen = []

    class After(Callback):
        def on_step_end(self, trainer):
            seen.append("not reached")

    assert small().fit(X, Y, epochs=3, callbacks=[Press(2), After()]).interrupted
    assert seen == []


def test_somebody_elses_handler_is_left_alone():
    pressed = []
    signal.signal(signal.SIGINT, lambda *_: pressed.append(1))
    assert not small().fit(X, Y, epochs=2, batch_size=None, callbacks=[Press()]).interrupted
    assert pressed == [1, 1]


def test_ctrl_c_during_validation_ends_after_the_epoch():
    class Pressed(MLP):
        def forward(self, x):
            if not self.training and len(self.trainer.history) == 1:
                os.kill(os.getpid(), signal.SIGINT)
            return super().forward(x)

    model = Pressed([1, 2, 1], seed=0)
    model.compile(loss="mse")
    history = model.fit(X, Y, epochs=9, validation_split=0.5)
    assert history.interrupted
    assert len(history) == len(history["val_loss"]) == 2


def test_a_closed_stderr_is_no_failure(monkeypatch):
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    assert len(small().fit(X, Y, epochs=2)) == 2


def test_the_bar_counts_the_steps_that_remain(capsys, tmp_path):
    small().fit(X, Y, epochs=1, batch_size=5, checkpoint=tmp_path / "run")
    small().fit(X, Y, epochs=3, batch_size=5, checkpoint=tmp_path / "run", resume=True, progress=True)
    assert "8/8" in capsys.readouterr().err


def test_an_interrupted_training_says_so(capsys):
    history = small().fit(X, Y, epochs=3, callbacks=[Press()])
    assert capsys.readouterr().err == "training was interrupted in epoch 1\n"
    assert repr(history).endswith(", interrupted)")
