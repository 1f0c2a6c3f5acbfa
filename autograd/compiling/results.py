"""The results of a function that jit compiles: one number or array, or several in a tuple, list or dictionary."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.node import Node


def parted(results: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """The results one by one, and what puts as many others in their places.

    Raises
    ------
    TypeError
        If there is none, or something that is neither a number nor an array.

    Examples
    --------
    >>> from inversa.autograd.compiling.results import parted
    >>> parts, together = parted({"cost": 2.0, "output": 3.0})
    >>> parts, together([4.0, 5.0])
    ([2.0, 3.0], {'cost': 4.0, 'output': 5.0})
    """
    parts: list[Any]
    together: Callable[[list[Any]], Any]
    if isinstance(results, dict):
        keys = list(results)
        parts, together = list(results.values()), lambda others: dict(zip(keys, others, strict=True))
    elif isinstance(results, (tuple, list)):
        parts, together = list(results), getattr(results, "_make", type(results))  # _make: of a named tuple
    else:
        parts, together = [results], operator.itemgetter(0)
    for x in parts:
        if not isinstance(x, (Node, np.ndarray, np.generic, int, float)):
            raise TypeError(
                "what jit compiles gives numbers or arrays, or a tuple, list or dictionary of them, not "
                f"{checks.shown(x)}"
            )
    if not parts:
        raise TypeError(f"what jit compiles gives numbers or arrays, not an empty {type(results).__name__}")
    return parts, together
