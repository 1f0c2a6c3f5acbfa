"""The rules of exercises give what the inverse network gives."""

import random

import pytest

from inversa.viz.exercises import cells, choosing
from inversa.viz.exercises.running import layout, walk
from inversa.viz.rules import formulas

from .students import random_network


def computed(network: cells.Network) -> dict[str, float]:
    """All cells by their printed names."""
    found = {}

    def see(cell, number, _):
        found[cell.label] = number.middle
        return number

    walk(network, layout(network), see)
    return found


def test_what_is_drawn_and_read_has_a_rule() -> None:
    assert set(choosing.LOSSES) == set(formulas.LOSSES)
    assert set(formulas.SYMBOLS.values()) == {*formulas.ACTIVATIONS, ""}
    assert set(formulas.RULES) == set(formulas.MARKS)


@pytest.mark.parametrize("part", range(3))
def test_the_rules_are_those_of_the_inverse_network(part: int) -> None:
    for seed in range(100 * part, 100 * part + 100):
        network = random_network(random.Random(seed))
        boxes, found = network.structure.boxes, computed(network)
        expected = {"J": boxes[network.structure.cost].value}
        for unit in network.units:
            z, a, b = boxes[unit.neuron.sum], boxes[unit.neuron.output], boxes[unit.neuron.bias]
            weights = [boxes[x.weight] for x in unit.neuron.inputs]
            delta = f"δ{z.name[1:]}" if unit.activation else f"∂J/∂{z.name}"
            expected |= {z.name: z.value, a.name: a.value, delta: z.flow, f"∂J/∂{a.name}": a.flow}
            for box in (b, *weights):
                expected[f"∂J/∂{box.name}"] = box.flow
                expected[f"new {box.name}"] = box.value - network.alpha * box.flow
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), seed
