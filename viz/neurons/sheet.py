"""A sheet: the elements and links of one view of a network, each at its place, and how they are painted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from inversa.autograd import Rule
from inversa.viz.drawing.geometry import Point
from inversa.viz.drawing.shapes import Circle, Part, Rect, Shape, Shapes, Text, arrow, empty_box, text
from inversa.viz.lettering import theme
from inversa.viz.lettering.spans import Line, Span, View

Form = Literal["circle", "ring", "pill", "square", "dot", "point", "label", "frame", "ghost", "joint", "panel", "bar"]
GROUND = ("frame", "panel")  # what lies below the wires
GAP = 10.0  # between a label and its line
CROSSING = 5.0  # radius of the gap where a wire passes over another one
HALO = 8.0  # by which the gap in all that a wire passes over is wider than the wire
MARK = 9.0  # radius of the discs with the rules' numbers


@dataclass(frozen=True)
class Element:
    """One thing in the drawing: in the middle of its place stand lines of text, one under the other.

    Attributes
    ----------
    name : str
        The same in both twins.
    form : str
        A "circle", a double "ring", a "pill", a "square" with round corners, a branching "dot", a "point" in a circle
        (the dual of a sum), a "label" without a frame, a "frame" around others with its title at the bottom or top, a
        "ghost" (a dashed circle), a "joint" of wires, which has no shape, a "panel" (a square below the wires that pass
        over it), or a "bar" (hollow where its tint is that of the paper).
    role : str
        Its colour.
    x, y, width, height : float
        Its middle and its size in pixels.
    rule : Rule or None
        Marked with the rule's number; ``corner`` says where, in halves of the size.
    """

    name: str
    form: Form
    role: str
    x: float
    y: float
    width: float
    height: float
    lines: tuple[Line, ...] = ()
    title: str = ""
    rule: Rule | None = None
    corner: Point = (1.0, -1.0)
    tint: str = ""  # of the inside; the role's own when left out
    indent: float | None = None  # of the lines from its left side, where they do not stand in the middle

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        w, h = self.width / 2, self.height / 2
        return self.x - w, self.y - h, self.x + w, self.y + h


@dataclass(frozen=True)
class Link:
    """A wire between two elements, ``source`` and ``target`` in the direction of its own view.

    ``gain`` is what it multiplies by, in both directions; ``label`` stands in the middle of it.
    """

    name: str
    source: str
    target: str
    points: tuple[Point, ...]
    role: str
    gain: float | None = 1.0
    title: str = ""
    thickness: float = 1.6
    dash: str = ""
    open: bool = False
    head: bool = True
    slot: str = ""  # of the number that its thickness and dash show
    label: Element | None = None
    decades: float = 0.0  # that its thickness shows, where its scale is logarithmic
    crossing: Point | None = None  # where it passes over another wire, which is interrupted there
    halo: str = ""  # the colour around it where it passes over many things


@dataclass(frozen=True)
class Sheet:
    """Everything in one view, and the size in pixels."""

    view: View
    width: float
    height: float
    elements: Sequence[Element]
    links: Sequence[Link]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all parts: elements, wires and labels."""
        labels = [link.label for link in self.links if link.label is not None]
        return frozenset([e.name for e in (*self.elements, *labels)] + [link.name for link in self.links])

    def entering(self, element: str) -> list[Link]:
        """The wires that end at an element."""
        return [link for link in self.links if link.target == element]

    def leaving(self, element: str) -> list[Link]:
        """The wires that begin at an element."""
        return [link for link in self.links if link.source == element]

    def shapes(self) -> Shapes:
        """Frames, then wires, then everything else; each with its rule's number on top of it."""
        yield from (_part(e) for e in self.elements if e.form in GROUND)
        for link in self.links:
            yield _wire(link)
        for link in self.links:
            if link.label is not None:
                yield _part(link.label)
        yield from (_part(e) for e in self.elements if e.form not in GROUND)


def line(*spans: Span, height: float = 16.0) -> Line:
    """A line of text in an element."""
    return Line(spans, height=height)


def radius(lines: Sequence[Line]) -> float:
    """Of a circle that is large enough for lines in its middle."""
    y, widest = -sum(each.height for each in lines) / 2, 0.0
    for each in lines:
        letters = max(abs(y + 4), abs(y + each.height - 4))  # above and below them is some air
        widest = max(widest, math.hypot(each.width / 2 + 3, letters))
        y += each.height
    return math.ceil(widest)


def _part(e: Element) -> Part:
    kind = {"label": "label", "frame": "frame"}.get(e.form, e.role)
    return Part(e.name, kind, e.title, (*_shapes(e), *_texts(e), *_mark(e)))


def _shapes(e: Element) -> Iterator[Shape]:
    tint = e.tint or f"{e.role}-tint"
    r = e.width / 2
    left, top, _, _ = e.box
    match e.form:
        case "circle":
            yield Circle(e.x, e.y, r, tint, e.role, 1.6)
        case "ring":
            yield Circle(e.x, e.y, r, "paper", e.role)
            yield Circle(e.x, e.y, r - 4, tint, e.role)
        case "ghost":
            yield Circle(e.x, e.y, r, "paper", "frame", 1.4, "5 4")
        case "point":
            yield Circle(e.x, e.y, r, "paper", e.role, 1.6)
            yield Circle(e.x, e.y, 6, e.role)
        case "dot":
            yield Circle(e.x, e.y, r, e.role)
        case "pill":
            yield Rect(left, top, e.width, e.height, min(15.0, e.height / 2), tint, e.role)
        case "bar":
            yield Rect(left, top, e.width, e.height, min(3.0, r), tint, e.role, 1.4, "4 3" if tint == "paper" else "")
        case "square" | "panel":
            yield Rect(left, top, e.width, e.height, 13.0, tint, e.role, 1.6)
        case "frame":
            yield Rect(left, top, e.width, e.height, 14.0, "group", "frame", 1.2)
        case "label":
            if e.tint:  # it interrupts the line that it stands on
                yield Rect(left, top, e.width, e.height, 3.0, e.tint)


def _texts(e: Element) -> Iterator[Text | Rect]:
    """Lines in the middle; a panel's at its upper end, a frame's at its lower, or where the corner says."""
    total = sum(each.height for each in e.lines)
    y = e.y - total / 2 if e.form != "panel" else e.box[1] + 7
    if e.form == "frame":
        y = e.y + e.height / 2 - total - 7 if e.corner[1] < 0 else e.y - e.height / 2 + 7
    for each in e.lines:
        x = e.x - each.width / 2 if e.indent is None else e.box[0] + e.indent
        middle = y + each.height / 2
        y += each.height
        for span in each.left:
            if span.blank is not None:
                yield empty_box(span, x, middle, e.role)
            elif span.slot and len(each.left) == 1 and e.indent is None:
                yield text(span.text, span.style, e.x, middle, e.role, slot=span.slot, anchor="middle")
            else:
                yield text(span.text, span.style, x, middle, e.role, slot=span.slot)
            x += span.width


def _mark(e: Element) -> Iterator[Shape]:
    if e.rule is None:
        return
    x, y = e.x + e.corner[0] * e.width / 2, e.y + e.corner[1] * e.height / 2
    yield Circle(x, y, MARK, "ink", "paper", 1.4)
    yield text(str(e.rule.value), "mark", x, y, "ink", anchor="middle")


def _wire(link: Link) -> Part:
    length = theme.ARROW + 1.2 * max(0.0, link.thickness - 1.6)
    way, head = arrow(link.points, link.open, link.head, length)
    shapes: list[Shape] = [] if link.crossing is None else [Circle(*link.crossing, CROSSING, "paper")]
    if link.halo:
        shapes.append(way._replace(stroke=link.halo, thickness=link.thickness + HALO))
    shapes.append(
        way._replace(stroke=link.role, thickness=link.thickness, dash=link.dash, slot=link.slot, decades=link.decades)
    )
    if head is not None:
        shapes.append(head._replace(stroke=link.role, thickness=1.6) if link.open else head._replace(fill=link.role))
    return Part(link.name, "arrow", link.title, tuple(shapes))


def between(source: Element, target: Element, out: float = 0.0) -> tuple[Point, Point]:
    """The straight way from the edge of one element to that of another; ``out`` leaves some air at its end."""
    start = _edge(source, (target.x, target.y), 0.0)
    return start, _edge(target, (source.x, source.y), out)


def _edge(e: Element, towards: Point, out: float) -> Point:
    """Where the way from the middle of an element leaves it; pills and squares at the middle of a side."""
    dx, dy = towards[0] - e.x, towards[1] - e.y
    distance = math.hypot(dx, dy) or 1.0
    if e.form in ("pill", "square", "frame"):
        if abs(dy) * e.width > abs(dx) * e.height and abs(dx) < e.width / 2:
            return e.x, e.y + math.copysign(e.height / 2 + out, dy)
        return e.x + math.copysign(e.width / 2 + out, dx), e.y
    r = e.width / 2 + out
    return e.x + dx / distance * r, e.y + dy / distance * r


def moved(elements: Iterable[Element], links: Iterable[Link], x: float, y: float) -> tuple[list[Element], list[Link]]:
    """Everything shifted by (x, y)."""

    def shifted(e: Element) -> Element:
        return replace(e, x=e.x + x, y=e.y + y)

    return [shifted(e) for e in elements], [
        replace(
            link,
            points=tuple((px + x, py + y) for px, py in link.points),
            label=None if link.label is None else shifted(link.label),
            crossing=None if link.crossing is None else (link.crossing[0] + x, link.crossing[1] + y),
        )
        for link in links
    ]


def bent(points: Sequence[Point], radius: float = 9.0) -> tuple[Point, ...]:
    """The way along straight lines with round corners: its ends, and between them a curve as wires have it."""
    corners = []
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, math.dist(before, at) / 2, math.dist(at, after) / 2)
        corners.append((_towards(at, before, reach), at, _towards(at, after, reach)))
    way = [points[0]]
    for i, (into, at, out) in enumerate(corners):
        way += [into] if i == 0 else [way[-1], into, into]  # a straight piece of the curve
        way += [_towards(at, into, radius * 0.4477), _towards(at, out, radius * 0.4477), out]
    return (*way, points[-1])


def _towards(a: Point, b: Point, distance: float) -> Point:
    """The point so far from a on the way to b."""
    share = distance / (math.dist(a, b) or 1.0)
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float], air: float = 2.0) -> bool:
    """Whether two rectangles (left, top, right, bottom) come closer than ``air``."""
    return a[0] < b[2] + air and b[0] < a[2] + air and a[1] < b[3] + air and b[1] < a[3] + air
