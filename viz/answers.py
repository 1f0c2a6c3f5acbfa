"""Answers to exercises: right, or what is wrong with them, without giving the right one away."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from numbers import Real
from typing import Any

from inversa.autograd import Node, checks
from inversa.autograd.languages import Lang, language, texts
from inversa.autograd.languages._language import Texts
from inversa.autograd.lazy import np
from inversa.autograd.printing import encodable


@dataclass(frozen=True, repr=False)
class AnswerCheck:
    """What `check_answer` found: true if the answer is right, and a sentence, which notebooks show.

    Attributes
    ----------
    right : bool
        Whether the answer is right.
    message : str
        What is wrong, or that nothing is.
    """

    right: bool
    message: str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return encodable(self.message)


def check_answer(
    answer: Any,
    right: Any,
    *,
    hints: Mapping[Any, Any] | None = None,
    at: Iterable[Any] = (),
    tolerance: float = 0.01,
    lang: Lang | None = None,
) -> AnswerCheck:
    """Compare a student's answer with the right one, and say what is wrong.

    Parameters
    ----------
    answer : object
        What the student gave; ``...`` stands for no answer yet.
    right : number, bool, str, set, sequence of numbers, mapping or callable
        The right answer. Upper and lower case of a text are the same, a set has no order, and of a mapping every entry
        is compared.
    hints : mapping, optional
        From wrong answers that are expected to what is said about them; for a mapping, from names to such hints.
    at : iterable, optional
        Where to compare a function with the right one: numbers, or tuples of its arguments.
    tolerance : float
        By how much a number may be off, as a fraction of the right one: a rounded answer is right.
    lang : {"en", "es"}, optional
        The language of the sentence; by default that of `set_language`.

    Returns
    -------
    AnswerCheck
        True if the answer is right, with a sentence.

    Raises
    ------
    ValueError
        If a function is to be compared nowhere, or the tolerance is negative.

    Examples
    --------
    >>> from inversa import viz
    >>> viz.check_answer(..., 6)
    Write your answer in place of the three dots, run that cell and then this one.
    >>> viz.check_answer(9, 6, hints={9: "That is f(3), not its slope."})
    Not yet. That is f(3), not its slope.
    >>> viz.check_answer(-6, 6)
    Not yet: the number is right, its sign is not.
    >>> viz.check_answer([1, 4, 8], [1, 4, 9])
    Not yet: look at the element [2] again.
    >>> viz.check_answer(lambda x: x * 2, lambda x: x**2, at=[2, 3])
    Not yet: for 3 the function should give 9, and it gives 6.
    >>> bool(viz.check_answer(6.0, 6))
    True
    """
    comparison = _Comparison(checks.number("tolerance", tolerance, at_least=0), texts(language(lang)).answer)
    said = comparison.said
    if _is_open(answer):
        return AnswerCheck(False, said["unanswered"])
    places = list(at)
    if callable(right) and not places:
        raise checks.wrong("at", "where to compare the functions", places, "[0, 1.5, 3]")
    fault = comparison.of_function(answer, right, places) if callable(right) else ""
    fault = fault or comparison.fault(answer, right)
    if not fault:
        return AnswerCheck(True, said["right"])
    hint = comparison.hint(answer, right, hints or {})
    return AnswerCheck(False, f"{said['wrong']}. {hint}" if hint else f"{said['wrong']}: {fault}.")


def _is_open(answer: Any) -> bool:
    """Whether there is no answer yet, or a list or dict of nothing but that."""
    parts = answer.values() if isinstance(answer, Mapping) else answer if isinstance(answer, list | tuple) else ()
    return answer is ... or (len(parts) > 0 and all(part is ... for part in parts))


def _plain(answer: Any) -> Any:
    """A node, or an array without axes, as what it holds."""
    answer = answer.data if isinstance(answer, Node) else answer
    return answer.item() if isinstance(answer, np.ndarray | np.generic) and np.ndim(answer) == 0 else answer


def _kind(answer: Any) -> str:
    kinds: dict[str, Any] = {
        "truth value": bool,
        "number": Real,
        "text": str,
        "dict": Mapping,
        "set": Set,
        "list": (Sequence, np.ndarray),
        "function": Callable,
    }
    return next((name for name, kind in kinds.items() if isinstance(answer, kind)), "")


@dataclass(frozen=True)
class _Comparison:
    """Says what is wrong with an answer; where nothing is, the texts are empty."""

    tolerance: float
    said: Texts

    def hint(self, answer: Any, right: Any, hints: Mapping[Any, Any]) -> str:
        """What is said about a wrong answer that was expected, or nothing; an entry that is right needs no hint."""
        for wrong, hint in hints.items():
            if not isinstance(hint, Mapping):
                if not self.fault(answer, wrong):
                    return str(hint)
            elif isinstance(answer, Mapping) and wrong in answer:
                entry, wanted = answer[wrong], right[wrong]
                if self.fault(entry, wanted) and (said := self.hint(entry, wanted, hint)):
                    return f"{wrong}: {said}"
        return ""

    def fault(self, answer: Any, right: Any) -> str:
        """What is wrong with an answer, or nothing."""
        answer, right = _plain(answer), _plain(right)
        wanted, given = _kind(right), _kind(answer)
        if wanted == "set" and given == "list":
            answer, given = set(answer), "set"
        if wanted != given:
            if not wanted:  # such as None
                return self.said["think"]
            kind = self.said.get(f"a {given}", type(answer).__name__)
            return self.said["kind"].format(wanted=self.said[f"a {wanted}"], given=kind)
        if wanted == "number":
            return self.of_number(answer, right)
        if wanted == "list":
            return self.of_list(answer, right)
        if wanted == "dict":
            return self.of_dict(answer, right)
        if wanted == "set":
            return self.said["missing"] if right - answer else self.said["too many"] if answer - right else ""
        if wanted == "text":
            return "" if answer.strip().casefold() == right.strip().casefold() else self.said["think"]
        return "" if wanted == "function" or answer == right else self.said["think"]

    def of_number(self, answer: float, right: float) -> str:
        def near(x: float) -> bool:
            return math.isclose(x, right, rel_tol=0, abs_tol=self.tolerance * abs(right) + 1e-12)

        return "" if near(answer) else self.said["sign"] if near(-answer) else self.said["think"]

    def of_list(self, answer: Any, right: Any) -> str:
        if isinstance(answer, np.ndarray) and isinstance(right, np.ndarray) and answer.shape != right.shape:
            return self.said["shape"].format(wanted=right.shape, given=answer.shape)
        if len(answer) != len(right):
            return self.said["length"].format(wanted=len(right), given=len(answer))
        wrong = (n for n in range(len(right)) if self.fault(answer[n], right[n]))
        return next((self.said["element"].format(place=f"[{n}]") for n in wrong), "")

    def of_dict(self, answer: Any, right: Any) -> str:
        for name, value in right.items():
            if name not in answer or answer[name] is ...:
                return self.said["no entry"].format(name=name)
            if fault := self.fault(answer[name], value):
                return f"{name}: {fault}"
        return ""

    def of_function(self, answer: Any, right: Any, places: list[Any]) -> str:
        if not callable(answer):
            return ""  # which is a wrong kind of answer, and said there
        for place in places:
            arguments = place if isinstance(place, tuple) else (place,)
            at = ", ".join(map(str, arguments))
            wanted = right(*arguments)
            try:
                given = answer(*arguments)
            except Exception as error:
                return self.said["raises"].format(at=at, error=f"{type(error).__name__}: {error}")
            if given is None:
                return self.said["nothing"]
            if given is ...:
                return self.said["dots"]
            if self.fault(given, wanted):
                return self.said["value"].format(at=at, wanted=wanted, given=given)
        return ""
