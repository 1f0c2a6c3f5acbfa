"""Drawing the numbers of an exercise."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from inversa.autograd import Value, log
from inversa.autograd.mode import LOSS, mode
from inversa.nn import NeuronNetwork, losses


def binary_cross_entropy(h: Any, y: Any) -> Any:
    """−[y ln h + (1 − y) ln(1 − h)], as it is written by hand: for 0 < h < 1."""
    with mode(module=LOSS):
        return -(y * log(h) + (1 - y) * log(1 - h))


LOSSES: dict[str, Any] = {
    "squared_error": losses.squared_error,
    "half_squared_error": losses.half_squared_error,
    "binary_cross_entropy": binary_cross_entropy,
}


def choose(sizes: Sequence[int], activation: str, loss: str, seed: int) -> tuple[Value, tuple[Value, ...]]:
    """The cost of a network, and its data."""
    some = random.Random(seed)
    tenths = [k / 10 for k in range(-9, 10) if k]
    output = "sigmoid" if loss == "binary_cross_entropy" else "identity" if activation == "relu" else activation
    model = NeuronNetwork(list(sizes), activation=activation, output=output, seed=0)
    for parameter in model.parameters():
        parameter.data = some.choice(tenths)
    names = ["x"] if sizes[0] == 1 else [f"x{i + 1}" for i in range(sizes[0])]
    inputs = [Value(some.choice(tenths), name=name) for name in names]
    y = Value(some.choice([0.0, 1.0] if loss == "binary_cross_entropy" else tenths), name="y")
    J = LOSSES[loss](model(inputs if len(inputs) > 1 else inputs[0]), y).named("J")
    return J, (*inputs, y)
