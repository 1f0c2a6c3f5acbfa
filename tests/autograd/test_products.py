"""Products of arrays, diagonals and convolutions: what NumPy's take, over many shapes; and what is said of mistakes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest

from inversa.autograd import (
    Graph,
    Tensor,
    convolve,
    correlate,
    cross,
    diag,
    diagonal,
    dot,
    grad,
    inner,
    kron,
    linalg,
    matrix_transpose,
    matvec,
    tensordot,
    trace,
    tril,
    triu,
    vander,
    vecdot,
    vecmat,
)
from inversa.autograd.ops.composed import COMPOSITIONS
from inversa.autograd.ops.products import contract

SHAPES = [(), (1,), (2,), (2, 2), (1, 2), (2, 0), (3, 2, 2), (2, 1, 2)]


def drawn(shape: tuple[int, ...], seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def agree(function: Callable[..., Any], numpys: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Both give the same, or neither takes it."""
    try:
        expected = numpys(*args, **kwargs)
    except (ValueError, IndexError, np.linalg.LinAlgError):
        with pytest.raises(ValueError, match=r"shape|axis|axes"):
            function(*args, **kwargs)
    else:
        found = function(*args, **kwargs)
        np.testing.assert_allclose(found, expected, 1e-12, 1e-12, err_msg=f"{[np.shape(x) for x in args]} {kwargs}")
        assert np.shape(found) == np.shape(expected)


@pytest.mark.parametrize("name", ["dot", "inner", "outer", "kron", "vecdot", "matvec", "vecmat", "tensordot", "vdot"])
def test_every_pair_of_shapes_is_numpys(name: str) -> None:
    for left, right in product(SHAPES, SHAPES):
        agree(COMPOSITIONS[name].function, getattr(np, name), drawn(left), drawn(right, 1))


def test_axes_of_tensordot() -> None:
    a, b = drawn((2, 3, 2)), drawn((3, 2, 2), 1)
    for axes in (0, 1, 2, 3, (0, 1), ([0, 1], [2, 0]), ([1, 0], [0, -1]), ((), ()), ([-1, 0], [1, 2])):
        agree(tensordot, np.tensordot, a, b, axes=axes)
    agree(tensordot, np.tensordot, drawn((2, 0)), drawn((0, 3)), axes=1)


def test_diagonals_and_triangles_everywhere() -> None:
    for shape, k in product([(0, 0), (1, 1), (2, 3), (3, 2), (0, 2), (2, 0), (4, 4)], range(-5, 6)):
        for function, numpys in ((diagonal, np.diagonal), (trace, np.trace), (tril, np.tril), (triu, np.triu)):
            agree(function, numpys, drawn(shape), k)
        agree(diag, np.diag, drawn(shape[:1]), k)
        agree(diag, np.diag, drawn(shape), k)
    for axis1, axis2 in product(range(-3, 4), range(-3, 4)):
        agree(diagonal, np.diagonal, drawn((2, 3, 4)), 1, axis1, axis2)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_convolutions_of_all_lengths(mode: Any) -> None:
    for n, k in product(range(7), range(7)):
        agree(convolve, np.convolve, drawn((n,)), drawn((k,), 1), mode)
        agree(correlate, np.correlate, drawn((n,)), drawn((k,), 1), mode)
    infinite = np.array([np.inf, 1.0])  # it meets no entry but those of the other sequence, so that 0 · ∞ is nowhere
    agree(convolve, np.convolve, np.arange(1.0, 5.0), infinite, mode)


def test_cross_products() -> None:
    a, b = drawn((3, 2, 3)), drawn((2, 3), 1)
    for axes in ({}, {"axisc": 0}, {"axisc": 1}, {"axisa": 0, "axisb": 1, "axisc": -2}, {"axisa": 0}):
        agree(cross, np.cross, a, b, **axes)
    agree(cross, np.cross, drawn((3, 3)), drawn((3, 3), 1), axis=0)


def test_linalgs_functions_of_a_name_that_numpy_has_too() -> None:
    """They are of the last two axes of a stack, numpy's own of the first two."""
    x = drawn((2, 3, 3))
    for function, numpys in ((linalg.trace, np.linalg.trace), (linalg.diagonal, np.linalg.diagonal)):
        for offset in (0, 1, -2):
            agree(function, numpys, x, offset=offset)
            found = numpys(Tensor(x), offset=offset)
            assert isinstance(found, Tensor)
            np.testing.assert_allclose(found.numpy(), numpys(x, offset=offset))
    np.testing.assert_allclose(np.trace(Tensor(x)).numpy(), np.trace(x))
    v = Tensor([1.0, 2.0, 3.0])
    for call in (np.linalg.outer, np.linalg.cross, np.linalg.vecdot, lambda a, b: np.linalg.tensordot(a, b, axes=1)):
        np.testing.assert_allclose(call(v, v).numpy(), call(v.numpy(), v.numpy()))
    np.testing.assert_allclose(np.linalg.matrix_transpose(Tensor(x)).numpy(), np.linalg.matrix_transpose(x))
    with pytest.raises(ValueError, match="two vectors"):
        np.linalg.outer(Tensor(x), Tensor(x))


def test_multi_dot_multiplies_in_the_cheapest_order() -> None:
    sizes = [30, 35, 15, 5, 10, 20, 25]  # the example of Cormen et al., whose best order takes 15125 multiplications
    arrays = [Tensor(drawn((n, m), n), requires_grad=True) for n, m in pairwise(sizes)]
    y = linalg.multi_dot(arrays)
    np.testing.assert_allclose(y.numpy(), np.linalg.multi_dot([x.numpy() for x in arrays]), 1e-10)
    products = [node for node in Graph(y).nodes if node.op is not None]
    assert sum(a.shape[0] * a.shape[1] * b.shape[1] for a, b in (node.inputs for node in products)) == 15125


def test_what_vanishes_has_a_gradient() -> None:
    """At 0 a power's derivative is no 0 · ∞."""
    assert grad(lambda x: vander(x, 3).sum())(np.zeros(2)).tolist() == [1.0, 1.0]
    assert grad(lambda x: grad(lambda z: vander(z, 3).sum())(x).sum())(np.zeros(2)).tolist() == [2.0, 2.0]
    assert triu(Tensor([[np.nan, 1.0], [np.nan, 2.0]]), 1).tolist() == [[0.0, 1.0], [0.0, 0.0]]


def test_integers_stay_integers() -> None:
    x = np.array([[1, 2], [3, 4]])
    for name in ("tril", "triu", "diagonal", "trace", "diag"):
        found = COMPOSITIONS[name].function(x)
        assert np.asarray(found).dtype.kind == "i", name
        np.testing.assert_array_equal(found, getattr(np, name)(x))
    assert dot(x, x).dtype.kind == kron(x, x).dtype.kind == "i"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: tensordot(x, x, 3), "axes is at most 2"),
        (lambda x: tensordot(x, x, -1), "axes is 0 or a positive integer"),
        (lambda x: tensordot(x, x, 1), r"tensordot of shapes \(2, 3\) and \(2, 3\): lengths \[3\] meet lengths \[2\]"),
        (lambda x: tensordot(x, x, ([0], [0, 1])), "as many axes of one"),
        (lambda x: tensordot(x, x, ([0, 0], [0, 0])), "each once"),
        (lambda x: tensordot(x, x, "ij"), "axes is an integer, or the axes of both"),
        (lambda x: tensordot(x, x, (5, 0)), "an entry of axes is an integer from -2 to 1"),
        (lambda x: inner(x, x[0, :2]), "inner of shapes"),
        (lambda x: vecdot(x, x[:, :1]), "matmul of shapes"),
        (lambda x: matvec(x[0], x[0]), "matvec of shapes"),
        (lambda x: vecmat(x[0], x[0]), "vecmat of shapes"),
        (lambda x: matrix_transpose(x[0]), "stack"),
        (lambda x: cross(x[:, :2], x[:, :2]), "3 components"),
        (lambda x: linalg.multi_dot([x]), "two matrices or more"),
        (lambda x: linalg.multi_dot([x, x]), r"\[\(2, 3\), \(2, 3\)\]"),
        (lambda x: linalg.multi_dot([x, x[0], x[0]]), "whose lengths fit"),
        (lambda x: diagonal(x[0]), "two axes or more"),
        (lambda x: diagonal(x, axis1=1), "two axes"),
        (lambda x: diagonal(x, axis2=2), "axis2 is an integer from -2 to 1"),
        (lambda x: diagonal(x, 0.5), "offset is an integer"),
        (lambda x: diag(x[None]), "diagonal"),
        (lambda x: tril(x[0, 0]), "a matrix, or a stack"),
        (lambda x: tril(x, 0.5), "k is an integer"),
        (lambda x: vander(x), "vander is of a vector"),
        (lambda x: vander(x[0], 0), "N is a positive integer"),
        (lambda x: vander(x[0], increasing=1), "increasing is True or False"),
        (lambda x: convolve(x[0], x[0], "some"), "mode"),
        (lambda x: convolve(x, x[0]), "convolve is of two vectors"),
        (lambda x: correlate(x[0], x[0, :0]), "correlate is of two vectors that are not empty"),
        (lambda x: contract("ij,jk", x, x), "letters that stand in two of three"),
        (lambda x: contract("ij,jk->i", x, x), "letters that stand in two of three"),
        (lambda x: contract("ij,jk->ik", x, x), r"shapes \(2, 3\) and \(2, 3\)"),
        (lambda x: contract("ij,ij->ij", x, x[:1]), "two lengths"),
        (lambda x: contract("ij,j->i", x, x), "axes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(call: Any, message: str) -> None:
    for x in (np.ones((2, 3)), Tensor(np.ones((2, 3)), requires_grad=True)):
        with pytest.raises(ValueError, match=message):
            call(x)
