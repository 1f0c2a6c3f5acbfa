"""vmap: every operation on every subset of operands, transforms in it and around it, axes, errors, the slow ways."""

import itertools
from typing import Any, NamedTuple

import numpy as np
import pytest

from inversa.autograd import (
    Rule,
    Tensor,
    Value,
    detect_anomaly,
    grad,
    hessian,
    hvp,
    jacobian,
    jit,
    jvp,
    log,
    no_grad,
    operation,
    prod,
    scatter,
    sin,
    softmax,
    sqrt,
    stack,
    take,
    tanh,
    vjp,
    vmap,
    where,
)
from inversa.autograd.ops.operation import Operation
from inversa.nn import Dropout

from .cases import CASES, Case, weights_for

X = np.random.default_rng(0).normal(size=(5, 3))
WEIGHTS = np.random.default_rng(1).normal(size=(3, 2))

pytestmark = pytest.mark.filterwarnings("error")


def _samples(x):
    """Three operands in place of one: entries in other places, all inside the operation's domain."""
    return np.stack([x, np.flip(x), np.roll(x.ravel(), 1).reshape(x.shape)])


def _loop(f, arguments, axes):
    rows = [[x if axis is None else x[i] for x, axis in zip(arguments, axes, strict=True)] for i in range(3)]
    return [np.asarray(f(*row)) for row in rows]


def _check(case: Case) -> None:
    def applied(*operands):
        return case.apply(operands)

    for chosen in itertools.product([None, 0], repeat=len(case.operands)):
        if set(chosen) == {None}:
            continue
        given = [x if axis is None else _samples(x) for x, axis in zip(case.operands, chosen, strict=True)]
        wanted = _loop(lambda *xs: case.plain(*xs), given, chosen)
        found = vmap(applied, chosen)(*given)
        np.testing.assert_allclose(found, np.stack(wanted), rtol=1e-13, atol=1e-14, err_msg=f"{case} {chosen}")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_operation(case: Case) -> None:
    _check(case)


@pytest.mark.parametrize("case", [case for case in CASES if case.op.vjps and not case.op.kinks], ids=str)
def test_the_gradient_of_every_operation(case: Case) -> None:
    weights = weights_for(case)
    places = tuple(range(len(case.operands)))
    slopes = grad(lambda *xs: (case.apply(xs) * weights).sum(), places)
    given = [_samples(x) for x in case.operands]
    found = vmap(slopes)(*given)
    for i in range(3):
        for one, wanted in zip(found, slopes(*(np.asarray(x[i]) for x in given)), strict=True):
            np.testing.assert_allclose(one[i], wanted, rtol=1e-12, atol=1e-13, err_msg=str(case))


def _energy(x):
    return (tanh(x @ WEIGHTS) ** 2).sum() * sin(x[0]) + softmax(x) @ x


@pytest.mark.parametrize("transform", [grad, hessian, jacobian], ids=lambda f: f.__name__)
def test_transforms_of_every_sample(transform):
    found = vmap(transform(_energy))(X)
    np.testing.assert_allclose(found, [transform(_energy)(x) for x in X], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(jit(vmap(transform(_energy)))(X), found, rtol=1e-12, atol=1e-13)


def test_third_derivatives_and_directions():
    third = grad(lambda x: grad(lambda x: (grad(_energy)(x) * x).sum())(x)[0])
    np.testing.assert_allclose(vmap(third)(X), [third(x) for x in X], rtol=1e-11, atol=1e-12)
    for along in (
        lambda x: hvp(_energy, x, x),
        lambda x: jvp(_energy, (x,), (x,))[1],
        lambda x: vjp(_energy, x)[1](2.0)[0],
    ):
        np.testing.assert_allclose(vmap(along)(X), [along(x) for x in X], rtol=1e-12, atol=1e-13)


def test_it_is_differentiated_itself():
    def total(X):
        return (vmap(_energy)(X) ** 2).sum()

    def looped(X):
        return (stack([_energy(x) for x in X]) ** 2).sum()

    np.testing.assert_allclose(grad(total)(X), grad(looped)(X), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(hvp(total, X, X), hvp(looped, X, X), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(jit(grad(total))(X), grad(looped)(X), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(grad(jit(total))(X), grad(looped)(X), rtol=1e-12, atol=1e-13)


def test_gradients_of_every_sample_with_respect_to_shared_weights():
    def loss(w, x):
        return (tanh(x @ w) ** 2).sum()

    found = vmap(grad(loss), in_axes=(None, 0))(WEIGHTS, X)
    np.testing.assert_allclose(found, [grad(loss)(WEIGHTS, x) for x in X], rtol=1e-13)
    inside = vmap(lambda x: grad(loss)(WEIGHTS, x))(X)
    np.testing.assert_array_equal(inside, found)


def test_what_it_closes_over_gets_its_gradient():
    W = Tensor(WEIGHTS, requires_grad=True)
    v = Value(2.0)
    vmap(lambda x: v * (tanh(x @ W) ** 2).sum())(X).sum().backward()
    np.testing.assert_allclose(v.grad, (np.tanh(X @ WEIGHTS) ** 2).sum(), rtol=1e-13)
    np.testing.assert_allclose(W.grad, 2 * grad(lambda w: (tanh(X @ w) ** 2).sum())(WEIGHTS), rtol=1e-13)
    each = vmap(grad(lambda x: v * x**3))(X[:, 0])
    np.testing.assert_allclose(each.data, 6 * X[:, 0] ** 2, rtol=1e-13)


def test_in_one_another():
    products = vmap(vmap(lambda a, b: (a * b).sum(), (None, 0)), (0, None))
    np.testing.assert_allclose(products(X, X), X @ X.T, rtol=1e-13)
    slopes = vmap(vmap(grad(lambda a, b: (a * b * b).sum()), (None, 0)), (0, None))
    np.testing.assert_allclose(slopes(X, X), np.broadcast_to(X**2, (5, 5, 3)), rtol=1e-13)
    mixed = vmap(lambda a: vmap(lambda b: where(b > a, a * b, b - a))(X))(X)
    np.testing.assert_allclose(mixed, np.where(X[:, None] < X, X * X[:, None], X - X[:, None]), rtol=1e-13)


def test_conditions_joined_with_those_of_single_numbers():
    v, positive = Value(1.0), np.array([True, False, True])
    for f in (
        lambda x: where((v > 0) & (x[0] > 0), x[1], v),
        lambda x: where((v < 0) | (x[0] > 0), x[1], v),
        lambda x: where((x[0] > 0) & (v > 0), x[1], v),
        lambda x: where(positive[0] & (x[0] > 0), x[1], v),
        lambda x: where(positive & (x > 0), x, v)[1] + where((x > 0) | positive, x, v)[0],
    ):
        wanted = [f(Tensor(x)).data for x in X]
        np.testing.assert_array_equal(vmap(f)(X).data, wanted)
        np.testing.assert_array_equal(jit(vmap(f))(X), wanted)


def test_conditions_joined_with_those_of_what_all_samples_share():
    """Compiled, those of the shared array are symbols, which leave it to the samples to join them."""
    shared = np.array([2.0, 0.0, -1.0])
    for f in (
        lambda x, a: where((a == 0) & (x > 0), x, 0.0),
        lambda x, a: where((a > 0) | (x > 0), x, 0.0),
        lambda x, a: where((x > 0) & (a > 0), x, 0.0),
    ):
        wanted = [f(Tensor(x), Tensor(shared)).data for x in X]
        np.testing.assert_array_equal(jit(vmap(f, (0, None)))(X, shared), wanted)


class Pair(NamedTuple):
    """Two arrays."""

    a: Any
    b: Any


def test_axes():
    f = lambda a, b: a + 2.0 * b  # noqa: E731
    Y = X.T.copy()
    np.testing.assert_array_equal(vmap(f, in_axes=(0, 1))(X, Y), X + 2 * X)
    np.testing.assert_array_equal(vmap(f, in_axes=(0, -1), out_axes=1)(X, Y), (3 * X).T)
    np.testing.assert_array_equal(vmap(f, in_axes=(0, None))(X, X[0]), X + 2 * X[0])
    np.testing.assert_array_equal(vmap(f)(X, b=X), 3 * X)
    one, rest = vmap(lambda p: (p["a"], {"b": p["b"].sum()}), in_axes=({"a": 1, "b": 0},), out_axes=(1, 0))(
        {"a": Y, "b": X}
    )
    np.testing.assert_array_equal(one, Y)
    np.testing.assert_allclose(rest["b"], X.sum(axis=1), rtol=1e-15)
    np.testing.assert_array_equal(vmap(lambda x: 7.0)(X), np.full(5, 7.0))
    np.testing.assert_array_equal(vmap(lambda x: WEIGHTS[0])(X), np.tile(WEIGHTS[0], (5, 1)))
    pair = vmap(lambda p: Pair(p.b, p.a.sum()), in_axes=(Pair(0, 1),), out_axes=Pair(1, 0))(Pair(X, Y))
    np.testing.assert_array_equal(pair.a, Y)
    np.testing.assert_allclose(pair.b, X.sum(axis=1), rtol=1e-15)
    x = Tensor(X, requires_grad=True)
    assert isinstance(vmap(lambda x: x.sum())(x), Tensor)
    assert isinstance(vmap(lambda x: x.sum())(X), np.ndarray)
    assert vmap(lambda x: x * 2)(X.astype(np.float32)).dtype == np.float32


def test_a_function_that_looks_at_numbers_is_called_for_one_sample_after_the_other():
    def bent(x):
        return x if x[0] > 0 else -x.sum() * x

    with pytest.warns(UserWarning, match=r"one sample after the other.*x\[0\] > 0"):
        found = vmap(bent)(X)
    np.testing.assert_allclose(found, [x if x[0] > 0 else -x.sum() * x for x in X], rtol=1e-14)
    with pytest.warns(UserWarning, match="one sample after the other"):
        np.testing.assert_allclose(grad(lambda X: vmap(bent)(X).sum())(X)[0].shape, (3,))
    with pytest.warns(UserWarning, match="one sample after the other"):
        nested = vmap(lambda x: {"a": (x, x[0] if x[0] > 0 else -x[0])})(X)
    np.testing.assert_array_equal(nested["a"][1], np.abs(X[:, 0]))


def test_watched_and_unrecorded():
    slopes = vmap(grad(lambda x: (x * x).sum()))
    for switch in (no_grad, detect_anomaly):
        with switch():
            np.testing.assert_array_equal(slopes(X), 2 * X)
            assert isinstance(slopes(X), np.ndarray)
    negative = np.array([[1.0], [-1.0]])
    with detect_anomaly(), np.errstate(all="ignore"):
        for f in (vmap(lambda x: log(x)), vmap(jit(lambda x: log(x))), jit(vmap(lambda x: log(x)))):
            with pytest.raises(ArithmeticError, match="log gave nan from an input of shape"):
                f(negative)
        with pytest.raises(ArithmeticError, match="gave an infinity"):
            vmap(grad(lambda x: sqrt(x).sum()))(np.zeros((2, 1)))


def test_every_sample_has_random_numbers_of_its_own():
    layer = Dropout(0.5)
    ones = np.ones((6, 4))

    def drawn(f):
        layer.generator = np.random.default_rng(5)
        return f()

    wanted = drawn(lambda: np.stack([layer(Tensor(x)).data for x in ones]))
    for f in (
        lambda: vmap(layer)(ones),
        lambda: vmap(jit(lambda x: layer(x)))(ones),
        lambda: jit(vmap(lambda x: layer(x)))(ones),
        lambda: vmap(grad(lambda x: layer(x).sum()))(ones),
        lambda: grad(jit(lambda x: vmap(layer)(x).sum()))(ones),
        lambda: vmap(lambda x: layer(Tensor(ones[0])) * x)(ones),
        lambda: vmap(vmap(layer))(ones.reshape(2, 3, 4)).reshape(6, 4),
        lambda: jit(vmap(vmap(lambda x: layer(x))))(ones.reshape(2, 3, 4)).reshape(6, 4),
    ):
        np.testing.assert_array_equal(drawn(f), wanted)


def test_rows_in_another_call():
    def bent(x, w):
        return grad(lambda v: (v * v * x).sum())(w)[0] if float(w[0]) > 0 else x[0]

    weights = np.array([1.0, 2.0, 3.0])
    with pytest.warns(UserWarning, match="one sample after the other"):
        found = vmap(lambda x: vmap(bent, (None, 0))(x, weights[None]))(X)
    np.testing.assert_allclose(found, 2 * X[:, :1], rtol=1e-14)


INDICES = [
    ([0, 1], [1, 2]),
    (0, [1, 2]),
    ([1, 2], 0),
    (0, slice(None), [1, 2]),
    ([1, 0], slice(1, None), 2),
    ([[0], [1]], slice(None), [0, 2]),
    (slice(None), [1, 2], 0),
    (slice(None), 1, [[0, 2]]),
    (None, 1, slice(None), None, [0, 1]),
    (slice(None), [0, 1], ..., [0, 1]),
    ([0, 1], ...),
    (..., [3, 0]),
    (..., 1, [0, 0]),
    (np.int64(1), slice(None), np.array(2)),
    (np.array([True, False, True]), slice(None), 1),
    (slice(None), np.array([[True] * 4, [False] * 4, [True, False, True, False]])),
    (0, np.array([True, False, True])),
    ([],),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_axes_of_lists_of_positions_are_where_numpy_puts_them(index):
    x = np.random.default_rng(0).normal(size=(2, 3, 3, 4))
    taken = vmap(lambda x: Tensor(x)[index] if isinstance(x, np.ndarray) else x[index])
    wanted = np.stack([row[index] for row in x])
    np.testing.assert_array_equal(taken(x), wanted)
    np.testing.assert_array_equal(jit(taken)(x), wanted)
    weights = np.random.default_rng(1).normal(size=wanted.shape[1:])
    slopes = grad(lambda x: (x[index] * weights).sum())
    np.testing.assert_array_equal(vmap(slopes)(x), [slopes(row) for row in x])
    one = vmap(lambda g: scatter(g, index, (3, 3, 4)))(np.ones(2))  # one number, at all of these places
    np.testing.assert_array_equal(one[1], scatter(np.ones(weights.shape), index, (3, 3, 4)))


PLACES = np.array([[0, 2], [1, 1], [2, 0]])  # of three samples
ROWS = {
    "rows": lambda x, i: x[i],
    "by name": lambda x, i: take(x, i),
    "columns": lambda x, i: x[:, i],
    "one row": lambda x, i: x[i[0]],
    "one entry": lambda x, i: x[i[0], :, i[1]],
    "pairs": lambda x, i: x[i, [2, 1]],
    "beside an integer": lambda x, i: x[1, :, i],
    "after an integer": lambda x, i: x[:, 1, i],
    "apart": lambda x, i: x[i, :, [1, 0]],
    "at the end": lambda x, i: x[..., i],
    "two": lambda x, i: x[:, None, i[:, None], i],
    "a mask": lambda x, i: x[i, np.array([True, False, True])],
    "scattered": lambda x, i: scatter(x[0], (slice(None), i[0]), (3, 5, 4)) if x.ndim == 3 else x,
}


@pytest.mark.parametrize("name", ROWS)
def test_every_sample_has_an_index_of_its_own(name):
    f = ROWS[name]
    many = np.random.default_rng(0).normal(size=(3, 3, 3, 4))
    shared = Tensor(many[0], requires_grad=True)
    expected = np.stack([f(Tensor(x), i).numpy() for x, i in zip(many, PLACES, strict=True)])
    of_shared = np.stack([f(shared, i).numpy() for i in PLACES])
    np.testing.assert_array_equal(vmap(f)(many, PLACES), expected)
    np.testing.assert_array_equal(vmap(f, (None, 0))(shared, PLACES).data, of_shared)
    np.testing.assert_array_equal(vmap(lambda x: vmap(f, (None, 0))(x, PLACES))(many)[0], of_shared)
    pairs = vmap(vmap(f, (None, 0)))(many, np.stack([PLACES, PLACES, PLACES[::-1]]))
    np.testing.assert_array_equal(pairs[2, 2], f(Tensor(many[2]), PLACES[0]))
    compiled = jit(lambda i: vmap(f, (None, 0))(shared, i))
    np.testing.assert_array_equal(compiled(PLACES), of_shared)
    assert compiled.why_not is None
    weights = np.random.default_rng(1).normal(size=expected.shape[1:])

    def slopes(x, i):
        return grad(lambda x: (f(x, i) * weights).sum())(x)

    np.testing.assert_allclose(
        vmap(slopes)(many, PLACES), [slopes(x, i) for x, i in zip(many, PLACES, strict=True)], rtol=1e-14
    )


def test_what_has_no_rule_is_taken_for_one_sample_after_the_other():
    masks = np.array([[True, False, True], [False, True, True]])
    with pytest.warns(UserWarning, match="vmap computes getitem for one sample after the other"):
        found = vmap(lambda x, mask: x[mask])(X[:2], masks)
    np.testing.assert_array_equal(found, [X[0][masks[0]], X[1][masks[1]]])
    with pytest.warns(UserWarning, match="vmap computes getitem for one sample after the other"):
        found = vmap(lambda x, i: x[[i, 1]])(X[:2], np.array([0, 2]))
    np.testing.assert_array_equal(found, [X[0, [0, 1]], X[1, [2, 1]]])


def test_an_operation_without_a_rule_says_so():
    @operation("first", Rule.SUM, derivatives=("1",), on_floats=False)
    def first_of_all(xp, x):
        """x[0] + 1."""
        return x[0] + 1.0

    first_of_all.pullbacks(lambda g, _y, _x: scatter(g, 0, _x.shape))
    try:
        with pytest.warns(UserWarning, match="vmap computes first_of_all for one sample after the other"):
            found = vmap(first_of_all)(X)
    finally:
        Operation.registry.pop("first_of_all", None)
    np.testing.assert_array_equal(found, X[:, 0] + 1)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: vmap(3), TypeError, "f is a function"),
        (lambda: vmap(lambda x, y: x)(X, X[:2]), ValueError, "different numbers of samples: 2, 5"),
        (lambda: vmap(lambda x: x)(1.0), ValueError, "no axis 0 to take samples from: say in_axes=None"),
        (lambda: vmap(lambda x: x, in_axes=2)(X), ValueError, "no axis 2"),
        (lambda: vmap(lambda x: x, in_axes="a")(X), TypeError, "in_axes is an integer, None, or a tuple"),
        (lambda: vmap(lambda x: x, in_axes=(0, 0))(X), ValueError, "in_axes has 2 entries"),
        (lambda: vmap(lambda p: p["a"], in_axes=({"b": 0},))({"a": X}), ValueError, "is like its argument"),
        (lambda: vmap(lambda p: p["a"], in_axes=((0,),))({"a": X}), ValueError, "is like its argument"),
        (lambda: vmap(lambda x: {"a": x}, out_axes=(0,))(X), ValueError, "out_axes is one integer"),
        (lambda: vmap(lambda x: {"a": x}, out_axes={"b": 0})(X), ValueError, "out_axes is one integer"),
        (lambda: hvp(lambda p: p["a"].sum(), {"a": X}, 1.0), ValueError, "the same lists, tuples and dictionaries"),
        (lambda: vmap(lambda x: x, in_axes=None)(X), ValueError, "needs an argument with samples"),
        (lambda: vmap(lambda x: x, out_axes=3)(X), ValueError, "out_axes is an integer from -2 to 1"),
        (lambda: vmap(lambda x: x)(np.zeros((0, 3))), ValueError, "there are no samples"),
        (lambda: vmap(lambda x: x)("abc"), TypeError, "an array of numbers"),
        (lambda: vmap(lambda x: (x, x), out_axes=(0, 0, 0))(X), ValueError, "out_axes is one integer"),
        (lambda: vmap(lambda x: None)(X), TypeError, "what the function of vmap gives is numbers, .* not None"),
        (lambda: vmap(lambda x: {"a": x, "b": "s"})(X), TypeError, "is numbers, .* not 's'"),
        (
            lambda: vmap(grad(lambda x: (x * 1.0).sum()))(np.ones((2, 2), int)),
            TypeError,
            "cannot differentiate by int64",
        ),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_products_have_zeros_in_them():
    x = np.array([[0.0, 2.0, 3.0], [1.0, 2.0, 0.0]])
    found = vmap(grad(lambda x: prod(x)))(x)
    assert found.tolist() == [[6.0, 0.0, 0.0], [0.0, 0.0, 2.0]]
