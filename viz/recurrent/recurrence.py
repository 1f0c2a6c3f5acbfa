"""The steps of a recurrent neuron in a picture of a graph: one neuron a step, with the same weights in all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from inversa.viz.neurons.structure import Neuron, Search, Structure, StructureError, Weighted
from inversa.viz.picture import slots
from inversa.viz.picture.records import Box, Picture


@dataclass(frozen=True)
class Recurrence:
    """h_t = ψ(w h_{t−1} + u x_t + b) for t = 1, 2, …, and what is made of the last one.

    Attributes
    ----------
    structure : Structure
        Each step is a layer of one neuron, whose inputs are the state and x; after the steps there may be an output
        neuron.
    length : int
        How many steps there are.
    """

    structure: Structure
    length: int

    @cached_property
    def steps(self) -> tuple[Neuron, ...]:
        """The neuron at every step."""
        return tuple(layer[0] for layer in self.structure.layers[: self.length])

    @property
    def readout(self) -> Neuron | None:
        """The output neuron, which sees the last state."""
        return self.structure.layers[-1][0] if len(self.structure.layers) > self.length else None

    @property
    def shared(self) -> tuple[int, ...]:
        """The parameters that all steps have: w, u, and b if there is one."""
        first = self.steps[0]
        weights = tuple(x.weight for x in first.inputs)
        return weights if first.bias is None else (*weights, first.bias)

    def entering(self, parameter: int, t: int) -> int:
        """The box of step t that a shared parameter goes into: its product, or the sum."""
        neuron = self.steps[t]
        return next((x.product for x in neuron.inputs if x.weight == parameter), neuron.sum)

    def is_cut(self, t: int) -> bool:
        """Whether the gradient is cut off before step t, counted from 0: its state is remembered as a number."""
        return t > 0 and state(self.steps[t]).signal != self.steps[t - 1].output

    def contribution(self, parameter: int, t: int) -> float | None:
        """What step t contributes to the gradient of a shared parameter; 0 behind a cut."""
        box = self.structure.boxes[self.entering(parameter, t)]
        signal = self._signal(parameter, t)
        factor = 1.0 if signal is None else self.structure.boxes[signal].value
        if self.structure.picture.obstacle or not isinstance(factor, float):
            return None
        return factor * box.flow if isinstance(box.flow, float) else 0.0

    def contribution_slot(self, parameter: int, t: int) -> str:
        """The slot of that number."""
        signal = self._signal(parameter, t)
        flow = slots.flow(self.entering(parameter, t))
        return flow if signal is None else slots.product(flow, slots.value(signal))

    def _signal(self, parameter: int, t: int) -> int | None:
        return next((x.signal for x in self.steps[t].inputs if x.weight == parameter), None)

    @cached_property
    def sizes(self) -> list[float]:
        """|∂J/∂h_t| at every step; 0 behind a cut."""
        flows = (self.structure.boxes[neuron.output].flow for neuron in self.steps)
        return [abs(flow) if isinstance(flow, float) else 0.0 for flow in flows]


def state(neuron: Neuron) -> Weighted:
    """The input of a step by which the state comes in."""
    return neuron.inputs[0]


def sample(neuron: Neuron) -> Weighted:
    """The input of a step by which x comes in."""
    return neuron.inputs[1]


def recurrence(picture: Picture) -> Recurrence:
    """Find the steps.

    Raises
    ------
    StructureError
        When it is no recurrent neuron with one input, with what is different.
    """
    arrays = [box.name for box in picture.boxes if not isinstance(box.value, float)]
    if arrays:
        raise StructureError(f"{arrays[0]} is an array: a neuron works on single numbers")
    search = _Steps(picture)
    structure = search.run()
    return Recurrence(structure, search.length)


class _Steps(Search):
    length = 0

    def _belongs(self, leaf: int) -> bool:
        return True  # weights are shared

    def _depth(self, end: Box, depths: set[int]) -> int:
        return max(depths)  # x and the state

    def _assembled(self) -> Structure:
        neurons = sorted((neuron for layer in self.neurons.values() for neuron in layer), key=lambda n: n.sum)
        first = neurons[0]
        parameters = _parameters(first)
        steps = [neuron for neuron in neurons if _parameters(neuron) == parameters]
        self.length = len(steps)
        others = neurons[self.length :]
        if len(first.inputs) != 2 or neurons[: self.length] != steps or len(others) > 1:
            raise StructureError("it is no recurrent neuron with one input")
        if others and [x.signal for x in others[0].inputs] != [steps[-1].output]:
            raise StructureError("the output neuron does not see the last state alone")
        steps = list(self._ordered(steps))
        last = [*steps, *others][-1]
        loss = self._loss({last.output})
        given = [x.signal for neuron in steps for x in neuron.inputs if not self.boxes[x.signal].operation]
        targets = [n for n in sorted(self.compared - self.used) if not self.boxes[n].operation and n not in given]
        cost = max(loss) if loss else None
        layers = tuple((neuron,) for neuron in [*steps, *others])
        return Structure(self.picture, tuple(dict.fromkeys(given)), layers, tuple(targets), cost, loss)

    def _ordered(self, steps: list[Neuron]) -> Iterator[Neuron]:
        """The steps, in each of them the state before x."""
        before = {neuron.output for neuron in steps}
        fed = {x.weight for neuron in steps for x in neuron.inputs if x.signal in before}
        recurrent = fed.pop() if len(fed) == 1 else steps[0].inputs[0].weight
        if fed:
            raise StructureError("both inputs of the neuron are states")
        for k, neuron in enumerate(steps):
            inputs = tuple(sorted(neuron.inputs, key=lambda x: x.weight != recurrent))
            h = inputs[0].signal
            if self.boxes[h].operation and (k == 0 or h != steps[k - 1].output):
                raise StructureError(f"{self.boxes[h].name} is not the state one step before")
            yield replace(neuron, inputs=inputs, title=re.sub(r" \(\d+\)$", "", neuron.title))  # not which call


def _parameters(neuron: Neuron) -> tuple[frozenset[int], int | None]:
    return frozenset(x.weight for x in neuron.inputs), neuron.bias
