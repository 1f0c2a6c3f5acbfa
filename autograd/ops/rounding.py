"""Rounding: whole parts and what is left over. The results jump; between the jumps their derivatives are plain."""

from __future__ import annotations

from math import inf
from typing import Any

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.arithmetic import abs as absolute
from inversa.autograd.ops.arithmetic import copysign, where
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule

# Between two jumps: 2 < a / b < 3.
_BETWEEN = ((2.1, 2.9), (0.98, 1.02))


@operation(
    "//",
    Rule.ACTIVATION,
    notation="{a} // {b}",
    derivatives=("0", "0"),
    domain=_BETWEEN,
    analytic=False,
    convention="the derivatives are 0 everywhere, NaN for a NaN",
)
def floor_divide(xp: Any, a: Any, b: Any) -> Any:
    """The quotient a // b, rounded down. It is constant between its jumps: the gradient is taken as 0 everywhere.

    >>> from inversa.autograd import Value, floor_divide
    >>> a = Value(7.5)
    >>> y = floor_divide(a, 2.0)  # or a // 2.0
    >>> y.backward()
    >>> y.data, a.grad
    (3.0, 0.0)
    """
    return xp.floor_divide(a, b)


def _flat(_g: Any, _y: Any, a: Any, b: Any) -> Any:
    return where((a == a) & (b == b), 0.0, a + b)


floor_divide.pullbacks(_flat, _flat)


@operation(
    "%",
    Rule.ACTIVATION,
    notation="{a} % {b}",
    derivatives=("1", "({y} − {a}) / {b}"),
    domain=_BETWEEN,
    analytic=False,
    convention="at the jumps the derivatives are those on the right",
)
def remainder(xp: Any, a: Any, b: Any) -> Any:
    """What is left of a when b is taken away as often as it goes in, a % b = a − floor(a / b)·b.

    It has the sign of b, as in Python and NumPy. The gradient is 1 for a and −floor(a / b) for b, at the jumps too.

    >>> from inversa.autograd import Value, remainder
    >>> a, b = Value(7.5), Value(2.0)
    >>> y = remainder(a, b)  # or a % b
    >>> y.backward()
    >>> y.data, a.grad, b.grad
    (1.5, 1.0, -3.0)
    """
    return xp.remainder(a, b)


remainder.pullbacks(
    lambda g, _y, _a, _b: g,
    lambda g, _y, a, b: -g * floor_divide(a, b),
)


@operation(
    "round",
    Rule.ACTIVATION,
    derivatives=("0",),
    domain=((0.6, 1.4),),
    kinks=(0.5,),
    analytic=False,
    convention="the derivative is 0 everywhere, NaN for a NaN",
    examples=(Example(((),)), Example(((2, 3),))),
)
def round(xp: Any, x: Any, decimals: int = 0) -> Any:
    """x rounded to the nearest number with so many decimals, halves to the even one, as in NumPy.

    What is too large to have such decimals is returned as it is.

    It is constant between its jumps: the gradient is taken as 0 everywhere.

    >>> from inversa.autograd import round
    >>> round(2.5), round(0.126, 2)
    (2.0, 0.13)
    """
    if isinstance(decimals, bool) or not isinstance(decimals, (int, np.integer)):
        raise checks.wrong("decimals", "a whole number", decimals, "2", TypeError)
    if not -300 <= decimals <= 300:
        raise checks.wrong("decimals", "a whole number from −300 to 300", decimals, "2")
    scale = 10.0**decimals
    scaled = x * scale
    return xp.where(xp.abs(scaled) < 2.0**52, xp.round(scaled) / scale, x)


round.pullbacks(lambda _g, _y, x, *, decimals=0: where(x == x, 0.0, x))

_STEPS: dict[str, Any] = {
    "domain": ((0.2, 0.8),),
    "kinks": (0.0,),
    "analytic": False,
    "convention": "the derivative is 0 everywhere, NaN for a NaN",
}


@operation("⌊·⌋", Rule.ACTIVATION, notation="⌊{x}⌋", derivatives=("0",), **_STEPS)
def floor(xp: Any, x: Any) -> Any:
    """The largest whole number that is not above x; the gradient is taken as 0 everywhere.

    >>> from inversa.autograd import floor
    >>> floor(-1.5)
    -2.0
    """
    return xp.floor(x)


@operation("⌈·⌉", Rule.ACTIVATION, notation="⌈{x}⌉", derivatives=("0",), **_STEPS)
def ceil(xp: Any, x: Any) -> Any:
    """The smallest whole number that is not below x; the gradient is taken as 0 everywhere.

    >>> from inversa.autograd import ceil
    >>> ceil(-1.5)
    -1.0
    """
    return xp.ceil(x)


@operation("trunc", Rule.ACTIVATION, notation="trunc {x}", derivatives=("0",), **_STEPS)
def trunc(xp: Any, x: Any) -> Any:
    """x without its decimals; the gradient is taken as 0 everywhere.

    >>> from inversa.autograd import trunc
    >>> trunc(-1.5)
    -1.0
    """
    return xp.trunc(x)


for _step in (floor, ceil, trunc):
    _step.pullbacks(lambda _g, _y, x: where(x == x, 0.0, x))


@composed(
    operands=2,
    elementwise=True,
    examples=(Example(((2, 3), (3,))), Example(((), ())), Example(values=([0.0, -0.5], 0.7))),
)
def fmod(a: Any, b: Any) -> Any:
    """What is left of a when b is taken away as often as it goes in, with the sign of a: C's remainder.

    >>> from inversa.autograd import fmod
    >>> fmod(-7.5, 2.0).item()
    -1.5
    """
    return remainder(a, copysign(b, a))


@composed(examples=(Example(((2, 3),)), Example(((),)), Example(values=([-0.0, -0.5, 2.0],))))
def modf(x: Any) -> tuple[Any, Any]:
    """The decimals and the whole part of x, both with its sign; something infinite has no decimals.

    >>> from inversa.autograd import Value, modf
    >>> [part.data for part in modf(Value(-2.5))]
    [-0.5, -2.0]
    """
    return remainder(where(absolute(x) == inf, 0.0, x), copysign(1.0, x)), trunc(x)


@composed("divmod", operands=2, elementwise=True, examples=(Example(((2, 3), (3,))),))
def quotient_and_remainder(a: Any, b: Any) -> tuple[Any, Any]:
    """What ``numpy.divmod`` does, and Python's: a // b and a % b.

    >>> import numpy as np
    >>> from inversa.autograd import Value
    >>> [part.data for part in np.divmod(Value(7.5), 2.0)]
    [3.0, 1.5]
    """
    return floor_divide(a, b), remainder(a, b)
