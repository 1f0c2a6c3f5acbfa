"""A training step on a cluster beside one process: milliseconds, and bytes through each worker.

    python -P tests/benchmarks/cluster.py

starts two workers on this machine. A step is the cost and the gradient of 4 blocks of 500 samples in float64, with one
thread of BLAS; one process computes block after block. All times are of the same minutes, in turns.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster
from threadpoolctl import threadpool_limits

from inversa.nn import MLP
from inversa.nn.training.blocks import Blocks
from inversa.nn.training.parallel import Cluster, uninterrupted
from inversa.nn.training.samples import Samples

NETWORKS = ((40, 20, 4), (100, 90, 10), (784, 128, 10), (784, 1000, 200, 10))
BLOCKS, ROWS, STEPS = 4, 500, 15
WORKERS = 2


def count_bytes() -> None:
    """In a worker: count what goes through its sockets from now on."""
    from tornado.iostream import IOStream

    if hasattr(IOStream, "counted"):
        IOStream.counted = [0, 0]
        return
    IOStream.counted = [0, 0]
    for i, name in enumerate(("read_from_fd", "write_to_fd")):
        setattr(IOStream, name, counting(IOStream, i, getattr(IOStream, name)))


def counting(owner: Any, i: int, original: Callable[..., int | None]) -> Callable[..., int | None]:
    """A method that adds up the numbers which the original one returns."""

    def counted(stream: Any, data: Any) -> int | None:
        number = original(stream, data)
        owner.counted[i] += number or 0
        return number

    return counted


def counted_bytes() -> tuple[int, int]:
    """In a worker: what came in and what went out."""
    from tornado.iostream import IOStream

    return tuple(IOStream.counted)


def timed(step: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    begun = time.perf_counter()
    step()
    return 1000 * (time.perf_counter() - begun)


def row(client: Client, sizes: tuple[int, ...]) -> str:
    """A row of the table: one network."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(BLOCKS * ROWS, sizes[0]))
    y = rng.integers(0, sizes[-1], len(x))
    model = MLP(list(sizes), activation="tanh", seed=0)
    model.compile(loss="cross_entropy")
    stepper = model.trainer.stepper
    blocks = Blocks(da.from_array(x, chunks=(ROWS, sizes[0])), da.from_array(y, chunks=ROWS))
    cluster = Cluster(client, model.trainer.objective, model.parameters(), blocks)
    batch = next(cluster.batches(len(x), False, rng))

    def here() -> None:
        for start in range(0, len(x), ROWS):
            stepper.gradients_here(Samples(x[start : start + ROWS], y[start : start + ROWS], None))

    def there() -> None:
        cluster.gradients(batch)

    times: dict[Any, list[float]] = {here: [], there: []}
    with threadpool_limits(1), uninterrupted(client):
        here(), there(), there()
        for _ in range(STEPS):
            for step, found in times.items():
                found.append(timed(step))
        client.run(count_bytes)
        for _ in range(STEPS):
            there()
        each = client.run(counted_bytes).values()
    count = model.parameter_count()
    shares = [sum(direction) / WORKERS / STEPS / (8 * count) for direction in zip(*each, strict=True)]
    columns = [f"{min(found):.1f}, {statistics.median(found):.1f}" for found in times.values()]
    return f"| {count} | {' | '.join(columns)} | {' | '.join(f'{share:.2f}' for share in shares)} |"


def main() -> None:
    """Print the table."""
    print(f"load before: {os.getloadavg()[0]:.1f}; least and median of {STEPS}, in ms; bytes in those of the weights\n")
    print("| parameters | one process | two workers | in, a worker and step | out |\n|---|---|---|---|---|")
    with (
        LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster) as client,
    ):
        for sizes in NETWORKS:
            print(row(client, sizes), flush=True)


if __name__ == "__main__":
    main()
