"""The TikZ writer: a drawing's shapes at the same places and in the same colours, for LaTeX.

Texts are set in LaTeX's own fonts, in the size of ours, and smaller where they would be wider than their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inversa.viz.drawing.composition import PIXEL, POINT, Composition
from inversa.viz.drawing.geometry import Point
from inversa.viz.drawing.shapes import Circle, Part, Path, Rect, Shape, Shapes, Text
from inversa.viz.lettering import theme
from inversa.viz.output.latex import LETTER, PREAMBLE, words

LETTERS = 10  # points; texts are set in this size and then scaled: LaTeX's small letters are drawn wider
MINUS = 0.31  # ems by which LaTeX's sign is wider than ours: a negative number is no smaller than a positive one
NEEDS = r"""% A picture for \input. The document needs \usepackage{tikz} and, with pdfLaTeX, \usepackage[T1]{fontenc}.
% One that is too wide: \resizebox{\linewidth}{!}{\input{...}}
"""
# Makes narrower what is wider than its place, and lower what is higher than a line: an index above one below.
FIT = r"""\providecommand\inversafit[2]{\resizebox*{!}{\ifdim\totalheight>10.3pt 10.3pt\else\totalheight\fi}{%
  \resizebox{\ifdim\width>#1 #1\else\width\fi}{!}{#2}}}
"""


def picture(composition: Composition, colours: str, paper: bool = True) -> str:
    """The views of a composition, each under its title, as a ``tikzpicture``; without ``paper`` on no background."""
    writer = Writer(PIXEL * composition.scale)
    lines: list[str] = []
    if composition.paper:
        lines.append(rf"\useasboundingbox (0,0) rectangle {_p(composition.size)};")
    if paper and not _is_white(colours):
        lines += writer.lines([Rect(0, 0, *composition.size, fill="paper")])
    for view, x, y, heading, head in composition.pages():
        lines += writer.shifted(heading, x, y)
        lines += writer.shifted(composition.drawing.shapes(view), x, y + head)
    if composition.panel is not None:
        lines += writer.shifted(composition.panel[0], *composition.panel_place)
    if composition.noted:
        lines += writer.shifted(composition.noted, 0.0, 0.0)
    return NEEDS + writer.picture(lines, colours).rstrip() + "%\n"  # else the end of the line is a space beside it


def document(composition: Composition, colours: str, paper: bool = True) -> str:
    """The picture as a document of its own."""
    border = "6pt" if _is_white(colours) and not composition.paper else "0pt"
    return (
        f"\\documentclass[border={border}]{{standalone}}\n{PREAMBLE}\\begin{{document}}\n"
        f"{picture(composition, colours, paper).removeprefix(NEEDS)}\\end{{document}}\n"
    )


def palette(colours: str) -> dict[str, str]:
    """The colours of a theme."""
    return theme.PALETTES["light" if colours == "auto" else colours]


def _is_white(colours: str) -> bool:
    return palette(colours)["paper"] == "#FFFFFF"


def definitions(code: str, colours: str) -> str:
    r"""The colours and commands that some code uses; within a picture they are its own."""
    used = "".join(
        f"\\definecolor{{inversa-{key}}}{{HTML}}{{{colour[1:]}}}\n"
        for key, colour in palette(colours).items()
        if re.search(rf"inversa-{key}\b(?!-)", code)
    )
    return used + FIT * (r"\inversafit" in code) + LETTER * (r"\inversaletter" in code)


@dataclass(frozen=True)
class Writer:
    """Writes shapes, as many centimetres to a pixel as ``scale`` says."""

    scale: float

    def picture(self, lines: Iterable[str], colours: str) -> str:
        """A picture of these lines, and of what they use."""
        code = "\n".join(lines)
        return f"\\begin{{tikzpicture}}[{self.options}]\n{definitions(code, colours)}{code}\n\\end{{tikzpicture}}\n"

    @property
    def options(self) -> str:
        """Those of the whole picture."""
        return f"x={self.scale:.6f}cm,y=-{self.scale:.6f}cm,every node/.style={{inner sep=0pt}}"

    def shifted(self, items: Shapes, x: float, y: float) -> Iterator[str]:
        """Parts and shapes at another place."""
        yield rf"\begin{{scope}}[shift={{({x:.2f},{y:.2f})}}]"
        yield from self.lines(items)
        yield r"\end{scope}"

    def lines(self, items: Shapes) -> Iterator[str]:
        """Parts and shapes, each in a line; no line for a text that shows nothing."""
        for item in items:
            if isinstance(item, Part):
                yield f"% {item.name}"
                yield from self.lines(item.shapes)
            elif not isinstance(item, Text) or words(item.text).strip("\\ "):
                yield self._shape(item)

    def _shape(self, item: Shape) -> str:
        match item:
            case Rect(x, y, width, height, radius):
                corners = f"rounded corners={self._cm(min(radius, width / 2, height / 2))}"
                return rf"\path[{self._look(item)},{corners}] {_p((x, y))} rectangle {_p((x + width, y + height))};"
            case Circle(x, y, radius):
                return rf"\path[{self._look(item)}] {_p((x, y))} circle[radius={self._cm(radius)}];"
            case Path(start, segments):
                way = _p(start)
                for segment in segments:
                    if len(segment) == 3:
                        way += f" .. controls {_p(segment[0])} and {_p(segment[1])} .. {_p(segment[2])}"
                    else:
                        way += f" -- {_p(segment[0])}"
                return rf"\path[{self._look(item)}] {way}{' -- cycle' if item.closed else ''};"
            case Text():
                return self._text(item)

    def _look(self, item: Rect | Circle | Path) -> str:
        options = [f"fill=inversa-{item.fill}"] if item.fill else []
        if item.stroke:
            options += [f"draw=inversa-{item.stroke}", f"line width={self.thickness(item.thickness)}"]
        if item.dash and item.stroke:
            on, off = (self._cm(float(x)) for x in item.dash.split())
            options.append(f"dash pattern=on {on} off {off}")
        return ",".join(options) or "draw=none"

    def thickness(self, pixels: float) -> str:
        """The thickness of a line."""
        return self._cm(pixels)

    def _text(self, item: Text) -> str:
        face = theme.STYLES[item.style].face
        font = {"sans-bold": r"\sffamily\bfseries\boldmath", "sans": r"\sffamily"}.get(face, r"\rmfamily\itshape")
        scale = self.scale * item.size / (LETTERS * POINT)
        anchor = {"start": "base west", "middle": "base", "end": "base east"}[item.anchor]
        place = _p((item.x, item.y + theme.FACES[face].middle * item.size))
        style = (
            rf"text=inversa-{item.colour},scale={scale:.4f},font={font}\fontsize{{{LETTERS}}}{{{LETTERS}}}\selectfont"
        )
        room = item.width + (MINUS * item.size if item.slot and item.text.startswith("−") else 0.0)
        held = rf"\inversafit{{{self._cm(room / scale)}}}{{{words(item.text)}}}"
        return rf"\node[anchor={anchor},{style}] at {place} {{{held}}};"

    def _cm(self, pixels: float) -> str:
        return f"{self.scale * pixels:.3f}cm"


def _p(point: Point) -> str:
    return f"({point[0]:.2f},{point[1]:.2f})"
