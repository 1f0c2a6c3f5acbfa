"""How wide text is, before anything is drawn: by the advance widths of our own faces."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import groupby

from inversa.viz.lettering import theme, truetype

NUMBER = re.compile(r"(?<![\w.])[−-]?\d[\d.]*(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")
UNKNOWN_WIDTH, EMOJI_WIDTH = 0.62, 1.25  # ems kept for a letter that no face of ours has, and for an emoji


@cache
def advances(name: str) -> dict[str, float]:
    """Of every letter of a face, and of the face that supplies its symbols, the width in ems."""
    widths: dict[str, float] = {}
    for each in filter(None, (theme.FACES[name].symbols, name)):  # the face's own letters last, so that they win
        face = truetype.read(theme.FACES[each].file)
        widths |= {letter: face.metrics[glyph][0] / face.units for letter, glyph in face.glyphs.items()}
    return {letter: 0.0 if unicodedata.combining(letter) else wide for letter, wide in widths.items()}


def width(text: str, name: str, size: float) -> float:
    """The width of ``text`` in pixels, in a face of `inversa.viz.lettering.theme`."""
    known = advances(name)
    return sum(known[letter] if letter in known else _unknown(letter) for letter in text) * size


def _unknown(letter: str) -> float:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn"):
        return 0.0
    return EMOJI_WIDTH if unicodedata.east_asian_width(letter) in "WF" else UNKNOWN_WIDTH


def covered(text: str) -> bool:
    """Whether our faces have every letter of it."""
    known = advances("sans")
    return all(letter in known or letter == "\n" for letter in text)


def runs(text: str, name: str) -> list[tuple[str, bool]]:
    """The text cut into runs, each with whether it is set in the symbol face.

    >>> runs("② loss", "sans")
    [('②', True), (' loss', False)]
    """
    own, known = truetype.read(theme.FACES[name].file).glyphs, advances(name)
    return [
        ("".join(letters), symbol)
        for symbol, letters in groupby(text, lambda letter: letter not in own and letter in known)
    ]


def wrapped(text: str, name: str, size: float, room: float) -> list[str]:
    """The text in lines no wider than ``room``, broken at spaces; a longer word has a line of its own.

    >>> wrapped("one two three", "sans", 10, 40)
    ['one two', 'three']
    """
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width(f"{lines[-1]} {word}", name, size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def shorten(text: str, name: str, size: float, room: float) -> str:
    """The text, cut with an ellipsis where it is wider than ``room``; never less than its first letter.

    It is not cut inside a number, which would then be another one.

    >>> shorten("output layer", "sans", 10, 40)
    'output…'
    >>> shorten("w · 1234567.5", "sans", 10, 40)
    'w ·…'
    """
    if width(text, name, size) <= room:
        return text
    room -= width("…", name, size)
    kept = 1
    while kept < len(text) and width(text[: kept + 1], name, size) <= room:
        kept += 1
    while kept < len(text) and (unicodedata.combining(text[kept]) or text[kept] in "\u200d\ufe0f"):
        kept -= 1  # not inside a letter made of several characters
    numbers = (number.span() for number in NUMBER.finditer(text))
    kept = next((start for start, end in numbers if start < kept < end), kept) or kept
    return text[: max(kept, 1)].rstrip() + "…"
