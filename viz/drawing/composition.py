"""The arrangement of a picture: which form of a drawing fits the page, and where its views, titles and table lie."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from inversa.autograd import checks
from inversa.autograd.languages import languages
from inversa.viz.drawing.interfaces import Drawing
from inversa.viz.drawing.shapes import Shape, Text, text
from inversa.viz.lettering import measure, theme
from inversa.viz.lettering.spans import View

MIN_SCALE = 0.9  # of its natural size: a picture is not shown smaller, so that no letter is below 9 pixels
MIN_WHOLE = 0.5  # the same for rooms that can be scrolled, as the pages in which Python runs
GAP = 24.0  # between views that stand side by side
MAX_NARROW_PAGE, NARROW_MARGIN = 600.0, 8.0  # a picture for less room than this has small margins
HEAD = 54.0  # height of a title and a legend of one line each
TITLE_LINE, LEGEND_LINE = 21.0, 15.0

POINT = 2.54 / 72.27  # centimetres to one of TeX's points
PIXEL = 0.02  # centimetres to a pixel on paper: numbers have about 7 points there
UNITS = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": POINT}  # centimetres
PAPER_MARGIN = 4.0  # around a picture on paper, where the text keeps its own distance
PAGE = 22.0 / PIXEL  # the height of a page
SMALLEST = 10.0  # letters, in a drawing's pixels
MIN_PAPER_SCALE = 0.75  # the least that a picture is shown at on paper: numbers have 5 points then

AnyDrawing = TypeVar("AnyDrawing", bound=Drawing)
_width: float | None = None


class Paper(float):
    """A length on paper, in pixels of the drawing."""


def set_width(width: float | None) -> None:
    """Choose the width of the pictures to come; those that name theirs (``width=…``) keep it.

    One line at the beginning of a notebook then fits all pictures to the page. It holds for the whole process.

    Parameters
    ----------
    width : float or None
        Pixels that a picture may be wide; None for its natural width.

    Raises
    ------
    ValueError
        For a width that is no positive number.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.nn import MLP
    >>> viz.set_width(500)
    >>> viz.draw(MLP([1, 2, 1], activation="tanh"), [0.5], [1.0], loss="mse").width <= 500
    True
    >>> viz.set_width(None)
    """
    global _width
    _width = checked("width", width)


def chosen_width(width: float | str | None) -> float | None:
    """The width that was asked for; of None, the one that `set_width` chose."""
    return _width if width is None else checked("width", width)


def checked(name: str, value: Any) -> float | None:
    """A width or height: in pixels, or on paper, such as ``"8cm"``.

    >>> checked("width", "8cm")
    400.0
    """
    if not isinstance(value, str):
        return None if value is None else checks.number(name, value, above=0, unit="pixels", example="900")
    length = re.fullmatch(rf"\s*(\d+\.?\d*|\.\d+)\s*({'|'.join(UNITS)})\s*", value)
    if length is None or float(length[1]) == 0:
        wanted = f"a length on paper in {', '.join(UNITS)}, or a number of pixels"
        raise checks.wrong(name, wanted, value, "'8cm'")
    return Paper(float(length[1]) * UNITS[length[2]] / PIXEL)


@dataclass(frozen=True)
class Composition:
    """One or two views of a drawing on a page.

    Attributes
    ----------
    drawing : Drawing
    views : sequence of {"forward", "inverse"}
    beside : bool
        Whether the second view stands to the right of the first, and not below it.
    room : float, optional
        The width that the picture is made for.
    scale : float
        What it is shown at.
    paper : bool
        Whether it is for paper, where it is exactly as wide, or as high, as was asked for.
    note : str
        A sentence that stands below everything.
    """

    drawing: Drawing
    views: Sequence[View]
    beside: bool = False
    room: float | None = None
    scale: float = 1.0
    paper: bool = False
    note: str = ""

    @property
    def margin(self) -> float:
        """Around the picture."""
        if self.paper:
            return PAPER_MARGIN
        return theme.MARGIN if self.room is None or self.room >= MAX_NARROW_PAGE else NARROW_MARGIN

    @cached_property
    def _column(self) -> float:
        """The width of a view with its heading, whose lines are broken where they are longer than the room."""
        lines = [line for lines in self._headings(math.inf) for line in lines]
        heading = max((_width_of(line, style) for line, style in lines), default=0.0)
        if self.room is not None:
            columns = len(self.views) if self.beside else 1
            heading = min(heading, (self.room - 2 * self.margin - (columns - 1) * GAP) / columns)
        return max(self.drawing.extent[0], heading)

    def _headings(self, room: float) -> list[list[tuple[str, str]]]:
        """The lines of title and legend of every view, each with its style; without those that say nothing."""
        return [
            [
                (line, style)
                for content, style in zip(self.drawing.heading(view), ("title", "subtitle"), strict=True)
                if content.strip()
                for line in measure.wrapped(content, theme.STYLES[style].face, theme.STYLES[style].size, room)
            ]
            for view in self.views
        ]

    @cached_property
    def _heads(self) -> list[float]:
        """The heights of the headings."""
        heights = []
        for lines in self._headings(self._column):
            titles = sum(style == "title" for _, style in lines)
            high = HEAD + (titles - 1) * TITLE_LINE + max(0, len(lines) - titles - 1) * LEGEND_LINE
            heights.append(high if lines else 0.0)
        return [max(heights)] * len(heights) if self.beside else heights

    def pages(self) -> Iterator[tuple[View, float, float, list[Text], float]]:
        """Every view, where it begins, its heading, and how far below that its drawing lies."""
        x = y = self.margin
        for view, lines, head in zip(self.views, self._headings(self._column), self._heads, strict=True):
            yield view, x, y, list(_placed(lines, view)), head
            if self.beside:
                x += self._column + GAP
            else:
                y += head + self.drawing.extent[1] + theme.MARGIN

    @cached_property
    def panel(self) -> tuple[list[Shape], float, float] | None:
        """What stands below all views; its place is `panel_place`."""
        found = self.drawing.panel(self.views)
        return found if found is not None and found[1] <= max(self._wide, self.room or 0.0) else None

    @property
    def panel_place(self) -> tuple[float, float]:
        """Where it begins: in the middle."""
        assert self.panel is not None
        return self.margin + max(0.0, (self._wide - self.panel[1]) / 2), self._high

    @property
    def _wide(self) -> float:
        return self._column * 2 + GAP if self.beside and len(self.views) > 1 else self._column

    @property
    def _high(self) -> float:
        """Down to the end of the last view, and some room."""
        rows = self._heads[:1] if self.beside else self._heads
        return self.margin + sum(rows) + len(rows) * (self.drawing.extent[1] + theme.MARGIN)

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height in the picture's own pixels."""
        width, height = self._wide, self._high
        if self.panel is not None:
            width, height = max(width, self.panel[1]), height + self.panel[2] + theme.MARGIN
        return math.ceil(width + 2 * self.margin), math.ceil(height + len(self._note_lines) * LEGEND_LINE)

    @cached_property
    def _note_lines(self) -> list[str]:
        style = theme.STYLES["subtitle"]
        return list(measure.wrapped(self.note, style.face, style.size, self._wide)) if self.note else []

    @property
    def noted(self) -> list[Text]:
        """The lines of the note, one under the other, where they stand in the picture."""
        first = self.size[1] - len(self._note_lines) * LEGEND_LINE - 4.0
        return [
            text(line, "subtitle", self.margin, first + number * LEGEND_LINE, self.views[-1])
            for number, line in enumerate(self._note_lines)
        ]

    @property
    def shown(self) -> tuple[float, float]:
        """Width and height in pixels of the page."""
        return self.size[0] * self.scale, self.size[1] * self.scale


def composed(
    drawing: Drawing,
    views: Sequence[View],
    width: float | None = None,
    height: float | None = None,
    *,
    quiet: bool = False,
    note: str = "",
) -> Composition:
    """The first form of a drawing, in its style's order of preference, that fits a page without small letters.

    Where none does it is the narrowest one, and a warning says so unless it shall be quiet. Forms are judged in all
    languages, so that the editions of a page agree.
    """
    if width is None and height is None:
        return Composition(drawing, views, note=note)
    if isinstance(width, Paper) or isinstance(height, Paper):
        return _on_paper(drawing, views, width or math.inf, height or math.inf, quiet, note)
    best, needed = Composition(drawing, views, room=width, note=note), math.inf
    for form, several in _forms(drawing, views, width, note=note):
        scale = min(1.0, *(_scale(each, width, height) for each in several))
        if scale >= MIN_SCALE:
            return replace(form, scale=scale)
        if form.size[0] < needed:
            best, needed = form, form.size[0]
    if not quiet:
        warnings.warn(
            f"this picture needs {math.ceil(MIN_SCALE * needed)} pixels and will scroll in {width or height:g}: "
            "draw less of it, with detail='layer' or view='forward'",
            stacklevel=4,
        )
    return replace(best, scale=MIN_SCALE)


def largest(drawing: Drawing, views: Sequence[View], width: float, height: float) -> Composition:
    """The form that can be shown largest in a room, at its natural size: it is for those who show it to scale.

    Where none can be seen whole at half its size it is the one that is largest when it scrolls up and down.
    """
    forms = [each for form in drawing.forms for each in _compositions(form, views, max(width, form.extent[0]))]
    best = max(forms, key=lambda form: _scale(form, width, height))
    if _scale(best, width, height) >= MIN_WHOLE:
        return best
    return max(forms, key=lambda form: min(1.0, _scale(form, width, None)))


def _on_paper(
    drawing: Drawing, views: Sequence[View], width: float, height: float, quiet: bool, note: str
) -> Composition:
    """The first form whose letters can be read and which is no higher than a page; else the one with the largest."""
    candidates = []
    for form, several in _forms(drawing, views, width, paper=True, note=note):
        scale, page = (min(_scale(each, width, limit) for each in several) for limit in (height, min(height, PAGE)))
        candidates.append((page, replace(form, scale=_scale(form, width, height))))
        if scale == page >= MIN_PAPER_SCALE:
            return candidates[-1][1]
    scale, best = max(candidates, key=lambda candidate: candidate[0])
    if not quiet:
        points = best.scale * SMALLEST * PIXEL / POINT
        warnings.warn(
            f"this picture has letters of {points:.1f} points and is {best.shown[1] * PIXEL:.1f} cm high: give it more "
            "room, or draw less of it, with detail='layer' or view='forward'",
            stacklevel=5,
        )
    return best


def _forms(
    drawing: Drawing, views: Sequence[View], room: float | None, paper: bool = False, note: str = ""
) -> Iterator[tuple[Composition, list[Composition]]]:
    """The forms, in the order of preference; each also in all languages, by which it is judged."""
    for form in drawing.forms:
        for mine in _compositions(form, views, room, paper, note):
            yield mine, [replace(mine, drawing=form.translated(lang)) for lang in languages()]


def _compositions(
    form: Drawing, views: Sequence[View], room: float | None, paper: bool = False, note: str = ""
) -> Iterator[Composition]:
    """The views of one form, one above the other or side by side."""
    for beside in (True, False) if form.upright and len(views) > 1 else (False,):
        yield Composition(form, views, beside, room, paper=paper, note=note)


def form_for(drawing: AnyDrawing, width: float, height: float) -> AnyDrawing:
    """The first form that fits into a rectangle; else the one of which most is seen at a time."""

    def screens(form: Drawing) -> float:
        wide, high = (MIN_SCALE * length for length in form.extent)
        return max(1.0, wide / width) * max(1.0, high / height)

    return min(drawing.forms, key=screens)


def _scale(composition: Composition, width: float | None, height: float | None) -> float:
    wide, high = composition.size
    return min((width or math.inf) / wide, (height or math.inf) / high)


def _width_of(content: str, style: str) -> float:
    return measure.width(content, theme.STYLES[style].face, theme.STYLES[style].size)


def _placed(lines: Sequence[tuple[str, str]], view: View) -> Iterator[Text]:
    """The lines of a heading, one under the other."""
    y, before = 10.0, ""
    for content, style in lines:
        if before:
            y += 22.0 if style != before else TITLE_LINE if style == "title" else LEGEND_LINE
        yield text(content, style, 0, y, view)
        before = style
