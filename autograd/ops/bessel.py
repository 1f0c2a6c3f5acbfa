"""Bessel functions, of real arguments.

The formulas are those of the NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov, by their numbers.
"""

from __future__ import annotations

from typing import Any

from inversa.autograd.ops.arithmetic import divide, sign, where
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.of_scipy import number_or_array, of_scipy
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule

_REAL: dict[str, Any] = {"analytic": False}
_POSITIVE: dict[str, Any] = {"analytic": False, "domain": ((0.4, 3.0),)}
_OF_ORDER: dict[str, Any] = {
    **_POSITIVE,
    "parameters": ("v",),
    "convention": "not differentiated by the order v",
    "examples": (Example(((),), {"v": 2.0}), Example(((2, 3),), {"v": 0.5})),
}


@operation(
    "J", Rule.ACTIVATION, notation="J(v, {x})", derivatives=("(J(v − 1, {x}) − J(v + 1, {x})) / 2",), **_OF_ORDER
)
def jv(xp: Any, v: Any, x: Any) -> Any:
    """The Bessel function of the first kind and of order v, J; it is differentiated by x alone.

    >>> from inversa.autograd.special import jv
    >>> jv(0.0, 0.0)
    1.0
    """
    return of_scipy(xp, "jv", number_or_array("v", v), x)


@operation(
    "Y", Rule.ACTIVATION, notation="Y(v, {x})", derivatives=("(Y(v − 1, {x}) − Y(v + 1, {x})) / 2",), **_OF_ORDER
)
def yv(xp: Any, v: Any, x: Any) -> Any:
    """The Bessel function of the second kind and of order v, Y; it is differentiated by x alone.

    >>> from inversa.autograd.special import yv
    >>> round(yv(0.0, 1.0), 6)
    0.088257
    """
    return of_scipy(xp, "yv", number_or_array("v", v), x)


@operation(
    "I", Rule.ACTIVATION, notation="I(v, {x})", derivatives=("(I(v − 1, {x}) + I(v + 1, {x})) / 2",), **_OF_ORDER
)
def iv(xp: Any, v: Any, x: Any) -> Any:
    """The modified Bessel function of the first kind and of order v, I; it is differentiated by x alone.

    >>> from inversa.autograd.special import iv
    >>> iv(0.0, 0.0)
    1.0
    """
    return of_scipy(xp, "iv", number_or_array("v", v), x)


@operation(
    "K", Rule.ACTIVATION, notation="K(v, {x})", derivatives=("(K(v − 1, {x}) + K(v + 1, {x})) / (−2)",), **_OF_ORDER
)
def kv(xp: Any, v: Any, x: Any) -> Any:
    """The modified Bessel function of the second kind and of order v, K; it is differentiated by x alone.

    >>> from inversa.autograd.special import kv
    >>> round(kv(0.0, 1.0), 6)
    0.421024
    """
    return of_scipy(xp, "kv", number_or_array("v", v), x)


# DLMF 10.6.1 and 10.29.1
jv.pullbacks(lambda g, _y, x, *, v: g * (jv(v - 1, x) - jv(v + 1, x)) / 2)
yv.pullbacks(lambda g, _y, x, *, v: g * (yv(v - 1, x) - yv(v + 1, x)) / 2)
iv.pullbacks(lambda g, _y, x, *, v: g * (iv(v - 1, x) + iv(v + 1, x)) / 2)
kv.pullbacks(lambda g, _y, x, *, v: g * (kv(v - 1, x) + kv(v + 1, x)) / -2)


@operation("J₀", Rule.ACTIVATION, derivatives=("−J₁({x})",), **_REAL)
def j0(xp: Any, x: Any) -> Any:
    """The Bessel function of the first kind and of order 0, J₀.

    >>> from inversa.autograd.special import j0
    >>> j0(0.0)
    1.0
    """
    return of_scipy(xp, "j0", x)


@operation("J₁", Rule.ACTIVATION, derivatives=("(J₀({x}) − J(2, {x})) / 2",), **_REAL)
def j1(xp: Any, x: Any) -> Any:
    """The Bessel function of the first kind and of order 1, J₁.

    >>> from inversa.autograd.special import j1
    >>> j1(0.0)
    0.0
    """
    return of_scipy(xp, "j1", x)


@operation("Y₀", Rule.ACTIVATION, derivatives=("−Y₁({x})",), **_POSITIVE)
def y0(xp: Any, x: Any) -> Any:
    """The Bessel function of the second kind and of order 0, Y₀; −∞ at 0, nan below.

    >>> from inversa.autograd.special import y0
    >>> round(y0(1.0), 6)
    0.088257
    """
    return of_scipy(xp, "y0", x)


@operation("Y₁", Rule.ACTIVATION, derivatives=("Y₀({x}) − {y} / {x}",), **_POSITIVE)
def y1(xp: Any, x: Any) -> Any:
    """The Bessel function of the second kind and of order 1, Y₁; −∞ at 0, nan below.

    >>> from inversa.autograd.special import y1
    >>> round(y1(1.0), 6)
    -0.781213
    """
    return of_scipy(xp, "y1", x)


# DLMF 10.6.1 to 10.6.3
j0.pullbacks(lambda g, _y, x: -g * j1(x))
j1.pullbacks(lambda g, _y, x: g * (j0(x) - jv(2.0, x)) / 2)
y0.pullbacks(lambda g, _y, x: -g * y1(x))
y1.pullbacks(lambda g, y, x: g * (y0(x) - divide(y, x)))


@operation("I₀", Rule.ACTIVATION, derivatives=("I₁({x})",), **_REAL)
def i0(xp: Any, x: Any) -> Any:
    """The modified Bessel function of the first kind and of order 0, I₀.

    >>> from inversa.autograd.special import i0
    >>> i0(0.0)
    1.0
    """
    return of_scipy(xp, "i0", x)


@operation("I₁", Rule.ACTIVATION, derivatives=("(I₀({x}) + I(2, {x})) / 2",), **_REAL)
def i1(xp: Any, x: Any) -> Any:
    """The modified Bessel function of the first kind and of order 1, I₁.

    >>> from inversa.autograd.special import i1
    >>> i1(0.0)
    0.0
    """
    return of_scipy(xp, "i1", x)


@operation(
    "I₀e",
    Rule.ACTIVATION,
    notation="e ^ −|{x}| · I₀({x})",
    derivatives=("I₁({x}) · e ^ −|{x}| − sign({x}) · {y}",),
    kinks=(0.0,),
    analytic=False,
    convention="0 at 0, where it has a peak",
)
def i0e(xp: Any, x: Any) -> Any:
    """e^−|x| · I₀(x), which does not overflow.

    >>> from inversa.autograd.special import i0e
    >>> i0e(0.0), round(i0e(1000.0), 6)
    (1.0, 0.012617)
    """
    return of_scipy(xp, "i0e", x)


@operation(
    "I₁e",
    Rule.ACTIVATION,
    notation="e ^ −|{x}| · I₁({x})",
    derivatives=("I₀({x}) · e ^ −|{x}| − {y} / {x} − sign({x}) · {y}",),
    domain=((0.2, 3.0),),
    analytic=False,
)
def i1e(xp: Any, x: Any) -> Any:
    """e^−|x| · I₁(x), which does not overflow.

    >>> from inversa.autograd.special import i1e
    >>> i1e(0.0), round(i1e(1000.0), 6)
    (0.0, 0.012611)
    """
    return of_scipy(xp, "i1e", x)


def _slope_of_i1e(g: Any, y: Any, x: Any) -> Any:
    """g · (i0e − (1/x + sign x) · i1e), and half of g at 0."""
    zero = x == 0
    return g * where(zero, 0.5, i0e(x) - divide(y, where(zero, 1.0, x)) - sign(x) * y)


# DLMF 10.29.1 to 10.29.3
i0.pullbacks(lambda g, _y, x: g * i1(x))
i1.pullbacks(lambda g, _y, x: g * (i0(x) + iv(2.0, x)) / 2)
i0e.pullbacks(lambda g, y, x: g * (i1e(x) - sign(x) * y))
i1e.pullbacks(_slope_of_i1e)
