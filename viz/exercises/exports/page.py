"""Sheets and their key as plain pages: HTML without a script, which needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from inversa.viz.exercises.exports.paper import Paper, title
from inversa.viz.lettering import theme
from inversa.viz.output.letters import font_faces, of_html
from inversa.viz.pages.page import html, paragraphs, variables

STYLE = (
    f"body{{font:16px/1.45 {theme.FACES['sans'].families};max-width:1100px;margin:0 auto;padding:8px 16px;"
    "color:var(--ink);background:var(--paper)}"
    "h1{font-size:24px}h2{font-size:18px;margin-top:1.6em}svg{max-width:100%;height:auto}"
    ".boxes{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:10px 24px;padding:0;"
    "list-style:none}.boxes label{display:flex;gap:8px;align-items:center;justify-content:end}"
    ".boxes .serif-italic,.equations{font-size:17px}"
    "input{font:inherit;padding:5px 8px;width:110px;border:1.5px solid var(--muted);border-radius:6px}"
    ".fields input{width:200px}.fields label{margin-right:24px}"
    "ol{padding-left:28px}li{margin:6px 0}"
    "@media print{section{break-after:page}}"
)


def sheet(paper: Paper) -> str:
    """A sheet to be filled in."""
    boxes = "".join(
        f'<li><label><span class="serif-italic">{escape(label)} =</span>'
        '<input inputmode="decimal" autocomplete="off"></label></li>'
        for label in paper.labels
    )
    fields = "".join(f'<label>{paper.say(key)} <input autocomplete="off"></label>' for key in ("name", "date"))
    text = paragraphs([paper.say("task"), paper.given, paper.rounding])
    return _page(
        f"{title([paper])}: {paper.version}",
        paper.lang,
        f'<p class="fields">{fields}</p>{text}{paper.figure.svg("light")}'
        f'<h2>{paper.say("answers")}</h2><ul class="boxes">{boxes}</ul>',
    )


def key(papers: Sequence[Paper]) -> str:
    """The numbers of all versions, and how they are found."""
    return _page(f"{title(papers)}: {papers[0].say('key')}", papers[0].lang, "".join(map(_solved, papers)))


def _solved(paper: Paper) -> str:
    answers = "".join(f'<li class="serif-italic">{escape(answer)}</li>' for answer in paper.answers)
    steps = "".join(
        f"<li><b>{escape(f'{step.mark} {step.title}'.strip())}</b>"
        f'<div class="serif-italic equations">{"<br>".join(map(escape, step.equations))}</div></li>'
        for step in paper.steps
    )
    return (
        f"<section><h2>{escape(paper.version)}</h2>{paragraphs([paper.given, paper.rounding])}"
        f'<ul class="boxes">{answers}</ul><h3>{escape(paper.say("solution"))}</h3><ol>{steps}</ol></section>'
    )


def _page(heading: str, lang: str, body: str) -> str:
    content = f"<main><h1>{escape(heading)}</h1>{body}</main>"
    return html(heading, lang, font_faces(of_html(content)) + variables("light") + STYLE, content)
