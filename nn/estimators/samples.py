"""Samples: what an estimator is given, checked by scikit-learn's rules, and classes as the targets of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn import exceptions
from sklearn.utils.validation import _check_sample_weight, column_or_1d, validate_data

from inversa.autograd.ops.namespace import np
from inversa.nn import perceptron

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ConvergenceWarning(perceptron.ConvergenceWarning, exceptions.ConvergenceWarning):  # type: ignore[misc]
    """Training ended before its stopping rule was met: Inversa's warning and scikit-learn's in one."""


def checked(
    estimator: Any, X: Any, y: Any, sample_weight: Any, *, reset: bool, **settings: Any
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]:
    """Samples, targets and weights as arrays; samples of weight 0 are left out.

    Parameters
    ----------
    estimator : BaseEstimator
        Learns the number of features and their names, or holds X to those that it knows.
    X, y, sample_weight
        As given to ``fit``: arrays, lists, or pandas objects.
    reset : bool
        Whether the estimator starts anew.
    **settings
        For scikit-learn's ``check_X_y``.
    """
    X, y = validate_data(estimator, X, y, reset=reset, dtype=(np.float64, np.float32), **settings)
    if hasattr(y, "toarray"):  # labels may come as a sparse matrix
        y = y.toarray()
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    if sample_weight is None:
        return X, y, None
    weights = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
    used = weights > 0
    return X[used], y[used], weights[used]


def class_targets(y: NDArray[Any], classes: NDArray[Any]) -> NDArray[Any]:
    """Which class each sample is of: a 1 in its column; of two classes, the second one's column alone.

    Raises
    ------
    ValueError
        For a label that is none of the classes.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn.estimators.samples import class_targets
    >>> y = np.array(["b", "a", "b"])
    >>> class_targets(y, np.array(["a", "b"])).tolist()
    [[1.0], [0.0], [1.0]]
    >>> class_targets(y, np.array(["a", "b", "c"])).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    unseen = np.setdiff1d(y, classes)
    if len(unseen):
        raise ValueError(
            f"y has the classes {unseen.tolist()}, but this classifier knows {classes.tolist()}: name all classes in "
            "the first partial_fit(classes=…), or fit anew"
        )
    hot: NDArray[Any] = (y[:, None] == classes).astype(float)
    return hot[:, 1:] if len(classes) == 2 else hot


def known_classes(estimator: Any, y: NDArray[Any], given: Any, *, incremental: bool, reset: bool) -> NDArray[Any]:
    """The classes in the order of an estimator's ``classes_``: what it knows, what was given, or what is in y.

    Raises
    ------
    ValueError
        When a first ``partial_fit`` does not say what classes there are, or a later one says something else.
    """
    if reset and incremental and given is None:
        raise ValueError("the first partial_fit needs classes=…, all labels that will ever come: later y may have more")
    classes: NDArray[Any] = np.unique(y if given is None else given) if reset else estimator.classes_
    if given is not None and not np.array_equal(np.unique(given), classes):
        raise ValueError(
            f"classes={np.unique(given).tolist()} are not those of the first partial_fit: {classes.tolist()}"
        )
    return classes
