"""Choosing the numbers of an exercise: such that it can be done by hand, and that they tell all mistakes apart."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from inversa.autograd import Value, log
from inversa.autograd.mode import LOSS, mode
from inversa.nn import NeuronNetwork, losses
from inversa.viz.exercises.cells import GROUPS, Cell, Network
from inversa.viz.exercises.running import answered, layout, walk
from inversa.viz.exercises.searching import Hypothesis, evidence, explaining, fits
from inversa.viz.rules.intervals import Interval
from inversa.viz.rules.mistakes import wrong


def binary_cross_entropy(h: Any, y: Any) -> Any:
    """−[y ln h + (1 − y) ln(1 − h)], as it is written by hand: for 0 < h < 1."""
    with mode(module=LOSS):
        return (-(y * log(h) + (1 - y) * log(1 - h))).named("J")


LOSSES: dict[str, Any] = {
    "squared_error": losses.squared_error,
    "half_squared_error": losses.half_squared_error,
    "binary_cross_entropy": binary_cross_entropy,
}
TRIES = 200  # draws that are looked at
GOOD = 5  # draws that tell all mistakes apart: the best of so many is good enough
SHORT = 3  # decimals of numbers that are exact
LARGEST = 100  # of such numbers
UNITS = 20  # of the last digit, that a gradient is at least: the rounding of smaller ones shows
BITS = 8.0  # of evidence for every mistake
UPHILL = {"sign of the loss", "step uphill"}  # no numbers tell these apart where new weights alone are asked for
TENTHS = [Fraction(k, 10) for k in range(-9, 10) if k]
EASY_INPUTS = [Fraction(k) for k in (-2, -1, 1, 2, 3)]
EASY_WEIGHTS = [Fraction(k, 2) for k in (-4, -2, -1, 1, 2, 4)]
EASY_ERRORS = [Fraction(k, 2) for k in (-2, -1, 1, 2)]
WIDER = [Fraction(k, 10) for k in range(-20, 21) if abs(k) > 2]  # with which gradients do not become too small


def graph(
    sizes: Sequence[int], activation: Any, loss: str, numbers: Given | None = None
) -> tuple[Value, tuple[Value, ...]]:
    """The cost of a network with one output, and its data; without numbers, with some."""
    output: Any = "sigmoid" if loss == "binary_cross_entropy" else "identity" if activation == "relu" else activation
    model = NeuronNetwork(list(sizes), activation=activation, output=output, seed=0)
    names = ["x"] if sizes[0] == 1 else [f"x{i + 1}" for i in range(sizes[0])]
    given = numbers or Given([Fraction(1, 2)] * sizes[0], [], [], Fraction(1))
    inputs = [
        Value(float(number), name=name, requires_grad=False) for name, number in zip(names, given.inputs, strict=True)
    ]
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    for neuron, weights, bias in zip(neurons, given.weights, given.biases, strict=False):
        for weight, number in zip(neuron.weights, weights, strict=True):
            weight.data = float(number)
        if neuron.bias is not None:
            neuron.bias.data = float(bias)
    y = Value(float(given.target), name="y", requires_grad=False)
    return LOSSES[loss](model(inputs if len(inputs) > 1 else inputs[0]), y).named("J"), (*inputs, y)


class Given(NamedTuple):
    """The given numbers of a network, weights and biases by neuron."""

    inputs: list[Fraction]
    weights: list[list[Fraction]]
    biases: list[Fraction]
    target: Fraction

    def put_into(self, network: Network, kind: Callable[[Fraction], Any] = float) -> Network:
        """The network with these numbers, as floats or of another kind."""
        units = zip(network.units, self.weights, self.biases, strict=True)
        return replace(
            network,
            inputs=tuple(map(kind, self.inputs)),
            units=tuple(replace(unit, weights=tuple(map(kind, w)), bias=kind(b)) for unit, w, b in units),
            target=kind(self.target),
        )


class Quality(NamedTuple):
    """How good an exercise is: the less, the better, the first first."""

    invisible: int  # mistakes that no number shows
    confused: int  # mistakes that explain what others give
    small: int  # gradients of few digits
    weak: int  # mistakes that little speaks for


def choose(network: Network, asked: Sequence[str], decimals: int, seed: int) -> Given:
    """The numbers for a network of which there is only the form: the first good ones, or the best of all tried."""
    some = random.Random(seed)
    exactly = network.units[0].activation == "relu" and not network.units[-1].activation
    best: tuple[Quality, Given] | None = None
    looked_at = 0
    for _ in range(TRIES):
        numbers = _easy(network, some, decimals) if exactly else _drawn(network, some)
        if numbers is None:
            continue
        quality = judged(numbers.put_into(network), asked, decimals, None if best is None else best[0])
        if best is None or quality < best[0]:
            best = quality, numbers
        looked_at += quality[:2] == (0, 0)
        if sum(best[0]) == 0 or looked_at == GOOD:
            break
    if best is None:
        raise ValueError(f"no short numbers were found in {TRIES} draws: take more decimals, or another seed or size")
    return best[1]


def _drawn(network: Network, some: random.Random) -> Given:
    """Numbers of one decimal."""
    inputs = _unlike(some, WIDER, len(network.inputs))
    weights = [_unlike(some, WIDER, len(unit.weights)) for unit in network.units]
    biases = [some.choice(TENTHS) for _ in network.units]
    if network.loss == "binary_cross_entropy":
        targets = [Fraction(0), Fraction(1)]
    else:
        targets = [y for y in TENTHS if y > 0 or network.units[-1].activation != "sigmoid"]
    return Given(inputs, weights, biases, some.choice(targets))


def _easy(network: Network, some: random.Random, decimals: int) -> Given | None:
    """Numbers with which everything is exact and short; None where this draw gives none.

    The target is found from the error: so the loss and its derivative are short, too.
    """
    inputs = _unlike(some, EASY_INPUTS, len(network.inputs))
    weights = [_unlike(some, EASY_WEIGHTS if unit.layer else TENTHS, len(unit.weights)) for unit in network.units]
    biases = [some.choice(TENTHS) for _ in network.units]
    numbers = Given(inputs, weights, biases, Fraction(0))
    h = [x for cell, x in _exact(network, numbers) if cell.kind == "sum"][-1]
    numbers = numbers._replace(target=h - some.choice(EASY_ERRORS))
    found = _exact(network, numbers)
    if any(abs(x) >= LARGEST or _decimals(x) > min(SHORT, decimals) for _, x in found):
        return None
    sums: dict[int, list[Fraction]] = {}  # of the neurons with ψ, by layer
    for cell, x in found:
        unit = network.units[cell.neuron]
        if cell.kind == "sum" and unit.activation:
            sums.setdefault(unit.layer, []).append(x)
    at_rest = [sum(z < 0 for z in layer) for layer in sums.values()]
    few = all(count <= len(layer) // 2 for count, layer in zip(at_rest, sums.values(), strict=True))
    unlike = all(len({0, *layer}) == len(layer) + 1 for layer in sums.values())
    return numbers if any(at_rest) and few and unlike else None


def _unlike(some: random.Random, numbers: Sequence[Fraction], count: int) -> list[Fraction]:
    """So many numbers of different size, as long as there are."""
    drawn: list[Fraction] = []
    for _ in range(count):
        others = [x for x in numbers if abs(x) not in map(abs, drawn)]
        drawn.append(some.choice(others or numbers))
    return drawn


def _exact(network: Network, numbers: Given) -> list[tuple[Cell, Fraction]]:
    """All cells but those of a step, in fractions."""
    network = numbers.put_into(network, Fraction)
    found: list[tuple[Cell, Fraction]] = []

    def see(cell: Cell, number: Interval, _: bool) -> Interval:
        if cell.kind not in GROUPS["step"]:
            found.append((cell, number.middle))
        return number

    walk(network, layout(network), see)
    return found


def _decimals(x: Fraction) -> int:
    """How many decimals a number has; many where they never end."""
    return next((k for k in range(12) if (Fraction(x) * 10**k).denominator == 1), 99)


def judged(network: Network, asked: Sequence[str], decimals: int, best: Quality | None = None) -> Quality:
    """How good an exercise is; not to the end where it is worse than the best so far."""
    right = answered(network, decimals).numbers
    sheets = list(wrong_sheets(network, asked, decimals))
    steps_alone = all(network.by_name[name].kind in GROUPS["step"] for name in asked)
    gradients = [abs(right[cell.name]) for cell in network.cells if cell.kind in GROUPS["gradients"]]
    quality = Quality(
        sum(fits(network, sheet, decimals) for _, sheet in sheets),
        confused=0,
        small=sum(0 < x < UNITS * 10.0**-decimals for x in gradients),
        weak=0,
    )
    if quality.invisible:  # then it does not matter which mistakes can be distinguished
        return quality._replace(confused=len(sheets), weak=len(sheets))
    for places in (False, True):  # the quick look first
        quality = quality._replace(confused=0, weak=0)
        for mistake, sheet in sheets:
            if best is not None and quality > best:
                return quality
            found = explaining(network, sheet, decimals, places)
            alike = UPHILL if steps_alone and mistake in UPHILL else {mistake}
            unlike = {hypothesis.mistake for hypothesis in found} != alike
            weak = not found or max(evidence(network, sheet, decimals, each) for each in found) < BITS
            quality = quality._replace(confused=quality.confused + unlike, weak=quality.weak + weak)
    return quality


def wrong_sheets(network: Network, asked: Sequence[str], decimals: int) -> Iterator[tuple[str, dict[str, float]]]:
    """The sheet of one who makes a mistake everywhere, for every mistake that can be made in a network."""
    for mistake in wrong(any(network.by_name[name].kind in GROUPS["step"] for name in asked)):
        numbers, applied, _ = answered(network, decimals, Hypothesis(mistake, None).broken(network))
        if applied:
            yield mistake, {name: numbers[name] for name in asked}
