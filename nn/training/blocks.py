"""Blocks: samples in Dask arrays, which may be larger than memory, and are read a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Part = tuple[int, "NDArray[np.intp]"]  # of a batch: the number of a block, and rows in it


class Blocks(NamedTuple):
    """Samples, one a row, with their targets and perhaps their weights: what `Samples` is for arrays in memory.

    x and y are Dask arrays whose blocks have the same rows, and all features of these. The weights are in memory.
    """

    x: Any
    y: Any
    weights: NDArray[Any] | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many samples each block has."""
        return tuple(int(size) for size in self.x.chunks[0])

    @property
    def number(self) -> int:
        """How many samples there are."""
        return sum(self.sizes)

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
