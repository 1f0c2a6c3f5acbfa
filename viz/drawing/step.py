"""Step: one moment of running a network, forwards and then backwards, as the player shows it."""

from __future__ import annotations

from dataclasses import dataclass

from inversa.autograd import Rule
from inversa.viz.lettering.formula import Formula
from inversa.viz.lettering.spans import View


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
    """

    view: View
    parts: tuple[str, ...]
    rule: Rule | None
    title: str
    equations: tuple[Formula, ...] = ()
    numbers: tuple[Formula, ...] = ()
    asked: str = ""
    gradients: tuple[tuple[int, str], ...] = ()
