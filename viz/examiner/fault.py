"""Fault: a mistake in an engine; and which of several operations is to blame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from inversa.autograd import Operation, Rule
from inversa.viz.examiner.evidence import Evidence, Outcome
from inversa.viz.examiner.programs import OURS

# What an operation may have been computed with: where one of these is wrong, the operation is not accused as well.
BUILT_OF = {
    "subtract": ("add", "negative", "multiply"),
    "negative": ("multiply",),
    "divide": ("multiply", "power"),
    "power": ("multiply",),
    "sqrt": ("power",),
    "sigmoid": ("exp", "negative", "add", "divide", "power", "multiply", "tanh"),
    "tanh": ("exp", "negative", "add", "subtract", "divide", "power", "multiply", "sigmoid"),
}


@dataclass(frozen=True)
class Fault:
    """A mistake in an engine.

    Attributes
    ----------
    cause : str
        "overwrite" (``=`` for ``+=``), "order", "seed", …; see the page on the examiner for all.
    operations : tuple of str
        Which operations have it; empty for the whole engine.
    outcome : Outcome
        The smallest probe that shows it, with the place where it departs.
    hint : str
        What the wrong number is: "sign", "nothing", …; empty where it is none of these.
    """

    cause: str
    operations: tuple[str, ...]
    outcome: Outcome
    hint: str = ""

    @property
    def rule(self) -> Rule | None:
        """The rule of the inverse network that is broken, if it is one of them."""
        if self.cause == "seed":
            return Rule.COST
        if self.cause in ("overwrite", "repeated", "order", "visits", "equal", "walk", "reset", "fresh"):
            return Rule.BRANCHING
        if self.operations and self.cause in ("derivative", "variable", "upstream", "reflected"):
            return declared(self.operations[0]).rule
        return None


def to_blame(wrong: Iterable[str]) -> list[str]:
    """Those that were not computed with another one of them."""
    given = sorted(wrong, key=list(OURS).index)

    def below(op: str) -> bool:  # of two that may be computed with each other neither is
        return any(other in given and op not in BUILT_OF.get(other, ()) for other in BUILT_OF.get(op, ()))

    return [op for op in given if not below(op)]


def sound_operations(evidence: Evidence) -> set[str]:
    """The operations that are right alone."""
    right = {o.probe.op for o in evidence.of("alone") if o.state == "right"}
    return right - {o.probe.op for o in evidence.of("alone") if o.wrong}


def spoilt_operations(evidence: Evidence) -> set[str]:
    """The operations that are right alone, but not within others that are made of them."""
    sound = sound_operations(evidence)
    return {o.probe.op for o in through_wrong(evidence, sound)} if {"add", "multiply"} <= sound else set()


def through_wrong(evidence: Evidence, sound: set[str]) -> list[Outcome]:
    """Where something else than 1 comes back to an operation that is right alone."""
    return [o for o in evidence.wrong("through") if o.probe.op in sound]


def declared(op: str) -> Operation[...]:
    """The declaration of an operation."""
    found: Any = OURS[op]
    assert isinstance(found, Operation)
    return found
