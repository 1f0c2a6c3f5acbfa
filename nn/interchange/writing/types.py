"""The types of numbers that a file may have."""

from __future__ import annotations

from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError

# The numbers that onnx.proto gives them (message TensorProto, enum DataType).
_NUMBERS = {
    "float32": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "str": 8, "bool": 9,
    "float16": 10, "float64": 11, "uint32": 12, "uint64": 13,
}  # fmt: skip


def number_of(dtype: Any) -> int:
    """The number of a type in ONNX.

    >>> from inversa.nn.interchange.writing.types import number_of
    >>> number_of("float64")
    11
    """
    name = "str" if np.dtype(dtype).kind in "OU" else np.dtype(dtype).name
    if name not in _NUMBERS:
        raise InterchangeError(f"there is an array of {name} in it, for which ONNX has no type that we write")
    return _NUMBERS[name]
