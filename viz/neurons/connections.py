"""The neurons of a network as the rules look at them: with the numbers that are given, and connected."""

from __future__ import annotations

from collections.abc import Callable

from inversa.viz.neurons.structure import Structure
from inversa.viz.rules.formulas import SYMBOLS, Numbers, Quantity


def connected(structure: Structure, number: Callable[[int], Quantity]) -> dict[int, Numbers]:
    """The inputs and the neurons, by the boxes of their outputs; what is computed is still missing.

    ``number`` makes a quantity of what is given in a box.
    """
    inputs = {n: Numbers() for n in structure.inputs}
    found = inputs | {neuron.output: Numbers(SYMBOLS.get(neuron.activation, "other")) for neuron in structure.neurons}
    for box, n in inputs.items():
        n.a = number(box)
    for neuron in structure.neurons:
        n = found[neuron.output]
        n.bias = None if neuron.bias is None else number(neuron.bias)
        n.weights = [number(x.weight) for x in neuron.inputs]
        n.weight_gradients = [None] * len(n.weights)
        n.sources = [found[x.signal] for x in neuron.inputs]
        for i, source in enumerate(n.sources):
            source.onward.append((n, i))
    for boxes in (structure.inputs, *([neuron.output for neuron in layer] for layer in structure.layers)):
        layer = [found[box] for box in boxes]
        for place, n in enumerate(layer):
            n.layer, n.place = layer, place
    return found
