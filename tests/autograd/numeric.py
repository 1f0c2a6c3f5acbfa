"""Derivatives found without the engine: central differences and the complex step, on plain functions of arrays.

This stands apart from `inversa.autograd.checking` on purpose: it is what the engine, and that module, are tested with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Function = Callable[..., float | complex]  # of arrays, to one number

MOST_ENTRIES = 64  # up to here every entry is moved by itself; above, random directions
DIRECTIONS = 8
CENTRAL = 1e-6  # tolerances, relative or absolute
COMPLEX = 1e-10

_RELATIVE_STEP = float(np.finfo(float).eps ** (1 / 3))
_IMAGINARY_STEP = 1e-30


def close(found: ArrayLike, expected: ArrayLike, tolerance: float = CENTRAL) -> bool:
    """Whether all entries agree, relatively above 1 and absolutely below; shapes must be the same."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    if found.shape != expected.shape:
        return False
    return bool(np.all(np.abs(found - expected) <= tolerance * np.maximum(1.0, np.abs(expected))))


def directions(arrays: Sequence[Array], seed: int = 0) -> Iterator[list[Array]]:
    """Unit vectors in the space of all entries of ``arrays``, or random directions when there are many."""
    total = sum(x.size for x in arrays)
    generator = np.random.default_rng(seed)
    vectors = np.eye(total) if total <= MOST_ENTRIES else generator.standard_normal((DIRECTIONS, total))
    ends = np.cumsum([x.size for x in arrays])[:-1]
    for vector in vectors:
        parts = np.split(vector, ends)
        yield [part.reshape(x.shape) for part, x in zip(parts, arrays, strict=True)]


def central_slope(f: Function, arrays: Sequence[Array], direction: Sequence[Array]) -> float:
    """The derivative of f along a direction, by central differences with step ε^(1/3) · max(1, |x|)."""
    moved = [np.abs(x[d != 0]) for x, d in zip(arrays, direction, strict=True)]
    step = _RELATIVE_STEP * max([1.0, *(float(m.max()) for m in moved if m.size)])
    ahead = f(*(x + step * d for x, d in zip(arrays, direction, strict=True)))
    behind = f(*(x - step * d for x, d in zip(arrays, direction, strict=True)))
    return float(np.real(ahead - behind)) / (2 * step)


def complex_slope(f: Function, arrays: Sequence[Array], direction: Sequence[Array]) -> float:
    """The derivative of an analytic f along a direction, to the last digits: Im f(x + ih·d) / h."""
    moved = f(*(x + 1j * _IMAGINARY_STEP * d for x, d in zip(arrays, direction, strict=True)))
    return float(np.imag(moved)) / _IMAGINARY_STEP


def one_sided_slopes(f: Callable[[float], float], x: float, step: float = 1e-7) -> tuple[float, float]:
    """The slopes to the left and to the right of x."""
    return (f(x) - f(x - step)) / step, (f(x + step) - f(x)) / step


def dot(parts: Sequence[ArrayLike], direction: Sequence[ArrayLike]) -> float:
    """The inner product of two lists of arrays."""
    return float(sum(np.sum(np.multiply(a, b)) for a, b in zip(parts, direction, strict=True)))
