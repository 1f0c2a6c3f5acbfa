"""What NumPy's functions do with a Tensor at the edges of their arguments: what they do with an array, or an error."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inversa.autograd import Tensor, grad, jit, no_grad, vmap

MATRIX = np.arange(6.0).reshape(2, 3) + 1
ROW = np.array([3.0, 1.0, 2.0])
CUBE = np.arange(24.0).reshape(2, 3, 4)

SAME: list[tuple[str, Callable[[Any], Any], Any]] = [
    ("delete by a Tensor", lambda x: np.delete(np.arange(3.0), x), np.array([1, 2])),
    ("repeat by a Tensor", lambda x: np.repeat(np.arange(3.0), x), np.array([1, 2, 0])),
    ("insert at a Tensor", lambda x: np.insert(np.arange(3.0), x, 9.0), np.array([1, 2])),
    ("split at a Tensor", lambda x: np.split(np.arange(4.0), x), np.array([1, 2])),
    ("several values before one entry", lambda x: np.insert(x, 1, [8.0, 9.0]), ROW),
    ("a number moves the first axis of the values", lambda x: np.insert(x, 1, [[8.0], [9.0]], axis=1), MATRIX),
    ("a list does not", lambda x: np.insert(x, [1], [[8.0], [9.0]], axis=1), MATRIX),
    ("insert at a slice", lambda x: np.insert(x, slice(None, None, 2), [8.0, 9.0]), ROW),
    ("insert at a mask", lambda x: np.insert(x, np.array([True, False, True]), [8.0, 9.0]), ROW),
    ("insert nothing", lambda x: np.insert(x, [], 8.0), ROW),
    ("sections of NumPy's integers", lambda x: np.split(x, np.int64(3), axis=1), MATRIX),
    ("sparse meshgrid", lambda x: np.meshgrid(x, [1.0, 2.0], sparse=True), ROW),
    ("expand_dims by a list", lambda x: np.expand_dims(x, [0, 1]), ROW),
    ("moveaxis by arrays", lambda x: np.moveaxis(x, np.array([0]), np.array([1])), MATRIX),
    ("roll by lists", lambda x: np.roll(x, [1, 2], [0, 1]), MATRIX),
    ("roll by several shifts along one axis", lambda x: np.roll(x, (1, 1), 0), MATRIX),
    ("roll by several shifts in a row", lambda x: np.roll(x, (1, 2)), MATRIX),
    ("rollaxis to before the last axis", lambda x: np.rollaxis(x, 1, -1), CUBE),
    ("concatenate along the last axis", lambda x: np.concatenate([x, x], -1), MATRIX),
    ("differences with a Tensor of one number before", lambda x: np.diff(x, prepend=x[0, 0]), MATRIX),
    ("differences of integers with a number before", lambda x: np.diff(x, prepend=0.5), np.array([1, 2])),
    ("choose, counted on", lambda x: np.choose(np.array([0, 5, -1]), [x, 2 * x], mode="wrap"), ROW),
    ("choose, clipped", lambda x: np.choose(np.array([0, 5, -1]), [x, 2 * x], mode="clip"), ROW),
    ("trapezoid with a list by name", lambda x: np.trapezoid(x, x=[0.0, 1.0, 3.0]), MATRIX),
    ("interp with lists by name", lambda x: np.interp(x, xp=[0.0, 2.0, 9.0], fp=[0.0, 1.0, 3.0]), MATRIX),
    ("interp with a jump at the end", lambda x: np.interp(x, [0.0, 1.0, 1.0], [1.0, 2.0, 3.0]), np.array([-1.0, 1, 2])),
    ("the largest of no numbers", lambda x: np.nanmax(x, axis=0), np.array([[np.nan, 1.0], [np.nan, -np.inf]])),
    ("the smallest of no numbers", lambda x: np.nanmin(x, axis=0), np.array([[np.nan, 1.0], [np.nan, np.inf]])),
    ("too few numbers for a variance", lambda x: np.nanvar(x, ddof=7), MATRIX),
    ("too few numbers for a covariance", lambda x: np.cov(x, ddof=4), MATRIX),
    ("atleast_1d of several", lambda x: np.atleast_1d(x, 3.0), np.array(1.0)),
    ("broadcast_arrays of three", lambda x: np.broadcast_arrays(x, [1.0, 2.0, 3.0], 3.0), MATRIX),
    ("decimals of what is infinite", np.modf, np.array([np.inf, -np.inf, -0.0, -2.0, np.nan, 2.5])),
    ("integers are numbers", np.nan_to_num, np.array([1, 2])),
    ("gradient along a list of axes", lambda x: np.gradient(x, axis=[0, 1]), MATRIX),
    ("gradient at a list of places", lambda x: np.gradient(x, [0.0, 1.0, 2.0], axis=1), MATRIX),
    ("booleans are numbers for take", lambda x: np.take(x, [True, False, True]), ROW),
    ("take nothing", lambda x: np.take(x, [], mode="wrap"), ROW),
    ("a number beside float32", lambda x: np.fmod(x, 0.7), ROW.astype(np.float32)),
    ("a step beside float32", lambda x: np.heaviside(0.5, x), ROW.astype(np.float32)),
    ("keepdims that is not given", lambda x: np.median(x, axis=0, keepdims=np._NoValue), MATRIX),
    ("keepdims that is not given to a sum", lambda x: np.sum(x, axis=0, keepdims=np._NoValue), MATRIX),
    ("the length of an axis", lambda x: np.size(x, axis=1), MATRIX),
    ("whole powers that are large", lambda x: np.float_power(x, x), np.array([3, 25])),
    ("resize nothing", lambda x: np.resize(x, 2), np.zeros(0)),
]


def _plain(result: Any) -> Any:
    if isinstance(result, (list, tuple)):
        return [_plain(part) for part in result]
    return np.asarray(result.numpy() if hasattr(result, "numpy") else result)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy's, where numbers are missing
@pytest.mark.parametrize(("function", "array"), [(f, x) for _, f, x in SAME], ids=[name for name, _, _ in SAME])
def test_the_result_is_numpys(function: Callable[[Any], Any], array: Any) -> None:
    found = _plain(function(Tensor(array, requires_grad=array.dtype.kind == "f")))
    wanted = _plain(function(array))
    pairs = zip(found, wanted, strict=True) if isinstance(wanted, list) else [(found, wanted)]
    for one, other in pairs:
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-14)
        np.testing.assert_array_equal(np.signbit(one), np.signbit(other))


REFUSED: list[tuple[str, Callable[[Any], Any], str]] = [
    ("no axis to join along", lambda x: np.concatenate([x, x], axis=None), "an axis is needed: flatten"),
    ("a number that none has", lambda x: np.choose(np.array([0, 2]), [x[0], x[1]]), "index is an array of integers"),
    ("numbers that are none", lambda x: np.choose(np.array([0.5]), [x[0], x[1]]), "index is an array of integers"),
    ("a condition of two axes", lambda x: np.compress([[True, False]], x, axis=1), "condition is an array of one axis"),
    ("keepdims that is no flag", lambda x: np.median(x, keepdims="yes"), "keepdims is True or False"),
    ("a covariance of a cube", lambda x: np.cov(x[None]), "a matrix of several, not the shape"),
    ("a polynomial without coefficients", lambda x: np.polyval(3.0, x), "p is an array of coefficients"),
    ("an axis moved twice", lambda x: np.moveaxis(x, [0, 0], [0, 1]), "source is an axis, or several different ones"),
    ("two axes to one place", lambda x: np.moveaxis(x, [0, 1], [1, 1]), "destination is an axis, or several different"),
]


@pytest.mark.parametrize(("function", "message"), [(f, m) for _, f, m in REFUSED], ids=[name for name, _, _ in REFUSED])
def test_what_numpy_refuses_is_refused(function: Callable[[Any], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        function(Tensor(MATRIX, requires_grad=True))


@pytest.mark.parametrize("function", [np.positive, np.conj, lambda x: np.roll(x, 0)])
def test_what_is_changed_afterwards_is_not_the_operand(function: Callable[[Any], Any]) -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = function(x)
    with no_grad():
        y -= 1.0
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("number", [0.0, -0.0, 3.0, -3.0, 4.5, -4.5])
def test_the_remainder_grows_with_what_is_divided(number: float) -> None:
    assert grad(lambda x: np.fmod(x, 3.0))(number) == 1.0
    assert grad(lambda x: np.modf(x)[0])(number) == 1.0


def test_interpolation_between_many_places_takes_little_memory() -> None:
    places = np.arange(40_000.0)
    x = Tensor(places[:-1] + 0.25, requires_grad=True)
    tracemalloc.start()
    np.interp(x, places, places**2).sum().backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * places.nbytes
    assert x.grad is not None
    np.testing.assert_allclose(x.grad, 2 * places[:-1] + 1)


@pytest.mark.parametrize("index", [[0, 2, 1], [0, -1, 1]])
def test_a_compiled_choice_misses_what_is_not_there(index: list[int]) -> None:
    chosen = jit(lambda i, x: np.choose(i, [x, 2 * x]))
    assert chosen(np.array([0, 1, 1]), Tensor(ROW)).tolist() == [3.0, 2.0, 4.0]
    with pytest.raises(IndexError, match="out of bounds"):
        chosen(np.array(index), Tensor(ROW))
    with pytest.raises(IndexError, match="out of bounds"):
        vmap(lambda i, x: np.choose(i, [x, 2 * x]))(np.array(index), Tensor(ROW))
