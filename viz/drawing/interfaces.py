"""Drawing: what figures, files, pages and the player ask of every kind of picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, Self

from inversa.viz.drawing.shapes import Drawn, Shape
from inversa.viz.drawing.step import Step
from inversa.viz.lettering.spans import View


class Drawing(Protocol):
    """A network and its inverse, written and laid out in one language; both views lie at the same places."""

    @property
    def lang(self) -> str:
        """Its language."""

    @property
    def output(self) -> str:
        """What is differentiated."""

    @property
    def obstacle(self) -> str:
        """Why there is no inverse network; empty when there is one."""

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height in pixels, without title and margin."""

    def translated(self, lang: str) -> Self:
        """The same in another language."""

    @property
    def forms(self) -> Iterator[Self]:
        """The same in all its forms, which differ in width and height, in order of preference."""

    @property
    def upright(self) -> bool:
        """Whether signals flow from top to bottom: then twins may stand side by side."""

    def panel(self, views: Sequence[View]) -> tuple[list[Shape], float, float] | None:
        """What stands once below all views, its width and height; None for nothing."""

    def heading(self, view: View) -> tuple[str, str]:
        """Title and legend."""

    def description(self, view: View) -> str:
        """What it shows, for those who do not see it."""

    def drawn(self, view: View) -> Drawn:
        """The shapes of one view, later ones on top."""

    def digraph(self, views: Sequence[View]) -> Any:
        """The `graphviz.Digraph` of it."""

    def mermaid(self, views: Sequence[View]) -> str:
        """The Mermaid flowchart of it."""

    def steps(self) -> tuple[Step, ...]:
        """Running it, forwards and then backwards, step by step."""

    @property
    def title(self) -> str | None:
        """The title that was given."""

    @property
    def leaves(self) -> dict[int, str]:
        """The boxes that can be edited, and what they are: "parameter" or "data"."""

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The boxes (a, b) of which it shows ∂a/∂b besides the local derivatives of arrows."""

    def number(self, slot: str) -> str:
        """A number of the graph as it is printed."""

    def slot_value(self, slot: str) -> float | None:
        """A number of the graph; None where it is none, or several."""

    def warnings(self) -> tuple[str, ...]:
        """What is wrong with its numbers."""

    def counted(self) -> str:
        """How much it is: ``4 boxes, 3 arrows``."""
