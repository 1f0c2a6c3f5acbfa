"""The table of operations, and the order of their reference, from the declarations themselves."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

import inversa.nn  # noqa: F401  # declares some, too
from inversa import autograd
from inversa.autograd import Operation, languages, special
from inversa.autograd.ops.composed import COMPOSITIONS

# Those of the library, in the order of their declarations, a topic after the other; a program may declare more.
OPERATIONS = [op for op in Operation.registry.values() if op.__module__.startswith("inversa.")]
USUAL = (-2.0, 2.0)  # where operations are tested that have no reason to be tested elsewhere


def table() -> str:
    """A heading and a table for every topic, in Markdown."""
    return "\n\n".join(part for module, operations in _topics() for part in _tabled(module, operations)) + "\n"


def reference() -> str:
    """A heading for every topic and the directives that document its operations, in reStructuredText."""
    lines = []
    for module, operations in _topics():
        if operations[0].name not in dir(autograd):
            continue  # a part of something else, which is documented
        # Of the two of one name, the composition is what a program calls.
        lines += _documented(module, (op.name for op in operations if op.name not in COMPOSITIONS))
    own = [c.function for c in COMPOSITIONS.values() if c.function.__module__.startswith("inversa.")]
    for module, functions in groupby(own, lambda function: function.__module__):
        public = (f.__name__ for f in functions if getattr(autograd, f.__name__, None) is f)  # there are two norms
        lines += _documented(module, public)
    return "\n".join(lines)


def _documented(module: str, names: Iterable[str]) -> list[str]:
    """A heading, and what is documented below it: what the front door has."""
    title, public = _title(module), [name for name in names if name in dir(autograd)]
    return [title, "-" * len(title), "", *(f".. autofunction:: {name}" for name in public), ""] if public else []


def _topics() -> Iterator[tuple[str, list[Operation[...]]]]:
    """Every module of declarations with what it declares."""
    for module, operations in groupby(OPERATIONS, lambda op: op.__module__):
        yield module, list(operations)


def _title(module: str) -> str:
    name = module.rpartition(".")[2]
    return {"linalg": "Linear algebra"}.get(name, name.capitalize().replace("_", " "))


def _tabled(module: str, operations: list[Operation[...]]) -> Iterator[str]:
    yield f"## {_title(module)}"
    yield (importlib.import_module(module).__doc__ or "").strip()
    rows = ["operation | y = | local derivatives | rule | remarks", "---|---|---|---|---"]
    rows += [" | ".join(cells(op)) for op in operations]
    yield "\n".join(f"| {row} |" for row in rows)


def cells(op: Operation[...]) -> list[str]:
    """An operation's row: its name, formula, derivatives, rule, and what else must be known."""
    texts = [_of_arrays(_plain(text)) for text in op.derivatives or ("1",)]  # what only rewires multiplies by 1
    if len(texts) > 1:
        texts = [f"∂y/∂{name} = {text}" for name, text in zip(op.operands, texts, strict=True)]
    return [
        _name(op),
        _literal(_plain(op.notation)),
        "<br>".join(map(_literal, texts)),
        languages.texts("en").routes.get(str(op.wires)) or f"{op.rule.mark} {op.rule.names().inverse}",
        _literal("; ".join(_remarks(op))),
    ]


def _name(op: Operation[...]) -> str:
    """Its name, with a link to where it is documented."""
    for place, names in (("autograd", dir(autograd)), ("autograd.special", special.__all__)):
        if op.name in names:
            return f"{{py:func}}`~inversa.{place}.{op.name}`"
    return f"`{op.name}()`"


def _remarks(op: Operation[...]) -> Iterator[str]:
    if op.kinks:
        yield "kink at " + " and ".join(f"{x:g}".replace("-", "−") for x in op.kinks)
    if op.convention:
        yield op.convention
    if op.elementwise:
        for name, domain in zip(op.operands, op.domain, strict=True):
            if domain != USUAL:
                yield f"tested for {name} from {domain[0]:g} to {domain[1]:g}".replace("-", "−")
    if op.composition is not None:
        yield "several operations in one step"


def _plain(text: str) -> str:
    """A text of a declaration with the operands' own names: ``{a} · {b}`` becomes a · b."""
    return text.replace("{", "").replace("}", "")


def _of_arrays(text: str) -> str:
    """A product with a matrix has a place for what comes in, δ: ``· bᵀ`` becomes δ · bᵀ."""
    return re.sub(r"·$", "· δ", re.sub(r"^·", "δ ·", text))


def _literal(text: str) -> str:
    """A text in which nothing has a meaning for Markdown."""
    return re.sub(r"([|*_\[\]^~])", r"\\\1", text)
