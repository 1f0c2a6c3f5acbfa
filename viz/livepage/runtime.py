"""What live pages need beside this library: Python and Graphviz for browsers, found and checked."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

from inversa.autograd.files import readable

VARIABLE = "INVERSA_LIVE_RUNTIME"
ASSETS = "inversa_live_assets"  # the package that carries it
NAME = "inversa-live-runtime.zip"
FORMAT = 1  # of the zip, as .build/live/pack.py makes it
FILES = (
    "pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json", "stdlib.zip", "viz.js", "editor.js",
)  # fmt: skip
COMPILED = "compiled.zip"
MANIFEST, NOTICES = "manifest.json", "NOTICES.txt"
MAX_BYTES = 30_000_000  # of one file in it: several times what the largest has


class RuntimeMissingError(RuntimeError):
    """Python for browsers is nowhere; the message says how to get it."""


class RuntimeBrokenError(ValueError):
    """A file is not the Python for browsers that it should be; the message says what is wrong with it."""


@dataclass(frozen=True)
class Runtime:
    """Python and Graphviz for browsers, and the editor.

    Attributes
    ----------
    version : str
        The version of Inversa that it was made with.
    parts : mapping
        The version of each part, by its name on npm.
    files : mapping
        The content of each file of `FILES`, compressed by gzip: a page holds, or a site serves, these very bytes.
    notices : str
        Who made the parts, and under which licences: whoever hands the files on hands on this text.
    compiled : bytes
        The library's modules, compiled for that Python, in a zip in gzip: what `library` takes.
    """

    version: str
    parts: Mapping[str, str]
    files: Mapping[str, bytes]
    notices: str
    compiled: bytes = b""


def find_runtime(path: str | os.PathLike[str] | None = None) -> Runtime:
    """The runtime in a file, or else the one that is installed.

    It is looked for in the file, in the file that the environment variable ``INVERSA_LIVE_RUNTIME`` names, in the
    package ``inversa_live_assets``, and where ``make live`` writes it in a checkout; the first of these counts.

    Parameters
    ----------
    path : str or path, optional
        The zip that ``make live`` makes.

    Raises
    ------
    FileNotFoundError
        When the path, or the variable, names no file.
    RuntimeMissingError
        When neither names one and none is installed. It is a ``RuntimeError``.
    RuntimeBrokenError
        When the file is no runtime, is damaged, or is of another format. It is a ``ValueError``.

    Examples
    --------
    >>> from inversa.viz.livepage.runtime import find_runtime
    >>> find_runtime("elsewhere/inversa-live-runtime.zip")
    Traceback (most recent call last):
    ...
    FileNotFoundError: the file 'elsewhere/inversa-live-runtime.zip' is not there
    """
    if path is None:
        path = os.environ.get(VARIABLE) or None
    if path is not None:
        found = readable(path)
        return _read(found.read_bytes(), str(found))
    for place in _installed():
        if place.is_file():
            return _read(place.read_bytes(), str(place))
    raise RuntimeMissingError(
        "a live page needs Python for browsers, which is not installed: in a checkout of Inversa run "
        "`make live` (it needs npm); elsewhere `pip install inversa_live_assets-….whl`, a wheel that `make live` makes "
        f"in the folder dist, or name its zip: --runtime FILE, or the environment variable {VARIABLE}"
    )


def _installed() -> Iterator[Any]:
    with suppress(ModuleNotFoundError):
        yield resources.files(ASSETS).joinpath(NAME)
    yield Path(__file__).resolve().parents[2] / "live" / NAME  # in a checkout


def _read(content: bytes, place: str) -> Runtime:
    try:
        with zipfile.ZipFile(BytesIO(content)) as file:
            about = json.loads(_entry(file, MANIFEST))
            if not isinstance(about, dict) or "format" not in about:
                raise RuntimeBrokenError(f"its {MANIFEST} is not one")
            if about["format"] != FORMAT:
                raise RuntimeBrokenError(
                    f"it has the format {about['format']!r}, and this version of Inversa reads {FORMAT}: make it, or "
                    "install it, anew for this version"
                )
            sums = about["files"]
            files = {name: _entry(file, f"{name}.gz") for name in (*FILES, COMPILED)}
            notices = _entry(file, NOTICES).decode()
        for name, packed in files.items():
            if hashlib.sha256(packed).hexdigest() != sums[name]:
                raise RuntimeBrokenError(f"{name} is damaged")
        compiled = files.pop(COMPILED)
        return Runtime(str(about["version"]), dict(about["parts"]), files, notices, compiled)
    except RuntimeBrokenError as error:
        raise RuntimeBrokenError(f"{place!r} cannot be used as Python for browsers: {error}") from None
    except Exception as error:  # in damaged bytes anything can go wrong
        raise RuntimeBrokenError(
            f"{place!r} cannot be used as Python for browsers: it is damaged, or none that `make live` made ({error})"
        ) from error


def _entry(file: zipfile.ZipFile, name: str) -> bytes:
    """One entry. All are stored as they are, so that none grows while it is read."""
    info = file.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size or info.file_size > MAX_BYTES:
        raise RuntimeBrokenError(f"{name} in it is packed in another way than `make live` packs")
    return file.read(info)
