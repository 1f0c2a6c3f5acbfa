"""What notebooks are given to show."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inversa.viz._figure import Figure


PHONE = 358.0  # the pixels that a page for phones leaves for a picture
MAX_PHONE_WIDTH = 600  # a window up to this width is a phone's


def image(svg: str, description: str, least: float = 0) -> str:
    """A picture as an HTML image: shown in untrusted notebooks, too, and described when converted.

    Jupyter drops bare SVG there, for it could hold a script; none runs in an image. It becomes no narrower than
    ``least`` pixels: it scrolls.

    >>> image("<svg/>", "Nothing", 90)
    '<img alt="Nothing" style="max-width:100%;min-width:90px" src="data:image/svg+xml;base64,PHN2Zy8+">'
    """
    return _image(_inline(svg), description, f"{round(least)}px" if least else "")


def _image(address: str, description: str, narrowest: str) -> str:
    limits = "max-width:100%" + (f";min-width:{narrowest}" if narrowest else "")
    return f'<img alt="{escape(description)}" style="{limits}" src="{address}">'


def _inline(svg: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def reflowing(figure: Figure, address: Callable[[str], str] = _inline) -> str:
    """A figure as an HTML image that takes its form for phones where the window is narrow.

    ``address`` says where a page finds an SVG: in itself, unless it is saved elsewhere.
    """
    wide, narrow = figure, figure.fitted(PHONE, quiet=True)
    if narrow.width >= wide.width:
        return _image(address(wide.svg()), wide.alt_text(), f"{round(wide.least)}px")
    # A style knows no conditions, but arithmetic: this is the first number in narrow windows, else the second.
    least = f"min(max({round(narrow.least)}px,(100vw - {MAX_PHONE_WIDTH}px)*999),{round(wide.least)}px)"
    source = f'<source media="(max-width:{MAX_PHONE_WIDTH}px)" srcset="{address(narrow.svg())}">'
    return f"<picture>{source}{_image(address(wide.svg()), wide.alt_text(), least)}</picture>"


def pictured(figure: Figure) -> dict[str, str]:
    """A figure in all the formats that notebooks, pages and papers made from them take."""
    return {
        "text/html": reflowing(figure),
        "image/svg+xml": figure.svg(),
        **printed(figure),
        "text/plain": repr(figure),
    }


def framed(
    page: str, title: str, height: int, figure: Figure, summary: str, allowed: str = "allow-scripts"
) -> dict[str, str]:
    """A page in a frame of its own, and below it a figure for where no script may run or no frame is shown.

    ``allowed`` is what the page may do in its frame, in the words of HTML's ``sandbox``.
    """
    frame = (
        f'<iframe srcdoc="{escape(page)}" sandbox="{allowed}" title="{escape(title)}" '
        f'style="width:100%;height:{height}px;border:0"></iframe>'
    )
    still = f"<details><summary>{escape(summary)}</summary>{reflowing(figure)}</details>"
    return {"text/html": f"{frame}\n{still}", **printed(figure)}


def printed(figure: Figure) -> dict[str, str]:
    """A figure for papers: where this is missing, nbconvert looks for Inkscape to make it from the SVG, and fails."""
    try:
        return {"application/pdf": b64encode(figure.pdf()).decode()}
    except (ImportError, RuntimeError):  # not installed, or no PDF can be made in this process
        return {}
