"""Surroundings: what a function reads from outside itself, and whether that is still what it was."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any, NoReturn

from inversa.autograd.compiling.errors import TracingError
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE, Mode
from inversa.autograd.node import Node

MOST_ENTRIES = 1000  # containers with more are told apart by what they are, not by what is in them

Moving = Mapping[int, tuple[Any, frozenset[str]]]  # by their ids objects, and names of attributes that are not watched

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
    nodes : set of Node
        Those that were found; of these nothing is watched.
    """

    def __init__(self, *functions: Any, moving: Moving = MappingProxyType({})) -> None:
        self._moving = moving
        self._cells: list[tuple[Any, str, Any]] = []  # with their names, and what was in them
        self._names: list[tuple[Mapping[str, Any], str, Any]] = []
        self._arrays: list[tuple[Any, str, Any]] = []
        # Containers, whose they are, and copies of them: two lists that Python compares at once, which is quick.
        self._containers: list[Any] = []
        self._owners: list[str] = []
        self._copies: list[Any] = []
        self._observed: set[tuple[int, ...]] = set()
        self._kept: list[Any] = []  # so that no id in `_observed` is given away
        self.generators: list[Any] = []
        self.nodes: set[Node] = set()
        for function in functions:
            self._add_function(function, "")

    def add_object(self, x: Any) -> None:
        """Watch all attributes of an object, and what they and those of its class hold; and what its forward reads."""
        name = type(x).__name__
        own = list(vars(x).values())
        shared = [y for kind in type(x).__mro__ for key, y in vars(kind).items() if not key.startswith("__")]
        attributes: Any = vars(x)
        if id(x) in self._moving:
            attributes = _Others(attributes, self._moving[id(x)][1])
            self._watch(attributes, name)
        for y in (attributes, *own, *shared):
            if isinstance(y, (list, dict, set)) and self._is_new(y):
                self._watch(y, name)
        for y in own:
            if isinstance(y, (np.ndarray, np.random.Generator, list, tuple, dict)):
                self._follow(y, name, frozenset())
        self._follow(getattr(x, "forward", x), name, frozenset())

    def changed(self) -> str:
        """The name of something that is not what it was; empty if there is none. This is asked before every run."""
        for cell, name, before in self._cells:
            try:
                found = cell.cell_contents
            except ValueError:  # nothing is assigned to the variable
                found = _ABSENT
            if found is not before and not _same_number(found, before):
                return name
        for owner, name, before in self._names:
            found = owner.get(name, _ABSENT)
            if found is not before and not _same_number(found, before):
                return name
        for array, name, before in self._arrays:
            if _contents(array) != before:
                return name
        return "" if _same(self._containers, self._copies) else self._changed_container()

    def _changed_container(self) -> str:
        pairs = zip(self._owners, self._containers, self._copies, strict=True)
        return " or ".join(dict.fromkeys(name for name, x, copy in pairs if not _same(x, copy)))

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
        for x, copy in zip(self._containers, self._copies, strict=True):
            x.clear()
            x.extend(copy) if isinstance(x, list) else x.update(copy)

    # Finding it.

    def _is_new(self, x: Any, *key: Any) -> bool:
        if (id(x), *key) in self._observed:
            return False
        self._observed.add((id(x), *key))
        self._kept.append(x)
        return True

    def _follow(self, x: Any, name: str, attributes: frozenset[str]) -> None:
        """Look into what was found under a name by code that asks for these attributes."""
        if type(x) in _SIMPLE:
            return
        if isinstance(x, Node):
            self.nodes.add(x)
        elif isinstance(x, (FunctionType, MethodType)):
            if not _of_library(x):
                self._add_function(x, name)
        elif isinstance(x, np.ndarray):
            if self._is_new(x):
                self._arrays.append((x, name, _contents(x)))
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
            self._watch(x, name)
        for entry in x.values() if isinstance(x, dict) else x:
            self._follow(entry, name, attributes)

    def _watch(self, x: Any, name: str) -> None:
        self._containers.append(x)
        self._owners.append(name)
        self._copies.append(x.copy())

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
        unwatched = self._moving[id(owner)][1] if id(owner) in self._moving else frozenset()
        for name in (names & where.keys()) - unwatched:
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


class _Others:
    """The attributes of an object but those of some names, of which only is watched that they are floats."""

    def __init__(self, attributes: dict[str, Any], without: frozenset[str]) -> None:
        self.attributes = attributes
        self.without = without

    def copy(self) -> dict[str, Any]:
        return {name: float if name in self.without else x for name, x in self.attributes.items()}

    def clear(self) -> None:
        for name in self.attributes.keys() - self.without:
            del self.attributes[name]

    def update(self, copied: dict[str, Any]) -> None:
        self.attributes.update({name: x for name, x in copied.items() if name not in self.without})

    def __eq__(self, copied: object) -> bool:
        now = {name: type(x) if name in self.without else x for name, x in self.attributes.items()}
        return now == copied

    __hash__ = None  # type: ignore[assignment]


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


def _same_number(x: Any, before: Any) -> bool:
    """Whether this is an equal number, text, or another simple thing of the same type."""
    return type(x) is type(before) and type(x) in _SIMPLE and bool(x == before)


def _contents(array: Any) -> tuple[Any, ...]:
    """All that an array is now, to the last bit."""
    return array.shape, array.dtype, array.tobytes()


def _same(containers: Any, copies: Any) -> bool:
    """Whether containers have the same entries: identical, or equal in Python's sense."""
    token = MODE.set(_NOT_COMPARED)
    try:  # Python looks first whether two things are the same
        return bool(containers == copies)
    except (TypeError, ValueError, TracingError):  # another Tensor; another array
        return False
    finally:
        MODE.reset(token)


class _NotCompared:
    """For nodes: in place of a trace, so that one does not equal another with the same number."""

    def symbol(self, node: Node) -> NoReturn:
        raise TracingError("another node")


_NOT_COMPARED = Mode(trace=_NotCompared())
