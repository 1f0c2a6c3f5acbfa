"""Training on data larger than memory: gigabytes of numbers that exist while they are used.

    python -P tests/benchmarks/larger_than_memory.py 20

trains a network for one epoch on 20 GB, in blocks of 79 MB, and prints how long that took and how much memory it had.
The numbers are drawn when they are read, which costs about what reading them from a disk does.
"""

from __future__ import annotations

import resource
import sys
import time

import dask.array as da
import numpy as np

from inversa.nn import MLP

FEATURES, ROWS = 784, 25_000


def main() -> None:
    """One epoch on as many gigabytes as the first argument says."""
    gigabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    blocks = max(1, round(gigabytes * 1e9 / (4 * FEATURES * ROWS)))
    x = da.random.default_rng(0).random((blocks * ROWS, FEATURES), dtype=np.float32, chunks=(ROWS, FEATURES))
    y = (x[:, :10] + x[:, 10:20]).argmax(axis=1)
    model = MLP([FEATURES, 128, 10], seed=0, dtype="float32")
    model.compile(loss="cross_entropy", metrics=["accuracy"])
    before = peak()
    start = time.perf_counter()
    history = model.fit(x, y, batch_size=128)
    seconds = time.perf_counter() - start
    print(
        f"{x.nbytes / 1e9:.1f} GB in {blocks} blocks: {seconds:.0f} s, {seconds / x.nbytes * 1e9:.1f} s a GB; "
        f"peak {peak():.0f} MB, {before:.0f} before; accuracy {history['accuracy'][-1]:.3f}"
    )


def peak() -> float:
    """The most memory that this process has had, in megabytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
