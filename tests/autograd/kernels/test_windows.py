"""The kernels of windows and pooling against the formulas that they replace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inversa.autograd import Tensor, fold, windows
from inversa.autograd.kernels import windows as kernels
from inversa.autograd.ops.windows import to_window_max, window_max

from ..numeric import Array

# The images' shape, the windows' size and stride: overlapping, apart, pixels left over, one window, no image.
WINDOWS = [
    ((4, 5), (2, 3), (1, 1)),
    ((3, 6, 8), (2, 2), (2, 2)),
    ((2, 3, 8, 5), (3, 2), (2, 3)),
    ((1, 2, 1, 7, 7), (3, 3), (2, 2)),
    ((2, 5, 9), (1, 2), (3, 1)),
    ((3, 3), (3, 3), (1, 1)),
    ((5, 6), (1, 1), (4, 5)),
    ((1, 1), (1, 1), (1, 1)),
    ((0, 3, 3), (2, 2), (1, 1)),
    ((2, 0, 4, 3), (2, 2), (2, 1)),
]
every_window = pytest.mark.parametrize(("shape", "size", "stride"), WINDOWS, ids=str)
every_type = pytest.mark.parametrize("dtype", ["float32", "float64"])


class Formula(np.ndarray):  # type: ignore[type-arg]
    """The kernels take NumPy's own arrays alone; for all others, such as this, the formulas stay."""


def formula(x: Array) -> Any:
    return x.view(Formula)


def drawn(shape: tuple[int, ...], dtype: str) -> Array:
    """Few different numbers, so that many windows have several largest pixels."""
    return np.random.default_rng(0).integers(-2, 3, shape).astype(dtype) / 7


def same(found: Any, expected: Any) -> None:
    """Bit for bit, but for the sign of zero."""
    assert type(found) is np.ndarray
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, np.asarray(expected))


def close(found: Any, expected: Any) -> None:
    """To rounding: sums are taken in another order."""
    assert found.dtype == expected.dtype
    tolerance = 8 * np.finfo(expected.dtype).eps
    np.testing.assert_allclose(found, np.asarray(expected), rtol=tolerance, atol=tolerance)


def check(x: Array, size: Any, stride: Any) -> None:
    """All four kernels on images x, as they are laid out in memory."""
    seen = windows(x, size, stride)
    same(seen, windows(formula(x), size, stride))
    v = np.random.default_rng(1).standard_normal(seen.shape).astype(x.dtype)
    same(fold(v, stride, x.shape[-2:]), fold(formula(v), stride, x.shape[-2:]))
    y = window_max(x, size, stride)
    same(y, window_max(formula(x), size, stride))
    g = np.random.default_rng(2).standard_normal(y.shape).astype(x.dtype)
    close(to_window_max(g, x, size, stride), to_window_max(formula(g), formula(x), size, stride))


@every_window
@every_type
def test_kernels_are_the_formulas(shape: Any, size: Any, stride: Any, dtype: str) -> None:
    check(drawn(shape, dtype), size, stride)


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "transposed": lambda x: x.transpose(1, 0, 3, 2),
    "reversed": lambda x: x[:, :, ::-1, ::-1],
    "every other": lambda x: x[:, ::2, ::2],
    "Fortran's": np.asfortranarray,
    "broadcast": lambda x: np.broadcast_to(x[:1, :1], x.shape),
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "not aligned": lambda x: np.frombuffer(b"." + x.tobytes(), "u1")[1:].view(x.dtype).reshape(x.shape),
}


@every_type
@pytest.mark.parametrize("layout", LAYOUTS)
def test_arrays_may_lie_in_memory_as_they_like(layout: str, dtype: str) -> None:
    x = LAYOUTS[layout](drawn((2, 4, 6, 7), dtype))
    check(x, (2, 3), (1, 2))
    g = np.ones((*x.shape[:-2], *window_max(x, (2, 2), (2, 2)).shape[-2:]), dtype)
    sent = to_window_max(np.broadcast_to(g[:1, :1], g.shape), x, (2, 2), (2, 2))  # as from the pullback of a sum
    same(sent, to_window_max(g, x, (2, 2), (2, 2)))
    seen = windows(x, (2, 2), (2, 1))
    spread = np.broadcast_to(seen[:1], seen.shape)
    same(fold(spread, (2, 1), x.shape[-2:]), fold(spread.copy(), (2, 1), x.shape[-2:]))


@pytest.mark.parametrize("dtype", ["float16", "int64", "bool", "complex128", ">f8"])
def test_other_types_have_the_formulas(dtype: str) -> None:
    x = (drawn((2, 4, 5), "float64") * 7).astype(dtype)
    seen, y = windows(x, (2, 2), (1, 1)), window_max(x, (2, 2), (1, 1))
    assert {seen.dtype.name, y.dtype.name} == {x.dtype.name}
    np.testing.assert_array_equal(seen[..., 1, 1, :, :], x[:, 1:, 1:])
    np.testing.assert_array_equal(y, seen.max((-4, -3)))


def test_types_may_be_mixed_on_the_way_back() -> None:
    x = drawn((4, 4), "float32")
    for dtype in ("float16", "float32", "float64"):  # that of the gradient is kept
        g = np.array([[1.0, 2.0], [3.0, 4.0]], dtype)
        sent = to_window_max(g, x, (2, 2), (2, 2))
        assert sent.dtype == dtype
        np.testing.assert_allclose(sent, to_window_max(g.astype("float32"), x, (2, 2), (2, 2)), rtol=1e-3)


@every_type
@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity(special: float, dtype: str) -> None:
    x = drawn((2, 6, 6), dtype)
    x[0, ::2, 1] = x[1, :2] = special
    check(x, (2, 2), (2, 2))
    check(x, (3, 2), (1, 1))


@every_type
def test_all_that_is_equally_large_shares(dtype: str) -> None:
    x = np.zeros((1, 3, 3), dtype)
    assert to_window_max(np.full((1, 1, 1), 9.0, dtype), x, (3, 3), (1, 1)).tolist() == np.ones((1, 3, 3)).tolist()
    x[0, 1, 1] = x[0, 2, 2] = np.nan
    assert to_window_max(np.full((1, 1, 1), 8.0, dtype), x, (3, 3), (1, 1))[0].tolist() == [
        [0.0, 0.0, 0.0],
        [0.0, 4.0, 0.0],
        [0.0, 0.0, 4.0],
    ]


def test_an_infinite_gradient_goes_to_the_largest_alone() -> None:
    """The formula multiplies it by 0 elsewhere, which is nan."""
    sent = to_window_max(np.array([[np.inf]]), np.array([[1.0, 2.0]]), (1, 2), (1, 1))
    assert sent.tolist() == [[0.0, np.inf]]


def test_kernels_leave_their_arguments_alone() -> None:
    x, g = drawn((2, 4, 4), "float64"), np.ones((2, 2, 2))
    before = x.copy()
    out = np.full_like(x, np.nan)  # what was there before does not matter
    kernels.to_largest(g, x, 2, 2, 2, 2, out)
    kernels.gather(x, 2, 2, 1, 1, np.empty((2, 2, 2, 2, 2)))
    assert np.array_equal(x, before)
    assert np.array_equal(g, np.ones((2, 2, 2)))
    assert out.sum() == pytest.approx(8.0)


@pytest.mark.parametrize(("size", "stride"), [((2, 2), (2, 2)), ((3, 2), (1, 2))])
def test_the_composition_has_the_same_gradients(size: Any, stride: Any) -> None:
    """Of first and second order, where there are ties."""
    results = []
    for pooled in (window_max, window_max.composition):
        assert pooled is not None
        x = Tensor(drawn((2, 5, 4), "float64"), requires_grad=True)
        y = pooled(x, size=size, stride=stride)
        weights = Tensor(np.random.default_rng(3).standard_normal(y.shape), requires_grad=True)
        flow = y.inverse().run(weights, record=True)[x]
        (flow * flow * x).sum().backward()
        results.append((y.data, flow.data, weights.grad, x.grad))
    for found, expected in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-14)


def test_the_composition_of_the_way_back_has_the_same_gradients() -> None:
    x = drawn((2, 5, 4), "float64")
    found = []
    for sent in (to_window_max, to_window_max.composition):
        assert sent is not None
        g = Tensor(np.random.default_rng(1).standard_normal((2, 2, 2)), requires_grad=True)
        y = sent(g, images=x, size=(2, 2), stride=(2, 2))
        (y * y).sum().backward()
        found.append(g.grad)
    np.testing.assert_allclose(*found, rtol=1e-14)
