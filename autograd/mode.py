"""What holds while code runs: whether operations are recorded, watched for NaN, and in which module they happen.

The state is one immutable object in a context variable, so every thread and every asyncio task has its own and leaving
a ``with`` block restores what was before, whatever was raised inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NamedTuple, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

# Flags of functions whose body runs only after they have been left (as in the inspect module, which is slow to import).
CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR = 0x20, 0x80, 0x200


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


class _Switch(ContextDecorator):
    """A context manager and decorator that changes some fields of the current mode."""

    _changes: ClassVar[dict[str, Any]]

    def __enter__(self) -> None:
        self._running = mode(**self._changes)
        self._running.__enter__()

    def __exit__(self, *raised: Any) -> None:
        self._running.__exit__(*raised)

    def __call__(self, function: F) -> F:
        """Decorate a function."""
        flags = function.__code__.co_flags
        if flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR):
            raise TypeError(
                f"{function.__name__} is left before it runs: write `with {type(self).__name__}():` inside it"
            )
        return super().__call__(function)

    def _recreate_cm(self) -> _Switch:
        return type(self)()  # one for each call: calls may be nested


class no_grad(_Switch):  # noqa: N801  # used like a function, and called so by PyTorch
    """Compute without recording a graph; a context manager and a decorator.

    >>> from inversa.autograd import Value, no_grad
    >>> w = Value(3.0)
    >>> with no_grad():
    ...     y = w * w
    >>> y.data, y.requires_grad
    (9.0, False)
    """

    _changes: ClassVar[dict[str, Any]] = {"recording": False}


class detect_anomaly(_Switch):  # noqa: N801
    """Raise `AnomalyError` where a NaN or an infinity first appears, forwards or backwards.

    The error names the operation and the line of your code that called it. Slow: for hunting only.

    >>> from inversa.autograd import Value, detect_anomaly, log
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     log(Value(-1.0, name="x"))
    Traceback (most recent call last):
        ...
    inversa.autograd.mode.AnomalyError: log gave nan from x = -1.0, at ...
    """

    _changes: ClassVar[dict[str, Any]] = {"anomaly": True}


class AnomalyError(ArithmeticError):
    """A NaN or an infinity appeared while `detect_anomaly` was watching."""
