"""Functions of arrays at the ends of what arrays can be: empty, without axes, of one entry, ties, NaN, ∞, integers.

Every operation and composition that NumPy has a function for is called through that function, with a Tensor, and
compared with what NumPy gives for the array.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inversa.autograd import Operation, Tensor
from inversa.autograd.ops.composed import COMPOSITIONS
from inversa.autograd.trees import is_container, leaves

from .cases import OPERATIONS

Function = Callable[..., Any]

INPUTS: dict[str, NDArray[Any]] = {
    "empty": np.zeros(0),
    "no rows": np.zeros((0, 3)),
    "no columns": np.zeros((2, 0)),
    "a number": np.array(2.5),
    "one entry": np.array([2.5]),
    "one by one": np.array([[2.5]]),
    "ties": np.full((2, 3), 1.5),
    "a unit matrix": np.eye(2),
    "a NaN": np.array([1.0, nan, 3.0, 2.0]),
    "a NaN in a matrix": np.array([[1.0, nan, 3.0], [2.0, -1.0, 4.0]]),
    "nothing but NaN": np.array([nan, nan]),
    "infinite": np.array([1.0, inf, 3.0, -2.0]),
    "both infinities": np.array([inf, -inf, 1.0]),
    "nothing but infinite": np.array([inf, inf]),
    "zeros": np.array([0.0, -0.0, 0.0]),
    "integers": np.array([3, 1, 2]),
    "a matrix of integers": np.array([[2, 1], [1, 3]]),
    "booleans": np.array([True, False, True]),
    "bytes": np.array([200, 100, 7], np.uint8),
    "an integer": np.array(3),
}
AXES: tuple[dict[str, Any], ...] = ({}, {"axis": 0}, {"axis": -1, "keepdims": True})


def _numpys(name: str) -> Function | None:
    """NumPy's function of this name."""
    thing: Any = np
    for part in name.split("."):
        thing = getattr(thing, part, None)
    return thing


def _of_one(function: Function) -> bool:
    """Whether it can be called with one array alone."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)


NAMES = sorted(
    {op.name for op in OPERATIONS if len(op.operands) == 1 and not op.variadic and _of_one(op)}
    | {name for name, c in COMPOSITIONS.items() if c.operands == 1 and not c.joins and _of_one(c.function)}
)
FUNCTIONS = {name: function for name in NAMES if (function := _numpys(name)) is not None}

# Where the answer is another than NumPy's, and why.
REFUSED = {
    ("median", "empty"): "no entries have no quantiles",
    ("median", "no rows"): "no entries have no quantiles",
    ("median", "no columns"): "no entries have no quantiles",
    ("diff", "booleans"): "boolean subtract",
    ("linalg.svd", "no rows"): "full_matrices is False",
    ("linalg.svd", "no columns"): "full_matrices is False",
    ("linalg.svd", "ties"): "full_matrices is False",
    ("vander", "empty"): "N is a positive integer",
}
REFUSALS = (ValueError, TypeError, IndexError)  # by which an argument is refused, in words
WITHOUT_DERIVATIVE = {("linalg.qr", "ties"): "Singular matrix"}  # the columns depend on each other
ACCEPTED = {  # which NumPy refuses; and a single number along axis 0 or −1
    ("average", "no rows"), ("average", "no columns"), ("clip", "booleans"), ("gradient", "booleans"),
    ("positive", "booleans"),
}  # fmt: skip
AS_FLOATS = ("reciprocal",)  # of integers: NumPy's result is one of integers, 0 or 1


def _takes(name: str, settings: dict[str, Any]) -> bool:
    """Whether ours and NumPy's function have these arguments."""
    ours = COMPOSITIONS[name].function if name in COMPOSITIONS else Operation.registry[name]
    functions = (ours, FUNCTIONS[name]) if settings else ()
    return all(settings.keys() <= inspect.signature(f).parameters.keys() for f in functions)


def _expected(name: str, x: NDArray[Any], settings: dict[str, Any]) -> list[NDArray[Any]]:
    """What NumPy gives."""
    x = x.astype(float) if name in AS_FLOATS else x
    return [np.asarray(y) for y in leaves(FUNCTIONS[name](x, **settings), is_container)]


@pytest.mark.filterwarnings("ignore")  # of NumPy, for results that are no numbers
@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_numpys(name: str, kind: str) -> None:
    """With and without an axis: the same value, and a gradient; what NumPy refuses is at least refused in words."""
    x = INPUTS[kind]
    for settings in AXES:
        if not _takes(name, settings):
            continue
        tensor = Tensor(x, requires_grad=x.dtype.kind == "f")
        try:
            expected = _expected(name, x, settings)
        except (ValueError, TypeError, IndexError, ZeroDivisionError):
            accepted = not x.ndim or (name, kind) in ACCEPTED
            with suppress(*REFUSALS) if accepted else pytest.raises(REFUSALS):
                FUNCTIONS[name](tensor, **settings)
            continue
        if (name, kind) in REFUSED and not (settings and expected[0].size == 0):
            with pytest.raises((ValueError, TypeError), match=REFUSED[name, kind]):
                FUNCTIONS[name](tensor, **settings)
            continue
        results = list(leaves(FUNCTIONS[name](tensor, **settings), is_container))
        assert len(results) == len(expected)
        for ours, numpys in zip(results, expected, strict=True):
            numbers = ours.numpy() if isinstance(ours, Tensor) else np.asarray(ours)
            assert numbers.shape == numpys.shape
            assert numbers.dtype == numpys.dtype or x.dtype.kind != "f"
            half = numpys.dtype == np.float16  # NumPy's choice for small integers; it may be ours
            numbers, tolerance = (numbers.astype(np.float16), 2e-3) if half else (numbers, 1e-12)
            np.testing.assert_allclose(numbers, numpys, tolerance, tolerance, err_msg=f"{name} of {kind}, {settings}")
            if isinstance(ours, Tensor) and ours.requires_grad:
                _run_back(name, kind, ours, tensor)


def _run_back(name: str, kind: str, y: Tensor, x: Tensor) -> None:
    """A gradient comes of the right shape, where there is a derivative."""
    if (name, kind) in WITHOUT_DERIVATIVE:
        with pytest.raises(ValueError, match=WITHOUT_DERIVATIVE[name, kind]):
            y.backward(np.ones(y.shape))
    else:
        y.backward(np.ones(y.shape))
        assert x.grad is None or x.grad.shape == x.shape
