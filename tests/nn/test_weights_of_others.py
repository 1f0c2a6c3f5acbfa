"""Weights under other names, and as plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inversa import nn
from inversa.nn.matching import matched


def filled(model: Any, number: float) -> Any:
    for parameter in model.parameters():
        parameter.data = np.full(parameter.shape, number) + np.arange(parameter.size).reshape(parameter.shape)
    return model


def sequential() -> Any:
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 3))


@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "module.net.", "a.1.b."])
def test_states_load_whatever_their_prefix(prefix: str) -> None:
    other = filled(sequential(), 5.0)
    model = nn.MLP([4, 8, 8, 3])
    model.load_state_dict({prefix + name: array for name, array in other.state_dict().items()})
    assert np.array_equal(model.layers[2].weight.data, other.members[4].weight.data)
    back = sequential()
    back.load_state_dict(model.state_dict())
    assert all(np.array_equal(back.state_dict()[name], array) for name, array in other.state_dict().items())


def test_numbers_count_and_are_no_texts() -> None:
    names = [f"{2 * i}.weight" for i in range(13)]
    found = matched([f"layers.{i}.weight" for i in range(13)], names)
    assert found["layers.10.weight"] == "20.weight"
    assert found["layers.2.weight"] == "4.weight"


def test_one_layer() -> None:
    model = nn.MLP([2, 3])
    model.load_state_dict({"weight": np.ones((3, 2)), "bias": np.zeros(3)})
    assert model.layers[0].weight.data.tolist() == [[1, 1]] * 3


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (
            {"fc1.weight": np.ones((8, 4)), "fc1.bias": np.ones(8)},
            ["missing: layers.0.weight", "unexpected: fc1.weight"],
        ),
        (
            {"0.weight": np.ones((9, 4)), "0.bias": np.ones(9), "1.weight": np.ones((3, 9))},
            [r"\(8, 4\) here and \(9, 4\) there", r"missing: layers.1.bias"],
        ),
        (
            {"0.weight": np.ones((8, 4)), "0.bias": np.ones(8), "1.running_mean": np.ones(8)},
            ["unexpected: 1.running_mean"],
        ),
    ],
)
def test_what_differs_is_listed_and_nothing_changed(state: dict[str, Any], said: list[str]) -> None:
    model = nn.MLP([4, 8, 3])
    before = model.state_dict()
    for text in said:
        with pytest.raises(ValueError, match=text):
            model.load_state_dict(state)
    assert all(np.array_equal(before[name], array) for name, array in model.state_dict().items())


# Arrays.

W1, b1 = np.arange(6.0).reshape(3, 2), np.arange(3.0)
W2, b2 = np.arange(3.0).reshape(1, 3), np.ones(1)


@pytest.mark.parametrize("turned", [False, True])
def test_the_orientation_is_found_by_the_shapes(turned: bool) -> None:
    weights = [W1.T, W2.T] if turned else [W1, W2]
    model = nn.MLP.from_arrays(weights, [b1, b2], activation="tanh")
    x = np.array([0.5, -1.0])
    np.testing.assert_allclose(model(x).numpy(), W2 @ np.tanh(W1 @ x + b1) + b2, rtol=1e-15)
    assert (model.sizes, repr(model.layers[0])) == ((2, 3, 1), "Dense(2, 3, tanh)")
    W1[0, 0] = 7.0
    assert model.layers[0].weight.data[0, 0] == 0.0  # copies
    W1[0, 0] = 0.0


def test_what_fits_both_ways_is_refused_unless_said() -> None:
    W, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros(2)
    with pytest.raises(ValueError, match='rows="outputs" or rows="inputs"'):
        nn.MLP.from_arrays([W], [b])
    assert nn.MLP.from_arrays([W], [b], rows="outputs")([1.0, 0.0]).tolist() == [1.0, 3.0]
    assert nn.MLP.from_arrays([W], [b], rows="inputs")([1.0, 0.0]).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("weights", "biases"),
    [([W1, W1], [b1, b1]), ([W1], [b1, b2]), ([W1], [b2]), ([], []), ([b1], [b1]), ([np.zeros((0, 2))], [[]])],
)
def test_what_fits_no_way_is_refused(weights: Any, biases: Any) -> None:
    with pytest.raises(ValueError, match="no layers one behind the other"):
        nn.MLP.from_arrays(weights, biases)


def test_the_type_stays() -> None:
    model = nn.MLP.from_arrays(
        [W1.astype("float32"), W2.astype("float32")], [b1.astype("float32"), b2.astype("float32")]
    )
    assert model.layers[0].weight.dtype == np.float32
