"""A scene: everything written and measured, for both twins, and the one layout that they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from inversa.autograd import Rule
from inversa.viz import measure, theme
from inversa.viz.cards import VIEWS, Card, Line, Span, View, Writer, subject
from inversa.viz.layout import Layout, Size, Wiring, arrange
from inversa.viz.records import Box, Group, Picture
from inversa.viz.texts import count, printable, say

FULL = 60  # boxes; up to here every card is complete, beyond they are compact


@dataclass(frozen=True)
class Scene:
    """A picture in one language, ready to be painted from either side."""

    picture: Picture
    lang: str
    title: str | None
    digits: int

    def translated(self, lang: str) -> Scene:
        """The same in another language."""
        return self if lang == self.lang else replace(self, lang=lang)

    @cached_property
    def writer(self) -> Writer:
        """What writes the texts."""
        return Writer(self.picture, self.lang, self.digits, compact=len(self.picture.boxes) > FULL)

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
        """The words of a card's symbol, to be set one under the other, and the size that fits them into the band."""
        words, room = (card.band or "").split(), self.band - 7
        for size in (theme.STYLES["symbol"].size, 13.0, theme.SMALL):
            if all(measure.width(word, "sans-bold", size) <= room for word in words):
                break
        return [measure.shorten(word, "sans-bold", size, room) for word in words], size

    @cached_property
    def width(self) -> float:
        """The width of every box: of the widest text that is not too wide."""
        lines = [
            line.width + self.band * (card.band is not None)
            for _, card in self._all(self._wished)
            for line in card.lines
        ]
        return round(min(max([self.band + theme.NARROWEST, *lines]), self.band + theme.WIDEST) + 2 * theme.PAD)

    @cached_property
    def cards(self) -> dict[View, dict[int, Card]]:
        """The card of every box in both views, its lines cut to the common width."""
        fitted: dict[View, dict[int, Card]] = {view: {} for view in VIEWS}
        for view in VIEWS:
            for n, card in self._wished[view].items():
                room = self.width - 2 * theme.PAD - self.band * (card.band is not None)
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
        return {
            n: (
                round(max(line.width for view in VIEWS for line in self.labels[view][n]) + 6),
                max(sum(line.height for line in self.labels[view][n]) for view in VIEWS),
            )
            for n in self.labels["forward"]
        }

    def group_title(self, group: Group, view: View) -> Span:
        """The heading of a frame: a module and its rule ③, or the loss, rule ②."""
        if view == "inverse":
            text = self.writer.dual_name(group.title, group.loss, group.arrays)
        elif group.loss:
            text = f"{Rule.LOSS.names(self.lang).forward} = {group.title}"
        else:
            text = group.title
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
        )

    @cached_property
    def layout(self) -> Layout:
        """Where everything lies, in both views."""
        return arrange(self.wiring)

    # Words about the whole.

    def heading(self, view: View) -> tuple[str, str]:
        """Title and legend."""
        J = self.writer.output
        title = say(view, self.lang, J=J) if self.title is None else printable(self.title)
        legend = say(f"{view} legend", self.lang, J=J) if self.picture.arrows else ""
        if len(self.picture.boxes) < self.picture.total:
            shown = say("shown", self.lang, shown=count(len(self.picture.boxes)), total=count(self.picture.total))
            legend = f"{shown} {legend}".strip()
        return title, legend

    def description(self, view: View) -> str:
        """What the picture shows, for those who do not see it: every box in reading order."""
        picture = self.picture
        text = say(
            f"{view} description",
            self.lang,
            J=picture.output,
            boxes=count(len(picture.boxes)),
            arrows=count(len(picture.arrows)),
        )
        listed = picture.boxes[:FULL]
        parts = [self._described(box, view) for box in (reversed(listed) if view == "inverse" else listed)]
        if len(picture.boxes) > len(listed):
            parts.append(say("and more", self.lang, n=count(len(picture.boxes) - len(listed))))
        return f"{text} {'; '.join(parts)}." if parts else text

    def _described(self, box: Box, view: View) -> str:
        if view == "forward":
            return self.writer.tooltip(box, view)
        names = ", ".join(f"{rule.mark} {rule.names(self.lang).inverse}" for rule in box.rules)
        amount = self.writer.number(box.flow)
        return f"{self.writer.partial(subject(box))} = {amount}" + (f" ({names})" if names else "")
