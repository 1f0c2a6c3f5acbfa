"""What stands on the page of Tensor: operators, indices and functions of NumPy, found by trying them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import numpy_functions

import inversa.nn  # noqa: F401  # declares operations, too
from inversa.autograd import Node, Operation, Tensor
from inversa.autograd.numpy_protocol import QUESTIONS
from inversa.autograd.ops.composed import COMPOSITIONS

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
            "Functions of NumPy may be called with Tensors, and become these:",
            _table(("NumPy's", "becomes"), ((", ".join(f"np.{n}" for n in ns), own) for own, ns in _functions())),
            "Functions of ``np.linalg`` become those of :doc:`linear algebra </api/linalg>`. All are in the tables of\n"
            ":doc:`functions of NumPy </numpy>`.",
            "These answer without a gradient: " + ", ".join(f"``np.{name}``" for name in questions()) + ".",
            "Any other function of NumPy is an error, which says what to write instead.",
        )
    )


def numpy_names() -> dict[str, str]:
    """From the names in NumPy that take Tensors to the operations and compositions that they become."""
    found = {name: numpy_functions.status("numpy", name) for name in numpy_functions.functions("numpy")}
    return {name: status.text for name, status in found.items() if status.kind == numpy_functions.BECOMES}


def questions() -> list[str]:
    """The functions of NumPy whose answers have no gradient."""
    return sorted(name for name in QUESTIONS if hasattr(np, name))


def _functions() -> Iterator[tuple[str, list[str]]]:
    """What the functions of NumPy become, in the order of the declarations, with NumPy's names for it."""
    names = numpy_functions.grouped(numpy_names().items())
    for own in dict.fromkeys([*Operation.registry, *COMPOSITIONS]):
        if own in names:
            yield _reference(own), names[own]


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
    target = numpy_functions.place(op)
    return f":py:func:`~{target}`" if target else f"``{op}``"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """The first cell of a row is code."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for first, *others in [head, *(("``" + first + "``", *others) for first, *others in rows)]:
        lines += [f"   * - {first}", *(f"     - {other}" for other in others)]
    return "\n".join(lines)
