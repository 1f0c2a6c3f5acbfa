"""Metadata hook: the addresses and the front page that a package index shows.

The README leads to files beside it, which an index does not have. In the wheel its links lead to the repository, whose
address stands in pyproject.toml; where none stands there they are plain words, for a dead link is worse than none.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"(!?)\[((?:!\[[^\]]*\]\([^)]*\)|[^\]])*)\]\(([^)\s]+)\)")  # of words, or of a picture


class FrontPage(MetadataHookInterface):
    """Gives `project.readme` and `project.urls`, which pyproject.toml calls dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Called by hatchling with the table `project`."""
        repository = self.config["repository"].rstrip("/")
        readme = Path(self.root, "README.md").read_text("utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": for_an_index(readme, repository)}
        metadata["urls"] = addresses(repository)


def addresses(repository: str) -> dict[str, str]:
    """What stands beside the front page; nothing without an address."""
    if not repository:
        return {}
    return {
        "Repository": repository,
        "Tutorials": f"{repository}/blob/HEAD/tutorials/README.md",
        "Changelog": f"{repository}/blob/HEAD/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


def for_an_index(text: str, repository: str) -> str:
    """The README with links that lead somewhere from everywhere."""

    def replaced(link: re.Match[str]) -> str:
        image, words, target = link.groups()
        words = LINK.sub(replaced, words)
        if "://" in target:
            return link[0]
        if not repository:
            return f"*{words}*" if image else words
        if target.startswith("#"):
            return f"[{words}]({repository}{target})"
        return f"{image}[{words}]({repository}/{'raw' if image else 'blob'}/HEAD/{target})"

    return LINK.sub(replaced, text).replace("<repository>", repository or "<repository>")
