"""Whole operations for which ONNX has an operator of its own that gives the same: a file is easier to read with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.functions import written


def _relu(x: Reference) -> Reference | None:
    return written("Relu", [x], x.shape, x.dtype) if x.dtype.kind == "f" else None


def _softmax(x: Reference, axis: Any = -1) -> Reference | None:
    if not x.ndim or not isinstance(axis, int) or not x.size:
        return None
    return written("Softmax", [x], x.shape, x.dtype, axis=axis)


NATIVE: Mapping[str, Callable[..., Reference | None]] = {"relu": _relu, "softmax": _softmax}
