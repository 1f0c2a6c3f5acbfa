"""What comes out of a step if its rule is broken: wrong alternatives to the number that the quiz asks for.

Each is a slot made of numbers that are known before the step, so that a page computes it like any other number, also
after a weight was changed. The keys of mistakes are those that languages have in ``mistakes``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inversa.viz.neurons.structure import Neuron, Structure, Weighted
from inversa.viz.picture.slots import evaluated, flow, product, total, value

Alternative = tuple[str, str]  # the key of a mistake, and the slot of what it gives
Found = tuple[Alternative, ...]
CURVED = ("σ", "tanh")  # ψ whose slope is computed from its output


@dataclass(frozen=True)
class Alternatives:
    """The wrong alternatives of the steps of a network."""

    structure: Structure

    def sum(self, neuron: Neuron) -> Found:
        """Of z."""
        return tuple(self._sum(neuron))

    def activation(self, neuron: Neuron) -> Found:
        """Of a = ψ(z)."""
        return (("psi left out", value(neuron.sum)),)

    def loss(self) -> Found:
        """Of ∂J/∂h."""
        return tuple(self._loss())

    def slope(self, neuron: Neuron) -> Found:
        """Of δ = ∂J/∂a · ψ′(z)."""
        return tuple(self._slope(neuron))

    def bias(self, n: int, neuron: Neuron) -> Found:
        """Of ∂J/∂b = δ."""
        return tuple(self._bias(n, neuron))

    def weight(self, x: Weighted, neuron: Neuron) -> Found:
        """Of ∂J/∂w = a · δ."""
        return tuple(self._weight(x, neuron))

    def arrived(self, signal: int, users: Sequence[tuple[Weighted, Neuron]]) -> Found:
        """Of ∂J/∂a = w₁δ₁ + w₂δ₂ and so on."""
        return tuple(self._arrived(signal, users))

    # What the mistakes give.

    def _sum(self, neuron: Neuron) -> Iterator[Alternative]:
        if neuron.bias is not None:
            yield "bias left out", total(value(x.product) for x in neuron.inputs)
        layer = next(layer for layer in self.structure.layers if neuron in layer)
        place = layer.index(neuron)
        if self._crossed(layer, [x.signal for x in neuron.inputs]):
            pairs = zip(layer, neuron.inputs, strict=True)
            terms = [product(value(other.inputs[place].weight), value(x.signal)) for other, x in pairs]
            yield "weights of a column", total([*terms, *(value(n) for n in (neuron.bias,) if n is not None)])

    @staticmethod
    def _crossed(layer: Sequence[Neuron], signals: Sequence[int]) -> bool:
        """Whether the rows and columns of a layer's weights can be confused."""
        return len(layer) == len(signals) > 1 and all([x.signal for x in n.inputs] == [*signals] for n in layer)

    def _loss(self) -> Iterator[Alternative]:
        h = self.structure.outputs[0]
        if len(self.structure.outputs) != 1 or len(self.structure.targets) != 1:
            return
        y = self.structure.targets[0]
        factor = self._factor(h, y)
        error = total([value(h), product("-1", value(y))])
        if factor is None:
            yield "error for the slope", error
        elif factor == 2:
            yield "factor of the loss", error
            yield "sign of the loss", total([product("2", value(y)), product("-2", value(h))])
        else:
            yield "factor of the loss", total([product("2", value(h)), product("-2", value(y))])
            yield "sign of the loss", total([value(y), product("-1", value(h))])

    def _factor(self, h: int, y: int) -> float | None:
        """2 for the squared error, 1 for half of it, None for any other loss."""
        cost = self.structure.cost
        numbers = [evaluated(slot, self.structure.picture) for slot in (value(h), value(y), flow(h))]
        J = None if cost is None else evaluated(value(cost), self.structure.picture)
        output, target, slope = numbers
        if output is None or target is None or slope is None or J is None:
            return None
        error = output - target
        found = (k for k in (2.0, 1.0) if _near(J, k / 2 * error**2) and _near(slope, k * error))
        return next(found, None)

    def _slope(self, neuron: Neuron) -> Iterator[Alternative]:
        back, z, a = flow(neuron.output), value(neuron.sum), value(neuron.output)
        yield "slope left out", back
        yield "psi for its slope", product(back, a)
        if neuron.activation in CURVED:
            first = product(back, z) if neuron.activation == "σ" else back
            yield "sum in the slope", total([first, product("-1", product(back, product(z, z)))])

    def _bias(self, n: int, neuron: Neuron) -> Iterator[Alternative]:
        yield "bias like a weight", product(value(neuron.inputs[0].signal), flow(neuron.sum))
        yield "bias multiplied", product(value(n), flow(neuron.sum))

    def _weight(self, x: Weighted, neuron: Neuron) -> Iterator[Alternative]:
        delta = flow(neuron.sum)
        yield "input left out", delta
        yield "gains exchanged", product(value(x.weight), delta)
        source = next((each for each in self.structure.neurons if each.output == x.signal), None)
        if source is not None and source.activation:
            yield "sum for the input", product(value(source.sum), delta)
        yield "own output for the input", product(value(neuron.output), delta)

    def _arrived(self, signal: int, users: Sequence[tuple[Weighted, Neuron]]) -> Iterator[Alternative]:
        sent = [product(value(x.weight), flow(neuron.sum)) for x, neuron in users]
        if len(sent) > 1:
            yield "last branch alone", sent[-1]
            yield "first branch alone", sent[0]
        deltas = [flow(neuron.sum) for _, neuron in users]
        yield "weight left out", total(deltas)
        yield "gains exchanged", total(product(value(signal), delta) for delta in deltas)
        layer = [neuron for _, neuron in users]
        signals = [x.signal for x in layer[0].inputs]
        if self._crossed(layer, signals):
            row = layer[signals.index(signal)].inputs
            terms = [product(value(x.weight), delta) for x, delta in zip(row, deltas, strict=True)]
            yield "weights of a row", total(terms)


def _near(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
