"""What is said about a sheet, in a few sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from inversa.viz.exercises.cells import GROUPS, Cell, Network
from inversa.viz.exercises.equations import Equations, broken, label, phrase, place
from inversa.viz.exercises.running import RIGHT, Broken, answered
from inversa.viz.exercises.searching import Hypothesis, Sheet
from inversa.viz.lettering.sentences import say
from inversa.viz.rules.mistakes import MISTAKES

SEVERAL = 3  # mistakes that explain a sheet: of more it is not said why, but only where


class Finding(NamedTuple):
    """A mistake that explains a sheet, and the cell that shows it."""

    hypothesis: Hypothesis
    cell: Cell


def message(
    network: Network, sheet: Sheet, decimals: int, departed: Mapping[Cell, Sequence[str]], found: Sequence[Finding],
    certain: bool, empty: Sequence[Cell], lang: str,
) -> str:  # fmt: skip
    """What is said about a sheet.

    Parameters
    ----------
    network, sheet, decimals
        The exercise, and what was answered.
    departed : mapping
        The cells whose numbers do not follow from those before them, and the mistakes that would give each.
    found : sequence of Finding
        The mistakes that explain everything.
    certain : bool
        Whether the one mistake that does is a fact.
    empty : sequence of Cell
        What was asked for and not answered.
    lang : str
        The language.
    """
    messages = _Messages(network, sheet, decimals, lang)
    if not departed:
        return messages.praise(empty)
    kinds = dict.fromkeys(finding.hypothesis.mistake for finding in found)
    if not kinds or len(kinds) > SEVERAL:
        return messages.where(departed)
    return messages.why(found, certain) if len(kinds) == 1 else messages.either(found)


@dataclass(frozen=True)
class _Messages:
    network: Network
    sheet: Sheet
    decimals: int
    lang: str

    @cached_property
    def digits(self) -> int | None:
        """The decimals that are written; None where the exercise has exact numbers."""
        return None if answered(self.network, self.decimals).exact else self.decimals

    def equations(self, rules: Broken) -> Equations:
        """The equations in the numbers of the sheet; those that are missing are computed."""
        numbers = answered(self.network, self.decimals, rules, fixed=self.sheet).numbers
        return Equations(self.network, numbers, self.digits)

    def praise(self, empty: Sequence[Cell]) -> str:
        """Where nothing is wrong."""
        if not self.sheet:
            return phrase("nothing", self.lang)
        names = ", ".join(label(cell, self.lang) for cell in empty)
        return phrase("right so far", self.lang, names=names) if empty else phrase("right", self.lang)

    def why(self, found: Sequence[Finding], certain: bool) -> str:
        """One mistake explains everything: what the rule says, beside what was computed."""
        hypothesis, cell = found[0]
        equations = self.equations(hypothesis.broken(self.network))
        if not MISTAKES[hypothesis.mistake].wrong:
            return self._other_box(cell, equations)
        places = say("or", self.lang).join(dict.fromkeys(map(self._place, found)))
        said = phrase(
            "certain" if certain else "likely", self.lang,
            place=places[:1].upper() + places[1:], mistake=broken(hypothesis.mistake, self.lang),
        )  # fmt: skip
        return f"{said} {self._compared(cell, hypothesis.mistake, equations)}"

    def either(self, found: Sequence[Finding]) -> str:
        """Several mistakes explain the same."""
        first = {finding.hypothesis.mistake: finding for finding in reversed(found)}
        causes = [
            phrase("cause", self.lang, mistake=broken(mistake, self.lang), place=self._place(finding))
            for mistake, finding in reversed(first.items())
        ]
        return phrase("several", self.lang, causes=phrase("or", self.lang).join(causes))

    def where(self, departed: Mapping[Cell, Sequence[str]]) -> str:
        """Nothing explains everything: the first number that does not follow from those before it."""
        (first, mistakes), *others = departed.items()
        equations = self.equations(RIGHT)
        said = [
            self._number("first", first, equations),
            phrase("says", self.lang, rule=equations.rule_says(first, self.lang)),
        ]
        if 1 <= len(mistakes) <= SEVERAL:
            clauses = phrase("or", self.lang).join(broken(mistake, self.lang) for mistake in mistakes)
            said.append(phrase("one", self.lang, mistakes=clauses))
        if others:
            said.append(self._number("another", others[0][0], equations))
        elif first is not self.network.cells[-1]:
            said.append(phrase("rest", self.lang))
        before = (cell for cell in self.network.cells[: first.number] if cell.kind not in GROUPS["step"])
        if any(cell.name not in self.sheet for cell in before):
            said.append(phrase("fill in", self.lang))
        return " ".join(said)

    def _other_box(self, cell: Cell, equations: Equations) -> str:
        """For δ in the box of L′."""
        delta = next(c.label for c in self.network.cells if c.kind == "delta" and c.neuron == cell.neuron)
        error, right = equations.wrong(cell, "delta for the slope").names, equations.right(cell).names
        return phrase("delta for the slope", self.lang, label=cell.label, error=error, delta=delta, right=right)

    def _compared(self, cell: Cell, mistake: str, equations: Equations) -> str:
        """What the rule says, and what was computed instead."""
        wrong, number, rule = (
            equations.wrong(cell, mistake),
            equations.number(cell),
            equations.rule_says(cell, self.lang),
        )
        if cell.name not in self.sheet:
            return phrase("you followed", self.lang, rule=rule, wrong=f"{cell.label} = {wrong.names}")
        written = wrong.names if wrong.numbers == number else f"{wrong.names} = {wrong.numbers}"
        return phrase("you have", self.lang, rule=rule, number=number, wrong=written)

    def _number(self, key: str, cell: Cell, equations: Equations) -> str:
        where = place(self.network, cell, self.lang)
        return phrase(key, self.lang, label=label(cell, self.lang), number=equations.number(cell), place=where)

    def _place(self, finding: Finding) -> str:
        """The neuron; where the mistake was made at every neuron that it can be made at, that is said, too."""
        where = place(self.network, finding.cell, self.lang)
        kinds = MISTAKES[finding.hypothesis.mistake].broken
        several = len({cell.neuron for cell in self.network.cells if cell.kind in kinds}) > 1
        everywhere = finding.hypothesis.neuron is None and several
        return phrase("everywhere", self.lang, place=where) if everywhere else where
