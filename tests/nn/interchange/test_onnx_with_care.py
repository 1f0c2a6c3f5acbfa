"""What is written as ONNX whatever names there are and whatever is under way, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dask.array
import numpy as np
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator

from inversa import autograd, nn
from inversa.autograd import Tensor
from inversa.autograd.compiling.effects import draw_random
from inversa.autograd.mode import MODE
from inversa.nn import losses, optim
from inversa.nn.estimators import MLPRegressor
from inversa.nn.interchange import InterchangeError, to_onnx
from inversa.nn.interchange.writing import model as writing_model
from inversa.nn.interchange.writing import nodes as writing_nodes
from inversa.nn.interchange.writing.nodes import WRITER

from .running import numbers, run


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> None:
    onnxruntime.set_default_logger_severity(3)


@pytest.mark.parametrize("name", ["t1", "c1", "Nt1", "output", "d_x", "x", ""])
def test_no_name_of_a_parameter_meets_one_in_the_file(name: str) -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, name=name)
    file = to_onnx(lambda x: (3.0 * x * w).sum() / len(x), np.ones((3, 2)), gradients="all")
    value, d_w, d_x = run(file, x=np.array([[3.0, 4.0]])).values()
    assert (value.tolist(), d_w.tolist(), d_x.tolist()) == (33.0, [9.0, 12.0], [[3.0, 6.0]])


def test_no_name_of_an_argument_or_a_result_does() -> None:
    def f(t1: Any, c1: Any, output: Any, d_t1: Any) -> Any:
        return (3.0 * t1 + c1 - 7.0 * output * d_t1).sum()

    xs = [numbers(2) for _ in range(4)]
    file = to_onnx(f, tuple(xs), gradients="inputs", fixed=True)
    found = dict(zip([y.name for y in file.graph.output], ReferenceEvaluator(file).run(None, dict(zip(
        ["t1", "c1", "output", "d_t1"], xs, strict=True))), strict=True))  # fmt: skip
    assert list(found) == ["output_", "d_t1_", "d_c1", "d_output", "d_d_t1"]
    np.testing.assert_allclose(found["d_output"], -7.0 * xs[3])
    several = to_onnx(lambda x: {"c1": 2.0 * x, "x": x, "t1": 3.0 * x}, np.ones(2))
    assert {k: v.tolist() for k, v in run(several, x=np.ones(1)).items()} == {"c1": [2.0], "x_": [1.0], "t1": [3.0]}
    lost = to_onnx(lambda x: {"loss": x}, (np.ones(2), np.ones(2)), loss=lambda found, y: (found["loss"] - y).sum())
    assert [y.name for y in lost.graph.output] == ["loss", "loss_"]


def test_attributes_of_a_module_are_its_own() -> None:
    class Own(nn.Module):
        names, finished = ("a", "b"), False

        def forward(self, x: Any) -> Any:
            return 2.0 * x

    file = to_onnx(Own(), np.ones((1, 2)))
    assert file.graph.input[0].name == "x"


def test_names_of_a_step_are_told_apart() -> None:
    first, second = (Tensor([n], requires_grad=True, name=name) for n, name in ((1.0, "w"), (2.0, "w.m")))
    optimizer = optim.Adam([first, second], lr=0.1)
    example = (np.ones((2, 1)), np.zeros((2, 1)))
    file = to_onnx(lambda lr: lr * first * second, example, loss="mse", optimizer=optimizer)
    found = run(file, **dict(zip(["lr", "y"], example, strict=True)))
    losses.mean_squared_error(Tensor(example[0]) * first * second, example[1]).backward()
    optimizer.step()
    assert (found["new_w"], found["new_w.m"]) == (pytest.approx(first.data), pytest.approx(second.data))
    assert {x.name for x in file.graph.input} >= {"lr", "lr_", "w.m", "w.m_"}


def test_what_is_around_does_not_matter() -> None:
    model, example = nn.MLP([2, 1], seed=0), (numbers(3, 2), numbers(3, 1))
    usual = to_onnx(model, example, loss="mse", gradients="all").SerializeToString()
    with autograd.no_grad(), autograd.detect_anomaly():
        assert to_onnx(model, example, loss="mse", gradients="all").SerializeToString() == usual

    def inside(x: Any) -> Any:
        assert to_onnx(model, example, loss="mse", gradients="all").SerializeToString() == usual
        return (x**2).sum()

    for around in (autograd.jit, autograd.grad, autograd.vmap):
        around(inside)(np.ones((2, 2)) if around is autograd.vmap else np.ones(2))


def test_a_failure_leaves_no_trace() -> None:
    class Failing(nn.Module):
        def __init__(self) -> None:
            self.generator = np.random.default_rng(0)

        def forward(self, x: Any) -> Any:
            self.generator.random()
            raise ArithmeticError("of its own")

    model, before = Failing(), (MODE.get(), WRITER.get(None))
    state = model.generator.bit_generator.state
    with pytest.raises(ArithmeticError):
        to_onnx(model, np.ones(2))
    assert model.generator.bit_generator.state == state
    with pytest.raises(InterchangeError, match="ONNX has no"):
        to_onnx(lambda x: autograd.linalg.inv(x), np.eye(3), fixed=True)
    assert before == (MODE.get(), WRITER.get(None))


def test_a_compiled_model_keeps_its_names() -> None:
    file = to_onnx(autograd.jit(nn.MLP([2, 1], seed=0)), np.ones((1, 2)))
    assert (file.graph.initializer[0].name, file.graph.doc_string) == ("layers.0.weight", "MLP")


def shapes(file: Any) -> list[list[Any]]:
    return [[n.dim_param or n.dim_value for n in y.type.tensor_type.shape.dim] for y in file.graph.output]


def test_shapes_that_depend_on_the_number_of_samples() -> None:
    file = to_onnx(lambda x: (x.reshape(-1), x @ x.T, 2.0 * x, len(x) * 1.0, x[0]), np.ones((3, 2)))
    assert shapes(file) == [[0], ["N", "N"], ["N", 2], [], [2]]
    flat, products, _, number, _ = run(file, x=np.ones((5, 2))).values()
    assert (flat.shape, products.tolist(), number) == ((10,), [[2.0] * 5] * 5, 5.0)


def test_every_other_sample_and_what_an_even_number_alone_has() -> None:
    file = to_onnx(lambda x: x[::2], numbers(3, 2))
    for samples in (1, 2, 5, 8):
        x = numbers(samples, 2)
        assert np.array_equal(run(file, x=x)["output"], x[::2])
    for f in (lambda x: x.sum() * (len(x) // 2), lambda x: x.sum() if len(x) % 2 else x.mean()):
        with pytest.raises(InterchangeError, match="fixed=True"):
            to_onnx(f, numbers(3, 2))


def test_squares_of_the_number_of_samples() -> None:
    def f(x: Any) -> Any:
        kernel = autograd.exp(-((x[:, None] - x[None]) ** 2).sum(-1))
        return (kernel.reshape(-1) ** 2).mean() * 1e-10

    file = to_onnx(f, numbers(3, 2), gradients="inputs")
    for samples in (1, 4, 80):
        x = Tensor(numbers(samples, 2), requires_grad=True)
        (value := f(x)).backward()
        found = run(file, x=x.data)
        np.testing.assert_allclose(found["output"], value.data, rtol=1e-13)
        np.testing.assert_allclose(found["d_x"], x.grad, rtol=1e-11, atol=1e-25)


@pytest.mark.filterwarnings("ignore:no convergence")
def test_more_is_refused() -> None:
    x = numbers(4, 2)
    with pytest.raises(InterchangeError, match=r"BatchNorm1d\(2\) is in training"):
        to_onnx(nn.BatchNorm1d(2), x)
    with pytest.raises(InterchangeError, match=r"BayesianLinear\(2, 1.* draws.*set_sampling"):
        to_onnx(nn.BayesianLinear(2, 1, seed=0).eval(), x)
    with pytest.raises(InterchangeError, match=r"Dropout\(0.5\) is in training.*eval\(\)"):
        to_onnx(nn.Sequential(nn.Linear(2, 2, seed=0), nn.Dropout(0.5)), x)
    with pytest.raises(InterchangeError, match="draws random numbers"):
        to_onnx(lambda x: x * draw_random((2,), lambda: np.ones(2), x), x)
    with pytest.raises(InterchangeError, match="no result"):
        to_onnx(lambda x: (), x)
    with pytest.raises(InterchangeError, match="object"):
        to_onnx(lambda x: None, x)
    with pytest.raises(InterchangeError, match="2 results"):
        to_onnx(lambda x: (x.sum(), x.sum()), x, gradients="inputs")
    with pytest.raises(InterchangeError, match="floats"):
        to_onnx(lambda x: x.sum(), [1, 2], gradients="inputs")
    with pytest.raises(InterchangeError, match=r"for 37 samples it fails.*fixed=True"):
        to_onnx(lambda x: x.reshape(2, 2), x[:2])
    with pytest.raises(ValueError, match=r"\(3, 5\)"):  # of the example, not of a length that was tried
        to_onnx(nn.MLP([2, 1], seed=0), np.ones((3, 5)))
    with pytest.raises(InterchangeError, match="model_"):
        to_onnx(MLPRegressor((2,), max_iter=2, random_state=0).fit(x, x[:, 0]), (x, x[:, 0]), loss="mse")
    with pytest.raises(ValueError, match="no samples"):
        to_onnx(nn.MLP([2, 1], seed=0), np.ones((0, 2)))
    with pytest.raises(ValueError, match=r"\.onnx"):
        to_onnx(nn.MLP([2, 1], seed=0), x, "model.h5")
    with pytest.raises(TypeError, match="class MLP"):
        to_onnx(nn.MLP, x)
    with pytest.raises(TypeError, match="optimizer is"):
        to_onnx(nn.MLP([2, 1], seed=0), (x, x[:, :1]), loss="mse", optimizer="adam")  # type: ignore[arg-type]
    with pytest.raises(InterchangeError, match=r"model\.to\(numpy\)"):
        to_onnx(nn.MLP([2, 1], seed=0).to(dask.array), x)


def test_a_loop_without_end_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing_nodes, "MOST", 50)

    def f(x: Any) -> Any:
        for _ in range(60):
            x = autograd.sin(x)
        return x

    with pytest.raises(InterchangeError, match="more than 50 operations"):
        to_onnx(f, np.ones(2))
    monkeypatch.setattr(writing_model, "LARGEST", 100)
    with pytest.raises(InterchangeError, match="GB"):
        to_onnx(nn.MLP([20, 1], seed=0), np.ones((1, 20)))


def test_threads_do_not_meet() -> None:
    model, example = nn.MLP([2, 3, 1], seed=0), (numbers(3, 2), numbers(3, 1))

    def write(_: int) -> bytes:
        return bytes(to_onnx(model, example, loss="mse", gradients="all").SerializeToString())

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(write, range(8))) == {write(0)}
