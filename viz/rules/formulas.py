"""The rules of a network and of its inverse, each a formula in the numbers of one neuron and of those around it.

They are run on whatever has the operations of `Interval`: on intervals for a diagnosis and for the answers, on names
for the equations, on sums of products for pages. A test holds them to `InverseNetwork`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from inversa.autograd import Rule
from inversa.viz.rules.intervals import exact

Quantity = Any  # an Interval, a Sum, or a formula in names
Formula = Callable[["Numbers", int], Quantity]
HALF = Fraction(1, 2)  # exact with fractions, too


class Activation(NamedTuple):
    """ψ, and ψ′ from the output a = ψ(z) and from z."""

    psi: Callable[[Quantity], Quantity]
    slope: Callable[[Quantity, Quantity], Quantity]


ACTIVATIONS = {
    "sigmoid": Activation(lambda z: z.sigmoid(), lambda a, z: a.times_rest()),
    "tanh": Activation(lambda z: z.tanh(), lambda a, z: a.rest_of_square()),
    "relu": Activation(lambda z: z.relu(), lambda a, z: z.positive()),
}
SYMBOLS = {"σ": "sigmoid", "tanh": "tanh", "relu": "relu", "": ""}  # what ψ is called in a drawing, and here


class Loss(NamedTuple):
    """L and L′, of the output h and the target y."""

    cost: Callable[[Quantity, Quantity], Quantity]
    slope: Callable[[Quantity, Quantity], Quantity]


LOSSES = {
    "squared_error": Loss(lambda h, y: (h - y).square(), lambda h, y: 2 * (h - y)),
    "half_squared_error": Loss(lambda h, y: HALF * (h - y).square(), lambda h, y: h - y),
    "binary_cross_entropy": Loss(
        lambda h, y: -(y * h.log() + (1 - y) * (1 - h).log()),
        lambda h, y: (1 - y) / (1 - h) - y / h,
    ),
}


def loss_of(h: Any, y: Any, J: Any, slope: Any) -> str:
    """Which loss it is, told from what it gives: its formula may be written in many ways. Empty for any other.

    >>> loss_of(0.5, 1.0, 0.25, -1.0), loss_of(0.5, 1.0, 0.5, 1.0)
    ('squared_error', '')
    """
    if not all(isinstance(number, float) for number in (h, y, J, slope)):
        return ""
    for name, loss in LOSSES.items():
        if name == "binary_cross_entropy" and not (0 < h < 1 and 0 <= y <= 1):
            continue
        known = loss.cost(exact(h), exact(y)), loss.slope(exact(h), exact(y))
        if _near(known[0].middle, J) and _near(known[1].middle, slope):
            return name
    return ""


def _near(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


class Numbers:
    """What the rules may look at: the numbers of a neuron, and the neurons around it. An input has an output alone.

    Attributes
    ----------
    weights, sources : list
        The weights, and the inputs or neurons whose outputs they multiply.
    bias : Quantity or None
    onward : list of (Numbers, int)
        The neurons that the output goes to, and which of their inputs it is.
    layer, place : list of Numbers, int
        The neurons of the layer, and which of them this is.
    activation, loss : str
        Empty where there is no ψ, and where the output is not compared with the target, or with a loss of another kind.
    z, a, returned, delta : Quantity
        The sum, the output, ∂J/∂a and ∂J/∂z.
    """

    __slots__ = (
        "a", "activation", "alpha", "bias", "bias_gradient", "delta", "layer", "loss", "onward", "place", "returned",
        "sources", "target", "weight_gradients", "weights", "z",
    )  # fmt: skip

    def __init__(self, activation: str = "", loss: str = "") -> None:
        self.activation, self.loss = activation, loss
        self.weights: list[Quantity] = []
        self.bias: Quantity | None = None
        self.sources: list[Numbers] = []
        self.onward: list[tuple[Numbers, int]] = []
        self.layer: list[Numbers] = []
        self.place = 0
        self.weight_gradients: list[Quantity] = []
        self.a: Quantity = None
        self.z: Quantity = None
        self.returned: Quantity = None
        self.delta: Quantity = None
        self.bias_gradient: Quantity = None
        self.target: Quantity = None
        self.alpha: Quantity = None


def total(terms: Iterable[Quantity]) -> Quantity:
    """The sum."""
    return reduce(add, terms)


def weighted_inputs(n: Numbers, _: int = 0) -> Quantity:
    """The weighted inputs alone, w₁a₁ + w₂a₂ + … without b."""
    return total(w * source.a for w, source in zip(n.weights, n.sources, strict=True))


def sum_of_inputs(n: Numbers, _: int = 0) -> Quantity:
    """z = w₁a₁ + w₂a₂ + … + b."""
    return weighted_inputs(n) if n.bias is None else weighted_inputs(n) + n.bias


def activated(n: Numbers, _: int = 0) -> Quantity:
    """a = ψ(z)."""
    return ACTIVATIONS[n.activation].psi(n.z)


def cost(n: Numbers, _: int = 0) -> Quantity:
    """J = L(h, y)."""
    return LOSSES[n.loss].cost(n.a, n.target)


def loss_slope(n: Numbers, _: int = 0) -> Quantity:
    """∂J/∂h = L′(h, y)."""
    return LOSSES[n.loss].slope(n.a, n.target)


def sum_of_outputs(n: Numbers, _: int = 0) -> Quantity:
    """∂J/∂a = w₁δ₁ + w₂δ₂ + …, of all neurons that a goes to."""
    return total(user.weights[k] * user.delta for user, k in n.onward)


def delta(n: Numbers, _: int = 0) -> Quantity:
    """δ = ∂J/∂a · ψ′(z)."""
    return n.returned * ACTIVATIONS[n.activation].slope(n.a, n.z)


def weight_gradient(n: Numbers, i: int) -> Quantity:
    """∂J/∂w = a · δ."""
    return n.sources[i].a * n.delta


def bias_gradient(n: Numbers, _: int = 0) -> Quantity:
    """∂J/∂b = δ."""
    return n.delta


def new_weight(n: Numbers, i: int) -> Quantity:
    """w − α · ∂J/∂w."""
    return n.weights[i] - n.alpha * n.weight_gradients[i]


def new_bias(n: Numbers, _: int = 0) -> Quantity:
    """b − α · ∂J/∂b."""
    return n.bias - n.alpha * n.bias_gradient


RULES: dict[str, Formula] = {  # by the kind of cell
    "sum": sum_of_inputs,
    "output": activated,
    "cost": cost,
    "loss slope": loss_slope,
    "returned": sum_of_outputs,
    "delta": delta,
    "bias gradient": bias_gradient,
    "weight gradient": weight_gradient,
    "new bias": new_bias,
    "new weight": new_weight,
}
MARKS: dict[str, Rule | None] = {  # which of the eight rules that is; a step of gradient descent is none
    "sum": Rule.SUM,
    "output": Rule.ACTIVATION,
    "cost": Rule.LOSS,
    "loss slope": Rule.LOSS,
    "returned": Rule.BRANCHING,
    "delta": Rule.ACTIVATION,
    "bias gradient": Rule.CONSTANT_INPUT,
    "weight gradient": Rule.WEIGHTED_INPUT,
    "new bias": None,
    "new weight": None,
}
