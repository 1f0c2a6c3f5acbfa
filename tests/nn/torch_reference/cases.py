"""What is compared with PyTorch: names, inputs and settings, in PyTorch's vocabulary. Needs neither PyTorch nor us.

`record` computes every case with PyTorch and keeps the numbers in ``reference.json``; `test_against_torch` computes it
with our code and compares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

REFERENCE = Path(__file__).with_name("reference.json")


def numbers(seed: int, *shape: int) -> Array:
    """Random numbers between −1 and 1, the same for ever.

    NumPy promises that for the raw bits of a bit generator, not for what a Generator makes of them (NEP 19).
    """
    return (np.random.PCG64(seed).random_raw(math.prod(shape)) / 2.0**63 - 1).reshape(shape)


def upstream(shape: tuple[int, ...]) -> Array:
    """The gradient that flows into a value of this shape, between 1 and 3; no two entries are alike."""
    return 2 + numbers(0, *shape)


START = {"W": np.array([[-0.5, 0.8], [1.7, 0.4]]), "b": np.array([0.3, -0.2])}
STEPS = (1, 2, 3, 10, 50, 100, 200)


def cost(W: Any, b: Any) -> Any:
    """A bent valley like Rosenbrock's: the floor is where W₀ᵢ W₁ᵢ = bᵢ, the minimum where all are 1."""
    return ((1 - W) ** 2).sum() + 10 * ((b - W[0] * W[1]) ** 2).sum()


@dataclass(frozen=True)
class Function:
    """A function of arrays: its value is compared, and the gradients of Σ upstream · value."""

    name: str
    function: str
    arrays: dict[str, Array]
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Descent:
    """An optimiser's way down `cost` from `START`: the parameters after `STEPS` are compared."""

    name: str
    optimiser: str
    settings: dict[str, Any]
    schedule: str | None = None
    schedule_settings: dict[str, Any] = field(default_factory=dict)
    clip: str | None = None
    limit: float = math.inf
    lr_of_b: float | None = None  # b then forms a second group of parameters


def _optimisers() -> list[Descent]:
    """All so gentle that no path is unstable: there the last bits would grow into differences that say nothing."""
    decays = {
        "StepLR": {"step_size": 30, "gamma": 0.5},
        "ExponentialLR": {"gamma": 0.98},
        "CosineAnnealingLR": {"T_max": 200},
        "time_decay": {"gamma": 0.05},
    }
    momentum = {"lr": 0.002, "momentum": 0.9}
    return [
        Descent("SGD", "SGD", {"lr": 0.01}),
        Descent("SGD, momentum", "SGD", momentum),
        Descent("SGD, Nesterov", "SGD", {**momentum, "nesterov": True}),
        Descent("SGD, two groups", "SGD", momentum, lr_of_b=0.005),
        Descent("SGD, norm clipped", "SGD", momentum, clip="clip_grad_norm_", limit=2.0),
        Descent("SGD, values clipped", "SGD", momentum, clip="clip_grad_value_", limit=0.5),
        *(Descent(f"SGD, {name}", "SGD", momentum, name, settings) for name, settings in decays.items()),
        Descent("Adagrad", "Adagrad", {"lr": 0.1}),
        Descent("Adagrad, large eps", "Adagrad", {"lr": 0.1, "eps": 0.5}),
        Descent("RMSprop", "RMSprop", {"lr": 0.01}),
        Descent("RMSprop, large eps", "RMSprop", {"lr": 0.01, "alpha": 0.9, "eps": 0.5}),
        Descent("Adam", "Adam", {"lr": 0.05}),
        Descent("Adam, other betas, large eps", "Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 0.5}),
        Descent("Adam, two groups", "Adam", {"lr": 0.05}, lr_of_b=0.01),
        Descent("Adam, StepLR", "Adam", {"lr": 0.05}, "StepLR", decays["StepLR"]),
        Descent("AdamW", "AdamW", {"lr": 0.05}),
        Descent("AdamW, large decay", "AdamW", {"lr": 0.05, "weight_decay": 0.3}),
    ]


def _activations() -> list[Function]:
    ends = [1e-8, 0.1, 1.0, 5.0, 19.5, 20.5, 36.0, 38.0, 100.0, 700.0, 1000.0]
    x = {"x": np.array([-z for z in reversed(ends)] + [0.0, *ends])}
    rows = {"x": np.concatenate([4 * numbers(1, 3, 4), [[1e4, -1e4, 0, 1], [-1e4, -1e4, -1e4, -1e4]]])}
    return [
        Function("sigmoid", "sigmoid", x),
        Function("tanh", "tanh", x),
        Function("relu", "relu", x),
        Function("leaky_relu", "leaky_relu", x),
        Function("leaky_relu, slope 0.1", "leaky_relu", x, {"negative_slope": 0.1}),
        Function("elu", "elu", x),
        Function("elu, alpha 1.5", "elu", x, {"alpha": 1.5}),
        Function("softplus", "softplus", x),
        Function("softmax", "softmax", rows),
        Function("log_softmax", "log_softmax", rows),
    ]


def _losses() -> list[Function]:
    prediction, target = 3 * numbers(2, 5, 3), 3 * numbers(3, 5, 3)
    probability, share = (1 + numbers(4, 5, 3)) / 2, (1 + numbers(5, 5, 3)) / 2
    yes = np.round(share)
    rows = share / share.sum(axis=1, keepdims=True)
    extreme = np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4], [1e4, 1e4, -1e4]])
    pairs: dict[str, tuple[str, Array, dict[str, Any]]] = {
        "mse": ("mse_loss", prediction, {"target": target}),
        "half squared error": ("half_squared_error", prediction, {"target": target}),
        "half mean squared error": ("half_mean_squared_error", prediction, {"target": target}),
        "l1": ("l1_loss", prediction, {"target": np.where(yes == 1, target, prediction)}),  # some without an error
        "huber": ("huber_loss", prediction, {"target": target}),
        "huber, delta 0.3": ("huber_loss", prediction, {"target": target, "delta": 0.3}),
        "bce": ("binary_cross_entropy", probability, {"target": share}),
        "bce, logits": ("binary_cross_entropy_with_logits", prediction, {"target": share}),
        "bce, extreme logits": ("binary_cross_entropy_with_logits", extreme, {"target": yes[:3]}),
        "cross-entropy, labels": ("cross_entropy", prediction, {"target": np.array([2, 0, 1, 1, 2])}),
        "cross-entropy, probabilities": ("cross_entropy", prediction, {"target": rows}),
        "cross-entropy, extreme logits": ("cross_entropy", extreme, {"target": np.array([0, 0, 2])}),
        "cross-entropy, extreme, probabilities": ("cross_entropy", extreme, {"target": rows[:3]}),
        "multilabel": ("multilabel_cross_entropy", prediction, {"target": yes}),
        "hinge": ("hinge", prediction, {"target": 2 * yes - 1}),
    }
    reduced = [
        Function(f"{name}, {reduction}", loss, {"prediction": z}, {**settings, "reduction": reduction})
        for (name, (loss, z, settings)), reduction in product(pairs.items(), ("mean", "sum", "none"))
    ]
    weights = np.array([0.5, 2.0, 0.0, 1.0, 3.0])
    weighted = [
        Function(
            f"{name}, weighted {reduction}",
            "weighted",
            {"prediction": z},
            {"loss": loss, **settings, "reduction": reduction, "weights": weights},
        )
        for (name, (loss, z, settings)), reduction in product(pairs.items(), ("mean", "sum"))
        if len(z) == len(weights)
    ]
    return reduced + weighted


def _layers() -> list[Function]:
    line, image = 2 * numbers(6, 4, 3), 2 * numbers(7, 2, 2, 5, 6)
    affine = {"weight": numbers(8, 2, 3), "bias": numbers(9, 2)}

    def kernel(outputs: int, *size: int) -> dict[str, Array]:
        return {"x": image, "weight": numbers(10, outputs, 2, *size), "bias": numbers(11, outputs)}

    return [
        Function("linear", "linear", {"x": line, **affine}),
        Function("linear, no bias", "linear", {"x": line, "weight": affine["weight"]}),
        Function("linear, sequences", "linear", {"x": numbers(12, 2, 4, 3), **affine}),
        Function("conv2d, 3x3", "conv2d", kernel(2, 3, 3)),
        Function("conv2d, 3x3, no bias", "conv2d", {"x": image, "weight": numbers(13, 3, 2, 3, 3)}),
        Function("conv2d, 3x3, padding 1", "conv2d", kernel(1, 3, 3), {"padding": 1}),
        Function("conv2d, 3x3, stride 2, padding 1", "conv2d", kernel(4, 3, 3), {"stride": 2, "padding": 1}),
        Function("conv2d, 2x3, oblong", "conv2d", kernel(2, 2, 3), {"stride": (2, 1), "padding": (1, 0)}),
        Function("conv2d, 1x1", "conv2d", kernel(4, 1, 1)),
        Function("conv2d, all of the image", "conv2d", kernel(3, 5, 6)),
        Function("max_pool2d, 2", "max_pool2d", {"x": image}, {"kernel_size": 2}),
        Function("max_pool2d, overlapping", "max_pool2d", {"x": image}, {"kernel_size": 3, "stride": 2, "padding": 1}),
        Function("max_pool2d, oblong", "max_pool2d", {"x": image}, {"kernel_size": (2, 3), "stride": (1, 2)}),
        Function("avg_pool2d, 2", "avg_pool2d", {"x": image}, {"kernel_size": 2}),
        Function("avg_pool2d, overlapping", "avg_pool2d", {"x": image}, {"kernel_size": 3, "stride": 2, "padding": 1}),
        Function("avg_pool2d, oblong", "avg_pool2d", {"x": image}, {"kernel_size": (2, 3), "stride": (1, 2)}),
        Function("flatten", "flatten", {"x": image[:, :, :2, :2]}),
        Function("dropout, not training", "dropout", {"x": line}, {"p": 0.3, "training": False}),
        Function("dropout, what is kept", "kept_by_dropout", {}, {"p": 0.3}),
    ]


def _networks() -> list[Function]:
    arrays = {"x": 2 * numbers(14, 4, 3)}
    for number, (inputs, outputs) in enumerate([(3, 5), (5, 4), (4, 2)], start=1):
        arrays |= {f"W{number}": numbers(14 + number, outputs, inputs), f"b{number}": numbers(17 + number, outputs)}
    hidden: dict[str, dict[str, Any]] = {
        "tanh": {},
        "relu": {},
        "sigmoid": {},
        "leaky_relu": {"negative_slope": 0.1},
        "elu": {},
        "softplus": {},
        "softmax": {},
    }
    return [
        Function(f"3-5-4-2, {name}", "mlp", arrays, {"activation": name, **settings})
        for name, settings in hidden.items()
    ] + [Function("3-5-4-2, softmax at the output", "mlp", arrays, {"activation": "tanh", "output": "softmax"})]


def _initialisers() -> list[Function]:
    rules = ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_")
    return [
        Function(f"{rule}, {'x'.join(map(str, shape))}", "initial_scale", {}, {"rule": rule, "shape": shape})
        for rule, shape in product(rules, ((5, 3), (2, 7), (4, 3, 5, 5), (2, 1, 3, 2)))
    ]


OPTIMISERS = _optimisers()
ACTIVATIONS = _activations()
LOSSES = _losses()
LAYERS = _layers()
NETWORKS = _networks()
INITIALISERS = _initialisers()
FUNCTIONS = ACTIVATIONS + LOSSES + LAYERS + NETWORKS + INITIALISERS
