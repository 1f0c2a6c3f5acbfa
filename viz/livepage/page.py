"""The page in which Python runs: one HTML file with the runtime, the library, an editor and examples in it."""

from __future__ import annotations

import base64
import gzip
import importlib.resources
import string
from collections.abc import Mapping
from html import escape
from typing import Any

from inversa.autograd.languages import Lang, languages, texts
from inversa.autograd.languages._language import Texts
from inversa.viz.lettering import theme
from inversa.viz.livepage import examples
from inversa.viz.livepage.examples import EXAMPLES
from inversa.viz.livepage.library import library
from inversa.viz.livepage.runtime import Runtime
from inversa.viz.output.letters import classes, font_faces, of_html
from inversa.viz.pages import player
from inversa.viz.pages.page import SIGN, as_json, assigned, digest, html, source

STYLES = "live.css", "coding.css", "windows.css"
SCRIPTS = (
    *("start.js", "embedded.js", "coding.js", "output.js", "panels.js", "address.js"),
    *("running.js", "saving.js", "live.js"),
)
TABS = "picture", "inverse", "player", "gradients", "listing"
FILES = "picture", "player", "handout", "python", "notices"
ICONS = {
    "run": "M4 2v14l12-7z",
    "stop": "M3 3h12v12H3z",
    "save": "M8 1h2v8l3-3 1.4 1.4L9 13 3.6 7.4 5 6l3 3zM2 15h14v2H2z",
    "dark": "M10 1a8 8 0 1 0 7 11A7 7 0 0 1 10 1z",
}
# The letters of names and formulas, which the page does not know before its reader writes them.
LETTERS = f"{string.ascii_letters}αβγδεζηθκλμνξπρστφχψωΓΔΘΛΞΠΣΦΨΩ∂ψ′/·√∞≥≤"
INDICES = "₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾₊₋⁻⁺ₐₑᵢⱼₖₘₙₜₓ"
# What Python needs besides: scripts and WebAssembly that are in the page. The player's script runs in a frame, which
# inherits the policy. There is no server that anything could be sent to.
ALLOWED = {
    "script-src": "blob: 'wasm-unsafe-eval'",
    "worker-src": "blob:",
    "connect-src": "blob:",
    "img-src": "blob:",
    "base-uri": "'none'",
    "form-action": "'none'",
}


def live_page_html(code: str, runtime: Runtime, lang: Lang, title: str = "") -> str:
    """A page that runs this code, and whatever its reader makes of it."""
    files = files_of(runtime) | {"NOTICES.txt": _packed(runtime.notices.encode())}
    return page_of(code, files, lang, title)


def files_of(runtime: Runtime) -> dict[str, bytes]:
    """What runs in a page, compressed, by the names that its scripts ask for: the runtime, and what is ours."""
    web = importlib.resources.files("inversa.viz.livepage").joinpath("web")
    own = {name: web.joinpath(name).read_bytes() for name in ("python.js", "worker.js")}
    own["library.zip"] = library(runtime.compiled)
    return {**runtime.files, **{name: _packed(content) for name, content in own.items()}}


def page_of(code: str, files: Mapping[str, bytes], lang: Lang, title: str = "") -> str:
    """The page: what it shows, and the files, compressed, that its scripts ask for by name."""
    words = {each: texts(each).live_page for each in languages()}
    script = source(*SCRIPTS, package="inversa.viz.livepage")
    palettes = {key: assigned(theme.PALETTES[key]) for key in ("light", "dark")}
    held: dict[str, Any] = {
        "words": words,
        "palettes": palettes,
        "lang": lang,
        "title": title,
        "code": code,
        "examples": [_example(name) for name in EXAMPLES],
    }
    body = _Body(words[lang]).html(code, title)
    shown = [body, *(escape(text) for each in words.values() for text in each.values())]
    shown += [f'<i class="serif-italic">{LETTERS}{INDICES}0123456789</i>', LETTERS, INDICES]
    shown += [escape(text) for example in held["examples"] for text in example["titles"].values()]
    style = font_faces(of_html(" ".join(shown))) + _variables()
    style += source("page.css") + source(*STYLES, package="inversa.viz.livepage")
    allowed = ALLOWED | {"script-src": f"{digest(source(*player.SCRIPTS))} {ALLOWED['script-src']}"}
    data = f'<script type="application/json" id="data">{as_json(held)}</script>'
    after = "".join(f"{_embedded(name, content)}\n" for name, content in files.items())
    return html(title or words[lang]["title"], lang, style, f"{body}\n{data}", script, allowed=allowed, after=after)


def _example(name: str) -> dict[str, Any]:
    """An example in all languages."""
    return {
        "name": name,
        "titles": {lang: texts(lang).live[f"example {name}"] for lang in languages()},
        "codes": {lang: examples.source(name, lang) for lang in languages()},
    }


def _packed(content: bytes) -> bytes:
    """Compressed, without the time in it: the same page is made again."""
    return gzip.compress(content, 9, mtime=0)


def _embedded(name: str, packed: bytes) -> str:
    """A compressed file as an element."""
    return f'<script type="text/plain" data-file="{escape(name)}">{base64.b64encode(packed).decode()}</script>'


def _variables() -> str:
    """The palettes as CSS variables, of which the scheme of the page chooses."""
    light, dark = theme.PALETTES["light"], theme.PALETTES["dark"]
    both = "".join(f"--{key}:light-dark({light[key]},{dark[key]});" for key in light)
    return f":root{{color-scheme:light dark;{both}}}body{{font-family:{theme.FACES['sans'].families}}}{classes()}"


class _Body:
    """The elements of the page; those with words say by which keys a script finds these in another language."""

    def __init__(self, words: Texts) -> None:
        self.words = words

    def html(self, code: str, title: str) -> str:
        """All of them."""
        return (
            f"{self.header(title)}\n"
            '<section id="from-link" hidden><p id="link-note" role="status"></p>'
            f"{self.text('button', 'run', id='run-link')}</section>\n"
            f'<main>\n<section id="code" {self.label("code")}><div id="editor"></div>'
            f'<pre id="paper">{escape(code)}</pre>{self.text("p", "keys", id="keys")}</section>\n'
            f"{self.output()}\n{self.results()}\n</main>\n"
            "<noscript><style>header>:not(h1),#keys,#output,#results{display:none!important}"
            f"#paper{{display:block!important}}</style>{self.text('p', 'no script')}</noscript>"
        )

    def header(self, title: str) -> str:
        """What there is to do."""
        heading = f"<h1>{escape(title)}</h1>" if title else self.text("h1", "title")
        files = "".join(self.text("button", f"save {what}", id=f"save-{what}") for what in FILES)
        names = "".join(f'<option value="{each}">{escape(texts(each).name)}</option>' for each in languages())
        return (
            f'<header>{heading}<select id="examples" {self.label("examples")}></select>'
            f"{self.button('run')}{self.button('stop', disabled='')}{self.button('save', popovertarget='saving')}"
            f'<div id="saving" popover {self.label("save")}>{files}{self.text("p", "link here")}'
            f"{self.text('p', 'long', id='long', hidden='')}</div>"
            f'<p id="status" role="status">{escape(self.words["starting"])}</p>'
            f'<select id="lang" {self.label("language")}>{names}</select>'
            f'<button id="dark" aria-pressed="false" {self.label("dark")} data-tip="dark">'
            f"{SIGN.format(ICONS['dark'])}</button></header>"
        )

    def output(self) -> str:
        """What the code printed, and its error."""
        return (
            f'<section id="output" class="card" tabindex="0" {self.label("output")}><div id="error" hidden>'
            '<button id="error-line"></button><b id="error-type"></b> <span id="error-text"></span>'
            f'<details id="trace">{self.text("summary", "trace")}<pre id="trace-text"></pre></details></div>'
            f'{self.text("p", "quiet", id="quiet")}<pre id="printed" hidden></pre></section>'
        )

    def results(self) -> str:
        """The tabs, and a panel each."""
        tabs, panels = "", ""
        for tab in TABS:
            first = tab == TABS[0]
            state = {"aria-selected": str(first).lower(), "tabindex": 0 if first else -1}
            tabs += self.text(
                "button", f"tab {tab}", id=f"tab-{tab}", role="tab", **{"aria-controls": f"panel-{tab}"}, **state
            )
            attributes = f'id="panel-{tab}" role="tabpanel" aria-labelledby="tab-{tab}" tabindex="0"'
            panels += f"<div {attributes}{'' if first else ' hidden'}></div>"
        return (
            f'<section id="results" {self.label("results")}>'
            f'<div id="tabs" role="tablist" {self.label("results")}>{tabs}</div>'
            f'<div id="panels"><div id="progress"><p id="progress-text">{escape(self.words["starting"])}</p>'
            f"<progress {self.label('starting')}></progress>{self.text('p', 'start note')}</div>"
            f"{self.text('p', 'stale', id='stale', hidden='')}{panels}</div></section>"
        )

    def text(self, tag: str, key: str, **attributes: object) -> str:
        """An element with words in it."""
        written = "".join(f' {name}="{value}"' for name, value in attributes.items())
        return f'<{tag}{written} data-text="{key}">{escape(self.words[key])}</{tag}>'

    def label(self, key: str) -> str:
        """The attributes of an element that is called by words, for those who cannot see it."""
        return f'aria-label="{escape(self.words[key])}" data-label="{key}"'

    def button(self, key: str, **attributes: object) -> str:
        """A button with a sign and a word."""
        written = "".join(f' {name}="{value}"' for name, value in attributes.items())
        return f'<button id="{key}"{written}>{SIGN.format(ICONS[key])}{self.text("span", key)}</button>'
