"""The drawing of a recurrent layer of Tensors, unrolled in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Self

from inversa.autograd.printing import printable
from inversa.viz.drawing.interfaces import Export
from inversa.viz.drawing.shapes import Shape, Shapes
from inversa.viz.lettering.sentences import loss_name, say
from inversa.viz.lettering.spans import View
from inversa.viz.neurons import exports
from inversa.viz.neurons.rules_table import table
from inversa.viz.neurons.sheet import Sheet
from inversa.viz.picture.unfolding import Unfolding
from inversa.viz.recurrent.layers import Layers

ACROSS = {"RNN": (4, 2, 1), "LSTM": (2, 1), "GRU": (2, 1)}  # steps in a row, in order of preference


@dataclass(frozen=True)
class LayerDrawing:
    """A recurrent layer along a sequence, and its inverse."""

    unfolding: Unfolding
    lang: str
    title: str | None = None
    digits: int = 4
    loss: str = ""
    across: int = 0  # steps in a row; 0 for as many as there may be

    hides = False

    @property
    def output(self) -> str:
        """What is differentiated."""
        return "J" if self.unfolding.cost is not None else "h"

    @property
    def obstacle(self) -> str:
        """Why there is no inverse network; empty when there is one."""
        return self.unfolding.obstacle

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height in pixels, without title and margin."""
        sheet = self.sheet("forward")
        return sheet.width, sheet.height

    def translated(self, lang: str) -> Self:
        """The same in another language."""
        return self if lang == self.lang else replace(self, lang=lang)

    @property
    def forms(self) -> Iterator[Self]:
        """The same with fewer and fewer steps in a row."""
        for across in ACROSS[self.unfolding.kind]:
            yield replace(self, across=across)

    @property
    def upright(self) -> bool:
        """Time goes from left to right."""
        return False

    @cached_property
    def _sheets(self) -> dict[View, Sheet]:
        across = self.across or ACROSS[self.unfolding.kind][0]
        loss = loss_name(self.loss, self.lang)
        return Layers(self.unfolding, self.lang, self.digits, self.output, loss, across).sheets()

    def sheet(self, view: View) -> Sheet:
        """Everything in one view at its place."""
        return self._sheets[view]

    def panel(self, views: Sequence[View]) -> tuple[list[Shape], float, float] | None:
        """The table of the rules that are marked, its width and height."""
        return table(self.lang, views, {e.rule for view in views for e in self.sheet(view).elements if e.rule})

    def shapes(self, view: View) -> Shapes:
        """The shapes of one view, later ones on top."""
        return self.sheet(view).shapes()

    def heading(self, view: View) -> tuple[str, str]:
        """Title and legend."""
        prefix = "" if view == "forward" else "inverse "
        usual = say(f"{prefix}recurrent layer", self.lang, n=len(self.unfolding.steps), kind=self.unfolding.kind)
        title = usual if self.title is None else printable(self.title)
        legend = [say(f"{prefix}layer legend", self.lang, J=self.output)] if title else []
        if self.unfolding.every and title:
            legend.append(say("every legend", self.lang))
        if view == "inverse" and any(step.cut for step in self.unfolding.steps):
            legend.append(say("cut legend", self.lang))
        return title, " ".join(legend)

    def description(self, view: View) -> str:
        """What it shows, for those who do not see it."""
        said = say("layer description", self.lang, n=len(self.unfolding.steps), kind=self.unfolding.kind)
        elements = [e for e in self.sheet(view).elements if e.lines and e.form not in ("frame", "dot")][:40]
        rows = (" ".join("".join(span.text for span in row.left) for row in e.lines) for e in elements)
        return f"{said} {'; '.join(rows)}."

    @property
    def exports(self) -> dict[str, Export]:
        """As a `graphviz.Digraph`, and as a Mermaid flowchart."""
        graph = partial(exports.digraph, self)
        return {".dot": graph, ".gv": graph, ".mmd": partial(exports.flowchart, self)}

    def size_text(self) -> str:
        """How much it is."""
        count = len(self.unfolding.steps)
        return f"{self.unfolding.kind}, {count} step{'s' * (count != 1)}"
