"""What NumPy's own functions do with nodes: become operations, answer questions, or say what to write instead.

NumPy asks before it computes, through ``__array_ufunc__`` (NEP 13) and ``__array_function__`` (NEP 18).
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

from inversa.autograd.ops.operation import Operation

_NAMES = {
    "absolute": "abs",
    "amax": "max",
    "amin": "min",
    "concat": "concatenate",
    "float_power": "power",
    "permute_dims": "transpose",
    "pow": "power",
}
_PARAMETERS = {"ddof": "correction", "a_min": "low", "a_max": "high", "min": "low", "max": "high"}
_COMPARISONS = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}
# Questions about the values: their answers have no gradient for anybody.
_QUESTIONS = {
    "allclose", "argmax", "argmin", "argsort", "array_equal", "iscomplexobj", "isclose", "isfinite", "isinf", "isnan",
    "ndim", "shape", "signbit", "size",
}  # fmt: skip
_INSTEAD = {
    "cumsum": "matmul with a triangle of ones",
    "dot": "a @ b",
    "flatten": "reshape(x, -1)",
    "hstack": "concatenate([...], axis=1)",
    "linalg.norm": "sqrt(sum(x * x))",
    "norm": "sqrt(sum(x * x))",
    "ravel": "reshape(x, -1)",
    "square": "x * x",
    "std": "sqrt(var(x))",
    "tan": "sin(x) / cos(x)",
    "vstack": "concatenate([...])",
}


def apply_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """``np.tanh(x)`` and, for an array a, ``a * x``."""
    name = _NAMES.get(ufunc.__name__, ufunc.__name__)
    if method == "__call__" and "out" in kwargs:
        raise TypeError("a node is not written into: write a = a + b instead of a += b, and no out=")
    if method == "__call__" and not kwargs:
        if name in _COMPARISONS:
            return _COMPARISONS[name](*map(_seen, inputs))
        if name in _QUESTIONS:
            return ufunc(*map(_seen, inputs))
        op = Operation.registry.get(name)
        if op is not None and not op.parameters:
            return op(*inputs)
    raise TypeError(_unknown(name if method == "__call__" else f"{name}.{method}"))


def apply_function(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """``np.sum(x, axis=0)``, ``np.concatenate([x, y])``, ``np.shape(x)``."""
    name = _NAMES.get(function.__name__, function.__name__)
    if name in ("shape", "ndim", "size") and len(args) == 1 and hasattr(args[0], name):
        return getattr(args[0], name)  # known of a traced array, too
    if name in _QUESTIONS:
        return function(*map(_seen, args), **{key: _seen(value) for key, value in kwargs.items()})
    op = Operation.registry.get(name)
    if op is None:
        raise TypeError(_unknown(name))
    own = {_PARAMETERS[key] if _PARAMETERS.get(key) in op.parameters else key: value for key, value in kwargs.items()}
    return op(*args, **own)


def _seen(x: Any) -> Any:
    return x._seen() if hasattr(x, "_seen") else x


def _unknown(name: str) -> str:
    known = ", ".join(sorted(Operation.registry))
    instead = f"Write {_INSTEAD[name]} instead" if name in _INSTEAD else f"Differentiable: {known}"
    return (
        f"numpy.{name} has no gradient here. {instead}. "
        "To compute without a gradient use .numpy() or .item(); to add a function see inversa.autograd.operation"
    )
