"""The table of operations, and the order of their reference, from the declarations themselves."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator

import numpy_functions

import inversa.nn  # noqa: F401  # declares some, too
from inversa import autograd
from inversa.autograd import Operation, languages, special  # noqa: F401  # its operations are in the tables, too
from inversa.autograd.ops.composed import COMPOSITIONS

# The contents: the titles of topics with the modules of their declarations. What has none here comes last.
TOPICS = {
    "Arithmetic": ("arithmetic",),
    "Exponentials, logarithms and powers": ("elementary", "cancellation"),
    "Trigonometry": ("trigonometry",),
    "Hyperbolic functions": ("hyperbolic",),
    "Activation functions": ("activations", "gates"),
    "Rounding and remainders": ("rounding",),
    "Reductions": ("reductions", "means"),
    "Softmax": ("softmax",),
    "Cumulative sums and products": ("cumulative",),
    "Differences and integrals": ("differences",),
    "Sorting and quantiles": ("ordering",),
    "Covariance and polynomials": ("covariance",),
    "Shapes": ("shaping", "rearranging"),
    "Joining and splitting": ("joining",),
    "Selecting": ("selecting",),
    "Grids": ("grids",),
    "Padding and windows": ("padding", "windows"),
    "Convolution": ("convolution",),
    "Products": ("products", "tensor_products", "einsum", "stacks"),
    "Linear algebra": ("matrices", "inverses", "systems", "decompositions", "norms"),
    "Fourier transforms": ("fourier",),
    "Special functions": ("error_functions", "normal", "gamma", "bessel", "entropy"),
    "Losses": ("losses",),
}
USUAL = (-2.0, 2.0)  # where operations are tested that have no reason to be tested elsewhere

# Those of the library, in the order of their declarations; a program may declare more.
OPERATIONS = [op for op in Operation.registry.values() if op.__module__.startswith("inversa.")]
COMPOSED = {name: c.function for name, c in COMPOSITIONS.items() if c.function.__module__.startswith("inversa.")}


def table() -> str:
    """A heading and tables for every topic, in Markdown."""
    return "\n\n".join(part for title in topics() for part in _tabled(title)) + "\n"


def reference() -> str:
    """A heading for every topic and the directives that document its functions, in reStructuredText."""
    return "\n".join(line for title, names in topics().items() for line in _documented(title, names))


def topics() -> dict[str, list[str]]:
    """The titles of topics, with the names of operations and compositions: the former first, as they are declared."""
    modules = [(op.name, op.__module__) for op in OPERATIONS if op.name not in COMPOSED]  # which a program calls
    modules += [(name, function.__module__) for name, function in COMPOSED.items()]
    found: dict[str, list[str]] = {title: [] for title in TOPICS}
    for name, module in modules:
        found.setdefault(_title(module), []).append(name)
    return {title: names for title, names in found.items() if names}


def _documented(title: str, names: Iterable[str]) -> list[str]:
    """A heading, and what is documented below it: what the front door has."""
    public = [name for name in names if name in dir(autograd) and COMPOSED.get(name) in (None, getattr(autograd, name))]
    return [title, "-" * len(title), "", *(f".. autofunction:: {name}" for name in public), ""] if public else []


def _title(module: str) -> str:
    name = module.rpartition(".")[2]
    return next((title for title, names in TOPICS.items() if name in names), name.capitalize().replace("_", " "))


def _tabled(title: str) -> Iterator[str]:
    """A heading, and for every module of the topic what it says of itself, its operations and its compositions."""
    yield f"## {title}"
    declared = [op.__module__ for op in OPERATIONS] + [function.__module__ for function in COMPOSED.values()]
    order = TOPICS.get(title, ())
    modules = [module for module in dict.fromkeys(declared) if _title(module) == title]
    for module in sorted(modules, key=lambda module: order.index(module.rpartition(".")[2]) if order else 0):
        yield (importlib.import_module(module).__doc__ or "").strip()
        rows = [cells(op) for op in OPERATIONS if op.__module__ == module]
        if rows:
            yield "\n".join(f"| {' | '.join(row)} |" for row in [*HEAD, *rows])
        composed = [linked(name) for name, function in COMPOSED.items() if function.__module__ == module]
        if composed:
            yield "Written with operations: " + ", ".join(composed) + "."


def linked(name: str) -> str:
    """A function's name, with a link where it is documented: ``"linalg.norm"`` is not ``"norm"``."""
    part, _, short = name.rpartition(".")
    return numpy_functions.linked(short, part)


HEAD = [["operation", "y =", "local derivatives", "rule", "remarks"], ["---"] * 5]


def cells(op: Operation[...]) -> list[str]:
    """An operation's row: its name, formula, derivatives, rule, and what else must be known."""
    texts = [_of_arrays(_plain(text)) for text in op.derivatives or ("1",)]  # what only rewires multiplies by 1
    if len(texts) > 1:
        texts = [f"∂y/∂{name} = {text}" for name, text in zip(op.operands, texts, strict=True)]
    return [
        linked(op.name),
        _literal(_plain(op.notation)),
        "<br>".join(map(_literal, texts)),
        languages.texts("en").routes.get(str(op.wires)) or f"{op.rule.mark} {op.rule.names().inverse}",
        _literal("; ".join(_remarks(op))),
    ]


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
