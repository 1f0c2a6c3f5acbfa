"""How an operation on one sample is one on many, whose arrays have one axis more in front: what `vmap` looks up.

Element by element that is the operation itself, once the axes are in line; what an operation with a ``composition``
does is done by that. The others have a rule here, or are computed for one sample after the other.

A rule is called with the number of samples, the operands and the parameters. At least one operand is mapped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from inversa.autograd.ops import products, reductions, shaping, windows
from inversa.autograd.ops.axes import axes_of, axis_of
from inversa.autograd.ops.operation import Operation


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


def _behind(index: Any) -> tuple[Any, ...] | None:
    """The index behind the axis of the samples; None where NumPy would put that axis elsewhere."""
    entries = index if isinstance(index, tuple) else (index,)
    lists = [i for i, entry in enumerate(entries) if not shaping.is_basic(entry)]
    apart = lists and lists[-1] - lists[0] >= len(lists)
    among = lists and any(isinstance(entry, int) for entry in entries)  # an integer counts as a list there
    return None if apart or among else (slice(None), *entries)


def _getitem(_size: int, x: Samples, index: Any) -> Any:
    behind = _behind(index)
    return NotImplemented if behind is None else shaping.getitem(x.array, behind)


def _scatter(size: int, x: Samples, index: Any, shape: Any) -> Any:
    behind = _behind(index)
    return NotImplemented if behind is None else shaping.scatter(x.array, behind, (size, *shape))


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


RULES: dict[Operation[...], Rule] = {
    **{
        op: _along_axes(op)
        for op in (
            reductions.sum, reductions.mean, reductions.max, reductions.min, reductions.prod, reductions.var,
            reductions.std, reductions.norm, reductions.logsumexp, reductions.softmax, reductions.log_softmax,
        )
    },
    shaping.reshape: _reshape,
    shaping.transpose: _transpose,
    shaping.broadcast_to: _broadcast_to,
    shaping.sum_to: _sum_to,
    shaping.astype: lambda _size, x, dtype: shaping.astype(x.array, dtype),
    shaping.getitem: _getitem,
    shaping.scatter: _scatter,
    shaping.concatenate: _joined(shaping.concatenate, 0),
    shaping.stack: _joined(shaping.stack, 1),
    products.matmul: _matmul,
    products.contract: _contract,
    windows.pad: lambda _size, x, widths, **others: windows.pad(x.array, ((0, 0), *widths), **others),
    windows.windows: lambda _size, x, **others: windows.windows(x.array, **others),  # of the last two axes, as fold
    windows.fold: lambda _size, x, **others: windows.fold(x.array, **others),
}  # fmt: skip
