"""Operators that make constants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.of_torch.operators import aten
from inversa.nn.interchange.of_torch.values import wrapped


@aten("full")
def full(size: Sequence[int], fill_value: Any, dtype: Any = None) -> Any:
    """An array of one number."""
    return wrapped(np.full(tuple(size), fill_value, dtype))


@aten("full_like")
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Any:
    """An array of one number, of the shape of another."""
    return wrapped(np.full(x.shape, fill_value, x.dtype if dtype is None else dtype))


@aten("zeros_like")
def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Zeros, of the shape of another array."""
    return full_like(x, 0, dtype)


@aten("ones_like")
def ones_like(x: Any, dtype: Any = None) -> Any:
    """Ones, of the shape of another array."""
    return full_like(x, 1, dtype)


@aten("zeros")
def zeros(size: Sequence[int], dtype: Any = None) -> Any:
    """An array of zeros."""
    return full(size, 0.0, dtype)


@aten("ones")
def ones(size: Sequence[int], dtype: Any = None) -> Any:
    """An array of ones."""
    return full(size, 1.0, dtype)


@aten("scalar_tensor")
def scalar(s: Any, dtype: Any = None) -> Any:
    """One number as an array."""
    return wrapped(np.asarray(s, dtype))


@aten("arange.start_step")
def arange(start: Any, end: Any, step: Any = 1, dtype: Any = None) -> Any:
    """Numbers in equal steps, without the end."""
    return wrapped(np.arange(start, end, step).astype(dtype or np.result_type(start, end, step)))


@aten("eye", "eye.m")
def eye(n: int, m: int | None = None, dtype: Any = None) -> Any:
    """Ones on the diagonal."""
    return wrapped(np.eye(n, m, dtype=dtype or "float64"))
