"""Functions of arrays are never silently wrong: what cannot be recorded is evaluated; threads; memory."""

import gc
import os
import re
import subprocess
import sys
import threading

import numpy as np
import pytest

from inversa.autograd import (
    AnomalyError,
    Rule,
    Tensor,
    Value,
    detect_anomaly,
    einsum,
    exp,
    getitem,
    grad,
    jit,
    log,
    no_grad,
    operation,
    relu,
    sigmoid,
    softmax_cross_entropy,
    tanh,
    where,
)
from inversa.autograd import sum as sum_of
from inversa.autograd.compiling.effects import draw_random

from .replays import assert_same, evaluated, recorded

rng = np.random.default_rng(0)


SHIFT = Tensor(2.0, name="shift")
RATE = Value(2.0, name="rate")
OUTSIDE = RATE * RATE


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda x: x if x.sum().item() > 0 else -x, r"looks at the numbers of .*item\(\)"),
        (lambda x: x if (x > 0)[0] else -x, "looks at the numbers of"),
        (lambda x: x * np.asarray(x), "it becomes a NumPy array"),
        (lambda x: x * x.numpy(), r"looks at the numbers of x \(numpy\(\)\)"),
        (lambda x: x * float(np.argmax(x)), "looks at the numbers of x"),
        (lambda x: x * SHIFT.item(), "looks at the numbers of shift"),
        (lambda x: x * SHIFT.numpy(), "looks at the numbers of shift"),
        (lambda x: x * np.asarray(SHIFT), "looks at the numbers of shift"),
        (lambda x: x if SHIFT > 1 else -x, "looks at the numbers of"),
        (lambda x: x * Tensor(SHIFT), "looks at the numbers of shift"),
        (lambda x: x * float(f"{SHIFT:.2f}"), "looks at the numbers of shift"),
        (lambda x: x * max(x.tolist()), r"tolist\(\)"),
        (lambda x: x if RATE > 1 else -x, "looks at the numbers of"),
        (lambda x: x * RATE.data, "looks at the numbers of rate"),
        (lambda x: x * OUTSIDE, "computed outside"),
        (lambda x: getitem(x, [i for i in range(3) if x.data[i] > 0]), "data"),
    ],
)
def test_what_cannot_be_recorded_is_evaluated_and_the_reason_is_told(function, why):
    f, plain = recorded(function), evaluated(function)
    for x in (np.array([1.0, -2.0, 3.0]), np.array([-1.0, 2.0, -3.0])):
        assert_same([f(x)], [plain(x)])
        assert f.why_not is not None
        assert re.search(why, f.why_not)


def test_labels_out_of_range_are_found_in_every_run():
    W = Tensor(rng.normal(size=(2, 3)), requires_grad=True)
    f = recorded(lambda x, t: softmax_cross_entropy(x @ W, target=t).mean(), "x", "t")
    x = rng.normal(size=(4, 2))
    f.backward(x, np.array([0, 1, 2, 0]))
    before = W.grad.copy()
    for wrong in (3, -1):
        with pytest.raises(ValueError, match=f"label {wrong} is none of the 3 classes"):
            f.backward(x, np.array([0, 1, wrong, 0]))
    assert (W.grad == before).all()


def test_random_arrays_are_drawn_in_every_run():
    generator = np.random.default_rng(0)
    f = recorded(lambda x: where(draw_random(x.shape, lambda: generator.random(x.shape) < 0.5, near=x), x, 0.0))
    x = np.ones(20)
    found = [f(x).tolist() for _ in range(3)]
    generator = np.random.default_rng(0)
    assert found == [np.where(generator.random(20) < 0.5, x, 0).tolist() for _ in range(3)]
    assert f.why_not is None


def test_a_function_that_fails_says_so_itself():
    f = recorded(lambda x: x @ np.ones((3, 3)))
    with pytest.raises(ValueError, match="matmul of shapes"):
        f(np.ones((2, 2)))
    assert "in line" in f.why_not


def test_threads():
    W = Tensor(rng.normal(size=(50, 50)))
    f = recorded(lambda x: tanh(x @ W) @ W)
    inputs = [rng.normal(size=(20, 50)) for _ in range(2)]
    expected = [np.tanh(x @ W.numpy()) @ W.numpy() for x in inputs]
    wrong = []

    def work(x, y):
        wrong.extend(1 for _ in range(100) if not np.allclose(f(x), y, rtol=1e-12))

    threads = [threading.Thread(target=work, args=pair) for pair in zip(inputs, expected, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_nothing_grows():
    W = Tensor(rng.normal(size=(5, 5)), requires_grad=True)
    f = recorded(lambda x: (relu(x @ W) ** 2).mean())
    x = rng.normal(size=(3, 5))

    def train(steps):
        for _ in range(steps):
            f.backward(x)
            W.grad = None

    gc.collect()
    gc.disable()  # whose runs empty the interpreter's lists of spare objects
    try:
        train(100)
        before = sys.getallocatedblocks()
        train(1000)
        assert sys.getallocatedblocks() - before < 20
    finally:
        gc.enable()


def test_buffers_are_shared():
    f = recorded(lambda x: tanh(tanh(tanh(tanh(tanh(x))))))
    f(np.ones((100, 100)))
    assert f.last.plan.nbytes <= 3 * 8 * 100 * 100


NETWORK = """
import numpy as np
from inversa.autograd import Tensor, jit, relu, softmax_cross_entropy, tanh
rng = np.random.default_rng(0)
A, B, C = (Tensor(rng.normal(size=shape) / 9, requires_grad=True) for shape in ((200, 150), (150, 120), (120, 10)))
b = Tensor(rng.normal(size=150), requires_grad=True)
f = jit(lambda x, t: softmax_cross_entropy(tanh(relu(x @ A + b) @ B) @ C, target=t).mean())
print(f.backward(rng.normal(size=(100, 200)), rng.integers(0, 10, 100)), f.why_not)
for g in (A.grad, B.grad, C.grad, b.grad):
    print(*(float(x).hex() for x in (g.sum(), g.std(), g.min(), g.max(), *g.flat[:20])))
"""


def test_compiled_or_not_and_with_any_number_of_threads_the_results_are_the_same():
    found = []
    for settings in (
        {},
        {"NUMBA_DISABLE_JIT": "1"},
        {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
    ):
        done = subprocess.run(
            [sys.executable, "-P", "-c", NETWORK], env=os.environ | settings, capture_output=True, text=True, check=True
        )
        (value, why_not), *gradients = (line.split() for line in done.stdout.splitlines())
        assert why_not == "None"
        found.append([float(value), *(float.fromhex(x) for line in gradients for x in line)])
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=1e-12, atol=1e-13)


def test_two_functions_at_once():
    def network(seed):
        generator = np.random.default_rng(seed)
        W = Tensor(generator.normal(size=(30, 30)), requires_grad=True)
        return jit(lambda x: (sigmoid(x @ W) ** 2).mean()), W, generator.normal(size=(20, 30))

    def train(seed, found):
        f, W, x = network(seed)
        for _ in range(50):
            f.backward(x)
            W[...] = W.numpy() - W.grad
            W.grad = None
        found[seed] = W.numpy().copy()

    together, alone = {}, {}
    threads = [threading.Thread(target=train, args=(seed, together)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(2):
        train(seed, alone)
        np.testing.assert_allclose(together[seed], alone[seed], rtol=1e-12)


# Found by trying to make it wrong.


def both(function, *calls, between=lambda: None, names=("x",)):
    """Recorded and evaluated give the same, call by call; the reasons why a call was not replayed."""
    compiled, plain, reasons = recorded(function, *names), evaluated(function, *names), []
    for arguments in calls:
        np.testing.assert_allclose(compiled(*arguments), plain(*arguments), rtol=1e-6)
        reasons.append(compiled.why_not)
        between()
    return reasons


def test_an_entry_of_an_array_without_axes_is_no_view():
    w = Tensor(2.0, requires_grad=True)

    def change():
        w[...] = w.numpy() + 1

    calls = [(np.arange(3.0),)] * 3
    assert both(lambda x: x.sum()[()] * w[()], *calls, between=change) == [None] * 3


def test_masks_are_evaluated():
    calls = [(np.array(x),) for x in ([1.0, -1.0, 2.0], [-1.0, -1.0, -2.0], [1.0, 1.0, 1.0])]
    for function in (lambda x: x[x > 0].sum(), lambda x: x[x > 0]):
        assert all("mask" in reason for reason in both(function, *calls))


def test_shapes_that_depend_on_numbers_are_evaluated():
    @operation("positive ones", Rule.ACTIVATION, on_floats=False, elementwise=False)
    def positive_ones(xp, x):
        """Those above 0."""
        return x[x > 0]

    positive_ones.pullbacks(lambda g, _y, x: g)
    reasons = both(lambda x: positive_ones(x) * 1.0, *[(np.array(x),) for x in ([1.0, -1.0], [-1.0, -2.0], [1.0, 1.0])])
    assert all("depends on the numbers" in reason for reason in reasons[1:])


def test_gradients_flow_through_what_is_compiled():
    def plain(w):
        return (w @ w * 3.0).sum()

    f = jit(plain)
    assert f(np.eye(2)) == 6.0
    assert grad(f)(np.eye(2)).tolist() == grad(plain)(np.eye(2)).tolist()
    with pytest.raises(TypeError, match=r"no gradient flows through backward\(\) of what jit compiled"):
        f.backward(Tensor(np.eye(2), requires_grad=True))


def test_compiled_functions_inside_others_are_parts_of_them():
    W = Tensor(np.eye(2), requires_grad=True)
    inner = jit(lambda s: (W * s).sum())
    outer = jit(lambda x: (x * inner(2.0)).sum())
    assert outer(np.ones(3)) == 12.0
    W[...] = 2 * np.eye(2)
    assert outer(np.ones(3)) == 24.0
    outer.backward(np.ones(3))
    assert (W.grad == 6.0).all()


def test_names_that_are_given_to_something_else_are_noticed():
    V, scale = Tensor([1.0, 2.0]), 2.0
    f = recorded(lambda x: (x * V).sum() * scale)
    assert f(np.ones(2)) == 6.0
    V = Tensor([10.0, 20.0])
    assert f(np.ones(2)) == 60.0
    scale = 0.5
    assert f(np.ones(2)) == 15.0


def test_arrays_that_change_in_place_are_noticed():
    c, index = np.array([1.0, np.nan]), np.array([0, 0])

    def f(x):
        return (x * c)[index] + exp(x * 0.0 + (2 * c)[0])

    compiled, plain = recorded(f), evaluated(f)
    x = np.ones(2)
    for change in ((1.0, 0), (5.0, 0), (5.0, 1)):
        c[...], index[...] = change
        assert_same([compiled(x)], [plain(x)])
        assert compiled.why_not is None


FORK = """
import os, sys, threading, numpy as np
from inversa.autograd import Tensor, Value, jit, tanh
W, w = Tensor(np.ones((200, 200))), Value(0.5)
f = jit({"arrays": lambda x: tanh(tanh(x * W) * W), "product": lambda x: tanh(x @ W) @ W,
         "values": lambda x: tanh(tanh(x * w) * w)}[sys.argv[1]])
x = np.ones((200, 200))
f(x)
done = threading.Event()
def work():
    while not done.is_set():
        f(x)
thread = threading.Thread(target=work)
thread.start()
for _ in range(int(sys.argv[2])):
    child = os.fork()
    if not child:
        f(x)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
done.set()
thread.join()
print("ended")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("kind", ["arrays", "product", "values"])
@pytest.mark.parametrize("times", [5, pytest.param(100, marks=pytest.mark.long)])
def test_a_fork_while_another_thread_runs(kind, times):
    command = [sys.executable, "-P", "-W", "ignore", "-c", FORK, kind, str(times)]
    # With several threads OpenBLAS itself waits for ever in such a child, without us as well.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, env=environment)
    assert done.stdout == "ended\n"


def test_parameters_in_another_order_of_memory_are_read_at_every_call():
    P = einsum("ij,jk->ki", Tensor(np.ones((2, 2))), Tensor(np.ones((2, 3))))
    P.requires_grad = True
    f = recorded(lambda x: (P * x).sum())
    assert f(np.ones((3, 2))) == 12.0
    P[...] = 0.0
    assert f(np.ones((3, 2))) == 0.0


def test_what_changes_tensors_is_evaluated():
    W = Tensor(np.eye(2), requires_grad=True)

    def f(x):
        W[0, 0] = 5.0
        return (x @ W).sum()

    compiled = recorded(f)
    for _ in range(2):
        W.data = np.eye(2)
        assert compiled(np.ones((1, 2))) == 6.0
        assert "changes them" in compiled.why_not


def test_modes_are_heeded():
    W = Tensor(np.ones(2), requires_grad=True)
    f = recorded(lambda x: log(x).sum() * W.sum())
    assert f.backward(np.ones(2)) == 0.0
    with detect_anomaly(), np.errstate(all="ignore"), pytest.raises(AnomalyError):
        f(np.array([-1.0, 1.0]))
    with no_grad(), pytest.raises(ValueError, match="requires a gradient"):
        f.backward(np.ones(2))
    f.backward(np.ones(2))
    assert f.why_not is None


def test_what_is_computed_from_numbers_alone_widens_nothing():
    W = Tensor(np.array([0.1, 0.2], np.float32))
    assert both(lambda s: where(s * 1.0 == W, 1.0, 0.0), (0.1,), (0.2,)) == [None, None]
    assert both(lambda s: tanh(s) * W.sum(), (0.5,), (0.7,)) == [None, None]
    assert both(lambda s: sum_of(s) * W, (0.5,), (0.7,)) == [None, None]


@pytest.mark.parametrize("kind", [">f8", ">f4"])
def test_other_orders_of_bytes(kind):
    x = np.linspace(0, 1, 4).astype(kind)
    assert both(lambda x: exp(x) + tanh(x), (x,), (x + 1,)) == [None, None]
    labels = np.array([0, 1], ">i4")
    assert both(lambda t: softmax_cross_entropy(np.eye(2) + 0.0 * t[:, None], target=t), (labels,)) == [None]


def test_flags_and_defaults():
    W = Tensor(np.eye(2), requires_grad=True)

    @jit
    def f(x, training, factor=2.0):
        return ((relu(x @ W) if training else x @ W) * factor).sum()

    x = np.array([[1.0, -2.0]])
    assert (f(x, True), f(x, False), f(x, False, 3.0)) == (2.0, -2.0, -3.0)
    assert f.why_not is None
