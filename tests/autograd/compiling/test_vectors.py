"""Functions that take their vectors apart are programs of single numbers; Jacobians and Hessians are lanes of one."""

from itertools import pairwise

import numpy as np
import pytest

from inversa.autograd import (
    Tensor,
    Value,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    jit,
    sin,
    stack,
    tanh,
    value_and_grad,
    vmap,
    where,
)
from inversa.autograd.compiling.arrays.function import ArrayFunction
from inversa.autograd.compiling.entries.directions import JacobianFunction
from inversa.autograd.compiling.entries.lanes import LanesFunction
from inversa.autograd.compiling.entries.vectors import Entries, VectorFunction, lengths_of
from inversa.autograd.node import plain
from inversa.autograd.trees import is_container, leaves

W = Value(3.0)


def energy(x):
    """Of a chain: every entry, its neighbour, and all together."""
    total = sum(tanh(a) * b * b for a, b in pairwise(x))
    return total + sin(x[0]) * exp(x[-1]) + where(x[1] > 0.0, x[1] * x[0], x[0]) / len(x)


def _point(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


@pytest.mark.parametrize("n", [2, 3, 17, 130])
def test_hessians_and_jacobians_are_what_they_are_uncompiled(n):
    x = _point(n)
    compiled = jit(hessian(energy))
    found = compiled(x)
    assert isinstance(compiled._programs._last, JacobianFunction)
    assert found.flags.c_contiguous
    np.testing.assert_allclose(found, hessian(energy)(x), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found, found.T, rtol=0, atol=1e-14)
    np.testing.assert_allclose(jit(jacobian(energy))(x), grad(energy)(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n", [2, 3, 17])
def test_gradients_and_products_with_the_hessian(n):
    x, v = _point(n), _point(n, 1)
    for transformed in (grad(energy), value_and_grad(energy)):
        compiled = jit(transformed)
        for found, wanted in zip(compiled(x), transformed(x), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
        assert isinstance(compiled._programs._last, VectorFunction)
    product = jit(lambda x, v: hvp(energy, x, v))
    np.testing.assert_allclose(product(x, v), hessian(energy)(x) @ v, rtol=1e-12, atol=1e-12)
    assert isinstance(product._programs._last, VectorFunction)


def test_a_function_that_gives_a_vector():
    def swirl(x, y):
        return stack([x[0] * y, sin(x[1] + y), x[0] * x[1], y])

    x, y = _point(2), 0.7
    compiled = jit(jacobian(swirl))
    np.testing.assert_allclose(compiled(x, y), jacobian(swirl)(x, y), rtol=1e-13)
    assert isinstance(compiled._programs._last, JacobianFunction)
    np.testing.assert_allclose(jit(jacobian(swirl, argnums=1))(x, y), jacobian(swirl, argnums=1)(x, y), rtol=1e-13)
    np.testing.assert_allclose(jit(swirl)(x, y), swirl(Tensor(x), y).data, rtol=1e-15)


def test_one_that_is_not_reached_has_zeros():
    x = _point(3)
    assert jit(jacobian(lambda x: stack([x[0], x[0] * x[2]])))(x).tolist() == [[1.0, 0.0, 0.0], [x[2], 0.0, x[0]]]
    assert jit(hessian(lambda x: 3.0 * x[0] + x[2]))(x).tolist() == np.zeros((3, 3)).tolist()


def test_values_closed_over_are_read_in_every_call_and_trained():
    w = Value(2.0, name="w")
    f = jit(lambda x: w * x[0] * x[1])
    assert f([3.0, 5.0]) == 30.0
    second = jit(hessian(lambda x: w * x[0] * x[1]))
    assert second([3.0, 5.0]).tolist() == [[0.0, 2.0], [2.0, 0.0]]
    w.data = 4.0
    assert f([3.0, 5.0]) == 60.0
    assert second([3.0, 5.0]).tolist() == [[0.0, 4.0], [4.0, 0.0]]
    assert f.backward([3.0, 5.0]) == 60.0
    assert w.grad == 15.0
    assert f.parameters == [w]
    value, slopes = f.value_and_grad([3.0, 5.0])
    assert value == 60.0
    assert slopes[0].tolist() == [20.0, 12.0]
    assert f.of_parameters([3.0, 5.0])([1.0])[1].tolist() == [15.0]


def test_other_lengths_are_other_programs():
    total = jit(lambda x: sum(a * a for a in x))
    assert total([1.0, 2.0]) == 5.0
    assert total([1.0, 2.0, 3.0]) == 14.0
    assert total([1.0, 2.0]) == 5.0
    assert total(np.ones(7)) == 7.0


def test_what_uses_a_vector_as_a_whole_is_a_function_of_arrays():
    W = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    x = np.array([1.0, 2.0])
    for function, wanted in (
        (lambda x: x.sum() * x[0], 3.0),
        (lambda x: (W @ x).sum(), 16.0),
        (lambda x: sum(x + x), 6.0),
        (lambda x: sum(x * 2), 6.0),
        (lambda x: sum(2 * x), 6.0),
        (lambda x: sum(where(x == 1.0, x, 0.0)), 1.0),
        (lambda x: sum(x[None, 0]), 1.0),
        (lambda x: sum(x[..., 0:1]), 1.0),
        (lambda x: sum(x[[0, 1]]), 3.0),
    ):
        compiled = jit(function)
        assert compiled(x) == wanted
        assert isinstance(compiled._programs._last, ArrayFunction)


def test_matrices_and_single_precision_are_functions_of_arrays():
    first = jit(lambda x: x[0] * 2.0)
    assert first(np.array([1.0, 2.0])) == 2.0
    assert first(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist() == [2.0, 4.0]
    assert isinstance(first._programs._last, ArrayFunction)
    found = jit(hessian(lambda x: x[0] * x[1]))(np.array([1.0, 2.0], dtype=np.float32))
    assert found.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert lengths_of([np.ones(3, np.float32)]) is lengths_of([np.ones((2, 2))]) is lengths_of([np.ones(0)]) is None
    assert lengths_of([1.0, 2.0]) is None
    assert lengths_of([1.0, [1.0, 2.0], np.ones(3)]) == ((1, 2), (2, 3))


def test_entries_are_no_tuple():
    entries = Entries([1.0, 2.0, 3.0])
    assert entries[-1] == 3.0
    assert type(entries[1:]) is Entries
    assert list(entries) == [1.0, 2.0, 3.0]
    for wrong in (
        lambda: entries + entries,
        lambda: entries * 2,
        lambda: 2 * entries,
        lambda: entries == entries,
        lambda: bool(entries),
        lambda: np.array(entries),
        lambda: np.tanh(entries),
        lambda: entries.shape,
        lambda: hasattr(entries, "shape"),
        lambda: entries < entries,
        lambda: entries[True],
        lambda: entries[None],
        lambda: 1.0 in entries,
        lambda: entries.index(1.0),
    ):
        with pytest.raises(TypeError, match="a vector as a whole"):
            wrong()


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        (lambda x: x[0] if isinstance(x, (tuple, list)) else x[1], 3.0),
        (lambda x: x[0] if hasattr(x, "shape") else x[1], 2.0),
        (lambda x: x[0] if getattr(x, "ndim", 0) else x[1], 2.0),
        (lambda x: np.clip(x, 0.0, 2.5)[1], 2.5),
        (lambda x: np.where(x > 2.5, x, 0.0), [0.0, 3.0]),
        (lambda x: np.transpose(x), [2.0, 3.0]),
        (lambda x: np.size(x) * x, [4.0, 6.0]),
        (lambda x: np.dot(x, x), 13.0),
        (lambda x: np.inner(x, x), 13.0),
        (lambda x: np.outer(x, x)[0], [4.0, 6.0]),
    ],
)
def test_a_function_that_asks_what_it_was_given(function, wanted):
    np.testing.assert_array_equal(jit(function)(np.array([2.0, 3.0])), wanted)


@pytest.mark.parametrize("function", [lambda x: np.unique(x), lambda x: np.bincount(x)])
def test_what_numpy_does_with_arrays_is_not_done_with_their_entries(function):
    with pytest.raises(TypeError, match="has no gradient here"):
        jit(function)(np.array([2.0, 3.0]))


@pytest.mark.parametrize("function", [np.flip, np.median, np.cumsum])
def test_what_numpy_does_with_arrays_is_computed_of_vectors_as_a_whole(function):
    compiled, x = jit(lambda x: function(x) * x[0]), np.array([2.0, 5.0, 3.0])
    np.testing.assert_array_equal(compiled(x), 2.0 * function(x))
    assert compiled.why_not is None


def test_jacobians_of_functions_of_every_entry_are_matrices():
    w = Value(2.0)
    for function in (lambda x: x * x, lambda x: w * x**3):
        compiled = jit(jacobian(function))
        for x in (2.0, [1.0, 2.0], 3.0, [1.0, 2.0]):
            np.testing.assert_array_equal(compiled(x), jacobian(function)(x))
    assert jit(hessian(lambda x: x**3))([1.0, 2.0]).tolist() == [6.0, 12.0]  # for every sample


@pytest.mark.parametrize(
    "function",
    [
        lambda x: jacobian(lambda t: W * t * t)(x),
        lambda x: 2.0 * jacobian(lambda t: t * t)(x),
        lambda x: jacobian(lambda t: t * t)(x * W),
        lambda x: {"of": jacobian(lambda t, u: t * t * u, (0, 1))(x, x + W)},
        jacobian(lambda x: x * W * x, (0,)),
    ],
)
def test_a_jacobian_somewhere_in_a_function_is_a_matrix_for_an_array(function):
    compiled = jit(function)
    for x in (2.0, np.array([1.0, 2.0]), 3.0, np.array([1.0, 2.0, 4.0])):
        found = leaves(compiled(x), is_container)
        wanted = leaves(function(Tensor(x)), is_container)
        assert compiled.why_not is None
        for a, b in zip(found, wanted, strict=True):
            np.testing.assert_allclose(plain(a), plain(b), rtol=1e-14)
            assert np.shape(a) == np.shape(x) * 2


def test_a_function_that_asks_for_the_shape_is_compiled_for_arrays():
    """What a number and each entry of an array would make of it is not what the array makes of it."""
    compiled = jit(lambda x: x * (1 + len(x.shape)))
    for _ in range(2):
        assert compiled(2.0) == 2.0
        assert compiled(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    assert compiled.why_not is None


def test_the_listing_shows_a_row():
    second = jit(hessian(lambda x: x[0] * x[0] * x[1]))
    second([3.0, 5.0])
    text = second.listing()
    assert "row[0]" in text
    assert "δ1" in text


def test_a_mean_of_second_derivatives_is_trained_as_arrays_are():
    w = Tensor(2.0, requires_grad=True)
    second = jit(hessian(lambda x: w * x[0] * x[1]))
    second([1.0, 2.0])
    second.backward([1.0, 2.0])
    np.testing.assert_allclose(w.grad, 0.5)


def test_products_with_the_hessian_of_a_dictionary():
    def cost(p):
        return (p["w"] * p["w"] * p["b"]).sum()

    p = {"w": np.array([1.0, 2.0]), "b": 3.0}
    found = hvp(cost, p, {"w": np.array([1.0, 0.0]), "b": 1.0})
    assert found["w"].tolist() == [8.0, 4.0]
    assert found["b"] == 2.0
    with pytest.raises(ValueError, match="the same lists, tuples and dictionaries"):
        hvp(cost, p, {"w": np.array([1.0, 0.0])})


SAMPLES = np.random.default_rng(7).normal(size=(1500, 3))


@pytest.mark.parametrize("transform", [lambda f: f, grad, value_and_grad, lambda f: lambda x: hvp(f, x, x)])
def test_samples_are_lanes(transform):
    of_one = transform(energy)
    compiled = jit(vmap(of_one))
    found, wanted = compiled(SAMPLES), vmap(of_one)(SAMPLES)
    assert isinstance(compiled._programs._last, LanesFunction)
    for one, other in zip(found, wanted, strict=True) if isinstance(found, tuple) else [(found, wanted)]:
        assert one.shape == other.shape
        assert one.flags.c_contiguous
        assert one.flags.owndata
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_axes_of_lanes():
    def f(x, y, scale):
        return {"a": scale * x[0] * y, "b": stack([x[1], y])}

    x, y = SAMPLES[:, :2], SAMPLES[:, 2].copy()
    for in_axes, given in (
        ((0, 0, None), (x, y, 2.0)),
        ((1, -1, None), (x.T, y, 2.0)),
        ((-1, 0, None), (x.T.copy(), y, 2.0)),
        ((None, 0, None), (x[0].copy(), y, 2.0)),
    ):
        compiled = jit(vmap(f, in_axes))
        found, wanted = compiled(*given), vmap(f, in_axes)(*given)
        assert isinstance(compiled._programs._last, LanesFunction)
        np.testing.assert_array_equal(found["a"], wanted["a"])
        np.testing.assert_array_equal(found["b"], wanted["b"])


def test_what_is_no_lane_is_computed_as_arrays():
    total = jit(vmap(lambda x: x.sum()))
    np.testing.assert_allclose(total(SAMPLES), SAMPLES.sum(axis=1), rtol=1e-13)
    assert isinstance(total._programs._last, ArrayFunction)
    aside = jit(vmap(lambda x: stack([x[0], x[1]]), out_axes=1))
    np.testing.assert_array_equal(aside(SAMPLES), SAMPLES[:, :2].T)
    product = jit(vmap(lambda x, y: x[0] * y[1]))
    with pytest.raises(ValueError, match="different numbers of samples"):
        product(SAMPLES, SAMPLES[:3])
    np.testing.assert_allclose(product(SAMPLES, SAMPLES), SAMPLES[:, 0] * SAMPLES[:, 1], rtol=1e-15)
    single = SAMPLES.astype(np.float32)
    assert product(single, single).dtype == np.float32


def test_defaults_and_names_of_what_is_vmapped():
    square = np.arange(9.0).reshape(3, 3)
    for axes in (0, 1, (0,), (1,)):
        f = vmap(lambda x, b=2.0: x * b, axes)
        compiled = jit(f)
        for named in ({}, {"b": square + 1}, {}):
            np.testing.assert_array_equal(compiled(square, **named), f(square, **named))
            assert compiled.why_not is None
    last = grad(lambda x, scale=3.0: x * x * scale, argnums=-1)
    compiled = jit(last)
    assert (compiled(2.0), compiled(2.0, 5.0), compiled(2.0, scale=5.0)) == (12.0, 4.0, 20.0)


def test_lanes_train_what_they_close_over():
    w = Value(2.0)
    f = vmap(lambda x: w * x[0] * x[0])
    compiled = jit(f)
    np.testing.assert_allclose(compiled(SAMPLES), f(SAMPLES).data, rtol=1e-15)
    w.data = 3.0
    np.testing.assert_allclose(compiled(SAMPLES), 3 * SAMPLES[:, 0] ** 2, rtol=1e-15)


def test_a_compiled_function_of_every_sample():
    f = jit(lambda x: tanh(x[0]) * x[1])
    np.testing.assert_allclose(vmap(f)(SAMPLES), np.tanh(SAMPLES[:, 0]) * SAMPLES[:, 1], rtol=1e-14)
    np.testing.assert_allclose(vmap(grad(f))(SAMPLES), [grad(f)(x) for x in SAMPLES], rtol=1e-12)
