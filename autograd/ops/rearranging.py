"""Rearranging: NumPy's functions that only give the axes of an array, or its entries, other places."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from inversa.autograd import checks
from inversa.autograd.ops.axes import axes_of, axis_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.shaping import reshape, transpose

Axis = int | tuple[int, ...] | None


@composed(examples=(Example(((2, 3),)), Example(((),)), Example(((0, 2),))))
def ravel(x: Any) -> Any:
    """All entries in a row, the last axis running fastest.

    >>> from inversa.autograd import Tensor, ravel
    >>> ravel(Tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    return reshape(x, (prod(x.shape),))


@composed(examples=(Example(((1, 3, 1),)), Example(((1, 3, 1),), {"axis": -1})))
def squeeze(x: Any, axis: Axis = None) -> Any:
    """Without the axes of length 1, or without those named, which must have it.

    >>> from inversa.autograd import Tensor, squeeze
    >>> squeeze(Tensor([[[1.0], [2.0]]])).shape, squeeze(Tensor([[[1.0], [2.0]]]), 0).shape
    ((2,), (2, 1))
    """
    gone = axes_of(len(x.shape), axis) if axis is not None else [i for i, n in enumerate(x.shape) if n == 1]
    if any(x.shape[i] != 1 for i in gone):
        raise ValueError(f"squeeze takes axes of length 1; in the shape {x.shape}, axis {axis} is longer")
    return reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in gone))


@composed(examples=(Example(((3,),), {"axis": 0}), Example(((2, 3),), {"axis": (0, -1)})))
def expand_dims(x: Any, axis: int | tuple[int, ...]) -> Any:
    """With new axes of length 1 at these places of the result.

    >>> from inversa.autograd import Tensor, expand_dims
    >>> expand_dims(Tensor([1.0, 2.0]), -1).shape
    (2, 1)
    """
    ndim = len(x.shape) + (len(axis) if isinstance(axis, (tuple, list)) else 1)
    new, old = axes_of(ndim, axis), iter(x.shape)
    return reshape(x, tuple(1 if i in new else next(old) for i in range(ndim)))


@composed(examples=(Example(((2, 3, 4),), {"axis1": 0, "axis2": -1}),))
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """With two axes exchanged.

    >>> from inversa.autograd import Tensor, swapaxes
    >>> swapaxes(Tensor([[[1.0, 2.0]]]), 0, -1).shape
    (2, 1, 1)
    """
    order = list(range(len(x.shape)))
    i, j = axis_of(len(order), axis1), axis_of(len(order), axis2)
    order[i], order[j] = j, i
    return transpose(x, order)


@composed(examples=(Example(((2, 3, 4),), {"source": 0, "destination": -1}),))
def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """With axes moved to other places, the others in their order.

    >>> from inversa.autograd import Tensor, moveaxis
    >>> moveaxis(Tensor([[[1.0, 2.0]]]), 2, 0).shape
    (2, 1, 1)
    """
    ndim = len(x.shape)
    here, there = _several(ndim, source, "source"), _several(ndim, destination, "destination")
    if len(here) != len(there):
        raise checks.wrong("destination", f"as many axes as source, {len(here)}", destination)
    order = [i for i in range(ndim) if i not in here]
    for place, axis in sorted(zip(there, here, strict=True)):
        order.insert(place, axis)
    return transpose(x, order)


def _several(ndim: int, axes: int | Sequence[int], name: str) -> list[int]:
    return [axis_of(ndim, i, f"an entry of {name}") for i in (axes if isinstance(axes, (tuple, list)) else [axes])]
