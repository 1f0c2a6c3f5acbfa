"""Departure: the graph of a program with what is right, and in red what a student's engine says where it departs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from inversa.autograd.languages import language
from inversa.viz._figure import Figure
from inversa.viz.cards.drawing import CardDrawing
from inversa.viz.cards.writer import Writer
from inversa.viz.drawing.geometry import Point
from inversa.viz.drawing.shapes import Part, Rect, Shape
from inversa.viz.examiner.fault import Fault
from inversa.viz.examiner.programs import letter, passed
from inversa.viz.examiner.sentences import DIGITS, cause, say, start
from inversa.viz.lettering import theme
from inversa.viz.lettering.numbers import number
from inversa.viz.lettering.spans import Line, Span, View
from inversa.viz.picture.reading import read
from inversa.viz.picture.records import Box

LARGEST = 60  # steps of a program that is drawn


def departure(fault: Fault, lang: str | None = None, title: str | None = None) -> Figure:
    """The picture of a mistake; by default its title is the mistake.

    Raises
    ------
    ValueError
        For a program of more steps than a picture shows.
    """
    outcome = fault.outcome
    steps = outcome.probe.program.steps
    if len(steps) > LARGEST:
        raise ValueError(f"a program of {len(steps)} steps is too large to draw: look at its code")
    results = passed(outcome.probe.program)
    picture = read((results[start(outcome)],))
    return Figure(DepartureDrawing(picture, language(lang), title, DIGITS, fault=fault), ("forward",))


@dataclass(frozen=True)
class DepartureDrawing(CardDrawing):
    """Cards, of which one has a number in red."""

    fault: Fault | None = None

    @property
    def place(self) -> str:
        """The name of the node that departs."""
        assert self.fault is not None
        return letter(self.fault.outcome.place)

    @cached_property
    def writer(self) -> Writer:
        """What writes the texts, and one line more."""
        usual = super().writer
        assert self.fault is not None
        outcome = self.fault.outcome
        wrong = number(outcome.found, usual.digits) if outcome.wrong else outcome.error or "—"
        below = outcome.state not in ("value", "changed")
        settings = usual.picture, usual.lang, usual.digits, usual.compact, usual.widest
        return DepartureWriter(*settings, place=self.place, wrong=wrong, below=below)

    def heading(self, view: View, placed: bool = True) -> tuple[str, str]:
        """The mistake, and what the colours mean."""
        assert self.fault is not None
        return self.title or cause(self.fault, self.lang), say("legend", self.lang)

    def description(self, view: View) -> str:
        """What it shows, for those who do not see it."""
        return " ".join([f"{self.heading(view)[0]}.", super().description(view)])

    def _box(self, box: Box, centre: Point, view: View) -> Part:
        part = super()._box(box, centre, view)
        if box.name != self.place:
            return part
        return part._replace(shapes=(*part.shapes, *self._ring(box, centre)))

    def _ring(self, box: Box, centre: Point) -> Iterator[Shape]:
        """A frame in the colour of errors, outside that of an output."""
        width, height = self.sizes[box.number]
        r = theme.RING * (2 if box.is_output else 1)
        x, y = centre[0] - width / 2 - r, centre[1] - height / 2 - r
        yield Rect(x, y, width + 2 * r, height + 2 * r, 20.0, stroke="error", thickness=2.2)


@dataclass(frozen=True)
class DepartureWriter(Writer):
    """Writes what the student's engine says below what is right."""

    place: str = ""
    wrong: str = ""
    below: bool = True  # the gradient, rather than the value

    def _lines(self, box: Box) -> tuple[Line, ...]:
        lines = super()._lines(box)
        if box.name != self.place:
            return lines
        wrong = Line((Span(say("yours", self.lang), "wrong", yields=True), Span(self.wrong, "wrong")))
        return (*lines, wrong) if self.below else (*lines[:-1], wrong, *lines[-1:])

    def tooltip(self, box: Box, view: View) -> str:
        """What is right, and what the student's engine says."""
        text = super().tooltip(box, view)
        return f"{text}; {say('yours', self.lang)}{self.wrong}" if box.name == self.place else text
