"""A network of neurons for exercises, from any graph that is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from inversa.viz.drawing import parts
from inversa.viz.exercises.cells import Cell, Network, Unit, typed
from inversa.viz.exercises.rounding import rounded
from inversa.viz.neurons.structure import Structure
from inversa.viz.rules.formulas import ACTIVATIONS, LOSSES, SYMBOLS, loss_of

LARGEST = 1e6  # of the numbers of an exercise: larger ones have more digits than floats have, behind the point too


def network(structure: Structure, alpha: float | None = None, decimals: int = 12) -> Network:
    """The network of a structure, with its cells.

    Its numbers are rounded to so many decimals, for those are printed, and who solves the exercise has no others.

    Raises
    ------
    ValueError
        When it has several outputs, no target with a name, another activation or loss than those in `rules`, or a
        parameter that is used twice.
    """
    if len(structure.outputs) != 1:
        raise ValueError(f"an exercise has one output, not {len(structure.outputs)}")
    if structure.cost is None or len(structure.targets) != 1:
        raise ValueError(
            "an exercise compares its output with one target: "
            "J = losses.squared_error(network(x), Value(0.5, name='y'))"
        )
    _check_parameters(structure)
    units = tuple(_units(structure, decimals))
    inputs = tuple(rounded(_value(structure, n), decimals) for n in structure.inputs)
    loss, target = _loss(structure)
    cells = _cells(structure, units, alpha)
    found = Network(structure, inputs, units, loss, rounded(target, decimals), alpha, cells)
    _check_names([*found.printed, *(cell.name for cell in cells)])
    return found


def _check_names(names: list[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"two numbers of the network are called {twice[0]}: give each a name of its own, .named('w')")


def _check_parameters(structure: Structure) -> None:
    seen: set[int] = set()
    for neuron in structure.neurons:
        for n in (neuron.bias, *(x.weight for x in neuron.inputs)):
            if n in seen or (n is not None and structure.boxes[n].operation):
                name = structure.boxes[n].name
                raise ValueError(f"{name} is used twice, or computed: a weight or bias of an exercise is a number")
            seen |= {n} if n is not None else set()


def _units(structure: Structure, decimals: int) -> Iterator[Unit]:
    for depth, layer in enumerate(structure.layers):
        for place, neuron in enumerate(layer):
            if neuron.activation not in SYMBOLS or neuron.joins:
                given = neuron.activation
                raise ValueError(f"neurons of an exercise have {', '.join(ACTIVATIONS)} or nothing as ψ, not {given}")
            yield Unit(
                neuron, depth, place, SYMBOLS[neuron.activation],
                tuple(rounded(_value(structure, x.weight), decimals) for x in neuron.inputs),
                None if neuron.bias is None else rounded(_value(structure, neuron.bias), decimals),
            )  # fmt: skip


class _Entry(NamedTuple):
    """A cell without its number: its label, kind, neuron, part of the drawing, and which input of the neuron."""

    label: str
    kind: str
    neuron: int
    place: str
    input: int = 0


def _cells(structure: Structure, units: tuple[Unit, ...], alpha: float | None) -> tuple[Cell, ...]:
    """All cells, each after those that it is computed from: layer by layer, and back."""
    entries = [*_forward(structure, units), *_backward(structure, units, alpha)]
    return tuple(Cell(typed(e.label), *e, number=number) for number, e in enumerate(entries))


def _forward(structure: Structure, units: tuple[Unit, ...]) -> Iterator[_Entry]:
    boxes, last = structure.boxes, len(units) - 1
    for k, unit in enumerate(units):
        neuron = unit.neuron
        yield _Entry(boxes[neuron.sum].name, "sum", k, parts.label(neuron.sum))
        if unit.activation:
            yield _Entry(boxes[neuron.output].name, "output", k, parts.box(neuron.output))
    assert structure.cost is not None
    yield _Entry(boxes[structure.cost].name, "cost", last, parts.box(structure.cost))
    yield _Entry(_gradient(structure, structure.outputs[0]), "loss slope", last, parts.LOSS)


def _backward(structure: Structure, units: tuple[Unit, ...], alpha: float | None) -> Iterator[_Entry]:
    layers = sorted({unit.layer for unit in units}, reverse=True)
    for k, unit in ((k, unit) for layer in layers for k, unit in enumerate(units) if unit.layer == layer):
        neuron = unit.neuron
        if k < len(units) - 1:
            yield _Entry(_gradient(structure, neuron.output), "returned", k, parts.label(neuron.output))
        if unit.activation:
            yield _Entry(_delta(structure, neuron.sum), "delta", k, parts.label(neuron.sum))
        yield from _parameters(structure, unit, k, "gradient")
        if alpha is not None:
            yield from _parameters(structure, unit, k, "new")


def _parameters(structure: Structure, unit: Unit, k: int, what: str) -> Iterator[_Entry]:
    """The gradients of a neuron's parameters, or what a step makes of them; those that are frozen have neither."""
    new, boxes = what == "new", structure.boxes

    def label(n: int) -> str:
        return f"new {boxes[n].name}" if new else _gradient(structure, n)

    bias = unit.neuron.bias
    if bias is not None and boxes[bias].differentiable:
        yield _Entry(label(bias), "new bias" if new else "bias gradient", k, parts.box(bias))
    for i, x in enumerate(unit.neuron.inputs):
        if boxes[x.weight].differentiable:
            yield _Entry(label(x.weight), "new weight" if new else "weight gradient", k, parts.box(x.weight), i)


def _gradient(structure: Structure, n: int) -> str:
    assert structure.cost is not None
    return f"∂{structure.boxes[structure.cost].name}/∂{structure.boxes[n].name}"


def _delta(structure: Structure, n: int) -> str:
    """δ, as the lectures call ∂J/∂z; of another name than z the derivative."""
    name = structure.boxes[n].name
    return f"δ{name[1:]}" if name.startswith("z") else _gradient(structure, n)


def _value(structure: Structure, n: int) -> float:
    value: Any = structure.boxes[n].value
    if not abs(value) < LARGEST:  # nan, too
        raise ValueError(
            f"{structure.boxes[n].name} is {value:g}: numbers to compute with by hand are smaller than {LARGEST:g}"
        )
    return float(value)


def _loss(structure: Structure) -> tuple[str, float]:
    """Which loss it is, and the target."""
    assert structure.cost is not None
    n = structure.outputs[0]
    y, h, J = (_value(structure, k) for k in (structure.targets[0], n, structure.cost))
    if h == y:
        raise ValueError("the output is the target already: no gradient is left to compute")
    found = loss_of(h, y, J, structure.boxes[n].flow)
    if not found:
        raise ValueError(f"the loss of an exercise is one of {', '.join(LOSSES)}; this one gives other numbers")
    return found, y
