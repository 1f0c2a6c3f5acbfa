"""Compiling: by Numba, where it can be imported; without it, kernels stay the Python functions that they are.

Loops in Python over arrays take a hundred times as long as NumPy: who calls a kernel that has a formula beside it asks
`HAS_NUMBA`, and takes the formula.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from inversa.autograd.lazy import has_numpy

F = TypeVar("F", bound=Callable[..., Any])

INSIDE = ("inversa.", "importlib", "functools")  # the modules between the user's line and an import on first use

try:
    from inversa.autograd.kernels import by_numba
except Exception as error:  # it is not installed, not made for this Python or NumPy, or lacks a library of the system
    HAS_NUMBA, _REASON = False, str(error)
else:
    HAS_NUMBA, _REASON = True, ""


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """For a function of numbers and arrays: compiled when it is first called. Dividing by 0 gives what NumPy gives."""
    return by_numba.compiled(**options) if HAS_NUMBA else _unchanged


def inlined(**options: Any) -> Callable[[F], F]:
    """For a function that is called by compiled ones alone, and becomes a part of them."""
    return by_numba.inlined(**options) if HAS_NUMBA else _unchanged


def compiles() -> bool:
    """Whether there is Numba, and it has not been told to compile nothing."""
    return HAS_NUMBA and by_numba.compiles()


def _unchanged(function: F) -> F:
    return function


def _warn(message: str) -> None:
    """Warn of what importing this module has found, in the user's line that made it necessary."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(INSIDE):
        frame = frame.f_back
    warnings.warn_explicit(message, RuntimeWarning, frame.f_code.co_filename, frame.f_lineno)


def _what_to_know() -> str:
    """What there is in place of Numba, and how to have it: for pages it is not made."""
    means, packages = ("NumPy", "numba") if has_numpy() else ("plain Python", "numpy numba")
    cure = "" if sys.platform == "emscripten" else f". Install it with: pip install {packages}"
    return (
        f"Numba cannot be imported ({_REASON}): what it compiles is computed by {means}, with the same results, but "
        f"more slowly{cure}"
    )


if not HAS_NUMBA:
    _warn(_what_to_know())
