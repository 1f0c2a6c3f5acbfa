"""Kernels in replays: each equals its composition, and is found where it may be and nowhere else."""

import numpy as np
import pytest

from inversa.autograd import (
    Operation,
    Tensor,
    grad,
    jit,
    relu,
    softmax,
    softmax_cross_entropy,
    transpose,
)
from inversa.autograd.compiling.arrays.fusion import FUSIONS, Fusion
from inversa.autograd.ops.standardising import standardised

from ..cases import OPERATIONS
from .replays import assert_replays, assert_same, evaluated, recorded, taken

rng = np.random.default_rng(0)


@pytest.mark.parametrize("op", [op for op in OPERATIONS if op.composition], ids=lambda op: op.name)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_operations_that_do_several_things_at_once_equal_their_compositions(op, dtype):
    for example in op.examples:
        arrays = [rng.normal(size=shape).astype(dtype) for shape in example.shapes]
        params = {name: np.asarray(p) if isinstance(p, list) else p for name, p in example.params.items()}
        outcomes = []
        for function in (op, op.composition):
            leaves = [Tensor(array, requires_grad=True) for array in arrays]
            y = function(*leaves, **params)
            y.backward(np.linspace(-1, 1, y.size, dtype=dtype).reshape(y.shape))
            outcomes.append([y.numpy(), *taken(leaves)])
        assert_same(*outcomes, 1e-12 if dtype == np.float64 else 1e-4)


WITH_KERNELS = [fusion for fusion in FUSIONS if fusion.instead is None]


@pytest.mark.parametrize(
    ("fusion", "n"),
    [(f, n) for f in WITH_KERNELS for n in [(1,), (5,), (64,), (2, 3, 4)] if f.rows or len(n) == 1],
    ids=lambda x: getattr(x, "name", str(x)),
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kernels_equal_their_compositions(fusion, n, dtype):
    lengths = {2: n, 3: (17,)}
    shapes = [sum((lengths[m] for m in shape), ()) for shape in fusion.shapes]
    arrays = [np.abs(rng.normal(size=shape), where=shape == (), out=rng.normal(size=shape)) for shape in shapes]
    arrays = [array.astype(dtype) for array in arrays]
    if fusion.labels:
        arrays[-1] = rng.integers(0, 17, n)
    arrays[0].flat[0] = np.nan if fusion.name == "relu" else 0.0
    compiled = recorded(fusion.composition, *fusion.operands)
    out = compiled(*arrays)
    names = [step.computed.op.name for step in compiled.last.plan.steps]
    assert names == [fusion.name]
    expected = fusion.composition(*map(Tensor, arrays))
    assert_same([out], [getattr(expected, "data", expected)], 2e-6 if dtype == np.float32 else 1e-14)


@pytest.mark.parametrize("name", ["exp", "expm1", "tanh", "sigmoid", "softplus", "sin", "cos", "log", "sqrt", "abs"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_functions_of_one_number(name, dtype):
    op = Operation.registry[name]
    x = np.concatenate([rng.normal(size=50), [0.0, -0.0, 1e-30, 90.0, -90.0, np.inf, -np.inf, np.nan]]).astype(dtype)
    with np.errstate(all="ignore"):
        (found, (slope,)), (expected, (exact,)) = (
            f.value_and_grad(x) for f in (recorded(lambda x: op(x)[:50].sum()), evaluated(lambda x: op(x)[:50].sum()))
        )
        assert found == pytest.approx(expected, rel=1e-5 if dtype == np.float32 else 1e-14, nan_ok=True)
        np.testing.assert_allclose(slope, exact, rtol=1e-5 if dtype == np.float32 else 1e-14)
        out = recorded(op)(x)
        np.testing.assert_allclose(out, op(x), rtol=2e-6 if dtype == np.float32 else 1e-14)
    assert out.dtype == dtype


def test_patterns_are_not_found_where_somebody_else_needs_the_parts():
    W, b = Tensor(rng.normal(size=(3, 3)), requires_grad=True), Tensor(rng.normal(size=3), requires_grad=True)

    def f(x):
        z = x @ W + b
        return relu(z).sum() + z.mean() + (x @ W).sum() + transpose(x @ W)[0].sum()

    assert_replays(f, rng.normal(size=(4, 3)), leaves=[W, b])


@pytest.mark.parametrize("shape", [(6, 5), (2, 3, 4, 17), (3, 1), (0, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "function",
    [
        lambda x: standardised(x, (-1,), 1e-5)[0],
        lambda x: x + standardised(x, (-1,), 1e-5)[0] ** 2,  # x goes around it as well
        lambda x: sum(standardised(x, (-1,), 0.1)),  # what lies between is needed, too
        lambda x: softmax(x * 3),
        lambda x: softmax(x, axis=x.ndim - 1) * softmax(x, axis=0),
    ],
)
def test_rows_by_themselves(function, shape, dtype):
    x, b = rng.normal(size=shape).astype(dtype), Tensor(rng.normal(size=shape[-1:]), dtype=dtype, requires_grad=True)

    def cost(x):
        return (function(x + b) ** 2 * np.linspace(0, 1, shape[-1], dtype=dtype)).sum()

    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    assert_replays(cost, x, leaves=[b], tolerance=tolerance)
    twice = grad(lambda x: (grad(cost)(x) ** 2).sum())
    np.testing.assert_allclose(jit(twice)(x), twice(x), rtol=100 * tolerance, atol=100 * tolerance)


def test_layers_that_normalise_and_attend_are_few_calls():
    w = Tensor(rng.normal(size=(2, 3, 4)), requires_grad=True)
    cost = recorded(lambda x: (softmax(standardised(x * w, (-1,), 1e-5)[0]) ** 2).sum())
    cost.backward(np.ones((2, 3, 4)))
    names = [step.computed.op.name for step in cost.last.plan.steps if step.computed.op]
    assert names[:3] == ["multiply", "standardise", "softmax"]
    assert names[-2:] == ["through_standardise", "multiply"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_of_rows_with_what_is_no_number(dtype):
    x = rng.normal(size=(7, 35)).astype(dtype)
    x[1, 3], x[2, 33], x[3, 4], x[4, :], x[5, 20] = np.nan, np.nan, -np.inf, -np.inf, np.inf
    x[6] = np.linspace(-2000, 2000, 35)
    with np.errstate(all="ignore"):
        found, expected = recorded(softmax)(x), softmax(x)
    np.testing.assert_allclose(found, expected, rtol=1e-6 if dtype == np.float32 else 1e-14)


def test_a_fusion_is_declared_like_an_operation():
    assert all(isinstance(fusion, Fusion) and fusion.notation.startswith(fusion.symbol) for fusion in FUSIONS)


@pytest.mark.parametrize("classes", [32, 33])
def test_few_and_many_classes(classes):
    W = Tensor(rng.normal(size=(2, classes)), requires_grad=True)
    f = assert_replays(
        lambda x, t: softmax_cross_entropy(x @ W, target=t).mean(), rng.normal(size=(9, 2)),
        rng.integers(0, classes, 9), leaves=[W],
    )  # fmt: skip
    with pytest.raises(ValueError, match=f"label {classes} is none of the {classes} classes"):
        f(rng.normal(size=(9, 2)), np.full(9, classes))


# Parts of one array.


@pytest.mark.parametrize(
    "function",
    [
        lambda x: sum(x[t] ** 2 for t in range(4)),  # apart
        lambda x: sum((x[t : t + 2] ** 3).sum(0) for t in range(3)),  # overlapping
        lambda x: x[0] * x[1] + x[2:, 1].sum() + (x**2).sum(0),  # and the array itself
        lambda x: (x[::2] * x[1::2]).sum(0) * x[-1] + x[..., :1].sum(),
        lambda x: x[1] * x[1] + (2 * x)[1] * x[0],
        lambda x: x[:2, 0] * x[2:, 0] + x[::2, 1] * x[1::2, 2] + x[1::2, 1] * x[::2, 2],  # every entry once
        lambda x: x[:3].sum() * x[2:].sum() * x[2, 1],  # every entry, and some twice
    ],
)
def test_gradients_of_parts_are_those_of_the_evaluated_function(function):
    x = np.random.default_rng(0).normal(size=(4, 3))
    evaluated, compiled = Tensor(x, requires_grad=True), Tensor(x, requires_grad=True)
    (function(evaluated) ** 2).sum().backward()
    cost = jit(lambda: (function(compiled) ** 2).sum())
    cost.backward()
    assert cost.why_not is None
    np.testing.assert_allclose(compiled.grad, evaluated.grad, rtol=1e-15, atol=1e-15)
    once = grad(lambda x: (function(x) ** 2).sum())
    twice = jit(grad(lambda x: (once(x) ** 2).sum()))
    np.testing.assert_allclose(twice(x), grad(lambda x: (once(x) ** 2).sum())(x), rtol=1e-12, atol=1e-12)


def test_many_parts_are_added_in_place_once():
    x = Tensor(np.ones((50, 3)), requires_grad=True)
    cost = jit(lambda: sum((x[t] ** 2).sum() for t in range(50)))
    cost.backward()
    listing = cost.listing()
    assert listing.count("at […]") == 1
    np.testing.assert_array_equal(x.grad, np.full((50, 3), 2.0))


# Products.


@pytest.mark.parametrize("steps", [6, 7])
def test_a_matrix_that_many_others_are_multiplied_by_is_laid_out_once(steps):
    U = Tensor(rng.normal(size=(6, 2)), requires_grad=True)

    def network(x):
        h = x
        for _ in range(steps):
            h = (h @ U.T).reshape(-1, 3, 2).sum(1)
        return (h**2).sum() + (x @ U.T).mean() + U.T[0, 1]

    f = assert_replays(network, rng.normal(size=(4, 2)), leaves=[U])
    names = [step.computed.op.name for step in f.last.plan.steps if step.computed.op]
    assert names.count("transpose") == (1 if steps == 7 else 0)


@pytest.mark.parametrize("columns", [2, 20])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_stacks_of_matrices_in_any_order_times_a_matrix(columns, dtype):
    x = rng.normal(size=(3, 4, 5)).astype(dtype)
    W = Tensor(rng.normal(size=(5, columns)), dtype=dtype, requires_grad=True)
    for axes in ((0, 1, 2), (1, 0, 2)):
        product = Tensor(x).transpose(axes) @ W
        tolerance = 1e-14 if dtype == np.float64 else 1e-5
        np.testing.assert_allclose(
            product.data, np.einsum("ijk,kl->ijl", x.transpose(axes), W.data), rtol=tolerance, atol=tolerance
        )
        assert_replays(lambda x, axes=axes: ((x.transpose(axes) @ W) ** 2).sum(), x, leaves=[W], tolerance=tolerance)
    empty = np.zeros((0, 4, 5), dtype), np.zeros((2, 3, 0), dtype)
    assert (Tensor(empty[0]) @ W).shape == (0, 4, columns)
    assert (Tensor(empty[1]) @ np.zeros((0, columns), dtype)).data.tolist() == np.zeros((2, 3, columns)).tolist()
