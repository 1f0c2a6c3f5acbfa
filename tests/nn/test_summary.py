"""Summaries: layers, shapes and counts, and the count of parameters that the lectures give."""

from itertools import pairwise

import numpy as np
import pytest

from inversa.nn import (
    MLP,
    RNN,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    Maxout,
    MaxPool2d,
    Module,
    NeuronNetwork,
    NeuronRNN,
    Parameter,
    Sequential,
    Tanh,
)
from inversa.nn.summary import summary


@pytest.mark.parametrize("sizes", [[3, 2, 3, 2], [12, 10, 8, 6, 3], [2, 100, 100, 100, 1], [784, 30, 10], [1, 1]])
def test_the_number_of_parameters_is_that_of_the_lectures(sizes):
    count = sum(h * (before + 1) for before, h in pairwise(sizes))
    assert MLP(sizes).parameter_count() == count
    if count < 1000:
        assert NeuronNetwork(sizes).parameter_count() == count


def test_the_largest_model_of_the_lectures_has_20601_parameters():
    assert MLP([2, 100, 100, 100, 1]).parameter_count() == 20601


def rows(capsys):
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_layers_shapes_and_counts(capsys):
    model = Sequential(Conv2d(1, 4, 3), Tanh(), MaxPool2d(2), Flatten(), Dropout(0.5), Linear(36, 10))
    model.summary((1, 8, 8))
    table = rows(capsys)
    assert table[0] == ["layer", "kind", "output", "parameters"]
    assert [row[0] for row in table[2:-2]] == ["input", "0", "1", "2", "3", "4", "5"]
    for number, shape, count in [(3, "(n, 4, 6, 6)", "40"), (5, "(n, 4, 3, 3)", "0"), (6, "(n, 36)", "0")]:
        assert " ".join(table[number]).endswith(f"{shape} {count}")
    assert table[-1] == ["total", "410"]


def test_the_first_layer_says_how_many_inputs_there_are(capsys):
    for model, shape in [(MLP([3, 2]), "(n, 3)"), (NeuronNetwork([3, 2, 1]), "(n, 3)"), (Linear(5, 1), "(n, 5)")]:
        model.summary()
        assert " ".join(rows(capsys)[2]) == f"input {shape}"


def test_parameters_beside_the_layers_are_counted_once(capsys):
    class Scaled(Module):
        def __init__(self):
            self.scale = Parameter([2.0])
            self.layer = Linear(2, 1)

        def forward(self, x):
            return self.scale * self.layer(x)

    Scaled().summary((2,))
    table = rows(capsys)
    assert [(row[0], row[-1]) for row in table[3:-2]] == [("layer", "3"), ("model", "1")]
    assert table[-1] == ["total", "4"]


def test_a_summary_leaves_the_model_as_it_was():
    model = Sequential(Linear(2, 2, seed=0), Dropout(0.5, seed=0))
    before = model[1].generator.bit_generator.state
    model.summary()
    assert model.training
    assert model[1].generator.bit_generator.state == before
    assert "forward" not in vars(model[0])
    assert (model.eval().predict([[1.0, 2.0]]) == model[0].predict([[1.0, 2.0]])).all()


def test_a_shape_that_is_not_known_or_does_not_fit():
    with pytest.raises(ValueError, match=r"give it, as summary\(\(1, 8, 8\)\)"):
        Sequential(Conv2d(1, 4, 3)).summary()
    with pytest.raises(ValueError, match=r"does not take samples of shape \(3,\).*\(…, 2\), not \(1, 3\)"):
        MLP([2, 1]).summary((3,))
    assert np.isfinite(MLP([2, 1]).predict([[1.0, 2.0]])).all()


def test_maxout_is_one_layer_and_activations_given_as_modules_are_none_too_many(capsys):
    Sequential(Maxout(2, 8, pieces=3), Linear(8, 1)).summary()
    table = rows(capsys)
    assert " ".join(table[3]) == "0 Maxout(2, 8, pieces=3) (n, 8) 72"
    model = MLP([2, 3, 1], activation=Tanh())
    model.summary()
    assert [row[0] for row in rows(capsys)[3:-2]].count("layers.0") == 1
    assert repr(model).count("Tanh") == 1


def test_networks_along_sequences_want_a_shape():
    for model in (RNN(2, 3, seed=0), NeuronRNN([2, 3, 1], seed=0)):
        with pytest.raises(ValueError, match=r"not known from the first layer: give it, as summary"):
            summary(model)
    assert "(n, 4, 2)" in summary(NeuronRNN([2, 3, 1], seed=0), (4, 2))
    rows = summary(NeuronRNN([2, 3, 1], seed=0), (4, 2)).splitlines()
    assert sum(row.startswith("hidden.0") for row in rows) == 1  # not one a step
