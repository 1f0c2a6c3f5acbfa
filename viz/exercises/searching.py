"""Which broken rule explains the numbers of a sheet.

A hypothesis is a mistake and a place: everywhere, or one neuron. It is run once through the network, on intervals. A
number that is on the sheet is compared with the interval that the hypothesis allows, and then takes its place: so what
follows from a mistake is right, and intervals stay narrow. The hypotheses that no number contradicts explain the sheet.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inversa.viz.exercises.cells import Cell, Network
from inversa.viz.exercises.running import RIGHT, Broken, answered, layout, walk
from inversa.viz.rules.formulas import RULES, Numbers, Quantity
from inversa.viz.rules.intervals import Interval
from inversa.viz.rules.mistakes import MISTAKES, wrong

Sheet = Mapping[str, float]  # the numbers that were answered, by the names of their cells
FLOATS = 1e-4  # of a unit: what floats may add to the rounding
COPIED = 1e-12  # how far a number that is only copied may be off
CERTAIN = 12.0  # bits of evidence from which on a mistake is named as a fact
SLIPS = (-1, 10, 0.1)  # what a number is multiplied by when its sign is lost, or its point is put elsewhere


class _DepartureError(Exception):
    """A number contradicts the hypothesis."""


class Reading:
    """A way through a sheet: what `walk` shows each cell to.

    Cutting decimals off moves a number by one unit of the last digit, rounding by half of one: both are allowed.

    Attributes
    ----------
    departures : dict
        The cells whose numbers lie outside of what those before them allow, and the mistakes that would give each.
    changed : list of Cell
        Those to which a broken rule was applied.
    bands : dict
        The numbers that were allowed, by the cells' names.
    """

    def __init__(
        self, network: Network, sheet: Sheet, decimals: int, stop: bool = False, neurons: list[Numbers] | None = None
    ) -> None:
        self.network, self.sheet, self.stop = network, sheet, stop
        self.unit = (1 + FLOATS) * 10.0**-decimals
        self.neurons = neurons or layout(network)  # another reading may have used them: every number is computed anew
        self.departures: dict[Cell, list[str]] = {}
        self.changed: list[Cell] = []
        self.bands: dict[str, Interval] = {}

    def run(self, broken: Broken = RIGHT) -> bool:
        """Go through the sheet by the rules, some of them broken; whether one was applied."""
        return walk(self.network, self.neurons, self._see, broken)

    def _see(self, cell: Cell, number: Quantity, wrong: bool) -> Interval:
        copied = cell.kind == "bias gradient" and not wrong
        band: Interval = number.widened(COPIED if copied else self.unit)
        written = self.sheet.get(cell.name)
        if not self.stop:
            self.bands[cell.name] = band
            self.changed += [cell] if wrong else []
        if written is not None:
            before_rounding = Interval(written - self.unit / 2, written + self.unit / 2)
            if not band.meets(before_rounding):
                if self.stop:
                    raise _DepartureError
                self.departures[cell] = list(self._giving(cell, before_rounding))
            band = before_rounding.within(band)
        if copied:
            self._take_over_bias_gradient(cell, band)
        return band

    def _giving(self, cell: Cell, numbers: Interval) -> Iterator[str]:
        """The mistakes that give a number in a cell when everything before it is as it is on the sheet."""
        for mistake, entry in MISTAKES.items():
            formula = entry.broken.get(cell.kind)
            number = None if formula is None else formula(self.neurons[cell.neuron], cell.input)
            if number is not None and number.widened(self.unit).meets(numbers):
                yield mistake

    def _take_over_bias_gradient(self, cell: Cell, band: Interval) -> None:
        """Where δ is not on the sheet, ∂J/∂b stands for it; where it is, a wrong ∂b must not change it."""
        n = self.neurons[cell.neuron]
        given = any(name in self.sheet for name in self.network.sent_names[cell.neuron])
        n.delta = n.delta.within(band) if given else band.within(n.delta)


@dataclass(frozen=True)
class Hypothesis:
    """A mistake at one neuron, or at all of them where that is None."""

    mistake: str
    neuron: int | None

    def broken(self, network: Network) -> Broken:
        """The rules that it breaks."""
        places = range(len(network.units)) if self.neuron is None else (self.neuron,)
        return {(kind, k): formula for kind, formula in MISTAKES[self.mistake].broken.items() for k in places}

    def first(self, network: Network) -> int:
        """The number of the first cell that it can change; that of no cell where it changes none."""
        kinds = MISTAKES[self.mistake].broken
        numbers = (cell.number for cell in network.cells if cell.kind in kinds and self.neuron in (None, cell.neuron))
        return next(numbers, len(network.cells))


def hypotheses(network: Network) -> Iterator[Hypothesis]:
    """All of them; what concerns the loss alone has one place."""
    for mistake, entry in MISTAKES.items():
        yield Hypothesis(mistake, None)
        if "loss slope" not in entry.broken:
            yield from (Hypothesis(mistake, k) for k in range(len(network.units)))


def fits(
    network: Network, sheet: Sheet, decimals: int, broken: Broken = RIGHT, neurons: list[Numbers] | None = None
) -> bool:
    """Whether no number of a sheet contradicts the rules, some of them broken."""
    try:
        return Reading(network, sheet, decimals, True, neurons).run(broken) or not broken
    except _DepartureError:
        return False


def departures(network: Network, sheet: Sheet, decimals: int) -> dict[Cell, list[str]]:
    """The cells whose numbers do not follow from those before them, in order, and the mistakes that would give each."""
    reading = Reading(network, sheet, decimals)
    reading.run()
    return reading.departures


def explaining(network: Network, sheet: Sheet, decimals: int, places: bool = True) -> list[Hypothesis]:
    """The hypotheses that explain a sheet which the rules do not; without ``places`` only those made everywhere.

    A mistake that shows at one neuron alone was perhaps made everywhere, but that is not what the sheet says.
    """
    departed = departures(network, sheet, decimals)
    if not departed:
        return []
    neurons, latest = layout(network), next(iter(departed)).number
    found = [
        hypothesis
        for hypothesis in hypotheses(network)
        if (places or hypothesis.neuron is None)
        and hypothesis.first(network) <= latest  # what is wrong before it would still be
        and fits(network, sheet, decimals, hypothesis.broken(network), neurons)
    ]
    at_one = {hypothesis.mistake for hypothesis in found if hypothesis.neuron is not None}
    return [h for h in found if h.neuron is not None or h.mistake not in at_one]


def changed(network: Network, sheet: Sheet, decimals: int, hypothesis: Hypothesis) -> list[Cell]:
    """The cells to which a mistake was applied."""
    reading = Reading(network, sheet, decimals)
    reading.run(hypothesis.broken(network))
    return reading.changed


def certain(network: Network, sheet: Sheet, decimals: int, found: Sequence[Hypothesis]) -> bool:
    """Whether one mistake explains everything, and neither chance nor a slip of the pen does."""
    kinds = {hypothesis.mistake for hypothesis in found}
    if len(kinds) != 1 or not MISTAKES[min(kinds)].wrong:
        return False
    if max(evidence(network, sheet, decimals, hypothesis) for hypothesis in found) < CERTAIN:
        return False
    return not any(_like_a_slip(network, sheet, decimals, hypothesis) for hypothesis in found)


def _like_a_slip(network: Network, sheet: Sheet, decimals: int, hypothesis: Hypothesis) -> bool:
    """Whether a mistake changes one number, and that into what a slip of the pen makes of it."""
    reading = Reading(network, sheet, decimals)
    reading.run(hypothesis.broken(network))
    if len(reading.changed) != 1:
        return False
    [cell] = reading.changed
    right = RULES[cell.kind](reading.neurons[cell.neuron], cell.input)
    return any((factor * right).meets(reading.bands[cell.name]) for factor in SLIPS)


def evidence(network: Network, sheet: Sheet, decimals: int, hypothesis: Hypothesis) -> float:
    """How improbable it is, in bits, that the numbers which the rules do not give agree with a mistake by chance."""
    plain, other = (Reading(network, sheet, decimals) for _ in range(2))
    plain.run()
    other.run(hypothesis.broken(network))
    return _bits(plain, other, decimals)


def _bits(plain: Reading, other: Reading, decimals: int) -> float:
    """Of the numbers that depart from one reading: how improbable it is, in bits, that they agree with another."""
    sheet = plain.sheet
    sizes: dict[str, float] = {}
    for cell in plain.network.cells:
        if cell.name in sheet:
            sizes[cell.kind] = max(sizes.get(cell.kind, plain.unit), abs(sheet[cell.name]))

    def bits(cell: Cell) -> float:
        band = other.bands[cell.name]
        steps = max(band.high - band.low + other.unit, 10.0 ** -_digits(sheet[cell.name], decimals))
        return math.log2(max(1.0, 2 * sizes[cell.kind] / steps))

    return sum(map(bits, plain.departures))


def precision(network: Network, sheet: Sheet, decimals: int) -> int:
    """To how many decimals a sheet is read: to fewer than asked for where it is right to all that it has.

    Not where there are so few digits that it may be chance, or that a mistake gives the same.
    """
    fewer = max((_digits(x, decimals) for x in sheet.values()), default=decimals)
    if fewer == decimals:
        return decimals
    plain, other = Reading(network, sheet, decimals), Reading(network, sheet, fewer)
    plain.run()
    other.run()
    if other.departures or _bits(plain, other, decimals) < CERTAIN or _hides(network, sheet, decimals, fewer):
        return decimals
    return fewer


def _hides(network: Network, sheet: Sheet, decimals: int, fewer: int) -> bool:
    """Whether a mistake, made everywhere, explains a sheet with fewer decimals and would show with all."""
    for mistake in wrong(network.alpha is not None):
        broken = Hypothesis(mistake, None).broken(network)
        if fits(network, sheet, fewer, broken):
            numbers = answered(network, decimals, broken).numbers
            if not fits(network, {name: numbers[name] for name in sheet}, decimals):
                return True
    return False


def _digits(x: float, decimals: int) -> int:
    """The decimals of a number up to the last that is not 0: of few there are few, and they agree by chance more often.

    >>> _digits(0.54, 4), _digits(0.1234, 4), _digits(3.0, 4)
    (2, 4, 0)
    """
    return len(f"{x:.{decimals}f}".rstrip("0").partition(".")[2])
