"""Operators that move entries: shapes, axes, parts, and borders."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Any

from inversa import autograd as ag
from inversa.autograd.lazy import np
from inversa.nn.interchange.of_torch.operators import aten, put_all
from inversa.nn.interchange.of_torch.values import Axes, at, axes_of

END = 2**62  # an end beyond every length


@aten("view", "reshape", "_unsafe_view", "_reshape_alias")
def view(x: Any, size: Sequence[int]) -> Any:
    """Another shape; −1 is what is left."""
    known = prod(n for n in size if n != -1)
    return ag.reshape(x, tuple(prod(x.shape) // max(1, known) if n == -1 else int(n) for n in size))


@aten("permute")
def permute(x: Any, dims: Sequence[int]) -> Any:
    """The axes in another order."""
    return ag.transpose(x, axes_of(dims, x.ndim) if x.ndim else ())


put_all({"t": lambda x: ag.transpose(x), "transpose.int": lambda x, a, b: ag.swapaxes(x, a, b)})


@aten("expand")
def expand(x: Any, size: Sequence[int], implicit: bool = False) -> Any:
    """Repeated along axes of length 1, and along new ones; −1 keeps a length."""
    new = len(size) - x.ndim
    return ag.broadcast_to(x, tuple(x.shape[i - new] if n == -1 else int(n) for i, n in enumerate(size)))


@aten("unsqueeze")
def unsqueeze(x: Any, dim: int) -> Any:
    """With an axis of length 1 at this place of the result."""
    return ag.expand_dims(x, dim)


@aten("squeeze", "squeeze.dim", "squeeze.dims")
def squeeze(x: Any, dim: Axes = None) -> Any:
    """Without axes of length 1: all of them, or those named; others stay."""
    gone = axes_of(dim, x.ndim)
    return ag.reshape(x, tuple(n for axis, n in enumerate(x.shape) if n != 1 or axis not in gone))


@aten("slice.Tensor")
def part(x: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    """Some entries along an axis."""
    return x[at(dim, x.ndim, slice(start, None if end is None or end >= END else end, step))]


@aten("select.int")
def select(x: Any, dim: int, index: int) -> Any:
    """One entry along an axis, which is gone then."""
    return x[at(dim, x.ndim, int(index))]


@aten("split_with_sizes", "split_with_sizes_copy")
def split(x: Any, split_sizes: Sequence[int], dim: int = 0) -> list[Any]:
    """Parts of given lengths."""
    ends = [sum(split_sizes[:i]) for i in range(len(split_sizes) + 1)]
    return [x[at(dim, x.ndim, slice(a, b))] for a, b in pairwise(ends)]


@aten("split.Tensor")
def split_equally(x: Any, split_size: int, dim: int = 0) -> list[Any]:
    """Parts of one length, of which the last may be shorter."""
    length = x.shape[dim % x.ndim]
    return [x[at(dim, x.ndim, slice(a, min(a + split_size, length)))] for a in range(0, length, split_size)]


@aten("unbind.int", "unbind_copy.int")
def unbind(x: Any, dim: int = 0) -> list[Any]:
    """Every entry along an axis."""
    return [select(x, dim, i) for i in range(x.shape[dim % x.ndim])]


@aten("cat")
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """One after another along an axis; of empty vectors, which PyTorch passes over, nothing."""
    arrays = [x for x in tensors if tuple(x.shape) != (0,)] or list(tensors)
    return ag.concatenate(arrays, axis=dim)


@aten("stack")
def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Along a new axis."""
    return ag.stack(list(tensors), axis=dim)


@aten("flip")
def flip(x: Any, dims: Sequence[int]) -> Any:
    """The other way round along these axes."""
    return ag.flip(x, axes_of(dims, x.ndim)) if len(dims) else x


@aten("roll")
def roll(x: Any, shifts: Sequence[int], dims: Sequence[int] = ()) -> Any:
    """Moved along these axes, what falls off coming in at the other end."""
    if not len(dims):
        return ag.reshape(ag.roll(ag.reshape(x, (-1,)), shifts[0]), tuple(x.shape))
    return ag.roll(x, tuple(shifts), tuple(dims))


@aten("repeat")
def repeat(x: Any, repeats: Sequence[int]) -> Any:
    """So many times along each axis, the last ones being those of x."""
    return ag.tile(x, tuple(int(n) for n in repeats))


@aten("diagonal", "diagonal_copy")
def diagonal(x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of two axes, as the last one."""
    return ag.diagonal(x, offset, dim1, dim2)


@aten("constant_pad_nd")
def constant_pad(x: Any, pad: Sequence[int], value: Any = 0.0) -> Any:
    """A border along the last axes, the last one first; a negative width cuts off."""
    widths = _widths(pad, x.ndim)
    inside = tuple(slice(max(0, -a), n - max(0, -b)) for (a, b), n in zip(widths, x.shape, strict=True))
    return ag.pad(x[inside], tuple((max(0, a), max(0, b)) for a, b in widths), constant_values=value)


@aten("reflection_pad1d", "reflection_pad2d", "reflection_pad3d")
def reflected(x: Any, padding: Sequence[int]) -> Any:
    """A border that repeats what stands inside, the other way round."""
    return ag.pad(x, _widths(padding, x.ndim), mode="reflect")


@aten("replication_pad1d", "replication_pad2d", "replication_pad3d")
def replicated(x: Any, padding: Sequence[int]) -> Any:
    """A border that repeats the edge."""
    return ag.pad(x, _widths(padding, x.ndim), mode="edge")


def _widths(pad: Sequence[int], ndim: int) -> tuple[tuple[int, int], ...]:
    """For every axis what is added before and behind; PyTorch begins with the last one."""
    pairs = [(int(pad[i]), int(pad[i + 1])) for i in range(0, len(pad), 2)]
    return ((0, 0),) * (ndim - len(pairs)) + tuple(pairs[::-1])


@aten("tril")
def tril(x: Any, diagonal: int = 0) -> Any:
    """0 above a diagonal."""
    return ag.where(_below(x, diagonal), x, 0.0)


@aten("triu")
def triu(x: Any, diagonal: int = 0) -> Any:
    """0 below a diagonal."""
    return ag.where(_below(x, diagonal - 1), 0.0, x)


def _below(x: Any, diagonal: int) -> Any:
    """Which entries of a matrix do not stand above a diagonal."""
    rows, columns = x.shape[-2:]
    return np.arange(columns) <= np.arange(rows)[:, None] + diagonal
