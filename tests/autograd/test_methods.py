"""Methods of Tensors and operators of nodes: what NumPy's arrays do, with the right gradient."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inversa.autograd import Tensor, Value, clip, floor_divide, grad, gradcheck, jit
from inversa.autograd import round as rounded
from inversa.autograd.methods import ALONG_AXES

X = np.array([[[0.7, -1.2, 2.6]], [[1.4, 0.3, -0.8]]])  # of the shape (2, 1, 3)

METHODS: dict[str, Callable[[Any], Any]] = {
    "flatten": lambda x: x.flatten(),
    "ravel": lambda x: x.ravel(),
    "squeeze": lambda x: x.squeeze(),
    "squeeze one": lambda x: x.squeeze(1),
    "squeeze from the end": lambda x: x.squeeze(axis=-2),
    "swapaxes": lambda x: x.swapaxes(0, -1),
    "copy": lambda x: x.copy(),
    "dot": lambda x: x[:, 0].dot(x[:, 0].T),
    "dot of vectors": lambda x: x[0, 0].dot(x[1, 0]),
    "dot with a number": lambda x: x.dot(2.0),
    "std": lambda x: x.std(axis=0),
    "clip": lambda x: x.clip(-1.0, 1.0),
    "cumsum": lambda x: x.cumsum(),
    "cumprod": lambda x: x.cumprod(axis=-1),
    "repeat": lambda x: x.repeat(2, axis=2),
    "take": lambda x: x.take([0, 4, 4]),
    "var with less freedom": lambda x: x.var(axis=0, ddof=1),
    "std with less freedom": lambda x: x.std(ddof=1),
    "clip below": lambda x: x.clip(0.5),
    "clip above": lambda x: x.clip(None, 0.5),
    "%": lambda x: x % 0.5,
    "% of a negative": lambda x: x % -0.5,
    "number %": lambda x: 2.0 % x,
    "//": lambda x: x // 0.5,
    "round": lambda x: x.round(1) if isinstance(x, np.ndarray) else round(x, 1),
    "divmod": lambda x: divmod(x, 0.45)[1],
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_do_what_those_of_arrays_do(name: str) -> None:
    x = Tensor(X, requires_grad=True)
    y = METHODS[name](x)
    expected = METHODS[name](X)
    assert isinstance(y, Tensor)
    assert y.shape == expected.shape
    assert np.allclose(y.data, expected)
    assert gradcheck(METHODS[name], X)


def test_methods_that_arrays_do_not_have() -> None:
    x = Tensor(X, requires_grad=True)
    assert x.unsqueeze(0).shape == (1, 2, 1, 3)
    assert x.unsqueeze(-1).shape == (2, 1, 3, 1)
    assert x.permute(2, 0, 1).shape == (3, 2, 1)
    assert x.permute((2, 0, 1)).shape == (3, 2, 1)
    assert x.norm().item() == pytest.approx(np.sqrt((X * X).sum()))
    assert gradcheck(lambda x: x.unsqueeze(1).permute(3, 2, 1, 0).norm(axis=0), X)


def test_places_are_plain() -> None:
    x = Tensor(X, requires_grad=True)
    for name in ("argmax", "argmin"):
        found = getattr(x, name)(axis=2)
        assert type(found) is np.ndarray
        assert np.array_equal(found, getattr(X, name)(axis=2))
        assert getattr(x, name)() == getattr(X, name)()


@pytest.mark.parametrize("name", ALONG_AXES)
def test_axis_and_keepdims_in_pytorchs_words(name: str) -> None:
    x = Tensor(X, requires_grad=True)
    method = getattr(x, name)
    if name == "swapaxes":
        assert np.array_equal(method(dim0=0, dim1=2), method(0, 2))
        return
    first = {"quantile": (0.5,), "repeat": (2,), "roll": (1,), "take": (0,)}.get(name, ())
    same = [method(*first, dim=1), method(*first, axis=1)]
    if "keepdims" in method.__wrapped__.__code__.co_varnames:
        same += [method(*first, dim=1, keepdim=True).reshape(same[0].shape)]
    for each in same:
        assert np.array_equal(getattr(each, "data", each), getattr(same[0], "data", same[0]))
    with pytest.raises(TypeError):
        method(*first, axis=1, dims=1)


@pytest.mark.parametrize(
    "name",
    ["sign", "floor", "ceil", "trunc", "exp", "exp2", "expm1", "square", "sin", "cos", "tan", "arctan", "sinh", "cosh",
     "arcsinh", "tanh", "abs", "reciprocal", "sinc"],
)  # fmt: skip
def test_functions_of_one_number_are_methods_of_every_node(name: str) -> None:
    expected = getattr(np, name)(X)
    assert np.allclose(getattr(Tensor(X), name)().data, expected)
    assert getattr(Value(X[0, 0, 0]), name)().data == pytest.approx(expected[0, 0, 0])
    assert getattr(Value, name).__doc__


def test_one_thing_under_two_names_is_refused() -> None:
    x = Tensor(X)
    with pytest.raises(TypeError, match="sum takes one thing under one name, not axis, dim"):
        x.sum(axis=0, dim=1)
    with pytest.raises(TypeError, match="var takes one thing under one name, not correction, ddof"):
        x.var(correction=1, ddof=1)
    assert x.flip(dims=(0, 2)).tolist() == x.flip((0, 2)).tolist()
    assert x.roll(shifts=1, dims=0).tolist() == x.roll(1, 0).tolist()


def test_methods_refuse() -> None:
    x = Tensor(X)
    for call, message in (
        (lambda: x.squeeze(0), r"axes of length 1.*\(2, 1, 3\)"),
        (lambda: x.unsqueeze(4), "axis"),
        (lambda: x.swapaxes(0, 3), "axis"),
        (lambda: x.dot(x), r"dot of shapes \(2, 1, 3\)"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("op", [operator.floordiv, operator.mod])
@pytest.mark.parametrize("b", [0.1, 3.0, -3.0, 0.0, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("a", [1.0, -1.0, 7.5, 1e17, 0.0, np.inf, np.nan, -0.3])
def test_whole_parts_and_what_is_left_are_those_of_numpy(op: Callable[[Any, Any], Any], a: float, b: float) -> None:
    with np.errstate(all="ignore"):
        expected = op(np.float64(a), np.float64(b))
        found = [op(Value(a), b).data, op(a, Value(b)).data, op(Tensor([a]), Tensor([b])).item()]
        found += [jit(lambda x, y: op(x, y))([a], [b])[0]]
    np.testing.assert_array_equal(found, [expected] * 4)


def test_gradients_of_what_jumps() -> None:
    a, b = Value(7.5), Value(-2.0)
    quotient, left = divmod(a, b)
    assert (quotient.data, left.data) == divmod(7.5, -2.0)
    left.backward()
    assert (a.grad, b.grad) == (1.0, 4.0)
    assert grad(lambda x: x // 2.0 + round(x) + rounded(x, 1))(7.3) == 0.0
    assert grad(floor_divide, (0, 1))(7.5, 2.0) == (0.0, 0.0)
    assert [x.data for x in divmod(7.5, Value(2.0))] == [3.0, 1.5]
    assert round(Value(2.5)).data == 2.0


def test_clip_with_one_bound() -> None:
    t = Tensor([-2.0, 0.5, 3.0], requires_grad=True)
    for clipped, slope in (
        (clip(t, 0.0), [0, 1, 1]), (clip(t, high=1.0), [1, 1, 0]), (np.clip(t, None, 1.0), [1, 1, 0]),
        (np.clip(t, 0.0, None), [0, 1, 1]), (t.clip(), [1, 1, 1]),
    ):  # fmt: skip
        t.grad = None
        clipped.sum().backward()
        assert t.grad is not None
        assert t.grad.tolist() == slope
    assert Value(3.0).clip(high=1.0).data == 1.0
    assert jit(lambda x: clip(x, high=1.0))([3.0, 0.5]).tolist() == [1.0, 0.5]
