"""Evidence: what a student's engine answered to each probe, beside what is right."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from inversa.viz.examiner.probes import CHOICES, Probe
from inversa.viz.examiner.programs import ours

TOLERANCE = 1e-5  # engines may compute in single precision

State = Literal["right", "value", "changed", "gradient", "error", "missing", "slow", "died", "unanswered"]
WRONG: tuple[State, ...] = ("value", "changed", "gradient")
FAILED: tuple[State, ...] = ("error", "slow", "died")


class Outcome(NamedTuple):
    """What came of a probe.

    Attributes
    ----------
    probe : Probe
    state : str
        "right"; "value", "changed" (a number that was right became another) or "gradient", for the first place that
        departs; "error"; "missing" where the engine has no such operation; "slow", "died", "unanswered".
    place : int
        Where it departs, or at which step the error came.
    right, found : float
        The number there, and the student's.
    error, message : str
        The kind of the error and what it says.
    line : int
        Where in the student's file; 0 for unknown.
    at : object
        The step at which the error came, or "backward", "zero", "read".
    gradients : dict of int to float or None
        All of the student's, by place.
    """

    probe: Probe
    state: State
    place: int = 0
    right: float = math.nan
    found: float = math.nan
    error: str = ""
    message: str = ""
    line: int = 0
    at: Any = None
    gradients: Mapping[int, float | None] = {}

    @property
    def wrong(self) -> bool:
        """Whether a number was given that is not right."""
        return self.state in WRONG

    @property
    def failed(self) -> bool:
        """Whether it came to no number."""
        return self.state in FAILED


def near(a: float | None, b: float) -> bool:
    """Whether two numbers are the same but for rounding."""
    if a is None or not math.isfinite(a):
        return a == b
    return abs(a - b) <= TOLERANCE * max(1.0, abs(a), abs(b))


def outcome(probe: Probe, answer: Mapping[str, Any] | None) -> Outcome:
    """Compare an answer with what is right: forwards first, then the gradients from the output backwards.

    A node without a gradient is passed over, for engines need not keep those of interior nodes; a leaf's is then 0.
    """
    if answer is None:
        return Outcome(probe, "unanswered")
    if "lost" in answer:
        return Outcome(probe, answer["lost"])
    if "missing" in answer:
        return Outcome(probe, "missing", message=answer["missing"])
    if "error" in answer:
        at = answer["at"]
        place = at if isinstance(at, int) else probe.program.output
        failure = {"error": answer["error"], "message": answer["message"], "line": answer["line"], "at": at}
        return Outcome(probe, "error", place, **failure)
    places, right = probe.program.places, ours(probe.program)
    values = dict(zip(places, answer["values"], strict=True))
    after = dict(zip(places, answer["after"], strict=True))
    gradients = dict(zip(places, answer["gradients"], strict=True))
    for k in places:
        if not near(values[k], right.values[k]):
            return Outcome(probe, "value", k, right.values[k], values[k])
    for k in places:
        if not near(after[k], right.values[k]):
            return Outcome(probe, "changed", k, right.values[k], after[k], gradients=gradients)
    for k in sorted(set(places) & probe.program.reached(), reverse=True):
        found = gradients[k]
        if found is None and probe.program.steps[k].op != "leaf":
            continue
        if not near(found or 0.0, right.gradients[k]):
            return Outcome(probe, "gradient", k, right.gradients[k], found or 0.0, gradients=gradients)
    return Outcome(probe, "right", gradients=gradients)


def is_choice(outcome: Outcome) -> bool:
    """Whether engines may differ there: in a second pass, in their limits, in whether they take plain numbers."""
    numbers = {"number", "reflected"} & set(outcome.probe[:3])
    return outcome.probe.kind in CHOICES or (outcome.state == "error" and bool(numbers))


@dataclass(frozen=True)
class Evidence:
    """The outcomes of all probes, in the ladder's order."""

    outcomes: tuple[Outcome, ...]

    def of(self, *kinds: str, op: str | None = None, where: Callable[[Outcome], bool] = bool) -> list[Outcome]:
        """The outcomes of probes of some kinds, and of an operation."""
        return [o for o in self.outcomes if o.probe.kind in kinds and op in (None, o.probe.op) and where(o)]

    def wrong(self, *kinds: str, op: str | None = None) -> list[Outcome]:
        """Those that are wrong."""
        return [o for o in self.of(*kinds, op=op) if o.wrong]

    def named(self, kind: str, op: str = "", detail: str = "") -> Outcome:
        """The outcome of one probe."""
        return next(o for o in self.outcomes if o.probe[:3] == (kind, op, detail))


def without(outcomes: Iterable[Outcome], operations: Iterable[str]) -> list[Outcome]:
    """Those in whose programs none of the operations occurs."""
    refused = frozenset(operations)
    return [o for o in outcomes if not refused & o.probe.program.operations]
