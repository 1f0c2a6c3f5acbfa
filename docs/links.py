"""Where the links of the repository's texts and notebooks lead in the site."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from unicodedata import combining, normalize

from docstrings import PUBLIC

ROOT = Path(__file__).parents[1]
SITE = ROOT / "docs"  # where the sources of the pages are; the pages lie among each other as these do

# Texts that have a page under another name.
PAGES = {
    "README.md": "index.md",
    "README.es.md": "es/index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "tutorials/README.md": "tutorials.md",
    "tutorials/es/README.md": "es/tutorials.md",
    "tutorials/glossary.md": "tutorials/glossary.md",
    "tutorials/es/glossary.md": "tutorials/es/glossary.md",
    "tutorials/source/glossary.md": "tutorials/glossary.md",
    "tests/benchmarks/NOTES.md": "benchmarks.md",
    "docs/try.md": "try.md",
    "docs/es/try.md": "es/try.md",
}

# Sections of the README that are on other pages than its beginning, as links call them.
SECTIONS = {
    "#pictures": "tour.md",
    "#arrays-and-compiled-functions": "tour.md",
    "#networks": "tour.md",
    "#the-eight-rules": "operations.md",
    "#how-fast": "benchmarks.md",
    "#con-qué-rapidez": "benchmarks.md",
    "#from-micrograd": "coming_from.md",
}
LINK = re.compile(r"(!?)\[((?:!\[[^\]]*\]\([^)]*\)|[^\]])*)\]\(([^)\s#:]*)(#[^)\s]*)?\)")
WITH_SOURCE = {name.rpartition(".")[0] for name in PUBLIC}  # the modules whose source `sphinx.ext.viewcode` shows


def rewritten(text: str, folder: Path, page: Path) -> str:
    """A text in Markdown, its links to files of the repository changed to where those are in the site.

    What has a page becomes the page, a module of the library the page with its source. Any other file is copied into
    the site, which is Sphinx's usual way. A folder is neither: its name stays, without a link.

    Parameters
    ----------
    text : str
        As it stands in the repository.
    folder : Path
        Where it stands there, which its links are relative to.
    page : Path
        The source of the page that shows it.
    """

    def replaced(match: re.Match[str]) -> str:
        image, words, target, anchor = match.groups()
        words = rewritten(words, folder, page)  # which may be a picture
        if not target:
            section = SECTIONS.get(anchor)
            return f"{image}[{words}]({_relative(SITE / section, page) if section else anchor or ''})"
        file = Path(os.path.normpath(folder / target))
        if not file.exists() or ROOT not in file.parents:
            return match[0]  # an address, or not a link at all
        if file.is_dir():
            return words
        return f"{image}[{words}]({_in_site(file.relative_to(ROOT), page)}{anchor or ''})"

    return LINK.sub(replaced, text)


def anchor(title: str) -> str:
    """What links call a heading: as on GitHub, but without accents."""
    letters = (letter for letter in normalize("NFD", title.lower()) if not combining(letter))
    return re.sub(r"[^\w\- ]", "", "".join(letters)).replace(" ", "-")


def _in_site(file: Path, page: Path) -> str:
    """What a page writes to link to a file of the repository."""
    module = ".".join(("inversa", *file.with_suffix("").parts))
    if module in WITH_SOURCE:
        return "site:" + _relative(SITE / "_modules" / (module.replace(".", "/") + ".html"), page)
    if file.suffix == ".ipynb":
        return _relative(SITE / file, page)
    if file.as_posix() in PAGES:
        return _relative(SITE / PAGES[file.as_posix()], page)
    return _relative(ROOT / file, page)


def _relative(file: Path, page: Path) -> str:
    return Path(os.path.relpath(file, page.parent)).as_posix()


def rewrite_included(app: Any, path: Path, _stem: str, content: list[str]) -> None:
    """Rewrite the links of a text of the repository that a page includes; the site has its own switch of languages."""
    file = (SITE / path).resolve()
    if file.suffix == ".md" and SITE not in file.parents:
        text = re.sub(r"(?m)^(English · \[español\]|\[English\]).*\n\n", "", content[0], count=1)
        content[0] = rewritten(text, file.parent, SITE / f"{app.env.docname}.md")


def lead_back(app: Any, page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Lead from each function's source back to its text: Sphinx takes it that those of a file are all in one module.

    But ``autograd`` has some of a file's functions, and ``autograd.special`` others.
    """
    if not page.startswith("_modules/"):
        return
    objects = app.env.get_domain("py").objects

    def right(match: re.Match[str]) -> str:
        before, document, name = match.groups()
        short = "." + name.rpartition(".")[2]
        places = [each for each, at in objects.items() if at.docname == document and each.endswith(short)]
        return f'{before}{document}.html#{name if name in objects or not places else places[0]}"'

    context["body"] = re.sub(r'(viewcode-back" href="[./]*)([\w/]+)\.html#([\w.]+)"', right, context.get("body", ""))
