"""Report: what came of an examination, as a text for the console and as a page with pictures."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from inversa.viz.examiner.departure import LARGEST, departure
from inversa.viz.examiner.fault import Fault
from inversa.viz.examiner.programs import shown
from inversa.viz.examiner.sentences import advice, cause, happened, named, reflected, say
from inversa.viz.output.letters import font_faces, of_html
from inversa.viz.pages.page import html, paragraphs, variables

if TYPE_CHECKING:
    from inversa.viz.examiner.examination import Examination, Remark

STYLE = (
    "body{max-width:60rem;margin:0 auto;padding:1.5rem;background:var(--paper);color:var(--ink);line-height:1.5}"
    "h1{font-size:1.35rem}h2{font-size:1.1rem;margin:2rem 0 .25rem;color:var(--error)}h2.calm{color:var(--ink)}"
    "pre{font-family:ui-monospace,Consolas,monospace;background:var(--group);border:1px solid var(--frame);"
    "border-radius:.5rem;padding:.75rem 1rem;overflow-x:auto}figure{margin:1rem 0;overflow-x:auto}p{margin:.25rem 0}"
)
WIDTH = 910.0  # pixels that a picture has beside the margins of 60rem


def text(examination: Examination, lang: str) -> str:
    """The report for a console."""
    lines = [say("title", lang, file=examination.file, kind=examination.kind), named(examination.names, lang)]
    lines += ["", _verdict(examination, lang)]
    for n, fault in enumerate(examination.faults, 1):
        lines += ["", f"{n}. {cause(fault, lang)}", f"   {happened(fault.outcome, lang)}"]
        if _drawable(fault):
            lines += [f"   {say('program', lang)}", *(f"       {line}" for line in _code(fault, examination))]
        lines += [f"   {sentence}" for sentence in advice(fault, lang)]
    if examination.remarks:
        lines += ["", say("remarks", lang), *(f"- {_remark(remark, lang)}" for remark in examination.remarks)]
    return "\n".join(lines)


def page(examination: Examination, lang: str, theme: str = "auto") -> str:
    """The report as a page."""
    title = say("title", lang, file=examination.file, kind=examination.kind)
    body = [f"<h1>{escape(title)}</h1>", paragraphs([named(examination.names, lang), _verdict(examination, lang)])]
    for n, fault in enumerate(examination.faults, 1):
        what = happened(fault.outcome, lang)
        pictured = what if _drawable(fault) and fault.outcome.wrong else None  # as the picture's title
        body.append(f"<section><h2>{n}. {escape(cause(fault, lang))}</h2>")
        body.append(paragraphs([*([] if pictured else [what]), *advice(fault, lang)]))
        if _drawable(fault):
            picture = departure(fault, lang, pictured).fitted(WIDTH, quiet=True)
            body.append(f"<figure>{picture.svg('auto' if theme == 'auto' else 'light')}</figure>")
            body.append(paragraphs([say("program", lang)]))
            body.append(f"<pre>{escape(chr(10).join(_code(fault, examination)))}</pre>")
        body.append("</section>")
    if examination.remarks:
        items = "".join(f"<li>{escape(_remark(remark, lang))}</li>" for remark in examination.remarks)
        body.append(f'<h2 class="calm">{escape(say("remarks", lang))}</h2><ul>{items}</ul>')
    words = "".join(part for part in body if not part.startswith("<figure"))
    return html(title, lang, font_faces(of_html(words)) + variables(theme) + STYLE, "\n".join(body))


def fault_text(fault: Fault, examination: Examination, lang: str) -> str:
    """One mistake, as a test reports it."""
    lines = [cause(fault, lang), happened(fault.outcome, lang)]
    if _drawable(fault):
        lines += ["", *_code(fault, examination), ""]
    return "\n".join([*lines, *advice(fault, lang)])


def _verdict(examination: Examination, lang: str) -> str:
    n = len(examination.faults)
    if not n:
        key = "right" if examination.complete else "right so far"
        return say(key, lang, n=sum(o.state == "right" for o in examination.outcomes))
    return say("fault", lang) if n == 1 else say("faults", lang, n=n)


def _drawable(fault: Fault) -> bool:
    return len(fault.outcome.probe.program.steps) <= LARGEST


def _code(fault: Fault, examination: Examination) -> Iterator[str]:
    code = fault.outcome.probe.program.code(examination.kind, examination.names["backward"], examination.functions)
    yield from code.splitlines()


def _remark(remark: Remark, lang: str) -> str:
    """A remark; operations in it are written as signs, limits by their names in the language."""
    values = dict(remark.values)
    if remark.key == "limits":
        values["names"] = ", ".join(say(name, lang) for name in values["names"].split(", "))
    elif "names" in values:
        write = reflected if remark.key == "missing reflected" else shown
        values["names"] = ", ".join(write(op) for op in values["names"].split(", "))
    return say(remark.key, lang, **values)
