"""Surroundings: what a function reads from outside itself, and whether that is still what it was."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from inversa.autograd.node import Node
from inversa.autograd.ops.namespace import np

MOST_ENTRIES = 1000  # containers with more are told apart by what they are, not by what is in them

_ABSENT = object()
_SIMPLE = {bool, int, float, complex, str, bytes, type(None)}
_LIBRARIES = {"inversa", "numpy", "scipy", "numba"}  # their functions read nothing that a user changes


class Surroundings:
    """What functions find outside of themselves: in variables closed over, in globals, in attributes.

    Attributes are those that the code names: of ``settings.weight * loss`` the ``weight``. Functions that are found are
    followed. Arrays, lists, dictionaries and sets are watched for changes in place.

    Attributes
    ----------
    generators : list of numpy Generator
        Those that were found.
    """

    def __init__(self, *functions: Any) -> None:
        self._cells: list[tuple[Any, str, Any]] = []  # with their names, and what was in them
        self._names: list[tuple[Mapping[str, Any], str, Any]] = []
        self._contents: list[tuple[Any, str, Any]] = []  # with copies
        self._seen: set[tuple[int, ...]] = set()
        self._kept: list[Any] = []  # so that no id in `_seen` is given away
        self.generators: list[Any] = []
        for function in functions:
            self._add_function(function, "")

    def add(self, x: Any, name: str) -> None:
        """Watch what this function reads, too, unless it is one of a library; or this array or container."""
        self._follow(x, name, frozenset())

    def changed(self) -> str:
        """The name of something that is not what it was; empty if there is none."""
        for cell, name, before in self._cells:
            if not _same(_inside(cell), before):
                return name
        for owner, name, before in self._names:
            if not _same(owner.get(name, _ABSENT), before):
                return name
        for x, name, before in self._contents:
            if not _unchanged(x, before):
                return name
        return ""

    def restore(self) -> None:
        """Put everything back as it was, except for what is in arrays."""
        for cell, _, before in self._cells:
            if before is not _ABSENT:
                cell.cell_contents = before
        for owner, name, before in self._names:
            if isinstance(owner, dict) and owner.get(name, _ABSENT) is not before:
                if before is _ABSENT:
                    del owner[name]
                else:
                    owner[name] = before
        for x, _, before in self._contents:
            if isinstance(x, list):
                x[:] = before
            elif isinstance(x, (dict, set)):
                x.clear()
                x.update(before)

    # Finding it.

    def _is_new(self, x: Any, *key: Any) -> bool:
        if (id(x), *key) in self._seen:
            return False
        self._seen.add((id(x), *key))
        self._kept.append(x)
        return True

    def _follow(self, x: Any, name: str, attributes: frozenset[str]) -> None:
        """Look into what was found under a name by code that asks for these attributes."""
        if type(x) in _SIMPLE or isinstance(x, Node):
            return
        if isinstance(x, (FunctionType, MethodType)):
            if not _of_library(x):
                self._add_function(x, name)
        elif isinstance(x, np.ndarray):
            if self._is_new(x):
                self._contents.append((x, name, x.copy()))
        elif isinstance(x, (list, tuple, dict, set, frozenset)):
            self._add_container(x, name, attributes)
        elif isinstance(x, np.random.Generator):
            if self._is_new(x):
                self.generators.append(x)
        elif isinstance(x, partial):
            for part in (x.func, *x.args, *x.keywords.values()):
                self._follow(part, name, attributes)
        else:
            self._add_object(x, name, attributes)

    def _add_container(self, x: Any, name: str, attributes: frozenset[str]) -> None:
        if len(x) > MOST_ENTRIES or not self._is_new(x, attributes):
            return
        if isinstance(x, (list, dict, set)) and self._is_new(x):
            self._contents.append((x, name, x.copy()))
        for entry in x.values() if isinstance(x, dict) else x:
            self._follow(entry, name, attributes)

    def _add_object(self, x: Any, name: str, attributes: frozenset[str]) -> None:
        self._follow(getattr(x, "__wrapped__", None), name, attributes)
        is_instance = not isinstance(x, (type, ModuleType))
        if is_instance and callable(x) and not _of_library(type(x)):
            self._follow(MethodType(type(x).__call__, x), name, attributes)
        for owner in (x, *(type(x).__mro__ if is_instance else ())):
            if owner is x or not _of_library(owner):
                self._add_names(getattr(owner, "__dict__", {}), owner, attributes, x if is_instance else None)

    def _add_names(self, where: Mapping[str, Any], owner: Any, names: frozenset[str], of: Any = None) -> None:
        """Watch the names that are in a namespace; functions there are methods of an object, if it is one's."""
        for name in names & where.keys():
            found = where[name]
            if self._is_new(owner, name):
                self._names.append((where, name, found))
            if self._is_new(owner, name, names):
                method = isinstance(found, FunctionType) and of is not None and owner is not of
                self._follow(MethodType(found, of) if method else found, name, names)

    def _add_function(self, function: Any, name: str) -> None:
        owner = getattr(function, "__self__", None)
        function = getattr(function, "__func__", function)
        code = getattr(function, "__code__", None)
        if code is None:
            self._add_object(function, name, frozenset())
            return
        if not self._is_new(function, id(owner)):
            return
        self._kept.append(owner)
        names = frozenset(_names(code))
        for variable, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            found = _inside(cell)
            self._cells.append((cell, variable, found))
            if found is not _ABSENT:
                self._follow(found, variable, names)
        self._add_names(function.__globals__, function.__globals__, names)
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._follow(default, name or function.__name__, names)
        if owner is not None:
            self._add_object(owner, name, names)
        self._follow(getattr(function, "__wrapped__", None), name, names)


def _names(code: CodeType) -> Iterator[str]:
    """The globals and attributes that code names, in comprehensions and functions inside it, too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _of_library(x: Any) -> bool:
    package = (getattr(x, "__module__", None) or "").partition(".")[0]
    return package in _LIBRARIES or (package in sys.stdlib_module_names and package != "__main__")


def _inside(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # nothing has been assigned to the variable yet
        return _ABSENT


def _same(x: Any, before: Any) -> bool:
    """Whether this is the same thing, or an equal number or text."""
    return x is before or (type(x) is type(before) and type(x) in _SIMPLE and bool(x == before))


def _unchanged(x: Any, before: Any) -> bool:
    """Whether an array has the same numbers, nan included, or a container the same entries."""
    if isinstance(x, np.ndarray):
        if x.shape != before.shape or x.dtype != before.dtype:
            return False
        equal = x == before
        return bool(equal.all()) or bool((equal | ((x != x) & (before != before))).all())
    if len(x) != len(before):
        return False
    if isinstance(x, dict):
        return all(key in before and _same(entry, before[key]) for key, entry in x.items())
    if isinstance(x, set):
        return bool(x == before)
    return all(_same(entry, old) for entry, old in zip(x, before, strict=True))
