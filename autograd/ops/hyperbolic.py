"""Hyperbolic functions and their inverses; tanh is among the activation functions."""

from __future__ import annotations

from typing import Any

from inversa.autograd.ops.arithmetic import divide
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.elementary import sqrt
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.trigonometry import hypot


@operation("sinh", Rule.ACTIVATION, notation="sinh {x}", derivatives=("cosh {x}",))
def sinh(xp: Any, x: Any) -> Any:
    """The hyperbolic sine (eˣ − e⁻ˣ) / 2.

    >>> from inversa.autograd import sinh
    >>> sinh(0.0)
    0.0
    """
    return xp.sinh(x)


@operation("cosh", Rule.ACTIVATION, notation="cosh {x}", derivatives=("sinh {x}",))
def cosh(xp: Any, x: Any) -> Any:
    """The hyperbolic cosine (eˣ + e⁻ˣ) / 2.

    >>> from inversa.autograd import cosh
    >>> cosh(0.0)
    1.0
    """
    return xp.cosh(x)


sinh.pullbacks(lambda g, _y, x: g * cosh(x))
cosh.pullbacks(lambda g, _y, x: g * sinh(x))


@operation("arcsinh", Rule.ACTIVATION, notation="arcsinh {x}", derivatives=("1 / √(1 + {x}²)",))
def arcsinh(xp: Any, x: Any) -> Any:
    """The number whose hyperbolic sine is x.

    >>> from inversa.autograd import arcsinh
    >>> arcsinh(0.0)
    0.0
    """
    return xp.asinh(x)


@operation("arccosh", Rule.ACTIVATION, notation="arccosh {x}", derivatives=("1 / √({x}² − 1)",), domain=((1.2, 3.0),))
def arccosh(xp: Any, x: Any) -> Any:
    """The number from 0 on whose hyperbolic cosine is x; nan below 1, where the gradient is infinite.

    >>> from inversa.autograd import arccosh
    >>> arccosh(1.0)
    0.0
    """
    return xp.acosh(x)


@operation("arctanh", Rule.ACTIVATION, notation="arctanh {x}", derivatives=("1 / (1 − {x}²)",), domain=((-0.9, 0.9),))
def arctanh(xp: Any, x: Any) -> Any:
    """The number whose hyperbolic tangent is x; infinite at ±1, nan beyond.

    >>> from inversa.autograd import arctanh
    >>> arctanh(0.0)
    0.0
    """
    return xp.atanh(x)


arcsinh.pullbacks(lambda g, _y, x: divide(g, hypot(x, 1.0)))  # x² may be too large
arccosh.pullbacks(lambda g, _y, x: divide(g, sqrt(x - 1) * sqrt(x + 1)))
arctanh.pullbacks(lambda g, _y, x: divide(g, (1 - x) * (1 + x)))
