"""Sheet: an exercise, what is given and asked for in it, and what is made of it: its picture, its solution, points."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from inversa.autograd import checks
from inversa.autograd.languages import Lang, language
from inversa.viz._figure import Figure
from inversa.viz.drawing.composition import chosen_width
from inversa.viz.exercises import choosing, entries, solution
from inversa.viz.exercises.alternatives import Alternative, AskedNumber
from inversa.viz.exercises.cells import Ask, Cell
from inversa.viz.exercises.diagnosis import Diagnosis
from inversa.viz.exercises.equations import phrase
from inversa.viz.exercises.networks import network as network_of
from inversa.viz.exercises.ringed import ringed
from inversa.viz.exercises.running import Answers, answered
from inversa.viz.exercises.searching import explaining
from inversa.viz.exercises.solution import WorkedStep
from inversa.viz.lettering.spans import VIEWS
from inversa.viz.neurons.drawing import NeuronDrawing
from inversa.viz.neurons.structure import structure
from inversa.viz.picture.hiding import hiding
from inversa.viz.rules.intervals import Interval


class Exercise:
    """What `exercise` returns. It is a snapshot of its network.

    Attributes
    ----------
    network : Value
        The cost; its graph is the network.
    cells : tuple of Cell
        All numbers that are computed, each after those that it is computed from.
    asked : tuple of str
        The names of those that are asked for.
    decimals : int
        To how many decimals every number is rounded before it is used.
    """

    def __init__(self, drawing: NeuronDrawing, cost: Any, alpha: float | None, ask: Ask, decimals: int) -> None:
        self.network = cost
        self.decimals = decimals
        self._drawing = drawing
        self._network = network_of(drawing.structure, alpha, decimals)
        self.cells = self._network.cells
        self.asked = self._network.chosen(ask)

    def cell(self, name: str) -> Cell:
        """The cell of a name, as it is typed or printed: ``"dJ/dw2_11"`` or ``"∂J/∂w₁₁⁽²⁾"``.

        Raises
        ------
        ValueError
            For a name that no cell has; the message says which one is near.
        """
        return self._network.cell(name)

    @property
    def sizes(self) -> str:
        """The network's: ``1-2-1``."""
        return self._drawing.sizes

    @property
    def exact(self) -> bool:
        """Whether no number of the solution had to be rounded."""
        return self._answers.exact

    @property
    def given(self) -> dict[str, float]:
        """What is printed: inputs, target, weights and biases, and α."""
        return self._network.given

    @property
    def answers(self) -> dict[str, float]:
        """All numbers, each computed from the rounded ones before it, by name."""
        return dict(self._answers.numbers)

    @cached_property
    def _answers(self) -> Answers:
        return answered(self._network, self.decimals)

    # What is shown.

    def figure(self, lang: Lang | None = None, *, solved: bool = False) -> Figure:
        """The network and its inverse, the boxes of all numbers that are computed empty.

        Parameters
        ----------
        lang : {"en", "es"}, optional
            English or Spanish; by default what `set_language` chose.
        solved : bool
            Whether the numbers are in the boxes: those of the network itself, which were never rounded.
        """
        drawing = self._drawing if checks.flag("solved", solved) else self._empty
        return Figure(drawing.translated(language(lang)), VIEWS, width=chosen_width(None))

    @cached_property
    def _empty(self) -> NeuronDrawing:
        """The drawing with empty boxes."""
        picture = hiding(self._drawing.structure.picture, "all")
        return dataclasses.replace(self._drawing, structure=structure(picture))

    def solution(self, lang: Lang | None = None) -> str:
        r"""The solution, worked step by step with the rounded numbers.

        Parameters
        ----------
        lang : {"en", "es"}, optional
            English or Spanish; by default what `set_language` chose.

        Examples
        --------
        >>> from inversa import exercises
        >>> from inversa.viz.tour import lecture_network
        >>> print("\n".join(exercises.exercise(lecture_network()[1]).solution().splitlines()[3:7]))
        1. ④ Hidden neuron 1: sum of inputs
           z₁⁽¹⁾ = w₁⁽¹⁾ · x + b₁⁽¹⁾ = 0.1 · 0.5 + (−0.3) = −0.2500
        2. ⑤ Hidden neuron 1: activation ψ
           a₁⁽¹⁾ = σ(z₁⁽¹⁾) = 1/(1 + e^0.2500) = 0.4378
        """
        lang = language(lang)
        return solution.worked(self._network, self._answers, self.asked, self.decimals, lang)

    def steps(self, lang: Lang | None = None) -> tuple[WorkedStep, ...]:
        """The steps of the solution, for those who print them otherwise: mark, title, equations of each."""
        return tuple(solution.steps(self._network, self._answers, self.decimals, language(lang)))

    def check(self, answer: Mapping[str, Any]) -> Diagnosis:
        """Which rule was broken, and where.

        Parameters
        ----------
        answer : mapping
            From the names of cells to what was answered: numbers, or texts such as "0,5", ".5", "−0.3", "1/2" and
            "2e-3". More than was asked for may be answered, and boxes may stay empty.

        Returns
        -------
        Diagnosis

        Raises
        ------
        ValueError
            For a name that no cell has, and for what is no number.

        Examples
        --------
        >>> from inversa import exercises
        >>> from inversa.viz.tour import lecture_network
        >>> sheet = exercises.exercise(lecture_network()[1])
        >>> found = sheet.check({"dJ/db2_1": "−0.379", "dJ/dw2_11": "-0,1659", "dJ/dw2_12": "-.2314"})
        >>> found.explanations[0].mistake, found.first.name
        ('slope left out', 'dJ/db2_1')
        >>> print(found.message().partition(". ")[0])
        Inverse output neuron: these numbers come out when ψ′ is left out
        """
        numbers = {name: entries.number(name, given) for name, given in self._named(answer).items()}
        sheet = {name: x for name, x in numbers.items() if x is not None}
        return Diagnosis(self._network, sheet, self.decimals, self.asked, self._ringed)

    def points(self, answer: Mapping[str, Any], out_of: float = 1.0) -> float:
        """Points for an answer: the share of the numbers asked for that follow from those before them.

        So a mistake costs the number where it was made, not those that were computed from it in the right way. Where
        it cannot be seen on the sheet, because numbers in between were not asked for, it costs every number that it
        changed. An empty box, or what is no number, earns nothing.

        Parameters
        ----------
        answer : mapping
            As for `check`.
        out_of : float
            The points of an answer that is all right.

        Returns
        -------
        float
            In a cell of nbgrader that is graded by itself this number, standing last, is what the cell earns.

        Raises
        ------
        ValueError
            For a name that no cell has.

        Examples
        --------
        >>> from inversa import exercises
        >>> from inversa.viz.tour import lecture_network
        >>> sheet = exercises.exercise(lecture_network()[1])
        >>> sheet.points(sheet.answers, out_of=7), sheet.points({"dJ/db2_1": "−0.0810", "dJ/dw2_11": ""}, out_of=7)
        (7.0, 1.0)
        """
        out_of = checks.number("out_of", out_of, at_least=0, example="7")
        readable = {name: given for name, given in self._named(answer).items() if entries.is_number(given)}
        found = self.check(readable)
        wrong = {departure.cell.name for departure in found.departures}
        earned = [name for name in self.asked if name in found.sheet and name not in wrong]
        return out_of * len(earned) / len(self.asked)

    def _named(self, answer: Any) -> dict[str, Any]:
        """What was answered, by the names of the cells."""
        if not isinstance(answer, Mapping):
            example = f"{{{self.asked[0]!r}: '0,5'}}"
            raise checks.wrong("an answer", "a dict from names of cells to numbers", answer, example)
        named: dict[str, Any] = {}
        for name, given in answer.items():
            cell = self.cell(name)
            if cell.name in named:
                raise ValueError(f"{cell.name} is answered twice, also as {cell.label}: keep one of the two")
            named[cell.name] = given
        return named

    def _ringed(self, cell: Cell | None, lang: str) -> Figure:
        """The network with empty boxes, one of them ringed."""
        drawing = self._empty.translated(lang)
        if cell is None:
            return Figure(drawing, VIEWS, width=chosen_width(None))
        return Figure(ringed(drawing, self._network, cell), (cell.view,), width=chosen_width(None))

    # One number alone, for quizzes and other forms.

    def band(self, name: str, *, carried: bool = False) -> Interval:
        """The answers to one number alone that are right, from ``low`` to ``high``; see `alternatives`."""
        return self._asked_number(name, carried).right()

    def alternatives(self, name: str, *, carried: bool = False) -> list[Alternative]:
        """The wrong answers to one number that mistakes give, from the least on.

        Parameters
        ----------
        name : str
            The cell's.
        carried : bool
            Whether the numbers before it are not shown, so that a mistake may have been made there and carried on.
            Otherwise they are known to be right.

        Returns
        -------
        list of Alternative
            No two have a number in common, nor has one with what is right. Where mistakes give the same they are one.

        Examples
        --------
        >>> from inversa import exercises
        >>> from inversa.viz.tour import lecture_network
        >>> sheet = exercises.exercise(lecture_network()[1])
        >>> wrong = sheet.alternatives("dJ/dw2_11")
        >>> [each.mistakes for each in wrong][0], round(wrong[0].band.low, 4), round(wrong[0].band.high, 4)
        (('input left out',), -0.0811, -0.0809)
        >>> wrong[0].message("es")
        'Este número sale si falta la entrada del peso. La regla ⑥ (salida ponderada doble) dice ∂J/∂w₁₁⁽²⁾ = ...'
        """
        return list(self._asked_number(name, carried).alternatives())

    def otherwise(self, lang: Lang | None = None) -> str:
        """What is said about an answer that is neither right nor one of the alternatives."""
        return phrase("other", language(lang))

    def _asked_number(self, name: str, carried: bool) -> AskedNumber:
        return AskedNumber(self._network, self._answers, self.cell(name), self.decimals, carried)

    # How good it is.

    @cached_property
    def invisible(self) -> tuple[str, ...]:
        """The mistakes that no number shows that is asked for, made wherever they can be made."""
        return tuple(mistake for mistake, kinds in self._explained.items() if not kinds)

    @cached_property
    def indistinguishable(self) -> tuple[tuple[str, ...], ...]:
        """The mistakes that give the same numbers as others, made wherever they can be made."""
        groups = {kinds for kinds in self._explained.values() if len(kinds) > 1}
        return tuple(sorted(groups))

    @cached_property
    def _explained(self) -> dict[str, tuple[str, ...]]:
        """The mistakes that explain the sheet of each; none where it looks right."""
        sheets = choosing.wrong_sheets(self._network, self.asked, self.decimals)
        return {
            mistake: tuple(sorted({found.mistake for found in explaining(self._network, sheet, self.decimals)}))
            for mistake, sheet in sheets
        }

    def __repr__(self) -> str:
        return f"<Exercise {self._drawing.sizes}: {len(self.asked)} of {len(self.cells)} numbers asked for>"
