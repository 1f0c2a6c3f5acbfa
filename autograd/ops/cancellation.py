"""Elementary functions in a form that keeps all digits near 0, where the usual formula subtracts equal numbers."""

from __future__ import annotations

from math import factorial
from typing import Any

from inversa.autograd.ops.arithmetic import divide, minimum, where
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.elementary import exp
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.trigonometry import sin


@operation("cosm1", Rule.ACTIVATION, notation="cos {x} − 1", derivatives=("−sin {x}",))
def cosm1(xp: Any, x: Any) -> Any:
    """cos x − 1, accurate near 0.

    >>> from inversa.autograd.special import cosm1
    >>> cosm1(1e-10)
    -5.0000000000000005e-21
    """
    half = xp.sin(x / 2)
    return -2 * half * half


cosm1.pullbacks(lambda g, _y, x: -g * sin(x))


@operation(
    "exprel",
    Rule.ACTIVATION,
    notation="(e ^ {x} − 1) / {x}",
    derivatives=("(e ^ {x} − {y}) / {x}",),
    domain=((0.2, 2.0),),
    convention="exprel(0) = 1, exprel′(0) = ½",
)
def exprel(xp: Any, x: Any) -> Any:
    """(eˣ − 1) / x, and 1 at 0.

    >>> from inversa.autograd.special import exprel
    >>> exprel(0.0), exprel(1e-10)
    (1.0, 1.00000000005)
    """
    divisor = xp.minimum(xp.where(x == 0, 1e-20, x), 800.0)  # beyond, it is infinite
    return xp.expm1(divisor) / divisor


# Of exprel′(x) = Σ (n + 1) xⁿ / (n + 2)!, for x where the difference would have too few digits.
_SERIES = tuple((n + 1) / factorial(n + 2) for n in range(15, -1, -1))


def _slope_of_exprel(g: Any, _y: Any, x: Any) -> Any:
    near = (x < 0.5) & (x > -0.5)
    small, large = where(near, x, 0.0), where(near, 1.0, minimum(x, 800.0))  # beyond, it is infinite
    series = _SERIES[0]
    for coefficient in _SERIES[1:]:
        series = series * small + coefficient
    return g * where(near, series, divide(exp(large) * (1 - 1 / large) + 1 / large, large))


exprel.pullbacks(_slope_of_exprel)
