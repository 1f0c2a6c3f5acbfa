r"""A run as slides for Beamer: a frame for each direction, whose overlays add one step after another.

The network and its inverse stand at the same places, as large as the longest text of a step leaves room. What is to
come is faint, and its numbers are not on the page at all: nobody can read them early, and no screen reader does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, zip_longest

from inversa.viz import measure
from inversa.viz.cards import VIEWS, View
from inversa.viz.drawing import Drawing
from inversa.viz.formula import plain
from inversa.viz.frames import FAINT, STRONG
from inversa.viz.latex import PREAMBLE, latex, words
from inversa.viz.shapes import Part, Path, Shape, Text
from inversa.viz.steps import Step
from inversa.viz.tikz import POINT, Writer, definitions, palette

# In centimetres, on Beamer's slides of 16 × 9:
WIDTH, HEIGHT = 15.2, 7.8  # of what is below the slide's title, without margins
COLUMN = 5.4  # width of a text beside a drawing
LINE = 0.58  # height of a line of text
GAP = 0.3  # between the drawing and the text
LARGEST = 0.03  # a pixel of the drawing
LETTERS = 10.0  # size of the text, in points

STYLES = rf"""\usefonttheme[onlymath]{{serif}}
\setbeamertemplate{{navigation symbols}}{{}}
\setbeamersize{{text margin left=4mm,text margin right=4mm}}
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
    def scale(self) -> tuple[float, bool]:
        """How large a pixel of the drawing is, and whether the text stands beside it: where it can be larger so."""
        width, height = self.drawing.extent
        below = min(LARGEST, WIDTH / width, (HEIGHT - GAP - self._text_height(WIDTH)) / height)
        beside = min(LARGEST, (WIDTH - GAP - COLUMN) / width, HEIGHT / height)
        return max((below, False), (beside, True), key=lambda found: found[0])

    def _frame(self, view: View) -> str:
        scale, beside = self.scale
        height = scale * self.drawing.extent[1]
        picture = "\n".join(self._picture(view))
        room = (COLUMN, HEIGHT) if beside else (WIDTH, HEIGHT - GAP - height)
        texts = "".join(
            rf"\only<{i}>{{\inversatext{{{room[0]:.2f}cm}}{{{room[1]:.2f}cm}}{{{self._text(step)}}}}}" + "%\n"
            for i, step in enumerate(self._steps(view), start=1)
        )
        if beside:
            body = (
                f"\\begin{{minipage}}[t]{{{WIDTH - GAP - COLUMN:.2f}cm}}\\vspace{{0pt}}\\centering\n{picture}"
                f"\\end{{minipage}}\\hfill\n\\begin{{minipage}}[t]{{{COLUMN}cm}}\\vspace{{0pt}}\n{texts}\\end{{minipage}}\n"
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
        scale, _ = self.scale
        writer = _Writer(scale)
        steps = self._steps(view)
        width, height = self.drawing.extent
        yield rf"\inversaline={scale:.5f}cm"
        yield rf"\begin{{tikzpicture}}[{writer.options}]"
        yield rf"\path[use as bounding box] (0,0) rectangle ({width:.2f},{height:.2f});"
        for item in self.drawing.drawn(view):
            if not isinstance(item, Part):
                yield from writer.drawn([item])
                continue
            now = [i for i, step in enumerate(steps, start=1) if item.name in step.parts]
            yield from _appearing(item, now, view, len(steps), writer)
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
    options = [f"onslide=<-{first - 1}>{{later}}"] if now and first > 1 else []
    options += [f"onslide=<{','.join(map(str, now))}>{{now}}"] if now else []
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


def _is_gradient(shape: Shape) -> bool:
    """Whether it is a number that only the inverse network brings."""
    return isinstance(shape, Text) and shape.slot.lstrip("|").startswith("d")


def _length(step: Step) -> float:
    """About how long the formulas of a step are in one line, in centimetres."""
    formulas = list(chain(step.equations, step.numbers))
    return POINT * sum(measure.width(plain(formula) + "      ", "sans", LETTERS) for formula in formulas)
