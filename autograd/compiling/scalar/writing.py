"""Writing: rows are appended to a trace by one thread at a time, also when derivatives are first asked for, in any."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from threading import RLock


class _Writing:
    lock = RLock()
    epoch = object()  # another one in a child that was forked while somebody was writing


def writing() -> AbstractContextManager[object]:
    """Hold off the other threads.

    >>> from inversa.autograd.compiling.scalar.writing import writing
    >>> with writing():
    ...     pass
    """
    return _Writing.lock


def epoch() -> object:
    """What is compared in order not to use a trace that a fork caught half written."""
    return _Writing.epoch


def _after_fork() -> None:
    """In a child: the thread that was writing, if one was, is not here and will never end."""
    if _Writing.lock.acquire(blocking=False):
        _Writing.lock.release()
    else:
        _Writing.lock, _Writing.epoch = RLock(), object()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
