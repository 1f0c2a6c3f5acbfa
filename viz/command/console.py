"""Text for the console: aligned tables, and characters that every terminal can show."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

MAX_QUOTED = 300  # characters of a path in a message


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells in aligned columns: the first to the left, the others to the right.

    >>> from inversa.viz.command.console import table
    >>> print(table(["name", "value"], [["w", "0.5"], ["bias", "−12.5"]]))
    name  value
    w       0.5
    bias  −12.5
    """
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    left, *right = widths
    return "\n".join(
        "  ".join([line[0].ljust(left), *(cell.rjust(width) for cell, width in zip(line[1:], right, strict=True))])
        for line in lines
    )


def speak_any_encoding() -> None:
    """Let stdout and stderr write what is nearest to a character that their encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a notebook's streams have none, and need none
        if reconfigure is not None:
            reconfigure(errors="inversa.nearest")  # of inversa.autograd.printing


def quoted(path: object) -> str:
    """A path in quotes, of a very long one the beginning.

    >>> quoted("my  network.svg")
    "'my  network.svg'"
    """
    text = repr(str(path))
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…'"


def one_line(error: Any) -> str:
    """An error's message on a single line."""
    strerror, file = getattr(error, "strerror", None), getattr(error, "filename", None)
    text = str(error) if not strerror else strerror if file is None else f"{strerror}: {file}"
    return " ".join(text.split()) or type(error).__name__
