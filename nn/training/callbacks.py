"""Callbacks: what happens between the epochs of training. Early stopping is one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import checks
from inversa.autograd.lazy import np

if TYPE_CHECKING:
    from inversa.nn.training.trainer import Trainer


class Callback:
    """The base class: a subclass writes the methods that it needs.

    These are all its hooks: `Trainer.fit` refuses a callback with other methods called ``on_…``, such as Keras's
    ``on_epoch_begin``, because nothing would call them.

    What a callback must remember for training to go on from a checkpoint stands in its ``state_dict()``.

    Examples
    --------
    >>> from inversa.nn import MLP, Callback
    >>> class Say(Callback):
    ...     def on_epoch_end(self, trainer, epoch):
    ...         print(epoch, len(trainer.history))
    >>> model = MLP([1, 1])
    >>> model.compile(loss="mse", optimizer="sgd")
    >>> history = model.fit([[0.0], [1.0]], [[1.0], [3.0]], epochs=2, callbacks=[Say()])
    1 1
    2 2
    """

    def on_train_begin(self, trainer: Trainer) -> None:
        """Before the first epoch."""

    def on_step_end(self, trainer: Trainer) -> None:
        """After every step of the optimiser."""

    def on_epoch_end(self, trainer: Trainer, epoch: int) -> bool | None:
        """After every epoch; they count from 1. True ends the training."""

    def on_train_end(self, trainer: Trainer) -> None:
        """When training has ended, be it by an error."""

    def state_dict(self) -> dict[str, Any]:
        """Numbers, texts, arrays, and lists and dicts of them."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""


class FunctionCallback(Callback):
    """A function ``f(epoch, history)`` as a callback; what it returns ends the training if it is True."""

    def __init__(self, function: Any) -> None:
        if not callable(function) or isinstance(function, type):
            raise TypeError(f"a callback is a Callback or a function of epoch and history, not {function!r}")
        self.function = function

    def on_epoch_end(self, trainer: Trainer, epoch: int) -> bool | None:
        """Call the function."""
        result = self.function(epoch, trainer.history)
        return isinstance(result, (bool, np.bool_)) and bool(result)  # anything else was not meant for an answer


# What is known to be better when it is smaller, or larger, by the ends of the words in its name.
_SMALLER = ("loss", "error", "mse", "mae", "deviance")
_LARGER = ("accuracy", "acc", "score", "r2", "precision", "recall", "auc")


def _direction(monitor: str) -> Literal["min", "max"] | None:
    """What is better, by the last word that says it: ``d2_absolute_error_score`` is a score."""
    for word in reversed(monitor.split("_")):
        if word.endswith(_SMALLER):
            return "min"
        if word.endswith(_LARGER):
            return "max"
    return None


class EarlyStopping(Callback):
    """End training when a number has not become better for some epochs; the best weights are put back.

    The error on data that the model is not trained on first falls and, when the model begins to learn its training
    data by heart, rises again. To stop there is a regularisation that costs nothing.

    Parameters
    ----------
    monitor : str
        The number: ``"val_loss"``, ``"val_accuracy"``, …
    patience : int
        How many epochs without a better value are waited for; infinity never stops, and the best weights are put back.
    min_delta : float
        By how much a value must be better to count.
    mode : {"min", "max"}, optional
        What is better. By default the end of the name says it: a loss, error or deviance is to be small, an accuracy,
        score, precision, recall or R² large. For other names it must be given.
    restore_best : bool
        Whether the model ends with its best weights rather than its last ones.

    Raises
    ------
    ValueError
        For settings that make no sense, and when training starts if it will not record the number.

    Attributes
    ----------
    best, best_epoch : float, int
        The best value and its epoch.

    Examples
    --------
    >>> from inversa.nn import MLP, EarlyStopping, data
    >>> moons = data.moons(200, noise=0.3, seed=0)
    >>> model = MLP([2, 16, 2], seed=0)
    >>> model.compile(loss="cross_entropy", optimizer="adam", lr=0.05)
    >>> stop = EarlyStopping(patience=5)
    >>> history = model.fit(moons.x, moons.y, epochs=200, validation_split=0.5, callbacks=[stop])
    >>> len(history) == stop.best_epoch + 5 < 200
    True
    >>> model.trainer.history.stopped
    'val_loss was not better for 5 epochs'
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 10,
        min_delta: float = 0.0,
        mode: Literal["min", "max"] | None = None,
        restore_best: bool = True,
    ) -> None:
        if not isinstance(monitor, str):
            raise checks.wrong("monitor", "the name of a number that is recorded", monitor, "'val_loss'")
        better = mode or _direction(monitor)
        if better is None:
            raise ValueError(f"say mode='min' or mode='max': what is better for {monitor!r}?")
        self.monitor = monitor
        self.patience = patience if patience == float("inf") else checks.count("patience", patience, example="10")
        self.min_delta = abs(checks.number("min_delta", min_delta, example="0.001"))
        self.sign = 1.0 if checks.choice("mode", better, ("min", "max")) == "min" else -1.0
        checks.flag("restore_best", restore_best)
        self.restore_best = restore_best
        self._forget()

    def _forget(self) -> None:
        self.best = float("inf") * self.sign
        self.best_epoch = 0
        self.best_weights: dict[str, Any] = {}

    def check_monitor(self, recorded: Iterable[str]) -> None:
        """Raise unless the number is among those that are recorded."""
        names = list(recorded)
        if self.monitor not in names:
            raise ValueError(
                f"{self.monitor!r} is not recorded: there is {', '.join(names)}"
                + (" (give validation_split or validation_data)" if self.monitor.startswith("val_") else "")
            )

    def on_train_begin(self, trainer: Trainer) -> None:
        """Forget what was best in an earlier training."""
        self._forget()

    def on_epoch_end(self, trainer: Trainer, epoch: int) -> bool | None:
        """Compare this epoch with the best one."""
        self.check_monitor(trainer.history)
        now = trainer.history[self.monitor][-1]
        if self.sign * now < self.sign * self.best - self.min_delta:
            self.best, self.best_epoch = now, epoch
            self.best_weights = trainer.model.state_dict() if self.restore_best else {}
        if epoch - self.best_epoch < self.patience:
            return None
        trainer.history.stopped = f"{self.monitor} was not better for {self.patience} epochs"
        return True

    def on_train_end(self, trainer: Trainer) -> None:
        """Put the best weights back."""
        if self.best_weights:
            trainer.model.load_state_dict(self.best_weights)

    def state_dict(self) -> dict[str, Any]:
        """The best value, its epoch and its weights."""
        return {"best": self.best, "best_epoch": self.best_epoch, "best_weights": self.best_weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.best, self.best_epoch, self.best_weights = state["best"], state["best_epoch"], state["best_weights"]
