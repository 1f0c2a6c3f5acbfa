"""The SVG writer: a drawing's shapes as one document, the same in every browser, in PNG and in PDF."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from html import escape

from inversa.viz import measure, theme
from inversa.viz.cards import View
from inversa.viz.drawing import Drawing
from inversa.viz.layout import Point
from inversa.viz.shapes import Circle, Part, Path, Rect, Shape, Text, runs, text

HEAD = 54.0  # height of title and legend
STYLED = {"title": 10.0, "subtitle": 32.0}  # of a heading, and where its middle lies


def measured(drawing: Drawing, views: Sequence[View]) -> tuple[int, int]:
    """The width and height of the picture in pixels."""
    headings = [
        measure.width(content, theme.STYLES[style].face, theme.STYLES[style].size)
        for view in views
        for content, style in zip(drawing.heading(view), STYLED, strict=True)
    ]
    width = max(drawing.extent[0], *headings) + 2 * theme.MARGIN
    return math.ceil(width), math.ceil(_page_height(drawing) * len(views) + theme.MARGIN)


def _page_height(drawing: Drawing) -> float:
    return HEAD + drawing.extent[1] + theme.MARGIN


def svg(drawing: Drawing, views: Sequence[View], colours: str = "auto") -> str:
    """The views of a drawing, one under the other, as one SVG document.

    ``colours`` is "light", "dark", "print", or "auto" for light with dark where the reader's system is dark.
    """
    width, height = measured(drawing, views)
    pages = []
    for i, view in enumerate(views):
        y = theme.MARGIN + i * _page_height(drawing)
        heading = [
            text(content, style, 0, y, view)
            for content, (style, y) in zip(drawing.heading(view), STYLED.items(), strict=True)
        ]
        pages.append(
            f'<g class="{view}" transform="translate({n(theme.MARGIN)} {n(y)})">\n'
            + "\n".join(map(shape, heading))
            + f'\n<g transform="translate(0 {n(HEAD)})">\n{written(drawing, view)}\n</g>\n</g>'
        )
    content = "\n".join(pages)
    name = "inversa-" + hashlib.sha256(f"{drawing.lang}{colours}{content}".encode()).hexdigest()[:10]
    titles = " / ".join(drawing.heading(view)[0] for view in views)
    described = " ".join(drawing.description(view) for view in views)
    scheme = theme.SCHEMES.get(colours)  # for a window that shows nothing but the picture
    style = f' style="color-scheme:{scheme}"' if scheme else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"{style} role="img" lang="{drawing.lang}" '
        f'aria-labelledby="{name}-title {name}-desc">\n'
        f'<title id="{name}-title">{escape(titles)}</title>\n<desc id="{name}-desc">{escape(described)}</desc>\n'
        f"<style>{css(f'#{name} ', content, colours)}</style>\n"
        f'<rect class="f-paper" width="{width}" height="{height}"/>\n'
        f"{content.replace('<g id=' + chr(34), '<g id=' + chr(34) + name + '-')}\n</svg>\n"
    )


def bare(drawing: Drawing, view: View) -> str:
    """One view without title and margin, for a page of its own, which brings the colours."""
    width, height = (math.ceil(x) for x in drawing.extent)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(drawing.description(view))}">\n{written(drawing, view)}\n</svg>'
    )


def css(scope: str, content: str, colours: str) -> str:
    """The classes that occur, in literal colours; their scope is this figure's own, so that ten can share a page."""

    def rules(palette: dict[str, str]) -> str:
        return "".join(
            f"{scope}.{letter}-{key}{{{attribute}:{colour}}}"
            for key, colour in palette.items()
            for letter, attribute in (("f", "fill"), ("s", "stroke"))
            if f"{letter}-{key}" in content or key == "paper"
        )

    faces = "".join(f"{scope}.{key}{{font-family:{family}}}" for key, family in theme.FAMILIES.items())
    fixed = f"{faces}{scope}.serif-italic,{scope}.slanted{{font-style:italic}}{scope}.bold{{font-weight:700}}"
    base = rules(theme.PALETTES["light" if colours == "auto" else colours])
    if colours != "auto":
        return fixed + base
    return f"{fixed}{base}@media (prefers-color-scheme:dark){{{rules(theme.PALETTES['dark'])}}}"


def written(drawing: Drawing, view: View) -> str:
    """The shapes of one view; ids are ``f-n3`` for the part n3 of the forward view and ``i-n3`` for its dual."""
    return "\n".join(part(item, view) if isinstance(item, Part) else shape(item) for item in drawing.drawn(view))


def part(item: Part, view: View) -> str:
    """A group with its title."""
    title = f"<title>{escape(item.title)}</title>" if item.title else ""
    inside = "\n".join(map(shape, item.shapes))
    return f'<g id="{view[0]}-{item.name}" class="{item.kind}">{title}\n{inside}\n</g>'


def shape(item: Shape) -> str:
    """One shape; a text becomes runs of one font each."""
    match item:
        case Text():
            return "\n".join(_runs(item))
        case Rect(x, y, width, height, radius):
            place = f'x="{n(x)}" y="{n(y)}" width="{n(width)}" height="{n(height)}" rx="{n(radius)}"'
            return f"<rect{_classes(item)} {place}{_look(item)}/>"
        case Circle(x, y, radius):
            return f'<circle{_classes(item)} cx="{n(x)}" cy="{n(y)}" r="{n(radius)}"{_look(item)}/>'
        case Path(start, segments):
            d = f"M{_p(start)}" + "".join(f"{'C' if len(s) == 3 else 'L'}{' '.join(map(_p, s))}" for s in segments)
            shown = f' data-w="{item.slot}"' if item.slot else ""
            return f'<path{_classes(item)} d="{d}{"Z" if item.closed else ""}"{_look(item)}{shown}/>'


def _classes(item: Rect | Circle | Path) -> str:
    classes = [f"f-{item.fill}"] if item.fill else []
    classes += [f"s-{item.stroke}"] if item.stroke else []
    return f' class="{" ".join(classes)}"' if classes else ""


def _look(item: Rect | Circle | Path) -> str:
    fill = "" if item.fill else ' fill="none"'
    if not item.stroke:
        return fill
    dash = f' stroke-dasharray="{item.dash}"' if item.dash else ""
    return f'{fill} stroke-width="{n(item.thickness)}"{dash}'


def _runs(item: Text) -> Iterable[str]:
    """A text as runs of one font each, its width fixed so that another font cannot overflow its box."""
    face = theme.STYLES[item.style].face
    y = item.y + measure.face(face).middle * item.size
    found = list(runs(item))
    if item.slot:  # a number that a page may write anew: one element, which stays where it is anchored
        anchor = f' text-anchor="{item.anchor}"' if item.anchor != "start" else ""
        written = "".join(
            f'<tspan class="symbols">{escape(shown)}</tspan>' if symbol else escape(shown)
            for shown, _, _, symbol in found
        )
        yield _run(item, written, item.x, y, item.width, False, f'{anchor} data-n="{item.slot}"')
        return
    for shown, start, wide, symbol in found:
        text = escape(shown.replace("  ", chr(0xA0) + " "), quote=False)
        yield _run(item, text, start, y, wide, symbol)


def _run(item: Text, content: str, x: float, y: float, wide: float, symbol: bool, more: str = "") -> str:
    face = theme.STYLES[item.style].face
    classes = [f"f-{item.colour}", "symbols" if symbol else "sans" if face == "sans-bold" else face]
    classes += ["slanted"] if symbol and face == "serif-italic" else []
    classes += ["bold"] if face == "sans-bold" and not symbol else []
    return (
        f'<text class="{" ".join(classes)}" x="{n(x)}" y="{n(y)}" font-size="{n(item.size)}" '
        f'textLength="{n(wide)}" lengthAdjust="spacingAndGlyphs"{more}>{content}</text>'
    )


def _p(point: Point) -> str:
    return f"{n(point[0])} {n(point[1])}"


def n(x: float) -> str:
    """A coordinate: hundredths of a pixel are enough."""
    found = f"{x:.2f}".rstrip("0").rstrip(".")
    return "0" if found == "-0" else found
