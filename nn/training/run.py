"""Run: one training, epoch by epoch and batch by batch."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inversa.autograd.files import write_atomically
from inversa.autograd.lazy import np
from inversa.nn import saving
from inversa.nn.training.arguments import check_rate
from inversa.nn.training.callbacks import Callback
from inversa.nn.training.history import History
from inversa.nn.training.interrupt import interruptible
from inversa.nn.training.outcomes import Outcomes
from inversa.nn.training.prediction import as_mode
from inversa.nn.training.progress import progress_bar
from inversa.nn.training.threads import one_thread

if TYPE_CHECKING:
    from inversa.nn.training.batches import Batches
    from inversa.nn.training.blocks import Blocks
    from inversa.nn.training.parallel import Batch, Cluster
    from inversa.nn.training.samples import Samples
    from inversa.nn.training.trainer import Trainer

NONSENSE = (LookupError, TypeError, AttributeError, OverflowError)  # what reading something else leads to
CHECKPOINT_ENTRIES = ("model", "optimizer", "schedule", "random", "order", "history", "stopped", "callbacks")


@dataclass
class Run:
    """One call of `Trainer.fit`: its data, its random numbers, and where it stands."""

    trainer: Trainer
    samples: Samples | Blocks | Batches | Cluster
    held_out: Samples | Blocks | Batches | None
    epochs: int
    batch_size: int
    shuffle: bool
    generator: np.random.Generator
    callbacks: list[Callback]
    checkpoint: str | None
    place: AbstractContextManager[Any]  # in which gradients are computed where the samples are
    settings: dict[str, Any]  # what must be the same for a checkpoint to be gone on from
    saved: dict[str, Any] = field(default_factory=dict)  # what the checkpoint holds
    earlier: bytes | None = None  # what it held before this training, until the first step was taken

    def prepare(self, resume: bool) -> None:
        """Go on from the checkpoint or start a new one; if that fails, the trainer is as it was."""
        trainer = self.trainer
        before, history = trainer.state_dict(), trainer.history
        try:
            saved = self.load() if self.checkpoint and resume and os.path.exists(self.checkpoint) else None
            trainer.history = History() if saved is None else History(saved["history"], stopped=saved["stopped"])
            trainer.stepper.begin()
            self._check_rate()
            for callback in self.callbacks:
                callback.on_train_begin(trainer)
            if saved is not None:
                self._restore(saved)
            elif self.checkpoint:
                self.earlier = Path(self.checkpoint).read_bytes() if os.path.isfile(self.checkpoint) else None
                self.save()  # a folder that cannot be written in is better known now than after an epoch
        except BaseException:
            trainer.load_state_dict(before)
            trainer.history = history
            trainer.stepper.begin()
            raise

    def _restore(self, saved: dict[str, Any]) -> None:
        """The order of the samples and the callbacks, as the checkpoint has them."""
        try:
            self.generator.bit_generator.state = saved["order"]
            for callback, state in zip(self.callbacks, saved["callbacks"], strict=True):
                callback.load_state_dict(state)
        except (*NONSENSE, ValueError) as error:
            raise self._damaged(error) from error

    def _check_rate(self) -> None:
        remaining = max(0, self.epochs - len(self.trainer.history))
        steps = self.samples.steps(self.batch_size) if self.trainer.schedule_per == "step" else 1
        if steps is not None:
            check_rate(self.trainer.scheduler, remaining * steps)

    def train(self, progress: bool | None) -> None:
        """All epochs, or those that remain."""
        trainer = self.trainer
        remaining = max(0, self.epochs - len(trainer.history))
        steps = self.samples.steps(self.batch_size)
        bar = progress_bar(None if steps is None else remaining * steps, progress)
        try:
            # the errstate: of numbers too large the trainer tells in its own words
            with (
                one_thread(trainer.model, self.batch_size),
                interruptible() as asked,
                as_mode(trainer.model, training=True),
                self.place,
                np.errstate(all="ignore"),
            ):
                self.all_epochs(bar, asked)
                trainer.history.interrupted = asked()
        except KeyboardInterrupt:
            trainer.history.interrupted = True
        except Exception:
            if self.earlier is not None and self.checkpoint:
                write_atomically(self.checkpoint, self.earlier)
            raise
        finally:
            bar.close()
            trainer.optimizer.zero_grad()  # the gradients of the last batch are no result
            for callback in self.callbacks:
                callback.on_train_end(trainer)
        if self.checkpoint:
            self.save_result()
        if trainer.history.interrupted and sys.stderr is not None and not sys.stderr.closed:
            print(f"training was interrupted in epoch {len(trainer.history) + 1}", file=sys.stderr)

    def all_epochs(self, bar: Any, asked: Callable[[], bool]) -> None:
        """Epoch after epoch, until they are all done, a callback ends it, or Ctrl-C was pressed."""
        trainer, history = self.trainer, self.trainer.history
        while len(history) < self.epochs and not history.stopped and not asked():
            epoch = len(history) + 1
            bar.set_description(f"epoch {epoch}/{self.epochs}", refresh=False)
            numbers = self.epoch(epoch, bar, asked)
            if numbers is None:
                break
            if self.held_out:
                validation = trainer.objective.measure(self.held_out)
                numbers |= {f"val_{name}": number for name, number in validation.items()}
            history.add(numbers)
            bar.set_postfix(loss=f"{numbers['loss']:.4g}", refresh=False)
            if trainer.scheduler and trainer.schedule_per == "epoch":
                trainer.scheduler.step()
            for callback in self.callbacks:
                if callback.on_epoch_end(trainer, epoch):
                    history.stopped = history.stopped or "a callback ended it"
            if self.checkpoint:
                self.save()

    def epoch(self, epoch: int, bar: Any, asked: Callable[[], bool]) -> dict[str, float] | None:
        """All mini-batches of one epoch: its loss and metrics; None if Ctrl-C ended it early."""
        trainer = self.trainer
        rate = trainer.optimizer.lr
        costs, counts, outcomes = [], [], Outcomes(trainer.objective)
        batches: Iterator[Samples | Batch] = self.samples.batches(self.batch_size, self.shuffle, self.generator)
        for number, batch in enumerate(batches, start=1):
            if trainer.augment is not None:
                batch = batch.augmented(trainer.augment, self.generator)
            where = f"epoch {epoch}, batch {number}"
            cost, seen = trainer.stepper.step(batch, where)
            self.earlier = None
            costs.append(cost)
            counts.append(batch.number)
            if seen is not None:
                outcomes.add(*seen)
            for callback in self.callbacks:
                callback.on_step_end(trainer)
            bar.update()
            if asked():
                return None
        trainer.stepper.check_weights(where)
        numbers = {"loss": sum(costs) if trainer.objective.adds_up else float(np.average(costs, weights=counts))}
        return numbers | outcomes.metrics() | ({"lr": rate} if trainer.scheduler else {})

    def save(self) -> None:
        """Write a checkpoint: everything that training needs to go on as if it had never been interrupted."""
        history = self.trainer.history
        self.saved = self.trainer.state_dict() | {
            "settings": self.settings,
            "order": self.generator.bit_generator.state,
            "history": history.history,
            "stopped": history.stopped,
            "callbacks": [callback.state_dict() for callback in self.callbacks],
        }
        assert self.checkpoint is not None
        saving.save(self.checkpoint, self.saved)

    def save_result(self) -> None:
        """Add the weights that `fit` leaves the model with, such as the best ones, where they are not the last."""
        assert self.checkpoint is not None
        last, result = self.saved.get("model", {}), self.trainer.model.state_dict()
        if any(not np.array_equal(last[path], array) for path, array in result.items() if path in last):
            saving.save(self.checkpoint, self.saved | {"result": result})

    def load(self) -> dict[str, Any]:
        """Restore the trainer from the checkpoint and return its content; the caller undoes a failure.

        Raises
        ------
        ValueError
            When the file is damaged, no checkpoint, or that of a training with another model, data or settings.
        """
        assert self.checkpoint is not None
        tree = saving.load(self.checkpoint)
        if not isinstance(tree, dict) or "settings" not in tree:
            raise ValueError(f"{self.checkpoint!r} is no checkpoint of a training")
        missing = [name for name in CHECKPOINT_ENTRIES if name not in tree]
        if missing:
            raise ValueError(f"{self.checkpoint!r} is damaged: it lacks {', '.join(missing)}; take another copy")
        if not isinstance(tree["stopped"], str):
            raise self._damaged(f"stopped is {tree['stopped']!r}")
        try:
            self._compare(tree["settings"], [name for name in self.settings if name != "model"])
            try:
                self.trainer.load_state_dict(tree)  # names the parameters that differ, if any
            except ValueError as error:
                raise ValueError(f"{self.checkpoint!r}: {error}") from None
            self._compare(tree["settings"], ["model"] if "model" in tree["settings"] else [])
            if len({len(numbers) for numbers in tree["history"].values()}) > 1:
                raise self._damaged("the lists of its history differ in length")
        except NONSENSE as error:
            raise self._damaged(error) from error
        self.saved = tree
        return tree

    def _damaged(self, why: object) -> ValueError:
        return ValueError(f"{self.checkpoint!r} is damaged ({why!r}): take another copy")

    def _compare(self, saved: dict[str, Any], names: list[str]) -> None:
        """Raise if some of the settings are not those of the checkpoint."""
        differing = [name for name in names if saved.get(name) != self.settings[name]]
        if differing == ["model"]:
            there, here = saved["model"], self.settings["model"]
            only_there, only_here = [part for part in there if part not in here], [p for p in here if p not in there]
            differing = [f"model ({only_there} there, {only_here} here)"]
        if differing:
            raise ValueError(
                f"{self.checkpoint!r} is of another training, different in {', '.join(differing)}: give the same data "
                "and settings (seed=None is another one each time), or resume=False to start anew"
            )
