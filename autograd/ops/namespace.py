"""Where an operation's forward formula finds its functions: `math` for floats, the array namespace for arrays.

A declaration writes ``xp.exp(x)`` once. For Python floats ``xp`` is `floats` below: the functions of `math` with the
conventions of IEEE 754 and NumPy, so that a `Value` and a `Tensor` agree at the edges (log 0 = −inf, 1/0 = inf,
log(−1) = nan) instead of one raising what the other returns.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from inversa.autograd.lazy import np

__all__ = ["floats", "namespace"]


_OVERFLOW_ABOVE = 709.782712893384  # log of the largest float


def _exp(x: float) -> float:
    return math.exp(x) if x < _OVERFLOW_ABOVE else _at_least(x, math.inf)


def _expm1(x: float) -> float:
    return math.expm1(x) if x < _OVERFLOW_ABOVE else _at_least(x, math.inf)


def _at_least(x: float, limit: float) -> float:
    return x if x != x else limit


def _log(x: float) -> float:
    return math.log(x) if x > 0 else _log_of_nonpositive(x)


def _log1p(x: float) -> float:
    return math.log1p(x) if x > -1 else _log_of_nonpositive(1 + x)


def _log_of_nonpositive(x: float) -> float:
    return -math.inf if x == 0 else math.nan


def _sqrt(x: float) -> float:
    return math.sqrt(x) if x >= 0 else math.nan


def _periodic(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: function(x) if math.isfinite(x) else math.nan


def _divide(a: float, b: float) -> float:
    if b:
        return a / b
    return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


def _floor_divide(a: float, b: float) -> float:
    return float(a // b) if b else _divide(a, b)


def _remainder(a: float, b: float) -> float:
    return a % b if b and math.isfinite(a) else math.nan


def _round(x: float) -> float:
    return math.copysign(round(x), x) if math.isfinite(x) else x


def _pow(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    except ValueError:  # 0 to a negative power, or a negative base to a fraction
        if a != 0:
            return math.nan
        return math.copysign(math.inf, a) if b % 2 == 1 else math.inf


def _sign(x: float) -> float:
    return float((x > 0) - (x < 0)) if x == x else x


def _maximum(a: float, b: float) -> float:
    return a if a > b or a != a else b


def _minimum(a: float, b: float) -> float:
    return a if a < b or a != a else b


def _where(condition: bool, a: float, b: float) -> float:
    return a if condition else b


class _Floats:
    """The functions of an array namespace, for one Python float."""

    exp = staticmethod(_exp)
    expm1 = staticmethod(_expm1)
    log = staticmethod(_log)
    log1p = staticmethod(_log1p)
    sqrt = staticmethod(_sqrt)
    sin = staticmethod(_periodic(math.sin))
    cos = staticmethod(_periodic(math.cos))
    tanh = staticmethod(math.tanh)
    abs = staticmethod(abs)
    sign = staticmethod(_sign)
    divide = staticmethod(_divide)
    floor_divide = staticmethod(_floor_divide)
    remainder = staticmethod(_remainder)
    round = staticmethod(_round)
    pow = staticmethod(_pow)
    maximum = staticmethod(_maximum)
    minimum = staticmethod(_minimum)
    where = staticmethod(_where)


floats = _Floats()


def namespace(*arrays: Any) -> Any:
    """The array namespace of ``arrays``: NumPy, unless one of them brings its own.

    An array that follows the Python array API standard names its namespace itself (``__array_namespace__``).
    """
    for x in arrays:
        if hasattr(x, "__array_namespace__") and type(x) is not np.ndarray:
            return x.__array_namespace__()
    return np
