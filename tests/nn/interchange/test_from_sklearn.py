"""What scikit-learn has fitted, as networks of ours: the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron, Ridge, SGDClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler

from inversa import nn
from inversa.autograd import Tensor
from inversa.nn import losses
from inversa.nn.interchange import InterchangeError, from_sklearn, to_onnx

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:no convergence")

GENERATOR = np.random.default_rng(3)
X = GENERATOR.uniform(-2.0, 5.0, (40, 3))
THREE = np.arange(40) % 3
TWO = np.array(["no", "yes"])[(X[:, 0] > 1).astype(int)]

CLASSIFIERS = [
    MLPClassifier((4,), max_iter=5, random_state=0),
    MLPClassifier((4, 3), activation="logistic", max_iter=5, random_state=0),
    make_pipeline(StandardScaler(), MLPClassifier((4,), activation="tanh", max_iter=5, random_state=0)),
    make_pipeline(MinMaxScaler((-1, 2)), StandardScaler(with_std=False), LogisticRegression()),
    make_pipeline(RobustScaler(), "passthrough", MaxAbsScaler(), LogisticRegression()),
    make_pipeline(
        StandardScaler(with_mean=False), nn.MLPClassifier((4,), activation="gelu", max_iter=5, random_state=0)
    ),
    LinearDiscriminantAnalysis(),
]


@pytest.mark.parametrize("classes", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda model: type(model).__name__)
def test_probabilities(model: Any, classes: Any) -> None:
    model.fit(X, classes)
    network = from_sklearn(model)
    found = network(X).numpy()
    if found.shape[1] == 1:
        found = np.column_stack([1 - found, found])
    np.testing.assert_allclose(found, model.predict_proba(X), rtol=0, atol=1e-14)
    logits = from_sklearn(model, logits=True)(X).numpy()
    assert ((logits > 0).ravel() if logits.shape[1] == 1 else logits.argmax(axis=1)).tolist() == [
        list(model.classes_).index(label) for label in model.predict(X)
    ]


@pytest.mark.parametrize(
    "model",
    [
        MLPRegressor(hidden_layer_sizes=(4,), max_iter=5, random_state=0), LinearRegression(), Ridge(),
        make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(4,), max_iter=5, random_state=0)),
        nn.MLPRegressor((4,), max_iter=5, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)  # fmt: skip
@pytest.mark.parametrize("columns", [1, 2])
def test_numbers(model: Any, columns: int) -> None:
    y = X[:, :columns] ** 2
    model.fit(X, y if columns > 1 else y.ravel())
    np.testing.assert_allclose(from_sklearn(model)(X).numpy().reshape(-1), model.predict(X).reshape(-1), rtol=1e-13)


def test_distances() -> None:
    model = Perceptron().fit(X, THREE)
    np.testing.assert_allclose(from_sklearn(model)(X).numpy(), model.decision_function(X), rtol=1e-13)


def test_single_precision_stays() -> None:
    model = MLPRegressor(hidden_layer_sizes=(4,), max_iter=5, random_state=0).fit(
        X.astype("float32"), X[:, 0].astype("float32")
    )
    assert {p.dtype.name for p in from_sklearn(model).parameters()} == {"float32"}


def test_gradients_come_back_through_the_scaling() -> None:
    model = make_pipeline(
        StandardScaler(), MLPRegressor(hidden_layer_sizes=(4,), activation="tanh", max_iter=5, random_state=0)
    )
    network = from_sklearn(model.fit(X, X[:, 0]))
    x = Tensor(X[:1], requires_grad=True)
    network(x).sum().backward()
    step = 1e-6 * np.eye(3)
    differences = (model.predict(X[:1] + step) - model.predict(X[:1] - step)) / 2e-6
    np.testing.assert_allclose(x.grad.ravel(), differences, rtol=1e-6)


def test_training_it_leaves_the_model_alone() -> None:
    model = MLPRegressor(hidden_layer_sizes=(4,), max_iter=5, random_state=0).fit(X, X[:, 0])
    before = model.predict(X)
    network = from_sklearn(model)
    network.compile(loss="mse", optimizer="sgd", lr=0.01)
    network.fit(X, X[:, :1], epochs=2)
    assert np.array_equal(model.predict(X), before)


def test_and_on_to_onnx() -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    onnxruntime.set_default_logger_severity(3)
    model = make_pipeline(MinMaxScaler(), MLPClassifier((4,), max_iter=5, random_state=0)).fit(X, THREE)
    session = onnxruntime.InferenceSession(to_onnx(from_sklearn(model), X[:1]).SerializeToString())
    np.testing.assert_allclose(session.run(None, {"x": X})[0], model.predict_proba(X), rtol=0, atol=1e-14)


@pytest.mark.parametrize("seed", [*range(10), *(pytest.param(n, marks=pytest.mark.long) for n in range(10, 200))])
def test_any_fitted_network_goes_on_to_onnx_with_its_gradients(seed: int) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    onnxruntime.set_default_logger_severity(3)
    some = np.random.default_rng(seed)
    inputs, outputs, samples = some.integers(1, 6), some.integers(1, 4), some.integers(6, 20)
    x, y = some.normal(size=(samples, inputs)), some.normal(size=(samples, outputs))
    sizes, psi = some.integers(1, 6, some.integers(1, 4)), str(some.choice(["identity", "logistic", "tanh", "relu"]))
    model = MLPRegressor(hidden_layer_sizes=tuple(sizes), activation=psi, max_iter=1, random_state=seed)
    scaled = make_pipeline(some.choice([StandardScaler, MinMaxScaler, RobustScaler])(), model).fit(
        x, y if outputs > 1 else y.ravel()
    )
    network = from_sklearn(scaled)
    file = to_onnx(network, (x, y), loss="mse", gradients="all")
    session = onnxruntime.InferenceSession(file.SerializeToString())
    found = dict(zip([out.name for out in session.get_outputs()], session.run(None, {"x": x, "y": y}), strict=True))
    np.testing.assert_allclose(found["output"].reshape(-1), scaled.predict(x).reshape(-1), rtol=0, atol=1e-12)
    leaf = Tensor(x, requires_grad=True)
    losses.mean_squared_error(network(leaf), y).backward()
    ours = {"d_x": leaf.grad} | {f"d_{name}": parameter.grad for name, parameter in network.named_parameters()}
    for name, gradient in ours.items():
        np.testing.assert_allclose(found[name], gradient, rtol=0, atol=1e-12 * max(1.0, np.abs(gradient).max()))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (MLPClassifier(), "fit it first"),
        (3, "int"),
        (make_pipeline(PolynomialFeatures(), Ridge()).fit(X, THREE), "PolynomialFeatures"),
        (make_pipeline(MinMaxScaler(clip=True), Ridge()).fit(X, THREE), "clip=False"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "StandardScaler"),
        (SGDClassifier(loss="log_loss", random_state=0).fit(X, THREE), "one against the rest"),
        (SGDClassifier(loss="modified_huber", random_state=0).fit(X, TWO), "modified_huber"),
    ],
)
def test_what_cannot_be_taken_over_is_refused(model: Any, message: str) -> None:
    with pytest.raises(InterchangeError, match=message):
        from_sklearn(model)
