"""The quiz of a player runs the broken rules of exercises on slots: the numbers that come out are equal."""

import pytest

from inversa import exercises
from inversa.autograd import Rule
from inversa.viz.exercises.running import layout, store
from inversa.viz.picture import slots
from inversa.viz.rules.formulas import RULES
from inversa.viz.rules.intervals import exact
from inversa.viz.rules.mistakes import MISTAKES, Mistake

KINDS = [
    {"sizes": [1, 2, 1]},
    {"sizes": [2, 2, 1], "activation": "tanh", "loss": "half_squared_error"},
    {"sizes": [2, 2, 2, 1], "activation": "relu"},
    {"sizes": [1, 2, 2, 1], "loss": "binary_cross_entropy"},
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_quiz_and_the_diagnosis_agree(kind):
    exercise = exercises.exercise(seed=2, decimals=12, **kind)
    drawing, network = exercise._drawing, exercise._network
    picture = drawing.structure.picture
    names = {slots.value(box.number): box.name for box in picture.boxes}
    names |= {slots.flow(box.number): f"∂{picture.output}/∂{box.name}" for box in picture.boxes}
    neurons = layout(network)
    for cell in network.cells:
        store(neurons[cell.neuron], cell, exact(exercise.answers[cell.name]))
    labels = {cell.label: cell for cell in network.cells}
    compared = set()
    for step in drawing.steps():
        label = names.get(step.asked, "")
        cell = labels.get(label) or labels.get(label.replace(f"∂{picture.output}/∂z", "δ"))
        if cell is None:
            continue
        n, i = neurons[cell.neuron], cell.input
        assert slots.evaluated(step.asked, picture) == pytest.approx(RULES[cell.kind](n, i).middle, abs=1e-9)
        given = dict(step.alternatives)
        for mistake, slot in given.items():
            wrong = MISTAKES[mistake].broken[cell.kind](n, i)
            assert slots.evaluated(slot, picture) == pytest.approx(wrong.middle, abs=1e-9), (cell.name, mistake)
            compared.add(mistake)
        possible = {
            mistake
            for mistake, entry in MISTAKES.items()
            if entry.wrong and cell.kind in entry.broken and entry.broken[cell.kind](n, i) is not None
        }
        # What needs a function, or a number that the step is to find, is no product of numbers that are known.
        assert possible - given.keys() <= {"slope at the output", "sum in the slope", "sign of the loss"}, cell.name
    assert len(compared) >= 12


def test_a_mistake_that_is_added_is_known_to_both(monkeypatch):
    past = Mistake(Rule.WEIGHTED_INPUT, {"weight gradient": lambda n, i: n.sources[i].a * n.returned})
    monkeypatch.setitem(MISTAKES, "past psi", past)
    exercise = exercises.exercise(seed=2)
    asked = {mistake for step in exercise._drawing.steps() for mistake, _ in step.alternatives}
    assert "past psi" in asked
    assert "past psi" in {mistake for each in exercise.alternatives("dJ/dw2_11") for mistake in each.mistakes}
