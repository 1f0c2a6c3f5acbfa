"""Running: the numbers of a program, or where it went wrong."""

from __future__ import annotations

import traceback
from typing import Any

from .engine import Engine, MissingError


def run(engine: Engine, steps: list[Any], passes: list[Any], watched: list[int]) -> dict[str, Any]:
    """The numbers of a program, or what went wrong at which step."""
    nodes: list[Any] = []
    values: list[float] = []
    at: Any = "read"
    try:
        for at in range(len(steps)):
            op, inputs = steps[at]
            if op == "leaf":
                nodes.append(engine.leaf(inputs[0]))
            else:
                nodes.append(engine.apply(op, [nodes[x] if isinstance(x, int) else _plain(x) for x in inputs]))
            values.append(engine.value(nodes[-1]))
        at = "backward"
        returned: Any = None
        for start in passes:
            if start == "clear":
                for node in nodes if "grad" in engine.names else []:
                    engine.clear(node)
            elif start == "zero":
                at = "zero"
                engine.zero(nodes)
                at = "backward"
            else:
                returned = engine.backward(nodes[start])
        at = "read"
        return {
            "values": [values[k] for k in watched],
            "after": [engine.value(nodes[k]) for k in watched],
            "gradients": [engine.gradient(nodes[k], returned) for k in watched],
        }
    except MissingError as error:
        return {"missing": str(error)}
    except BaseException as error:
        return {
            "error": type(error).__name__,
            "message": message_of(error),
            "line": line_of(error, engine.path),
            "at": at,
        }


def _plain(x: float) -> int | float:
    """A number as one types it: 2 rather than 2.0."""
    return int(x) if x == int(x) else x


def message_of(error: BaseException) -> str:
    """What an error says, in few words; its own text may fail, too."""
    try:
        return "".join(c if c.isprintable() else " " for c in str(error)[:200])  # no colours for the console
    except BaseException:
        return ""


def line_of(error: BaseException, path: str) -> int:
    """The last line of the student's file that the error came through; 0 for none."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return (lines or [0])[-1] or 0
