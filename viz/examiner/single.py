"""Mistakes of single operations: alone, behind another one, with a plain number on the left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from inversa.viz.examiner.evidence import Evidence, Outcome, near
from inversa.viz.examiner.fault import BUILT_OF, Fault, declared, spoilt_operations, to_blame
from inversa.viz.examiner.probes import BINARY, UNARY
from inversa.viz.examiner.programs import OURS, ours

Guess = Callable[[Outcome], float]
_GUESSES: dict[str, Guess] = {"sign": lambda o: -o.right, "nothing": lambda o: 0.0, "left out": lambda o: 1.0}


def local(evidence: Evidence) -> list[Fault]:
    """What is wrong with single operations; wrong numbers may be why others fail on the way back."""
    failed = list(_errors(evidence))
    broken = {op for fault in failed for op in fault.operations}
    wrong = _alone(evidence, broken)
    return [fault for fault in failed if isinstance(fault.outcome.at, int) or not wrong] + wrong


def _errors(evidence: Evidence) -> Iterator[Fault]:
    """Operations that are there and fail."""
    failed = {o.probe.op: o for o in reversed(evidence.of("alone")) if o.failed}
    if evidence.named("nodes", "power").state == "right":  # it wants a node for the exponent
        failed.pop("power", None)
    alike: dict[tuple[str, ...], list[str]] = {}
    for op in to_blame(failed):
        o = failed[op]
        endless = o.state == "slow" or o.error == "RecursionError"
        alike.setdefault(("endless" if endless else o.state, o.error, o.message), []).append(op)
    for (cause, *_), ops in alike.items():
        yield Fault(cause, tuple(ops), failed[ops[0]])


def _alone(evidence: Evidence, broken: set[str]) -> list[Fault]:
    """Wrong values and wrong derivatives; what has the same cause and the same hint is one mistake."""
    wrong: dict[str, list[Outcome]] = {}
    spoilt = broken | spoilt_operations(evidence)
    for o in evidence.wrong("alone"):
        if not {o.probe.op, *BUILT_OF.get(o.probe.op, ())} & spoilt:
            wrong.setdefault(o.probe.op, []).append(o)
    merged: dict[tuple[str, str], Fault] = {}
    for op in to_blame(wrong):
        fault = _diagnosed(op, wrong[op])
        key = fault.cause, fault.hint or op
        merged[key] = (
            Fault(fault.cause, merged[key].operations + fault.operations, merged[key].outcome, fault.hint)
            if key in merged
            else fault
        )
    for op in ("add", "subtract", "multiply", "divide", "power"):
        for o in [] if {op, *BUILT_OF.get(op, ())} & {*wrong, *spoilt} else evidence.wrong("number", "nodes", op=op):
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


def _exchanged(op: str, outcome: Outcome) -> Iterator[Guess]:
    """The declared pullback with one number in the place of another: ours is not written down a second time."""
    arity = len(outcome.probe.program.steps[-1].inputs)
    for slot in range(1 + arity):  # the output, then the inputs
        for other in range(1 + arity):
            if slot != other:
                yield partial(_pulled_back, op=op, slot=slot, other=other)


def _of_others(op: str) -> Iterator[Guess]:
    """The derivatives of other functions."""
    for other in _others(op):
        yield partial(_pulled_back, op=other)


def _pulled_back(outcome: Outcome, op: str, slot: int = 0, other: int = 0) -> float:
    step = outcome.probe.program.steps[-1]
    values = ours(outcome.probe.program).values
    numbers = [values[len(values) - 1], *(values[x] if isinstance(x, int) else x for x in step.inputs)]
    numbers[slot] = numbers[other]
    if outcome.place not in step.inputs:
        return float("nan")
    try:
        return float(declared(op).vjps[step.inputs.index(outcome.place)](1.0, *numbers))
    except (ArithmeticError, ValueError):
        return float("nan")


def _forward(outcome: Outcome, op: str) -> float:
    values = ours(outcome.probe.program).values
    try:
        return float(OURS[op](*(values[int(x)] for x in outcome.probe.program.steps[-1].inputs)))
    except (ArithmeticError, ValueError):
        return float("nan")


def _others(op: str) -> list[str]:
    """The operations of as many arguments; of powers, whose exponents are plain numbers, there are none."""
    pool: tuple[str, ...] = tuple(UNARY) if op in UNARY else BINARY if op in BINARY else ()
    return [other for other in pool if other != op]


def upstream(evidence: Evidence) -> list[Fault]:
    """Right alone, wrong where something else than 1 comes back to it."""
    wrong = {o.probe.op: o for o in reversed(evidence.wrong("through")) if o.probe.detail != "reflected"}
    blamed = to_blame(wrong)
    return [Fault("upstream", tuple(blamed), wrong[blamed[0]])] if blamed else []


def reflected(evidence: Evidence) -> list[Fault]:
    """Right with a node on the left, wrong with a number there."""
    plain = {o.probe.op for o in evidence.of("number") if o.state == "error"}  # it takes no numbers at all: a remark
    wrong = {o.probe.op: o for o in reversed(evidence.of("reflected")) if o.wrong or o.failed}
    for o in reversed(evidence.wrong("through")):
        if o.probe.detail == "reflected":
            wrong.setdefault(o.probe.op, o)
    blamed = [op for op in to_blame(wrong) if op not in plain]
    return [Fault("reflected", tuple(blamed), wrong[blamed[0]])] if blamed else []
