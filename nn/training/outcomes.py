"""Outcomes: what metrics are made of, targets and predictions of all samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.autograd.ops.held import to_numpy
from inversa.nn.training.arrays import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.nn.training.objective import Objective

MANY = 2**15  # samples whose outputs are kept before they are judged


def _each(axes: int, array: Any) -> NDArray[Any]:
    """What lies along the first axes, such as the steps of all sequences, one a row."""
    array = to_numpy(array)
    return np.reshape(array, (-1, *array.shape[axes:]))


class Outcomes:
    """Targets and outputs, added batch by batch; some thousands at a time become what metrics compare.

    Where the loss is one for classes, this is one number a sample instead of one for each class.
    """

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self._batches: list[tuple[Any, Any]] = []
        self._waiting = 0  # samples in them
        self._judged: list[tuple[Any, Any]] = []

    def add(self, y: Any, outputs: Any, weights: Any = None) -> None:
        """Note what came out for these targets, if there are metrics.

        Steps of sequences, and whatever else has a weight of its own, are samples, and those of weight 0 are none.
        """
        if not self.objective.metrics:
            return
        weighted = 1 if weights is None else len(weights.shape)
        sequences = getattr(outputs, "ndim", 0) == 3 and tuple(y.shape[:2]) == tuple(outputs.shape[:2])
        axes = max(weighted, 2) if sequences else weighted
        if axes > 1:
            y, outputs = _each(axes, y), _each(axes, outputs)
            if weighted == axes:
                counted = _each(axes, weights) != 0
                y, outputs = y[counted], outputs[counted]
        self._batches.append((y, outputs))
        self._waiting += y.shape[0]
        if self._waiting >= MANY:
            self._judge()

    def _judge(self) -> None:
        y, outputs = map(joined, zip(*self._batches, strict=True))
        self._judged.append(self.objective.judged(y, outputs))
        self._batches, self._waiting = [], 0

    def pairs(self) -> Any:
        """All targets, and the predictions for them."""
        if self._batches:
            self._judge()
        return map(np.concatenate, zip(*self._judged, strict=True))

    def metrics(self) -> dict[str, float]:
        """The metrics of all these samples."""
        if not self.objective.metrics:
            return {}
        y, predictions = self.pairs()
        return {name: float(metric(y, predictions)) for name, metric in self.objective.metrics.items()}
