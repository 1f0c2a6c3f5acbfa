"""A sheet on paper and its key, in no format yet: what is given, what is asked for, and the worked solution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inversa.autograd.languages import Lang, texts
from inversa.viz._figure import Figure
from inversa.viz.exercises._exercise import Exercise
from inversa.viz.exercises.equations import label, phrase
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
        return said(key, self.lang, **blanks)

    @property
    def version(self) -> str:
        """Its name."""
        return self.say("version", letter=self.letter)

    @property
    def given(self) -> str:
        """The numbers that are given."""
        labels = self.exercise._network.labels
        numbers = (f"{labels[name]} = {shown(x)}" for name, x in self.exercise.given.items())
        return phrase("given", self.lang, numbers=", ".join(numbers))

    @property
    def rounding(self) -> str:
        """How numbers are rounded."""
        return phrase("exact", self.lang) if self._exact else phrase("rounding", self.lang, n=self.exercise.decimals)

    @property
    def _exact(self) -> bool:
        """Whether no number has to be rounded: then the solution writes none with more decimals than it has."""
        return self.exercise.exact

    @property
    def labels(self) -> list[str]:
        """What is asked for."""
        return [label(self.exercise.cell(name), self.lang) for name in self.exercise.asked]

    @property
    def answers(self) -> list[str]:
        """The numbers that are right."""
        decimals = None if self._exact else self.exercise.decimals
        numbers = (shown(self.exercise.answers[name], decimals) for name in self.exercise.asked)
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


def said(key: str, lang: str, **blanks: object) -> str:
    """A sentence of exams, its blanks filled in.

    >>> said("version", "es", letter="B")
    'Versión B'
    """
    text = texts(lang).exam[key]
    for name, value in blanks.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def title(papers: Sequence[Paper]) -> str:
    """What stands above all versions."""
    return papers[0].say("title", sizes=papers[0].exercise.sizes)
