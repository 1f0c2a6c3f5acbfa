"""Every kind of index, and what it sends back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inversa.autograd import Tensor, where


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
