"""Trees: lists, tuples and dictionaries that hold several arrays or nodes, at any depth."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from inversa.autograd.lazy import np
from inversa.autograd.node import Node

IsTree = Callable[[Any], bool]


class Row:
    """A base of what holds several nodes and is neither list nor tuple, and is treated like them here."""

    __slots__ = ()


def is_tree(x: Any) -> bool:
    """Whether this holds several arrays or nodes. A list of numbers, or of such lists, is one array.

    Dictionaries and named tuples are trees whatever they hold, for their parts have names; lists and tuples are where
    they hold an array, a node, None, or another tree.

    >>> import numpy as np
    >>> from inversa.autograd.trees import is_tree
    >>> is_tree([1.0, 2.0]), is_tree([[1.0], [2.0]]), is_tree([1.0, np.array(2.0)]), is_tree({"a": 1.0})
    (False, False, True, True)
    """
    if isinstance(x, (dict, Row)) or _is_named(x):
        return True
    return isinstance(x, (list, tuple)) and any(map(_makes_a_tree, x))


def is_branch(x: Any) -> bool:
    """The same where functions are differentiated: None holds nothing, and stays where it is."""
    return x is None or is_tree(x)


def is_container(x: Any) -> bool:
    """Whether this is a list, tuple or dictionary, whatever it holds."""
    return isinstance(x, (list, tuple, dict, Row))


def mapped(f: Callable[[Any], Any], x: Any, parts_of: IsTree = is_tree) -> Any:
    """The same lists, tuples and dictionaries, with f of everything in them.

    >>> from inversa.autograd.trees import is_container, mapped
    >>> mapped(lambda x: 2 * x, {"a": 1.0, "b": (2.0, [3.0])}, is_container)
    {'a': 2.0, 'b': (4.0, [6.0])}
    """
    if not parts_of(x):
        return f(x)
    if x is None:
        return None
    return rebuilt(x, [mapped(f, part, parts_of) for part in (x.values() if isinstance(x, dict) else x)])


def rebuilt(x: Any, parts: list[Any]) -> Any:
    """The same list, tuple or dictionary with other parts."""
    if isinstance(x, dict):
        found = copy(x)  # which keeps what kinds of dictionaries have besides, such as a defaultdict's default
        found.update(zip(x, parts, strict=True))
        return found
    return type(x)(*parts) if _is_named(x) else type(x)(parts)


def alike(x: Any, other: Any) -> list[tuple[Any, Any]] | None:
    """The parts of a list, tuple or dictionary, each with its part of another; None if that is not like it.

    >>> from inversa.autograd.trees import alike
    >>> alike({"a": 1.0, "b": 2.0}, {"b": 20.0, "a": 10.0}), alike([1.0, 2.0], (10.0,))
    ([(1.0, 10.0), (2.0, 20.0)], None)
    """
    if isinstance(x, dict):
        fits = isinstance(other, dict) and other.keys() == x.keys()
        return [(x[key], other[key]) for key in x] if fits else None
    fits = not isinstance(other, dict) and len(other) == len(x)
    return list(zip(x, other, strict=True)) if fits else None


def leaves(x: Any, parts_of: IsTree = is_tree) -> list[Any]:
    """What lists, tuples and dictionaries hold, in order.

    >>> from inversa.autograd.trees import is_container, leaves
    >>> leaves({"a": 1.0, "b": (2.0, [3.0])}, is_container)
    [1.0, 2.0, 3.0]
    """
    found: list[Any] = []
    mapped(found.append, x, parts_of)
    return found


def part_names(x: Any, name: str) -> list[str]:
    """How the parts of a list, tuple or dictionary of this name are written.

    >>> from inversa.autograd.trees import part_names
    >>> part_names({"a": 1.0}, "p"), part_names([1.0, 2.0], "p")
    (["p['a']"], ['p[0]', 'p[1]'])
    """
    if _is_named(x):
        return [f"{name}.{field}" for field in x._fields]
    return [f"{name}[{key!r}]" for key in (x if isinstance(x, dict) else range(len(x)))]


def leaf_names(x: Any, name: str, parts_of: IsTree = is_tree) -> list[str]:
    """How what lists, tuples and dictionaries hold is written, in the order of `leaves`."""
    if not parts_of(x):
        return [name]
    if x is None:
        return []
    parts = x.values() if isinstance(x, dict) else x
    named = zip(part_names(x, name), parts, strict=True)
    return [leaf for part_name, part in named for leaf in leaf_names(part, part_name, parts_of)]


def _is_named(x: Any) -> bool:
    return isinstance(x, tuple) and hasattr(x, "_fields")


def _makes_a_tree(part: Any) -> bool:
    """Whether a list with this in it is no array: NumPy's single numbers are numbers, its arrays of no axes are not."""
    if isinstance(part, (int, float)):
        return False
    if part is None or isinstance(part, Node) or is_tree(part):
        return True
    return hasattr(part, "shape") and not isinstance(part, np.generic)
