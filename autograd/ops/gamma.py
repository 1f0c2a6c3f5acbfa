"""The gamma function, which goes on from factorials, and its relatives.

The formulas are those of the NIST Digital Library of Mathematical Functions, https://dlmf.nist.gov, by their numbers.
"""

from __future__ import annotations

from math import factorial, pi
from typing import Any

from inversa.autograd import checks
from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.declaring import operation
from inversa.autograd.ops.elementary import exp, log1p
from inversa.autograd.ops.entropy import xlog1py, xlogy
from inversa.autograd.ops.of_scipy import number_or_array, of_scipy
from inversa.autograd.ops.operation import Example
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.trigonometry import cos

_POSITIVE = (0.3, 4.0)


@operation(
    "Γ",
    Rule.ACTIVATION,
    derivatives=("{y} · ψ({x})",),
    domain=(_POSITIVE,),
    convention="nan at the poles −1, −2, …",
)
def gamma(xp: Any, x: Any) -> Any:
    """The gamma function: Γ(n + 1) = n!. It has poles at 0, −1, −2, ….

    >>> from inversa.autograd.special import gamma
    >>> gamma(5.0)
    24.0
    """
    return of_scipy(xp, "gamma", x)


@operation("1/Γ", Rule.ACTIVATION, notation="1 / Γ({x})", derivatives=("−{y} · ψ({x})",), domain=(_POSITIVE,))
def rgamma(xp: Any, x: Any) -> Any:
    """1 / Γ(x), which is 0 where Γ has poles, and has a derivative there, too.

    >>> from inversa.autograd.special import rgamma
    >>> rgamma(3.0), rgamma(-1.0)
    (0.5, 0.0)
    """
    return of_scipy(xp, "rgamma", x)


@operation(
    "ln |Γ|",
    Rule.ACTIVATION,
    notation="ln |Γ({x})|",
    derivatives=("ψ({x})",),
    domain=(_POSITIVE,),
    analytic=False,
    convention="infinite at the poles 0, −1, −2, …, the derivative as ψ there",
)
def gammaln(xp: Any, x: Any) -> Any:
    """The logarithm of |Γ(x)|, which does not overflow.

    >>> from inversa.autograd.special import gammaln
    >>> round(gammaln(1000.0), 6)
    5905.220423
    """
    return of_scipy(xp, "gammaln", x)


@operation(
    "ψ",
    Rule.ACTIVATION,
    derivatives=("ψ′({x})",),
    domain=(_POSITIVE,),
    convention="nan at the poles −1, −2, …",
)
def digamma(xp: Any, x: Any) -> Any:
    """ψ(x), the derivative of ln Γ(x).

    >>> from inversa.autograd.special import digamma
    >>> round(digamma(1.0), 6)
    -0.577216
    """
    return of_scipy(xp, "digamma", x)


@operation(
    "ψ⁽ⁿ⁾",
    Rule.ACTIVATION,
    derivatives=("ψ⁽ⁿ⁺¹⁾({x})",),
    domain=(_POSITIVE,),
    parameters=("n",),
    analytic=False,
    examples=(Example(((),), {"n": 0}), Example(((2, 3),), {"n": 1}), Example(((3,),), {"n": 2})),
)
def polygamma(xp: Any, n: Any, x: Any) -> Any:
    """The derivative of order n of ψ, for n from 0 on.

    DLMF 25.11.12: ψ⁽ⁿ⁾(x) = (−1)ⁿ⁺¹ n! ζ(n + 1, x) for n ≥ 1.

    >>> from inversa.autograd.special import polygamma
    >>> round(polygamma(1, 1.0), 6)
    1.644934
    """
    n = checks.count("n", int(n) if isinstance(n, float) and n.is_integer() else n, at_least=0, example="1")
    if n == 0:
        return of_scipy(xp, "digamma", x)
    return (-1.0) ** (n + 1) * factorial(n) * of_scipy(xp, "zeta", n + 1.0, x)


def _slope_of_rgamma(g: Any, y: Any, x: Any) -> Any:
    """g · (1/Γ)′, left of ½ by DLMF 5.5.3, reflection, for at its zeros ψ is infinite."""
    left = x < 0.5
    low, high = where(left, x, 0.0), where(left, 1.0, x)
    return g * where(left, gamma(1 - low) * cos(pi * low) - y * digamma(1 - low), -y * digamma(high))


# DLMF 5.2.2 and 5.15.1
gamma.pullbacks(lambda g, y, x: g * y * digamma(x))
rgamma.pullbacks(_slope_of_rgamma)
gammaln.pullbacks(lambda g, _y, x: g * digamma(x))
digamma.pullbacks(lambda g, _y, x: g * polygamma(1, x))
polygamma.pullbacks(lambda g, _y, x, *, n: g * polygamma(n + 1, x))

_OF_TWO: dict[str, Any] = {"domain": (_POSITIVE, _POSITIVE), "analytic": False}


@operation(
    "Β", Rule.ACTIVATION, derivatives=("{y} · (ψ({a}) − ψ({a} + {b}))", "{y} · (ψ({b}) − ψ({a} + {b}))"), **_OF_TWO
)
def beta(xp: Any, a: Any, b: Any) -> Any:
    """The beta function Γ(a) Γ(b) / Γ(a + b).

    >>> from inversa.autograd.special import beta
    >>> beta(1.0, 2.0)
    0.5
    """
    return of_scipy(xp, "beta", a, b)


@operation(
    "ln |Β|",
    Rule.ACTIVATION,
    notation="ln |Β({a}, {b})|",
    derivatives=("ψ({a}) − ψ({a} + {b})", "ψ({b}) − ψ({a} + {b})"),
    **_OF_TWO,
)
def betaln(xp: Any, a: Any, b: Any) -> Any:
    """The logarithm of |Β(a, b)|, which does not underflow.

    >>> from inversa.autograd.special import betaln
    >>> round(betaln(1000.0, 1000.0), 6)
    -1388.482602
    """
    return of_scipy(xp, "betaln", a, b)


# DLMF 5.12.1, differentiated
beta.pullbacks(
    lambda g, y, a, b: g * y * (digamma(a) - digamma(a + b)),
    lambda g, y, a, b: g * y * (digamma(b) - digamma(a + b)),
)
betaln.pullbacks(
    lambda g, _y, a, b: g * (digamma(a) - digamma(a + b)),
    lambda g, _y, a, b: g * (digamma(b) - digamma(a + b)),
)

_INCOMPLETE: dict[str, Any] = {
    "domain": ((0.2, 3.0),),
    "parameters": ("a",),
    "analytic": False,
    "convention": "not differentiated by a",
    "examples": (Example(((),), {"a": 1.5}), Example(((2, 3),), {"a": 0.5})),
}


@operation("P", Rule.ACTIVATION, notation="P(a, {x})", derivatives=("{x} ^ (a − 1) · e ^ −{x} / Γ(a)",), **_INCOMPLETE)
def gammainc(xp: Any, a: Any, x: Any) -> Any:
    """The lower incomplete gamma function, by Γ(a): ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt / Γ(a). It is differentiated by x alone.

    >>> from inversa.autograd.special import gammainc
    >>> gammainc(1.0, 0.0), round(gammainc(1.0, 2.0), 6)
    (0.0, 0.864665)
    """
    return of_scipy(xp, "gammainc", number_or_array("a", a), x)


@operation("Q", Rule.ACTIVATION, notation="Q(a, {x})", derivatives=("−{x} ^ (a − 1) · e ^ −{x} / Γ(a)",), **_INCOMPLETE)
def gammaincc(xp: Any, a: Any, x: Any) -> Any:
    """What `gammainc` lacks to 1, with all digits where that is tiny. It is differentiated by x alone.

    >>> from inversa.autograd.special import gammaincc
    >>> round(gammaincc(1.0, 2.0), 6)
    0.135335
    """
    return of_scipy(xp, "gammaincc", number_or_array("a", a), x)


def _density(a: Any, x: Any) -> Any:
    """DLMF 8.8.13: xᵃ⁻¹ e⁻ˣ / Γ(a)."""
    return exp(xlogy(a - 1, x) - x - gammaln(a))


gammainc.pullbacks(lambda g, _y, x, *, a: g * _density(a, x))
gammaincc.pullbacks(lambda g, _y, x, *, a: -g * _density(a, x))


@operation(
    "I",
    Rule.ACTIVATION,
    notation="I(a, b, {x})",
    derivatives=("{x} ^ (a − 1) · (1 − {x}) ^ (b − 1) / B(a, b)",),
    domain=((0.1, 0.9),),
    parameters=("a", "b"),
    analytic=False,
    convention="not differentiated by a and b",
    examples=(Example(((),), {"a": 1.5, "b": 2.0}), Example(((2, 3),), {"a": 2.5, "b": 0.5})),
)
def betainc(xp: Any, a: Any, b: Any, x: Any) -> Any:
    """The incomplete beta function, by B(a, b): ∫₀ˣ tᵃ⁻¹ (1 − t)ᵇ⁻¹ dt / B(a, b). It is differentiated by x alone.

    >>> from inversa.autograd.special import betainc
    >>> round(betainc(1.0, 2.0, 0.5), 6)
    0.75
    """
    return of_scipy(xp, "betainc", number_or_array("a", a), number_or_array("b", b), x)


# DLMF 8.17.1
betainc.pullbacks(lambda g, _y, x, *, a, b: g * exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b)))


@operation(
    "F",
    Rule.ACTIVATION,
    notation="F(df, {t})",
    derivatives=("(1 + {t}² / df) ^ (−(df + 1) / 2) / (√df · B(df / 2, 1 / 2))",),
    parameters=("df",),
    analytic=False,
    convention="not differentiated by df, the degrees of freedom",
    examples=(Example(((),), {"df": 2.5}), Example(((2, 3),), {"df": 4.0})),
)
def stdtr(xp: Any, df: Any, t: Any) -> Any:
    """Student's t distribution with so many degrees of freedom, up to t. It is differentiated by t alone.

    >>> from inversa.autograd.special import stdtr
    >>> stdtr(3.0, 0.0)
    0.5
    """
    return of_scipy(xp, "stdtr", number_or_array("df", df), t)


# Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.1
stdtr.pullbacks(lambda g, _y, t, *, df: g * exp(-(df + 1) / 2 * log1p(t * t / df) - betaln(df / 2, 0.5)) * df**-0.5)
