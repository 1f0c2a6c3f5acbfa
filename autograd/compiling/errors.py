"""Errors of tracing, and how they are told: what cannot be compiled, in which line of the user's, and what to do."""

from __future__ import annotations

import linecache
import os
import sys
import traceback


class TracingError(TypeError):
    """Something was asked of a traced number that only a number with a value can give."""


class ArraysMetError(TracingError):
    """Where single numbers were traced, an array turned up."""


class OutsideError(TracingError):
    """Something is used that was computed before the trace began."""


class NotRecordedError(TracingError):
    """A call cannot be recorded as one operation: it is evaluated as usual."""


def reason(error: BaseException) -> str:
    """Why a function could not be traced, and the innermost of its lines; nothing of what only we know."""
    lines = [
        (frame.f_code.co_filename, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if not frame.f_globals.get("__name__", "").startswith("inversa.")
    ]
    what = str(error) if isinstance(error, TracingError) else ""
    if not lines:
        return what or "an operation in it looks at numbers that are not there while it is traced"
    file, number = lines[-1]
    line = f"line {number} of {os.path.basename(file)}"
    if text := linecache.getline(file, number).strip():  # empty where the source is not at hand
        line = f"{line}: {text}"
    return f"{what}, in {line}" if what else f"what is not there while it is traced is needed in {line}"


def level_of_caller() -> int:
    """The ``stacklevel`` of a warning that is to show the user's line, however deep in this library it arises."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("inversa."):
        level, frame = level + 1, frame.f_back
    return level
