"""A deck as PDF, set by Typst: a page for each stage of a slide, so that turning pages flips the pictures."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from inversa.viz.lettering import theme
from inversa.viz.output.typesetting import typeset
from inversa.viz.slides.deck import Deck, Slide
from inversa.viz.slides.markdown import plain, spans


def pdf(deck: Deck) -> bytes:
    """The whole file.

    Raises
    ------
    ImportError
        Without the package that makes PDFs; the message says what to install.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in pictures(deck):
            (folder / file).write_bytes(content)
        program = files("inversa.viz.slides").joinpath("web", "slides.typ").read_bytes()
        (folder / "slides.typ").write_bytes(program)
        (folder / "deck.json").write_text(json.dumps(_told(deck)), "utf-8")
        return typeset(folder / "slides.typ", {})


def pictures(deck: Deck) -> Iterator[tuple[str, bytes]]:
    """Every picture of a deck, each view by itself: the name of its file, and what stands in that."""
    for number, slide in enumerate(deck.slides, start=1):
        names = image_names(number, slide)
        if slide.picture is not None:
            for view, name in enumerate(names):
                yield name, slide.picture.svg([view]).encode()
        elif slide.plot:
            yield names[0], base64.b64decode(slide.plot)


def image_names(number: int, slide: Slide) -> list[str]:
    """The files of a slide's pictures.

    >>> image_names(3, Slide("title", "chapter", plot="iVBO"))
    ['03.png']
    """
    if slide.picture is not None:
        return [f"{number:02}-{view.name}.svg" for view in slide.picture.views]
    return [f"{number:02}.png"] if slide.plot else []


def _told(deck: Deck) -> dict[str, Any]:
    """What the program is told."""
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
        "images": image_names(number, slide),
        "alt": slide.picture.description if slide.picture else plain(slide.caption or slide.title),
    }
