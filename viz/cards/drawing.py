"""The drawing of a scene of cards: frames, arrows, boxes with their operator bands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Self

from inversa.viz.cards import dot, mermaid
from inversa.viz.cards import steps as card_steps
from inversa.viz.cards.rows import DISC, is_chain
from inversa.viz.cards.scene import Scene
from inversa.viz.cards.writer import Card, multiplied
from inversa.viz.drawing import parts
from inversa.viz.drawing.geometry import Point, Route
from inversa.viz.drawing.interfaces import Export, Step
from inversa.viz.drawing.shapes import ROUND, Circle, Part, Path, Rect, Shape, Shapes, Text, empty_box, text, way
from inversa.viz.lettering import measure, theme
from inversa.viz.lettering.sentences import counted
from inversa.viz.lettering.spans import Line, View
from inversa.viz.picture import slots
from inversa.viz.picture.records import Arrow, Box
from inversa.viz.picture.staleness import warnings

ROWS = 8  # into which a chain is wrapped


class CardDrawing(Scene):
    """A graph drawn as cards, one a node or one a module: a scene that can be painted, played and exported."""

    @property
    def output(self) -> str:
        """What is differentiated."""
        return self.picture.output

    @property
    def obstacle(self) -> str:
        """Why there is no inverse network; empty when there is one."""
        return self.picture.obstacle

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height in pixels, without title and margin."""
        return self.layout.width, self.layout.height

    @property
    def forms(self) -> Iterator[Self]:
        """The same in all its forms, in order of preference: in one row, in several, from top to bottom."""
        natural = replace(self, form="natural")
        yield natural
        most = min(ROWS, math.ceil(len(self.picture.boxes) / 2)) if is_chain(natural.wiring) else 1
        for form in map(str, range(2, 1 + most)):
            other = replace(self, form=form)
            vars(other).update(wiring=natural.wiring, in_one_row=natural.in_one_row)  # the same, and it takes long
            if other.layout.cuts:
                yield other
        for form in ("upright", "narrow"):
            yield replace(self, form=form)

    def panel(self, views: Sequence[View]) -> None:
        """There is no table below it."""

    @property
    def exports(self) -> dict[str, Export]:
        """As a `graphviz.Digraph`, and as a Mermaid flowchart."""
        graph = partial(dot.digraph, self)
        return {".dot": graph, ".gv": graph, ".mmd": partial(mermaid.flowchart, self)}

    def steps(self) -> tuple[Step, ...]:
        """Running it, forwards and then backwards, step by step."""
        return card_steps.steps(self)

    @property
    def leaves(self) -> dict[int, str]:
        """The boxes that can be edited, and what they are: "parameter" or "data"."""
        return self.picture.leaves

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """It shows the local derivatives of arrows alone."""
        return ()

    def slot_value(self, slot: str) -> float | None:
        """A number of the graph; None where it is none, or several."""
        return slots.look_up(slot, self.picture)

    def warnings(self) -> tuple[str, ...]:
        """What is wrong with its numbers."""
        return tuple(warnings(self.picture, "inverse", self.lang))

    def size_text(self) -> str:
        """How much it is: ``4 boxes, 3 arrows``."""
        boxes, arrows = len(self.picture.boxes), len(self.picture.arrows)
        return f"{counted('element', boxes, 'en')}, {counted('arrow', arrows, 'en')}"

    def shapes(self, view: View) -> Shapes:
        """Frames, arrows and boxes, then the frames' titles on top."""
        picture, layout = self.picture, self.layout
        frames = list(zip(picture.groups, layout.groups, strict=True))
        for _, (x, y, width, height) in frames:
            yield Rect(x, y, width, height, 10, "group", "frame", 1)
        for arrow in picture.arrows:
            yield from self._arrow(arrow, layout.arrows[arrow.number], view)
        for box in picture.boxes:
            yield self._box(box, layout.boxes[box.number], view)
        for group, frame in frames:
            colour = "loss" if group.loss else "muted"
            title = self.group_title(group, view).text
            yield text(title, "group", frame.x + 12, frame.y + 12, colour, colour=colour)

    def _arrow(self, arrow: Arrow, route: Route, view: View) -> Shapes:
        inverse = view == "inverse"
        colour = "muted" if inverse and not arrow.carries else view
        cut = self.layout.cuts.get(arrow.number)
        shapes: list[Shape] = []
        for piece in (route,) if cut is None else cut[:2]:
            line, head = way(piece, inverse, head=arrow.carries or not inverse)
            shapes.append(line._replace(stroke=colour, dash="5 4" if inverse else ""))
            if head is not None:
                shapes.append(head._replace(stroke=colour) if inverse else head._replace(fill=colour))
        if cut is not None:
            for (x, y), side in ((cut[0].end, 1), (cut[1].start, -1)):
                shapes.append(Circle(x + side * DISC, y, DISC, "paper", colour))
                shapes.append(text(cut[2], "number", x + side * DISC, y, view, colour=colour, anchor="middle"))
        yield Part(parts.arrow(arrow.number), "arrow", self._arrow_title(arrow, view), tuple(shapes))
        lines = self.labels[view].get(arrow.number, ())
        if lines and route.label is not None:
            shapes = list(self._label(arrow, lines, route.label, view))
            yield Part(parts.arrow_label(arrow.number), "label", "", tuple(shapes))

    def _label(self, arrow: Arrow, lines: Sequence[Line], centre: Point, view: View) -> Iterator[Text | Rect]:
        (x, y), top = centre, -self.label_sizes[arrow.number][1] / 2
        for line in lines:
            yield from line_texts(line, x - line.width / 2, y + top + line.height / 2, line.width, view)
            top += line.height

    def _arrow_title(self, arrow: Arrow, view: View) -> str:
        ends = [self.names[arrow.source], self.names[arrow.target]]
        title = " → ".join(reversed(ends) if view == "inverse" else ends)
        if arrow.carries and arrow.formula:
            title += f": {multiplied(arrow)}"
            title += "" if arrow.gain is None else f" = {self.writer.said(arrow.gain, slots.gain(arrow.number))}"
        added = self.writer.contributed(arrow) if view == "inverse" else ""
        return f"{title}; {added}" if added else title

    def _box(self, box: Box, centre: Point, view: View) -> Part:
        card = self.cards[view][box.number]
        width, height = self.sizes[box.number]
        x, y = centre[0] - width / 2, centre[1] - height / 2
        radius = min(height / 2, 14.0 if card.band is not None else 20.0)
        shapes: list[Shape] = []
        if box.is_output:
            r = theme.RING
            shapes.append(Rect(x - r, y - r, width + 2 * r, height + 2 * r, radius + r, stroke=card.role))
        shapes.append(Rect(x, y, width, height, radius, f"{card.role}-tint", card.role))
        left = x + theme.PAD + (theme.INDENT if card.band is None else self.band)
        if card.band is not None:
            shapes += self._band(card, x, y, height, radius)
        top = y + (height - card.height) / 2
        for line in card.lines:
            shapes += line_texts(line, left, top + line.height / 2 + 1, x + width - theme.PAD - left, card.role)
            top += line.height
        return Part(parts.box(box.number), box.role, card.tooltip, tuple(shapes))

    def _band(self, card: Card, x: float, y: float, height: float, r: float) -> Iterator[Shape]:
        band, low, k = self.band, y + height, r * (1 - ROUND)
        corners = (
            ((x + r, y),),
            ((x + k, y), (x, y + k), (x, y + r)),
            ((x, low - r),),
            ((x, low - k), (x + k, low), (x + r, low)),
            ((x + band, low),),
        )
        yield Path((x + band, y), corners, closed=True, fill=card.role)
        words, size = self.symbol(card)
        for i, word in enumerate(words):
            middle = y + height / 2 + (i - (len(words) - 1) / 2) * 1.2 * size
            start = x + (band - measure.width(word, "sans-bold", size)) / 2
            yield text(word, "symbol", start, middle, card.role, size=size)


def line_texts(line: Line, x: float, y: float, room: float, role: str) -> Iterator[Text | Rect]:
    """A line of spans, centred on y."""
    right = x + room - sum(span.width for span in line.right)
    for spans, start in ((line.left, x), (line.right, right)):
        for span in spans:
            if span.blank is not None:
                yield empty_box(span, start, y, role, "start" if spans is line.left else "end")
                start += span.width
                continue
            item = text(span.text, span.style, start, y, role, slot=span.slot)
            start += span.width
            yield item._replace(x=start, anchor="end") if span.slot and spans is line.right else item
