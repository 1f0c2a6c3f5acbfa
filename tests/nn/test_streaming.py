"""Training on what is larger than memory: Dask arrays, block by block, and iterables of batches."""

from itertools import chain

import numpy as np
import pytest

from inversa.nn.data import batch_rows
from inversa.nn.training.blocks import Blocks

da = pytest.importorskip("dask.array", reason="blocks need Dask: pip install 'inversa[dask]'")

CHUNKS = (7, 1, 0, 23, 20)  # 51 samples


def blocks_of(chunks):
    return Blocks(da.zeros((sum(chunks), 2), chunks=(chunks, 2)), da.zeros(sum(chunks), chunks=(chunks,)))


def numbers(blocks, size, shuffle, generator):
    """The plan of an epoch, with the samples numbered through all blocks."""
    starts = np.cumsum([0, *blocks.sizes])
    plan = blocks.plan(size, shuffle, generator)
    return [np.concatenate([starts[block] + rows for block, rows in parts]).tolist() for parts in plan]


# The order of the samples.


@pytest.mark.parametrize("size", [1, 4, 9, 30, 100])
@pytest.mark.parametrize("shuffle", [True, False])
def test_an_epoch_has_every_sample_once_in_full_batches(size, shuffle):
    batches = numbers(blocks_of(CHUNKS), size, shuffle, np.random.default_rng(0))
    epoch = list(chain(*batches))
    assert sorted(epoch) == list(range(51))
    assert [len(batch) for batch in batches] == [size] * (51 // size) + [51 % size] * (51 % size > 0)
    assert (epoch == list(range(51))) is not shuffle


def test_samples_of_a_block_stay_together_and_every_epoch_has_another_order():
    generator = np.random.default_rng(0)
    first, second = (list(chain(*numbers(blocks_of(CHUNKS), 10, True, generator))) for _ in range(2))
    assert first != second
    for epoch in (first, second):
        block_of = np.repeat(range(5), CHUNKS)[epoch]
        assert np.count_nonzero(np.diff(block_of)) == 3  # of four blocks that are not empty
        assert any(np.diff(epoch) < 0)


def test_a_single_block_has_the_order_of_an_array_in_memory():
    ours, memory = np.random.default_rng(3), np.random.default_rng(3)
    for _ in range(2):
        expected = [rows.tolist() for rows in batch_rows(51, 8, True, memory)]
        assert numbers(blocks_of((0, 51)), 8, True, ours) == expected


def test_empty_blocks_change_nothing():
    one, other = (numbers(blocks_of(chunks), 8, True, np.random.default_rng(0)) for chunks in (CHUNKS, (7, 1, 23, 20)))
    assert one == other
