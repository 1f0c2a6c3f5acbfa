"""Sheets and their key as PDF, set by Typst in our own faces."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from inversa.viz._figure import Figure
from inversa.viz.exercises.exports.paper import Paper, title
from inversa.viz.lettering import theme
from inversa.viz.output.typesetting import typeset

WIDTH, HEIGHT, FIRST = 510.0, 740.0, 630.0  # points that a picture has on a page, and on the first page of a sheet
HEADING, ROW, COLUMNS = 30.0, 34.0, 3  # points of the answers below it
LEAST = 0.55  # of its page that a picture has in any case
TOGETHER = 0.8  # of the size that they could have on pages of their own: larger, and both networks share a page
ROOMS = (600, 800, 950, 1100, 1500)  # pixels for which a picture is tried


class Placed(NamedTuple):
    """A picture and its width in points."""

    figure: Figure
    width: float


def sheet(paper: Paper) -> bytes:
    """A sheet to be filled in."""
    fields = [[paper.say("name"), 62, ""], [paper.say("date"), 28, ""]]
    fields.append([paper.say("points"), 14, f"/ {len(paper.labels)}"])
    pictures = pictured(paper.figure, HEADING + ROW * math.ceil(len(paper.labels) / COLUMNS))
    page = {
        "version": paper.version,
        "fields": fields,
        "text": [paper.say("task"), f"{paper.given} {paper.rounding}"],
        "pictures": [_described(placed, number) for number, placed in enumerate(pictures)],
        "labels": paper.labels,
        "answers": [],
        "steps": [],
    }
    return _compiled([paper], [page], [placed.figure for placed in pictures])


def key(papers: Sequence[Paper]) -> bytes:
    """The numbers of all versions, and how they are found."""
    pages = [
        {
            "version": f"{paper.say('key')}: {paper.version}",
            "fields": [],
            "text": [paper.given, paper.rounding],
            "pictures": [],
            "labels": [],
            "answers": paper.answers,
            "steps": [[step.mark, step.title, list(step.equations)] for step in paper.steps],
        }
        for paper in papers
    ]
    return _compiled(papers, pages, [])


def pictured(figure: Figure, below: float) -> list[Placed]:
    """A picture of two networks as large as it can be: both on one page, or each on its own.

    Below the last one there is room for so many points of something else, unless that would make it too small.
    """

    def last(height: float) -> float:
        return height - below if height - below >= LEAST * height else height

    both = _largest([figure], [last(FIRST)])
    alone = _largest(figure.apart(), [FIRST, last(HEIGHT)])
    return both if _least(both) >= TOGETHER * _least(alone) else alone


def _largest(figures: Sequence[Figure], heights: Sequence[float]) -> list[Placed]:
    """Pictures on pages of these heights, all in the form whose smallest letters are largest."""

    def placed(room: float) -> list[Placed]:
        forms = [figure.fitted(room, quiet=True) for figure in figures]
        widths = (high * form.width / form.height for form, high in zip(forms, heights, strict=True))
        return [Placed(form, min(WIDTH, width)) for form, width in zip(forms, widths, strict=True)]

    return max(map(placed, ROOMS), key=_least)


def _least(pictures: Sequence[Placed]) -> float:
    """How large the smallest letters are: points to the width below which they would be too small on a screen."""
    return min(placed.width / placed.figure.least for placed in pictures)


def _described(placed: Placed, number: int) -> dict[str, Any]:
    width = min(placed.width, 0.75 * placed.figure.width)  # not larger than on a screen
    return {"name": f"picture{number}", "width": width, "shown": placed.figure.alt_text()}


def _compiled(papers: Sequence[Paper], sheets: list[dict[str, Any]], figures: Sequence[Figure]) -> bytes:
    program = files("inversa.viz.exercises.exports").joinpath("sheet.typ").read_text("utf-8")
    data = {
        "title": title(papers),
        "lang": papers[0].lang,
        "muted": theme.PALETTES["light"]["muted"],
        "answers": papers[0].say("answers"),
        "solution": papers[0].say("solution"),
        "sheets": sheets,
    }
    pictures = {f"picture{number}": figure._plain_svg() for number, figure in enumerate(figures)}
    return typeset(program, {"data": json.dumps(data), **pictures})
