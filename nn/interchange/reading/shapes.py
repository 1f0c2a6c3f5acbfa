"""Operators that move entries, and those that make shapes and constants."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, prod
from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.operators import operator
from inversa.nn.interchange.reading.values import (
    allowed,
    axes_of,
    axis_of,
    bounded,
    differentiated,
    integer,
    integers,
    is_float,
    number,
    numbers,
    type_of,
)


@operator("Reshape")
def reshape(x: Any, shape: Any, *, allowzero: int = 0) -> Any:
    """0 keeps a length unless allowzero says otherwise; −1 is what is left."""
    wanted = integers(shape)
    if not allowed("allowzero", allowzero, (0, 1)):
        if any(n == 0 and i >= x.ndim for i, n in enumerate(wanted)):
            raise InterchangeError(f"a 0 in {wanted} keeps a length that {x.shape} does not have")
        wanted = [x.shape[i] if n == 0 else n for i, n in enumerate(wanted)]
    if any(n < -1 for n in wanted):
        raise InterchangeError(f"no array has the shape {tuple(wanted)}")
    return ag.reshape(x, tuple(wanted))


@operator("Flatten")
def flatten(x: Any, *, axis: int) -> Any:
    """A matrix: the axes before this one, and the others."""
    if not -x.ndim <= axis <= x.ndim:
        raise InterchangeError(f"there is no axis {axis} among {x.ndim}")
    first = axis + x.ndim if axis < 0 else axis
    return ag.reshape(x, (prod(x.shape[:first]), prod(x.shape[first:])))


@operator("Squeeze")
def squeeze(x: Any, axes: Any = None) -> Any:
    """Without axes of length 1: all of them, or those named."""
    gone = [a for a, n in enumerate(x.shape) if n == 1] if axes is None else axes_of(axes, x.ndim)
    if any(x.shape[a] != 1 for a in gone):
        raise InterchangeError(f"the axes {gone} of {x.shape} are not all of length 1")
    return ag.reshape(x, tuple(n for a, n in enumerate(x.shape) if a not in gone))


@operator("Unsqueeze")
def unsqueeze(x: Any, axes: Any) -> Any:
    """With axes of length 1 at these places of the result."""
    new = axes_of(axes, x.ndim + len(integers(axes)))
    old = iter(x.shape)
    return ag.reshape(x, tuple(1 if a in new else next(old) for a in range(x.ndim + len(new))))


@operator("Transpose")
def transpose(x: Any, *, perm: list[int] | None = None) -> Any:
    """The axes in another order; by default the other way round."""
    return ag.transpose(x, perm)


@operator("Expand")
def expand(x: Any, shape: Any) -> Any:
    """Repeated along axes of length 1, and along new ones."""
    return ag.broadcast_to(x, bounded(np.broadcast_shapes(x.shape, bounded(integers(shape)))))


@operator("Tile")
def tile(x: Any, repeats: Any) -> Any:
    """So many times along each axis."""
    times = integers(repeats)
    if len(times) != x.ndim:
        raise InterchangeError(f"an array of {x.ndim} axes is not repeated {times} times")
    bounded([n * t for n, t in zip(x.shape, times, strict=True)])
    return ag.tile(x, tuple(times))


@operator("Concat")
def concatenate(*xs: Any, axis: int) -> Any:
    """One after another along an axis."""
    along = axis_of(axis, xs[0].ndim)
    bounded([sum(x.shape[along] for x in xs), *(n for a, n in enumerate(xs[0].shape) if a != along)])
    return ag.concatenate(list(xs), axis=along)


@operator("Split")
def split(x: Any, split: Any = None, *, axis: int, num_outputs: int | None = None, outputs: int) -> Any:
    """Parts of given lengths, or equal ones of which the last may be shorter."""
    along = axis_of(axis, x.ndim)
    length = x.shape[along]
    if split is not None:
        lengths = integers(split)
    else:
        if (num_outputs or outputs) != outputs or (num_outputs is None and length % outputs):
            raise InterchangeError(f"{length} entries are not split into {outputs} parts")
        each = ceil(length / outputs)
        lengths = [max(0, min(each, length - i * each)) for i in range(outputs)]
    if sum(lengths) != length or min(lengths) < 0 or len(lengths) != outputs:
        raise InterchangeError(f"{length} entries are not split into {lengths}")
    ends = [sum(lengths[:i]) for i in range(outputs + 1)]
    return tuple(x[(slice(None),) * along + (slice(a, b),)] for a, b in pairwise(ends))


@operator("Slice")
def slice_of(x: Any, starts: Any, ends: Any, axes: Any = None, steps: Any = None) -> Any:
    """As Python's, but that −1 after a step back stands for the last entry, and less for the end before the first."""
    first, last = integers(starts), integers(ends)
    along = axes_of(axes, x.ndim) if axes is not None else list(range(len(first)))
    by = integers(steps) if steps is not None else [1] * len(first)
    if not len(first) == len(last) == len(along) == len(by) or 0 in by or len(along) > x.ndim:
        raise InterchangeError(f"no slice goes from {first} to {last} along {along} in steps of {by}")
    index = [slice(None)] * x.ndim
    for a, b, axis, step in zip(first, last, along, by, strict=True):
        index[axis] = _slice(a, b, step, x.shape[axis])
    return x[tuple(index)]


def _slice(start: int, end: int, step: int, length: int) -> slice:
    start, end = (n + length if n < 0 else n for n in (start, end))
    if step > 0:
        return slice(min(max(start, 0), length), min(max(end, 0), length), step)
    start, end = min(max(start, 0), length - 1), min(max(end, -1), length - 1)
    return slice(start, None if end < 0 else end, step) if length else slice(0, 0)


@operator("Pad")
def pad(x: Any, pads: Any, value: Any = None, axes: Any = None, *, mode: str) -> Any:
    """A border; negative widths cut off."""
    allowed("mode", mode, ("constant", "reflect", "edge", "wrap"))
    along = axes_of(axes, x.ndim) if axes is not None else list(range(x.ndim))
    widths = integers(pads)
    if len(widths) != 2 * len(along):
        raise InterchangeError(f"{len(widths)} widths are not two for each of {len(along)} axes")
    pairs = [(0, 0)] * x.ndim
    for i, a in enumerate(along):
        pairs[a] = (widths[i], widths[i + len(along)])
    bounded([max(0, before) + n + max(0, after) for n, (before, after) in zip(x.shape, pairs, strict=True)])
    if any(min(pair) < 0 for pair in pairs):
        if any(n + min(before, 0) + min(after, 0) < 0 for n, (before, after) in zip(x.shape, pairs, strict=True)):
            raise InterchangeError(f"{widths} cut off more than {x.shape} has")
        x = x[tuple(slice(max(0, -b), n - max(0, -a)) for n, (b, a) in zip(x.shape, pairs, strict=True))]
        pairs = [(max(0, before), max(0, after)) for before, after in pairs]
    if mode != "constant":
        return ag.pad(x, pairs, mode=mode)
    return _with_constant(x, pairs, value)


def _with_constant(x: Any, pairs: list[tuple[int, int]], value: Any) -> Any:
    if value is None or not differentiated(value):
        fill = 0 if value is None else number(value)
        if not is_float(x):
            return np.pad(x, pairs, constant_values=fill)
        return ag.pad(x, pairs, constant_values=float(fill))
    border = np.pad(np.zeros(x.shape, x.dtype), pairs, constant_values=1)
    return ag.pad(x, pairs) + ag.reshape(value, ()) * border


@operator("Shape")
def shape_of(x: Any, *, start: int = 0, end: int | None = None) -> Any:
    """The lengths of its axes, or of some of them."""
    return np.array(x.shape[start:end], np.int64)


@operator("Size")
def size_of(x: Any) -> Any:
    """How many entries it has."""
    return np.array(x.size, np.int64)


@operator("Constant")
def constant(
    *,
    value: Any = None,
    value_float: float | None = None,
    value_floats: list[float] | None = None,
    value_int: int | None = None,
    value_ints: list[int] | None = None,
) -> Any:
    """What the file says."""
    if value_float is not None or value_floats is not None:
        return np.array(value_float if value_floats is None else value_floats, np.float32)
    if value_int is not None or value_ints is not None:
        return np.array(value_int if value_ints is None else value_ints, np.int64)
    return np.asarray(value)


@operator("ConstantOfShape")
def constant_of_shape(shape: Any, *, value: Any = None) -> Any:
    """One number everywhere, by default 0."""
    fill = np.zeros(1, np.float32) if value is None else value
    if fill.size != 1:
        raise InterchangeError(f"an array is filled with one number, not {fill.size}")
    return np.full(bounded(integers(shape)), fill.ravel()[0], fill.dtype)


@operator("Range")
def range_of(start: Any, limit: Any, delta: Any) -> Any:
    """From start to limit, which is not reached, in steps of delta."""
    first, last, step = (number(x) for x in (start, limit, delta))
    if not step:
        raise InterchangeError("the step of a range is 0")
    count = (last - first) / step
    if not np.isfinite(count):
        raise InterchangeError(f"no range goes from {first} to {last} in steps of {step}")
    (length,) = bounded([max(0, ceil(count))])
    return (first + np.arange(length) * step).astype(numbers(start).dtype)


@operator("EyeLike")
def eye_like(x: Any, *, dtype: int | None = None, k: int) -> Any:
    """1 on a diagonal, 0 elsewhere."""
    rows, columns = x.shape
    return np.eye(rows, columns, k=k, dtype=x.dtype if dtype is None else type_of(dtype))


@operator("Trilu")
def triangle(x: Any, k: Any = None, *, upper: int) -> Any:
    """The part of matrices above a diagonal, or below it."""
    part = np.triu if allowed("upper", upper, (0, 1)) else np.tril
    kept = part(np.ones(x.shape[-2:], bool), 0 if k is None else integer(k))
    return ag.where(kept, x, 0.0) if is_float(x) else np.where(kept, x, 0).astype(x.dtype)


@operator("DepthToSpace")
def depth_to_space(x: Any, *, blocksize: int, mode: str = "DCR") -> Any:
    """Channels become blocks of pixels; the mode says which of them lie side by side."""
    n, c, h, w = x.shape
    if blocksize < 1 or c % blocksize**2:
        raise InterchangeError(f"{c} channels make no blocks of {blocksize} × {blocksize}")
    first = allowed("mode", mode, ("DCR", "CRD")) == "DCR"
    blocks = (blocksize, blocksize, c // blocksize**2) if first else (c // blocksize**2, blocksize, blocksize)
    order = (0, 3, 4, 1, 5, 2) if first else (0, 1, 4, 2, 5, 3)
    y = ag.transpose(ag.reshape(x, (n, *blocks, h, w)), order)
    return ag.reshape(y, (n, c // blocksize**2, h * blocksize, w * blocksize))


@operator("SpaceToDepth")
def space_to_depth(x: Any, *, blocksize: int, mode: str = "DCR") -> Any:
    """Blocks of pixels become channels."""
    n, c, h, w = x.shape
    b = blocksize
    if b < 1 or h % b or w % b:
        raise InterchangeError(f"an image of {h} × {w} has no blocks of {b} × {b}")
    order = (0, 3, 5, 1, 2, 4) if allowed("mode", mode, ("DCR", "CRD")) == "DCR" else (0, 1, 3, 5, 2, 4)
    y = ag.transpose(ag.reshape(x, (n, c, h // b, b, w // b, b)), order)
    return ag.reshape(y, (n, c * b * b, h // b, w // b))
