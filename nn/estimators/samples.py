"""Samples: what an estimator is given, checked by scikit-learn's rules, and classes as the targets of a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sklearn import exceptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight, column_or_1d, validate_data

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import is_foreign, library, namespace
from inversa.nn import perceptron

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ConvergenceWarning(perceptron.ConvergenceWarning, exceptions.ConvergenceWarning):  # type: ignore[misc]
    """Training ended before its stopping rule was met: Inversa's warning and scikit-learn's in one."""


@contextmanager
def all_or_nothing(estimator: Any) -> Iterator[None]:
    """Whatever is raised in the block, the estimator is then as before: its attributes, its network, its generator.

    Examples
    --------
    >>> from inversa.nn import MLPRegressor
    >>> from inversa.nn.estimators.samples import all_or_nothing
    >>> regressor = MLPRegressor()
    >>> with all_or_nothing(regressor):
    ...     regressor.n_iter_ = 1
    ...     raise ValueError("too few samples")
    Traceback (most recent call last):
    ...
    ValueError: too few samples
    >>> hasattr(regressor, "n_iter_")
    False
    """
    before = dict(vars(estimator))
    trained = before.get("_trainer", before.get("model_"))  # a trainer's state has its model's, and its optimiser's
    state = None if trained is None else (trained.state_dict(), estimator._generator.bit_generator.state)
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        if trained is not None and state is not None:
            trained.load_state_dict(state[0])
            estimator._generator.bit_generator.state = state[1]
        raise


def inputs(estimator: Any, X: Any) -> NDArray[Any]:
    """What an estimator that has learnt predicts from; a sparse X is made dense."""
    _check_kind("X", X)
    X = validate_data(estimator, X, dtype=(np.float64, np.float32), accept_sparse=("csr", "csc"), reset=False)
    return _dense(X)


def _check_kind(name: str, given: Any) -> None:
    """Raise for an array that scikit-learn would make another of: of another library, or with masked entries."""
    if is_foreign(given):
        raise TypeError(
            f"{name} is an array of {library(namespace(given))}, and estimators take NumPy's: give "
            f"asarray({name}, numpy), or train a model such as MLP(…).to(…), which takes arrays of its library"
        )
    if np.ma.is_masked(given):
        raise ValueError(f"{name} has masked entries: leave such rows out, or fill in numbers with {name}.filled(…)")


def _dense(array: Any) -> NDArray[Any]:
    return array.toarray() if hasattr(array, "toarray") else array  # type: ignore[no-any-return]


def checked(
    estimator: Any, X: Any, y: Any, sample_weight: Any, *, reset: bool, **settings: Any
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]:
    """Samples, targets and weights as arrays; samples of weight 0 are left out.

    Parameters
    ----------
    estimator : BaseEstimator
        Learns the number of features and their names, or holds X to those that it knows.
    X, y, sample_weight
        As given to ``fit``: arrays, lists, pandas objects, or sparse matrices, which are made dense.
    reset : bool
        Whether the estimator starts anew.
    **settings
        For scikit-learn's ``check_X_y``.
    """
    for name, given in (("X", X), ("y", y), ("sample_weight", sample_weight)):
        _check_kind(name, given)
    settings |= {"dtype": (np.float64, np.float32), "accept_sparse": ("csr", "csc")}
    X, y = map(_dense, validate_data(estimator, X, y, reset=reset, **settings))
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
        When a first ``partial_fit`` does not say what classes there are, or a later one says something else; when a
        warm start has other classes than before, or fewer.
    """
    if reset and incremental and given is None:
        raise ValueError("the first partial_fit needs classes=…, all labels that will ever come: later y may have more")
    classes: NDArray[Any] = np.unique(y if given is None else given) if reset else estimator.classes_
    if not (reset or incremental) and not np.array_equal(np.unique(y), classes):
        raise ValueError(
            f"y has the classes {np.unique(y).tolist()}, but a warm start goes on with {classes.tolist()}: use "
            "partial_fit for samples of some of them, or warm_start=False to start anew"
        )
    if given is not None and not np.array_equal(np.unique(given), classes):
        raise ValueError(
            f"classes={np.unique(given).tolist()} are not those of the first partial_fit: {classes.tolist()}"
        )
    return classes


def class_weighted(
    class_weight: Any, y: NDArray[Any], classes: NDArray[Any], weights: NDArray[Any] | None, *, incremental: bool
) -> NDArray[Any] | None:
    """The weights of samples times those of their classes, as ``class_weight`` has them in scikit-learn.

    Raises
    ------
    ValueError
        For anything but None, "balanced" or positive numbers by class; for "balanced" in a ``partial_fit``, where the
        samples at hand do not tell how many there are of a class.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn.estimators.samples import class_weighted
    >>> y = np.array([0, 0, 0, 1])
    >>> class_weighted("balanced", y, np.array([0, 1]), None, incremental=False).round(3).tolist()
    [0.667, 0.667, 0.667, 2.0]
    """
    if class_weight is None:
        return weights
    if isinstance(class_weight, Mapping):
        unknown = [label for label in class_weight if label not in classes.tolist()]
        if unknown:
            raise ValueError(f"class_weight has the classes {unknown}, but there are {classes.tolist()}")
        for label, weight in class_weight.items():
            checks.number(f"class_weight[{label!r}]", weight, above=0, example="2.0")
    elif not (isinstance(class_weight, str) and class_weight == "balanced"):
        raise checks.wrong("class_weight", "None, 'balanced', or weights by class", class_weight, "{0: 1.0, 1: 5.0}")
    elif incremental:
        raise ValueError(
            "class_weight='balanced' needs all samples, and partial_fit has some: give the weights by class, which "
            "sklearn.utils.class_weight.compute_class_weight finds"
        )
    if y.ndim == 2:
        raise ValueError("class_weight is for one class a sample, not for several labels: use sample_weight")
    factors = compute_sample_weight(class_weight, y)
    return factors if weights is None else weights * factors  # type: ignore[no-any-return]
