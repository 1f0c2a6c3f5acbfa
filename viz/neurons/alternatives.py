"""What comes out of a step if its rule is broken: wrong alternatives to the number that the quiz asks for.

Each is a slot made of numbers that are known before the step, so that a page computes it like any other number, also
after a weight was changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from inversa.viz.neurons.connections import connected
from inversa.viz.neurons.structure import Structure
from inversa.viz.picture.slots import flow, value
from inversa.viz.rules.formulas import Numbers, loss_of
from inversa.viz.rules.mistakes import MISTAKES
from inversa.viz.rules.sums import NoSumError, named

Alternative = tuple[str, str]  # the key of a mistake, and the slot of what it gives


@dataclass(frozen=True)
class Alternatives:
    """The wrong alternatives of the steps of a network."""

    structure: Structure

    def of(self, kind: str, signal: int, i: int = 0) -> tuple[Alternative, ...]:
        """To a number of the neuron, or of the input, that sends a signal; ``kind`` is a key of `RULES`.

        ``i`` is which of the neuron's inputs it is about.
        """
        return tuple(self._given(kind, self._connected[signal], i))

    def loss(self) -> tuple[Alternative, ...]:
        """To ∂J/∂h, where there is one output and one target."""
        outputs = self.structure.outputs
        return self.of("loss slope", outputs[0]) if len(outputs) == len(self.structure.targets) == 1 else ()

    @staticmethod
    def _given(kind: str, n: Numbers, i: int) -> Iterator[Alternative]:
        for key, mistake in MISTAKES.items():
            formula = mistake.broken.get(kind) if mistake.wrong else None
            try:
                number = None if formula is None else formula(n, i)
            except NoSumError:  # a page cannot compute it
                continue
            if number is not None:
                yield key, number.slot

    @cached_property
    def _connected(self) -> dict[int, Numbers]:
        """The inputs and neurons with all their numbers."""
        structure = self.structure
        found = connected(structure, lambda box: named(value(box)))
        for neuron in structure.neurons:
            n = found[neuron.output]
            n.z, n.a = named(value(neuron.sum)), named(value(neuron.output))
            n.returned, n.delta = named(flow(neuron.output)), named(flow(neuron.sum))
        if structure.cost is not None and structure.targets:
            last, target = structure.outputs[0], structure.targets[0]
            h, y, J = (structure.boxes[n] for n in (last, target, structure.cost))
            found[last].target = named(value(target))
            found[last].loss = loss_of(h.value, y.value, J.value, h.flow)
        return found
