"""Preprocessing: what is done to the data before training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.nn.checks import check_finite, check_rows
from inversa.nn.data.extras import as_numpys, extra, random_state

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.init import Seed


def split(
    x: ArrayLike, y: ArrayLike, fraction: float = 0.2, *, seed: Seed = None, stratify: bool = False
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Hold out a random part of the samples, to test on what the network has never seen.

    Parameters
    ----------
    x, y : array_like
        Samples and targets, one a row.
    fraction : float
        The part that is held out, between 0 and 1; rounded up to whole samples.
    seed : int or numpy Generator, optional
        Where the choice is drawn from; without one, every call chooses anew.
    stratify : bool
        Whether each class of y has the same share in both parts.

    Returns
    -------
    x_train, x_test, y_train, y_test : arrays
        In the order of scikit-learn's ``train_test_split``, which does the work.

    Raises
    ------
    ValueError
        When x and y do not have the same number of rows, the fraction is not between 0 and 1, a part would be empty, or
        a class has too few samples to be in both.

    Examples
    --------
    >>> from inversa.nn.data import iris, split
    >>> flowers = iris()
    >>> x_train, x_test, y_train, y_test = split(flowers.x, flowers.y, 0.3, seed=0, stratify=True)
    >>> x_train.shape, x_test.shape, y_train.shape, y_test.shape
    ((105, 4), (45, 4), (105,), (45,))
    """
    x, y = as_numpys(x), as_numpys(y)
    check_rows(x, y)
    if not 0 < fraction < 1:  # scikit-learn takes 1 and more for a number of samples
        raise ValueError(f"the fraction held out is between 0 and 1, such as 0.2, not {fraction!r}")
    x_train, x_test, y_train, y_test = extra("sklearn.model_selection").train_test_split(
        x, y, test_size=fraction, random_state=random_state(seed), stratify=y if stratify else None
    )
    return x_train, x_test, y_train, y_test


@overload
def standardize(train: ArrayLike, /) -> NDArray[Any]: ...
@overload
def standardize(train: ArrayLike, other: ArrayLike, /, *others: ArrayLike) -> list[NDArray[Any]]: ...
def standardize(train: ArrayLike, /, *others: ArrayLike) -> NDArray[Any] | list[NDArray[Any]]:
    """Shift and scale each column so that its mean is 0 and its standard deviation 1 in the training set.

    Every other set is treated with the training set's numbers: nothing may be learnt from what is tested on. A column
    that is constant in the training set is shifted only.

    Parameters
    ----------
    train : array_like of shape (samples, features)
    *others : array_like of shape (any, features)

    Returns
    -------
    array, or list of arrays
        All that was given, in the same order; one array for one. float32 stays float32, integers become float64.

    Raises
    ------
    ValueError
        When a number is NaN or infinite, or an array does not have two axes, or not train's columns.

    Notes
    -----
    scikit-learn's ``StandardScaler`` does the work. Use it directly to undo the scaling (``inverse_transform``).

    Examples
    --------
    >>> from inversa.nn.data import standardize
    >>> x_train, x_test = standardize([[1.0, 7.0], [3.0, 7.0]], [[5.0, 8.0]])
    >>> x_train.tolist(), x_test.tolist()
    ([[-1.0, 0.0], [1.0, 0.0]], [[3.0, 1.0]])
    """
    arrays = [as_numpys(array) for array in (train, *others)]
    for number, array in enumerate(arrays, start=1):
        check_finite(f"argument {number}", array)
    scaler = extra("sklearn.preprocessing").StandardScaler().fit(arrays[0])
    scaled = [scaler.transform(array) for array in arrays]
    return scaled if others else scaled[0]


def one_hot(labels: ArrayLike, classes: int | None = None) -> NDArray[Any]:
    """A row of zeros with a 1 in the place of the label, for each sample.

    Parameters
    ----------
    labels : integers of shape (samples,)
        Counted from 0.
    classes : int, optional
        How many classes there are; without it, one more than the largest label.

    Returns
    -------
    array of shape (samples, classes)

    Raises
    ------
    ValueError
        When the labels are not integers in one axis, or one of them is none of the classes.

    Examples
    --------
    >>> from inversa.nn.data import one_hot
    >>> one_hot([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    """
    labels = as_numpys(labels)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not labels.size:
        raise ValueError(f"labels are integers of shape (samples,), not {labels.dtype} of shape {labels.shape}")
    if classes is None:
        classes = max(0, int(labels.max())) + 1
    checks.count("classes", classes)
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if wrong.size:
        row = wrong[0]
        raise ValueError(f"label {labels[row]} in row {row} is none of the {classes} classes, 0 to {classes - 1}")
    rows: NDArray[Any] = np.eye(classes)[labels]
    return rows
