"""The gallery: every kind of picture from real runs, as files of the site, and the HTML that shows them."""

from __future__ import annotations

from html import escape
from pathlib import Path

from layers import loaded
from links import ROOT


def drawn(folder: Path) -> dict[str, str]:
    """Draw everything into a folder called ``gallery``, a part of the built site.

    Returns
    -------
    dict
        For pictures, pages and plots the HTML that shows them in a page that lies beside the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    gallery = loaded(ROOT / "tutorials" / "gallery.py")
    pictures, pages, plots = [], [], []
    for name, caption, figure in gallery.pictures():
        figure.render(folder / f"{name}.svg")
        pictures.append(_figure(f"gallery/{name}.svg", caption, figure.alt_text(), figure.width))
    for name, caption, page in gallery.pages():
        page.render(folder / f"{name}.html")
        pages.append(f'<li><a href="gallery/{name}.html">{escape(caption)}</a></li>\n')
    for name, caption, plot in gallery.plots():
        figure = getattr(plot, "figure", plot)
        figure.savefig(folder / f"{name}.png", dpi=150)
        plots.append(_figure(f"gallery/{name}.png", caption, caption, round(figure.get_figwidth() * 100)))
    return {
        "pictures": f'<div class="gallery">\n{"".join(pictures)}</div>\n',
        "pages": f"<ul>\n{''.join(pages)}</ul>\n",
        "plots": f'<div class="gallery plots">\n{"".join(plots)}</div>\n',
    }


def _figure(path: str, caption: str, alt: str, width: int) -> str:
    """A picture as wide as it is or as there is room for; a click shows it alone, in its full size."""
    image = f'<img src="{path}" alt="{escape(alt)}" width="{width}" loading="lazy">'
    return f'<figure><a href="{path}">{image}</a><figcaption>{escape(caption)}</figcaption></figure>\n'
