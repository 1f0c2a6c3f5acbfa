"""The cells of a sheet: every number that is computed in a network of neurons, forwards and backwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from inversa.autograd import checks
from inversa.viz.lettering.formula import HIGH, LOW
from inversa.viz.lettering.spans import View
from inversa.viz.neurons import structure as neurons
from inversa.viz.neurons.structure import Structure
from inversa.viz.rules.formulas import RULES

Ask = str | Iterable[str]
ISOLATES = {"\u2068": "", "\u2069": ""}  # with which names from right to left are printed
PLAIN = str.maketrans({"∂": "d", "δ": "delta"} | ISOLATES | dict(zip(LOW, "0123456789", strict=True)))
GROUPS = {  # of cells, by their kinds
    "gradients": ("bias gradient", "weight gradient"),
    "values": ("sum", "output", "cost"),
    "step": ("new bias", "new weight"),
    "all": tuple(RULES),
}


@dataclass(frozen=True)
class Cell:
    """A number on a sheet.

    Attributes
    ----------
    name : str
        As one types it: ``"dJ/dw2_11"``.
    label : str
        As it is printed: ``"∂J/∂w₁₁⁽²⁾"``.
    kind : str
        Which rule gives it: "sum", "output", "cost", "loss slope", "returned" (what comes back to an output), "delta",
        "bias gradient", "weight gradient", "new bias" or "new weight".
    neuron : int
        Which neuron it belongs to, counted from 0 layer by layer.
    place : str
        The part of the drawing that shows it, such as ``"n14"``.
    input : int
        Of a weight, which input of the neuron it multiplies, counted from 0.
    number : int
        Its place among all cells.
    """

    name: str
    label: str
    kind: str
    neuron: int
    place: str
    input: int = 0
    number: int = 0

    @property
    def view(self) -> View:
        """Which of the twins shows it."""
        return "forward" if self.kind in GROUPS["values"] else "inverse"


def typed(label: str) -> str:
    """A printed name as one types it; a name that was typed stays.

    >>> typed("∂J/∂w₁₂⁽²⁾"), typed("δ₁⁽²⁾"), typed("a₃"), typed("dJ/dw2_12")
    ('dJ/dw2_12', 'delta2_1', 'a3', 'dJ/dw2_12')
    """
    return "/".join(_typed(part) for part in label.strip().split("/"))


def _typed(label: str) -> str:
    low = label.rstrip(HIGH)
    high = label[len(low) :].strip("⁽⁾").translate(str.maketrans(HIGH, "0123456789-()"))
    if not high:
        return label.translate(PLAIN)
    letters = low.rstrip(LOW)
    return f"{letters.translate(PLAIN)}{high}_{low[len(letters) :].translate(PLAIN)}"


@dataclass(frozen=True)
class Unit:
    """A neuron and its numbers."""

    neuron: neurons.Neuron
    layer: int
    place: int
    activation: str
    weights: tuple[float, ...]
    bias: float | None


@dataclass(frozen=True)
class Network:
    """A network of neurons with one output and a loss, and what its cells are.

    Attributes
    ----------
    structure : Structure
    inputs : tuple of float
    units : tuple of Unit
    loss : str
        Which of `LOSSES`.
    target : float
    alpha : float or None
        The learning rate of a step; None where none is taken.
    cells : tuple of Cell
        All cells, each after those that it is computed from.
    """

    structure: Structure
    inputs: tuple[float, ...]
    units: tuple[Unit, ...]
    loss: str
    target: float
    alpha: float | None
    cells: tuple[Cell, ...]

    @cached_property
    def layers(self) -> list[list[int]]:
        """The numbers of the neurons of every layer."""
        found: list[list[int]] = [[] for _ in self.structure.layers]
        for k, unit in enumerate(self.units):
            found[unit.layer].append(k)
        return found

    @cached_property
    def by_name(self) -> dict[str, Cell]:
        """The cells by the name that one types."""
        return {cell.name: cell for cell in self.cells}

    def cell(self, name: str) -> Cell:
        """The cell of a name, as it is typed or printed.

        Raises
        ------
        ValueError
            For a name that no cell has; the message says which one is near.
        """
        key = typed(str(name))
        if key in self.by_name:
            return self.by_name[key]
        near = checks.nearest(key, self.by_name)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(self.by_name)}"
        raise ValueError(f"no cell is called {name!r}: {hint}")

    def chosen(self, ask: Ask) -> tuple[str, ...]:
        """The names of the cells that are asked for, in order: those of a group, or of names, or of some of both.

        Raises
        ------
        ValueError
            For a name that no cell has, and where nothing is asked for.
        """
        if not isinstance(ask, Iterable):
            raise checks.wrong("ask", f"one of {', '.join(map(repr, GROUPS))}, or names of cells", ask, "['h', 'J']")
        wanted = [ask] if isinstance(ask, str) else list(ask)
        names: set[str] = set()
        for each in wanted:
            kinds = GROUPS.get(each, ())
            names |= {cell.name for cell in self.cells if cell.kind in kinds} if kinds else {self.cell(each).name}
        if not names:
            raise ValueError(
                "nothing is asked for: ask is 'gradients', 'values', 'all', 'step' (with alpha=0.1), or names of cells"
            )
        return tuple(cell.name for cell in self.cells if cell.name in names)

    @cached_property
    def sent_names(self) -> list[tuple[str, ...]]:
        """The names of the cells that are δ of every neuron, or what δ is computed from."""
        kinds = ("loss slope", "returned", "delta")
        return [
            tuple(cell.name for cell in self.cells if cell.neuron == k and cell.kind in kinds)
            for k in range(len(self.units))
        ]

    @cached_property
    def given(self) -> dict[str, float]:
        """What the exercise prints: inputs, target, weights and biases, and the learning rate."""
        found = {typed(label): number for label, number in self._given}
        return found if self.alpha is None else found | {"alpha": self.alpha}

    @cached_property
    def labels(self) -> dict[str, str]:
        """What is given, as it is printed, by the names that one types."""
        return {typed(label): label for label, _ in self._given} | {"alpha": "α"}

    @property
    def printed(self) -> list[str]:
        """The names of all that is given."""
        return [typed(label) for label, _ in self._given] + ["alpha"] * (self.alpha is not None)

    @property
    def _given(self) -> list[tuple[str, float]]:
        return [(self.structure.boxes[n].name, number) for n, number in self.numbers.items()]

    @cached_property
    def numbers(self) -> dict[int, float]:
        """Inputs, target, weights and biases, by their boxes."""
        found = dict(zip(self.structure.inputs, self.inputs, strict=True))
        found[self.structure.targets[0]] = self.target
        for unit in self.units:
            found |= zip((x.weight for x in unit.neuron.inputs), unit.weights, strict=True)
            if unit.neuron.bias is not None and unit.bias is not None:
                found[unit.neuron.bias] = unit.bias
        return found
