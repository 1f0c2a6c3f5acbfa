"""Where the columns of a head lie: as wide as what is written in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from inversa.viz.heads.head import Token
from inversa.viz.heads.lettering import Lettering
from inversa.viz.lettering.spans import VIEWS, Line, Span, View

MOST = 4  # tokens with a row of their own for v, and with the matrices
LANE, LOW_LANE = 118.0, 62.0  # the height of a lane: with a row for v, and without
SCORE, SUM, TRACK = 22.0, 19.0, 104.0  # radii, and the length of the longest bar


@dataclass(frozen=True)
class Columns:
    """Where the columns lie, from what is written in them."""

    lettering: Lettering
    low: bool  # whether there are no matrices, and no rows for v

    @cached_property
    def railed(self) -> bool:
        """Whether the matrices are drawn."""
        return bool(self.lettering.head.matrices) and not self.low

    @cached_property
    def x(self) -> float:
        """The width of the tokens."""
        write, head = self.lettering, self.lettering.head
        if head.source is None:
            return 0.0
        boxes = [(t.x, f"x{t.name}") for t in head.tokens] + [(head.source, write.asker())]
        return 16 + widest(write.signal(n, name, view) for n, name in boxes if n is not None for view in VIEWS)

    @cached_property
    def made(self) -> float:
        """The width of q, k and v."""
        rows = [*self.query.values(), *(lines for token in self.lettering.head.tokens for lines in self.keys(token))]
        return max(96.0, 16 + widest(rows))

    @cached_property
    def query(self) -> dict[View, tuple[Line, ...]]:
        """What is written on q."""
        write, head = self.lettering, self.lettering.head
        name = write.asker()[1:]
        return {view: write.made(head.query, f"q{name}", "Q", write.asker(), view) for view in VIEWS}

    def keys(self, token: Token) -> Iterable[tuple[Line, ...]]:
        """What is written on k and v."""
        write = self.lettering
        for view in VIEWS:
            yield write.made(token.key, f"k{token.name}", "K", f"x{token.name}", view)
            yield write.made(token.value, f"v{token.name}", "V", f"x{token.name}", view)

    @cached_property
    def tokens(self) -> float:
        """The middle of the tokens."""
        return 14 + self.x / 2

    @cached_property
    def rails(self) -> dict[str, float]:
        """Of the rails of K and V."""
        right = self.tokens + self.x / 2
        return {"K": right + 36, "V": right + 52}

    @cached_property
    def keys_at(self) -> float:
        """The middle of q, k and v."""
        if not self.x:
            return self.made / 2
        if not self.railed:
            return self.tokens + self.x / 2 + 40 + self.made / 2
        write, matrices = self.lettering, self.lettering.head.matrices
        sent = widest(write.contribution(matrices[m], t.number - 1) for m in "KV" for t in write.head.tokens)
        return self.rails["V"] + max(sent, 30.0) + 18 + self.made / 2

    @property
    def asked(self) -> float:
        """Where q branches."""
        return self.keys_at + self.made / 2 + 30

    @property
    def scores(self) -> float:
        """The middle of the products of q and k."""
        return self.asked + 38 + SCORE

    def _beside(self, number: str) -> float:
        """The room for the label of a number of each token."""
        write, tokens = self.lettering, self.lettering.head.tokens
        if number == "a":
            return 22 + widest(write.signal(t.weight, f"a{t.name}", view) for t in tokens for view in VIEWS)
        return 22 + widest(write.score(t, view) for t in tokens for view in VIEWS)

    @cached_property
    def panel(self) -> tuple[float, float]:
        """The left and right side of softmax."""
        left = self.scores + SCORE + self._beside("s")
        write = self.lettering
        bars = widest(write.bar(t, view) for t in write.head.tokens for view in VIEWS)
        formula = max(Span(text, style).width for text, style in self.formulas.values())
        return left, left + max(14 + TRACK + 10 + bars + 10, formula + 16)

    @property
    def formulas(self) -> dict[View, tuple[str, str]]:
        """What softmax and its inverse compute, each with its style."""
        a = self.lettering.partial("a")
        return {
            "forward": ("aⱼ = exp sⱼ / Σₖ exp sₖ", "expression"),
            "inverse": (f"× aⱼ ({a}ⱼ − Σₖ aₖ {a}ₖ)", "formula"),
        }

    @cached_property
    def weighted(self) -> tuple[float, float]:
        """The middle of the weighted values, and their width."""
        write = self.lettering
        width = 14 + widest(write.weighted(t, view) for t in write.head.tokens for view in VIEWS)
        return self.panel[1] + self._beside("a") + width / 2, width

    @property
    def sum(self) -> float:
        """The middle of Σ."""
        return self.weighted[0] + self.weighted[1] / 2 + 30 + SUM

    @property
    def right(self) -> float:
        """The right side of the frame."""
        return self.sum + SUM + 12

    @property
    def left(self) -> float:
        """The left side of the frame."""
        if self.railed:
            return self.rails["K"] - 26
        return self.asked - 12 if not self.x else self.keys_at - self.made / 2 - 14

    @property
    def lane(self) -> float:
        """The height of a lane."""
        return LOW_LANE if self.low else LANE


def widest(rows: Iterable[Sequence[Line]]) -> float:
    """The width of the longest line."""
    return max(row.width for lines in rows for row in lines)
