"""Optimisers: what is done with the gradients."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from numbers import Real
from typing import Any

from inversa.autograd.node import Node
from inversa.nn.parameter import assign


class Optimizer:
    """The base class: a list of parameters and a learning rate; a subclass writes ``change``.

    Parameters
    ----------
    parameters : iterable of Parameter or Value
        What is to be changed: ``model.parameters()``.
    lr : float
        The learning rate α, positive.

    Raises
    ------
    ValueError
        When there are no parameters, one of them twice, or the learning rate is not a positive number.
    TypeError
        When something else than a Value or Tensor that was not computed is among them. Frozen ones are left alone.
    """

    def __init__(self, parameters: Iterable[Any], lr: float) -> None:
        self.parameters: list[Any] = list(parameters)
        if not self.parameters:
            raise ValueError("there is nothing to optimise: the list of parameters is empty")
        for parameter in self.parameters:
            if not isinstance(parameter, Node) or not parameter.is_leaf:
                raise TypeError(f"a parameter is a Value or Tensor that was not computed, not {parameter!r}")
        if len({id(parameter) for parameter in self.parameters}) < len(self.parameters):
            raise ValueError("a parameter is in the list twice: it would be changed twice at every step")
        self.lr = _positive("the learning rate", lr)

    def change(self, parameter: Any) -> Any:
        """What is to be added to a parameter, given its gradient; to be written by the subclass."""
        raise NotImplementedError(f"{type(self).__name__} has no change(): write what it adds to a parameter there")

    def step(self) -> None:
        """Change every parameter that has a gradient, in place; nothing is recorded."""
        for parameter in self.parameters:
            if parameter.grad is not None and parameter.requires_grad:
                # numpy(): a plain look at the array; .data would make the engine watch for changes from outside
                old = parameter.numpy() if hasattr(parameter, "numpy") else parameter.data
                assign(parameter, old + self.change(parameter))

    def zero_grad(self) -> None:
        """Forget all gradients: ``grad`` is None until the next backward pass."""
        for parameter in self.parameters:
            parameter.grad = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters)} parameters, lr={self.lr})"


class SGD(Optimizer):
    """Gradient descent: w ← w − α ∂J/∂w.

    Stochastic if the gradient is that of one sample, mini-batch if that of several: see `inversa.nn.data.batches`.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.nn import optim
    >>> w = Value(1.0)
    >>> optimizer = optim.SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    0.8
    """

    def change(self, parameter: Any) -> Any:
        """−α ∂J/∂w."""
        return -self.lr * parameter.grad


def _positive(name: str, number: object) -> float:
    if not isinstance(number, Real) or not (isfinite(number) and float(number) > 0):
        raise ValueError(f"{name} is a positive number, not {number!r}")
    return float(number)
