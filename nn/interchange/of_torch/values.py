"""What the functions of the table have in common: axes, types, and arrays of constants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inversa.autograd import Tensor
from inversa.autograd.lazy import np

Axes = int | Sequence[int] | None


def is_float(x: Any) -> bool:
    """Whether it is of floating point."""
    return bool(np.dtype(x.dtype).kind == "f")


def wrapped(array: Any) -> Any:
    """A constant as operators take it: floating point as a Tensor."""
    array = np.asarray(array)
    return Tensor(array) if array.dtype.kind == "f" else array


def numbers(x: Any) -> Any:
    """The numbers of an array that no gradient goes through, such as positions."""
    return x.numpy() if isinstance(x, Tensor) else np.asarray(x)


def axes_of(axes: Axes, ndim: int) -> tuple[int, ...]:
    """Axes counted from the front; none of them are all."""
    if axes is None or (not isinstance(axes, int) and not len(axes)):
        return tuple(range(ndim))
    return tuple(axis % max(ndim, 1) for axis in ([axes] if isinstance(axes, int) else axes))


def at(axis: int, ndim: int, index: Any) -> tuple[Any, ...]:
    """The index that takes this along one axis, and everything along those before it."""
    return (slice(None),) * (axis % ndim) + (index,)


def pair(given: int | Sequence[int]) -> tuple[int, int]:
    """Height and width; one number is both."""
    if isinstance(given, int):
        return given, given
    return (given[0], given[-1])
