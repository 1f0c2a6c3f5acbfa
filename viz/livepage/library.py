"""Inversa itself, packed for a page: what is installed runs there."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

VERSION = "inversa.version"  # a file, for in a page no package is installed
# What a page cannot use: programs for a terminal, and what is made of tutorials.
LEFT_OUT = ("viz/slides", "viz/command", "viz/livepage/web")


@cache
def library(compiled: bytes = b"") -> bytes:
    """The packages ``inversa`` and ``graphviz`` as a zip, not compressed: it is compressed together with others.

    Parameters
    ----------
    compiled : bytes
        A runtime's compiled modules. One that was made of the very source that is installed takes its place: a page
        starts in half the time. Without any, or in another version, the source runs.

    Examples
    --------
    >>> import io, zipfile
    >>> from inversa.viz.livepage.library import library
    >>> names = zipfile.ZipFile(io.BytesIO(library())).namelist()
    >>> "inversa/autograd/value.py" in names, "graphviz/__init__.py" in names
    (True, True)
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        for name, content in _compiled(_sources(), compiled):
            file.writestr(zipfile.ZipInfo(name), content)
        file.writestr(zipfile.ZipInfo(VERSION), version("inversa"))
    return packed.getvalue()


def _sources() -> Iterator[tuple[str, bytes]]:
    for package in ("inversa", "graphviz"):
        yield from _files(files(package), package)


def _compiled(sources: Iterable[tuple[str, bytes]], compiled: bytes) -> Iterator[tuple[str, bytes]]:
    """The files, compiled where that was made of this very source."""
    if not compiled:
        yield from sources
        return
    with zipfile.ZipFile(io.BytesIO(gzip.decompress(compiled))) as file:
        sums = json.loads(file.read("sources.json"))
        for name, content in sources:
            if sums.get(name) == hashlib.sha256(content).hexdigest():
                yield f"{name}c", file.read(f"{name}c")
            else:
                yield name, content


def _files(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        inner = f"{name}/{entry.name}"
        if entry.name.startswith((".", "__pycache__")) or inner.partition("/")[2] in LEFT_OUT:
            continue
        if entry.is_dir():
            yield from _files(entry, inner)
        elif not entry.name.endswith((".pyc", ".so", ".nbi", ".nbc")):
            yield inner, entry.read_bytes()
