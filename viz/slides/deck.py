"""A deck: the slides of a lecture, whatever they will be written as."""

from __future__ import annotations

import base64
import math
import re
import struct
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from inversa.autograd import checks
from inversa.autograd.languages import language, texts
from inversa.viz.slides import notebooks
from inversa.viz.slides.markdown import first_sentences, plain
from inversa.viz.slides.notebooks import Cell
from inversa.viz.slides.pictures import Picture, picture, together

MAX_TEXT = 260  # letters of a slide's text; the rest is in the notes
MAX_CODE = 12  # lines of code, beside which there is nothing to see
MAX_CODE_BESIDE = 5  # lines of code that stand beside a picture
MAX_PRINTED = 24  # lines of what a cell printed
MIN_PRINTED_BESIDE, MAX_PRINTED_BESIDE = 2, 6  # the same beside a picture, of which a single line says little

# Pixels of a slide, to judge where its picture is the largest; how many letters a line has, and how high lines are.
WIDTH, HEIGHT, COLUMN, GAP = 1232, 676, 400, 32
LETTERS, COLUMN_LETTERS, LINE, CODE_LINE, HEADER = 100, 34, 36, 27, 58
SMALLEST_CODE, LARGEST_CODE, LARGEST_ALONE, CODE_PADDING = 13.0, 20.0, 24.0, 16
CAPTION, BETWEEN = 32, 14  # below a picture; below a paragraph
SMALLEST_LETTERS = 12.0  # of a picture: of a screen of 1366 × 768 pixels a slide takes as many as it has
CODE_WIDTH, CODE_HEIGHT = 0.605, 1.4  # of a letter and of a line, for a size of 1


@dataclass(frozen=True)
class Slide:
    """A slide.

    Attributes
    ----------
    title, chapter : str
        Its heading, and that of the tutorial it comes from.
    text, question, caption : str
        Paragraphs, in Markdown. A question is shown first, before its answer: before what the cell showed.
    code, printed : str
        What was run, and what that printed; empty where it is too long for a slide.
    picture : Picture, optional
        A network, with two views its inverse too, which takes its place.
    plot : str
        A plot, as the text of base64 of a PNG.
    notes : list of str
        All paragraphs of the tutorial, for the speaker.
    """

    title: str
    chapter: str
    text: str = ""
    question: str = ""
    caption: str = ""
    code: str = ""
    printed: str = ""
    picture: Picture | None = None
    plot: str = ""
    notes: Sequence[str] = ()

    @property
    def ratio(self) -> float:
        """Width by height of what is seen, or 0."""
        if self.picture is not None:
            return self.picture.width / self.picture.height
        if self.plot:
            width, height = struct.unpack(">II", base64.b64decode(self.plot[:44])[16:24])  # of a PNG's header
            return float(width / height)
        return 0.0

    @property
    def beside(self) -> bool:
        """Whether the words stand beside what is seen, and not above it: it is the larger there."""
        if not self.ratio or not (self.text or self.question or self.code):
            return False
        lines = sum(math.ceil(len(plain(text)) / COLUMN_LETTERS) for text in (self.text, self.question))
        if lines * LINE > HEIGHT - HEADER - self._code:
            return False
        return min(WIDTH - COLUMN - GAP, HEIGHT * self.ratio) > min(WIDTH, self.room * self.ratio)

    @property
    def zoom(self) -> float:
        """How many pixels one of the picture's becomes."""
        if self.picture is None:
            return 0.0
        gaps = BETWEEN * sum(map(bool, (self.text, self.question)))
        height = HEIGHT - CAPTION * bool(self.caption) if self.beside else self.room - gaps
        return min((WIDTH - (COLUMN + GAP) * self.beside) / self.picture.width, height / self.picture.height)

    @property
    def room(self) -> float:
        """How high a picture below the words can be."""
        return HEIGHT - HEADER - self._words - self._code

    @property
    def _code(self) -> float:
        """How high the code is, with what it printed."""
        return sum(text.count("\n") + 2 for text in (self.code, self.printed) if text) * CODE_LINE

    def letters(self, text: str) -> float:
        """The size of the letters of the code or of what it printed, so that both fit."""
        longest = max(map(len, text.splitlines()), default=1)
        wide = (COLUMN if self.beside else WIDTH) - 2 * CODE_PADDING
        size = min(LARGEST_CODE if self.ratio else LARGEST_ALONE, wide / (CODE_WIDTH * longest))
        if self.ratio:
            return size
        lines = sum(len(text.splitlines()) for text in (self.code, self.printed))
        return min(size, (HEIGHT - HEADER - self._words - 4 * CODE_PADDING) / (CODE_HEIGHT * max(1, lines)))

    @property
    def _words(self) -> float:
        """How high the words are, above what is seen."""
        said = (self.text, self.question, self.caption)
        return sum(math.ceil(len(plain(text)) / LETTERS) * LINE for text in said)

    def images(self, number: int, suffix: str) -> list[str]:
        """The files of what is seen, where it is the slide of this number: each view of a network, or the plot.

        >>> Slide("title", "chapter", plot="iVBO").images(3, ".svg")
        ['03.png']
        """
        if self.picture is not None:
            return [f"{number:02}-{view.name}{suffix}" for view in self.picture.views]
        return [f"{number:02}.png"] if self.plot else []

    @property
    def stages(self) -> list[tuple[bool, int]]:
        """What is shown one after the other: whether the answer is, and which view of its picture."""
        views = len(self.picture.views) if self.picture else 1
        return [(False, 0)] * bool(self.question) + [(True, view) for view in range(views)]


@dataclass(frozen=True)
class Deck:
    """The slides of a lecture.

    Attributes
    ----------
    name, lang : str
    title, about : str
        What the lecture is called, and whose it is.
    slides : sequence of Slide
    """

    name: str
    lang: str
    title: str
    about: str
    slides: Sequence[Slide]

    def images(self, suffix: str, written: Callable[[Slide, int], bytes]) -> Iterator[tuple[str, bytes]]:
        """The files of all slides and their contents: a view of a network as it is ``written``, a plot as PNG."""
        for number, slide in enumerate(self.slides, start=1):
            for view, name in enumerate(slide.images(number, suffix)):
                yield name, base64.b64decode(slide.plot) if slide.picture is None else written(slide, view)


@cache
def table() -> dict[str, list[str]]:
    """The cells of every deck."""
    return tomllib.loads(files("inversa.viz.slides").joinpath("decks.toml").read_text("utf-8"))


def deck(name: str, lang: str | None = None, tutorials: str | Path | None = None) -> Deck:
    """The slides of a lecture, made from the cells of the tutorials as they were run.

    Parameters
    ----------
    name : {"000", "001", "002", "003", "004"}
        The lecture.
    lang : {"en", "es"}, optional
        The language; by default what `inversa.viz.set_language` chose.
    tutorials : path-like, optional
        The folder of the notebooks, instead of those that come with Inversa.

    Raises
    ------
    ValueError
        For a lecture that there is not, and for notebooks that lack one of its cells.
    OSError
        Where there are no notebooks.

    Examples
    --------
    >>> from inversa.viz.slides.deck import deck
    >>> lecture = deck("001", "es")
    >>> lecture.title, len(lecture.slides) > 20
    ('La neurona inversa', True)
    """
    checks.choice("name", name, table())
    lang = language(lang)
    said = texts(lang).slides
    place = notebooks.folder(tutorials)
    read = cache(lambda number: notebooks.read(place, number, lang))

    def cell(entry: str) -> Cell:
        number, _, identifier = entry.strip().partition("/")
        cells: dict[str, Cell] = read(number)
        if identifier not in cells:
            raise ValueError(f"tutorial {number} in {str(place)!r} has no cell {identifier!r}, a slide of {name}")
        return cells[identifier]

    whole = [_slide([cell(part) for part in entry.split("+")]) for entry in table()[name]]
    slides = [slide for each in whole for slide in (each, *_close_ups(each))]
    about = said["about"].format(author=said[f"{name} author"], version=version("inversa"))
    return Deck(name, lang, said[name], about, slides)


def _slide(cells: Sequence[Cell]) -> Slide:
    """The slide of a cell; of several, whose last picture takes the place of the first."""
    first, last = cells[0], cells[-1]
    pictures = [picture(output["svg"]) for cell in cells for output in cell.outputs if "svg" in output]
    plots = [output["png"] for cell in cells for output in cell.outputs if "png" in output]
    printed = "\n".join(output["text"] for output in last.outputs if "text" in output)
    seen = bool(pictures or plots)
    code = _if_short(_without_checks(first.code), 0, MAX_CODE_BESIDE if seen else MAX_CODE)
    code = "" if "plt." in code else code  # it only arranges what is seen
    slide = Slide(
        first.heading,
        first.chapter,
        first_sentences(first.text, MAX_TEXT) if first.text else "",
        first_sentences(first.question, MAX_TEXT) if first.question else "",
        last.caption,
        code,
        _if_short(printed, MIN_PRINTED_BESIDE if seen else 0, MAX_PRINTED_BESIDE if seen else MAX_PRINTED),
        (pictures[0] if len(pictures) == 1 else together(*pictures[:2])) if pictures else None,
        plots[-1] if plots else "",
        [paragraph for cell in cells for paragraph in cell.notes],
    )
    if slide.picture is not None:
        slide = replace(slide, notes=[*slide.notes, *filter(None, slide.picture.legend)])
    if slide.letters(slide.code) < SMALLEST_CODE:
        slide = replace(slide, code="")
    return slide if slide.code else replace(slide, text=re.sub(":$", ".", slide.text))  # it leads to nothing here


def _close_ups(slide: Slide) -> list[Slide]:
    """The picture once more, alone and in parts, where letters in it are too small to be read from the last row."""
    picture = slide.picture
    if picture is None or slide.zoom * picture.smallest >= SMALLEST_LETTERS:
        return []
    alone = replace(slide, text="", question="", caption="", code="", printed="")
    return [replace(alone, picture=part) for part in picture.parts(picture.smallest * alone.room / SMALLEST_LETTERS)]


def _without_checks(code: str) -> str:
    r"""The code without what only checks it, and without empty lines in a row.

    >>> print(_without_checks("for x in y:\n    print(x)\n    assert x > 0\nassert y"))
    for x in y:
        print(x)
    """
    lines: list[str] = []
    for line in code.splitlines():
        indent = line[: -len(line.lstrip()) or None] if line.strip() else ""
        alone = bool(indent) and not lines[-1].startswith(indent)  # all that its block has
        if alone or not line.lstrip().startswith("assert "):
            lines.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _if_short(text: str, least: int, most: int) -> str:
    return text if least <= len(text.splitlines()) <= most else ""
