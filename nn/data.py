"""Mini-batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from inversa.autograd.ops.namespace import np

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
        Samples and targets, one a row.
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
    x, y = np.asarray(x), np.asarray(y)
    check_rows(x, y)
    check_count("batch_size", batch_size)
    order = np.random.default_rng(seed).permutation(len(x)) if shuffle else np.arange(len(x))
    return ((x[rows], y[rows]) for rows in (order[i : i + batch_size] for i in range(0, len(x), batch_size)))


def check_rows(x: NDArray[Any], y: NDArray[Any]) -> None:
    """Raise unless x and y have the same number of rows, at least one."""
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ValueError(f"x and y have one row a sample each: their shapes are {x.shape} and {y.shape}")
    if not len(x):
        raise ValueError("there are no samples")


def check_count(name: str, number: object) -> None:
    """Raise unless the number is a positive integer."""
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < 1:
        raise ValueError(f"{name} is a positive integer, not {number!r}")
