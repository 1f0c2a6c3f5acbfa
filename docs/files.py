"""Files that are made for the site: several builds may make them at a time, and each finds them whole."""

from __future__ import annotations

from pathlib import Path

from inversa.autograd.files import write_atomically


def write(path: Path, text: str) -> None:
    """Write a file unless it says that already: what has not changed Sphinx need not read again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text("utf-8") != text:
        write_atomically(path, text.encode())


def remove_all_but(wanted: set[Path], folder: Path) -> None:
    """Remove the sources of pages in a folder that are no longer wanted."""
    for path in {*folder.rglob("*.ipynb"), *folder.rglob("*.md")} - wanted:
        path.unlink(missing_ok=True)
