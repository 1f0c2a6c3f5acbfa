"""The pages of the site that are in two languages, and the links between them."""

from __future__ import annotations

from typing import Any

STARTS = {"en": "index", "es": "es"}
NAMES = {"en": "English", "es": "Español"}
FOLDER = "tutorials/es/"  # what is in it is in Spanish, and has the name of its English twin
PAIRS = {"index": "es", "tutorials": FOLDER + "index"}


def language_of(page: str) -> str:
    """The language that a page is written in.

    >>> language_of("tutorials/es/glossary"), language_of("design")
    ('es', 'en')
    """
    return "es" if page.startswith(FOLDER) or page in PAIRS.values() else "en"


def twin(page: str, pages: set[str]) -> str:
    """The same page in the other language; where there is none, the page that the other language begins with.

    >>> pages = {"index", "es", "design", "tutorials/glossary", "tutorials/es/glossary"}
    >>> twin("tutorials/es/glossary", pages), twin("tutorials/glossary", pages), twin("design", pages)
    ('tutorials/glossary', 'tutorials/es/glossary', 'es')
    """
    here = language_of(page)
    pairs = PAIRS if here == "en" else {spanish: english for english, spanish in PAIRS.items()}
    folders = (FOLDER, "tutorials/") if here == "es" else ("tutorials/", FOLDER)
    other = pairs.get(page) or page.replace(*folders, 1)
    return other if other in pages and other != page else STARTS["en" if here == "es" else "es"]


def offer(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Say in which language a page is, and link it to its twin: the template of the sidebar shows both."""
    here = context["language"] = language_of(page)
    target = context["pathto"](twin(page, set(app.env.found_docs)))
    context["languages"] = [(code, name, "" if code == here else target) for code, name in NAMES.items()]
