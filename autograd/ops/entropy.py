"""Products with a logarithm, which are 0 where the factor is: terms of entropies and divergences, as SciPy has them."""

from __future__ import annotations

from math import inf
from typing import Any

from inversa.autograd.ops.arithmetic import divide, where
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.elementary import log, log1p
from inversa.autograd.ops.rules import Rule

_POSITIVE: dict[str, Any] = {"domain": ((0.2, 2.0), (0.2, 2.0)), "analytic": False}


def _ratio(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are 0. Elsewhere y stays: it is in the derivative by x, also where x is 0."""
    return divide(x, where((x == 0) & (y == 0), 1.0, y))


@operation(
    "x ln y",
    Rule.ACTIVATION,
    notation="{a} · ln {b}",
    derivatives=("ln {b}", "{a} / {b}"),
    domain=((0.2, 2.0), (0.2, 2.0)),
    convention="∂/∂b is 0 at a = 0, for every b",
)
def xlogy(xp: Any, a: Any, b: Any) -> Any:
    """a · ln b, and 0 where a is 0, also for b = 0.

    >>> from inversa.autograd.special import xlogy
    >>> xlogy(2.0, 1.0), xlogy(0.0, 0.0)
    (0.0, 0.0)
    """
    return a * xp.log(xp.where((a == 0) & (b == b), 1.0, b))


xlogy.pullbacks(lambda g, _y, _a, b: g * log(b), lambda g, _y, a, b: g * _ratio(a, b))


@operation(
    "x ln(1 + y)",
    Rule.ACTIVATION,
    notation="{a} · ln(1 + {b})",
    derivatives=("ln(1 + {b})", "{a} / (1 + {b})"),
    domain=((0.2, 2.0), (-0.8, 2.0)),
    convention="∂/∂b is 0 at a = 0, for every b",
)
def xlog1py(xp: Any, a: Any, b: Any) -> Any:
    """a · ln(1 + b), accurate near b = 0, and 0 where a is 0, also for b = −1.

    >>> from inversa.autograd.special import xlog1py
    >>> xlog1py(1.0, 1e-12), xlog1py(0.0, -1.0)
    (9.999999999995e-13, 0.0)
    """
    return a * xp.log1p(xp.where((a == 0) & (b == b), 0.0, b))


xlog1py.pullbacks(lambda g, _y, _a, b: g * log1p(b), lambda g, _y, a, b: g * _ratio(a, 1 + b))


@operation(
    "−x ln x",
    Rule.ACTIVATION,
    notation="−{x} · ln {x}",
    derivatives=("−(1 + ln {x})",),
    domain=((0.2, 2.0),),
    analytic=False,
    convention="∞ at 0, where the slope is vertical; nan below",
)
def entr(xp: Any, x: Any) -> Any:
    """−x ln x, what a probability adds to an entropy: 0 at 0, −∞ below.

    >>> from inversa.autograd.special import entr
    >>> entr(1.0), entr(0.0), entr(-1.0)
    (0.0, 0.0, -inf)
    """
    return xp.where(x < 0, -inf, 0.0 - x * xp.log(xp.where(x > 0, x, xp.where(x == x, 1.0, x))))


entr.pullbacks(lambda g, _y, x: -g * (1 + log(x)))


@operation(
    "x ln(x/y)",
    Rule.ACTIVATION,
    notation="{a} · ln({a} / {b})",
    derivatives=("1 + ln({a} / {b})", "−{a} / {b}"),
    **_POSITIVE,
    convention="∂/∂b is 0 at a = 0, for every b",
)
def rel_entr(xp: Any, a: Any, b: Any) -> Any:
    """a ln(a / b), a term of the relative entropy: 0 for a = 0 and b ≥ 0; ∞ where one of them has no logarithm.

    >>> from inversa.autograd.special import rel_entr
    >>> rel_entr(1.0, 1.0), rel_entr(0.0, 0.0), rel_entr(1.0, 0.0)
    (0.0, 0.0, inf)
    """
    return _divergence(xp, a, b, lambda logarithm: a * logarithm, 0.0)


@operation(
    "KL",
    Rule.ACTIVATION,
    notation="{a} · ln({a} / {b}) − {a} + {b}",
    derivatives=("ln({a} / {b})", "1 − {a} / {b}"),
    **_POSITIVE,
    convention="∂/∂b is 1 at a = 0, for every b",
)
def kl_div(xp: Any, a: Any, b: Any) -> Any:
    """a ln(a / b) − a + b, a term of the Kullback-Leibler divergence that is never negative, and 0 for a = b.

    >>> from inversa.autograd.special import kl_div
    >>> kl_div(1.0, 1.0), kl_div(0.0, 0.5), kl_div(1.0, 0.0)
    (0.0, 0.5, inf)
    """
    return _divergence(xp, a, b, lambda logarithm: a * logarithm - a + b, b)


def _divergence(xp: Any, a: Any, b: Any, formula: Any, at_zero: Any) -> Any:
    """A formula of ln(a / b) where both are positive."""
    inside = (a > 0) & (b > 0)
    above, below = xp.where(inside, a, 1.0), xp.where(inside, b, 1.0)
    alike = (above > below / 2) & (above < below * 2)  # else a quotient may be too large, or too small
    near = xp.log1p(xp.divide(xp.where(alike, above - below, 0.0), below))
    logarithm = xp.where(alike, near, xp.log(above) - xp.log(below))
    outside = xp.where((a == a) & (b == b), inf, a + b)
    return xp.where(inside, formula(logarithm), xp.where((a == 0) & (b >= 0), at_zero, outside))


def _log_ratio(a: Any, b: Any) -> Any:
    return log(divide(a, b))


rel_entr.pullbacks(lambda g, _y, a, b: g * (1 + _log_ratio(a, b)), lambda g, _y, a, b: -g * _ratio(a, b))
kl_div.pullbacks(lambda g, _y, a, b: g * _log_ratio(a, b), lambda g, _y, a, b: g * (1 - _ratio(a, b)))
