"""The results of a function that jit compiles: numbers and arrays, in tuples, lists and dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.node import Node
from inversa.autograd.trees import is_container, leaves, mapped


def parted(results: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """The results one by one, and what puts as many others in their places.

    Raises
    ------
    TypeError
        If there is none, or something that is neither a number nor an array.

    Examples
    --------
    >>> from inversa.autograd.compiling.results import parted
    >>> parts, together = parted({"cost": 2.0, "outputs": (3.0, 4.0)})
    >>> parts, together([5.0, 6.0, 7.0])
    ([2.0, 3.0, 4.0], {'cost': 5.0, 'outputs': (6.0, 7.0)})
    """
    parts = leaves(results, is_container)
    form = mapped(lambda _: None, results, is_container)

    def together(others: list[Any]) -> Any:
        following = iter(others)
        return mapped(lambda _: next(following), form, is_container)

    for x in parts:
        if not isinstance(x, (Node, np.ndarray, np.generic, int, float)):
            raise TypeError(
                "what jit compiles gives numbers or arrays, or a tuple, list or dictionary of them, not "
                f"{checks.shown(x)}"
            )
    if not parts:
        raise TypeError(f"what jit compiles gives numbers or arrays, not an empty {type(results).__name__}")
    return parts, together
