"""What NumPy's functions do with a Tensor at the edges of their arguments: what they do with an array, or an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inversa.autograd import Tensor

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
    ("resize nothing", lambda x: np.resize(x, 2), np.zeros(0)),
]


def _plain(result: Any) -> Any:
    if isinstance(result, (list, tuple)):
        return [_plain(part) for part in result]
    return np.asarray(result.numpy() if hasattr(result, "numpy") else result)


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
    ("an axis moved twice", lambda x: np.moveaxis(x, [0, 0], [0, 1]), "source is an axis, or several different ones"),
    ("two axes to one place", lambda x: np.moveaxis(x, [0, 1], [1, 1]), "destination is an axis, or several different"),
]


@pytest.mark.parametrize(("function", "message"), [(f, m) for _, f, m in REFUSED], ids=[name for name, _, _ in REFUSED])
def test_what_numpy_refuses_is_refused(function: Callable[[Any], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        function(Tensor(MATRIX, requires_grad=True))
