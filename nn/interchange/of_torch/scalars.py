"""What programs do with lengths, and with lists of results; and what they insist on."""

from __future__ import annotations

import operator
from typing import Any

from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.operators import aten, put_all

PYTHON = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "neg", "pow", "eq", "ne", "lt", "le", "gt", "ge", "and_", "or_",
    "getitem",
)  # fmt: skip

put_all({f"python.{name}": getattr(operator, name) for name in PYTHON})


@aten("sym_size.int")
def length(x: Any, dim: int) -> int:
    """How long an axis is."""
    return int(x.shape[dim])


@aten("python.sym_float")
def as_float(n: Any) -> float:
    """A length as a number."""
    return float(n)


@aten("_assert_scalar")
def insist(condition: Any, message: str = "") -> None:
    """Raise unless a condition on lengths holds."""
    if not condition:
        raise InterchangeError(f"the program is for inputs of other lengths: {message}")


@aten("_assert_tensor_metadata")
def insist_on_form(x: Any, size: Any = None, stride: Any = None, dtype: Any = None) -> None:
    """What every step checks anyway."""
