"""First values of the parameters: seeded, so that a run can be repeated.

The cost of a network is not convex: runs from several seeds end in different places. Weights start at random so that
neurons differ, and so small that signals and gradients keep their size from layer to layer; biases start at 0.

Every function takes the shape of the weights, ``(outputs, inputs)`` or a convolution's ``(outputs, inputs, height,
width)``, and a seed: an integer, or a NumPy ``Generator`` from which several parameters are drawn one after another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod, sqrt
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Seed = int | np.random.Generator | None

Shape = tuple[int, ...]

_LEFT: ContextVar[list[int] | None] = ContextVar("inversa_entries", default=None)


@contextmanager
def bounded(entries: int | None) -> Iterator[None]:
    """Draw no more than so many numbers meanwhile: a file cannot ask for more memory than it has numbers."""
    token = _LEFT.set(None if entries is None else [entries])
    try:
        yield
    finally:
        _LEFT.reset(token)


def _allowed(shape: Shape) -> Shape:
    left = _LEFT.get()
    if left is not None:
        left[0] -= prod(shape)
        if left[0] < 0:
            raise ValueError(f"with weights of shape {tuple(shape)} there are more than in the file")
    return shape


def zeros(shape: Shape, seed: Seed = None) -> NDArray[Any]:
    """All 0, as biases start; the seed is not used.

    >>> from inversa.nn import init
    >>> init.zeros((2,)).tolist()
    [0.0, 0.0]
    """
    return np.zeros(_allowed(shape))


def ones(shape: Shape, seed: Seed = None) -> NDArray[Any]:
    """All 1, as the weights of normalisations start; the seed is not used.

    >>> from inversa.nn import init
    >>> init.ones((2,)).tolist()
    [1.0, 1.0]
    """
    return np.ones(_allowed(shape))


def constant(shape: Shape, seed: Seed = None, value: float = 0.0) -> NDArray[Any]:
    """All the same value; the seed is not used. For biases: neurons whose weights are alike would stay alike.

    >>> from inversa.nn import init
    >>> init.constant((2,), value=0.1).tolist()
    [0.1, 0.1]
    """
    return np.full(_allowed(shape), float(value))


def uniform(shape: Shape, seed: Seed = None, bound: float = 1.0) -> NDArray[Any]:
    """Uniform between −bound and bound.

    >>> from inversa.nn import init
    >>> bool(abs(init.uniform((3, 2), seed=0)).max() <= 1)
    True
    """
    return np.random.default_rng(seed).uniform(-bound, bound, _allowed(shape))


def normal(shape: Shape, seed: Seed = None, deviation: float = 0.01) -> NDArray[Any]:
    """Normal with mean 0 and the given standard deviation.

    >>> from inversa.nn import init
    >>> init.normal((3, 2), seed=0).shape
    (3, 2)
    """
    return np.random.default_rng(seed).normal(0.0, deviation, _allowed(shape))


def glorot_uniform(shape: Shape, seed: Seed = None) -> NDArray[Any]:
    """Uniform between ±√(6 / (inputs + outputs)): for tanh, sigmoid and linear neurons.

    The variance 2 / (inputs + outputs) is a compromise between keeping the size of the signals forwards and that of the
    gradients backwards: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, equation (16). Also called Xavier's.

    >>> from inversa.nn import init
    >>> bool(abs(init.glorot_uniform((2, 4), seed=0)).max() <= 1)
    True
    """
    inputs, outputs = _fans(shape)
    return uniform(shape, seed, sqrt(6 / (inputs + outputs)))


def glorot_normal(shape: Shape, seed: Seed = None) -> NDArray[Any]:
    """Normal with the variance 2 / (inputs + outputs) of `glorot_uniform`; also called Xavier's.

    >>> from inversa.nn import init
    >>> init.glorot_normal((2, 4), seed=0).shape
    (2, 4)
    """
    inputs, outputs = _fans(shape)
    return normal(shape, seed, sqrt(2 / (inputs + outputs)))


def he_uniform(shape: Shape, seed: Seed = None) -> NDArray[Any]:
    """Uniform between ±√(6 / inputs): for ReLU and its kin, which pass on half of their input.

    The variance is 2 / inputs: K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015,
    equation (10). Also called Kaiming's.

    >>> from inversa.nn import init
    >>> bool(abs(init.he_uniform((3, 6), seed=0)).max() <= 1)
    True
    """
    inputs, _ = _fans(shape)
    return uniform(shape, seed, sqrt(6 / inputs))


def he_normal(shape: Shape, seed: Seed = None) -> NDArray[Any]:
    """Normal with the variance 2 / inputs of `he_uniform`; also called Kaiming's.

    >>> from inversa.nn import init
    >>> init.he_normal((3, 6), seed=0).shape
    (3, 6)
    """
    inputs, _ = _fans(shape)
    return normal(shape, seed, sqrt(2 / inputs))


def _fans(shape: Shape) -> tuple[int, int]:
    """How many inputs a neuron with weights of this shape has, and to how many outputs an input goes.

    A filter sees all pixels of its window, in every input channel.
    """
    if len(shape) < 2 or min(shape) < 1:
        raise ValueError(f"weights have the shape (outputs, inputs, …), all at least 1, not {shape}")
    outputs, inputs, *window = shape
    return inputs * prod(window), outputs * prod(window)
