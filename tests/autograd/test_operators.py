"""The operators of Values: made from the operations, the same in every mode, and without detours."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from contextlib import nullcontext
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from inversa.autograd import (
    Operation,
    Tensor,
    Value,
    add,
    detect_anomaly,
    divide,
    exp,
    floor_divide,
    grad,
    multiply,
    no_grad,
    power,
    remainder,
    subtract,
    tanh,
)
from inversa.autograd.mode import Call, mode

OPERATORS: list[tuple[Any, Any, Operation[...]]] = [
    (operator.add, operator.iadd, add),
    (operator.sub, operator.isub, subtract),
    (operator.mul, operator.imul, multiply),
    (operator.truediv, operator.itruediv, divide),
    (operator.pow, operator.ipow, power),
    (operator.floordiv, operator.ifloordiv, floor_divide),
    (operator.mod, operator.imod, remainder),
]
each_operator = pytest.mark.parametrize(("apply", "in_place", "op"), OPERATORS, ids=[op.name for _, _, op in OPERATORS])

NUMBERS: list[Any] = [
    *(2.0, -0.0, float("inf"), float("nan"), 1e308),
    *(2, 0, 2**53 + 1, True),
    *(np.float64(0.1), np.float32(0.1), np.int64(3), np.array(2.0)[()], Fraction(1, 3)),
]
MODES: dict[str, Callable[[], Any]] = {
    "usual": nullcontext,
    "no_grad": no_grad,
    "in a module": lambda: mode(module=Call.inside(None, "hidden")),
    "constants": lambda: mode(constants=True),
    "anomaly": detect_anomaly,
    "constants without recording": lambda: mode(constants=True, recording=False),
}


def described(x: Any) -> Any:
    """All that a node is, down to its leaves, numbers to the last bit."""
    if not isinstance(x, Value):
        return x
    inputs = tuple(map(described, x.inputs))
    return type(x), x.data.hex(), x.op, x.params, x.name, x.module, x.grad, x.requires_grad, inputs


def same(found: Callable[[], Any], expected: Callable[[], Any]) -> None:
    """Both give the same node, or raise the same."""
    results = []
    for compute in (found, expected):
        try:
            results.append(described(compute()))
        except (ArithmeticError, TypeError, ValueError) as error:
            results.append((type(error), str(error).partition(", at ")[0]))
    assert results[0] == results[1]


@each_operator
@pytest.mark.parametrize("block", MODES)
@pytest.mark.parametrize("requires", [True, False])
def test_an_operator_is_its_operation(apply: Any, in_place: Any, op: Any, block: str, requires: bool) -> None:
    a, b = Value(-1.5, requires_grad=requires, name="a"), Value(0.5, requires_grad=False, name="b")
    y = exp(a)
    with MODES[block]():
        for other in (a, b, y, *NUMBERS):
            same(lambda x=other: apply(y, x), lambda x=other: op(y, x))
            same(lambda x=other: apply(b, x), lambda x=other: op(b, x))
            same(lambda x=other: in_place(y, x), lambda x=other: op(y, x))
            same(lambda x=other: apply(x, y), lambda x=other: op(x, y))
            same(lambda x=other: apply(x, b), lambda x=other: op(x, b))


@each_operator
def test_numbers_become_constants_that_are_pythons_floats(apply: Any, in_place: Any, op: Any) -> None:
    for number in NUMBERS:
        left, right = apply(Value(2.0), number).inputs[1], apply(number, Value(2.0)).inputs[0]
        for constant in (left, right, in_place(exp(Value(2.0)), number).inputs[1]):
            assert type(constant) is Value
            assert type(constant.data) is float
            assert constant.is_leaf
            assert not constant.requires_grad
            assert constant.grad is None


@each_operator
@pytest.mark.parametrize("number", [1j, Decimal(1), "1", None, [1.0, "x"], object(), 10**400, np.bool_(True)])
def test_what_is_no_number_is_refused_as_by_the_operation(apply: Any, in_place: Any, op: Any, number: Any) -> None:
    a = Value(2.0)
    for wrong in (lambda: apply(a, number), lambda: apply(number, a), lambda: in_place(a, number)):
        with pytest.raises((TypeError, OverflowError)):
            wrong()
    same(lambda: apply(a, number), lambda: op(a, number))
    assert a.data == 2.0


@each_operator
def test_a_tensor_gives_a_tensor_and_an_array_is_refused(apply: Any, in_place: Any, op: Any) -> None:
    a, tensor, array = Value(2.0), Tensor([1.0, 3.0], requires_grad=True), np.array([1.0, 3.0])
    for y, expected in ((apply(a, tensor), op(a, tensor)), (apply(tensor, a), op(tensor, a))):
        assert isinstance(y, Tensor)
        assert y.op is op
        assert y.tolist() == expected.tolist()
    for wrong in (lambda: apply(a, array), lambda: apply(array, a), lambda: in_place(a, array)):
        with pytest.raises(TypeError, match="use Tensor"):
            wrong()


class Weight(Value):
    """A subclass, as users make them."""

    __slots__ = ()


@each_operator
def test_subclasses_compute_as_values_do(apply: Any, in_place: Any, op: Any) -> None:
    w, v = Weight(2.5), Value(2.5)
    for y, expected in [
        (apply(w, w), apply(v, v)),
        (apply(w, 2), apply(v, 2)),
        (apply(2, w), apply(2, v)),
        (apply(v, w), apply(v, v)),
        (apply(w, v), apply(v, v)),
    ]:
        assert type(y) is Value
        assert (y.data, y.op) == (expected.data, expected.op)
        assert y.requires_grad
    with no_grad():
        x = w
        x = in_place(x, 2)
        assert x is w


def calls(compute: Callable[[], Any]) -> int:
    """How many functions of Python are called."""
    count = 0

    def notice(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(notice)
    try:
        compute()
    finally:
        sys.setprofile(None)
    return count


def test_a_number_or_a_name_makes_no_detour() -> None:
    """What costs time is what is called; counted, for times depend on what else the machine does."""
    a, b = Value(1.5), Value(0.5)
    two = calls(lambda: a * b)
    assert two <= 3  # this lambda, the operator and the declared formula
    for number in (2.0, 2, True, np.float64(2.0)):
        assert calls(lambda x=number: a * x) <= two + 1
    for number in (2.0, 2, True):
        assert calls(lambda x=number: x * a) <= two + 2
    assert calls(lambda: sum([a, b])) <= 2 * two + 2
    assert calls(lambda: tanh(a)) <= calls(a.tanh) + 5
    assert calls(lambda: multiply(a, b)) <= two + 6


def test_operators_in_transforms_and_under_the_second_derivative() -> None:
    def f(x: Any) -> Any:
        return 2 * x**3 / (1 + x) - x % 0.7 + 3 // x

    slope = grad(f)
    assert slope(1.25) == pytest.approx((f(1.25 + 1e-6) - f(1.25 - 1e-6)) / 2e-6, rel=1e-6)
    assert grad(slope)(1.25) == pytest.approx((slope(1.25 + 1e-5) - slope(1.25 - 1e-5)) / 2e-5, rel=1e-5)
