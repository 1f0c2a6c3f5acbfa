"""Parts of References: at an index of slices and integers, and rows added at places."""

from __future__ import annotations

from typing import Any

from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.writing.array import Reference
from inversa.nn.interchange.writing.functions import BEFORE_ALL, integers, written, xp


def sliced(x: Reference, index: Any) -> Any:
    """x at an index of slices, integers, None and Ellipsis."""
    parts = list(index) if isinstance(index, tuple) else [index]
    if not all(part is None or part is Ellipsis or isinstance(part, (int, slice)) for part in parts):
        raise InterchangeError("a file has no place for an index that is computed, but in the first axis")
    if Ellipsis not in parts:
        parts.append(Ellipsis)
    at = parts.index(Ellipsis)
    parts[at : at + 1] = [slice(None)] * (x.ndim - sum(part is not None and part is not Ellipsis for part in parts))
    bounds: list[tuple[int, int, int, int]] = []  # first, behind the last, axis, step
    cut, shape = list(x.shape), []
    axis = 0
    for part in parts:
        if part is None:
            shape.append(1)
            continue
        n = x.shape[axis]
        chosen = range(n)[part] if isinstance(part, slice) else range(part % n, part % n + 1)
        if chosen != range(n):
            stop = chosen.stop if chosen.stop >= 0 else BEFORE_ALL
            if chosen and chosen[-1] + chosen.step >= n:  # said alike for every length
                stop = n
            bounds.append((chosen.start, stop, axis, chosen.step))
        cut[axis] = len(chosen)
        if isinstance(part, slice):
            shape.append(len(chosen))
        axis += 1
    if bounds:
        x = written("Slice", [x, *(integers(*numbers) for numbers in zip(*bounds, strict=True))], cut, x.dtype)
    return xp.reshape(x, shape)


def added(x: Reference, places: Reference, rows: Reference) -> Any:
    """x with rows added at places of its first axis."""
    if not rows.size:
        return x
    places = xp.reshape(xp.astype(places, np.int64), (-1, 1))
    return written("ScatterND", [x, places, rows], x.shape, x.dtype, reduction="add")
