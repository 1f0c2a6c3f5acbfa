"""Where the numbers of straight edges stand: on their own edge and on nothing else; one without a place is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import hypot
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
            places = [line.point(t) for t in POSITIONS]
            rated = [(_clearance(line.around(place), others, boxes), place) for place in places]
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


def _clearance(room: Box, others: Sequence[EdgeLine], boxes: Sequence[Box]) -> int:
    """How many pixels other edges pass by a label in this room; −1 where it would lie on a box."""
    if any(overlap(room, box, 1.0) for box in boxes):
        return -1
    nearest = float(CLEARANCE)
    for line in others:
        if _is_near(room, line, nearest + line.thickness / 2):
            nearest = min(nearest, _distance(room, line) - line.thickness / 2)
    return round(nearest)


def _is_near(room: Box, line: EdgeLine, distance: float) -> bool:
    """Whether an edge may pass a room that closely: few do, and how closely they do takes longer to find."""
    left, top, right, bottom = room
    (x0, y0), (x1, y1) = line.start, line.end
    if max(x0, x1) < left - distance or min(x0, x1) > right + distance:
        return False
    return max(y0, y1) >= top - distance and min(y0, y1) <= bottom + distance


def _distance(room: Box, line: EdgeLine) -> float:
    """How far an edge passes a room; 0 where it meets it."""
    left, top, right, bottom = room
    (x0, y0), (x1, y1) = line.start, line.end
    across, down = x1 - x0, y1 - y0
    length = across**2 + down**2 or 1.0
    sides, passed = [], []
    for x, y in ((left, top), (left, bottom), (right, top), (right, bottom)):  # the corners
        sides.append(across * (y - y0) - down * (x - x0))
        t = min(max(((x - x0) * across + (y - y0) * down) / length, 0.0), 1.0)
        passed.append(hypot(x0 + t * across - x, y0 + t * down - y))
    for x, y in (line.start, line.end):
        passed.append(hypot(max(left - x, x - right, 0.0), max(top - y, y - bottom, 0.0)))
    extent = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    meets = min(sides) < 0 < max(sides) and overlap(room, extent, 0.0)
    return 0.0 if meets else min(passed)
