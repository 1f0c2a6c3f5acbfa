"""Running a network cell by cell: by the rules, or with some of them broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from inversa.viz.exercises.cells import Cell, Network
from inversa.viz.exercises.rounding import SLIP, rounded
from inversa.viz.neurons.connections import connected
from inversa.viz.rules.formulas import RULES, Formula, Numbers, Quantity
from inversa.viz.rules.intervals import Interval, exact

Broken = Mapping[tuple[str, int], Formula]  # by the kind of cell and the neuron
RIGHT: Broken = MappingProxyType({})  # nothing is broken
See = Callable[[Cell, Quantity, bool], Quantity]


def layout(network: Network, number: Callable[[float, str], Quantity] = lambda x, _: exact(x)) -> list[Numbers]:
    """The neurons of a network with the numbers that are given; what is computed is still missing.

    ``number`` makes a quantity of a given number and its name.
    """
    boxes = network.structure.boxes

    def named(box: int) -> Quantity:
        return number(network.numbers[box], boxes[box].name)

    found = connected(network.structure, named)
    neurons = [found[unit.neuron.output] for unit in network.units]
    for n in neurons:
        n.alpha = None if network.alpha is None else number(network.alpha, "α")
    neurons[-1].loss, neurons[-1].target = network.loss, named(network.structure.targets[0])
    return neurons


def walk(network: Network, neurons: list[Numbers], see: See, broken: Broken = RIGHT) -> bool:
    """Compute all cells in order; ``see`` is given each with its number and returns the number to go on with.

    Its third argument is whether the number comes from a broken rule.

    Returns
    -------
    bool
        Whether a broken rule has been applied anywhere: not every mistake can be made in every network.
    """
    applied = False
    for cell in network.cells:
        n = neurons[cell.neuron]
        formula = broken.get((cell.kind, cell.neuron))
        wrong = None if formula is None else formula(n, cell.input)
        applied = applied or wrong is not None
        number = RULES[cell.kind](n, cell.input) if wrong is None else wrong
        store(n, cell, see(cell, number, wrong is not None))
    return applied


def store(n: Numbers, cell: Cell, number: Quantity) -> None:
    """Give a neuron the number of one of its cells. Without ψ the output is the sum, and δ what came back."""
    match cell.kind:
        case "sum":
            n.z = number
            if not n.activation:
                n.a = number
        case "output":
            n.a = number
        case "loss slope" | "returned":
            n.returned = number
            if not n.activation:
                n.delta = number
        case "delta":
            n.delta = number
        case "bias gradient":
            n.bias_gradient = number
        case "weight gradient":
            n.weight_gradients[cell.input] = number


class Answers(NamedTuple):
    """All numbers of a sheet, each computed from the shortened ones before it.

    Attributes
    ----------
    numbers : dict
        By the cells' names.
    applied : bool
        Whether a broken rule was applied.
    exact : bool
        Whether no decimal was lost.
    """

    numbers: dict[str, float]
    applied: bool
    exact: bool


def answered(
    network: Network,
    decimals: int,
    broken: Broken = RIGHT,
    shorten: Callable[[Any, int], float] = rounded,
    fixed: Mapping[str, float] = MappingProxyType({}),
) -> Answers:
    """The numbers of one who computes with so many decimals; those that are ``fixed`` are taken as they are."""
    numbers: dict[str, float] = {}
    lost = 0.0

    def see(cell: Cell, number: Interval, _: bool) -> Interval:
        nonlocal lost
        short = fixed[cell.name] if cell.name in fixed else shorten(number.middle, decimals)
        lost = max(lost, abs(short - number.middle))
        numbers[cell.name] = short
        return exact(short)

    applied = walk(network, layout(network), see, broken)
    return Answers(numbers, applied, lost < SLIP)
