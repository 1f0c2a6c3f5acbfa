"""PyTorch's numbers: optimisers, losses, layers, networks and first weights give the same as a record of them.

The record makes PyTorch unnecessary; where it is installed, a test checks that it still gives what is recorded.
"""

import json
from functools import cache, partial

import numpy as np
import pytest

from inversa import nn
from inversa.autograd import Tensor, Value, elu, leaky_relu, log_softmax, relu, sigmoid, softmax, softplus, tanh
from inversa.nn import losses, optim, schedules

from .torch_reference import cases


def test_the_record_is_what_torch_gives(request):
    pytest.importorskip("torch", reason="PyTorch is not installed: its recorded numbers are used unchecked")
    from .torch_reference import record

    records = record.record()
    if request.config.getoption("--overwrite"):
        record.write(records)
        reference.cache_clear()
    for name, numbers in records.items():
        check(name, numbers, 1e-12)


@cache
def reference():
    return json.loads(cases.REFERENCE.read_text(encoding="utf-8"))


def check(name, ours, tolerance):
    """Differences count in units of the number itself where it is larger than 1."""
    theirs = {key: np.array(numbers) for key, numbers in reference()[name].items()}
    assert {key: np.shape(numbers) for key, numbers in ours.items()} == {key: x.shape for key, x in theirs.items()}
    for key, x in theirs.items():
        worst = np.max(np.abs(ours[key] - x) / np.maximum(1, np.abs(x)))
        assert worst <= tolerance, f"{name}: {key} differs from PyTorch's by {worst:.1e}"


def test_every_case_is_recorded_once():
    names = [case.name for case in cases.OPTIMISERS + cases.FUNCTIONS]
    assert sorted(names) == sorted(reference().keys() - {"torch"})


def case_named(name):
    return next(case for case in cases.OPTIMISERS + cases.FUNCTIONS if case.name == name)


# Optimisers.

OPTIMISERS = {
    "SGD": optim.SGD,
    "Adagrad": optim.AdaGrad,
    "RMSprop": lambda parameters, lr, alpha=0.99, eps=1e-8: optim.RMSProp(parameters, lr, beta=alpha, eps=eps),
    "Adam": optim.Adam,
    "AdamW": optim.AdamW,
}
SCHEDULES = {
    "StepLR": lambda step_size, gamma: schedules.StepDecay(every=step_size, factor=gamma),
    "ExponentialLR": schedules.ExponentialDecay,
    "CosineAnnealingLR": lambda T_max: schedules.Cosine(steps=T_max),
    "time_decay": schedules.TimeDecay,
}
CLIPS = {"clip_grad_norm_": optim.clip_grad_norm, "clip_grad_value_": optim.clip_grad_value}


def parametrized(group):
    return pytest.mark.parametrize("case", group, ids=lambda case: case.name)


def path_of(case, optimiser):
    """The parameters after some of the steps."""
    W, b = parameters = [nn.Parameter(cases.START[name], name=name) for name in "Wb"]
    groups = [W, b] if case.lr_of_b is None else [{"params": [W]}, {"params": [b], "lr": case.lr_of_b}]
    optimizer = optimiser(groups, **case.settings)
    scheduler = case.schedule and schedules.Scheduler(optimizer, SCHEDULES[case.schedule](**case.schedule_settings))
    path = []
    for step in range(1, cases.STEPS[-1] + 1):
        optimizer.zero_grad()
        cases.cost(W, b).backward()
        if case.clip:
            CLIPS[case.clip](parameters, case.limit)
        optimizer.step()
        if scheduler:
            scheduler.step()
        if step in cases.STEPS:
            path.append((W.tolist(), b.tolist()))
    return {name: np.array([point[i] for point in path]) for i, name in enumerate("Wb")}


@parametrized(cases.OPTIMISERS)
def test_optimizers_take_torchs_path_for_200_steps(case):
    check(case.name, path_of(case, OPTIMISERS[case.optimiser]), 1e-12)


@pytest.mark.parametrize("form", ["classical", "ema"])
def test_momentum_in_either_form_is_torchs_at_a_constant_rate(form):
    def momentum(parameters, lr, momentum):
        return optim.Momentum(parameters, lr if form == "classical" else lr / (1 - momentum), momentum, form)

    check("SGD, momentum", path_of(case_named("SGD, momentum"), momentum), 1e-12)


# Activations, losses, layers and networks: values and gradients.


def linear(x, weight, bias=None):
    layer = nn.Linear(*weight.shape[::-1], bias=bias is not None)
    layer.weight, layer.bias = weight, bias
    return layer(x)


def conv2d(x, weight, bias=None, stride=1, padding=0):
    outputs, inputs, *size = weight.shape
    layer = nn.Conv2d(inputs, outputs, size, stride, padding, bias=bias is not None)
    layer.weight, layer.bias = weight, bias
    return layer(x)


def network(parameters, activation, output="identity", **settings):
    psi = partial(FUNCTIONS[activation], **settings) if settings else activation
    model = nn.MLP([3, 5, 4, 2], psi, output)
    for layer, weight, bias in zip(model.layers, parameters[::2], parameters[1::2], strict=True):
        layer.weight, layer.bias = weight, bias
    return model


def initial_scale(rule, shape):
    draw, plain = {
        "xavier_uniform_": (nn.init.glorot_uniform, nn.init.uniform),
        "xavier_normal_": (nn.init.glorot_normal, partial(nn.init.normal, deviation=1.0)),
        "kaiming_uniform_": (nn.init.he_uniform, nn.init.uniform),
        "kaiming_normal_": (nn.init.he_normal, partial(nn.init.normal, deviation=1.0)),
    }[rule]
    return abs(draw(shape, seed=0)).max() / abs(plain(shape, seed=0)).max()


FUNCTIONS = {
    # Activations.
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": lambda x, negative_slope=0.01: leaky_relu(x, slope=negative_slope),
    "elu": elu,
    "softplus": softplus,
    "softmax": softmax,
    "log_softmax": log_softmax,
    # Losses.
    "mse_loss": losses.mean_squared_error,
    "half_squared_error": losses.half_squared_error,
    "half_mean_squared_error": losses.half_mean_squared_error,
    "l1_loss": losses.absolute_error,
    "huber_loss": losses.huber,
    "binary_cross_entropy": losses.binary_cross_entropy_of_probabilities,
    "binary_cross_entropy_with_logits": losses.binary_cross_entropy,
    "cross_entropy": losses.cross_entropy,
    "multilabel_cross_entropy": losses.multilabel_cross_entropy,
    "hinge": losses.hinge,
    "weighted": lambda prediction, loss, **settings: FUNCTIONS[loss](prediction, **settings),
    # Layers and networks.
    "linear": linear,
    "conv2d": conv2d,
    "max_pool2d": lambda x, kernel_size, stride=None, padding=0: nn.MaxPool2d(kernel_size, stride, padding)(x),
    "avg_pool2d": lambda x, kernel_size, stride=None, padding=0: nn.AvgPool2d(kernel_size, stride, padding)(x),
    "flatten": lambda x: nn.Flatten()(x),
    "dropout": lambda x, p, training: nn.Dropout(p).train(training)(x),
    "kept_by_dropout": lambda p: nn.Dropout(p, seed=0)(Tensor(np.ones(100))).max(),
    "mlp": lambda x, *parameters, **settings: network(parameters, **settings)(x),
    # First weights.
    "initial_scale": initial_scale,
}


@parametrized(cases.FUNCTIONS)
def test_values_and_gradients_are_torchs(case):
    arrays = {name: nn.Parameter(array, name=name) for name, array in case.arrays.items()}
    value = FUNCTIONS[case.function](*arrays.values(), **case.settings)
    if arrays:
        value.backward(cases.upstream(value.shape))
    check(case.name, {"value": getattr(value, "data", value)} | {name: x.grad for name, x in arrays.items()}, 1e-10)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (losses.squared_error, "mse, sum"),
        (losses.mean_squared_error, "mse, mean"),
        (losses.half_squared_error, "half squared error, sum"),
        (losses.half_mean_squared_error, "half mean squared error, mean"),
        (losses.absolute_error, "l1, mean"),
        (losses.huber, "huber, mean"),
        (losses.binary_cross_entropy_of_probabilities, "bce, mean"),
        (losses.binary_cross_entropy, "bce, logits, mean"),
        (losses.cross_entropy, "cross-entropy, labels, mean"),
        (losses.multilabel_cross_entropy, "multilabel, mean"),
        (losses.hinge, "hinge, mean"),
    ],
    ids=lambda part: getattr(part, "name", part),
)
def test_scaling_unless_told_otherwise(loss, name):
    case = case_named(name)
    prediction = nn.Parameter(case.arrays["prediction"])
    value = loss(prediction, case.settings["target"])
    value.backward(cases.upstream(()))
    check(name, {"value": getattr(value, "data", value), "prediction": prediction.grad}, 1e-10)


# The same of Values, one a number.


def mapped(function, nested):
    return [mapped(function, x) for x in nested] if isinstance(nested, list) else function(nested)


def plain(nested, part):
    return np.array(mapped(lambda value: getattr(value, part), nested))


def flat(nested):
    return [x for part in nested for x in flat(part)] if isinstance(nested, list) else [nested]


def backward(value):
    """Feed the upstream gradient into nested lists of Values, or into one."""
    upstream = cases.upstream(plain(value, "data").shape).ravel().tolist()
    sum(g * x for g, x in zip(upstream, flat(value), strict=True)).backward()


@parametrized(cases.LOSSES)
def test_losses_of_values_are_torchs(case):
    prediction = mapped(Value, case.arrays["prediction"].tolist())
    value = FUNCTIONS[case.function](prediction, **case.settings)
    backward(value)
    check(case.name, {"value": plain(value, "data"), "prediction": plain(prediction, "grad")}, 1e-10)


@parametrized(cases.NETWORKS)
def test_neurons_are_torchs(case):
    x, *parameters = case.arrays.values()
    neurons = network([nn.Parameter(parameter) for parameter in parameters], **case.settings).neurons()
    x = mapped(Value, x.tolist())
    value = neurons(x)
    backward(value)
    ours = {"value": plain(value, "data"), "x": plain(x, "grad")}
    for number, layer in enumerate(neurons.layers, start=1):
        ours[f"W{number}"] = plain([neuron.weights for neuron in layer.neurons], "grad")
        ours[f"b{number}"] = plain([neuron.bias for neuron in layer.neurons], "grad")
    check(case.name, ours, 1e-12)
