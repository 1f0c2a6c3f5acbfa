"""Trigonometry: sine, cosine and tangent of radians, their inverses, and the plane's lengths and angles."""

from __future__ import annotations

from math import factorial, inf, pi
from typing import Any

from inversa.autograd.ops.arithmetic import divide, where
from inversa.autograd.ops.composed import composed
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.elementary import sqrt
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule


@operation("sin", Rule.ACTIVATION, notation="sin {x}", derivatives=("cos {x}",))
def sin(xp: Any, x: Any) -> Any:
    """The sine of x radians.

    >>> from inversa.autograd import sin
    >>> sin(0.0)
    0.0
    """
    return xp.sin(x)


@operation("cos", Rule.ACTIVATION, notation="cos {x}", derivatives=("−sin {x}",))
def cos(xp: Any, x: Any) -> Any:
    """The cosine of x radians.

    >>> from inversa.autograd import cos
    >>> cos(0.0)
    1.0
    """
    return xp.cos(x)


sin.pullbacks(lambda g, _y, x: g * cos(x))
cos.pullbacks(lambda g, _y, x: -g * sin(x))


@operation("tan", Rule.ACTIVATION, notation="tan {x}", derivatives=("1 + {y}²",), domain=((-1.2, 1.2),))
def tan(xp: Any, x: Any) -> Any:
    """The tangent of x radians.

    >>> from inversa.autograd import tan
    >>> tan(0.0)
    0.0
    """
    return xp.tan(x)


tan.pullbacks(lambda g, y, _x: g * (1 + y * y))


@operation("arcsin", Rule.ACTIVATION, notation="arcsin {x}", derivatives=("1 / √(1 − {x}²)",), domain=((-0.9, 0.9),))
def arcsin(xp: Any, x: Any) -> Any:
    """The angle from −π/2 to π/2 whose sine is x; nan beyond ±1, where the gradient is infinite.

    >>> from inversa.autograd import arcsin
    >>> arcsin(1.0)
    1.5707963267948966
    """
    return xp.asin(x)


@operation("arccos", Rule.ACTIVATION, notation="arccos {x}", derivatives=("−1 / √(1 − {x}²)",), domain=((-0.9, 0.9),))
def arccos(xp: Any, x: Any) -> Any:
    """The angle from 0 to π whose cosine is x; nan beyond ±1, where the gradient is infinite.

    >>> from inversa.autograd import arccos
    >>> arccos(-1.0)
    3.141592653589793
    """
    return xp.acos(x)


@operation("arctan", Rule.ACTIVATION, notation="arctan {x}", derivatives=("1 / (1 + {x}²)",))
def arctan(xp: Any, x: Any) -> Any:
    """The angle between −π/2 and π/2 whose tangent is x.

    >>> from inversa.autograd import arctan
    >>> arctan(1.0)
    0.7853981633974483
    """
    return xp.atan(x)


def _other_leg(x: Any) -> Any:
    """√(1 − x²), with all digits near ±1: the cosine of arcsin x."""
    return sqrt((1 - x) * (1 + x))


arcsin.pullbacks(lambda g, _y, x: divide(g, _other_leg(x)))
arccos.pullbacks(lambda g, _y, x: divide(-g, _other_leg(x)))
arctan.pullbacks(lambda g, _y, x: divide(g, 1 + x * x))


@operation(
    "√Σ²",
    Rule.ACTIVATION,
    notation="√({a}² + {b}²)",
    derivatives=("{a} / {y}", "{b} / {y}"),
    analytic=False,
    convention="both derivatives are 0 at a = b = 0, and where the length of finite numbers is infinite",
)
def hypot(xp: Any, a: Any, b: Any) -> Any:
    """The hypotenuse √(a² + b²), without overflow.

    >>> from inversa.autograd import hypot
    >>> hypot(3.0, 4.0)
    5.0
    """
    return xp.hypot(a, b)


def _part(g: Any, part: Any, whole: Any) -> Any:
    """g · part / whole, 0 where both are 0, with all derivatives."""
    return g * divide(part, where(whole == 0, inf, whole))


hypot.pullbacks(lambda g, y, a, _b: _part(g, a, y), lambda g, y, _a, b: _part(g, b, y))


@operation(
    "arctan",
    Rule.ACTIVATION,
    notation="arctan({a} / {b})",
    derivatives=("{b} / ({a}² + {b}²)", "−{a} / ({a}² + {b}²)"),
    domain=((0.2, 2.0), (-2.0, 2.0)),
    analytic=False,
    convention="both derivatives are 0 at a = b = 0",
)
def arctan2(xp: Any, a: Any, b: Any) -> Any:
    """The angle of the point (b, a) from −π to π, counted from the first axis: arctan(a / b) in the right quadrant.

    >>> from inversa.autograd import arctan2
    >>> arctan2(1.0, -1.0)
    2.356194490192345
    """
    return xp.atan2(a, b)


def _turned(g: Any, leg: Any, a: Any, b: Any) -> Any:
    """g · leg / (a² + b²), 0 where both are 0; divided twice by the length, whose square may be too large."""
    length = hypot(a, b)
    return _part(1.0, _part(g, leg, length), length)


arctan2.pullbacks(lambda g, _y, a, b: _turned(g, b, a, b), lambda g, _y, a, b: _turned(-g, a, a, b))


@operation(
    "sinc",
    Rule.ACTIVATION,
    derivatives=("(cos(π · {x}) − {y}) / {x}",),
    domain=((0.2, 2.0),),
    convention="sinc(0) = 1, sinc′(0) = 0",
)
def sinc(xp: Any, x: Any) -> Any:
    """sin(πx) / (πx), and 1 at 0.

    >>> from inversa.autograd import sinc
    >>> sinc(0.0)
    1.0
    """
    angle = pi * xp.where(x == 0, 1e-20, x)
    return xp.sin(angle) / angle


# sinc′(x) = Σ (−1)ⁿ 2n π²ⁿ x²ⁿ⁻¹ / (2n + 1)!, for x where the difference would have too few digits.
_SINC_SERIES = tuple((-1) ** n * 2 * n * pi ** (2 * n) / factorial(2 * n + 1) for n in range(1, 12))


def _slope_of_sinc(g: Any, _y: Any, x: Any) -> Any:
    """g · (cos(πx) − sinc x) / x; near 0 by a series."""
    near = (x < 0.4) & (x > -0.4)
    small, large = where(near, x, 0.0), where(near, 1.0, x)
    series, z = _SINC_SERIES[-1], small * small
    for coefficient in _SINC_SERIES[-2::-1]:
        series = series * z + coefficient
    return g * where(near, small * series, divide(cos(pi * large) - sinc(large), large))


sinc.pullbacks(_slope_of_sinc)


@composed(examples=(Example(((2, 3),)), Example(((),))))
def deg2rad(x: Any) -> Any:
    """Degrees as radians.

    >>> from inversa.autograd import deg2rad
    >>> deg2rad(180.0).item()
    3.141592653589793
    """
    return x * (pi / 180)


@composed(examples=(Example(((2, 3),)), Example(((),))))
def rad2deg(x: Any) -> Any:
    """Radians as degrees.

    >>> from inversa.autograd import rad2deg
    >>> rad2deg(3.141592653589793).item()
    180.0
    """
    return x * (180 / pi)
