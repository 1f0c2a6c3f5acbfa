"""Engine: a student's file, and what is called how in it."""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
import time
import types
from typing import Any

from .naming import BACKWARD, CLASSES, DATA, GRADIENT, OPERATIONS, PYTHON, ZERO

QUICK = 0.05  # seconds; a file that is read faster is read anew for every program, so that none can spoil the next


class MissingError(Exception):
    """The engine has no such operation."""


class Engine:
    """A student's file and the names in it: those that were given, and for the others what fits."""

    def __init__(self, path: str, name: str, kind: str, names: dict[str, str]) -> None:
        with open(path, "rb") as file:
            self.compiled = compile(file.read(), path, "exec")
        self.path = path
        self.name = name
        self.stopped: BaseException | None = None
        begin = time.perf_counter()
        self.module = self._executed()
        self.seconds = time.perf_counter() - begin
        self.kind = kind or self._class_name()
        if not hasattr(self.module, self.kind):
            raise self._missing(self.kind)
        self.given = names
        self.names = dict(names)
        self._guess()

    def _executed(self) -> Any:
        """The file as a module; one that ends itself after its class was made can still be examined."""
        for name in [self.name, *filter(_is_beside, list(sys.modules))]:
            sys.modules.pop(name, None)
        spec = importlib.util.spec_from_file_location(self.name, self.path)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        package = self.name.rpartition(".")[0]
        try:
            if package:
                importlib.import_module(package)  # which may import the file
            if self.name in sys.modules:
                return sys.modules[self.name]
            sys.modules[self.name] = module  # where dataclasses look for it
            exec(self.compiled, module.__dict__)
        except (Exception, SystemExit) as error:
            self.stopped = error
        return module

    def _class_name(self) -> str:
        """The class of nodes: of a usual name, the only one with a backward pass, or the only one."""
        things = {name: x for name, x in vars(self.module).items() if isinstance(x, type) and x.__module__ == self.name}
        usual = [name for name in CLASSES if name in things]
        passing = [name for name, x in things.items() if any(hasattr(x, backward) for backward in BACKWARD)]
        for found in (usual[:1], passing, list(things)):
            if len(found) == 1:
                return found[0]
        raise self._missing("")

    def _missing(self, kind: str) -> BaseException:
        """There is no class, or there would have been one, had the file been read to its end."""
        return MissingError(kind) if self.stopped is None else self.stopped

    def _guess(self) -> None:
        """Names are known by what they hold: the number of a leaf of 2 is 2, its own gradient is 1."""
        leaf = self.leaf(2.0)
        if "data" not in self.names:
            self._name("data", (n for n in _attributes(leaf, DATA) if _float(getattr(leaf, n, None)) == 2.0))
        kind = type(leaf)
        if "backward" not in self.names:
            tape = [f"{n}.{name}" for n in ("tape", "TAPE") for name in BACKWARD if self._has(f"{n}.{name}")]
            methods = [name for name in BACKWARD if callable(getattr(kind, name, None))]
            self._name("backward", [*methods, *filter(self._has, BACKWARD), *tape])
        if "zero" not in self.names:
            self._name("zero", [name for name in ZERO if callable(getattr(kind, name, None)) or self._has(name)])
        held = [name for name in GRADIENT if hasattr(leaf, name) and not callable(getattr(leaf, name))]
        if "grad" not in self.names and not held and not isinstance(self._tried(leaf), dict):
            held = [name for name in _attributes(leaf, GRADIENT) if _float(getattr(leaf, name, None)) == 1.0]
        if "grad" not in self.names:
            self._name("grad", held)

    def _name(self, what: str, found: Any) -> None:
        for name in found:
            self.names[what] = name
            return

    def _tried(self, leaf: Any) -> Any:
        try:
            return self.backward(leaf)
        except BaseException:
            return None

    def unknown(self) -> list[str]:
        """The names that were given, and that neither a node nor the file has."""
        leaf = self.leaf(2.0)
        known: dict[str, Any] = {
            "data": lambda name: hasattr(leaf, name),
            "grad": lambda name: True,  # a node may get it in the backward pass
            "backward": lambda name: callable(getattr(type(leaf), name, None)) or self._has(name),
            "zero": lambda name: callable(getattr(type(leaf), name, None)) or self._has(name),
        }
        return [name for what, name in self.given.items() if not known[what](name)]

    def _has(self, dotted: str) -> bool:
        thing: Any = self.module
        for name in dotted.split("."):
            thing = getattr(thing, name, None)
        return callable(thing) and not isinstance(thing, type)

    def renewed(self) -> None:
        """Read the file anew, if that is quick."""
        if self.seconds < QUICK:
            self.module = self._executed()

    def leaf(self, number: float) -> Any:
        """A leaf that gets a gradient."""
        make = getattr(self.module, self.kind)
        return make(number, requires_grad=True) if "requires_grad" in _parameters(make) else make(number)

    def backward(self, node: Any) -> Any:
        """A backward pass; some engines return the gradients."""
        name = self.names.get("backward", "backward")
        own = callable(getattr(type(node), name, None))
        function: Any = getattr(node, name) if own else self._function(name)
        given = [] if own else [node]
        return function(*given, *([1.0] if _required(function) > len(given) else []))

    def clear(self, node: Any) -> None:
        """Give a node the gradient of a new leaf, one of its own: an array may be added to in place."""
        name = self.names["grad"]
        fresh = getattr(self.leaf(0.0), name, 0.0)
        try:
            setattr(node, name, fresh)
        except AttributeError:  # of a property, or a frozen dataclass
            raise MissingError(name) from None

    def zero(self, nodes: list[Any]) -> None:
        """Set all gradients to 0 with what the engine has for that, if it has something."""
        name = self.names.get("zero")
        if name is None:
            raise MissingError("zero_grad")
        if callable(getattr(type(nodes[0]), name, None)):
            for node in nodes:
                getattr(node, name)()
        else:
            function = self._function(name)
            function(*([nodes] if _required(function) else []))

    def _function(self, dotted: str) -> Any:
        thing: Any = self.module
        for name in dotted.split("."):
            thing = getattr(thing, name)
        return thing

    def apply(self, op: str, inputs: list[Any]) -> Any:
        """An operation, as an operator, as a method or as a function."""
        method, reflected, names = OPERATIONS[op]
        node = next(x for x in inputs if type(x) not in (int, float))  # a node may be a float itself
        called = method if node is inputs[0] else reflected
        if called and hasattr(type(node), called):
            return PYTHON[op](*inputs)
        for name in names if node is inputs[0] else ():
            if callable(getattr(type(node), name, None)):
                return getattr(node, name)(*inputs[1:])
        if not _owned(type(node), op):
            for name in filter(self._is_function, names):
                return self._function(name)(*inputs)
        raise MissingError(op)

    def _is_function(self, name: str) -> bool:
        """Whether the file has a function of its own of that name; those of `math` know no nodes."""
        return isinstance(getattr(self.module, name, None), types.FunctionType)

    def functions(self) -> dict[str, str]:
        """What is called as a function of the file, for a program's text: operations, and the backward pass."""
        kind = type(self.leaf(2.0))
        found: dict[str, str] = {}
        for op, (_, _, names) in OPERATIONS.items():
            named = [name for name in names if self._is_function(name)]
            if named and not _owned(kind, op):
                found[op] = named[0]
        backward = self.names["backward"]
        return found if hasattr(kind, backward) else {**found, "backward": backward}

    def value(self, node: Any) -> float:
        """The number of a node."""
        return _number(getattr(node, self.names["data"]))

    def gradient(self, node: Any, returned: Any) -> float | None:
        """The gradient of a node; None where it has none."""
        if isinstance(returned, dict):
            found = returned.get(id(node)) if id(node) in returned else returned.get(node)
        else:
            found = getattr(node, self.names.get("grad", "grad"), None)
        return None if found is None else _number(found)


def _is_beside(name: str) -> bool:
    """Whether a module was found where the student's file is, or its package: it may import that, and keep a state."""
    file = getattr(sys.modules[name], "__file__", None)
    places = [os.path.join(place, *name.split(".")) for place in sys.path[:2]]
    return any(file in (f"{place}.py", os.path.join(place, "__init__.py")) for place in places)


def _number(x: Any) -> float:
    """A number, or what an array of one number holds."""
    return float(x.item() if callable(getattr(x, "item", None)) else x)


def _float(x: Any) -> float | None:
    try:
        return _number(x)
    except BaseException:
        return None


def _owned(kind: type, op: str) -> bool:
    """Whether a class has an operation itself; then a function of the file is only what that is made with."""
    method, _, names = OPERATIONS[op]
    return any(hasattr(kind, own) for own in (method, *names) if own)


def _attributes(thing: Any, first: tuple[str, ...]) -> list[str]:
    """Attributes of an object that are no methods, these first."""
    own = [*getattr(thing, "__dict__", {}), *(s for k in type(thing).__mro__ for s in getattr(k, "__slots__", ()))]
    return [*(name for name in first if hasattr(thing, name)), *own]


def _required(function: Any) -> int:
    """How many arguments a function wants at least."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.default is p.empty and p.kind in kinds for p in _parameters(function).values())


def _parameters(function: Any) -> Any:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
