"""Compiling: Numba's njit, with the compiled code kept on disk wherever there is a place for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """``@njit(cache=True, error_model="numpy", **options)``; without the cache where no folder can be written in.

    Dividing by 0 gives what it gives in NumPy.
    """

    def compile_later(function: Callable[..., Any]) -> Any:
        try:
            return njit(cache=True, error_model="numpy", **options)(function)
        except RuntimeError:  # "cannot cache function: no locator available"
            return njit(error_model="numpy", **options)(function)

    return compile_later
