"""The cases computed by PyTorch. To write the numbers anew: pytest tests/nn/test_against_torch.py --overwrite"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import lr_scheduler

from .cases import FUNCTIONS, OPTIMISERS, REFERENCE, START, STEPS, Array, Descent, Function, cost, upstream

Record = dict[str, Array]


def descent(case: Descent) -> Record:
    """The parameters after some of the steps."""
    parameters = {name: torch.tensor(start, requires_grad=True) for name, start in START.items()}
    groups: Any = list(parameters.values())
    if case.lr_of_b is not None:
        groups = [{"params": [parameters["W"]]}, {"params": [parameters["b"]], "lr": case.lr_of_b}]
    optimiser = getattr(torch.optim, case.optimiser)(groups, **case.settings)
    schedule = case.schedule and named(case.schedule, lr_scheduler)(optimiser, **case.schedule_settings)
    path = []
    for step in range(1, STEPS[-1] + 1):
        optimiser.zero_grad()
        cost(**parameters).backward()
        if case.clip:
            getattr(nn.utils, case.clip)(parameters.values(), case.limit)
        optimiser.step()
        if schedule:
            schedule.step()
        if step in STEPS:
            path.append({name: parameter.tolist() for name, parameter in parameters.items()})
    return {name: np.array([point[name] for point in path]) for name in parameters}


def function(case: Function) -> Record:
    """The value, and the gradient of Σ upstream · value with respect to every array."""
    arrays = {name: torch.tensor(array, requires_grad=True) for name, array in case.arrays.items()}
    settings = {name: torch.tensor(x) if hasattr(x, "dtype") else x for name, x in case.settings.items()}
    value = named(case.function)(*arrays.values(), **settings)
    if arrays:
        value.backward(torch.tensor(upstream(value.shape)))
    return {"value": value.detach().numpy()} | {name: array.grad.numpy() for name, array in arrays.items()}


def named(name: str, home: Any = functional) -> Callable[..., Any]:
    """A function of this file, or else of PyTorch."""
    return globals().get(name) or getattr(home, name)


def record() -> dict[str, Record]:
    """All cases."""
    return {case.name: descent(case) for case in OPTIMISERS} | {case.name: function(case) for case in FUNCTIONS}


def write(records: dict[str, Record]) -> None:
    """Keep the numbers, a case a line; Python writes as many digits as tell one float64 from all others."""
    lines = [f'"torch": {json.dumps(torch.__version__)}']
    lines += [
        f"{json.dumps(name, ensure_ascii=False)}: {json.dumps({key: x.tolist() for key, x in record.items()})}"
        for name, record in records.items()
    ]
    REFERENCE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


# What PyTorch does not have, or has with other settings, in terms of what it has.


def time_decay(optimiser: torch.optim.Optimizer, gamma: float) -> Any:
    return lr_scheduler.LambdaLR(optimiser, lambda step: 1 / (1 + gamma * step))


def softplus(x: Tensor) -> Tensor:
    """Left alone, PyTorch gives x itself above 20, where ln(1 + eˣ) still differs by 2e-9."""
    return functional.softplus(x, threshold=40)


def softmax(x: Tensor) -> Tensor:
    return functional.softmax(x, dim=-1)


def log_softmax(x: Tensor) -> Tensor:
    return functional.log_softmax(x, dim=-1)


def flatten(x: Tensor) -> Tensor:
    return torch.flatten(x, start_dim=1)


def half_squared_error(prediction: Tensor, target: Tensor, reduction: str) -> Tensor:
    return functional.mse_loss(prediction, target, reduction=reduction) / 2


def half_mean_squared_error(prediction: Tensor, target: Tensor, reduction: str) -> Tensor:
    return reduced(functional.mse_loss(prediction, target, reduction="none").sum(1) / 2, reduction)


def multilabel_cross_entropy(prediction: Tensor, target: Tensor, reduction: str) -> Tensor:
    return reduced(functional.binary_cross_entropy_with_logits(prediction, target, reduction="none").sum(1), reduction)


def hinge(prediction: Tensor, target: Tensor, reduction: str) -> Tensor:
    return reduced(torch.clamp(1 - target * prediction, min=0), reduction)


def reduced(each: Tensor, reduction: str) -> Tensor:
    return each if reduction == "none" else getattr(each, reduction)()


def weighted(prediction: Tensor, loss: str, weights: Tensor, reduction: str, **settings: Any) -> Tensor:
    """Σ wᵢ lᵢ, and over Σ wᵢ for the mean; lᵢ is the sum, or mean, of what belongs to sample i."""
    each = named(loss)(prediction, **settings, reduction="none").reshape(len(weights), -1)
    return weights @ each.sum(1) if reduction == "sum" else weights @ each.mean(1) / weights.sum()


def mlp(x: Tensor, *parameters: Tensor, activation: str, output: str | None = None, **settings: Any) -> Tensor:
    """Weights and biases in turn; the settings are those of the hidden layers' activation."""
    *hidden, last = zip(parameters[::2], parameters[1::2], strict=True)
    for weight, bias in hidden:
        x = named(activation)(functional.linear(x, weight, bias), **settings)
    z = functional.linear(x, *last)
    return named(output)(z) if output else z


def kept_by_dropout(p: float) -> Tensor:
    """What becomes of a 1 that is not dropped."""
    return functional.dropout(torch.ones(100, dtype=torch.float64), p).max()


def initial_scale(rule: str, shape: tuple[int, ...]) -> Tensor:
    """By how much the weights of a rule are wider than uniform ones in ±1, or than standard normal ones."""
    weights, standard = torch.empty(2, *shape, dtype=torch.float64)
    settings = {"nonlinearity": "relu"} if rule.startswith("kaiming") else {}
    getattr(nn.init, rule)(weights, **settings, generator=torch.Generator().manual_seed(0))
    if "uniform" in rule:
        nn.init.uniform_(standard, -1, 1, generator=torch.Generator().manual_seed(0))
    else:
        nn.init.normal_(standard, generator=torch.Generator().manual_seed(0))
    return weights.abs().max() / standard.abs().max()
