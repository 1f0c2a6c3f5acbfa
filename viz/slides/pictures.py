"""Pictures on slides: a network and its inverse in one frame, so that one takes the place of the other.

A slide is read from the last row. So the small print below the title of a picture goes into the notes, and of a picture
that is too high for its letters there are close-ups.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import pairwise
from typing import NamedTuple, Self

from inversa.viz.lettering import theme
from inversa.viz.output.svg import n

_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_VIEW = re.compile(r'^<g class="(\w+)" transform="translate\(([\d.]+) ([\d.]+)\)">\n', re.MULTILINE)
_DRAWING = re.compile(r'^<g transform="translate\(0 ([\d.]+)\)">', re.MULTILINE)
_NAME = re.compile(r'<svg[^>]* id="([\w-]+)"')
_SMALL_PRINT = re.compile(r'^<text class="f-muted [^>]*>([^<]*)</text>\n', re.MULTILINE)
_SHAPE = re.compile(r"<(text|rect|circle) [^>]*")
_MEASURE = re.compile(r' (y|cy|r|height|font-size)="(-?[\d.]+)"')
_ID = re.compile(r' id="[^"]*"')
_FRAME = re.compile(r'<rect class="f-group [^>]*>')
TIGHT = 0.92  # of the room that a close-up may need, so that there is some choice of where it is cut
MARGIN = 4.0  # pixels between what a close-up shows and its edge; lines of one label are nearer to each other
HEAD = 32.0  # pixels of a heading without its small print
_DESCRIPTION = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)


class View(NamedTuple):
    """One view of a picture: its shapes, where they begin, and where the drawing begins below the heading."""

    name: str  # "forward" or "inverse"
    shapes: str
    x: float
    y: float
    head: float

    @property
    def extents(self) -> Iterator[tuple[float, float, float]]:
        """Where every text and shape begins and ends, from the drawing's beginning down; and a text's size."""
        for shape in _SHAPE.finditer(_FRAME.sub("", self.shapes[self.shapes.index(_opened(self.head)) :])):
            found: dict[str, str] = dict(_MEASURE.findall(shape[0]))
            size, radius = float(found.get("font-size", 0)), float(found.get("r", 0))
            begin = float(found.get("y", found.get("cy", 0))) - size - radius
            yield begin, begin + size + 2 * radius + float(found.get("height", 0)) + size / 4, size


@dataclass(frozen=True)
class Picture:
    """Views in a frame of one size.

    Attributes
    ----------
    views : sequence of View
    width, height : float
        Of the frame.
    description : str
        For those who do not see it.
    legend : sequence of str
        What stood in small print below the titles.
    top : float
        Where the frame begins: not at 0 in a close-up.
    close : bool
        Whether it is a close-up.
    """

    views: Sequence[View]
    width: float
    height: float
    description: str
    legend: Sequence[str] = ()
    top: float = 0.0
    close: bool = False

    @property
    def smallest(self) -> float:
        """The size of its smallest letters."""
        return min((size for view in self.views for *_, size in view.extents if size), default=math.inf)

    def parts(self, highest: float) -> list[Self]:
        """Close-ups from the top to the bottom, each at most so high.

        They are cut apart where nothing is cut, if there are such places. Otherwise they overlap.
        """
        number = math.ceil(self.height / (TIGHT * highest)) if self.height > highest else 1
        step = self.height / number
        cuts = [self._gap(k * step, (highest - step) / 2) for k in range(1, number)]
        windows = list(pairwise([0.0, *cuts, self.height]))
        if not all(cuts):
            starts = (k * (self.height - highest) / (number - 1) for k in range(number))
            windows = [(start, start + highest) for start in starts]
        return [replace(self, top=top, height=end - top, close=True) for top, end in windows]

    def _gap(self, y: float, reach: float) -> float:
        """Where, not far from y, no text and no shape is cut in any view; 0 for nowhere."""
        start = self.views[0].y + self.views[0].head
        extents = [(begin + start, end + start) for view in self.views for begin, end, _ in view.extents]
        for k in range(int(reach)):
            for place in (y - k, y + k):
                if not any(begin - MARGIN < place < end + MARGIN for begin, end in extents):
                    return place
        return 0.0

    def svg(self, shown: Sequence[int] | None = None, attributes: Sequence[str] = ("", "")) -> str:
        """The views one upon the other, or some of them; each with attributes of its own."""
        first = self.views[0]
        layers = [
            f"<g{attributes[i]}><g transform="
            f'"translate({n(first.x)} {n(first.y + first.head - view.head)})">\n{view.shapes}</g></g>'
            for i, view in enumerate(self.views)
            if shown is None or i in shown
        ]
        size = f'width="{n(self.width)}" height="{n(self.height)}" viewBox="0 '
        drawn = "\n".join(layers)
        if self.close:  # an inner frame lets nothing be seen beside it; ids are those of the whole picture
            drawn = _ID.sub("", drawn)
            drawn = f'<svg {size}{n(self.top)} {n(self.width)} {n(self.height)}">\n{drawn}\n</svg>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}0 {n(self.width)} {n(self.height)}" '
            f'text-rendering="geometricPrecision" font-family="{theme.FACES["sans"].families}">\n{drawn}\n</svg>'
        )


def picture(svg: str) -> Picture:
    """A picture from an SVG document of ours, without the table of rules below it."""
    size, found = _SIZE.search(svg), list(_VIEW.finditer(svg))
    if size is None or not found:
        raise ValueError("this SVG is no picture of a network")
    ends = [*(match.start() for match in found[1:]), svg.rindex("</svg>")]
    parts, legend, saved = {}, [], 0.0
    for match, end in zip(found, ends, strict=True):
        shapes = svg[match.end() : end].rstrip().removesuffix("</g>")
        drawing = _DRAWING.search(shapes)
        head = float(drawing[1]) if drawing else 0.0
        if drawing and match[1] != "rules":
            heading = shapes[: drawing.start()]
            legend += [unescape(" ".join(_SMALL_PRINT.findall(heading)))]
            shapes = _SMALL_PRINT.sub("", heading) + _opened(HEAD) + shapes[drawing.end() :]
            saved = saved or head - HEAD  # the first view's, whose height is the frame's
            head = HEAD
        parts[match[1]] = View(match[1], shapes, float(match[2]), float(match[3]), head)
    rules = parts.pop("rules", None)
    views = list(parts.values())
    width, height = float(size[1]), rules.y if rules else float(size[2])
    if len(views) > 1:
        width = views[1].x - views[0].x or width
        height = views[1].y - views[0].y or height
    description = _DESCRIPTION.search(svg)
    return Picture(views, width, height - saved, unescape(description[1]) if description else "", legend)


def _opened(head: float) -> str:
    """How a drawing begins, below its heading."""
    return f'<g transform="translate(0 {n(head)})">'


def together(first: Picture, second: Picture) -> Picture:
    """The first view of one picture and the last of another, of the same things, as one picture that flips."""
    return Picture(
        [first.views[0], second.views[-1]],
        max(first.width, second.width),
        max(first.height, second.height),
        f"{first.description} {second.description}",
        [*first.legend, *second.legend],
    )
