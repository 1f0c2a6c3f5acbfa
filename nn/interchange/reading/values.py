"""What has the names in a file: Tensors for what is computed from arguments and weights, NumPy's arrays for the rest.

Whole numbers, truth values and constants are arrays of NumPy's, so that shapes are computed while a program runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from inversa.autograd import Tensor
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError

# No array may have more entries than this (1 GiB of float64), and all that is computed in one run not four times that:
# files of a few lines can ask for any size.
MOST_ENTRIES = 2**27
MOST_ENTRIES_IN_ALL = 4 * MOST_ENTRIES

# The types of ONNX that NumPy has: float32, int8 to int64, bool, float16 and float64.
TYPES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16",
    11: "float64", 12: "uint32", 13: "uint64",
}  # fmt: skip


def is_float(x: Any) -> bool:
    """Whether it is of floating point; while a function is traced, Tensors may be of whole numbers, too."""
    return bool(x.dtype.kind == "f")


def numbers(x: Any) -> Any:
    """The numbers themselves, of what depends on them in other ways than by differentiable operations."""
    return x.numpy() if isinstance(x, Tensor) else np.asarray(x)


def integers(x: Any) -> list[int]:
    """The entries of a shape, of axes or of other positions; attributes are lists already."""
    array = x if isinstance(x, (list, tuple)) else numbers(x).ravel()
    return [int(i) for i in array]


def integer(x: Any) -> int:
    """A single one."""
    return int(number(x))


def number(x: Any) -> Any:
    """A single number, as one of Python's."""
    array = np.asarray(x if isinstance(x, (int, float)) else numbers(x))
    if array.size != 1:
        raise InterchangeError(f"a single number is wanted, not an array of the shape {array.shape}")
    return array.item()


def differentiated(x: Any) -> bool:
    """Whether somebody may ask for the gradient of this, so that it cannot be read as a number."""
    return isinstance(x, Tensor) and x.requires_grad


def type_of(number: int) -> Any:
    """The type of NumPy's that a number in a file stands for."""
    if number not in TYPES:
        raise InterchangeError(f"the type {name_of_type(number)} is not supported: NumPy has no such numbers")
    return np.dtype(TYPES[number])


def name_of_type(number: int) -> str:
    """As ONNX writes it."""
    from onnx import TensorProto

    known = TensorProto.DataType.DESCRIPTOR.values_by_number
    return str(known[number].name) if number in known else str(number)


def bounded(shape: Sequence[int]) -> tuple[int, ...]:
    """A shape that may be allocated.

    Raises
    ------
    InterchangeError
        For negative lengths and for too many entries.
    """
    shape = tuple(int(n) for n in shape)
    if any(n < 0 for n in shape):
        raise InterchangeError(f"no array has the shape {shape}")
    if prod(shape) > MOST_ENTRIES:
        raise InterchangeError(f"an array of the shape {shape} has more than {MOST_ENTRIES} entries")
    return shape


def broadcast(*arrays: Any) -> tuple[int, ...]:
    """The shape of what is computed entry by entry, which may be larger than all of these."""
    return bounded(np.broadcast_shapes(*(x.shape for x in arrays)))


def axis_of(axis: int, ndim: int) -> int:
    """An axis counted from the front."""
    if not -ndim <= axis < ndim:
        raise InterchangeError(f"there is no axis {axis} among {ndim}")
    return axis % ndim


def axes_of(axes: Any, ndim: int) -> list[int]:
    """Different axes, counted from the front."""
    found = [axis_of(axis, ndim) for axis in integers(axes)]
    if len(set(found)) < len(found):
        raise InterchangeError(f"an axis is named twice: {integers(axes)}")
    return found


def allowed(name: str, value: Any, wanted: Sequence[Any]) -> Any:
    """The value of an attribute that must be one of a few."""
    if value not in wanted:
        raise InterchangeError(f"{name} is {value!r}; supported are {', '.join(map(repr, wanted))}")
    return value
