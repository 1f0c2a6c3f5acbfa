"""Causes: from what is wrong to the mistake that makes it so.

The rungs are gone through from the bottom up. What an upper one concludes rests on programs of operations that the
lower ones have found right; so one mistake has one cause.
"""

from __future__ import annotations

from inversa.viz.examiner import single, walk, whole
from inversa.viz.examiner.evidence import Evidence, is_choice, without
from inversa.viz.examiner.fault import BUILT_OF, Fault

WHOLE = (whole.unusable, whole.fresh, whole.seed, whole.shared, whole.half, whole.owner, whole.everywhere)
WALK = (walk.equal, walk.unreached, walk.overwrite, walk.repeated, walk.order, walk.reset, walk.in_place)


def faults(evidence: Evidence) -> list[Fault]:
    """The mistakes, with as few causes as explain them."""
    for rung in WHOLE:
        found = rung(evidence)
        if found:
            return found
    local = single.local(evidence)
    local += single.upstream(_without(evidence, local))
    clean = _without(evidence, local)
    local += single.reflected(clean)
    for rung in WALK:
        found = rung(clean)
        if found:
            unreached = found[0].cause == "walk"  # an operation that is made of others may get nothing for that
            return [fault for fault in local if not (unreached and fault.hint == "nothing")] + found
    return local or _unknown(evidence)


def _without(evidence: Evidence, local: list[Fault]) -> Evidence:
    """The evidence of programs in which no operation is wrong."""
    suspects = _tainted(evidence, {op for fault in local for op in fault.operations})
    return Evidence(tuple(without(evidence.outcomes, suspects)))


def _tainted(evidence: Evidence, suspects: set[str]) -> set[str]:
    """The suspects, and what is wrong because it was computed with one."""
    wrong = {o.probe.op for o in evidence.outcomes if o.probe.kind in ("alone", "through") and o.state != "right"}
    return suspects | {op for op in wrong if set(BUILT_OF.get(op, ())) & suspects}


def _unknown(evidence: Evidence) -> list[Fault]:
    """Something is wrong that is none of these: the smallest program that shows it."""
    judged = [o for o in evidence.outcomes if not is_choice(o)]
    wrong = [o for o in judged if o.wrong]
    failed = [o for o in judged if o.failed]
    if failed and not wrong:
        first = min(failed, key=lambda o: len(o.probe.program.steps))
        return [Fault(first.state if first.state != "slow" else "endless", (), first)]
    return [Fault("unknown", (), min(wrong, key=lambda o: len(o.probe.program.steps)))] if wrong else []
