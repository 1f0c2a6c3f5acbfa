"""The error function and its complement: areas under the bell curve, without SciPy.

W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969), gives
erfc(a)·exp(a²) as a quotient of polynomials for a from 0.46875 to 4, and of others beyond. Near 0 it is the quotient
of fdlibm (s_erf.c, Sun Microsystems, 1993), which gives erf(x)/x − 1: added to 1 at the end, its errors hardly count.
All pieces are computed everywhere and one is chosen, so that arrays of any library and compiled programs can do it.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.elementary import exp
from inversa.autograd.ops.rules import Rule

SMALL = 0.84375  # up to here fdlibm's quotient, which is one of x²
LARGE = 4.0  # from here on Cody's for large numbers, which is one of 1/x²
_SPLIT = 2.0**27 + 1

# Numerator and denominator, from the highest power down.
_NEAR_0 = (
    (-2.37630166566501626084e-05, -5.77027029648944159157e-03, -2.84817495755985104766e-02,
     -3.25042107247001499370e-01, 1.28379167095512558561e-01),
    (-3.96022827877536812320e-06, 1.32494738004321644526e-04, 5.08130628187576562776e-03,
     6.50222499887672944485e-02, 3.97917223959155352819e-01, 1.0),
)  # fmt: skip
_BETWEEN = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
     8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
_BEYOND = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip


def _quotient(x: Any, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> Any:
    """A quotient of two polynomials, each by Horner's rule."""
    above, below = coefficients[0][0], coefficients[1][0]
    for coefficient in coefficients[0][1:]:
        above = above * x + coefficient
    for coefficient in coefficients[1][1:]:
        below = below * x + coefficient
    return above / below


def _near_0(xp: Any, x: Any) -> tuple[Any, Any]:
    """x, and erf(x) − x, for an x that is not large."""
    x = xp.maximum(xp.minimum(x, SMALL), -SMALL)
    return x, x * _quotient(x * x, _NEAR_0)


def complement_near_0(xp: Any, x: Any) -> Any:
    """erfc(x) of what is near 0."""
    near, excess = _near_0(xp, x)
    return 0.5 - ((near - 0.5) + excess)


def scaled(xp: Any, size: Any) -> Any:
    """erfc(a)·exp(a²) of what is not near 0."""
    inverse = 1 / xp.maximum(size, 1.0)
    square = inverse * inverse
    beyond = inverse * (1 / sqrt(pi) - square * _quotient(square, _BEYOND))
    return xp.where(size < LARGE, _quotient(xp.minimum(size, LARGE), _BETWEEN), beyond)


def exp_of_square(xp: Any, size: Any, sign: int) -> Any:
    """exp(±a²), where a² has more digits than a number: high² is exact.

    T. J. Dekker, "A floating-point technique for extending the available precision", Numerische Mathematik 18 (1971).
    """
    high = size * _SPLIT - (size * _SPLIT - size)
    return xp.exp(sign * high * high) * xp.exp(sign * (size - high) * (size + high))


@operation("erf", Rule.ACTIVATION, derivatives=("e ^ (−{x}²) · 2 / √π",))
def erf(xp: Any, x: Any) -> Any:
    """The error function 2/√π · ∫₀ˣ exp(−t²) dt, between −1 and 1, to the last digit or two.

    >>> from inversa.autograd import erf
    >>> erf(0.5), erf(-1e-300)
    (0.5204998778130465, -1.1283791670955126e-300)
    """
    size = xp.maximum(x, x * -1.0)
    far = xp.minimum(size, 6.0)  # from here on it is 1
    rest = xp.exp(-far * far) * _quotient(far, _BETWEEN)
    near, excess = _near_0(xp, x)
    return xp.where(size < SMALL, near + excess, xp.where(x < 0, rest - 1, 1 - rest))


@operation("erfc", Rule.ACTIVATION, derivatives=("e ^ (−{x}²) · (−2) / √π",))
def erfc(xp: Any, x: Any) -> Any:
    """What the error function lacks to 1, 1 − erf(x): with all digits where that is tiny, for large x.

    >>> from inversa.autograd import erfc
    >>> erfc(0.0), erfc(10.0)
    (1.0, 2.088487583762545e-45)
    """
    size = xp.maximum(x, x * -1.0)
    far = xp.minimum(size, 30.0)  # from here on it is 0, or 2
    rest = exp_of_square(xp, far, -1) * scaled(xp, far)
    return xp.where(size < SMALL, complement_near_0(xp, x), xp.where(x < 0, 2 - rest, rest))


_SLOPE = 2 / sqrt(pi)  # NIST DLMF 7.2.1 and 7.2.2
erf.pullbacks(lambda g, _y, x: g * (_SLOPE * exp(-x * x)))
erfc.pullbacks(lambda g, _y, x: g * (-_SLOPE * exp(-x * x)))
