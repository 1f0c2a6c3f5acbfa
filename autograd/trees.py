"""Trees: lists, tuples and dictionaries that hold several arrays or nodes, at any depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inversa.autograd.node import Node

IsTree = Callable[[Any], bool]


class Row:
    """A base of what holds several nodes and is neither list nor tuple, and is treated like them here."""

    __slots__ = ()


def is_tree(x: Any) -> bool:
    """Whether this holds several arrays or nodes. A list of numbers, or of such lists, is one array."""
    if isinstance(x, (list, tuple)):
        return any(isinstance(part, Node) or is_tree(part) or getattr(part, "shape", ()) != () for part in x)
    return isinstance(x, (dict, Row))


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
    return rebuilt(x, [mapped(f, part, parts_of) for part in (x.values() if isinstance(x, dict) else x)])


def rebuilt(x: Any, parts: list[Any]) -> Any:
    """The same list, tuple or dictionary with other parts."""
    if isinstance(x, dict):
        return type(x)(zip(x, parts, strict=True))
    return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)


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
