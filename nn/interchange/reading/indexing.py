"""Entries taken from arrays and put into them by positions."""

from __future__ import annotations

from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.operators import operator
from inversa.nn.interchange.reading.values import allowed, axis_of, bounded, integer, integers, number, numbers


@operator("Gather")
def gather(x: Any, indices: Any, *, axis: int) -> Any:
    """Slices at these positions of an axis, such as the rows of an embedding."""
    along = axis_of(axis, x.ndim)
    bounded([*x.shape[:along], *indices.shape, *x.shape[along + 1 :]])
    return x[(slice(None),) * along + (indices,)]


@operator("GatherElements")
def gather_elements(x: Any, indices: Any, *, axis: int) -> Any:
    """One entry for each index, which differs from its own position along one axis alone."""
    return x[_along(indices, axis_of(axis, x.ndim), x.shape)]


def _along(indices: Any, axis: int, shape: tuple[int, ...]) -> tuple[Any, ...]:
    if indices.ndim != len(shape) or any(
        n > m for a, (n, m) in enumerate(zip(indices.shape, shape, strict=False)) if a != axis
    ):
        raise InterchangeError(f"indices of the shape {indices.shape} do not fit {shape}")
    ranges = np.ogrid[tuple(slice(n) for n in indices.shape)]
    return tuple(indices if a == axis else ranges[a] for a in range(indices.ndim))


@operator("GatherND")
def gather_nd(x: Any, indices: Any, *, batch_dims: int = 0) -> Any:
    """What the last axis of the indices points at, in each of a batch by itself."""
    depth = indices.shape[-1] if indices.ndim else 0
    if not 0 <= batch_dims < min(x.ndim, indices.ndim) or depth + batch_dims > x.ndim:
        raise InterchangeError(f"indices of the shape {indices.shape} do not fit {x.shape}, batch_dims={batch_dims}")
    if x.shape[:batch_dims] != indices.shape[:batch_dims]:
        raise InterchangeError(f"{x.shape} and {indices.shape} differ in the batch")
    bounded([*indices.shape[:-1], *x.shape[batch_dims + depth :]])
    return x[(*_batch(indices, batch_dims), *(indices[..., i] for i in range(depth)))]


def _batch(indices: Any, batch_dims: int) -> tuple[Any, ...]:
    return tuple(np.ogrid[tuple(slice(n) for n in indices.shape[:-1])][:batch_dims]) if batch_dims else ()


@operator("Scatter")
def scatter(x: Any, indices: Any, updates: Any, *, axis: int) -> Any:
    """What became ScatterElements with opset 11."""
    return scatter_elements(x, indices, updates, axis=axis)


@operator("ScatterElements")
def scatter_elements(x: Any, indices: Any, updates: Any, *, axis: int, reduction: str = "none") -> Any:
    """x with other entries at positions that are given along one axis; see `_scattered`."""
    if indices.shape != updates.shape:
        raise InterchangeError(f"{updates.shape} updates have no {indices.shape} positions")
    index = _along(numbers(indices), axis_of(axis, x.ndim), x.shape)
    return _scattered(x, tuple(np.broadcast_arrays(*index)), updates, reduction)


@operator("ScatterND")
def scatter_nd(x: Any, indices: Any, updates: Any, *, reduction: str = "none") -> Any:
    """x with other entries or slices where the last axis of the indices points at."""
    indices = numbers(indices)
    depth = indices.shape[-1]
    if depth > x.ndim or updates.shape != (*indices.shape[:-1], *x.shape[depth:]):
        raise InterchangeError(f"indices {indices.shape} and updates {updates.shape} do not fit {x.shape}")
    inner = np.ogrid[tuple(slice(n) for n in x.shape[depth:])] if depth < x.ndim else []
    outer = [indices[..., i].reshape(indices.shape[:-1] + (1,) * (x.ndim - depth)) for i in range(depth)]
    return _scattered(x, tuple(np.broadcast_arrays(*outer, *inner)), updates, reduction)


_REDUCTIONS = {"add": ag.add, "mul": ag.multiply, "max": ag.maximum, "min": ag.minimum}


def _scattered(x: Any, index: tuple[Any, ...], updates: Any, reduction: str) -> Any:
    """Updates put, added, … one after the other: the first of each position, then the second, until none is left."""
    allowed("reduction", reduction, ("none", *_REDUCTIONS))
    if not updates.size:
        return x
    shape = x.shape
    places = np.ravel_multi_index([_from_front(i, n).ravel() for i, n in zip(index, shape, strict=True)], shape)
    flat = ag.reshape(updates, (places.size,))
    if reduction == "none":
        return _put(x, places, np.arange(places.size), flat, lambda _old, new: new)
    for turn in _turns(places):
        x = _put(x, places, turn, flat, _REDUCTIONS[reduction])
    return x


def _from_front(index: Any, length: int) -> Any:
    if index.size and not -length <= index.min() <= index.max() < length:
        raise InterchangeError(f"positions from {index.min()} to {index.max()} do not lie in {length} entries")
    return np.where(index < 0, index + length, index)


def _put(x: Any, places: Any, turn: Any, flat: Any, change: Any) -> Any:
    """x, changed by some of the updates; of several for one place the last counts."""
    which = np.full(x.size, -1)
    which[places[turn]] = turn
    which = which.reshape(x.shape)
    new = change(x, flat[np.maximum(which, 0)])
    return ag.where(which >= 0, new, x)


def _turns(places: Any) -> list[Any]:
    """Updates that go to different places each: the first of every place, the second, and so on."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ranks = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return [order[ranks == rank] for rank in range(int(ranks.max()) + 1)]


@operator("TopK")
def top_k(x: Any, k: Any, *, axis: int, largest: int = 1, sorted: int = 1, outputs: int) -> Any:
    """The largest or smallest entries, in order, and where they were; the first of equal ones comes first."""
    allowed("largest", largest, (0, 1))
    allowed("sorted", sorted, (0, 1))
    along, count = axis_of(axis, x.ndim), integer(k)
    length = x.shape[along]
    if not 0 <= count <= length:
        raise InterchangeError(f"there are no {count} of {length} entries")
    if largest:
        order = length - 1 - np.flip(np.argsort(np.flip(numbers(x), along), axis=along, kind="stable"), along)
    else:
        order = np.argsort(numbers(x), axis=along, kind="stable")
    places = np.take(order, np.arange(count), axis=along)
    return (x[_along(places, along, x.shape)], places.astype(np.int64))[:outputs]


@operator("OneHot")
def one_hot(indices: Any, depth: Any, values: Any, *, axis: int) -> Any:
    """The second of two values at each index along a new axis, the first elsewhere."""
    count = integer(depth)
    along = axis_of(axis, indices.ndim + 1)
    bounded([*indices.shape, max(count, 0)])
    places = numbers(indices).astype(np.int64)
    places = np.expand_dims(np.where(places < 0, places + count, places), along)
    at = np.arange(count).reshape([-1 if a == along else 1 for a in range(places.ndim)])
    return ag.where(places == at, values[1], values[0])


@operator("NonZero")
def non_zero(x: Any) -> Any:
    """Where entries are not 0, a row for each axis."""
    return np.array(np.nonzero(numbers(x)), np.int64)


@operator("Compress")
def compress(x: Any, condition: Any, *, axis: int | None = None) -> Any:
    """What the condition holds for, along an axis or of all entries in a row."""
    kept = np.flatnonzero(numbers(condition))
    if axis is None:
        return ag.reshape(x, (x.size,))[kept]
    return x[(slice(None),) * axis_of(axis, x.ndim) + (kept,)]


@operator("ReverseSequence")
def reverse_sequence(x: Any, lengths: Any, *, batch_axis: int, time_axis: int) -> Any:
    """The first entries of each sequence in reverse; the others stay."""
    allowed("batch_axis and time_axis", sorted((batch_axis, time_axis)), ([0, 1],))
    count, steps = integers(lengths), x.shape[time_axis]
    if len(count) != x.shape[batch_axis] or not all(0 <= n <= steps for n in count):
        raise InterchangeError(f"{count} are no lengths of the sequences in {x.shape}")
    places = np.array([[n - 1 - t if t < n else t for t in range(steps)] for n in count], int).reshape(-1, steps)
    each = np.arange(len(count))[:, None]
    return x[each, places] if batch_axis == 0 else x[places.T, each.T]


@operator("Unique")
def unique(x: Any, *, axis: int | None = None, sorted: int, outputs: int) -> Any:
    """Different entries or slices, where the first of each is, which one each is, and how often they occur."""
    allowed("sorted", sorted, (0, 1))
    along = None if axis is None else axis_of(axis, x.ndim)
    _, first, inverse, counts = np.unique(numbers(x), True, True, True, axis=along)
    inverse = inverse.ravel()
    if not sorted:
        order = np.argsort(first)
        rank = np.argsort(order)
        first, inverse, counts = first[order], rank[inverse], counts[order]
    taken = ag.reshape(x, (x.size,))[first] if along is None else x[(slice(None),) * along + (first,)]
    return (taken, *(a.astype(np.int64) for a in (first, inverse, counts)))[:outputs]


@operator("Dropout")
def dropout(x: Any, ratio: Any = None, training: Any = None, *, seed: int | None = None, outputs: int) -> Any:
    """Nothing is dropped when a network is used; training, which draws at random, is refused."""
    if training is not None and bool(number(training)) and (ratio is None or number(ratio) > 0):
        raise InterchangeError("Dropout in training draws random numbers: export the model in its eval mode")
    return (x, np.ones(x.shape, bool)) if outputs > 1 else x


@operator("TensorScatter")
def tensor_scatter(past: Any, update: Any, write_indices: Any = None, *, axis: int = -2, mode: str = "linear") -> Any:
    """A store of keys or values with new ones from given positions on, which may come round to the front."""
    along, length = axis_of(axis, past.ndim), update.shape[axis]
    allowed("mode", mode, ("linear", "circular"))
    start = np.zeros(past.shape[0], int) if write_indices is None else np.asarray(write_indices)
    at = np.arange(length)
    places = start.reshape(-1, *(1,) * (past.ndim - 1)) + at.reshape(
        [-1 if a == along else 1 for a in range(past.ndim)]
    )
    if mode == "circular":
        places = places % past.shape[along]
    places = np.broadcast_to(places, update.shape)
    return scatter_elements(past, places, update, axis=along)
