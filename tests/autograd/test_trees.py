"""Lists, tuples, dictionaries and None as arguments and results of everything that differentiates."""

from __future__ import annotations

import doctest
import math
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from inversa.autograd import (
    GradientError,
    Tensor,
    Value,
    exp,
    grad,
    gradcheck,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jit,
    jvp,
    sin,
    stack,
    tanh,
    value_and_grad,
    vjp,
    vmap,
)
from inversa.autograd import sum as added
from inversa.autograd.transforms import jacobians as jacobians_module
from inversa.autograd.transforms.evaluation import holds_results
from inversa.autograd.trees import is_branch, is_tree, leaf_names, leaves, mapped

from .numeric import close

EXACT = 1e-12


class Layer(NamedTuple):
    """Weights with names."""

    w: Any
    b: Any


PARAMETERS: dict[str, Any] = {
    "layers": [Layer(np.array([[1.0, -2.0], [0.5, 0.25]]), np.array([0.1, -0.1])), None],
    "scale": (0.7, np.array([1.5])),
}
INPUTS = np.array([[0.3, -0.2], [1.0, 0.5], [-0.7, 0.2]])


def network(p: Any, x: Any, *, power: int = 2) -> dict[str, Any]:
    """Several results of a container."""
    layer, scale = p["layers"][0], p["scale"]
    hidden = tanh(x @ layer.w + layer.b) * scale[0]
    return {"hidden": hidden, "costs": ((hidden**power).sum(), None, [(scale[1] * hidden[0, 0]) ** 2])}


def cost(p: Any, x: Any = INPUTS, *, power: int = 2) -> Any:
    """One number of a container."""
    results = network(p, x, power=power)["costs"]
    return results[0] + results[2][0].sum()


def assert_alike(found: Any, wanted: Any, tolerance: float = EXACT) -> None:
    """The same containers with the same numbers in them."""
    assert type(found) is type(wanted) or not (holds_results(found) or holds_results(wanted)), (found, wanted)
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        found, wanted = list(found.values()), [wanted[key] for key in found]
    if isinstance(wanted, (list, tuple)):
        assert len(found) == len(wanted)
        for a, b in zip(found, wanted, strict=True):
            assert_alike(a, b, tolerance)
    elif wanted is not None:
        assert np.shape(found) == np.shape(wanted)
        assert close(np.asarray(found), np.asarray(wanted), tolerance)


# What is a container.


@pytest.mark.parametrize(
    ("x", "names"),
    [
        ([1.0, 2.0], None),
        ((1.0, 2.0), None),
        ([[1.0], [2.0]], None),
        ([np.float64(1.0), np.float32(2.0)], None),
        ([], None),
        (np.ones(2), None),
        ([np.array(1.0), np.array(2.0)], ["x[0]", "x[1]"]),
        ([1.0, np.ones(2)], ["x[0]", "x[1]"]),
        ([np.ones(2), np.ones(2)], ["x[0]", "x[1]"]),
        ([[np.ones(2)], 2.0], ["x[0][0]", "x[1]"]),
        ([Value(1.0), 2.0], ["x[0]", "x[1]"]),
        ([1.0, None], ["x[0]"]),
        ([[1.0, 2.0], {"a": 1.0}], ["x[0]", "x[1]['a']"]),
        (Layer(1.0, [2.0, 3.0]), ["x.w", "x.b"]),
        ({"a": (1.0, Tensor([2.0])), 3: None}, ["x['a'][0]", "x['a'][1]"]),
        ({}, []),
    ],
)
def test_a_list_of_numbers_is_an_array_and_anything_more_a_container(x: Any, names: list[str] | None) -> None:
    assert is_tree(x) is (names is not None)
    assert leaf_names(x, "x", is_branch) == (["x"] if names is None else names)
    assert len(leaves(x, is_branch)) == (1 if names is None else len(names))


def test_the_examples_of_the_page() -> None:
    page = Path(__file__).parents[2] / "docs" / "api" / "transforms.rst"
    results = doctest.testfile(str(page), module_relative=False)
    assert results.failed == 0
    assert results.attempted > 5


def test_arrays_in_a_list_stay_apart() -> None:
    """Also those of equal shapes, and those without axes, which would fit into one array."""
    for held in ([np.ones(2), np.ones(2)], [np.array(1.0), np.array(2.0)]):
        seen: list[Any] = []

        def product(x: Any, seen: list[Any] = seen) -> Any:
            seen.append(x)
            return (x[0] * x[1] * x[1]).sum()

        found = grad(product)(held)
        assert type(seen[0]) is list
        assert type(found) is list
        assert [np.shape(g) for g in found] == [x.shape for x in held]


def test_named_tuples_keep_their_names() -> None:
    found = grad(lambda p: p.w * p.w * p.b)(Layer(2.0, 3.0))
    assert found == Layer(12.0, 4.0)
    assert type(found) is Layer
    assert jit(lambda p: p.w * p.b)(Layer(2.0, 3.0)) == 6.0
    pairs = Layer(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    assert vmap(lambda p: p.w * p.b)(pairs).tolist() == [3.0, 8.0]


def test_none_stays_where_it_is() -> None:
    assert grad(lambda p: p["a"] ** 2 if p["b"] is None else 0.0 * p["a"])({"a": 3.0, "b": None}) == {
        "a": 6.0,
        "b": None,
    }
    assert jvp(lambda p: (p[0], None), ((1.0, None),), ((2.0, None),)) == ((1.0, None), (2.0, None))
    value, pullback = vjp(lambda x: [x * 3.0, None], 2.0)
    assert value == [6.0, None]
    assert pullback([1.0, None]) == (3.0,)
    assert jit(grad(lambda p: p["a"] ** 2))({"a": 3.0, "b": None}) == {"a": 6.0, "b": None}


def test_kinds_of_dictionaries() -> None:
    ordered = OrderedDict(b=2.0, a=3.0)
    found = grad(lambda p: p["a"] * p["b"])(ordered)
    assert type(found) is OrderedDict
    assert list(found.items()) == [("b", 3.0), ("a", 2.0)]
    counted = defaultdict(lambda: 7.0, a=2.0)
    gradient = grad(lambda p: p["a"] ** 2)(counted)
    assert gradient == {"a": 4.0}
    assert gradient["missing"] == 7.0
    assert counted.keys() == {"a"}
    with pytest.raises(TypeError, match=r"p is a dictionary without a default, such as dict\(p\)"):
        jit(grad(lambda p: p["a"] ** 2))(counted)


def _taken_out(p: dict[str, Any]) -> Any:
    return p.pop("a") ** 2


def _put_in(p: dict[str, Any]) -> Any:
    p["c"] = p["a"] ** 2
    return p["c"]


@pytest.mark.parametrize("function", [_taken_out, _put_in])
def test_a_function_may_change_the_container_it_is_given(function: Callable[..., Any]) -> None:
    """The gradients are in the container that was given, not in what the function made of it."""
    given = {"a": 3.0, "b": 1.0}
    assert grad(function)(given) == {"a": 6.0, "b": 0.0}
    assert vjp(function, given)[1](1.0) == ({"a": 6.0, "b": 0.0},)
    assert jacfwd(function)(given) == jacrev(function)(given) == {"a": 6.0, "b": 0.0}
    assert hessian(function)(given)["a"] == {"a": 2.0, "b": 0.0}
    assert jvp(function, (given,), ({"a": 1.0, "b": 0.0},)) == (9.0, 6.0)
    assert jit(grad(function))(given) == {"a": 6.0, "b": 0.0}
    assert given == {"a": 3.0, "b": 1.0}


def test_what_is_given_is_left_alone() -> None:
    held = {"w": np.array([1.0, 2.0])}
    gradient = grad(lambda p: (p["w"] ** 2).sum())(held)
    gradient["w"][0] = 100.0
    assert held["w"].tolist() == [1.0, 2.0]


# Random containers: what holds of a container holds of its leaves, one by one.


def random_tree(generator: np.random.Generator, depth: int) -> Any:
    """Numbers and arrays in containers of all kinds."""
    kind = generator.integers(0, 7) if depth else 6
    if kind == 6:
        shape = [(), (), (2,), (3,), (2, 2), (1, 3), (0,)][generator.integers(0, 7)]
        return float(generator.normal()) if shape == () else generator.normal(size=shape)
    parts = [random_tree(generator, depth - 1) for _ in range(generator.integers(1, 4))]
    if kind == 0:
        return {f"k{i}": part for i, part in enumerate(parts)}
    if kind == 1:
        return Layer(parts[0], parts[-1])
    if kind == 2:
        return [*parts, None]
    if kind == 3:
        return OrderedDict((i, part) for i, part in reversed(list(enumerate(parts))))
    return [*parts, np.ones(2)] if kind == 4 else (*parts, np.ones(2))


def entangled(p: Any) -> list[Any]:
    """A number for every leaf, each of several leaves."""
    numbers = [added(sin(x) * (i + 1.0)) for i, x in enumerate(leaves(p, is_branch))]
    return [a * tanh(b) for a, b in pairwise([*numbers, numbers[0]])]


def with_leaf(p: Any, number: int, x: Any) -> Any:
    """The container with another leaf in a place, and Tensors and Values in the others."""
    count = iter(range(1000))
    node = {True: Value, False: Tensor}
    return mapped(lambda leaf: x if next(count) == number else node[isinstance(leaf, float)](leaf), p, is_branch)


def total(parts: list[Any]) -> Any:
    return sum(parts[1:], start=parts[0])


PART = 20


@pytest.mark.parametrize("first", range(0, 200, PART))
def test_random_containers(first: int) -> None:
    for seed in range(first, first + PART):
        generator = np.random.default_rng(seed)
        tree = {"whole": random_tree(generator, 3)}
        flat = leaves(tree, is_branch)
        along = mapped(lambda x: generator.normal(size=np.shape(x))[()], tree, is_branch)  # noqa: B023
        gradient = grad(lambda p: total(entangled(p)))(tree)
        table = jacobian(entangled)(tree)
        moved = jvp(entangled, (tree,), (along,))[1]
        second = hvp(lambda p: total(entangled(p)), tree, along)
        assert_alike(mapped(np.shape, gradient, is_branch), mapped(np.shape, tree, is_branch))
        for number, x in enumerate(flat):

            def of_leaf(leaf: Any, number: int = number, tree: Any = tree) -> list[Any]:
                return entangled(with_leaf(tree, number, leaf))

            assert close(leaves(gradient, is_branch)[number], grad(lambda z: total(of_leaf(z)))(x), EXACT), seed
            by_leaf = jacrev(of_leaf)(x)
            for row, expected in zip(table, by_leaf, strict=True):
                assert close(leaves(row, is_branch)[number], expected, EXACT), seed
        for i, change in enumerate(moved):
            assert close(change, inner(table[i], along), 1e-10), seed
        (back,) = vjp(entangled, tree)[1](moved)
        assert close(inner(back, along), sum(float(m) ** 2 for m in moved), 1e-10), seed
        directional = grad(lambda p: total(jvp(entangled, (p,), (along,))[1]))(tree)  # noqa: B023
        for a, b in zip(leaves(second, is_branch), leaves(directional, is_branch), strict=True):
            assert close(a, b, 1e-10), seed


def inner(a: Any, b: Any) -> float:
    """The inner product of two containers."""
    return sum(float(np.sum(x * y)) for x, y in zip(leaves(a, is_branch), leaves(b, is_branch), strict=True))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.filterwarnings("ignore:.*not compiled")
def test_random_containers_compiled(seed: int) -> None:
    generator = np.random.default_rng(seed)
    tree = {"whole": random_tree(generator, 2), "more": np.array([0.5, 1.5])}
    for transformed in (grad(lambda p: total(entangled(p))), jacobian(entangled), jacfwd(entangled)):
        assert_alike(jit(transformed)(tree), transformed(tree), 1e-10)
    compiled = jit(lambda p: total(entangled(p)))
    assert_alike(grad(compiled)(tree), grad(lambda p: total(entangled(p)))(tree), 1e-10)
    along = mapped(np.ones_like, tree, is_branch)
    assert_alike(hvp(compiled, tree, along), hvp(lambda p: total(entangled(p)), tree, along), 1e-10)


# Jacobians and Hessians: containers of containers.


def slopes(f: Callable[..., Any], p: Any, number: int) -> Iterator[Any]:
    """By central differences, the changes of every result by the entries of one leaf."""
    leaf = np.asarray(leaves(p, is_branch)[number])
    for at in np.ndindex(leaf.shape):
        step = np.zeros(leaf.shape)
        step[at] = 1e-6
        ends = [f(with_leaf(p, number, Tensor(leaf + sign * step))) for sign in (1, -1)]
        high, low = ([y.data for y in leaves(end, holds_results)] for end in ends)
        yield at, [(a - b) / 2e-6 for a, b in zip(high, low, strict=True)]


@pytest.mark.parametrize("transform", [jacobian, jacrev, jacfwd])
def test_jacobians_are_containers_of_containers(transform: Callable[..., Any]) -> None:
    found = transform(network)(PARAMETERS, INPUTS)
    assert found.keys() == {"hidden", "costs"}
    assert found["costs"][1] is None
    assert type(found["hidden"]["layers"][0]) is Layer
    assert found["hidden"]["layers"][1] is None
    assert found["hidden"]["layers"][0].w.shape == (3, 2, 2, 2)
    assert found["costs"][2][0]["scale"][1].shape == (1, 1)
    blocks = [found["hidden"], found["costs"][0], found["costs"][2][0]]
    for number in range(len(leaves(PARAMETERS, is_branch))):
        for at, changes in slopes(lambda p: network(p, INPUTS), PARAMETERS, number):
            for block, change in zip(blocks, changes, strict=True):
                by_leaf = leaves(block, is_branch)[number]
                assert close(np.asarray(by_leaf)[(..., *at)], change, 1e-7)


def test_a_jacobian_by_several_arguments() -> None:
    both = jacobian(network, argnums=(0, -1))(PARAMETERS, INPUTS, power=3)
    first, last = (jacobian(network, argnums=i)(PARAMETERS, INPUTS, power=3) for i in (0, 1))
    assert_alike(both["hidden"], (first["hidden"], last["hidden"]))
    assert_alike(both["costs"][2][0], (first["costs"][2][0], last["costs"][2][0]))


def test_a_hessian_of_containers() -> None:
    found = hessian(cost)(PARAMETERS)
    flat = leaves(PARAMETERS, is_branch)
    rows = [found["layers"][0].w, found["layers"][0].b, *found["scale"]]
    assert found["layers"][1] is None
    for i, row in enumerate(rows):
        for j, block in enumerate(leaves(row, is_branch)):
            assert np.shape(block) == np.shape(flat[i]) + np.shape(flat[j])
            other = np.asarray(leaves(rows[j], is_branch)[i]).reshape(np.size(flat[j]), np.size(flat[i]))
            assert close(np.asarray(block).reshape(np.size(flat[i]), np.size(flat[j])), other.T, 1e-10)
    along = mapped(lambda x: np.cos(np.arange(np.size(x))).reshape(np.shape(x))[()], PARAMETERS, is_branch)
    product = leaves(hvp(cost, PARAMETERS, along), is_branch)
    for i, row in enumerate(rows):
        expected = sum(
            np.tensordot(np.asarray(block), np.asarray(u), np.ndim(u))
            for block, u in zip(leaves(row, is_branch), leaves(along, is_branch), strict=True)
        )
        assert close(np.asarray(product[i]), expected, 1e-10)


def test_a_hessian_by_several_arguments() -> None:
    found = hessian(lambda x, y: (x * x * y).sum(), argnums=(0, 1))(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    (xx, xy), (yx, yy) = found
    assert xx.tolist() == [[6.0, 0.0], [0.0, 8.0]]
    assert xy.tolist() == yx.tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert yy.tolist() == np.zeros((2, 2)).tolist()


def test_results_that_are_the_argument_or_one_another_or_constant() -> None:
    def several(x: Any) -> Any:
        double = x * 2.0
        return {"x": x, "double": double, "again": double, "square": double * x, "seven": 7.0}

    x = np.array([1.0, 2.0])
    for transform in (jacfwd, jacrev):
        found = transform(several)(x)
        assert {key: block.tolist() for key, block in found.items()} == {
            "x": [[1.0, 0.0], [0.0, 1.0]],
            "double": [[2.0, 0.0], [0.0, 2.0]],
            "again": [[2.0, 0.0], [0.0, 2.0]],
            "square": [[4.0, 0.0], [0.0, 8.0]],
            "seven": [0.0, 0.0],
        }
    value, change = jvp(several, (x,), (np.array([1.0, 10.0]),))
    assert value["seven"] == 7.0
    assert [change[key].tolist() for key in ("x", "double", "again", "square")] == [[1, 10], [2, 20], [2, 20], [4, 80]]
    assert change["seven"] == 0.0
    _, pullback = vjp(several, x)
    fed = {key: np.ones(2) for key in ("x", "double", "again", "square")} | {"seven": 1.0}
    assert pullback(fed)[0].tolist() == [9.0, 13.0]


def test_forwards_and_in_reverse_are_the_same() -> None:
    generator = np.random.default_rng(0)
    for f, x in (
        (lambda x: exp(x) * x[::-1], generator.normal(size=3)),
        (lambda x: x**3, 2.0),
        (lambda x: stack([x, sin(x), 1.0]), 2.0),
        (lambda x: x[:0], generator.normal(size=3)),
        (lambda x: x.sum() * np.ones(2), generator.normal(size=0)),
        (lambda x: x.reshape(2, 1, 3) * 2.0, generator.normal(size=(3, 2)).astype(np.float32)),
        (lambda x: Tensor([1.0, 2.0]), generator.normal(size=3)),
    ):
        forwards, reverse = jacfwd(f)(x), jacrev(f)(x)
        assert np.shape(forwards) == np.shape(reverse)
        assert close(np.asarray(forwards), np.asarray(reverse), EXACT)
        assert np.asarray(forwards).dtype == np.asarray(reverse).dtype


def test_jacobians_forwards_are_differentiable_and_vmapped() -> None:
    def curve(x: Any) -> Any:
        return stack([x, x * x, x**3, sin(x)])

    assert close(jacfwd(jacfwd(curve))(0.5), np.array([0.0, 2.0, 3.0, -math.sin(0.5)]), EXACT)
    assert close(jacrev(jacfwd(curve))(0.5), jacfwd(jacrev(curve))(0.5), EXACT)
    xs = np.array([0.1, 0.2, 0.3])
    assert close(vmap(jacfwd(curve))(xs), np.stack([jacfwd(curve)(float(x)) for x in xs]), EXACT)
    w = Value(2.0)
    jacfwd(lambda x: stack([x * w, x * x]))(w).sum().backward()
    assert w.grad == 1.0 + 2.0


@pytest.mark.parametrize(("inputs", "results", "forwards"), [(1, 30, True), (30, 1, False), (5, 5, False)])
def test_a_jacobian_takes_the_shorter_way(
    inputs: int, results: int, forwards: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    for name in ("_by_rows", "_by_columns"):
        way = getattr(jacobians_module, name)
        monkeypatch.setattr(
            jacobians_module, name, lambda *given, way=way, name=name: (taken.append(name), way(*given))[1]
        )
    matrix = np.random.default_rng(0).normal(size=(results, inputs))
    found = jacobian(lambda p: {"y": Tensor(matrix) @ p["x"]})({"x": np.ones(inputs)})
    assert close(found["y"]["x"], matrix, EXACT)
    assert taken == ["_by_columns" if forwards else "_by_rows"]


# What compiles.


def test_compiled_jacobians_of_containers_are_matrices() -> None:
    """A function of every entry would otherwise be compiled for every entry by itself."""
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    for f in (jacobian, jacfwd, jacrev):
        assert_alike(jit(f(lambda p: p["a"] ** 2))({"a": x}), {"a": np.diag([2.0, 4.0])})
        assert_alike(jit(f(lambda x, y: x * y, argnums=(0, 1)))(x, y), (np.diag(y), np.diag(x)))
        assert_alike(jit(f(lambda x, y: x * y, argnums=-1))(x, y), np.diag(x))


@pytest.mark.parametrize("transform", [grad, value_and_grad, hessian])
def test_compiled_transforms_of_containers(transform: Callable[..., Any]) -> None:
    assert_alike(jit(transform(cost))(PARAMETERS), transform(cost)(PARAMETERS), 1e-10)
    assert_alike(transform(jit(cost))(PARAMETERS), transform(cost)(PARAMETERS), 1e-10)


def test_compiled_products_of_containers() -> None:
    along = mapped(lambda x: np.ones(np.shape(x))[()], PARAMETERS, is_branch)

    def pushed(p: Any, u: Any) -> Any:
        return jvp(network, (p, INPUTS), (u, np.ones((3, 2))))

    def pulled(p: Any) -> Any:
        value, pullback = vjp(network, p, INPUTS)
        return pullback(value)

    assert_alike(jit(pushed)(PARAMETERS, along), pushed(PARAMETERS, along), 1e-10)
    assert_alike(jit(pulled)(PARAMETERS), pulled(PARAMETERS), 1e-10)
    product = jit(lambda p, u: hvp(cost, p, u))
    assert_alike(product(PARAMETERS, along), hvp(cost, PARAMETERS, along), 1e-10)


@pytest.mark.parametrize(
    "inner",
    [
        lambda p, held: grad(lambda q: (p * q["a"] ** 2).sum() * q["b"])(held),
        lambda p, held: jvp(lambda p, q: p * q["a"] ** 2 * q["b"], (p, held), (p, held)),
        lambda p, held: vjp(lambda p, q: p * q["a"] ** 2 * q["b"], p, held)[1](p),
        lambda p, held: hessian(lambda q: (p * q["a"] ** 3).sum() * q["b"])(held),
        lambda p, held: hvp(lambda q: (p * q["a"] ** 3).sum() * q["b"], held, held),
        lambda p, held: jacobian(lambda q: p * q["a"] ** 3 * q["b"])(held),
    ],
)
def test_what_is_differentiated_by_in_a_compiled_function_may_be_a_constant(inner: Callable[..., Any]) -> None:
    """It is then no argument of the compiled function, and has a gradient all the same."""
    x = np.array([1.0, 2.0])
    w = Tensor([0.3, -0.2], requires_grad=True)
    for held in ({"a": np.array([0.3, -0.2]), "b": 2.0}, {"a": w, "b": 2.0}):
        found = jit(closed_over(inner, held))(x)
        assert_alike(plainly(found), plainly(inner(Tensor(x), held)))


def closed_over(f: Callable[[Any, Any], Any], held: Any) -> Callable[[Any], Any]:
    """A function of the first argument alone."""
    return lambda p: f(p, held)


def plainly(x: Any) -> Any:
    """With arrays in the places of nodes."""
    return mapped(lambda y: np.asarray(y.data if isinstance(y, (Tensor, Value)) else y), x, holds_results)


def test_numbers_that_are_constants_in_a_compiled_function() -> None:
    w = Value(3.0)
    for held in (3.0, w):
        assert jit(closed_over(lambda p, z: grad(lambda z: p * z * z)(z), held))(2.0) == 12.0
        assert jit(closed_over(lambda p, z: jvp(lambda z: p * z * z, (z,), (1.0,))[1], held))(2.0) == 12.0


# Second order, and nodes.


def test_second_order_through_containers() -> None:
    def slope(p: Any) -> Any:
        found = grad(cost)(p)
        return (found["layers"][0].w ** 2).sum() + found["scale"][0]

    assert gradcheck(slope, PARAMETERS)
    assert gradcheck(cost, PARAMETERS, order=2)
    assert gradcheck(lambda p: jvp(network, (p, INPUTS), (PARAMETERS, INPUTS))[1], PARAMETERS)
    assert gradcheck(lambda p: jacobian(lambda q: {"y": q["a"] ** 3})(p)["y"], {"a": np.array([0.5, -1.0])})


def test_nodes_in_containers_stay_in_the_graph() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    found = jacobian(lambda p: {"y": p["w"] ** 3})({"w": w})["y"]["w"]
    found.sum().backward()
    assert w.grad.tolist() == [6.0, 12.0]
    w.grad = None
    jvp(lambda p: [p["w"] ** 3], ({"w": w},), ({"w": [1.0, 1.0]},))[1][0].sum().backward()
    assert w.grad.tolist() == [6.0, 12.0]
    v = Value(2.0)
    _, pullback = vjp(lambda x: {"y": x**3}, 2.0)
    pullback({"y": v})[0].backward()
    assert v.grad == 12.0


def test_lists_of_numbers_are_arrays_where_something_belongs_to_an_array() -> None:
    x = np.array([1.0, 2.0])
    assert vjp(lambda x: {"y": x * x, "z": [x]}, x)[1]({"y": [1.0, 10.0], "z": [(0.0, 1.0)]})[0].tolist() == [2.0, 41.0]
    assert jvp(lambda p: p["x"] * p["x"], ({"x": x},), ({"x": (1.0, 10.0)},))[1].tolist() == [2.0, 40.0]
    assert hvp(lambda p: (p["x"] ** 3).sum(), {"x": x}, {"x": [1.0, 0.0]})["x"].tolist() == [6.0, 0.0]


def test_one_node_in_two_places() -> None:
    w = Value(3.0)
    assert [x.data for x in grad(lambda p: p[0] ** 2 * p[1])([w, w])] == [18.0, 9.0]


# has_aux, and arguments by name.


def with_aux(p: Any, *, power: int = 2) -> Any:
    value = cost(p, power=power)
    return value, {"value": value, "tensors": (p["layers"][0].w * 2.0, None), "text": "as it is", "list": [1, 2]}


def test_what_is_returned_besides() -> None:
    plain = value_and_grad(cost)(PARAMETERS, power=3)
    (value, aux), gradient = value_and_grad(with_aux, has_aux=True)(PARAMETERS, power=3)
    assert_alike((value, gradient), plain)
    assert type(aux["value"]) is float or aux["value"].dtype == np.float64
    assert aux["value"] == value
    assert type(aux["tensors"][0]) is np.ndarray
    assert aux["tensors"][1] is None
    assert (aux["text"], aux["list"]) == ("as it is", [1, 2])
    found, again = grad(with_aux, has_aux=True)(PARAMETERS, power=3)
    assert_alike(found, gradient)
    assert again["text"] == "as it is"
    for transform in (jacobian, jacfwd, jacrev):
        table, aux = transform(with_aux, has_aux=True)(PARAMETERS, power=3)
        assert_alike(table, gradient, 1e-10)
        assert aux["text"] == "as it is"
    second, aux = hessian(with_aux, has_aux=True)(PARAMETERS, power=3)
    assert_alike(second, hessian(cost)(PARAMETERS, power=3))
    assert type(aux["tensors"][0]) is np.ndarray
    result, pullback, aux = vjp(with_aux, PARAMETERS, has_aux=True, power=3)
    assert_alike((result, *pullback(1.0)), (value, gradient))
    assert aux["text"] == "as it is"
    result, change, aux = jvp(with_aux, (PARAMETERS,), (gradient,), has_aux=True, power=3)
    assert close(change, inner(gradient, gradient), 1e-10)
    assert aux["text"] == "as it is"


def test_what_is_returned_besides_inside_another() -> None:
    def outer(x: Any) -> Any:
        slope, aux = grad(lambda z: (z**3, z * z), has_aux=True)(x)
        return slope * aux

    assert grad(outer)(2.0) == 12 * 2.0**3
    assert jit(grad(lambda x: (x**3, [x]), has_aux=True))(2.0) == (12.0, [2.0])


def test_arguments_by_name_are_not_differentiated() -> None:
    w = np.array([1.0, 2.0])
    assert grad(lambda p, *, n: (p["w"] ** n).sum())({"w": w}, n=3)["w"].tolist() == [3.0, 12.0]
    assert hvp(lambda p, n: (p["w"] ** n).sum(), {"w": w}, {"w": w}, n=3)["w"].tolist() == [6.0, 24.0]
    assert jvp(lambda x, n: x**n, (2.0,), (1.0,), n=3) == (8.0, 12.0)
    assert vjp(lambda x, n: x**n, 2.0, n=3)[1](1.0) == (12.0,)
    assert jacobian(lambda x, n: x**n)(2.0, n=3) == 12.0


def test_numbers_of_arguments_count_from_the_end() -> None:
    x, y = np.ones(2), {"a": 2.0}
    f = lambda x, y: (Tensor(x) * y["a"] ** 2).sum()  # noqa: E731
    assert grad(f, argnums=-1)(x, y) == {"a": 8.0}
    first, second = grad(lambda x, y: (x * y["a"] ** 2).sum(), argnums=(-2, -1))(x, y)
    assert first.tolist() == [4.0, 4.0]
    assert second == {"a": 8.0}
    assert hessian(f, argnums=-1)(x, y) == {"a": {"a": 4.0}}


# gradcheck.


def test_gradcheck_says_which_leaf(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gradcheck(network, PARAMETERS, INPUTS)
    monkeypatch.setattr(exp, "vjps", (lambda g, _y, x: g * x,))
    held = {"good": 2.0, "bad": [Layer(1.0, np.array([1.0, 2.0]))]}
    with pytest.raises(GradientError, match=r"argument 0\['bad'\]\[0\].b, entry \(0,\)"):
        gradcheck(lambda p: {"y": exp(p["bad"][0].b).sum() * p["good"], "z": p["bad"][0].w}, held)
    with pytest.raises(ValueError, match=r"argument 0\['bad'\] is a number or an array of finite"):
        gradcheck(lambda p: p["bad"], {"bad": math.nan})


# Errors, before anything is computed.


def never(*_given: Any) -> Any:
    raise AssertionError("it was called")


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, jacfwd, jacrev, hessian])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"w": [1, 2]}, r"by int64 data, which is in argument 0\['w'\]: write 1.0"),
        ({"w": 3}, r"by int64 data, which is in argument 0\['w'\]"),
        ([np.ones(2), np.arange(2)], r"by int64 data, which is in argument 0\[1\]"),
        (Layer(1.0, True), r"by bool data, which is in argument 0.b"),
        (True, "by bool data, which is in argument 0"),
        ({"w": "text"}, r"argument 0\['w'\] that is differentiated by is a number or an array of floats.*not 'text'"),
        ({"w": [1.0, "text"]}, r"argument 0\['w'\] that is differentiated by"),
        ({"w": np.array([1j])}, r"argument 0\['w'\] that is differentiated by"),
        ({"w": object()}, r"argument 0\['w'\] that is differentiated by"),
        ([[1.0, 2.0], [3.0]], "argument 0 that is differentiated by is a number or an array of floats"),
        (None, "argument 0 that is differentiated by .* not None"),
    ],
)
def test_what_cannot_be_differentiated_by(transform: Callable[..., Any], given: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        transform(never)(given)


@pytest.mark.parametrize(
    ("tangent", "message"),
    [
        ({"w": np.ones(3), "b": 1.0}, r"tangent of argument 0\['w'\] has shape \(3,\), but .* has shape \(2,\)"),
        ({"w": np.ones(2)}, r"tangent of argument 0 stands in the same .*a dict of 'w', 'b', not a dict of 'w'"),
        ({"w": np.ones(2), "b": "text"}, r"tangent of argument 0\['b'\] is a number .* not 'text'"),
        ({"w": [np.ones(1), np.ones(1)], "b": 1.0}, r"tangent of argument 0\['w'\] is a number or an array"),
        ({"w": np.ones(2), "b": None}, r"tangent of argument 0\['b'\] is a number .* not None"),
        ({"w": [[1.0, 2.0], [3.0]], "b": 1.0}, r"tangent of argument 0\['w'\] is a number or an array"),
        (np.ones(2), r"tangent of argument 0 stands in the same lists, tuples and dictionaries"),
        (1.0, r"tangent of argument 0 stands in the same lists, tuples and dictionaries"),
    ],
)
def test_tangents_are_like_their_arguments(tangent: Any, message: str) -> None:
    held = {"w": np.ones(2), "b": 2.0}
    with pytest.raises(ValueError, match=message):
        jvp(never, (held,), (tangent,))
    with pytest.raises(ValueError, match=message.replace("argument 0", "x")):
        hvp(never, held, tangent)


@pytest.mark.parametrize(
    ("fed", "message"),
    [
        ({"y": np.ones(2), "z": [1.0]}, r"fed in at the value\['y'\] has shape \(2,\), but .* has shape \(3,\)"),
        ({"y": np.ones(3)}, "fed in at the value stands in the same .*a dict of 'y', 'z', not a dict of 'y'"),
        ({"y": np.ones(3), "z": 1.0}, r"fed in at the value\['z'\] stands in the same .*a list of 1, not 1.0"),
        (1.0, "fed in at the value stands in the same"),
        ({"y": np.ones(3), "z": ["a"]}, r"fed in at the value\['z'\]\[0\] is a number .* not 'a'"),
    ],
)
def test_what_is_fed_in_is_like_the_value(fed: Any, message: str) -> None:
    _, pullback = vjp(lambda x: {"y": x * 2.0, "z": [x.sum()]}, np.ones(3))
    with pytest.raises(ValueError, match=message):
        pullback(fed)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: grad(lambda x: (x, x))(1.0), TypeError, "this one returned tuple: with has_aux=True .* jacobian"),
        (lambda: grad(lambda x: {"y": x})(1.0), TypeError, "this one returned dict"),
        (lambda: grad(lambda x: None)(1.0), TypeError, "this one returned NoneType"),
        (lambda: grad(lambda x: x)(np.ones(2)), ValueError, r"shape \(2,\): reduce it .* or use jacobian"),
        (lambda: grad(lambda x: x > 1.0)(2.0), TypeError, "returned bool"),
        (lambda: jacobian(lambda x: [x, "text"])(1.0), TypeError, r"returned str as result\[1\], not a Value"),
        (lambda: jacobian(lambda x: {"y": x.data})(np.ones(2)), TypeError, r"returned ndarray as result\['y'\]"),
        (lambda: grad(lambda x: x, has_aux=True)(1.0), TypeError, r"returns a pair, \(value, aux\), not 1.0"),
        (lambda: grad(lambda x: [x, x], has_aux=True)(1.0), TypeError, "returns a pair"),
        (lambda: grad(lambda x: x, has_aux=1), ValueError, "has_aux is True or False, not 1"),
        (lambda: vjp(lambda x: x, 1.0, has_aux="yes"), ValueError, "has_aux is True or False"),
    ],
)
def test_results_that_cannot_be_differentiated(call: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()
