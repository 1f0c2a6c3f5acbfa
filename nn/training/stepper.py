"""Stepper: one mini-batch forwards, backwards, and one step of the optimiser; what goes wrong is undone."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any

from inversa.autograd.compiling.arrays.function import ArrayFunction
from inversa.autograd.compiling.effects import seen
from inversa.autograd.compiling.errors import level_of_caller
from inversa.autograd.lazy import np
from inversa.autograd.ops.held import copied
from inversa.autograd.ops.namespace import namespace
from inversa.nn import optim
from inversa.nn.optim.snapshot import Snapshot
from inversa.nn.parameter import assign
from inversa.nn.training.arrays import as_numbers, as_operands
from inversa.nn.training.samples import Samples

if TYPE_CHECKING:
    from inversa.nn.training.trainer import Trainer


Seen = tuple[Any, Any, Any]  # targets, outputs and weights of samples


class DivergenceError(ArithmeticError):
    """The loss became infinite or NaN."""


class Stepper:
    """The steps of a training, with the settings that its trainer has at each of them."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.compiled = ArrayFunction(self._cost, ("x", "y", "w"))
        self.gradients: Callable[[Any], tuple[float, Seen]] = self.gradients_here  # a cluster has others
        self._before = Snapshot(trainer.optimizer)
        self.begin()

    def begin(self) -> None:
        """Start a training: no step has been taken yet."""
        self._last_finite: Snapshot | None = None  # of before the last step
        self._gradients_seen = False
        self._buffers = self.trainer.model.buffers()
        self._remember_buffers()

    def _remember_buffers(self) -> None:
        """Running averages, which a batch of numbers too large would spoil before its loss is known."""
        self._averages = [copied(buffer._data) for buffer in self._buffers]

    def __getstate__(self) -> dict[str, Any]:
        """A copy begins a training of its own; it has no step to take back."""
        return vars(self) | {"_before": Snapshot(self.trainer.optimizer), "_last_finite": None}

    def step(self, batch: Any, where: str) -> tuple[float, Any]:
        """One mini-batch and one step; the cost before it, and what metrics are made of, if there are any."""
        trainer, parameters = self.trainer, self.trainer.optimizer.parameters
        trainer.optimizer.zero_grad()
        cost, (targets, outputs, weights) = self.gradients(batch)
        if not isfinite(cost):
            raise self.diverged(f"the loss became {cost}", where)
        self._last_finite = None  # while it is only half a copy
        self._before.take()
        self._last_finite = self._before
        self._remember_buffers()
        try:
            if not self._gradients_seen:
                self._gradients_seen = True
                self._warn_of_missing_gradients()
            if trainer.clip_value is not None:
                optim.clip_grad_value(parameters, trainer.clip_value)
            if trainer.clip_norm is not None:
                optim.clip_grad_norm(parameters, trainer.clip_norm)
            trainer.optimizer.step()
        except BaseException as error:  # Ctrl-C, too: no weight is left half-way
            self._before.put_back()
            if isinstance(error, FloatingPointError):  # the norm of the gradients is not finite
                raise self.diverged("a gradient became infinite or nan", where) from None
            raise
        if trainer.scheduler and trainer.schedule_per == "step":
            trainer.scheduler.step()
        return cost, (targets, as_numbers(outputs), weights) if trainer.objective.metrics else None

    def gradients_here(self, batch: Samples) -> tuple[float, Seen]:
        """The cost of a mini-batch, and what metrics are made of; the gradients are added to those of parameters."""
        return run_backwards(self.compiled, batch)

    def _cost(self, x: Any, y: Any, w: Any) -> tuple[Any, Any]:
        return self.trainer.objective.cost_and_outputs(x, y, w)

    def _warn_of_missing_gradients(self) -> None:
        trained = {id(parameter) for parameter in self.trainer.optimizer.parameters}
        without = [
            path
            for path, parameter in self.trainer.model.named_parameters()
            if parameter.grad is None and parameter.requires_grad and id(parameter) in trained
        ]
        if without:
            warnings.warn(
                f"no gradient reaches {', '.join(without)}: the loss does not depend on what is computed with it, or "
                "the path was cut, by detach(), no_grad() or numbers taken out; it is not trained (requires_grad=False "
                "says that this is meant)",
                stacklevel=level_of_caller(),
            )

    def check_weights(self, where: str) -> None:
        """Raise if the last step made a weight infinite."""
        if not all(_is_finite(as_numbers(p)) for p in self.trainer.optimizer.parameters):
            raise self.diverged("a weight became infinite", where)

    def diverged(self, what: str, where: str) -> DivergenceError:
        """Put the last weights back for which the loss was finite; the error to be raised."""
        kept = "as it was"
        for buffer, average in zip(self._buffers, self._averages, strict=True):
            assign(buffer, average)
        if self._last_finite is not None:
            self._last_finite.put_back()
            kept = "left with the last weights for which the loss was finite"
        rate = self.trainer.optimizer.lr
        return DivergenceError(
            f"{what} in {where}: try a smaller learning rate than {rate:g}, standardise the inputs, or "
            f"clip the gradients (clip_norm=1.0); the model is {kept}"
        )


def _is_finite(numbers: Any) -> bool:
    xp = namespace(numbers)
    return bool(xp.all(xp.isfinite(numbers)))


def run_backwards(compiled: ArrayFunction, batch: Samples) -> tuple[float, Seen]:
    """Forwards and backwards, replayed where it can be: the cost, and what metrics are made of."""
    with np.errstate(all="ignore"):  # of numbers too large an error tells
        replayed = compiled.replay(*batch)
        if replayed is not None:
            cost, outputs = replayed
            return float(cost), (batch.y, outputs, batch.weights)
        with seen():  # targets and weights were looked at before training began
            cost, outputs = compiled.function(*as_operands(*batch))
        cost.backward()
        return float(cost.item()), (batch.y, outputs, batch.weights)
