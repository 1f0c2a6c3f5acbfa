"""Sampling: a class drawn from what a network gives, such as the next letter of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.held import to_numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.nn.init import Seed


def sample(logits: Any, temperature: float = 1.0, *, seed: Seed = None) -> NDArray[np.intp]:
    """Classes drawn with the probabilities softmax(logits / temperature).

    Parameters
    ----------
    logits : Tensor or array of shape (…, classes)
        The outputs of a network before the softmax.
    temperature : float
        1 for the probabilities of the network; less keeps to the likely classes, and near 0 to the likeliest.
    seed : int or numpy Generator, optional
        What decides; without one, every run differs.

    Returns
    -------
    array of int of shape (…)
        The classes, NumPy's.

    Raises
    ------
    ValueError
        For a temperature that is not positive, and logits that are not finite, −∞ excepted.

    References
    ----------
    Drawn by adding noise to the logits: E. J. Gumbel, "Statistical theory of extreme values", 1954.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.nn.sampling import sample
    >>> sample(np.log([[0.9, 0.1], [0.1, 0.9]]), 0.01, seed=0).tolist()
    [0, 1]
    """
    checks.positive("temperature", temperature)
    scores = to_numpy(getattr(logits, "_data", logits)).astype(float)
    if not scores.ndim or not scores.shape[-1]:
        raise ValueError(f"logits have the shape (…, classes), not {scores.shape}")
    largest = scores.max(axis=-1, keepdims=True)
    if not np.isfinite(largest).all():
        raise ValueError("logits are finite numbers, or −∞ for what cannot come, but not for all classes")
    with np.errstate(over="ignore"):  # near a temperature of 0 the others are −∞
        scores = (scores - largest) / temperature
    return np.asarray((scores + np.random.default_rng(seed).gumbel(size=scores.shape)).argmax(axis=-1))
