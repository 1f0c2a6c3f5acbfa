"""The switch of languages: from each page to the same page in the other language, or else to that language's index."""

from __future__ import annotations

import re
from collections.abc import Container
from html import escape
from typing import Any

# What the theme says, in Spanish.
_SPANISH = {
    "Back to top": "Volver arriba",
    "Home": "Inicio",
    "Index": "Índice",
    "Link to this heading": "Enlace a esta sección",
    "Made with ": "Hecho con ",
    "Next": "Siguiente",
    "On this page": "En esta página",
    "Previous": "Anterior",
    "Search": "Buscar",
    "Skip to content": "Ir al contenido",
    '<a href="https://www.sphinx-doc.org/">Sphinx</a> and ': '<a href="https://www.sphinx-doc.org/">Sphinx</a> y ',
}
_SWITCH = {"en": "This page in English", "es": "Esta página en español"}
_TO_INDEX = {"en": "Documentation in English", "es": "Documentación en español"}


def language(page: str) -> str:
    """The language of a page: Spanish ones lie in folders called es."""
    return "es" if "es" in page.split("/")[:-1] else "en"


def counterpart(page: str, pages: Container[str]) -> str | None:
    """The same page in the other language, if it is one of these.

    >>> pages = {"index", "es/index", "tutorials/02", "tutorials/es/02"}
    >>> counterpart("tutorials/es/02", pages), counterpart("index", pages), counterpart("design", pages)
    ('tutorials/02', 'es/index', None)
    """
    *folders, name = page.split("/")
    folders = folders[:-1] if language(page) == "es" else [*folders, "es"]
    other = "/".join([*folders, name])
    return other if other in pages else None


def _spanish_first(tree: str) -> str:
    """The contents of the site, in HTML, with what is in Spanish before the rest."""
    parts = re.split('(?=<p class="caption")', tree)
    return "".join(sorted(parts, key=lambda part: "En español</" not in part))


def add(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the switch at the head of a page, and let the theme speak the language of the page."""
    here = language(page)
    there = "en" if here == "es" else "es"
    other = counterpart(page, app.env.found_docs)
    index = "es/index" if there == "es" else "index"
    link, words = context["pathto"](other or index), (_SWITCH if other else _TO_INDEX)[there]
    context["language"] = here
    context["theme_announcement"] = f'<a lang="{there}" hreflang="{there}" href="{escape(link)}">{words}</a>'
    if other:
        context["metatags"] += f'<link rel="alternate" hreflang="{there}" href="{escape(link)}">\n'
    if here == "es":
        context["_"] = context["gettext"] = lambda text: _SPANISH.get(text, text)
        context["furo_navigation_tree"] = _spanish_first(context["furo_navigation_tree"])
        for english, spanish in _SPANISH.items():
            context["body"] = context["body"].replace(f'title="{english}"', f'title="{spanish}"')
