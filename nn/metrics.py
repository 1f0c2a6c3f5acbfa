"""Metrics: what a trained model is judged by. They are scikit-learn's; targets come first, predictions second."""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import checks
from inversa.nn.data.extras import extra

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Metric = Callable[[Any, Any], float]

Name = Literal["accuracy", "acc", "r2", "mse", "mae"]  # the keys of SHORT, for editors; scikit-learn's are taken, too

# Short names beside scikit-learn's own.
SHORT = {
    "accuracy": "accuracy_score",
    "acc": "accuracy_score",
    "r2": "r2_score",
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
}


def accuracy(targets: ArrayLike, predictions: ArrayLike) -> float:
    """The share of the samples whose predicted class is right; all labels of a multi-label sample must be.

    >>> from inversa.nn import metrics
    >>> metrics.accuracy([0, 1, 2, 1], [0, 1, 1, 1])
    0.75
    """
    return float(extra("sklearn.metrics").accuracy_score(targets, predictions))


def confusion_matrix(targets: ArrayLike, predictions: ArrayLike) -> NDArray[Any]:
    """How many samples of class i were taken for class j: entry (i, j).

    >>> from inversa.nn import metrics
    >>> metrics.confusion_matrix([0, 1, 2, 1], [0, 1, 1, 1]).tolist()
    [[1, 0, 0], [0, 2, 0], [0, 1, 0]]
    """
    return extra("sklearn.metrics").confusion_matrix(targets, predictions)  # type: ignore[no-any-return]


def r2(targets: ArrayLike, predictions: ArrayLike) -> float:
    """R², the share of the targets' variance that the predictions explain; 1 at best, 0 for predicting the mean.

    >>> from inversa.nn import metrics
    >>> metrics.r2([1.0, 2.0, 3.0], [1.0, 2.0, 2.0])
    0.5
    """
    return float(extra("sklearn.metrics").r2_score(targets, predictions))


def perplexity(cross_entropy: float) -> float:
    """Among how many equally likely classes a model is as uncertain, from its mean cross-entropy J: e^J.

    >>> from math import log
    >>> from inversa.nn import metrics
    >>> metrics.perplexity(log(27))  # it has learnt nothing of 27 letters
    27.0...
    """
    return exp(cross_entropy)


def named(metric: str | Metric) -> tuple[str, Metric]:
    """A metric with its name: from ``"accuracy"``, ``"r2"``, ``"mse"``, ``"mae"``, or a function of `sklearn.metrics`.

    Raises
    ------
    ValueError
        For a name that scikit-learn has no metric for.

    Examples
    --------
    >>> from inversa.nn import metrics
    >>> name, function = metrics.named("f1_score")
    >>> name, function([0, 1, 1], [0, 1, 1])
    ('f1_score', 1.0)
    """
    if callable(metric):
        return getattr(metric, "__name__", "metric"), metric
    if not isinstance(metric, str):
        raise checks.wrong(
            "a metric", "a name or a function of targets and predictions", metric, "'accuracy'", TypeError
        )
    try:
        return metric, getattr(extra("sklearn.metrics"), SHORT.get(metric, metric))
    except AttributeError:
        raise ValueError(
            f"there is no metric {metric!r}: use one of {', '.join(SHORT)}, the name of a function of sklearn.metrics, "
            "or a function of targets and predictions"
        ) from None
