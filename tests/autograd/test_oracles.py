"""Independent implementations agree to 1e-10: HIPS autograd on arrays, CasADi on scalar expressions."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import autograd.numpy as anp
import casadi
import numpy as np
import pytest
from autograd.scipy.special import logsumexp as hips_logsumexp

import inversa.autograd as ours
from autograd import elementwise_grad
from autograd import grad as hips_grad
from autograd import hessian as hips_hessian
from inversa.autograd import InverseNetwork, Tensor, Value

from .numeric import close

# HIPS autograd says so where a derivative is 0 everywhere; we compare that, too.
pytestmark = pytest.mark.filterwarnings("ignore:Output seems independent of input:UserWarning")

EXACT = 1e-10
POINTS = np.array([0.3, 0.75, 1.25, 1.9, 2.6])  # inside the domain of all functions below
SIGNED = np.array([-1.7, -0.6, 0.4, 1.3, 2.2])


def sigmoid(xp: Any, x: Any) -> Any:
    return 1 / (1 + xp.exp(-x))


UNARY: dict[str, Callable[[Any, Any], Any]] = {
    "exp": lambda xp, x: xp.exp(x),
    "expm1": lambda xp, x: xp.expm1(x),
    "log": lambda xp, x: xp.log(x),
    "log1p": lambda xp, x: xp.log1p(x),
    "sqrt": lambda xp, x: xp.sqrt(x),
    "sin": lambda xp, x: xp.sin(x),
    "cos": lambda xp, x: xp.cos(x),
    "tanh": lambda xp, x: xp.tanh(x),
    "negative": lambda xp, x: -x,
    "abs": lambda xp, x: xp.fabs(x),
    "sigmoid": sigmoid,
    "softplus": lambda xp, x: xp.log1p(xp.exp(x)),
    "relu": lambda xp, x: (x + xp.fabs(x)) / 2,
    "leaky_relu": lambda xp, x: 0.505 * x + 0.495 * xp.fabs(x),
    "step": lambda xp, x: (xp.sign(x) + 1) / 2,
    "sign": lambda xp, x: xp.sign(x),
}
BINARY: dict[str, Callable[[Any, Any, Any], Any]] = {
    "add": lambda xp, a, b: a + b,
    "subtract": lambda xp, a, b: a - b,
    "multiply": lambda xp, a, b: a * b,
    "divide": lambda xp, a, b: a / b,
    "power": lambda xp, a, b: a**b,
    "maximum": lambda xp, a, b: (a + b + xp.fabs(a - b)) / 2,
    "minimum": lambda xp, a, b: (a + b - xp.fabs(a - b)) / 2,
}
POSITIVE = {"log", "log1p", "sqrt"}

HIPS = SimpleNamespace(
    **{name: getattr(anp, name) for name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "sign")},
    fabs=anp.abs,
)


def second(y: Any, x: Any) -> Any:
    """The second derivative of an elementwise function: the recorded flow, run backwards; None where it is constant."""
    flow = InverseNetwork(y).run(np.ones(y.shape), record=True).get(x)
    return None if flow is None or not flow.requires_grad else InverseNetwork(flow).run(np.ones(x.shape)).get(x)


@pytest.mark.parametrize("name", UNARY)
def test_unary_with_hips(name: str) -> None:
    points = POINTS if name in POSITIVE else SIGNED

    def theirs(x: Any) -> Any:
        return UNARY[name](HIPS, x)

    x = Tensor(points, requires_grad=True)
    y = getattr(ours, name)(x)
    assert close(y.data, theirs(points), EXACT)
    y.backward(np.ones(points.shape))
    assert close(0 * points if x.grad is None else x.grad, elementwise_grad(theirs)(points), EXACT)
    curvature = second(y, x)
    expected = (
        elementwise_grad(elementwise_grad(theirs))(points) if name not in ("step", "sign", "negative") else 0 * points
    )
    assert close(0 * points if curvature is None else curvature, expected, EXACT)


@pytest.mark.parametrize("name", UNARY)
def test_unary_with_casadi(name: str) -> None:
    symbol = casadi.SX.sym("x")
    y = UNARY[name](casadi, symbol)
    first = casadi.gradient(y, symbol)
    theirs = casadi.Function("f", [symbol], [y, first, casadi.gradient(first, symbol)])
    for point in POINTS if name in POSITIVE else SIGNED:
        x = Value(point)
        out = getattr(ours, name)(x)
        flow = out.inverse().run(record=True).get(x, 0.0 * x)
        curvature = flow.inverse().run().get(x, 0.0) if flow.requires_grad else 0.0
        assert close([out.data, flow.data, curvature], [float(v) for v in theirs(point)], EXACT)


@pytest.mark.parametrize("name", BINARY)
def test_binary_with_hips_and_casadi(name: str) -> None:
    A, B = POINTS, np.array([1.2, 0.4, -0.8, 2.1, 1.1])
    a, b = Tensor(A, requires_grad=True), Tensor(B, requires_grad=True)
    y = getattr(ours, name)(a, b)
    y.backward(np.ones(5))

    def theirs(a: Any, b: Any) -> Any:
        return BINARY[name](HIPS, a, b)

    assert close(y.data, theirs(A, B), EXACT)
    assert close(a.grad, elementwise_grad(theirs, 0)(A, B), EXACT)
    assert close(b.grad, elementwise_grad(theirs, 1)(A, B), EXACT)
    u, v = casadi.SX.sym("u"), casadi.SX.sym("v")
    z = BINARY[name](casadi, u, v)
    gradient = casadi.Function("f", [u, v], [z, casadi.gradient(z, u), casadi.gradient(z, v)])
    for p, q in zip(A, B, strict=True):
        p, q = Value(p), Value(q)
        out = getattr(ours, name)(p, q)
        out.backward()
        assert close([out.data, p.grad, q.grad], [float(x) for x in gradient(p.data, q.data)], EXACT)


ARRAYS: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "matmul": (lambda a, b: a @ b, lambda a, b: a @ b, ((3, 4), (4, 2))),
    "matmul of stacks": (ours.matmul, anp.matmul, ((2, 1, 3, 4), (5, 4, 2))),
    "vector @ stack": (ours.matmul, anp.matmul, ((4,), (5, 4, 2))),
    "inner": (ours.matmul, anp.matmul, ((4,), (4,))),
    "einsum": (
        lambda a, b: ours.einsum("bij,kj->ibk", a, b),
        lambda a, b: anp.einsum("bij,kj->ibk", a, b),
        ((2, 3, 4), (5, 4)),
    ),
    "einsum sums out": (
        lambda a, b: ours.einsum("ij,k->k", a, b),
        lambda a, b: anp.einsum("ij,k->k", a, b),
        ((2, 3), (4,)),
    ),
    "sum": (lambda x: ours.sum(x, axis=(0, -1)), lambda x: anp.sum(x, axis=(0, -1)), ((2, 3, 4),)),
    "mean": (lambda x: x.mean(axis=1, keepdims=True), lambda x: anp.mean(x, axis=1, keepdims=True), ((2, 3, 4),)),
    "max": (lambda x: x.max(axis=-2), lambda x: anp.max(x, axis=-2), ((2, 3, 4),)),
    "min": (lambda x: x.min(), lambda x: anp.min(x), ((2, 3),)),
    "prod": (lambda x: x.prod(axis=0), lambda x: anp.prod(x, axis=0), ((3, 2),)),
    "var": (lambda x: x.var(axis=0, correction=1), lambda x: anp.var(x, axis=0, ddof=1), ((4, 3),)),
    "logsumexp": (lambda x: ours.logsumexp(x, axis=1), lambda x: hips_logsumexp(x, axis=1), ((3, 4),)),
    "softmax": (
        lambda x: x.softmax(axis=0),
        lambda x: anp.exp(x - hips_logsumexp(x, axis=0, keepdims=True)),
        ((3, 4),),
    ),
    "log_softmax": (lambda x: x.log_softmax(), lambda x: x - hips_logsumexp(x, axis=-1, keepdims=True), ((3, 4),)),
    "transpose": (lambda x: x.transpose(2, 0, 1), lambda x: anp.transpose(x, (2, 0, 1)), ((2, 3, 4),)),
    "reshape": (lambda x: x.reshape(4, -1), lambda x: anp.reshape(x, (4, -1)), ((2, 3, 4),)),
    "slice": (lambda x: x[1:, ::-2, None], lambda x: x[1:, ::-2, None], ((3, 4),)),
    "index": (lambda x: x[[2, 0, 2], :2], lambda x: x[np.array([2, 0, 2]), :2], ((3, 4),)),
    "concatenate": (
        lambda a, b: ours.concatenate([a, b], axis=-1),
        lambda a, b: anp.concatenate([a, b], axis=-1),
        ((2, 3), (2, 1)),
    ),
    "stack": (
        lambda a, b: ours.stack([a, b, a], axis=-1),
        lambda a, b: anp.stack([a, b, a], axis=-1),
        ((2, 3), (2, 3)),
    ),
    "broadcast": (lambda a, b: a * b + a, lambda a, b: a * b + a, ((3, 1), (2, 1, 4))),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_with_hips(name: str) -> None:
    """Values, gradients and Hessians of a non-linear function of the result."""
    function, theirs, shapes = ARRAYS[name]
    generator = np.random.default_rng(3)
    arrays = [generator.uniform(0.3, 1.7, shape) for shape in shapes]
    leaves = [Tensor(x, requires_grad=True) for x in arrays]
    result = function(*leaves)
    weights = generator.standard_normal(result.shape)
    loss = (weights * ours.sin(result)).sum()

    def their_loss(*xs: Any) -> Any:
        return anp.sum(weights * anp.sin(theirs(*xs)))

    assert close(loss.data, their_loss(*arrays), EXACT)
    flows = loss.inverse().run(record=True)
    for number, (x, array) in enumerate(zip(leaves, arrays, strict=True)):
        flow = flows[x]
        assert close(flow.data, hips_grad(their_loss, number)(*arrays), EXACT)
        direction = generator.standard_normal(array.shape)

        def their_slope(moved: Any, number: int = number, direction: Any = direction) -> Any:
            return anp.sum(direction * hips_grad(their_loss, number)(*arrays[:number], moved, *arrays[number + 1 :]))

        ours_hvp = InverseNetwork(flow).run(direction)[x]
        assert close(ours_hvp, hips_grad(their_slope)(array), EXACT)


@pytest.mark.parametrize("seed", range(8))
def test_mlp_loss_with_hips(seed: int) -> None:
    generator = np.random.default_rng(seed)
    widths = [3, *generator.integers(2, 7, size=seed % 3 + 1), 2]
    X, targets = generator.standard_normal((5, 3)), generator.integers(0, 2, 5)
    weights = [generator.standard_normal(shape) for shape in pairwise(widths)]
    biases = [generator.standard_normal(n) for n in widths[1:]]

    def forward(xp: Any, weights: list[Any], biases: list[Any]) -> Any:
        a = X
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            z = a @ w + b
            a = xp.tanh(z) if layer < len(weights) - 1 else z
        return a

    def their_loss(parameters: tuple[list[Any], list[Any]]) -> Any:
        logits = forward(anp, *parameters)
        chosen = logits[np.arange(5), targets]
        return anp.mean(hips_logsumexp(logits, axis=1) - chosen)

    W = [Tensor(w, requires_grad=True) for w in weights]
    B = [Tensor(b, requires_grad=True) for b in biases]
    loss = -forward(ours, W, B).log_softmax()[np.arange(5), targets].mean()
    loss.backward()
    assert close(loss.data, their_loss((weights, biases)), EXACT)
    their_weights, their_biases = hips_grad(their_loss)((weights, biases))
    for x, expected in zip(W + B, their_weights + their_biases, strict=True):
        assert close(x.grad, expected, EXACT)


# Random expressions, built alike in four systems.


def random_program(seed: int, inputs: int = 4, length: int = 25) -> Callable[[Any, list[Any]], Any]:
    """A random expression as a function of a namespace and its inputs; smooth, and of moderate size throughout."""
    shuffle = random.Random(seed)
    steps = [
        (shuffle.choice(STEPS), shuffle.randrange(inputs + k), shuffle.randrange(inputs + k)) for k in range(length)
    ]

    def program(xp: Any, xs: list[Any]) -> Any:
        values = list(xs)
        for step, i, j in steps:
            values.append(step(xp, values[i], values[j]))
        return sum(values[-6:], 0.0 * xs[0])

    return program


STEPS: tuple[Callable[[Any, Any, Any], Any], ...] = (
    lambda xp, a, b: 0.5 * (a + b),
    lambda xp, a, b: a - 0.5 * b,
    lambda xp, a, b: xp.tanh(a * b),
    lambda xp, a, b: a / (1 + b * b),
    lambda xp, a, b: xp.sin(a) + xp.cos(b),
    lambda xp, a, b: xp.exp(xp.tanh(a)),
    lambda xp, a, b: xp.log(1.5 + b**2),
    lambda xp, a, b: xp.sqrt(1 + a * a),
    lambda xp, a, b: 1 / (1 + xp.exp(-a)),
    lambda xp, a, b: (1.1 + xp.sin(a)) ** xp.cos(b),
    lambda xp, a, b: 2 ** xp.tanh(a) - (-b),
)


@pytest.mark.parametrize("seed", range(25))
def test_random_expression_in_four_systems(seed: int) -> None:
    program = random_program(seed)
    point = np.random.default_rng(seed).uniform(-1.5, 1.5, 4)

    values = [Value(x) for x in point]
    y = program(ours, list(values))
    flows = y.inverse().run(record=True)
    gradient = [flows[x].data if x in flows else 0.0 for x in values]
    hessian = []
    for x in values:
        rows = flows[x].inverse().run() if x in flows and flows[x].requires_grad else {}
        hessian.append([rows.get(z, 0.0) for z in values])

    leaf = Tensor(point, requires_grad=True)
    z = program(ours, list(leaf))
    z.backward()
    assert close(z.data, y.data, EXACT)
    assert close(leaf.grad, gradient, EXACT)

    def theirs(x: Any) -> Any:
        return program(anp, [x[i] for i in range(4)])

    assert close(y.data, theirs(point), EXACT)
    assert close(gradient, hips_grad(theirs)(point), EXACT)
    if seed < 5:  # HIPS is slow at this
        assert close(hessian, hips_hessian(theirs)(point), EXACT)

    symbols = casadi.SX.sym("x", 4)
    expression = program(casadi, [symbols[i] for i in range(4)])
    second, first = casadi.hessian(expression, symbols)
    compiled = casadi.Function("f", [symbols], [expression, first, second])
    value, slope, curvature = (np.array(part.full()) for part in compiled(point))
    assert close(y.data, value.item(), EXACT)
    assert close(gradient, slope.ravel(), EXACT)
    assert close(hessian, curvature, EXACT)


@pytest.mark.parametrize("seed", range(5))
def test_random_expression_of_values_and_tensors_together(seed: int) -> None:
    """Two inputs are Values, two are Tensors that broadcast; HIPS sees arrays only."""
    program = random_program(seed + 100)
    generator = np.random.default_rng(seed)
    arrays = [
        generator.uniform(-1, 1, ()),
        generator.uniform(-1, 1, 3),
        generator.uniform(-1, 1, ()),
        generator.uniform(-1, 1, (2, 1)),
    ]
    leaves = [Tensor(x, requires_grad=True) if x.ndim else Value(float(x)) for x in arrays]
    y = program(ours, list(leaves)) * np.ones((2, 3))
    y.sum().backward()

    def theirs(*xs: Any) -> Any:
        return anp.sum(program(anp, list(xs)) * np.ones((2, 3)))

    for number, leaf in enumerate(leaves):
        expected = hips_grad(theirs, number)(*arrays)
        assert close(0.0 * arrays[number] if leaf.grad is None else leaf.grad, expected, EXACT)
