"""NumPy's functions of nodes, and our operations on plain numbers and arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import inversa.autograd as ours
from inversa.autograd import Tensor, Value, exp, jit, no_grad, power, sin, where

from .numeric import close

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
    "std": lambda t: np.std(t, axis=0, ddof=1),
    "norm": lambda t: np.linalg.norm(t, axis=1, keepdims=True),
    "norm of all": np.linalg.norm,
    "norm of a vector": lambda t: np.linalg.norm(t[0], 2),
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
        lambda x: np.spacing(x), lambda x: np.add(x, x, out=np.zeros(2)), lambda x: np.add.reduce(x),
        lambda x: np.nextafter(x, x), lambda x: np.frexp(x),
    ],
)  # fmt: skip
def test_unsupported_ufuncs_name_the_alternative(call: Callable[[Any], Any]) -> None:
    for node in (Value(1.0), Tensor([1.0, 2.0])):
        with pytest.raises(TypeError, match=r"no gradient here.*item\(\).*operation|a = a \+ b"):
            call(node)


@pytest.mark.parametrize("call", [np.histogram, np.bincount, np.unique, np.packbits])
def test_unsupported_functions_name_the_alternative(call: Any) -> None:
    with pytest.raises(TypeError, match=r"numpy\.[a-z.]+ .*no gradient here.*numpy\(\)"):
        call(Tensor([1.0, 2.0]))


@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.sum(t, 0, np.float32),
        lambda t: np.mean(t, 0, np.float64),
        lambda t: np.sum(t, where=[True, False, True]),
        lambda t: np.sum(t, dtype=np.float32),
        lambda t: np.linalg.pinv(t, 0.1),
    ],
    ids=["sum dtype", "mean dtype", "sum where", "sum dtype=", "pinv rcond"],
)
def test_arguments_that_mean_something_else_in_numpy_are_refused(call: Callable[[Any], Any]) -> None:
    """NumPy's third argument of sum is dtype, ours keepdims: mistaking one for the other would be silent."""
    with pytest.raises((TypeError, ValueError)):
        call(Tensor([[1.0, 2.0, 4.0], [3.0, 5.0, 6.0]], requires_grad=True))


def test_settings_by_position_are_those_of_numpy() -> None:
    t = Tensor([[1.0, 2.0, 4.0], [3.0, 5.0, 9.0]], requires_grad=True)
    assert close(np.var(t, 0, None, None, 1).data, np.var(t.numpy(), 0, None, None, 1))
    assert np.sum(t, 0, None, None, True).shape == (1, 3)
    with pytest.raises(TypeError, match="takes no dtype="):
        np.exp(t, dtype=np.float32)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="takes no where="):
        np.exp(t, where=np.array([True, False, True]))


@pytest.mark.parametrize(
    "of", [np.zeros_like, np.ones_like, np.isneginf, np.count_nonzero, np.argwhere, np.result_type]
)
def test_questions_have_plain_answers(of: Callable[[Any], Any]) -> None:
    t = Tensor([[1.0, 0.0], [2.0, 3.0]], requires_grad=True)
    assert np.array_equal(of(t), of(t.numpy()))


# What does not ask before it computes wants the numbers alone: the gradient would be lost.


def _assigned(W: Any) -> None:
    np.zeros((2, 2))[:] = W


CUTTING: dict[str, Callable[[Any], Any]] = {
    "asarray": np.asarray,
    "array": np.array,
    "array of a list": lambda W: np.array([W, W]),
    "array of numbers": lambda W: np.array([W[0, 0], W[0, 1]]),
    "r_": lambda W: np.r_[W, W],
    "c_": lambda W: np.c_[W, W],
    "vectorize": lambda W: np.vectorize(lambda x: x * x)(W),
    "method dot": lambda W: np.ones((2, 2)).dot(W),
    "assignment": _assigned,
    "Tensor of a Tensor": Tensor,
}


@pytest.mark.parametrize("name", CUTTING)
def test_the_gradient_is_not_cut_silently(name: str) -> None:
    W = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    for node in (W, W * 2.0):
        with pytest.raises(TypeError, match=r"x\.numpy\(\).*stack.*X @ W"):
            CUTTING[name](node)
        with no_grad():
            CUTTING[name](node)
        CUTTING[name](node.detach())


def test_pandas_and_scipy_do_not_cut_the_gradient() -> None:
    pandas, sparse = pytest.importorskip("pandas"), pytest.importorskip("scipy.sparse")
    linalg = pytest.importorskip("scipy.linalg")
    W = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    X = pandas.DataFrame(np.eye(2))
    for cut in (
        lambda: pandas.Series([1.0, 2.0]) * W[0],
        lambda: X @ W,
        lambda: sparse.csr_matrix(np.eye(2)) @ W,
        lambda: linalg.solve(np.eye(2), W),
    ):
        with pytest.raises(TypeError, match=r"x\.numpy\(\)"):
            cut()
    (W @ X).sum().backward()
    assert W.grad is not None
    assert W.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_more_of_pandas_scipy_and_matplotlib() -> None:
    pandas, special = pytest.importorskip("pandas"), pytest.importorskip("scipy.special")
    pyplot = pytest.importorskip("matplotlib.figure").Figure().subplots()
    W = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    frame = pandas.DataFrame(np.eye(2), columns=["a", "b"])
    assert special.expit(W).op is ours.sigmoid
    with pytest.raises(TypeError, match=r"wofz.*numpy\(\)"):
        special.wofz(W)
    with pytest.raises(ValueError, match="Unable to coerce"):  # pandas takes the rows for objects
        frame + W
    for cut in (
        lambda: frame.copy().__setitem__("c", W[0]),
        lambda: frame.assign(c=W[0]).c.sum().real,
        lambda: frame.dot(W),
        lambda: pandas.Series(W[0]) * 2.0,
        lambda: pandas.DataFrame(W),
        lambda: pyplot.plot(W),
        lambda: pyplot.plot(W[0]),
        lambda: pyplot.scatter(W[0], W[1]),
        lambda: pyplot.imshow(W),
    ):
        with pytest.raises(TypeError, match=r"numpy\(\)"):
            cut()
        with no_grad():
            cut()


def test_pandas_missing_numbers_are_refused() -> None:
    pandas = pytest.importorskip("pandas")
    t = Tensor([1.0, 2.0], requires_grad=True)

    def of_a_frame(m: Any) -> Tensor:
        return Tensor(pandas.DataFrame({"a": [1.0, 2.0], "b": m}))

    for kind in ("Int64", "Float64", "boolean", object):
        missing = pandas.Series([1, None], dtype=kind if kind is object else None).astype(kind)
        for use in (lambda m: Tensor(m), lambda m: Tensor(m.array), lambda m: t + m, lambda m: m * t, of_a_frame):
            with pytest.raises(TypeError):
                use(missing)
    whole = pandas.Series([1, 2], dtype="Int64")
    assert Tensor(whole).tolist() == [1, 2]
    assert (t + whole).tolist() == [2.0, 4.0]


def test_values_do_not_go_into_arrays() -> None:
    v, w = Value(1.0), Value(2.0)
    for swallow in (
        lambda: np.array([v, w]), lambda: np.array([v, w], float), lambda: np.asarray([[v], [w]]),
        lambda: np.array([1.0, v]), lambda: np.array(v), lambda: np.full(2, v), lambda: np.r_[v, w],
        lambda: np.zeros(2).__setitem__(0, v), lambda: np.fromiter([v, w], float), lambda: Tensor([v, w]),
    ):  # fmt: skip
        with pytest.raises(TypeError):
            swallow()
    joined = np.fromiter([v, w], object)  # objects stay what they are: nothing is cut
    (np.sum(joined) * 3.0).backward()
    assert (v.grad, w.grad) == (3.0, 3.0)
    with pytest.raises(TypeError, match="item"):
        joined.astype(float)


def test_a_number_is_taken_by_name() -> None:
    """math.sin(v) and float(v) would cut the gradient; item(), tolist() and numpy() say that they do."""
    for x in (Value(0.5), Tensor(0.5, requires_grad=True)):
        for cut in (float, int, complex, math.sin, math.floor):
            with pytest.raises(TypeError):
                cut(x)
        assert x.item() == 0.5
        with no_grad():
            assert float(x) == 0.5
        assert float(x.detach()) == 0.5


def test_masked_arrays_are_refused() -> None:
    masked, t = np.ma.array([1.0, 2.0], mask=[False, True]), Tensor([1.0, 2.0])
    for use in (lambda: Tensor(masked), lambda: t + masked, lambda: t.__setitem__(slice(None), masked)):
        with pytest.raises(TypeError, match="no mask"):
            use()
    with pytest.raises(TypeError, match="no mask"):
        t.data = masked


@pytest.mark.parametrize("node", [Value(2.0), Tensor([1.0, 2.0], requires_grad=True)])
@pytest.mark.parametrize(
    "use",
    [
        lambda m, x: m * x,
        lambda m, x: m - x,
        lambda m, x: m / x,
        lambda m, x: m**x,
        lambda m, x: np.ma.multiply(m.data, x),
        lambda _, x: np.ma.exp(x),
        lambda _, x: np.ma.log(x),
    ],
)
def test_masked_arrays_take_no_gradient_away(use: Callable[[Any, Any], Any], node: Any) -> None:
    masked = np.ma.array([1.0, 2.0])
    with pytest.raises(TypeError, match="the gradient would be lost"):
        use(masked, node)


def test_masked_arrays_beside_nodes_without_a_gradient() -> None:
    masked = np.ma.array([1.0, 2.0])
    assert np.array_equal(masked * Tensor([3.0, 4.0]), [3.0, 8.0])
    with pytest.raises(TypeError, match="the gradient would be lost"), pytest.warns(UserWarning, match="not compiled"):
        jit(lambda x: (masked * x).sum())(np.ones(2))


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
    with pytest.raises(TypeError, match=r"sum\(x\)"):
        np.add.reduce(t)
    array = np.ones(2)
    with pytest.raises(TypeError, match=r"a = a \+ b"):
        array += t
    assert np.clip(t, a_min=0.0, a_max=1.5).tolist() == [1.0, 1.5]
