"""What NumPy's own functions do with nodes: become operations, answer questions, or say what to write instead.

NumPy asks before it computes, through ``__array_ufunc__`` (NEP 13) and ``__array_function__`` (NEP 18). What does not
ask, such as ``np.asarray``, a method of an array, or another library, wants the numbers alone: it gets them from what
requires no gradient, and else an error, since the gradient would be lost without a word.
"""

from __future__ import annotations

import importlib
import operator
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from inversa.autograd.lazy import np
from inversa.autograd.numpy_reasons import refusal
from inversa.autograd.ops.composed import COMPOSITIONS, Composition
from inversa.autograd.ops.namespace import is_foreign, library, namespace
from inversa.autograd.ops.operation import Operation

CUTS = (
    "the numbers of a Tensor that requires a gradient do not become a NumPy array: the gradient would be lost. For the "
    "numbers alone write x.numpy() (or x.detach(), or `with no_grad():`); for the gradient stack([a, b]) instead of "
    "np.array([a, b]), X @ W instead of X.dot(W), concatenate or where instead of an assignment, and the functions of "
    "inversa.autograd instead of those of other libraries"
)

# Questions about shapes, types and order: their answers are plain, for the gradient would be 0 or there is none.
QUESTIONS = frozenset({
    "all", "allclose", "any", "argmax", "argmin", "argpartition", "argsort", "argwhere", "array2string",
    "array_equal", "array_equiv", "array_repr", "array_str", "can_cast", "count_nonzero", "digitize", "einsum_path",
    "empty_like", "equal", "flatnonzero", "greater", "greater_equal", "iscomplex", "iscomplexobj", "isclose",
    "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf", "isreal", "isrealobj", "less", "less_equal",
    "lexsort", "logical_and", "logical_not", "logical_or", "logical_xor", "matrix_rank", "may_share_memory",
    "nanargmax", "nanargmin", "ndim", "nonzero", "not_equal", "ones_like", "result_type", "searchsorted", "shape",
    "shares_memory", "signbit", "size", "zeros_like",
})  # fmt: skip

NAMES = {
    "absolute": "abs",
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "expit": "sigmoid",
    "log_expit": "log_sigmoid",
    "psi": "digamma",
    "fabs": "abs",
    "fix": "trunc",
    "rint": "round",
    "amax": "max",
    "amin": "min",
    "around": "round",
    "concat": "concatenate",
    "conj": "real",
    "conjugate": "real",
    "cumulative_prod": "cumprod",
    "cumulative_sum": "cumsum",
    "degrees": "rad2deg",
    "mod": "remainder",
    "permute_dims": "transpose",
    "pow": "power",
    "radians": "deg2rad",
    "row_stack": "vstack",
}
_PARAMETERS = {
    "a_max": "high", "a_min": "low", "ddof": "correction", "max": "high", "min": "low",
}  # fmt: skip
_COMPARISONS = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}
_OF_NO_EFFECT = {"kind", "overwrite_input", "subok"}  # how something is computed: on the result they have none
_JOINED = {"bitwise_and": "__and__", "bitwise_or": "__or__"}


def apply_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """``np.tanh(x)`` and, for an array a, ``a * x``."""
    name = NAMES.get(ufunc.__name__, ufunc.__name__)
    if method != "__call__":
        raise TypeError(refusal(f"{group(ufunc)}{name}.{method}", [*Operation.registry, *COMPOSITIONS]))
    if "out" in kwargs:
        raise TypeError("a node is not written into: write a = a + b instead of a += b, and no out=")
    if name in _JOINED:  # of a condition that is an array and one that is traced, or of many samples
        for x, other in (inputs, inputs[::-1]):
            if hasattr(x, "_observed") and hasattr(x, _JOINED[name]):
                return getattr(x, _JOINED[name])(other)
    op = _operation(name)
    if op is None and name in COMPOSITIONS:
        return _composed(COMPOSITIONS[name], ufunc, inputs, kwargs)
    known = name in QUESTIONS or (op is not None and op.required == len(inputs))
    if not known:
        raise TypeError(refusal(group(ufunc) + name, [*Operation.registry, *COMPOSITIONS]))
    if kwargs:
        raise TypeError(_not_taken(name, next(iter(kwargs))))
    if op is not None:
        return op(*inputs)
    return _COMPARISONS.get(name, ufunc)(*map(_observed, inputs))


def apply_function(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """``np.sum(x, axis=0)``, ``np.linalg.inv(x)``, ``np.shape(x)``."""
    name = own_name(function)
    if name in ("shape", "ndim", "size") and len(args) == 1 and not kwargs and hasattr(args[0], name):
        return getattr(args[0], name)  # known of a traced array, too
    if name in QUESTIONS or (name == "where" and len(args) == 1):  # where with a condition alone asks for places
        return function(*map(_observed, args), **{key: _observed(value) for key, value in kwargs.items()})
    op = counterpart(function)
    if isinstance(op, Composition):
        return _composed(op, function, args, kwargs)
    if op is None:
        raise TypeError(refusal(group(function) + name, [*Operation.registry, *COMPOSITIONS]))
    operands, given = _named(function, op.arguments.index(op.operands[-1]) + 1, args, kwargs)
    own = {_PARAMETERS[key] if _PARAMETERS.get(key) in op.parameters else key: value for key, value in given.items()}
    for key in own:
        if key not in op.arguments:
            raise TypeError(_not_taken(name, key))
    return op(*operands, **own)


def counterpart(function: Any) -> Composition | Operation[...] | None:
    """The composition or the operation that a function of NumPy's becomes, or none."""
    name = own_name(function)
    return COMPOSITIONS.get(group(function) + name) or COMPOSITIONS.get(name) or _operation(name)


def own_name(function: Any) -> str:
    """What a function of NumPy's is called here."""
    name: str = function.__name__
    return NAMES.get(name, name)


def group(function: Any) -> str:
    """In which part of NumPy or SciPy a function is, such as ``"linalg."``: some names are in two, such as trace."""
    if not (module := getattr(function, "__module__", None)):  # ufuncs do not say
        return "" if hasattr(np, function.__name__) else "special."
    part = module.rpartition(".")[2] + "."
    return part if part in ("linalg.", "fft.") else ""


def _operation(name: str) -> Operation[...] | None:
    """The operation of that name, also of those that are loaded when they are asked for."""
    if name not in Operation.registry and name not in COMPOSITIONS and name not in QUESTIONS:
        importlib.import_module("inversa.autograd.special")
    return Operation.registry.get(name)


def _composed(composition: Composition, function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Call a composition with the settings of a call of NumPy's function, by name: it may have fewer, in its order."""
    operands, given = _named(function, composition.operands, args, kwargs)
    own = _parameters(composition.function)
    settings = {key: x for key, x in given.items() if key not in _OF_NO_EFFECT}
    for key in settings:
        if own is not None and key not in own:
            raise TypeError(_not_taken(function.__name__, key))
    return composition.function(*operands, **settings)


def _named(
    function: Any, operands: int, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """The operands of a call of NumPy's, and its settings by name: their order is not ours. No defaults."""
    parameters = _parameters(function)
    if parameters is None or len(args) > len(parameters):
        return args, kwargs
    settings = dict(zip(list(parameters)[operands:], args[operands:], strict=False)) | dict(kwargs)
    return args[:operands], {
        key: x for key, x in settings.items() if not (x is parameters.get(key, settings) or x is np._NoValue)
    }


@cache
def _parameters(function: Any) -> dict[str, Any] | None:
    """The defaults of a function's parameters by name; None where they are not known, or there may be any number."""
    import inspect  # slow to import, and few need it

    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return {p.name: p.default for p in parameters}


def _observed(x: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return type(x)(map(_observed, x))
    if not hasattr(x, "_observed"):
        return x
    found = x._observed()
    if is_foreign(found):
        raise TypeError(f"NumPy has no answer for arrays of {library(namespace(found))}: ask for those of x.numpy()")
    return x.numpy() if hasattr(x, "numpy") else found  # not to be written into, as an out= would be


def _not_taken(name: str, key: str) -> str:
    return (
        f"numpy.{name} of a node takes no {key}=: write {name}(x) of inversa.autograd, with astype, where or an index "
        "before or after it; or take the numbers alone with .numpy()"
    )
