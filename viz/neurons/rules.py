"""The table of the eight rules that stands below a small network."""

from __future__ import annotations

from inversa.autograd import Rule
from inversa.viz.cards import Span
from inversa.viz.shapes import Rect, Text, text

HEIGHT, ROW, PAD = 128.0, 22.0, 18.0


def table(lang: str, inverse: bool, width: float, top: float) -> tuple[Rect, list[Text]]:
    """The frame and the texts, in two columns, in the middle of a width; what this view shows is bold."""
    styles = ("rule name", "dual") if inverse else ("rule", "dual name")
    rows = [(rule, *rule.names(lang)) for rule in Rule]
    first = max(Span(names[1], "rule").width for names in rows) + 22
    second = max(Span(names[2], "dual").width for names in rows) + 22
    column = 24 + first + 20 + second + PAD
    wide = 2 * column + PAD
    left = max(0.0, (width - wide) / 2)
    texts = []
    for i, (rule, forward, dual) in enumerate(rows):
        x = left + PAD + (i // 4) * column
        y = top + 20 + ROW * (i % 4) + 11
        texts.append(text(rule.mark, "note", x, y, "ink", size=14, colour="ink"))
        texts.append(text(forward, styles[0], x + 26, y, "forward"))
        texts.append(text("↔", "note", x + 26 + first, y, "muted"))
        texts.append(text(dual, styles[1], x + 26 + first + 22, y, "inverse"))
    return Rect(left, top, wide, HEIGHT - 4, 12.0, "group", "frame", 1.0), texts
