"""Images of other sizes: along each axis a product with a matrix of weights, or the nearest pixels."""

from __future__ import annotations

from math import floor
from typing import Any, NamedTuple

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.operators import operator
from inversa.nn.interchange.reading.values import allowed, axes_of, bounded, integers, is_float, numbers

_COORDINATES = (
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize",
)  # fmt: skip
_NEAREST = {
    "round_prefer_floor": lambda x: np.ceil(x - 0.5),
    "round_prefer_ceil": lambda x: np.floor(x + 0.5),
    "floor": lambda x: np.floor(x),
    "ceil": lambda x: np.ceil(x),
}


class Axis(NamedTuple):
    """An axis that is resized: its number, both lengths, their quotient, and the part of it that is taken."""

    number: int
    old: int
    new: int
    scale: float
    part: tuple[float, float]


@operator("Resize")
def resize(
    x: Any,
    roi: Any = None,
    scales: Any = None,
    sizes: Any = None,
    *,
    antialias: int = 0,
    axes: list[int] | None = None,
    coordinate_transformation_mode: str = "asymmetric",
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0,
    keep_aspect_ratio_policy: str = "stretch",
    mode: str = "nearest",
    nearest_mode: str = "floor",
    opset: int,
) -> Any:
    """By scales or to sizes, in any of ONNX's ways of placing and weighing pixels."""
    if opset < 11:  # scales came second, and pixels were placed in one way
        roi, scales = None, roi
    allowed("antialias", antialias, (0, 1))
    allowed("exclude_outside", exclude_outside, (0, 1))
    allowed("coordinate_transformation_mode", coordinate_transformation_mode, _COORDINATES)
    allowed("mode", mode, ("nearest", "linear", "cubic"))
    allowed("nearest_mode", nearest_mode, tuple(_NEAREST))
    which = list(range(x.ndim)) if axes is None else axes_of(axes, x.ndim)
    cropped = coordinate_transformation_mode == "tf_crop_and_resize"
    resized = _axes(x.shape, which, roi, scales, sizes, keep_aspect_ratio_policy, cropped)
    bounded([next((a.new for a in resized if a.number == i), n) for i, n in enumerate(x.shape)])
    if mode == "nearest":
        if antialias or exclude_outside:
            raise InterchangeError("antialias and exclude_outside have no place among nearest pixels")
    elif not is_float(x):
        raise InterchangeError(f"{x.dtype} is resized to the nearest pixels alone, not by mode={mode!r}")
    outside = np.zeros((1,) * x.ndim, bool)
    for axis in resized:
        place = _places(axis, coordinate_transformation_mode)
        if mode == "nearest":
            nearest = np.clip(_NEAREST[nearest_mode](place), 0, max(axis.old - 1, 0)).astype(int)
            x = x[(slice(None),) * axis.number + (nearest,)]
        elif axis.scale != 1 or axis.part != (0.0, 1.0):
            kernel = _linear if mode == "linear" else lambda t: _cubic(t, cubic_coeff_a)
            narrow = min(axis.scale, 1.0) if antialias else 1.0
            weights = _weights(place, axis.old, kernel, 1 if mode == "linear" else 2, narrow, bool(exclude_outside))
            y = ag.matmul(ag.moveaxis(x, axis.number, -1), weights.T.astype(x.dtype))
            x = ag.moveaxis(y, -1, axis.number)
        if cropped:
            beyond = (place < 0) | (place > axis.old - 1)
            outside = outside | beyond.reshape([-1 if a == axis.number else 1 for a in range(x.ndim)])
    return ag.where(outside, extrapolation_value, x) if outside.any() else x


def _axes(shape: Any, which: list[int], roi: Any, scales: Any, sizes: Any, policy: str, cropped: bool) -> list[Axis]:
    allowed("keep_aspect_ratio_policy", policy, ("stretch", "not_larger", "not_smaller"))
    old = [shape[a] for a in which]
    if sizes is not None and sizes.size:
        wanted = integers(sizes)
        _same_number(wanted, which)
        factors = [w / n if n else 1.0 for w, n in zip(wanted, old, strict=True)]
        if policy != "stretch":
            factor = min(factors) if policy == "not_larger" else max(factors)
            factors = [factor] * len(old)
            wanted = [floor(factor * n + 0.5) for n in old]
    else:
        if scales is None or not scales.size:
            raise InterchangeError("Resize has neither scales nor sizes")
        factors = [float(s) for s in numbers(scales).ravel()]
        _same_number(factors, which)
        if not all(0 < s < np.inf for s in factors):
            raise InterchangeError(f"no image is resized by {factors}")
        wanted = [floor(n * s) for n, s in zip(old, factors, strict=True)]
    if cropped and (roi is None or not roi.size):
        raise InterchangeError("tf_crop_and_resize needs the part that is taken, roi")
    ends = [0.0] * len(which) + [1.0] * len(which)
    if roi is not None and roi.size:
        ends = [float(r) for r in numbers(roi).ravel()]
        _same_number(ends, which * 2)
    parts = list(zip(ends[: len(which)], ends[len(which) :], strict=True))
    return [Axis(*each) for each in zip(which, old, wanted, factors, parts, strict=True)]


def _same_number(given: list[Any], axes: list[int]) -> None:
    if len(given) != len(axes):
        raise InterchangeError(f"{given} are not those of {len(axes)} axes")


def _places(axis: Axis, mode: str) -> Any:
    """Where in the old axis the pixels of the new one lie."""
    _, old, new, scale, (start, end) = axis
    at, wide = np.arange(new, dtype=float), scale * old
    if mode == "asymmetric":
        return at / scale
    if mode == "align_corners":
        return at * (old - 1) / (wide - 1) if wide != 1 else np.zeros(new)
    if mode == "tf_crop_and_resize":
        if wide == 1:
            return np.full(new, (start + end) * (old - 1) / 2)
        return start * (old - 1) + at * (end - start) * (old - 1) / (wide - 1)
    if mode == "pytorch_half_pixel" and wide == 1:
        return np.full(new, -0.5)
    shift = old / 2 * (1 - new / wide) if mode == "half_pixel_symmetric" and wide else 0.0
    return shift + (at + 0.5) / scale - 0.5


def _linear(t: Any) -> Any:
    return np.clip(1 - np.abs(t), 0, 1)


def _cubic(t: Any, a: float) -> Any:
    t = np.abs(t)
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((t - 5) * t + 8) * t * a - 4 * a
    return np.where(t <= 1, near, np.where(t < 2, far, 0.0))


def _weights(places: Any, old: int, kernel: Any, reach: int, narrow: float, exclude: bool) -> Any:
    """A matrix (new, old): of which old pixels a new one is made; those beyond the edge are those at the edge."""
    bounded([len(places), old])
    base = np.floor(places).astype(int)
    first = floor(-reach / narrow) + 1
    offsets = np.arange(first, 2 - first)
    bounded([len(places), len(offsets)])
    pixels = base[:, None] + offsets
    weights = kernel((pixels - places[:, None]) * narrow)
    if exclude:
        weights = np.where((pixels < 0) | (pixels >= old), 0.0, weights)
    weights = weights / weights.sum(axis=1, keepdims=True)
    matrix = np.zeros((len(places), old))
    np.add.at(matrix, (np.arange(len(places))[:, None], np.clip(pixels, 0, old - 1)), weights)
    return matrix


@operator("Upsample")
def upsample(x: Any, scales: Any, *, mode: str) -> Any:
    """Resize as it was before opset 10."""
    return resize(x, scales, mode=mode, opset=10)
