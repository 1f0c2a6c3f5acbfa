"""grad, value_and_grad, vjp, jvp, jacobian, hessian and hvp: values, orders, nesting, errors."""

import math
from typing import Any

import numpy as np
import pytest

from inversa.autograd import (
    Tensor,
    Value,
    einsum,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    sin,
    softmax,
    stack,
    tanh,
    value_and_grad,
    vjp,
)

POINT = np.array([[0.3, -1.2], [0.7, 2.0]])


def test_grad_of_numbers_is_a_number() -> None:
    assert grad(lambda x: x * x)(3.0) == 6.0
    assert type(grad(lambda x: x * x)(3)) is float


def test_every_order_of_a_scalar_function() -> None:
    f, expected = sin, [math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x), math.sin, math.cos]
    for derivative in expected:
        f = grad(f)
        assert f(0.7) == pytest.approx(derivative(0.7), rel=1e-14)


def test_several_arguments_and_keywords() -> None:
    def f(x, y, *, scale=1.0):
        return (x * y).sum() * scale

    by_x, by_y = grad(f, argnums=(0, 1))(POINT, 2.0, scale=3.0)
    np.testing.assert_array_equal(by_x, np.full((2, 2), 6.0))
    assert by_y == pytest.approx(3 * POINT.sum())
    np.testing.assert_array_equal(grad(f, argnums=-2)(POINT, 2.0), np.full((2, 2), 2.0))


def test_value_and_grad_agree_with_separate_calls() -> None:
    def f(x):
        return tanh(x).sum()

    value, gradient = value_and_grad(f)(POINT)
    assert value == pytest.approx(np.tanh(POINT).sum(), rel=1e-15)
    np.testing.assert_allclose(gradient, 1 - np.tanh(POINT) ** 2, rtol=1e-14)


def test_an_argument_that_does_not_matter_has_gradient_zero() -> None:
    assert grad(lambda x, y: y * y)(1.0, 2.0) == 0.0
    assert grad(lambda x: 3.0)(1.0) == 0.0
    np.testing.assert_array_equal(grad(lambda x: Value(1.0, requires_grad=False))(POINT), np.zeros((2, 2)))


def test_nested_functions_are_not_confused() -> None:
    """d/dx of x · d/dy (x + y): the inner derivative is 1, whatever x is."""
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(5.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda x: grad(lambda x: x * x)(x) * x)(3.0) == 12.0


def test_a_node_passed_in_stays_in_the_graph() -> None:
    x = Value(3.0)
    slope = grad(lambda z: z**3)(x)
    assert slope.data == 27.0
    slope.backward()
    assert x.grad == 18.0
    t = Tensor(POINT, requires_grad=True)
    grad(lambda z: (z**3).sum())(t).sum().backward()
    np.testing.assert_allclose(t.grad, 6 * POINT, rtol=1e-14)


def test_transforms_work_inside_no_grad() -> None:
    with no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert grad(lambda x: x * x)(Value(3.0)) == 6.0
        assert grad(grad(lambda x: x**3))(2.0) == 12.0


def test_nothing_is_added_to_the_grad_of_what_the_function_closes_over() -> None:
    w = Value(2.0)
    assert grad(lambda x: w * x)(3.0) == 2.0
    assert w.grad is None


def test_vjp_and_jvp_are_adjoint() -> None:
    generator = np.random.default_rng(0)
    weight, x, u = generator.normal(size=(3, 2)), generator.normal(size=2), generator.normal(size=2)
    v = generator.normal(size=3)

    def f(z):
        return tanh(Tensor(weight) @ z) * exp(z).sum()

    value, pullback = vjp(f, x)
    same, moved = jvp(f, (x,), (u,))
    np.testing.assert_array_equal(value, same)
    assert np.dot(v, moved) == pytest.approx(np.dot(pullback(v)[0], u), rel=1e-12)
    step = 1e-6
    slope = (f(Tensor(x + step * u)).numpy() - f(Tensor(x - step * u)).numpy()) / (2 * step)
    np.testing.assert_allclose(moved, slope, rtol=1e-7)


def test_a_pullback_can_be_run_many_times() -> None:
    _, pullback = vjp(lambda x: x * x, [1.0, 2.0])
    first, second = pullback([1.0, 0.0])[0], pullback([0.0, 1.0])[0]
    np.testing.assert_array_equal(first, [2.0, 0.0])
    np.testing.assert_array_equal(second, [0.0, 4.0])


def test_jvp_of_a_constant_function_is_zero() -> None:
    assert jvp(lambda x: Value(2.0, requires_grad=False), (1.0,), (1.0,)) == (2.0, 0.0)


def test_jacobian_of_softmax() -> None:
    x = np.array([2.0, 1.0, 0.1])
    p = np.exp(x) / np.exp(x).sum()
    np.testing.assert_allclose(jacobian(softmax)(x), np.diag(p) - np.outer(p, p), rtol=1e-13)


def test_jacobian_shapes_for_several_arguments() -> None:
    def f(a, b):
        return einsum("ij,j->i", a, b)

    by_a, by_b = jacobian(f, argnums=(0, 1))(POINT, np.array([1.0, 2.0]))
    assert by_a.shape == (2, 2, 2)
    np.testing.assert_array_equal(by_b, POINT)


def test_jacobian_of_stacked_values() -> None:
    np.testing.assert_array_equal(jacobian(lambda x: stack([x * x, 3.0 * x]))(2.0), [4.0, 3.0])


def test_hessian_of_a_quadratic_form() -> None:
    matrix = np.array([[2.0, 1.0], [0.0, 3.0]])
    found = hessian(lambda x: x @ (Tensor(matrix) @ x))(np.array([0.4, -0.3]))
    np.testing.assert_allclose(found, matrix + matrix.T, rtol=1e-14)


def test_hessian_of_a_matrix_argument() -> None:
    found = hessian(lambda x: (x**3).sum())(POINT)
    assert found.shape == (2, 2, 2, 2)
    np.testing.assert_allclose(found.reshape(4, 4), np.diag(6 * POINT.ravel()), rtol=1e-13)


def test_hvp_is_the_hessian_times_v() -> None:
    def f(x):
        return (exp(x) * x[::-1]).sum()

    x, v = np.array([0.2, -0.4, 1.0]), np.array([1.0, 2.0, -1.0])
    np.testing.assert_allclose(hvp(f, x, v), hessian(f)(x) @ v, rtol=1e-12)
    assert hvp(lambda x: x**3, 2.0, 1.0) == 12.0


def test_float32_stays_float32() -> None:
    assert grad(lambda x: (x * 2.0).sum())(np.ones(2, dtype=np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: grad(lambda x: x)([1.0, 2.0]), ValueError, "shape"),
        (lambda: grad(lambda x: [x])(1.0), TypeError, "list"),
        (lambda: grad(lambda x: x.data)([1.0]), TypeError, "ndarray"),
        (lambda: grad(lambda x: x, argnums=1)(1.0), ValueError, "argnums=1"),
        (lambda: grad(lambda x: x.sum())([1, 2]), TypeError, "int"),
        (lambda: grad(lambda x: x)("2"), TypeError, "differentiated by is a number .* not '2'"),
        (lambda: grad(3), TypeError, "f is a function, such as .* not 3"),
        (lambda: jacobian(lambda x: x, argnums="x"), TypeError, "argnums is the number .* not 'x'"),
        (lambda: jvp(lambda x: x, 1.0, 1.0), TypeError, "args is a tuple .* not 1.0"),
        (
            lambda: vjp(lambda x: x * 1.0, 2.0)[1]("a"),
            ValueError,
            "gradient fed in at the value is a number .* not 'a'",
        ),
        (lambda: jvp(lambda x: x, (1.0,), ()), ValueError, "one tangent"),
        (lambda: jvp(lambda x: x, ([1.0, 2.0],), ([1.0],)), ValueError, "shape"),
        (lambda: vjp(lambda x: x * 1.0, [1.0, 2.0])[1]([1.0]), ValueError, r"\(1,\).*\(2,\)"),
    ],
)
def test_bad_calls_say_what_is_wrong(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()


def cube(x):
    return x**3


def test_a_pullback_is_differentiable_in_what_it_is_fed() -> None:
    _, pullback = vjp(cube, 2.0)
    assert grad(lambda v: pullback(v)[0])(1.0) == 12.0
    v = Value(1.0)
    pullback(v)[0].backward()
    assert v.grad == 12.0
    _, pullback = vjp(cube, [1.0, 2.0])
    np.testing.assert_allclose(jacobian(lambda v: pullback(v)[0])(np.ones(2)), np.diag([3.0, 12.0]))


def test_jvp_of_arguments_that_do_not_matter() -> None:
    assert jvp(lambda x, y: x * 2.0, (1.0, 2.0), (1.0, 1.0)) == (2.0, 2.0)


def test_jvp_stays_in_the_graph_of_its_point_and_of_its_tangent() -> None:
    w, u = Value(3.0), Value(1.0)
    moved = jvp(cube, (w,), (u,))[1]
    assert moved.data == 27.0
    moved.backward()
    assert (w.grad, u.grad) == (18.0, 27.0)
    assert grad(lambda x: jvp(cube, (x,), (1.0,))[1])(2.0) == 12.0


def test_nodes_among_keywords_stay_in_the_graph() -> None:
    w = Value(3.0)
    slope = grad(lambda x, w: x * x * w)(2.0, w=w)
    slope.backward()
    assert (slope.data, w.grad) == (12.0, 4.0)


def test_what_is_computed_under_no_grad_is_a_constant_for_transforms_outside() -> None:
    def f(w):
        with no_grad():
            z = grad(lambda x: x * w)(1.0)
        return z * w

    assert grad(f)(3.0) == 3.0


def test_numbers_of_arguments_may_be_numpys() -> None:
    assert grad(lambda x, y: x * y, argnums=np.int64(1))(2.0, 3.0) == 2.0


def test_hvp_refuses_a_direction_of_another_shape() -> None:
    with pytest.raises(ValueError, match=r"tangent of x has shape \(\), but x has shape \(2,\)"):
        hvp(lambda x: (x * x).sum(), [1.0, 2.0], 2.0)


# Arguments that hold several arrays.

HELD: dict[str, Any] = {
    "list of equal shapes": [np.array([1.0, 2.0]), np.array([3.0, 4.0])],
    "tuple of other shapes": (np.array([[1.0, 2.0]]), np.array([3.0, 4.0]), 0.5),
    "dict": {"w": np.array([1.0, 2.0]), "b": 3.0},
    "inside one another": {
        "layers": [{"w": np.array([1.0, 2.0])}, {"w": np.array([[3.0], [4.0]])}],
        "c": (2.0, np.array([1.0])),
    },
}


def leaves(x: Any) -> list[Any]:
    if isinstance(x, dict):
        x = list(x.values())
    return [leaf for part in x for leaf in leaves(part)] if isinstance(x, (list, tuple)) else [x]


def cost(held: Any) -> Any:
    return sum(((i + 1.0) * x * x).sum() if x.shape else (i + 1.0) * x * x for i, x in enumerate(leaves(held)))


@pytest.mark.parametrize("name", HELD)
def test_lists_tuples_and_dictionaries_of_arrays(name: str) -> None:
    held = HELD[name]
    value, gradient = value_and_grad(cost)(held)
    flat = leaves(held)
    assert value == pytest.approx(sum((i + 1) * np.sum(np.square(x)) for i, x in enumerate(flat)))
    for i, (g, x) in enumerate(zip(leaves(gradient), flat, strict=True)):
        assert np.allclose(g, 2 * (i + 1) * np.asarray(x))
        assert np.shape(g) == np.shape(x)
    assert type(gradient) is type(held)
    assert str(grad(cost)(held)) == str(gradient)
    (back,) = vjp(cost, held)[1](1.0)
    assert str(back) == str(gradient)
    slope = jvp(cost, (held,), (gradient,))[1]
    assert slope == pytest.approx(sum(np.sum(np.square(g)) for g in leaves(gradient)))


def test_a_list_of_numbers_is_one_array() -> None:
    assert grad(lambda x: (x * x).sum())([1.0, 2.0]).tolist() == [2.0, 4.0]
    assert grad(lambda x: (x * x).sum())([[1.0], [2.0]]).shape == (2, 1)


def test_nodes_in_dictionaries_stay_in_the_graph() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    slope = grad(lambda p: (p["w"] ** 3).sum())({"w": w})["w"]
    slope.sum().backward()
    assert w.grad.tolist() == [6.0, 12.0]
    assert grad(lambda p, x: (p["w"] * x).sum(), argnums=(0, 1))({"w": np.ones(2)}, np.full(2, 3.0))[1].tolist() == [
        1,
        1,
    ]


def test_what_holds_several_arrays_where_one_is_wanted() -> None:
    with pytest.raises(ValueError, match="same lists, tuples and dictionaries"):
        jvp(cost, (HELD["dict"],), ({"w": np.ones(2)},))
    with pytest.raises(TypeError, match="returned dict"):
        grad(lambda p: p)(HELD["dict"])
