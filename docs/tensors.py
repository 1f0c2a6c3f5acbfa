"""What stands on the page of Tensor: operators, indices and functions of NumPy, found by trying them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

import inversa.nn  # noqa: F401  # declares operations, too
from inversa import autograd
from inversa.autograd import Node, Operation, Tensor, numpy_protocol

# As one writes it, with what it does to two matrices. What a Tensor does not know is left out of the tables.
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "-x": lambda x, _: -x,
    "abs(x)": lambda x, _: abs(x),
    "round(x)": lambda x, _: round(x),
    "x + y": lambda x, y: x + y,
    "x - y": lambda x, y: x - y,
    "x * y": lambda x, y: x * y,
    "x / y": lambda x, y: x / y,
    "x // y": lambda x, y: x // y,
    "x % y": lambda x, y: x % y,
    "divmod(x, y)": lambda x, y: divmod(x, y),
    "x ** y": lambda x, y: x**y,
    "x @ y": lambda x, y: x @ y,
    "x == y": lambda x, y: x == y,
    "x != y": lambda x, y: x != y,
    "x < y": lambda x, y: x < y,
    "x <= y": lambda x, y: x <= y,
    "x > y": lambda x, y: x > y,
    "x >= y": lambda x, y: x >= y,
}
INDICES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "x[0]": ("a row", lambda x: x[0]),
    "x[-1, 1]": ("an entry, from the end", lambda x: x[-1, 1]),
    "x[:, 1]": ("a column", lambda x: x[:, 1]),
    "x[::-1]": ("a slice with a step", lambda x: x[::-1]),
    "x[..., 0]": ("all axes before the last", lambda x: x[..., 0]),
    "x[None]": ("with a new axis", lambda x: x[None]),
    "x[[1, 0, 1]]": ("rows by their numbers, also several times: their gradients add up", lambda x: x[[1, 0, 1]]),
    "x[[0, 1], [1, 0]]": ("entries by their numbers, such as those of the right classes", lambda x: x[[0, 1], [1, 0]]),
    "x[x > 0]": ("entries by a condition", lambda x: x[x > 0]),
    "[row for row in x]": ("the rows, one after the other", lambda x: next(iter(x))),
}


def tables() -> str:
    """Three tables, in reStructuredText."""
    x, y = (Tensor([[1.5, 2.0], [0.5, -1.0]], requires_grad=True) for _ in range(2))
    operators = ((text, does) for text, use in OPERATORS.items() if (does := _does(use, x, y)))
    indices = ((text, words, does) for text, (words, use) in INDICES.items() if (does := _does(use, x)))
    return "\n\n".join(
        (
            "A number, an array and a Value may stand on either side of an operator; shapes are broadcast as in NumPy.",
            _table(("written", "operation"), operators),
            "Indices are those of NumPy, and gradients go back to the entries that were taken:",
            _table(("written", "takes", "operation"), indices),
            "Functions of NumPy may be called with Tensors, and are these operations:",
            _table(("NumPy's", "operation"), ((", ".join(f"np.{n}" for n in ns), op) for op, ns in _functions())),
            "Functions of ``np.linalg`` become those of :doc:`linear algebra </api/linalg>`.",
            "These answer without a gradient: " + ", ".join(f"``np.{name}``" for name in questions()) + ".",
            "Any other function of NumPy is an error, which says what to write instead.",
        )
    )


def numpy_functions() -> dict[str, str]:
    """From the names in NumPy that take Tensors to the operations that they become."""
    named = {name: function for name, function in vars(np).items() if _is_function(name, function)}
    own = {name: numpy_protocol._NAMES.get(function.__name__, function.__name__) for name, function in named.items()}
    return {
        name: op for name, op in sorted(own.items()) if op in Operation.registry and op not in numpy_protocol.QUESTIONS
    }


def questions() -> list[str]:
    """The functions of NumPy whose answers have no gradient."""
    return sorted(name for name in numpy_protocol.QUESTIONS if hasattr(np, name))


def _is_function(name: str, thing: Any) -> bool:
    return hasattr(thing, "__name__") and not (name.startswith("_") or isinstance(thing, (type, ModuleType)))


def _functions() -> Iterator[tuple[str, list[str]]]:
    """The operations that NumPy has, in the order of their declarations, with its names for them."""
    names = numpy_functions()
    for op in Operation.registry:
        if found := [name for name, own in names.items() if own == op]:
            yield _reference(op), found


def _does(use: Callable[..., Any], *tensors: Tensor) -> str:
    """The operation that was recorded, or what else comes of it; nothing if a Tensor cannot do it."""
    try:
        result = use(*tensors)
    except TypeError:
        return ""
    results = result if isinstance(result, tuple) else (result,)
    names = [_reference(each.op.name) for each in results if isinstance(each, Node) and each.op is not None]
    return ", ".join(names) or "an answer, without a gradient"


def _reference(op: str) -> str:
    return f":py:func:`~inversa.autograd.{op}`" if op in dir(autograd) else f"``{op}``"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """The first cell of a row is code."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for first, *others in [head, *(("``" + first + "``", *others) for first, *others in rows)]:
        lines += [f"   * - {first}", *(f"     - {other}" for other in others)]
    return "\n".join(lines)
