r"""A run as slides for Beamer: a frame for each direction, whose overlays add one step after another.

The network and its inverse stand at the same places, in the form whose letters are the largest beside or above the
longest text of a step. What is to come is faint, and its numbers are not on the page at all: they cannot be read
early, and no screen reader does.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product, zip_longest
from typing import NamedTuple

from inversa.viz.drawing.composition import POINT
from inversa.viz.drawing.interfaces import Drawing, Step
from inversa.viz.drawing.shapes import Part, Path, Shape, Text
from inversa.viz.lettering import measure, theme
from inversa.viz.lettering.formula import Partial, spelled
from inversa.viz.lettering.spans import VIEWS, View
from inversa.viz.output.films import FAINT, STRONG
from inversa.viz.output.latex import PREAMBLE, latex, words
from inversa.viz.output.tikz import Writer, definitions, palette
from inversa.viz.picture import slots

# In centimetres, on Beamer's slides of 16 × 9:
WIDTH, HEIGHT = 15.6, 7.7  # of what is below the slide's title, without margins
TITLE = 15.0  # width of the title, which has one line
COLUMN = 5.4  # the least width of a text beside a drawing
GAP = 0.3  # between the drawing and the text
LARGEST = 0.03  # a pixel of the drawing
LETTERS = 10.0, 8.0  # points of the text: smaller where that leaves the drawing more room
LINE = 0.062  # height of a line of text, for a point of its letters
# Points of the drawing's numbers: with so many no other form is looked for, and with less than so many they are small.
GOOD_LETTERS, MIN_LETTERS = 6.0, 4.0

STYLES = rf"""\usefonttheme[onlymath]{{serif}}
\setbeamertemplate{{navigation symbols}}{{}}
\setbeamersize{{text margin left=2mm,text margin right=2mm}}
\setbeamerfont{{frametitle}}{{size=\normalsize}}
\setbeamercolor{{background canvas}}{{bg=inversa-paper}}
\setbeamercolor{{normal text}}{{fg=inversa-ink}}
\newdimen\inversaline
\tikzset{{onslide/.code args={{<#1>#2}}{{\only<#1>{{\pgfkeysalso{{#2}}}}}},
  later/.style={{opacity={FAINT}}}, now/.code={{\inversaline={STRONG}\inversaline}}}}
\newcommand\inversatext[3]{{\sbox0{{\begin{{minipage}}[t]{{#1}}\raggedright#3\end{{minipage}}}}%
  \ifdim\dimexpr\ht0+\dp0>#2\relax\resizebox*{{!}}{{#2}}{{\usebox0}}\else\usebox0\fi}}
"""


def slides(drawing: Drawing, steps: Sequence[Step], colours: str) -> str:
    """A run as Beamer slides."""
    run = _Slides(drawing, steps)
    points = run.layout.points
    if points < MIN_LETTERS:
        warnings.warn(
            f"the numbers on these slides have {points:.1f} points only: draw less of it, with detail='layer', or a "
            "smaller network",
            stacklevel=5,  # who called `render`
        )
    return run.document(colours)


@dataclass(frozen=True)
class _Writer(Writer):
    def thickness(self, pixels: float) -> str:
        return rf"{pixels:g}\inversaline"  # thicker in the step that a part belongs to


class _Layout(NamedTuple):
    drawing: Drawing  # in the form that is shown
    scale: float  # centimetres to a pixel of the drawing
    letters: float  # size of the text, in points
    column: float = 0.0  # width of the text that stands beside the drawing, and not below it

    @property
    def points(self) -> float:
        """The size of the drawing's numbers."""
        return self.scale * theme.STYLES["number"].size / POINT


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

    @cached_property
    def layout(self) -> _Layout:
        """Of all ways to lay a slide out the first whose numbers are large enough, or the one with the largest."""
        layouts = [
            layout
            for letters, form in product(LETTERS, self._forms())
            for layout in (self._below(form, letters), self._beside(form, letters))
        ]
        return max(layouts, key=lambda layout: min(layout.points, GOOD_LETTERS))

    def _forms(self) -> list[Drawing]:
        """The forms in which no number is missing."""
        numbers = _numbers(self.drawing)
        return [form for form in self.drawing.forms if _numbers(form) >= numbers]

    def _below(self, form: Drawing, letters: float) -> _Layout:
        """The text below the drawing."""
        length = max(_length(step) for step in self.steps) * letters
        text = LINE * letters * (1 + math.ceil(length / WIDTH))
        width, height = form.extent
        return _Layout(form, min(LARGEST, WIDTH / width, (HEIGHT - GAP - min(text, HEIGHT / 2)) / height), letters)

    def _beside(self, form: Drawing, letters: float) -> _Layout:
        """The text on the right of the drawing, in what that leaves of the slide."""
        width, height = form.extent
        scale = min(LARGEST, (WIDTH - GAP - COLUMN) / width, HEIGHT / height)
        return _Layout(form, scale, letters, WIDTH - GAP - scale * width)

    def _frame(self, view: View) -> str:
        drawing, scale, letters, column = self.layout
        picture = "\n".join(self._picture(view))
        width, height = (scale * length for length in drawing.extent)
        room = (column, HEIGHT) if column else (WIDTH, HEIGHT - GAP - height)
        texts = f"\\fontsize{{{letters:g}}}{{{1.2 * letters:g}}}\\selectfont\n" + "".join(
            rf"\only<{i}>{{\inversatext{{{room[0]:.2f}cm}}{{{room[1]:.2f}cm}}{{{self._text(step)}}}}}" + "%\n"
            for i, step in enumerate(self._steps(view), start=1)
        )
        if column:
            body = (
                f"\\begin{{minipage}}[t]{{{width:.2f}cm}}\\vspace{{0pt}}\n{picture}\n\\end{{minipage}}\\hfill\n"
                f"\\begin{{minipage}}[t]{{{column:.2f}cm}}\\vspace{{0pt}}\n{texts}\\end{{minipage}}\n"
            )
        else:
            body = f"{{\\centering\n{picture}\\par}}\\vspace{{{GAP}cm}}\n{texts}"
        colour = rf"\setbeamercolor{{frametitle}}{{fg=inversa-{view}}}"
        title = words(drawing.heading(view)[0])
        if title.strip("\\ "):
            title = rf"\inversafit{{{TITLE}cm}}{{{title}}}"
        # The title is no argument of the frame: a picture that begins with a brace would be the next, the subtitle.
        return f"{colour}\n\\begin{{frame}}[t]\n\\frametitle{{{title}}}\n{body}\\end{{frame}}\n"

    def _steps(self, view: View) -> list[Step]:
        return [step for step in self.steps if step.view == view]

    # What it shows.

    def _picture(self, view: View) -> Iterator[str]:
        """A drawing whose parts are faint until their step."""
        drawing, scale, *_ = self.layout
        writer, steps = _Writer(scale), self._steps(view)
        yield rf"\inversaline={scale:.5f}cm"
        yield rf"\begin{{tikzpicture}}[{writer.options}]"
        width, height = drawing.extent
        yield rf"\path[use as bounding box] (0,0) rectangle ({width:.2f},{height:.2f});"
        for item in drawing.shapes(view):
            part = item if isinstance(item, Part) else Part("", "", "", (item,))
            now = [i for i, step in enumerate(steps, start=1) if part.name in step.parts]
            yield from _appearing(part, now, view, len(steps), writer)
        yield r"\end{tikzpicture}"

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
        code = "".join(writer.lines([shape]))
        if not code:
            continue
        if not isinstance(shape, Text | Path) or not shape.slot or first == 1:
            yield code
        else:
            if isinstance(shape, Path):  # how thick it is would tell the number
                yield rf"\only<-{first - 1}>{{{''.join(writer.lines([shape._replace(thickness=1.0, dash='')]))}}}"
            yield rf"\only<{first}->{{{code}}}"
    yield r"\end{scope}"


def _numbers(drawing: Drawing) -> set[tuple[View, str]]:
    """Which numbers are shown, but for local derivatives: those of cut arrows are not."""
    return {
        (view, shape.slot)
        for view in VIEWS
        for item in drawing.shapes(view)
        for shape in (item.shapes if isinstance(item, Part) else (item,))
        if isinstance(shape, Text) and shape.slot and not slots.is_gain(shape.slot)
    }


def _is_gradient(shape: Shape) -> bool:
    """Whether it says ∂J/∂w in a forward drawing: in a run only the inverse network brings it."""
    return isinstance(shape, Text) and shape.style in ("partial", "gradient")


def _length(step: Step) -> float:
    """About how long the formulas of a step are in one line, in centimetres for a point of its letters."""
    texts = [
        term.to if isinstance(term, Partial) else spelled(term, "inside")  # a fraction, in small letters
        for formula in chain(step.equations, step.numbers)
        for term in (*formula, " " * 6)
    ]
    return POINT * sum(measure.width(text, "sans", 1.0) for text in texts)
