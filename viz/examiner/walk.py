"""Mistakes of the walk through the graph: branching points, order, a second pass."""

from __future__ import annotations

from collections import Counter

from inversa.viz.examiner.evidence import Evidence, Outcome, near
from inversa.viz.examiner.fault import Fault, to_blame
from inversa.viz.examiner.programs import contributions, ours


def equal(evidence: Evidence) -> list[Fault]:
    """Two nodes with the same number are taken for one."""
    wrong = [o for o in evidence.of("equal") if o.wrong or o.state == "error"]
    others = evidence.of("reach", where=lambda o: o.state == "right")
    return [Fault("equal", (), wrong[0])] if wrong and len(others) == 3 else []


def overwrite(evidence: Evidence) -> list[Fault]:
    """Of several contributions one is left: ``=`` where ``+=`` should be."""
    single = [o for o in evidence.wrong("accumulate") if o.state == "gradient" and _is_one(o, o.place)]
    first = {o.probe.op: o for o in reversed(single)}
    blamed = to_blame(first)
    if not blamed:
        return []
    tried = {o.probe.op for o in evidence.of("accumulate") if o.state in ("right", "gradient")}
    everywhere = len(tried) > 1 and set(first) == tried
    return [Fault("overwrite", () if everywhere else tuple(blamed), first[blamed[0]])]


def _is_one(outcome: Outcome, place: int) -> bool:
    return any(near(outcome.found, part) for part in contributions(outcome.probe.program, place))


def repeated(evidence: Evidence) -> list[Fault]:
    """One node is both operands."""
    first = {o.probe.op: o for o in reversed(evidence.wrong("repeated"))}
    blamed = to_blame(first)
    tried = {o.probe.op for o in evidence.of("repeated") if o.state in ("right", "gradient")}
    everywhere = len(tried) > 1 and set(first) >= tried - {"subtract", "divide"}
    return [Fault("repeated", () if everywhere else tuple(blamed), first[blamed[0]])] if blamed else []


def unreached(evidence: Evidence) -> list[Fault]:
    """Some nodes are never reached."""
    wrong = [o for o in evidence.wrong("reach", "chain") if near(o.found, 0.0)]
    return [Fault("walk", (), wrong[0])] if wrong else []


def order(evidence: Evidence) -> list[Fault]:
    """A node is passed on before all that comes back to it has arrived; or it is passed on more than once."""
    wrong = [o for o in evidence.wrong("reach", "shared") if o.state == "gradient"]
    if not wrong:
        return []
    verdicts = Counter(verdict for o in wrong for verdict in [_visited(o)] if verdict)
    cause = max(verdicts, key=lambda v: verdicts[v]) if verdicts else "order"
    shown = next((o for o in wrong if _visited(o) == cause), wrong[0])
    return [Fault(cause, (), shown)]


def _visited(outcome: Outcome) -> str:
    """What a wrong gradient behind a branching point looks like: too little of it, or some of it twice."""
    given = outcome.probe.program
    right = ours(given).gradients
    branch = next(
        (k for k in reversed(range(len(given.steps))) if given.steps[k].op != "leaf" and len(given.uses(k)) > 1), None
    )
    if branch is None or outcome.place >= branch:
        if branch == outcome.place and _is_one(outcome, branch):
            return "overwrite"
        return ""
    arrived = outcome.found / outcome.right * right[branch]
    parts = contributions(given, branch)
    if any(near(arrived, part) for part in parts):
        return "order"
    often = [right[branch] + part for part in parts] + [right[branch] * n for n in (2, 3, 4)]
    return "visits" if any(near(arrived, total) for total in often) or abs(arrived) > abs(right[branch]) else "order"


def reset(evidence: Evidence) -> list[Fault]:
    """A second pass does not begin as the first did, though all gradients are 0 again."""
    cleared = evidence.wrong("cleared")
    zeroed = evidence.wrong("zeroed")
    if cleared:
        return [Fault("reset", (), cleared[0])]
    return [Fault("reset", (), zeroed[0], "zero_grad")] if zeroed else []


def in_place(evidence: Evidence) -> list[Fault]:
    """``+=`` changes a number that is still needed."""
    wrong = [o for o in evidence.of("in place") if o.wrong or o.failed]
    ops = tuple(dict.fromkeys(o.probe.op for o in wrong))
    return [Fault("in place", ops, wrong[0])] if wrong else []
