"""What holds while code runs: whether operations are recorded, watched for NaN, and in which module they happen.

The state is one immutable object in a context variable, so every thread and every asyncio task has its own and leaving
a ``with`` block restores what was before, whatever was raised inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

# Flags of functions whose body runs only after they have been left (as in the inspect module, which is slow to import).
CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR = 0x20, 0x80, 0x200


LOSS = "loss"  # the module name under which losses are computed


class Call(str):
    """The path of a module that is running, ``"block.hidden"``: one object a call, so that two calls are told apart.

    >>> block = Call.inside(None, "block")
    >>> hidden = Call.inside(block, "hidden")
    >>> hidden, hidden.outer is block, hidden is Call.inside(block, "hidden")
    ('block.hidden', True, False)
    """

    __slots__ = ("outer",)
    outer: str | None  # the call that it was made in

    @classmethod
    def inside(cls, outer: str | None, title: str) -> Call:
        """A call of the module with this title, made in another one or at the top."""
        call = cls(f"{outer}.{title}" if outer else title)
        call.outer = outer
        return call


class Mode:
    """The state that every recorded operation looks at. It is never changed: `changed` gives another one.

    It has slots because every node that is computed looks at two or three of its fields: Python reads a slot in 2 ns, a
    field of a named tuple in 8.
    """

    __slots__ = ("anomaly", "batch", "constants", "depth", "module", "recording", "trace", "usual", "watched")

    def __init__(
        self,
        recording: bool = True,
        anomaly: bool = False,
        watched: bool = False,  # whether every computed node is reported: see `anomaly.tell`
        module: str | None = None,  # the path of the nn module that is running, "hidden.0": a Call, or a name
        depth: int = 0,  # how many transforms (grad, jvp, …) are being evaluated inside one another
        constants: bool = False,  # whether what is computed from constants alone is recorded, too
        trace: Any = None,  # of a function that is being compiled: modules tell it that they run
        batch: Any = None,  # the call of what vmap gave that is being evaluated
    ) -> None:
        self.recording = recording
        self.anomaly = anomaly
        self.watched = watched
        self.module = module
        self.depth = depth
        self.constants = constants
        self.trace = trace
        self.batch = batch
        # What requires a gradient is recorded, nothing else is, and nobody is told.
        self.usual = recording and not watched and not constants and trace is None

    def changed(self, **changes: Any) -> Mode:
        """The same mode, but for these fields."""
        fields = {
            "recording": self.recording,
            "anomaly": self.anomaly,
            "watched": self.watched,
            "module": self.module,
            "depth": self.depth,
            "constants": self.constants,
            "trace": self.trace,
            "batch": self.batch,
        }
        return Mode(**(fields | changes))


MODE: ContextVar[Mode] = ContextVar("inversa_mode", default=Mode())  # noqa: B039  # a Mode is immutable

# What to return to, innermost last. Kept here rather than in the context managers, which may be shared by threads.
_OUTER: ContextVar[tuple[Mode, ...]] = ContextVar("inversa_outer_modes", default=())


@contextmanager
def mode(**changes: Any) -> Iterator[None]:
    """Run a block with some fields of the current `Mode` changed."""
    token = MODE.set(MODE.get().changed(**changes))
    try:
        yield
    finally:
        MODE.reset(token)


class _Switch(ContextDecorator):
    """A context manager and decorator that changes some fields of the current mode."""

    _changes: ClassVar[dict[str, Any]]

    def __enter__(self) -> None:
        outer = MODE.get()
        _OUTER.set((*_OUTER.get(), outer))
        MODE.set(outer.changed(**self._changed(outer)))

    def _changed(self, _outer: Mode) -> dict[str, Any]:
        return self._changes

    def __exit__(self, *raised: Any) -> None:
        *others, outer = _OUTER.get()
        _OUTER.set(tuple(others))
        MODE.set(outer)

    def __call__(self, function: F) -> F:
        """Decorate a function."""
        flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
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
    inversa.autograd.anomaly.AnomalyError: log gave nan from x = -1.0, at ...
    """

    _changes: ClassVar[dict[str, Any]] = {"anomaly": True, "watched": True}


class part(_Switch):  # noqa: N801
    """A part of a program under a title: pictures draw what it computes as one box; a context manager and a decorator.

    Parts in parts have paths, ``"block.attention"``; ``draw(…, depth=2)`` opens the outer ones. Modules of `inversa.nn`
    are parts by themselves.

    Parameters
    ----------
    title : str

    Raises
    ------
    TypeError
        For a title that is no text, such as a function that is decorated without one.

    Examples
    --------
    >>> from inversa.autograd import Value, part
    >>> @part("square")
    ... def square(x):
    ...     return x * x
    >>> with part("sum"):
    ...     y = square(Value(3.0)) + square(Value(4.0))
    >>> y.module, y.inputs[0].module
    ('sum', 'sum.square')
    """

    def __init__(self, title: str) -> None:
        if type(title) is not str or not title:
            raise TypeError(f'a part has a title: part("attention"), not part({title!r})')
        self.title = title

    def _changed(self, outer: Mode) -> dict[str, Any]:
        return {"module": Call.inside(outer.module, self.title)}

    def _recreate_cm(self) -> part:
        return self  # it keeps nothing: what to return to is in `_OUTER`
