"""The table of the rules that stands below a small network."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from inversa.autograd import Rule
from inversa.viz.drawing.shapes import Rect, Shape, text
from inversa.viz.lettering.spans import Span, View

ROW, PAD, MARK = 22.0, 18.0, 26.0


def table(lang: str, views: Sequence[View], rules: Collection[Rule]) -> tuple[list[Shape], float, float]:
    """The frame and the texts, in two columns, and the width and height; what the views show is bold."""
    styles = ("rule" if "forward" in views else "rule name", "dual" if "inverse" in views else "dual name")
    rows = [(rule, *rule.names(lang)) for rule in Rule if rule in rules]
    first = max(Span(names[1], "rule").width for names in rows) + MARK
    second = max(Span(names[2], "dual").width for names in rows) + MARK
    column = first + 20 + second + PAD
    high = (len(rows) + 1) // 2
    width, height = 2 * column + PAD, 2 * PAD + ROW * high
    shapes: list[Shape] = [Rect(0, 0, width, height, 12.0, "group", "frame", 1.0)]
    for i, (rule, forward, dual) in enumerate(rows):
        x, y = PAD + (i // high) * column, PAD + ROW * (i % high) + ROW / 2
        shapes.append(text(rule.mark, "note", x, y, "ink", size=14, colour="ink"))
        shapes.append(text(forward, styles[0], x + MARK, y, "forward"))
        shapes.append(text("↔", "note", x + MARK + first, y, "muted"))
        shapes.append(text(dual, styles[1], x + 2 * MARK + first - 4, y, "inverse"))
    return shapes, width, height
