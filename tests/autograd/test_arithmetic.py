"""Values and Tensors among Python's and NumPy's numbers: mixed arithmetic, types, comparisons, copies."""

from __future__ import annotations

import copy
import math
import operator
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from inversa.autograd import Tensor, Value, abs, relu, where

from .numeric import close

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
by_operator = pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.__name__)

# Mixed arithmetic.


@by_operator
@pytest.mark.parametrize(
    "number",
    [2, 2.0, True, Fraction(5, 2), np.float64(2.5), np.float32(2.5), np.int64(2), np.float16(2.5)],
    ids=lambda n: type(n).__name__,
)
def test_value_with_a_number_on_either_side(op: Callable[[Any, Any], Any], number: Any) -> None:
    v = Value(1.5)
    left, right = op(v, number), op(number, v)
    assert type(left) is type(right) is Value
    assert left.data == pytest.approx(op(1.5, float(number)))
    assert right.data == pytest.approx(op(float(number), 1.5))
    right.backward()
    assert type(v.grad) is float


@by_operator
@pytest.mark.parametrize(
    "other",
    [[1.0, 2.0], np.array([1.0, 2.0]), np.float64(2.5), 2, 2.5, Value(2.5), Tensor([1.0, 2.0])],
    ids=lambda n: type(n).__name__,
)
def test_tensor_with_anything_on_either_side(op: Callable[[Any, Any], Any], other: Any) -> None:
    t = Tensor([1.5, 0.5], requires_grad=True)
    plain = other.data if isinstance(other, (Value, Tensor)) else np.asarray(other)
    left, right = op(t, other), op(other, t)
    assert type(left) is type(right) is Tensor
    assert close(left.data, op(t.data, plain))
    assert close(right.data, op(plain, t.data))
    (left * right).sum().backward()
    assert t.grad is not None
    assert t.grad.shape == (2,)


@by_operator
def test_value_and_tensor_meet(op: Callable[[Any, Any], Any]) -> None:
    v, t = Value(1.5), Tensor([[2.0, 0.5]], requires_grad=True)
    for y in (op(v, t), op(t, v)):
        y.sum().backward()
    assert type(v.grad) is float
    assert t.grad is not None
    assert t.grad.shape == (1, 2)


@by_operator
@pytest.mark.parametrize(
    "array",
    [np.array([1.0, 2.0]), np.array(["a"]), np.array([1, None]), np.ones((0,))],
    ids=["floats", "strings", "objects", "empty"],
)
def test_array_with_a_value_is_refused(op: Callable[[Any, Any], Any], array: Any) -> None:
    v = Value(2.0)
    with pytest.raises(TypeError, match="Tensor"):
        op(array, v)
    with pytest.raises(TypeError, match="Tensor"):
        op(v, array)


@by_operator
@pytest.mark.parametrize("other", ["2", None, 1j, object()], ids=["str", "None", "complex", "object"])
def test_nonsense_operands_are_refused(op: Callable[[Any, Any], Any], other: Any) -> None:
    for node in (Value(2.0), Tensor([2.0])):
        with pytest.raises(TypeError):
            op(node, other)
        with pytest.raises(TypeError):
            op(other, node)


def test_all_forms_of_power() -> None:
    v = Value(3.0)
    (v**2 + 2**v + v**v).backward()
    assert v.grad == pytest.approx(6 + 8 * math.log(2) + 27 * (1 + math.log(3)))


def test_builtin_functions() -> None:
    v, t = Value(-1.5), Tensor([-1.5, 2.0], requires_grad=True)
    assert __builtins__["abs"](v).data == 1.5 if isinstance(__builtins__, dict) else True
    assert abs(t).tolist() == [1.5, 2.0]
    assert (+v) is v
    assert (-t).tolist() == [1.5, -2.0]
    assert sum([v, v, v]).data == -4.5  # type: ignore[attr-defined]
    assert max(v, Value(1.0)).data == 1.0
    assert f"{v:.2f}" == "-1.50"
    assert sorted([Value(2.0), Value(1.0)])[0].data == 1.0


@pytest.mark.parametrize("function", [float, int, math.exp, math.sqrt, np.float64, complex])
def test_silent_cuts_of_the_graph_are_refused(function: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError):
        function(Value(2.0))


# What may be put in.


@pytest.mark.parametrize(
    "data",
    [np.array([1.0]), np.array(1.0), [1.0], (1.0,), Tensor(1.0), Value(1.0), "1", None, 1j, object()],
    ids=lambda d: type(d).__name__,
)
def test_value_of_something_else(data: Any) -> None:
    with pytest.raises(TypeError, match="Value holds"):
        Value(data)


@pytest.mark.parametrize(
    "data",
    ["a", None, [None], 1j, [1j], ["1"], object(), np.array(["2020-01-01"], dtype="M8[D]")],
    ids=["text", "None", "list of None", "complex", "list of complex", "list of text", "object", "dates"],
)
def test_tensor_of_something_else(data: Any) -> None:
    with pytest.raises(TypeError, match="real numbers"):
        Tensor(data)


def test_values_do_not_vanish_into_arrays() -> None:
    v = Value(1.0)
    for swallow in (np.array, np.asarray, Tensor, np.stack, np.concatenate):
        with pytest.raises(TypeError):
            swallow([v, v])
    for dtype in (object, float):
        with pytest.raises(TypeError):
            np.array([v], dtype=dtype)
    with pytest.raises(TypeError):
        np.array([1.0, 2.0])[0:1] = v  # type: ignore[call-overload]


def test_object_arrays_are_refused() -> None:
    boxed = np.empty(2, dtype=object)
    boxed[0] = boxed[1] = 1.0
    for node in (Value(2.0), Tensor([1.0, 2.0])):
        with pytest.raises(TypeError):
            boxed * node
        with pytest.raises(TypeError):
            node * boxed


def test_bool_and_integer_tensors() -> None:
    for data in ([1, 2], [True, False], np.uint8(3)):
        assert not Tensor(data).requires_grad  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="cannot require a gradient"):
            Tensor(data, requires_grad=True)  # type: ignore[arg-type]
        t = Tensor(data)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="cannot require a gradient"):
            t.requires_grad = True
        assert not t.requires_grad
    assert Tensor([1, 2], requires_grad=True, dtype=float).requires_grad


def test_integers_among_floats() -> None:
    labels, w = Tensor([1, 2]), Tensor([0.5, 0.25], requires_grad=True)
    (labels * w).sum().backward()
    assert labels.grad is None
    assert w.grad is not None
    assert w.grad.tolist() == [1.0, 2.0]


# Types of numbers.


def test_single_precision_stays() -> None:
    t = Tensor(np.array([1.0, 2.0], np.float32), requires_grad=True)
    y = (
        (2 * t + 1.0) / 3 - t**2 + t * Value(0.5) + where(t > 1, t, 0.0) + t.clip(0.0, 1.5)
        if hasattr(t, "clip")
        else 2 * t
    )
    assert y.dtype == np.float32
    loss = (y.tanh().softmax() * y.mean()).sum().log()
    assert loss.dtype == np.float32
    loss.backward()
    assert t.grad is not None
    assert t.grad.dtype == np.float32


@pytest.mark.parametrize(
    "other",
    [
        np.float64(2.0),
        np.float32(2.0),
        np.array([1.0, 2.0]),
        np.array([1, 2]),
        np.array([1.0, 2.0], np.float16),
        3,
        2.5,
        True,
    ],
    ids=repr,
)
def test_mixing_follows_numpy(other: Any) -> None:
    array = np.array([1.0, 2.0], np.float32)
    t = Tensor(array, requires_grad=True)
    assert (t * other).dtype == (array * other).dtype
    assert (other + t).dtype == (other + array).dtype
    (other * t).sum().backward()
    assert t.grad is not None
    assert t.grad.dtype == np.float32


def test_each_gradient_has_its_inputs_type() -> None:
    a = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    b = Tensor(np.ones((3, 2)), requires_grad=True)
    y = (a @ b).sum()
    assert y.dtype == np.float64
    y.backward()
    assert a.grad is not None
    assert b.grad is not None
    assert (a.grad.dtype, b.grad.dtype) == (np.float32, np.float64)
    assert (a * b.T).dtype == np.float64


# Comparisons, conversion, copies.


def test_comparisons_are_plain() -> None:
    v, t = Value(2.0), Tensor([1.0, 3.0], requires_grad=True)
    assert (v > 1) is True
    assert (v <= Value(1.0)) is False
    assert (v == 2.0) is True
    assert (v != Value(2.0)) is False
    assert (2.0 == v) is True  # noqa: SIM300
    assert v != "2"
    assert (v == None) is False  # noqa: E711
    for result in (
        t > 2,
        t < v,
        np.array([2.0, 2.0]) < t,
        t == [1.0, 2.0],
        t != np.array([0.0, 3.0]),
        np.greater(t, v),
        v < t,
    ):
        assert type(result) is np.ndarray
        assert result.dtype == bool
    assert (t > 2).tolist() == [False, True]
    assert (np.array([2.0, 2.0]) < t).tolist() == [False, True]
    assert (np.float64(2.5) > v) is True or (np.float64(2.5) > v) == np.True_


def test_nodes_are_told_apart_by_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    assert len({a, b}) == 2
    assert {a: "a", b: "b"}[b] == "b"
    t, u = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])
    assert len({t: 1, u: 2}) == 2


def test_truth() -> None:
    assert Value(1.0)
    assert not Value(0.0)
    assert not Tensor(0.0)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Tensor([1.0, 2.0]))


def test_item_and_tolist() -> None:
    assert Value(2.0).item() == 2.0
    assert type(Tensor([[2.0]]).item()) is float
    with pytest.raises(ValueError, match=r"\(2,\)"):
        Tensor([1.0, 2.0]).item()
    assert Tensor([[1.0], [2.0]]).tolist() == [[1.0], [2.0]]


def test_iteration_and_length() -> None:
    t = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert len(t) == 2
    first, second = t
    (first * second).sum().backward()
    assert t.grad is not None
    assert t.grad.tolist() == [[3.0, 4.0], [1.0, 2.0]]
    with pytest.raises(TypeError):
        len(Tensor(1.0))
    with pytest.raises(TypeError):
        list(Tensor(1.0))


def test_leaves_are_pickled_and_copied_and_computed_nodes_are_not() -> None:
    x, t = Value(1.5, name="x"), Tensor(np.ones(2, "float32"))
    x.grad = 2.0
    for clone in (lambda node: pickle.loads(pickle.dumps(node)), copy.copy, copy.deepcopy):
        other, array = clone(x), clone(t)
        assert (type(other), other.data, other.grad, other.name, other.requires_grad) == (Value, 1.5, 2.0, "x", True)
        assert (array.dtype, array.requires_grad, array.grad) == (np.float32, False, None)
        array[...] = 7.0
        assert t.tolist() == [1.0, 1.0]
        with pytest.raises(TypeError, match="only leaves are copied and pickled"):
            clone(x * 2.0)
    assert pickle.loads(pickle.dumps(relu)) is copy.deepcopy(relu) is relu
