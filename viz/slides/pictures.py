"""Pictures on slides: a network and its inverse in one frame, so that one takes the place of the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import NamedTuple

from inversa.viz.lettering import theme
from inversa.viz.output.svg import n

_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_VIEW = re.compile(r'^<g class="(\w+)" transform="translate\(([\d.]+) ([\d.]+)\)">\n', re.MULTILINE)
_DRAWING = re.compile(r'^<g transform="translate\(0 ([\d.]+)\)">', re.MULTILINE)
_NAME = re.compile(r'<svg[^>]* id="([\w-]+)"')
_DESCRIPTION = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)


class View(NamedTuple):
    """One view of a picture: its shapes, where they begin, and where the drawing begins below the heading."""

    name: str  # "forward" or "inverse"
    shapes: str
    x: float
    y: float
    head: float


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
    """

    views: Sequence[View]
    width: float
    height: float
    description: str

    def svg(self, shown: Sequence[int] | None = None, attributes: Sequence[str] = ("", "")) -> str:
        """The views one upon the other, or some of them; each with attributes of its own."""
        first = self.views[0]
        layers = [
            f"<g{attributes[i]}><g transform="
            f'"translate({n(first.x)} {n(first.y + first.head - view.head)})">\n{view.shapes}</g></g>'
            for i, view in enumerate(self.views)
            if shown is None or i in shown
        ]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{n(self.width)}" height="{n(self.height)}" '
            f'viewBox="0 0 {n(self.width)} {n(self.height)}" text-rendering="geometricPrecision" '
            f'font-family="{theme.FACES["sans"].families}">\n' + "\n".join(layers) + "\n</svg>"
        )


def picture(svg: str) -> Picture:
    """A picture from an SVG document of ours, without the table of rules below it."""
    size, found = _SIZE.search(svg), list(_VIEW.finditer(svg))
    if size is None or not found:
        raise ValueError("this SVG is no picture of a network")
    ends = [*(match.start() for match in found[1:]), svg.rindex("</svg>")]
    parts = {}
    for match, end in zip(found, ends, strict=True):
        shapes = svg[match.end() : end].rstrip().removesuffix("</g>")
        drawing = _DRAWING.search(shapes)
        parts[match[1]] = View(match[1], shapes, float(match[2]), float(match[3]), float(drawing[1]) if drawing else 0)
    rules = parts.pop("rules", None)
    views = list(parts.values())
    width, height = float(size[1]), rules.y if rules else float(size[2])
    if len(views) > 1:
        width = views[1].x - views[0].x or width
        height = views[1].y - views[0].y or height
    description = _DESCRIPTION.search(svg)
    return Picture(views, width, height, unescape(description[1]) if description else "")


def together(first: Picture, second: Picture) -> Picture:
    """The first view of one picture and the last of another, of the same things, as one picture that flips."""
    return Picture(
        [first.views[0], second.views[-1]],
        max(first.width, second.width),
        max(first.height, second.height),
        f"{first.description} {second.description}",
    )
