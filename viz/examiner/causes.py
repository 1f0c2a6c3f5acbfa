"""Causes: from what is wrong to the mistake that makes it so.

The rungs are gone through from the bottom up. What an upper one concludes rests on programs of operations that the
lower ones have found right; so one mistake has one cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from inversa.autograd import Operation, Rule
from inversa.viz.examiner.evidence import Evidence, Outcome, is_choice, near, without
from inversa.viz.examiner.probes import BINARY, UNARY
from inversa.viz.examiner.programs import OURS, contributions, ours

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
SMALL = ("seed", "alone", "through", "accumulate", "repeated", "chain", "reach", "shared")
TOLD = ("right", "value", "changed", "gradient")  # states with a number
MOST = 0.8  # of the probes that answered, for a cause that concerns all


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
            return _operation(self.operations[0]).rule
        return None


def faults(evidence: Evidence) -> list[Fault]:
    """The mistakes, with as few causes as explain them."""
    for rung in (_unusable, _fresh, _seed, _shared, _half, _owner, _everywhere):
        found = rung(evidence)
        if found:
            return found
    local = _local(evidence)
    suspects = {op for fault in local for op in fault.operations}
    local += _upstream(evidence, _tainted(evidence, suspects))
    suspects = _tainted(evidence, {op for fault in local for op in fault.operations})
    clean = Evidence(tuple(without(evidence.outcomes, suspects)))
    local += _reflected(clean)
    for rung in (_equal, _overwrite, _repeated, _walk, _order, _reset, _in_place):
        found = rung(clean)
        if found:
            unreached = found[0].cause == "walk"  # an operation that is made of others may get nothing for that
            return [fault for fault in local if not (unreached and fault.hint == "nothing")] + found
    return local or _unknown(evidence)


def _tainted(evidence: Evidence, suspects: set[str]) -> set[str]:
    """The suspects, and what is wrong because it was computed with one."""
    wrong = {o.probe.op for o in evidence.outcomes if o.probe.kind in ("alone", "through") and o.state != "right"}
    return suspects | {op for op in wrong if set(BUILT_OF.get(op, ())) & suspects}


# Nothing works.


def _unusable(evidence: Evidence) -> list[Fault]:
    """Loops without end, and backward passes that fail whatever they are given."""
    small = evidence.of(*SMALL, where=lambda o: o.state not in ("missing", "unanswered"))
    for state, cause in (("slow", "endless"), ("died", "died"), ("error", "error")):
        failed = [o for o in small if o.state == state and (state != "error" or not isinstance(o.at, int))]
        if len(failed) >= MOST * len(small) > 0:
            endless = all(o.error == "RecursionError" for o in failed) and state == "error"
            return [Fault("endless" if endless else cause, (), failed[0])]
    return []


def _fresh(evidence: Evidence) -> list[Fault]:
    """Before a pass nothing has come back to anything."""
    wrong = [o for o in evidence.of("fresh") if o.state == "gradient"]
    return [Fault("fresh", (), wrong[0])] if wrong else []


def _seed(evidence: Evidence) -> list[Fault]:
    """The output's own gradient is 1: rule ①."""
    told = evidence.of("seed", "alone", where=lambda o: o.state in ("right", "gradient"))
    own = [o for o in told if o.gradients[o.probe.program.output] is not None]
    wrong = [o for o in own if not near(o.gradients[o.probe.program.output], 1.0)]
    if own and len(wrong) >= MOST * len(own):
        return [Fault("seed", (), wrong[0])]
    if own:
        return []
    ratios = [o.found / o.right for o in told if o.state == "gradient"]  # interior nodes keep no gradients here
    if len(ratios) >= MOST * len(told) > 3 and all(near(r, ratios[0]) for r in ratios):
        return [Fault("seed", (), next(o for o in told if o.state == "gradient"))]
    return []


def _half(evidence: Evidence) -> list[Fault]:
    """Of two operands always the same one gets nothing."""
    tried = evidence.of("alone", where=lambda o: o.probe.op in BINARY and o.state in TOLD)
    forgotten = {o.place if o.state == "gradient" and near(o.found, 0.0) else -1 for o in tried}
    return [Fault("walk", (), tried[0])] if len(tried) > 1 and len(forgotten) == 1 and -1 not in forgotten else []


def _owner(evidence: Evidence) -> list[Fault]:
    """What one operation does on the way back takes the place of what its operand would have done."""
    sound = _sound(evidence)
    wrong = {o.probe.op: o for o in reversed(evidence.wrong("behind")) if o.probe.op in sound}
    blamed = _blamed(wrong)
    inner = {op for name in blamed for op in wrong[name].probe.program.operations if op != name}
    if len(blamed) != 1 or not inner <= sound or all(o.probe.op in inner for o in _through_wrong(evidence, sound)):
        return []
    return [Fault("variable", (blamed[0],), wrong[blamed[0]], "owner")]


def _sound(evidence: Evidence) -> set[str]:
    """The operations that are right alone."""
    right = {o.probe.op for o in evidence.of("alone") if o.state == "right"}
    return right - {o.probe.op for o in evidence.of("alone") if o.wrong}


def _spoilt(evidence: Evidence) -> set[str]:
    """The operations that are right alone, but not within others that are made of them."""
    sound = _sound(evidence)
    return {o.probe.op for o in _through_wrong(evidence, sound)} if {"add", "multiply"} <= sound else set()


def _through_wrong(evidence: Evidence, sound: set[str]) -> list[Outcome]:
    return [o for o in evidence.wrong("through") if o.probe.op in sound]


def _everywhere(evidence: Evidence) -> list[Fault]:
    """Every operation is right alone, and none behind another one."""
    sound = _sound(evidence)
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


# Single operations.


def _local(evidence: Evidence) -> list[Fault]:
    """What is wrong with single operations; wrong numbers may be why others fail on the way back."""
    failed = list(_errors(evidence))
    broken = {op for fault in failed for op in fault.operations}
    wrong = [fault for fault in _alone(evidence) if not broken & set(fault.operations)]
    return [fault for fault in failed if isinstance(fault.outcome.at, int) or not wrong] + wrong


def _errors(evidence: Evidence) -> Iterator[Fault]:
    """Operations that are there and fail."""
    failed = {o.probe.op: o for o in reversed(evidence.of("alone")) if o.state in ("error", "slow", "died")}
    if evidence.named("nodes", "power").state == "right":  # it wants a node for the exponent
        failed.pop("power", None)
    alike: dict[tuple[str, ...], list[str]] = {}
    for op in _blamed(failed):
        o = failed[op]
        endless = o.state == "slow" or o.error == "RecursionError"
        alike.setdefault(("endless" if endless else o.state, o.error, o.message), []).append(op)
    for (cause, *_), ops in alike.items():
        yield Fault(cause, tuple(ops), failed[ops[0]])


def _alone(evidence: Evidence) -> list[Fault]:
    """Wrong values and wrong derivatives; what has the same cause and the same hint is one mistake."""
    wrong: dict[str, list[Outcome]] = {}
    spoilt = _spoilt(evidence)
    for o in evidence.wrong("alone"):
        if not set(BUILT_OF.get(o.probe.op, ())) & spoilt:
            wrong.setdefault(o.probe.op, []).append(o)
    merged: dict[tuple[str, str], Fault] = {}
    for op in _blamed(wrong):
        fault = _diagnosed(op, wrong[op])
        key = fault.cause, fault.hint or op
        merged[key] = (
            Fault(fault.cause, merged[key].operations + fault.operations, merged[key].outcome, fault.hint)
            if key in merged
            else fault
        )
    for op in ("add", "subtract", "multiply", "divide", "power"):
        for o in [] if op in wrong else evidence.wrong("number", "nodes", op=op):
            if o.probe.kind == "number" or o.place == 0 or o.state != "gradient":
                merged.setdefault(("number", op), _diagnosed(op, [o]))
    return list(merged.values())


def _diagnosed(op: str, wrong: list[Outcome]) -> Fault:
    first = wrong[0]
    if first.state == "changed":
        return Fault("changed", (op,), first)
    if first.state == "value":
        if any(all(near(_forward(o, other), o.found) for o in wrong) for other in _others(op)):
            return Fault("variable", (op,), first, "function")
        return Fault("value", (op,), first)
    for hint, guess in _GUESSES.items():
        if all(o.state == "gradient" and near(guess(o), o.found) for o in wrong):
            return Fault("derivative", (op,), first, hint)
    for hint, guesses in (("number", _exchanged(op, first)), ("function", _of_others(op))):
        if any(all(o.state == "gradient" and near(guess(o), o.found) for o in wrong) for guess in guesses):
            return Fault("variable", (op,), first, hint)
    return Fault("derivative", (op,), first)


Guess = Callable[[Outcome], float]
_GUESSES: dict[str, Guess] = {"sign": lambda o: -o.right, "nothing": lambda o: 0.0, "left out": lambda o: 1.0}


def _exchanged(op: str, outcome: Outcome) -> Iterator[Guess]:
    """The declared pullback with one number in the place of another: ours is not written down a second time."""
    arity = len(outcome.probe.program.steps[-1].inputs)
    for slot in range(1 + arity):  # the output, then the inputs
        for other in range(1 + arity):
            if slot != other:
                yield lambda o, slot=slot, other=other: _pulled_back(o, op, slot, other)  # type: ignore[misc]


def _of_others(op: str) -> Iterator[Guess]:
    """The derivatives of other functions."""
    for other in _others(op):
        yield lambda o, other=other: _pulled_back(o, other)  # type: ignore[misc]


def _pulled_back(outcome: Outcome, op: str, slot: int = 0, other: int = 0) -> float:
    step = outcome.probe.program.steps[-1]
    values = ours(outcome.probe.program).values
    numbers = [values[len(values) - 1], *(values[x] if isinstance(x, int) else x for x in step.inputs)]
    numbers[slot] = numbers[other]
    if outcome.place not in step.inputs:
        return float("nan")
    try:
        return float(_operation(op).vjps[step.inputs.index(outcome.place)](1.0, *numbers))
    except (ArithmeticError, ValueError):
        return float("nan")


def _forward(outcome: Outcome, op: str) -> float:
    try:
        return float(
            OURS[op](*(ours(outcome.probe.program).values[int(x)] for x in outcome.probe.program.steps[-1].inputs))
        )
    except (ArithmeticError, ValueError):
        return float("nan")


def _others(op: str) -> list[str]:
    """The operations of as many arguments; of powers, whose exponents are plain numbers, there are none."""
    pool: tuple[str, ...] = tuple(UNARY) if op in UNARY else BINARY if op in BINARY else ()
    return [other for other in pool if other != op]


def _operation(op: str) -> Operation[...]:
    found: Any = OURS[op]
    assert isinstance(found, Operation)
    return found


def _upstream(evidence: Evidence, suspects: set[str]) -> list[Fault]:
    """Right alone, wrong where something else than 1 comes back to it."""
    wrong = {
        o.probe.op: o for o in reversed(without(evidence.wrong("through"), suspects)) if o.probe.detail != "reflected"
    }
    blamed = _blamed(wrong)
    return [Fault("upstream", tuple(blamed), wrong[blamed[0]])] if blamed else []


def _reflected(evidence: Evidence) -> list[Fault]:
    """Right with a node on the left, wrong with a number there."""
    plain = {o.probe.op for o in evidence.of("number") if o.state == "error"}  # it takes no numbers at all: a remark
    wrong = {
        o.probe.op: o for o in reversed(evidence.of("reflected")) if o.wrong or o.state in ("error", "slow", "died")
    }
    for o in reversed(evidence.wrong("through")):
        if o.probe.detail == "reflected":
            wrong.setdefault(o.probe.op, o)
    blamed = [op for op in _blamed(wrong) if op not in plain]
    return [Fault("reflected", tuple(blamed), wrong[blamed[0]])] if blamed else []


def _blamed(wrong: Iterable[str]) -> list[str]:
    """Those that were not computed with another one of them."""
    given = sorted(wrong, key=list(OURS).index)

    def below(op: str) -> bool:  # of two that may be computed with each other neither is
        return any(other in given and op not in BUILT_OF.get(other, ()) for other in BUILT_OF.get(op, ()))

    return [op for op in given if not below(op)]


# The walk through the graph.


def _equal(evidence: Evidence) -> list[Fault]:
    """Two nodes with the same number are taken for one."""
    wrong = [o for o in evidence.of("equal") if o.wrong or o.state == "error"]
    others = evidence.of("reach", where=lambda o: o.state == "right")
    return [Fault("equal", (), wrong[0])] if wrong and len(others) == 3 else []


def _overwrite(evidence: Evidence) -> list[Fault]:
    """Of several contributions one is left: ``=`` where ``+=`` should be."""
    single = [o for o in evidence.wrong("accumulate") if o.state == "gradient" and _is_one(o, o.place)]
    first = {o.probe.op: o for o in reversed(single)}
    blamed = _blamed(first)
    if not blamed:
        return []
    tried = {o.probe.op for o in evidence.of("accumulate") if o.state in ("right", "gradient")}
    everywhere = len(tried) > 1 and set(first) == tried
    return [Fault("overwrite", () if everywhere else tuple(blamed), first[blamed[0]])]


def _is_one(outcome: Outcome, place: int) -> bool:
    return any(near(outcome.found, part) for part in contributions(outcome.probe.program, place))


def _repeated(evidence: Evidence) -> list[Fault]:
    """One node is both operands."""
    first = {o.probe.op: o for o in reversed(evidence.wrong("repeated"))}
    blamed = _blamed(first)
    tried = {o.probe.op for o in evidence.of("repeated") if o.state in ("right", "gradient")}
    everywhere = len(tried) > 1 and set(first) >= tried - {"subtract", "divide"}
    return [Fault("repeated", () if everywhere else tuple(blamed), first[blamed[0]])] if blamed else []


def _walk(evidence: Evidence) -> list[Fault]:
    """Some nodes are never reached."""
    wrong = [o for o in evidence.wrong("reach", "chain") if near(o.found, 0.0)]
    return [Fault("walk", (), wrong[0])] if wrong else []


def _order(evidence: Evidence) -> list[Fault]:
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


def _shared(evidence: Evidence) -> list[Fault]:
    """A graph is spoilt by another one."""
    one, two = evidence.named("graphs", "", "one pass"), evidence.named("graphs", "", "two passes")
    first, second = range(5), range(5, 8)
    before, after = ({k: o.gradients.get(k) or 0.0 for k in (*first, *second)} for o in (one, two))
    moved = [k for k in first if not near(after[k], before[k]) and not near(after[k], 0.0)]  # set to 0: a choice
    if one.gradients and two.gradients and moved and "multiply" in _sound(evidence):
        k = moved[0]
        return [Fault("shared", (), two._replace(state="gradient", place=k, right=before[k], found=after[k]))]
    return []


def _reset(evidence: Evidence) -> list[Fault]:
    """A second pass does not begin as the first did, though all gradients are 0 again."""
    cleared = evidence.wrong("cleared")
    zeroed = evidence.wrong("zeroed")
    if cleared:
        return [Fault("reset", (), cleared[0])]
    return [Fault("reset", (), zeroed[0], "zero_grad")] if zeroed else []


def _in_place(evidence: Evidence) -> list[Fault]:
    """``+=`` changes a number that is still needed."""
    wrong = [o for o in evidence.of("in place") if o.wrong or o.state in ("error", "slow", "died")]
    ops = tuple(dict.fromkeys(o.probe.op for o in wrong))
    return [Fault("in place", ops, wrong[0])] if wrong else []


def _unknown(evidence: Evidence) -> list[Fault]:
    """Something is wrong that is none of these: the smallest program that shows it."""
    judged = [o for o in evidence.outcomes if not is_choice(o)]
    wrong = [o for o in judged if o.wrong]
    failed = [o for o in judged if o.state in ("error", "died", "slow")]
    if failed and not wrong:
        first = min(failed, key=lambda o: len(o.probe.program.steps))
        return [Fault(first.state if first.state != "slow" else "endless", (), first)]
    return [Fault("unknown", (), min(wrong, key=lambda o: len(o.probe.program.steps)))] if wrong else []
