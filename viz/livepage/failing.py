"""What went wrong in code, and in which of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from traceback import FrameSummary, StackSummary, TracebackException, walk_tb
from typing import NamedTuple

from inversa.autograd.languages._language import Texts
from inversa.viz.livepage.printing import NoInputError, sayable

FILE = "code.py"  # what the code is called in messages
MAX_FRAMES = 20  # of a traceback: of more the first and the last are shown
MAX_TEXT = 10_000  # characters of a message


class Failure(NamedTuple):
    """An error as it is shown: the line, from 1, if it is known; the type, the message, and how it was reached."""

    line: int | None
    type: str
    text: str
    trace: str


def failure(error: BaseException, said: Texts) -> Failure:
    """An error of code that was compiled as the file `FILE`.

    Its line is the innermost one of the code: where an error was raised inside a library, the one that called it.
    """
    shown = TracebackException.from_exception(error)
    message = "".join(shown.format_exception_only())
    frames = list(_frames(shown.stack))
    trace = "".join(["Traceback (most recent call last):\n", *frames, message]) if frames else message
    text = _text(error, message, said)[:MAX_TEXT]
    return Failure(_line(error), sayable(type(error).__name__), sayable(text), sayable(trace[-MAX_TEXT:]))


def _line(error: BaseException) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == FILE:
        return error.lineno
    lines = [n for frame, n in walk_tb(error.__traceback__) if frame.f_code.co_filename == FILE]
    return lines[-1] if lines else None


def _frames(stack: StackSummary) -> Iterator[str]:
    """Those of the code: how the library works inside does not help."""
    own: list[FrameSummary] = [frame for frame in stack if frame.filename == FILE]
    half = MAX_FRAMES // 2
    if len(own) <= MAX_FRAMES:
        yield from StackSummary.from_list(own).format()
        return
    yield from StackSummary.from_list(own[:half]).format()
    yield "  …\n"
    yield from StackSummary.from_list(own[-half:]).format()


def _text(error: BaseException, message: str, said: Texts) -> str:
    """The message in full, with Python's suggestions; in our words where Python's are about something else."""
    match error:
        case NoInputError():
            return said["input"]
        case SystemExit():
            return said["exit"]
        case KeyboardInterrupt():
            return said["stopped"]
        case RecursionError():
            return said["recursion"]
        case MemoryError():
            return said["memory"]
        case SyntaxError(msg=str() as reason) if error.filename == FILE:
            return reason
    return message.partition(": ")[2].strip()
