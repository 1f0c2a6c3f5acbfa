"""Ours → ONNX, with gradients in the file → ours: the same numbers, and the same gradients once more."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from inversa import nn
from inversa.autograd import Tensor
from inversa.nn.interchange import from_onnx, to_onnx

SMOOTH = ["tanh", "sigmoid", "softplus", "elu", "gelu", "silu", "relu", "leaky_relu"]


def network(some: random.Random) -> tuple[Any, tuple[int, ...]]:
    """A random network, and the shape of its samples."""
    seed, psi = some.randrange(1000), some.choice(SMOOTH)
    kind = some.choice(["mlp", "mlp", "normalised", "images", "recurrent", "attention"])
    if kind == "mlp":
        sizes = [some.randint(1, 6) for _ in range(some.randint(2, 5))]
        return nn.MLP(sizes, psi, seed=seed), (sizes[0],)
    n = some.randint(2, 5)
    if kind == "normalised":
        norm = some.choice([nn.LayerNorm, nn.RMSNorm, nn.BatchNorm1d])(n)
        return nn.Sequential(nn.Dense(3, n, psi, seed=seed), norm, nn.Dropout(0.3), nn.Linear(n, 2, seed=seed + 1)), (
            3,
        )
    if kind == "images":
        pool = some.choice([nn.MaxPool2d, nn.AvgPool2d])(2)
        stride, padding = some.randint(1, 2), some.randint(0, 1)
        layers = [nn.Conv2d(2, n, 3, stride=stride, padding=padding, seed=seed), nn.BatchNorm2d(n), nn.Tanh(), pool]
        return nn.Sequential(*layers, nn.GlobalAvgPool(), nn.Linear(n, 2, seed=seed + 1)), (2, 8, 7)
    if kind == "recurrent":
        layer = some.choice([nn.RNN, nn.LSTM, nn.GRU])(3, n, output="last", seed=seed)
        return nn.Sequential(layer, nn.Linear(n, 2, seed=seed + 1)), (4, 3)
    return nn.Sequential(nn.TransformerBlock(4, 2, seed=seed), nn.Linear(4, 2, seed=seed + 1)), (3, 4)


def check(seed: int) -> None:
    some = random.Random(seed)
    generator = np.random.default_rng(seed)
    model, shape = network(some)
    model.eval()
    for buffer in model.buffers():  # averages of a network that was trained
        buffer[...] = generator.uniform(0.5, 2.0, buffer.shape)
    x = generator.standard_normal((5, *shape))
    y = generator.standard_normal(model(x).shape)
    file = to_onnx(model, (x, y), loss="mse", gradients="all")
    copy = from_onnx(file.SerializeToString())

    xs = Tensor(x, requires_grad=True)
    cost = nn.losses.named("mse")(model(xs), y)
    cost.backward()
    wanted = {"output": model(x).numpy(), "loss": cost.numpy(), "d_x": xs.grad}
    wanted |= {f"d_{name}": p.grad for name, p in model.named_parameters()}

    again = Tensor(x, requires_grad=True)
    found = dict(zip(copy.output_names, copy(again, y), strict=True))
    for name, numbers in wanted.items():
        close(found[name].numpy(), numbers, f"{name} of {model!r}")
    found["loss"].backward()
    close(again.grad, xs.grad, "the input's gradient once more")
    ours = dict(model.named_parameters())
    for name, p in copy.named_parameters():
        close(p.grad, ours[name].grad, f"the gradient of {name} once more, of {model!r}")
    assert set(dict(copy.named_parameters())) == {name for name, p in ours.items() if p.grad is not None}


def close(found: Any, wanted: Any, what: str) -> None:
    size = max(1.0, float(np.max(np.abs(wanted), initial=0.0)))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * size, err_msg=what)


@pytest.mark.parametrize("seed", range(20))
def test_round_trip(seed: int) -> None:
    check(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20, 200))
def test_more_round_trips(seed: int) -> None:
    check(seed)
