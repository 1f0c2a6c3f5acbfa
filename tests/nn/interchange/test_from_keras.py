"""What Keras computes, by networks of ours; without Keras, by what was written down of its layers."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inversa import nn
from inversa.autograd import Tensor
from inversa.nn.interchange import InterchangeError, from_keras, to_onnx

_spec = importlib.util.spec_from_file_location("keras_models", Path(__file__).with_name("keras_models.py"))
assert _spec is not None
assert _spec.loader is not None
models = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(models)

RECORDED: dict[str, Any] = json.loads(models.RECORDED.read_text(encoding="utf-8"))


def recorded(name: str) -> Any:
    return models.fake_model([models.fake(entry) for entry in RECORDED[name]["layers"]])


@pytest.mark.parametrize("name", RECORDED)
def test_outputs(name: str) -> None:
    network = from_keras(recorded(name))
    np.testing.assert_allclose(network(models.samples(name)).numpy(), RECORDED[name]["outputs"], rtol=0, atol=2e-6)
    assert {p.dtype.name for p in network.parameters()} <= {"float32"}


def test_all_layers_are_among_them() -> None:
    from inversa.nn.interchange.of_keras.layers import ENTRIES

    assert set(ENTRIES) == {entry["class"] for model in RECORDED.values() for entry in model["layers"]}


def test_titles_and_mode() -> None:
    network = from_keras(recorded("images"))
    assert not network.training
    titles = [module.title for module in network]
    assert titles[:4] == ["rescaling", "channels first", "conv2d", "conv2d: Conv2d"]
    assert titles[-3:] == ["channels last", "flatten", "dense_2"]


def test_what_keras_has_not_is_not_trained() -> None:
    network = from_keras(recorded("images"))
    norm = next(module for module in network if isinstance(module, nn.BatchNorm2d))
    assert not norm.weight.requires_grad
    assert norm.bias.requires_grad
    assert norm.momentum == pytest.approx(0.01)
    lstm = next(module for module in from_keras(recorded("letters")) if isinstance(module, nn.LSTM))
    assert lstm.bias_ih_l0.requires_grad
    assert not lstm.bias_hh_l0.requires_grad


def test_training_it_leaves_the_model_alone() -> None:
    model = recorded("dense")
    before = [w.copy() for layer in model.layers for w in layer.get_weights()]
    network = from_keras(model)
    network.compile(loss="mse", optimizer="sgd", lr=0.1)
    network.fit(models.samples("dense"), np.zeros((3, 2)), epochs=2)
    after = [w for layer in model.layers for w in layer.get_weights()]
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def _functional(*inbound: tuple[str, list[str]], ends: Any = "b") -> Any:
    """keras.Model(inputs, outputs), as Keras 3 describes it."""
    dense = RECORDED["dense"]["layers"][1]
    entry = {**dense, "weights": [np.eye(3).tolist(), [1.0, 2.0, 3.0]]}
    layers = [models.fake({**entry, "config": {**entry["config"], "name": name}}) for name, _ in inbound]

    def tensor(name: str) -> Any:
        return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}

    described = [{"name": "x", "inbound_nodes": []}] + [
        {"name": name, "inbound_nodes": [{"args": [tensor(each)], "kwargs": {"mask": None}} for each in sources]}
        for name, sources in inbound
    ]
    outputs = [ends, 0, 0] if isinstance(ends, str) else [[end, 0, 0] for end in ends]
    return models.fake_model(layers, {"layers": described, "input_layers": ["x", 0, 0], "output_layers": outputs})


def test_a_functional_model_that_is_a_chain() -> None:
    network = from_keras(_functional(("b", ["a"]), ("a", ["x"])))
    assert [module.title for module in network] == ["a", "b"]


def _changed(model: str, place: int, weights: Any = None, **config: Any) -> Any:
    entry = RECORDED[model]["layers"][place]
    changed = {
        **entry,
        "config": {**entry["config"], **config},
        "weights": entry["weights"] if weights is None else weights,
    }
    return models.fake_model([models.fake(changed)])


NOISE = {"class": "GaussianNoise", "config": {"name": "noise"}, "weights": [], "shape": [None, 2]}


def test_what_keras_does_not_train_is_frozen() -> None:
    assert not any(p.requires_grad for p in from_keras(_changed("dense", 1, trainable=False)).parameters())
    assert all(p.requires_grad for p in from_keras(_changed("dense", 1, trainable=True)).parameters())


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (3, "int is no model of Keras's"),
        (models.fake_model([models.fake(NOISE)]), r"'noise' \(GaussianNoise\)"),
        (models.fake_model([], {}), "call.. is Python"),
        (_functional(("a", ["x"]), ("b", ["a", "x"])), "'b' .* takes what 2 others give"),
        (_functional(("a", ["x"]), ("b", ["x"]), ends=["a", "b"]), "several inputs or outputs"),
        (_functional(("a", ["x"]), ("b", ["x"])), "a is beside the way"),
        (_changed("dense", 1, weights=[]), "no weights yet"),
        (_changed("dense", 1, weights=[[[1.0, 2.0]], [1.0]]), "bias has shape"),
        (_changed("dense", 2, noise_shape=[3, 1]), "noise_shape"),
        (_changed("dense", 1, activation="relu6"), "no activation 'relu6'"),
        (_changed("images", 1, data_format="channels_first"), "data_format='channels_first'"),
        (_changed("images", 1, activation="softmax"), "Softmax()"),
        (_changed("images", 2, axis=1), "axis=1"),
        (_changed("images", 5, padding="same"), "leaves the edges out of the mean"),
        (_changed("letters", 0, mask_zero=True), "mask_zero"),
        (_changed("letters", 2, recurrent_dropout=0.1), "recurrent_dropout"),
        (_changed("letters", 2, recurrent_activation="relu"), "recurrent_activation='relu'"),
        (_changed("sequences", 1, reset_after=False), "reset_after=False"),
        (_changed("sequences", 2, merge_mode="sum"), "merge_mode='sum'"),
        (models.fake_model([models.fake(RECORDED["dense"]["layers"][1])] * 2), "several places"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_refused(model: Any, message: str) -> None:
    with pytest.raises(InterchangeError, match=message):
        from_keras(model)


@pytest.fixture(scope="module", name="keras")
def _keras() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        pytest.importorskip("torch")
        yield pytest.importorskip("keras")


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
@pytest.mark.parametrize("name", models.MODELS)
def test_keras_itself(keras: Any, name: str) -> None:
    model = models.made(keras, name)
    x = models.samples(name)
    network = from_keras(model)
    np.testing.assert_allclose(network(x).numpy(), keras.ops.convert_to_numpy(model(x)), rtol=0, atol=2e-6)
    with pytest.raises(TypeError, match="from_keras"):
        to_onnx(model, x)
    if name != "letters":
        _compare_gradients(keras, model, network, x)


def _compare_gradients(keras: Any, model: Any, network: Any, x: Any) -> None:
    """Of the sum of squares, by the inputs, through all layers."""
    theirs = keras.ops.convert_to_tensor(x.astype("float32")).requires_grad_()
    (model(theirs) ** 2).sum().backward()
    ours = Tensor(x.astype("float32"), requires_grad=True)
    (network(ours) ** 2).sum().backward()
    np.testing.assert_allclose(ours.grad, theirs.grad.cpu().numpy(), rtol=0, atol=1e-4 * abs(ours.grad).max())
