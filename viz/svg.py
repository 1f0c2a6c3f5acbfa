"""The painter: a scene and one of its views as SVG, the same in every browser, in PNG and in PDF."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from html import escape

from inversa.viz import measure, theme
from inversa.viz.cards import Card, Line, Span, View, multiplied
from inversa.viz.layout import Point, Route
from inversa.viz.records import Arrow, Box
from inversa.viz.scene import Scene

HEAD = 54.0  # height of title and legend


def measured(scene: Scene, views: Sequence[View]) -> tuple[int, int]:
    """The width and height of the picture in pixels."""
    headings = [
        Span(text, style).width
        for v in views
        for text, style in zip(scene.heading(v), ("title", "subtitle"), strict=True)
    ]
    width = max(scene.layout.width, *headings) + 2 * theme.MARGIN
    return math.ceil(width), math.ceil(_page_height(scene) * len(views) + theme.MARGIN)


def _page_height(scene: Scene) -> float:
    return HEAD + scene.layout.height + theme.MARGIN


def svg(scene: Scene, views: Sequence[View], colours: str = "auto") -> str:
    """The views of a scene, one under the other, as one SVG document.

    ``colours`` is "light", "dark", "print", or "auto" for light with dark where the reader's system is dark.
    """
    width, height = measured(scene, views)
    pages = []
    for i, view in enumerate(views):
        y = theme.MARGIN + i * _page_height(scene)
        painted = "\n".join(_Page(scene, view).painted())
        pages.append(f'<g class="{view}" transform="translate({_n(theme.MARGIN)} {_n(y)})">\n{painted}\n</g>')
    content = "\n".join(pages)
    name = "inversa-" + hashlib.sha256(f"{scene.lang}{colours}{content}".encode()).hexdigest()[:10]
    titles = " / ".join(scene.heading(view)[0] for view in views)
    described = " ".join(scene.description(view) for view in views)
    scheme = theme.SCHEMES.get(colours)  # for a window that shows nothing but the picture
    style = f' style="color-scheme:{scheme}"' if scheme else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"{style} role="img" lang="{scene.lang}" '
        f'aria-labelledby="{name}-title {name}-desc">\n'
        f'<title id="{name}-title">{escape(titles)}</title>\n<desc id="{name}-desc">{escape(described)}</desc>\n'
        f"<style>{_css(name, content, colours)}</style>\n"
        f'<rect class="f-paper" width="{width}" height="{height}"/>\n'
        f"{content.replace('<g id=' + chr(34), '<g id=' + chr(34) + name + '-')}\n</svg>\n"
    )


def _css(name: str, content: str, colours: str) -> str:
    """The classes that occur, in literal colours; their names are this figure's own, so that ten can share a page."""

    def rules(palette: dict[str, str]) -> str:
        return "".join(
            f"#{name} .{letter}-{key}{{{attribute}:{colour}}}"
            for key, colour in palette.items()
            for letter, attribute in (("f", "fill"), ("s", "stroke"))
            if f"{letter}-{key}" in content or key == "paper"
        )

    faces = "".join(f"#{name} .{key}{{font-family:{family}}}" for key, family in theme.FAMILIES.items())
    fixed = f"{faces}#{name} .serif-italic,#{name} .slanted{{font-style:italic}}#{name} .bold{{font-weight:700}}"
    base = rules(theme.PALETTES["light" if colours == "auto" else colours])
    if colours != "auto":
        return fixed + base
    return f"{fixed}{base}@media (prefers-color-scheme:dark){{{rules(theme.PALETTES['dark'])}}}"


class _Page:
    """One view of a scene, below its title."""

    def __init__(self, scene: Scene, view: View) -> None:
        self.scene, self.view = scene, view
        self.title, self.legend = scene.heading(view)

    def painted(self) -> Iterable[str]:
        """Title and legend, then frames, arrows and boxes, later ones on top."""
        picture, layout = self.scene.picture, self.scene.layout
        yield from _text(self.title, "title", 0, 10, self.view)
        yield from _text(self.legend, "subtitle", 0, 32, self.view)
        yield f'<g transform="translate(0 {_n(HEAD)})">'
        frames = list(zip(picture.groups, layout.groups, strict=True))
        for _, (x, y, width, height) in frames:
            place = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'
            yield f'<rect class="f-group s-frame" {place} rx="10"/>'
        for arrow in picture.arrows:
            yield from self._arrow(arrow, layout.arrows[arrow.number])
        for box in picture.boxes:
            yield from self._box(box, layout.boxes[box.number])
        for group, frame in frames:
            colour = "loss" if group.loss else "muted"
            title = self.scene.group_title(group, self.view).text
            yield from _text(title, "group", frame.x + 12, frame.y + 12, colour, force=colour)
        yield "</g>"

    def _arrow(self, arrow: Arrow, route: Route) -> Iterable[str]:
        inverse = self.view == "inverse"
        colour = "muted" if inverse and not arrow.carries else self.view
        points = [route.start, *route.curve, route.end]
        if inverse:
            points.reverse()
        tip, before = points[-1], points[-2] if points[-2] != points[-1] else points[-3]
        tip_path, base = _arrowhead(before, tip, open=inverse)
        line = _path(points, tip if inverse else base)
        dash = ' stroke-dasharray="5 4"' if inverse else ""
        yield f'<g id="{self.view[0]}-e{arrow.number}" class="arrow"><title>{escape(self._arrow_title(arrow))}</title>'
        yield f'<path class="s-{colour}" d="{line}" fill="none" stroke-width="1.4"{dash}/>'
        if inverse and arrow.carries:
            yield f'<path class="s-{colour}" d="{tip_path}" fill="none" stroke-width="1.4" stroke-linejoin="round"/>'
        elif not inverse:
            yield f'<path class="f-{colour}" d="{tip_path}"/>'
        yield "</g>"
        lines = self.scene.labels[self.view].get(arrow.number, ())
        if lines and route.label is not None:
            (x, y), top = route.label, -self.scene.label_sizes[arrow.number][1] / 2
            for text in lines:
                left = x - text.width / 2
                yield from _line(text, left, y + top + text.height / 2, text.width, self.view)
                top += text.height

    def _arrow_title(self, arrow: Arrow) -> str:
        ends = [self.scene.names[arrow.source], self.scene.names[arrow.target]]
        text = " → ".join(reversed(ends) if self.view == "inverse" else ends)
        if arrow.carries and arrow.formula:
            text += f": {multiplied(arrow.formula)}"
            text += "" if arrow.gain is None else f" = {self.scene.writer.number(arrow.gain)}"
        return text

    def _box(self, box: Box, centre: Point) -> Iterable[str]:
        card = self.scene.cards[self.view][box.number]
        width, height = self.scene.sizes[box.number]
        x, y = centre[0] - width / 2, centre[1] - height / 2
        yield f'<g id="{self.view[0]}-n{box.number}" class="{box.role}"><title>{escape(card.tooltip)}</title>'
        radius = min(height / 2, 14.0 if card.band is not None else 20.0)
        if box.is_output:
            ring = theme.RING
            yield (
                f'<rect class="s-{card.role}" x="{_n(x - ring)}" y="{_n(y - ring)}" width="{_n(width + 2 * ring)}" '
                f'height="{_n(height + 2 * ring)}" rx="{_n(radius + ring)}" fill="none" stroke-width="1.4"/>'
            )
        yield (
            f'<rect class="f-{card.role}-tint s-{card.role}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" '
            f'height="{_n(height)}" rx="{_n(radius)}" stroke-width="1.4"/>'
        )
        left = x + theme.PAD + (theme.INDENT if card.band is None else self.scene.band)
        if card.band is not None:
            yield from self._band(card, x, y, height, radius)
        top = y + (height - card.height) / 2
        for line in card.lines:
            yield from _line(line, left, top + line.height / 2 + 1, x + width - theme.PAD - left, card.role)
            top += line.height
        yield "</g>"

    def _band(self, card: Card, x: float, y: float, height: float, r: float) -> Iterable[str]:
        band = self.scene.band
        yield (
            f'<path class="f-{card.role}" d="M{_n(x + band)} {_n(y)}H{_n(x + r)}'
            f"A{_n(r)} {_n(r)} 0 0 0 {_n(x)} {_n(y + r)}"
            f'V{_n(y + height - r)}A{_n(r)} {_n(r)} 0 0 0 {_n(x + r)} {_n(y + height)}H{_n(x + band)}Z"/>'
        )
        words, size = self.scene.symbol(card)
        for i, word in enumerate(words):
            wide = measure.width(word, "sans-bold", size)
            middle = y + height / 2 + (i - (len(words) - 1) / 2) * 1.2 * size
            yield from _text(word, "symbol", x + (band - wide) / 2, middle, card.role, size=size)


def _line(line: Line, x: float, y: float, room: float, role: str) -> Iterable[str]:
    """A line of spans, centred on y."""
    right = x + room - sum(span.width for span in line.right)
    for spans, start in ((line.left, x), (line.right, right)):
        for span in spans:
            yield from _text(span.text, span.style, start, y, role)
            start += span.width


def _text(
    text: str, style: str, x: float, y: float, role: str, size: float | None = None, force: str | None = None
) -> Iterable[str]:
    """A text as runs of one font each, its width fixed so that another font cannot overflow its box.

    The middle of the letters is at height y.
    """
    face, usual, colour = theme.STYLES[style]
    size = size or usual
    colour = force or (role if colour == "role" else colour)
    y += measure.face(face).middle * size
    for run, symbol in measure.runs(text, face):
        wide = measure.width(run, face, size)
        start = x + measure.width(run[: len(run) - len(run.lstrip())], face, size)
        x += wide
        shown = run.strip()
        if not shown:
            continue
        classes = [f"f-{colour}", "symbols" if symbol else "sans" if face == "sans-bold" else face]
        classes += ["slanted"] if symbol and face == "serif-italic" else []
        classes += ["bold"] if face == "sans-bold" and not symbol else []
        yield (
            f'<text class="{" ".join(classes)}" x="{_n(start)}" y="{_n(y)}" font-size="{_n(size)}" '
            f'textLength="{_n(measure.width(shown, face, size))}" lengthAdjust="spacingAndGlyphs">'
            f"{escape(shown.replace('  ', chr(0xA0) + ' '), quote=False)}</text>"
        )


def _path(points: Sequence[Point], end: Point) -> str:
    """A line to the curve's start, the curve, and a line to ``end``."""
    start, first, *curve = points[:-1]
    text = f"M{_p(start)}" + (f"L{_p(first)}" if start != first else "")
    for i in range(0, len(curve) - 2, 3):
        text += f"C{_p(curve[i])} {_p(curve[i + 1])} {_p(curve[i + 2])}"
    return f"{text}L{_p(end)}" if math.dist(curve[-1] if curve else first, end) > 0.05 else text


def _arrowhead(before: Point, tip: Point, open: bool) -> tuple[str, Point]:
    """The path of an arrowhead and the middle of its base."""
    length = math.dist(before, tip) or 1.0
    dx, dy = (tip[0] - before[0]) / length * theme.ARROW, (tip[1] - before[1]) / length * theme.ARROW
    base = (tip[0] - dx, tip[1] - dy)
    wide = 0.42
    left, right = (base[0] - dy * wide, base[1] + dx * wide), (base[0] + dy * wide, base[1] - dx * wide)
    return (f"M{_p(left)}L{_p(tip)}L{_p(right)}" + ("" if open else "Z")), base


def _p(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(x: float) -> str:
    """A coordinate: hundredths of a pixel are enough."""
    text = f"{x:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
