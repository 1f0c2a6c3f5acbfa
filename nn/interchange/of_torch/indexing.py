"""Operators that take entries at positions that are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.operators import aten
from inversa.nn.interchange.of_torch.values import at, numbers


@aten("index.Tensor", "_unsafe_index.Tensor")
def index(x: Any, indices: Sequence[Any]) -> Any:
    """Entries at positions along several axes at once; None takes all."""
    if any(i is not None and i.dtype.kind == "b" for i in indices):
        raise InterchangeError("how many entries a mask takes depends on the numbers: write torch.where instead")
    given = [i is not None for i in indices]
    places = [place for place, there in enumerate(given) if there]
    together = places[-1] - places[0] + 1 == len(places)
    taken = x[tuple(slice(None) if i is None else i for i in indices)]
    if together or places[0] == 0:
        return taken
    return taken  # positions that stand apart come first, in NumPy as in PyTorch


@aten("index_select")
def index_select(x: Any, dim: int, index: Any) -> Any:
    """Entries at positions along one axis."""
    return x[at(dim, x.ndim, index)]


@aten("unfold")
def unfold(x: Any, dimension: int, size: int, step: int) -> Any:
    """Parts of one length along an axis, which may overlap; what is in each stands on a last axis."""
    axis = dimension % x.ndim
    starts = range(0, x.shape[axis] - size + 1, step)
    places = np.array(starts)[:, None] + np.arange(size)
    return ag.moveaxis(x[at(axis, x.ndim, places)], axis + 1, -1)


@aten("embedding")
def embedding(weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False) -> Any:
    """Rows of a table; that of the padding has no gradient."""
    if scale_grad_by_freq:
        raise InterchangeError("an embedding whose gradient is scaled by frequency has another one than its inverse")
    rows = ag.getitem(weight, indices)
    if padding_idx < 0:
        return rows
    return ag.where((indices == padding_idx)[..., None], rows.detach(), rows)


@aten("gather")
def gather(x: Any, dim: int, index: Any) -> Any:
    """For each entry of the positions the one that it names along an axis."""
    axis = dim % x.ndim
    inside = tuple(slice(None) if i == axis else slice(0, n) for i, n in enumerate(index.shape))
    return ag.take_along_axis(x[inside], index, axis)


@aten("topk")
def topk(x: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> tuple[Any, Any]:
    """The k largest or smallest along an axis, and where they stand."""
    values, places = sort(x, dim, largest)
    part = at(dim, x.ndim, slice(0, k))
    return values[part], places[part]


@aten("sort", "sort.stable")
def sort(x: Any, dim: int = -1, descending: bool = False, stable: bool = True) -> tuple[Any, Any]:
    """In order along an axis, and where each stood."""
    array = numbers(x)
    places = (-array if descending else array).argsort(axis=dim, kind="stable")
    return ag.take_along_axis(x, places, dim), places
