"""Engines with one mistake each: a right engine of one of five styles, and a few of its lines written otherwise.

The files of mistakes read like diffs. A mistake has a head, ``=== engine | cause | operations | what was done``, and
pieces of the engine that begin with ``@@``: lines before it ("-"), after it ("+"), and those that stay (" ").
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
CLASSES = {"closures": "Value", "tags": "Scalar", "tape": "Var", "paths": "Num", "functions": "Node"}


class Mistake(NamedTuple):
    engine: str
    cause: str  # what the examiner should say
    operations: tuple[str, ...]  # of which operations; empty for the whole engine
    done: str
    source: str


def right(engine: str) -> str:
    """The engine without a mistake."""
    return (HERE / "engines" / f"{engine}.py").read_text("utf-8")


def mistakes(file: str) -> list[Mistake]:
    """Those of a file."""
    return [_mistake(text) for text in (HERE / file).read_text("utf-8").split("=== ")[1:]]


def _mistake(text: str) -> Mistake:
    head, *pieces = text.rstrip("\n").split("\n@@\n")
    engine, cause, operations, done = head.split(" | ")
    source = right(engine)
    for piece in pieces:
        lines = [line or " " for line in piece.split("\n")]
        old = "".join(f"{line[1:]}\n" for line in lines if line[0] != "+")
        new = "".join(f"{line[1:]}\n" for line in lines if line[0] != "-")
        assert source.count(old) == 1, (head, old)
        source = source.replace(old, new)
    return Mistake(engine, cause, () if operations == "all" else tuple(operations.split()), done, source)


SEEDED = mistakes("seeded.diff")  # made by those who made the ladder
REPORTED = mistakes("reported.diff")  # made by others, who reported them of engines of theirs, and written down later
