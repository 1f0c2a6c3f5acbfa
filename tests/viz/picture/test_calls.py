"""Modules that are called several times: one box a call, the parameters shared, and never a loop."""

from itertools import pairwise

import numpy as np
import pytest

from inversa import nn, viz
from inversa.autograd import Graph, Tensor, Value, concatenate, relu
from inversa.autograd.mode import Call, mode
from inversa.viz.picture.folding import summarised
from inversa.viz.picture.reading import read

X = np.array([[1.0, 2.0], [0.5, -1.0]])


class Twice(nn.Module):
    """The same layer twice, one after the other."""

    def __init__(self):
        self.a = nn.Dense(2, 2, "tanh", seed=0)

    def forward(self, x):
        return self.a(relu(self.a(x)))


class Cell(nn.Module):
    """A module with a module in it."""

    def __init__(self):
        self.linear = nn.Linear(4, 2, seed=0)

    def forward(self, x, h):
        return 2.0 * (self.linear(concatenate([h, x], axis=1)) + 1.0).tanh()


class Recurrent(nn.Module):
    """The same cell four times."""

    def __init__(self):
        self.cell = Cell()

    def forward(self, x):
        h = Tensor(np.zeros((2, 2)))
        for _ in range(4):
            h = self.cell(x, h) + 0.0
        return h


class Around(nn.Module):
    """A module that works before and after the one that is in it."""

    def __init__(self):
        self.inner = Middle()

    def forward(self, x):
        return self.inner(x)


class Middle(nn.Module):
    """See above."""

    def __init__(self):
        self.lin = nn.Dense(2, 2, "tanh", seed=0)

    def forward(self, x):
        return self.lin(x * 2.0 + 1.0) * 3.0 + x


def boxes(model, **arguments):
    picture = viz.draw(model, X, X, loss="mse", detail="layer", **arguments)._drawing.picture
    known = {box.number: box for box in picture.boxes}
    assert all(arrow.source < arrow.target for arrow in picture.arrows), "a loop"
    return known, picture.arrows


def test_one_box_a_call():
    known, arrows = boxes(Twice())
    assert [box.name for box in known.values() if box.module][:2] == ["a (1)", "a (2)"]
    shared = [box for box in known.values() if box.role == "parameter"]
    assert [box.name for box in shared] == ["W", "b"]
    for box in shared:
        assert [known[arrow.target].name for arrow in arrows if arrow.source == box.number] == ["a (1)", "a (2)"]


def test_gradients_of_what_is_shared_are_whole():
    model = Twice()
    J = nn.losses.mean_squared_error(model(X), X)
    J.backward()
    known, _ = boxes(model)
    [flow] = [box.flow for box in known.values() if box.name == "W"]
    assert flow.norm == pytest.approx(float(np.linalg.norm(model.a.weight.grad)))


def test_calls_in_calls():
    known, _ = boxes(Recurrent())
    assert {box.name for box in known.values() if box.module and "cell" in box.name} == {
        *(f"cell ({k})" for k in range(1, 5)),
        *(f"cell.linear ({k})" for k in range(1, 5)),
    }
    known, _ = boxes(Recurrent(), depth=1)
    assert {box.name for box in known.values() if box.module and "cell" in box.name} == {
        f"cell ({k})" for k in range(1, 5)
    }


def test_what_is_left_and_entered_again_is_a_box_each_time():
    known, _ = boxes(Around())
    assert sorted(box.name for box in known.values() if box.fold and "inner" in box.name) == [
        "inner",
        "inner",
        "inner.lin",
    ]


def test_frames_of_single_operations_are_of_one_call_each():
    picture = viz.draw(Twice(), X, X, loss="mse", detail="op")._drawing.picture
    assert [group.title for group in picture.groups if not group.loss] == ["a (1)", "a (2)"]


def test_a_module_called_once_has_no_number():
    picture = read(tuple(Graph(nn.losses.mean_squared_error(Once()(X), X)).outputs))
    assert {box.call for box in picture.boxes} == {None, "a", "loss"}


class Once(nn.Module):
    """One call."""

    def __init__(self):
        self.a = nn.Dense(2, 2, "tanh", seed=0)

    def forward(self, x):
        return self.a(x)


def test_titles_with_dots_are_of_one_call():
    network = nn.NeuronNetwork([2, 2, 2, 1], activation="tanh", seed=0)
    J = (network([1.0, 2.0]) + network([0.5, -1.0])).named("J")
    picture = read((J,))
    names = {box.within(1) for box in picture.boxes if box.module}
    assert names == {
        f"{layer} ({k})" for layer in ("hidden layer 1", "hidden layer 2", "output neuron") for k in (1, 2)
    }


def test_very_many_calls_are_one_box_again():
    network = nn.NeuronNetwork([2, 3, 1], activation="tanh", seed=0)
    outputs = network([[0.1 * i, 1.0] for i in range(40)])
    J = sum(outputs[1:], start=outputs[0]).named("J")
    folded = summarised(read((J,)), "layer")
    names = [box.name for box in folded.boxes if box.fold and box.module]
    assert names == ["hidden neuron 1", "hidden neuron 2", "hidden neuron 3", "output neuron"]


def test_calls_are_objects_and_paths():
    layer = nn.Dense(1, 1, "tanh", seed=0)
    layer.title = "layer"
    with mode(module="outside"):
        first, second = layer([1.0]), layer([1.0])
    assert first.module == second.module == "outside.layer"
    assert isinstance(first.module, Call)
    assert first.module is not second.module
    assert first.module.outer == "outside"
    inside = [node.module for node in Graph(first) if node.op]
    assert all(a is b for a, b in pairwise(inside))
    assert (Value(1.0) * 2.0).module is None
