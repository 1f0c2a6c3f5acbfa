"""Programs of functions of arrays: what is a size has its name, and what pages cannot run is refused."""

import numpy as np
import pytest

from inversa.autograd import InverseNetwork, TracingError, exp, linalg, transpose
from inversa.nn.init import glorot_uniform, he_uniform
from inversa.viz.playing.templates import ACTIVATIONS, LOSSES, OPTIMIZERS, templates
from inversa.viz.playing.tracing import template

ROWS = {"x": ("samples", "inputs"), "g": ("samples", "inputs")}


GENERATOR = np.random.default_rng(0)


def traced(function, arguments=None):
    return template(lambda **symbols: ({"y": function(symbols["x"])}, {}), arguments or {"x": ("samples", "inputs")})


def test_sizes_stand_in_programs_by_their_names():
    program = traced(lambda x: x.mean(axis=0) * x.shape[0])
    assert ["size", "samples"] in program["code"]
    assert ["sum", 0, 0] in program["code"]
    assert not any(isinstance(row, float) for row in program["code"])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * (x.shape[0] + 1),
        lambda x: x.reshape(-1),
        lambda x: x[:2],
        lambda x: x + np.arange(x.shape[1]),
        lambda x: linalg.norm(x[..., None] * x[:, None], axis=0),
        lambda x: x * 2.0 if x.shape[0] > 50 else x * 3.0,
        lambda x: linalg.inv(x @ x.T),
        lambda x: x * GENERATOR.normal(),
        lambda x: x @ x.sum(axis=0),
    ],
)
def test_what_pages_cannot_run_is_refused(function):
    with pytest.raises(TracingError):
        traced(function)


def test_what_leaves_an_array_as_it_is_costs_nothing():
    assert traced(lambda x: x.sum(axis=0).T)["code"] == [["argument", "x"], ["sum", 0, 0]]
    assert traced(lambda x: transpose(x, (0, 1)).T.T)["code"] == [["argument", "x"]]


def test_forwards_and_back_are_one_program():
    """What is needed on both ways is computed once, forwards."""

    def function(x, g):
        y = exp(x)
        return {"y": y}, {"x": InverseNetwork(y).run(g, record=True)[x]}

    program = template(function, ROWS)
    assert program["code"] == [["argument", "x"], ["exp", 0], ["argument", "g"], ["mul", 2, 1]]
    assert (program["forward"], program["results"], program["inverse"]) == (2, {"y": 1}, {"x": 3})


def test_everything_that_nn_offers_by_name_is_there():
    parts = templates()
    assert set(parts["activations"]) == set(ACTIVATIONS) >= {"identity", "step", "tanh", "gelu", "softmax", "sin"}
    assert set(parts["losses"]) == set(LOSSES) >= {"mean_squared_error", "cross_entropy", "binary_cross_entropy"}
    assert set(parts["optimizers"]) == set(OPTIMIZERS) >= {"sgd", "adam", "adamw", "rmsprop", "adagrad", "momentum"}
    assert parts["activations"]["relu"]["init"] == he_uniform.__name__
    assert parts["activations"]["tanh"]["init"] == glorot_uniform.__name__
    assert [name for name, part in parts["activations"].items() if part["joins"]] == ["softmax", "log_softmax"]
    assert parts["losses"]["cross_entropy"]["link"] == "softmax"
    assert parts["optimizers"]["adam"]["settings"] == {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    assert parts["optimizers"]["adam"]["takes"] == {
        "lr": [False, True], "beta1": [True, False], "beta2": [True, False], "eps": [False, True],
    }  # fmt: skip
