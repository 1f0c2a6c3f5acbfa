"""Mistakes of an engine as a whole: nothing works, or nothing beyond single operations."""

from __future__ import annotations

from inversa.viz.examiner.evidence import Evidence, Outcome, near
from inversa.viz.examiner.fault import Fault, sound_operations, through_wrong, to_blame
from inversa.viz.examiner.probes import BINARY
from inversa.viz.examiner.programs import ours

SMALL = ("seed", "alone", "through", "accumulate", "repeated", "chain", "reach", "shared")
NUMBERS = ("right", "value", "changed", "gradient")  # states with a number
MOST = 0.8  # of the probes that answered, for a cause that concerns all


def unusable(evidence: Evidence) -> list[Fault]:
    """Loops without end, and backward passes that fail whatever they are given."""
    small = evidence.of(*SMALL, where=lambda o: o.state not in ("missing", "unanswered"))
    for state, cause in (("slow", "endless"), ("died", "died"), ("error", "error")):
        failed = [o for o in small if o.state == state and (state != "error" or not isinstance(o.at, int))]
        if len(failed) >= MOST * len(small) > 0:
            endless = all(o.error == "RecursionError" for o in failed) and state == "error"
            return [Fault("endless" if endless else cause, (), failed[0])]
    return []


def fresh(evidence: Evidence) -> list[Fault]:
    """Before a pass nothing has come back to anything; else everything is too large by the same number."""
    wrong = [o for o in evidence.of("fresh") if o.state == "gradient"]
    answered = evidence.of("alone", where=lambda o: o.state in NUMBERS)
    excess = [o.found - o.right for o in answered if o.state == "gradient" and o.place != o.probe.program.output]
    if len(excess) == len(answered) > 3 and all(near(x, excess[0]) for x in excess):
        wrong += answered
    return [Fault("fresh", (), wrong[0])] if wrong else []


def seed(evidence: Evidence) -> list[Fault]:
    """The output's own gradient is 1: rule ①."""
    answered = evidence.of("seed", "alone", where=lambda o: o.state in ("right", "gradient"))
    own = [o for o in answered if o.gradients[o.probe.program.output] is not None]
    wrong = [o for o in own if not near(o.gradients[o.probe.program.output], 1.0)]
    if own and len(wrong) >= MOST * len(own):
        return [Fault("seed", (), wrong[0])]
    if own:
        return []
    ratios = [o.found / o.right for o in answered if o.state == "gradient"]  # interior nodes keep no gradients here
    if len(ratios) >= MOST * len(answered) > 3 and all(near(r, ratios[0]) for r in ratios):
        return [Fault("seed", (), next(o for o in answered if o.state == "gradient"))]
    return []


def shared(evidence: Evidence) -> list[Fault]:
    """A graph is spoilt by another one."""
    one, two = evidence.named("graphs", "", "one pass"), evidence.named("graphs", "", "two passes")
    first = range(5)  # the first graph, which the second pass has nothing to do with
    before, after = ({k: o.gradients.get(k) or 0.0 for k in first} for o in (one, two))
    moved = [k for k in first if not near(after[k], before[k]) and not near(after[k], 0.0)]  # set to 0: a choice
    if one.gradients and two.gradients and moved and "multiply" in sound_operations(evidence):
        k = moved[0]
        return [Fault("shared", (), two._replace(state="gradient", place=k, right=before[k], found=after[k]))]
    return []


def half(evidence: Evidence) -> list[Fault]:
    """Of two operands always the same one gets nothing."""
    tried = evidence.of("alone", where=lambda o: o.probe.op in BINARY and o.state in NUMBERS)
    forgotten = {o.place if o.state == "gradient" and near(o.found, 0.0) else -1 for o in tried}
    return [Fault("walk", (), tried[0])] if len(tried) > 1 and len(forgotten) == 1 and -1 not in forgotten else []


def owner(evidence: Evidence) -> list[Fault]:
    """What one operation does on the way back takes the place of what its operand would have done."""
    sound = sound_operations(evidence)
    wrong = {o.probe.op: o for o in reversed(evidence.wrong("behind")) if o.probe.op in sound}
    blamed = to_blame(wrong)
    inner = {op for name in blamed for op in wrong[name].probe.program.operations if op != name}
    if len(blamed) != 1 or not inner <= sound or all(o.probe.op in inner for o in through_wrong(evidence, sound)):
        return []
    return [Fault("variable", (blamed[0],), wrong[blamed[0]], "owner")]


def everywhere(evidence: Evidence) -> list[Fault]:
    """Every operation is right alone, and none behind another one."""
    sound = sound_operations(evidence)
    tried = [o for o in evidence.of("through") if o.probe.op in sound and o.state in ("right", "gradient")]
    if len(tried) < 2 or not {"add", "multiply"} <= sound or any(o.state == "right" for o in tried):
        return []
    chain, twice, second = (evidence.named(*n) for n in (("chain",), ("again", "", "chain"), ("reach", "", "second")))
    if all(near(o.gradients[0] or 0.0, 0.0) for o in tried):
        if second.state == "right":
            return [Fault("walk", (), chain)]
        far, close = (twice.gradients.get(k) or 0.0 for k in (4, 5))  # the second pass brings a wrong order one further
        return [Fault("walk" if near(far, 0.0) and near(close, 2.0) else "order", (), chain)]
    if all(_lacks_upstream(o) for o in tried):
        return [Fault("upstream", (), tried[0])]
    return []


def _lacks_upstream(outcome: Outcome) -> bool:
    """Whether a leaf got what it would get if 1 had come to the operation that it is used by."""
    given = outcome.probe.program
    result = len(given.steps) - 2
    alone = ours(given._replace(passes=(result,))).gradients
    return near(outcome.gradients.get(0) or 0.0, alone[0])
