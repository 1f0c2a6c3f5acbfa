"""A handout: both pictures, every step with its numbers, and all gradients, as a page to print."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from inversa.autograd.languages import Lang, texts
from inversa.viz._player import Player
from inversa.viz.drawing.interfaces import Step
from inversa.viz.output.letters import font_faces, of_html
from inversa.viz.pages.page import html, variables
from inversa.viz.pages.player import breakable

STYLE = (
    "body{margin:24px auto;max-width:1100px;padding:0 16px;color:var(--ink);background:var(--paper);line-height:1.4}"
    "svg{max-width:100%;height:auto}table{border-collapse:collapse}th,td{border:1px solid;padding:2px 10px}"
    "th{text-align:left}td{text-align:right}ol{columns:2 380px}li{break-inside:avoid;margin-bottom:10px}"
    "p{margin:2px 0}h2{break-after:avoid}tr{break-inside:avoid}"
)


def handout(player: Player, columns: Sequence[str], rows: Sequence[Sequence[str]], lang: Lang) -> str:
    """The page, which runs no script: what a player shows one after another stands in it one below the other.

    ``columns`` and ``rows`` are of the table of gradients.
    """
    said = texts(lang).live
    twins = "\n".join(figure.svg("print") for figure in player.figure().apart())
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(f'<tr><th scope="row">{escape(row[0])}</th>{"".join(map(_cell, row[1:]))}</tr>' for row in rows)
    content = (
        f"<main>\n<h1>{escape(said['handout'])}</h1>\n{twins}\n"
        f"<h2>{escape(said['steps'])}</h2>\n<ol>{''.join(map(_item, player.steps))}</ol>\n"
        f"<h2>{escape(said['gradients'])}</h2>\n<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>\n</main>"
    )
    faces = font_faces(of_html(content))
    return html(said["handout"], lang, faces + variables("print") + STYLE, content)


def _cell(text: str) -> str:
    return f"<td>{escape(text)}</td>"


def _item(step: Step) -> str:
    mark = f"{step.rule.mark} " if step.rule else ""
    formulas = "".join(map(breakable, (*step.equations, *step.numbers)))
    return f"<li><b>{mark}</b>{escape(step.title)}{formulas}</li>"
