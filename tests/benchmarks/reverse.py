"""Reverse mode: value and gradient cost a few values, however many weights there are; differences cost two a weight."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from measure import Effort, Row, Section, alternate, disagreement, limited

STEP = float(np.finfo(float).eps) ** (1 / 3)  # of the central differences; the weights are of size 1 or less


class Cost:
    """A cost and its parameters, differentiated in two ways."""

    compiled: Any = None  # what jit makes of the function
    inputs: tuple[Any, ...] = ()

    def __init__(self, function: Callable[[], Any], parameters: list[Any]) -> None:
        self.function, self.parameters = function, parameters
        self.ends = np.cumsum([math.prod(p.shape) for p in parameters])
        self.weights = int(self.ends[-1])

    def value(self) -> float:
        """The value alone, nothing recorded."""
        from inversa.autograd import no_grad

        if self.compiled:
            return float(self.compiled(*self.inputs))
        with no_grad():
            return float(self.function().item())

    def value_and_gradient(self) -> None:
        """The value and all gradients, in reverse."""
        for p in self.parameters:
            p.grad = None
        if self.compiled:
            self.compiled.backward(*self.inputs)
        else:
            self.function().backward()

    def gradient(self) -> Any:
        """The gradients in one array."""
        self.value_and_gradient()
        return np.concatenate([np.ravel(p.grad) for p in self.parameters])

    def difference(self, entry: int) -> float:
        """One entry of the gradient, as a central difference."""
        number = int(np.searchsorted(self.ends, entry, side="right"))
        parameter = self.parameters[number]
        start = self.ends[number] - math.prod(parameter.shape)
        index = np.unravel_index(entry - start, parameter.shape) if parameter.shape else ()  # () for a Value
        middle = float(parameter.numpy()[index] if index else parameter.data)

        def move(weight: float) -> None:
            if index:
                parameter[index] = weight
            else:
                parameter.data = weight

        move(middle + STEP)
        above = self.value()
        move(middle - STEP)
        below = self.value()
        move(middle)
        return (above - below) / (2 * STEP)


def sections(effort: Effort) -> Iterator[Section]:
    """Networks of Values and of Tensors with 10², 10³, … weights."""
    decades = (2,) if effort.check else (2, 3, 4) if effort.quick else (2, 3, 4, 5, 6)
    yield sweep("Values", of_values, decades, effort)
    yield sweep("Tensors", of_tensors, decades, effort)
    yield sweep("Tensors, jit", of_compiled_tensors, decades, effort)


def of_values(neurons: int) -> Cost:
    """A network of Values and one sample."""
    from inversa.nn import NeuronNetwork

    network = NeuronNetwork([neurons, neurons, 1], activation="tanh", seed=0)
    sample = np.linspace(-1, 1, neurons).tolist()
    return Cost(lambda: network(sample) ** 2, list(network.parameters()))


def of_tensors(neurons: int) -> Cost:
    """A network of Tensors and 64 samples."""
    from inversa.nn import MLP

    model = MLP([neurons, neurons, 1], activation="tanh", seed=0)
    samples = np.random.default_rng(0).uniform(-1, 1, (64, neurons))
    return Cost(lambda: (model(samples) ** 2).sum(), list(model.parameters()))


def of_compiled_tensors(neurons: int) -> Cost:
    """The same network, recorded and replayed."""
    from inversa.autograd import jit
    from inversa.nn import MLP

    model = MLP([neurons, neurons, 1], activation="tanh", seed=0)
    samples = np.random.default_rng(0).uniform(-1, 1, (64, neurons))
    cost = Cost(lambda: (model(samples) ** 2).sum(), list(model.parameters()))
    cost.compiled, cost.inputs = jit(lambda x: (model(x) ** 2).sum()), (samples,)
    return cost


def sweep(kind: str, network: Callable[[int], Cost], decades: tuple[int, ...], effort: Effort) -> Section:
    """One size after the other; at every size the ways take turns."""
    section = Section(f"Reverse mode on {kind}: value + gradient beside the value, and beside central differences")
    names = ("value", "value + gradient", "central differences")
    curves: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for decade in decades:
        cost = network(round(10 ** (decade / 2)) - 1)  # the hidden layer is as wide as the input
        gradient = cost.gradient()
        largest = np.argsort(-abs(gradient))[:20]  # the others drown in the rounding of the differences
        results = {"differences": [cost.difference(entry) for entry in largest], "reverse mode": gradient[largest]}
        section.error = disagreement({name: {"gradient": found} for name, found in results.items()}, tolerance=1e-6)
        if section.error:
            return section
        if effort.check:
            section.rows.append(Row(f"{cost.weights} weights", note="agrees"))
            continue
        steps = (cost.value, cost.value_and_gradient, lambda cost=cost, entry=largest[0]: cost.difference(entry))
        few = replace(effort, rounds=min(effort.rounds, 5 if decade > 4 else 9))
        value, both, difference = alternate(dict(zip(names, steps, strict=True)), few).values()
        medians = [statistics.median(taken) for taken in (value, both, difference)]
        medians[-1] *= cost.weights  # one entry was timed
        for name, seconds in zip(names, medians, strict=True):
            curves[name].append((cost.weights, seconds))
        ratio = statistics.median(b / a for a, b in zip(value, both, strict=True))
        section.rows += [
            limited(f"{cost.weights} weights: value + gradient", ratio, "× value", 3),
            limited(f"{cost.weights} weights: differences", medians[2] / medians[1], "× value + gradient"),
        ]
    if not effort.check:
        section.rows += [exponent(name, points) for name, points in curves.items()]
        section.curves = {f"{kind}: {name}": points for name, points in curves.items()}
    return section


def exponent(name: str, points: list[tuple[float, float]]) -> Row:
    """The n of time ~ weightsⁿ over the whole range: 1 is linear, 2 quadratic."""
    (w0, t0), (w1, t1) = points[0], points[-1]
    n = math.log(t1 / t0) / math.log(w1 / w0)
    linear = name == "value + gradient"
    return Row(f"{name}: n in weightsⁿ", n, "", target="≤ 1.1" if linear else "", met=n <= 1.1 if linear else None)
