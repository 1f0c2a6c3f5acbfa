"""Models, functions, estimators and steps of training as ONNX files, run by onnxruntime."""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator

import inversa
from inversa import autograd, nn
from inversa.autograd import Tensor, Value
from inversa.nn import losses, optim
from inversa.nn.estimators import MLPClassifier, MLPRegressor, PerceptronClassifier
from inversa.nn.interchange import InterchangeError, to_onnx

from .running import GENERATOR, in_type, numbers, run

Array = Any


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> None:
    onnxruntime.set_default_logger_severity(3)


def convolutional() -> Any:
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, seed=0), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(2, 3, 2, seed=1), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(12, 2, seed=2),
    )  # fmt: skip


def normalised() -> Any:
    layers = nn.Sequential(
        nn.Linear(3, 4, seed=0), nn.BatchNorm1d(4), nn.Tanh(), nn.Dropout(0.5), nn.Linear(4, 2, seed=1)
    )
    layers(numbers(9, 3))  # which its averages remember
    return layers.eval()


class Last(nn.Module):
    """What a recurrent network says after the last step."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x)[0][:, -1]


MODELS: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "mlp": (lambda: nn.MLP([3, 5, 2], "tanh", seed=0), (3,)),
    "convolutions": (convolutional, (1, 12, 12)),
    "normalised": (normalised, (3,)),
    "layer norm": (lambda: nn.Sequential(nn.LayerNorm(3), nn.Linear(3, 2, seed=0)), (3,)),
    "lstm": (lambda: Last(nn.LSTM(3, 2, seed=0)), (4, 3)),
    "gru": (lambda: Last(nn.GRU(3, 2, seed=0)), (4, 3)),
    "transformer": (lambda: nn.TransformerBlock(4, 2, seed=0).eval(), (3, 4)),
    "transposed": (lambda: nn.ConvTranspose2d(2, 1, 3, stride=2, seed=0), (2, 3, 3)),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", MODELS)
def test_values_and_gradients_are_ours_for_any_number_of_samples(name: str, dtype: str) -> None:
    make, shape = MODELS[name]
    model = in_type(dtype, make())
    y = model(numbers(4, *shape, dtype=dtype)).data
    file = to_onnx(model, (numbers(4, *shape, dtype=dtype), y), loss="mean_squared_error", gradients="all")
    onnx.checker.check_model(file, full_check=True)
    session = onnxruntime.InferenceSession(file.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    for samples in (1, 2, 9):
        x, target = numbers(samples, *shape, dtype=dtype), numbers(samples, *y.shape[1:], dtype=dtype)
        found = dict(zip(names, session.run(names, {"x": x, "y": target}), strict=True))
        leaf = Tensor(x, requires_grad=True)
        model.zero_grad()
        loss = losses.mean_squared_error(outputs := model(leaf), target)
        loss.backward()
        wanted = {"output": outputs.data, "loss": loss.data, "d_x": leaf.grad}
        wanted |= {f"d_{name}": parameter.grad for name, parameter in model.named_parameters()}
        for key, ours in wanted.items():
            size = max(1.0, float(np.max(np.abs(ours))))
            digits = 1e-12 if dtype == "float64" else 1e-5
            np.testing.assert_allclose(found[key], ours, rtol=0, atol=digits * size, err_msg=f"{key}, {samples}")


OPTIMIZERS: list[tuple[Any, dict[str, Any]]] = [
    (optim.SGD, {"momentum": 0.9, "nesterov": True}),
    (optim.Momentum, {}),
    (optim.AdaGrad, {"eps_inside": True}),
    (optim.RMSProp, {}),
    (optim.Adam, {}),
    (optim.AdamW, {"weight_decay": 0.1}),
]


@pytest.mark.parametrize(("kind", "settings"), OPTIMIZERS, ids=lambda x: getattr(x, "__name__", ""))
def test_a_file_trains(kind: Any, settings: dict[str, Any]) -> None:
    model = nn.MLP([3, 4, 2], "tanh", seed=0)
    optimizer = kind(model.parameters(), lr=0.05, **settings)
    x, y = numbers(9, 3), GENERATOR.integers(0, 2, 9)
    file = to_onnx(model, (x, y), loss="cross_entropy", optimizer=optimizer)
    session = onnxruntime.InferenceSession(file.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    kept: dict[str, Any] = {}
    for step in range(20):
        rate = 0.05 / (1 + step)
        found = dict(zip(names, session.run(names, {"x": x, "y": y, "lr": np.asarray(rate), **kept}), strict=True))
        kept = {name.removeprefix("new_"): array for name, array in found.items() if name.startswith("new_")}
        optimizer.lr = rate
        optimizer.zero_grad()
        losses.cross_entropy(model(x), y).backward()
        optimizer.step()
    for name, parameter in model.named_parameters():
        np.testing.assert_allclose(kept[name], parameter.data, rtol=0, atol=1e-13)


def test_groups_have_rates_of_their_own() -> None:
    model = nn.MLP([2, 1], seed=0)
    weight, bias = model.parameters()
    optimizer = optim.SGD([{"params": [weight]}, {"params": [bias], "lr": 1.0}], lr=0.5)
    x, y = numbers(3, 2), numbers(3, 1)
    found = run(to_onnx(model, (x, y), loss="mse", optimizer=optimizer), x=x, y=y)
    losses.mean_squared_error(model(x), y).backward()
    optimizer.step()
    np.testing.assert_allclose(found["new_layers.0.bias"], bias.data, rtol=0, atol=1e-15)
    assert {"lr_0", "lr_1"} <= {x.name for x in to_onnx(model, (x, y), loss="mse", optimizer=optimizer).graph.input}


@pytest.mark.filterwarnings("ignore:no convergence")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("classes", [[0, 1], ["ham", "spam"], ["a", "b", "c"], "labels"])
def test_classifiers_give_labels_and_probabilities(classes: Any, dtype: str) -> None:
    X = numbers(30, 3, dtype=dtype)
    labels = (
        GENERATOR.integers(0, 2, (30, 3)) if classes == "labels" else np.array(classes)[np.arange(30) % len(classes)]
    )
    classifier = MLPClassifier((4,), max_iter=5, random_state=0).fit(X, labels)
    file = to_onnx(classifier, X[:1])
    assert ([x.name for x in file.graph.input], [y.name for y in file.graph.output]) == (
        ["X"],
        ["label", "probabilities"],
    )
    found = run(file, X=X)
    assert found["label"].tolist() == classifier.predict(X).tolist()
    np.testing.assert_allclose(
        found["probabilities"], classifier.predict_proba(X), rtol=0, atol=1e-6 if dtype == "float32" else 1e-14
    )


@pytest.mark.filterwarnings("ignore:no convergence")
def test_other_estimators() -> None:
    X = numbers(30, 3)
    regressor = MLPRegressor((4,), max_iter=5, random_state=0).fit(X, X[:, 0])
    np.testing.assert_allclose(
        run(to_onnx(regressor, X[:1]), X=X)["variable"].ravel(), regressor.predict(X), atol=1e-14
    )
    perceptron = PerceptronClassifier().fit(X, np.where(X[:, 1] > 0, "up", "down"))
    assert run(to_onnx(perceptron, X[:1]), X=X)["label"].tolist() == perceptron.predict(X).tolist()
    with pytest.raises(InterchangeError, match="not fitted"):
        to_onnx(MLPRegressor(), X[:1])


# Functions.

W = Tensor(GENERATOR.standard_normal((4, 3)), requires_grad=True, name="W")
OPEN: dict[str, Callable[[Any], Any]] = {
    "mean": lambda x: (x @ W).mean(),
    "variance over the samples": lambda x: autograd.var(x @ W, axis=0).sum(),
    "largest": lambda x: autograd.max(x @ W, axis=0).sum(),
    "softmax over the samples": lambda x: (autograd.softmax(x @ W, axis=0) ** 2).sum(),
    "joined": lambda x: (autograd.concatenate([x @ W, (x * 2) @ W]) ** 2).mean(),
    "last": lambda x: (x @ W)[-1].sum(),
    "differences": lambda x: (((x @ W)[1:] - (x @ W)[:-1]) ** 2).sum(),
    "backwards": lambda x: ((x @ W)[::-1] * x[:, :3]).sum(),
    "Gram": lambda x: (((x @ W).T @ (x @ W)) ** 2).sum(),
    "padded": lambda x: (autograd.pad(x @ W, ((1, 1), (0, 0))) ** 2).sum(),
    "sorted": lambda x: (autograd.sort(x @ W, axis=0) * x[:, :3]).sum(),
    "columns": lambda x: (x[:, [0, 2]] ** 2).sum() + W.sum(),
    "ones": lambda x: (x * np.ones((len(x), 1))).sum() + W.sum(),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_function_for_any_number_of_samples(name: str) -> None:
    f = OPEN[name]
    file = to_onnx(f, np.zeros((5, 4)), gradients="all")
    for samples in (1, 3, 64):
        x = Tensor(numbers(samples, 4), requires_grad=True)
        W.grad = None
        value = f(x)
        value.backward()
        found = run(file, x=x.data)
        for key, ours in {"output": value.data, "d_W": W.grad, "d_x": x.grad}.items():
            np.testing.assert_allclose(found[key], ours, rtol=1e-12, atol=1e-12, err_msg=f"{key}, {samples}")


@pytest.mark.parametrize(
    "f",
    [
        lambda x: autograd.median(x @ W),
        lambda x: (x @ W).sum() / len(x) ** 0.5,
        lambda x: ((x @ W) * np.arange(len(x))[:, None]).sum(),
        lambda x: sum([(x @ W)[i].sum() for i in range(len(x))], 0.0),
        lambda x: ((x @ W) ** 2).mean() if len(x) > 200 else (x @ W).mean(),
        lambda x: ((x @ W) ** 2).mean() if len(x) == 1 else (x @ W).mean(),
        lambda x: ((x @ W) ** 2).mean() if len(x) == 2 else (x @ W).mean(),
        lambda x: 1e-12 * (x.sum() if len(x) == 1 else x.mean()),
    ],
)
def test_what_depends_on_the_number_of_samples_is_refused_and_written_for_one(f: Callable[[Any], Any]) -> None:
    x = numbers(6, 4)
    with pytest.raises(InterchangeError, match="fixed=True"):
        to_onnx(f, x)
    file = to_onnx(f, x, fixed=True)
    assert file.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 6
    np.testing.assert_allclose(run(file, x=x)["output"], f(Tensor(x)).data, rtol=1e-14)


def test_single_numbers() -> None:
    w = Value(0.5, name="w")
    file = to_onnx(lambda a, b: autograd.tanh(a * w + b) ** 2, (2.0, -0.3), gradients="all")
    found = run(file, a=np.asarray(2.0), b=np.asarray(-0.3))
    a, b = Value(2.0), Value(-0.3)
    y = autograd.tanh(a * w + b) ** 2
    y.backward()
    assert found == pytest.approx({"output": y.data, "d_w": w.grad, "d_a": a.grad, "d_b": b.grad}, rel=1e-14)


def test_several_results_and_names() -> None:
    file = to_onnx(lambda first, second: {"sum": first + second, "product": first * second}, (np.ones(3), np.ones(3)))
    assert [x.name for x in file.graph.input] == ["first", "second"]
    assert [y.name for y in file.graph.output] == ["sum", "product"]
    two = to_onnx(lambda x: (x, x + 1), np.ones(3))
    assert [y.name for y in two.graph.output] == ["output_0", "output_1"]
    assert run(two, x=np.arange(4.0))["output_1"].tolist() == [1, 2, 3, 4]


def test_nodes_say_where_they_come_from() -> None:
    file = to_onnx(nn.MLP([2, 3, 1], "tanh", seed=0), numbers(1, 2))
    said = [node.doc_string for node in file.graph.node]
    assert "hidden layer, tanh, rule 5" in said
    assert "output layer, @, rule 6" in said
    assert {x.name for x in file.graph.initializer} >= {"layers.0.weight", "layers.1.bias"}
    assert (file.ir_version, file.opset_import[0].version) == (10, 18)


def test_names_with_markup_are_names() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, name='</script>|{x}"\n')
    file = to_onnx(lambda x: (w * x).sum(), np.ones(2), gradients="parameters", fixed=True)
    assert file.graph.initializer[0].name == w.name
    assert run(file, x=np.ones(2))[f"d_{w.name}"].tolist() == [1.0, 1.0]


def test_a_loss_keeps_its_settings_and_labels_are_integers() -> None:
    model, x = nn.MLP([2, 3], seed=0), numbers(4, 2)
    file = to_onnx(model, (x, [0, 2, 1, 1]), loss=losses.cross_entropy, gradients="parameters")
    found = run(file, x=x, y=np.array([0, 2, 1, 1]))
    assert found["loss"] == pytest.approx(losses.cross_entropy(model(x), [0, 2, 1, 1]).item(), rel=1e-14)


UNUSUAL = np.array([0.0, -0.0, 1.0, -1.0, 800.0, -800.0, 1e300, -1e300, 1e-300, np.inf, -np.inf, np.nan])


@pytest.mark.parametrize(
    "name",
    ["relu", "sigmoid", "tanh", "softplus", "exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "gelu", "elu",
     "leaky_relu", "arctan", "arcsinh", "sinh", "cosh", "erf", "floor", "round", "trunc"],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_unusual_numbers(name: str, dtype: str) -> None:
    with np.errstate(all="ignore"):
        x = UNUSUAL.astype(dtype)
        f = getattr(autograd, name)
        file = to_onnx(lambda x: f(x), x)
        found = run(file, x=x)["output"]
        ours = f(Tensor(x)).data
    np.testing.assert_allclose(found, ours, rtol=1e-14 if dtype == "float64" else 1e-6)
    if name != "relu":  # ONNX's keeps −0; and onnxruntime's Where makes −0 to 0, so the signs are the reference's
        with np.errstate(all="ignore"):
            (found,) = ReferenceEvaluator(file).run(None, {"x": x})
        assert np.array_equal(np.signbit(found[ours == 0]), np.signbit(ours[ours == 0]))


def test_softmax_of_unusual_rows() -> None:
    rows = np.array([[0.0, -0.0, 800.0], [1e300, -1e300, 0.0], [-np.inf, 0.0, 1.0], [-800.0, -800.0, -800.0]])
    found = run(to_onnx(lambda x: autograd.softmax(x), rows), x=rows)["output"]
    np.testing.assert_allclose(found, autograd.softmax(Tensor(rows)).data, rtol=1e-14)


# What is refused.


def test_what_draws_is_refused() -> None:
    with pytest.raises(InterchangeError, match=r"eval\(\)"):
        to_onnx(nn.Sequential(nn.Linear(2, 2, seed=0), nn.Dropout(0.5)), numbers(3, 2))


def test_bad_calls_are_told() -> None:
    model, x = nn.MLP([2, 1], seed=0), numbers(3, 2)
    with pytest.raises(ValueError, match="gradients is"):
        to_onnx(model, x, gradients="some")  # type: ignore[arg-type]
    with pytest.raises(InterchangeError, match="single number"):
        to_onnx(model, x, gradients="all")
    with pytest.raises(ValueError, match=r"\(x, y\)"):
        to_onnx(model, x, loss="mse")
    with pytest.raises(ValueError, match="needs a loss"):
        to_onnx(model, x, optimizer=optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises(TypeError, match="model is"):
        to_onnx(3, x)
    with pytest.raises(TypeError, match="example is"):
        to_onnx(model, "x")
    other = nn.MLP([2, 1], seed=1)
    with pytest.raises(InterchangeError, match="none of the parameters"):
        to_onnx(model, (x, x[:, :1]), loss="mse", optimizer=optim.SGD(other.parameters(), lr=0.1))
    with pytest.raises(InterchangeError, match="numbers"):
        to_onnx(lambda x: x if float(x.sum()) > 0 else -x, x)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    to_onnx(nn.MLP([2, 1], seed=0), numbers(3, 2), path)
    before = path.read_bytes()
    assert ReferenceEvaluator(str(path)).run(None, {"x": np.zeros((2, 2))})[0].shape == (2, 1)
    with pytest.raises(InterchangeError):
        to_onnx(nn.Dropout(0.5), numbers(3, 2), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["model.onnx"]


def test_the_model_is_left_as_it_was() -> None:
    model = nn.MLP([2, 1], seed=0)
    before = {name: array.copy() for name, array in model.state_dict().items()}
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    to_onnx(model, (numbers(3, 2), numbers(3, 1)), loss="mse", optimizer=optimizer)
    assert all(np.array_equal(before[name], array) for name, array in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert optimizer.state_dict()["state"] == [{}, {}]


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "onnx":
            raise ModuleNotFoundError("No module named 'onnx'")
        return usual(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'inversa\[onnx\]'"):
        to_onnx(nn.MLP([2, 1], seed=0), numbers(3, 2))


def test_it_is_reached_by_its_short_name() -> None:
    assert inversa.interchange is importlib.import_module("inversa.nn.interchange")


def test_models_are_exported_in_use(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 4, seed=0), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1, seed=1))
    model(numbers(5, 3))
    model.export(tmp_path / "model.onnx")
    assert all(layer.training for layer in model.modules())
    found = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(None, {"x": (x := numbers(4, 3))})[0]
    np.testing.assert_allclose(found, model.predict(x), rtol=0, atol=1e-14)
    single = nn.MLP([2, 1], dtype="float32", seed=0)
    single.export(tmp_path / "model.onnx", [[1, 2]])
    (given,) = onnxruntime.InferenceSession(tmp_path / "model.onnx").get_inputs()
    assert (given.name, given.type, given.shape) == ("x", "tensor(float)", ["N", 2])
    nn.Embedding(5, 2, seed=0).export(tmp_path / "model.onnx", [[1, 2]])
    with pytest.raises(ValueError, match=r"example=x\[:1\]"):
        nn.GRU(3, 2, seed=0).export(tmp_path / "model.onnx")
    with pytest.raises(ValueError, match=r"example=x\[:1\]"):
        nn.Conv2d(1, 2, 3, seed=0).export(tmp_path / "model.onnx")
    with pytest.raises(InterchangeError, match=r"their means$"):
        nn.BayesianLinear(3, 2, seed=0).export(tmp_path / "model.onnx")
    nn.MultiHeadAttention(4, 2, seed=0).export(tmp_path / "model.onnx", (numbers(1, 3, 4), numbers(1, 5, 4)))
    for name in ("model.pt", "model"):
        with pytest.raises(ValueError, match=r"save\(path\).*\.safetensors"):
            model.export(tmp_path / name)
    with pytest.raises(ValueError, match=r"export\(path\) writes \.onnx"):
        model.save(tmp_path / "model.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
