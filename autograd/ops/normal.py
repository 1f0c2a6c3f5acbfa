"""The standard normal distribution, and the inverses of its distribution function and of the error function.

The formulas are those of the NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov, 7.2 and 7.17.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

from inversa.autograd.ops.arithmetic import divide
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.elementary import exp
from inversa.autograd.ops.error_functions import SMALL, complement_near_0, erfc, exp_of_square, scaled
from inversa.autograd.ops.of_scipy import of_scipy
from inversa.autograd.ops.rules import Rule

_ROOT = sqrt(1 / 2)


@operation("erfcx", Rule.ACTIVATION, derivatives=("2 · {x} · {y} − 2 / √π",))
def erfcx(xp: Any, x: Any) -> Any:
    """erfc(x) · exp(x²), which for large x is nearly 1 / (x√π) and neither 0 nor lost; infinite below −26.7.

    >>> from inversa.autograd.special import erfcx
    >>> erfcx(0.0), erfcx(1e10)
    (1.0, 5.641895835477563e-11)
    """
    size = xp.maximum(x, x * -1.0)
    near = exp_of_square(xp, xp.minimum(size, 30.0), 1)
    rest = scaled(xp, size)
    return xp.where(size < SMALL, complement_near_0(xp, x) * near, xp.where(x < 0, 2 * near - rest, rest))


erfcx.pullbacks(lambda g, y, x: g * (2 * x * y - 2 / sqrt(pi)))


@operation("Φ", Rule.ACTIVATION, derivatives=("φ({x})",))
def ndtr(xp: Any, x: Any) -> Any:
    """Φ(x), the area under the bell curve φ up to x: the distribution function of the standard normal distribution.

    >>> from inversa.autograd.special import ndtr
    >>> ndtr(0.0), f"{ndtr(-30.0):.6e}"
    (0.5, '4.906714e-198')
    """
    return erfc.forward(xp, x * -_ROOT) / 2


ndtr.pullbacks(lambda g, _y, x: g * (exp(-x * x / 2) / sqrt(2 * pi)))


@operation("ln Φ", Rule.ACTIVATION, notation="ln Φ({x})", derivatives=("φ({x}) / Φ({x})",))
def log_ndtr(xp: Any, x: Any) -> Any:
    """ln Φ(x), also where Φ(x) itself is too small for a number.

    >>> from inversa.autograd.special import log_ndtr
    >>> round(log_ndtr(0.0), 6), round(log_ndtr(-100.0), 6)
    (-0.693147, -5005.524209)
    """
    left, right = xp.minimum(x, -1.0), xp.maximum(x, -1.0)
    tail = xp.log(erfcx.forward(xp, left * -_ROOT) / 2) - left * left / 2
    return xp.where(x < -1, tail, xp.log1p(-erfc.forward(xp, right * _ROOT) / 2))


log_ndtr.pullbacks(lambda g, _y, x: g * divide(sqrt(2 / pi), erfcx(x * -_ROOT)))


@operation("Φ⁻¹", Rule.ACTIVATION, derivatives=("1 / φ({y})",), domain=((0.1, 0.9),), analytic=False)
def ndtri(xp: Any, x: Any) -> Any:
    """The number up to which the area under the bell curve is x; infinite at 0 and 1, nan beyond.

    >>> from inversa.autograd.special import ndtri
    >>> ndtri(0.5)
    0.0
    """
    return of_scipy(xp, "ndtri", x)


ndtri.pullbacks(lambda g, y, _x: g * (sqrt(2 * pi) * exp(y * y / 2)))


@operation("erf⁻¹", Rule.ACTIVATION, derivatives=("e ^ ({y}²) · √π / 2",), domain=((-0.9, 0.9),), analytic=False)
def erfinv(xp: Any, x: Any) -> Any:
    """The number whose error function is x; infinite at ±1, nan beyond.

    >>> from inversa.autograd.special import erfinv
    >>> erfinv(0.0)
    0.0
    """
    return of_scipy(xp, "erfinv", x)


@operation("erfc⁻¹", Rule.ACTIVATION, derivatives=("e ^ ({y}²) · √π / (−2)",), domain=((0.1, 1.9),), analytic=False)
def erfcinv(xp: Any, x: Any) -> Any:
    """The number whose complementary error function is x; infinite at 0 and 2, nan beyond.

    >>> from inversa.autograd.special import erfcinv
    >>> erfcinv(0.0)
    inf
    """
    return of_scipy(xp, "erfcinv", x)


erfinv.pullbacks(lambda g, y, _x: g * (sqrt(pi) / 2 * exp(y * y)))
erfcinv.pullbacks(lambda g, y, _x: g * (-sqrt(pi) / 2 * exp(y * y)))
