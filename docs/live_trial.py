"""Tries which blocks of pages run where there is no NumPy, as in a page: by running them so.

It is a process of its own, which is given as JSON the blocks of each page, and the modules that a page has, and prints
what became of each.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from importlib.machinery import PathFinder
from typing import Any

MISSING = ("numpy", "numba", "scipy", "sklearn", "matplotlib", "pandas", "torch")
SECONDS = 5  # for a block; in a page it may take thrice as long


def outcomes(codes: list[str]) -> list[str]:
    """What becomes of each block when all run in this order: "run", "numpy" or "other"."""
    session._kept.clear()
    found: list[str] = []
    for code in codes:
        error = _error(code)
        kind = error["type"] if error else ""
        follows = kind in ("NameError", "KeyError") and "numpy" in found  # it builds on what is not there
        found.append("run" if not error else "numpy" if _of_arrays(error) or follows else "other")
    return found


def _of_arrays(error: dict[str, Any]) -> bool:
    """Whether it is about NumPy, or what needs it."""
    named = any(name in error["text"].lower() for name in MISSING)
    return error["type"] == "NumpyMissingError" or (named and error["type"] in ("ModuleNotFoundError", "ImportError"))


def _error(code: str) -> dict[str, Any] | None:
    signal.alarm(SECONDS)
    try:
        found = session.run(code, "en", keep=True)
        if found["error"] is None and found["kind"] != "none":
            session.show("picture", "en", 800, 2400)
    finally:
        signal.alarm(0)
    error: dict[str, Any] | None = found["error"]
    return error


class Page:
    """Finds no module of Python that a page does not have."""

    def __init__(self, modules: list[str]) -> None:
        self.modules = {*modules}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raises for such a module, and leaves all others to those who find them."""
        private = name.rpartition(".")[2].startswith("_")  # these change with Python's version
        spec = None if private else PathFinder.find_spec(name, path)
        if spec and (spec.origin or "").endswith(".py") and name not in self.modules:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _no_process(*_: Any, **__: Any) -> None:
    raise OSError("a page starts no processes")


def _too_long(*_: Any) -> None:
    raise TimeoutError("this takes too long for a page")


if __name__ == "__main__":
    pages, modules = json.load(sys.stdin)
    sys.modules |= dict.fromkeys(MISSING)
    from inversa.viz.livepage import session

    session.run("Value(1.0) * 2", "en")
    session.show("picture", "en")  # what this Python draws with is not that of a page
    for name in [name for name in sys.modules if name.startswith("importlib.") and name not in modules]:
        del sys.modules[name]  # which it has imported already
    sys.meta_path.insert(0, Page(modules))  # type: ignore[arg-type]
    subprocess.Popen.__init__ = _no_process  # type: ignore[assignment]
    signal.signal(signal.SIGALRM, _too_long)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # what blocks write
        found = {page: outcomes(codes) for page, codes in pages.items()}
        os.chdir("/")
    print(json.dumps(found))
