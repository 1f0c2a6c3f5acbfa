"""Samples: arguments as rows of numbers, and rows as results: arrays of NumPy's or, where there is none, lists."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

from inversa.autograd import checks
from inversa.autograd.lazy import NumpyMissingError, has_numpy, np
from inversa.autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def as_rows(names: Sequence[str], arguments: Sequence[ArrayLike]) -> tuple[Any, tuple[int, ...]]:
    """The arguments as rows of one array, broadcast against each other, and their common shape."""
    if not has_numpy():
        return _as_lists(names, arguments)
    values = [_real(name, x) for name, x in zip(names, arguments, strict=True)]
    try:
        rows = np.array(values, dtype=float)
    except ValueError:  # they have not all the same shape
        rows = np.array(np.broadcast_arrays(*values), dtype=float)
    shape = rows.shape[1:]
    return rows.reshape(len(values), math.prod(shape)), shape


def _real(name: str, x: Any) -> Any:
    """An argument as a float or an array, if it holds real numbers."""
    if type(x) is float:
        return x
    array = np.asarray(x.data if isinstance(x, Value) else x)
    if array.dtype.kind not in "fiubO":
        raise TypeError(f"{name} holds {array.dtype}: what jit compiles takes real numbers")
    return array


def _as_lists(names: Sequence[str], arguments: Sequence[Any]) -> tuple[list[list[float]], tuple[int, ...]]:
    """The same as lists: samples are in lists of numbers, all of one length."""
    columns = [_column(name, x) for name, x in zip(names, arguments, strict=True)]
    lengths = {len(column) for column in columns if isinstance(column, list)}
    if len(lengths) > 1:
        told = ", ".join(f"{name} {len(x)}" for name, x in zip(names, columns, strict=True) if isinstance(x, list))
        raise ValueError(f"samples of different numbers cannot be broadcast: {told}")
    count = max(lengths, default=1)
    rows = [column if isinstance(column, list) else [column] * count for column in columns]
    return rows, (count,) if lengths else ()


def _column(name: str, x: Any) -> float | list[float]:
    """An argument as a number, or as a list of numbers."""
    if isinstance(x, Value):
        return x._data
    if isinstance(x, Real):
        return float(x)
    if isinstance(x, (list, tuple, range)):
        if all(isinstance(entry, Real) for entry in x):
            return [float(entry) for entry in x]
        if any(isinstance(entry, (list, tuple)) for entry in x):
            raise NumpyMissingError(f"{name}, lists in a list,")
    raise TypeError(f"{name} holds {checks.shown(x)}: what jit compiles takes real numbers, alone or in a list")


def each_sample(rows: Any) -> list[list[float]]:
    """The numbers of every sample: the columns."""
    if not isinstance(rows, list):
        return rows.T.tolist()  # type: ignore[no-any-return]
    return [list(sample) for sample in zip(*rows, strict=True)] if rows else [[]]


def as_vector(numbers: ArrayLike, count: int) -> Any:
    """Numbers for so many parameters, as an array."""
    if has_numpy():
        vector: Any = np.asarray(numbers, dtype=float)
        shape = vector.shape
    else:
        (vector,), shape = _as_lists(["numbers"], [numbers])
    if shape != (count,):
        raise ValueError(f"there are {count} numbers to give, in an array of shape ({count},), not {shape}")
    return vector


def shaped(row: Any, shape: tuple[int, ...]) -> Any:
    """What belongs to the samples, in their shape; of a single one a float."""
    if not shape:
        return float(row[0])
    return np.asarray(row, dtype=float).reshape(shape) if has_numpy() else row


def listed(numbers: Any) -> list[float]:
    """The numbers of an array, or of a list."""
    return numbers if isinstance(numbers, list) else numbers.tolist()


def divided(sums: Any, count: int) -> Any:
    """Means from sums over so many samples."""
    return [x / count for x in sums] if isinstance(sums, list) else sums / count
