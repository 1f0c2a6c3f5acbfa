"""Shaping: operations that rewire the entries of arrays without computing anything new.

In the inverse network every wire is reversed: an entry that branched to several places receives the sum of what comes
back from them (rule 8), one that went nowhere receives 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops import standard
from inversa.autograd.ops.axes import axis_of, shape_of
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.namespace import is_standard, kind_of, type_of
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule

Shape = tuple[int, ...]


@operation(
    "reshape",
    Rule.BRANCHING,
    wires="reorders",
    on_floats=False,
    parameters=("shape",),
    examples=(
        Example(((2, 3),), {"shape": (3, 2)}),
        Example(((4,),), {"shape": (2, -1)}),
        Example(((0, 3),), {"shape": (3, 0)}),
    ),
)
def reshape(xp: Any, x: Any, shape: Shape | int) -> Any:
    """The same entries in another shape; one length may be −1, to be inferred.

    >>> from inversa.autograd import Tensor, reshape
    >>> reshape(Tensor([1.0, 2.0, 3.0, 4.0]), (2, 2)).shape
    (2, 2)
    """
    return xp.reshape(x, shape_of(shape, at_least=-1))


reshape.pullbacks(lambda g, _y, _x, *, shape: reshape(g, _x.shape))


@operation(
    "ᵀ",
    Rule.BRANCHING,
    wires="reorders",
    notation="{x}ᵀ",
    on_floats=False,
    examples=(
        Example(((2, 3),)),
        Example(((2, 3, 4),), {"axes": (1, 2, 0)}),
        Example(((0, 2),)),
        Example(((),)),
    ),
)
def transpose(xp: Any, x: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order; reversed when none is given.

    >>> from inversa.autograd import Tensor, transpose
    >>> transpose(Tensor([[1.0, 2.0, 3.0]])).shape
    (3, 1)
    """
    return xp.permute_dims(x, tuple(range(x.ndim))[::-1] if axes is None else _permutation(x.ndim, axes))


def _permutation(ndim: int, axes: Any) -> tuple[int, ...]:
    order = tuple(axis_of(ndim, i, "an entry of axes") for i in axes) if hasattr(axes, "__iter__") else ()
    if sorted(order) != list(range(ndim)):
        raise checks.wrong("axes", f"None or a tuple that names every axis of the {ndim} once", axes)
    return order


def _inverse_order(axes: Sequence[int] | None) -> tuple[int, ...] | None:
    return None if axes is None else tuple(sorted(range(len(axes)), key=lambda i: axes[i] % len(axes)))


transpose.pullbacks(lambda g, _y, _x, *, axes: transpose(g, _inverse_order(axes)))


def transposed(x: Any) -> Any:
    """Every matrix of a stack transposed."""
    n = len(x.shape)
    return transpose(x, (*range(n - 2), n - 1, n - 2))


@operation(
    "broadcast",
    Rule.BRANCHING,
    notation="{x} repeated",
    on_floats=False,
    parameters=("shape",),
    examples=(
        Example(((3,),), {"shape": (2, 3)}),
        Example(((2, 1),), {"shape": (2, 3)}),
        Example(((),), {"shape": (0, 2)}),
    ),
)
def broadcast_to(xp: Any, x: Any, shape: Shape) -> Any:
    """x repeated along new or unit axes until it has the given shape.

    >>> from inversa.autograd import Tensor, broadcast_to
    >>> broadcast_to(Tensor([1.0, 2.0]), (3, 2)).shape
    (3, 2)
    """
    return xp.broadcast_to(x, shape_of(shape))


@operation(
    "Σ",
    Rule.SUM,
    notation="Σ {x}",
    on_floats=False,
    parameters=("shape",),
    examples=(
        Example(((2, 3),), {"shape": (3,)}),
        Example(((2, 3),), {"shape": (2, 1)}),
        Example(((2, 0),), {"shape": (1, 0)}),
    ),
)
def sum_to(xp: Any, x: Any, shape: Shape) -> Any:
    """x summed over the axes along which ``shape`` was broadcast to x's shape: undoes a broadcast.

    >>> from inversa.autograd import Tensor, sum_to
    >>> sum_to(Tensor([[1.0, 2.0], [3.0, 4.0]]), (2,)).data.tolist()
    [4.0, 6.0]
    """
    shape = shape_of(shape)
    extra = x.ndim - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, x.shape[extra:], strict=True)):
        raise ValueError(f"shape {x.shape} cannot have come from broadcasting shape {shape}")
    axes = tuple(range(extra)) + tuple(extra + i for i, n in enumerate(shape) if n == 1 and x.shape[extra + i] != 1)
    return xp.reshape(xp.sum(x, axis=axes), shape) if axes else x


broadcast_to.pullbacks(lambda g, _y, _x, *, shape: sum_to(g, _x.shape))
sum_to.pullbacks(lambda g, _y, _x, *, shape: broadcast_to(g, _x.shape))


@operation(
    "float",
    Rule.BRANCHING,
    wires="reorders",
    on_floats=False,
    analytic=False,
    parameters=("dtype",),
    examples=(Example(((2,),), {"dtype": "float64"}),),
)
def astype(xp: Any, x: Any, dtype: Any) -> Any:
    """x converted to another floating-point type.

    >>> from inversa.autograd import Tensor, astype
    >>> astype(Tensor([1.0]), "float32").dtype
    dtype('float32')
    """
    if dtype is None:  # NumPy's name of float64
        raise checks.wrong("dtype", "a floating-point type", dtype, '"float32"', TypeError)
    wanted = type_of(xp, dtype)
    if kind_of(wanted) != "f":
        raise TypeError(f"to {wanted}: only floating-point types have gradients; use .numpy().astype(...)")
    return xp.astype(x, wanted)


astype.pullbacks(lambda g, _y, _x, *, dtype: astype(g, _x.dtype))


def is_basic(index: Any) -> bool:
    """Whether an index has no arrays or lists in it, so that no entry is taken twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return all((isinstance(i, (int, slice)) and not isinstance(i, bool)) or i is None or i is Ellipsis for i in parts)


def _taken_once(*, index: Any, shape: Shape = ()) -> str:
    """What indexing does to wires: it re-orders them, unless a list of positions may take an entry twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return "reorders" if all(is_basic(part) or np.asarray(part).dtype.kind == "b" for part in parts) else ""


@operation(
    "[·]", Rule.BRANCHING, notation="{x}[…]", wires=_taken_once, on_floats=False,
    parameters=("index",),
    examples=(
        Example(((4, 3),), {"index": (slice(1, None, 2), 0)}), Example(((4,),), {"index": ([0, 0, 2],)}),
        Example(((3, 4),), {"index": ([0, 2], slice(None, None, -1))}),
        Example(((2, 2),), {"index": (None, Ellipsis, 1)}),
    ),
)  # fmt: skip
def getitem(xp: Any, x: Any, index: Any) -> Any:
    """x[index], with NumPy's basic and advanced indexing; an entry taken twice collects both gradients.

    >>> from inversa.autograd import Tensor
    >>> x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> x[[0, 0, 2]].sum().backward()
    >>> x.grad.tolist()
    [2.0, 0.0, 1.0]
    """
    return standard.take(xp, x, index) if is_standard(xp) else x[index]


@operation(
    "scatter",
    Rule.SUM,
    wires=_taken_once,
    notation="Σ {x} at […]",
    on_floats=False,
    parameters=("index", "shape"),
    examples=(
        Example(((3,),), {"index": ([0, 0, 2],), "shape": (4,)}),
        Example(((2,),), {"index": slice(1, 3), "shape": (3,)}),
    ),
)
def scatter(xp: Any, x: Any, index: Any, shape: Shape) -> Any:
    """Zeros of the given shape with x added at ``index``: what `getitem` becomes in the inverse network.

    >>> from inversa.autograd import Tensor, scatter
    >>> scatter(Tensor([1.0, 2.0]), [0, 0], (2,)).data.tolist()
    [3.0, 0.0]
    """
    shape = shape_of(shape)
    if is_standard(xp):
        return standard.put(xp, x, index, shape)
    zeros = xp.zeros(shape, dtype=x.dtype)
    if is_basic(index):
        zeros[index] = x
    else:
        xp.add.at(zeros, index, x)
    return zeros


getitem.pullbacks(lambda g, _y, _x, *, index: scatter(g, index, _x.shape))
scatter.pullbacks(lambda g, _y, _x, *, index, shape: getitem(g, index))


def along(x: Any, axis: int, index: Any) -> Any:
    """The entries at an index of one axis, counted from the first: ``x[:, :, index]`` for the axis 2."""
    return getitem(x, (*(slice(None),) * axis, index))


@operation(
    "concatenate",
    Rule.BRANCHING,
    wires="reorders",
    notation="[{arrays}]",
    on_floats=False,
    variadic=True,
    examples=(
        Example(((2, 3), (1, 3))),
        Example(((2, 1), (2, 3), (2, 0)), {"axis": 1}),
        Example(((2, 1), (2, 2)), {"axis": -1}),
    ),
)
def concatenate(xp: Any, arrays: Sequence[Any], axis: int = 0) -> Any:
    """The arrays one after another along an axis they already have.

    >>> from inversa.autograd import Tensor, concatenate
    >>> concatenate([Tensor([1.0]), Tensor([2.0, 3.0])]).data.tolist()
    [1.0, 2.0, 3.0]
    """
    if axis is None:
        raise ValueError("an axis is needed: flatten with reshape(x, -1) first")
    parts = [xp.asarray(x) for x in arrays]
    ndim = parts[0].ndim if parts else 0
    return xp.concat(parts, axis=axis_of(ndim, axis) if ndim else 0)


def _parts(g: Any, _y: Any, *_inputs: Any, axis: int) -> list[Any]:
    ends = list(accumulate(x.shape[axis] for x in _inputs))
    return [along(g, axis % len(g.shape), slice(*part)) for part in pairwise([0, *ends])]


concatenate.pullbacks(_parts)


@operation(
    "stack",
    Rule.BRANCHING,
    wires="reorders",
    notation="[{arrays}]",
    on_floats=False,
    variadic=True,
    examples=(Example(((2, 3), (2, 3))), Example(((2,), (2,), (2,)), {"axis": 1}), Example(((), ()))),
)
def stack(xp: Any, arrays: Sequence[Any], axis: int = 0) -> Any:
    """Arrays of one shape along a new axis; numbers and Values make a vector.

    >>> from inversa.autograd import Value, stack
    >>> stack([Value(1.0), Value(2.0)]).data.tolist()
    [1.0, 2.0]
    """
    layers = [xp.asarray(x) for x in arrays]
    return xp.stack(layers, axis=axis_of(layers[0].ndim + 1, axis) if layers else axis)


def _layers(g: Any, _y: Any, *_inputs: Any, axis: int) -> list[Any]:
    return [along(g, axis % len(g.shape), i) for i in range(len(_inputs))]


stack.pullbacks(_layers)
