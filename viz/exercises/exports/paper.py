"""A sheet on paper and its key, in no format yet: what is given, what is asked for, and the worked solution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inversa.autograd.languages import Lang, texts
from inversa.viz._figure import Figure
from inversa.viz.exercises import solution
from inversa.viz.exercises.equations import label
from inversa.viz.exercises.sheet import Exercise
from inversa.viz.exercises.solution import WorkedStep
from inversa.viz.exercises.writing import shown


@dataclass(frozen=True)
class Paper:
    """One version of an exam.

    Attributes
    ----------
    letter : str
        Which version it is: "A".
    exercise : Exercise
    lang : {"en", "es"}
    """

    letter: str
    exercise: Exercise
    lang: Lang

    def say(self, key: str, **blanks: object) -> str:
        """A sentence of exams, its blanks filled in."""
        return texts(self.lang).exam[key].format(**blanks)

    @property
    def version(self) -> str:
        """Its name."""
        return self.say("version", letter=self.letter)

    @property
    def given(self) -> str:
        """The numbers that are given."""
        return solution.given(self.exercise._network, self.lang)

    @property
    def rounding(self) -> str:
        """How numbers are rounded."""
        return solution.rounding(self._decimals, self.lang)

    @property
    def _decimals(self) -> int | None:
        """None where no number has to be rounded: then the solution writes none with more decimals than it has."""
        return None if self.exercise.exact else self.exercise.decimals

    @property
    def labels(self) -> list[str]:
        """What is asked for."""
        return [label(self.exercise.cell(name), self.lang) for name in self.exercise.asked]

    @property
    def answers(self) -> list[str]:
        """The numbers that are right."""
        numbers = (shown(self.exercise.answers[name], self._decimals) for name in self.exercise.asked)
        return [f"{name} = {number}" for name, number in zip(self.labels, numbers, strict=True)]

    @property
    def steps(self) -> tuple[WorkedStep, ...]:
        """The solution, step by step."""
        return self.exercise.steps(self.lang)

    @property
    def equations(self) -> list[str]:
        """The network in names: z = w · x + b, a = σ(z), …, J = (h − y)²."""
        written = [equation for step in self.steps for equation in step.equations]
        pairs = zip(self.exercise.cells, written, strict=True)
        return [" = ".join(text.split(" = ")[:2]) for cell, text in pairs if cell.kind in ("sum", "output", "cost")]

    @property
    def figure(self) -> Figure:
        """Both networks with empty boxes."""
        return self.exercise.figure(self.lang)


def title(papers: Sequence[Paper]) -> str:
    """What stands above all versions."""
    return papers[0].say("title", sizes=papers[0].exercise.sizes)
