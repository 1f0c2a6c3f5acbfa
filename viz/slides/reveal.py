"""A deck as a page: reveal.js with everything in one file, which fetches nothing."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib.resources import files

from inversa.autograd.languages import texts
from inversa.viz.output.letters import font_faces, of_html
from inversa.viz.pages.page import as_json, html, variables
from inversa.viz.slides.deck import Deck, Slide
from inversa.viz.slides.markdown import plain, spans

WORDS = ("back", "next", "resume", "notes")  # those that the script says
_COMMENTS = re.compile(r"/\*.*?\*/\n?|^//[^\n]*\n", re.DOTALL | re.MULTILINE)
_WHOLE = re.compile(r"\d+(?:-\d+)+|∂\w*/∂\w+")


def page(deck: Deck) -> str:
    """The whole file."""
    said = texts(deck.lang).slides
    slides = "\n".join([_opening(deck), *map(_section, deck.slides)])
    body = f'<div class="reveal"><div class="slides">\n{slides}\n</div></div>'
    faces = font_faces(of_html(body + escape("".join(said[key] for key in WORDS))))
    style = faces + _web("reveal.css") + variables("light") + _web("slides.css")
    words = as_json({key: said[key] for key in WORDS})
    script = f"const words={words};\n{_web('reveal.js')}\n{_web('slides.js')}"
    return html(f"{deck.title} · {deck.name}", deck.lang, style, body, script, images=True)


@cache
def _web(name: str) -> str:
    text = files("inversa.viz.slides").joinpath("web", name).read_text("utf-8")
    return text if name.startswith("reveal") else _COMMENTS.sub("", text)


def _opening(deck: Deck) -> str:
    said = texts(deck.lang).slides
    keys = re.sub(r"\[(.+?)\]", r"<kbd>\1</kbd>", escape(said["keys"]))
    return (
        f'<section><div class="slide title"><h1>{escape(deck.title)}</h1>'
        f'<p>{inline(deck.about)}</p><p class="keys">{keys}</p></div></section>'
    )


def _section(slide: Slide) -> str:
    asked = ' data-fragment-index="0"' if slide.question else ""
    words = [f"<p>{inline(slide.text)}</p>"] * bool(slide.text)
    words += [f'<p class="question">{inline(slide.question)}</p>'] * bool(slide.question)
    words.append(_pre(slide, slide.code, "code"))
    printed = _pre(slide, slide.printed, "printed fragment" if slide.question else "printed", asked)
    notes = "".join(f"<p>{inline(paragraph)}</p>" for paragraph in slide.notes)
    return (
        f'<section><div class="slide{" beside" if slide.beside else ""}">'
        f"<header><h2>{inline(slide.title)}</h2><span>{inline(slide.chapter)}</span></header>"
        f'<div class="words">{"".join(words)}{printed if slide.beside else ""}</div>'
        f'{_answer(slide, asked, "" if slide.beside else printed)}</div><aside class="notes">{notes}</aside></section>'
    )


def _answer(slide: Slide, asked: str, printed: str) -> str:
    """What a cell showed: after the question, if there is one; a network before its inverse."""
    shown = ""
    if slide.picture is not None:
        turn = f' data-fragment-index="{bool(slide.question):d}"'
        several = (f' class="fragment fade-out"{turn}', f' class="fragment"{turn}')
        svg = slide.picture.svg(attributes=several if len(slide.picture.views) > 1 else ("",))
        described = f'<svg role="img" aria-label="{escape(slide.picture.description)}"'
        shown += f'<div class="frame">{svg.replace("<svg", described, 1)}</div>'
    if slide.plot:
        words = escape(plain(slide.caption) or plain(slide.title))
        shown += f'<div class="frame"><img alt="{words}" src="data:image/png;base64,{slide.plot}"></div>'
    shown += printed
    shown += f'<p class="caption">{inline(slide.caption)}</p>' if slide.caption else ""
    return f'<div class="answer{" fragment" if asked else ""}"{asked}>{shown}</div>'


def _pre(slide: Slide, text: str, kind: str, attributes: str = "") -> str:
    """Code, or what it printed."""
    size = slide.letters(text)
    return f'<pre class="{kind}"{attributes} style="font-size:{size:.1f}px">{escape(text)}</pre>' if text else ""


def inline(paragraph: str) -> str:
    """A paragraph of Markdown as HTML; no line ends within an architecture or a derivative.

    >>> inline("**w** < `b`")
    '<strong>w</strong> &lt; <code>b</code>'
    """
    pieces = ((_WHOLE.sub(_unbroken, escape(span.text, quote=False)), span.style) for span in spans(paragraph))
    return "".join(f"<{style}>{text}</{style}>" if style else text for text, style in pieces)


def _unbroken(match: re.Match[str]) -> str:
    return f'<span class="whole">{match[0]}</span>'
