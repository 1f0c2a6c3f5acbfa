"""Diagnosis: what is found in the numbers of a sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from inversa.autograd.languages import Lang, language
from inversa.autograd.printing import encodable
from inversa.viz._figure import Figure
from inversa.viz.exercises import messages, searching
from inversa.viz.exercises.cells import Cell, Network
from inversa.viz.exercises.equations import phrase
from inversa.viz.exercises.messages import Finding
from inversa.viz.exercises.searching import Hypothesis, Sheet
from inversa.viz.output.notebook import reflowing
from inversa.viz.rules.mistakes import MISTAKES

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
    """What `Exercise.check` returns: which rule was broken, and where. It is true if nothing is wrong or missing.

    Attributes
    ----------
    sheet : dict
        The numbers that were answered, by the names of their cells.
    """

    def __init__(
        self, network: Network, sheet: Sheet, decimals: int, asked: tuple[str, ...], pictured: Pictured
    ) -> None:
        self._network, self._wanted, self._asked, self._pictured = network, decimals, asked, pictured
        self.sheet = dict(sheet)

    @cached_property
    def decimals(self) -> int:
        """To how many decimals the numbers are read: fewer than asked for where they have fewer, and are right."""
        return searching.precision(self._network, self.sheet, self._wanted)

    @cached_property
    def departures(self) -> tuple[Departure, ...]:
        """The numbers that do not follow from those before them, in order; of a right sheet none."""
        found = searching.departures(self._network, self.sheet, self.decimals)
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
        """Whether one mistake explains everything, and neither chance nor a slip of the pen does."""
        return searching.certain(self._network, self.sheet, self.decimals, self._found)

    @cached_property
    def _found(self) -> list[Hypothesis]:
        return searching.explaining(self._network, self.sheet, self.decimals)

    def _first_shown(self, found: Hypothesis) -> Explanation:
        """A hypothesis at the first number that it changes, one that is wrong on the sheet if there is one."""
        changed = searching.changed(self._network, self.sheet, self.decimals, found)
        departed = {departure.cell for departure in self.departures}
        wrong = [cell for cell in changed if cell in departed]
        unseen = [cell for cell in changed if cell.name not in self.sheet]
        return _explanation(found.mistake, (wrong or unseen or changed)[0], found.neuron is None)

    def __bool__(self) -> bool:
        return self.right and not self._empty

    @property
    def _empty(self) -> list[Cell]:
        return [self._network.by_name[name] for name in self._asked if name not in self.sheet]

    # What is said and shown.

    def message(self, lang: Lang | None = None) -> str:
        """What is right or wrong, in a few sentences.

        Parameters
        ----------
        lang : {"en", "es"}, optional
            English or Spanish; by default what `set_language` chose.
        """
        found = [
            Finding(hypothesis, self._network.by_name[explanation.cell])
            for hypothesis, explanation in zip(self._found, self.explanations, strict=True)
        ]
        departed = {each.cell: [e.mistake for e in each.explanations] for each in self.departures}
        lang = language(lang)
        said = messages.message(
            self._network, self.sheet, self.decimals, departed, found, self.certain, self._empty, lang
        )
        fewer = "" if self.decimals == self._wanted else phrase("fewer", lang, n=self.decimals, asked=self._wanted)
        return f"{said} {fewer}".rstrip()

    def figure(self, lang: Lang | None = None) -> Figure:
        """The network with empty boxes, the place of the mistake ringed.

        Parameters
        ----------
        lang : {"en", "es"}, optional
            English or Spanish; by default what `set_language` chose.
        """
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
