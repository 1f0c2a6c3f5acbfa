"""The activation functions ψ of the neurons, with their derivatives ψ′."""

from __future__ import annotations

from math import inf
from math import log as ln
from typing import Any

from inversa.autograd.ops.arithmetic import abs, divide, where
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.elementary import exp
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule


@operation("tanh", Rule.ACTIVATION, notation="tanh {x}", derivatives=("1 − {y}²",))
def tanh(xp: Any, x: Any) -> Any:
    """Hyperbolic tangent (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), between −1 and 1.

    >>> from inversa.autograd import tanh
    >>> tanh(0.0)
    0.0
    """
    return xp.tanh(x)


tanh.pullbacks(lambda g, y, _x: g * (1 - y * y))


@operation("σ", Rule.ACTIVATION, derivatives=("{y} · (1 − {y})",))
def sigmoid(xp: Any, x: Any) -> Any:
    """The logistic function σ(x) = 1 / (1 + e⁻ˣ), between 0 and 1; accurate and silent at both ends.

    >>> from inversa.autograd import sigmoid
    >>> sigmoid(0.0), sigmoid(-800.0)
    (0.5, 0.0)
    """
    # e^min(x, 0) / (1 + e^−|x|): nothing overflows. Maxima are vectorised, unlike choices; |x| has no complex form, and
    # −x is no opposite of a byte.
    opposite = x * -1.0
    return xp.exp(-xp.maximum(opposite, 0.0)) / (1 + xp.exp(-xp.maximum(x, opposite)))


sigmoid.pullbacks(lambda g, y, _x: g * y * (1 - y))


@operation("softplus", Rule.ACTIVATION, derivatives=("σ({x})",))
def softplus(xp: Any, x: Any) -> Any:
    """ln(1 + eˣ), a smooth ReLU; does not overflow.

    >>> from inversa.autograd import softplus
    >>> softplus(800.0)
    800.0
    """
    return xp.maximum(x, 0.0) + xp.log1p(xp.exp(-xp.maximum(x, x * -1.0)))


softplus.pullbacks(lambda g, _y, x: g * sigmoid(x))


@operation("ln σ", Rule.ACTIVATION, notation="ln σ({x})", derivatives=("σ(−{x})",))
def log_sigmoid(xp: Any, x: Any) -> Any:
    """ln σ(x) = −ln(1 + e⁻ˣ), the logarithm of a probability; does not overflow.

    >>> from inversa.autograd import log_sigmoid
    >>> log_sigmoid(-800.0)
    -800.0
    """
    return -softplus.forward(xp, x * -1.0)


log_sigmoid.pullbacks(lambda g, _y, x: g * sigmoid(-x))


@operation("logit", Rule.ACTIVATION, derivatives=("1 / ({x} · (1 − {x}))",), domain=((0.1, 0.9),))
def logit(xp: Any, x: Any) -> Any:
    """ln(x / (1 − x)), the inverse of σ; infinite at 0 and 1, nan beyond.

    >>> from inversa.autograd import logit
    >>> logit(0.5), logit(0.75)
    (0.0, 1.0986122886681098)
    """
    middle = (x > 0.3) & (x < 0.65)  # where the quotient is near 1 its logarithm has too few digits
    off = xp.where(middle, 2 * x - 1, 0.0)
    outer = xp.log(xp.divide(xp.where(middle, 0.5, x), 1 - xp.where(middle, 0.5, x)))
    return xp.where(middle, xp.log1p(off) - xp.log1p(-off), outer)


logit.pullbacks(lambda g, _y, x: divide(g, x * (1 - x)))


def _apart(xp: Any, a: Any, b: Any) -> Any:
    """The smaller of two numbers minus the larger; 0 where they are equal: infinite ones are not subtracted."""
    return xp.where(a == b, 0.0, xp.minimum(a, b) - xp.maximum(a, b) * 1.0)  # bytes have no difference below 0


def _share(a: Any, b: Any, base: float) -> Any:
    """What part of the sum of two powers the first one is; of two infinite ones, each is half."""
    return sigmoid(where(abs(a) == inf, where(a == b, 0.0, a - b), a - b) * base)


@operation(
    "ln Σ",
    Rule.ACTIVATION,
    notation="ln(e ^ {a} + e ^ {b})",
    derivatives=("e ^ ({a} − {y})", "e ^ ({b} − {y})"),
    analytic=False,
    convention="both derivatives are ½ where a = b, also at the infinities",
)
def logaddexp(xp: Any, a: Any, b: Any) -> Any:
    """ln(eᵃ + eᵇ), without overflow.

    >>> from inversa.autograd import logaddexp
    >>> logaddexp(1000.0, 1000.0)
    1000.6931471805599
    """
    return xp.maximum(a, b) + xp.log1p(xp.exp(_apart(xp, a, b)))


logaddexp.pullbacks(
    lambda g, _y, a, b: g * _share(a, b, 1.0),
    lambda g, _y, a, b: g * _share(b, a, 1.0),
)


@operation(
    "log₂ Σ",
    Rule.ACTIVATION,
    notation="log₂(2 ^ {a} + 2 ^ {b})",
    derivatives=("2 ^ ({a} − {y})", "2 ^ ({b} − {y})"),
    analytic=False,
    convention="both derivatives are ½ where a = b, also at the infinities",
)
def logaddexp2(xp: Any, a: Any, b: Any) -> Any:
    """log₂(2ᵃ + 2ᵇ), without overflow.

    >>> from inversa.autograd import logaddexp2
    >>> logaddexp2(10.0, 10.0)
    11.0
    """
    return xp.maximum(a, b) + xp.log1p(xp.pow(2.0, _apart(xp, a, b))) / ln(2)


logaddexp2.pullbacks(
    lambda g, _y, a, b: g * _share(a, b, ln(2)),
    lambda g, _y, a, b: g * _share(b, a, ln(2)),
)


@operation(
    "relu",
    Rule.ACTIVATION,
    derivatives=("step({x})",),
    kinks=(0.0,),
    analytic=False,
    convention="relu′(0) = 0; 1 for a NaN",
)
def relu(xp: Any, x: Any) -> Any:
    """The rectifier max(0, x). It has no derivative at 0; 0 is used there.

    >>> from inversa.autograd import relu
    >>> relu(-2.0), relu(2.0)
    (0.0, 2.0)
    """
    return xp.maximum(x, 0.0)  # in this order: −0 becomes 0


relu.pullbacks(lambda g, y, _x: where(y <= 0, 0.0, g))  # of y: x need not be kept


@operation(
    "leaky relu",
    Rule.ACTIVATION,
    derivatives=("1 or the slope",),
    kinks=(0.0,),
    analytic=False,
    convention="the slope at 0; 1 for a NaN",
    examples=(Example(((),), {"slope": 0.1}), Example(((2, 3),), {"slope": 0.1})),
)
def leaky_relu(xp: Any, x: Any, slope: float = 0.01) -> Any:
    """x where positive, slope · x elsewhere. The lectures use a slope of 0.1, most libraries 0.01.

    >>> from inversa.autograd import leaky_relu
    >>> leaky_relu(-2.0, slope=0.1)
    -0.2
    """
    return xp.where(x > 0, x, slope * x)


leaky_relu.pullbacks(lambda g, _y, x, *, slope: where(x <= 0, slope * g, g))


@operation(
    "elu",
    Rule.ACTIVATION,
    derivatives=("1 or {y} + α",),
    kinks=(0.0,),
    analytic=False,
    convention="α at 0; 1 for a NaN",
    examples=(Example(((),), {"alpha": 1.5}), Example(((2, 3),), {"alpha": 1.5})),
)
def elu(xp: Any, x: Any, alpha: float = 1.0) -> Any:
    """x where positive, α (eˣ − 1) elsewhere.

    >>> from inversa.autograd import elu
    >>> elu(1.0), elu(-1.0)
    (1.0, -0.6321205588285577)
    """
    return xp.where(x > 0, x, alpha * xp.expm1(xp.where(x > 0, 0.0, x)))


elu.pullbacks(lambda g, _y, x, *, alpha: where(x <= 0, g * alpha * exp(where(x <= 0, x, 0.0)), g))


@operation(
    "step",
    Rule.ACTIVATION,
    derivatives=("0",),
    kinks=(0.0,),
    analytic=False,
    convention="step(0) = 0, step′ = 0 everywhere, NaN for a NaN",
)
def step(xp: Any, x: Any) -> Any:
    """The perceptron's threshold: 1 where x > 0, else 0. No useful gradient: it is 0 everywhere.

    >>> from inversa.autograd import step
    >>> step(2.0), step(0.0)
    (1.0, 0.0)
    """
    return xp.sign(xp.maximum(x, 0.0))


step.pullbacks(lambda _g, _y, x: where(x == x, 0.0, x))


_LAMBDA, _ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


@operation(
    "selu",
    Rule.ACTIVATION,
    derivatives=("λ or {y} + λ · α",),
    kinks=(0.0,),
    analytic=False,
    convention="λα = 1.758… at 0; λ for a NaN",
)
def selu(xp: Any, x: Any) -> Any:
    """λ · elu(x) with α = 1.6733 and λ = 1.0507: outputs of mean 0 and variance 1 keep them from layer to layer.

    G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, "Self-Normalizing Neural Networks", 2017.

    >>> from inversa.autograd import selu
    >>> selu(1.0), selu(-800.0)
    (1.0507009873554805, -1.7580993408473766)
    """
    return _LAMBDA * xp.where(x > 0, x, _ALPHA * xp.expm1(xp.where(x > 0, 0.0, x)))


selu.pullbacks(lambda g, _y, x: _LAMBDA * where(x <= 0, g * _ALPHA * exp(where(x <= 0, x, 0.0)), g))


@operation(
    "hard tanh",
    Rule.ACTIVATION,
    derivatives=("1 inside",),
    kinks=(-1.0, 1.0),
    analytic=False,
    convention="0 at ±1, as in PyTorch; 1 for a NaN",
)
def hard_tanh(xp: Any, x: Any) -> Any:
    """x between −1 and 1, and −1 or 1 beyond.

    >>> from inversa.autograd import hard_tanh
    >>> hard_tanh(0.5), hard_tanh(-3.0)
    (0.5, -1.0)
    """
    return xp.minimum(xp.maximum(x, -1.0), 1.0)


hard_tanh.pullbacks(lambda g, y, _x: where((y <= -1) | (y >= 1), 0.0, g))

hardtanh = hard_tanh  # PyTorch's name
