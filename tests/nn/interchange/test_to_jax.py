"""to_jax: what we compute, computed by JAX; every declared operation, and models with their gradients."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from inversa import nn
from inversa.autograd import Tensor, grad, tanh
from inversa.nn.interchange import InterchangeError, to_jax

from ...autograd.cases import CASES, OF_SCIPY, Case

NAMES = sorted({case.op.name for case in CASES} - OF_SCIPY)
GENERATOR = np.random.default_rng(2)


@pytest.fixture(name="jax")
def _jax() -> Iterator[Any]:
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        yield jax


@pytest.mark.parametrize("name", NAMES)
def test_every_operation(jax: Any, name: str) -> None:
    for case in [case for case in CASES if case.op.name == name][:3]:
        _compare(jax, case)


def _compare(jax: Any, case: Case) -> None:
    """The value, and the inverse network, computed with JAX; compiled together, for that is what takes long."""
    arrays = [np.asarray(x) for x in case.operands]
    xs = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]
    ours = case.apply(xs)
    seed = np.random.default_rng(5).uniform(0.5, 1.5, ours.shape)
    flows = ours.inverse().run(seed) if ours.requires_grad else {}
    known = tuple(i for i, x in enumerate(xs) if x in flows)

    def both(*xs: Any) -> tuple[Any, Any]:
        slopes = grad(lambda *xs: (case.apply(xs) * seed).sum(), argnums=known)(*xs) if known else ()
        return case.apply(xs), slopes

    value, slopes = jax.jit(to_jax(both))(*arrays)
    np.testing.assert_allclose(value, ours.data, rtol=1e-12, atol=1e-12, err_msg=str(case))
    for i, slope in zip(known, slopes, strict=True):
        np.testing.assert_allclose(slope, flows[xs[i]], rtol=1e-10, atol=1e-12, err_msg=str(case))


MODELS = [
    (nn.MLP([2, 5, 3], "tanh", seed=0), (4, 2)),
    (
        nn.Sequential(
            nn.Conv2d(1, 3, 3, padding=1, seed=0), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.AvgPool2d(2),
            nn.Flatten(), nn.Linear(12, 2, seed=1), nn.Softmax(),
        ).eval(),
        (4, 1, 8, 8),
    ),
    (nn.Sequential(nn.LSTM(2, 3, output="sequence", seed=0), nn.GRU(3, 2, output="last", seed=1)), (4, 5, 2)),
    (nn.ConvTranspose2d(2, 3, 3, stride=2, seed=0), (4, 2, 4, 4)),
]  # fmt: skip


@pytest.mark.parametrize(("model", "shape"), MODELS, ids=lambda x: type(x).__name__ if isinstance(x, nn.Module) else "")
def test_models_and_the_gradients_of_jax(jax: Any, model: Any, shape: tuple[int, ...]) -> None:
    x = GENERATOR.normal(size=shape)
    f = to_jax(model)
    slopes = jax.jit(jax.grad(lambda w: (f(x, parameters=w) ** 2).sum()))(f.parameters)
    model.zero_grad()
    y = model(x)
    np.testing.assert_allclose(f(x), y.numpy(), rtol=1e-12, atol=1e-13)
    (y**2).sum().backward()
    for name, parameter in model.named_parameters():
        np.testing.assert_allclose(slopes[name], parameter.grad, rtol=1e-10, atol=1e-12)


def test_samples_trees_and_closures(jax: Any) -> None:
    w = Tensor([2.0, 3.0], requires_grad=True)
    found = to_jax(lambda x: {"a": w * x, "b": [x.sum(), w]})(jax.numpy.ones(2))
    assert {key: np.shape(part) for key, part in found.items() if key == "a"} == {"a": (2,)}
    assert [np.asarray(part).tolist() for part in found["b"]] == [2.0, [2.0, 3.0]]
    assert jax.vmap(to_jax(lambda x: tanh(x) * 2))(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]


def test_single_precision_stays_without_a_warning(jax: Any, recwarn: pytest.WarningsRecorder) -> None:
    with jax.enable_x64(False) if hasattr(jax, "enable_x64") else jax.experimental.disable_x64():
        assert to_jax(MODELS[0][0])(np.ones((1, 2), "float32")).dtype == "float32"
    assert not [w for w in recwarn if "float64" in str(w.message)]


def test_what_cannot_be_computed_is_said(jax: Any) -> None:
    with pytest.raises(InterchangeError, match=r"numbers of x0 \(item"):
        to_jax(lambda x: x.item())(1.0)
    with pytest.raises(InterchangeError, match="eval"):
        to_jax(nn.Dropout(0.5))(np.ones(3))
    with pytest.raises(ValueError, match="in bias, w, weight"):
        to_jax(nn.Linear(2, 2))(np.ones((1, 2)), parameters={"w": 1})


def test_what_is_no_function_or_without_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypeError, match="a module or a function"):
        to_jax(3)

    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ImportError, match="pip install jax"):
        to_jax(tanh)
