"""Comparisons, logic, bits, and choices by them."""

from __future__ import annotations

import operator as python
from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.reading.operators import Function, operator, put_all
from inversa.nn.interchange.reading.values import allowed, broadcast, numbers


def _of_two(function: Function) -> Function:
    def run(a: Any, b: Any) -> Any:
        broadcast(a, b)
        return function(a, b)

    return run


put_all(
    {
        "Less": python.lt, "LessOrEqual": python.le, "Greater": python.gt, "GreaterOrEqual": python.ge,
        "Equal": python.eq, "And": python.and_, "Or": python.or_, "Xor": python.xor,
        "BitwiseAnd": python.and_, "BitwiseOr": python.or_, "BitwiseXor": python.xor,
    },
    _of_two,
)  # fmt: skip


@operator("Not", "BitwiseNot")
def invert(x: Any) -> Any:
    """Of truth values, or of bits."""
    return ~x


@operator("IsNaN")
def is_nan(x: Any) -> Any:
    """Nothing else differs from itself."""
    return x != x


@operator("IsInf")
def is_inf(x: Any, *, detect_negative: int, detect_positive: int) -> Any:
    """∞, −∞ or both."""
    allowed("detect_negative", detect_negative, (0, 1))
    allowed("detect_positive", detect_positive, (0, 1))
    found = np.zeros(x.shape, bool)
    if detect_negative:
        found = found | (x == -np.inf)
    return found | (x == np.inf) if detect_positive else found


@operator("Where")
def where(condition: Any, a: Any, b: Any) -> Any:
    """Entries of a where the condition holds, of b elsewhere."""
    broadcast(condition, a, b)
    return ag.where(condition, a, b)


@operator("ArgMax")
def argmax(x: Any, *, axis: int, keepdims: int, select_last_index: int = 0) -> Any:
    """Where the largest entry is: the first of them, or the last."""
    return _place(np.argmax, numbers(x), axis, keepdims, select_last_index)


@operator("ArgMin")
def argmin(x: Any, *, axis: int, keepdims: int, select_last_index: int = 0) -> Any:
    """Where the smallest entry is."""
    return _place(np.argmin, numbers(x), axis, keepdims, select_last_index)


def _place(function: Function, x: Any, axis: int, keepdims: int, last: int) -> Any:
    allowed("keepdims", keepdims, (0, 1))
    if allowed("select_last_index", last, (0, 1)):
        found = x.shape[axis] - 1 - function(np.flip(x, axis), axis)
    else:
        found = function(x, axis)
    return np.expand_dims(found, axis) if keepdims else np.asarray(found)
