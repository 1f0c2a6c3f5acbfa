r"""A deck as source for Beamer, with its pictures in a folder beside it.

Each stage of a slide is an overlay. All letters are LaTeX's; the pictures keep theirs. The notes are there, hidden:
``\setbeameroption{show notes}`` shows them.
"""

from __future__ import annotations

import math
from pathlib import Path

from inversa.autograd.files import write_atomically
from inversa.viz.lettering import theme
from inversa.viz.output.latex import LETTER, PREAMBLE, words
from inversa.viz.output.typesetting import pdf
from inversa.viz.slides.deck import COLUMN, WIDTH, Deck, Slide
from inversa.viz.slides.markdown import spans

SUFFIX = ".pdf"  # of the views of networks
PIXEL = 0.35  # points: Beamer's slides of 16 × 9 are 455 wide
_COMMANDS = {"": "{}", "strong": r"\textbf{{{}}}", "em": r"\emph{{{}}}", "code": r"\texttt{{{}}}"}
_COLOURS = "".join(f"\\definecolor{{inversa-{key}}}{{HTML}}{{{c[1:]}}}\n" for key, c in theme.PALETTES["light"].items())
_HEAD = rf"""\documentclass[aspectratio=169,t]{{beamer}}
{PREAMBLE}{_COLOURS}{LETTER}\usefonttheme[onlymath]{{serif}}
\setbeamertemplate{{navigation symbols}}{{}}
\setbeamertemplate{{footline}}{{%
  \hfill{{\tiny\color{{inversa-muted}}\insertframenumber/\inserttotalframenumber}}\ \ \vskip2pt}}
\setbeamersize{{text margin left=8pt,text margin right=8pt}}
\setbeamercolor{{frametitle}}{{fg=inversa-ink}}
\setbeamerfont{{frametitle}}{{size=\large,series=\bfseries}}
\setbeamercolor{{title}}{{fg=inversa-forward}}
\newcommand\inversacode[2]{{{{\ttfamily\fontsize{{#1}}{{\dimexpr#1pt*13/10}}\selectfont\raggedright#2\par}}}}
\newcommand\inversaquestion[1]{{{{\color{{inversa-inverse}}\vrule width 2pt}}\hskip6pt%
  \begin{{minipage}}[t]{{\dimexpr\linewidth-9pt}}\raggedright#1\end{{minipage}}\par}}
\parskip=4pt
"""


def save(deck: Deck, path: Path) -> str:
    """Write the pictures of a deck beside a file, and give what is to stand in it."""
    folder = path.with_name(f"{path.stem}-pictures")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in deck.images(SUFFIX, _pdf):
        write_atomically(folder / name, content)
    frames = "".join(_frame(number, slide, folder.name) for number, slide in enumerate(deck.slides, start=1))
    return (
        f"{_HEAD}\\begin{{document}}\n"
        "\\begin{frame}[c]\n\\relax{\\usebeamercolor[fg]{title}\\huge\\bfseries "
        f"{words(deck.title)}\\par}}\n\\medskip\n"
        f"{{\\color{{inversa-muted}}{_inline(deck.about)}\\par}}\n\\end{{frame}}\n{frames}\\end{{document}}\n"
    )


def _pdf(slide: Slide, view: int) -> bytes:
    assert slide.picture is not None
    return pdf(slide.picture.svg([view]), f"{slide.picture.width * 0.75}pt", slide.title, slide.picture.description)


def _frame(number: int, slide: Slide, folder: str) -> str:
    stages = list(enumerate(slide.stages, start=1))
    answered = next(overlay for overlay, (answer, _) in stages if answer)
    shown = [_inline(slide.text), rf"\inversaquestion{{{_inline(slide.question)}}}" if slide.question else ""]
    shown.append(_code(slide, slide.code))
    printed = _code(slide, slide.printed)
    if printed and answered > 1:
        printed = rf"\uncover<{answered}->{{{printed}}}"
    height = 0.84 if slide.beside else 0.95 * slide.room / 720
    height = max(0.3, height - 0.045 * math.ceil(len(slide.caption) / (80 if slide.beside else 120)))
    images = [
        rf"\only<{overlay}{'-' * (overlay == len(stages))}>{{\includegraphics[width=\linewidth,height={height:.3f}"
        rf"\textheight,keepaspectratio]{{{folder}/{slide.images(number, SUFFIX)[view]}}}}}%"
        for overlay, (answer, view) in stages
        if answer and slide.ratio
    ]
    if slide.caption:
        caption = rf"{{\scriptsize\color{{inversa-muted}}{_inline(slide.caption)}\par}}"
        images.append(rf"\par\uncover<{answered}->{{{caption}}}")
    if slide.beside:
        left = COLUMN / WIDTH
        body = (
            "\\begin{columns}[T,onlytextwidth]\n"
            f"\\begin{{column}}{{{left:.3f}\\textwidth}}\n{_paragraphs([*shown, printed])}\\end{{column}}\n"
            f"\\begin{{column}}{{{0.98 - left:.3f}\\textwidth}}\\centering\n{_paragraphs(images)}\\end{{column}}\n"
            "\\end{columns}\n"
        )
    else:
        centred = f"{{\\centering\n{_paragraphs(images)}\\par}}\n" if images else ""
        body = _paragraphs(shown) + (centred + printed if slide.ratio else printed + centred) + "\n"
    notes = "\n\n".join(map(_inline, slide.notes))
    return (
        f"\\begin{{frame}}\n\\frametitle{{{_inline(slide.title)}}}\n\\fontsize{{{26 * PIXEL:.1f}}}{{{34 * PIXEL:.1f}}}"
        f"\\selectfont\\raggedright\n{body}\\note{{\\tiny {notes}}}\n\\end{{frame}}\n"
    )


def _paragraphs(pieces: list[str]) -> str:
    return "".join(f"{piece}\n\n" if not piece.endswith("%") else f"{piece}\n" for piece in pieces if piece)


def _code(slide: Slide, text: str) -> str:
    """Lines of code, or of what they printed."""
    lines = r"\\{} ".join(words(line) if line.strip() else r"\mbox{}" for line in text.splitlines())
    return rf"\inversacode{{{slide.letters(text) * PIXEL:.1f}}}{{{lines}}}" if text else ""


def _inline(paragraph: str) -> str:
    r"""A paragraph of Markdown as LaTeX.

    >>> _inline("**w** & `b`")
    '\\textbf{w} \\& \\texttt{b}'
    """
    return "".join(_COMMANDS[span.style].format(words(span.text)) for span in spans(paragraph))
