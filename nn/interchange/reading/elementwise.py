"""Operators that compute every entry by itself: arithmetic, functions of one number, and activations."""

from __future__ import annotations

from functools import reduce
from math import inf
from typing import Any

from inversa import autograd as ag
from inversa.autograd import Tensor
from inversa.autograd.lazy import np
from inversa.nn.interchange.errors import InterchangeError
from inversa.nn.interchange.reading.operators import Function, operator, put_all
from inversa.nn.interchange.reading.values import (
    allowed,
    broadcast,
    differentiated,
    is_float,
    number,
    numbers,
    type_of,
)


def _of_one(function: Function) -> Function:
    return lambda x: function(x)


def _of_two(function: Function) -> Function:
    def run(a: Any, b: Any) -> Any:
        broadcast(a, b)
        return function(a, b)

    return run


def _of_many(function: Function) -> Function:
    def run(*xs: Any) -> Any:
        broadcast(*xs)
        return reduce(function, xs)

    return run


put_all(
    {
        "Abs": ag.abs, "Neg": ag.negative, "Sign": ag.sign, "Reciprocal": ag.reciprocal, "Identity": lambda x: x,
        "Exp": ag.exp, "Log": ag.log, "Sqrt": ag.sqrt, "Erf": ag.erf,
        "Sin": ag.sin, "Cos": ag.cos, "Tan": ag.tan, "Asin": ag.arcsin, "Acos": ag.arccos, "Atan": ag.arctan,
        "Sinh": ag.sinh, "Cosh": ag.cosh, "Tanh": ag.tanh,
        "Asinh": ag.arcsinh, "Acosh": ag.arccosh, "Atanh": ag.arctanh,
        "Floor": ag.floor, "Ceil": ag.ceil, "Round": ag.round,
        "Sigmoid": ag.sigmoid, "Softplus": ag.softplus, "Mish": ag.mish,
        "Relu": lambda x: ag.relu(x) if is_float(x) else np.maximum(x, 0),
        "Softsign": lambda x: x / (1.0 + ag.abs(x)),
    },
    _of_one,
)  # fmt: skip
put_all({"Add": ag.add, "Sub": ag.subtract, "Mul": ag.multiply}, _of_two)
put_all({"Max": ag.maximum, "Min": ag.minimum, "Sum": ag.add}, _of_many)


@operator("Mean")
def mean(*xs: Any) -> Any:
    """Of several arrays, entry by entry."""
    broadcast(*xs)
    return reduce(ag.add, xs) / float(len(xs))


@operator("Div")
def divide(a: Any, b: Any) -> Any:
    """Of whole numbers the quotient is cut off towards 0."""
    broadcast(a, b)
    if is_float(a):
        return ag.divide(a, b)
    if not np.all(b):
        raise InterchangeError("whole numbers are divided by 0")
    quotient = np.floor_divide(a, b)
    return (quotient + ((np.remainder(a, b) != 0) & ((a < 0) != (b < 0)))).astype(a.dtype)


@operator("Mod")
def mod(a: Any, b: Any, *, fmod: int = 0) -> Any:
    """The remainder: with the sign of a as in C, or of b as in Python."""
    broadcast(a, b)
    allowed("fmod", fmod, (0, 1))
    if not is_float(a) and not np.all(b):
        raise InterchangeError("whole numbers are divided by 0")
    if is_float(a):
        return ag.fmod(a, b) if fmod else ag.remainder(a, b)
    return np.fmod(a, b) if fmod else np.remainder(a, b)


@operator("Pow")
def power(a: Any, b: Any) -> Any:
    """The result has the type of a, whatever that of b."""
    broadcast(a, b)
    if is_float(a):
        if not is_float(b) and b.size == 1 and b.ndim == 0:
            return ag.power(a, float(b))
        return ag.power(a, ag.astype(b, a.dtype) if is_float(b) else b.astype(a.dtype))
    if is_float(b):
        return np.power(a.astype(np.float64), numbers(b).astype(np.float64)).astype(a.dtype)
    return np.power(a, b).astype(a.dtype)


@operator("BitShift")
def shift(a: Any, b: Any, *, direction: str) -> Any:
    """By b places, to the left or to the right."""
    broadcast(a, b)
    moved = {"LEFT": np.left_shift, "RIGHT": np.right_shift}[allowed("direction", direction, ("LEFT", "RIGHT"))]
    return moved(a, b)


@operator("Clip")
def clip(x: Any, min: Any = None, max: Any = None) -> Any:  # as ONNX calls them
    """Between bounds, which have gradients too; the upper one wins."""
    fixed = all(b is None or isinstance(b, float) or not differentiated(b) for b in (min, max))
    if is_float(x) and fixed:
        low, high = (-inf if min is None else number(min)), (inf if max is None else number(max))
        if low <= high:
            return ag.clip(x, low=low, high=high)
    if any(b is not None and not isinstance(b, float) and b.size != 1 for b in (min, max)):
        raise InterchangeError("the bounds of Clip are single numbers")
    x = x if min is None else ag.maximum(x, min)
    return x if max is None else ag.minimum(x, max)


@operator("LeakyRelu")
def leaky_relu(x: Any, *, alpha: float) -> Any:
    """α x on the left."""
    return _steps(x, x * alpha)


@operator("PRelu")
def parametric_relu(x: Any, slope: Any) -> Any:
    """With an array of slopes, which are learnt."""
    broadcast(x, slope)
    return _steps(x, x * slope)


def _steps(x: Any, left: Any) -> Any:
    return ag.where(x >= 0, x, left)


@operator("Elu")
def elu(x: Any, *, alpha: float) -> Any:
    """α (eˣ − 1) on the left."""
    return ag.elu(x, alpha=alpha) if alpha > 0 else _steps(x, ag.expm1(ag.minimum(x, 0.0)) * alpha)


@operator("Selu")
def selu(x: Any, *, alpha: float, gamma: float) -> Any:
    """γ times Elu."""
    return elu(x, alpha=alpha) * gamma


@operator("Celu")
def celu(x: Any, *, alpha: float) -> Any:
    """α (e^(x/α) − 1) on the left."""
    return ag.maximum(x, 0.0) + ag.minimum(ag.expm1(x / alpha) * alpha, 0.0)


@operator("HardSigmoid")
def hard_sigmoid(x: Any, *, alpha: float, beta: float) -> Any:
    """α x + β between 0 and 1."""
    return ag.clip(x * alpha + beta, low=0.0, high=1.0)


@operator("HardSwish")
def hard_swish(x: Any) -> Any:
    """x times a hard sigmoid."""
    return x * hard_sigmoid(x, alpha=1 / 6, beta=0.5)


@operator("Swish")
def swish(x: Any, *, alpha: float) -> Any:
    """x σ(α x)."""
    return x * ag.sigmoid(x * alpha)


@operator("Gelu")
def gelu(x: Any, *, approximate: str) -> Any:
    """x Φ(x), exactly or by tanh."""
    if allowed("approximate", approximate, ("none", "tanh")) == "tanh":
        return 0.5 * x * (1.0 + ag.tanh((x + 0.044715 * x * x * x) * float(np.sqrt(2 / np.pi))))
    return 0.5 * x * (1.0 + ag.erf(x * float(np.sqrt(0.5))))


@operator("ThresholdedRelu")
def thresholded_relu(x: Any, *, alpha: float) -> Any:
    """x above α, 0 elsewhere."""
    return ag.where(x > alpha, x, 0.0)


@operator("Shrink")
def shrink(x: Any, *, bias: float, lambd: float) -> Any:
    """Towards 0 by the bias; 0 between −λ and λ."""
    if is_float(x):
        return ag.where(x < -lambd, x + bias, ag.where(x > lambd, x - bias, 0.0))
    return np.where(x < -lambd, x + bias, np.where(x > lambd, x - bias, 0)).astype(x.dtype)


@operator("Cast")
def cast(x: Any, *, to: int, saturate: int = 1, round_mode: str = "up") -> Any:
    """To another type; what is not floating point any more has no gradient. The other two concern 8 bits alone."""
    return _cast(x, type_of(to))


@operator("CastLike")
def cast_like(x: Any, like: Any, *, saturate: int = 1, round_mode: str = "up") -> Any:
    """To the type of another array."""
    return _cast(x, like.dtype)


def _cast(x: Any, dtype: Any) -> Any:
    if dtype.kind == "f":
        return ag.astype(x, dtype) if isinstance(x, Tensor) else x.astype(dtype)
    return numbers(x).astype(dtype)


@operator("BitCast")
def bit_cast(x: Any, *, to: int) -> Any:
    """The same bits as another type of the same size: no gradient comes through."""
    array, dtype = numbers(x), type_of(to)
    if array.dtype.itemsize != dtype.itemsize:
        raise InterchangeError(f"{array.dtype} and {dtype} differ in their number of bits")
    return np.ascontiguousarray(array).view(dtype).reshape(array.shape)
