"""What the plots show, read back from matplotlib's objects."""

import sys

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import grad, tanh
from inversa.nn import MLP, Linear, MultiHeadAttention, data, losses
from inversa.viz.lettering.theme import PALETTES


def trained():
    moons = data.moons(60, noise=0.1, seed=0)
    model = MLP([2, 8, 2], activation="tanh", seed=0)
    model.compile(loss="cross_entropy", optimizer="adam", lr=0.05, metrics=["accuracy"])
    return model, model.fit(moons.x, moons.y, epochs=6, validation_split=0.25, progress=False), moons


@pytest.fixture(scope="module")
def training():
    return trained()


def test_history(training):
    history = training[1]
    ax = viz.plot_history(history)
    assert [line.get_label() for line in ax.lines] == ["training", "validation"]
    assert list(ax.lines[0].get_ydata()) == history.loss
    assert list(ax.lines[1].get_ydata()) == history["val_loss"]
    ax = viz.plot_history({"α = $x_{1": history}, "accuracy", lang="es", log=True)
    assert [line.get_label() for line in ax.lines] == [r"α = \$x_{1", r"α = \$x_{1, validación"]
    assert ax.get_yscale() == "log"
    assert ax.get_xlabel() == "época"
    ax.figure.canvas.draw()  # a dollar begins no formula
    with pytest.raises(ValueError, match="'mse' was not recorded: there is loss, accuracy"):
        viz.plot_history(history, "mse")


def test_regression_shows_what_models_answer():
    x, y = np.array([0.0, 1.0, 3.0]), np.array([[1.0], [3.0], [7.0]])
    model = Linear(1, 1, seed=0)
    ax = viz.plot_regression(x, y, {0: model, "line": lambda z: 2 * z + 1})
    assert [line.get_label() for line in ax.lines] == ["epoch 0", "line"]
    grid = ax.lines[0].get_xdata()
    assert ax.lines[0].get_ydata() == pytest.approx(model(grid[:, None]).data[:, 0])
    assert ax.lines[1].get_ydata() == pytest.approx(2 * grid + 1)
    assert ax.collections[0].get_offsets().tolist() == [[0, 1], [1, 3], [3, 7]]
    with pytest.raises(ValueError, match="x has 3 samples and y 2"):
        viz.plot_regression(x, [1, 2], model)
    with pytest.raises(ValueError, match="finite numbers"):
        viz.plot_regression([0, np.nan], [1, 2], model)


def test_decision_regions_are_the_models_answers(training):
    model, _, moons = training
    ax = viz.plot_decision(model, moons.x, moons.y, names=["a|b", "<b>"])
    points = [c for c in ax.collections if len(c.get_offsets()) and c.get_label() in ("a|b", "<b>")]
    assert [len(c.get_offsets()) for c in points] == [30, 30]
    boundary = next(c for c in ax.collections if c.get_linewidth()[0] == 1.3)
    (path,) = boundary.get_paths()
    logits = model(path.vertices).data
    assert np.abs(logits[:, 0] - logits[:, 1]).max() < 1.2  # on the boundary the two classes are about even
    signs = viz.plot_decision(lambda x: x[:, 0] - 0.5, [[0, 0], [1, 1]], [-1, 1])
    assert {t.get_text() for t in signs.get_legend().get_texts()} == {"−1", "1"}
    with pytest.raises(ValueError, match="a plane has two inputs"):
        viz.plot_decision(model, np.ones((3, 3)), [0, 1, 0])
    with pytest.raises(ValueError, match="x has 3 samples and y 2"):
        viz.plot_decision(model, np.ones((3, 2)), [0, 1])


def test_paths():
    path = [[2.0, 1.0], [1.0, 0.5], [0.1, 0.0]]
    ax = viz.plot_paths(lambda u, v: u * u + v * v, {"GD": path})
    assert ax.lines[0].get_xydata().tolist() == path
    assert ax.lines[1].get_xydata().tolist() == [path[0]]
    assert ax.lines[2].get_xydata().tolist() == [path[-1]]
    with pytest.raises(ValueError, match="not finite"):
        viz.plot_paths(lambda u, v: float("nan"), {"GD": path})
    with pytest.raises(ValueError, match="shape"):
        viz.plot_paths(lambda u, v: 0.0, {})


def test_activations_have_the_engines_derivatives():
    figure = viz.plot_activations(["tanh", tanh, "step"], low=-2, high=2)
    ax = figure.axes[0]
    x, slope = ax.lines[-1].get_data()
    assert slope[::50] == pytest.approx([grad(tanh)(float(v)) for v in x[::50]])
    assert len(figure.axes) == 3
    with pytest.raises(ValueError, match="at least one function"):
        viz.plot_activations([])


def test_gradients_and_weights_by_layer():
    model = MLP([2, 4, 4, 1], activation="sigmoid", seed=0)
    with pytest.raises(ValueError, match="no gradients yet"):
        viz.plot_gradient_by_depth(model)
    losses.mean_squared_error(model([[1.0, -1.0]]), [[0.5]]).backward()
    ax = viz.plot_gradient_by_depth({"sigmoid": model}, lang="es")
    assert ax.lines[0].get_ydata() == pytest.approx([np.linalg.norm(layer.weight.grad) for layer in model.layers])
    figure = viz.plot_weights(model)
    assert [sum(p.get_height() for p in ax.patches) for ax in figure.axes] == [8, 16, 4]
    assert len(viz.plot_weights(model, gradients=True).axes) == 3


def test_representation(training):
    model, _, moons = training
    figure = viz.plot_representation(model.layers[0], moons.x, moons.y)
    assert figure.axes[1].get_xlabel() == "component 1"
    two = MLP([2, 2, 1], activation="tanh", seed=0)
    figure = viz.plot_representation(two.layers[0], moons.x, moons.y, boundary=([1.0, 2.0], 0.5), title="t")
    line = figure.axes[1].lines[-1]
    u, v = line.get_data()
    assert np.abs(u + 2 * v + 0.5).max() < 1e-12
    shown = np.concatenate([np.asarray(c.get_offsets()) for c in figure.axes[1].collections])
    assert np.sort(shown[:, 0]) == pytest.approx(np.sort(two.layers[0](moons.x).data[:, 0]))
    with pytest.raises(ValueError, match="one hidden unit is a line"):
        viz.plot_representation(lambda x: x[:, :1], moons.x, moons.y)


def test_uncertainty():
    answers = np.array([[1.0, 2.0], [3.0, 2.0]])
    ax = viz.plot_uncertainty([0, 1], answers, data=([0.5], [2.0]))
    assert list(ax.lines[0].get_ydata()) == [2.0, 2.0]
    assert [c.get_label() for c in ax.collections[:2]] == ["± 2 standard deviations", "± 1 standard deviation"]
    assert ax.collections[1].get_paths()[0].vertices[:, 1].max() == pytest.approx(2 + 2**0.5)
    with pytest.raises(ValueError, match="standard deviation"):
        viz.plot_uncertainty([0, 1], [1, 2])


def test_confusion_images_and_architectures():
    ax = viz.plot_confusion([0, 0, 1], [0, 1, 1], names=["cat", "dog"])
    assert [t.get_text() for t in ax.texts] == ["1", "1", "0", "1"]
    with pytest.raises(ValueError, match="integer labels"):
        viz.plot_confusion([0.5], [1.0])
    figure = viz.plot_images(np.arange(20.0).reshape(5, 2, 2), titles=[1, 2], columns=3)
    assert len(figure.axes) == 5
    figure = viz.plot_architectures({(1, 2): lambda x: x, (3, 4): lambda x: 2 * x}, [0, 1], [0, 1], rows="layers")
    assert len(figure.axes) == 2
    assert figure.axes[1].get_ylabel() == "layers 3"
    with pytest.raises(ValueError, match="no models"):
        viz.plot_architectures({}, [0], [0])


@pytest.mark.parametrize("theme", PALETTES)
def test_themes_and_wrong_arguments(training, theme, tmp_path):
    ax = viz.plot_history(training[1], theme=theme)
    assert ax.get_facecolor() != ax.xaxis.label.get_color()
    ax.figure.savefig(tmp_path / "plot.png")
    with pytest.raises(ValueError, match="lang is one of"):
        viz.plot_history(training[1], lang="fr")
    with pytest.raises(ValueError, match="theme is one of"):
        viz.plot_history(training[1], theme="auto")


def test_nothing_is_left_open(training):
    from matplotlib import pyplot as plt

    plt.close("all")
    viz.plot_history(training[1])
    viz.plot_activations()
    assert plt.get_fignums() == []
    _, ax = plt.subplots()
    assert viz.plot_history(training[1], ax=ax) is ax
    plt.close("all")


def test_without_matplotlib(training, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install "inversa\[plot\]"'):
        viz.plot_history(training[1])


def test_attention_shows_what_each_token_looks_at() -> None:
    layer = MultiHeadAttention(4, 2, causal=True, seed=0)
    weights = layer.weights(np.random.default_rng(0).normal(size=(5, 4)))[1]
    ax = viz.plot_attention(weights, "a bcd")
    np.testing.assert_array_equal(ax.images[0].get_array(), weights.numpy())
    assert ax.images[0].get_clim() == (0, 1)  # of one plot as of another
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "␣", "b", "c", "d"]
    assert len(ax.texts) == 15  # where a token does not look there is no number
    other = viz.plot_attention([[0.25] * 4] * 2, ["q1", "q2"], keys="abcd")
    assert [label.get_text() for label in other.get_yticklabels()] == ["q1", "q2"]
    assert len(viz.plot_attention(np.full((20, 20), 0.05)).texts) == 0
    for wrong, message in (([[0.5, 0.6]], "sums to 1"), ([[-0.5, 1.5]], "not negative"), ([0.5, 0.5], "dimension")):
        with pytest.raises(ValueError, match=message):
            viz.plot_attention(wrong)
    with pytest.raises(ValueError, match="3 names for 2 tokens"):
        viz.plot_attention([[1.0, 0.0], [0.5, 0.5]], "abc")
