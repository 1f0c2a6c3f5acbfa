"""Training: the loop over epochs and mini-batches, and what is done with a trained model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil, isfinite
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, Value, no_grad
from inversa.autograd.ops.namespace import np
from inversa.nn.data import batches, check_count, check_rows
from inversa.nn.losses import Loss
from inversa.nn.module import Module
from inversa.nn.optim import Optimizer

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.init import Seed


class DivergenceError(ArithmeticError):
    """The loss became infinite or NaN."""


@dataclass
class History:
    """What `fit` reports: the numbers of every epoch.

    Attributes
    ----------
    history : dict of str to list of float
        Under ``"loss"`` the mean loss of each epoch, as in Keras.
    interrupted : bool
        Whether Ctrl-C ended the training early.
    """

    history: dict[str, list[float]] = field(default_factory=lambda: {"loss": []})
    interrupted: bool = False

    @property
    def loss(self) -> list[float]:
        """The mean loss of each epoch."""
        return self.history["loss"]


def fit(
    model: Module,
    x: ArrayLike,
    y: ArrayLike,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int = 1,
    batch_size: int = 32,
    seed: Seed = 0,
    progress: bool = True,
    callback: Callable[[int, History], object] | None = None,
) -> History:
    """Train a model with mini-batches.

    Parameters
    ----------
    model : Module
        An `MLP`, a `NeuronNetwork`, or any module whose output ``loss`` understands.
    x, y : array_like
        Samples and targets, one a row.
    loss : callable
        ``loss(outputs, targets)``, one of `inversa.nn.losses` for example.
    optimizer : Optimizer
        Of the model's parameters.
    epochs : int
        How often every sample is seen.
    batch_size : int
        How many samples there are between two steps of the optimiser.
    seed : int or numpy Generator
        Of the order of the samples.
    progress : bool
        Whether a progress bar is shown on stderr, if tqdm is installed (``pip install "inversa[train]"``).
    callback : callable, optional
        Called after every epoch with its number, from 1, and the history; training ends when it returns True.

    Returns
    -------
    History
        Ctrl-C ends the training early: the model and the history stay as they were after the last step.

    Raises
    ------
    DivergenceError
        When the loss is not a finite number; the model is left as it was before that step.
    ValueError
        For settings that do not fit, before anything is changed; for targets that do not fit the loss, when their batch
        is reached.

    Examples
    --------
    >>> from inversa.nn import MLP, fit, losses, optim, predict
    >>> model = MLP([2, 4, 1], activation="tanh", seed=0)
    >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    >>> history = fit(
    ...     model,
    ...     x,
    ...     y,
    ...     loss=losses.mean_squared_error,
    ...     optimizer=optim.SGD(model.parameters(), lr=0.1),
    ...     epochs=1000,
    ...     progress=False,
    ... )
    >>> predict(model, x).round().ravel().tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    x, y = np.asarray(x), np.asarray(y)
    check_rows(x, y)
    check_count("epochs", epochs)
    check_count("batch_size", batch_size)
    order = np.random.default_rng(seed)
    history = History()
    was_training = model.training
    model.train()
    bar = _progress_bar(epochs * ceil(len(x) / batch_size)) if progress else None
    try:
        for epoch in range(1, epochs + 1):
            total = 0.0
            for inputs, targets in batches(x, y, batch_size, seed=order):
                total += len(inputs) * _train_step(model, inputs, targets, loss, optimizer, epoch)
                if bar:
                    bar.update()
            history.loss.append(total / len(x))
            if bar:
                bar.set_description(f"epoch {epoch}/{epochs}", refresh=False)
                bar.set_postfix(loss=f"{history.loss[-1]:.4f}", refresh=False)
            if callback is not None and callback(epoch, history) is True:
                break
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        model.train(was_training)
        if bar:
            bar.close()
    return history


def _train_step(model: Module, x: Any, y: Any, loss: Loss, optimizer: Optimizer, epoch: int) -> float:
    """One mini-batch forwards, backwards, and one step of the optimiser; the loss before it."""
    optimizer.zero_grad()
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # said once and clearly, just below
        cost = loss(model(x), y)
        if not isfinite(cost.item()):
            raise DivergenceError(
                f"the loss became {cost.item()} in epoch {epoch}: try a smaller learning rate than {optimizer.lr}, or "
                "standardise the inputs; the model is as it was before this step"
            )
        cost.backward()
    optimizer.step()
    return float(cost.item())


def _progress_bar(total: int) -> Any:
    """tqdm's bar on stderr; None, and no failure, when tqdm is not installed or stderr is closed."""
    if sys.stderr is None:
        return None
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=total, unit="batch", file=sys.stderr, dynamic_ncols=True)


def predict(model: Module, x: ArrayLike) -> NDArray[Any]:
    """The model's outputs as an array, one row a sample; nothing is recorded.

    For classes take ``predict(model, x).argmax(axis=1)``.

    Examples
    --------
    >>> from inversa.nn import MLP, predict
    >>> predict(MLP([2, 3]), [[0.0, 0.0]]).tolist()
    [[0.0, 0.0, 0.0]]
    """
    was_training = model.training
    model.eval()
    try:
        with no_grad():
            return np.array(_numbers(model(np.asarray(x))))
    finally:
        model.train(was_training)


def _numbers(outputs: Any) -> Any:
    """The numbers in a Tensor, a Value, or nested lists of Values."""
    if isinstance(outputs, (list, tuple)):
        return [_numbers(output) for output in outputs]
    if isinstance(outputs, Tensor):
        return outputs.numpy()
    return outputs.item() if isinstance(outputs, Value) else outputs


def evaluate(model: Module, x: ArrayLike, y: ArrayLike, loss: Loss) -> float:
    """The loss of the model on samples x with targets y.

    Examples
    --------
    >>> from inversa.nn import MLP, evaluate, losses
    >>> evaluate(MLP([2, 3]), [[0.0, 0.0]], [2], losses.cross_entropy)
    1.0986122886681098
    """
    x, y = np.asarray(x), np.asarray(y)
    check_rows(x, y)
    loss(model(x[:1]), y[:1])  # recorded, so that a loss that wants logits can see what it is given
    with no_grad():
        return float(loss(Tensor(predict(model, x)), y).item())


def accuracy(model: Module, x: ArrayLike, labels: ArrayLike) -> float:
    """The share of the samples whose class, that with the largest output, is their label.

    Examples
    --------
    >>> from inversa.nn import MLP, accuracy
    >>> accuracy(MLP([2, 3]), [[0.0, 0.0]], [0])
    1.0
    """
    x, labels = np.asarray(x), np.asarray(labels)
    check_rows(x, labels)
    outputs = predict(model, x)
    if outputs.ndim != 2 or labels.ndim != 1:
        raise ValueError(
            "accuracy compares outputs of shape (samples, classes) with labels of shape (samples,), "
            f"not {outputs.shape} with {labels.shape}"
        )
    return float(np.mean(outputs.argmax(axis=1) == labels))
