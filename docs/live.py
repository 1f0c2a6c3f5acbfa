"""Blocks of code that run in the page, by one click, and the pages in which everything is tried.

They need Python for browsers, which `make live` makes. Where it is missing the site is built without them, and says so.
"""

from __future__ import annotations

import base64
import doctest
import gzip
import io
import json
import re
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from docutils import nodes
from files import write
from switch import language

from inversa import viz
from inversa.viz.livepage.examples import EXAMPLES, source
from inversa.viz.livepage.page import files_of, live_page_html
from inversa.viz.livepage.runtime import Runtime, RuntimeMissingError, find_runtime

HERE = Path(__file__).parent
TUTORIALS = ("00", "01", "02", "03")  # those that compute with single numbers, too
ARRAYS = re.compile(r"\b(numpy|np|Tensor|MLP|Sequential|data)\b")  # what needs NumPy, in the others
TRIED = HERE / "generated" / "live.json"  # what became of blocks, by what they are and what runs them
WORDS = {
    "en": {
        "run here": "Run it here",
        "about": "Loads Python into this page, once (almost 10 MB)",
        "loading": "Python is being loaded …",
        "not loaded": "{name} could not be loaded",
        "broken": "Python does not run here: {text}",
        "block": "Code that runs",
        "code": "Python code",
        "names": "Names",
        "output": "Output",
        "error": "Error",
        "run": "Run",
        "stop": "Stop",
        "back": "As it was",
        "above": "What stands above runs first …",
        "running": "Running …",
        "done": "Done in {ms} ms. Ctrl+Enter runs it again; Esc and then Tab leaves the editor.",
        "failed": "It ended with an error.",
        "above failed": "A block above ended with an error, so this one did not run.",
        "stopping": "Stopping …",
        "stopped": "Stopped.",
        "arrays": "The cells of this tutorial compute with arrays, and so need NumPy: run them in Jupyter.",
        "needs NumPy": "This block needs NumPy, which a page does not have: run it in a Python of your own.",
    },
    "es": {
        "run here": "Ejecutar aquí",
        "about": "Carga Python en esta página, una vez (casi 10 MB)",
        "loading": "Se está cargando Python …",
        "not loaded": "no se pudo cargar {name}",
        "broken": "Python no funciona aquí: {text}",
        "block": "Código que se ejecuta",
        "code": "Código de Python",
        "names": "Nombres",
        "output": "Salida",
        "error": "Error",
        "run": "Ejecutar",
        "stop": "Detener",
        "back": "Como estaba",
        "above": "Antes se ejecuta lo que está más arriba …",
        "running": "Se está ejecutando …",
        "done": "Hecho en {ms} ms. Ctrl+Intro lo ejecuta otra vez; Esc y luego Tab sale del editor.",
        "failed": "Terminó con un error.",
        "above failed": "Un bloque de más arriba terminó con un error; por eso este no se ejecutó.",
        "stopping": "Deteniendo …",
        "stopped": "Detenido.",
        "arrays": "Las celdas de este tutorial calculan con matrices y por eso necesitan NumPy: ejecútelas en Jupyter.",
        "needs NumPy": "Este bloque necesita NumPy, que una página no tiene: ejecútelo en un Python propio.",
    },
}
TRY = {
    "en": (
        "[Open the live page](site:{there}_static/live/try_en.html) (almost 10 MB, loaded by this click). It is one "
        "file: save it, and it works where there is no network.",
        "This site was built without Python for browsers. In a checkout `make live` makes it, and `make docs` then "
        "puts the page here; `inversa live --open` writes it for you alone.",
    ),
    "es": (
        "[Abrir la página en vivo](site:{there}_static/live/try_es.html) (casi 10 MB, que se cargan con este clic). Es "
        "un solo archivo: guárdelo y funciona donde no hay red.",
        "Este sitio se hizo sin Python para navegadores. En una copia del repositorio lo hace `make live`, y entonces "
        "`make docs` pone aquí la página; `inversa live --open` la escribe solo para usted.",
    ),
}


def prepare(app: Any) -> None:
    """Write what the pages load when they are asked to, and the pages that are looked at alone."""
    folder = Path(app.outdir) / "_static" / "live"
    folder.mkdir(parents=True, exist_ok=True)
    for lang in WORDS:
        viz.playground(lang=lang).render(folder / f"playground_{lang}.html")
    app.live_files, app.live_modules = {}, []
    runtime = _runtime()
    for lang, (live, none) in TRY.items():
        text = (live if runtime else none).format(there="../" if lang == "es" else "")
        write(HERE / "generated" / f"try_{lang}.md", f"{text}\n")
    if runtime is None:
        return
    files = files_of(runtime)
    for name, packed in files.items():
        write(folder / f"{name}.js", f'liveFile("{name}", "{base64.b64encode(packed).decode()}");\n')
        app.live_files[name] = sha256(packed).hexdigest()[:12]
    app.live_modules = modules_of(*(gzip.decompress(files[name]) for name in ("stdlib.zip", "library.zip")))
    write(folder / "NOTICES.txt", runtime.notices)
    for name in ("live.js", "live.css"):
        write(folder / name, (HERE / "live" / name).read_text("utf-8"))
    for lang in WORDS:
        write(folder / f"try_{lang}.html", live_page_html(source(EXAMPLES[0], lang), runtime, lang))


def _runtime() -> Runtime | None:
    try:
        return find_runtime()
    except RuntimeMissingError as error:
        print(f"No block of code will run in its page: {error}", file=sys.stderr)  # also where Sphinx is quiet
        return None


def modules_of(*archives: bytes) -> list[str]:
    """The names of the modules in zips."""
    names = [name for archive in archives for name in zipfile.ZipFile(io.BytesIO(archive)).namelist()]
    found = (re.fullmatch(r"(.+?)(/__init__)?\.pyc?", name) for name in names)
    return sorted({match[1].replace("/", ".") for match in found if match})


def mark(app: Any, env: Any) -> list[str]:
    """Find which blocks run in a page; the pages to be written for it, though nothing else in them has changed."""
    app.live_outcomes = {}
    if not app.live_files:
        return []
    pages = {page: codes for page in sorted(env.found_docs) if (codes := _codes(env.get_doctree(page), page))}
    known = json.loads(TRIED.read_text("utf-8")) if TRIED.exists() else {}
    key = {
        page: sha256(json.dumps([codes, app.live_files["library.zip"], app.live_modules]).encode()).hexdigest()
        for page, codes in pages.items()
    }
    new = {page: codes for page, codes in pages.items() if key[page] not in known}
    found = tried(new, app.live_modules) if new else {}
    app.live_outcomes = {page: found.get(page) or known[key[page]] for page in pages}
    write(TRIED, json.dumps({key[page]: outcome for page, outcome in app.live_outcomes.items()}))
    return list(new)


def tried(pages: dict[str, list[str]], modules: list[str]) -> dict[str, list[str]]:
    """What becomes of each block of these pages where there are these modules alone: "run", "numpy" or "other"."""
    command = [sys.executable, "-P", str(HERE / "live_trial.py")]
    done = subprocess.run(command, input=json.dumps([pages, modules]), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the blocks of the pages could not be tried:\n{done.stderr}")
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def _blocks(doctree: nodes.document, page: str) -> list[nodes.literal_block]:
    """The blocks of Python: examples at its prompt, and the cells of the first tutorials."""
    blocks = [block for block in doctree.findall(nodes.literal_block) if block.get("language") in ("pycon", "ipython3")]
    folder, _, name = page.rpartition("/")
    of_arrays = folder.startswith("tutorials") and not name.startswith(TUTORIALS)
    if of_arrays or folder == "api" or name == "contributing":  # which is about a checkout
        return []
    return blocks


def _codes(doctree: nodes.document, page: str) -> list[str]:
    return [code_of(block.astext(), block["language"]) for block in _blocks(doctree, page)]


def code_of(text: str, kind: str) -> str:
    r"""The code of a block; of examples what is typed.

    >>> code_of(">>> def f(x):\n...     return x\n>>> f(2)\n2", "pycon")
    'def f(x):\n    return x\nf(2)'
    """
    if kind != "pycon":
        return text
    return "".join(example.source for example in doctest.DocTestParser().get_examples(text)).rstrip("\n")


def label(app: Any, doctree: nodes.document, page: str) -> None:
    """Say of each block whether it runs; that one needs NumPy where several run."""
    outcomes = app.live_outcomes.get(page, [])
    marked = ("run", "numpy") if outcomes.count("run") > 1 else ("run",)
    for block, outcome in zip(_blocks(doctree, page), outcomes, strict=False):
        if outcome in marked:
            block["classes"].append(f"live-{outcome}")
    name = page.rpartition("/")[2]
    if app.live_files and page.startswith("tutorials/") and name[:2].isdigit() and not name.startswith(TUTORIALS):
        cells = [block.astext() for block in doctree.findall(nodes.literal_block)]
        if title := next(iter(doctree.findall(nodes.title)), None) if ARRAYS.search("\n".join(cells)) else None:
            note = WORDS[language(page)]["arrays"]
            title.parent.insert(title.parent.index(title) + 1, nodes.paragraph("", note, classes=["live-arrays"]))


def load(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give a page with such blocks the script that makes them run; it loads nothing by itself."""
    if not app.live_files or not re.search(r'class="[^"]*\blive-run(?![\w-])', context.get("body", "")):
        return
    lang = language(page)
    data = {
        "data-words": json.dumps(WORDS[lang], ensure_ascii=False),
        "data-files": json.dumps(app.live_files),
        "data-lang": lang,
    }
    app.add_js_file("live/live.js", defer="defer", **data)
    app.add_css_file("live/live.css")


def setup(app: Any) -> None:
    """Say when what is done."""
    app.connect("builder-inited", prepare)
    app.connect("env-updated", mark)
    app.connect("doctree-resolved", label)
    app.connect("html-page-context", load)
