"""What notebooks are given to show."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inversa.viz.figure import Figure

SMALLEST = 0.9  # of its size: a picture is not made smaller, for the sake of its small letters; it scrolls


def image(svg: str, description: str, width: float = 0) -> str:
    """A picture as an HTML image: shown in notebooks that nobody has trusted yet, too, and described when converted.

    Jupyter drops bare SVG there, for it could hold a script; none runs in an image.

    >>> image("<svg/>", "Nothing", 100)
    '<img alt="Nothing" style="max-width:100%;min-width:90px" src="data:image/svg+xml;base64,PHN2Zy8+">'
    """
    least = f";min-width:{round(SMALLEST * width)}px" if width else ""
    return (
        f'<img alt="{escape(description)}" style="max-width:100%{least}" '
        f'src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'
    )


def pictured(figure: Figure) -> dict[str, str]:
    """A figure in all the formats that notebooks, pages and papers made from them take."""
    svg = figure.svg()
    shown = image(svg, figure.alt_text(), figure.width)
    return {"text/html": shown, "image/svg+xml": svg, **printed(figure), "text/plain": repr(figure)}


def framed(page: str, title: str, height: int, figure: Figure, summary: str) -> dict[str, str]:
    """A page in a frame of its own, and below it a figure for where no script may run or no frame is shown."""
    frame = (
        f'<iframe srcdoc="{escape(page)}" sandbox="allow-scripts" title="{escape(title)}" '
        f'style="width:100%;height:{height}px;border:0"></iframe>'
    )
    shown = image(figure.svg(), figure.alt_text(), figure.width)
    still = f"<details><summary>{escape(summary)}</summary>{shown}</details>"
    return {"text/html": f"{frame}\n{still}", **printed(figure)}


def printed(figure: Figure) -> dict[str, str]:
    """A figure for papers: where this is missing, nbconvert looks for Inkscape to make it from the SVG, and fails."""
    try:
        return {"application/pdf": b64encode(figure.pdf()).decode()}
    except (ImportError, RuntimeError):  # not installed, or no PDF can be made in this process
        return {}
