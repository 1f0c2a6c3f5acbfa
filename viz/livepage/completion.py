"""Names to complete what is typed with. They are looked at, never run."""

from __future__ import annotations

import builtins
import inspect
import keyword
from collections.abc import Iterator, Mapping
from functools import cache
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any, cast

from inversa.autograd import Node, Operation
from inversa.autograd.compiling.function import Compiled
from inversa.nn import Module
from inversa.viz.lettering.numbers import brief, number
from inversa.viz.livepage.running import usual_names

MAX_INFO = 200  # characters
MAX_DIGITS = 20  # of a whole number
MAX_OPENED = 12  # variables whose attributes are listed: the latest
BUILTINS = "abs", "enumerate", "float", "int", "len", "list", "max", "min", "print", "range", "round", "sum", "zip"
FIELDS = "data", "grad", "name"  # of a Value, those that code is about
Entry = dict[str, str]


def names(variables: Mapping[str, Any]) -> list[Entry]:
    """The variables of the last run, the names that are there without importing, Python's words.

    Each entry has a "label", a "type" ("variable", "property", "function", "class", "namespace" or "keyword"), and an
    "info": what a variable is, or the signature and the first line of the description. What may stand behind a dot is
    listed with what stands before it: ``"nn.Neuron"``, ``"w.grad"``.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.viz.livepage.completion import names
    >>> found = {entry["label"]: entry for entry in names({"w": Value(0.5)})}
    >>> found["w"]
    {'label': 'w', 'type': 'variable', 'info': 'Value 0.5'}
    >>> found["nn.Neuron"]["type"], found["w.grad"]["type"], found["sigmoid"]["info"][:10]
    ('class', 'property', 'sigmoid(x)')
    """
    usual = usual_names()
    own = {
        name: thing
        for name, thing in variables.items()
        if name.isidentifier() and not name.startswith("__") and usual.get(name) is not thing
    }
    entries = [_entry(name, thing) for name, thing in own.items()]
    for name, thing in list(own.items())[-MAX_OPENED:]:
        entries += _opened(name, thing)
    return entries + [entry for entry in _always() if entry["label"] not in own]


@cache
def _always() -> tuple[Entry, ...]:
    """The names that are there before anything has run."""
    known = usual_names() | {name: getattr(builtins, name) for name in BUILTINS}
    entries = [_entry(name, thing) for name, thing in known.items()]
    for name, thing in known.items():
        entries += _opened(name, thing)
    return *entries, *({"label": word, "type": "keyword", "info": ""} for word in keyword.kwlist)


def _opened(name: str, thing: Any) -> Iterator[Entry]:
    """What may stand behind a dot: names of our packages, of Values and of networks; other objects keep theirs."""
    match thing:
        case ModuleType() if thing.__name__.startswith("inversa."):
            for attribute in getattr(thing, "__all__", ()):
                yield _entry(f"{name}.{attribute}", vars(thing).get(attribute))
        case Node() | Module():
            own = [attribute for attribute in getattr(thing, "__dict__", {}) if not attribute.startswith("_")]
            yield from (_entry(f"{name}.{attribute}", thing.__dict__[attribute]) for attribute in own)
            for attribute, kind, info in _of_class(cast("Any", type(thing))):
                yield {"label": f"{name}.{attribute}", "type": kind, "info": info}


@cache
def _of_class(kind: type) -> tuple[tuple[str, str, str], ...]:
    """The documented methods and properties of a class, each with its type and information."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        found |= vars(base)
    listed = []
    for name, thing in sorted(found.items()):
        documented = isinstance(thing, FunctionType | property | Operation) and thing.__doc__
        if not name.startswith("_") and (documented or (name in FIELDS and isinstance(thing, MemberDescriptorType))):
            entry = _entry(name, thing)
            listed.append((name, entry["type"], entry["info"]))
    return tuple(listed)


def _entry(label: str, thing: Any) -> Entry:
    match thing:
        case ModuleType():
            kind, info = "namespace", _first_line(thing)
        case type():
            kind, info = "class", f"{_signature(thing)}: {_first_line(thing)}"
        case Node(shape=()):
            kind, info = "variable", f"{type(thing).__name__} {brief(number(thing.item()))}"
        case Node() | Module():
            kind, info = "variable", type(thing).__name__
        case _ if type(thing) in (bool, float) or (type(thing) is int and abs(thing) < 10**MAX_DIGITS):
            kind, info = "variable", repr(thing)
        case property() | MemberDescriptorType():
            kind, info = "property", _first_line(thing)
        case Operation() | Compiled() | FunctionType() | BuiltinFunctionType() | MethodType():
            kind, info = "function", f"{_signature(thing)}: {_first_line(thing)}"
        case _:
            kind, info = "variable", type(thing).__name__ if thing is not None else ""
    return {"label": label, "type": kind, "info": info.removesuffix(": ")[:MAX_INFO]}


def _first_line(thing: Any) -> str:
    text = getattr(thing, "__doc__", None)
    return text.strip().partition("\n")[0] if isinstance(text, str) else ""


def _signature(thing: Any) -> str:
    name = thing.name if isinstance(thing, Operation) else getattr(thing, "__name__", "")
    try:
        parameters = [
            parameter.replace(annotation=parameter.empty)
            for parameter in inspect.signature(thing).parameters.values()
            if parameter.name != "self"
        ]
        return f"{name}{inspect.Signature(parameters)}"
    except (TypeError, ValueError):
        return f"{name}(…)"
