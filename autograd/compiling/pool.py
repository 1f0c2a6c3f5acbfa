"""Pool: threads that share the pieces of one piece of work. Made when first needed, and anew in a forked child."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

_pools: list[ThreadPoolExecutor] = []  # one at most

if hasattr(os, "register_at_fork"):
    # A child has the parent's pool without its threads, and would wait for them for ever.
    os.register_at_fork(after_in_child=_pools.clear)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(work: Callable[[Iterator[int]], None], pieces: int, threads: int) -> None:
    """Call ``work`` in several threads, the caller's among them, with one iterator over the numbers of the pieces.

    Each takes the next number when it is ready, so a thread that is slowed down takes fewer.

    Parameters
    ----------
    work : callable
        Does what the numbers that it takes from the iterator stand for.
    pieces, threads : int

    Examples
    --------
    >>> from inversa.autograd.compiling.pool import share
    >>> done = []
    >>> share(lambda numbers: done.extend(numbers), pieces=5, threads=2)
    >>> sorted(done)
    [0, 1, 2, 3, 4]
    """
    numbers = iter(range(pieces))
    helpers = []
    if threads > 1:
        with suppress(RuntimeError):  # at the end of the program no thread is begun any more
            helpers = [_pool().submit(work, numbers) for _ in range(threads - 1)]
    work(numbers)
    for helper in helpers:
        if not helper.cancel():  # it has begun, or done its part
            helper.result()


def _pool() -> ThreadPoolExecutor:
    if not _pools:
        _pools.append(ThreadPoolExecutor(cores(), thread_name_prefix="inversa"))
    return _pools[0]
