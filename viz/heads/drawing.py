"""The drawing of one head of attention, for one query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Literal, Self

from inversa.autograd.languages import texts
from inversa.autograd.printing import printable
from inversa.viz.drawing.interfaces import Export
from inversa.viz.drawing.shapes import Shape, Shapes
from inversa.viz.heads.columns import MOST
from inversa.viz.heads.head import Head
from inversa.viz.heads.layout import sheets
from inversa.viz.heads.lettering import Lettering
from inversa.viz.lettering.sentences import say
from inversa.viz.lettering.spans import Line, View
from inversa.viz.neurons import exports
from inversa.viz.neurons.rules_table import table
from inversa.viz.neurons.sheet import Sheet
from inversa.viz.picture.records import Picture


@dataclass(frozen=True)
class HeadDrawing:
    """A head and its inverse: a lane a token, softmax as bars."""

    head: Head
    lang: str
    title: str | None = None
    digits: int = 4
    form: Literal["natural", "low"] = "natural"

    @property
    def hides(self) -> bool:
        """Whether some numbers are not to be seen."""
        return bool(self.picture.hidden)

    @property
    def picture(self) -> Picture:
        """Its numbers."""
        return self.head.picture

    @property
    def output(self) -> str:
        """What is differentiated."""
        return self.picture.output

    @property
    def obstacle(self) -> str:
        """Why there is no inverse network; empty when there is one."""
        return (
            "" if self.head.cost is not None else "say what the output is compared with: draw(layer, x, y, loss='mse')"
        )

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height in pixels, without title and margin."""
        return self.sheet("forward").width, self.sheet("forward").height

    def translated(self, lang: str) -> Self:
        """The same in another language."""
        return self if lang == self.lang else replace(self, lang=lang)

    @property
    def forms(self) -> Iterator[Self]:
        """With the matrices and a row for v, unless there are many tokens; and without."""
        yield from (self, replace(self, form="low"))

    @property
    def low(self) -> bool:
        """Whether it is without."""
        return self.form == "low" or len(self.head.tokens) > MOST

    @property
    def upright(self) -> bool:
        """Signals flow from left to right."""
        return False

    @cached_property
    def lettering(self) -> Lettering:
        """What writes the texts."""
        return Lettering(self.head, self.lang, self.digits)

    @cached_property
    def _sheets(self) -> dict[View, Sheet]:
        return sheets(self.lettering, self.low)

    def sheet(self, view: View) -> Sheet:
        """Everything in one view at its place."""
        return self._sheets[view]

    def panel(self, views: Sequence[View]) -> tuple[list[Shape], float, float] | None:
        """The table of the rules that are marked."""
        return table(self.lang, views, {e.rule for view in views for e in self.sheet(view).elements if e.rule})

    def shapes(self, view: View) -> Shapes:
        """The shapes of one view, later ones on top."""
        return self.sheet(view).shapes()

    def heading(self, view: View) -> tuple[str, str]:
        """Title and legend; under an empty title it is only said what is not drawn."""
        head, J = self.head, self.lettering.writer.output
        prefix = "" if view == "forward" else "inverse "
        usual = say(f"{prefix}attention", self.lang, query=head.asks)
        title = usual if self.title is None else printable(self.title)
        sentences = [say(f"{prefix}attention legend", self.lang, J=J)] if title else []
        if title and head.matrices and not self.low:
            sentences.append(say(f"{prefix}rails legend", self.lang, J=J))
        if any(token.hidden for token in head.tokens):
            sentences.append(say("masked legend", self.lang))
        if self.low:
            sentences.append(say("low legend", self.lang))
        if title and self.picture.places:
            sentences.append(f"{texts(self.lang).placed(self.picture.places)}.")
        return title, " ".join(sentences)

    def description(self, view: View) -> str:
        """What it shows, for those who do not see it."""
        write, head = self.lettering, self.head
        key = "attention description" if view == "forward" else "inverse attention description"
        rows = [write.score(t, view) for t in head.tokens]
        rows += [write.signal(t.weight, f"a{t.name}", view) for t in head.tokens]
        rows += [write.signal(head.output, f"o{write.asker()[1:]}", view)]
        if view == "inverse":
            rows += [write.signal(matrix.box, name, view) for name, matrix in head.matrices.items()]
        said = "; ".join(" = ".join(map(_plain, lines)) for lines in rows)
        return f"{say(key, self.lang, query=head.asks, n=len(head.tokens), J=self.output)} {said}."

    @property
    def exports(self) -> Mapping[str, Export]:
        """As a `graphviz.Digraph`, and as a Mermaid flowchart."""
        graph = partial(exports.digraph, self)
        return {".dot": graph, ".gv": graph, ".mmd": partial(exports.flowchart, self)}

    def size_text(self) -> str:
        """How much it is."""
        tokens = len(self.head.tokens)
        which = "" if self.head.number is None else f", head {self.head.number}"
        return f"query {self.head.asks}, {tokens} token{'s' * (tokens != 1)}{which}"


def _plain(row: Line) -> str:
    return "".join(span.text for span in row.left)
