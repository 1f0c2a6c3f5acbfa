"""Models of Keras's, what they compute, and how to do without Keras: objects that look like its layers.

``python tests/nn/interchange/keras_models.py``, where Keras is installed, writes down what it says of these models,
their numbers, and what they give, into keras_models.json.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

RECORDED = Path(__file__).with_name("keras_models.json")

# The shape of a sample, and the layers.
MODELS: dict[str, tuple[tuple[int, ...], Callable[[Any], list[Any]]]] = {
    "dense": ((3,), lambda L: [
        L.Normalization(mean=[0.5, 0.2, 0.1], variance=[1.0, 2.0, 4.0]), L.Dense(4, "tanh"), L.Dropout(0.2),
        L.BatchNormalization(), L.Dense(2, use_bias=False), L.Softmax(),
    ]),
    "images": ((6, 5, 2), lambda L: [
        L.Rescaling(0.5, 0.1), L.Conv2D(3, (3, 2), strides=2, padding="same", activation="relu"),
        L.BatchNormalization(scale=False), L.MaxPooling2D(2, strides=1, padding="same"), L.LeakyReLU(),
        L.AveragePooling2D((3, 1), strides=1), L.Flatten(), L.Dense(2),
    ]),
    "to and fro": ((3, 2, 2), lambda L: [
        L.Conv2DTranspose(3, 3, strides=2, padding="same"), L.LayerNormalization(), L.ELU(0.5),
        L.Conv2D(3, 2, groups=3, dilation_rate=2), L.DepthwiseConv2D(2, depth_multiplier=2, padding="same"),
        L.ZeroPadding2D(((0, 1), (2, 0))), L.Cropping2D(((1, 0), (0, 1))), L.BatchNormalization(center=False),
    ]),
    "means": ((4, 4, 1), lambda L: [
        L.Conv2DTranspose(2, (1, 2), strides=(2, 3)), L.GlobalAveragePooling2D(), L.Activation("gelu"),
        L.Reshape((1, 2)), L.LayerNormalization(center=False, scale=False, epsilon=0.1), L.ReLU(),
    ]),
    "letters": ((4,), lambda L: [
        L.Embedding(5, 3), L.Conv1D(4, 2, padding="causal"), L.LSTM(3, return_sequences=True),
        L.Bidirectional(L.GRU(2, return_sequences=True)), L.Conv1D(2, 3, padding="same", activation="swish"),
        L.GlobalAveragePooling1D(),
    ]),
    "sequences": ((4, 2), lambda L: [
        L.SimpleRNN(3, activation="relu", return_sequences=True), L.GRU(2, use_bias=False, return_sequences=True),
        L.Bidirectional(L.SimpleRNN(2)),
    ]),
}  # fmt: skip


def made(keras: Any, name: str) -> Any:
    """One of the models, with weights of few digits."""
    shape, layers = MODELS[name]
    dtype = {"dtype": "int32"} if name == "letters" else {}
    model = keras.Sequential([keras.Input(shape, **dtype), *layers(keras.layers)])
    generator = np.random.default_rng(len(name))
    for weight in model.weights:
        low = 0.5 if "variance" in weight.path else -0.9
        weight.assign(generator.uniform(low, 0.9, tuple(weight.shape)).round(2))
    return model


def samples(name: str) -> Any:
    """Three samples for a model; the pixels differ, so that no maximum is one of several."""
    generator = np.random.default_rng(1)
    shape = (3, *MODELS[name][0])
    return generator.integers(0, 5, shape) if name == "letters" else generator.uniform(-1, 1, shape).round(2)


def layers_of(model: Any) -> Iterator[Any]:
    """What is to be known of the layers."""
    for layer in model.layers:
        config = json.loads(json.dumps(layer.get_config(), default=str))
        yield {
            "class": type(layer).__name__,
            "config": _without_dates(config),
            "weights": [w.astype(float).round(4).tolist() for w in layer.get_weights()],
            "shape": list(layer.input.shape),
        }


def _without_dates(config: Any) -> Any:
    """Without what says how it was made, or is nothing."""
    if not isinstance(config, dict):
        return config
    ends = (
        "initializer",
        "regularizer",
        "constraint",
        "dtype",
        "trainable",
        "registered_name",
        "build_config",
        "module",
    )
    return {key: _without_dates(value) for key, value in config.items() if not key.endswith(ends)}


def fake(entry: dict[str, Any]) -> Any:
    """An object that looks like a layer of Keras's."""
    config = entry["config"]
    weights = [np.array(w, np.float32) for w in entry["weights"]]
    members = {
        "get_config": lambda self: config,
        "get_weights": lambda self: weights,
        "name": config["name"],
        "input": SimpleNamespace(shape=tuple(entry["shape"])),
    }
    return type(entry["class"], (), members)()


def fake_model(layers: list[Any], config: dict[str, Any] | None = None) -> Any:
    """An object that looks like a model of Keras's."""
    config = {"layers": []} if config is None else config
    members = {"layers": layers, "name": "model", "get_config": lambda self: config}
    return type("Sequential", (), members)()


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    found = {}
    for name in MODELS:
        model = made(keras, name)
        given = keras.ops.convert_to_numpy(model(samples(name)))
        found[name] = {"layers": [*layers_of(model)], "outputs": given.astype(float).round(7).tolist()}
    RECORDED.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")
