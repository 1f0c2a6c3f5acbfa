"""Chains in rows: a long row of boxes is wrapped like a line of text, and arrows between rows are cut in two."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from inversa.viz.cards.layout import Layout, Wiring
from inversa.viz.drawing.geometry import Point, Route, straight

STUB, DISC, BETWEEN = 26.0, 10.0, 26.0  # of a cut arrow; the radius of its letter; pixels between two rows


def is_chain(wiring: Wiring) -> bool:
    """Whether every box has one arrow to the next, and nothing else is there: only that can be wrapped."""
    ends = list(wiring.arrows.values())
    several = (
        max(Counter(tail for tail, _ in ends).values(), default=0),
        max(Counter(h for _, h in ends).values(), default=0),
    )
    return max(several) <= 1 and not wiring.groups and not wiring.beside


def in_rows(layout: Layout, wiring: Wiring, rows: int) -> Layout | None:
    """A chain wrapped into rows of equal length, an arrow to the next row cut in two; None for what is no chain."""
    if not 1 < rows <= len(layout.boxes) or not is_chain(wiring):
        return None
    order = sorted(layout.boxes, key=lambda n: layout.boxes[n])
    size = math.ceil(len(order) / rows)
    row = {n: i // size for i, n in enumerate(order)}
    room = STUB + 2 * DISC  # for the end of a cut arrow
    firsts = [order[i * size] for i in range(math.ceil(len(order) / size))]
    left = [layout.boxes[n][0] - wiring.boxes[n][0] / 2 - (room if i else 0.0) for i, n in enumerate(firsts)]

    def mover(n: int) -> Callable[[Point], Point]:
        return lambda point: (point[0] - left[row[n]], point[1] + row[n] * (layout.height + BETWEEN))

    boxes = {n: mover(n)(place) for n, place in layout.boxes.items()}
    arrows: dict[int, Route] = {}
    cuts: dict[int, tuple[Route, Route, str]] = {}
    for i, (tail, head) in wiring.arrows.items():
        route = layout.arrows[i].moved(mover(tail))
        arrows[i] = route
        if row[tail] != row[head]:
            (x0, y0), (x1, y1) = route.start, layout.arrows[i].moved(mover(head)).end
            letter = "abcdefghijklmnopqrstuvwxyz"[len(cuts) % 26]
            stubs = straight((x0, y0), (x0 + STUB, y0), None), straight((x1 - STUB, y1), (x1, y1), None)
            cuts[i] = (*stubs, letter)
            arrows[i] = route._replace(label=None)
    width = max(x + wiring.boxes[n][0] / 2 + (room if row[n] < len(left) - 1 else 0.0) for n, (x, _) in boxes.items())
    height = len(left) * (layout.height + BETWEEN) - BETWEEN
    return replace(layout, width=width, height=height, boxes=boxes, arrows=arrows, cuts=cuts)
