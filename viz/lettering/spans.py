"""Spans and lines: text with its width, before anything is placed; and the two views that it is written for."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from inversa.viz.lettering import measure, theme

View = Literal["forward", "inverse"]
VIEWS: tuple[View, View] = ("forward", "inverse")


HIDDEN = "?"  # a hidden number where no box can be drawn: in descriptions and in other languages of pictures


class Blank(NamedTuple):
    """An empty box in place of a number: the room that the number would take, and the width of the box.

    All boxes of a kind are equally wide, so that none tells the sign of its number or how large it is.
    """

    room: float
    width: float


class Span(NamedTuple):
    """A piece of text in one style; one that yields is cut when its line is too long, in front of its ``tail``."""

    text: str
    style: str
    yields: bool = False
    tail: str = ""
    slot: str = ""  # which number of the graph it is, see `inversa.viz.picture.slots`
    blank: Blank | None = None

    @property
    def width(self) -> float:
        """Its width in pixels."""
        if self.blank is not None:
            return self.blank.room
        style = theme.STYLES[self.style]
        return measure.width(self.text, style.face, style.size)

    def hidden(self, digits: int) -> Span:
        """An empty box in place of a number with so many decimals; everything else stays where it is."""
        entries = self.text.startswith("[")  # of an array: as many as there are
        width = self.width if entries else self._replace(text="−0." + digits * "0").width
        return self._replace(text=HIDDEN, slot="", blank=Blank(self.width, width))

    def cut(self, excess: float) -> Span:
        """The span made narrower by ``excess``, if it yields."""
        if not self.yields or excess < 0.01:  # a hundredth of a pixel is rounding
            return self
        style = theme.STYLES[self.style]
        room = self.width - excess - measure.width(self.tail, style.face, style.size)
        text = measure.shorten(self.text.removesuffix(self.tail), style.face, style.size, room)
        return self._replace(text=text + self.tail)


class Line(NamedTuple):
    """Spans from the left, and some at the right end."""

    left: tuple[Span, ...]
    right: tuple[Span, ...] = ()
    height: float = theme.LINE

    @property
    def width(self) -> float:
        """The width that the line would like to have."""
        gap = theme.PAD if self.left and self.right else 0.0
        return sum(span.width for span in (*self.left, *self.right)) + gap

    @property
    def rigid(self) -> float:
        """The width that the line needs at least: numbers are never cut."""
        gap = theme.PAD if self.left and self.right else 0.0
        return sum(span.cut(math.inf).width for span in (*self.left, *self.right)) + gap

    def fitted(self, room: float) -> Line:
        """The line cut to a width, from its end."""
        line = self
        for i in reversed(range(len(self.left))):
            cut = line.left[i].cut(line.width - room)
            line = line._replace(left=(*line.left[:i], cut, *line.left[i + 1 :]))
        return line
