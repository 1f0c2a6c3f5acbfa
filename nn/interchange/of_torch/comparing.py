"""Operators that compare and choose."""

from __future__ import annotations

import operator
from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.of_torch.operators import aten, put_all
from inversa.nn.interchange.of_torch.values import Axes, axes_of, numbers

for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    put_all({f"{_name}.{kind}": getattr(operator, _name) for kind in ("Tensor", "Scalar")})

for _name in ("and", "or", "xor"):
    put_all({f"bitwise_{_name}.{kind}": getattr(operator, f"__{_name}__") for kind in ("Tensor", "Scalar")})


@aten("logical_and")
def both(a: Any, b: Any) -> Any:
    """Whether neither is 0."""
    return (a != 0) & (b != 0)


@aten("logical_or")
def either(a: Any, b: Any) -> Any:
    """Whether one is not 0."""
    return (a != 0) | (b != 0)


@aten("logical_xor")
def one_of_both(a: Any, b: Any) -> Any:
    """Whether just one is not 0."""
    return (a != 0) ^ (b != 0)


@aten("logical_not")
def zero(x: Any) -> Any:
    """Whether it is 0."""
    return x == 0


@aten("bitwise_not")
def inverted(x: Any) -> Any:
    """Every bit the other way; of truth values the opposite."""
    return ~x


@aten("where.self", "where.ScalarOther", "where.ScalarSelf", "where.Scalar")
def where(condition: Any, a: Any, b: Any) -> Any:
    """Entries of a where the condition holds, of b elsewhere."""
    return ag.where(condition, a, b)


@aten("masked_fill.Scalar", "masked_fill.Tensor")
def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """The value where the mask is set."""
    return ag.where(mask, value, x)


@aten("isnan")
def is_nan(x: Any) -> Any:
    """Whether it is no number."""
    return x != x


@aten("isinf")
def is_infinite(x: Any) -> Any:
    """Whether it is ∞ or −∞."""
    return abs(x) == float("inf")


@aten("any", "any.dim", "any.dims")
def any_of(x: Any, dim: Axes = None, keepdim: bool = False) -> Any:
    """Whether one is not 0 along these axes."""
    return np.any(numbers(x) != 0, axis=axes_of(dim, x.ndim), keepdims=keepdim)


@aten("all", "all.dim", "all.dims")
def all_of(x: Any, dim: Axes = None, keepdim: bool = False) -> Any:
    """Whether none is 0 along these axes."""
    return np.all(numbers(x) != 0, axis=axes_of(dim, x.ndim), keepdims=keepdim)
