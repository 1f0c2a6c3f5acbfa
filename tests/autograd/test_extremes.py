"""Elementwise operations at the ends of the numbers: zeros, subnormal, tiny and largest numbers, infinities, NaN.

Every declared operation is compared with NumPy's or SciPy's function of its name, and its derivatives with formulas in
numbers of 64 binary digits, which have no overflow here; and it must be the same for Values, for Tensors and compiled.
Where digits are lost for a reason, `extremes` says how many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan
from typing import Any

import numpy as np
import pytest

from inversa.autograd import (
    Operation,
    Tensor,
    Value,
    fmod,
    grad,
    jit,
    log_softmax,
    logsumexp,
    modf,
    norm,
    round,
    sinc,
    softmax,
)
from inversa.autograd.ops.composed import COMPOSITIONS
from inversa.autograd.trees import is_container, leaves

from .extremes import (
    ELEMENTWISE,
    ONE,
    PARAMS,
    SLOPES,
    TWO,
    WITH_FORMULA,
    Long,
    Row,
    beyond,
    lost_in_slope,
    lost_in_value,
    reference,
)

every_operation = pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
every_formula = pytest.mark.parametrize("op", WITH_FORMULA, ids=lambda op: op.name)
needs_long = pytest.mark.skipif(np.finfo(Long).eps > 1e-18, reason="longdouble is no longer than double here")


def points(op: Operation[...], dtype: Any = float) -> list[Row]:
    """The operands: one of all points, or two of all pairs of fewer points."""
    with np.errstate(over="ignore"):
        single = np.array(
            [sign * x for x in (ONE if len(op.operands) == 1 else TWO) for sign in (1, -1)] + [nan], dtype
        )
    return [single] if len(op.operands) == 1 else [x.ravel() for x in np.meshgrid(single, single, indexing="ij")]


def function(op: Operation[...], total: bool = False) -> Callable[..., Any]:
    """The operation with its parameters, as a function of one or of two arguments."""
    params = PARAMS.get(op.name, {})
    finish: Callable[[Any], Any] = (lambda y: y.sum()) if total else (lambda y: y)
    return (lambda x: finish(op(x, **params))) if len(op.operands) == 1 else (lambda a, b: finish(op(a, b, **params)))


def slopes(op: Operation[...], total: bool = False) -> Callable[..., Any]:
    return grad(function(op, total), tuple(range(len(op.operands))))


def of_values(op: Operation[...], operands: Sequence[Row]) -> tuple[Row, list[Row]]:
    """The values and the derivatives, from a Value for every point; a warning is an error."""
    found, derivatives = [], []
    for numbers in zip(*(x.tolist() for x in operands), strict=True):
        nodes = [Value(x) for x in numbers]
        y = function(op)(*nodes)
        y.backward()
        found.append(y.data)
        derivatives.append([0.0 if x.grad is None else x.grad for x in nodes])
    return np.array(found), list(np.array(derivatives).T)


def of_tensors(op: Operation[...], operands: Sequence[Row]) -> tuple[Row, list[Row]]:
    """The same from Tensors, which warn as NumPy does."""
    nodes = [Tensor(x, requires_grad=True) for x in operands]
    with np.errstate(all="ignore"):
        y = function(op)(*nodes)
        y.backward(np.ones_like(y.data))
    return y.numpy(), [np.zeros_like(x.data) if x.grad is None else x.grad for x in nodes]


def agree(
    found: Any,
    expected: Any,
    at: Sequence[Row],
    ulps: float,
    allowed: Any = 0.0,
    *,
    signs: bool = False,
    note: str = "",
) -> None:
    """Whether numbers are the same up to so many units in the last place, beside an error that is allowed."""
    expected = np.asarray(expected)
    found = np.asarray(found, Long)
    kind = np.float32 if expected.dtype == np.float32 else np.float64
    with np.errstate(all="ignore"):
        rounded = expected.astype(kind)
        unit = np.spacing(np.maximum(np.abs(rounded), np.finfo(kind).tiny)).astype(Long)
        off = (np.abs(found - expected) - allowed) / unit
        same = (found == rounded) | (np.isnan(found) & np.isnan(rounded))
        wrong = ~same & ~(off <= ulps)
        if signs:
            wrong |= (found == 0) & (rounded == 0) & (np.signbit(found) != np.signbit(rounded))
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        place = ", ".join(repr(float(x[i])) for x in at)
        raise AssertionError(f"{note} at {place}: {found[i]!r}, not {rounded[i]!r}; and {wrong.sum() - 1} others")


@every_operation
def test_values(op: Operation[...]) -> None:
    """Of Values and of Tensors, with the signs of zeros."""
    operands = points(op)
    with np.errstate(all="ignore"):
        expected = reference(op)(*operands)
    for values, note in ((of_values(op, operands)[0], "Value"), (of_tensors(op, operands)[0], "Tensor")):
        agree(values, expected, operands, 2, lost_in_value(op.name, operands), signs=True, note=note)


@needs_long
@every_operation
def test_slopes(op: Operation[...]) -> None:
    operands = [x.astype(Long) for x in points(op)]
    assert op.name in SLOPES, f"write the derivatives of {op.name} into SLOPES"
    with np.errstate(all="ignore"):
        there = ~beyond(op.name, operands)
        at = [x[there] for x in operands]
        for found, slope in zip(of_values(op, points(op))[1], SLOPES[op.name], strict=True):
            expected = slope(*operands)[there]
            agree(found[there], expected, at, 4, lost_in_slope(op.name, at, expected), note=f"the slope of {op.name}")
            assert op.name == "sinc" or not np.isnan(found[~there & np.isfinite(slope(*operands))]).any()


@needs_long
@every_operation
def test_digits(op: Operation[...]) -> None:
    """Of very many numbers: the values and the derivatives, to four units in the last place."""
    generator = np.random.default_rng(0)
    shape = (len(op.operands), 20_000)
    operands = list(generator.choice([-1.0, 1.0], shape) * 10.0 ** generator.uniform(-6, 2.5, shape))
    if op.name in ("arcsin", "arccos", "arctanh", "arccosh"):  # near ±1, on both sides
        operands[0] = np.sign(operands[0]) * (1 + operands[0] * 10.0 ** generator.uniform(-9, -2, shape[1]))
    long = [x.astype(Long) for x in operands]
    found, derivatives = of_tensors(op, operands)
    with np.errstate(all="ignore"):
        agree(found, reference(op)(*operands), operands, 4, lost_in_value(op.name, operands), note=op.name)
        for derivative, slope in zip(derivatives, SLOPES[op.name], strict=True):
            expected = slope(*long)
            lost = lost_in_slope(op.name, long, expected) + 1e-300  # subnormal factors have few digits
            agree(derivative, expected, operands, 4, lost, note=f"the slope of {op.name}")


# Values, Tensors and compiled functions.


@every_formula
def test_all_kinds_agree(op: Operation[...]) -> None:
    """Value = Tensor = compiled for many samples = compiled for arrays, and so are the derivatives, infinite ones too.

    The elementary functions of the C library, of NumPy and of the compiled kernels round differently: by 2 units.
    """
    operands = points(op)
    values, derivatives = of_values(op, operands)
    arrays = [Tensor(x) for x in operands]
    samples = jit(function(op)), jit(slopes(op))
    whole = jit(function(op)), jit(slopes(op, total=True))
    others = {"Tensor": of_tensors(op, operands), "compiled": (samples[0](*operands), samples[1](*operands))}
    with np.errstate(all="ignore"):  # on arrays it warns as NumPy does
        others["compiled for arrays"] = whole[0](*arrays), whole[1](*arrays)
        lost = [lost_in_slope(op.name, operands, slope) for slope in derivatives]
    assert all(compiled.why_not is None for compiled in samples + whole)
    for note, (found, others_slopes) in others.items():
        agree(found, values, operands, 2, lost_in_value(op.name, operands), signs=True, note=note)
        for slope, expected, allowed in zip(others_slopes, derivatives, lost, strict=True):
            agree(slope, expected, operands, 4, allowed, note=f"{note}, slope")


@every_formula
def test_single_precision(op: Operation[...]) -> None:
    """Of the same numbers, as far as single precision has them: its digits, and the same compiled."""
    operands = points(op, np.float32)
    values, derivatives = of_tensors(op, operands)
    with np.errstate(all="ignore"):
        double, exact = of_tensors(op, [x.astype(float) for x in operands])
        double, exact = double.astype(np.float32), [x.astype(np.float32) for x in exact]
        arrays = [Tensor(x) for x in operands]
        compiled, compiled_slopes = jit(function(op))(*arrays), jit(slopes(op, total=True))(*arrays)
        eps = float(np.finfo(np.float32).eps)
        lost = [lost_in_slope(op.name, operands, slope, eps) for slope in exact]
        there = ~beyond(op.name, operands, eps)
    at = [x[there] for x in operands]
    for found, expected in ((values, double), (compiled, values)):
        assert found.dtype == np.float32
        agree(found, expected, operands, 4, lost_in_value(op.name, operands, eps), note=op.name)
    for slope, other, expected, allowed in zip(derivatives, compiled_slopes, exact, lost, strict=True):
        assert slope.dtype == np.float32
        allowed = np.broadcast_to(allowed, slope.shape)[there]
        agree(slope[there], expected[there], at, 4, allowed, note=f"slope of {op.name}")
        agree(other[there], slope[there], at, 4, allowed, note=f"compiled slope of {op.name}")


INTEGER = {"add", "subtract", "multiply", "negative", "abs", "square", "power", "floor_divide", "remainder"}


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint64, np.bool_], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("op", [op for op in WITH_FORMULA if op.name not in INTEGER], ids=lambda op: op.name)
def test_integers_are_taken_as_numbers(op: Operation[...], dtype: Any) -> None:
    """A byte has no opposite, and −128 no absolute value among them; NumPy's functions give bytes half precision."""
    x = np.array([200, 100, 7, 0, 1, 128]).astype(dtype)
    operands = [x, x[::-1]][: len(op.operands)]
    if (op.name, dtype) == ("sign", np.bool_):
        pytest.skip("NumPy's sign takes no booleans")
    with np.errstate(all="ignore"):
        found = function(op)(*map(Tensor, operands)).numpy()
        expected = function(op)(*(Tensor(x.astype(float)) for x in operands)).numpy()
        tolerance = 2e-3 if found.dtype == np.float16 else 1e-12
        np.testing.assert_allclose(found, expected.astype(found.dtype), tolerance)


@pytest.mark.parametrize("op", [softmax, log_softmax, logsumexp, norm], ids=lambda op: op.name)
def test_reductions_of_bytes(op: Operation[...]) -> None:
    x = np.array([[200, 100, 7], [3, 250, 0]], np.uint8)
    np.testing.assert_allclose(op(Tensor(x)).numpy(), op(Tensor(x.astype(float))).numpy(), 1e-12)


# Compositions of single numbers, and settings.


@pytest.mark.parametrize(
    "name", ["heaviside", "fmod", "modf", "divmod", "deg2rad", "rad2deg", "nan_to_num", "positive"]
)
def test_compositions(name: str) -> None:
    """NumPy's values, with the signs of zeros; of Values without a warning."""
    ours, numpys = COMPOSITIONS[name].function, getattr(np, name)
    operands = points(Operation.registry["exp" if COMPOSITIONS[name].operands == 1 else "add"])
    values = [leaves(ours(*map(Value, x)), is_container) for x in zip(*(x.tolist() for x in operands), strict=True)]
    with np.errstate(all="ignore"):
        expected = leaves(numpys(*operands), is_container)
        of_arrays = leaves(ours(*map(Tensor, operands)), is_container)
    for i, part in enumerate(expected):
        agree(of_arrays[i].numpy(), part, operands, 0, signs=True, note=f"Tensor, {name}")
        agree(np.array([y[i].data for y in values]), part, operands, 0, signs=True, note=f"Value, {name}")


@pytest.mark.parametrize("x", [0.0, -0.0, 3.0, -3.0, 0.5, -2.5])
def test_what_is_left_has_the_slope_1(x: float) -> None:
    """Also at whole numbers and at 0."""
    assert grad(lambda x: modf(x)[0])(x) == grad(lambda x: fmod(x, 1.0))(x) == grad(lambda x: x % 1.0)(x) == 1.0


@pytest.mark.parametrize("decimals", [-300, -20, -3, -1, 0, 1, 2, 5, 22, 23, 300])
def test_decimals(decimals: int) -> None:
    """Where NumPy overflows a number has no such decimals, and is rounded already; elsewhere it is NumPy's."""
    x = np.concatenate([np.array(ONE), -np.array(ONE), np.arange(-3000, 3000) / 2, np.arange(-300, 300) * 5.0, [nan]])
    with np.errstate(all="ignore"):
        found, expected = round(Tensor(x), decimals).numpy(), np.round(x, decimals)
        large = ~(np.abs(x * 10.0**decimals) < 2.0**52)
    agree(found[~large], expected[~large], [x[~large]], 2, signs=True)
    np.testing.assert_array_equal(found[large], x[large])
    assert [round(Value(number), decimals).data for number in x.tolist()] == pytest.approx(found, rel=0, nan_ok=True)


@pytest.mark.parametrize("decimals", [301, -301, 10**6])
def test_too_many_decimals_are_refused(decimals: int) -> None:
    with pytest.raises(ValueError, match="decimals is a whole number from −300 to 300"):
        round(Value(1.0), decimals)


PIECEWISE = {"maximum", "minimum", "fmax", "fmin", "copysign", "clip", "relu", "leaky_relu", "abs", "remainder"}
POLES = {"divide": 1, "power": 0}  # where this operand is 0
CURVED = [op for op in ELEMENTWISE if op.name in SLOPES and op.name not in PIECEWISE and set(op.derivatives) != {"0"}]


@needs_long
@pytest.mark.parametrize("op", CURVED, ids=lambda op: op.name)
def test_second_derivatives(op: Operation[...]) -> None:
    """Against differences of the formulas: also at ties, on both sides of a series, at the exponent 0."""
    two = len(op.operands) == 2
    numbers = [0.0, 0.5, 1.0, 2.5] if two else [0.0999, 0.1001, 0.3, 0.3999, 0.4001, 0.7, 1.5, 2.5, 20.0]
    single = np.array(sorted({sign * x for x in numbers for sign in (1, -1)}))
    operands = [x.ravel() for x in np.meshgrid(single, single)] if two else [single]
    if op.name in POLES:
        operands = [x[operands[POLES[op.name]] != 0] for x in operands]
    for i in range(len(operands)):
        for j in range(len(operands)):
            step = 1e-7 * np.maximum(np.abs(operands[j]), 1).astype(Long)
            ahead, behind = ([x + side * step * (k == j) for k, x in enumerate(operands)] for side in (1, -1))
            with np.errstate(all="ignore"):
                expected = (SLOPES[op.name][i](*ahead) - SLOPES[op.name][i](*behind)) / (2 * step)
                there = np.abs(expected) < 1e4  # elsewhere is none
                for note, found in _second(op, i, j, operands).items():
                    agree(found[there], expected[there], [x[there] for x in operands], 1e9, 1e-9, note=note)


def _second(op: Operation[...], i: int, j: int, operands: Sequence[Row]) -> dict[str, Row]:
    """The derivative by operand j of that by operand i, of all kinds."""
    arrays = [Tensor(x) for x in operands]
    slope, twice = grad(function(op, total=True), i), grad(grad(function(op), i), j)
    summed = (lambda x: slope(x).sum()) if len(operands) == 1 else (lambda a, b: slope(a, b).sum())
    return {
        "Value": np.array([twice(*numbers) for numbers in zip(*(x.tolist() for x in operands), strict=True)]),
        "Tensor": np.asarray(grad(summed, j)(*arrays)),
        "compiled": np.asarray(jit(twice)(*operands)),
        "compiled for arrays": np.asarray(jit(grad(summed, j))(*arrays)),
    }


def test_the_slope_of_sinc_at_0() -> None:
    """Where its formula is 0 / 0, the second derivative is −π² / 3."""
    for x in (0.0, -0.0, 1e-300, 1e-9):
        assert grad(grad(sinc))(x) == pytest.approx(-(np.pi**2) / 3, rel=1e-15)
