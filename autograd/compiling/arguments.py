"""Arguments: their lists, tuples and dictionaries taken apart into numbers and arrays; what is static is put aside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from functools import wraps
from typing import Any, NamedTuple

from inversa.autograd import checks
from inversa.autograd.trees import is_tree


class Static(NamedTuple):
    """An argument that is a constant of the program; for another one there is another program."""

    kind: type  # 1, 1.0 and True are equal
    value: Any


class Tree(NamedTuple):
    """A list, tuple or dictionary of arguments, without the numbers."""

    kind: Any
    keys: tuple[Any, ...]
    parts: tuple[Form, ...]


Form = Tree | Static | None  # None is the place of a number or array


def is_plain(given: Sequence[Any]) -> bool:
    """Whether there are numbers, arrays and nodes only, and lists that are one array each."""
    return not any(callable(x) or (isinstance(x, (list, tuple, dict)) and is_tree(x)) for x in given)


class Flat(NamedTuple):
    """Arguments taken apart.

    Attributes
    ----------
    forms : tuple of Form
        One an argument.
    names : list of str
        ``p['w']`` for what the dictionary p holds.
    leaves : tuple
        Numbers, arrays, nodes.
    """

    forms: tuple[Form, ...]
    names: list[str]
    leaves: tuple[Any, ...]

    @classmethod
    def of(cls, given: Sequence[Any], names: Sequence[str], static: Collection[str]) -> Flat:
        """Take arguments apart.

        >>> from inversa.autograd.compiling.arguments import Flat
        >>> Flat.of(({"w": 2.0, "b": 1.0}, "mean"), ["p", "how"], ["how"])[1:]
        (["p['w']", "p['b']"], (2.0, 1.0))
        """
        found: list[tuple[str, Any]] = []
        forms = tuple(
            _static(name, x) if name in static else _form(name, x, found) for name, x in zip(names, given, strict=True)
        )
        return cls(forms, [name for name, _ in found], tuple(x for _, x in found))

    def taking_leaves(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, as one of the leaves alone."""
        forms = self.forms

        @wraps(function)
        def of_leaves(*leaves: Any) -> Any:
            return function(*put_together(forms, leaves))

        return of_leaves


def put_together(forms: Sequence[Form], leaves: Sequence[Any], statics: bool = True) -> tuple[Any, ...]:
    """The arguments, of other leaves; without their statics None stands in the place of each."""
    following = iter(leaves)
    return tuple(_filled(form, following, statics) for form in forms)


def _static(name: str, x: Any) -> Static:
    if not isinstance(x, Hashable):
        raise checks.wrong(name, "static, so something hashable", x, "(2, 3)", TypeError)
    return Static(type(x), x)


def _form(name: str, x: Any, found: list[tuple[str, Any]]) -> Form:
    if callable(x):
        return _static(name, x)
    if not (isinstance(x, (list, tuple, dict)) and is_tree(x)):
        found.append((name, x))
        return None
    if isinstance(x, defaultdict):  # which may be any function, so no two could be compared
        raise checks.wrong(name, "a dictionary without a default", x, f"dict({name})", TypeError)
    keys = tuple(x) if isinstance(x, dict) else tuple(range(len(x)))
    return Tree(type(x), keys, tuple(_form(f"{name}[{key!r}]", x[key], found) for key in keys))


def _filled(form: Form, following: Iterator[Any], statics: bool) -> Any:
    if form is None:
        return next(following)
    if isinstance(form, Static):
        return form.value if statics else None
    parts = [_filled(part, following, statics) for part in form.parts]
    if issubclass(form.kind, dict):
        return form.kind(zip(form.keys, parts, strict=True))
    return form.kind(*parts) if hasattr(form.kind, "_fields") else form.kind(parts)
