"""The rules of exercises give what the inverse network gives."""

import random

import pytest

from inversa.viz.exercises.running import layout, walk

from .students import random_network


@pytest.mark.parametrize("part", range(3))
def test_the_rules_are_those_of_the_inverse_network(part: int) -> None:
    for seed in range(100 * part, 100 * part + 100):
        network = random_network(random.Random(seed))
        boxes, known = network.structure.boxes, {}
        for unit in network.units:
            known[network.structure.boxes[unit.neuron.sum].name] = boxes[unit.neuron.sum].value
        found = {}
        neurons = layout(network)
        walk(network, neurons, lambda cell, x, _: found.setdefault(cell.name, x))
        by_label = {cell.label: found[cell.name].middle for cell in network.cells}
        for unit in network.units:
            box = unit.neuron
            expected = {
                boxes[box.sum].name: boxes[box.sum].value,
                boxes[box.output].name: boxes[box.output].value,
                network.gradient(box.output): boxes[box.output].flow,
                network.delta_name(unit): boxes[box.sum].flow,
                network.gradient(box.bias): boxes[box.bias].flow,
                **{network.gradient(x.weight): boxes[x.weight].flow for x in box.inputs},
                "J": boxes[network.structure.cost].value,
            }
            for label, number in expected.items():
                assert by_label[label] == pytest.approx(number, rel=1e-9, abs=1e-9), (seed, label)
        new = {cell.name for cell in network.cells if cell.name.startswith("new ")}
        assert len(new) == sum(len(unit.weights) + 1 for unit in network.units)
        for cell in network.cells:
            if cell.kind == "new weight":
                unit = network.units[cell.neuron]
                box = boxes[unit.neuron.inputs[cell.input].weight]
                assert found[cell.name].middle == pytest.approx(box.value - 0.5 * box.flow, abs=1e-9)
