"""The tutorials as sources of the site."""

from __future__ import annotations

import json
import re
from pathlib import Path

from files import remove_all_but, write
from links import ROOT, SITE, rewritten

CHECK = {"en": "Check", "es": "Comprobación"}  # the head of a folded cell


def copied() -> list[str]:
    """Copy the notebooks into docs/tutorials, and the glossary; return the order of the English ones, and the Spanish.

    Sphinx reads what lies in its own folder and nothing else, and links to it would need rights that not every system
    gives. A copy whose notebook has gone is removed, so that it leaves no page behind.
    """
    editions = [
        [*(_copy(source) for source in sorted(folder.glob("*.ipynb"))), _copy_text(folder / "glossary.md")]
        for folder in (ROOT / "tutorials", ROOT / "tutorials" / "es")
    ]
    remove_all_but({page for pages in editions for page in pages}, SITE / "tutorials")
    return [_listed(pages) for pages in editions]


def _listed(pages: list[Path]) -> str:
    """A table of contents, in Markdown."""
    names = ["/" + page.relative_to(SITE).with_suffix("").as_posix() for page in pages]
    return "\n".join(["```{toctree}", ":hidden:", "", *names, "```", ""])


def _copy(source: Path) -> Path:
    """Copy a notebook, its links rewritten; return the copy."""
    page = SITE / source.relative_to(ROOT)
    notebook = json.loads(source.read_text("utf-8"))
    check = CHECK["es" if source.parent.name == "es" else "en"]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = rewritten("".join(cell["source"]), source.parent, page)
        elif "check" in (tags := cell["metadata"].get("tags", [])):
            tags.append("hide-input")
            cell["metadata"]["mystnb"] = {"code_prompt_show": check, "code_prompt_hide": check}
    write(page, json.dumps(notebook, ensure_ascii=False))
    return page


def _copy_text(source: Path) -> Path:
    """Copy a page of Markdown, its links rewritten, without the anchors that headings have here; return the copy."""
    page = SITE / source.relative_to(ROOT)
    text = re.sub(r'(?m)^<a id="[^"]*"></a>\n\n', "", source.read_text("utf-8"))
    write(page, rewritten(text, source.parent, page))
    return page
