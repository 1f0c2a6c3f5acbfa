"""Padding and windows against NumPy and the definition; fold is the dual of windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inversa.autograd import Tensor, fold, gradcheck, pad, sin, windows
from inversa.autograd.ops.windows import pad as constant_border
from inversa.autograd.ops.windows import to_window_max, window_max

from .numeric import Array

# The image's shape, the windows' size and stride; in some, pixels are left over below or at the right.
WINDOWS = [
    ((4, 5), (2, 3), (1, 1)),
    ((2, 7, 6), (2, 2), (2, 2)),
    ((2, 3, 8, 5), (3, 2), (2, 3)),
    ((3, 3), (3, 3), (1, 1)),
    ((5, 6), (1, 1), (4, 5)),
    ((0, 3, 3), (2, 2), (1, 1)),
]
every_window = pytest.mark.parametrize(("shape", "size", "stride"), WINDOWS, ids=str)


def drawn(*shape: int) -> Array:
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize("widths", [((1, 0), (2, 3)), ((0, 0), (0, 0)), [(0, 1), (1, 0)], np.array([[1, 2], [3, 4]])])
@pytest.mark.parametrize("value", [0.0, 2.5, -np.inf])
def test_pad_is_numpys(widths: Any, value: float) -> None:
    x = drawn(2, 3)
    expected = np.pad(x, widths, constant_values=value)
    assert np.array_equal(pad(x, widths, value), expected)
    assert np.array_equal(pad(Tensor(x), widths, value).data, expected)


def test_type_of_the_padded() -> None:
    widths = ((1, 1),)
    assert pad(np.ones(2, "float32"), widths, -np.inf).dtype == "float32"
    assert pad(np.ones(2, "uint8"), widths, -np.inf).tolist() == [-np.inf, 1.0, 1.0, -np.inf]
    assert pad(np.ones(2, "int64"), widths, 0).dtype == "int64"


@pytest.mark.parametrize("widths", [((1, 1),), ((1, 1), (0, -1)), ()])
def test_widths_that_do_not_fit_are_refused(widths: Any) -> None:
    with pytest.raises(ValueError, match=r"for each of the 2 axes, not \("):
        constant_border(Tensor(np.ones((2, 3))), widths)


@every_window
def test_windows_are_those_of_the_definition(shape: Any, size: Any, stride: Any) -> None:
    x = drawn(*shape)
    found = windows(Tensor(x), size, stride)
    rows, columns = ((n - k) // s + 1 for n, k, s in zip(shape[-2:], size, stride, strict=True))
    assert found.shape == (*shape[:-2], *size, rows, columns)
    for i, j, r, c in np.ndindex(*size, rows, columns):
        assert np.array_equal(found.data[..., i, j, r, c], x[..., r * stride[0] + i, c * stride[1] + j])


def test_a_pixel_collects_from_every_window_that_it_is_in() -> None:
    x = Tensor(np.zeros((4, 4)), requires_grad=True)
    windows(x, (2, 3), (1, 1)).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]


def test_a_pixel_in_no_window_receives_nothing() -> None:
    x = Tensor(np.zeros((3, 5)), requires_grad=True)
    windows(x, (2, 2), (2, 3)).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[1, 1, 0, 1, 1], [1, 1, 0, 1, 1], [0, 0, 0, 0, 0]]


@every_window
def test_fold_is_the_dual_of_windows(shape: Any, size: Any, stride: Any) -> None:
    """⟨v, windows x⟩ = ⟨fold v, x⟩."""
    x = drawn(*shape)
    seen = windows(x, size, stride)
    v = drawn(*seen.shape)
    assert np.vdot(v, seen) == pytest.approx(np.vdot(fold(v, stride, shape[-2:]), x), rel=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_gradients_of_any_order(order: int) -> None:
    def f(x: Any) -> Any:
        seen = windows(pad(x, ((1, 0), (0, 1)), 0.5), (2, 2), (1, 2))
        return sin(fold(sin(seen), (2, 1), (4, 3)))

    assert gradcheck(f, drawn(2, 3), order=order)


@every_window
def test_the_largest_pixels_are_those_of_the_definition(shape: Any, size: Any, stride: Any) -> None:
    x = drawn(*shape)
    found = window_max(Tensor(x), size, stride)
    assert np.array_equal(found.data, windows(x, size, stride).max((-4, -3)))


@every_window
def test_pushing_and_pulling_through_the_maximum_are_dual_where_there_are_ties(
    shape: Any, size: Any, stride: Any
) -> None:
    x = Tensor(np.round(drawn(*shape)), requires_grad=True)
    window_max(x, size, stride).inverse().check()


@pytest.mark.parametrize("order", [1, 2, 3])
def test_gradients_of_the_maximum_of_any_order(order: int) -> None:
    assert gradcheck(lambda x: sin(window_max(sin(x), (2, 2), (1, 2))), drawn(2, 3, 4), order=order)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda x: window_max(x, (2, 4), (1, 1)), r"a window of \(2, 4\) does not fit into an image of \(3, 3\)"),
        (lambda x: to_window_max(x, x, (2, 2), (1, 1)), r"images of \(3, 3\) have \(2, 2\) windows, not \(3, 3\)"),
        (lambda x: windows(x, (2, 4), (1, 1)), r"a window of \(2, 4\) does not fit into an image of \(3, 3\)"),
        (lambda x: windows(x, (4, 2), (1, 1)), r"a window of \(4, 2\) does not fit into an image of \(3, 3\)"),
        (lambda x: windows(x, (2, 2), (0, 1)), r"stride is a pair of positive integers.*not \(0, 1\)"),
        (lambda x: windows(x, (2, 0), (1, 1)), r"size is a pair of positive integers.*not \(2, 0\)"),
        (lambda x: windows(x[0], (1, 1), (1, 1)), "at least two axes"),
        (lambda x: fold(x[None, None], (1, 1), (5, 5)), r"\(5, 5\) has \(5, 5\) windows, not \(3, 3\)"),
    ],
)
def test_what_does_not_fit_is_refused(call: Callable[[Any], Any], match: str) -> None:
    for x in (np.ones((3, 3)), Tensor(np.ones((3, 3)))):
        with pytest.raises(ValueError, match=match):
            call(x)


@pytest.mark.parametrize(
    "op",
    [lambda x: pad(x, ((1, 1), (1, 1))), lambda x: windows(x, (2, 2), (1, 1)), lambda x: windows(x, (1, 1), (1, 1))],
)
def test_the_values_are_not_needed_backwards(op: Callable[[Any], Any]) -> None:
    """Changing the image in place is no mistake, and does not change what was computed from it."""
    x = Tensor(np.ones((2, 2)), requires_grad=True)
    y = op(x)
    x[...] = 7.0
    assert y.data.max() == 1.0
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.min() >= 1.0
