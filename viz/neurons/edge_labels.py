"""Where the numbers of straight edges stand: on their own edge and on nothing else; one without a place is left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from inversa.viz.drawing.geometry import Point
from inversa.viz.neurons.sheet import overlap

POSITIONS = sorted((0.08 + 0.01 * i for i in range(85)), key=lambda t: abs(t - 0.5))  # of a label on its edge
CLEARANCE, CLOSE = 14, 1  # so many pixels between a label and other edges are enough; fewer than the second too few
HEIGHT, AIR = 15.0, 3.0  # of a label; on its left and on its right

Box = tuple[float, float, float, float]  # left, top, right, bottom


class EdgeLine(NamedTuple):
    """An edge: its ends, its thickness, and the width of its label."""

    start: Point
    end: Point
    thickness: float
    label: float

    def point(self, t: float) -> Point:
        """The point at a part of the way."""
        (x0, y0), (x1, y1) = self.start, self.end
        return x0 + t * (x1 - x0), y0 + t * (y1 - y0)

    def around(self, place: Point) -> Box:
        """The room of its label there."""
        (x, y), half = place, self.label / 2 + AIR
        return x - half, y - HEIGHT / 2, x + half, y + HEIGHT / 2


def placed(lines: Mapping[str, EdgeLine], boxes: Sequence[Box]) -> dict[str, Point]:
    """The middle of every label that has a place, clear of all others; those with little choice choose first."""
    candidates: dict[str, list[tuple[int, Point]]] = {}
    for name, line in lines.items():
        if line.label:
            others = [other for other in lines.values() if other is not line]
            rated = [(_clearance(line, place, others, boxes), place) for place in map(line.point, POSITIONS)]
            candidates[name] = sorted((r for r in rated if r[0] >= CLOSE), key=lambda r: -r[0])
    taken: list[Box] = []
    points = {}
    for name in sorted(candidates, key=lambda name: len(candidates[name])):
        for _, place in candidates[name]:
            box = lines[name].around(place)
            if not any(overlap(box, other, 1.0) for other in taken):
                taken.append(box)
                points[name] = place
                break
    return points


def _clearance(line: EdgeLine, place: Point, others: Sequence[EdgeLine], boxes: Sequence[Box]) -> int:
    """How many pixels other edges pass by a label; −1 where it would lie on a box."""
    box = line.around(place)
    if any(overlap(box, other, 1.0) for other in boxes):
        return -1
    return round(min([CLEARANCE, *(_distance(box, other) - other.thickness / 2 for other in others)]))


def _distance(box: Box, line: EdgeLine) -> float:
    """How far an edge passes a box; 0 where it meets it."""
    left, top, right, bottom = box
    (x0, y0), (x1, y1) = line.start, line.end
    corners = [(x, y) for x in (left, right) for y in (top, bottom)]
    sides = [(x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) for x, y in corners]
    if min(sides) < 0 < max(sides) and overlap(box, (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), 0.0):
        return 0.0
    ends = (math.hypot(max(left - x, 0.0, x - right), max(top - y, 0.0, y - bottom)) for x, y in (line.start, line.end))
    return min(*ends, *(_to_line(corner, line) for corner in corners))


def _to_line(point: Point, line: EdgeLine) -> float:
    (x, y), (x0, y0), (x1, y1) = point, line.start, line.end
    length = math.dist(line.start, line.end) ** 2 or 1.0
    return math.dist(point, line.point(max(0.0, min(1.0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length))))
