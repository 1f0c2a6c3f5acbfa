"""What elementwise operations are held to at the ends of the numbers: points, values, derivatives, lost digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nan, pi
from typing import Any

import numpy as np
import scipy.special
from numpy.typing import NDArray

from inversa.autograd import Operation

from .cases import OPERATIONS

Row = NDArray[Any]
Long = np.longdouble

# The numbers of special functions are held to SciPy's elsewhere; those with a formula are compared among their kinds.
SPECIAL = ("gates", "cancellation", "entropy", "error_functions")
MODULES = ("arithmetic", "elementary", "trigonometry", "hyperbolic", "rounding", "activations")
OF_NUMBERS = {op: op.__module__.split(".")[-1] for op in OPERATIONS if op.on_floats and op.name != "where"}
ELEMENTWISE = [op for op, module in OF_NUMBERS.items() if module in MODULES]
WITH_FORMULA = [op for op, module in OF_NUMBERS.items() if module in MODULES + SPECIAL]
PARAMS: dict[str, dict[str, Any]] = {
    "clip": {"low": -1.0, "high": 1.0},
    "leaky_relu": {"slope": 0.1},
    "elu": {"alpha": 1.5},
}

LARGEST, SMALLEST, NORMAL, EPS = 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308, 2.0**-52
ONE = [
    *(
        0.0,
        SMALLEST,
        1e-300,
        1e-9,
        1e-8,
        0.0999,
        0.1001,
        0.3,
        0.5,
        1 - EPS / 2,
        1.0,
        1 + EPS,
        pi / 2,
        2.0,
        2.5,
        3.0,
        20.0,
    ),
    *(40.0, 709.5, 710.0, 1e8, 1e200, 1e300, LARGEST, inf),
]
TWO = [0.0, SMALLEST, 1e-300, 1e-200, 1e-8, 0.5, 1.0, 2.0, 3.0, 800.0, 1e200, LARGEST, inf]


SELU = 1.0507009873554805, 1.6732632423543772
REFERENCES: dict[str, Callable[..., Any]] = {
    "clip": lambda x: np.clip(x, -1, 1),
    "sigmoid": lambda x: np.where(x < -700, np.exp(x), scipy.special.expit(x)),  # SciPy gives 0 before eˣ is
    "softplus": lambda x: np.logaddexp(0, x),
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.1 * x),
    "elu": lambda x: np.where(x > 0, x, 1.5 * np.expm1(np.where(x > 0, 0, x))),
    "step": lambda x: np.where(x != x, x, np.heaviside(x, 0)),
    "log_sigmoid": lambda x: -np.logaddexp(0, -x),
    "selu": lambda x: SELU[0] * np.where(x > 0, x, SELU[1] * np.expm1(np.where(x > 0, 0, x))),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
}


def reference(op: Operation[...]) -> Callable[..., Any]:
    found = REFERENCES.get(op.name) or getattr(np, op.name, None) or getattr(scipy.special, op.name, None)
    assert found is not None, f"{op.name} is no function of NumPy or SciPy: write what it is into REFERENCES"
    return found


def lost_in_value(name: str, operands: Sequence[Row], eps: float = EPS) -> Any:
    """What a value loses for a reason: two terms of a sum that cancel each other, or the rounding of πx."""
    if name == "sinc":
        return 2 * eps
    if name not in ("logaddexp", "logaddexp2", "kl_div"):
        return 0.0
    larger = np.abs(np.maximum(*operands))
    most = inf if name == "kl_div" else 1
    return 2 * eps * np.where(np.isfinite(larger), np.minimum(larger, most), 0)


# Derivatives, infinite ones and NaN too; at 0 / 0 they are what a declaration says in its `convention`.


def _flat(*operands: Row) -> Row:
    """0, but NaN for a NaN."""
    return np.where(sum(x != x for x in operands), nan, Long(0))


def _chosen(this: Callable[[Row, Row], Any], without: bool) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The derivatives of a choice between two numbers: ½ at a tie."""

    def slope(a: Row, b: Row) -> Row:
        one, other = this(a, b) | (b != b if without else a != a), this(b, a) | (a != a if without else b != b)
        return np.where(one, np.where(other, Long(0.5), 1), 0)

    return slope, lambda a, b: slope(b, a)


def _power_by_base(a: Row, b: Row) -> Row:
    return np.where(b == 0, 0, b * a ** np.where(b == 0, 1, b - 1))


def _power_by_exponent(a: Row, b: Row) -> Row:
    return np.where(a == 0, 0, a**b * np.log(np.where(a == 0, 1, a)))


def _part(part: Row, whole: Row) -> Row:
    return np.where(whole == 0, 0, part / np.where(whole == 0, 1, whole))


def _share(a: Row, b: Row, base: float) -> Row:
    return np.where(a == b, Long(0.5), 1 / (1 + Long(base) ** (b - a)))


def _sinc(x: Row) -> Row:
    z = PI * np.where(np.abs(x) < 0.3, x, 0)
    series, term = np.zeros_like(z), -z / 3
    for n in range(1, 18):
        series, term = series + term, -term * z * z / (2 * n * (2 * n + 3))
    large = np.where(np.abs(x) < 0.3, 1, x)
    return np.where(np.abs(x) < 0.3, PI * series, (np.cos(PI * large) - np.sin(PI * large) / (PI * large)) / large)


def _bell(x: Row) -> Row:
    """e^−x / (1 + e^−x)², which is even: nothing grows."""
    return np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))) ** 2


PI = Long("3.14159265358979323846264338327950288")
LN2, LN10 = np.log(Long(2)), np.log(Long(10))
SLOPES: dict[str, tuple[Callable[..., Any], ...]] = {
    "add": (lambda a, b: np.ones_like(a), lambda a, b: np.ones_like(a)),
    "subtract": (lambda a, b: np.ones_like(a), lambda a, b: -np.ones_like(a)),
    "multiply": (lambda a, b: b, lambda a, b: a),
    "divide": (lambda a, b: 1 / b, lambda a, b: -a / b / b),
    "negative": (lambda x: -np.ones_like(x),),
    "abs": (np.sign,),
    "maximum": _chosen(np.greater_equal, without=False),
    "minimum": _chosen(np.less_equal, without=False),
    "fmax": _chosen(np.greater_equal, without=True),
    "fmin": _chosen(np.less_equal, without=True),
    "copysign": (lambda a, b: np.copysign(Long(1), a) * np.copysign(Long(1), b), lambda a, b: np.where(b == b, 0, b)),
    "clip": (lambda x: np.where(np.abs(x) > 1, Long(0), 1),),
    "exp": (np.exp,),
    "expm1": (np.exp,),
    "log": (lambda x: 1 / x,),
    "log1p": (lambda x: 1 / (1 + x),),
    "exp2": (lambda x: np.exp2(x) * LN2,),
    "log2": (lambda x: 1 / (x * LN2),),
    "log10": (lambda x: 1 / (x * LN10),),
    "logaddexp": (lambda a, b: _share(a, b, np.e), lambda a, b: _share(b, a, np.e)),
    "logaddexp2": (lambda a, b: _share(a, b, 2), lambda a, b: _share(b, a, 2)),
    "power": (_power_by_base, _power_by_exponent),
    "sqrt": (lambda x: 1 / (2 * np.sqrt(x)),),
    "cbrt": (lambda x: 1 / (3 * np.cbrt(x) ** 2),),
    "square": (lambda x: 2 * x,),
    "reciprocal": (lambda x: -1 / x / x,),
    "tanh": (lambda x: 4 * _bell(2 * x),),
    "sigmoid": (_bell,),
    "softplus": (lambda x: 1 / (1 + np.exp(-x)),),
    "relu": (lambda x: np.where(x <= 0, Long(0), 1),),
    "leaky_relu": (lambda x: np.where(x <= 0, Long(0.1), 1),),
    "elu": (lambda x: np.where(x <= 0, 1.5 * np.exp(np.minimum(x, 0)), 1),),
    "log_sigmoid": (lambda x: 1 / (1 + np.exp(x)),),
    "logit": (lambda x: 1 / (x * (1 - x)),),
    "selu": (lambda x: np.where(x <= 0, SELU[0] * SELU[1] * np.exp(np.minimum(x, 0)), SELU[0]),),
    "hard_tanh": (lambda x: np.where(np.abs(x) >= 1, Long(0), 1),),
    "sin": (np.cos,),
    "cos": (lambda x: -np.sin(x),),
    "tan": (lambda x: 1 / np.cos(x) ** 2,),
    "arcsin": (lambda x: 1 / np.sqrt((1 - x) * (1 + x)),),
    "arccos": (lambda x: -1 / np.sqrt((1 - x) * (1 + x)),),
    "arctan": (lambda x: 1 / (1 + x * x),),
    "hypot": (lambda a, b: _part(a, np.hypot(a, b)), lambda a, b: _part(b, np.hypot(a, b))),
    "arctan2": (lambda a, b: _part(b, a * a + b * b), lambda a, b: _part(-a, a * a + b * b)),
    "sinc": (_sinc,),
    "sinh": (np.cosh,),
    "cosh": (np.sinh,),
    "arcsinh": (lambda x: 1 / np.sqrt(1 + x * x),),
    "arccosh": (lambda x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1)),),
    "arctanh": (lambda x: 1 / ((1 - x) * (1 + x)),),
    "remainder": (lambda a, b: np.ones_like(a), lambda a, b: -np.floor_divide(a.astype(float), b.astype(float))),
    **dict.fromkeys(("sign", "step", "round", "floor", "ceil", "trunc"), (_flat,)),
    "floor_divide": (_flat, _flat),
}


def lost_in_slope(name: str, operands: Sequence[Row], expected: Row, eps: float = EPS) -> Any:
    """The error of a derivative that is allowed for a reason; everything else is right to a few last digits."""
    x = np.where(np.isfinite(operands[0]), operands[0], 0)
    if name in ("tanh", "sigmoid", "mish"):  # 1 − y² and y · (1 − y) of a rounded y: a digit of the largest
        return 2 * eps
    if name == "erfcx":  # 2xy − 2/√π, of which little is left
        return 4 * eps
    if name == "sinc":  # πx is rounded, and the cosine is as much off
        return 4 * eps * (1 + np.minimum(np.abs(x), 1 / np.maximum(np.abs(x), NORMAL)))
    if name in ("logaddexp", "logaddexp2"):  # a − b is rounded
        apart = np.abs(x - np.where(np.isfinite(operands[1]), operands[1], 0))
        return eps * np.minimum(apart, 2000) * expected
    if name == "power":  # b − 1 is rounded
        b = np.where(np.isfinite(operands[1]), operands[1], 0)
        logarithm = np.abs(np.log(np.where(x > 0, x, 1)))
        return eps * np.abs(np.where(np.isfinite(expected), expected, 0)) * np.abs(b - 1) * (1 + logarithm)
    return 0.0


def beyond(name: str, operands: Sequence[Row], eps: float = EPS) -> Any:
    """Where a derivative is made of something that has no number, though it has one itself."""
    a = np.abs(operands[0])
    if name in ("hypot", "arctan2"):  # of the hypotenuse, which overflows or has lost digits
        length = np.hypot(*operands)
        return np.isfinite(length) & ((length > LARGEST) | ((length < NORMAL) & (length > 0)))
    if name == "power":  # of a ^ (b − 1) for a subnormal base, or where nothing is left of b or of 1
        b = np.abs(operands[1])
        return ((a < NORMAL) & (a > 0)) | (b > 0.1 / eps) | ((b < eps) & (b > 0))
    if name == "sinc":  # of πx
        return (a > LARGEST / 4) & np.isfinite(a)
    return np.zeros_like(a, bool)
