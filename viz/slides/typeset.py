"""A deck as PDF, set by Typst: a page for each stage of a slide, so that turning pages flips the pictures."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from inversa.viz.lettering import theme
from inversa.viz.output.typesetting import typeset
from inversa.viz.slides.deck import Deck, Slide
from inversa.viz.slides.markdown import plain, spans

SUFFIX = ".svg"  # of the views of networks


def pdf(deck: Deck) -> bytes:
    """The whole file.

    Raises
    ------
    ImportError
        Without the package that makes PDFs; the message says what to install.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in deck.images(SUFFIX, _svg):
            (folder / file).write_bytes(content)
        program = files("inversa.viz.slides").joinpath("web", "slides.typ").read_bytes()
        (folder / "slides.typ").write_bytes(program)
        (folder / "deck.json").write_text(json.dumps(_data(deck)), "utf-8")
        return typeset(folder / "slides.typ", {})


def _svg(slide: Slide, view: int) -> bytes:
    assert slide.picture is not None
    return slide.picture.svg([view]).encode()


def _data(deck: Deck) -> dict[str, Any]:
    """What the program reads."""
    return {
        "title": deck.title,
        "about": spans(deck.about),
        "lang": deck.lang,
        "colours": theme.PALETTES["light"],
        "slides": [_slide(number, slide) for number, slide in enumerate(deck.slides, start=1)],
    }


def _slide(number: int, slide: Slide) -> dict[str, Any]:
    said = {name: spans(getattr(slide, name)) for name in ("title", "chapter", "text", "question", "caption")}
    return said | {
        "code": slide.code,
        "printed": slide.printed,
        "code-size": slide.letters(slide.code),
        "printed-size": slide.letters(slide.printed),
        "beside": slide.beside,
        "stages": slide.stages,
        "images": slide.images(number, SUFFIX),
        "alt": slide.picture.description if slide.picture else plain(slide.caption or slide.title),
    }
