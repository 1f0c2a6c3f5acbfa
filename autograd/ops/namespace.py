"""Where an operation's forward formula finds its functions: `math` for floats, the array namespace for arrays.

A declaration writes ``xp.exp(x)`` once. For Python floats ``xp`` is `floats` below: the functions of `math` with the
conventions of IEEE 754 and NumPy, so that a `Value` and a `Tensor` agree at the edges (log 0 = −inf, 1/0 = inf,
log(−1) = nan) instead of one raising what the other returns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from inversa.autograd.lazy import np

__all__ = [
    "MixedArraysError", "alike", "as_floats", "beside", "compat", "device", "filled", "floats", "foreign_parts",
    "is_foreign", "is_standard", "kind_of", "library", "namespace", "type_name", "type_of", "whole",
]  # fmt: skip


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


def _within(low: float, high: float, function: Callable[[float], float]) -> Callable[[float], float]:
    """The function where it is defined, and nan elsewhere."""
    return lambda x: function(x) if low <= x <= high else math.nan


def _logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda x: function(x) if x > 0 else _log_of_nonpositive(x)


def _atanh(x: float) -> float:
    return math.atanh(x) if -1 < x < 1 else _divide(x, 1 - abs(x)) if abs(x) == 1 else math.nan


def _growing(function: Callable[[float], float], even: bool) -> Callable[[float], float]:
    """The function, infinite where it is too large for a float; of an even one that is +∞ on both sides."""

    def value(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.inf if even else math.copysign(math.inf, x)

    return value


def _hypot(a: float, b: float) -> float:
    try:
        return abs(complex(a, b))  # the C library's; math.hypot rounds otherwise
    except OverflowError:
        return math.inf


def _whole(function: Callable[[float], int]) -> Callable[[float], float]:
    """The function that rounds, with the sign of x also at 0, and of what is infinite or nan the same."""
    return lambda x: math.copysign(float(function(x)), x) if math.isfinite(x) else x


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
    tan = staticmethod(_periodic(math.tan))
    asin = staticmethod(_within(-1.0, 1.0, math.asin))
    acos = staticmethod(_within(-1.0, 1.0, math.acos))
    atan = staticmethod(math.atan)
    atan2 = staticmethod(math.atan2)
    hypot = staticmethod(_hypot)
    sinh = staticmethod(_growing(math.sinh, even=False))
    cosh = staticmethod(_growing(math.cosh, even=True))
    asinh = staticmethod(math.asinh)
    acosh = staticmethod(_within(1.0, math.inf, math.acosh))
    atanh = staticmethod(_atanh)
    log2 = staticmethod(_logarithm(math.log2))
    log10 = staticmethod(_logarithm(math.log10))
    tanh = staticmethod(math.tanh)
    abs = staticmethod(abs)
    sign = staticmethod(_sign)
    divide = staticmethod(_divide)
    floor_divide = staticmethod(_floor_divide)
    remainder = staticmethod(_remainder)
    round = staticmethod(_round)
    floor = staticmethod(_whole(math.floor))
    ceil = staticmethod(_whole(math.ceil))
    trunc = staticmethod(_whole(math.trunc))
    copysign = staticmethod(math.copysign)
    pow = staticmethod(_pow)
    maximum = staticmethod(_maximum)
    minimum = staticmethod(_minimum)
    where = staticmethod(_where)


floats = _Floats()


class MixedArraysError(TypeError):
    """Arrays of different libraries, or on different devices, meet in one operation."""


_SPACES: dict[type, Any] = {}  # of every type met so far: its namespace, or None for what is no array
_OTHERS: set[Any] = set()  # all of these but NumPy


def namespace(*arrays: Any) -> Any:
    """The array namespace of ``arrays``: NumPy, unless they are of another library.

    An array that follows the Python array API standard names its namespace itself (``__array_namespace__``); those of
    PyTorch and Dask are known to the package array-api-compat.

    Raises
    ------
    MixedArraysError
        When arrays of two libraries meet.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.autograd.ops.namespace import namespace
    >>> namespace(np.ones(2), 3.0).__name__
    'numpy'
    """
    found = None
    for x in arrays:
        kind = type(x)
        xp = _SPACES[kind] if kind in _SPACES else _space(x)
        if xp is not None and xp is not found:
            if found is not None:
                names = " and ".join(sorted(map(library, (xp, found))))
                raise MixedArraysError(
                    f"arrays of {names} meet here: nothing is transferred unasked, so convert one of them: x.to(xp), "
                    "with the other one's library for xp"
                )
            found = xp
    if found is None or found is np:
        return np
    if len(arrays) > 1:
        _on_one_device(arrays)
    return found


def _on_one_device(arrays: Sequence[Any]) -> None:
    """Raise where arrays of another library than NumPy lie on different devices."""
    first = None
    for x in arrays:
        place = device(x)
        if place is None or place == first or not is_foreign(x):
            continue
        if first is not None:
            names = " and ".join(sorted(map(str, (first, place))))
            raise MixedArraysError(
                f"arrays on {names} meet here: nothing is transferred unasked, so move one of them: x.to(device)"
            )
        first = place


def _space(x: Any) -> Any:
    """Find out, and remember, what namespace the arrays of a type have, or that of a node; None for what has none."""
    xp: Any = None
    if hasattr(x, "level") and hasattr(x, "_array"):  # a node with an array, of any library
        return namespace(x._array)
    if isinstance(x, type):  # a class of arrays is none
        pass
    elif hasattr(x, "__array_namespace__"):
        xp = np if isinstance(x, np.ndarray) else None if isinstance(x, np.generic) else x.__array_namespace__()
    elif hasattr(x, "__dlpack__") or hasattr(x, "__dask_graph__"):
        xp = compat(x).array_namespace(x) if compat(x).is_array_api_obj(x) else None
    _SPACES[type(x)] = xp
    if xp is not None and xp is not np:
        _OTHERS.add(xp)
    return xp


def compat(x: Any) -> Any:
    """The package that knows how libraries keep to the standard, which NumPy's arrays do without.

    Raises
    ------
    ImportError
        Where it is not installed: it says how that is done.
    """
    try:
        import array_api_compat
    except ImportError:
        whose = type(x).__module__.partition(".")[0]
        raise ImportError(f"arrays of {whose} need array-api-compat: pip install 'inversa[arrays]'") from None
    return array_api_compat


def library(xp: Any) -> str:
    """What the library of a namespace is called.

    >>> import numpy as np
    >>> from inversa.autograd.ops.namespace import library
    >>> library(np)
    'numpy'
    """
    name = str(xp.__name__).removeprefix("array_api_compat.")
    return name if name == "array_api_strict" else name.partition(".")[0]


# What formulas need of arrays of any library, and the standard leaves open.


def is_standard(xp: Any) -> bool:
    """Whether a namespace offers no more than the standard: the one question by which NumPy's own ways are chosen."""
    return xp in _OTHERS


def is_foreign(x: Any) -> bool:
    """Whether this is an array of another library than NumPy."""
    kind = type(x)
    return (_SPACES[kind] if kind in _SPACES else _space(x)) in _OTHERS


_PLAIN = frozenset((int, float, bool, str, slice, type(None)))


def foreign_parts(settings: Iterable[Any]) -> list[Any]:
    """The arrays of other libraries among settings, and in those that are tuples, as an index may be."""
    found: list[Any] = []
    for setting in settings:
        if type(setting) in _PLAIN:  # as they nearly always are
            continue
        if type(setting) is tuple:
            found += foreign_parts(setting)
        elif is_foreign(setting):
            found.append(setting)
    return found


def device(x: Any) -> Any:
    """Where an array lies: what is made beside it is made there."""
    return getattr(x, "device", None)


def beside(x: Any, values: Any) -> Any:
    """Numbers or a list as an array of the library, and on the device, of x; an array as it is.

    Floats beside an array of floats take its type: other libraries have another one for them than NumPy.

    Raises
    ------
    TypeError
        For an array of another library.
    """
    if type(x) is type(values):
        return values
    xp = namespace(x, values)
    if hasattr(values, "ndim"):
        return values
    if not is_standard(xp):
        return np.asarray(values)
    floating = np.asarray(values).dtype.kind == "f" and kind_of(x.dtype) == "f"
    return xp.asarray(values, dtype=x.dtype if floating else None, device=device(x))


def alike(x: Any, values: Any) -> Any:
    """Numbers, a list or an array of constants as an array of the type, the library and on the device of x."""
    xp = namespace(x)
    if not is_standard(xp):
        return np.asarray(values, x.dtype)
    own = np.array(values, order="C") if isinstance(values, np.ndarray) else values  # PyTorch would share its memory
    return xp.asarray(own, dtype=x.dtype, device=device(x))


def whole(xp: Any) -> Any:
    """The type of whole numbers that a library makes of Python's: JAX has int64 only while it is asked for it."""
    return xp.__array_namespace_info__().default_dtypes()["integral"]


def as_floats(x: Any) -> Any:
    """Whole numbers as floats: squares and differences of small integers may have no place in their type."""
    return x if kind_of(x.dtype) == "f" else x * 1.0


def filled(x: Any, shape: tuple[int, ...], value: Any) -> Any:
    """An array full of one constant, of the type, the library and on the device of x."""
    return namespace(x).full(shape, value, dtype=x.dtype, device=device(x))


def type_of(xp: Any, dtype: Any) -> Any:
    """A namespace's type for NumPy's, or for the name of one, such as ``"float32"``; its own are left as they are."""
    if not is_standard(xp):
        return xp.dtype(dtype)
    if not isinstance(dtype, (str, type, np.dtype)):
        return dtype
    found = getattr(xp, np.dtype(dtype).name)
    return np.dtype(found) if isinstance(found, type) else found  # Dask and JAX have NumPy's


_KINDS = {"bool": "b", "int": "i", "uint": "u", "float": "f", "bfloat": "f", "complex": "c"}


def kind_of(dtype: Any) -> str:
    """The letter that NumPy has for the kind of a type, of any library: b, i, u, f or c; O for others.

    >>> import numpy as np
    >>> from inversa.autograd.ops.namespace import kind_of
    >>> kind_of(np.dtype("float32")), kind_of(np.dtype(bool))
    ('f', 'b')
    """
    return str(dtype.kind) if hasattr(dtype, "kind") else _kind_by_name(dtype)


@cache
def _kind_by_name(dtype: Any) -> str:
    return _KINDS.get(type_name(dtype).rstrip("0123456789"), "O")


def type_name(dtype: Any) -> str:
    """The name of a type, without that of its library: ``"float32"``."""
    return str(dtype).rpartition(".")[2]
