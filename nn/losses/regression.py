"""Losses for regression: squared errors in the scalings of the lectures, absolute errors, Huber's."""

from __future__ import annotations

from typing import Any

from inversa.autograd import checks, where
from inversa.nn.losses.loss import entrywise, loss, samplewise


def _squares(prediction: Any, target: Any) -> Any:
    return entrywise(lambda h, y: (h - y).named("e") ** 2, prediction, target)


@loss("sum")
def squared_error(prediction: Any, target: Any) -> Any:
    """The squared error Σ (h − y)²: of one sample, or added up over all that are given.

    Parameters
    ----------
    prediction : Value, list of Values, or Tensor
    target : number or array of the same shape

    Raises
    ------
    ValueError
        When the shapes differ.

    References
    ----------
    The loss of the worked example in J. Luque's lecture on the inverse neuron.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.nn import losses
    >>> losses.squared_error(Value(0.5), 1.0).item()
    0.25
    """
    return _squares(prediction, target)


@loss("mean")
def mean_squared_error(prediction: Any, target: Any) -> Any:
    """The mean squared error (1/N) Σ (ŷ − y)², over all N entries.

    Parameters
    ----------
    prediction : Tensor, Value, or list of Values
    target : array of the same shape

    Raises
    ------
    ValueError
        When the shapes differ; nothing is broadcast.

    References
    ----------
    G. Fuentes-Pineda's lecture, from the neuron to backpropagation.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.mean_squared_error(Tensor([1.0, 2.0]), [0.0, 4.0]).item()
    2.5
    """
    return _squares(prediction, target)


@loss("sum")
def half_squared_error(prediction: Any, target: Any) -> Any:
    """Half the sum of the squared errors, ½ Σ (ŷ − t)², whose derivative is simply ŷ − t.

    Up to a constant it is the negative logarithm of the likelihood of Gaussian errors with variance 1.

    References
    ----------
    A. Torres and R. Naveiro's lecture on neural networks.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.half_squared_error(Tensor([1.0, 2.0]), [0.0, 4.0]).item()
    2.5
    """
    return entrywise(lambda h, y: 0.5 * (h - y).named("e") ** 2, prediction, target)


@loss("mean")
def half_mean_squared_error(prediction: Any, target: Any) -> Any:
    """Half the mean squared error, 1/(2m) Σ ‖ŷ − y‖², over m samples; the entries of a sample are added up.

    References
    ----------
    Equation (9) of Collante's report on neural networks.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.half_mean_squared_error(Tensor([1.0, 2.0]), [0.0, 4.0]).item()
    1.25
    """
    return samplewise(half_squared_error.formula(prediction, target))


@loss("mean")
def absolute_error(prediction: Any, target: Any) -> Any:
    """The mean absolute error (1/N) Σ |ŷ − y|, over all N entries: less moved by outliers than squares.

    Its derivative is −1 or 1, and 0 where prediction and target are equal.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.absolute_error(Tensor([1.0, 2.0]), [0.0, 4.0]).item()
    1.5
    """
    return entrywise(lambda h, y: abs((h - y).named("e")), prediction, target)


@loss("mean")
def huber(prediction: Any, target: Any, delta: float = 1.0) -> Any:
    """Huber's loss: ½ e² for errors up to δ, and δ (|e| − δ/2) beyond, a straight line.

    Parameters
    ----------
    prediction : Tensor, Value, or list of Values
    target : array of the same shape
    delta : float
        δ, positive, in the units of the targets.

    Raises
    ------
    ValueError
        When delta is not positive, or the shapes differ.

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35(1), 1964.

    Examples
    --------
    >>> from inversa.autograd import Tensor
    >>> from inversa.nn import losses
    >>> losses.huber(Tensor([0.5, 3.0]), [0.0, 0.0], reduction="none").tolist()
    [0.125, 2.5]
    """
    delta = checks.positive("delta", delta)

    def formula(h: Any, y: Any) -> Any:
        e = abs((h - y).named("e"))
        return where(e <= delta, 0.5 * e**2, delta * (e - delta / 2))

    return entrywise(formula, prediction, target)
