"""Errors of tracing, and how they are told: what cannot be compiled, in which line of the user's, and what to do."""

from __future__ import annotations

import linecache
import os
import sys
from typing import Any, NoReturn

from inversa.autograd.compiling.cures import cure


class TracingError(TypeError):
    """Something was asked of a traced number that only a number with a value can give.

    Parameters
    ----------
    what : str
        What was asked.
    cure : str, optional
        What to write instead, in general; the line at hand may tell more.
    """

    def __init__(self, what: str, cure: str = "") -> None:
        super().__init__(f"{what}; {cure}" if cure else what)
        self.what = what
        self.cure = cure


class NumberNeededError(TracingError):
    """The number itself was asked of something traced, which has none until what is compiled runs."""


class IntegerNeededError(NumberNeededError):
    """An integer was asked of a traced number, by a list or an array for an entry, or by a loop for its turns."""


class ArraysMetError(TracingError):
    """Where single numbers were traced, an array turned up."""


class ArrayNeededError(NumberNeededError, ArraysMetError):
    """The numbers of a Tensor were asked."""


class OutsideError(TracingError):
    """Something is used that was computed before the trace began."""


class ForeignError(TracingError):
    """What is read, a Tensor or Value, holds an array of another library than NumPy."""

    def __init__(self, what: str, node: Any) -> None:
        super().__init__(what)
        self.node = node


class NotRecordedError(TracingError):
    """A call cannot be recorded as one operation: it is evaluated as usual."""


def reason(error: BaseException) -> str:
    """Why a function could not be traced, the innermost of its lines, and what to write there; nothing of our own."""
    frames = []
    place = error.__traceback__
    while place is not None:
        if not place.tb_frame.f_globals.get("__name__", "").startswith("inversa."):
            frames.append(place)
        place = place.tb_next
    what, instead = _asked(error)
    if not frames:
        return what
    file, number = frames[-1].tb_frame.f_code.co_filename, frames[-1].tb_lineno
    if isinstance(error, NumberNeededError):
        instead = cure(frames[-1], linecache.getlines(file, frames[-1].tb_frame.f_globals)) or instead
    line = f"line {number} of {os.path.basename(file)}"
    if text := linecache.getline(file, number).strip():  # empty where the source is not at hand
        line = f"{line}: {text}"
    return f"{what}; {instead}, in {line}" if instead else f"{what}, in {line}"


def _asked(error: BaseException) -> tuple[str, str]:
    """What was asked of what has no numbers, and what to do instead."""
    if isinstance(error, TracingError):
        return error.what, error.cure
    if isinstance(error, AttributeError) and error.name and type(error.obj).__module__.startswith("inversa."):
        return f"there is no .{error.name} of what is traced", ""
    return "what is not there while it is traced is needed", ""


class WithoutNumbers:
    """For symbols: what Python asks of a number to take a branch, count turns, find an entry or make a text."""

    __slots__ = ()

    def _no_value(self, what: str, instead: str) -> NoReturn:
        """Refuse."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        self._no_value("a branch", "use where(condition, a, b), maximum, minimum or relu of inversa.autograd")

    def __float__(self) -> float:
        self._no_value("float()", "use the functions of inversa.autograd instead of those of math")

    def __int__(self) -> int:
        self._no_value("int()", "use take(rows, index) for a row, round or floor_divide for a whole number")

    def __index__(self) -> int:
        raise IntegerNeededError(
            "a traced number is used as an integer", "write take(rows, index) for a row, or give a plain integer"
        )

    def __str__(self) -> str:
        self._no_value("a text", "leave that out, and look at what the compiled function gives")

    def __format__(self, spec: str) -> str:
        return str(self)


def level_of_caller() -> int:
    """The ``stacklevel`` of a warning that is to show the user's line, however deep in this library it arises."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("inversa."):
        level, frame = level + 1, frame.f_back
    return level
