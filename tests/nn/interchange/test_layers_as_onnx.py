"""Every layer, every loss and random networks as ONNX files, with their gradients, for several numbers of samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pytest

from inversa import nn
from inversa.autograd import Tensor
from inversa.nn import bayes, losses, optim
from inversa.nn.interchange import to_onnx

from .running import GENERATOR, in_type, numbers, run

DIGITS = {"float64": 1e-12, "float32": 1e-5}


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> None:
    onnxruntime.set_default_logger_severity(3)


def check(model: Any, loss: Any, x: Any, target: Callable[[Any], Any], dtype: str, lengths: tuple[int, ...]) -> None:
    """Compare a file's outputs, loss and gradients with ours."""
    first = x(3)
    file = to_onnx(model, (first, target(model(Tensor(first)).data)), loss=loss, gradients="all")
    session = onnxruntime.InferenceSession(file.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    x_name = file.graph.input[0].name
    for samples in lengths:
        leaf = Tensor(given := x(samples), requires_grad=given.dtype.kind == "f")
        y = target(model(Tensor(given)).data)
        found = dict(zip(names, session.run(names, {x_name: given, "y": y}), strict=True))
        model.zero_grad()
        value = losses.named(loss)(outputs := model(leaf), y)
        wanted = {"output": outputs.data, "loss": value.data}
        if value.requires_grad:
            value.backward()
        wanted |= {f"d_{x_name}": leaf.grad} if leaf.requires_grad else {}
        wanted |= {f"d_{name}": p.grad for name, p in model.named_parameters() if p.grad is not None}
        assert set(found) - {"d_y", "d_target"} == set(wanted)
        for name, ours in wanted.items():
            size = max(1.0, float(np.max(np.abs(ours), initial=0)))
            assert found[name].dtype == ours.dtype, name
            np.testing.assert_allclose(
                found[name], ours, rtol=0, atol=DIGITS[dtype] * size, err_msg=f"{name}, {samples} samples"
            )


class First(nn.Module):
    """The first result of a layer that gives several."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x)[0]


def means(layer: Any) -> Any:
    """A Bayesian layer that draws nothing."""
    bayes.set_sampling(layer, False)
    return layer


# Each with the shape of a sample; whole numbers are indices.
LAYERS: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "Linear": (lambda: nn.Linear(3, 2, seed=0), (3,)),
    "Dense": (lambda: nn.Dense(3, 2, "sigmoid", seed=0), (4, 3)),
    "Maxout": (lambda: nn.Maxout(3, 2, pieces=3, seed=0), (3,)),
    "Add": (lambda: nn.Add(nn.Linear(3, 3, seed=0), nn.Identity()), (3,)),
    "Dropout": (lambda: nn.Dropout(0.5), (3,)),
    "BayesianLinear": (lambda: means(nn.BayesianLinear(3, 2, seed=0)), (3,)),
    "full rank": (lambda: means(nn.BayesianLinear(3, 2, posterior="full_rank", seed=0)), (3,)),
    "Conv1d": (lambda: nn.Conv1d(2, 3, 3, padding=1, seed=0), (2, 7)),
    "Conv2d": (lambda: nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2, seed=0), (2, 7, 6)),
    "dilated": (lambda: nn.Conv2d(2, 3, 2, dilation=2, seed=0), (2, 5, 6)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, seed=0), (2, 3, 4)),
    "MaxPool2d": (lambda: nn.MaxPool2d(3, stride=2, padding=1), (2, 6, 6)),
    "AvgPool2d": (lambda: nn.AvgPool2d(2), (2, 6, 6)),
    "GlobalAvgPool": (nn.GlobalAvgPool, (2, 4, 5)),
    "Flatten": (nn.Flatten, (2, 4, 5)),
    "LayerNorm": (lambda: nn.LayerNorm(3), (4, 3)),
    "RMSNorm": (lambda: nn.RMSNorm(3), (4, 3)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), (4, 3, 2)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), (3,)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(3), (3, 2, 2)),
    "RNN": (lambda: First(nn.RNN(3, 2, seed=0)), (4, 3)),
    "LSTM": (lambda: First(nn.LSTM(3, 2, seed=0)), (4, 3)),
    "GRU": (lambda: First(nn.GRU(3, 2, seed=0)), (4, 3)),
    "MultiHeadAttention": (lambda: nn.MultiHeadAttention(4, 2, seed=0), (3, 4)),
    "causal": (lambda: nn.TransformerBlock(4, 2, causal=True, seed=0), (3, 4)),
    "PositionalEncoding": (lambda: nn.PositionalEncoding(4), (3, 4)),
    "PositionalEmbedding": (lambda: nn.PositionalEmbedding(6, 4, seed=0), (3, 4)),
    "Embedding": (lambda: nn.Embedding(5, 2, seed=0), (3,)),
} | {
    name: (getattr(nn, name), (3,))
    for name in ("Identity", "Step", "Tanh", "Sigmoid", "ReLU", "LeakyReLU", "ELU", "SELU", "Softplus", "GELU", "SiLU",
                 "Mish", "Hardtanh", "Softmax", "LogSoftmax")
}  # fmt: skip


def sample(name: str, shape: tuple[int, ...], dtype: str) -> Callable[[int], Any]:
    if name == "Embedding":
        return lambda n: GENERATOR.integers(0, 5, (n, *shape))
    return lambda n: numbers(n, *shape, dtype=dtype)


BOTH = ["float64", pytest.param("float32", marks=pytest.mark.long)]


@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name: str, dtype: str) -> None:
    make, shape = LAYERS[name]
    like: Callable[[Any], Any] = lambda y: (0.5 * y + 0.1).astype(dtype)  # noqa: E731
    check(in_type(dtype, make()).eval(), "half_mean_squared_error", sample(name, shape, dtype), like, dtype, (1, 4))


def signs(y: Any) -> Any:
    return np.where(GENERATOR.random(y.shape) < 0.5, -1.0, 1.0).astype(y.dtype)


def shares(y: Any) -> Any:
    drawn = GENERATOR.uniform(0.1, 1.0, y.shape)
    return (drawn / drawn.sum(-1, keepdims=True)).astype(y.dtype)


LOSSES: dict[str, Callable[[Any], Any]] = {
    "squared_error": signs, "mean_squared_error": signs, "half_squared_error": signs, "half_mean_squared_error": signs,
    "absolute_error": signs, "huber": signs, "hinge": signs,
    "cross_entropy": lambda y: GENERATOR.integers(0, y.shape[-1], y.shape[:-1]),
    "binary_cross_entropy": lambda y: (signs(y) + 1) / 2, "multilabel_cross_entropy": lambda y: (signs(y) + 1) / 2,
    "binary_cross_entropy_of_probabilities": lambda y: (signs(y) + 1) / 2,
    "cross_entropy_of_probabilities": shares,
}  # fmt: skip


@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("loss", [name for name in losses.__all__ if name not in ("Loss", "named")])
def test_losses(loss: str, dtype: str) -> None:
    last = ([nn.Softmax()] if loss == "cross_entropy_of_probabilities" else
            [nn.Sigmoid()] if loss == "binary_cross_entropy_of_probabilities" else [])  # fmt: skip
    model = in_type(dtype, nn.Sequential(nn.Linear(3, 1 if loss == "hinge" else 2, seed=0), *last))
    check(model, loss, sample("", (3,), dtype), LOSSES[loss], dtype, (1, 5))


def random_model(seed: int) -> tuple[Any, tuple[int, ...]]:
    """Layers that fit one another, and the shape of a sample. No `LayerNorm`: of few numbers it magnifies rounding."""
    rng = np.random.default_rng(seed)

    def some(*choices: Any) -> Any:
        return choices[rng.integers(len(choices))]

    def activation() -> Any:
        return some(nn.Tanh, nn.Sigmoid, nn.ReLU, nn.GELU, nn.Softplus, nn.ELU, nn.SiLU, nn.LeakyReLU)()

    width = int(rng.integers(2, 5))
    match some("flat", "flat", "image", "sequence"):
        case "image":
            channels, size = int(rng.integers(1, 3)), int(rng.integers(5, 8))
            kernel, padding = int(rng.integers(1, 4)), int(rng.integers(0, 2))
            conv = nn.Conv2d(channels, 2, kernel, padding=padding, seed=seed)
            pool = some(nn.MaxPool2d(2), nn.AvgPool2d(2), nn.Identity())
            first, shape = [conv, some(nn.BatchNorm2d(2), nn.Identity()), activation(), pool], (channels, size, size)
            first.append(some(nn.Flatten(), nn.GlobalAvgPool()))
        case "sequence":
            shape = (int(rng.integers(1, 5)), 2)
            inner = some(nn.RNN, nn.LSTM, nn.GRU)(2, width, bidirectional=bool(rng.integers(2)), seed=seed)
            first = [First(inner), some(nn.Flatten(), nn.RMSNorm(width * (1 + inner.bidirectional)))]
        case _:
            shape = (int(rng.integers(1, 5)),)
            first = [
                nn.Linear(shape[0], width, seed=seed),
                some(nn.BatchNorm1d(width), nn.RMSNorm(width), nn.Identity()),
            ]
    before = nn.Sequential(*first)
    wide = before(Tensor(rng.normal(size=(2, *shape)))).shape[-1]  # averages are then such as training leaves
    return nn.Sequential(before, nn.Linear(wide, width, seed=seed), activation(), nn.Linear(width, 2, seed=seed)), shape


@pytest.mark.parametrize("seed", [*range(20), *(pytest.param(n, marks=pytest.mark.long) for n in range(20, 200))])
def test_random_models(seed: int) -> None:
    model, shape = random_model(seed)
    for layer in model.parameters():
        layer[...] = np.random.default_rng(seed).normal(size=layer.shape)
    dtype = ("float64", "float32")[seed % 2]
    loss = ("mean_squared_error", "cross_entropy", "huber")[seed % 3]
    check(in_type(dtype, model).eval(), loss, sample("", shape, dtype), LOSSES[loss], dtype, (1, 7))


def test_networks_of_single_numbers_take_arrays() -> None:
    model, x, y = nn.NeuronNetwork([2, 3, 2], seed=0), numbers(5, 2), numbers(5, 2)
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    file = to_onnx(model, (x, y), loss="mse", gradients="parameters", optimizer=optimizer)
    found = run(file, x=x, y=y)
    losses.mean_squared_error([model(row) for row in x.tolist()], y.tolist()).backward()
    slopes = {name: w.grad for name, w in model.named_parameters()}
    optimizer.step()
    for name, w in model.named_parameters():
        assert found[f"d_{name}"] == pytest.approx(slopes[name], rel=1e-13, abs=1e-15)
        assert found[f"new_{name}"] == pytest.approx(w.data, rel=1e-13)
