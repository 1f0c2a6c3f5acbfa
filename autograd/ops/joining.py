"""Joining and splitting: NumPy's functions that put arrays side by side, or take one apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.axes import axis_of, numbers_of
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.namespace import alike
from inversa.autograd.ops.operation import Example, Operand
from inversa.autograd.ops.rearranging import atleast_1d, atleast_2d, atleast_3d, moveaxis, ravel
from inversa.autograd.ops.shaping import along, broadcast_to, concatenate, reshape, transpose


@composed(joins=True, examples=(Example(((2, 3), (2, 1))), Example(((3,), (), (2,)))))
def hstack(arrays: Sequence[Any]) -> Any:
    """Side by side: along the second axis, of vectors along the only one.

    >>> from inversa.autograd import Tensor, hstack
    >>> hstack([Tensor([1.0]), Tensor([2.0, 3.0])]).tolist()
    [1.0, 2.0, 3.0]
    """
    parts = [atleast_1d(x) for x in arrays]
    return concatenate(parts, axis=0 if len(parts[0].shape) == 1 else 1)


@composed(joins=True, examples=(Example(((2, 3), (1, 3))), Example(((3,), (3,)))))
def vstack(arrays: Sequence[Any]) -> Any:
    """One below the other; vectors are rows.

    >>> from inversa.autograd import Tensor, vstack
    >>> vstack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])]).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    return concatenate([atleast_2d(x) for x in arrays])


@composed(joins=True, examples=(Example(((2, 3), (2, 3))), Example(((3,), (3,)))))
def dstack(arrays: Sequence[Any]) -> Any:
    """One behind the other, along the third axis.

    >>> from inversa.autograd import Tensor, dstack
    >>> dstack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])]).tolist()
    [[[1.0, 3.0], [2.0, 4.0]]]
    """
    return concatenate([atleast_3d(x) for x in arrays], axis=2)


@composed(joins=True, examples=(Example(((3,), (3,))), Example(((3, 2), (3,)))))
def column_stack(arrays: Sequence[Any]) -> Any:
    """Side by side; vectors are columns.

    >>> from inversa.autograd import Tensor, column_stack
    >>> column_stack([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])]).tolist()
    [[1.0, 3.0], [2.0, 4.0]]
    """
    return concatenate([x if len(x.shape) > 1 else transpose(atleast_2d(x)) for x in arrays], axis=1)


@composed(operands=2, examples=(Example(((2, 3), (2,))), Example(((2, 3), (1, 3)), {"axis": 0})))
def append(x: Any, values: Any, axis: int | None = None) -> Any:
    """The values behind x along an axis; without one all entries in a row.

    >>> from inversa.autograd import Tensor, append
    >>> append(Tensor([1.0, 2.0]), [3.0]).tolist()
    [1.0, 2.0, 3.0]
    """
    return concatenate([ravel(x), ravel(values)] if axis is None else [x, values], axis=axis or 0)


@composed(
    examples=(
        Example(((6,),), {"indices_or_sections": 3}), Example(((2, 4),), {"indices_or_sections": 2, "axis": 1}),
        Example(((5,),), {"indices_or_sections": (1, 3)}),
    ),
)  # fmt: skip
def split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """A list of so many equal parts along an axis, or of those between the given places.

    >>> from inversa.autograd import Tensor, split
    >>> [part.tolist() for part in split(Tensor([1.0, 2.0, 3.0]), [1])]
    [[1.0], [2.0, 3.0]]
    """
    axis = axis_of(len(x.shape), axis)
    if np.ndim(indices_or_sections) == 0 and x.shape[axis] % checks.count("sections", indices_or_sections):
        raise ValueError(f"{x.shape[axis]} entries cannot be split into {indices_or_sections} equal parts: array_split")
    return list(array_split(x, indices_or_sections, axis))


@composed(examples=(Example(((5,),), {"indices_or_sections": 3}), Example(((5, 2),), {"indices_or_sections": (1, 2)})))
def array_split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """As `split`; the first parts are longer by one where it does not come out even.

    >>> from inversa.autograd import Tensor, array_split
    >>> [part.tolist() for part in array_split(Tensor([1.0, 2.0, 3.0]), 2)]
    [[1.0, 2.0], [3.0]]
    """
    axis = axis_of(len(x.shape), axis)
    n = x.shape[axis]
    if np.ndim(indices_or_sections) == 0:
        sections = checks.count("sections", indices_or_sections)
        length, longer = divmod(n, sections)
        ends = [i * length + min(i, longer) for i in range(sections + 1)]
    else:
        ends = [0, *numbers_of(indices_or_sections), n]
    return [along(x, axis, slice(*ends)) for ends in pairwise(ends)]


@composed(examples=(Example(((2, 4),), {"indices_or_sections": 2}), Example(((4,),), {"indices_or_sections": 2})))
def hsplit(x: Any, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """`split` along the second axis, of a vector along the only one.

    >>> from inversa.autograd import Tensor, hsplit
    >>> [part.tolist() for part in hsplit(Tensor([[1.0, 2.0]]), 2)]
    [[[1.0]], [[2.0]]]
    """
    return list(split(x, indices_or_sections, 1 if len(x.shape) > 1 else 0))


@composed(examples=(Example(((4, 2),), {"indices_or_sections": 2}),))
def vsplit(x: Any, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """`split` along the first axis.

    >>> from inversa.autograd import Tensor, vsplit
    >>> [part.tolist() for part in vsplit(Tensor([[1.0], [2.0]]), 2)]
    [[[1.0]], [[2.0]]]
    """
    return list(split(x, indices_or_sections, 0))


@composed(examples=(Example(((1, 2, 4),), {"indices_or_sections": 2}),))
def dsplit(x: Any, indices_or_sections: int | Sequence[int]) -> list[Any]:
    """`split` along the third axis.

    >>> from inversa.autograd import Tensor, dsplit
    >>> [part.tolist() for part in dsplit(Tensor([[[1.0, 2.0]]]), 2)]
    [[[[1.0]]], [[[2.0]]]]
    """
    return list(split(x, indices_or_sections, 2))


@composed(examples=(Example(((2, 3),)), Example(((2, 3),), {"axis": 1})))
def unstack(x: Any, axis: int = 0) -> tuple[Any, ...]:
    """The layers along an axis, without it: what `stack` put together.

    >>> from inversa.autograd import Tensor, unstack
    >>> [part.tolist() for part in unstack(Tensor([[1.0, 2.0], [3.0, 4.0]]))]
    [[1.0, 2.0], [3.0, 4.0]]
    """
    axis = axis_of(len(x.shape), axis)
    return tuple(along(x, axis, i) for i in range(x.shape[axis]))


@composed(
    examples=(
        Example(((5,),), {"obj": 1}), Example(((2, 4),), {"obj": [0, -1], "axis": 1}),
        Example(((6,),), {"obj": slice(None, None, 2)}), Example(((2, 3),), {"obj": 4}),
    ),
)  # fmt: skip
def delete(x: Any, obj: Any, axis: int | None = None) -> Any:
    """Without the entries of these numbers along an axis; without an axis of all in a row.

    >>> from inversa.autograd import Tensor, delete
    >>> delete(Tensor([1.0, 2.0, 3.0]), 1).tolist()
    [1.0, 3.0]
    """
    if axis is None:
        x, axis = ravel(x), 0
    axis = axis_of(len(x.shape), axis)
    return along(x, axis, np.delete(np.arange(x.shape[axis]), numbers_of(obj)))


@composed(
    examples=(
        Example(((4,),), {"obj": 1, "values": 0.5}),
        Example(((2, 3),), {"obj": [0, 3], "values": [[0.5], [1.5]], "axis": 1}),
        Example(((2, 3),), {"obj": -1, "values": [0.5, 1.5, 2.5], "axis": 0}),
        Example(((4,),), {"obj": 1, "values": [0.5, 1.5]}), Example(((4,),), {"obj": [2], "values": [0.5, 1.5]}),
        Example(((2, 3),), {"obj": 1, "values": [[0.5], [1.5]], "axis": 1}),
        Example(((2, 3),), {"obj": [1], "values": [[0.5], [1.5]], "axis": 1}),
        Example(((4,),), {"obj": slice(None, None, 2), "values": [0.5, 1.5]}),
    ),
)  # fmt: skip
def insert(x: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """With values before the entries of these numbers along an axis; without an axis of all in a row.

    As in NumPy, several values may stand before one entry; before a single number (not a list) the first axis of the
    values is the one along which they are put in.

    >>> from inversa.autograd import Tensor, insert
    >>> insert(Tensor([1.0, 2.0]), 1, 9.0).tolist()
    [1.0, 9.0, 2.0]
    """
    if axis is None:
        x, axis = ravel(x), 0
    axis = axis_of(len(x.shape), axis)
    n = x.shape[axis]
    places = np.arange(*obj.indices(n)) if isinstance(obj, slice) else np.asarray(numbers_of(obj))
    if places.dtype.kind == "b" or not places.size:
        places = np.flatnonzero(places)
    values = values if isinstance(values, Operand) else alike(x, values)
    values = reshape(values, ((1,) * (len(x.shape) - len(values.shape)) + tuple(values.shape)))
    if places.ndim == 0:
        values = moveaxis(values, 0, axis)
    count = values.shape[axis] if places.size == 1 else places.size
    order = np.insert(np.arange(n), places, n + np.arange(count))  # where old and new entries come to stand
    new = broadcast_to(values, tuple(count if i == axis else length for i, length in enumerate(x.shape)))
    return along(concatenate([x, new], axis=axis), axis, order)
