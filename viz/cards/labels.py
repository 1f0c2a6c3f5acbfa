"""Labels of arrows: each stands beside its own arrow and on nothing else, or nowhere.

Graphviz keeps labels apart from boxes and from each other, but not from other arrows: those are moved along their own
arrow to where nothing is, and left out where there is no such place. Their numbers are in the arrows' tooltips.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from inversa.viz.cards.layout import LIFT, Layout, Wiring
from inversa.viz.drawing.geometry import Point, Route, Size

STEP = 4.0  # pixels between the points of an arrow that are looked at
PLACES = sorted((0.1 + 0.05 * i for i in range(17)), key=lambda t: abs(t - 0.5))  # along an arrow

SIDES = [(0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (1, -1), (-1, 1), (1, 1)]  # where a label may stand

Box = tuple[float, float, float, float]  # left, top, right, bottom


class Way(NamedTuple):
    """Points of an arrow, a few pixels apart, and the box around them."""

    points: list[Point]
    around: Box

    @classmethod
    def of(cls, route: Route) -> Way:
        """That of a route."""
        points = list(_points(route))
        xs, ys = zip(*points, strict=True)
        return cls(points, (min(xs), min(ys), max(xs), max(ys)))


def settled(layout: Layout, wiring: Wiring) -> Layout:
    """The layout with every label where it belongs to its own arrow alone."""
    ways = {i: Way.of(route) for i, route in layout.arrows.items()}
    boxes = [_around(place, wiring.boxes[n]) for n, place in layout.boxes.items()]
    frames = zip(layout.groups, wiring.groups, strict=True)
    titles = [(x + 8, y + 2, x + 16 + size[0], y + 6 + size[1]) for (x, y, _, _), (size, _) in frames]
    taken: dict[int, Box] = {
        i: _around(route.label, wiring.labels[i])
        for i, route in layout.arrows.items()
        if route.label is not None and i in wiring.labels
    }
    arrows = dict(layout.arrows)
    for i in list(taken):
        if _is_free(i, taken[i], ways, titles, taken):  # where Graphviz put it no box is
            continue
        del taken[i]
        candidates = _candidates(ways[i].points, wiring.labels[i])
        fixed = [*boxes, *titles]
        found = next((p for p in candidates if _is_free(i, _around(p, wiring.labels[i]), ways, fixed, taken)), None)
        arrows[i] = arrows[i]._replace(label=found)
        if found is not None:
            taken[i] = _around(found, wiring.labels[i])
    return replace(layout, arrows=arrows)


def fanned(layout: Layout, wiring: Wiring) -> Layout:
    """The layout with labels on the outer sides of fans: below arrows to what lies lower, where nothing else is.

    So it is seen at once whose label it is, where several arrows end in one box.
    """
    ways = {i: Way.of(route) for i, route in layout.arrows.items()}
    boxes = [_around(place, wiring.boxes[n]) for n, place in layout.boxes.items()]
    uses = Counter(n for ends in wiring.arrows.values() for n in ends)
    arrows = dict(layout.arrows)
    for i, size in wiring.labels.items():
        hub, other = sorted(wiring.arrows[i], key=lambda n: -uses[n])
        label = arrows[i].label
        if label is None or layout.boxes[other][1] <= layout.boxes[hub][1] + LIFT:
            continue
        x, y = min(ways[i].points, key=lambda point: abs(point[0] - label[0]))
        below = x, y + abs(y - label[1])
        taken = {k: _around(a.label, wiring.labels[k]) for k, a in arrows.items() if a.label and k in wiring.labels}
        if _is_free(i, _around(below, size), ways, boxes, taken):
            arrows[i] = arrows[i]._replace(label=below)
    return replace(layout, arrows=arrows)


def _is_free(i: int, box: Box, ways: Mapping[int, Way], boxes: list[Box], labels: Mapping[int, Box]) -> bool:
    """Whether no box, no label and no arrow meets the box of label i, and its own arrow is the nearest."""
    if any(_meet(box, other) for other in boxes) or any(_meet(box, o) for k, o in labels.items() if k != i):
        return False
    own = _distance(box, ways[i], math.inf)
    return own > 0 and all(_distance(box, way, own) >= min(own, LIFT) for k, way in ways.items() if k != i)


def _distance(box: Box, way: Way, limit: float) -> float:
    """How far an arrow passes a box: 0 where it meets it; anything where it is more than the limit."""
    left, top, right, bottom = box
    if not _meet((left - limit, top - limit, right + limit, bottom + limit), way.around):
        return limit
    near = ((x, y) for x, y in way.points if left - limit < x < right + limit and top - limit < y < bottom + limit)
    return min((math.hypot(max(left - x, 0, x - right), max(top - y, 0, y - bottom)) for x, y in near), default=limit)


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _around(place: Point, size: Size) -> Box:
    (x, y), (width, height) = place, size
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _candidates(points: list[Point], size: Size) -> Iterator[Point]:
    """Places above the arrow, below it, on its left, on its right, and in the four corners; the middle first."""
    width, height = size[0] / 2 + LIFT / 2, size[1] / 2 + LIFT / 2
    for t in PLACES:
        x, y = points[min(len(points) - 1, int(t * len(points)))]
        for i, j in SIDES:
            yield x + i * width, y + j * height


def _points(route: Route) -> Iterator[Point]:
    """Points of an arrow, a few pixels apart."""
    yield from _line(route.start, route.curve[0] if route.curve else route.end)
    for k in range(0, len(route.curve) - 3, 3):
        a, b, c, d = route.curve[k : k + 4]
        count = max(2, int((math.dist(a, b) + math.dist(b, c) + math.dist(c, d)) / STEP))
        for j in range(count + 1):
            t = j / count
            p, q, r, s = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
            yield p * a[0] + q * b[0] + r * c[0] + s * d[0], p * a[1] + q * b[1] + r * c[1] + s * d[1]
    if route.curve:
        yield from _line(route.curve[-1], route.end)


def _line(start: Point, end: Point) -> Iterator[Point]:
    count = max(1, int(math.dist(start, end) / STEP))
    for j in range(count + 1):
        yield start[0] + (end[0] - start[0]) * j / count, start[1] + (end[1] - start[1]) * j / count
