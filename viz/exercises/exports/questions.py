"""Questions for learning platforms, each for one number: which answers are right, and what is said about the others.

A numerical question of Moodle takes the first of its answers whose tolerance holds. So the right one stands first, then
those that mistakes give, each with its own feedback, and at last what is said about any other number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from inversa.viz.exercises.choosing import wrong_sheets
from inversa.viz.exercises.exports.paper import Paper
from inversa.viz.rules.intervals import Interval, exact

DECIMALS = 8  # of tolerances
HAIR = 1e-9  # by which a tolerance is wider than its band: decimals are no binary numbers


@dataclass(frozen=True)
class Answer:
    """Numbers that are taken alike: those not further from ``number`` than ``tolerance``."""

    number: str
    tolerance: str
    feedback: str


@dataclass(frozen=True)
class Question:
    """A numerical question.

    Attributes
    ----------
    name : str
        Among other questions.
    key : str
        The same whenever the question is made: with it an import replaces an older one.
    text : tuple of str
        Its paragraphs.
    answers : tuple of Answer
        The right one first.
    otherwise : str
        What is said about any other number.
    solution : tuple of str
        The lines of what is shown in the end.
    """

    name: str
    key: str
    text: tuple[str, ...]
    answers: tuple[Answer, ...]
    otherwise: str
    solution: tuple[str, ...]


def questions(paper: Paper, key: str) -> Iterator[Question]:
    """One question for every number of a sheet."""
    exercise = paper.exercise
    solution = tuple(line for step in paper.steps for line in (f"{step.mark} {step.title}".strip(), *step.equations))
    sheets = [sheet for _, sheet in wrong_sheets(exercise._network, exercise.asked, exercise.decimals)]
    for name, label in zip(exercise.asked, paper.labels, strict=True):
        yield Question(
            name=f"{exercise.sizes} {paper.letter}: {label}",
            key=f"{key}-{paper.letter}-{name}",
            text=(
                paper.say("network", sizes=exercise.sizes) + " " + "; ".join(paper.equations) + ".",
                paper.given,
                " ".join([paper.say("question", label=label), paper.rounding, paper.say("typing")]),
            ),
            answers=tuple(_answers(paper, name, [sheet[name] for sheet in sheets])),
            otherwise=exercise.otherwise(paper.lang),
            solution=solution,
        )


def _answers(paper: Paper, name: str, mistaken: Sequence[float]) -> Iterator[Answer]:
    """All answers to one number; ``mistaken`` are those of students who make one mistake."""
    exercise, lang = paper.exercise, paper.lang
    wrong = exercise.alternatives(name, carried=True)
    right = exercise.band(name, carried=True)
    others = [each.band for each in wrong] + [exact(x) for x in mistaken if not right.meets(exact(x))]
    yield _right(exercise.answers[name], right, others, paper)
    for each in wrong:
        yield _answer(each.band.middle, each.band, each.message(lang))


def _right(number: float, band: Interval, others: Iterable[Interval], paper: Paper) -> Answer:
    """Around the rounded number, which is shown as the right one; around the middle where that would take in others."""
    reach = max(band.high - number, number - band.low)
    taken = Interval(number - reach, number + reach)
    middle = band.middle if any(taken.meets(other) for other in others) else number
    return _answer(middle, band, paper.say("right"))


def _answer(number: float, band: Interval, feedback: str) -> Answer:
    written = _plain(number)
    tolerance = max(band.high - float(written), float(written) - band.low) + HAIR
    return Answer(written, _plain(tolerance, DECIMALS + 1), feedback)


def _plain(x: float, decimals: int = DECIMALS) -> str:
    """A number as programs read it.

    >>> _plain(-0.0758), _plain(2.0), _plain(-1e-12)
    ('-0.0758', '2', '0')
    """
    return f"{round(x, decimals) + 0.0:.{decimals}f}".rstrip("0").rstrip(".")
