"""What holds while code runs: whether operations are recorded, watched for NaN, and in which module they happen.

The state is one immutable object in a context variable, so every thread and every asyncio task has its own and leaving
a ``with`` block restores what was before, whatever was raised inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple


class Mode(NamedTuple):
    """The state that every recorded operation looks at."""

    recording: bool = True
    anomaly: bool = False
    module: str | None = None  # the path of the nn module that is running, "hidden.0"
    depth: int = 0  # how many transforms (grad, jvp, …) are being evaluated inside one another


MODE: ContextVar[Mode] = ContextVar("inversa_mode", default=Mode())  # noqa: B039  # a Mode is immutable


@contextmanager
def mode(**changes: Any) -> Iterator[None]:
    """Run a block with some fields of the current `Mode` changed."""
    token = MODE.set(MODE.get()._replace(**changes))
    try:
        yield
    finally:
        MODE.reset(token)


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording a graph; a context manager and a decorator.

    >>> from inversa.autograd import Value, no_grad
    >>> w = Value(3.0)
    >>> with no_grad():
    ...     y = w * w
    >>> y.data, y.requires_grad
    (9.0, False)
    """
    with mode(recording=False):
        yield


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise `AnomalyError` where a NaN or an infinity first appears, forwards or backwards.

    The error names the operation and the line of your code that called it. Slow: for hunting only.

    >>> from inversa.autograd import Value, detect_anomaly, log
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     log(Value(-1.0, name="x"))
    Traceback (most recent call last):
        ...
    inversa.autograd.mode.AnomalyError: log gave nan from x = -1.0, at ...
    """
    with mode(anomaly=True):
        yield


class AnomalyError(ArithmeticError):
    """A NaN or an infinity appeared while `detect_anomaly` was watching."""
