"""jit: the compiled program gives what eager Values give, for every operation and many random expressions."""

import builtins
import inspect
import operator
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from inversa.autograd import (
    Tensor,
    TracingError,
    Value,
    arctan,
    cos,
    exp,
    grad,
    jacobian,
    jit,
    jvp,
    kernels,
    log,
    maximum,
    minimum,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
    value_and_grad,
    vjp,
    where,
)
from inversa.nn import NeuronNetwork, optim

from ..cases import OF_SCIPY, OPERATIONS

FLOAT_OPERATIONS = [op for op in OPERATIONS if op.on_floats and op.name not in OF_SCIPY]


def of_arity(function, count):
    """A function of exactly so many positional arguments, as jit wants them."""
    parameters = [inspect.Parameter(f"x{i}", inspect.Parameter.POSITIONAL_OR_KEYWORD) for i in range(count)]
    wrapped = lambda *xs: function(*xs)  # noqa: E731
    wrapped.__signature__ = inspect.Signature(parameters)
    return wrapped


def eager(function, *columns):
    """Values and derivatives with respect to the arguments, sample by sample."""
    values, slopes = [], []
    for sample in zip(*columns, strict=True):
        xs = [Value(float(x)) for x in sample]
        y = function(*xs)
        if isinstance(y, Value) and y.requires_grad:
            y.backward()
        values.append(y.data if isinstance(y, Value) else float(y))
        slopes.append([x.grad or 0.0 for x in xs])
    return np.array(values), np.array(slopes).T


def check(function, *columns, tolerance=1e-12):
    compiled = jit(of_arity(function, len(columns)))
    values, slopes = eager(function, *columns)
    value, slope = compiled.value_and_grad(*columns)
    np.testing.assert_allclose(compiled(*columns), values, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(value, values, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(np.array(slope).reshape(slopes.shape), slopes, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("op", FLOAT_OPERATIONS, ids=lambda op: op.name)
def test_every_operation_on_numbers(op):
    params = next((dict(e.params) for e in op.examples if all(np.ndim(p) == 0 for p in e.params.values())), {})
    if op.name == "where":
        params = {"condition": True}
    columns = [np.linspace(low, high, 37) for low, high in op.domain]
    if len(columns) == 2:
        columns[1] = columns[1][::-1]
    check(lambda *xs: op(**dict(zip(op.operands, xs, strict=True)), **params), *columns)


@pytest.mark.parametrize("op", [op for op in OPERATIONS if op.name in OF_SCIPY], ids=lambda op: op.name)
def test_what_scipy_computes_is_evaluated_with_one_warning(op):
    params = dict(op.examples[0].params) if op.examples else {}
    function = of_arity(lambda *xs: op(**dict(zip(op.operands, xs, strict=True)), **params), len(op.operands))
    compiled = jit(function)
    columns = [np.linspace(low, high, 3) for low, high in op.domain]
    with pytest.warns(UserWarning, match=f"{op.name} has no form that jit can compile: SciPy"):
        values, slopes = compiled.value_and_grad(*columns)
    compiled(*columns)  # without a second one, which would be an error
    expected, wanted = eager(function, *columns)
    np.testing.assert_allclose(values, expected, rtol=1e-12)
    np.testing.assert_allclose(np.array(slopes).reshape(wanted.shape), wanted, rtol=1e-12)


@pytest.mark.parametrize("op", [exp, log, sqrt, sin, cos, tanh, sigmoid, softplus, relu], ids=lambda op: op.name)
def test_edges_are_those_of_floats(op):
    edges = [0.0, -0.0, 1e-320, 1e308, -1e308, 800.0, -800.0, float("inf"), float("-inf"), float("nan"), -1.0]
    np.testing.assert_allclose(jit(of_arity(op, 1))(edges), [op(x) for x in edges], rtol=1e-15)


UNARY = [
    *(exp, tanh, sigmoid, softplus, relu, sin, cos, abs),
    *(lambda x: -x, lambda x: x * 0.5, lambda x: 1.5 - x, lambda x: sqrt(x * x + 1.0), lambda x: x**2),
    *(lambda x: log(x * x + 0.5), lambda x: 2.0 / (x * x + 1.0)),
]
BINARY = [
    *(lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / (b * b + 1.0), maximum, minimum),
    *(lambda a, b: where(a > b, a * b, b), lambda a, b: a + a * b, lambda a, b: where(a <= 0.3, 1.0, a) + b),
]


def random_expression(rng):
    """A program over three arguments, two parameters and constants, with results that are used more than once."""
    steps = [(int(rng.integers(2)), int(rng.integers(1 << 16)), rng.integers(0, 1 << 16, 2)) for _ in range(8)]

    def expression(w, *xs):
        known = [*xs, *w, 0.7]
        for binary, which, places in steps:
            a, b = (known[p % len(known)] for p in places)
            known.append(BINARY[which % len(BINARY)](a, b) if binary else tanh(UNARY[which % len(UNARY)](a)))
        return known[-1] + known[-2] * 0.5 + 0.25 * known[0]

    return expression


@pytest.mark.parametrize("block", range(10))
def test_random_expressions_equal_eager(block):
    rng = np.random.default_rng(block)
    for _ in range(50):
        expression = random_expression(rng)
        columns = rng.uniform(-1.5, 1.5, (3, 5))
        w = [Value(float(x)) for x in rng.uniform(-1, 1, 2)]
        check(lambda *xs, e=expression, w=w: e(w, *xs), *columns)
        for p in w:
            p.grad = None
        compiled = jit(of_arity(lambda *xs, e=expression, w=w: e(w, *xs), 3))
        mean = compiled.backward(*columns)
        found = [p.grad for p in compiled.parameters]
        for p in compiled.parameters:
            p.grad = None
        costs = [expression(w, *(Value(float(x), requires_grad=False) for x in sample)) for sample in columns.T]
        cost = builtins.sum(costs[1:], start=costs[0]) / 5
        assert mean == pytest.approx(cost.data, rel=1e-12, abs=1e-12)
        if cost.requires_grad:
            cost.backward()
        assert found == pytest.approx([p.grad or 0.0 for p in compiled.parameters], rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("samples", [1, 2, 127, 128, 129, 300])
def test_any_number_of_samples(samples):
    x = np.linspace(-2, 2, samples)
    check(lambda a, b: sigmoid(a * b) + a, x, x[::-1])


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9])
def test_sums_of_any_number_of_products(count):
    # The machine takes products four at a time. What fills the last group up must not spoil an infinite number.
    rng = np.random.default_rng(count)
    columns = rng.normal(size=(count, 130))
    w, b = [Value(float(x)) for x in rng.normal(size=count)], Value(0.5)
    f = jit(of_arity(lambda *xs: builtins.sum((v * x for v, x in zip(w, xs, strict=True)), b), count))
    numbers = np.array([v.data for v in w])
    np.testing.assert_allclose(f(*columns), numbers @ columns + 0.5, rtol=1e-12, atol=1e-13)
    assert f.backward(*columns, reduce="sum") == pytest.approx(numbers @ columns.sum(axis=1) + 65, rel=1e-12)
    assert [v.grad for v in w] == pytest.approx(columns.sum(axis=1).tolist(), rel=1e-11)
    assert b.grad == 130
    columns[0, 7] = np.inf
    assert f(*columns)[7] == np.copysign(np.inf, numbers[0])
    assert np.isfinite(np.delete(f(*columns), 7)).all()


@pytest.mark.parametrize("name", ["lt", "le", "gt", "ge", "eq", "ne"])
def test_comparisons(name):
    compare = getattr(operator, name)
    a, b = [-1.0, 0.0, 1.0, 2.0, np.nan, 1.0], [1.0, 0.0, 1.0, -2.0, 1.0, np.nan]
    f = jit(lambda a, b: where(compare(a, b), 1.0, 2.0) + where(compare(b, 0.5), a * b, a))
    expected = [(1 if compare(x, y) else 2) + (x * y if compare(y, 0.5) else x) for x, y in zip(a, b, strict=True)]
    np.testing.assert_array_equal(f(a, b), expected)


@pytest.mark.parametrize(("name", "expected"), [("and_", [1.0, 0.0, 1.0, -2.0]), ("or_", [-1.0, 0.0, 1.0, 2.0])])
def test_conditions_of_two_comparisons(name, expected):
    join = getattr(operator, name)
    f = jit(lambda a, b: where(join(a > 0, b > 0), a, b))
    assert f([-1.0, 0.0, 1.0, 2.0], [1.0, 0.0, 1.0, -2.0]).tolist() == expected


def test_signs_of_zeros():
    w, zero = Value(-1.0), Value(-0.0)
    for f in (lambda x: -x, lambda x: w * x, lambda x: x + zero, lambda x: 0.0 - x, lambda x: x - zero):
        assert np.signbit(jit(f)([0.0, -0.0])).tolist() == [np.signbit(f(Value(x)).data) for x in (0.0, -0.0)]


def test_no_samples():
    f = jit(lambda x: x * x)
    assert f([]).shape == (0,)
    with pytest.raises(ValueError, match="no samples"):
        f.backward([])


def test_shapes_and_numbers():
    f = jit(lambda x, y: x + 2 * y)
    assert f(1, 2) == 5.0
    assert type(f(1, 2)) is float
    assert f([[1.0], [2.0]], [10.0, 20.0]).tolist() == [[21.0, 41.0], [22.0, 42.0]]
    assert f(Value(1.0), Value(2.0)) == 5.0
    assert jit(lambda x, unused: x)([1.0, 2.0], 0.0).tolist() == [1.0, 2.0]
    assert jit(lambda x: 3.0)([1.0, 2.0]).tolist() == [3.0, 3.0]
    assert jit(lambda x, y, z: x * y + z)(2, [1.0, 2.0], np.array([[1], [2]], dtype=np.int32)).tolist() == [
        [3, 5],
        [4, 6],
    ]
    w = Value(2.0)
    assert jit(lambda: w * w)() == 4.0
    assert jit(lambda x: x).value_and_grad([1.0, 2.0])[1][0].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_networks_of_neurons(activation):
    network = NeuronNetwork([2, 5, 4, 1], activation=activation, seed=0)
    rng = np.random.default_rng(0)
    x1, x2, y = rng.normal(size=(3, 200))

    def cost(x1, x2, y):
        penalty = builtins.sum(p * p for p in network.parameters())
        return relu(1 - y * network([x1, x2])) + 1e-3 * penalty

    compiled = jit(cost)
    value = compiled.backward(x1, x2, y)
    gradients = [p.grad for p in network.parameters()]
    network.zero_grad()
    costs = [cost(*(Value(float(z), requires_grad=False) for z in sample)) for sample in zip(x1, x2, y, strict=True)]
    J = builtins.sum(costs[1:], start=costs[0]) / 200
    J.backward()
    assert value == pytest.approx(J.data, rel=1e-12)
    assert gradients == pytest.approx([p.grad for p in network.parameters()], rel=1e-11, abs=1e-13)


def test_gradients_are_added_and_reduced():
    w = Value(3.0)
    f = jit(lambda x: w * x)
    assert f.backward([1.0, 2.0]) == 4.5
    assert w.grad == 1.5
    assert f.backward([1.0, 2.0], reduce="sum") == 9.0
    assert w.grad == 4.5
    with pytest.raises(ValueError, match="'mean' or 'sum', not 'max'"):
        f.backward([1.0], reduce="max")


def test_nothing_depends_on_the_samples():
    w = Value(3.0)
    assert jit(lambda: w * w).backward() == 9.0
    assert w.grad == 6.0
    assert jit(lambda x: w * w).backward([1.0, 2.0], reduce="sum") == 18.0
    assert w.grad == 18.0
    assert jit(lambda: 2.0).backward() == 2.0


def test_parameters_are_read_at_every_call():
    w, c = Value(3.0), Value(1.0, requires_grad=False)
    f = jit(lambda x: w * x + c)
    assert f(2.0) == 7.0
    w.data, c.data = 5.0, 0.5
    assert f(2.0) == 10.5
    w.data, c.data = 2, np.float64(0.25)  # any numbers
    assert f(2.0) == 4.25
    assert f.parameters == [w]


def test_names_that_are_given_to_something_else_are_noticed():
    w = Value(2.0)
    f = jit(lambda x: w * x)
    assert f(3.0) == 6.0
    w = Value(5.0)
    assert f(3.0) == 15.0


def test_what_constants_make_is_computed_at_every_call():
    c = Value(2.0, requires_grad=False)
    f = jit(lambda x: (c * c + 1.0) * x + where(c > 2.5, 100.0, 0.0))
    assert f(1.0) == 5.0
    c.data = 3.0
    assert f(1.0) == 110.0
    with pytest.warns(UserWarning, match="a branch.*where"):
        assert jit(lambda x: x if c > 0 else -x)(1.0) == 1.0
    with pytest.warns(UserWarning, match="looks at the numbers of a Value"):
        assert jit(lambda x: x * c.item())(1.0) == 3.0


def test_an_optimiser_trains_what_is_compiled():
    w, b = Value(0.0), Value(0.0)
    f = jit(lambda x, y: (w * x + b - y) ** 2)
    optimizer = optim.SGD([w, b], lr=0.2)
    x = np.linspace(-1, 1, 20)
    for _ in range(200):
        optimizer.zero_grad()
        f.backward(x, 3 * x - 1)
        optimizer.step()
    assert (w.data, b.data) == (pytest.approx(3), pytest.approx(-1))


def test_values_computed_outside_are_as_they_are():
    w = Value(2.0)
    square = w * w
    f = jit(lambda x: square * x)
    with pytest.warns(UserWarning, match="a Value, which was computed outside: compute it inside"):
        assert f(1.0) == 4.0
    w.data = 3.0
    assert f(1.0) == 4.0
    assert jit(lambda x: w * w * x)(1.0) == 9.0


@pytest.mark.parametrize("transform", [grad, lambda f: lambda x: value_and_grad(f)(x)[1],
                                       lambda f: lambda x: jvp(f, (x,), (1.0,))[1],
                                       lambda f: lambda x: vjp(f, x)[1](1.0)[0], jacobian])  # fmt: skip
def test_gradients_flow_through_what_is_compiled(transform):
    h = jit(lambda x: x * x)
    assert transform(h)(3.0) == 6.0
    assert jit(transform(lambda x: h(x) + x))(3.0) == 7.0
    assert grad(grad(h))(3.0) == 2.0


def test_nodes_give_nodes():
    w = Value(2.0)
    h = jit(lambda x, y: x * x * y)
    (h(w, 3.0) + w).backward()
    assert w.grad == 13.0
    with pytest.raises(TypeError, match=r"no gradient flows through value_and_grad\(\) of what jit compiled"):
        h.value_and_grad(w, 3.0)
    with pytest.raises(TypeError, match=r"no gradient flows through value_and_grad\(\)"):
        grad(lambda v: v * jit(lambda x: v * x).value_and_grad(1.0)[0])(2.0)


def test_arguments_by_name_and_defaults():
    f = jit(lambda x, y=2.0: x - y)
    assert (f(5.0), f(5.0, y=1.0), f(y=1.0, x=4.0)) == (3.0, 4.0, 3.0)
    for arguments, named in (((1.0,), {"x": 2.0}), ((1.0,), {"z": 2.0}), ((), {})):
        with pytest.raises(TypeError, match=r"takes 2 arguments \(x, y\)"):
            f(*arguments, **named)


def test_a_switched_requires_grad_is_noticed():
    w, v = Value(2.0), Value(3.0)
    f = jit(lambda x: w * v * x)
    f.backward(1.0)
    w.requires_grad, w.grad, v.grad = False, None, None
    f.backward(1.0)
    assert (w.grad, v.grad) == (None, 2.0)
    w.requires_grad, v.grad = True, None
    f.backward(1.0)
    assert (w.grad, v.grad) == (3.0, 2.0)


FACTOR = 2.0


def helper(x):
    return x * FACTOR


@pytest.mark.parametrize("function", [helper, lambda x: helper(x), lambda x: builtins.sum([x * FACTOR for _ in [0]])])
def test_globals_of_helpers_and_comprehensions_are_noticed(function, monkeypatch):
    f = jit(function)
    assert f(1.0) == 2.0
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    assert f(1.0) == 5.0


def test_attributes_that_the_code_names_are_noticed():
    settings = SimpleNamespace(loss=SimpleNamespace(weight=2.0))
    f = jit(lambda x: x * settings.loss.weight)
    assert f(1.0) == 2.0
    settings.loss.weight = 5.0
    assert f(1.0) == 5.0


def test_a_variable_without_a_value():
    f = jit(lambda x: x * later)
    with pytest.raises(NameError, match="later"):
        f(1.0)
    later = 2.0
    assert f(1.0) == 2.0


@pytest.mark.parametrize("x", [1j, np.array([1j]), np.array(["2026-01-01"], "M8[D]"), ["1.0"]])
def test_what_is_no_real_number_is_refused(x):
    with pytest.raises(TypeError, match=r"x holds .*: what jit compiles takes real numbers"):
        jit(lambda x: x * 2.0)(x)


def test_common_subexpressions_are_computed_once():
    w = Value(0.5, name="w")
    lines = jit(lambda x: tanh(w * x) * tanh(w * x) + tanh(w * x)).listing().splitlines()
    assert sum("tanh" in line for line in lines) == 1
    assert lines[0] == "forward"
    assert "inverse" in lines
    assert lines[-1].startswith("   ∂/∂w = v")


def test_constants_are_folded_and_what_nobody_needs_is_left_out():
    def f(x):
        sin(x)  # nobody needs it
        return x * 1.0 + tanh(Value(0.0, requires_grad=False) * 0.0) * 0.0 + x / 1.0 + (2.0 * 3.0)

    text = jit(f).listing()
    assert "sin" not in text
    assert " · 1\n" not in text
    assert "6" in text


def test_a_long_chain():
    def f(x):
        for _ in range(5000):
            x = relu(x * 1.0001)
        return x

    value, (slope,) = jit(f).value_and_grad(1.0)
    assert value == pytest.approx(slope) == pytest.approx(1.0001**5000)


def test_the_graph_of_the_trace():
    w = Value(2.0, name="w")
    assert [node.name for node in jit(lambda x: w * x).graph] == ["w", "x", None]


def absolute(x, w):
    if x > 0:
        return w * x
    return -x


def rectified(x, w):
    return w * max(x, 0.0) + min(x, w)


def by_number(x, w):
    return w * x * (2.0 if x.item() > 0 else 3.0)


def in_turns(x, w):
    y = x
    while y * y < 25.0:
        y = y * w
    return y


@pytest.mark.parametrize(
    ("function", "line", "cure"),
    [
        (absolute, "if x > 0:", r"write return where\(x > 0, w \* x, -x\)"),
        (rectified, r"return w \* max\(x, 0.0\)", r"write maximum\(x, 0.0\)"),
        (by_number, "return w .* x.item", r"compute with x, or with x.detach\(\)"),
        (in_turns, r"while y \* y < 25.0:", r"fixed number of turns, with where\(y \* y < 25.0, …, …\)"),
    ],
)
def test_what_looks_at_numbers_is_evaluated_as_usual_and_said_once(function, line, cure):
    w = Value(1.5)
    f = jit(lambda x: function(x, w))
    xs = np.array([[0.5, -2.0, 3.0]])
    with pytest.warns(UserWarning, match=f"not compiled but evaluated as usual.*{cure}.*, in line .*{line}") as caught:
        values = f(xs)
    assert (len(caught), caught[0].filename) == (1, __file__)
    expected, slopes = [], []
    for x in map(Value, xs[0]):
        y = function(x, w)
        y.backward()
        expected.append(y.data)
        slopes.append(x.grad)
    gradient, w.grad = w.grad, None
    assert values.tolist() == [expected]  # and no further warning, which would be an error
    assert [x.tolist() for x in (f.value_and_grad(xs)[0], *f.value_and_grad(xs)[1])] == [[expected], [slopes]]
    assert f.backward(xs, reduce="sum") == pytest.approx(sum(expected))
    assert w.grad == pytest.approx(gradient)
    assert f.backward(xs) == pytest.approx(sum(expected) / 3)
    assert w.grad == pytest.approx(gradient * 4 / 3)
    assert f(0.5) == expected[0]
    assert line.split()[0] in f.why_not
    with pytest.raises(TracingError, match="cannot be compiled: it looks at the number of"):
        f.listing()


def test_a_branch_inside_a_transform():
    f = jit(lambda x: x * x if x > 0 else -x)
    with pytest.warns(UserWarning, match="not compiled but evaluated"):
        assert (grad(f)(3.0), grad(f)(-3.0)) == (6.0, -1.0)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: setattr(x, "data", 1.0), TypeError, "gives numbers or arrays, .*, not None"),
        (lambda x: Tensor([x.item()]), TypeError, "a function of Values gives numbers, not .*there is no item"),
        (lambda x: {}, TypeError, "not an empty dict"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*not compiled")
def test_mistakes(function, error, message):
    with pytest.raises(error, match=message):
        jit(function)(1.0)


class Result(NamedTuple):
    cost: Any
    output: Any


@pytest.mark.parametrize("kind", [tuple, list, lambda pair: dict(zip("ab", pair, strict=True)), Result._make])
def test_several_results(kind):
    w = Value(2.0, name="w")
    f = jit(lambda x: kind([w * x * x, x + w]))
    assert f(3.0) == kind([18.0, 5.0])
    assert f.value_and_grad(3.0) == (kind([18.0, 5.0]), (12.0,))
    assert f.backward([1.0, 3.0]) == kind([10.0, 4.0])
    assert w.grad == 5.0
    cost, slopes = f.of_parameters([1.0, 3.0])([2.0])
    assert (cost, slopes.tolist()) == (10.0, [5.0])
    assert f.listing().endswith("value = v2\n   value 2 = v3\n   ∂/∂w = v4")


def test_integers_that_decide_are_constants():
    w = Value(3.0)

    def power(x, n, scale=1):
        y = w if scale else 1.0
        for _ in range(n):
            y = y * x
        return y

    f = jit(power)
    assert [f(2.0, 3), f(2.0, 2), f(2, 2), f([1.0, 2.0], 3).tolist()] == [24.0, 12.0, 12.0, [3.0, 24.0]]
    assert f(2.0, 3, 0) == 8.0
    assert f.value_and_grad(2, 3) == (24.0, (36.0, None, None))
    assert f.why_not is None


def test_integers_that_do_not_decide_are_numbers():
    f = jit(lambda x, n: x * x * n)
    assert f.value_and_grad(3, 2) == (18.0, (12.0, 9.0))


def test_arguments_by_name_only():
    w = Value(2.0)
    f = jit(lambda x, *, shift, scale=3.0: w * x * scale + shift)
    assert (f(1.0, shift=1.0), f(1.0, shift=1.0, scale=1.0)) == (7.0, 3.0)
    assert f.value_and_grad(1.0, shift=0.0) == (6.0, (6.0, 1.0, 2.0))
    w = Value(5.0)
    assert f(1.0, shift=0.0) == 15.0
    with pytest.raises(TypeError, match=r"takes 3 arguments \(x, shift, scale\)"):
        f(1.0)


class Line:
    def __init__(self, slope):
        self.slope = Value(slope)
        self.factor = 1.0

    def plain(self, x):
        return self.slope * x * self.factor

    compiled = jit(plain)


def test_methods():
    a, b = Line(2.0), Line(3.0)
    bound = jit(a.plain)
    assert (bound(1.0), a.compiled(1.0), b.compiled(1.0)) == (2.0, 2.0, 3.0)
    assert a.compiled is a.compiled
    a.factor = 10.0
    assert (bound(1.0), a.compiled(1.0), b.compiled(1.0)) == (20.0, 20.0, 3.0)
    a.compiled.backward(1.0)
    assert (a.slope.grad, b.slope.grad) == (10.0, None)


def test_a_number_of_another_trace():
    kept = []
    f = jit(lambda x: kept.append(x) or x)
    with pytest.warns(UserWarning, match="it changes kept when it runs"):
        f(1.0)
    assert [x.data for x in kept] == [1.0]
    box = SimpleNamespace()
    jit(lambda x: vars(box).update(x=x) or x)(1.0)
    with (
        pytest.warns(UserWarning, match="x is of another call of a jit function"),
        pytest.raises(TypeError, match="x is of another call of a jit function"),
    ):
        jit(lambda y: y * box.x)(1.0)


@pytest.mark.parametrize(
    ("function", "functions"),
    [
        (relu, [None, None, None]),
        (tanh, [True, None, None]),
        (sigmoid, [True, None, None]),
        (sin, [True, True, None]),
        (arctan, [True, True, True]),
    ],
)
def test_the_machine_compiles_only_what_is_needed(function, functions):
    w = Value(0.5)
    f = jit(lambda x: function(w) * function(x) ** 2)
    assert f.backward(2.0) == pytest.approx(function(0.5) * function(2.0) ** 2, rel=1e-15)
    assert f._programs.find()._backward.functions == functions


def test_wrong_arguments():
    f = jit(lambda x, y: x * y)
    with pytest.raises(TypeError, match=r"takes 2 arguments \(x, y\), not 1"):
        f(1.0)
    with pytest.raises(TypeError, match="fixed number of arguments"):
        jit(lambda *xs: xs[0])
    with pytest.raises(ValueError, match="broadcast"):
        f([1.0, 2.0], [1.0, 2.0, 3.0])


def test_threads():
    w = Value(0.7)
    f = jit(lambda x: tanh(w * x))
    samples = [np.linspace(-1, end, count) for end, count in ((1, 10_000), (2, 4_000))]
    expected, wrong = [f(x) for x in samples], []

    def work(x, y):
        wrong.extend(1 for _ in range(30) if not np.array_equal(f(x), y))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads change places within a call
    threads = [threading.Thread(target=work, args=each) for each in zip(samples * 2, expected * 2, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)
    assert wrong == []


def test_the_machine_runs_without_compiling():
    program = (
        "from inversa.autograd import Value, jit, sigmoid\n"
        "w = Value(0.5)\n"
        "f = jit(lambda x, y: (sigmoid(w * x) - y) ** 2)\n"
        "print(f.backward([1.0, 2.0, 3.0], 1.0), w.grad)"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-P", "-c", program],
            env={**os.environ, "NUMBA_DISABLE_JIT": disabled},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for disabled in ("0", "1")
    ]
    assert [float(x) for x in outputs[0]] == pytest.approx([float(x) for x in outputs[1]], rel=1e-14)


COMPILING = "from inversa.autograd import jit, tanh\nprint(jit(lambda x: tanh(x))(0.5))"


def in_a_new_process(**environment):
    """What a compiled function gives there."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", COMPILING],
        env={**os.environ, "NUMBA_CACHE_DIR": "", **environment},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other names for these folders")
@pytest.mark.parametrize("home", ["a file", "nothing"])
def test_without_a_place_for_a_cache(home, tmp_path, monkeypatch):
    """It is compiled in every process, and nothing is written, neither beside the source nor where one is."""
    beside = {path: path.stat().st_mtime_ns for path in Path(kernels.__file__).parent.rglob("*.nb*")}
    monkeypatch.chdir(tmp_path)
    place = {"XDG_CACHE_HOME": os.devnull} if home == "a file" else {"XDG_CACHE_HOME": "caches"}
    assert in_a_new_process(**place) == pytest.approx(np.tanh(0.5), rel=1e-15)
    assert not list(tmp_path.iterdir())
    assert {path: path.stat().st_mtime_ns for path in Path(kernels.__file__).parent.rglob("*.nb*")} == beside


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other names for these folders")
def test_a_damaged_cache_is_made_anew(tmp_path):
    first = in_a_new_process(XDG_CACHE_HOME=str(tmp_path))
    (folder,) = (tmp_path / "inversa").iterdir()
    whole = {path: path.read_bytes() for path in folder.iterdir()}
    assert {path.suffix for path in whole} == {".nbc"}
    assert len(whole) > 1
    for i, (path, content) in enumerate(sorted(whole.items())):
        path.write_bytes(content[: len(content) // 2 * (i % 2)])  # one is empty, the next cut in half
    assert in_a_new_process(XDG_CACHE_HOME=str(tmp_path)) == first
    assert {path.name for path in folder.iterdir()} == {path.name for path in whole}
    assert all(path.stat().st_size > 0.9 * len(content) for path, content in whole.items())


def test_as_a_function_of_one_array():
    w, c, b = Value(2.0), Value(10.0, requires_grad=False), Value(-1.0)
    f = jit(lambda x: (w * x + b) ** 2 + c)
    x = [1.0, 2.0]
    of_parameters = f.of_parameters(x)
    value, gradient = of_parameters([3.0, 0.5])
    assert (value, gradient.tolist()) == (pytest.approx((3.5**2 + 6.5**2) / 2 + 10), [16.5, 10.0])
    assert (w.data, w.grad) == (2.0, None)
    c.data = 0.0
    total, _ = f.of_parameters(x, reduce="sum")([w.data, b.data])
    assert total == pytest.approx(1.0 + 9.0)
    assert f.backward(x) == of_parameters([2.0, -1.0])[0]
    with pytest.raises(ValueError, match=r"there are 2 numbers to give, in an array of shape \(2,\), not \(3,\)"):
        of_parameters([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="no samples"):
        f.of_parameters([])
