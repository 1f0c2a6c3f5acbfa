"""The SVG writer: a drawing's shapes as one document, the same in every browser, in PNG and in PDF."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from inversa.viz.drawing.composition import PIXEL, Composition
from inversa.viz.drawing.geometry import Point
from inversa.viz.drawing.interfaces import Drawing
from inversa.viz.drawing.shapes import Circle, Part, Path, Rect, Shape, Shapes, Text
from inversa.viz.lettering import measure, theme
from inversa.viz.lettering.spans import View
from inversa.viz.output.letters import classes, font_faces, of_drawing, together

NBSP = "\N{NO-BREAK SPACE}"


def svg(composition: Composition, colours: str = "auto", fonts: bool = True, paper: bool = True) -> str:
    """A composition as one SVG document.

    ``colours`` is "light", "dark", "print", or "auto" for light with dark where the reader's system is dark. Without
    ``fonts`` it is for a converter that is given our faces as files, without ``paper`` it has no background.
    """
    drawing, views = composition.drawing, composition.views
    paint = Paint(theme.PALETTES["light" if colours == "auto" else colours], exact=fonts)
    pages, letters = [], []
    for view, x, y, heading, head in composition.pages():
        shapes = list(drawing.shapes(view))
        letters += [of_drawing(heading), of_drawing(shapes)]
        pages.append(
            f'<g class="{view}" transform="translate({n(x)} {n(y)})">\n'
            + "\n".join(map(paint.shape, heading))
            + f'\n<g transform="translate(0 {n(head)})">\n{paint.drawing(shapes, view)}\n</g>\n</g>'
        )
    if composition.panel is not None:
        (x, y), (table, _, _) = composition.panel_place, composition.panel
        letters.append(of_drawing(table))
        body = "\n".join(map(paint.shape, table))
        pages.append(f'<g class="rules" transform="translate({n(x)} {n(y)})">\n{body}\n</g>')
    if composition.noted:
        letters.append(of_drawing(composition.noted))
        pages += map(paint.shape, composition.noted)
    content = "\n".join(pages)
    name = "inversa-" + hashlib.sha256(f"{drawing.lang}{colours}{content}".encode()).hexdigest()[:10]
    titles = " / ".join(drawing.heading(view)[0] for view in views)
    described = " ".join([*(drawing.description(view) for view in views), *filter(None, [composition.note])])
    faces = font_faces(together(*letters)) if fonts else ""
    width, height = composition.size
    return document(
        width,
        height,
        f'<title id="{name}-title">{escape(titles)}</title>\n<desc id="{name}-desc">{escape(described)}</desc>\n'
        f"<style>{faces}{css(f'#{name} ', content, colours)}</style>\n"
        f"{paint.paper(width, height) if paper else ''}\n"
        f"{content.replace('<g id=' + chr(34), '<g id=' + chr(34) + name + '-')}",
        f'id="{name}" lang="{drawing.lang}" aria-labelledby="{name}-title {name}-desc"',
        theme.SCHEMES.get(colours, ""),
        composition.scale,
        PIXEL if composition.paper and fonts else None,  # converters are told the size in their own ways
    )


def document(
    width: float,
    height: float,
    content: str,
    attributes: str,
    scheme: str = "",
    scale: float = 1.0,
    centimetres: float | None = None,
    role: str = "img",
) -> str:
    """An SVG element. ``scheme`` is CSS's color-scheme, for a window that shows nothing but the picture.

    On paper it has so many centimetres to a pixel.

    Browsers round the advances of letters to whole pixels unless they are asked for precision.
    """
    style = f' style="color-scheme:{scheme}"' if scheme else ""
    shown = [n(x * scale) if centimetres is None else f"{n(x * scale * centimetres)}cm" for x in (width, height)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{shown[0]}" height="{shown[1]}" '
        f'viewBox="0 0 {n(width)} {n(height)}" role="{role}" {attributes}{style} '
        f'text-rendering="geometricPrecision" font-family="{theme.FACES["sans"].families}">\n{content}\n</svg>\n'
    )


def bare(drawing: Drawing, view: View) -> str:
    """One view without title and margin, for a page of its own, which brings colours and letters."""
    width, height = (math.ceil(x) for x in drawing.extent)
    content = Paint(None).drawing(drawing.shapes(view), view)
    return document(width, height, content, f'aria-label="{escape(drawing.description(view))}"')


def css(scope: str, content: str, colours: str) -> str:
    """The classes that occur, in literal colours; their scope is this figure's own, so that ten can share a page."""

    def rules(palette: dict[str, str]) -> str:
        return "".join(
            f"{scope}.{letter}-{key}{{{attribute}:{colour}}}"
            for key, colour in palette.items()
            for letter, attribute in (("f", "fill"), ("s", "stroke"))
            if f"{letter}-{key}" in content or key == "paper"
        )

    base = classes(scope) + rules(theme.PALETTES["light" if colours == "auto" else colours])
    if colours != "auto":
        return base
    return f"{base}@media (prefers-color-scheme:dark){{{rules(theme.PALETTES['dark'])}}}"


@dataclass(frozen=True)
class Paint:
    """Writes shapes as SVG.

    Attributes
    ----------
    palette : dict, optional
        Colours and faces stand as attributes, too, for programs that know no CSS. None for a page that brings its own.
    exact : bool
        Whether a text with a letter that no face of ours has is given the width that was kept for it.
    """

    palette: Mapping[str, str] | None
    exact: bool = True

    def drawing(self, shapes: Shapes, view: View) -> str:
        """The shapes of one view; ids are ``f-n3`` for the part n3 of the forward view and ``i-n3`` for its dual."""
        return "\n".join(self.part(item, view) if isinstance(item, Part) else self.shape(item) for item in shapes)

    def part(self, item: Part, view: View) -> str:
        """A group with its title."""
        title = f"<title>{escape(item.title)}</title>" if item.title else ""
        inside = "\n".join(map(self.shape, item.shapes))
        return f'<g id="{view[0]}-{item.name}" class="{item.kind}">{title}\n{inside}\n</g>'

    def paper(self, width: float, height: float) -> str:
        """The background."""
        return f'<rect{self._coloured("paper")} width="{n(width)}" height="{n(height)}"/>'

    def shape(self, item: Shape) -> str:
        """One shape."""
        match item:
            case Text():
                return self._text(item)
            case Rect(x, y, width, height, radius):
                place = f'x="{n(x)}" y="{n(y)}" width="{n(width)}" height="{n(height)}" rx="{n(radius)}"'
                return f"<rect{self._look(item)} {place}/>"
            case Circle(x, y, radius):
                return f'<circle{self._look(item)} cx="{n(x)}" cy="{n(y)}" r="{n(radius)}"/>'
            case Path(start, segments):
                d = f"M{_p(start)}" + "".join(f"{'C' if len(s) == 3 else 'L'}{' '.join(map(_p, s))}" for s in segments)
                shown = f' data-w="{item.slot}"' if item.slot else ""
                shown += f' data-d="{item.decades:g}"' if item.slot and item.decades else ""
                return f'<path{self._look(item)} d="{d}{"Z" if item.closed else ""}"{shown}/>'

    def _look(self, item: Rect | Circle | Path) -> str:
        look = self._coloured(item.fill, item.stroke) + ("" if item.fill else ' fill="none"')
        if item.stroke:
            look += f' stroke-width="{n(item.thickness)}"' + (f' stroke-dasharray="{item.dash}"' if item.dash else "")
        return look

    def _coloured(self, fill: str, stroke: str = "", face: str = "") -> str:
        """The classes and, beside them, the colours."""
        classes = [f"f-{fill}"] * bool(fill) + [f"s-{stroke}"] * bool(stroke) + [face] * bool(face)
        attributes = f' class="{" ".join(classes)}"' if classes else ""
        if self.palette is None:
            return attributes
        attributes += f' fill="{self.palette[fill]}"' if fill else ""
        return attributes + (f' stroke="{self.palette[stroke]}"' if stroke else "")

    def _font(self, name: str, around: str = "sans") -> str:
        """The attributes of a face, so far as they differ from those of the face around it."""
        face, usual = theme.FACES[name], theme.FACES[around]
        if self.palette is None or face == usual:
            return ""
        differing = [
            ("family", face.families, usual.families),
            ("weight", face.weight, usual.weight),
            ("style", face.style, usual.style),
        ]
        return "".join(f' font-{what}="{mine}"' for what, mine, other in differing if mine != other)

    def _text(self, item: Text) -> str:
        """A text, what the symbol face supplies in an element of its own."""
        name = theme.STYLES[item.style].face
        runs = measure.runs(_spaced(item.text), name)
        if not runs:
            return ""
        x, anchor = item.x, item.anchor
        if not self.exact and len(runs) > 1:  # see `_run`
            x, anchor = item.left, "start"
        more = f' text-anchor="{anchor}"' if anchor != "start" else ""
        more += f' data-n="{item.slot}"' if item.slot else ""
        if self.exact and not measure.covered(item.text):
            more += f' textLength="{n(item.width)}" lengthAdjust="spacingAndGlyphs"'
        y = item.y + theme.FACES[name].middle * item.size
        content, start = "", x
        for run, symbol in runs:
            content += self._run(run, symbol, name, start)
            start += measure.width(run, name, item.size)
        return (
            f'<text{self._coloured(item.colour, face=name)}{self._font(name)} x="{n(x)}" y="{n(y)}" '
            f'font-size="{n(item.size)}"{more}>{content}</text>'
        )

    def _run(self, run: str, symbol: bool, name: str, x: float) -> str:
        """A run of one face. For a converter each has its own place: there a missing letter changes the whole text."""
        content, place = escape(run, quote=False), "" if self.exact else f' x="{n(x)}"'
        if symbol:
            symbols = theme.FACES[name].symbols
            return f'<tspan class="{symbols}"{self._font(symbols, name)}{place}>{content}</tspan>'
        return f"<tspan{place}>{content}</tspan>" if place else content


def _spaced(text: str) -> str:
    """The text with spaces that SVG keeps: of several in a row, and at both ends, it would drop some."""
    inner = text.strip(" ")
    before, after = len(text) - len(text.lstrip(" ")), len(text) - len(text.rstrip(" "))
    return NBSP * before + inner.replace("  ", NBSP + " ") + NBSP * after if inner else ""


def _p(point: Point) -> str:
    return f"{n(point[0])} {n(point[1])}"


def n(x: float) -> str:
    """A coordinate: hundredths of a pixel are enough."""
    digits = f"{x:.2f}".rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits
