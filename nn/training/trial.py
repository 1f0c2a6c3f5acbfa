"""Trial: model, loss, penalty and metrics are run once on a few samples, before training changes anything."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, Value, checks
from inversa.autograd.lazy import np
from inversa.autograd.node import Node
from inversa.autograd.ops.held import to_numpy
from inversa.nn import losses
from inversa.nn.losses.loss import first_entry
from inversa.nn.training.arrays import as_numbers, as_operands, first, placed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.nn.training.objective import Objective


class Trial:
    """An objective that is tried on samples which are arrays already, with the model in use and not in training.

    Targets are looked at as NumPy's arrays: those of other libraries are transferred for it, this once, so that no step
    has to wait for a look at them.
    """

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self.model, self.loss, self.name = objective.model, objective.loss, objective.name

    def run(self, x: Any, y: Any, w: NDArray[Any] | None) -> None:
        """Raise what would be raised by a later step."""
        self.x, y = x, to_numpy(y)
        output = self._rows(1)
        if len(y) > 1:
            self._rows(2)  # x of shape (n,) may pass for one sample of n numbers
        if isinstance(self.loss, losses.Loss):
            self.targets(y, w, tuple(np.shape(as_numbers(output))[1:]))
            self._number(output, y[:1])  # recorded, so that a loss that wants logits sees what it is given
        else:
            self._own_loss(output, y, w)
        if self.objective.penalty is not None:
            penalty = self.objective.penalty(self.model)
            if np.shape(as_numbers(penalty)):
                raise ValueError(f"the penalty gives an array of shape {penalty.shape}, not one number")

    def targets(self, y: NDArray[Any], w: NDArray[Any] | None, shape: tuple[int, ...]) -> None:
        """Raise for targets or weights that a loss of ours does not take beside outputs of this shape each."""
        if isinstance(self.loss, losses.Loss):
            shape = (len(y), *shape)
            weights = None if w is None else np.ones(w.shape)  # which may all be 0 in a block
            self.loss(Tensor(np.full(shape, 1 / shape[-1])), y, weights=weights)  # probabilities, which it may take

    def _samples(self, most: int) -> Any:
        """The first samples, as the model takes them."""
        (x,) = as_operands(first(self.x, most))
        return x

    def _operand(self, array: NDArray[Any]) -> Any:
        """Targets or weights, as the loss takes them beside the model's outputs."""
        (operand,) = as_operands(placed(array, self.x))
        return operand

    def _rows(self, number: int) -> Any:
        """The model's outputs for the first samples, if there is one row a sample."""
        single = "" if self.x.ndim > 1 else "; write x[:, None] for samples of one number each"
        try:
            output = self.model(self._samples(number))
        except (TypeError, ValueError) as error:
            if not single:
                raise
            raise ValueError(f"x has one row a sample{single}: {error}") from error
        shape = tuple(np.shape(as_numbers(output)))
        if shape[:1] != (number,) and (shape or number > 1):
            raise ValueError(
                f"the model gives outputs of shape {shape} for {number} samples of x, not one row each{single}"
            )
        return output

    def _number(self, output: Any, y: NDArray[Any], **weights: NDArray[Any]) -> float:
        """The loss as a float, if it is one number that has a gradient."""
        try:
            cost = self.loss(output, self._operand(y), **{name: self._operand(w) for name, w in weights.items()})
        except TypeError as error:
            raise TypeError(
                f"{self.name} is no loss for this model ({error}): a loss takes outputs and targets, and computes with "
                "the operations of inversa.autograd"
            ) from error
        shape = tuple(np.shape(as_numbers(cost)))
        if shape:
            raise ValueError(f"{self.name} gives an array of shape {shape}, a loss one number")
        if isinstance(first_entry(output), Node) and first_entry(output).requires_grad and not _is_recorded(cost):
            raise TypeError(
                f"{self.name} gives {checks.shown(cost)}, which has no gradient: compute the loss with the operations "
                "of inversa.autograd"
            )
        return float(as_numbers(cost))

    def _own_loss(self, output: Any, y: NDArray[Any], w: NDArray[Any] | None) -> None:
        """Refuse a loss of one's own that means something else by weights, or compares samples with one another."""
        if w is None:
            self._number(output, y[:1])
        elif not _takes_weights(self.loss):
            raise ValueError(
                f"{self.name} takes no weights of samples: write it as f(outputs, targets, weights=None), which gives "
                "Σ w·l / Σ w, or use a loss of inversa.nn.losses"
            )
        else:
            self._weights(output, y[:1])
        if isinstance(output, Tensor):
            self._broadcasting(output.numpy(), y, {} if w is None else {"weights": w})

    def _weights(self, output: Any, y: NDArray[Any]) -> None:
        self._number(output, y, weights=np.ones(1))
        some = output  # may be right: a loss of 0
        if isinstance(output, Tensor):
            some = Tensor(placed(_nudged(output.numpy()), self.x))
        one, three = (self._number(some, y, weights=np.array([weight])) for weight in (1.0, 3.0))
        if not np.isclose(one, three, rtol=1e-5, equal_nan=True):
            raise ValueError(
                f"{self.name} gives {three:g} for one sample of weight 3, and {one:g} for weight 1: a loss with "
                "weights is their mean, Σ w·l / Σ w"
            )

    def _broadcasting(self, output: NDArray[Any], y: NDArray[Any], weights: dict[str, Any]) -> None:
        """Outputs of shape (n, 1) and targets of shape (n,), or the reverse: each would meet all others."""
        if {output.ndim, y.ndim} != {1, 2} or max(output.shape, y.shape, key=len)[1] != 1:
            return
        differing = np.flatnonzero(y.ravel() != y.ravel()[0])
        if not len(differing):
            return
        outputs, targets = np.concatenate([output, _nudged(output)]), y[[0, differing[0]]]

        def cost(rows: slice) -> float:
            one = {name: np.ones(len(targets[rows])) for name in weights}
            return self._number(Tensor(placed(outputs[rows], self.x)), targets[rows], **one)

        both, each = cost(slice(2)), [cost(slice(1)), cost(slice(1, 2))]
        if not np.isclose(both, [np.mean(each), np.sum(each)], rtol=1e-5, equal_nan=True).any():
            here, there = ("(n, 1)" if array.ndim == 2 else "(n,)" for array in (output, y))
            raise ValueError(
                f"{self.name} compares every output with every target: outputs of shape {here} and targets of shape "
                f"{there} are broadcast; write targets{'[:, None]' if y.ndim == 1 else '.ravel()'}"
            )

    def metrics(self, y: NDArray[Any], predictions: NDArray[Any]) -> None:
        """Raise what metrics of these targets would raise after the first epoch."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, metric in self.objective.metrics.items():
                try:
                    float(metric(y, predictions))
                except Exception as error:  # whatever it is
                    raise ValueError(f"the metric {name} fails with these targets: {error}") from error


def _takes_weights(loss: Callable[..., Any]) -> bool:
    taken = inspect.signature(loss).parameters
    return "weights" in taken or any(one.kind is one.VAR_KEYWORD for one in taken.values())


def _nudged(outputs: NDArray[Any]) -> NDArray[Any]:
    """Other outputs than these, which are still between 0 and 1 where these are."""
    return np.asarray(0.99 * outputs + 0.01 * (outputs < 0.5), outputs.dtype)


def _is_recorded(cost: Any) -> bool:
    return isinstance(cost, (Tensor, Value)) and cost.requires_grad
