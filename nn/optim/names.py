"""Optimisers by name, as ``compile(optimizer="adam")`` takes them."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter
from typing import Any, Literal

from inversa.autograd import checks
from inversa.nn.optim.adaptive import AdaGrad, Adam, AdamW, RMSProp
from inversa.nn.optim.gradient_descent import SGD, Momentum
from inversa.nn.optim.optimizer import Optimizer

Name = Literal["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw"]

LR = 0.01  # of an optimiser that says none itself

NAMES: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "adagrad": AdaGrad,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
}


def named(
    optimizer: Name | Optimizer | type[Optimizer] | Callable[[list[Any]], Optimizer],
    parameters: list[Any],
    lr: float | None = None,
) -> Optimizer:
    """An optimiser of these parameters: from its name or class, or a function; one that exists is returned as it is.

    Raises
    ------
    ValueError
        For a name that is none of them; the error lists those that are. For a learning rate that would not be used.
    TypeError
        For anything else.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.nn.optim.names import named
    >>> named("sgd", [Value(1.0)], lr=0.5).lr
    0.5
    """
    given: Any = optimizer
    if isinstance(given, str):
        given = NAMES[checks.choice("optimizer", given.lower(), NAMES, "an Optimizer")]
    if isinstance(given, type) and issubclass(given, Optimizer):
        usual = given.__signature__.parameters["lr"].default  # none for SGD and Momentum
        rate = lr if lr is not None else LR if usual is Parameter.empty else usual
        return given(parameters, lr=rate)  # type: ignore[abstract]  # a subclass, which is not
    if lr is not None:
        raise ValueError("lr is for an optimizer given by its name or class: this one has a learning rate of its own")
    if callable(given) and not isinstance(given, type):
        given = given(parameters)
    if not isinstance(given, Optimizer):
        wanted = "a name, an Optimizer, or a function that makes one of a list of parameters"
        raise checks.wrong("optimizer", wanted, given, "'adam'", TypeError)
    return given
