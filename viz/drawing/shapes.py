"""What drawings are made of: a few shapes, in pixels, y downwards. Writers turn them into SVG or TikZ.

A colour is a key of the palettes in `inversa.viz.lettering.theme`; each writer looks it up in the palette it was
asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from inversa.viz.drawing.geometry import Point, Route
from inversa.viz.lettering import measure, theme
from inversa.viz.lettering.spans import Span

Anchor = Literal["start", "middle", "end"]
Segment = tuple[Point, ...]  # one point: a line to it; three: a cubic Bézier curve
ROUND = 0.5523  # how far the control points of a Bézier curve lie along a quarter of a circle of radius 1
BOX_AIR = 1.0  # by which the box of a hidden number is higher than its letters
HALF_WIDTH = 0.42  # half the width of an arrowhead, of its length


class Rect(NamedTuple):
    """A rectangle with round corners."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0.0
    fill: str = ""
    stroke: str = ""
    thickness: float = 1.4
    dash: str = ""


class Circle(NamedTuple):
    """A circle around (x, y)."""

    x: float
    y: float
    radius: float
    fill: str = ""
    stroke: str = ""
    thickness: float = 1.4
    dash: str = ""


class Path(NamedTuple):
    """A line through segments; ``slot`` is that of the number that its thickness and dash show, if they show one.

    ``decades`` is how many powers of ten its thickness shows, on a logarithmic scale that the dash has no part in; 0
    for a linear one.
    """

    start: Point
    segments: tuple[Segment, ...]
    closed: bool = False
    fill: str = ""
    stroke: str = ""
    thickness: float = 1.4
    dash: str = ""
    slot: str = ""
    decades: float = 0.0


class Text(NamedTuple):
    """A text in one of the styles of `inversa.viz.lettering.theme`, the middle of its letters at height y.

    ``slot`` says which number of the graph it is (see `inversa.viz.picture.slots`), so that a page can hide it or write
    a new one; empty for words.
    """

    text: str
    style: str
    x: float
    y: float
    colour: str
    size: float
    slot: str = ""
    anchor: Anchor = "start"

    @property
    def width(self) -> float:
        """Its width in pixels."""
        return measure.width(self.text, theme.STYLES[self.style].face, self.size)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.x - self.width * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]


Shape = Rect | Circle | Path | Text


class Part(NamedTuple):
    """Shapes that belong together: one element of a network. ``name`` is the same in the twin: ``n3`` or ``e5``."""

    name: str
    kind: str
    title: str
    shapes: tuple[Shape, ...]


Shapes = Iterable[Part | Shape]  # of a view, later ones on top


def text(
    content: str,
    style: str,
    x: float,
    y: float,
    role: str,
    *,
    size: float | None = None,
    colour: str | None = None,
    slot: str = "",
    anchor: Anchor = "start",
) -> Text:
    """A text whose colour and size are its style's, unless others are given."""
    _, usual, own = theme.STYLES[style]
    return Text(content, style, x, y, colour or (role if own == "role" else own), size or usual, slot, anchor)


def empty_box(span: Span, x: float, y: float, role: str, anchor: Anchor = "middle") -> Rect:
    """The box of a hidden number that would begin at x, as high as its letters; the anchor is what they share."""
    assert span.blank is not None
    width, height = span.blank.width, theme.STYLES[span.style].size + BOX_AIR
    x += (span.blank.room - width) * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
    return Rect(x, y - height / 2, width, height, 2.0, "paper", role, 1.0)


def way(route: Route, reverse: bool, head: bool = True) -> tuple[Path, Path | None]:
    """The line of an arrow and its head, without colours: open where it is reversed, else filled."""
    points = [route.start, *route.curve, route.end]
    if reverse:
        points.reverse()
    return arrow(points, open=reverse, head=head)


def arrow(points: Sequence[Point], open: bool, head: bool = True, length: float = 0.0) -> tuple[Path, Path | None]:
    """A line to the first point of a curve, the curve, a line to the last point, and an arrowhead there.

    A filled head has no line below it: that would show on both sides of its tip.
    """
    tip = points[-1]
    before = next((p for p in reversed(points[:-1]) if math.dist(p, tip) > 0.05), points[0])  # nearer is rounding
    if not head:
        return curve(points, tip), None
    tip_path, base = arrowhead(before, tip, open, length or theme.ARROW)
    return curve(points, tip if open else base), tip_path


def curve(points: Sequence[Point], end: Point) -> Path:
    """A line to the curve's start, the curve, and a line to ``end``."""
    start, first, *rest = points[:-1] if len(points) > 2 else [points[0], points[0]]
    segments: list[Segment] = [(first,)] if start != first else []
    segments += [tuple(rest[i : i + 3]) for i in range(0, len(rest) - 2, 3)]
    if math.dist(rest[-1] if rest else first, end) > 0.05:
        segments.append((end,))
    return Path(start, tuple(segments))


def arrowhead(before: Point, tip: Point, open: bool, length: float) -> tuple[Path, Point]:
    """An arrowhead and the middle of its base."""
    distance = math.dist(before, tip) or 1.0
    dx, dy = (tip[0] - before[0]) / distance * length, (tip[1] - before[1]) / distance * length
    base = (tip[0] - dx, tip[1] - dy)
    left, right = (
        (base[0] - dy * HALF_WIDTH, base[1] + dx * HALF_WIDTH),
        (base[0] + dy * HALF_WIDTH, base[1] - dx * HALF_WIDTH),
    )
    return Path(left, ((tip,), (right,)), closed=not open), base
