"""Inversa itself, packed for a page: what is installed runs there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

VERSION = "inversa.version"  # a file, for in a page no package is installed
# What a page cannot use: programs for a terminal, and what is made of tutorials.
LEFT_OUT = ("viz/slides", "viz/command", "viz/live/web")


@cache
def library() -> bytes:
    """The packages ``inversa`` and ``graphviz`` as a zip, not compressed: it is compressed together with others.

    Examples
    --------
    >>> import io, zipfile
    >>> from inversa.viz.live.library import library
    >>> names = zipfile.ZipFile(io.BytesIO(library())).namelist()
    >>> "inversa/autograd/value.py" in names, "graphviz/__init__.py" in names
    (True, True)
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        for package in ("inversa", "graphviz"):
            for name, content in _files(files(package), package):
                file.writestr(zipfile.ZipInfo(name), content)
        file.writestr(zipfile.ZipInfo(VERSION), version("inversa"))
    return packed.getvalue()


def _files(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        inner = f"{name}/{entry.name}"
        if entry.name.startswith((".", "__pycache__")) or inner.partition("/")[2] in LEFT_OUT:
            continue
        if entry.is_dir():
            yield from _files(entry, inner)
        elif not entry.name.endswith((".pyc", ".so", ".nbi", ".nbc")):
            yield inner, entry.read_bytes()
