"""Objective: what a model's outputs are compared by: a loss, a penalty, and metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd import Tensor, no_grad
from inversa.autograd.ops.namespace import np
from inversa.nn import losses
from inversa.nn.data import check_finite, check_rows, check_weights
from inversa.nn.metrics import Metric
from inversa.nn.metrics import named as named_metric
from inversa.nn.training.prediction import as_input, as_mode, as_numbers, as_numeric, predict

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.module import Module


class Samples(NamedTuple):
    """Samples, one a row, with their targets and perhaps their weights."""

    x: NDArray[Any]
    y: NDArray[Any]
    weights: NDArray[Any] | None

    def rows(self, chosen: NDArray[Any]) -> Samples:
        """Some of the samples."""
        return Samples(self.x[chosen], self.y[chosen], None if self.weights is None else self.weights[chosen])


class Objective:
    """What a model is trained for and judged by; the parameters are those of `Trainer`."""

    def __init__(
        self,
        model: Module,
        loss: str | Callable[..., Any],
        metrics: Sequence[str | Metric],
        penalty: Callable[[Module], Any] | None,
    ) -> None:
        self.model = model
        self.loss = losses.named(loss)
        self.name = getattr(self.loss, "__name__", type(self.loss).__name__)
        # A function of one's own has none of these: it gives the mean, and nothing is known of its outputs.
        self.adds_up = getattr(self.loss, "reduction", "mean") == "sum"
        self.link = getattr(self.loss, "link", None)
        self.decide = getattr(self.loss, "decide", None)
        self.penalty = penalty
        self.metrics = _named_metrics(metrics)
        if "accuracy" in self.metrics and self.decide is None:
            raise ValueError(f"{self.name} is not a loss for classes: there is no accuracy, but 'r2' or 'mae'")

    def checked(self, x: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Samples:
        """The samples as arrays, after everything was tried that could go wrong with one of them later."""
        x, y = as_input(self.model, x), as_numeric(y)
        if y.dtype.kind not in "fiub":
            raise TypeError(f"targets are numbers, not {y.dtype}: take np.unique(y, return_inverse=True)[1] for names")
        check_rows(x, y)
        check_finite("x", x)
        check_finite("y", y)
        w = None if sample_weight is None else check_weights(sample_weight, len(x))
        random = {path: g.bit_generator.state for path, g in self.model.named_generators()}
        try:
            self._try(x, y)
        finally:
            for path, generator in self.model.named_generators():
                generator.bit_generator.state = random[path]
        return Samples(x, y, w)

    def _try(self, x: NDArray[Any], y: NDArray[Any]) -> None:
        """Run the model and the loss once, so that what does not fit is known before anything is changed."""
        with as_mode(self.model, training=False), np.errstate(all="ignore"):
            output = self.model(x[:1])
            if isinstance(self.loss, losses.Loss):
                shape = (len(x), *np.shape(as_numbers(output))[1:])
                self.loss(Tensor(np.zeros(shape)), y)  # all targets are looked at
            cost = self.loss(output, y[:1])  # recorded, so that a loss that wants logits sees what it is given
            if np.shape(as_numbers(cost)):
                raise ValueError(f"{self.name} gives an array of shape {cost.shape}, a loss one number")

    def scaled(self, samples: Samples) -> Samples:
        """The samples with weights whose mean is 1, as `cost` takes them; those of a sum stay as they are."""
        w = samples.weights
        if w is None:
            return samples
        w = w if self.adds_up or not w.any() else w / w.mean()
        return samples._replace(weights=w.astype(samples.x.dtype))

    def cost(self, outputs: Any, y: Any, w: Any) -> Any:
        """What training makes small: the loss of these outputs and the penalty of the model, recorded.

        With weights the loss of a batch is the sum of w·l over its number of samples. Over the batch's own sum of
        weights, which is what losses divide by, a batch of heavy samples would count no more than one of light samples.
        """
        cost = self.loss(outputs, y) if w is None else self.loss(outputs, y, weights=w)
        if w is not None and not self.adds_up:
            cost = cost * (w.mean() if isinstance(w, Tensor) else float(w.mean()))
        return cost if self.penalty is None else cost + self.penalty(self.model)

    def measure(self, samples: Samples) -> dict[str, float]:
        """The loss and the metrics of the model as it is used, of samples that were checked."""
        outputs = predict(self.model, samples.x)
        with no_grad():
            numbers = {"loss": float(self.cost(Tensor(outputs), samples.y, self.scaled(samples).weights).item())}
        return numbers | self.metrics_of(samples.y, outputs)

    def metrics_of(self, y: NDArray[Any], outputs: NDArray[Any]) -> dict[str, float]:
        """The metrics of outputs for the targets y; of classes where the loss is one for classes."""
        if not self.metrics:
            return {}
        predictions = outputs if self.decide is None else self.classes(outputs)
        if self.decide is not None and y.ndim > predictions.ndim:  # one-hot rows
            y = y.argmax(axis=-1)
        return {name: float(metric(_as_column(y), _as_column(predictions))) for name, metric in self.metrics.items()}

    def probabilities(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Outputs as probabilities, where the loss is one of probabilities."""
        if self.link is None:
            raise ValueError(f"with the loss {self.name} there are no probabilities: use predict()")
        return np.asarray(self.link(outputs))

    def classes(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Outputs as classes, where the loss is one for classes."""
        if self.decide is None:
            raise ValueError(f"{self.name} is not a loss for classes: use predict()")
        return np.asarray(self.decide(outputs if self.link is None else self.link(outputs)))


def _named_metrics(given: Sequence[str | Metric]) -> dict[str, Metric]:
    if isinstance(given, str) or callable(given):
        raise TypeError(f"metrics come in a list: [{given!r}]")
    named = [named_metric(metric) for metric in given]
    names = [name for name, _ in named]
    for name in names:
        if names.count(name) > 1 or name in ("loss", "lr"):
            raise ValueError(f"a metric called {name!r} would be mixed up with another number of the history")
    return dict(named)


def _as_column(numbers: NDArray[Any]) -> NDArray[Any]:
    return numbers.ravel() if numbers.ndim == 2 and numbers.shape[1] == 1 else numbers
