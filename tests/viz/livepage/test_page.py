"""The page in which Python runs, as it is written: its policy, its languages, and that what users type stays text."""

import base64
import gzip
import hashlib
import json
import re
from html import escape
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from inversa import viz
from inversa.autograd import Value
from inversa.autograd.languages import languages, texts
from inversa.viz.livepage import examples, page
from inversa.viz.livepage.library import library
from inversa.viz.livepage.runtime import Runtime

WEB = files("inversa.viz.livepage").joinpath("web")
SCRIPTS = {name: WEB.joinpath(name).read_text("utf-8") for name in page.SCRIPTS}
CODE = "w = Value(0.5)\nJ = (w * 3)**2\n"
ODD = ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", '" onfocus="alert(1)', "</pre><b>", "&lt;",
       "\u202eשלום\u202c", "😀", "<!--", "]]>", "\\u003c", "${x}", "\u2028"]  # fmt: skip


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the texts of those that have an id."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts, self._open = [], {}, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open = dict(attrs).get("id") or dict(attrs).get("data-file")

    def handle_data(self, data):
        if self._open:
            self.texts[self._open] = self.texts.get(self._open, "") + data


def written(code=CODE, lang="en", title="", files=None):
    return page.page_of(code, files or {}, lang, title)


def policy(html):
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    return {each.split()[0]: each.split()[1:] for each in found.split("; ")}


def hashed(script):
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def test_nothing_can_be_fetched_and_no_other_script_runs():
    html = written()
    assert policy(html) == {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "font-src": ["data:"],
        "img-src": ["blob:"],
        "script-src": [
            hashed(re.search(r"<script>(.*?)</script>", html, re.S)[1]),
            hashed(re.search(r"<script>(.*?)</script>", player(), re.S)[1]),
            "blob:",
            "'wasm-unsafe-eval'",
        ],
        "worker-src": ["blob:"],
        "connect-src": ["blob:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    for _, attributes in Elements(html).elements:
        assert not {"src", "href", "srcset", "action", "style"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]


def player():
    w = Value(0.5, name="w")
    return viz.player((w * w).named("J")).html()


def test_every_element_is_found_and_named():
    html = written()
    elements = Elements(html).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len({*ids})
    asked = set(re.findall(r'byId\("([\w-]+)"\)', "".join(SCRIPTS.values())))
    assert asked <= {*ids}
    for tag, attributes in elements:
        if tag in ("button", "select"):
            assert "aria-label" in attributes or "data-text" in attributes or attributes["id"] in (
                "run", "stop", "save", "error-line")  # fmt: skip


@pytest.mark.parametrize("lang", languages())
def test_the_words_are_those_that_the_page_uses(lang):
    """All of them and no others, with the same blanks in every language."""
    words, english = texts(lang).live_page, texts("en").live_page
    html, script = written(lang=lang), "".join(SCRIPTS.values())
    used = set(re.findall(r'data-(?:text|label|tip)="([^"]+)"', html))
    used |= set(re.findall(r'(?:word|status|saying)\((?:[\w.()"-]+, )?"([a-z ]+)"', script))
    used |= {part for pair in re.findall(r'\? "([a-z ]+)" : "([a-z ]+)"', script) for part in pair if part in english}
    used |= {f"state {state}" for state in re.search(r"STARTING = \[(.*?)\]", script)[1].replace('"', "").split(", ")}
    assert used == words.keys()
    for key, text in words.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", english[key])), key
        assert f'data-text="{key}">{escape(text)}<' in html or f'data-text="{key}"' not in html


@pytest.mark.parametrize("lang", languages())
def test_the_page_has_all_languages_and_examples(lang):
    html = written(lang=lang)
    assert f'<html lang="{lang}">' in html
    held = json.loads(Elements(html).texts["data"])
    assert held["words"] == {each: dict(texts(each).live_page) for each in languages()}
    assert held["lang"] == lang
    assert [example["name"] for example in held["examples"]] == list(examples.EXAMPLES)
    for example in held["examples"]:
        assert example["codes"][lang] == examples.source(example["name"], lang)


@pytest.mark.parametrize("odd", ODD)
def test_code_and_title_are_text(odd):
    harmless, attacked = Elements(written("code", title="title")), Elements(written(odd, title=odd))
    assert [tag for tag, _ in attacked.elements] == [tag for tag, _ in harmless.elements]
    held = json.loads(attacked.texts["data"])
    assert held["code"] == held["title"] == odd
    assert attacked.texts["paper"] == odd


def test_the_runtime_and_the_library_are_in_it():
    packed = {name: gzip.compress(name.encode()) for name in ("pyodide.asm.wasm", "editor.js")}
    html = page.live_page_html(CODE, Runtime("1", {}, packed, "notices"), "en")
    found = Elements(html).texts
    files = {name: gzip.decompress(base64.b64decode(text)) for name, text in found.items() if "." in name}
    assert files.pop("library.zip") == library()
    assert files.pop("NOTICES.txt") == b"notices"
    assert files.pop("python.js") == WEB.joinpath("python.js").read_bytes()
    assert files.pop("worker.js") == WEB.joinpath("worker.js").read_bytes()
    assert files == {name: name.encode() for name in packed}
    assert html == page.live_page_html(CODE, Runtime("1", {}, packed, "notices"), "en")


def test_size():
    """Of all but the runtime, the library and the letters."""
    assert len(written().encode()) <= 110_000
    assert sum(len(line) for line in "".join(SCRIPTS.values()).splitlines()) <= 24_000


@pytest.mark.parametrize("name", [*page.SCRIPTS, *page.STYLES])
def test_files_are_written_to_be_read(name):
    lines = WEB.joinpath(name).read_text("utf-8").splitlines()
    assert lines[0].startswith(('"use strict"', "//", "/*"))
    assert max(map(len, lines)) <= 120
    assert len(lines) <= 500
    forbidden = r"innerHTML|insertAdjacent|document\.write|\beval\b|(local|session)Storage|cookie|indexedDB"
    assert not re.search(forbidden, "\n".join(lines))


def test_every_file_is_used():
    assert {file.name for file in WEB.iterdir()} == {*page.SCRIPTS, *page.STYLES, "python.js", "worker.js"}
