r"""A run as slides for Beamer: a frame for each direction, whose overlays add one step after another.

The network and its inverse stand at the same places, as large as the longest text of a step leaves room. What is to
come is faint, and its numbers are not on the page at all: nobody can read them early, and no screen reader does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, pairwise, zip_longest
from typing import NamedTuple

from inversa.viz import measure
from inversa.viz.cards import VIEWS, View
from inversa.viz.drawing import Drawing
from inversa.viz.formula import Partial, spelled
from inversa.viz.frames import FAINT, STRONG
from inversa.viz.latex import PREAMBLE, latex, words
from inversa.viz.shapes import Circle, Part, Path, Rect, Shape, Text
from inversa.viz.steps import Step
from inversa.viz.tikz import POINT, Writer, definitions, palette

# In centimetres, on Beamer's slides of 16 × 9:
WIDTH, HEIGHT = 15.4, 7.2  # of what is below the slide's title, without margins
COLUMN = 5.4  # width of a text beside a drawing
LINE = 0.62  # height of a line of text
GAP = 0.3  # between the drawing and the text
LARGEST = 0.03  # a pixel of the drawing
MOST_ROWS, WORTH = 4, 1.2  # of a drawing that is long and low; and by how much its letters must grow with another row
LETTERS = 10.0  # size of the text, in points
BETWEEN = 24.0  # rows, in pixels of the drawing

STYLES = rf"""\usefonttheme[onlymath]{{serif}}
\setbeamertemplate{{navigation symbols}}{{}}
\setbeamersize{{text margin left=3mm,text margin right=3mm}}
\setbeamerfont{{frametitle}}{{size=\normalsize}}
\setbeamercolor{{background canvas}}{{bg=inversa-paper}}
\setbeamercolor{{normal text}}{{fg=inversa-ink}}
\newdimen\inversaline
\tikzset{{onslide/.code args={{<#1>#2}}{{\only<#1>{{\pgfkeysalso{{#2}}}}}},
  later/.style={{opacity={FAINT}}}, now/.code={{\inversaline={STRONG}\inversaline}}}}
\newcommand\inversatext[3]{{\sbox0{{\begin{{minipage}}[t]{{#1}}\small\raggedright#3\end{{minipage}}}}%
  \ifdim\dimexpr\ht0+\dp0>#2\relax\resizebox*{{!}}{{#2}}{{\usebox0}}\else\usebox0\fi}}
"""


def slides(drawing: Drawing, steps: Sequence[Step], colours: str) -> str:
    """A run as Beamer slides."""
    return _Slides(drawing, steps).document(colours)


@dataclass(frozen=True)
class _Writer(Writer):
    def thickness(self, pixels: float) -> str:
        return rf"{pixels:g}\inversaline"  # thicker in the step that a part belongs to


class Row(NamedTuple):
    """From where to where a drawing stands in one row."""

    left: float
    right: float


class _Layout(NamedTuple):
    scale: float  # centimetres to a pixel of the drawing
    rows: tuple[Row, ...]
    column: float = 0.0  # width of the text that stands beside the drawing, and not below it


@dataclass(frozen=True)
class _Slides:
    drawing: Drawing
    steps: Sequence[Step]

    def document(self, colours: str) -> str:
        frames = "".join(self._frame(view) for view in VIEWS if any(step.view == view for step in self.steps))
        used = definitions(frames + STYLES + "".join(f"inversa-{key}" for key in palette(colours)), colours)
        head = f"\\documentclass[aspectratio=169]{{beamer}}\n{PREAMBLE}{used}{STYLES}"
        return f"{head}\\begin{{document}}\n{frames}\\end{{document}}\n"

    # Where everything stands.

    def _text_height(self, width: float) -> float:
        """The height of the longest text, in a column of some width."""
        return max(LINE * (1 + math.ceil(_length(step) / width)) for step in self.steps)

    @cached_property
    def layout(self) -> _Layout:
        """Of the ways to lay a slide out the one with the largest letters; the plainest, if another gains little."""
        width, height = self.drawing.extent
        beside = min(LARGEST, (WIDTH - GAP - COLUMN) / width, HEIGHT / height)
        found = [_Layout(beside, (Row(0.0, width),), COLUMN)]
        room = HEIGHT - GAP - self._text_height(WIDTH)
        for count in range(MOST_ROWS, 0, -1):
            rows = self._rows(count)
            longest = max(row.right - row.left for row in rows)
            scale = min(LARGEST, WIDTH / longest, room / (len(rows) * (height + BETWEEN) - BETWEEN))
            found.append(_Layout(scale, rows))
        best = max(layout.scale for layout in found)
        return next(layout for layout in reversed(found) if layout.scale * WORTH >= best)

    def _rows(self, count: int) -> tuple[Row, ...]:
        """The drawing cut into rows of about the same length, where there are only wires."""
        width = self.drawing.extent[0]
        chosen = {min(self._gaps, key=lambda x: abs(x - width * i / count)) for i in range(1, count) if self._gaps}
        return tuple(Row(*ends) for ends in pairwise([0.0, *sorted(chosen), width]))

    @cached_property
    def _gaps(self) -> list[float]:
        """Where one can cut: the middles between columns that nothing but wires and frames connects."""
        taken = sorted(
            _reach(shape)
            for view in VIEWS
            for item in self.drawing.drawn(view)
            if not isinstance(item, Part) or item.kind != "frame"
            for shape in (item.shapes if isinstance(item, Part) else (item,))
            if not isinstance(shape, Path) or shape.closed
        )
        ends = accumulate((right for _, right in taken), max)
        return [(end + left) / 2 for end, (left, _) in zip(ends, taken[1:], strict=False) if left > end]

    def _frame(self, view: View) -> str:
        layout = self.layout
        picture = "\n".join(self._picture(view))
        height = layout.scale * (len(layout.rows) * (self.drawing.extent[1] + BETWEEN) - BETWEEN)
        room = (layout.column, HEIGHT) if layout.column else (WIDTH, HEIGHT - GAP - height)
        texts = "".join(
            rf"\only<{i}>{{\inversatext{{{room[0]:.2f}cm}}{{{room[1]:.2f}cm}}{{{self._text(step)}}}}}" + "%\n"
            for i, step in enumerate(self._steps(view), start=1)
        )
        if layout.column:
            body = (
                f"\\begin{{minipage}}[t]{{{WIDTH - GAP - COLUMN:.2f}cm}}\\vspace{{0pt}}\\centering\n{picture}\n"
                f"\\end{{minipage}}\\hfill\n\\begin{{minipage}}[t]{{{COLUMN}cm}}\\vspace{{0pt}}\n{texts}"
                "\\end{minipage}\n"
            )
        else:
            body = f"{{\\centering\n{picture}\\par}}\\vspace{{{GAP}cm}}\n{texts}"
        colour = rf"\setbeamercolor{{frametitle}}{{fg=inversa-{view}}}"
        return f"{colour}\n\\begin{{frame}}[t]{{{words(self.drawing.heading(view)[0])}}}\n{body}\\end{{frame}}\n"

    def _steps(self, view: View) -> list[Step]:
        return [step for step in self.steps if step.view == view]

    # What it shows.

    def _picture(self, view: View) -> Iterator[str]:
        """A drawing whose parts are faint until their step."""
        scale, rows, _ = self.layout
        height = self.drawing.extent[1]
        writer = _Writer(scale)
        yield rf"\inversaline={scale:.5f}cm"
        yield rf"\begin{{tikzpicture}}[{writer.options}]"
        longest = max(row.right - row.left for row in rows)
        lowest = len(rows) * (height + BETWEEN) - BETWEEN
        yield rf"\path[use as bounding box] (0,0) rectangle ({longest:.2f},{lowest:.2f});"
        for i, row in enumerate(rows):
            yield rf"\begin{{scope}}[shift={{({-row.left:.2f},{i * (height + BETWEEN):.2f})}}]"
            if len(rows) > 1:
                air = BETWEEN / 2
                left, right = (row.left - air * (i == 0), row.right + air * (i + 1 == len(rows)))
                yield rf"\clip ({left:.2f},{-air}) rectangle ({right:.2f},{height + air:.2f});"
            yield from self._row(view, row, writer)
            yield r"\end{scope}"
        yield r"\end{tikzpicture}"

    def _row(self, view: View, row: Row, writer: Writer) -> Iterator[str]:
        steps = self._steps(view)
        for item in self.drawing.drawn(view):
            part = item if isinstance(item, Part) else Part("", "", "", (item,))
            part = part._replace(shapes=tuple(shape for shape in part.shapes if _is_in(shape, row)))
            now = [i for i, step in enumerate(steps, start=1) if part.name in step.parts]
            if part.shapes:
                yield from _appearing(part, now, view, len(steps), writer)

    def _text(self, step: Step) -> str:
        mark = f"{step.rule.mark} " if step.rule else ""
        count = f"{self.steps.index(step) + 1}/{len(self.steps)}"
        title = rf"\textbf{{{words(mark + step.title)}}}\hfill\textcolor{{inversa-muted}}{{{count}}}\par"
        pairs = zip_longest(step.equations, step.numbers, fillvalue=())
        shown = [r"\quad ".join(f"${latex(formula)}$" for formula in pair if formula) for pair in pairs]
        return "\n".join([title, "\\hskip2em plus1em\n".join(shown)])


def _appearing(item: Part, now: Sequence[int], view: View, last: int, writer: Writer) -> Iterator[str]:
    """A part, thicker in its steps, faint and without its numbers before the first of them.

    A part of no step is there from the beginning, and its numbers at the end.
    """
    first = now[0] if now else last
    options = [f"onslide={{<-{first - 1}>{{later}}}}"] if now and first > 1 else []
    options += [f"onslide={{<{','.join(map(str, now))}>{{now}}}}"] if now else []  # braces, for the commas in it
    yield rf"\begin{{scope}}[{','.join(options)}]% {item.name}"
    for shape in item.shapes:
        if view == "forward" and _is_gradient(shape):
            continue
        code = "".join(writer.drawn([shape]))
        if not isinstance(shape, Text | Path) or not shape.slot or first == 1:
            yield code
        else:
            if isinstance(shape, Path):  # how thick it is would tell the number
                yield rf"\only<-{first - 1}>{{{''.join(writer.drawn([shape._replace(thickness=1.0, dash='')]))}}}"
            yield rf"\only<{first}->{{{code}}}"
    yield r"\end{scope}"


def _reach(shape: Shape) -> Row:
    match shape:
        case Rect(x=left, width=width) | Text(left=left, width=width):
            return Row(left, left + width)
        case Circle(x, _, radius):
            return Row(x - radius, x + radius)
        case Path(start, segments):
            found = [start[0], *(x for segment in segments for x, _ in segment)]
            return Row(min(found), max(found))


def _is_in(shape: Shape, row: Row) -> bool:
    left, right = _reach(shape)
    return left < row.right and right > row.left


def _is_gradient(shape: Shape) -> bool:
    """Whether it says ∂J/∂w in a forward drawing: in a run only the inverse network brings it."""
    return isinstance(shape, Text) and shape.style in ("partial", "gradient")


def _length(step: Step) -> float:
    """About how long the formulas of a step are in one line, in centimetres."""
    texts = [
        term.to if isinstance(term, Partial) else spelled(term, "inside")  # a fraction, in small letters
        for formula in chain(step.equations, step.numbers)
        for term in (*formula, " " * 6)
    ]
    return POINT * sum(measure.width(text, "sans", LETTERS) for text in texts)
