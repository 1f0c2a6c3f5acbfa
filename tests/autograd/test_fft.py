"""Fourier transforms of pairs [re, im]: NumPy's values, derivatives, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inversa.autograd import Tensor, fft, grad, gradcheck, jit, vmap

rng = np.random.default_rng(0)
REAL = rng.normal(size=(3, 4, 5))
COMPLEX = REAL + 1j * rng.normal(size=REAL.shape)
NORMS = (None, "backward", "ortho", "forward")


def pairs(z: Any) -> Any:
    return np.stack([z.real, z.imag], axis=-1)


def numbers(given: Any) -> Any:
    return given[..., 0] + 1j * given[..., 1]


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("n", [None, 1, 2, 3, 4, 5, 8])
def test_one_axis_is_numpys(n: int | None, axis: int, norm: Any) -> None:
    settings = {"n": n, "axis": axis, "norm": norm}
    for name in ("fft", "ifft"):
        expected = getattr(np.fft, name)(COMPLEX, **settings)
        np.testing.assert_allclose(numbers(getattr(fft, name)(pairs(COMPLEX), **settings)), expected, atol=1e-12)
    np.testing.assert_allclose(numbers(fft.rfft(REAL, **settings)), np.fft.rfft(REAL, **settings), atol=1e-12)
    np.testing.assert_allclose(fft.irfft(pairs(COMPLEX), **settings), np.fft.irfft(COMPLEX, **settings), atol=1e-12)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("axes", [(-2, -1), (0, 2), (1, 0)])
@pytest.mark.parametrize("s", [None, (3, 4), (6, 7)])
def test_two_axes_are_numpys(s: Any, axes: tuple[int, int], norm: Any) -> None:
    for name in ("fft2", "ifft2"):
        expected = getattr(np.fft, name)(COMPLEX, s, axes, norm)
        np.testing.assert_allclose(numbers(getattr(fft, name)(pairs(COMPLEX), s, axes, norm)), expected, atol=1e-12)
    np.testing.assert_allclose(numbers(fft.rfft2(REAL, s, axes, norm)), np.fft.rfft2(REAL, s, axes, norm), atol=1e-12)
    expected = np.fft.irfft2(COMPLEX, s, axes, norm)
    np.testing.assert_allclose(fft.irfft2(pairs(COMPLEX), s, axes, norm), expected, atol=1e-12)


OF_REAL: list[Callable[[Any], Any]] = [
    lambda x: fft.rfft(x),
    lambda x: fft.rfft(x, 7, 0, "ortho"),
    lambda x: fft.rfft(x, 2, 1, "forward"),
    lambda x: fft.rfft2(x),
    lambda x: fft.fft(x.reshape(3, 2, 2)),
    lambda x: fft.ifft2(x.reshape(3, 2, 2), (2, 5)),
    lambda x: fft.irfft(x.reshape(3, 2, 2)),
    lambda x: fft.irfft(x.reshape(3, 2, 2), 5, 0),
    lambda x: fft.irfft2(x.reshape(3, 2, 2), norm="ortho"),
]


@pytest.mark.parametrize("f", OF_REAL)
def test_derivatives_compiled_code_and_samples(f: Callable[[Any], Any]) -> None:
    x = rng.normal(size=(3, 4))
    assert gradcheck(f, x, order=2)
    slope = grad(lambda x: (f(x) ** 3).sum())
    compiled = jit(slope)
    np.testing.assert_allclose(compiled(x), slope(x), rtol=1e-12, atol=1e-12)
    assert compiled.why_not is None
    found = vmap(slope)(np.stack([x, 2 * x]))
    np.testing.assert_allclose(found, [slope(x), slope(2 * x)], rtol=1e-12, atol=1e-12)


def test_the_gradient_of_the_power_is_parsevals() -> None:
    """Σ |X|² = n Σ x²."""
    x = Tensor(rng.normal(size=8), requires_grad=True)
    (fft.fft(fft.fft(fft.ifft(_with_zeros(x)))) ** 2).sum().backward()
    np.testing.assert_allclose(x.grad, 2 * 8 * x.numpy(), rtol=1e-12)


def _with_zeros(x: Any) -> Any:
    return x.reshape(-1, 1) * np.array([1.0, 0.0])


def test_single_precision_stays() -> None:
    x = Tensor(REAL.astype(np.float32), requires_grad=True)
    y = fft.irfft2(fft.rfft2(x, norm="ortho"), (4, 5), norm="ortho")
    y.sum().backward()
    assert x.grad is not None
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(y.numpy(), REAL, atol=1e-5)


def test_arrays_of_any_library() -> None:
    strict = pytest.importorskip("array_api_strict")
    real, complex_ = strict.asarray(REAL), strict.asarray(pairs(COMPLEX))
    for found, expected in [
        (fft.rfft(real, 7), pairs(np.fft.rfft(REAL, 7))),
        (fft.rfft2(real, (3, 5), (0, 1)), pairs(np.fft.rfft2(REAL, (3, 5), (0, 1)))),
        (fft.ifft(complex_, axis=0), pairs(np.fft.ifft(COMPLEX, axis=0))),
        (fft.irfft2(complex_, norm="ortho"), np.fft.irfft2(COMPLEX, norm="ortho")),
    ]:
        np.testing.assert_allclose(np.asarray(found), expected, atol=1e-12)


X = Tensor([1.0, 2.0], requires_grad=True)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: fft.fft(X), ValueError, r"fft takes pairs \[re, im\]"),
        (lambda: fft.irfft(REAL), ValueError, r"irfft takes pairs.*\(3, 4, 5\)"),
        (lambda: fft.ifft(COMPLEX), ValueError, r"stack\(\[z.real, z.imag\]"),
        (lambda: fft.rfft(COMPLEX), ValueError, "real numbers, not complex128"),
        (lambda: fft.rfft(2.0), ValueError, "an array of real numbers"),
        (lambda: fft.rfft(X, 0), ValueError, "n is a positive integer"),
        (lambda: fft.rfft(X, axis=1), ValueError, "axis is an integer from -1 to 0"),
        (lambda: fft.rfft(X, norm="unit"), ValueError, "norm is one of 'backward'"),
        (lambda: fft.irfft(X.reshape(1, 2)), ValueError, "n is a positive integer, such as 8, not 0"),
        (lambda: fft.rfft2(REAL, (3,)), ValueError, "s is None or a pair"),
        (lambda: fft.rfft2(REAL, axes=(0, 0)), ValueError, "axes is a pair"),
        (lambda: np.fft.rfft(X), TypeError, r"numpy.fft.rfft has no gradient here: .*complex.*. Write fft.rfft\(x\)"),
        (lambda: np.fft.hfft(X), TypeError, "numpy.fft.hfft has no gradient here"),
    ],
)
def test_what_is_wrong_is_said(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
