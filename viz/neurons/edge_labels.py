"""Where the numbers of straight edges stand: on their own edge and on nothing else; one without a place is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from inversa.autograd.lazy import np
from inversa.viz.drawing.geometry import Point
from inversa.viz.neurons.sheet import overlap

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

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
            rated = zip(_clearances(list(map(line.around, places)), others, boxes), places, strict=True)
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


def _clearances(rooms: Sequence[Box], others: Sequence[EdgeLine], boxes: Sequence[Box]) -> list[int]:
    """How many pixels other edges pass by a label in each of these rooms; −1 where it would lie on a box."""
    distances = _distances(np.array(rooms), others) - np.array([other.thickness / 2 for other in others])
    nearest = np.rint(distances.min(axis=1, initial=CLEARANCE))
    taken = _overlaps(np.array(rooms), np.array(boxes).reshape(-1, 4), 1.0).any(axis=1)
    return [int(pixels) for pixels in np.where(taken, -1, nearest)]


def _overlaps(rooms: Array, boxes: Array, air: float) -> npt.NDArray[np.bool_]:
    """Whether each box, one a column, comes closer than ``air`` to each room, one a row."""
    a, b = rooms.T[:, :, None], boxes.T
    near: npt.NDArray[np.bool_] = (a[0] < b[2] + air) & (b[0] < a[2] + air) & (a[1] < b[3] + air) & (b[1] < a[3] + air)
    return near


def _distances(rooms: Array, lines: Sequence[EdgeLine]) -> Array:
    """How far each edge, one a column, passes each room, one a row; 0 where it meets it.

    They are many: pure Python would need most of the time of a drawing for them.
    """
    left, top, right, bottom = (side[:, None] for side in rooms.T)
    ends = np.array([(*line.start, *line.end) for line in lines]).reshape(-1, 4)
    x0, y0, x1, y1 = ends.T
    across, down = x1 - x0, y1 - y0
    length = across**2 + down**2
    length[length == 0] = 1.0
    sides, passed = [], []
    for x, y in product((left, right), (top, bottom)):  # the corners
        sides.append(across * (y - y0) - down * (x - x0))
        t = np.clip(((x - x0) * across + (y - y0) * down) / length, 0.0, 1.0)
        passed.append(np.hypot(x0 + t * across - x, y0 + t * down - y))
    for x, y in ((x0, y0), (x1, y1)):
        beside = np.maximum(np.maximum(left - x, x - right), 0.0)
        passed.append(np.hypot(beside, np.maximum(np.maximum(top - y, y - bottom), 0.0)))
    between = (np.min(sides, axis=0) < 0) & (np.max(sides, axis=0) > 0)
    extents = np.hstack([np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])])
    meet = between & _overlaps(rooms, extents, 0.0)
    return np.where(meet, 0.0, np.min(passed, axis=0))
