"""In every form the twins have the same things at the same places and every wire reversed; heads point along wires."""

import math
from itertools import pairwise

import numpy as np
import pytest

from inversa.viz.drawing.shapes import Circle, Part, Path, Rect

from ...random_networks import sample

FEW, ALL = 20, 200  # networks
CHORD, DEGREES = 2.0, 3.0  # pixels of a wire in front of its head, and how far the head may point elsewhere
NEAR = 0.05  # pixels
LARGER = 10.0  # pixels by which the radius of Σ is larger than that of the branching point that it is the dual of


def parts(form, view):
    return {part.name: part for part in form.shapes(view) if isinstance(part, Part)}


def wires(part):
    """The lines of a wire, two where it is cut, each with its head or None."""
    found = []
    for path in (shape for shape in part.shapes if isinstance(shape, Path)):
        if found and [len(segment) for segment in path.segments] == [1, 1]:
            found[-1] = found[-1][0], path
        else:
            found.append((path, None))
    return found


def tip(head):
    """Where an arrowhead points to, and the middle of its base."""
    (end,), (right,) = head.segments
    return end, tuple((a + b) / 2 for a, b in zip(head.start, right, strict=True))


def ends(part, backwards=False):
    """Where a wire begins and where its head points to; backwards the second piece of one that is cut comes first."""
    pieces = wires(part)[::-1] if backwards else wires(part)
    line, head = pieces[-1]
    return pieces[0][0].start, line.segments[-1][-1] if head is None else tip(head)[0]


def slant(line, head):
    """The angle in degrees between an arrowhead and the wire in front of it."""
    points = [line.start]
    for segment in line.segments:
        curve = [points[-1], *segment]
        points += [bezier(curve, t) for t in np.linspace(0, 1, 100)[1:]]
    end, base = tip(head)
    assert min(math.dist(points[-1], end), math.dist(points[-1], base)) < NEAR
    before = next((p for p in reversed(points) if math.dist(p, points[-1]) >= CHORD), points[0])
    a, b = (math.atan2(y1 - y0, x1 - x0) for (x0, y0), (x1, y1) in ((before, points[-1]), (base, end)))
    return abs((math.degrees(a - b) + 180) % 360 - 180)


def bezier(points, t):
    """De Casteljau's algorithm."""
    while len(points) > 1:
        points = [tuple(a + t * (b - a) for a, b in zip(p, q, strict=True)) for p, q in pairwise(points)]
    return points[0]


def middle(part):
    """Of the first shape of an element."""
    match next(shape for shape in part.shapes if isinstance(shape, Rect | Circle)):
        case Rect(x, y, width, height):
            return x + width / 2, y + height / 2
        case Circle(x, y):
            return x, y


def faults(form):
    """What is wrong with a form of a drawing."""
    twins = parts(form, "forward"), parts(form, "forward" if form.obstacle else "inverse")
    only = [name for name in twins[0] if name not in twins[1]]
    if only:
        yield f"{only} are in the forward view alone"
    for name, one in twins[0].items():
        other = twins[1].get(name, one)
        if one.kind == "arrow" and not form.obstacle:
            reach = NEAR + LARGER * ("b" in name)
            (a, b), (c, d) = ends(one), ends(other, backwards=True)
            headed = any(head is not None for _, head in wires(other))
            if headed and max(math.dist(a, d), math.dist(b, c)) > reach:
                yield f"{name} leads from {a} to {b}, and its dual from {c} to {d}"
            if not headed and min(math.dist(a, d) + math.dist(b, c), math.dist(a, c) + math.dist(b, d)) > 2 * reach:
                yield f"{name} lies between {a} and {b}, and what is kept of it between {c} and {d}"
        elif one.kind not in ("arrow", "label") and math.dist(middle(one), middle(other)) > NEAR:
            yield f"{name} lies at {middle(one)}, and its dual at {middle(other)}"
    for twin in twins:
        for part in twin.values():
            for line, head in wires(part) if part.kind == "arrow" else ():
                if head is not None and slant(line, head) > DEGREES:
                    yield f"the head of {part.name} points {slant(line, head):.1f}° away from it"


def every_fault(seeds):
    found, forms = [], 0
    for made in map(sample, seeds):
        for form in made.drawing.forms:
            forms += 1
            found += [f"{made.seed} ({made.kind}, {form.extent}): {fault}" for fault in faults(form)]
    assert forms >= 3 * len(seeds)
    return found


def test_twins_and_arrowheads():
    assert every_fault(range(FEW)) == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_many_twins_and_arrowheads(part):
    assert every_fault(range(FEW * part, FEW * part + FEW)) == []
