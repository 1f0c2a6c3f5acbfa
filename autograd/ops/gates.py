"""Activation functions x · gate(x): smooth relatives of the rectifier, whose gates open slowly from 0 to 1."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

from inversa.autograd import checks
from inversa.autograd.ops.activations import sigmoid, softplus, tanh
from inversa.autograd.ops.arithmetic import clip
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.elementary import exp
from inversa.autograd.ops.error_functions import erfc
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule

# Beyond, every gate is 0 or 1 to the last digit and its slope is 0: also −∞ and ∞ times these are, and not nan.
_FAR = 800.0


def _open(xp: Any, x: Any, gate: Any) -> Any:
    return xp.maximum(x, -_FAR) * gate


def _near(x: Any) -> Any:
    return clip(x, -_FAR, _FAR)


@operation("silu", Rule.ACTIVATION, derivatives=("σ({x}) + {x} · σ({x}) · σ(−{x})",))
def silu(xp: Any, x: Any) -> Any:
    """x · σ(x), also called swish.

    S. Elfwing, E. Uchibe, K. Doya, "Sigmoid-weighted linear units for neural network function approximation in
    reinforcement learning", 2017.

    >>> from inversa.autograd import silu
    >>> silu(0.0), silu(1.0)
    (0.0, 0.7310585786300049)
    """
    return _open(xp, x, sigmoid.forward(xp, x))


silu.pullbacks(lambda g, _y, x: g * (sigmoid(x) + _near(x) * sigmoid(x) * sigmoid(-x)))

swish = silu


@operation(
    "mish",
    Rule.ACTIVATION,
    derivatives=("tanh(softplus({x})) + {x} · σ({x}) · (1 − tanh(softplus({x}))²)",),
)
def mish(xp: Any, x: Any) -> Any:
    """x · tanh(ln(1 + eˣ)).

    D. Misra, "Mish: A self regularized non-monotonic activation function", 2019.

    >>> from inversa.autograd import mish
    >>> mish(0.0), mish(1.0)
    (0.0, 0.8650983882673103)
    """
    return _open(xp, x, xp.tanh(softplus.forward(xp, x)))


def _slope_of_mish(g: Any, _y: Any, x: Any) -> Any:
    gate = tanh(softplus(x))
    return g * (gate + _near(x) * sigmoid(x) * (1 - gate * gate))


mish.pullbacks(_slope_of_mish)

_CUBIC = 0.044715


@operation(
    "gelu",
    Rule.ACTIVATION,
    derivatives=("Φ({x}) + {x} · φ({x})",),
    examples=(Example(((),)), Example(((2, 3),)), Example(((2, 3),), {"approximate": "tanh"})),
)
def gelu(xp: Any, x: Any, approximate: str = "none") -> Any:
    """x · Φ(x), where Φ is the area under the bell curve up to x; with ``approximate="tanh"`` nearly that.

    D. Hendrycks, K. Gimpel, "Gaussian error linear units (GELUs)", 2016.

    >>> from inversa.autograd import gelu
    >>> gelu(1.0), gelu(1.0, approximate="tanh")
    (0.8413447460685429, 0.8411919906082768)
    """
    if checks.choice("approximate", approximate, ("none", "tanh")) == "tanh":
        return _open(xp, x, sigmoid.forward(xp, 2 * _inner(xp.maximum(xp.minimum(x, _FAR), -_FAR))))
    return _open(xp, x, erfc.forward(xp, x * -sqrt(1 / 2)) / 2)


def _inner(x: Any) -> Any:
    """That of which (1 + tanh)/2, and so σ of the double, is nearly Φ(x)."""
    return sqrt(2 / pi) * (x + _CUBIC * x * x * x)


def _slope_of_gelu(g: Any, _y: Any, x: Any, *, approximate: str = "none") -> Any:
    near = _near(x)
    if approximate == "none":
        return g * (erfc(x * -sqrt(1 / 2)) / 2 + near * exp(-x * x / 2) / sqrt(2 * pi))
    inner = 2 * _inner(near)
    slope = 2 * sqrt(2 / pi) * (1 + 3 * _CUBIC * near * near)
    return g * (sigmoid(inner) + near * slope * sigmoid(inner) * sigmoid(-inner))


gelu.pullbacks(_slope_of_gelu)
