"""SVG as PNG, with our own fonts."""

from __future__ import annotations

import importlib
import io
from importlib.resources import as_file, files
from typing import Any

from inversa.viz.lettering import measure

COLOURS = 24  # of a small PNG: those of the palette, and shades of edges


def png(source: str, zoom: float) -> bytes:
    """An SVG document as PNG, so many pixels to one of the drawing's.

    Raises
    ------
    ImportError
        Without the package that does it; the message says what to install.
    """
    resvg = optional("resvg_py", "png")
    with as_file(files("inversa.viz.lettering").joinpath("fonts")) as folder:
        fonts = sorted(folder.glob("*.ttf"), key=lambda font: ("Symbols" not in font.name, font.name))
        return bytes(
            resvg.svg_to_bytes(
                svg_string=source,
                zoom=zoom,
                dpi=96,
                skip_system_fonts=measure.covered(source),  # only emoji and other scripts need fonts of the system
                font_files=list(map(str, fonts)),
                font_family="Inversa Sans",
                sans_serif_family="Inversa Sans",
                serif_family="Inversa Serif",
            )
        )


def few_colours(source: bytes) -> bytes:
    """A PNG with so few colours that it is small: a picture of ours has few, and shades of their edges.

    Raises
    ------
    ImportError
        Without the package that does it; the message says what to install.
    """
    image = optional("PIL.Image", "gif")
    picture, made = image.open(io.BytesIO(source)).convert("RGB"), io.BytesIO()
    picture.quantize(COLOURS, dither=image.Dither.NONE).save(made, "PNG", optimize=True)
    return made.getvalue()


def optional(module: str, extra: str) -> Any:
    """A package that may not be installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(f'saving as {extra.upper()} needs a package: pip install "inversa[{extra}]"') from error
