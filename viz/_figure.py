"""Figure: what `draw` returns. It shows itself in a notebook and saves itself as SVG, PNG, PDF, DOT or HTML."""

from __future__ import annotations

import math
import os
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import Any, Literal

from inversa.autograd import checks
from inversa.autograd.languages import language
from inversa.viz.drawing.composition import MIN_SCALE, PIXEL, checked, composed, largest
from inversa.viz.drawing.interfaces import Drawing
from inversa.viz.lettering.spans import View
from inversa.viz.lettering.theme import SCHEMES, THEMES, Theme
from inversa.viz.output import tikz
from inversa.viz.output.notebook import pictured
from inversa.viz.output.raster import png
from inversa.viz.output.saving import Writers, save
from inversa.viz.output.svg import svg
from inversa.viz.output.typesetting import pdf
from inversa.viz.pages.page import html

TRANSPARENT = (".svg", ".png", ".pdf", ".tex", ".tikz")  # the formats that can be without a background
DOT = (".dot", ".gv")  # the suffixes of a Digraph's source
SIDE, AREA = 30_000, 400_000_000  # the most pixels of a PNG: along a side, and in all


class Figure:
    """A drawing of a graph, of its inverse network, or of both.

    Made by `draw`. It is a snapshot: what happens to the nodes later does not change it.

    Attributes
    ----------
    width, height : int
        The size in pixels.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.autograd import Value
    >>> x = Value(3.0, name="x")
    >>> figure = viz.draw((x * x).named("y"))
    >>> figure.svg()[:4]
    '<svg'
    >>> figure.flip().view
    'inverse'
    """

    def __init__(
        self,
        drawing: Drawing,
        views: tuple[View, ...],
        theme: Theme = "auto",
        width: float | None = None,  # as `checked` gives them
        height: float | None = None,
        quiet: bool = False,
        note: str = "",  # a sentence below it
    ) -> None:
        self._given = drawing
        self._note = note
        self._composition = composed(drawing, views, width, height, quiet=quiet, note=note)
        self._drawing = self._composition.drawing
        self._views = views
        self._theme = theme
        self._room = width, height

    @property
    def view(self) -> Literal["forward", "inverse", "both"]:
        """``"forward"``, ``"inverse"`` or ``"both"``."""
        return "both" if len(self._views) > 1 else self._views[0]

    @cached_property
    def digraph(self) -> Any:
        """A `graphviz.Digraph` of the picture, which notebooks show and any Graphviz renders by itself."""
        return self._export(".dot")

    @property
    def source(self) -> str:
        """The DOT source of `digraph`; the same on every run."""
        return str(self.digraph.source)

    @property
    def width(self) -> int:
        """The width in pixels."""
        return math.ceil(self._composition.shown[0] - 1e-6)

    @property
    def height(self) -> int:
        """The height in pixels."""
        return math.ceil(self._composition.shown[1] - 1e-6)

    @property
    def least(self) -> float:
        """The width in pixels below which its letters are too small."""
        return MIN_SCALE * self._composition.size[0]

    def svg(self, theme: Theme | None = None, *, transparent: bool = False) -> str:
        """The picture as SVG.

        Parameters
        ----------
        theme : {"auto", "light", "dark", "print"}, optional
            That of the figure when left out; "auto" follows the reader's system.
        transparent : bool
            Whether it has no background, so that what it is laid on shows through.
        """
        theme = theme or self._theme
        checks.choice("theme", theme, THEMES)
        return svg(self._composition, theme, paper=not transparent)

    def _filling(self, width: float, height: float) -> str:
        """As SVG at its natural size, in the form that fills a room best: for pages that show it larger or smaller."""
        return svg(largest(self._given, self._views, width, height), self._theme)

    def fitted(self, width: float | str | None, height: float | str | None = None, *, quiet: bool = False) -> Figure:
        """The picture for a page of another width.

        Parameters
        ----------
        width, height : float, str or None
            Pixels that there are, or a length on paper; None for as many as it likes. See ``width`` of `draw`.
        quiet : bool
            Whether it says nothing where no form is narrow enough.

        Returns
        -------
        Figure

        Examples
        --------
        >>> from inversa import viz
        >>> from inversa.nn import MLP
        >>> figure = viz.draw(MLP([1, 2, 1], activation="tanh"), [0.5], [1.0], loss="mse")
        >>> figure.fitted(500).width <= 500 < figure.width
        True
        """
        room = checked("width", width), checked("height", height)
        return Figure(self._given, self._views, self._theme, *room, quiet, self._note)

    def flip(self) -> Figure:
        """The twin: the same things at the same places, seen from the other side."""
        flipped: tuple[View, ...] = tuple("forward" if view == "inverse" else "inverse" for view in self._views)
        if self._drawing.obstacle:
            raise ValueError(f"there is no inverse network to flip to: {self._drawing.obstacle}")
        return Figure(self._given, flipped, self._theme, *self._room, note=self._note)

    def apart(self) -> list[Figure]:
        """Each of its views as a picture of its own."""
        return [
            Figure(self._given, (view,), self._theme, *self._room, quiet=True, note=self._note) for view in self._views
        ]

    def alt_text(self, lang: str | None = None) -> str:
        """A description for those who cannot see the picture, in its own or in another language."""
        drawing = self._drawing if lang is None else self._drawing.translated(language(lang))
        return " ".join([*(drawing.description(view) for view in self._views), *filter(None, [self._note])])

    def to_mermaid(self) -> str:
        """The picture as a Mermaid flowchart, which many wikis and READMEs show; of two views, two subgraphs."""
        return str(self._export(".mmd"))

    def to_tikz(self, *, transparent: bool = False) -> str:
        r"""The picture as a ``tikzpicture`` to ``\input`` in a document; its first lines say what that has to load.

        Its texts are set in the document's own letters.

        Parameters
        ----------
        transparent : bool
            Whether it has no background; only in the dark theme it has one.
        """
        return tikz.picture(self._composition, self._theme, not transparent)

    def render(self, path: str | os.PathLike[str], *, transparent: bool = False, standalone: bool = True) -> Path:
        r"""Save the picture; the suffix says in which format.

        Parameters
        ----------
        path : path-like
            Ending in .svg, .png, .pdf, .html, .dot, .gv, .mmd, .tex (a document for LaTeX) or .tikz (a picture to
            ``\input`` in one). A file that is there is replaced at once when the new one is complete, never left
            half-written, and keeps its permissions; a link is followed.
        transparent : bool
            Whether it has no background; in .svg, .png, .pdf, .tex and .tikz.
        standalone : bool
            Whether a .tex is a document of its own. Without, it is the picture to ``\input``, as .tikz always is.

        Returns
        -------
        Path
            The path.

        Raises
        ------
        ValueError
            For another suffix, for a transparent background in a format that has none, and for ``standalone=False``
            in one that is no part of a document.
        OSError
            When the path cannot be written; the message says why.
        ImportError
            When an optional package is missing; the message says what to install.

        Examples
        --------
        For a paper: a picture 8 cm wide, black on white, in the letters of the document that inputs it.

        >>> from inversa import viz
        >>> from inversa.nn import MLP
        >>> model = MLP([1, 2, 1], activation="tanh")
        >>> figure = viz.draw(model, [0.5], [1.0], loss="mse", width="8cm", theme="print", title="")
        >>> path = figure.render("network.tex", standalone=False)  # doctest: +SKIP
        """
        writers, suffix = self._writers(transparent, standalone), Path(path).suffix.lower()
        if transparent and suffix in writers and suffix not in TRANSPARENT:
            raise ValueError(f"a transparent background is for {', '.join(TRANSPARENT)}, not for {suffix}")
        if not standalone and suffix in writers and suffix not in (".tex", ".tikz"):
            raise ValueError(f"standalone=False is for .tex, which is then a part of a document, not for {suffix}")
        return save(path, writers)

    def _writers(self, transparent: bool = False, standalone: bool = True) -> Writers:
        inputted = partial(self.to_tikz, transparent=transparent)
        return {
            ".svg": lambda: self.svg(transparent=transparent),
            ".png": lambda: self.png(transparent=transparent),
            ".pdf": lambda: self.pdf(transparent=transparent),
            ".html": self.html,
            **{suffix: partial(self._export_text, suffix) for suffix in self._drawing.exports},
            ".tex": partial(tikz.document, self._composition, self._theme, not transparent) if standalone else inputted,
            ".tikz": inputted,
        }

    def _export(self, suffix: str) -> Any:
        """What the style of the drawing makes itself."""
        exports = self._drawing.exports
        if suffix not in exports:
            raise ValueError(
                f"{type(self._drawing).__name__} does not offer {suffix}: save as one of {', '.join(self._writers())}"
            )
        return exports[suffix](self._views)

    def _export_text(self, suffix: str) -> str:
        """The same as text; the Digraph's is of the one that `digraph` has given, which may have been changed."""
        return self.source if suffix in DOT else str(self._export(suffix))

    def html(self) -> str:
        """A page that holds the picture and needs nothing else."""
        title = " / ".join(self._drawing.heading(view)[0] for view in self._views)
        return html(
            title,
            self._drawing.lang,
            f":root{{color-scheme:{self._schemes}}}body{{margin:0}}svg{{display:block}}",
            f'<main style="overflow:auto;position:relative" tabindex="0" aria-label="{escape(title)}">\n'
            '<h1 style="position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);margin:0">'
            f"{escape(title)}</h1>\n{self.svg()}</main>",
        )

    @property
    def _schemes(self) -> str:
        return SCHEMES.get(self._theme, "light")

    def png(self, zoom: float | None = None, *, transparent: bool = False) -> bytes:
        """The picture as PNG.

        Parameters
        ----------
        zoom : float, optional
            Pixels of the PNG to a pixel of the picture. When left out it is 2, sharp on screens of high density, or
            less for a picture so large that 2 is not possible.
        transparent : bool
            Whether it has no background.

        Raises
        ------
        ValueError
            For a zoom that gives more than 30 000 pixels a side or 400 million in all, or none.
        """
        width, height = self.width, self.height
        largest = min(SIDE / width, SIDE / height, math.sqrt(AREA / (width * height)))
        if zoom is None:
            zoom = min(2.0, largest)
        elif not 0 < zoom <= largest:
            raise ValueError(
                f"zoom is more than 0 and for this picture of {width}×{height} pixels at most "
                f"{math.floor(largest * 100) / 100:g}, not {zoom!r}"
            )
        return png(self._plain_svg(transparent), zoom)

    def pdf(self, *, transparent: bool = False) -> bytes:
        """The picture as PDF, its fonts embedded; one page of the picture's size.

        Parameters
        ----------
        transparent : bool
            Whether it has no background.

        Raises
        ------
        RuntimeError
            In a process forked from one that had made a PDF, where it would wait for ever.
        """
        width = f"{self._composition.shown[0] * PIXEL}cm" if self._composition.paper else f"{self.width * 0.75}pt"
        title = " / ".join(self._drawing.heading(view)[0] for view in self._views)
        return pdf(self._plain_svg(transparent), width, title, self.alt_text())

    def _plain_svg(self, transparent: bool = False) -> str:
        """For converters: one palette, without the question what the reader's system prefers; they have our faces."""
        colours = "light" if self._theme == "auto" else self._theme
        return svg(self._composition, colours, fonts=False, paper=not transparent)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return pictured(self)

    def __repr__(self) -> str:
        return f"<Figure {self.view} of {self._drawing.output}: {self._drawing.size_text()}>"
