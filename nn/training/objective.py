"""Objective: what a model's outputs are compared by: a loss, a penalty, and metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import Tensor, checks, no_grad
from inversa.autograd.compiling.effects import settings
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE
from inversa.autograd.ops.held import computed, copied, to_numpy
from inversa.autograd.ops.namespace import alike, kind_of
from inversa.nn import losses
from inversa.nn.checks import check_finite, check_rows, check_weights
from inversa.nn.losses.classification import already_applied, refuse_probabilities
from inversa.nn.losses.loss import as_is
from inversa.nn.metrics import Metric
from inversa.nn.metrics import named as named_metric
from inversa.nn.parameter import assign
from inversa.nn.training.arguments import class_weights
from inversa.nn.training.arrays import as_array, as_operands, first, weight_of
from inversa.nn.training.batches import Batches
from inversa.nn.training.blocks import Blocks, by_rows, is_dask
from inversa.nn.training.outcomes import Outcomes
from inversa.nn.training.prediction import as_input, as_mode, predict
from inversa.nn.training.samples import Samples
from inversa.nn.training.trial import Trial

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.training.model import Model

GUESSED = 100  # samples that the model is run on where metrics are tried


class Objective:
    """What a model is trained for and judged by; the parameters are those of `Trainer`."""

    def __init__(
        self,
        model: Model,
        loss: losses.names.Name | Callable[..., Any],
        metrics: Sequence[str | Metric],
        penalty: Callable[[Model], Any] | None,
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
        self.logits_to: Callable[[Any], Any] | None = None if self.link is as_is else self.link
        if self.logits_to is not None and output_activation(model) in ("sigmoid", "softmax"):
            raise already_applied(output_activation(model), self.logits_to)
        if "accuracy" in self.metrics and self.decide is None:
            raise ValueError(f"{self.name} is not a loss for classes: there is no accuracy, but 'r2' or 'mae'")

    def checked(
        self,
        x: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
    ) -> Samples:
        """The samples as arrays, after everything was tried that could go wrong with one of them later."""
        samples = self.tried(self.arrays(x, y, sample_weight, class_weight))
        if self.metrics and (samples.weights is None or samples.weights.any()):
            guesses = Outcomes(self)
            guesses.add(samples.y, self.guessed(samples), samples.weights)
            Trial(self).metrics(*guesses.pairs())
        return samples

    def arrays(
        self,
        x: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
    ) -> Samples:
        """The samples as arrays, if they are finite numbers, as many targets as samples."""
        x, y = as_input(self.model, x), as_array(self.model, y, "y")
        if kind_of(y.dtype) not in "fiub":
            raise TypeError(f"targets are numbers, not {y.dtype}: take np.unique(y, return_inverse=True)[1] for names")
        check_rows(x, y)
        check_finite("x", x)
        check_finite("y", y)
        w = None  # NumPy's until `scaled`: one number a sample, or a step
        if sample_weight is not None:
            given = to_numpy(as_array(self.model, sample_weight, "sample_weight"))
            w = check_weights(given, x.shape[0], *y.shape[1:])
        if class_weight is not None:
            each = class_weights(class_weight, to_numpy(y), self.decide is not None)
            w = each if w is None else (w.T * each).T  # a sample's weight is one of each of its steps
        return Samples(x, y, w)

    def tried(self, samples: Samples) -> Samples:
        """The samples, after the model and the loss were tried on them."""
        with self._unchanged():
            Trial(self).run(*samples)
        return samples

    def tried_alone(self, samples: Samples | Blocks, size: int) -> None:
        """Raise what a batch of one sample would raise in training, where an epoch of batches of this size has one.

        Layers that compare samples with one another refuse it, and it is the last batch: too late.
        """
        if size > 1 and samples.number % size != 1:
            return
        alone = next(samples.rows(np.array([0])).parts())
        try:
            with self._unchanged(training=True), no_grad():
                self.model(*as_operands(as_input(self.model, alone.x)))
        except ValueError as error:
            raise ValueError(
                f"{error}; batches of {size} leave one of {samples.number} samples by itself: choose another batch_size"
            ) from error

    def guessed(self, samples: Samples) -> NDArray[Any]:
        """Outputs for all samples, as metrics may be tried on: those for the first of them, again and again."""
        with self._unchanged():
            some = to_numpy(predict(self.model, first(samples.x, GUESSED)))
        return np.resize(some, (samples.number, *some.shape[1:]))

    @contextmanager
    def _unchanged(self, training: bool = False) -> Iterator[None]:
        """A block in which the model is used, and after which it draws the same random numbers, and keeps the same."""
        kept = [(buffer, copied(buffer._data)) for buffer in self.model.buffers()]
        random = {path: g.bit_generator.state for path, g in self.model.named_generators()}
        try:
            with as_mode(self.model, training=training), np.errstate(all="ignore"):
                yield
        finally:
            for path, generator in self.model.named_generators():
                generator.bit_generator.state = random[path]
            for buffer, array in kept:
                assign(buffer, array)

    def scaled(self, samples: Samples | Blocks) -> Samples | Blocks:
        """The samples with weights whose mean is 1, as `cost` takes them; those of a sum stay as they are."""
        w = samples.weights
        if w is None:
            return samples
        w = w if self.adds_up or not w.any() else w / w.mean()
        return samples._replace(weights=self.weights(w))

    def weights(self, w: NDArray[Any]) -> Any:
        """Weights in the type and the library of the model's parameters, and on their device."""
        weight = weight_of(self.model)
        return alike(np.empty(0) if weight is None else weight, w)

    def cost(self, outputs: Any, y: Any, w: Any) -> Any:
        """What training makes small: the loss of these outputs and the penalty of the model, recorded."""
        return self.penalised(self.loss_of(outputs, y, w), y.shape[0])

    def loss_of(self, outputs: Any, y: Any, w: Any) -> Any:
        """The loss of these outputs.

        With weights the loss of a batch is the sum of w·l over its number of samples. Over the batch's own sum of
        weights, which is what losses divide by, a batch of heavy samples would count no more than one of light samples.
        """
        loss = settings(self.loss)
        cost = loss(outputs, y) if w is None else loss(outputs, y, weights=w)
        if w is not None and not self.adds_up:
            cost = cost * (w.mean() if isinstance(w, Tensor) else float(w.mean()))
        return cost

    def cost_and_outputs(self, x: Any, y: Any, w: Any) -> tuple[Any, Any]:
        """What is made small for a batch, and the outputs, which metrics are made of: what a step compiles."""
        trace = MODE.get().trace
        if trace is not None:  # a loss or penalty may be an object with settings that change
            for function in (self.loss, self.penalty):
                if hasattr(function, "__dict__"):
                    trace.visit(function)
        outputs = self.model(x)
        return self.cost(outputs, y, w), outputs

    def penalised(self, loss: Any, number: int) -> Any:
        """The loss of a number of samples, and the penalty of the model."""
        penalty = settings(self.penalty)
        return loss if penalty is None else loss + penalty(self.model)

    def measure(self, samples: Samples | Blocks | Batches) -> dict[str, float]:
        """The loss and the metrics of the model as it is used, of samples that were checked."""
        losses, counts, outcomes = [], [], Outcomes(self)
        for x, y, w in (samples if isinstance(samples, Batches) else self.scaled(samples)).parts():
            outputs = predict(self.model, x)
            weightless = isinstance(samples, Blocks) and w is not None and not w.any()  # in this block, not in all
            with no_grad():
                losses.append(0.0 if weightless else self.loss_of(Tensor(outputs), *as_operands(y, w)))
            counts.append(y.shape[0])
            outcomes.add(y, outputs, w)
        number = sum(counts)
        shares = [1.0 if self.adds_up else count / number for count in counts]
        with no_grad():
            cost = self.penalised(sum(loss * share for loss, share in zip(losses, shares, strict=True)), number)
        return {"loss": float(cost.item())} | outcomes.metrics()

    def judged(self, y: Any, outputs: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        """Targets and predictions as metrics compare them: classes where the loss is one for classes.

        They are NumPy's arrays: those of other libraries are transferred for it.
        """
        y, outputs = to_numpy(y), to_numpy(outputs)
        predictions = outputs if self.decide is None else self.classes(outputs)
        if self.decide is not None and y.ndim > predictions.ndim:  # one-hot rows
            y = y.argmax(axis=-1)
        return _as_column(y), _as_column(predictions)

    def expects_logits(self, given: Any) -> None:
        """Raise if the model, tried on a sample of x, gives probabilities where the loss takes logits."""
        x = as_input(self.model, np.zeros((1, *given.shape[1:])) if is_dask(given) else given)
        if self.logits_to is not None and x.shape[0]:
            with as_mode(self.model, training=False):
                refuse_probabilities(self.model(*as_operands(first(x, 1) if x.ndim > 1 else x)), self.logits_to)

    def probabilities(self, outputs: Any) -> Any:
        """Outputs as probabilities, where the loss is one of probabilities."""
        if self.link is None:
            raise ValueError(f"with the loss {self.name} there are no probabilities: use predict()")
        return _applied((self.link,), outputs)

    def classes(self, outputs: Any) -> Any:
        """Outputs as classes, where the loss is one for classes."""
        if self.decide is None:
            raise ValueError(f"{self.name} is not a loss for classes: use predict()")
        return _applied((self.decide,) if self.link is None else (self.link, self.decide), outputs)


def output_activation(model: Any) -> str:
    """The name of the activation of a model's last layer, as far as it can be seen without running it; or ""."""
    for parts in ("layers", "members", "neurons"):  # of networks, of Sequential, of a NeuronLayer
        inner = getattr(model, parts, None)
        if isinstance(inner, (list, tuple)) and inner:
            return "softmax" if getattr(model, "softmax", "") else output_activation(inner[-1])
    function = getattr(model, "activation", getattr(model, "function", None))
    return str(getattr(function, "__name__", ""))


def _named_metrics(given: Sequence[str | Metric]) -> dict[str, Metric]:
    if isinstance(given, str) or callable(given):
        raise TypeError(f"metrics come in a list: [{given!r}]")
    if not isinstance(given, (list, tuple)):
        raise checks.wrong("metrics", "a list of names or functions", given, "['accuracy']", TypeError)
    named = [named_metric(metric) for metric in given]
    names = [name for name, _ in named]
    for name in names:
        if names.count(name) > 1 or name in ("loss", "lr"):
            raise ValueError(f"a metric called {name!r} would be mixed up with another number of the history")
    return dict(named)


def _applied(functions: Sequence[Callable[[Any], Any]], outputs: Any) -> Any:
    """Functions, one after the other, of outputs one row a sample."""
    if is_dask(outputs):
        return by_rows(partial(_applied, functions), outputs)
    for function in functions:
        outputs = computed(function(outputs))
    return outputs


def _as_column(numbers: NDArray[Any]) -> NDArray[Any]:
    return numbers.ravel() if numbers.ndim == 2 and numbers.shape[1] == 1 else numbers
