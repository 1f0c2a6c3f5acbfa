"""No function of NumPy takes a node that requires a gradient and gives plain numbers without a word.

All public functions, ufuncs, classes and methods of arrays are called, in every place that takes an array: what NumPy
accepts for an array must for a node be an error that says what to write, or a node with the right gradient, or the
answer to one of the questions that have none.
"""

from __future__ import annotations

import inspect
import operator
import re
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import pytest

from inversa.autograd import Node, Tensor, Value

HERE = object()  # where the node stands in a call
CONDITION = np.array([[True, False], [False, True]])
MATRIX = np.array([[0.7, 0.23], [0.3, 0.9]])
OTHER = np.array([[0.55, 0.37], [0.17, 0.8]])  # no two numbers in the calls are multiples: % jumps there
STARTS: dict[str, Any] = {"matrix": MATRIX, "vector": MATRIX[0], "0-d": MATRIX[0, 0], "Value": 0.7}

# They read and write files, print, or change settings of NumPy itself.
ELSEWHERE = {
    "DataSource", "dump", "errstate", "fromfile", "genfromtxt", "info", "load", "loadtxt", "memmap", "printoptions",
    "save", "savetxt", "savez", "savez_compressed", "set_printoptions", "setbufsize", "seterr", "seterrcall",
    "show_config", "show_runtime", "test", "tofile",
}  # fmt: skip
# Numbers without a meaning; None for all but arrays, texts and lists; texts, whose settings are changed in place.
NO_NUMBERS = {"empty", "empty_like", "ndarray", "byteswap", "bmat", "array2string", "array_repr", "array_str"}
# They are meant to change their first argument: see test_inplace.
IN_PLACE = {name for name in dir(operator) if hasattr(operator, f"__{name}__") and name.startswith("i")} | {"setitem"}
IN_PLACE -= {"index", "inv", "invert", "is_", "indexOf"}
LEFT_OUT = ELSEWHERE | NO_NUMBERS


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in (np, np.linalg, np.fft, np.lib.stride_tricks, np.emath, operator):
        for name in sorted(dir(module)):
            thing = getattr(module, name)
            if callable(thing) and not name.startswith("_") and name not in LEFT_OUT:
                if module is operator and name in IN_PLACE:
                    continue
                yield f"{module.__name__}.{name}", thing
            if isinstance(thing, np.ufunc):
                for method in ("reduce", "accumulate", "outer", "reduceat"):
                    yield f"{module.__name__}.{name}.{method}", getattr(thing, method)
    for name in sorted(dir(np.ndarray)):
        if callable(getattr(np.ndarray, name)) and not name.startswith("_") and name not in LEFT_OUT:
            yield f"ndarray.{name}", partial(method_of_a_copy, name)
    yield "numpy.r_", np.r_.__getitem__
    yield "numpy.c_", np.c_.__getitem__
    yield "numpy.s_", np.s_.__getitem__
    yield "a[:] = x", assigned
    yield "a.flat = x", assigned_flat


def method_of_a_copy(name: str, *args: Any, **kwargs: Any) -> Any:
    copy = OTHER.copy()
    return getattr(copy, name)(*args, **kwargs), copy


def assigned(x: Any) -> Any:
    copy = OTHER.copy()
    copy[:] = x
    return copy


def assigned_flat(x: Any) -> Any:
    copy = OTHER.copy()
    copy.flat = x
    return copy


FUNCTIONS = dict(functions())

CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((HERE,), {}), (([HERE, HERE],), {}), (((HERE, OTHER),), {}), (([OTHER, HERE],), {}), (([[HERE, HERE]],), {}),
    ((HERE, HERE), {}), ((HERE, OTHER), {}), ((OTHER, HERE), {}), ((HERE, 1), {}), ((HERE, 0.5), {}), ((1, HERE), {}),
    ((0.5, HERE), {}), ((HERE, (2, 2)), {}), (((2, 2), HERE), {}), ((HERE, float), {}), ((HERE, [0, 1]), {}),
    ((HERE, 0, 1), {}), ((HERE, 0, 0.5), {}), ((OTHER, 0, HERE), {}), ((OTHER, HERE, OTHER), {}),
    ((HERE, OTHER, OTHER), {}), ((OTHER, OTHER, HERE), {}), ((HERE, HERE, HERE), {}), ((CONDITION, HERE, OTHER), {}),
    ((CONDITION, OTHER, HERE), {}), ((CONDITION, HERE), {}), ((HERE, CONDITION), {}), ((HERE, CONDITION, 0.5), {}),
    ((OTHER, CONDITION, HERE), {}), (([CONDITION], [HERE]), {}), (([CONDITION], [OTHER], HERE), {}),
    ((HERE, [CONDITION], [0.5]), {}), ((OTHER, [CONDITION], [HERE]), {}), ((np.sum, 0, HERE), {}),
    ((np.sum, HERE, [0]), {}), ((np.sum, HERE), {}), ((HERE, np.sum, 0.5), {}), (("ij,jk", HERE, OTHER), {}),
    (("ij,jk", OTHER, HERE), {}), (("i,i", HERE, HERE), {}), ((OTHER, [[0, 1], [1, 0]], HERE), {}),
    ((np.array([0, 1]), [HERE, HERE]), {}), ((OTHER.copy(),), {"out": HERE}), ((OTHER, OTHER), {"out": HERE}),
    ((HERE,), {"out": OTHER.copy()}), ((HERE, HERE), {"out": OTHER.copy()}), ((HERE,), {"axis": 0}),
    ((HERE,), {"dtype": float}), ((HERE,), {"dtype": np.float32}), ((HERE,), {"dtype": object}),
]  # fmt: skip


def calls_of(function: Callable[..., Any]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Calls with the node in every place: those above, and every parameter by its name."""
    for args, kwargs in CALLS:
        if not (isinstance(function, np.ufunc) and any(map(callable, args))):  # ufuncs take functions for objects
            yield args, kwargs
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        names = ["out", "initial", "where", "axis", "weights"]
    else:
        names = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for name in names:
        for before in ((), (OTHER,), (OTHER, OTHER), ([OTHER, OTHER],), (0.1, 0.9)):
            yield before, {name: HERE}


def filled(part: Any, x: Any) -> Any:
    """A part of a call with x where the node stands; arrays are copied, for some functions write into them."""
    if part is HERE:
        return x
    if isinstance(part, (list, tuple)):
        return type(part)(filled(p, x) for p in part)
    if isinstance(part, dict):
        return {key: filled(p, x) for key, p in part.items()}
    return part.copy() if isinstance(part, np.ndarray) else part


def made(function: Callable[..., Any], call: tuple[Any, Any], x: Any) -> Any:
    """The result, and what became of the arguments: some functions write into them."""
    args, kwargs = (filled(part, x.copy() if isinstance(x, np.ndarray) else x) for part in call)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(*args, **kwargs), args, list(kwargs.values())


def numbers_in(result: Any) -> list[Any]:
    """The numbers and nodes in a result, whatever holds them. Texts and types have none."""
    if isinstance(result, Tensor):
        return [result[i] for i in np.ndindex(result.shape)]
    if isinstance(result, (Value, float, complex, np.inexact)):
        return [result]
    if isinstance(result, np.ndarray) and result.dtype.kind in "fcO":
        return [x for entry in result.ravel().tolist() for x in numbers_in(entry)]
    if isinstance(result, (list, tuple)):
        return [x for part in result for x in numbers_in(part)]
    if isinstance(result, np.poly1d):
        return numbers_in(result.coeffs)
    if isinstance(result, Iterator):
        return [x for part in islice(result, 9) for x in numbers_in(part)]
    return []


def weighed(result: Any) -> Any:
    """One number that depends on all those in a result; of complex ones, on both parts."""
    weights = (0.3 + 0.1 * i for i in range(1000))
    plain = [x.real + 0.7 * x.imag if isinstance(x, complex) else x for x in numbers_in(result)]
    return sum((w * x for w, x in zip(weights, plain, strict=False)), 0.0)


def slopes(of: Callable[[Any], Any], start: Any) -> Any:
    """The gradient by central differences."""
    x = np.asarray(start, float)
    found = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = 1e-6
        ends = [of(x + s * step if x.shape else type(start)(x + s * step)) for s in (1, -1)]
        found[i] = (ends[0] - ends[1]) / 2e-6
    return found


def check(function: Callable[..., Any], call: tuple[Any, Any], start: Any) -> str:
    """What becomes of a call with a node: ``"error"`` or ``"right"``; empty where NumPy takes no array there either."""
    try:
        expected = weighed(made(function, call, start))
        gradient = slopes(lambda x: weighed(made(function, call, x)), start)
    except Exception:
        return ""
    if not np.isfinite([expected, *np.ravel(gradient)]).all():
        return ""
    node: Any = Tensor(start, requires_grad=True) if isinstance(start, (np.ndarray, np.generic)) else Value(start)
    try:
        result = weighed(made(function, call, node))
    except RecursionError:
        raise
    except Exception:
        return "error"
    if isinstance(result, Node):
        result.backward()
    found = np.zeros(np.shape(start)) if node.grad is None else node.grad
    assert np.allclose(found, gradient, 1e-5, 1e-6), f"{call}: the gradient is {found}, not {gradient}"
    assert np.allclose(result.data if isinstance(result, Node) else result, expected, 1e-9), call
    return "right"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_gradient_is_right_or_an_error_says_that_there_is_none(name: str) -> None:
    """A result of plain numbers has the gradient 0, and passes where that is right, as for a sign or an index."""
    function = FUNCTIONS[name]
    for start in STARTS.values():
        for call in calls_of(function):
            check(function, call, start)


def test_what_is_called_above_is_called_with_arrays() -> None:
    """The calls reach what they should: a fault that cuts the gradient is found."""
    matrix = STARTS["matrix"]
    calls = {name: [check(f, call, matrix) for call in calls_of(f)] for name, f in FUNCTIONS.items()}
    reached = {name for name, found in calls.items() if any(found)}
    assert len(reached) > 400
    assert {name for name, found in calls.items() if "right" in found} >= {"numpy.sum", "numpy.exp", "numpy.where"}
    with pytest.raises(AssertionError, match="the gradient is"):
        check(lambda x: np.sin(x.numpy() if isinstance(x, Tensor) else x), ((HERE,), {}), matrix)


# Calls with the node alone, with a list of nodes, and beside an array: the message says what to write.
BASIC = (((HERE,), {}), (([HERE, HERE],), {}), ((OTHER, HERE), {}), ((HERE, OTHER), {}))
SAYS = re.compile(r"numpy\(\)|stack\(\[|write a = a \+ b|detach\(\)|call \w+\(|output array is read-only")
# NumPy speaks for itself where it wants memory, or an array to write into.
OF_MEMORY = {
    "ndarray.conj", "ndarray.conjugate", "ndarray.dot", "numpy.from_dlpack", "numpy.frombuffer", "numpy.isfortran",
    "numpy.mintypecode", "numpy.nditer",
}  # fmt: skip


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n not in OF_MEMORY and not n.startswith("operator.")])
def test_the_error_says_what_to_write(name: str) -> None:
    for call in BASIC:
        if check(FUNCTIONS[name], call, MATRIX) == "error":
            with pytest.raises((TypeError, ValueError), match=SAYS):
                made(FUNCTIONS[name], call, Tensor(MATRIX, requires_grad=True))
