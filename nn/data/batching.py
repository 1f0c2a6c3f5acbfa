"""Mini-batches: the samples of an epoch, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.held import placed
from inversa.autograd.ops.namespace import is_foreign, namespace
from inversa.nn.checks import check_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from inversa.nn.init import Seed


def batches(
    x: ArrayLike, y: ArrayLike, batch_size: int, *, shuffle: bool = True, seed: Seed = None
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """One epoch of mini-batches: every sample once, ``batch_size`` of them at a time, fewer in the last batch.

    Parameters
    ----------
    x, y : array_like
        Samples and targets, one a row; of arrays of other libraries than NumPy batches are arrays of these.
    batch_size : int
        How many rows a batch has. 1 makes gradient descent stochastic, ``len(x)`` makes it the batch method.
    shuffle : bool
        Whether the order is random.
    seed : int or numpy Generator, optional
        Where the order is drawn from. An integer gives the same order every time; a Generator another one each epoch.

    Raises
    ------
    ValueError
        When x and y do not have the same number of rows, or have none, or the batch size is not a positive integer.

    Examples
    --------
    2000 rows in batches of 100 are 20 iterations an epoch:

    >>> import numpy as np
    >>> from inversa.nn.data import batches
    >>> len(list(batches(np.zeros((2000, 3)), np.zeros(2000), 100, seed=0)))
    20
    """
    xs, ys = _as_array(x), _as_array(y)
    check_rows(xs, ys)
    order = batch_rows(xs.shape[0], batch_size, shuffle, np.random.default_rng(seed))
    return ((_chosen(xs, rows), _chosen(ys, rows)) for rows in order)


def _as_array(x: Any) -> Any:
    return x if is_foreign(x) else np.asarray(x)


def _chosen(array: Any, rows: NDArray[np.intp]) -> Any:
    return namespace(array).take(array, placed(array, rows), axis=0) if is_foreign(array) else array[rows]


def batch_rows(n: int, batch_size: int, shuffle: bool, generator: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """The row numbers of each mini-batch of an epoch, where more than x and y is needed: sample weights, say.

    Parameters
    ----------
    n : int
        How many rows there are.
    batch_size : int
        How many of them a batch has; the last one may have fewer.
    shuffle : bool
        Whether the order is random.
    generator : numpy Generator
        Where the order is drawn from.

    Raises
    ------
    ValueError
        When the batch size is not a positive integer.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn.data import batch_rows
    >>> [rows.tolist() for rows in batch_rows(5, 2, shuffle=False, generator=np.random.default_rng(0))]
    [[0, 1], [2, 3], [4]]
    """
    checks.count("batch_size", batch_size)
    order = generator.permutation(n) if shuffle else np.arange(n)
    return (order[i : i + batch_size] for i in range(0, n, batch_size))
