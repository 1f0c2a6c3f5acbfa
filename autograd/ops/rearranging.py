"""Rearranging: NumPy's functions that only give the axes of an array, or its entries, other places."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from operator import index
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.axes import Axis, axes_of, axis_of, numbers_of, shape_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.namespace import alike, filled
from inversa.autograd.ops.operation import Example, Operand
from inversa.autograd.ops.shaping import along, broadcast_to, concatenate, getitem, reshape, transpose


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
def expand_dims(x: Any, axis: int | Sequence[int]) -> Any:
    """With new axes of length 1 at these places of the result.

    >>> from inversa.autograd import Tensor, expand_dims
    >>> expand_dims(Tensor([1.0, 2.0]), -1).shape
    (2, 1)
    """
    ndim = len(x.shape) + (len(axis) if isinstance(axis, (tuple, list)) else 1)
    new, old = axes_of(ndim, tuple(axis) if isinstance(axis, (tuple, list)) else axis), iter(x.shape)
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
    places = [axis_of(ndim, i, f"an entry of {name}") for i in np.atleast_1d(axes)]
    if len(set(places)) < len(places):
        raise checks.wrong(name, "an axis, or several different ones", axes, "(0, 1)")
    return places


@composed(examples=(Example(((2, 3),)), Example(((2, 3),), {"axis": 1}), Example(((2, 3, 2),), {"axis": (0, -1)})))
def flip(x: Any, axis: Axis = None) -> Any:
    """The entries in the opposite order along axes; along all if none is named.

    >>> from inversa.autograd import Tensor, flip
    >>> flip(Tensor([1.0, 2.0, 3.0])).tolist()
    [3.0, 2.0, 1.0]
    """
    ndim = len(x.shape)
    turned = axes_of(ndim, axis)
    return getitem(x, tuple(slice(None, None, -1 if i in turned else 1) for i in range(ndim)))


@composed(examples=(Example(((2, 3),)),))
def fliplr(x: Any) -> Any:
    """The columns in the opposite order.

    >>> from inversa.autograd import Tensor, fliplr
    >>> fliplr(Tensor([[1.0, 2.0]])).tolist()
    [[2.0, 1.0]]
    """
    return flip(x, 1)


@composed(examples=(Example(((2, 3),)),))
def flipud(x: Any) -> Any:
    """The rows in the opposite order.

    >>> from inversa.autograd import Tensor, flipud
    >>> flipud(Tensor([[1.0], [2.0]])).tolist()
    [[2.0], [1.0]]
    """
    return flip(x, 0)


@composed(examples=(Example(((2, 3),)), Example(((2, 3),), {"k": 2}), Example(((2, 3, 2),), {"k": 3, "axes": (1, 2)})))
def rot90(x: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Turned by k right angles in the plane of two axes, from the first towards the second.

    >>> from inversa.autograd import Tensor, rot90
    >>> rot90(Tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[2.0, 4.0], [1.0, 3.0]]
    """
    first, second = (axis_of(len(x.shape), i, "an entry of axes") for i in axes)
    if first == second:
        raise checks.wrong("axes", "a pair of different axes", axes, "(0, 1)")
    turns = index(k) % 4
    if turns == 2:
        return flip(x, (first, second))
    if turns == 1:
        return swapaxes(flip(x, second), first, second)
    return flip(swapaxes(x, first, second), second) if turns == 3 else getitem(x, slice(None))


@composed(
    examples=(
        Example(((2, 3),), {"shift": 4}), Example(((2, 3),), {"shift": -1, "axis": 1}),
        Example(((2, 3),), {"shift": (1, 2), "axis": (0, 1)}), Example(((0,),), {"shift": 1}),
        Example(((2, 3),), {"shift": (1, 1, 2), "axis": 1}), Example(((2, 3),), {"shift": (1, 2)}),
    ),
)  # fmt: skip
def roll(x: Any, shift: int | tuple[int, ...], axis: Axis = None) -> Any:
    """The entries moved along axes; those that leave at one end come in at the other.

    >>> from inversa.autograd import Tensor, roll
    >>> roll(Tensor([1.0, 2.0, 3.0]), 1).tolist()
    [3.0, 1.0, 2.0]
    """
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), x.shape)
    try:
        pairs = list(np.broadcast(np.asarray(numbers_of(shift)), np.asarray(axis)))
    except ValueError:
        raise checks.wrong("shift", f"an integer, or one for each of the {np.size(axis)} axes", shift, "1") from None
    for places, i in pairs:
        i = axis_of(len(x.shape), i)
        start = -index(places) % (x.shape[i] or 1)
        before = (slice(None),) * i
        parts = [getitem(x, (*before, slice(start, None))), getitem(x, (*before, slice(None, start)))]
        x = concatenate(parts, axis=i)
    return x


@composed(
    examples=(Example(((2, 3),), {"reps": 2}), Example(((3,),), {"reps": (2, 1, 2)}), Example(((1, 2),), {"reps": ()}))
)
def tile(x: Any, reps: int | tuple[int, ...]) -> Any:
    """The array again and again, so many times along each axis.

    >>> from inversa.autograd import Tensor, tile
    >>> tile(Tensor([1.0, 2.0]), 2).tolist()
    [1.0, 2.0, 1.0, 2.0]
    """
    times = shape_of(reps)
    ndim = max(len(times), len(x.shape))
    times = (1,) * (ndim - len(times)) + times
    shape = (1,) * (ndim - len(x.shape)) + tuple(x.shape)
    spread = reshape(x, tuple(n for length in shape for n in (1, length)))
    spread = broadcast_to(spread, tuple(n for pair in zip(times, shape, strict=True) for n in pair))
    return reshape(spread, tuple(n * length for n, length in zip(times, shape, strict=True)))


@composed(
    examples=(
        Example(((2, 3),), {"repeats": 2}), Example(((2, 3),), {"repeats": 2, "axis": 0}),
        Example(((2, 3),), {"repeats": [1, 0, 2], "axis": 1}),
    ),
)  # fmt: skip
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Every entry so many times, one behind the other, along an axis, or without one of all in a row.

    >>> from inversa.autograd import Tensor, repeat
    >>> repeat(Tensor([1.0, 2.0]), 2).tolist()
    [1.0, 1.0, 2.0, 2.0]
    """
    if axis is None:
        x, axis = ravel(x), 0
    axis = axis_of(len(x.shape), axis)
    return along(x, axis, np.repeat(np.arange(x.shape[axis]), numbers_of(repeats)))


def _at_least(x: Any, ndim: int) -> Any:
    """With new axes until there are so many, as NumPy puts them: of a vector in front, of a matrix behind."""
    shape = tuple(x.shape)
    missing = max(0, ndim - len(shape))
    behind = 1 if ndim == 3 and len(shape) in (1, 2) else 0
    return reshape(x, (*(1,) * (missing - behind), *shape, *(1,) * behind)) if missing else x


@composed(examples=(Example(((),)), Example(((2, 3),))))
def atleast_1d(*arrays: Any) -> Any:
    """With one axis at least.

    >>> from inversa.autograd import Tensor, atleast_1d
    >>> atleast_1d(Tensor(1.0)).shape
    (1,)
    """
    found = tuple(_at_least(x, 1) for x in arrays)
    return found[0] if len(found) == 1 else found


@composed(examples=(Example(((),)), Example(((3,),)), Example(((2, 3),))))
def atleast_2d(*arrays: Any) -> Any:
    """With two axes at least; a vector is a row.

    >>> from inversa.autograd import Tensor, atleast_2d
    >>> atleast_2d(Tensor([1.0, 2.0])).shape
    (1, 2)
    """
    found = tuple(_at_least(x, 2) for x in arrays)
    return found[0] if len(found) == 1 else found


@composed(examples=(Example(((),)), Example(((3,),)), Example(((2, 3),)), Example(((2, 3, 1, 2),))))
def atleast_3d(*arrays: Any) -> Any:
    """With three axes at least; a vector is in the middle, a matrix in front.

    >>> from inversa.autograd import Tensor, atleast_3d
    >>> atleast_3d(Tensor([1.0, 2.0])).shape
    (1, 2, 1)
    """
    found = tuple(_at_least(x, 3) for x in arrays)
    return found[0] if len(found) == 1 else found


@composed(examples=(Example(((3,), (2, 1))),), operands=2)
def broadcast_arrays(*arrays: Any) -> Any:
    """All arrays in the shape that they have together.

    >>> from inversa.autograd import Tensor, broadcast_arrays
    >>> [x.shape for x in broadcast_arrays(Tensor([1.0, 2.0]), Tensor([[1.0], [2.0]]))]
    [(2, 2), (2, 2)]
    """
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    return tuple(broadcast_to(x, shape) for x in arrays)


@composed(examples=(Example(((2, 3, 4),), {"axis": 2}), Example(((2, 3, 4),), {"axis": 0, "start": -1})))
def rollaxis(x: Any, axis: int, start: int = 0) -> Any:
    """With an axis moved to stand before another one; `moveaxis` is easier to read.

    >>> from inversa.autograd import Tensor, rollaxis
    >>> rollaxis(Tensor([[[1.0, 2.0]]]), 2).shape
    (2, 1, 1)
    """
    ndim = len(x.shape)
    axis, start = axis_of(ndim, axis), axis_of(ndim + (index(start) >= 0), start, "start")
    return moveaxis(x, axis, start - (axis < start))


@composed(examples=(Example(((2, 3),)), Example(((),))))
def copy(x: Any) -> Any:
    """The same numbers again; gradients flow back through it.

    >>> from inversa.autograd import Tensor, copy
    >>> copy(Tensor([1.0, 2.0])).tolist()
    [1.0, 2.0]
    """
    return x * 1


@composed(examples=(Example(((2, 3),), {"fill_value": 1.5}),))
def full_like(x: Any, fill_value: Any) -> Any:
    """The number, or the array, in the shape of x; differentiated by the number.

    >>> from inversa.autograd import Tensor, Value, full_like
    >>> full_like(Tensor([1.0, 2.0]), Value(3.0)).tolist()
    [3.0, 3.0]
    """
    fill: Any = fill_value if isinstance(fill_value, Operand) else alike(x, fill_value)
    return where(True, broadcast_to(fill, x.shape), x)  # a function of x, too, whose gradient is 0


@composed(
    examples=(
        Example(((2, 3),), {"new_shape": (4,)}),
        Example(((2, 3),), {"new_shape": (3, 3)}),
        Example(((0,),), {"new_shape": 2}),
    )
)
def resize(x: Any, new_shape: int | tuple[int, ...]) -> Any:
    """The entries in a row, again and again until the shape is full; zeros if there are none.

    >>> from inversa.autograd import Tensor, resize
    >>> resize(Tensor([1.0, 2.0]), 5).tolist()
    [1.0, 2.0, 1.0, 2.0, 1.0]
    """
    shape, row = shape_of(new_shape), ravel(x)
    if not row.shape[0]:
        row = concatenate([row, filled(row, (1,), 0)])
    return reshape(getitem(row, np.arange(prod(shape)) % row.shape[0]), shape)
