"""Activation functions by name, and as modules."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from inversa.autograd import (
    checks,
    elu,
    gelu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    mish,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    step,
    tanh,
)
from inversa.nn.module import Module

if TYPE_CHECKING:
    from inversa.autograd import Value
    from inversa.autograd.ops.calls import Unary

Function = Callable[[Any], Any]


def identity(x: Any) -> Any:
    """x itself: a linear neuron."""
    return x


Name = Literal[
    "identity", "step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "softplus", "gelu", "silu", "swish",
    "mish",     "hard_tanh", "log_sigmoid", "softmax", "log_softmax",
]  # fmt: skip

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "identity": identity,
    "step": step,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "softplus": softplus,
    "gelu": gelu,
    "silu": silu,
    "swish": silu,
    "mish": mish,
    "hard_tanh": hard_tanh,
    "log_sigmoid": log_sigmoid,
    "softmax": softmax,
    "log_softmax": log_softmax,
}


def named(name: Name | Function, **params: Any) -> Function:
    """The activation function of that name; a function is returned as it is.

    Raises
    ------
    ValueError
        For a name that is none of them; the error lists those that are.

    Examples
    --------
    >>> from inversa.nn.activations import named
    >>> named("relu")(-2.0), named("leaky_relu", slope=0.1)(-2.0)
    (0.0, -0.2)
    """
    if isinstance(name, type):
        raise TypeError(f"an activation is a name, a function or a module: write {name.__name__}()")
    if callable(name):
        return name
    if str(name) == "maxout":
        raise ValueError(
            "maxout is no function of one sum: take a layer of it, Maxout(2, 8), or MLP([2, 8, 1], 'maxout')"
        )
    checks.choice("activation", name, FUNCTIONS, "a function")
    return partial(FUNCTIONS[name], **params) if params else FUNCTIONS[name]


def function(name: Name | Function, **params: Any) -> Function:
    """The former name of `named`."""
    warnings.warn("nn.activations.function is nn.activations.named now", DeprecationWarning, stacklevel=2)
    return named(name, **params)


class Activation(Module):
    """An activation function as a module, for `Sequential`.

    Parameters
    ----------
    name : str or callable
        ``"tanh"``, ``"relu"``, ``"sigmoid"``, … or a function.
    **params : object
        The function's own parameters, such as ``slope`` of a leaky ReLU.

    Examples
    --------
    >>> from inversa.nn import Activation
    >>> Activation("leaky_relu", slope=0.1)
    Activation(leaky_relu, slope=0.1)
    >>> Activation("leaky_relu", slope=0.1)(-2.0)
    -0.2
    """

    if TYPE_CHECKING:  # a Tensor of a Tensor, a Value of a Value
        __call__: Unary[[], Value, float]  # type: ignore[assignment]

    def __init__(self, name: Name | Function, **params: Any) -> None:
        self.function = named(name, **params)
        self.name = name if isinstance(name, str) else getattr(name, "__name__", "function")
        self.params = params

    def forward(self, x: Any) -> Any:
        """The function of x, element by element (softmax and its logarithm: along the last axis)."""
        return self.function(x)

    def extra_repr(self) -> str:
        """The function's name and parameters."""
        name = [self.name] if type(self) is Activation else []
        return ", ".join(name + [f"{key}={value}" for key, value in self.params.items()])


class Identity(Activation):
    """x itself."""

    def __init__(self) -> None:
        super().__init__("identity")


class Step(Activation):
    """The perceptron's threshold: 1 where x > 0, else 0. Its gradient is 0, so that nothing is learnt through it."""

    def __init__(self) -> None:
        super().__init__("step")


class Tanh(Activation):
    """The hyperbolic tangent, between −1 and 1."""

    def __init__(self) -> None:
        super().__init__("tanh")


class Sigmoid(Activation):
    """The logistic function 1 / (1 + e⁻ˣ), between 0 and 1."""

    def __init__(self) -> None:
        super().__init__("sigmoid")


class ReLU(Activation):
    """max(0, x)."""

    def __init__(self) -> None:
        super().__init__("relu")


class LeakyReLU(Activation):
    """x where positive, slope · x elsewhere; the lectures use a slope of 0.1, most libraries 0.01."""

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__("leaky_relu", slope=slope)


class ELU(Activation):
    """x where positive, α (eˣ − 1) elsewhere."""

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__("elu", alpha=alpha)


class SELU(Activation):
    """A scaled ELU that keeps the mean of the signals at 0 and their variance at 1."""

    def __init__(self) -> None:
        super().__init__("selu")


class GELU(Activation):
    """x · Φ(x), with the area Φ under the bell curve; nearly that with ``approximate="tanh"``, which is faster."""

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        checks.choice("approximate", approximate, ("none", "tanh"))
        super().__init__("gelu", **({} if approximate == "none" else {"approximate": approximate}))


class SiLU(Activation):
    """x · σ(x), also called swish."""

    def __init__(self) -> None:
        super().__init__("silu")


class Mish(Activation):
    """x · tanh(ln(1 + eˣ))."""

    def __init__(self) -> None:
        super().__init__("mish")


class Hardtanh(Activation):
    """x between −1 and 1, and −1 or 1 beyond."""

    def __init__(self) -> None:
        super().__init__("hard_tanh")


class Softplus(Activation):
    """ln(1 + eˣ), a smooth ReLU."""

    def __init__(self) -> None:
        super().__init__("softplus")


class Softmax(Activation):
    """eˣ / Σ eˣ along the last axis: positive, and sums to 1."""

    def __init__(self) -> None:
        super().__init__("softmax")


class LogSoftmax(Activation):
    """ln softmax(x) along the last axis, without overflow."""

    def __init__(self) -> None:
        super().__init__("log_softmax")
