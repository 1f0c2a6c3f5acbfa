"""Tries which blocks of pages run where there is no NumPy, as in a page: by running them so.

It is a process of its own, which is given the blocks of each page as JSON, and prints what became of each.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from typing import Any

MISSING = ("numpy", "numba", "scipy", "sklearn", "matplotlib", "pandas", "torch")
LACKING = ("NumpyMissingError", "ModuleNotFoundError", "ImportError")  # NumPy, or what needs it
SECONDS = 5  # for a block; in a page it may take thrice as long


def outcomes(codes: list[str]) -> list[str]:
    """What becomes of each block when all run in this order: "run", "numpy" or "other"."""
    session._kept.clear()
    found: list[str] = []
    for code in codes:
        error = _error(code)
        kind = error["type"] if error else ""
        follows = kind in ("NameError", "KeyError") and "numpy" in found  # it builds on what is not there
        found.append("run" if not error else "numpy" if kind in LACKING or follows else "other")
    return found


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


def _too_long(*_: Any) -> None:
    raise TimeoutError("this takes too long for a page")


if __name__ == "__main__":
    sys.modules |= dict.fromkeys(MISSING)
    from inversa.viz.livepage import session

    signal.signal(signal.SIGALRM, _too_long)
    pages = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # what blocks write
        found = {page: outcomes(codes) for page, codes in pages.items()}
        os.chdir("/")
    print(json.dumps(found))
