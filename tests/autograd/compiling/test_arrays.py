"""jit of functions of arrays: what is replayed gives what evaluating gives."""

import numpy as np
import pytest

from inversa.autograd import (
    Tensor,
    TracingError,
    Value,
    exp,
    grad,
    jit,
    matmul,
    mean,
    no_grad,
    prod,
    relu,
    sigmoid,
    softmax_cross_entropy,
    stack,
    tanh,
    where,
)
from inversa.autograd import sum as sum_of
from inversa.autograd.compiling.arrays.function import MAX_RECORDINGS
from inversa.autograd.compiling.surroundings import MOST_ENTRIES

from ..cases import CASES, weights_for
from .replays import assert_replays, assert_same, evaluated, recorded, taken

rng = np.random.default_rng(0)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_operation(case):
    weights = weights_for(case)
    kept = {"weights": weights}

    def cost(*xs):
        return (case.apply(xs) * kept["weights"]).sum()

    names = [f"x{i}" for i in range(len(case.operands))]
    compiled, plain = recorded(cost, *names), evaluated(cost, *names)
    if np.asarray(case.plain(*case.operands)).dtype.kind != "f":  # places, which have no gradient
        assert (compiled(*case.operands), compiled.why_not) == (plain(*case.operands), None)
        return
    (value, slopes), (expected, exact) = (f.value_and_grad(*case.operands) for f in (compiled, plain))
    assert compiled.why_not is None
    assert value == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert_same(slopes, [np.zeros(x.shape) if g is None else g for x, g in zip(case.operands, exact, strict=True)])


def layers(dtype=np.float64):
    return [
        [Tensor(rng.normal(size=shape).astype(dtype), requires_grad=True) for shape in ((m, n), (m,))]
        for n, m in ((4, 6), (6, 5), (5, 3))
    ]


@pytest.mark.parametrize("activation", [relu, tanh, sigmoid, lambda z: z])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_networks(activation, dtype):
    parameters = layers(dtype)

    def cost(x, labels):
        for W, b in parameters:
            z = x @ W.T + b
            x = activation(z)
        return softmax_cross_entropy(z, target=labels).mean()

    leaves = [leaf for layer in parameters for leaf in layer]
    compiled = assert_replays(
        cost,
        rng.normal(size=(10, 4)).astype(dtype),
        rng.integers(0, 3, 10),
        leaves=leaves,
        tolerance=1e-12 if dtype == np.float64 else 1e-5,
    )
    functions = {step.kernel.function.__name__ for step in compiled.last.plan.steps}
    assert {"dot", "column_sums", "gradient"} <= functions


STEPS = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a @ b,
    lambda a, b: tanh(a),
    lambda a, b: relu(a - b).T,
    lambda a, b: where(a > b, a, b * 0.5),
    lambda a, b: a / (b * b + 1.0),
    lambda a, b: (a.sum(axis=0) + b) * 0.3,
    lambda a, b: exp(-a * a).reshape(9).reshape(3, 3)[::-1],
]


def random_program(seed):
    """A function of two arrays and two Tensors that uses results several times."""
    generator = np.random.default_rng(seed)
    steps = [(STEPS[generator.integers(len(STEPS))], *map(int, generator.integers(0, 1 << 16, 2))) for _ in range(7)]
    A, B = (Tensor(generator.normal(size=(3, 3)), requires_grad=True, name=name) for name in "AB")

    def program(x, y):
        known = [x, y, A, B]
        for step, i, j in steps:
            known.append(step(known[i % len(known)], known[j % len(known)]))
        return (tanh(known[-1]) + known[-2] * A).mean() + (known[-3] * B).sum() * 0.1

    return program, [A, B]


@pytest.mark.parametrize("block", range(10))
def test_random_programs(block):
    for seed in range(50 * block, 50 * block + 50):
        program, leaves = random_program(seed)
        assert_replays(program, rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), leaves=leaves, tolerance=1e-11)


# Arguments.


def test_every_shape_and_type_has_a_recording_of_its_own():
    w = Tensor([1.0, 2.0], requires_grad=True)
    f = recorded(lambda x: (x @ w).sum())
    for shape in ((2,), (3, 2), (1, 2), (0, 2), (3, 2)):
        for dtype in (np.float32, np.float64):
            x = rng.normal(size=shape).astype(dtype)
            assert f(x) == pytest.approx(float((x @ w.numpy()).sum()), rel=1e-6)
            assert f.why_not is None
    assert len(f._recordings) == 8


def test_old_recordings_are_given_up():
    f = recorded(lambda x: x.sum())
    for n in range(2 * MAX_RECORDINGS):
        assert f(np.ones(n)) == n
    assert len(f._recordings) == MAX_RECORDINGS


def test_arguments_of_every_kind():
    f = recorded(lambda x, scale, power: (x * scale) ** power, "x", "scale", "power")
    x = np.arange(3.0, dtype=np.float32)
    for scale in (2.0, 3.0):
        for power in (1, 2):
            out = f(x, scale, power)
            assert out.dtype == np.float32  # Python's numbers do not widen it
            assert out.tolist() == ((x * scale) ** power).tolist()
            assert f.why_not is None
    assert f([1.0, 2.0], 1.0, 2).tolist() == [1.0, 4.0]
    assert f(Tensor([1.0, 2.0]), 1.0, 2).tolist() == [1.0, 4.0]
    assert f(np.arange(6.0).reshape(2, 3).T, 1.0, 2).tolist() == [[0.0, 9.0], [1.0, 16.0], [4.0, 25.0]]
    assert f(np.float64(3.0), 1.0, 2) == 9.0


def test_constants_are_told_apart():
    f = recorded(lambda x, how, axis: x.sum(axis=axis) if how == "sum" else x.mean(axis=axis), "x", "how", "axis")
    x = np.arange(6.0).reshape(2, 3)
    assert f(x, "sum", 0).tolist() == [3.0, 5.0, 7.0]
    assert f(x, "mean", 0).tolist() == [1.5, 2.5, 3.5]
    assert f(x, "sum", None) == 15.0
    with pytest.raises(TypeError, match="takes arrays, numbers and constants such as strings, not a dict"):
        f(x, {"how": "sum"}, 0)


def test_results():
    f = recorded(lambda x: (x, x.T, x * 2, 3.0, x.sum()))
    x = rng.normal(size=(2, 3))
    same, turned, doubled, three, total = f(x)
    assert (same.tolist(), turned.tolist(), doubled.tolist()) == (x.tolist(), x.T.tolist(), (2 * x).tolist())
    assert (three, total) == (3.0, pytest.approx(x.sum()))
    assert f.why_not is None
    same[...] = 0  # the caller's own
    assert f(x)[0].tolist() == x.tolist()


def test_views_of_views():
    A = Tensor(rng.normal(size=(3, 4)), requires_grad=True)
    for look in (
        lambda x: x.T.reshape(12),
        lambda x: x.T.reshape(2, 6).T.reshape(3, 4)[::-1, 1:].reshape(9),
        lambda x: x[:, 1:].T[None].reshape(9),
        lambda x: x.T.reshape(4, 3).T,
    ):
        assert_replays(lambda x, look=look: (look(x) * look(A) + look(tanh(A))).sum(), rng.normal(size=(3, 4)),
                       leaves=[A])  # fmt: skip
        assert_replays(look, rng.normal(size=(3, 4)))


def test_results_are_the_callers():
    f = recorded(lambda x: x * 2)
    first = f(np.ones(3))
    part = first[1:]
    del first
    second = f(np.zeros(3))
    assert part.tolist() == [2.0, 2.0]
    assert second.tolist() == [0.0, 0.0, 0.0]
    kept = [f(np.full(3, i)) for i in range(5)]
    assert [int(array[0]) for array in kept] == [0, 2, 4, 6, 8]


# Gradients.


def test_gradients_are_added_and_kept():
    w = Tensor([1.0, 2.0], requires_grad=True)
    f = recorded(lambda x: (w * x).sum())
    f.backward([1.0, 1.0])
    first = w.grad
    f.backward([10.0, 20.0])
    assert w.grad.tolist() == [11.0, 21.0]
    assert first.tolist() == [1.0, 1.0]  # somebody else's now
    kept = []
    for i in range(4):
        w.grad = None
        f.backward([float(i), 0.0])
        kept.append(w.grad)
    assert [g[0] for g in kept] == [0.0, 1.0, 2.0, 3.0]


def test_memory_of_gradients_is_used_again():
    w = Tensor(np.ones(1000), requires_grad=True)
    f = recorded(lambda x: (w * x).sum())
    places = set()
    for _ in range(5):
        f.backward(np.ones(1000))
        places.add(w.grad.ctypes.data)
        w.grad = None
    assert len(places) == 1


def test_reductions():
    w = Tensor(2.0, requires_grad=True)
    f = recorded(lambda x: w * x)
    assert f.backward([1.0, 2.0]) == 3.0
    assert w.grad == 1.5
    assert f.backward([1.0, 2.0], reduce="sum") == 6.0
    assert w.grad == 4.5


def test_what_is_not_reached_has_no_gradient():
    used, unused = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    f = recorded(lambda x: (used * x + unused.detach()).sum())
    f.backward([1.0])
    assert (used.grad.tolist(), unused.grad) == ([1.0], None)


def test_parameters_may_change_in_every_way():
    w = Tensor([1.0, 2.0], requires_grad=True)
    f = recorded(lambda x: (w * x).sum())
    x = np.ones(2)
    assert f(x) == 3.0
    w.data[0] = 5.0
    assert f(x) == 7.0
    w[1] = 0.0
    assert f(x) == 5.0
    w.data = [1.0, 1.0]
    assert f(x) == 2.0
    f.backward(x)
    assert w.grad.tolist() == [1.0, 1.0]
    w.grad, w.requires_grad = None, False
    assert f(x) == 2.0
    v = Tensor([3.0, 3.0], requires_grad=True)
    g = recorded(lambda x: (w * v * x).sum())
    g.backward(x)
    assert w.grad is None
    w.requires_grad = True
    v.grad = None
    g.backward(x)
    assert (w.grad.tolist(), v.grad.tolist()) == ([3.0, 3.0], [1.0, 1.0])


def test_a_parameter_used_twice_and_one_that_is_its_transpose():
    A = Tensor(rng.normal(size=(3, 3)), requires_grad=True)
    assert_replays(lambda x: (A @ (A.T @ x) + A.T * A).sum(), rng.normal(size=(3, 3)), leaves=[A])


def test_tensors_computed_outside_are_as_they_are():
    w = Tensor([2.0], requires_grad=True)
    square = w * w
    f = recorded(lambda x: (square * x).sum())
    assert f([1.0]) == 4.0
    assert "computed outside" in f.why_not
    f.backward([1.0])
    assert w.grad.tolist() == [4.0]
    w.data = [3.0]
    assert f([1.0]) == 4.0


def test_constant_tensors_are_read_at_every_call():
    c, index = Tensor([[1.0, 2.0, 3.0]]), Tensor([0, 1])
    w = Tensor([1.0, 1.0, 1.0], requires_grad=True)
    with no_grad():
        outside = c * 2

    def f(x):
        with no_grad():
            frozen = w * 2
        return (
            (x * (c.T * c).sum(axis=0) * c[:, [2, 1, 0]][0] * frozen * w)[index].sum()
            + outside.sum()
            + c[0, index].sum()
        )

    compiled, plain = recorded(f), evaluated(f)
    x = np.arange(1.0, 4.0)
    for step in range(3):
        assert compiled(x) == pytest.approx(plain(x), rel=1e-14)
        assert_same([compiled.backward(x), *taken([w])], [plain.backward(x), *taken([w])])
        assert compiled.why_not is None
        c[0, 1] = 7.0 + step
        index[...] = [step, 2]


def test_a_single_constant_is_read_at_every_call():
    c, k = Tensor(2.0), Value(3.0, requires_grad=False)
    hidden = {i: Value(1.0, requires_grad=False) for i in range(MOST_ENTRIES + 1)}  # too many to be looked through
    w = Tensor([1.0, 2.0])
    f = jit(lambda x: (x * c * k + (w * c) * (k + 1.0) + w * hidden[7]).sum())
    for c.data, k.data, hidden[7].data in ((2.0, 3.0, 1.0), (5.0, 3.0, 1.0), (5.0, 7.0, 1.0), (5.0, 7.0, 4.0)):
        assert f(np.ones(2)) == 2 * c.item() * k.data + 3 * c.item() * (k.data + 1) + 3 * hidden[7].data
        assert f.why_not is None


VALUE_PROGRAMS = {
    "once": lambda x, W, a, b: (x @ W * a).sum(),
    "alone": lambda x, W, a, b: (x @ W * (tanh(a) * b + 2.0 * a**2) - exp(b) / a).mean(),
    "entries": lambda x, W, a, b: stack([a, b, a * b]).sum() * x.sum() + W.sum(),
    "choice": lambda x, W, a, b: where((b > 0) & (x > a), x * a, b).sum() + where(a * b > 1.0, a, b) * W.sum(),
    "detached": lambda x, W, a, b: (x * a.detach() + (a * b).detach() * W[0] + b).sum(),
    "frozen": lambda x, W, a, b: (relu(x @ W) * unrecorded(a, b) * b).sum(),
    "list": lambda x, W, a, b: sum([w * column for w, column in zip([a, b, a], x.T, strict=True)], start=a).sum(),
}


def unrecorded(a, b):
    with no_grad():
        return a * b + a


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", VALUE_PROGRAMS)
def test_values_closed_over_are_read_and_trained(name, dtype):
    x, W = (Tensor(rng.normal(size=size), requires_grad=True, dtype=dtype) for size in ((4, 3), (3, 3)))
    leaves = x, W, a, b = x, W, Value(0.7, name="a"), Value(1.3)

    def f(x):
        return VALUE_PROGRAMS[name](x, W, a, b)

    def all_of(y):
        for leaf in leaves:
            leaf.grad = None
        y = y()
        if isinstance(y, Tensor):
            y.backward()
            y = y.numpy()
        return [np.asarray(y), *(leaf.grad for leaf in leaves)]

    compiled = jit(f)
    for a.data, b.data in ((0.7, 1.3), (-0.4, 0.9)):
        expected = all_of(lambda: f(x))
        found = all_of(lambda: compiled(x))
        assert [(type(y), getattr(y, "dtype", None)) for y in found] == [
            (type(y), getattr(y, "dtype", None)) for y in expected
        ]
        at_once = all_of(lambda: compiled.backward(x.numpy()))
        at_once[1] = grad(compiled)(x.numpy())
        for y, *others in zip(expected, found, at_once, strict=True):
            for other in others:
                assert (y is None) is (other is None)
                if y is not None:
                    np.testing.assert_allclose(other, y, rtol=1e-13 if dtype is np.float64 else 1e-5)
        assert compiled.why_not is None
    numbers = np.concatenate([np.ravel(p.data) for p in compiled.parameters])
    np.testing.assert_allclose(compiled.of_parameters(x.numpy())(numbers)[0], compiled(x.numpy()), rtol=1e-6)


def test_values_among_the_results_are_values():
    a, W = Value(2.0), Tensor([1.0, 2.0], requires_grad=True)
    f = jit(lambda x: (W * x, a * a, 1.0 * a.detach()))
    given = np.array([3.0, 4.0])
    assert [isinstance(y, Value) for y in f(Tensor(given))] == [False, True, True]
    f(Tensor(given))[1].backward()
    assert a.grad == 4.0
    a.requires_grad = False
    assert [y.requires_grad for y in f(Tensor(given))] == [True, False, False]


def test_derivatives_by_the_arguments_leave_the_tensors_alone():
    w = Tensor([1.0, 2.0], requires_grad=True)
    for f in (recorded(lambda x, n: (w * x).sum() * n, "x", "n"), evaluated(lambda x, n: (w * x).sum() * n, "x", "n")):
        value, (slope, none) = f.value_and_grad([3.0, 4.0], 2)
        assert (value, slope.tolist(), none) == (22.0, [2.0, 4.0], None)
        assert w.grad is None
        with pytest.raises(ValueError, match="needs the gradient to feed in"):
            recorded(lambda x: w * x).value_and_grad([3.0, 4.0])


def test_stacks_and_means_of_several():
    assert_replays(lambda x, y: mean(stack([x, y, x * y]), axis=0).sum(), rng.normal(size=4), rng.normal(size=4))
    assert_replays(lambda x: sum_of(matmul(x, x), axis=1), rng.normal(size=(3, 3)))


def test_as_a_function_of_one_array():
    W, b = Tensor(rng.normal(size=(3, 2)), requires_grad=True), Tensor(np.zeros(2, np.float32), requires_grad=True)
    unused = Tensor(np.zeros(2), requires_grad=True)
    f = jit(lambda x: (relu(x @ W + b) ** 2).mean() + unused.detach().sum())
    x = rng.normal(size=(4, 3))
    before = W.numpy().copy()
    numbers = np.concatenate([W.numpy().ravel(), b.numpy()])
    expected = f.backward(x)
    gradient = np.concatenate([W.grad.ravel(), b.grad])
    taken([W, b])
    of_parameters = f.of_parameters(x)
    assert len(f.parameters) == 3
    value, found = of_parameters([*numbers, 5.0, 5.0])
    assert value == pytest.approx(expected + 10.0)
    np.testing.assert_allclose(found, [*gradient, 0.0, 0.0], rtol=1e-6)
    shifted, _ = of_parameters([*(numbers + 1e-3), 0.0, 0.0])
    assert shifted - expected == pytest.approx(1e-3 * gradient.sum(), rel=1e-2)
    assert (W.numpy() == before).all()
    assert (W.grad, f.backward(x)) == (None, expected)
    looking = jit(lambda x: (x @ W).sum() * (x @ W).sum().item())
    with pytest.warns(UserWarning, match="not compiled"), pytest.raises(TracingError, match="it looks at the numbers"):
        looking.of_parameters(x)


def test_why_not_names_what_the_user_knows():
    w = Tensor([1.0, 2.0], requires_grad=True)
    f = jit(lambda x: (w * x).sum() if x.sum() > 0 else w.sum())
    with pytest.warns(UserWarning, match="not compiled but evaluated as usual") as caught:
        assert f([1.0, 1.0]) == 3.0
    assert (len(caught), caught[0].filename) == (1, __file__)
    assert str(caught[0].message).endswith(f.why_not)
    assert f.why_not.startswith(
        "it looks at the numbers of a traced array (a branch); write where(x.sum() > 0, (w * x)"
    )
    assert (f([-1.0, -1.0]), f.backward([1.0, 1.0])) == (3.0, 3.0)  # and no further warning, which would be an error


def test_several_results():
    f = jit(lambda x: [x.sum(), x * 2])
    total, doubled = f(np.ones(2))
    assert (total, doubled.tolist(), f.why_not) == (2.0, [2.0, 2.0], None)
    W = Tensor([1.0, 2.0], requires_grad=True)
    f = jit(lambda x: {"cost": (W * x).sum(), "output": W * x})
    for result in (f(np.ones(2)), f.backward(np.ones(2)), f.value_and_grad(np.ones(2))[0]):
        assert (result["cost"], result["output"].tolist()) == (3.0, [1.0, 2.0])
    assert (W.grad.tolist(), f.why_not) == ([1.0, 1.0], None)
    assert jit(lambda x: {"a": {"b": x.sum()}})(np.ones(2)) == {"a": {"b": 2.0}}
    with pytest.raises(TypeError, match="numbers or arrays, or a tuple, list or dictionary of them, not"):
        jit(lambda x: {"a": {"b": {x.sum()}}})(np.ones(2))


def test_a_flag_that_is_an_integer():
    W = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)

    def f(x, transposed=0):
        return (x @ (W.T if transposed else W)).sum()

    compiled, x = jit(f), np.array([1.0, 2.0])
    for flag in (0, 1, 0):
        assert compiled(x, flag) == f(x, flag).item()
        assert compiled.why_not is None
    with pytest.warns(UserWarning, match=r"write where\(transposed != 0, W.T, W\)"):
        assert compiled(x, np.int64(1)) == f(x, 1).item()  # this one is an array without axes, and evaluated as usual
    compiled.backward(x, 1)
    gradient, W.grad = W.grad.tolist(), None
    f(x, 1).backward()
    assert gradient == W.grad.tolist()


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 13])
def test_the_gradient_of_a_product_is_compiled_with_zeros_and_without(n):
    f = jit(lambda x: prod(x @ np.eye(n)))
    x = np.linspace(-1.5, 2.0, n)
    for zeros in range(3):
        x[:zeros] = 0.0
        others = [np.prod(np.delete(x, i)) for i in range(n)]
        assert f.value_and_grad(x)[1][0].tolist() == pytest.approx(others, rel=1e-14)
        assert grad(lambda x: prod(x))(x).tolist() == pytest.approx(others, rel=1e-14)
    assert f.why_not is None
