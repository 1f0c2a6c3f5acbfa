"""One number asked for alone, as in a quiz: which answers are right, and which ones a mistake gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inversa.autograd.languages import Lang, language
from inversa.viz.exercises.cells import GROUPS, Cell, Network
from inversa.viz.exercises.equations import Equations, broken, phrase
from inversa.viz.exercises.running import Answers, layout, store
from inversa.viz.exercises.searching import Hypothesis, Reading
from inversa.viz.rules.formulas import RULES, Numbers
from inversa.viz.rules.intervals import Interval, exact
from inversa.viz.rules.mistakes import MISTAKES, wrong


@dataclass(frozen=True)
class Alternative:
    """Answers that one or several mistakes give.

    Attributes
    ----------
    mistakes : tuple of str
        Their keys.
    band : Interval
        The numbers from ``band.low`` to ``band.high``.
    """

    mistakes: tuple[str, ...]
    band: Interval
    _cell: Cell
    _equations: Equations
    _carried: bool

    def message(self, lang: Lang | None = None) -> str:
        """What was done, and what the rule says; a mistake that was made before the number is only named."""
        lang = language(lang)
        clauses = [broken(mistake, lang) for mistake in self.mistakes]
        said = [phrase("one", lang, mistakes=phrase("or", lang).join(clauses))]
        if not self._carried:
            said.append(phrase("says", lang, rule=self._equations.rule_says(self._cell, lang)))
        return " ".join(said)


class AskedNumber:
    """One number that is asked for.

    ``carried`` is whether the numbers before it are not shown: then the answer may come from a mistake that was made
    anywhere before.
    """

    def __init__(self, network: Network, answers: Answers, cell: Cell, decimals: int, carried: bool) -> None:
        self._network, self._answers, self._cell = network, answers, cell
        self._decimals, self._carried = decimals, carried
        self._unit = 10.0**-decimals

    def right(self) -> Interval:
        """The answers that are right, rounded or cut."""
        band = self._carried_band(None) if self._carried else self._local_band(None)
        assert band is not None
        return band

    def alternatives(self) -> Iterator[Alternative]:
        """The wrong answers that mistakes give, in order; those that may as well be right are left out."""
        equations = Equations(self._network, self._answers.numbers, None if self._answers.exact else self._decimals)
        right = self.right()
        found: list[tuple[Interval, list[str]]] = []
        for band, mistake in sorted(self._wrong(right), key=lambda pair: (pair[0].low, pair[1])):
            if found and found[-1][0].meets(band):
                before, mistakes = found.pop()
                found.append((Interval(before.low, max(before.high, band.high)), [*mistakes, mistake]))
            else:
                found.append((band, [mistake]))
        for band, mistakes in found:
            yield Alternative(tuple(mistakes), band, self._cell, equations, self._carried)

    def _wrong(self, right: Interval) -> Iterator[tuple[Interval, str]]:
        for mistake in wrong(self._cell.kind in GROUPS["step"]):
            band = self._carried_band(mistake) if self._carried else self._local_band(mistake)
            if band is not None and not band.meets(right):
                yield band, mistake

    def _local_band(self, mistake: str | None) -> Interval | None:
        """What the rule, or a broken one, makes of the right numbers before it."""
        formula = RULES[self._cell.kind] if mistake is None else MISTAKES[mistake].broken.get(self._cell.kind)
        number = None if formula is None else formula(self._neurons()[self._cell.neuron], self._cell.input)
        return (
            None if number is None else number.widened(self._unit + self._unit / 2)
        )  # cut off, and rounded in between

    def _neurons(self) -> list[Numbers]:
        neurons = layout(self._network)
        for cell in self._network.cells[: self._cell.number]:
            store(neurons[cell.neuron], cell, exact(self._answers.numbers[cell.name]))
        return neurons

    def _carried_band(self, mistake: str | None) -> Interval | None:
        """What comes out when a mistake is made everywhere."""
        reading = Reading(self._network, {}, self._decimals)
        made = reading.run(Hypothesis(mistake, None).broken(self._network)) if mistake else reading.run()
        band = reading.bands[self._cell.name].widened(self._unit / 2)
        return band if made or mistake is None else None
