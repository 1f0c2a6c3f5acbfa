"""The results of a function that jit compiles: numbers, arrays and None, in tuples, lists and dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.node import Node
from inversa.autograd.ops.namespace import is_foreign
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
    parts = leaves(results, _holds)
    form = mapped(lambda _: 0, results, _holds)

    def together(others: list[Any]) -> Any:
        following = iter(others)
        return mapped(lambda _: next(following), form, _holds)

    for x in parts:
        if not isinstance(x, (Node, np.ndarray, np.generic, int, float)) and not is_foreign(x):
            raise TypeError(
                "what jit compiles gives numbers or arrays, or a tuple, list or dictionary of them, not "
                f"{checks.shown(x)}"
            )
    if not parts:
        given = "None" if results is None else f"an empty {type(results).__name__}"
        raise TypeError(
            f"what jit compiles gives numbers or arrays, or a tuple, list or dictionary of them, not {given}"
        )
    return parts, together


def _holds(x: Any) -> bool:
    """Whether this is taken apart: a None in what is a gradient of a None holds nothing."""
    return x is None or is_container(x)
