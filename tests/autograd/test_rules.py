"""Every declared rule against finite differences and the complex step; a new operation is tested by being declared."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from inversa.autograd import (
    Graph,
    Operation,
    Tensor,
    Value,
    concatenate,
    einsum,
    jit,
    log_softmax,
    logsumexp,
    max,
    maximum,
    mean,
    min,
    minimum,
    norm,
    power,
    prod,
    softmax,
    stack,
    std,
    step,
    sum,
    transpose,
    value_and_grad,
    var,
)

from . import cases
from .cases import CASES, OPERATIONS, Case
from .numeric import close, one_sided_slopes

ON_FLOATS = tuple(case for case in CASES if case.on_floats)
ONCE = tuple(case for case in ON_FLOATS if case.note == " (1)")  # where the operands do not matter
WITH_KINKS = tuple(case for case in ONCE if case.op.kinks)

# What the declarations' texts say, as a number. A new operation need not stand here: the one-sided slopes hold it, too.
AT_KINKS: dict[str, Any] = {
    "relu": 0.0,
    "abs": 0.0,
    "step": 0.0,
    "sign": 0.0,
    "clip": 1.0,
    "leaky_relu": lambda params: params["slope"],
    "elu": lambda params: params["alpha"],
}

every_case = pytest.mark.parametrize("case", CASES, ids=str)
every_scalar_case = pytest.mark.parametrize("case", ON_FLOATS, ids=str)
every_operation = pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)


@every_operation
def test_declaration_is_complete(op: Operation[...]) -> None:
    assert op.__doc__, "an operation says what it is"
    assert len(op.vjps) == (1 if op.variadic else len(op.operands)), "one pullback for every input"
    assert len(op.domain) >= len(op.operands)
    assert not op.derivatives or len(op.derivatives) == len(op.operands)
    assert bool(op.kinks) <= bool(op.convention), "a kink has a convention"
    assert not (op.kinks and op.analytic), "a function with kinks is not analytic"
    assert any(case.op is op for case in CASES), "give it examples"
    if op.on_floats:
        assert any(case.op is op for case in ON_FLOATS), "give it an example of shape ()"


@every_case
def test_gradient_on_arrays(case: Case) -> None:
    cases.check_first_order(case)


@every_scalar_case
def test_gradient_on_floats(case: Case) -> None:
    cases.check_first_order(case, Value)


@every_case
def test_gradient_in_single_precision(case: Case) -> None:
    cases.check_float32(case)


@every_case
def test_second_order_on_arrays(case: Case) -> None:
    cases.check_second_order(case)


@every_scalar_case
def test_second_order_on_floats(case: Case) -> None:
    cases.check_second_order(case, Value)


@every_scalar_case
def test_floats_and_arrays_agree(case: Case) -> None:
    values, tensors = cases.leaves_of(case, Value), cases.leaves_of(case)
    assert close(case.apply(values).data, case.apply(tensors).data, 1e-14)
    one = np.ones(())
    for a, b in zip(cases.gradients(case, values, one), cases.gradients(case, tensors, one), strict=True):
        assert close(a, b, 1e-14)


@pytest.mark.parametrize("x", [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e300, -1e300, 1e-300, 710.0])
@pytest.mark.parametrize("case", [case for case in ONCE if len(case.operands) == 1], ids=str)
def test_floats_and_arrays_agree_at_the_edges(case: Case, x: float) -> None:
    """The value and the gradient: what one returns, the other does not raise."""
    value, tensor = Value(x), Tensor([x], requires_grad=True)
    with np.errstate(all="ignore"):
        on_float, on_array = case.apply([value]), case.apply([tensor])
        on_float.backward()
        on_array.sum().backward()
    np.testing.assert_allclose(on_float.data, on_array.data[0], rtol=1e-14)
    assert (value.grad is None) == (tensor.grad is None)
    if value.grad is not None:
        np.testing.assert_allclose(value.grad, tensor.grad[0], rtol=1e-12)


@pytest.mark.parametrize("b", [0.0, 1.0, 2.0, -1.0, 0.5, -0.5, 3.0, math.inf, math.nan])
@pytest.mark.parametrize("a", [0.0, -0.0, 1.0, -2.0, math.inf, -math.inf, math.nan, 1e200])
@pytest.mark.parametrize("name", ["divide", "power", "multiply", "maximum", "minimum"])
def test_floats_and_arrays_agree_at_the_edges_of_two(name: str, a: float, b: float) -> None:
    op = Operation.registry[name]
    values = Value(a), Value(b)
    tensors = Tensor([a], requires_grad=True), Tensor([b], requires_grad=True)
    with np.errstate(all="ignore"):
        on_float, on_array = op(*values), op(*tensors)
        on_float.backward()
        on_array.sum().backward()
    np.testing.assert_allclose(on_float.data, on_array.data[0], rtol=1e-14)
    for value, tensor in zip(values, tensors, strict=True):
        np.testing.assert_allclose(value.grad, tensor.grad[0], rtol=1e-12)


@pytest.mark.parametrize("case", WITH_KINKS, ids=str)
def test_kink(case: Case) -> None:
    """At a kink: a value between the one-sided slopes, and the one the declaration states."""
    for kink in case.op.kinks:
        value = Value(kink)
        case.apply([value]).backward()
        tensor = Tensor([kink], requires_grad=True)
        case.apply([tensor]).sum().backward()
        found = 0.0 if value.grad is None else value.grad
        assert found == (0.0 if tensor.grad is None else tensor.grad[0])
        left, right = one_sided_slopes(cases.scalar_function(case), kink)
        if abs(left) < 1e5 and abs(right) < 1e5:  # else it jumps: no slope to compare with
            assert sorted([left, right])[0] - 1e-6 <= found <= sorted([left, right])[1] + 1e-6
        if case.op.name in AT_KINKS:
            stated = AT_KINKS[case.op.name]
            assert found == (stated(case.params) if callable(stated) else stated)


@pytest.mark.parametrize("op", [maximum, minimum], ids=lambda op: op.name)
@pytest.mark.parametrize("kind", [Value, lambda x: Tensor(x, requires_grad=True)], ids=["Value", "Tensor"])
def test_tie_of_two_is_shared_equally(op: Operation[...], kind: Any) -> None:
    a, b = kind(2.0), kind(2.0)
    op(a, b).backward()
    assert (float(a.grad), float(b.grad)) == (0.5, 0.5)
    x = kind(2.0)
    op(x, x).backward()
    assert float(x.grad) == 1.0


@pytest.mark.parametrize(("op", "sign"), [(max, 1.0), (min, -1.0)], ids=["max", "min"])
def test_ties_in_a_reduction_are_shared_equally(op: Operation[...], sign: float) -> None:
    x = Tensor(sign * np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [5.0, 4.0, 0.0]]), requires_grad=True)
    op(x, axis=1).backward([1.0, 1.0, 1.0])
    assert np.array_equal(x.grad, [[0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3], [1, 0, 0]])
    y = Tensor(np.full((2, 2), 7.0), requires_grad=True)
    op(y).backward()
    assert np.array_equal(y.grad, np.full((2, 2), 0.25))


def test_power_at_a_zero_base() -> None:
    for kind in (Value, lambda x: Tensor(x, requires_grad=True)):
        a, b = kind(0.0), kind(2.0)
        power(a, b).backward()
        assert (float(a.grad), float(b.grad)) == (0.0, 0.0)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3])
@pytest.mark.parametrize("base", [-2.0, 0.0, 1.5])
def test_power_with_a_constant_exponent_to_third_order(base: float, exponent: int) -> None:
    """No nan from ln of a negative base or from 0 to a negative power."""
    expected = [math.perm(exponent, k) * base ** (exponent - k) if k <= exponent else 0.0 for k in range(4)]
    for leaf in (Value(base), Tensor(base, requires_grad=True)):
        y = leaf**exponent
        for wanted in expected:
            assert float(y.item()) == pytest.approx(wanted)
            if not y.requires_grad:
                break
            y = y.inverse().run(record=True).get(leaf, Value(0.0, requires_grad=False))


def test_product_with_zeros_to_second_order() -> None:
    x = Tensor([2.0, 0.0, 3.0], requires_grad=True)
    flow = prod(x).inverse().run(record=True)[x]
    assert np.array_equal(flow.data, [0.0, 6.0, 0.0])
    second = flow.inverse().run([1.0, 10.0, 100.0])[x]
    assert np.array_equal(second, [10 * 3.0, 1 * 3.0 + 100 * 2.0, 10 * 2.0])


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_step_of_infinity(kind: Any) -> None:
    assert [float(step(kind(x)).item()) for x in (math.inf, -math.inf, 3.0)] == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("correction", [0, 1])
def test_variance_of_one_entry(correction: int) -> None:
    """0 with n in the denominator; 0/0 = nan with n − 1: value and gradient alike, neither raises."""
    x = Tensor([3.0], requires_grad=True)
    with np.errstate(all="ignore"):
        y = var(x, correction=correction)
        y.backward()
    expected = math.nan if correction else 0.0
    np.testing.assert_equal([y.item(), x.grad[0]], [expected, expected])


def test_einsum_refuses_a_length_of_one_for_another() -> None:
    """NumPy's einsum stretches an axis of length 1 over the other operand's."""
    a = Tensor([[2.0], [3.0]], requires_grad=True)
    b = Tensor(np.arange(12.0).reshape(3, 4), requires_grad=True)
    with pytest.raises(ValueError, match="index 'j' of 'ij,jk->ik' has the lengths 1 and 3"):
        einsum("ij,jk->ik", a, b)


def test_softmax_family_is_stable() -> None:
    x = Tensor([1000.0, 0.0, -1000.0, -math.inf], requires_grad=True)
    for function, gradient in [(softmax, [0, 0, 0, 0]), (log_softmax, [0, 1, 0, 0])]:
        x.grad = None
        y = function(x)
        assert not np.isnan(y.data).any()
        y.backward([0.0, 1.0, 0.0, 0.0] if function is log_softmax else [1.0, 0.0, 0.0, 0.0])
        expected = np.subtract(gradient, [1, 0, 0, 0]) if function is log_softmax else gradient
        assert close(x.grad, expected, 1e-14)
    x.grad = None
    logsumexp(x).backward()
    assert np.array_equal(x.grad, [1, 0, 0, 0])


@pytest.mark.parametrize("op", [max, min], ids=["max", "min"])
def test_reduction_with_nan_gives_no_warning_backwards(op: Operation[...]) -> None:
    x = Tensor([1.0, math.nan, 2.0], requires_grad=True)
    y = op(x)
    assert math.isnan(y.item())
    y.backward()
    assert x.grad is not None
    assert x.grad.shape == (3,)


@pytest.mark.parametrize("function", [softmax, log_softmax], ids=lambda f: f.name)
@pytest.mark.parametrize(("shape", "axis"), [((0, 3), 0), ((3, 0), 1), ((0,), 0)])
def test_softmax_along_an_empty_axis(function: Operation[...], shape: tuple[int, ...], axis: int) -> None:
    """There is nothing to normalise, and nothing to raise about."""
    x = Tensor(np.ones(shape), requires_grad=True)
    y = function(x, axis=axis)
    y.backward(np.ones(shape))
    assert y.shape == shape
    assert x.grad is not None
    assert x.grad.shape == shape


def test_a_product_that_underflows_has_its_gradient() -> None:
    x = Tensor([1e-200, 1e-200, 1e200], requires_grad=True)
    prod(x).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [1.0, 1.0, 0.0]


def test_logsumexp_of_nothing_but_minus_infinity_has_the_gradient_zero() -> None:
    x = Tensor([-np.inf, -np.inf], requires_grad=True)
    with np.errstate(divide="ignore"):
        logsumexp(x).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("exponent", [0, 1, 3, -2.5])
def test_a_constant_exponent_leaves_no_choice_in_the_gradient(exponent: float) -> None:
    """The graph of a derivative says n · a ^ (n − 1) alone; a choice is left to traces."""
    for x in (Value(2.0), Tensor(2.0, requires_grad=True), Tensor([2.0, 3.0], requires_grad=True)):
        slope = (x**exponent).inverse().run(1.0 + 0.0 * x.data, record=True)[x]
        assert {node.op.name for node in Graph(slope) if node.op} <= {"power", "multiply"}
        np.testing.assert_allclose(slope.data, exponent * x.data ** (exponent - 1.0))
    compiled = jit(lambda x, n: x**n)
    assert [compiled.value_and_grad(2.0, n)[1][0] for n in (3.0, 0.0)] == [12.0, 0.0]


# At 0, at NaN, without axes, with too few entries.


@pytest.mark.parametrize("b", [-1.0, 0.0, 0.5, 2.0])
def test_the_gradient_by_the_exponent_of_a_zero_is_zero(b: float) -> None:
    """Also where 0 ** −1 is infinite, and in compiled functions: it does not spoil the sum over other bases."""
    with np.errstate(all="ignore"):
        for exponent, base in [(Value(b), Value(0.0)), (Tensor(b, requires_grad=True), Tensor(0.0))]:
            power(base, exponent).backward()
            assert exponent.grad == 0.0
        exponent, bases = Tensor(b, requires_grad=True), np.array([0.0, 2.0])
        power(bases, exponent).sum().backward()
        alone = 2.0**b * math.log(2.0)
        assert exponent.grad == pytest.approx(alone)
        compiled = jit(lambda a, b: (a**b).sum())
        assert compiled.value_and_grad(bases, np.array(b))[1][1] == pytest.approx(alone)
        assert compiled.why_not is None
        assert jit(lambda a, b: a**b).value_and_grad(0.0, b)[1][1] == 0.0


def test_the_gradient_by_the_exponent_of_a_zero_is_zero_to_second_order() -> None:
    for b in (Value(2.0), Tensor(2.0, requires_grad=True)):
        slope = power(0.0, b).inverse().run(1.0, record=True)[b]
        assert slope.item() == 0.0
        assert not slope.requires_grad or slope.inverse().run().get(b, 0.0) == 0.0


REDUCTIONS = [sum, mean, max, min, prod, var, std, norm, logsumexp]
ALONG_ONE_AXIS = [softmax, log_softmax]


@pytest.mark.parametrize("axis", [None, 0, -1, ()])
@pytest.mark.parametrize("op", REDUCTIONS, ids=lambda op: op.name)
def test_a_single_number_is_reduced_along_its_first_axis(op: Operation[...], axis: Any) -> None:
    """As ``numpy.sum`` does it: by all names of no axes the same, and with a gradient."""
    for kind in (np.float64, np.float32):
        x = Tensor(kind(5.0), requires_grad=True)
        y = op(x, axis=axis)
        y.backward()
        expected = 0.0 if op in (var, std) else 5.0, 0.0 if op in (var, std) else 1.0
        assert y.shape == x.grad.shape == ()
        assert y.dtype == x.grad.dtype == kind
        assert (y.item(), x.grad) == expected


@pytest.mark.parametrize("op", ALONG_ONE_AXIS, ids=lambda op: op.name)
def test_the_softmax_of_a_single_number(op: Operation[...]) -> None:
    x = Tensor(5.0, requires_grad=True)
    y = op(x)
    y.backward()
    assert (y.item(), x.grad) == (1.0 if op is softmax else 0.0, 0.0)


@pytest.mark.parametrize("op", [*REDUCTIONS, *ALONG_ONE_AXIS], ids=lambda op: op.name)
@pytest.mark.parametrize("axis", [7, 2, -3, "a", 1.0, True, (0, 5)], ids=repr)
def test_an_axis_that_is_not_there(op: Operation[...], axis: Any) -> None:
    """One check for all, with the axis and the number of axes in its message."""
    for x in (Tensor(np.ones((2, 3)), requires_grad=True), np.ones((2, 3))):
        with pytest.raises(ValueError, match=r"axis is an integer from -2 to 1, for 2 axes, not "):
            op(x, axis=axis)
    with pytest.raises(ValueError, match="axis"):
        jit(lambda x: op(x, axis=axis).sum())(np.ones((2, 3)))


def test_an_axis_that_is_not_there_elsewhere() -> None:
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ValueError, match="axis is an integer from -2 to 1, for 2 axes, not 7"):
        concatenate([x, x], axis=7)
    with pytest.raises(ValueError, match="axis is an integer from -3 to 2, for 3 axes, not 7"):
        stack([x, x], axis=7)
    with pytest.raises(ValueError, match="an entry of axes is an integer from -2 to 1, for 2 axes, not 7"):
        transpose(x, (0, 7))
    with pytest.raises(ValueError, match=r"axes is None or a tuple .*every axis of the 2 once, not \(0, 0\)"):
        transpose(x, (0, 0))
    with pytest.raises(ValueError, match=r"axis names every axis once, which \(0, -2\) does not"):
        sum(x, axis=(0, -2))


@pytest.mark.parametrize("function", [var, std], ids=lambda op: op.name)
@pytest.mark.parametrize("correction", [2, 3])
def test_a_variance_of_too_few_entries_is_infinite(function: Operation[...], correction: int) -> None:
    numbers = np.array([1.0, 2.0])
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning):
        expected = getattr(np, function.name)(numbers, ddof=correction)
    with np.errstate(all="ignore"):
        assert function(Tensor(numbers), correction=correction).item() == expected == math.inf


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize(("op", "point"), [(norm, [0.0, 0.0, 0.0]), (std, [1.5, 1.5, 1.5])], ids=["norm", "std"])
def test_a_root_has_the_gradient_zero_at_zero(op: Operation[...], point: list[float], kind: type) -> None:
    """By both engines and of both orders; √Σx² and √var have nan."""
    x = Tensor(point, requires_grad=True, dtype=kind)
    slope = op(x).inverse().run(record=True)[x]
    assert slope.tolist() == [0.0, 0.0, 0.0]
    assert slope.dtype == kind
    assert slope.inverse().run([1.0, 2.0, 4.0])[x].tolist() == [0.0, 0.0, 0.0]
    rows = np.array([point, [3.0, 0.0, 4.0]], kind)
    compiled = jit(lambda x: op(x, axis=1).sum())
    slopes = compiled.value_and_grad(rows)[1][0]
    assert compiled.why_not is None
    assert slopes[0].tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_allclose(slopes, value_and_grad(lambda x: op(x, axis=1).sum())(rows)[1], rtol=1e-6)


def nan_cases() -> list[Any]:
    """Every operation with a NaN in each of its operands, at the first entry."""
    found = {}
    for case in CASES:
        for number, x in enumerate(case.operands):
            if x.size:
                spoilt = [np.array(other) for other in case.operands]
                spoilt[number].flat[0] = math.nan
                key = case.op.name, number, str(case.params), all(y.shape == () for y in spoilt)
                found.setdefault(key, (Case(case.op, tuple(spoilt), case.params, f" NaN {number}"), number))
    return [pytest.param(*each, id=str(each[0])) for each in found.values()]


@pytest.mark.parametrize(("case", "number"), nan_cases())
def test_a_nan_is_passed_on(case: Case, number: int) -> None:
    """To the result, and what comes back to it is NaN or what a chosen entry receives, but never 0."""
    with np.errstate(all="ignore"):
        try:
            y = case.plain(*case.operands)
        except np.linalg.LinAlgError:
            return  # LAPACK finds no decomposition, and says so
        weights = np.random.default_rng(0).uniform(0.5, 1.5, y.shape)
        gradient = cases.gradients(case, cases.leaves_of(case), weights)[number].flat[0]
        if not np.isnan(y).any():
            chooses = case.op.name in ("where", "getitem", "band", "fmax", "fmin") or (case.op.name, number) == (
                "copysign",
                1,
            )
            assert chooses or not y.size, "only what was not chosen is ignored"
            return
        assert gradient != 0
        if case.on_floats:
            one = cases.gradients(case, cases.leaves_of(case, Value), np.float64(weights))[number]
            np.testing.assert_equal(one, gradient)
        if case.op.elementwise and not case.params and case.op.name not in cases.OF_SCIPY:
            one_or_two = [
                lambda a: (case.apply([a]) * weights).sum(),
                lambda a, b: (case.apply([a, b]) * weights).sum(),
            ]
            compiled = jit(one_or_two[len(case.operands) - 1])
            again = compiled.value_and_grad(*(np.atleast_1d(x) for x in case.operands))[1][number]
            assert compiled.why_not is None
            np.testing.assert_allclose(np.ravel(again)[0], gradient, rtol=1e-12)


@pytest.mark.parametrize("op", [maximum, minimum], ids=lambda op: op.name)
@pytest.mark.parametrize("a", [1.0, 2.0, math.nan])
@pytest.mark.parametrize("b", [1.0, 2.0, math.nan])
def test_of_two_and_of_several_the_same_is_chosen(op: Operation[...], a: float, b: float) -> None:
    of_several = {maximum: max, minimum: min}[op]
    pair = [Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)]
    op(*pair).backward()
    several = Tensor([a, b], requires_grad=True)
    of_several(several).backward()
    assert [float(x.grad) for x in pair] == several.grad.tolist()
    numbers = [Value(a), Value(b)]
    op(*numbers).backward()
    assert [x.grad for x in numbers] == several.grad.tolist()
    assert [*jit(lambda a, b: op(a, b)).value_and_grad(a, b)[1]] == several.grad.tolist()


POWERS = [
    *((a, b, math.inf) for a, b in [(10.0, 309.0), (-10.0, 310.0), (10.0, 309.5), (0.0, -1.0), (-0.0, -2.0)]),
    *((a, b, -math.inf) for a, b in [(-10.0, 309.0), (-10.0, 311.0), (-0.0, -1.0), (-0.0, -3.0)]),
    *((a, b, math.nan) for a, b in [(-10.0, 309.5), (-2.0, 0.5)]),
    *((a, b, 0.0) for a, b in [(10.0, -330.0), (-10.0, -330.0), (0.0, 2.0), (-0.0, 2.0)]),
    *((a, b, -0.0) for a, b in [(-10.0, -331.0), (-0.0, 3.0)]),
    *((a, b, math.inf) for a, b in [(-0.0, -0.5), (0.0, -0.5), (-0.0, -1e300), (-3.0, 1e300)]),
    *((a, b, 1.0) for a, b in [(1.0, math.nan), (math.nan, 0.0), (-1.0, math.inf), (0.0, 0.0)]),
]


@pytest.mark.parametrize(("a", "b", "expected"), POWERS)
def test_powers_out_of_range(a: float, b: float, expected: float) -> None:
    """Too large, too small, of 0 and of negative numbers: signs and infinities as IEEE 754 has them, everywhere."""

    def same(found: Any) -> bool:
        found = float(found)
        return math.isnan(found) if math.isnan(expected) else (found, math.copysign(1, found)) == (
            expected, math.copysign(1, expected)
        )  # fmt: skip

    with np.errstate(all="ignore"):
        assert same(power(a, b))
        assert same((Value(a) ** b).data)
        assert same((a ** Value(b)).data)
        assert same(power(Tensor([a]), b).data[0])
        assert same(power(Tensor(a), Tensor(b)).data)
        assert same(jit(lambda x, y: x**y)(a, b))
        assert same(jit(lambda x, y: x**y)(np.array([a]), np.array([b]))[0])
        assert same(jit(lambda x: x**b)(a))
        assert same(jit(lambda x: a**x)(b))
