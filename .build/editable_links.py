"""Build hook: what a wheel carries beside the packages, and what an editable install has instead.

A wheel carries what the slides of the lectures are made of: the notebooks of `tutorials`, and in them only what the
cells showed that some slide shows. In a checkout slides are made from the notebooks themselves.

For an editable install `.links/` holds the folders under their import names. A wheel gets the names from the table
`sources` in pyproject.toml. An editable install has no wheel to put them in, so this hook makes one link for each entry
of the same table (`.links/inversa/nn` -> `nn`), and the installer puts `.links` on the path. Python, type checkers and
editors all follow links, and a module added later is there at once. The package `inversa` itself stands there already:
only its links are not committed.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Contents(BuildHookInterface[Any]):
    """Add the notebooks to a wheel; for an editable install keep `.links/` in step with the package folders."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before each build; `version` says which kind."""
        root = Path(self.root)
        if version != "editable":
            self.folder = tempfile.mkdtemp()
            build_data["force_include"].update(notebooks(root, Path(self.folder)))
            return
        for folder, package in self.build_config.target_config["sources"].items():
            if not folder.startswith(".links/"):
                make_link(root / ".links" / package, root / folder)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called by hatchling after each build."""
        if version != "editable":
            shutil.rmtree(self.folder)


def notebooks(root: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Write the notebooks, as slides need them, into a folder; give each with its place in the wheel."""
    slides, tutorials = root / "viz" / "slides", root / "tutorials"
    slim = runpy.run_path(str(slides / "outputs.py"))["slim"]
    used = set(re.findall(r"\b(\d\d)/([\w-]+)", (slides / "decks.toml").read_text("utf-8")))
    for path in sorted(tutorials.rglob("*.ipynb")):
        mine = {cell for number, cell in used if path.name.startswith(number)}
        if mine and ".ipynb_checkpoints" not in path.parts:
            name = path.relative_to(tutorials)
            written = folder / name
            written.parent.mkdir(exist_ok=True)
            notebook = slim(json.loads(path.read_text("utf-8")), mine)
            written.write_text(json.dumps(notebook, ensure_ascii=False, separators=(",", ":")), "utf-8")
            yield str(written), f"inversa/viz/slides/notebooks/{name.as_posix()}"


def make_link(link: Path, target: Path) -> None:
    """Let `link` lead to the folder `target`, replacing a link that leads elsewhere."""
    if link.exists() and link.samefile(target):
        return
    if os.path.lexists(link):
        link.unlink()
    link.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Relative, so that a moved checkout never leads back to its old place.
        link.symlink_to(os.path.relpath(target, link.parent), target_is_directory=True)
    except OSError:
        if os.name != "nt":
            raise
        # Windows lets ordinary users make junctions, but not always symbolic links.
        import _winapi

        _winapi.CreateJunction(str(target), str(link))
