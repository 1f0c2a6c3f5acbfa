"""Saving a deck: the suffix says in which format."""

from __future__ import annotations

import os
from pathlib import Path

from inversa.autograd.files import expanded
from inversa.viz.output.saving import Writers
from inversa.viz.output.saving import save as save_by_suffix
from inversa.viz.slides import beamer, reveal, typeset
from inversa.viz.slides.deck import Deck

FORMATS = ("html", "pdf", "tex")


def save(deck: Deck, path: str | os.PathLike[str]) -> Path:
    """Write a deck.

    Parameters
    ----------
    deck : Deck
    path : path-like
        Ending in .html (a page for a browser), .pdf, or .tex (source for Beamer; its pictures are written into a folder
        beside it). The file is replaced at once when it is complete.

    Returns
    -------
    Path
        The path.

    Raises
    ------
    ValueError
        For another suffix.
    OSError
        When the path cannot be written; the message says why.
    ImportError
        When an optional package is missing; the message says what to install.
    """
    path = expanded(path)
    writers: Writers = {
        ".html": lambda: reveal.page(deck),
        ".pdf": lambda: typeset.pdf(deck),
        ".tex": lambda: beamer.save(deck, path),
    }
    return save_by_suffix(path, writers)
