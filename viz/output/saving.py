"""Saving: the suffix of a path chooses the format, and the file is replaced only when the new one is complete."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from inversa.autograd.files import expanded, write_atomically

Writers = Mapping[str, Callable[[], str | bytes]]  # what makes the content of a file, by suffix


def save(path: str | os.PathLike[str], writers: Writers) -> Path:
    """Write what the path's suffix asks for.

    Raises
    ------
    ValueError
        For a suffix that has no writer.
    OSError
        When the path is a folder or cannot be written; the message says why.

    Examples
    --------
    >>> from inversa.viz.output.saving import save
    >>> save("notes.doc", {".txt": lambda: "w = 0.5", ".md": lambda: "**w** = 0.5"})
    Traceback (most recent call last):
    ...
    ValueError: cannot save as 'notes.doc': the suffix is one of .txt, .md
    """
    path = expanded(path)
    if os.path.isdir(path):
        example = str(path / f"graph{next(iter(writers))}")
        raise IsADirectoryError(f"{str(path)!r} is a folder: name a file in it, as {example!r}")
    write = writers.get(path.suffix.lower())
    if write is None:
        known = ", ".join(writers)
        raise ValueError(f"cannot save as {str(path)!r}: the suffix is {'one of ' * (len(writers) > 1)}{known}")
    content = write()
    return write_atomically(path, content if isinstance(content, bytes) else content.encode())
