"""Sentences of the examiner, in one of the languages of `inversa.autograd.languages`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inversa.autograd.languages import texts
from inversa.viz.examiner.evidence import Outcome
from inversa.viz.examiner.fault import Fault
from inversa.viz.examiner.programs import SIGNS, letter, shown
from inversa.viz.lettering.numbers import number

DIGITS = 4  # decimals of the numbers in reports and pictures
NAMES = ("data", "grad", "backward", "zero")  # what an engine has names for


def say(key: str, lang: str, **values: Any) -> str:
    """A sentence, its blanks filled in.

    >>> say("faults", "es", n=3)
    '3 errores'
    """
    return texts(lang).examiner[key].format(**values)


def cause(fault: Fault, lang: str) -> str:
    """What the mistake is, as a title.

    The operations of a reflected one are written with a number on their left.
    """
    signs = [reflected(op) if fault.cause == "reflected" else shown(op) for op in fault.operations]
    text = say(f"cause {fault.cause}", lang, operations=", ".join(signs) or say("everywhere", lang))
    if signs and fault.cause in ("error", "endless", "died"):
        return f"{', '.join(signs)}: {text[:1].lower()}{text[1:]}"
    return text


def reflected(op: str) -> str:
    """An operation with a number on its left.

    >>> reflected("power")
    '2 ** v'
    """
    return SIGNS[op].format("2", "v")


def happened(outcome: Outcome, lang: str) -> str:
    """What is right, and what the engine says."""
    if outcome.wrong:
        node, output = letter(outcome.place), letter(start(outcome))
        right, found = (number(x, DIGITS) for x in (outcome.right, outcome.found))
        return say(f"says {outcome.state}", lang, node=node, output=output, right=right, found=found)
    if outcome.state == "error":
        key = "says line" if outcome.line else "says error"
        return say(key, lang, error=outcome.error, message=outcome.message, line=outcome.line)
    return say(f"says {outcome.state}", lang)


def start(outcome: Outcome) -> int:
    """The result whose derivative the place has: where the last pass that reaches it starts."""
    program = outcome.probe.program
    starts = [place for place in reversed(program.passes) if isinstance(place, int)]
    return next((place for place in starts if outcome.place in program.reached(place)), program.output)


def advice(fault: Fault, lang: str) -> Iterator[str]:
    """What the wrong number tells, which rule is broken, and what to do."""
    if fault.hint:
        yield say(f"hint {fault.hint}", lang)
    if fault.rule is not None:
        names = texts(lang).rules[fault.rule.value - 1]
        yield say("rule", lang, mark=fault.rule.mark, forward=names[0], inverse=names[1])
    yield say(f"advice {fault.cause}", lang)


def named(names: Mapping[str, str], lang: str) -> str:
    """What an engine calls things."""
    return say("names", lang, names=", ".join(say(kind, lang, name=names[kind]) for kind in NAMES if kind in names))
