"""Models rebuilt from their files."""

from __future__ import annotations

import json
import pickle
import random
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inversa import nn
from inversa.autograd import sin
from inversa.nn import saving
from inversa.nn.architecture import NotDescribedError, described, rebuilt

GENERATOR = np.random.default_rng(1)


def images() -> Any:
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, stride=1, padding=1, seed=0), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.3),
        nn.Add(nn.Identity(), nn.Sequential(nn.Conv2d(2, 2, 1, seed=1), nn.Activation("tanh"))), nn.GlobalAvgPool(),
        nn.LeakyReLU(0.2), nn.Dense(2, 3, "softplus", bias=False, seed=2),
    )  # fmt: skip


MODELS: list[tuple[Any, Any]] = [
    (lambda: nn.MLP([2, 3, 1], ["tanh"], output="sigmoid", seed=4), GENERATOR.standard_normal((3, 2))),
    (lambda: nn.MLP([2, 3, 1], "maxout", pieces=3, dtype="float32", seed=None), GENERATOR.standard_normal((3, 2))),
    (images, GENERATOR.standard_normal((2, 1, 6, 6))),
    (lambda: nn.Sequential(nn.Embedding(7, 4, padding_idx=1, seed=0), nn.LayerNorm(4, eps=0.1)), np.array([[1, 6, 2]])),
    (
        lambda: nn.LSTM(3, 2, num_layers=2, bidirectional=True, output="last", seed=0),
        GENERATOR.standard_normal((2, 4, 3)),
    ),
    (lambda: nn.GRU(3, 2, seed=0), GENERATOR.standard_normal((2, 4, 3))),
    (lambda: nn.TransformerBlock(4, 2, seed=0).eval(), GENERATOR.standard_normal((2, 3, 4))),
    (lambda: nn.ConvTranspose2d(2, 1, 3, stride=2, seed=0), GENERATOR.standard_normal((1, 2, 3, 3))),
    (lambda: nn.NeuronNetwork([2, 2, 1], activation="tanh", seed=0), [0.5, -1.0]),
    (lambda: nn.Sequential(nn.GroupNorm(2, 4), nn.RMSNorm(3)), GENERATOR.standard_normal((2, 4, 3))),
]


@pytest.mark.parametrize(("make", "x"), MODELS, ids=[repr(make())[:12] for make, _ in MODELS])
def test_a_model_comes_back_whole(make: Any, x: Any, tmp_path: Path) -> None:
    model = make()
    model(x)
    model.eval()
    model.save(tmp_path / "model.safetensors")
    again = nn.load(tmp_path / "model.safetensors")
    assert repr(again) == repr(model)
    assert [module.training for module in again.modules()] == [module.training for module in model.modules()]
    assert [module.title for module in again.modules()] == [module.title for module in model.modules()]

    def numbers(y: Any) -> Any:
        return (
            [numbers(part) for part in y]
            if isinstance(y, (tuple, list))
            else np.asarray(getattr(y, "data", y)).tolist()
        )

    assert numbers(again(x)) == numbers(model(x))


def test_every_class_can_be_described() -> None:
    """Those with required arguments are in the models above, or here."""
    modules: list[Any] = [
        nn.Linear(2, 1), nn.Conv1d(1, 1, 2), nn.AvgPool2d(2), nn.Flatten(), nn.Softmax(), nn.RNNCell(1, 1),
        nn.MultiHeadAttention(4, 2), nn.PositionalEncoding(4), nn.PositionalEmbedding(3, 4), nn.BatchNorm1d(2),
        nn.Maxout(2, 1, 2), nn.BayesianLinear(2, 1), nn.Perceptron(2), nn.Neuron(2), nn.NeuronRNN([1, 2, 1]),
    ]  # fmt: skip
    for module in modules:
        again = rebuilt(json.loads(json.dumps(described(module))))
        assert (type(again), repr(again)) == (type(module), repr(module))


class Own(nn.Module):
    def forward(self, x: Any) -> Any:
        return x


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (Own, "Own is a class of your own"),
        (lambda: nn.Sequential(nn.Linear(2, 2), Own()), "Own is a class of your own"),
        (lambda: nn.Dense(2, 2, lambda z: sin(z)), "lambda"),
    ],
)
def test_what_a_file_cannot_hold_is_said_when_it_is_loaded(make: Any, why: str, tmp_path: Path) -> None:
    model = make()
    model.save(tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match=f"{why}.*model.load"):
        nn.load(tmp_path / "model.safetensors")
    make().load(tmp_path / "model.safetensors")


def test_a_model_that_was_changed_is_not_described() -> None:
    model = nn.MLP([2, 2, 1], "tanh")
    model.layers[0].activation = nn.activations.named("relu")
    with pytest.raises(NotDescribedError, match="changed after it was made"):
        described(model)


def test_copies_and_pickles_say_what_they_are_made_of() -> None:
    model = nn.Sequential(nn.NeuronRNN([1, 1], seed=random), nn.Dense(1, 1, "tanh", seed=np.random.default_rng(0)))
    for again in (deepcopy(model), pickle.loads(pickle.dumps(nn.Sequential(*model.members[1:])))):
        again.eval()
        assert again.members[0] in again.made_with.args
        assert described(again)["arguments"]["modules"][-1]["training"] is False
    assert "training" not in described(model)


def test_files_of_others_and_older_ones(tmp_path: Path) -> None:
    model = nn.MLP([2, 1])
    saving.save(tmp_path / "old.safetensors", model.state_dict())
    with pytest.raises(ValueError, match="does not say what its model is made of"):
        nn.load(tmp_path / "old.safetensors")
    model.load(tmp_path / "old.safetensors")
    model.save(tmp_path / "new.safetensors")
    assert set(saving.load(tmp_path / "new.safetensors")) == {"layers.0.weight", "layers.0.bias"}


LINEAR = {"class": "Linear", "arguments": {"inputs": 2, "outputs": 1}}
HOSTILE: list[Any] = [
    {"class": "Module", "arguments": {}},
    {"class": "Trainer", "arguments": {}},
    {"class": "os.system", "arguments": {"command": "true"}},
    {"class": "Linear", "arguments": {"inputs": 100_000, "outputs": 100_000}},
    {"class": "Embedding", "arguments": {"num_embeddings": 10**9, "embedding_dim": 10**9}},
    {"class": "Sequential", "arguments": {"modules": [LINEAR] * 9}},
    {"class": "LayerNorm", "arguments": {"normalized_shape": [10**6, 10**6]}},
    {"class": "Linear", "arguments": {"inputs": -1, "outputs": 2}},
    {"class": "Linear", "arguments": {"inputs": 2, "outputs": 1, "init": {"function": "tanh"}}},
    {"class": "Linear", "arguments": {"seeds": 2}},
    {"class": "Dense", "arguments": {"inputs": 2, "outputs": 1, "activation": {"function": "exec"}}},
    {"class": "Linear"}, [], 3, "Linear", {"function": "tanh"}, {"class": ["Linear"], "arguments": {}},
]  # fmt: skip


@pytest.mark.parametrize("description", HOSTILE, ids=range(len(HOSTILE)))
def test_a_file_that_lies_is_refused(description: Any, tmp_path: Path) -> None:
    state = nn.MLP([2, 1]).state_dict()
    saving.save(tmp_path / "model.safetensors", state, description)
    with pytest.raises(ValueError, match=r"model\.safetensors"):
        nn.load(tmp_path / "model.safetensors")


def test_an_architecture_nested_too_deep_is_refused() -> None:
    description: Any = {"class": "Tanh", "arguments": {}}
    for _ in range(3000):
        description = {"class": "Sequential", "arguments": {"modules": [description]}}
    with pytest.raises(ValueError, match="nested too deep"):
        rebuilt(description)


def test_one_bit_flipped_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    nn.MLP([2, 1]).save(path)
    content = path.read_bytes()
    place = content.index(b"MLP")
    path.write_bytes(content.replace(b"MLP", b"MLQ", 1))
    assert path.read_bytes() != content
    assert place > 0
    with pytest.raises(ValueError, match="checksum"):
        nn.load(path)


@pytest.mark.parametrize("name", ["model.h5", "model.pt", "model.keras", "model.onnx"])
def test_other_suffixes_are_refused_before_anything_is_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.safetensors"):
        nn.MLP([2, 1]).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
