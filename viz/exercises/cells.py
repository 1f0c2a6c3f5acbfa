"""The cells of a sheet: every number that is computed in a network of neurons, forwards and backwards, in order."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from inversa.viz.drawing import parts
from inversa.viz.exercises.intervals import Interval, exact
from inversa.viz.exercises.rules import ACTIVATIONS, LOSSES, RULES
from inversa.viz.lettering.formula import HIGH, LOW
from inversa.viz.lettering.spans import View
from inversa.viz.neurons import structure as neurons
from inversa.viz.neurons.structure import Structure

Ask = str | Iterable[str]
SYMBOLS = {"σ": "sigmoid", "tanh": "tanh", "relu": "relu", "": ""}  # what ψ is called in a drawing, and here
PLAIN = str.maketrans({"∂": "d", "δ": "delta"} | dict(zip(LOW, "0123456789", strict=True)))
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
    """A neuron: its numbers, and the signals that enter it.

    ``sources`` are numbers of inputs (0, 1, …) or, counted on after those, of neurons.
    """

    neuron: neurons.Neuron
    layer: int
    place: int
    activation: str
    sources: tuple[int, ...]
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
    """

    structure: Structure
    inputs: tuple[float, ...]
    units: tuple[Unit, ...]
    loss: str
    target: float
    alpha: float | None = None

    @cached_property
    def layers(self) -> list[list[int]]:
        """The numbers of the neurons of every layer."""
        found: list[list[int]] = [[] for _ in self.structure.layers]
        for k, unit in enumerate(self.units):
            found[unit.layer].append(k)
        return found

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All cells, each after those that it is computed from."""
        found = [*self._forward(), *self._backward()]
        return tuple(
            Cell(typed(label), label, kind, k, place, i, number)
            for number, (label, kind, k, place, i) in enumerate(found)
        )

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
        key = typed(name) if isinstance(name, str) else ""
        if key in self.by_name:
            return self.by_name[key]
        near = difflib.get_close_matches(key, self.by_name, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self.by_name)}"
        raise ValueError(f"no cell is called {name!r}: {hint}")

    def chosen(self, ask: Ask) -> tuple[str, ...]:
        """The names of the cells that are asked for, in order: those of a group, or of names, or of some of both.

        Raises
        ------
        ValueError
            For a name that no cell has, and where nothing is asked for.
        """
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

    @cached_property
    def _given(self) -> list[tuple[str, float]]:
        boxes = list(zip(self.structure.inputs, self.inputs, strict=True))
        boxes.append((self.structure.targets[0], self.target))
        for unit in self.units:
            boxes += zip((x.weight for x in unit.neuron.inputs), unit.weights, strict=True)
            if unit.neuron.bias is not None and unit.bias is not None:
                boxes.append((unit.neuron.bias, unit.bias))
        return [(self._name(n), number) for n, number in boxes]

    def _name(self, n: int) -> str:
        return self.structure.boxes[n].name

    def gradient(self, n: int) -> str:
        """∂J/∂ and the name of a box."""
        return f"∂{self.cost_name}/∂{self._name(n)}"

    @property
    def cost_name(self) -> str:
        """What the cost is called."""
        assert self.structure.cost is not None
        return self._name(self.structure.cost)

    def delta_name(self, unit: Unit) -> str:
        """δ, as the lectures call ∂J/∂z; of another name than z, and where there is no ψ, the derivative."""
        name = self._name(unit.neuron.sum)
        return f"δ{name[1:]}" if name.startswith("z") else self.gradient(unit.neuron.sum)

    def _forward(self) -> Iterator[tuple[str, str, int, str, int]]:
        for k, unit in enumerate(self.units):
            box = unit.neuron
            yield self._name(box.sum), "sum", k, parts.label(box.sum), 0
            if unit.activation:
                yield self._name(box.output), "output", k, parts.box(box.output), 0
        assert self.structure.cost is not None
        yield self.cost_name, "cost", len(self.units) - 1, parts.box(self.structure.cost), 0
        yield self.gradient(self.units[-1].neuron.output), "loss slope", len(self.units) - 1, parts.LOSS, 0

    def _backward(self) -> Iterator[tuple[str, str, int, str, int]]:
        for layer in reversed(self.layers):
            for k in layer:
                unit = self.units[k]
                box = unit.neuron
                if k < len(self.units) - 1:
                    label = self.gradient(box.output) if unit.activation else self.delta_name(unit)
                    yield label, "returned", k, parts.label(box.output), 0
                if unit.activation:
                    yield self.delta_name(unit), "delta", k, parts.label(box.sum), 0
                yield from self._parameters(k, unit)

    def _parameters(self, k: int, unit: Unit) -> Iterator[tuple[str, str, int, str, int]]:
        """The gradients of a neuron's parameters, and what a step makes of them."""
        steps = [("bias gradient", "weight gradient", self.gradient)]
        if self.alpha is not None:
            steps.append(("new bias", "new weight", lambda n: f"new {self._name(n)}"))
        boxes = self.structure.boxes
        for of_bias, of_weight, label in steps:
            bias = unit.neuron.bias
            if bias is not None and boxes[bias].differentiable:
                yield label(bias), of_bias, k, parts.box(bias), 0
            for i, x in enumerate(unit.neuron.inputs):
                if boxes[x.weight].differentiable:
                    yield label(x.weight), of_weight, k, parts.box(x.weight), i


def network(structure: Structure, alpha: float | None = None) -> Network:
    """The network of a structure.

    Raises
    ------
    ValueError
        When it has several outputs, no target with a name, another activation or loss than those in `rules`, or a
        number that is used twice.
    """
    boxes = structure.boxes
    if len(structure.outputs) != 1:
        raise ValueError(f"an exercise has one output, not {len(structure.outputs)}")
    if structure.cost is None or len(structure.targets) != 1:
        raise ValueError(
            "an exercise compares its output with one target: "
            "J = losses.squared_error(network(x), Value(0.5, name='y'))"
        )
    parameters = [n for neuron in structure.neurons for n in (neuron.bias, *(x.weight for x in neuron.inputs))]
    known = [n for n in parameters if n is not None]
    for n in known:
        if known.count(n) > 1 or boxes[n].operation:
            raise ValueError(f"{boxes[n].name} is a weight or bias of its own in an exercise, used once, not computed")
    signals = {n: k for k, n in enumerate((*structure.inputs, *(neuron.output for neuron in structure.neurons)))}

    def units() -> Iterator[Unit]:
        for depth, layer in enumerate(structure.layers):
            for place, neuron in enumerate(layer):
                if neuron.activation not in SYMBOLS:
                    names = ", ".join(ACTIVATIONS)
                    raise ValueError(f"neurons of an exercise have one of {names}, or nothing, not {neuron.activation}")
                yield Unit(
                    neuron, depth, place, SYMBOLS[neuron.activation],
                    tuple(signals[x.signal] for x in neuron.inputs),
                    tuple(_value(structure, x.weight) for x in neuron.inputs),
                    None if neuron.bias is None else _value(structure, neuron.bias),
                )  # fmt: skip

    inputs = tuple(_value(structure, n) for n in structure.inputs)
    loss, target = _loss(structure)
    return Network(structure, inputs, tuple(units()), loss, target, alpha)


def _value(structure: Structure, n: int) -> float:
    value: Any = structure.boxes[n].value
    if not math.isfinite(value):
        raise ValueError(f"{structure.boxes[n].name} is {value}: an exercise has finite numbers")
    return float(value)


def _loss(structure: Structure) -> tuple[str, float]:
    """Which loss it is, told from what it gives: its formula may be written in many ways; and the target."""
    assert structure.cost is not None
    n = structure.outputs[0]
    y, h, J = (_value(structure, k) for k in (structure.targets[0], n, structure.cost))
    flow: Any = structure.boxes[n].flow
    for name, loss in LOSSES.items():
        if name == "binary_cross_entropy" and not (0 < h < 1 and 0 <= y <= 1):
            continue
        known = loss.cost(exact(h), exact(y)), loss.slope(exact(h), exact(y))
        if _near(known[0], J) and _near(known[1], flow) and h != y:
            return name, y
    if h == y:
        raise ValueError("the output is the target already: no gradient is left to compute")
    raise ValueError(f"the loss of an exercise is one of {', '.join(LOSSES)}; this one gives other numbers")


def _near(known: Interval, number: float | None) -> bool:
    return number is not None and math.isclose(known.middle, number, rel_tol=1e-9, abs_tol=1e-12)
