"""Operators that compute every entry by itself: arithmetic, functions of one number, and activations."""

from __future__ import annotations

from math import inf, pi, sqrt
from typing import Any

from inversa import autograd as ag
from inversa.autograd import Tensor
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.of_torch.operators import aten, put_all
from inversa.nn.interchange.of_torch.values import is_float

put_all(
    {
        "abs": lambda x: ag.abs(x), "neg": lambda x: ag.negative(x), "sign": lambda x: ag.sign(x),
        "reciprocal": lambda x: ag.reciprocal(x), "square": lambda x: ag.square(x),
        "exp": lambda x: ag.exp(x), "exp2": lambda x: ag.exp2(x), "expm1": lambda x: ag.expm1(x),
        "log": lambda x: ag.log(x), "log1p": lambda x: ag.log1p(x),
        "log2": lambda x: ag.log2(x), "log10": lambda x: ag.log10(x),
        "sqrt": lambda x: ag.sqrt(x), "rsqrt": lambda x: ag.power(x, -0.5),
        "sin": lambda x: ag.sin(x), "cos": lambda x: ag.cos(x), "tan": lambda x: ag.tan(x),
        "asin": lambda x: ag.arcsin(x), "acos": lambda x: ag.arccos(x), "atan": lambda x: ag.arctan(x),
        "sinh": lambda x: ag.sinh(x), "cosh": lambda x: ag.cosh(x), "tanh": lambda x: ag.tanh(x),
        "asinh": lambda x: ag.arcsinh(x), "acosh": lambda x: ag.arccosh(x), "atanh": lambda x: ag.arctanh(x),
        "hypot": lambda a, b: ag.hypot(a, b),
        "atan2": lambda a, b: ag.arctan2(a, b), "erf": lambda x: ag.erf(x), "erfc": lambda x: ag.erfc(x),
        "floor": lambda x: ag.floor(x), "ceil": lambda x: ag.ceil(x), "trunc": lambda x: ag.trunc(x),
        "round": lambda x: ag.round(x),
        "sigmoid": lambda x: ag.sigmoid(x), "silu": lambda x: ag.silu(x), "mish": lambda x: ag.mish(x),
        "relu": lambda x: ag.relu(x) if is_float(x) else np.maximum(x, 0),
        "maximum": lambda a, b: ag.maximum(a, b), "minimum": lambda a, b: ag.minimum(a, b),
        "mul.Tensor": lambda a, b: ag.multiply(a, b), "mul.Scalar": lambda a, b: ag.multiply(a, b),
        "pow.Tensor_Tensor": lambda a, b: ag.power(a, b), "pow.Scalar": lambda a, b: ag.power(a, b),
        "remainder.Tensor": lambda a, b: ag.remainder(a, b), "remainder.Scalar": lambda a, b: ag.remainder(a, b),
    }
)  # fmt: skip


@aten("add.Tensor", "add.Scalar")
def add(a: Any, b: Any, alpha: Any = 1) -> Any:
    """a + α b."""
    return ag.add(a, b if alpha == 1 else b * alpha)


@aten("sub.Tensor", "sub.Scalar")
def subtract(a: Any, b: Any, alpha: Any = 1) -> Any:
    """a − α b."""
    return ag.subtract(a, b if alpha == 1 else b * alpha)


@aten("rsub.Tensor", "rsub.Scalar")
def subtract_from(a: Any, b: Any, alpha: Any = 1) -> Any:
    """b − α a."""
    return ag.subtract(b, a if alpha == 1 else a * alpha)


@aten("div.Tensor", "div.Scalar", "div.Tensor_mode", "div.Scalar_mode")
def divide(a: Any, b: Any, rounding_mode: str | None = None) -> Any:
    """Of whole numbers a fraction, too."""
    if rounding_mode is not None and not _has_floats(a, b):
        return np.floor_divide(a, b) if rounding_mode == "floor" else (a - np.fmod(a, b)) // b
    quotient = ag.divide(a, b)
    return quotient if rounding_mode is None else {"floor": ag.floor, "trunc": ag.trunc}[rounding_mode](quotient)


@aten("fmod.Tensor", "fmod.Scalar")
def fmod(a: Any, b: Any) -> Any:
    """The remainder with the sign of a."""
    return ag.fmod(a, b) if _has_floats(a, b) else np.fmod(a, b)


def _has_floats(*xs: Any) -> bool:
    return any(isinstance(x, float) or (hasattr(x, "dtype") and is_float(x)) for x in xs)


@aten("pow.Tensor_Scalar")
def power(x: Any, exponent: Any) -> Any:
    """x to a constant power."""
    return ag.power(x, exponent)


@aten("clamp", "clamp.Tensor", "hardtanh", "clamp_min", "clamp_max")
def clamp(x: Any, min: Any = None, max: Any = None) -> Any:  # as PyTorch calls them
    """Between bounds, which may be arrays; the upper one wins."""
    if is_float(x) and not isinstance(min, Tensor) and not isinstance(max, Tensor) and isinstance(x, Tensor):
        low, high = (-inf if min is None else float(min)), (inf if max is None else float(max))
        if low <= high:
            return ag.clip(x, low=low, high=high)
    x = x if min is None else ag.maximum(x, min)
    return x if max is None else ag.minimum(x, max)


@aten("leaky_relu")
def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """The slope on the left."""
    return ag.where(x > 0, x, x * negative_slope)


@aten("elu")
def elu(x: Any, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Any:
    """Scale · x on the right, scale · α (exp(input_scale · x) − 1) on the left."""
    left = ag.expm1(ag.minimum(x, 0.0) * input_scale) * (alpha * scale)
    return ag.where(x > 0, x if scale == 1.0 else x * scale, left)


@aten("gelu")
def gelu(x: Any, approximate: str = "none") -> Any:
    """x Φ(x), exactly or by tanh."""
    if approximate == "tanh":
        return 0.5 * x * (1.0 + ag.tanh((x + 0.044715 * x * x * x) * sqrt(2 / pi)))
    return 0.5 * x * (1.0 + ag.erf(x * sqrt(0.5)))


@aten("softplus")
def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """ln(1 + exp(β x)) / β; x itself beyond the threshold."""
    return ag.where(x * beta > threshold, x, ag.softplus(x * beta) / beta)


@aten("clone", "alias", "contiguous", "lift_fresh_copy", "lift_fresh", "positive")
def same(x: Any) -> Any:
    """x itself: nothing is written into arrays, so that there need not be another."""
    return x


@aten("_to_copy", "to.dtype")
def cast(x: Any, dtype: Any = None) -> Any:
    """To another type; what is not floating point any more has no gradient."""
    if dtype is None or np.dtype(x.dtype) == np.dtype(dtype):
        return x
    if np.dtype(dtype).kind == "f":
        return ag.astype(x, dtype) if isinstance(x, Tensor) else Tensor(np.asarray(x).astype(dtype))
    return (x.numpy() if isinstance(x, Tensor) else np.asarray(x)).astype(dtype)


@aten("nan_to_num")
def without_nan(x: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Other numbers in the place of those that are none."""
    if posinf is not None or neginf is not None:
        raise InterchangeError("nan_to_num is supported for nan alone")
    return ag.where(x != x, 0.0 if nan is None else nan, x)
