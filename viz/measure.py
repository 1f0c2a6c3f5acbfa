"""How wide text is, before anything is drawn: the widths of our own fonts, which have Arial's and Times' metrics."""

from __future__ import annotations

import json
import unicodedata
from bisect import bisect_right
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple

UNKNOWN, WIDE = 620, 1250  # thousandths of an em kept for a letter that no font of ours has, and for an emoji


class Face(NamedTuple):
    """A font: the widths of its letters in thousandths of an em, and the ranges that the symbol font supplies."""

    widths: dict[int, int]
    symbols: list[list[int]]
    middle: float  # how far the middle of a line lies above its baseline, in ems


@cache
def face(name: str) -> Face:
    """One of ``sans``, ``sans-bold`` and ``serif-italic``."""
    table = json.loads(files("inversa.viz").joinpath("fonts", "widths.json").read_text("utf-8"))["faces"][name]
    widths = {first + i: width for first, run in table["runs"] for i, width in enumerate(run)}
    return Face(widths, table["symbols"], 0.328 if name == "serif-italic" else 0.344)


def width(text: str, name: str, size: float) -> float:
    """The width of ``text`` in pixels."""
    widths = face(name).widths
    return sum(_advance(letter, widths) for letter in text) * size / 1000


def _advance(letter: str, widths: dict[int, int]) -> int:
    known = widths.get(ord(letter))
    if known is not None:
        return known
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Cf", "Mn"):
        return 0
    return WIDE if unicodedata.east_asian_width(letter) in "WF" else UNKNOWN


def covered(text: str) -> bool:
    """Whether our fonts have every letter of it."""
    widths = face("sans").widths
    return all(ord(letter) in widths or letter == "\n" for letter in text)


def runs(text: str, name: str) -> list[tuple[str, bool]]:
    """The text cut into runs, each with whether it is set in the symbol font.

    >>> runs("② loss", "sans")
    [('②', True), (' loss', False)]
    """
    ranges = face(name).symbols
    starts = [first for first, _ in ranges]

    def is_symbol(letter: str) -> bool:
        i = bisect_right(starts, ord(letter)) - 1
        return i >= 0 and ord(letter) <= ranges[i][1]

    return [("".join(letters), symbol) for symbol, letters in groupby(text, is_symbol)]


def shorten(text: str, name: str, size: float, room: float) -> str:
    """The text, cut with an ellipsis where it is wider than ``room``; never less than its first letter.

    >>> shorten("output layer", "sans", 10, 40)
    'output…'
    """
    if width(text, name, size) <= room:
        return text
    room -= width("…", name, size)
    kept = 1
    while kept < len(text) and width(text[: kept + 1], name, size) <= room:
        kept += 1
    while kept < len(text) and (unicodedata.combining(text[kept]) or text[kept] in "\u200d\ufe0f"):
        kept -= 1  # not inside a letter made of several characters
    return text[: max(kept, 1)].rstrip() + "…"
