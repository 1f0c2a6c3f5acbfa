"""What NumPy does in one call, in functions of the array API standard, for arrays of other libraries.

The standard has no assignment that all libraries share, and no indices but slices and integers. So an index becomes
the places that it means, which `take` reads and `put` adds at; and nothing here looks at an array's numbers, so
that a library may compute later, or only trace what would be computed.
"""

from __future__ import annotations

import operator
from itertools import accumulate
from math import prod
from typing import Any

from inversa.autograd.lazy import np
from inversa.autograd.ops.namespace import (
    beside,
    device,
    filled,
    foreign_parts,
    is_foreign,
    kind_of,
    library,
    namespace,
    whole,
)

Shape = tuple[int, ...]


def where(condition: Any, a: Any, b: Any) -> Any:
    """The standard's choice is among arrays of one library: numbers and lists become such beside the others."""
    like = next(x for x in (condition, a, b) if is_foreign(x))
    a, b = (x if type(x) in (int, float, bool) else beside(like, x) for x in (a, b))
    if not is_foreign(a) and not is_foreign(b):
        a = beside(like, a)
    return namespace(like).where(beside(like, condition), a, b)


# Indices.

_HEEDLESS = ("cupy", "dask")  # libraries that take something else from a place that is not there, without a word


def take(xp: Any, x: Any, index: Any) -> Any:
    """x[index], as NumPy has it. A place outside of x is an error, or NaN where its number is not at hand."""
    parts = _complete(index, x.shape)
    if _is_simple(parts):
        return x[_written_out(parts, x.shape)]
    places, axes = _places(xp, x, parts, x.shape)
    n = prod(x.shape[:axes])
    rows = xp.reshape(x, (n, *x.shape[axes:]))
    shape, places = places.shape, xp.reshape(places, (prod(places.shape),))
    if library(xp) in _HEEDLESS and foreign_parts(parts) and n and kind_of(x.dtype) == "f":
        there = places < n
        taken = xp.take(rows, xp.where(there, places, 0), axis=0)
        taken = xp.where(xp.reshape(there, (-1, *(1,) * (rows.ndim - 1))), taken, np.nan)
    else:
        taken = xp.take(rows, places, axis=0)
    return xp.reshape(taken, (*shape, *x.shape[axes:]))


def put(xp: Any, x: Any, index: Any, shape: Shape) -> Any:
    """Zeros of a shape, to which x is added at an index: what goes to the same place adds up."""
    parts = _complete(index, shape)
    if _is_basic(parts):
        return _spread(xp, x, parts, shape)
    places, axes = _places(xp, x, parts, shape)
    rows = xp.broadcast_to(x, (*places.shape, *shape[axes:]))
    rows = xp.reshape(rows, (prod(places.shape), *shape[axes:]))
    return xp.reshape(_added(xp, rows, xp.reshape(places, (prod(places.shape),)), prod(shape[:axes])), shape)


def spelled(x: Any, index: Any) -> Any:
    """The index as the standard knows it, if it is one of slices forwards and integers; else as it is."""
    parts = _complete(index, x.shape)
    return _written_out(parts, x.shape) if _is_simple(parts) else index


def _is_simple(parts: list[Any]) -> bool:
    """Whether the standard has such an index: basic, and forwards."""
    return _is_basic(parts) and all(s.step is None or s.step > 0 for s in parts if isinstance(s, slice))


def _written_out(parts: list[Any], shape: Shape) -> tuple[Any, ...]:
    return tuple(_within(i, n) for i, n in _axes(parts, shape))


def _is_basic(parts: list[Any]) -> bool:
    return all(i is None or isinstance(i, (int, slice)) for i in parts)


def _complete(index: Any, shape: Shape) -> list[Any]:
    """The parts of an index, one for every axis, and None for new axes; masks become the places where they hold."""
    parts: list[Any] = []
    for i in index if isinstance(index, tuple) else (index,):
        parts += [i] if i is None or i is Ellipsis or isinstance(i, slice) else _integers(i)
    used = sum(i is not None and i is not Ellipsis for i in parts)
    if used > len(shape):
        raise IndexError(f"an index of {used} axes, for an array of {len(shape)}")
    if not any(i is Ellipsis for i in parts):
        parts.append(Ellipsis)
    at = next(n for n, i in enumerate(parts) if i is Ellipsis)
    parts[at : at + 1] = [slice(None)] * (len(shape) - used)
    return parts


def _integers(part: Any) -> list[Any]:
    """An integer, or integer arrays, from one part of an index."""
    if isinstance(part, (int, np.integer)) and not isinstance(part, bool):
        return [int(part)]
    array = part if hasattr(part, "ndim") else np.asarray(part, int if part == [] else None)
    kind = kind_of(array.dtype)
    if kind not in "iub" or (kind == "b" and not array.ndim):
        raise IndexError(f"an index is of integers, slices, None, Ellipsis or masks, not {part!r}")
    return list(namespace(array).nonzero(array)) if kind == "b" else [array]


def _axes(parts: list[Any], shape: Shape) -> list[tuple[Any, int]]:
    """Every part with the length of its axis."""
    lengths = iter(shape)
    return [(i, 1 if i is None else next(lengths)) for i in parts]


def _range(part: Any, n: int) -> range:
    """The places that a slice or an integer takes of an axis."""
    if isinstance(part, slice):
        return range(*part.indices(n))
    if not -n <= part < n:
        raise IndexError(f"index {part} is out of bounds for an axis of length {n}")
    return range(part % n, part % n + 1)


def _within(part: Any, n: int) -> Any:
    """A part whose bounds lie within the axis, as the standard wants them."""
    if part is None:
        return None
    chosen = _range(part, n)
    if isinstance(part, int):
        return chosen[0]
    return slice(chosen[0], chosen[-1] + 1, chosen.step) if chosen else slice(0, 0)


def _places(xp: Any, x: Any, parts: list[Any], shape: Shape) -> tuple[Any, int]:
    """The places that an index takes, counted through the first axes; and how many these are, for rows lie behind."""
    parts = list(parts)
    while isinstance(parts[-1], slice) and parts[-1] == slice(None):
        parts.pop()  # whole rows
    axes = sum(i is not None for i in parts)
    arrays = [n for n, i in enumerate(parts) if i is not None and not isinstance(i, slice)]
    new = max((getattr(parts[n], "ndim", 0) for n in arrays), default=0)  # axes that the arrays make together
    # NumPy's rule: these stand where the arrays stood, if they were side by side; else first.
    first = arrays[0] if arrays and arrays[-1] - arrays[0] < len(arrays) else 0
    ndim = len(parts) - len(arrays) + new
    steps = [*accumulate(reversed(shape[1:axes]), operator.mul, initial=1)]
    places: Any = xp.zeros((1,) * ndim, dtype=whole(xp), device=device(x))
    own = 0  # the next axis of a slice, or a new one
    for part, n in _axes(parts, shape):
        if part is None or isinstance(part, slice):
            axis = own + (new if own >= first else 0)
            own += 1
        if isinstance(part, slice):
            chosen = range(*part.indices(n))
            part = xp.arange(chosen.start, chosen.stop, chosen.step, device=device(x))
        elif isinstance(part, int):
            part, axis = xp.asarray(_range(part, n)[0], device=device(x)), 0
        elif part is not None:
            part = _counted(xp, x, part, n, prod(shape))
            axis = first + new - part.ndim
        if part is not None:
            along = (1,) * axis + part.shape + (1,) * (ndim - axis - part.ndim)
            places = places + steps.pop() * xp.reshape(part, along)
    return places, axes


def _counted(xp: Any, x: Any, part: Any, n: int, nowhere: int) -> Any:
    """An array of places of an axis, counted from its beginning, beside x; what is outside of it is nowhere."""
    if isinstance(part, np.ndarray):  # whose numbers are at hand
        part = part.astype(np.int64)
        outside = part[(part < -n) | (part >= n)]
        if outside.size:
            raise IndexError(f"index {outside[0]} is out of bounds for an axis of length {n}")
        return xp.asarray(np.where(part < 0, part + n, part), device=device(x))
    part = xp.astype(part, whole(xp))
    outside = (part < -n) | (part >= n)
    return xp.where(outside, nowhere, xp.where(part < 0, part + n, part))


def _spread(xp: Any, x: Any, parts: list[Any], shape: Shape) -> Any:
    """Zeros of a shape with x at a basic index."""
    chosen = [_range(i, n) for i, n in _axes(parts, shape) if i is not None]
    seen = [1 if i is None else len(_range(i, n)) for i, n in _axes(parts, shape) if not isinstance(i, int)]
    x = xp.reshape(xp.broadcast_to(x, tuple(seen)), tuple(map(len, chosen)))
    for axis, (n, places) in enumerate(zip(shape, chosen, strict=True)):
        if places.step < 0:
            x, places = xp.flip(x, axis=axis), places[::-1]
        if len(places) < n:
            x = _along(xp, x, axis, n, places)
    return x


def _along(xp: Any, x: Any, axis: int, n: int, places: range) -> Any:
    """Zeros of length n along an axis with the entries of x at some places."""
    before, behind = x.shape[:axis], x.shape[axis + 1 :]
    if not places:
        return filled(x, (*before, n, *behind), 0)
    if places.step > 1:
        between = filled(x, (*before, len(places), places.step - 1, *behind), 0)
        spaced = xp.concat([xp.expand_dims(x, axis=axis + 1), between], axis=axis + 1)
        x = xp.reshape(spaced, (*before, len(places) * places.step, *behind))
        x = x[(*(slice(None),) * axis, slice(0, places[-1] - places[0] + 1), ...)]
    return bordered(xp, x, axis, (places[0], n - places[-1] - 1), (0, 0))


def bordered(xp: Any, x: Any, axis: int, widths: tuple[int, int], values: tuple[Any, Any]) -> Any:
    """x between two blocks of constants along an axis."""
    before, behind = x.shape[:axis], x.shape[axis + 1 :]
    left, right = (filled(x, (*before, width, *behind), v) for width, v in zip(widths, values, strict=True))
    return xp.concat([left, x, right], axis=axis)


def _added(xp: Any, rows: Any, places: Any, n: int) -> Any:
    """n rows of zeros, to which rows are added at their places."""
    zeros = filled(rows, (n, *rows.shape[1:]), 0)
    if hasattr(zeros, "at"):  # of JAX
        return zeros.at[places].add(rows)
    if hasattr(zeros, "index_add"):  # of PyTorch
        return zeros.index_add(0, places, rows)
    return _added_in_order(xp, rows, places, n) if rows.shape[0] and n else zeros


def _added_in_order(xp: Any, rows: Any, places: Any, n: int) -> Any:
    """The same where a library cannot add at places: neighbours in order are added up if they go to the same place.

    After 1, 2, 4, … steps a row is the sum of the last 2, 4, 8, … that go where it goes; in the end, of all of them.
    """
    ones = (1,) * (rows.ndim - 1)
    order = xp.argsort(places)
    places, rows = xp.take(places, order, axis=0), xp.take(rows, order, axis=0)
    step = 1
    while step < rows.shape[0]:
        same = xp.reshape(places[step:] == places[:-step], (-1, *ones))
        gained = xp.where(same, rows[:-step, ...], 0)
        rows = xp.concat([rows[:step, ...], rows[step:, ...] + gained], axis=0)
        step *= 2
    wanted = xp.arange(n, dtype=places.dtype, device=device(places))
    last = xp.maximum(xp.searchsorted(places, wanted, side="right") - 1, 0)
    found = xp.reshape(xp.take(places, last, axis=0) == wanted, (n, *ones))
    return xp.where(found, xp.take(rows, last, axis=0), 0)
