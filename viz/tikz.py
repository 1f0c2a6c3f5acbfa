"""The TikZ writer: a drawing's shapes at the same places and in the same colours, for LaTeX; and a run for Beamer.

Texts are set in LaTeX's own fonts, in the size of ours, and made narrower where they would be wider than their place.
A letter that LaTeX's usual fonts do not have, an emoji or one of another script, becomes a box.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from inversa.viz import theme
from inversa.viz.cards import VIEWS, View
from inversa.viz.drawing import Drawing
from inversa.viz.formula import COMMANDS, DIGITS, HIGH, LOW, latex
from inversa.viz.layout import Point
from inversa.viz.shapes import Circle, Part, Path, Rect, Shape, Text
from inversa.viz.steps import Step

SCALE = 0.02  # centimetres to a pixel of the drawing
WIDE = 2.8  # as many times as high, and wider, fills a slide's width rather than the height that its text leaves
_SIGNS = {  # in text; all others are as in mathematics
    "①": r"\textcircled{1}", "②": r"\textcircled{2}", "③": r"\textcircled{3}", "④": r"\textcircled{4}",
    "⑤": r"\textcircled{5}", "⑥": r"\textcircled{6}", "⑦": r"\textcircled{7}", "⑧": r"\textcircled{8}",
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\^{}", "~": r"\~{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    '"': "''", "Σ": r"$\Sigma$",
}  # fmt: skip
_PIECES = re.compile(f"(?=[{LOW}{HIGH}])([{LOW}]*)([{HIGH}]*)|(.)", re.DOTALL)  # an index, or a letter
PREAMBLE = r"""\IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}
\usepackage{iftex}
\ifPDFTeX\usepackage[utf8]{inputenc}\DeclareUnicodeCharacter{FFFD}{\rule{1ex}{1ex}}\fi
\usepackage{amsmath,amssymb,textcomp,graphicx,tikz}
"""


def picture(drawing: Drawing, views: Sequence[View], colours: str) -> str:
    """The views of a drawing, one under the other, as a ``tikzpicture``."""
    lines = [*_colours(colours), rf"\begin{{tikzpicture}}[x={SCALE}cm,y=-{SCALE}cm,line cap=round]"]
    top = 0.0
    for view in views:
        lines.append(rf"\begin{{scope}}[yshift={-SCALE * top:.3f}cm]")
        lines += _drawn(drawing.drawn(view))
        lines.append(r"\end{scope}")
        top += drawing.extent[1] + 30
    return "\n".join([*lines, r"\end{tikzpicture}"]) + "\n"


def document(drawing: Drawing, views: Sequence[View], colours: str) -> str:
    """The picture as a document of its own."""
    return (
        r"\documentclass[border=6pt]{standalone}" + "\n" + PREAMBLE + "\\begin{document}\n"
        + picture(drawing, views, colours) + "\\end{document}\n"
    )  # fmt: skip


def slides(drawing: Drawing, steps: Sequence[Step], colours: str) -> str:
    """A run as Beamer slides: a frame for each direction, whose overlays add one step after another."""
    parts = [r"\documentclass[aspectratio=169]{beamer}", PREAMBLE.rstrip(), r"\setbeamertemplate{navigation symbols}{}"]
    parts += [*_colours(colours), r"\begin{document}"]
    for view in VIEWS:
        mine = [step for step in steps if step.view == view]
        if not mine:
            continue
        when = {name: i for i, step in enumerate(mine, start=1) for name in step.parts}
        parts.append(rf"\begin{{frame}}{{{words(drawing.heading(view)[0])}}}")
        flat = drawing.extent[0] > WIDE * drawing.extent[1]
        size = r"{\textwidth}{!}" if flat else r"{!}{0.56\textheight}"
        parts.append(rf"\centering\resizebox{size}{{%")
        parts.append(rf"\begin{{tikzpicture}}[x={SCALE}cm,y=-{SCALE}cm,line cap=round]")
        for item in drawing.drawn(view):
            shapes = "\n".join(_drawn([item]))
            first = when.get(item.name) if isinstance(item, Part) else None
            parts.append(shapes if first is None else rf"\uncover<{first}->{{{shapes}}}")
        parts.append(r"\end{tikzpicture}}\par\medskip")
        for i, step in enumerate(mine, start=1):
            mark = f"{step.rule.mark} " if step.rule else ""
            formulas = [rf"${latex(f)}$" for f in (*step.equations[:2], *step.numbers[:2])]
            said = r"\quad ".join(formulas)
            parts.append(rf"\only<{i}>{{\footnotesize\textbf{{{words(mark + step.title)}}}\\[2pt]{said}}}")
        parts.append(r"\end{frame}")
    return "\n".join([*parts, r"\end{document}"]) + "\n"


def _colours(colours: str) -> Iterator[str]:
    palette = theme.PALETTES["light" if colours == "auto" else colours]
    for key, colour in palette.items():
        yield rf"\definecolor{{inversa-{key}}}{{HTML}}{{{colour[1:]}}}"


def _drawn(items: Iterable[Part | Shape]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Part):
            yield f"% {item.name}"
            yield from map(_shape, item.shapes)
        else:
            yield _shape(item)


def _shape(item: Shape) -> str:
    match item:
        case Rect(x, y, width, height, radius):
            corners = f"rounded corners={SCALE * min(radius, width / 2, height / 2):.3f}cm"
            return rf"\path[{_look(item)},{corners}] {_p((x, y))} rectangle {_p((x + width, y + height))};"
        case Circle(x, y, radius):
            return rf"\path[{_look(item)}] {_p((x, y))} circle[radius={SCALE * radius:.3f}cm];"
        case Path(start, segments):
            way = _p(start)
            for segment in segments:
                if len(segment) == 3:
                    way += f" .. controls {_p(segment[0])} and {_p(segment[1])} .. {_p(segment[2])}"
                else:
                    way += f" -- {_p(segment[0])}"
            return rf"\path[{_look(item)}] {way}{' -- cycle' if item.closed else ''};"
        case Text():
            return _text(item)


def _look(item: Rect | Circle | Path) -> str:
    options = [f"fill=inversa-{item.fill}"] if item.fill else []
    if item.stroke:
        options += [f"draw=inversa-{item.stroke}", f"line width={SCALE * item.thickness:.3f}cm"]
    if item.dash and item.stroke:
        on, off = (SCALE * float(x) for x in item.dash.split())
        options.append(f"dash pattern=on {on:.3f}cm off {off:.3f}cm")
    return ",".join(options) or "draw=none"


def _text(item: Text) -> str:
    face = theme.STYLES[item.style].face
    font = {"sans-bold": r"\sffamily\bfseries", "sans": r"\sffamily"}.get(face, r"\rmfamily\itshape")
    size = SCALE * item.size * 28.45  # points to a centimetre
    wide = SCALE * item.width
    middle = item.left + item.width / 2
    held = rf"\resizebox{{\ifdim\width>{wide:.3f}cm {wide:.3f}cm\else\width\fi}}{{!}}{{{words(item.text)}}}"
    anchor, x = {"start": ("west", item.left), "end": ("east", item.x)}.get(item.anchor, ("center", middle))
    style = rf"font={font}\fontsize{{{size:.2f}pt}}{{{size:.2f}pt}}\selectfont"
    colour = f"text=inversa-{item.colour}"
    return rf"\node[anchor={anchor},inner sep=0pt,{colour},{style}] at {_p((x, item.y))} {{{held}}};"


def _p(point: Point) -> str:
    return f"({point[0]:.2f},{point[1]:.2f})"


def words(text: str) -> str:
    r"""Any text for LaTeX, its indices low and high, every sign literally.

    >>> words("∂J/∂w₁₂⁽²⁾ = −0.5 & {x}")
    '$\\partial $J/$\\partial $w$_{12}^{(2)}$ = $-$0.5 \\& \\{x\\}'
    """
    written = ""
    for low, high, letter in _PIECES.findall(text):
        if letter in _SIGNS:
            written += _SIGNS[letter]
        elif letter in COMMANDS:
            written += f"${COMMANDS[letter]}$"
        elif letter:
            written += letter if ord(letter) < 0x250 else "\N{REPLACEMENT CHARACTER}"
        else:
            index = (f"_{{{low}}}" if low else "") + (f"^{{{high}}}" if high else "")
            written += f"${index.translate(DIGITS).replace('−', '-')}$"
    return written
