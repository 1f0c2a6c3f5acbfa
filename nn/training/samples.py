"""Samples in memory: what a model is trained on, batch by batch, and judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.lazy import np
from inversa.nn.data import batch_rows
from inversa.nn.training.arrays import rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.nn.training.blocks import Blocks


class Samples(NamedTuple):
    """Samples, one a row, with their targets and perhaps their weights: arrays of the library of the model."""

    x: Any
    y: Any
    weights: Any  # or None

    @property
    def number(self) -> int:
        """How many samples there are."""
        return int(self.x.shape[0])

    def size(self, asked: int | None) -> int:
        """How many samples a batch has; all, for None."""
        return self.number if asked is None else asked

    def identity(self) -> dict[str, Any]:
        """What tells these samples from others."""
        return {"x": self.x, "y": self.y, "sample_weight": self.weights}

    def steps(self, size: int) -> int:
        """How many batches an epoch has."""
        return ceil(self.number / size)

    def rows(self, chosen: NDArray[Any]) -> Samples:
        """Some of the samples."""
        x, y, weights = self
        return Samples(rows(x, chosen), rows(y, chosen), None if weights is None else rows(weights, chosen))

    def augmented(self, change: Callable[[Any, np.random.Generator], Any], generator: np.random.Generator) -> Samples:
        """The same samples, changed at random."""
        return self._replace(x=change(self.x, generator))

    def batches(self, size: int, shuffle: bool, generator: np.random.Generator) -> Iterator[Samples]:
        """One epoch: every sample once, ``size`` of them at a time."""
        return map(self.rows, batch_rows(self.number, size, shuffle, generator))

    def parts(self) -> Iterator[Samples]:
        """What a model is judged on at a time: all of them."""
        return iter((self,))


def counted(weights: NDArray[Any]) -> NDArray[np.intp]:
    """The rows whose weight, or that of one of whose steps, is not 0: a sample of weight 0 is none."""
    return np.flatnonzero(np.reshape(weights, (len(weights), -1)).any(axis=1))


def divided(
    samples: Samples | Blocks, share: float, generator: np.random.Generator
) -> tuple[Samples | Blocks, Samples | Blocks]:
    """The samples to train on, and a share drawn at random that is held out for validation."""
    held = round(samples.number * share) if 0 < share < 1 else 0
    if not 0 < held < samples.number:
        raise ValueError(
            f"validation_split is a share between 0 and 1 that leaves samples on both sides of {samples.number}, "
            f"not {share!r}"
        )
    order = generator.permutation(samples.number)
    return samples.rows(np.sort(order[held:])), samples.rows(np.sort(order[:held]))
