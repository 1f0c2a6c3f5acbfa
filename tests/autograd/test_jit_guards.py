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
    Tensor,
    Value,
    getitem,
    jit,
    relu,
    sigmoid,
    softmax_cross_entropy,
    tanh,
    where,
)
from inversa.autograd.jit.array_symbol import drawn

from .replays import assert_same, evaluated, recorded

rng = np.random.default_rng(0)


SHIFT = Tensor(2.0, name="shift")


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
        (lambda x: x * Value(2.0), "Values and Tensors meet"),
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
    f = recorded(lambda x: where(drawn(x.shape, lambda: generator.random(x.shape) < 0.5, near=x), x, 0.0))
    x = np.ones(20)
    found = [f(x).tolist() for _ in range(3)]
    generator = np.random.default_rng(0)
    assert found == [np.where(generator.random(20) < 0.5, x, 0).tolist() for _ in range(3)]
    assert f.why_not is None


def test_a_function_that_fails_says_so_itself():
    f = recorded(lambda x: x @ np.ones((3, 3)))
    with pytest.raises(ValueError, match="matmul of shapes"):
        f(np.ones((2, 2)))
    assert "matmul" in f.why_not


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
