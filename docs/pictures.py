"""The galleries: every kind of picture from real runs, as files of the site, and the HTML that shows them."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from html import escape
from pathlib import Path

from files import write
from layers import loaded
from links import ROOT

from inversa import viz
from inversa.autograd.languages import Lang
from inversa.viz.output.notebook import reflowing

COLUMN = 860  # pixels of the text's width


def draw_galleries(site: Path) -> dict[str, str]:
    """Draw everything in both languages, into folders called ``gallery`` of the built site.

    Returns
    -------
    dict
        For pictures, pages and plots the HTML that shows them in a page that lies beside the folder; of the Spanish
        ones the names end in ``_es``.
    """
    made = _drawn(site / "gallery", "en")
    return made | {f"{kind}_es": html for kind, html in _drawn(site / "es" / "gallery", "es").items()}


def _drawn(folder: Path, lang: Lang) -> dict[str, str]:
    """Draw everything in a language; return the HTML."""
    viz.set_language(lang)
    try:
        return _draw(folder)
    finally:
        viz.set_language("en")


def _draw(folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    gallery = loaded(ROOT / "tutorials" / "gallery.py")
    pictures, pages, plots = [], [], []
    for name, caption, figure in gallery.pictures():
        figure.render(folder / f"{name}.svg")
        shown = reflowing(figure.fitted(COLUMN, quiet=True), partial(_saved, folder))
        pictures.append(_figure(f"gallery/{name}.svg", caption, shown))
    for name, caption, page in gallery.pages():
        page.render(folder / f"{name}.html")
        pages.append(f'<li><a href="gallery/{name}.html">{escape(caption)}</a></li>\n')
    for name, caption, plot in gallery.plots():
        figure = getattr(plot, "figure", plot)
        figure.savefig(folder / f"{name}.png", dpi=150)
        width = round(figure.get_figwidth() * 100)
        limits = f'width="{width}" style="min-width:{round(0.72 * width)}px"'  # so that letters have 9 pixels
        image = f'<img src="gallery/{name}.png" alt="{escape(caption)}" {limits} loading="lazy">'
        plots.append(_figure(f"gallery/{name}.png", caption, image))
    return {
        "pictures": f'<div class="gallery">\n{"".join(pictures)}</div>\n',
        "pages": f"<ul>\n{''.join(pages)}</ul>\n",
        "plots": f'<div class="gallery plots">\n{"".join(plots)}</div>\n',
    }


def _saved(folder: Path, svg: str) -> str:
    """Save a form of a picture; return its address."""
    path = folder / f"{sha256(svg.encode()).hexdigest()[:12]}.svg"
    write(path, svg)
    return f"gallery/{path.name}"


def _figure(path: str, caption: str, image: str) -> str:
    """A picture; a click shows it alone, in its full size."""
    return f'<figure><a href="{path}">{image}</a><figcaption>{escape(caption)}</figcaption></figure>\n'
