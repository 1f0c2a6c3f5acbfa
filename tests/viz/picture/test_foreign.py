"""Models of scikit-learn's and Keras's, drawn without being converted first."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from inversa import nn, viz
from inversa.nn.interchange import InterchangeError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning", "ignore:no convergence")

X = np.random.default_rng(3).uniform(-2.0, 5.0, (30, 3))
THREE = np.array(["a", "b", "c"])[np.arange(30) % 3]


@pytest.mark.parametrize("last", [MLPClassifier((4,), max_iter=3), nn.MLPClassifier((4,), max_iter=3)])
def test_a_pipeline_with_its_scaling_in_front(last: Any) -> None:
    model = make_pipeline(StandardScaler(), last).fit(X, THREE)
    text = viz.draw(model, X[0], "b", loss="cross_entropy", view="both").alt_text()
    loss = -np.log(model.predict_proba(X[:1])[0, 1])
    assert "StandardScaler" in text
    assert f"{loss:.4f}" in text
    assert viz.player(model, X[0], "b", loss="cross_entropy").steps


def test_two_classes_and_numbers() -> None:
    yes = X[:, 0] > 1
    model = LogisticRegression().fit(X, yes)
    logit = f"h = {model.decision_function(X[:1])[0]:.4f}".replace("-", "−")
    assert logit in viz.draw(model, X[0], yes[0], loss="binary_cross_entropy").alt_text()
    network = MLPRegressor(hidden_layer_sizes=(2,), max_iter=3).fit(X, X[:, 0])
    assert repr(viz.draw(network)) == "<Figure forward of h: 3-2-1 network, 3 neurons, 8 weights>"


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(InterchangeError, match="fit it first"):
        viz.draw(MLPClassifier(), X[0])
    with pytest.raises(ValueError, match="a, b, c, not d"):
        viz.draw(LogisticRegression().fit(X, THREE), X[0], "d", loss="cross_entropy")


def test_samples_of_sequences() -> None:
    model = nn.Sequential(nn.Conv1d(2, 3, 2, seed=0), nn.Flatten(), nn.Linear(15, 1, seed=1))
    assert "Conv1d 0" in viz.draw(model, np.ones((4, 2, 6)), np.ones((4, 1)), loss="mse").alt_text()


@pytest.fixture(scope="module", name="keras")
def _keras() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        pytest.importorskip("torch")
        yield pytest.importorskip("keras")


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
@pytest.mark.parametrize("kind", ["numbers", "images", "letters"])
def test_keras_and_its_gradients(keras: Any, kind: str) -> None:
    of, generator = keras.layers, np.random.default_rng(0)
    layers, x = {
        "numbers": ([keras.Input((3,)), of.Dense(4, "tanh")], [0.1, 0.2, 0.3]),
        "images": (
            [
                keras.Input((8, 8, 1)), of.Conv2D(4, 3, activation="relu"), of.BatchNormalization(scale=False),
                of.MaxPooling2D(2), of.Flatten(),
            ],
            generator.normal(size=(8, 8, 1)),
        ),
        "letters": (
            [
                keras.Input((6,), dtype="int32"), of.Embedding(5, 3), of.Conv1D(3, 2),
                of.GRU(4, return_sequences=True), of.Bidirectional(of.LSTM(2)),
            ],
            generator.integers(0, 5, (6,)),
        ),
    }[kind]  # fmt: skip
    figure = viz.draw(keras.Sequential([*layers, of.Dense(2)]), x, 1, loss="cross_entropy", view="both")
    note = re.search(r"differ from Keras’s by at most [\d.]+·10⁻([⁶⁷⁸⁹])\.", figure.alt_text())
    assert note or "Keras’s to the last digit" in figure.alt_text()
