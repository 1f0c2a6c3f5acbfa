"""Arithmetic: + − × ÷, absolute value and sign, and the choices between two values."""

from __future__ import annotations

from typing import Any

from inversa.autograd import checks
from inversa.autograd.ops import standard
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.namespace import is_foreign, is_standard
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule

_HALVES = "ties share the gradient equally; a NaN receives it"
_OF_NUMBERS = "ties share the gradient equally; beside a NaN the number receives it, of two NaNs each half"


@operation("+", Rule.SUM, notation="{a} + {b}", derivatives=("1", "1"))
def add(xp: Any, a: Any, b: Any) -> Any:
    """Sum a + b; shapes broadcast.

    >>> from inversa.autograd import add
    >>> add(2.0, 3.0)
    5.0
    """
    return a + b


add.pullbacks(
    lambda g, _y, _a, _b: g,
    lambda g, _y, _a, _b: g,
)


@operation("−", Rule.SUM, notation="{a} − {b}", derivatives=("1", "−1"))
def subtract(xp: Any, a: Any, b: Any) -> Any:
    """Difference a − b; shapes broadcast.

    >>> from inversa.autograd import subtract
    >>> subtract(2.0, 3.0)
    -1.0
    """
    return a - b


subtract.pullbacks(
    lambda g, _y, _a, _b: g,
    lambda g, _y, _a, _b: -g,
)


@operation("×", Rule.WEIGHTED_INPUT, notation="{a} · {b}", derivatives=("{b}", "{a}"))
def multiply(xp: Any, a: Any, b: Any) -> Any:
    """Elementwise product a · b, the weighted input; shapes broadcast.

    >>> from inversa.autograd import multiply
    >>> multiply(2.0, 3.0)
    6.0
    """
    return a * b


multiply.pullbacks(
    lambda g, _y, _a, b: g * b,
    lambda g, _y, a, _b: g * a,
)


@operation(
    "÷",
    Rule.WEIGHTED_INPUT,
    notation="{a} / {b}",
    derivatives=("1 / {b}", "−{y} / {b}"),
    domain=((-2.0, 2.0), (0.5, 2.0)),
)
def divide(xp: Any, a: Any, b: Any) -> Any:
    """Quotient a / b; shapes broadcast; division by zero gives ±inf or nan, as in NumPy.

    >>> from inversa.autograd import divide
    >>> divide(1.0, 4.0), divide(-1.0, 0.0)
    (0.25, -inf)
    """
    return xp.divide(a, b)


divide.pullbacks(
    lambda g, _y, _a, b: divide(g, b),
    lambda g, y, _a, b: divide(-g * y, b),
)


@operation("−", Rule.WEIGHTED_INPUT, notation="−{x}", derivatives=("−1",))
def negative(xp: Any, x: Any) -> Any:
    """The opposite −x: a weighted input whose weight is −1.

    >>> from inversa.autograd import negative
    >>> negative(2.0)
    -2.0
    """
    return -x


negative.pullbacks(lambda g, _y, _x: -g)


@operation(
    "where",
    Rule.ACTIVATION,
    notation="{a} or {b}",
    derivatives=("1 if chosen", "1 if chosen"),
    parameters=("condition",),
    examples=(
        Example(((), ()), {"condition": True}),
        Example(((3,), (2, 3)), {"condition": [True, False, True]}),
    ),
)
def where(xp: Any, condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, b elsewhere; the gradient goes to the one that was chosen.

    >>> from inversa.autograd import where
    >>> where(True, 2.0, 3.0)
    2.0
    """
    if type(condition) is not bool and not hasattr(condition, "__neg__") and not isinstance(condition, (list, tuple)):
        raise checks.wrong("condition", "a boolean or an array of them", condition, "x > 0")
    if is_standard(xp) or (type(condition) is not bool and is_foreign(condition)):
        return standard.where(condition, a, b)
    return xp.where(condition, a, b)


where.pullbacks(
    lambda g, _y, _a, _b, *, condition: where(condition, g, 0.0),
    lambda g, _y, _a, _b, *, condition: where(condition, 0.0, g),
)


@operation(
    "sign",
    Rule.ACTIVATION,
    derivatives=("0",),
    kinks=(0.0,),
    analytic=False,
    convention="sign′ = 0 everywhere, NaN for a NaN",
)
def sign(xp: Any, x: Any) -> Any:
    """The sign of x: −1, 0 or 1; its derivative is taken as 0 everywhere.

    >>> from inversa.autograd import sign
    >>> sign(-2.0)
    -1.0
    """
    return xp.sign(x)


sign.pullbacks(lambda _g, _y, x: where(x == x, 0.0, x))


@operation(
    "|·|",
    Rule.ACTIVATION,
    notation="|{x}|",
    derivatives=("sign {x}",),
    kinks=(0.0,),
    analytic=False,
    convention="abs′(0) = 0",
)
def abs(xp: Any, x: Any) -> Any:
    """Absolute value |x|; its derivative at 0 is taken as 0.

    >>> from inversa.autograd import abs
    >>> abs(-2.0)
    2.0
    """
    return xp.abs(x)


abs.pullbacks(lambda g, _y, x: g * sign(x))


@operation(
    "max",
    Rule.ACTIVATION,
    derivatives=("1 if {a} > {b}", "1 if {b} > {a}"),
    analytic=False,
    convention=_HALVES,
)
def maximum(xp: Any, a: Any, b: Any) -> Any:
    """The larger of a and b, element by element; ties share the gradient equally.

    >>> from inversa.autograd import maximum
    >>> maximum(2.0, 3.0)
    3.0
    """
    return xp.maximum(a, b)


def _chosen(g: Any, this: Any, other: Any) -> Any:
    """The gradient of one of two, of which this was chosen, or the other, or either: then half of it."""
    return where(this, where(other, g * 0.5, g), 0.0)


maximum.pullbacks(
    lambda g, _y, a, b: _chosen(g, (a >= b) | (a != a), (b >= a) | (b != b)),
    lambda g, _y, a, b: _chosen(g, (b >= a) | (b != b), (a >= b) | (a != a)),
)


@operation(
    "min",
    Rule.ACTIVATION,
    derivatives=("1 if {a} < {b}", "1 if {b} < {a}"),
    analytic=False,
    convention=_HALVES,
)
def minimum(xp: Any, a: Any, b: Any) -> Any:
    """The smaller of a and b, element by element; ties share the gradient equally.

    >>> from inversa.autograd import minimum
    >>> minimum(2.0, 3.0)
    2.0
    """
    return xp.minimum(a, b)


minimum.pullbacks(
    lambda g, _y, a, b: _chosen(g, (a <= b) | (a != a), (b <= a) | (b != b)),
    lambda g, _y, a, b: _chosen(g, (b <= a) | (b != b), (a <= b) | (a != a)),
)


def _without_nan(xp: Any, a: Any, b: Any, larger: Any) -> Any:
    """The chosen one of two numbers, or that which is one."""
    return xp.where(a != a, b, xp.where(b != b, a, larger))


@operation(
    "max",
    Rule.ACTIVATION,
    derivatives=("1 if {a} > {b}", "1 if {b} > {a}"),
    analytic=False,
    convention=_OF_NUMBERS,
)
def fmax(xp: Any, a: Any, b: Any) -> Any:
    """The larger of a and b, element by element, or the one that is a number beside a NaN.

    >>> from inversa.autograd import fmax
    >>> fmax(2.0, float("nan"))
    2.0
    """
    return _without_nan(xp, a, b, xp.maximum(a, b))


@operation(
    "min",
    Rule.ACTIVATION,
    derivatives=("1 if {a} < {b}", "1 if {b} < {a}"),
    analytic=False,
    convention=_OF_NUMBERS,
)
def fmin(xp: Any, a: Any, b: Any) -> Any:
    """The smaller of a and b, element by element, or the one that is a number beside a NaN.

    >>> from inversa.autograd import fmin
    >>> fmin(2.0, float("nan"))
    2.0
    """
    return _without_nan(xp, a, b, xp.minimum(a, b))


fmax.pullbacks(
    lambda g, _y, a, b: _chosen(g, (a >= b) | (b != b), (b >= a) | (a != a)),
    lambda g, _y, a, b: _chosen(g, (b >= a) | (a != a), (a >= b) | (b != b)),
)
fmin.pullbacks(
    lambda g, _y, a, b: _chosen(g, (a <= b) | (b != b), (b <= a) | (a != a)),
    lambda g, _y, a, b: _chosen(g, (b <= a) | (a != a), (a <= b) | (b != b)),
)


@operation(
    "±",
    Rule.ACTIVATION,
    notation="|{a}| · sign {b}",
    derivatives=("sign {a} · sign {b}", "0"),
    domain=((0.2, 2.0), (0.2, 2.0)),
    analytic=False,
    convention="∂/∂a is ±1, as at a + 0 for a = 0; ∂/∂b is 0 everywhere",
)
def copysign(xp: Any, a: Any, b: Any) -> Any:
    """|a| with the sign of b, element by element.

    >>> from inversa.autograd import copysign
    >>> copysign(2.0, -0.5)
    -2.0
    """
    return xp.copysign(a, b)


copysign.pullbacks(
    lambda g, _y, a, b: g * copysign(1.0, a) * copysign(1.0, b),
    lambda g, _y, _a, b: where(b == b, 0.0, b),
)


@operation(
    "clip",
    Rule.ACTIVATION,
    notation="clip {x}",
    derivatives=("1 inside",),
    parameters=("low", "high"),
    kinks=(-1.0, 1.0),
    analytic=False,
    convention="1 at the bounds themselves, and for a NaN",
    examples=(Example(((),), {"low": -1.0, "high": 1.0}), Example(((2, 3),), {"low": -1.0, "high": 1.0})),
)
def clip(xp: Any, x: Any, low: float | None = None, high: float | None = None) -> Any:
    """x limited to the interval [low, high]; the gradient is 1 inside and at the bounds, 0 outside.

    One of the bounds may be None, or left out. They are plain numbers or arrays, not differentiated: use
    `maximum` and `minimum` for bounds that are.

    >>> from inversa.autograd import clip
    >>> clip(3.0, -1.0, 1.0)
    1.0
    """
    above = x if low is None else xp.maximum(low, x)  # in this order: −0 stays −0 at a bound of 0
    return above if high is None else xp.minimum(high, above)


def _inside(g: Any, _y: Any, x: Any, *, low: Any, high: Any) -> Any:
    above = g if low is None else where(x < low, 0.0, g)
    return above if high is None else where(x > high, 0.0, above)


clip.pullbacks(_inside)


@composed(examples=(Example(((2, 3),)), Example(((),))))
def positive(x: Any) -> Any:
    """The same number again: what is changed in place afterwards is not x.

    >>> from inversa.autograd import Value, positive
    >>> positive(Value(2.0)).data
    2.0
    """
    return multiply(x, 1)


@composed(
    operands=2,
    elementwise=True,
    examples=(Example(((2, 3), (3,))), Example(values=([-1.5, 0.0, 2.0], 0.5))),
)
def heaviside(x: Any, at_zero: Any) -> Any:
    """0 below zero, 1 above, and the second argument at zero: only by that it is differentiated.

    >>> from inversa.autograd import heaviside
    >>> heaviside([-2.0, 0.0, 3.0], 0.5).tolist()
    [0.0, 0.5, 1.0]
    """
    return where(x < 0, 0.0, where(x > 0, 1.0, where(x == x, at_zero, x)))


@composed("real", examples=(Example(((2, 3),)),))
def real_part(x: Any) -> Any:
    """What ``numpy.real`` and ``numpy.conjugate`` give of real numbers: the same again.

    >>> import numpy as np
    >>> from inversa.autograd import Tensor
    >>> np.real(Tensor([2.0])).tolist()
    [2.0]
    """
    return multiply(x, 1)
