"""The tables of NumPy's functions, and SciPy's: which have a gradient, by what, and why the others have none.

Nothing stands in them by hand: the functions are looked up in the installed libraries, and their gradients where a
Tensor looks them up itself.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

import numpy as np

import inversa.nn  # noqa: F401  # declares operations, too
from inversa import autograd
from inversa.autograd import numpy_protocol
from inversa.autograd.numpy_protocol import QUESTIONS, counterpart, own_name
from inversa.autograd.numpy_reasons import reason
from inversa.autograd.ops.composed import COMPOSITIONS
from inversa.autograd.ops.operation import Operation

Key = TypeVar("Key")

MODULES = ("numpy", "numpy.linalg", "numpy.fft", "scipy.special")
# The groups of our functions beside those in front, those that are here.
GROUPS = {
    name: importlib.import_module(f"inversa.autograd.{name}")
    for name in ("linalg", "fft", "special")
    if importlib.util.find_spec(f"inversa.autograd.{name}")
}

BECOMES = "becomes"  # the status of a function: it becomes one of ours
CALLED = "called"  # ours of this name is to be called, for the library does not ask
ANSWERS = "answers"  # without a gradient
REFUSED = "refused"


class Status(NamedTuple):
    """What becomes of a Tensor in a function: of which kind that is, and the name of ours, or why not."""

    kind: str
    text: str = ""


def page() -> str:
    """Counts and tables for every module that is installed, in Markdown."""
    found = {module: {name: status(module, name) for name in functions(module)} for module in MODULES}
    unknown = [f"{m}.{name}" for m, each in found.items() for name, s in each.items() if s == Status(REFUSED)]
    if unknown:
        warnings.warn(f"no reason is known why there is no gradient of {', '.join(unknown)}", stacklevel=2)
    parts = [part for module, each in found.items() if each for part in _section(module, each)]
    return "\n\n".join([_total(found), *parts]) + "\n"


@cache
def functions(module: str) -> dict[str, Callable[..., Any]]:
    """The public functions of a module by name, without its classes."""
    try:
        found = importlib.import_module(module)
    except ImportError:  # SciPy may be missing
        return {}
    names = sorted({*getattr(found, "__all__", dir(found))})
    things = {name: getattr(found, name) for name in names if not name.startswith("_")}
    return {n: f for n, f in things.items() if callable(f) and not isinstance(f, (type, ModuleType))}


def status(module: str, name: str) -> Status:
    """What becomes of a Tensor in this function."""
    function, part = functions(module)[name], module.partition(".")[2]
    full = f"{part}.{name}" if part else name
    if not asks(function):
        ours = part == "special" and (name in COMPOSITIONS or name in Operation.registry)
        return Status(CALLED, name) if ours else Status(REFUSED, reason(full))
    if own_name(function) in QUESTIONS:
        return Status(ANSWERS)
    return Status(BECOMES, own_name(function)) if counterpart(function) else Status(REFUSED, reason(full))


def asks(function: Any) -> bool:
    """Whether NumPy asks a Tensor before it computes this: a ufunc, what dispatches, or an old name of such a one."""
    dispatches = isinstance(function, np.ufunc) or hasattr(function, "_implementation")
    return dispatches or getattr(function, "__name__", "") in numpy_protocol.NAMES


def place(name: str, part: str = "") -> str:
    """Where our function of this name is documented, in a group such as linalg or in front; nothing if nowhere."""
    front = getattr(autograd, name, None) if name in dir(autograd) else None
    for group in [part] if part or callable(front) else GROUPS:
        own = getattr(GROUPS.get(group), name, None)
        if own is not None and own is not front:
            return f"inversa.autograd.{group}.{name}"
    return f"inversa.autograd.{name}" if callable(front) else ""


def linked(name: str, part: str = "") -> str:
    """The name of our function, with a link where it is documented."""
    target = place(name, part)
    return f"{{py:func}}`~{target}`" if target else f"`{name}()`"


def grouped(pairs: Iterable[tuple[str, Key]]) -> dict[Key, list[str]]:
    """The second of each pair, with all firsts that belong to it."""
    groups: dict[Key, list[str]] = {}
    for first, second in pairs:
        groups.setdefault(second, []).append(first)
    return groups


def _total(found: dict[str, dict[str, Status]]) -> str:
    """How many of NumPy's there are of every kind."""
    kinds = [each.kind for module in MODULES if module.startswith("numpy") for each in found[module].values()]
    special = sum(each.kind in (BECOMES, CALLED) for each in found["scipy.special"].values())
    return (
        f"Of the {len(kinds)} public functions of NumPy {np.__version__} and its `linalg` and `fft`, "
        f"**{kinds.count(BECOMES)} are differentiable**, {kinds.count(ANSWERS)} answer without a gradient, "
        f"and {kinds.count(REFUSED)} have none, for a reason that is given below and in the error."
    ) + (f" {special} of `scipy.special` are differentiable." if special else "")


def _section(module: str, found: dict[str, Status]) -> Iterator[str]:
    part = module.partition(".")[2]
    kinds = grouped((name, each.kind) for name, each in found.items())
    good = [*kinds.get(BECOMES, ()), *kinds.get(CALLED, ())]
    answers = kinds.get(ANSWERS, [])
    yield f"## {module}"
    yield f"Of {len(found)} functions {len(good) or 'none'} are differentiable" + (
        f", and {len(answers)} answer without a gradient: {_code(answers)}." if answers else "."
    )
    becomes = grouped((name, found[name].text) for name in found if name in good)
    if becomes:
        yield _table((f"function of {module}", "ours"), ((_code(ns), _ours(own, part)) for own, ns in becomes.items()))
    if part == "fft":
        pairs = [linked(name, part) for name in kinds[REFUSED] if name in GROUPS[part].__all__]
        yield "Of pairs [re, im], which are real, ours are differentiable: " + ", ".join(pairs) + "."
    if CALLED in kinds:
        yield "SciPy does not ask a Tensor in some: call ours by name, " + _code(kinds[CALLED]) + "."
    reasons = grouped((name, each.text or "not known") for name, each in found.items() if each.kind == REFUSED)
    rows = sorted(reasons.items(), key=lambda item: -len(item[1]))
    yield _table(
        ("why there is no gradient of others", "", "functions"), ((why, str(len(ns)), _code(ns)) for why, ns in rows)
    )


def _ours(name: str, part: str) -> str:
    group = f"{part}.{name}"
    kind = "composition" if group in COMPOSITIONS or name in COMPOSITIONS else "operation"
    return f"{linked(name, part)}, {kind}"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
