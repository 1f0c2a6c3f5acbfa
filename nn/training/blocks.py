"""Blocks: samples in Dask arrays, which may be larger than memory, and are read a block at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.nn.training.samples import Samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

AHEAD = 2  # blocks that are read, or being read, while one is trained on

Part = tuple[int, "NDArray[np.intp]"]  # of a batch: the number of a block, and rows in it


def is_dask(given: Any) -> bool:
    """Whether this is a collection of Dask's; asking does not import Dask."""
    return hasattr(given, "__dask_graph__")


def as_dask(given: Any, name: str) -> Any:
    """An array of Dask's, which is what this is.

    Raises
    ------
    TypeError
        For Dask's other collections, such as data frames.
    """
    import dask.array as da

    if isinstance(given, da.Array):
        return given
    how = f"{name}.to_dask_array(lengths=True)" if hasattr(given, "to_dask_array") else "dask.array.from_delayed(…)"
    raise checks.wrong(name, "a Dask array", type(given), how, TypeError)


def by_rows(function: Callable[[Any], Any], x: Any) -> Any:
    """What a function gives for the rows of a Dask array: another one, computed block by block when that is."""
    import dask.array as da

    x = as_dask(x, "x")
    if x.ndim < 2:
        raise ValueError(f"x has one row a sample, and its shape is {x.shape}: write x[:, None] for one number each")
    with np.errstate(all="ignore"):  # of zeros
        one = function(np.zeros((1, *x.shape[1:]), x.dtype))
    given = tuple(range(x.ndim))
    new = {x.ndim + axis: size for axis, size in enumerate(one.shape[1:])}
    return da.blockwise(
        function, (0, *new), x.rechunk(dict.fromkeys(given[1:], -1)), given,
        new_axes=new, concatenate=True, dtype=one.dtype, meta=one[:0],
    )  # fmt: skip


class Blocks(NamedTuple):
    """Samples, one a row, with their targets and perhaps their weights: what `Samples` is for arrays in memory.

    x and y are Dask arrays whose blocks have the same rows, and all features of these; batches have x in the type of
    the model. The weights are in memory.
    """

    x: Any
    y: Any
    weights: NDArray[Any] | None = None
    dtype: Any = "float64"

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many samples each block has."""
        return tuple(int(size) for size in self.x.chunks[0])

    @property
    def number(self) -> int:
        """How many samples there are."""
        return sum(self.sizes)

    def size(self, asked: int | None) -> int:
        """How many samples a batch has.

        Raises
        ------
        ValueError
            For None, which is all of them.
        """
        if asked is None:
            raise ValueError(
                f"batch_size=None would have all {self.number} samples in memory, and Dask's arrays are there to avoid "
                "that: give batch_size"
            )
        return asked

    def identity(self) -> dict[str, Any]:
        """What tells these samples from others."""
        return {"x": self.x, "y": self.y, "sample_weight": self.weights}

    def steps(self, size: int) -> int:
        """How many batches an epoch has."""
        return ceil(self.number / size)

    def rows(self, chosen: NDArray[Any]) -> Blocks:
        """Some of the samples, in the order in which they are; nothing is read."""
        keep = np.zeros(self.number, bool)
        keep[chosen] = True
        x, y = (_kept(array, keep) for array in (self.x, self.y))
        return self._replace(x=x, y=y, weights=None if self.weights is None else self.weights[keep])

    # The order of an epoch.

    def order(self, shuffle: bool, generator: np.random.Generator) -> list[int]:
        """The numbers of the blocks in the order of one epoch; empty ones are left out, and change nothing."""
        filled = np.flatnonzero(self.sizes)
        return (generator.permutation(filled) if shuffle else filled).tolist()

    def plan(self, size: int, shuffle: bool, generator: np.random.Generator) -> Iterator[list[Part]]:
        """One epoch: what every batch is made of. Every sample comes once, ``size`` of them at a time.

        Blocks are shuffled, and the rows within each. A batch that the end of a block cuts goes on in the next one.
        With a single block this is the order of an array in memory, drawn with the same random numbers.

        Examples
        --------
        >>> import dask.array as da
        >>> import numpy as np
        >>> from inversa.nn.training.blocks import Blocks
        >>> blocks = Blocks(da.zeros((5, 2), chunks=(3, 2)), da.zeros(5, chunks=3))
        >>> for parts in blocks.plan(2, shuffle=False, generator=np.random.default_rng(0)):
        ...     print([(block, rows.tolist()) for block, rows in parts])
        [(0, [0, 1])]
        [(0, [2]), (1, [0])]
        [(1, [1])]
        """
        return self._planned(self.order(shuffle, generator), size, shuffle, generator)

    def _planned(
        self, order: list[int], size: int, shuffle: bool, generator: np.random.Generator
    ) -> Iterator[list[Part]]:
        sizes = self.sizes
        batch: list[Part] = []
        missing = size
        for block in order:
            rows = generator.permutation(sizes[block]) if shuffle else np.arange(sizes[block])
            while len(rows):
                taken, rows = rows[:missing], rows[missing:]
                batch.append((block, taken))
                missing -= len(taken)
                if not missing:
                    yield batch
                    batch, missing = [], size
        if batch:
            yield batch

    # Reading.

    def batches(self, size: int, shuffle: bool, generator: np.random.Generator) -> Iterator[Samples]:
        """One epoch as `plan` has it, in memory batch by batch; the next blocks are read meanwhile."""
        order = self.order(shuffle, generator)
        blocks = self.read(order)
        current = -1
        for parts in self._planned(order, size, shuffle, generator):
            pieces = []
            for number, rows in parts:
                if number != current:
                    current, block = number, next(blocks)
                pieces.append(block.rows(rows))
            x = np.concatenate([piece.x for piece in pieces]).astype(self.dtype, copy=False)
            y = np.concatenate([piece.y for piece in pieces])
            weights = None if self.weights is None else np.concatenate([piece.weights for piece in pieces])
            yield Samples(x, y, weights)

    def parts(self) -> Iterator[Samples]:
        """Every block that has samples, in memory one after the other."""
        return self.read(np.flatnonzero(self.sizes).tolist())

    def read(self, order: Iterable[int]) -> Iterator[Samples]:
        """These blocks, one after the other, while a thread of its own reads the next ones."""
        numbers = iter(order)
        pool = ThreadPoolExecutor(1)
        try:
            coming = deque(pool.submit(self._block, number) for number in islice(numbers, AHEAD))
            while coming:
                coming[0].result()
                coming.extend(pool.submit(self._block, number) for number in islice(numbers, 1))
                yield coming.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _block(self, number: int) -> Samples:
        """One block in memory.

        Raises
        ------
        ValueError
            When it is not of the shape or type that Dask says.
        """
        import dask

        # in this thread, unless the user has chosen a scheduler, such as that of a cluster where the blocks lie
        scheduler = {} if dask.base.get_scheduler() else {"scheduler": "synchronous"}
        lazy = [array.blocks[number] for array in (self.x, self.y)]
        arrays = dask.compute(*lazy, **scheduler)
        for name, array, expected in zip("xy", arrays, lazy, strict=True):
            if (array.shape, array.dtype) != (expected.shape, expected.dtype):
                raise ValueError(
                    f"block {number} of {name} is {array.dtype} {array.shape}, where Dask says "
                    f"{expected.dtype} {expected.shape}: what makes the blocks must give what was declared"
                )
        start = sum(self.sizes[:number])
        weights = None if self.weights is None else self.weights[start : start + len(arrays[0])]
        return Samples(arrays[0], arrays[1], weights)


def _kept(array: Any, keep: NDArray[np.bool_]) -> Any:
    """The rows of a Dask array that are marked."""
    import dask.array as da

    marks = da.from_array(keep, chunks=(array.chunks[0],))
    sizes = [int(part.sum()) for part in np.split(keep, np.cumsum(array.chunks[0])[:-1])]
    axes = tuple(range(array.ndim))
    return da.blockwise(
        lambda block, marked: block[marked], axes, array, axes, marks, (0,),
        adjust_chunks={0: tuple(sizes)}, dtype=array.dtype, meta=array._meta,
    )  # fmt: skip
