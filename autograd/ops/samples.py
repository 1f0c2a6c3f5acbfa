"""How an operation on one sample is one on many, whose arrays have one axis more in front: what `vmap` looks up.

Element by element that is the operation itself, once the axes are in line; what an operation with a ``composition``
does is done by that if it has no rule. The others have a rule here, or are computed for one sample after the other.

A rule is called with the number of samples, the operands and the parameters. At least one operand is mapped.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

from inversa.autograd.lazy import np
from inversa.autograd.ops import (
    cumulative,
    decompositions,
    fourier,
    inverses,
    losses,
    matrices,
    ordering,
    products,
    reductions,
    shaping,
    softmax,
    systems,
    windows,
)
from inversa.autograd.ops.axes import axes_of, axis_of
from inversa.autograd.ops.namespace import kind_of
from inversa.autograd.ops.operation import Operand, Operation


class Samples(NamedTuple):
    """An operand: an array for every sample, along axis 0, or one for all; and the shape of that of one sample."""

    array: Any
    mapped: bool
    shape: tuple[int, ...]


Rule = Callable[..., Any]


def lengthened(x: Samples, ndim: int) -> Any:
    """The array of all samples, each with so many axes: ones are put behind the axis of the samples."""
    if not x.mapped or len(x.shape) >= ndim:
        return x.array
    ones = (1,) * (ndim - len(x.shape))
    return shaping.reshape(x.array, (x.array.shape[0], *ones, *x.shape))


def spread(size: int, x: Samples) -> Any:
    """The array with an axis of samples in any case."""
    return x.array if x.mapped else shaping.broadcast_to(x.array, (size, *x.shape))


def _along_axes(op: Operation[...]) -> Rule:
    """Of what takes an axis, or all axes."""

    def rule(size: int, x: Samples, axis: Any, **others: Any) -> Any:
        axes = tuple(i + 1 for i in axes_of(len(x.shape), axis))
        if x.shape == ():  # one number is taken for a vector of one
            return shaping.reshape(op(shaping.reshape(x.array, (size, 1)), axis=1, **others), (size,))
        return op(x.array, axis=axes[0] if len(axes) == 1 else axes, **others)

    return rule


def _along_one_axis(op: Operation[...]) -> Rule:
    """Of what takes one axis, or for None all entries in a row."""

    def rule(size: int, x: Samples, axis: int | None) -> Any:
        if axis is None:
            return op(shaping.reshape(x.array, (size, prod(x.shape))), axis=1)
        return op(x.array, axis=axis_of(len(x.shape), axis) + 1)

    return rule


def _reshape(size: int, x: Samples, shape: Any) -> Any:
    return shaping.reshape(x.array, (size, *(shape if isinstance(shape, (tuple, list)) else (shape,))))


def _transpose(_size: int, x: Samples, axes: Any) -> Any:
    ndim = len(x.shape)
    order = reversed(range(ndim)) if axes is None else [axis_of(ndim, i) for i in axes]
    return shaping.transpose(x.array, (0, *(i + 1 for i in order)))


def _broadcast_to(size: int, x: Samples, shape: Any) -> Any:
    return shaping.broadcast_to(lengthened(x, len(shape)), (size, *shape))


def _sum_to(size: int, x: Samples, shape: Any) -> Any:
    extra = len(x.shape) - len(shape)
    stretched = [extra + i for i, n in enumerate(shape) if n == 1 and x.shape[extra + i] != 1]
    axes = tuple(i + 1 for i in (*range(extra), *stretched))
    return shaping.reshape(reductions.sum(x.array, axis=axes), (size, *shape)) if axes else x.array


class Indexing(NamedTuple):
    """An index of the array of all samples, and how the axes of what it takes differ from where they belong.

    Attributes
    ----------
    parts : tuple
        The index.
    ndim : int
        How many axes it takes of one sample.
    width, start, end : int
        So many axes side by side are to be moved from the start to the end.
    """

    parts: tuple[Any, ...]
    ndim: int
    width: int = 0
    start: int = 0
    end: int = 0

    def put_in_place(self, taken: Any, back: bool = False) -> Any:
        """What was taken, its axes as for one sample behind that of the samples; or back as NumPy takes them."""
        start, end = (self.end, self.start) if back else (self.start, self.end)
        order = list(range(len(taken.shape)))
        block = order[start : start + self.width]
        del order[start : start + self.width]
        order[end:end] = block
        return taken if order == sorted(order) else shaping.transpose(taken, tuple(order))


def _indexing(size: int, mapped: bool, ndim: int, index: Any) -> Indexing | None:
    """How an array with so many axes, or one for every sample, is indexed by parts that may be other ones for each.

    The axes that lists of positions make together stand where the first list does, but in front of all others if a
    slice is between two of them; an integer beside a list counts as one. With the samples in front that place is
    another. None for masks that differ, and for lists with nodes in them.
    """
    parts = [_as_part(part) for part in (index if type(index) is tuple else (index,))]
    if not all(map(_is_alike, parts)):
        return None
    sampled = any(isinstance(part, Samples) for part in parts)
    lists = [i for i, part in enumerate(parts) if hasattr(part, "shape")]  # and integers
    axes = max((1 if _is_mask(parts[i]) else len(parts[i].shape) for i in lists), default=0)
    others = ndim - sum(len(parts[i].shape) if _is_mask(parts[i]) else 1 for i in lists)
    taken = axes + others + sum(part is None for part in parts)
    if not axes and not sampled:
        return Indexing((slice(None), *parts), taken)
    apart = lists[-1] - lists[0] >= len(lists)
    if not sampled:
        return Indexing((slice(None), *parts), taken, *((1, axes, 0) if apart else ()))
    unseen = others - sum(isinstance(part, slice) for part in parts)  # that an ellipsis stands for
    before = sum(unseen if part is Ellipsis else 1 for part in parts[: lists[0]])
    parts = [lengthened(part, axes) if isinstance(part, Samples) else part for part in parts]
    if not mapped:
        return Indexing(tuple(parts), taken, *(() if apart else (1, before, 0)))
    numbers = np.arange(size).reshape(size, *(1,) * axes)
    return Indexing((numbers, *parts), taken, *(() if apart else (axes, 1, 1 + before)))


def _as_part(part: Any) -> Any:
    """A part of an index; integers and lists as arrays, if they have no nodes in them."""
    if _is_list(part) and not _has_nodes(part):
        return np.asarray(part, dtype=None if len(part) else int)
    return np.asarray(part) if isinstance(part, int) else part


def _is_list(part: Any) -> bool:
    return isinstance(part, (list, tuple)) and not isinstance(part, Samples)


def _has_nodes(part: Any) -> bool:
    return any(map(_has_nodes, part)) if _is_list(part) else isinstance(part, (Operand, Samples))


def _is_mask(part: Any) -> bool:
    return not isinstance(part, Samples) and kind_of(part.dtype) == "b"


def _is_alike(part: Any) -> bool:
    """Whether this part of an index takes as many entries in every sample, so far as it is known."""
    if isinstance(part, Samples):
        return kind_of(part.array.dtype) != "b"
    if hasattr(part, "shape"):
        return part.shape != () or not _is_mask(part)
    return part is None or part is Ellipsis or isinstance(part, slice)


def _getitem(size: int, x: Samples, index: Any) -> Any:
    of = _indexing(size, x.mapped, len(x.shape), index)
    return NotImplemented if of is None else of.put_in_place(shaping.getitem(x.array, of.parts))


def _scatter(size: int, x: Samples, index: Any, shape: Any) -> Any:
    of = _indexing(size, True, len(shape), index)
    if of is None:
        return NotImplemented
    every = lengthened(Samples(spread(size, x), True, x.shape), of.ndim)
    return shaping.scatter(of.put_in_place(every, back=True), of.parts, (size, *shape))


def _joined(op: Operation[...], new: int) -> Rule:
    """Of what joins arrays along an axis; a new one if that is 1."""

    def rule(size: int, *arrays: Samples, axis: int) -> Any:
        return op([spread(size, x) for x in arrays], axis=axis_of(len(arrays[0].shape) + new, axis) + 1)

    return rule


def _matmul(size: int, a: Samples, b: Samples) -> Any:
    if a.mapped and not b.mapped and len(b.shape) <= 2:
        return products.matmul(a.array, b.array)  # one product for all samples
    if b.mapped and not a.mapped and len(b.shape) == 1 and len(a.shape) == 2:
        return products.matmul(b.array, shaping.transpose(a.array))
    rows, columns = len(a.shape) == 1, len(b.shape) == 1
    left = shaping.reshape(a.array, (*a.array.shape[:-1], 1, a.shape[-1])) if rows else a.array
    right = shaping.reshape(b.array, (*b.array.shape, 1)) if columns else b.array
    stacks = max(len(a.shape), len(b.shape), 2) - 2
    left, right = (
        shaping.reshape(x, (size, *(1,) * (stacks + 3 - len(x.shape)), *x.shape[1:]))
        if mapped and len(x.shape) < stacks + 3
        else x
        for x, mapped in ((left, a.mapped), (right, b.mapped))
    )
    product = products.matmul(left, right)
    kept = [n for i, n in enumerate(product.shape) if not (rows and i == len(product.shape) - 2)]
    return shaping.reshape(product, tuple(kept[:-1] if columns else kept))


def _contract(_size: int, a: Samples, b: Samples, subscripts: str) -> Any:
    operands, _, result = subscripts.partition("->")
    left, _, right = operands.partition(",")
    sample = chr(max(map(ord, subscripts)) + 1)  # a letter that none of them is
    left, right = (sample + letters if x.mapped else letters for letters, x in ((left, a), (right, b)))
    return products.contract(f"{left},{right}->{sample}{result}", a.array, b.array)


def _of_stacks(op: Operation[...]) -> Rule:
    """Of what takes stacks already, and counts axes from the last one."""
    return lambda _size, x, **params: op(x.array, **params)


def _solve(size: int, a: Samples, b: Samples) -> Any:
    one_vector = len(b.shape) == 1
    if one_vector and b.mapped:
        b = Samples(shaping.reshape(b.array, (*b.array.shape, 1)), True, (*b.shape, 1))
    ndim = max(len(a.shape), len(b.shape))
    solution = inverses.solve(lengthened(a, ndim), lengthened(b, ndim))
    return shaping.reshape(solution, solution.shape[:-1]) if one_vector and b.mapped else solution


def _of_rows(op: Operation[...]) -> Rule:
    """Of what does the same with every row of a matrix and its target: the rows of all samples are one matrix."""

    def rule(size: int, z: Samples, target: Any) -> Any:
        if not isinstance(target, Samples):
            target = target if hasattr(target, "shape") else np.asarray(target)
            target = Samples(target, False, target.shape)
        if len(z.shape) != 2 or not target.shape:  # which it refuses
            return NotImplemented
        z, t = (shaping.reshape(spread(size, x), (size * x.shape[0], *x.shape[1:])) for x in (z, target))
        found = op(z, target=t)
        return shaping.reshape(found, (size, found.shape[0] // size, *found.shape[1:]))

    return rule


RULES: dict[Operation[...], Rule] = {
    **{
        op: _along_axes(op)
        for op in (
            reductions.sum, reductions.mean, reductions.max, reductions.min, reductions.prod, reductions.var,
            reductions.std, reductions.norm, softmax.logsumexp, softmax.softmax, softmax.log_softmax,
        )
    },
    **{op: _along_one_axis(op) for op in (cumulative.cumsum, cumulative.cumprod, ordering.argsort)},
    shaping.reshape: _reshape,
    shaping.transpose: _transpose,
    shaping.broadcast_to: _broadcast_to,
    shaping.sum_to: _sum_to,
    shaping.astype: lambda _size, x, dtype: shaping.astype(x.array, dtype),
    shaping.getitem: _getitem,
    shaping.scatter: _scatter,
    shaping.concatenate: _joined(shaping.concatenate, 0),
    shaping.stack: _joined(shaping.stack, 1),
    matrices.band: _of_stacks(matrices.band),
    products.matmul: _matmul,
    products.contract: _contract,
    losses.softmax_cross_entropy: _of_rows(losses.softmax_cross_entropy),
    losses.softmax_minus_target: _of_rows(losses.softmax_minus_target),
    windows.pad: lambda _size, x, widths, **others: windows.pad(x.array, ((0, 0), *widths), **others),
    windows.windows: lambda _size, x, **others: windows.windows(x.array, **others),  # of the last two axes, as fold
    windows.fold: lambda _size, x, **others: windows.fold(x.array, **others),
    **{
        op: _of_stacks(op)
        for op in (
            inverses.inv, inverses.det, inverses.cofactors, inverses.slogdet_packed, inverses.cholesky_lower,
            decompositions.eigh_packed, decompositions.svd_packed, decompositions.qr_packed, systems.pinv,
            fourier.dft,
        )
    },
    inverses.solve: _solve,
}  # fmt: skip
# Those whose rules also take parameters that are other ones for every sample.
OF_PARAMETERS = {shaping.getitem, shaping.scatter, losses.softmax_cross_entropy, losses.softmax_minus_target}
