"""What is asked of every kind of picture: a `Drawing` by figures and files, a `Playable` one by players and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from inversa.autograd import Rule
from inversa.viz.drawing.shapes import Shape, Shapes
from inversa.viz.lettering.formula import Formula
from inversa.viz.lettering.spans import View

Export = Callable[[Sequence[View]], Any]  # from the views to a text, or to a Digraph


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

    def shapes(self, view: View) -> Shapes:
        """The shapes of one view, later ones on top."""

    @property
    def exports(self) -> Mapping[str, Export]:
        """What the style makes itself, by suffix: of ".dot" and ".gv" a `graphviz.Digraph`, of others a text."""

    def size_text(self) -> str:
        """How much it is: ``4 boxes, 3 arrows``."""


class Playable(Drawing, Protocol):
    """A drawing whose network can be run, step by step, and computed anew with other numbers."""

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

    def slot_value(self, slot: str) -> float | None:
        """A number of the graph; None where it is none, or several."""

    def warnings(self) -> tuple[str, ...]:
        """What is wrong with its numbers."""


@dataclass(frozen=True)
class Step:
    """What appears in one step, and what is said about it.

    Attributes
    ----------
    view : {"forward", "inverse"}
        In which of the twins it happens.
    parts : tuple of str
        The names of the drawing's parts (``"n3"``, ``"e5"``) that appear in this step and are emphasised in it. What
        appeared before is solid, what comes later is faint and its numbers are hidden.
    rule : Rule or None
        Which of the eight rules it is an example of.
    title : str
        In the drawing's language: ``"Sum of inputs of neuron 1"``.
    equations : tuple of Formula
        What is computed, in names: ``z₁ = w₁ · x + b₁``.
    numbers : tuple of Formula
        The same with the numbers in it: ``0.05 + (−0.3) = −0.25``; the last number of each is its result.
    asked : str
        The slot of the number that the quiz asks for; empty where there is nothing to ask.
    gradients : tuple of (int, str)
        The leaves, by box, whose gradient has grown in this step, and the slot of what it is now: a gradient, or a sum
        of products where more is to come.
    alternatives : tuple of (str, str)
        What mistakes would give instead of the number that is asked for: keys of ``mistakes`` of the languages, and
        slots made of numbers that are known before the step.
    """

    view: View
    parts: tuple[str, ...]
    rule: Rule | None
    title: str
    equations: tuple[Formula, ...] = ()
    numbers: tuple[Formula, ...] = ()
    asked: str = ""
    gradients: tuple[tuple[int, str], ...] = ()
    alternatives: tuple[tuple[str, str], ...] = ()
