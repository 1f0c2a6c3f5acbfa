"""Exponentials and logarithms, powers and roots."""

from __future__ import annotations

from math import inf
from math import log as ln
from typing import Any

from inversa.autograd.lazy import np
from inversa.autograd.ops.arithmetic import divide, where
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule


@operation("exp", Rule.ACTIVATION, notation="e ^ {x}", derivatives=("{y}",))
def exp(xp: Any, x: Any) -> Any:
    """The exponential eˣ.

    >>> from inversa.autograd import exp
    >>> exp(0.0)
    1.0
    """
    return xp.exp(x)


exp.pullbacks(lambda g, y, _x: g * y)


@operation("expm1", Rule.ACTIVATION, notation="e ^ {x} − 1", derivatives=("e ^ {x}",))
def expm1(xp: Any, x: Any) -> Any:
    """eˣ − 1, accurate near 0.

    >>> from inversa.autograd import expm1
    >>> expm1(1e-12)
    1.0000000000005e-12
    """
    return xp.expm1(x)


expm1.pullbacks(lambda g, _y, x: g * exp(x))  # y + 1 has no digits left where eˣ is small


@operation("ln", Rule.ACTIVATION, notation="ln {x}", derivatives=("1 / {x}",), domain=((0.2, 3.0),))
def log(xp: Any, x: Any) -> Any:
    """The natural logarithm ln x; −inf at 0 and nan below, as in NumPy.

    >>> from inversa.autograd import log
    >>> log(1.0)
    0.0
    """
    return xp.log(x)


log.pullbacks(lambda g, _y, x: divide(g, x))


@operation("log1p", Rule.ACTIVATION, notation="ln(1 + {x})", derivatives=("1 / (1 + {x})",), domain=((-0.8, 2.0),))
def log1p(xp: Any, x: Any) -> Any:
    """ln(1 + x), accurate near 0.

    >>> from inversa.autograd import log1p
    >>> log1p(1e-12)
    9.999999999995e-13
    """
    return xp.log1p(x)


log1p.pullbacks(lambda g, _y, x: divide(g, 1 + x))


@operation("exp2", Rule.ACTIVATION, notation="2 ^ {x}", derivatives=("{y} · ln 2",))
def exp2(xp: Any, x: Any) -> Any:
    """2 to the power x.

    >>> from inversa.autograd import exp2
    >>> exp2(10.0)
    1024.0
    """
    return xp.pow(2.0, x)


exp2.pullbacks(lambda g, y, _x: g * y * ln(2))


@operation("log₂", Rule.ACTIVATION, notation="log₂ {x}", derivatives=("1 / ({x} · ln 2)",), domain=((0.2, 3.0),))
def log2(xp: Any, x: Any) -> Any:
    """The logarithm to the base 2; −inf at 0 and nan below.

    >>> from inversa.autograd import log2
    >>> log2(1024.0)
    10.0
    """
    return xp.log2(x)


log2.pullbacks(lambda g, _y, x: divide(g, x * ln(2)))


@operation("log₁₀", Rule.ACTIVATION, notation="log₁₀ {x}", derivatives=("1 / ({x} · ln 10)",), domain=((0.2, 3.0),))
def log10(xp: Any, x: Any) -> Any:
    """The logarithm to the base 10; −inf at 0 and nan below.

    >>> from inversa.autograd import log10
    >>> log10(1000.0)
    3.0
    """
    return xp.log10(x)


log10.pullbacks(lambda g, _y, x: divide(g, x) / ln(10))  # x · ln 10 may be too large


@operation(
    "^",
    Rule.ACTIVATION,
    notation="{a} ^ {b}",
    derivatives=("{b} · {a} ^ ({b} − 1)", "{y} · ln {a}"),
    domain=((0.2, 2.0), (-2.0, 2.0)),
    convention="∂/∂b is 0 at a = 0, for every b; ∂/∂a is 0 at b = 0",
)
def power(xp: Any, a: Any, b: Any) -> Any:
    """Power a ** b, in all three forms: x ** 3, 2 ** x, x ** y; shapes broadcast.

    The gradient with respect to a constant is never computed, so ``x ** 3`` is fine for negative x. A negative base
    with a fractional exponent gives nan, as in NumPy. At the base 0 the gradient by the exponent is 0, also where the
    power is infinite: 0 ** −1 does not spoil a sum over other bases.

    >>> from inversa.autograd import power
    >>> power(-2.0, 3.0), power(2.0, -1.0)
    (-8.0, 0.5)
    """
    return xp.pow(a, b)


def _through_base(g: Any, _y: Any, a: Any, b: Any) -> Any:
    """g · b · a ^ (b − 1). The exponent 0 gives 0, and has a derivative of its own unless 1 / a is no number."""
    zero = b == 0
    if _is_decided(zero) and not (zero and getattr(b, "requires_grad", False)):
        return 0.0 * g if zero else g * b * power(a, b - 1)
    usual = (a > 1e-38) | (a < -1e-38)
    apart = where(usual, g * b * power(where(usual, a, 1.0), b - 1), 0.0 * g)
    return apart if _is_decided(zero) else where(zero, apart, g * b * power(a, where(zero, 1.0, b - 1)))


def _through_exponent(g: Any, y: Any, a: Any, b: Any) -> Any:
    """g · y · ln a; 0 for the base 0, also where y is infinite."""
    zero = a == 0
    if _is_decided(zero):
        return 0.0 * g if zero else g * y * log(a)
    base = where(zero, 1.0, a)  # y has no derivative by a base of 0, so it must not come in
    return g * power(base, b) * log(base)


def _is_decided(condition: Any) -> bool:
    """Whether it is of single numbers, not traced: then no choice is left for the graph of the derivative."""
    return type(condition) is bool or isinstance(condition, np.bool_)


power.pullbacks(_through_base, _through_exponent)


@composed(
    "float_power",
    operands=2,
    elementwise=True,
    examples=(Example(values=([0.5, 1.5], [2.0, -1.0])), Example(values=([2.0, 3.0], -2.0))),
    domain=(0.2, 2.0),
)
def power_of_floats(a: Any, b: Any) -> Any:
    """What ``numpy.float_power`` does: `power`, of whole numbers in floats, so that none is too large.

    >>> import numpy as np
    >>> from inversa.autograd import Tensor
    >>> np.float_power(Tensor([10]), 30).tolist()
    [1e+30]
    """
    return power(a * 1.0, b)


@operation("√", Rule.ACTIVATION, notation="√{x}", derivatives=("1 / (2 · {y})",), domain=((0.2, 3.0),))
def sqrt(xp: Any, x: Any) -> Any:
    """The square root; nan below 0, and an infinite gradient at 0.

    >>> from inversa.autograd import sqrt
    >>> sqrt(9.0)
    3.0
    """
    return xp.sqrt(x)


sqrt.pullbacks(lambda g, y, _x: divide(g, 2 * y))


@operation(
    "∛",
    Rule.ACTIVATION,
    notation="∛{x}",
    derivatives=("1 / (3 · {y}²)",),
    domain=((0.2, 3.0),),
    analytic=False,
)
def cbrt(xp: Any, x: Any) -> Any:
    """The cube root, negative for negative x; the gradient at 0 is infinite.

    >>> from inversa.autograd import cbrt
    >>> cbrt(-27.0)
    -3.0
    """
    size = xp.abs(x * 1.0)  # −128 has none among bytes
    inside = xp.where(size > 0, xp.where(size < inf, size, 1.0), 1.0)
    near = xp.pow(inside, 1 / 3)  # not quite, for 1 / 3 is rounded: one of Newton's steps for near³ = inside
    root = near - (near - inside / (near * near)) / 3
    return xp.copysign(xp.where(size == inside, root, size), x)


cbrt.pullbacks(lambda g, y, _x: divide(g, 3 * y * y))


@operation("x²", Rule.ACTIVATION, notation="{x}²", derivatives=("2 · {x}",))
def square(xp: Any, x: Any) -> Any:
    """x · x.

    >>> from inversa.autograd import square
    >>> square(-3.0)
    9.0
    """
    return x * x


square.pullbacks(lambda g, _y, x: g * 2 * x)


@operation("1/x", Rule.ACTIVATION, notation="1 / {x}", derivatives=("−{y}²",), domain=((0.2, 3.0),))
def reciprocal(xp: Any, x: Any) -> Any:
    """1 / x; infinite at 0.

    >>> from inversa.autograd import reciprocal
    >>> reciprocal(4.0)
    0.25
    """
    return xp.divide(1.0, x)


reciprocal.pullbacks(lambda g, y, _x: -g * y * y)
