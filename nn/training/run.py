"""Run: one training, epoch by epoch and batch by batch."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.ops.namespace import np
from inversa.nn import saving
from inversa.nn.data import batch_rows
from inversa.nn.training.callbacks import Callback
from inversa.nn.training.history import History
from inversa.nn.training.interrupt import interruptible
from inversa.nn.training.progress import progress_bar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.nn.training.trainer import Trainer


class Samples(NamedTuple):
    """Samples, one a row, with their targets and perhaps their weights."""

    x: NDArray[Any]
    y: NDArray[Any]
    weights: NDArray[Any] | None

    def rows(self, chosen: NDArray[Any]) -> Samples:
        """Some of the samples."""
        return Samples(self.x[chosen], self.y[chosen], None if self.weights is None else self.weights[chosen])

    def checksums(self) -> dict[str, Any]:
        """What tells these samples from others."""
        return {
            name: None if array is None else [str(array.dtype), list(array.shape), _checksum(array)]
            for name, array in zip(("x", "y", "sample_weight"), self, strict=True)
        }


@dataclass
class Run:
    """One call of `Trainer.fit`: its data, its random numbers, and where it stands."""

    trainer: Trainer
    samples: Samples
    held_out: Samples | None
    batch_size: int
    shuffle: bool
    generator: np.random.Generator
    callbacks: list[Callback]
    settings: dict[str, Any]  # what must be the same for a checkpoint to be gone on from

    def train(
        self, epochs: int, progress: bool | None, checkpoint: str | os.PathLike[str] | None, resume: bool
    ) -> None:
        """All epochs, or those that remain."""
        trainer = self.trainer
        for callback in self.callbacks:
            callback.on_train_begin(trainer)
        if checkpoint is not None:
            if resume and os.path.exists(checkpoint):
                self.load(checkpoint)
            else:
                self.save(checkpoint)  # a folder that cannot be written in is better known now than after an epoch
        was_training = trainer.model.training
        steps = ceil(len(self.samples.x) / self.batch_size)
        bar = progress_bar(max(0, epochs - len(trainer.history)) * steps, progress)
        try:
            with interruptible() as asked:
                while len(trainer.history) < epochs and not trainer.history.stopped and not asked():
                    epoch = len(trainer.history) + 1
                    bar.set_description(f"epoch {epoch}/{epochs}", refresh=False)
                    trainer.model.train()
                    numbers = self.epoch(epoch, bar, asked)
                    if numbers is None:
                        break
                    if self.held_out:
                        validation = trainer.evaluate(*self.held_out)
                        numbers |= {f"val_{name}": number for name, number in validation.items()}
                    trainer.history.add(numbers)
                    bar.set_postfix(loss=f"{numbers['loss']:.4g}", refresh=False)
                    if trainer.scheduler and trainer.schedule_per == "epoch":
                        trainer.scheduler.step()
                    for callback in self.callbacks:
                        if callback.on_epoch_end(trainer, epoch):
                            trainer.history.stopped = trainer.history.stopped or "a callback ended it"
                    if checkpoint is not None:
                        self.save(checkpoint)
                trainer.history.interrupted = asked()
        except KeyboardInterrupt:
            trainer.history.interrupted = True
        finally:
            trainer.model.train(was_training)
            bar.close()
        for callback in self.callbacks:
            callback.on_train_end(trainer)

    def epoch(self, epoch: int, bar: Any, asked: Callable[[], bool]) -> dict[str, float] | None:
        """All mini-batches of one epoch: its loss and metrics; None if Ctrl-C ended it early."""
        trainer = self.trainer
        rate = trainer.optimizer.lr
        costs, counts, targets, outputs = [], [], [], []
        order = batch_rows(len(self.samples.x), self.batch_size, self.shuffle, self.generator)
        for number, rows in enumerate(order, start=1):
            x, y, w = self.samples.rows(rows)
            if trainer.augment is not None:
                x = trainer.augment(x, self.generator)
            cost, output = trainer.step(x, y, w, f"epoch {epoch}, batch {number}")
            costs.append(cost)
            counts.append(len(y) if w is None else w.sum())
            if trainer.metrics:
                targets.append(y)
                outputs.append(output)
            for callback in self.callbacks:
                callback.on_step_end(trainer)
            bar.update()
            if asked():
                return None
        if not all(np.isfinite(weights).all() for weights in trainer.weights()):
            raise trainer.diverged("a weight became infinite", f"epoch {epoch}, batch {number}")
        adds_up = getattr(trainer.loss, "reduction", "mean") == "sum"
        numbers = {"loss": sum(costs) if adds_up else float(np.average(costs, weights=counts))}
        if trainer.metrics:
            numbers |= trainer.measured(np.concatenate(targets), np.concatenate(outputs))
        return numbers | ({"lr": rate} if trainer.scheduler else {})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint: everything that training needs to go on as if it had never been interrupted."""
        history = self.trainer.history
        tree = self.trainer.state_dict() | {
            "settings": self.settings,
            "order": self.generator.bit_generator.state,
            "history": history.history,
            "stopped": history.stopped,
            "callbacks": [callback.state_dict() for callback in self.callbacks],
        }
        saving.save(path, tree)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go on from a checkpoint; nothing is changed unless everything fits.

        Raises
        ------
        ValueError
            When the file is damaged, no checkpoint, or that of a training with another model, data or settings.
        """
        tree, name = saving.load(path), os.fspath(path)
        if not isinstance(tree, dict) or "settings" not in tree:
            raise ValueError(f"{name!r} is no checkpoint of a training")
        differing = [key for key, value in self.settings.items() if tree["settings"].get(key) != value]
        if len(self.callbacks) != len(tree["callbacks"]):
            differing.append("the number of callbacks")
        if differing:
            raise ValueError(
                f"{name!r} is of another training, different in {', '.join(differing)}: give the same data and "
                "settings, or resume=False to start anew"
            )
        try:
            self.trainer.load_state_dict(tree)
        except ValueError as error:
            raise ValueError(f"{name!r}: {error}") from None
        self.generator.bit_generator.state = tree["order"]
        self.trainer.history = History(tree["history"], stopped=tree["stopped"])
        for callback, state in zip(self.callbacks, tree["callbacks"], strict=True):
            callback.load_state_dict(state)


def divided(samples: Samples, share: float, generator: np.random.Generator) -> tuple[Samples, Samples]:
    """The samples to train on, and a share drawn at random that is held out for validation."""
    count = len(samples.x)
    held = round(count * share)
    if not 0 < held < count:
        raise ValueError(
            f"validation_split is a share between 0 and 1 that leaves samples on both sides of {count}, not {share!r}"
        )
    rows = generator.permutation(count)
    return samples.rows(np.sort(rows[held:])), samples.rows(np.sort(rows[:held]))


def _checksum(array: NDArray[Any]) -> int:
    return zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data)
