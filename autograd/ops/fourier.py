"""Fourier transforms. A complex number is a pair of real ones: arrays have a last axis of 2, [re, im].

One operation, the transform without a factor, is all there is to differentiate: it is linear, and what flows back is
transformed in the other direction. The rest is written with it. In a call, axes are counted without that of the pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.axes import axes_of, axis_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.namespace import device, namespace
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rearranging import moveaxis, roll
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import along, getitem, reshape
from inversa.autograd.ops.windows import pad

NORMS = ("backward", "ortho", "forward")


@operation(
    "DFT", Rule.WEIGHTED_INPUT, notation="DFT {x}", derivatives=("DFT⁻(δ)",), on_floats=False, analytic=False,
    examples=(
        Example(((4, 2),)), Example(((2, 3, 2),)), Example(((5, 2),), {"inverse": True}), Example(((1, 2),)),
        Example(((0, 3, 2),)),
    ),
)  # fmt: skip
def dft(xp: Any, x: Any, inverse: bool = False) -> Any:
    """The discrete Fourier transform Σ x_t e^(−2πi·kt/n), or with + in the exponent, along the axis before the pairs.

    Its matrix is symmetric, so the transposed and conjugate one, which gives the gradient, is that of the other sign.

    >>> from inversa.autograd.ops.fourier import dft
    >>> dft([[1.0, 0.0], [2.0, 0.0]]).tolist()
    [[3.0, 0.0], [-1.0, 0.0]]
    """
    checks.flag("inverse", inverse)
    if x.ndim < 2 or x.shape[-1] != 2:
        raise ValueError("pairs have a last axis of length 2, and another one before it")
    z = x[..., 0] + 1j * x[..., 1]
    z = xp.fft.ifft(z, norm="forward") if inverse else xp.fft.fft(z)
    return xp.stack([xp.real(z), xp.imag(z)], axis=-1)


dft.pullbacks(lambda g, _y, _x, *, inverse: dft(g, not inverse))


def fft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The Fourier transform of complex numbers along an axis.

    Parameters
    ----------
    a : (..., 2)
        Pairs [re, im].
    n : int, optional
        How many numbers there are to be: others are cut off, or zeros come behind. As many as there are if nothing is
        said.
    axis : int
    norm : "backward", "ortho" or "forward", optional
        Whether the inverse transform is divided by n, each by √n, or the forward one by n.

    Returns
    -------
    array
        Pairs [re, im] as well.

    Raises
    ------
    ValueError
        For an array whose last axis has not the length 2, and for other settings.

    Examples
    --------
    >>> from inversa.autograd import Tensor, fft
    >>> fft.fft(Tensor([[1.0, 0.0], [0.0, 0.0]])).tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """
    return _transformed(_pairs("fft", a), n, axis, norm, inverse=False)


def ifft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The inverse of `fft`, with its arguments and errors.

    >>> from inversa.autograd import Tensor, fft
    >>> fft.ifft(Tensor([[1.0, 0.0], [1.0, 0.0]])).tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    return _transformed(_pairs("ifft", a), n, axis, norm, inverse=True)


def rfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The Fourier transform of real numbers along an axis: the first n // 2 + 1 frequencies, which say it all.

    Parameters
    ----------
    a : array of real numbers
    n, axis, norm
        As of `fft`.

    Returns
    -------
    array
        Pairs [re, im], along a last axis that is new. What NumPy gives is ``y[..., 0] + 1j * y[..., 1]``.

    Raises
    ------
    ValueError
        For other settings.

    Examples
    --------
    >>> from inversa.autograd import Tensor, fft
    >>> x = Tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    >>> y = fft.rfft(x)
    >>> (y**2).sum().backward()  # its power
    >>> y.tolist(), x.grad.tolist()
    ([[10.0, 0.0], [-2.0, 2.0], [-2.0, 0.0]], [12.0, 20.0, 20.0, 28.0])
    """
    whole = _transformed(_with_zeros(a), n, axis, norm, inverse=False)
    place = axis_of(len(whole.shape) - 1, axis)
    return _resized(whole, whole.shape[place] // 2 + 1, place)


def irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Any:
    """The inverse of `rfft`: n real numbers, an even number of them if nothing is said.

    Parameters
    ----------
    a : (..., 2)
        Pairs [re, im].
    n : int, optional
        How many numbers to give; 2 (m − 1) of m pairs if nothing is said.
    axis, norm
        As of `fft`.

    Raises
    ------
    ValueError
        For an array whose last axis has not the length 2, and for other settings.

    Examples
    --------
    >>> from inversa.autograd import Tensor, fft
    >>> fft.irfft(fft.rfft(Tensor([1.0, 2.0, 3.0])), n=3).numpy().round(12).tolist()
    [1.0, 2.0, 3.0]
    """
    pairs = _pairs("irfft", a)
    place = axis_of(len(pairs.shape) - 1, axis)
    whole = checks.count("n", 2 * (pairs.shape[place] - 1) if n is None else n, example="8")
    return getitem(_transformed(_doubled(pairs, whole, place), whole, place, norm, inverse=True), (..., 0))


def fft2(a: Any, s: Sequence[int] | None = None, axes: Sequence[int] = (-2, -1), norm: str | None = None) -> Any:
    """`fft` along two axes, such as those of a picture; ``s`` says how many numbers there are to be along each.

    >>> from inversa.autograd import Tensor, fft
    >>> fft.fft2(Tensor([[[1.0, 0.0]], [[2.0, 0.0]]])).tolist()
    [[[3.0, 0.0]], [[-1.0, 0.0]]]
    """
    (rows, down), (columns, across) = _two(s, axes)
    return fft(fft(a, columns, across, norm), rows, down, norm)


def ifft2(a: Any, s: Sequence[int] | None = None, axes: Sequence[int] = (-2, -1), norm: str | None = None) -> Any:
    """The inverse of `fft2`, with its arguments.

    >>> from inversa.autograd import Tensor, fft
    >>> fft.ifft2(Tensor([[[3.0, 0.0]], [[-1.0, 0.0]]])).tolist()
    [[[1.0, 0.0]], [[2.0, 0.0]]]
    """
    (rows, down), (columns, across) = _two(s, axes)
    return ifft(ifft(a, columns, across, norm), rows, down, norm)


def rfft2(a: Any, s: Sequence[int] | None = None, axes: Sequence[int] = (-2, -1), norm: str | None = None) -> Any:
    """`rfft` along the last of two axes and `fft` along the other.

    >>> from inversa.autograd import Tensor, fft
    >>> fft.rfft2(Tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[[10.0, 0.0], [-2.0, 0.0]], [[-4.0, 0.0], [0.0, 0.0]]]
    """
    (rows, down), (columns, across) = _two(s, axes)
    return fft(rfft(a, columns, across, norm), rows, down, norm)


def irfft2(a: Any, s: Sequence[int] | None = None, axes: Sequence[int] = (-2, -1), norm: str | None = None) -> Any:
    """The inverse of `rfft2`: real numbers.

    >>> from inversa.autograd import Tensor, fft
    >>> fft.irfft2(fft.rfft2(Tensor([[1.0, 2.0], [3.0, 4.0]]))).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    (rows, down), (columns, across) = _two(s, axes)
    return irfft(ifft(a, rows, down, norm), columns, across, norm)


@composed("fft.fftshift", examples=(Example(((5,),)), Example(((4, 3),)), Example(((4, 3),), {"axes": 1})))
def fftshift(x: Any, axes: int | tuple[int, ...] | None = None) -> Any:
    """With the first entry in the middle of each axis, where pictures have the frequency 0.

    >>> from inversa.autograd import Tensor, fft
    >>> fft.fftshift(Tensor([0.0, 1.0, 2.0, -2.0, -1.0])).tolist()
    [-2.0, -1.0, 0.0, 1.0, 2.0]
    """
    moved = axes_of(len(x.shape), axes)
    return roll(x, tuple(x.shape[i] // 2 for i in moved), moved)


@composed("fft.ifftshift", examples=(Example(((5,),)), Example(((4, 3),)), Example(((4, 3),), {"axes": 1})))
def ifftshift(x: Any, axes: int | tuple[int, ...] | None = None) -> Any:
    """`fftshift` undone, also where the length is odd.

    >>> from inversa.autograd import Tensor, fft
    >>> fft.ifftshift(Tensor([-2.0, -1.0, 0.0, 1.0, 2.0])).tolist()
    [0.0, 1.0, 2.0, -2.0, -1.0]
    """
    moved = axes_of(len(x.shape), axes)
    return roll(x, tuple(-(x.shape[i] // 2) for i in moved), moved)


def _transformed(pairs: Any, n: Any, axis: int, norm: str | None, inverse: bool) -> Any:
    place = axis_of(len(pairs.shape) - 1, axis)
    n = checks.count("n", pairs.shape[place] if n is None else n, example="8")
    norm = "backward" if norm is None else checks.choice("norm", norm, NORMS)
    moved = dft(moveaxis(_resized(pairs, n, place), place, -2), inverse)
    divided = {"ortho": sqrt(n), "backward": n if inverse else 1, "forward": 1 if inverse else n}[norm]
    back = moveaxis(moved, -2, place)
    return back if divided == 1 else back / divided


def _resized(x: Any, n: int, place: int) -> Any:
    """The first n entries along an axis, with zeros behind where there are fewer."""
    there = x.shape[place]
    if n < there:
        return along(x, place, slice(None, n))
    return pad(x, tuple((0, n - there if i == place else 0) for i in range(len(x.shape)))) if n > there else x


def _doubled(pairs: Any, n: int, place: int) -> Any:
    """The frequencies of n real numbers, those twice that stand for two: for themselves and for their mirror images."""
    half = n // 2 + 1
    twice = namespace(pairs).asarray([0 < k < n - k for k in range(half)], device=device(pairs))
    along = reshape(twice, tuple(half if i == place else 1 for i in range(len(pairs.shape))))
    pairs = _resized(pairs, half, place)
    return where(along, 2 * pairs, pairs)


def _two(s: Any, axes: Any) -> tuple[tuple[Any, int], tuple[Any, int]]:
    """How many numbers there are to be along the first and the second axis, and which these are."""
    if not isinstance(axes, (tuple, list)) or len(axes) != 2 or axes[0] == axes[1]:
        raise checks.wrong("axes", "a pair of axes", axes, "(-2, -1)")
    if s is not None and (not isinstance(s, (tuple, list)) or len(s) != 2):
        raise checks.wrong("s", "None or a pair of positive integers", s, "(8, 8)")
    rows, columns = s or (None, None)
    return (rows, axes[0]), (columns, axes[1])


def _pairs(name: str, a: Any) -> Any:
    pairs = a if hasattr(a, "shape") else np.asarray(a)
    if "complex" in str(pairs.dtype) or len(pairs.shape) < 2 or pairs.shape[-1] != 2:
        given = f"an array of {pairs.dtype} of the shape {tuple(pairs.shape)}"
        raise ValueError(
            f"{name} takes pairs [re, im], of the shape (..., 2), such as stack([z.real, z.imag], -1), not {given}"
        )
    return pairs


def _with_zeros(a: Any) -> Any:
    """Real numbers as pairs."""
    x = a if hasattr(a, "shape") else np.asarray(a)
    if "complex" in str(x.dtype) or not x.shape:
        raise ValueError(
            f"rfft takes an array of real numbers, not {x.dtype} of the shape {tuple(x.shape)}: of pairs see fft"
        )
    return pad(reshape(x, (*x.shape, 1)), (*((0, 0),) * len(x.shape), (0, 1)))
