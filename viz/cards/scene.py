"""A scene: everything written and measured, for both twins, and the one layout that they share."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Self

from inversa.autograd.languages import texts
from inversa.autograd.printing import printable
from inversa.viz.cards.labels import fanned, settled
from inversa.viz.cards.layout import Layout, Wiring, arrange
from inversa.viz.cards.rows import in_rows
from inversa.viz.cards.writer import Card, Writer
from inversa.viz.drawing.geometry import Size
from inversa.viz.lettering import measure, theme
from inversa.viz.lettering.numbers import count
from inversa.viz.lettering.sentences import block_title, counted, say, translated, way
from inversa.viz.lettering.spans import VIEWS, Line, Span, View
from inversa.viz.picture.records import Array, Box, Group, Picture
from inversa.viz.picture.spoken import spoken
from inversa.viz.picture.staleness import warnings

MAX_NARROW_TEXT = 88.0  # the widest text of a box in a narrow column
MAX_FULL_CARDS = 60  # boxes; up to here every card is complete, beyond they are compact


@dataclass(frozen=True)
class Scene:
    """A picture in one language, ready to be painted from either side."""

    source: Picture  # in no language
    lang: str
    title: str | None
    digits: int
    form: str = "natural"

    @property
    def upright(self) -> bool:
        """Whether the values flow from top to bottom."""
        return self.form in ("upright", "narrow")

    @cached_property
    def picture(self) -> Picture:
        """What is shown."""
        return spoken(self.source, self.lang)

    def translated(self, lang: str) -> Self:
        """The same in another language."""
        return self if lang == self.lang else replace(self, lang=lang)

    @cached_property
    def writer(self) -> Writer:
        """What writes the texts."""
        widest = MAX_NARROW_TEXT if self.form == "narrow" else theme.WIDEST
        compact = len(self.picture.boxes) > MAX_FULL_CARDS
        return Writer(self.picture, self.lang, self.digits, compact=compact, widest=widest)

    @cached_property
    def _wished(self) -> dict[View, dict[int, Card]]:
        """The cards as wide as they would like to be."""
        return {view: {b.number: self.writer.card(b, view) for b in self.picture.boxes} for view in VIEWS}

    @cached_property
    def band(self) -> float:
        """The width of the bands, wide enough for their symbols in small letters."""
        symbols = {word for _, card in self._all(self._wished) for word in (card.band or "").split()}
        widths = [measure.width(word, "sans-bold", theme.SMALL) + 8 for word in symbols]
        return min(max([theme.BAND, *widths]), theme.WIDEST_BAND)

    def symbol(self, card: Card) -> tuple[list[str], float]:
        """A card's symbol, its words one under the other if need be, and the size that fits it into the band."""
        text, room = card.band or "", self.band - 7
        words = text.split()
        sizes = theme.STYLES["symbol"].size, 13.0, theme.SMALL
        whole = sizes if len(words) > 2 else sizes[:2]  # small letters in a line, rather than three lines
        for lines, size in [*(([text], size) for size in whole), *((words, size) for size in sizes)]:
            if all(measure.width(line, "sans-bold", size) <= room for line in lines):
                return lines, size
        return [measure.shorten(word, "sans-bold", theme.SMALL, room) for word in words], theme.SMALL

    @cached_property
    def width(self) -> float:
        """The width of every box: of the widest text that is not too wide; a module's title may be wider."""
        modules = {box.number for box in self.picture.boxes if box.fold is not None and box.module}
        titles = max(self.writer.widest, theme.WIDEST_TITLE if self.form != "narrow" else 0.0)
        least = min(theme.NARROWEST, self.writer.widest)
        lines = [
            max(
                line.rigid,
                min(line.width, titles if n in modules and (view == "inverse" or i == 0) else self.writer.widest),
            )
            + self._before(card)
            for view in VIEWS
            for n, card in self._wished[view].items()
            for i, line in enumerate(card.lines)
        ]
        return float(math.ceil(max([self.band + least, *lines]) + 2 * theme.PAD))

    def _before(self, card: Card) -> float:
        """The room that a card's lines leave free on the left, apart from the padding."""
        return theme.INDENT if card.band is None else self.band

    @cached_property
    def cards(self) -> dict[View, dict[int, Card]]:
        """The card of every box in both views, its lines cut to the common width."""
        fitted: dict[View, dict[int, Card]] = {view: {} for view in VIEWS}
        for view in VIEWS:
            for n, card in self._wished[view].items():
                room = self.width - 2 * theme.PAD - self._before(card)
                fitted[view][n] = card._replace(lines=tuple(line.fitted(room) for line in card.lines))
        return fitted

    @staticmethod
    def _all(cards: dict[View, dict[int, Card]]) -> Iterator[tuple[int, Card]]:
        for view in VIEWS:
            yield from cards[view].items()

    @cached_property
    def sizes(self) -> dict[int, Size]:
        """The size of every box: the common width, and the greater of its two cards' heights."""
        return {
            n: (self.width, max(self.cards[view][n].height for view in VIEWS) + theme.PAD)
            for n in self.cards["forward"]
        }

    @cached_property
    def names(self) -> dict[int, str]:
        """What every box is called."""
        return {box.number: self.writer.name(box) for box in self.picture.boxes}

    @cached_property
    def labels(self) -> dict[View, dict[int, tuple[Line, ...]]]:
        """The labels of the arrows in both views; arrows without one are left out."""
        return {
            view: {a.number: lines for a in self.picture.arrows if (lines := self.writer.label(a, view))}
            for view in VIEWS
        }

    @cached_property
    def label_sizes(self) -> dict[int, Size]:
        """The room that every label needs, whichever twin is painted."""
        written = {n: [self.labels[view].get(n, ()) for view in VIEWS] for n in sorted({*chain(*self.labels.values())})}
        return {
            n: (
                round(max(line.width for lines in both for line in lines) + 6),
                max(sum(line.height for line in lines) for lines in both),
            )
            for n, both in written.items()
        }

    def group_title(self, group: Group, view: View) -> Span:
        """The heading of a frame: a module and its rule ③, or the loss, rule ②."""
        if group.block is not None:
            block = group.block
            text = self.writer.dual_of_block(block) if view == "inverse" else block_title(*block, self.lang)
        elif view == "inverse":
            text = self.writer.dual_name(group.title, group.loss, group.arrays)
        elif group.loss:
            text = say("loss function", self.lang) + (f" = {group.title}" if group.title else "")
        else:
            text = translated(group.title, self.lang)
        return Span(text, "group", yields=True).cut(Span(text, "group").width - 2 * theme.WIDEST)

    @cached_property
    def wiring(self) -> Wiring:
        """What the layout engine is asked."""
        groups = []
        for group in self.picture.groups:
            width = max(self.group_title(group, view).width for view in VIEWS)
            groups.append(((round(width + 8), 16.0), group.members))
        return Wiring(
            boxes={
                b.number: (width + 2 * theme.RING, height + 2 * theme.RING) if b.is_output else (width, height)
                for b in self.picture.boxes
                for width, height in [self.sizes[b.number]]
            },
            arrows={a.number: (a.source, a.target) for a in self.picture.arrows},
            labels=self.label_sizes,
            groups=groups,
            beside={b.number: b.beside for b in self.picture.boxes if b.beside is not None},
            upright=self.upright,
        )

    @cached_property
    def in_one_row(self) -> Layout:
        """The layout that the others are made from; forms in rows have it from the one that is not."""
        return settled(arrange(self.wiring), self.wiring)

    @cached_property
    def layout(self) -> Layout:
        """Where everything lies, in both views."""
        layout = self.in_one_row
        if self.picture.blocks and not self.picture.groups and not self.upright:
            layout = fanned(layout, self.wiring)
        if not self.form.isdigit():
            return layout
        return in_rows(layout, self.wiring, int(self.form)) or layout

    @cached_property
    def unlabelled(self) -> bool:
        """Whether some arrow has no room for its label."""
        return any(self.layout.arrows[n].label is None for n in self.label_sizes)

    # Words about the whole.

    def heading(self, view: View, placed: bool = True) -> tuple[str, str]:
        """Title and legend; before anything is placed, every arrow is taken to have room for its label.

        Under an empty title it is only said what is missing or wrong.
        """
        J = self.writer.output
        title = printable(self.title) if self.title is not None else self._title(view)
        sentences = (
            [say(key, self.lang, J=J, way=self._way(view)) for key in self._legend(view, placed)] if title else []
        )
        if len(self.picture.boxes) < self.picture.total:
            shown = say("shown", self.lang, shown=count(len(self.picture.boxes)), total=count(self.picture.total))
            sentences.insert(0, shown)
        if title and self.picture.places:
            sentences.append(f"{texts(self.lang).placed(self.picture.places)}.")
        return title, " ".join([*warnings(self.picture, view, self.lang), *sentences])

    def _title(self, view: View) -> str:
        blocks = self.picture.blocks
        key = f"{view} blocks" if blocks else view
        return say(key, self.lang, J=self.writer.output, way=self._way(view), n=count(blocks))

    def _way(self, view: View) -> str:
        rows = say("row by row", self.lang) if self.form.isdigit() else ""
        return way(view, self.upright, self.lang) + rows

    def _legend(self, view: View, placed: bool) -> Iterator[str]:
        """The sentences of the legend that are true of this picture."""
        boxes, arrows = self.picture.boxes, self.picture.arrows
        if not arrows:
            return
        folded = any(box.fold is not None for box in boxes)
        scalar = not folded and all(arrow.gain is not None for arrow in arrows if arrow.carries)
        norms = any(isinstance(box.value, Array) and box.value.entries is None for box in boxes)
        if self.picture.blocks:
            yield f"{view} blocks legend"
            if view == "inverse" and norms:
                yield "added arrays legend"
            elif view == "forward":
                yield "array legend" if norms else "forward legend"
                yield "array gradient legend" if norms else "gradient legend"
            return
        if view == "inverse":
            yield "inverse legend"
            if scalar:
                yield "gains legend"
            return
        yield "array legend" if norms else "forward legend"
        if self.writer.compact:
            return
        if not self.picture.several:
            yield "norm legend" if folded else "array gradient legend" if norms else "gradient legend"
        if scalar and not (placed and self.unlabelled):
            yield "derivative legend"
        elif self.labels["forward"]:
            yield "label legend"

    def description(self, view: View) -> str:
        """What the picture shows, for those who do not see it: every box in reading order."""
        picture = self.picture
        text = say(
            f"{view} description",
            self.lang,
            J=picture.output,
            boxes=counted("element", len(picture.boxes), self.lang),
            arrows=counted("arrow", len(picture.arrows), self.lang),
        )
        listed = picture.boxes[:MAX_FULL_CARDS]
        parts = [self._described(box, view) for box in (reversed(listed) if view == "inverse" else listed)]
        if len(picture.boxes) > len(listed):
            parts.append(say("and more", self.lang, n=count(len(picture.boxes) - len(listed))))
        return f"{text} {'; '.join(parts)}." if parts else text

    def _described(self, box: Box, view: View) -> str:
        if view == "forward":
            return self.writer.tooltip(box, view)
        added = (self.writer.contributed(arrow) for arrow in self.picture.arrows if arrow.source == box.number)
        notes = ", ".join([*self.writer.notes(box), *filter(None, added)])
        return f"{self.writer.gradient_name(box, box.flow)} = {self.writer.said_of(box, view)} ({notes})"
