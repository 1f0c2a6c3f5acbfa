"""Build hook for editable installs: `.links/` holds the folders under their import names.

A wheel gets the names from the table `sources` in pyproject.toml. An editable install has no wheel to put
them in, so this hook makes one link for each entry of the same table (`.links/inversa/nn` -> `nn`), and the
installer puts `.links` on the path. Python, type checkers and editors all follow links, and a module added
later is there at once. The package `inversa` itself stands there already: only its links are not committed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EditableLinks(BuildHookInterface[Any]):
    """Keep `.links/` in step with the package folders; do nothing for an ordinary wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before each build; `version` says which kind."""
        if version != "editable":
            return
        root = Path(self.root)
        for folder, package in self.build_config.target_config["sources"].items():
            if not folder.startswith(".links/"):
                make_link(root / ".links" / package, root / folder)


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
