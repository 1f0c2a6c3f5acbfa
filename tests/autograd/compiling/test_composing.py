"""Compiled functions are functions like any other: whatever differentiates them gives what it gives uncompiled."""

import gc
import operator
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pytest

import inversa.autograd as ours
from inversa.autograd import (
    Operation,
    Rule,
    Tensor,
    Value,
    detect_anomaly,
    exp,
    grad,
    gradcheck,
    hessian,
    hvp,
    jit,
    jvp,
    maximum,
    no_grad,
    operation,
    relu,
    sin,
    softmax,
    tanh,
    vjp,
    vmap,
    where,
)
from inversa.nn import MLP, Dropout, Linear, Module, Sequential

from ..numeric import close
from ..test_oracles import random_program

EXACT = 1e-12


# Random programs, under every transform.


def of_values(seed):
    """A function of two numbers and a Value that it closes over, and where to evaluate it."""
    generator = np.random.default_rng(seed)
    program = random_program(seed, inputs=3, length=10)
    w, x, y, u, v = (float(z) for z in generator.uniform(-1.5, 1.5, 5))
    leaf = Value(w)
    return (lambda x, y: program(ours, [x, y, leaf])), leaf, (x, y), (u, v)


STEPS = (
    lambda W, a, b: tanh(a @ W),
    lambda W, a, b: softmax(a) * b,
    lambda W, a, b: a * b.sum(axis=0, keepdims=True) * 0.3,
    lambda W, a, b: relu(a) - 0.5 * b,
    lambda W, a, b: a / (1 + b * b),
    lambda W, a, b: where(a > 0.1, a * b, b),
    lambda W, a, b: maximum(a, b) * 0.7,
    lambda W, a, b: a[::-1] + b[0],
    lambda W, a, b: sin(a) + (b * b).mean(),
    lambda W, a, b: a.T.reshape(b.shape) * 0.5 + b,
    lambda W, a, b: ours.concatenate([a[:, 1:], b[:, :1]], axis=1),
    lambda W, a, b: exp(-(a**2)) * W[0],
)


def of_arrays(seed):
    """A function of two arrays and a Tensor that it closes over, and where to evaluate it."""
    generator = np.random.default_rng(seed)
    chosen = [(STEPS[k], i, j) for k, i, j in generator.integers(0, [len(STEPS), 1 << 16, 1 << 16], (6, 3))]
    leaf = Tensor(generator.uniform(-1, 1, (3, 3)), requires_grad=True)

    def program(x, y):
        known = [x, y]
        for step, i, j in chosen:
            known.append(step(leaf, known[i % len(known)], known[j % len(known)]))
        return (known[-1] * known[-2]).sum() + (known[-3] * x).mean() * 0.5

    x, y, u, v = generator.uniform(-1.5, 1.5, (4, 2, 3))
    return program, leaf, (x, y), (u, v)


def weighted(f, tangents):
    """One number made of the gradients."""

    def total(x, y):
        gradients = grad(f, (0, 1))(x, y)
        terms = [g * u for g, u in zip(gradients, tangents, strict=True)]
        return reduce(
            operator.add, [term.sum() if np.shape(u) else term for term, u in zip(terms, tangents, strict=True)]
        )

    return total


def everything(f, leaf, at, along):
    """What the transforms give, and a sweep to the leaf."""
    kind = Tensor if np.shape(at[0]) else Value
    leaf.grad = None
    x, y = (kind(a, requires_grad=True) for a in at)
    value = f(x, y)
    value.backward()
    second, third = weighted(f, along), weighted(weighted(f, along), along)
    return {
        "backward": [value.data, *("none" if z.grad is None else z.grad for z in (x, y, leaf))],
        "grad": grad(f, (0, 1))(*at),
        "grad grad": grad(second, (0, 1))(*at),
        "third": grad(third, (0, 1))(*at),
        "hessian": [hessian(f)(*at), hessian(f, 1)(*at)],
        "jvp": jvp(f, at, along),
        "vjp": vjp(f, *at)[1](1.7),
        "hvp": [hvp(lambda x: f(x, at[1]), at[0], along[0])],
    }


def assert_alike(f, compiled, *given):
    expected = everything(f, *given)
    for name, found in everything(compiled, *given).items():
        for a, b in zip(found, expected[name], strict=True):
            assert a == b == "none" if isinstance(b, str) else close(a, b, EXACT), name


PART = 50
PARTS = [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, 21))]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("programs", [of_values, of_arrays])
def test_random_programs(programs, part):
    for seed in range(PART * part, PART * part + (PART if part else 8)):
        f, *given = programs(seed)
        compiled = jit(f)
        assert_alike(f, compiled, *given)
        assert compiled.why_not is None
        if seed % 4 == 0:
            assert_alike(f, jit(lambda x, y, h=compiled: h(x, y)), *given)


# The same for many samples at once.


def of_one(f, along):
    """What is asked of every sample."""
    return {
        "value": f,
        "grad": grad(f, (0, 1)),
        "second": grad(weighted(f, along), (0, 1)),
        "third": grad(weighted(weighted(f, along), along)),
        "hessian": hessian(f),
        "jvp": lambda x, y: jvp(f, (x, y), along)[1],
        "vjp": lambda x, y: vjp(f, x, y)[1](1.7),
        "hvp": lambda x, y: hvp(lambda z: f(z, y), x, along[0]),
    }


def of_all(f):
    """Numbers made of all samples, to be differentiated."""
    return {
        "mapped": lambda x, y: (vmap(f)(x, y) ** 2).sum(),
        "looped": lambda x, y: reduce(operator.add, [f(x[i], y[i]) ** 2 for i in range(len(x))]),
    }


def parts(results):
    return [ours.node.plain(x) for x in ours.trees.leaves(results, ours.trees.is_container)]


def assert_samples_alike(seed, f, leaf, at, along):
    """Samples at once, in and around compiled functions, are as one after the other; a third of what may be asked."""
    many = [np.stack([0.8 * np.asarray(a), np.asarray(a), np.asarray(a) - 0.3]) for a in at]
    compiled = jit(f)
    of_compiled = of_one(compiled, along)
    for name, one in list(of_one(f, along).items())[seed % 3 :: 3]:
        for axes, given in (((0, 0), many), ((None, 0), (at[0], many[1]))):
            rows = [[x if axis is None else x[i] for x, axis in zip(given, axes, strict=True)] for i in range(3)]
            expected = [np.stack(column) for column in zip(*[parts(one(*row)) for row in rows], strict=True)]
            for way in (vmap(one, axes), vmap(of_compiled[name], axes), jit(vmap(one, axes))):
                for a, b in zip(parts(way(*given)), expected, strict=True):
                    assert close(a, b, EXACT), name
    expected = grad(of_all(f)["looped"], (0, 1))(*many)
    total, total_of_compiled = of_all(f)["mapped"], of_all(compiled)["mapped"]
    for way in (
        grad(total, (0, 1)),
        grad(jit(total), (0, 1)),
        jit(grad(total, (0, 1))),
        grad(total_of_compiled, (0, 1)),
    ):
        for a, b in zip(way(*many), expected, strict=True):
            assert close(a, b, EXACT)
    gradients = []
    for way in (of_all(f)["looped"], total, jit(total), total_of_compiled):
        leaf.grad = None
        found = way(*(Tensor(x, requires_grad=True) for x in many))
        if found.requires_grad:
            found.backward()
        gradients.append("none" if leaf.grad is None else leaf.grad)
    for gradient in gradients[1:]:
        assert gradient == "none" == gradients[0] if isinstance(gradient, str) else close(gradient, gradients[0], EXACT)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("programs", [of_values, of_arrays])
def test_many_samples_of_random_programs(programs, part):
    for seed in range(PART * part, PART * part + (PART if part else 4)):
        assert_samples_alike(seed, *programs(seed))


@pytest.mark.parametrize("programs", [of_values, of_arrays])
@pytest.mark.parametrize(
    "transformed",
    [
        lambda f, u: lambda x, y: grad(f)(x, y),
        lambda f, u: lambda x, y: grad(weighted(f, u), 1)(x, y),
        lambda f, u: lambda x, y: hessian(f)(x, y),
        lambda f, u: lambda x, y: jvp(f, (x, y), u)[1],
        lambda f, u: lambda x, y: vjp(f, x, y)[1](1.7)[1],
        lambda f, u: lambda x, y: hvp(lambda z: f(z, y), x, u[0]),
    ],
)
def test_compiled_transforms_of_compiled_functions(programs, transformed):
    for seed in range(3):
        f, _, at, along = programs(seed)
        expected = transformed(f, along)(*at)
        for g in (f, jit(f)):
            compiled = jit(transformed(g, along))
            assert close(compiled(*at), expected, EXACT)
            assert compiled.why_not is None


# What it closes over.


def test_a_leaf_closed_over_inside_a_transform():
    assert grad(lambda w: jit(lambda x: w * x)(3.0))(2.0) == 3.0
    assert grad(grad(lambda w: jit(lambda x: w * x * w)(3.0)))(2.0) == 6.0  # computed outside: as usual, no warning
    a = np.array([1.0, 2.0])
    assert grad(lambda w: jit(lambda x: (w * x).sum())(a))(a).tolist() == [1.0, 2.0]
    outside = Value(2.0) * 1.0
    f = jit(lambda x: outside * x)
    f(Value(3.0)).backward()
    assert "computed outside" in f.why_not
    second = grad(lambda w: (grad(lambda w: jit(lambda x: (w * w * x).sum())(a))(w) * a).sum())
    assert second(a).tolist() == [2.0, 8.0]


@pytest.mark.parametrize("kind", [Value, lambda x: Tensor([x], requires_grad=True)])
def test_what_is_closed_over_gets_its_gradient(kind):
    w = kind(2.0)
    f = jit(lambda x: (w * x * w).sum() if isinstance(w, Tensor) else w * x * w)
    x = kind(3.0)
    f(x).backward()
    assert (np.ravel(w.grad), np.ravel(x.grad)) == (12.0, 4.0)
    w.grad = None
    f(x.detach()).backward()  # a node is given: a node comes back
    assert np.ravel(w.grad) == 12.0
    assert f(3.0 if kind is Value else [3.0]) == 12.0  # numbers give numbers
    w.requires_grad, w.grad, x.grad = False, None, None
    f(x).backward()
    assert (w.grad, np.ravel(x.grad)) == (None, 4.0)
    assert f(x.detach()) == 12.0  # nothing requires a gradient
    w.requires_grad, x.grad = True, None
    with no_grad():
        w.data = 5.0 if kind is Value else [5.0]
    f(x).backward()
    assert (np.ravel(w.grad), np.ravel(x.grad)) == (30.0, 25.0)


FACTOR = 2.0
WEIGHT = Value(3.0)


def scaled(x):
    return x * FACTOR * WEIGHT


def test_rebound_globals_are_noticed(monkeypatch):
    f = grad(jit(scaled))
    assert f(1.0) == 6.0
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    assert f(1.0) == 15.0
    monkeypatch.setitem(globals(), "WEIGHT", Value(7.0))
    assert f(1.0) == 35.0


def test_changes_after_the_call_are_seen_as_without_jit():
    w = Value(2.0)
    y = jit(lambda x: w * w * x)(Value(3.0))
    w.data = 5.0  # as in micrograd: the backward pass uses the new number
    y.backward()
    assert w.grad == 30.0
    W = Tensor([2.0], requires_grad=True, name="W")
    y = jit(lambda x: (W * W * x).sum())(Tensor([3.0], requires_grad=True))
    W.data = [5.0]
    with pytest.raises(RuntimeError, match="'W' was changed in place after"):
        y.backward()


def test_a_compiled_layer_in_a_model_that_is_not():
    class Wave(Module):
        def __init__(self):
            super().__init__()
            self.inner = Linear(3, 3, seed=0)
            self.compiled = jit(lambda x: sin(self.inner(x)))

        def forward(self, x):
            return self.compiled(x) if self.training else sin(self.inner(x))

    model = Sequential(Linear(2, 3, seed=1), Wave(), Linear(3, 1, seed=2))
    x = Tensor(np.random.default_rng(0).normal(size=(5, 2)))
    gradients = []
    for training in (True, False):
        model.train(training)
        model.zero_grad()
        (model(x) ** 2).mean().backward()
        gradients.append([p.grad for p in model.parameters()])
    for a, b in zip(*gradients, strict=True):
        assert close(a, b, EXACT)


def test_a_model_by_its_parameters():
    model = MLP([2, 4, 1], activation="tanh", seed=0)
    x = np.random.default_rng(0).normal(size=(5, 2))

    def cost(x):
        return (model(x) ** 2).mean()

    compiled = jit(cost)
    assert close(hessian(compiled)(x), hessian(cost)(x), EXACT)
    expected = cost(Tensor(x, requires_grad=True))
    expected.backward()
    expected_gradients = [p.grad for p in model.parameters()]
    model.zero_grad()
    found = compiled(Tensor(x, requires_grad=True))
    found.backward()
    for p, gradient in zip(model.parameters(), expected_gradients, strict=True):
        assert close(p.grad, gradient, EXACT)
    assert max(found.inverse().check().values()) < 1e-12


def test_what_is_drawn_is_the_same_forwards_and_backwards():
    layer = Dropout(0.5, seed=3)
    compiled = jit(lambda x: layer(x.reshape(-1)))
    for _ in range(3):
        x = Tensor(np.ones(50), requires_grad=True)
        y = compiled(x)
        y.sum().backward()
        assert x.grad.tolist() == y.data.tolist()
        assert 0 < (y.data > 0).sum() < 50
    assert compiled.why_not is None


# Arguments and results.


class Pair(NamedTuple):
    first: Any
    second: Any


def test_arguments_in_lists_and_dictionaries():
    def cost(p, x, scale=2.0):
        hidden = tanh(x @ p["w"][0] + p["w"][1])
        return ((hidden @ p["v"].first) ** 2).sum() * scale + p["v"].second

    generator = np.random.default_rng(0)
    p = {
        "w": [generator.normal(size=(2, 3)), generator.normal(size=3)],
        "v": Pair(generator.normal(size=3), 1.5),
    }
    x = generator.normal(size=(4, 2))
    compiled = jit(cost)
    assert compiled(p, x) == pytest.approx(ours.value_and_grad(cost)(p, x)[0], rel=1e-12)
    for f in (grad(compiled), jit(grad(compiled)), jit(grad(cost)), lambda p, x: compiled.value_and_grad(p, x)[1][0]):
        found, expected = f(p, x), grad(cost)(p, x)
        assert close(found["w"][0], expected["w"][0], EXACT)
        assert close(found["w"][1], expected["w"][1], EXACT)
        assert close(found["v"].first, expected["v"].first, EXACT)
        assert (found["v"].second, type(found["v"])) == (1.0, Pair)
    assert compiled.why_not is None
    second = hessian(lambda v: compiled({**p, "v": Pair(v, 1.0)}, x))(p["v"].first)
    assert close(second, hessian(lambda v: cost({**p, "v": Pair(v, 1.0)}, x))(p["v"].first), EXACT)
    dot = jit(lambda v, w: v[0] * w[0] + v[1] * w[1])
    v, w = [Value(1.0), Value(2.0)], (Value(3.0), Value(4.0))
    y = dot(v, w)
    y.backward()
    assert (y.data, [x.grad for x in (*v, *w)]) == (11.0, [3.0, 4.0, 1.0, 2.0])


def test_static_arguments():
    weight = Value(3.0)

    @jit(static_argnames=("n", "how"))
    def power(x, n, how=("a", 1)):
        assert isinstance(how, tuple)
        y = x
        for _ in range(n - 1):
            y = y * x
        return y if how[0] == "a" else -y

    assert (power(3.0, 2), power(3.0, 3), power(3.0, 2, how=("b", 1))) == (9.0, 27.0, -9.0)
    assert (grad(power)(3.0, 2), grad(grad(power))(3.0, 3)) == (6.0, 18.0)
    assert power.value_and_grad(3.0, 2) == (9.0, (6.0, None, None))
    assert power.why_not is None
    assert power([1.0, 2.0], 2).tolist() == [1.0, 4.0]
    doubled = jit(lambda n: weight * n, static_argnames="n")
    assert (doubled(2), grad(lambda v: v * doubled(3))(1.0)) == (6.0, 9.0)
    one, true = jit(lambda x, n: x * (2 if n is True else 3), static_argnames="n"), True
    assert (one(1.0, 1), one(1.0, true)) == (3.0, 2.0)
    with pytest.raises(TypeError, match="n is static, so something hashable, such as"):
        power(3.0, [2])
    with pytest.raises(ValueError, match="static_argnames is names among x, such as"):
        jit(lambda x: x, static_argnames="y")


def test_results_in_results():
    w = Value(2.0)

    def f(x, y):
        return {"a": w * x * y, "b": (Pair(x * x, y), [3.0 * y])}

    def total(g):
        def one(x, y):
            r = g(x, y)
            return r["a"] * r["b"][0].first + r["b"][1][0] * r["b"][0].second

        return one

    compiled = jit(f)
    assert compiled(3.0, 4.0) == {"a": 24.0, "b": (Pair(9.0, 4.0), [12.0])}
    assert compiled.value_and_grad(3.0, 4.0)[1] == (8.0, 6.0)
    assert grad(total(compiled), (0, 1))(3.0, 4.0) == grad(total(f), (0, 1))(3.0, 4.0)
    assert gradcheck(total(compiled), 3.0, 4.0, order=3)
    x = np.array([1.0, 2.0])
    assert close(
        hessian(lambda x: total(compiled)(x, 4.0).sum())(x), hessian(lambda x: total(f)(x, 4.0).sum())(x), EXACT
    )
    y = compiled(Value(3.0), 4.0)
    assert (type(y["b"][0]), y["b"][0].first.requires_grad, y["b"][0].second.requires_grad) == (Pair, True, False)


def test_results_of_several_shapes_and_types():
    def f(x, n):
        return x.sum(axis=0), x.astype(np.float32) * 2, n + 1, x[0, 0]

    compiled = jit(f)
    x, n = np.arange(6.0).reshape(2, 3) / 7, np.arange(3)
    gradients = []
    for g in (f, compiled):
        z = Tensor(x, requires_grad=True)
        rows, half, count, first = g(z, n)
        assert (rows.shape, half.dtype, count.dtype, first.shape) == ((3,), np.float32, n.dtype, ())
        ((rows * rows).sum() + half.sum() * first).backward()
        gradients.append(z.grad)
    assert close(*gradients, 1e-6)
    assert compiled.why_not is None


def test_results_that_are_closed_over():
    for other in (Tensor([2.0, 3.0]), Tensor([2.0, 3.0], requires_grad=True), np.array([2.0, 3.0])):

        def f(x, other=other):
            return {"first": x.sum(), "others": [other, other * 2, other, 3.0]}

        compiled = jit(lambda x, f=f: f(x))
        for x in (np.ones(2), Tensor(np.ones(2)), Tensor(np.ones(2), requires_grad=True)):
            for _ in range(2):
                found = ours.trees.leaves(compiled(x), ours.trees.is_container)
                wanted = ours.trees.leaves(f(Tensor(x) if isinstance(x, np.ndarray) else x), ours.trees.is_container)
                for one, that in zip(found, wanted, strict=True):
                    np.testing.assert_array_equal(ours.node.plain(one), ours.node.plain(that))
            assert compiled.why_not is None
        assert compiled.value_and_grad(np.ones(2))[1][0].tolist() == [1.0, 1.0]


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    @jit
    def times(self, x):
        return x * x * self.factor

    @jit(static_argnames="n")
    def power(self, x, n):
        return x**n * self.factor


def test_methods():
    scaled = Scaled(2.0)
    assert (grad(scaled.times)(3.0), grad(grad(scaled.times))(3.0), grad(scaled.power)(3.0, 3)) == (12.0, 4.0, 54.0)
    scaled.factor = 3.0
    assert (grad(scaled.times)(3.0), grad(scaled.power)(3.0, 3)) == (18.0, 81.0)


# Where it cannot be, and modes.


def test_what_is_not_compiled_is_evaluated_with_a_warning():
    f = jit(lambda x: x * x if x > 0 else -x)
    with pytest.warns(UserWarning, match=r"not compiled .* write where\(x > 0, x \* x, -x\), in line \d+"):
        assert grad(f)(3.0) == 6.0
    assert (grad(f)(-3.0), grad(grad(f))(3.0), f.why_not is None) == (-1.0, 2.0, False)  # warned of once
    with pytest.warns(UserWarning, match=r"write maximum\(x, 0.0\)"):
        assert grad(jit(lambda x: max(x, 0.0) * min(x, 5.0)))(3.0) == 6.0


@pytest.fixture
def deciding():
    """A product whose pullback looks at the numbers."""

    @operation("Π", Rule.WEIGHTED_INPUT, derivatives=("{y} / {x}",), on_floats=False)
    def deciding(xp, x):
        return xp.prod(x)

    deciding.pullbacks(lambda g, y, x: g * y / x if (y != 0).all() else 0 * x)
    yield deciding
    del Operation.registry["deciding"]


@pytest.mark.filterwarnings("ignore:.*not compiled .*all")
def test_a_derivative_that_depends_on_the_numbers(deciding):
    x = np.array([1.0, 2.0, 3.0])
    for f in (
        lambda x: deciding(x),
        lambda x: deciding(where((x > 0.5) & (x < 2.5), x, 4.0)) * x[0],
        lambda x: grad(lambda y: deciding(y) * y.sum())(x).sum(),
    ):
        compiled = jit(f)
        assert close(grad(compiled)(x), grad(f)(x), EXACT)
        assert compiled.why_not.startswith("it looks at the numbers")
        assert close(hessian(jit(f))(x), hessian(f)(x), EXACT)


def test_float32_stays_float32():
    for f in (lambda x: x * x, lambda x: (x @ x) * x[0]):
        x = Tensor(np.array([1.0, 2.0], np.float32), requires_grad=True)
        y = jit(f)(x)
        y.backward(np.ones(y.shape, np.float32))
        assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_samples_in_single_precision_are_computed_as_without_jit(dtype):
    w = Value(0.1, name="w")

    def f(x, y):
        return where(x > 0.1, exp(10.0 * x) * w, sin(x) + y * w), x * x

    compiled = jit(f)
    given = [Tensor(np.array(row, dtype), requires_grad=True) for row in ([0.1, 0.2, 30.0], [1.0, 2.0, 3.0])]
    compiled(0.3, 0.4)
    with np.errstate(all="ignore"):
        both = [function(*given) for function in (compiled, f)]
    assert compiled.why_not is None
    for found, wanted in zip(*both, strict=True):
        assert found.dtype == wanted.dtype == dtype
        np.testing.assert_allclose(found.data, wanted.data, rtol=2 * np.finfo(dtype).eps)
    gradients = []
    for first, second in both:
        for leaf in (w, *given):
            leaf.grad = None
        with np.errstate(all="ignore"):
            (first[:2].sum() + second.sum()).backward()
        gradients.append([w.grad, *(x.grad for x in given)])
    for found, wanted in zip(*gradients, strict=True):
        assert getattr(found, "dtype", float) == getattr(wanted, "dtype", float)
        np.testing.assert_allclose(found, wanted, rtol=10 * np.finfo(dtype).eps)
    compiled(Tensor([1.0]), Tensor([2.0]))[0].backward()
    assert compiled.why_not is None


@pytest.mark.parametrize("f", [lambda x: x * x + 1.0, lambda x: (x @ x.T).sum() + x.sum()])
def test_empty_arrays(f):
    x = Tensor(np.zeros((0, 3)), requires_grad=True)
    y = jit(f)(x)
    y.sum().backward()
    assert (y.shape, x.grad.shape) == (f(x).shape, (0, 3))


def test_what_gives_its_arguments_or_what_it_closes_over():
    w = Value(3.0)
    jit(lambda x: w)(Value(1.0)).backward()
    assert w.grad == 1.0
    W, x = Tensor([1.0, 2.0], requires_grad=True), Tensor([4.0], requires_grad=True)
    a, b, c = jit(lambda x: (W, x.sum(), x))(x)
    (a.sum() * b * c).sum().backward()
    assert (W.grad.tolist(), x.grad.tolist()) == ([16.0, 16.0], [24.0])
    assert grad(lambda x: jit(lambda y: x * y)(x))(3.0) == 6.0


def test_modes():
    f = jit(lambda x: x * x)
    with no_grad():
        assert f(Value(3.0)) == 9.0
    assert (grad(f)(3.0), f.value_and_grad(3.0)) == (6.0, (9.0, (6.0,)))  # traced under no_grad()
    with detect_anomaly():
        y = f(Value(3.0))
        assert f.why_not == "detect_anomaly() is on"
        assert y.op.name == "multiply"
        with pytest.raises(ArithmeticError, match="log gave"):
            jit(lambda x: ours.log(x))(Value(-1.0))
    results = {}

    def other():
        results["other"] = type(f(Value(3.0)))

    with no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert issubclass(results["other"], Value)
    g = jit(lambda x: ours.abs(x) * stopped(x))
    assert (grad(g)(3.0), g.value_and_grad(3.0)[1]) == (9.0, (9.0,))


@no_grad()
def stopped(x):
    return x * x


def test_threads_differentiate_the_same_function():
    w = np.random.default_rng(0).normal(size=(20, 20))
    f = jit(lambda x: tanh(x @ w).sum())
    points = np.random.default_rng(1).normal(size=(8, 20, 20))
    expected = [grad(lambda x: tanh(x @ w).sum())(x) for x in points]
    wrong = []

    def work(x, gradient):
        wrong.extend(1 for _ in range(30) if not close(grad(f)(x), gradient, EXACT))

    threads = [threading.Thread(target=work, args=pair) for pair in zip(points, expected, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_no_operation_is_registered():
    before = set(Operation.registry)
    grad(jit(lambda x: x * x))(3.0)
    grad(jit(lambda x: (x * x).sum()))(np.ones(3))
    assert set(Operation.registry) == before


def test_the_inverse_network_of_a_call():
    w, x = Value(2.0, name="w"), Value(3.0, name="x")

    def cost(x, y):
        return w * x * y

    y = jit(cost)(x, x * 2.0)
    assert [node.op.name for node in ours.Graph(y) if node.op is not None] == ["multiply", "cost"]
    network = y.inverse()
    assert max(network.check().values()) < 1e-12
    assert network.path_gains(x) == 24.0
    assert ours.Graph(y.named("y")).expressions[-1] == "cost(x, v1, w)"
    opened = y.op.composition(y.inputs)
    assert [node.op.name for node in ours.Graph(opened) if node.op is not None] == ["multiply"] * 3
    assert opened.data == y.data
    assert [x.data for x in y.op.results(y.inputs)] == [y.data]


def test_nothing_is_left_of_calls():
    f = jit(lambda x: tanh(x * x) * x)
    h = jit(lambda x: (tanh(x * x) * x).sum())
    a = np.ones(100)

    def steps(count):
        for _ in range(count):
            grad(grad(f))(0.5)
            grad(h)(a)
            h(Tensor(a, requires_grad=True)).backward()

    steps(5)
    gc.collect()
    gc.disable()  # reference counts alone do it
    try:
        before = len(gc.get_objects())
        steps(50)
        assert len(gc.get_objects()) - before < 20
    finally:
        gc.enable()


@pytest.fixture
def in_turns_all_the_time():
    """Threads take turns after every few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_that_ask_for_derivatives_of_one_program_at_once(in_turns_all_the_time):
    """Rows of derivatives are appended to its trace when they are first asked for."""
    w = Value(0.7)

    def f(x, y):
        z = x
        for _ in range(12):
            z = tanh(w * z + y) * x
        return z

    orders = (f, grad(f), grad(grad(f)), grad(f, 1))
    wanted = [_number(order(0.3, 0.2)) for order in orders]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(100):
            compiled = jit(f)
            compiled(1.0, 2.0)  # traced: what is left are the derivatives
            transformed = (compiled, grad(compiled), grad(grad(compiled)), grad(compiled, 1))
            ready = threading.Barrier(8)

            def ask(i, transformed=transformed, ready=ready):
                ready.wait()
                return _number(transformed[i % 4](0.3, 0.2))

            np.testing.assert_allclose(list(pool.map(ask, range(8))), wanted * 2, rtol=1e-12)


def _number(x):
    return x.data if isinstance(x, Value) else x
