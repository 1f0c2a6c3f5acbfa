"""Sheets and their key as PDF, set by Typst in our own faces."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from inversa.viz._figure import Figure, typeset
from inversa.viz.exercises.exports.paper import Paper, title

WIDTH, HEIGHT, FIRST = 510.0, 740.0, 610.0  # points that a picture has on a page, and on the first page of a sheet
TOGETHER = 0.8  # of the size that they could have on pages of their own: larger, and both networks share a page
ROOMS = range(500, 1601, 100)  # pixels for which a picture is tried


class Placed(NamedTuple):
    """A picture and its width in points."""

    figure: Figure
    width: float


def sheet(paper: Paper) -> bytes:
    """A sheet to be filled in."""
    fields = [[paper.say(key), width] for key, width in (("name", 62), ("date", 28))]
    fields.append([f"{paper.say('points')} (/ {len(paper.labels)})", 14])
    pictures = pictured(paper.figure)
    page = {
        "version": paper.version,
        "fields": fields,
        "text": [paper.say("task"), paper.rounding],
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


def pictured(figure: Figure) -> list[Placed]:
    """A picture of two networks as large as it can be: both on one page, or each on its own."""
    both = _largest(figure, FIRST)
    alone = [_largest(view, FIRST if number == 0 else HEIGHT) for number, view in enumerate(figure.apart())]
    if _size(both) >= TOGETHER * min(map(_size, alone)):
        return [both]
    return alone


def _largest(figure: Figure, height: float) -> Placed:
    """The form of a picture whose letters are largest on a page."""
    forms = [figure.fitted(room, quiet=True) for room in ROOMS]
    return max((Placed(form, min(WIDTH, height * form.width / form.height)) for form in forms), key=_size)


def _size(placed: Placed) -> float:
    """Points to a pixel of the picture's own."""
    return placed.width / placed.figure.natural_width


def _described(placed: Placed, number: int) -> dict[str, Any]:
    width = min(placed.width, 0.75 * placed.figure.natural_width)
    return {"name": f"picture{number}", "width": width, "shown": placed.figure.alt_text()}


def _compiled(papers: Sequence[Paper], sheets: list[dict[str, Any]], figures: Sequence[Figure]) -> bytes:
    program = files("inversa.viz.exercises.exports").joinpath("sheet.typ").read_bytes()
    data = {
        "title": title(papers),
        "lang": papers[0].lang,
        "answers": papers[0].say("answers"),
        "solution": papers[0].say("solution"),
        "sheets": sheets,
    }
    pictures = {f"picture{number}": figure.plain_svg() for number, figure in enumerate(figures)}
    return typeset(program, {"data": json.dumps(data), **pictures})
