"""Geometry: points, sizes, and the ways of arrows, in pixels, y downwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Point = tuple[float, float]
Size = tuple[float, float]


class Route(NamedTuple):
    """An arrow's way: its two ends, a cubic Bézier curve between them or none, and where its label is centred."""

    start: Point
    curve: tuple[Point, ...]
    end: Point
    label: Point | None

    def moved(self, move: Callable[[Point], Point]) -> Route:
        """The same with every point moved."""
        label = None if self.label is None else move(self.label)
        return Route(move(self.start), tuple(map(move, self.curve)), move(self.end), label)


def straight(start: Point, end: Point, label: Point | None) -> Route:
    """The straight way between two points."""
    return Route(start, (), end, label)
