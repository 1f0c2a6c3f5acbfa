"""Diagnosis: what is said about the numbers of a sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from inversa.autograd.languages import Lang, language
from inversa.autograd.printing import encodable
from inversa.viz._figure import Figure
from inversa.viz.exercises import searching
from inversa.viz.exercises.cells import GROUPS, Cell, Network
from inversa.viz.exercises.equations import Equations, broken, label, phrase, place
from inversa.viz.exercises.mistakes import MISTAKES
from inversa.viz.exercises.running import RIGHT, Broken, answered
from inversa.viz.exercises.searching import CERTAIN, Hypothesis, Sheet
from inversa.viz.lettering.sentences import say
from inversa.viz.output.notebook import reflowing

SEVERAL = 3  # mistakes that explain a sheet: of more it is not said why, but only where
Pictured = Callable[[Cell | None, str], Figure]


@dataclass(frozen=True)
class Explanation:
    """A mistake that explains numbers of a sheet.

    Attributes
    ----------
    mistake : str
        Its key, such as "slope left out".
    rule : int or None
        Which of the eight rules it breaks; None for the step of gradient descent.
    cell : str
        The name of the cell where it shows first.
    place : str
        The part of the drawing that shows that cell, such as ``"n14"``.
    everywhere : bool
        Whether it was made wherever it can be made.
    """

    mistake: str
    rule: int | None
    cell: str
    place: str
    everywhere: bool = False


@dataclass(frozen=True)
class Departure:
    """A number that does not follow from those before it, and the mistakes that would give it."""

    cell: Cell
    explanations: tuple[Explanation, ...]


class Diagnosis:
    """What `Exercise.check` returns: which rule was broken, and where. It is true where nothing is wrong.

    Attributes
    ----------
    sheet : dict
        The numbers that were answered, by the names of their cells.
    """

    def __init__(
        self, network: Network, sheet: Sheet, decimals: int, asked: tuple[str, ...], pictured: Pictured
    ) -> None:
        self._network, self._decimals, self._asked, self._pictured = network, decimals, asked, pictured
        self.sheet = dict(sheet)

    @cached_property
    def departures(self) -> tuple[Departure, ...]:
        """The numbers that do not follow from those before them, in order; of a right sheet none."""
        found = searching.departures(self._network, self.sheet, self._decimals)
        return tuple(
            Departure(cell, tuple(_explanation(mistake, cell) for mistake in mistakes))
            for cell, mistakes in found.items()
        )

    @property
    def right(self) -> bool:
        """Whether no number contradicts those before it; boxes that are empty contradict nothing."""
        return not self.departures

    @property
    def first(self) -> Cell | None:
        """The cell of the first number that does not follow from those before it."""
        return self.departures[0].cell if self.departures else None

    @cached_property
    def explanations(self) -> tuple[Explanation, ...]:
        """The single mistakes that explain all numbers: of one that is recognised beyond doubt one."""
        return tuple(self._first_shown(hypothesis) for hypothesis in self._found)

    @property
    def indistinguishable(self) -> tuple[str, ...]:
        """The mistakes that all explain the sheet, where they are several."""
        keys = tuple(sorted({explanation.mistake for explanation in self.explanations}))
        return keys if len(keys) > 1 else ()

    @cached_property
    def certain(self) -> bool:
        """Whether one mistake explains everything, and too much for that to be chance."""
        kinds = {hypothesis.mistake for hypothesis in self._found}
        if len(kinds) != 1 or not MISTAKES[min(kinds)].wrong:
            return False
        bits = (searching.evidence(self._network, self.sheet, self._decimals, found) for found in self._found)
        return max(bits) >= CERTAIN

    @cached_property
    def _found(self) -> list[Hypothesis]:
        return searching.explaining(self._network, self.sheet, self._decimals)

    def _first_shown(self, found: Hypothesis) -> Explanation:
        """A hypothesis at the first number that it changes: one on the sheet if there is one."""
        kinds = MISTAKES[found.mistake].broken
        changed = [c for c in self._network.cells if c.kind in kinds and found.neuron in (None, c.neuron)]
        departed = {departure.cell for departure in self.departures}
        cell = next((cell for cell in changed if cell in departed), changed[0])
        return _explanation(found.mistake, cell, found.neuron is None)

    def __bool__(self) -> bool:
        return self.right

    # What is said.

    def message(self, lang: Lang | None = None) -> str:
        """What is right or wrong, in a few sentences.

        Parameters
        ----------
        lang : {"en", "es"}, optional
            English or Spanish; by default what `set_language` chose.
        """
        lang = language(lang)
        if self.right:
            return self._praise(lang)
        kinds = {explanation.mistake for explanation in self.explanations}
        if not kinds or len(kinds) > SEVERAL:
            return self._where(lang)
        if len(kinds) > 1:
            one_each = {explanation.mistake: explanation for explanation in reversed(self.explanations)}
            causes = [self._cause(explanation, lang) for explanation in reversed(one_each.values())]
            return phrase("several", lang, causes=phrase("or", lang).join(causes))
        return self._why(lang)

    def _praise(self, lang: Lang) -> str:
        if not self.sheet:
            return phrase("nothing", lang)
        empty = [label(self._network.by_name[name], lang) for name in self._asked if name not in self.sheet]
        return phrase("right so far", lang, names=", ".join(empty)) if empty else phrase("right", lang)

    def _why(self, lang: Lang) -> str:
        """The one mistake that explains everything, with what the rule says beside what was computed."""
        explanation, found = self.explanations[0], self._found[0]
        cell = self._network.by_name[explanation.cell]
        equations = self._equations(found.broken(self._network))
        if not MISTAKES[found.mistake].wrong:
            return self._other_box(cell, equations, lang)
        key = "certain" if self.certain else "likely"
        where = _capital(say("or", lang).join(dict.fromkeys(self._place(each, lang) for each in self.explanations)))
        said = phrase(key, lang, place=where, mistake=broken(found.mistake, lang))
        return f"{said} {self._compared(cell, found.mistake, equations, lang)}"

    def _other_box(self, cell: Cell, equations: Equations, lang: Lang) -> str:
        """For δ in the box of L′."""
        error = equations.wrong(cell, "delta for the slope").names
        delta = next(c.label for c in self._network.cells if c.kind == "delta" and c.neuron == cell.neuron)
        right = equations.right(cell).names
        return phrase("delta for the slope", lang, label=cell.label, error=error, delta=delta, right=right)

    def _compared(self, cell: Cell, mistake: str, equations: Equations, lang: Lang) -> str:
        """What the rule says, and what was computed instead."""
        wrong = equations.wrong(cell, mistake)
        number = equations.number(cell)
        written = wrong.names if wrong.numbers == number else f"{wrong.names} = {wrong.numbers}"
        rule = equations.rule_says(cell, lang)
        if cell.name in self.sheet:
            return phrase("you have", lang, rule=rule, number=number, wrong=written)
        return phrase("you followed", lang, rule=rule, wrong=f"{cell.label} = {wrong.names}")

    def _where(self, lang: Lang) -> str:
        """The first number that does not follow from those before it, and what would give it."""
        first, *others = self.departures
        equations = self._equations(RIGHT)
        said = [
            phrase("first", lang, **self._shown(first.cell, equations, lang)),
            phrase("says", lang, rule=equations.rule_says(first.cell, lang)),
        ]
        if 1 <= len(first.explanations) <= SEVERAL:
            mistakes = [broken(explanation.mistake, lang) for explanation in first.explanations]
            said.append(phrase("one", lang, mistakes=phrase("or", lang).join(mistakes)))
        if others:
            said.append(phrase("another", lang, **self._shown(others[0].cell, equations, lang)))
        elif first.cell is not self._network.cells[-1]:
            said.append(phrase("rest", lang))
        before = [c for c in self._network.cells[: first.cell.number] if c.kind not in GROUPS["step"]]
        if any(cell.name not in self.sheet for cell in before):
            said.append(phrase("fill in", lang))
        return " ".join(said)

    def _shown(self, cell: Cell, equations: Equations, lang: Lang) -> dict[str, Any]:
        where = place(self._network, cell, lang)
        return {"label": label(cell, lang), "number": equations.number(cell), "place": where}

    def _cause(self, explanation: Explanation, lang: Lang) -> str:
        mistake = broken(explanation.mistake, lang)
        return phrase("cause", lang, mistake=mistake, place=self._place(explanation, lang))

    def _place(self, explanation: Explanation, lang: Lang) -> str:
        """The neuron; where the mistake was made at every neuron that it can be made at, that is said, too."""
        cell = self._network.by_name[explanation.cell]
        where = place(self._network, cell, lang)
        kinds = MISTAKES[explanation.mistake].broken
        neurons = {c.neuron for c in self._network.cells if c.kind in kinds}
        everywhere = explanation.everywhere and len(neurons) > 1
        return phrase("everywhere", lang, place=where) if everywhere else where

    def _equations(self, broken: Broken) -> Equations:
        """The equations in the numbers of the sheet; those that are missing are computed."""
        found = answered(self._network, self._decimals, broken, fixed=self.sheet)
        return Equations(self._network, found.numbers, None if found.exact else self._decimals)

    # What is shown.

    def figure(self, lang: Lang | None = None) -> Figure:
        """The network, the place of the first wrong number ringed."""
        shown = self.explanations[0].cell if self.explanations else None
        cell = self.first if shown is None else self._network.by_name[shown]
        return self._pictured(cell, language(lang))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """In a notebook what is said, and where something is wrong the picture below it."""
        said = f"<p>{escape(self.message())}</p>"
        picture = "" if self.right else f"\n{reflowing(self.figure())}"
        return {"text/html": said + picture, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Diagnosis: {encodable(self.message())}>"


def _explanation(mistake: str, cell: Cell, everywhere: bool = False) -> Explanation:
    rule = MISTAKES[mistake].rule
    return Explanation(mistake, None if rule is None else rule.value, cell.name, cell.place, everywhere)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
