"""The letters of a picture or a page as fonts of its own: so it looks the same wherever it is shown.

Each of our faces is cut down to what is shown and written into the CSS, as ``@font-face`` with a ``data:`` URL.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html.parser import HTMLParser

from inversa.viz.drawing.shapes import Part, Shapes, Text
from inversa.viz.lettering import measure, theme, truetype

Letters = dict[str, set[str]]  # by face
NUMBERS = "0123456789+−-.,·⁰¹²³⁴⁵⁶⁷⁸⁹⁻∞naeE—…?() "  # what a page may write anew


def of_drawing(shapes: Shapes) -> Letters:
    """The letters of the texts in a drawing."""
    texts = (item for each in shapes for item in (each.shapes if isinstance(each, Part) else (each,)))
    return of_texts((item.text, theme.STYLES[item.style].face) for item in texts if isinstance(item, Text))


def of_texts(texts: Iterable[tuple[str, str]]) -> Letters:
    """The letters of texts that are set in these faces, each with the face that has it."""
    letters: Letters = {}
    for text, name in set(texts):
        for run, symbol in measure.runs(text, name):
            letters.setdefault(theme.FACES[name].symbols if symbol else name, set()).update(run)
    return letters


def of_html(html: str) -> Letters:
    """The letters of a page: of pictures and names those of their faces, of other words in both sans faces."""
    reader = _Reader()
    reader.feed(html)
    words = "".join(reader.words) + NUMBERS
    return of_texts([*reader.texts, (words, "sans"), (words, "sans-bold")])


class _Reader(HTMLParser):
    """Collects texts: those in an element whose class is a face, or which is a formula's name, with that face."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.faces = [""]  # of the open elements

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "hr", "input", "meta", "link", "img"):  # these have no end
            return
        classes = (dict(attrs).get("class") or "").split()
        name = "serif-italic" if tag == "mi" else next((c for c in classes if c in theme.FACES), self.faces[-1])
        self.faces.append(name)

    def handle_endtag(self, tag: str) -> None:
        self.faces.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_data(self, data: str) -> None:
        if self.faces[-1]:
            self.texts.append((data, self.faces[-1]))
        else:
            self.words.append(data)


def together(*several: Letters) -> Letters:
    """All letters of several pictures."""
    union: Letters = {}
    for letters in several:
        for name, some in letters.items():
            union.setdefault(name, set()).update(some)
    return union


def font_faces(letters: Mapping[str, Iterable[str]]) -> str:
    """The rules that bring these letters."""
    return "".join(_rule(name, frozenset(some)) for name, some in sorted(letters.items()))


@lru_cache(256)
def _rule(name: str, letters: frozenset[str]) -> str:
    face = theme.FACES[name]
    known = letters & truetype.read(face.file).glyphs.keys()
    if not known:
        return ""
    known |= {" "}  # CSS takes the height of a line from the first font that has it
    data = base64.b64encode(truetype.subset(face.file, frozenset(known))).decode()
    # The range lets fonts of one name, from several pictures on a page, complete each other.
    return (
        f"@font-face{{font-family:{face.family};font-weight:{face.weight};font-style:{face.style};"
        f"unicode-range:{_ranges(known)};src:url(data:font/woff;base64,{data})}}"
    )


def _ranges(letters: Iterable[str]) -> str:
    runs: list[list[int]] = []
    for code in sorted(map(ord, letters)):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return ",".join(f"U+{a:X}" if a == b else f"U+{a:X}-{b:X}" for a, b in runs)


def classes(scope: str = "") -> str:
    """A CSS class a face."""
    return "".join(
        f"{scope}.{name}{{font-family:{face.families};font-weight:{face.weight};font-style:{face.style}}}"
        for name, face in theme.FACES.items()
    )
