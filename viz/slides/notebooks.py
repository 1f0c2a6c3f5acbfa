"""The tutorials as slides need them: every code cell with the prose that belongs to it.

They come with the wheel, without what slides do not show. In a checkout they are read as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inversa.autograd.files import expanded
from inversa.viz.slides.markdown import sentences
from inversa.viz.slides.outputs import shown

CARRIED = Path(__file__).parent / "notebooks"  # in a wheel
BESIDE = Path(__file__).resolve().parents[2] / "tutorials"  # in a checkout
ORIGINAL = "en"  # the language whose notebooks stand in the folder itself; others stand in one of their name
_HEADING = re.compile(r"#+ +(.*)")
_ASIDE = re.compile(r"\((?:[^()]|\([^()]*\))*[.!?]\)\s*")
_CAPTION = re.compile(r"\*([^*]+)\*(?!\*)")


@dataclass(frozen=True)
class Cell:
    """A code cell.

    Attributes
    ----------
    name : str
        Its id.
    code : str
        What it runs.
    outputs : list of dict
        What it showed; see `outputs`.
    chapter, heading : str
        The title of its notebook and the heading that it stands under.
    before, after : list of str
        The paragraphs around it, back to the heading or to another cell, and on to the next.
    first : bool
        Whether it is the first below its heading.
    lead : str
        The first paragraph below its heading.
    """

    name: str
    code: str
    outputs: list[dict[str, Any]]
    chapter: str
    heading: str
    before: list[str]
    first: bool
    lead: str
    after: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What is said beside it: below a heading what introduces it, later what is said of its plot.

        That would tell the answer to a question, so with one it is the paragraph right before the cell.
        """
        plain = list(filter(None, map(_without_aside, filter(_is_plain, self.before))))
        if not self.first and not self.question and self._comment:
            return self._comment
        if plain:
            return plain[0 if self.first else -1]
        return "" if self.first or self.question else _closed(self.lead)

    @property
    def question(self) -> str:
        """What it asks to be predicted."""
        asked = [paragraph for paragraph in self.before if paragraph.startswith(">")]
        return re.sub(r"(^|\n)> ?", r"\1", asked[-1]) if asked else ""

    @property
    def caption(self) -> str:
        """What is said below its picture."""
        found = _CAPTION.match(self.after[0]) if self.after else None
        return found[1] if found else ""

    @property
    def _comment(self) -> str:
        """What is said of its plot, behind the caption."""
        if not self.caption or not any("png" in output for output in self.outputs):
            return ""
        return _closed(_without_aside(self.after[0][len(self.caption) + 2 :].strip()))

    @property
    def notes(self) -> list[str]:
        """All that is said about it, for the speaker."""
        return [*self.before, *self.after]


def folder(given: str | Path | None = None) -> Path:
    """Where the notebooks are.

    Raises
    ------
    OSError
        Where they are not.
    """
    places = [CARRIED, BESIDE] if given is None else [expanded(given)]
    for place in places:
        if any(place.glob("*.ipynb")):
            return place
    raise FileNotFoundError(f"there are no notebooks in {str(places[-1])!r}: --tutorials names their folder")


def read(place: Path, number: str, lang: str) -> dict[str, Cell]:
    """The code cells of a tutorial by their ids.

    Raises
    ------
    OSError
        Where there is no such tutorial in this language.
    """
    where = place if lang == ORIGINAL else place / lang
    found = sorted(where.glob(f"{number}_*.ipynb"))
    if not found:
        raise FileNotFoundError(f"there is no tutorial {number} in {str(where)!r}")
    return {cell.name: cell for cell in _cells(json.loads(found[0].read_text("utf-8")))}


def _cells(notebook: dict[str, Any]) -> Iterator[Cell]:
    """The code cells; several without a text between them share what stands above and what stands below."""
    chapter = heading = lead = ""
    said: list[str] = []  # since the heading or the cells before
    together: list[Cell] = []
    below_heading = True
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            if said or not together:
                if below_heading:
                    lead = next(filter(_is_plain, said), "")
                before, first = said, below_heading
                said, below_heading, together = [], False, []
            shows = list(map(shown, cell["outputs"]))
            together.append(Cell(cell["id"], source, shows, chapter, heading, before, first, lead))
            yield together[-1]
            continue
        for block in blocks(source):
            if title := _HEADING.fullmatch(block):
                chapter, heading = chapter or title[1], title[1]
                said, below_heading, together = [], True, []
            elif "<details>" not in block:
                said.append(block)
                for each in together:
                    each.after.append(block)


def _closed(paragraph: str) -> str:
    """A paragraph without what leads to the next cell.

    >>> _closed("The line turns. What does that mean? Ask it:")
    'The line turns.'
    """
    said = sentences(paragraph)
    while said and said[-1].endswith((":", "?")):
        said.pop()
    return " ".join(said)


def _without_aside(paragraph: str) -> str:
    """A paragraph without the parenthesis that it begins with, which is about the code.

    >>> _without_aside("(`lr(0)` is a number. It is small.) The line turns.")
    'The line turns.'
    """
    return _ASIDE.sub("", paragraph)


def _is_plain(paragraph: str) -> bool:
    """Whether it is neither a caption nor a quotation, a table or a list."""
    return not _CAPTION.match(paragraph) and paragraph[0] not in ">|<-"


def blocks(markdown: str) -> list[str]:
    """The paragraphs of a text, each in one line but for those whose lines mean something."""
    found = []
    for block in re.split(r"\n\s*\n", markdown.strip()):
        keeps = block.startswith(("|", "- ", "```", "1. "))
        found.append(block if keeps else block.replace("\n> ", "\n").replace("\n", " "))
    return [block for block in found if block]
