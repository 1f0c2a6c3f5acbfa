"""Where Numba cannot be imported everything works, and gives the same numbers.

What is computed here with Numba is computed once more by a process of this file that cannot import it, and compared.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from inversa import autograd as ag
from inversa import nn
from inversa.autograd import Tensor, Value, gradcheck, hessian, jit, vmap
from inversa.nn import optim

ROOT = Path(__file__).parents[1]
EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-300, 1e300, -800.0, 800.0, 1e6, np.inf, -np.inf, np.nan)

SUBJECTS: dict[str, Callable[[], Iterator[object]]] = {}


def subject(function):
    """What is computed twice; it yields numbers and arrays."""
    SUBJECTS[function.__name__] = function
    return function


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


# Programs of single numbers.


def _every_instruction(x, y, w):
    smooth = ag.exp(-x * x) + ag.tanh(w * x + y) + ag.sin(x) * ag.cos(y) + ag.sigmoid(x * y) + ag.softplus(x - y)
    rooted = ag.sqrt(x * x + 1.0) + ag.log(y * y + 0.1) + ag.expm1(-x * x) + ag.log1p(x * x) + ag.abs(y) ** 1.5
    chosen = ag.where(x < y, x, w * y) + ag.where(x <= 0.0, 1.0, x) + ag.where(x == y, x, 2.0) + ag.relu(x)
    extreme = ag.maximum(x, y) * ag.minimum(x, w) + ag.sign(y)
    whole = ag.floor_divide(x, 0.3) + ag.remainder(x, 0.7) + ag.round(y)
    return smooth / (1.0 + x * x) + rooted + chosen + extreme + whole


@subject
def programs_of_values():
    w = Value(0.3)
    f = jit(lambda x, y: _every_instruction(x, y, w))
    for samples in (1, 2, 100, 2500):
        x, y = drawn(2, samples, seed=samples)
        value, slopes = f.value_and_grad(x, y)
        yield from (value, *slopes, f(x, y), f.backward(x, y), w.grad)
    assert f.why_not is None


@subject
def every_operation_at_the_edges():
    for of_one in (
        ag.exp, ag.expm1, ag.log, ag.log1p, ag.sqrt, ag.sin, ag.cos, ag.tanh, ag.sigmoid, ag.softplus, ag.relu, ag.abs,
        ag.sign, ag.round,
    ):  # fmt: skip
        yield jit(lambda x, of_one=of_one: of_one(x))(np.array(EDGES))
    pairs = np.array([(x, y) for x in EDGES for y in EDGES]).T
    for of_two in (ag.maximum, ag.minimum, ag.power, ag.floor_divide, ag.remainder, ag.divide):
        yield jit(lambda x, y, of_two=of_two: of_two(x, y))(*pairs)


@subject
def a_network_of_values():
    network = nn.NeuronNetwork([2, 16, 16, 1], seed=0)  # of 337 Values
    f = jit(lambda x, y, target: (network([x, y]) - target) ** 2)
    yield f.backward(*drawn(3, 100))
    yield np.array([w.grad for w in network.parameters()])
    yield f.backward(*drawn(3, 1))
    value, gradient = f.of_parameters(*drawn(3, 1500))(drawn(337))
    yield from (value, gradient)


@subject
def a_program_too_large_for_small_loops():
    w, v = Value(0.9), Value(0.3)

    def f(x):
        for _ in range(2500):
            x = ag.tanh(x * w + v) + ag.sin(x) * 0.1
        return x

    yield from (jit(f).backward([0.1, 0.2, 0.3]), w.grad, v.grad)


@subject
def transforms():
    valley = lambda x: (1.0 - x[0]) ** 2 + 100.0 * (x[1] - x[0] ** 2) ** 2  # noqa: E731
    yield jit(hessian(valley))([0.3, -1.2])
    yield jit(vmap(ag.grad(lambda w, x: ag.tanh(w * x).sum() ** 2), in_axes=(None, 0)))(drawn(4), drawn(5, 4))
    yield vmap(ag.grad(valley))(drawn(6, 2))
    w = Value(0.4)
    f = jit(lambda x: ag.tanh(w * x) * x)
    f(Value(2.0)).backward()
    yield from (w.grad, ag.grad(ag.grad(f))(0.7), jit(ag.grad(f))(0.7))
    assert gradcheck(f, [0.3, -0.8], order=2)


# Programs of arrays, and networks.


@subject
def programs_of_arrays():
    A, B, C = (Tensor(drawn(*shape), requires_grad=True) for shape in ((6, 8), (8, 7), (7, 4)))
    b = Tensor(drawn(8), requires_grad=True)
    labels = np.array([0, 3, 1, 1, 2])

    def network(x):
        h = ag.relu(x @ A + b) @ B
        return ag.tanh(h) * ag.sigmoid(h) + ag.softplus(h) * ag.sin(h) + ag.cos(h) * ag.exp(h / 9) + ag.expm1(h / 9)

    f = jit(lambda x: ag.softmax_cross_entropy(network(x) @ C, target=labels).mean() + (network(x) ** 2).sum())
    yield f.backward(drawn(5, 6, seed=1))
    yield from (tensor.grad for tensor in (A, B, C, b))
    assert f.why_not is None


@subject
def windows_of_images():
    for dtype in (np.float32, np.float64):
        images = np.round(drawn(3, 2, 7, 6), 1).astype(dtype)  # with ties
        images[0, 0, 0, 0] = np.nan
        x = Tensor(images, requires_grad=True)
        y = ag.windows(x, size=(3, 2), stride=(1, 2))
        z = nn.MaxPool2d(2, stride=1)(x)
        yield from (y.numpy(), z.numpy())
        ((y * y).sum() + (z * drawn(*z.shape).astype(dtype)).sum()).backward()
        yield x.grad


@subject
def steps_of_optimisers():
    makers = [
        lambda p: optim.SGD(p, lr=0.1),
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
        lambda p: optim.Adam(p, bias_correction=False, eps_inside=True),
        *(lambda p, name=name: optim.names.named(name, p) for name in optim.names.NAMES),
    ]
    for make in makers:
        for dtype in (np.float32, np.float64):
            w = Tensor(drawn(4, 5).astype(dtype), requires_grad=True)
            optimizer = make([w])
            for step in range(3):
                w.grad = drawn(4, 5, seed=step).astype(dtype)
                optimizer.step()
            yield w.numpy()


@subject
def training():
    x, labels = drawn(60, 9), np.arange(60) % 3
    perceptron = nn.MLP([9, 8, 3], activation="tanh", seed=0)
    convolution = nn.Sequential(
        nn.Conv2d(1, 2, 2, seed=0),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.3, seed=0),
        nn.Linear(2, 3, seed=1),
    )
    recurrent = nn.Sequential(
        nn.LSTM(3, 4, output="last", seed=0), nn.BatchNorm1d(4), nn.LayerNorm(4), nn.Linear(4, 3, seed=1)
    )
    for model, rows in ((perceptron, x), (convolution, x.reshape(60, 1, 3, 3)), (recurrent, x.reshape(60, 3, 3))):
        model.compile(loss="cross_entropy", optimizer="adam")
        history = model.fit(rows, labels, epochs=3, batch_size=16, seed=0, progress=False)
        yield np.array(history.history["loss"])
        yield model.predict(rows)
        yield from (w.numpy() for w in model.parameters())
        assert model.trainer.why_not is None


# Both ways.


def computed():
    """All of it, by names of its own."""
    with np.errstate(all="ignore"):
        return {f"{name} {i}": np.asarray(x) for name, s in SUBJECTS.items() for i, x in enumerate(s())}


def computed_elsewhere(how, folder):
    """What a new process computes, and what it writes to standard error."""
    file = folder / "computed.npz"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONWARNINGS"}
    command = [sys.executable, "-P", __file__, how, file]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with np.load(file) as found:
        return dict(found), done.stderr


@pytest.fixture(scope="module")
def without(tmp_path_factory):
    """What a process without Numba computes, and what it writes to standard error."""
    return computed_elsewhere("without", tmp_path_factory.mktemp("without"))


@pytest.fixture(scope="module")
def expected():
    """What this process computes."""
    pytest.importorskip("numba")
    return computed()


def test_the_same_numbers(without, expected):
    found = without[0]
    assert found.keys() == expected.keys()
    for name, numbers in expected.items():
        rtol, atol = (1e-5, 1e-6) if numbers.dtype == np.float32 else (1e-12, 1e-12)
        if name.startswith("steps"):
            rtol = atol = 0.0
        np.testing.assert_allclose(found[name], numbers, rtol, atol, err_msg=name)
        assert (found[name].dtype, found[name].shape) == (numbers.dtype, numbers.shape)


def test_one_warning_says_what_to_do(without):
    (warning,) = (line for line in without[1].splitlines() if "Warning" in line)
    assert warning.startswith(f"{__file__}:")  # the user's line
    assert "RuntimeWarning: Numba cannot be imported (" in warning
    assert "more slowly. Install it with: pip install numba" in warning


BROKEN = """
import sys
class Finder:
    def find_spec(name, path=None, target=None):
        if name == "numba":
            raise OSError("libllvm.so: not found")
sys.meta_path.insert(0, Finder)
from inversa.autograd import jit, tanh
print(jit(lambda x: tanh(x))(0.5))
"""


def test_a_numba_that_cannot_be_loaded_is_none():
    done = subprocess.run([sys.executable, "-P", "-c", BROKEN], capture_output=True, text=True, timeout=120)
    assert float(done.stdout) == pytest.approx(np.tanh(0.5), rel=1e-15)
    assert "Numba cannot be imported (libllvm.so: not found)" in done.stderr


def test_what_was_compiled_before_runs_without_what_compiles(expected, tmp_path):
    """A first gradient would wait longer for that than for all else."""
    found, errors = computed_elsewhere("loading", tmp_path)
    assert errors == ""
    for name, numbers in expected.items():
        np.testing.assert_array_equal(found[name], numbers, err_msg=name)


def test_one_file_alone_imports_numba():
    statement = re.compile(r"""^\s*(from|import)\s+numba\b|(import_module|LazyModule)\(["']numba\b""", re.MULTILINE)
    paths = [path for package in ("autograd", "nn", "viz") for path in (ROOT / package).rglob("*.py")]
    found = [path.relative_to(ROOT).as_posix() for path in paths if statement.search(path.read_text("utf-8"))]
    assert found == ["autograd/kernels/by_numba.py"]


if __name__ == "__main__":
    how, file = sys.argv[1:]
    sys.modules["numba" if how == "without" else "numba.np.arraymath"] = None  # the second for compiling alone
    np.savez(file, **computed())
