"""Values and Tensors among NumPy's numbers, arrays and functions; types of numbers."""

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

import inversa.autograd as ours
from inversa.autograd import Tensor, Value, abs, exp, power, sin, where

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
    "data", ["a", None, [None], 1j, [1j], ["1"], object(), np.array(["2020-01-01"], dtype="M8[D]")], ids=str
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


# NumPy's functions.

UFUNCS = [np.exp, np.expm1, np.log, np.log1p, np.sqrt, np.sin, np.cos, np.tanh, np.absolute, np.negative, np.sign]


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda u: u.__name__)
def test_ufunc_of_one(ufunc: np.ufunc) -> None:
    v, t = Value(0.7), Tensor([0.7, 1.2], requires_grad=True)
    assert type(ufunc(v)) is Value
    assert type(ufunc(t)) is Tensor
    assert ufunc(v).data == pytest.approx(ufunc(0.7))
    assert close(ufunc(t).data, ufunc(t.numpy()))
    assert ufunc(t).requires_grad


@pytest.mark.parametrize(
    "ufunc",
    [np.add, np.subtract, np.multiply, np.divide, np.true_divide, np.power, np.float_power, np.maximum, np.minimum],
    ids=lambda u: u.__name__,
)
def test_ufunc_of_two(ufunc: np.ufunc) -> None:
    array, v, t = np.array([0.7, 1.2]), Value(2.0), Tensor([0.5, 3.0], requires_grad=True)
    for a, b in ((array, t), (t, array), (t, v), (v, t), (t, t), (np.float64(2.0), t), (np.float64(2.0), v), (v, v)):
        y = ufunc(a, b)
        plain = [x.data if isinstance(x, (Value, Tensor)) else x for x in (a, b)]
        assert y.requires_grad
        assert close(y.data, ufunc(*plain))


def test_matmul_with_arrays_on_either_side() -> None:
    A, t = np.arange(6.0).reshape(2, 3), Tensor([1.0, 2.0, 3.0], requires_grad=True)
    for y in (A @ t, np.matmul(A, t), t @ A.T):
        assert y.data.tolist() == [8.0, 26.0]
    with pytest.raises((TypeError, ValueError)):
        A @ Value(2.0)  # type: ignore[operator]


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda t: np.sum(t, axis=0),
    "sum of all": np.sum,
    "mean": lambda t: np.mean(t, axis=-1, keepdims=True),
    "max": lambda t: np.max(t, axis=0),
    "amax": lambda t: np.amax(t),
    "min": lambda t: np.min(t, axis=(0, 1)),
    "prod": lambda t: np.prod(t, axis=1),
    "var": lambda t: np.var(t, axis=0, ddof=1),
    "where": lambda t: np.where(np.array([True, False, True]), t, 0.0),
    "concatenate": lambda t: np.concatenate([t, np.ones((1, 3))], axis=0),
    "stack": lambda t: np.stack([t, t], axis=1),
    "reshape": lambda t: np.reshape(t, (3, 2)),
    "transpose": np.transpose,
    "permute_dims": lambda t: np.permute_dims(t, (1, 0)),
    "broadcast_to": lambda t: np.broadcast_to(t, (2, 2, 3)),
    "clip": lambda t: np.clip(t, 0.5, 1.5),
    "einsum": lambda t: np.einsum("ij,kj->ik", t, np.ones((4, 3))),
    "matmul": lambda t: np.matmul(t, np.ones((3, 1))),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_array_function(name: str) -> None:
    t = Tensor([[0.2, 1.1, 1.9], [0.7, 0.6, 2.3]], requires_grad=True)
    y = FUNCTIONS[name](t)
    assert type(y) is Tensor
    assert y.requires_grad
    assert close(y.data, FUNCTIONS[name](t.numpy()))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.arctan(x), lambda x: np.add(x, x, out=np.zeros(2)), lambda x: np.add.reduce(x),
        lambda x: np.exp(x, where=np.array([True, False])), lambda x: np.arctan2(x, x), lambda x: np.floor(x),
    ],
)  # fmt: skip
def test_unsupported_ufuncs_name_the_alternative(call: Callable[[Any], Any]) -> None:
    for node in (Value(1.0), Tensor([1.0, 2.0])):
        with pytest.raises(TypeError, match=r"no gradient here.*(tanh|instead).*item\(\).*operation|a = a \+ b"):
            call(node)


@pytest.mark.parametrize("call", [np.sort, np.median, np.linalg.norm, np.cumsum, np.dot, np.std])
def test_unsupported_functions_name_the_alternative(call: Any) -> None:
    arguments = [Tensor([1.0, 2.0])] * (2 if call is np.dot else 1)
    with pytest.raises(TypeError, match=r"numpy\.[a-z.]+ .*no gradient here.*numpy\(\)"):
        call(*arguments)


@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.sum(t, 0, np.float32),
        lambda t: np.mean(t, 0, np.float64),
        lambda t: np.var(t, 0, None, None, 1),
        lambda t: np.sum(t, where=[True, False, True]),
        lambda t: np.sum(t, dtype=np.float32),
    ],
    ids=["sum dtype", "mean dtype", "var ddof", "sum where", "sum dtype="],
)
def test_numpys_own_argument_order_is_honoured_or_refused(call: Callable[[Any], Any]) -> None:
    """NumPy's third argument of sum is dtype, ours keepdims: mistaking one for the other would be silent."""
    t = Tensor([[1.0, 2.0, 4.0], [3.0, 5.0, 6.0]], requires_grad=True)
    try:
        y = call(t)
    except TypeError:
        return
    assert close(y.data, call(t.numpy()))


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


def test_pickling_is_refused() -> None:
    for node in (Value(1.0), Tensor([1.0]), Value(1.0) * 2.0):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="pickle"):
                pickle.dumps(node, protocol)
    with pytest.raises(TypeError, match="only leaves"):
        copy.copy(Value(1.0) * 2.0)


# Operations on plain numbers and arrays: no graph, plain results.


def test_operations_on_plain_operands() -> None:
    assert type(exp(1.0)) is float
    assert type(power(2, 3)) is float
    assert type(sin(np.array([1.0]))) is np.ndarray
    assert where(np.array([True, False]), 1.0, 2.0).tolist() == [1.0, 2.0]
    assert close(ours.sign(np.float64(-2.0)), -1.0)
    assert close(ours.softmax([1.0, 1.0]), [0.5, 0.5])
    assert ours.sum([[1.0, 2.0]]) == 3.0


def test_where_with_an_array_of_conditions_over_values() -> None:
    """Two Values, chosen between at several places: an array, or an error that says what to use."""
    a, b = Value(1.0), Value(2.0)
    try:
        y = where(np.array([True, False, True]), a, b)
    except TypeError as error:
        assert "Tensor" in str(error)  # noqa: PT017
        return
    y.sum().backward()
    assert (a.grad, b.grad) == (2.0, 1.0)


def test_condition_of_nodes() -> None:
    x, flag = Tensor([1.0, -2.0], requires_grad=True), Tensor([True, False])
    where(flag, x, 10.0 * x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [1.0, 10.0]


# Indexing.


@pytest.mark.parametrize(
    "index",
    [
        0,
        -1,
        slice(None, None, -1),
        (slice(None), -1),
        (None, 0),
        ...,
        (),
        [1, 0, 1],
        [],
        np.array([[0, 1], [1, 1]]),
        np.int64(1),
        np.array([True, False]),
        (np.array([True, False]), slice(1)),
        ([0, 1], [2, 2]),
        np.ones((2, 3), bool),
        (..., [0, 0]),
        slice(0, 0),
        True,
        (slice(None), np.array([], int)),
        ([[0], [1]], [0, 2]),
    ],
    ids=repr,
)
def test_every_kind_of_index(index: Any) -> None:
    t = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    y = t[index]
    assert np.array_equal(y.data, t.numpy()[index])
    weights = np.arange(1.0, y.size + 1).reshape(y.shape)
    y.backward(weights)
    expected = np.zeros((2, 3))
    np.add.at(expected, index, weights)
    assert np.array_equal(t.grad, expected)
    flow = t[index].inverse().run(Tensor(weights, requires_grad=True), record=True)[t]
    assert np.array_equal(flow.data, expected)


@pytest.mark.parametrize(
    "index",
    [Tensor([1, 0]), (Tensor([1, 0]), Tensor([2, 2])), Tensor([True, False]), [Tensor(1), Tensor(0)]],
    ids=["Tensor", "tuple", "mask", "list"],
)
def test_nodes_inside_an_index(index: Any) -> None:
    t = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    y = t[index]
    assert y.requires_grad
    y.backward(np.ones(y.shape))


def test_index_out_of_range_names_the_shape() -> None:
    with pytest.raises(IndexError, match=r"\(2, 3\)"):
        Tensor(np.zeros((2, 3)))[5]


def test_shapes_from_numpy_integers() -> None:
    t = Tensor(np.arange(6.0), requires_grad=True)
    assert t.reshape(np.int64(2), np.int64(3)).shape == (2, 3)
    assert t.reshape(np.int64(6)).shape == (6,)
    assert t.reshape([3, 2]).shape == (3, 2)
    assert t.sum(axis=np.int64(0)).shape == ()  # type: ignore[arg-type]


def test_tensor_of_conditions_over_plain_numbers() -> None:
    assert np.asarray(where(Tensor([True, False]), 1.0, 2.0)).tolist() == [1.0, 2.0]
    assert np.asarray(where(Tensor(True), 1.0, 2.0)).tolist() == 1.0


ARRAYS_OF_A_VALUE: dict[str, Callable[[Value], Any]] = {
    "einsum": lambda v: ours.einsum("i,->i", np.ones(3), v),
    "transpose": lambda v: ours.transpose(v),
    "var": lambda v: ours.var(v) + v,
    "logsumexp": lambda v: ours.logsumexp(v),
    "astype": lambda v: ours.astype(v, "float64"),
    "getitem": lambda v: ours.getitem(v, None),
    "sum": lambda v: ours.sum(v),
    "max": lambda v: ours.max(v),
    "prod": lambda v: ours.prod(v),
    "broadcast_to": lambda v: ours.broadcast_to(v, (2, 2)),
    "reshape": lambda v: ours.reshape(v, (1, 1)),
}


@pytest.mark.parametrize("name", ARRAYS_OF_A_VALUE)
def test_operations_on_arrays_take_a_value_as_an_array_of_no_axes(name: str) -> None:
    v = Value(3.0)
    y = ARRAYS_OF_A_VALUE[name](v)
    assert type(y) is Tensor
    y.backward(np.ones(y.shape))
    assert type(v.grad) is float
    assert v.grad == pytest.approx(float(y.size))


@pytest.mark.parametrize("name", ["transpose", "astype", "sum", "logsumexp", "max", "getitem", "reshape"])
@pytest.mark.parametrize("record", [False, True])
def test_a_value_as_seed_of_a_tensor(name: str, record: bool) -> None:
    """In record mode the flow through an array of no axes may itself be a Value."""
    t = Tensor(3.0, requires_grad=True)
    y = {
        "transpose": lambda: t.T,
        "astype": lambda: t.astype("float64"),
        "sum": lambda: t.sum(),
        "logsumexp": lambda: ours.logsumexp(t),
        "max": lambda: t.max(),
        "getitem": lambda: t[...],
        "reshape": lambda: t.reshape(()),
    }[name]()
    flow = y.inverse().run(Value(2.0), record=record)[t]
    assert float(flow.item() if record else flow) == 2.0


def test_nodes_in_a_list_are_not_copied_out_of_their_graph() -> None:
    t = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match="stack"):
        Tensor([t[0], t[1]])


@pytest.mark.parametrize("dtype", [int, complex, str, bool])
def test_only_floating_point_types_are_converted_to(dtype: type) -> None:
    with pytest.raises(TypeError, match="floating-point"):
        Tensor([1.0], requires_grad=True).astype(dtype)


def test_what_to_write_instead() -> None:
    t = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match="a @ b"):
        np.dot(t, t)
    array = np.ones(2)
    with pytest.raises(TypeError, match=r"a = a \+ b"):
        array += t
    assert np.clip(t, a_min=0.0, a_max=1.5).tolist() == [1.0, 1.5]
