"""Curves, paths, layers and coordinates, read back."""

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import elu, grad, leaky_relu, sigmoid, sin, sinh, softplus
from inversa.nn import MLP, Activation, History, Linear, Maxout, losses
from inversa.nn.bayes import BayesianLinear, predictive

from ..operations import declared

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def test_states_of_a_training() -> None:
    x, y = np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [3.0], [5.0]])
    model = Linear(1, 1, seed=0)
    model.compile(loss="mse", optimizer="sgd", lr=0.1)
    kept = {0: model.state_dict()}
    model.fit(x, y, epochs=6, progress=False, callbacks=[lambda epoch, _: kept.update({epoch: model.state_dict()})])
    ax = viz.plot_regression(x, y, {np.int64(epoch): kept[epoch] for epoch in (0, 3, 6)}, of=model, lang="es")
    assert [line.get_label() for line in ax.lines] == ["época 0", "época 3", "época 6"]
    for line, epoch in zip(ax.lines, (0, 3, 6), strict=True):
        grid, curve = line.get_data()
        assert curve == pytest.approx(kept[epoch]["weight"][0, 0] * grid + kept[epoch]["bias"][0])
    viz.plot_regression(x, y, {0: kept[0]}, of=model)
    assert model.weight.item() == kept[6]["weight"]  # the network is left as it was
    assert model.bias.item() == kept[6]["bias"]
    assert [line.get_linestyle() for line in ax.lines].count("-") == 1  # the last one
    widths = [line.get_linewidth() for line in ax.lines]
    assert widths == sorted(widths)


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ({}, "there is no model to plot"),
        ({0: {"weight": [[1.0]], "bias": [0.0]}}, r"needs its network: plot_regression\(…, of=model\)"),
        (lambda x: np.hstack([x, x]), r"one output; the model's answers have the shape \(300, 2\)"),
        (lambda x: x * np.nan, "finite numbers"),
        (lambda x: 0.0, "not an answer for each"),
    ],
)
def test_wrong_models(models, message) -> None:
    with pytest.raises(ValueError, match=message):
        viz.plot_regression([0, 1], [0, 1], models)
    with pytest.raises(ValueError, match="y has one dimension"):
        viz.plot_regression([0, 1], np.zeros((2, 2)), lambda x: x)


def courses(**quantities) -> History:
    return History({name: list(numbers) for name, numbers in quantities.items()})


def test_histories_that_are_compared() -> None:
    several = {f"α = {i}": courses(loss=[1.0 + i, 2.0], val_loss=[3.0, 4.0]) for i in range(3)}
    ax = viz.plot_history(several)
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--"] * 3
    assert [line.get_color() for line in ax.lines[::2]] == [line.get_color() for line in ax.lines[1::2]]
    assert len({line.get_marker() for line in ax.lines}) == 3
    plain = viz.plot_history({"a": courses(loss=[1.0, 2.0]), "b": courses(loss=[2.0, 3.0])})
    assert [line.get_linestyle() for line in plain.lines] == ["-", "--"]  # nothing else is dashed
    alone = viz.plot_history(courses(accuracy=[0.5]), "accuracy", lang="es")
    assert alone.lines[0].get_marker() == "o"
    assert alone.get_ylabel() == "exactitud"
    assert alone.get_legend() is None


def test_histories_that_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="no history"):
        viz.plot_history({})
    with pytest.raises(TypeError, match="not list"):
        viz.plot_history([1.0, 2.0])
    with pytest.raises(ValueError, match="logarithmic scale"):
        viz.plot_history(courses(loss=[0.0, -1.0]), log=True)
    viz.plot_history(courses(loss=[1.0, 0.0, np.inf, np.nan]), log=True).figure.canvas.draw()  # gaps


def test_uncertainty_of_draws() -> None:
    model, x = BayesianLinear(1, 1, seed=0), np.array([[1.0], [-1.0], [0.5]])
    answer = predictive(model, x, samples=50, noise=0.2)
    ax = viz.plot_uncertainty(x, answer, lang="es")
    order = np.argsort(x[:, 0])
    assert ax.lines[0].get_xdata().tolist() == [-1.0, 0.5, 1.0]
    assert ax.lines[0].get_ydata() == pytest.approx(answer.mean[order, 0])
    assert [band.get_label() for band in ax.collections] == ["± 2 desviaciones típicas", "± 1 desviación típica"]
    for n, band in zip((2, 1), ax.collections, strict=True):
        corners = band.get_paths()[0].vertices
        for at, mean, deviation in zip(x[:, 0], answer.mean[:, 0], answer.deviation[:, 0], strict=True):
            there = corners[corners[:, 0] == at, 1]
            assert (there.min(), there.max()) == pytest.approx((mean - n * deviation, mean + n * deviation))
    silent = predictive(model, x, samples=50)
    same = [viz.plot_uncertainty(x, *given) for given in ((silent.draws,), (silent.mean, silent.deviation))]
    first, second = (ax.collections[0].get_paths()[0].vertices for ax in same)
    assert first == pytest.approx(second)


def test_the_legend_of_bands_has_room() -> None:
    x = np.linspace(-3, 3, 50)
    ax = viz.plot_uncertainty(x, np.cos(3 * x), np.full(50, 0.2), data=(x, np.cos(3 * x)))
    ax.figure.canvas.draw()
    top = ax.transData.transform((0, np.cos(3 * x).max() + 0.4))[1]
    assert ax.get_legend().get_window_extent().y0 >= top


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([0, 1], [1, 2]), "give the standard deviation"),
        (([0, 1], [[1, 2]]), "give the standard deviation"),
        (([0, 1], [1, 2], [1, -1]), "no deviation is negative"),
        (([0, 1], [1, 2, 3], [1, 1, 1]), "one length"),
        (([0, 1], [1, np.nan], [1, 1]), "mean: these have to be finite"),
    ],
)
def test_wrong_uncertainty(given, message) -> None:
    with pytest.raises(ValueError, match=message):
        viz.plot_uncertainty(*given)
    with pytest.raises(ValueError, match="x has 1 samples and y 2"):
        viz.plot_uncertainty([0, 1], [1, 2], [1, 1], data=([0], [1, 2]))


def test_contours_are_those_of_the_cost() -> None:
    def cost(u, v):
        return 3 * (u - 1) ** 2 + v * v + 7

    ax = viz.plot_paths(cost, {"a": [[-1.0, 2.0], [0.0, 1.0], [1.0, 0.0]], "b": [[2.0, -1.0], [1.0, 0.0]]})
    lines = next(c for c in ax.collections if c.get_linewidth()[0] == 0.8)
    above = []  # heights count from a little below the lowest point, so that they can be spaced as powers
    for path, level in zip(lines.get_paths(), lines.levels, strict=True):
        if len(path.vertices):
            heights = cost(*path.vertices.T)
            assert np.ptp(heights) < 0.02
            above.append(level - (heights.mean() - 7))
    assert len(above) > 10
    assert above == pytest.approx([lines.levels[0]] * len(above), abs=0.02)
    assert np.diff(np.log(lines.levels)) == pytest.approx(np.log(lines.levels[1] / lines.levels[0]))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "start", "end"]
    ends = [line.get_xydata().tolist() for line in ax.lines if line.get_marker() == "X" and len(line.get_xdata())]
    assert ends == [[[1.0, 0.0]], [[1.0, 0.0]]]
    with pytest.raises(ValueError, match="the path 'a'"):
        viz.plot_paths(cost, {"a": [[0.0, np.nan]]})
    viz.plot_paths(lambda u, v: 1.0, {"flat": [[0, 0]]}).figure.canvas.draw()


def test_derivatives_are_the_engines() -> None:
    figure = viz.plot_activations([sigmoid, softplus, Activation("elu", alpha=0.5), "leaky_relu"], low=-2, high=3)
    assert [ax.get_title() for ax in figure.axes] == ["sigmoid", "softplus", "ELU (α 0.5)", "leaky ReLU"]
    functions = [sigmoid, softplus, lambda x: elu(x, 0.5), leaky_relu]
    for ax, psi in zip(figure.axes, functions, strict=True):
        (x, y), (_, slope) = (line.get_data() for line in ax.lines[-2:])
        assert (x[0], x[-1]) == (-2, 3)
        for at in range(0, 401, 57):
            assert y[at] == pytest.approx(psi(float(x[at])))
            assert slope[at] == pytest.approx(grad(psi)(float(x[at])))
    spanish = viz.plot_activations(lang="es")
    assert [ax.get_title() for ax in spanish.axes][::5] == ["escalón", "ReLU con fuga (pendiente 0.1)"]
    for wrong in ("softmax", lambda x: x[:3], lambda x: x - x.mean()):
        with pytest.raises(ValueError, match="depend on several inputs"):
            viz.plot_activations([wrong])
    with pytest.raises(ValueError, match="a list of"):
        viz.plot_activations("tanh")
    with pytest.raises(ValueError, match="low is below high"):
        viz.plot_activations(low=1, high=1)


CURVES = [
    op
    for op in declared()
    if op.on_floats and not op.variadic and len(op.operands) == 1 and set(op.parameters) <= set(op.defaults)
]


@pytest.mark.filterwarnings("error")
def test_every_function_of_one_number_is_a_curve() -> None:
    """With a gap where it has no value, by itself and as a module."""
    figure = viz.plot_activations([Activation(op) if i % 2 else op for i, op in enumerate(CURVES)], low=-3, high=3)
    for ax, psi in zip(figure.axes, CURVES, strict=True):
        (x, y), (_, slope) = (line.get_data() for line in ax.lines[-2:])
        for at in range(7, 401, 57):
            assert y[at] == pytest.approx(psi(float(x[at])), nan_ok=True), psi.name
            want = np.nan if np.isnan(y[at]) else grad(psi)(float(x[at]))
            assert slope[at] == pytest.approx(want, nan_ok=True), psi.name
    spanish = viz.plot_activations([sin, sinh], lang="es")
    assert [ax.get_title() for ax in spanish.axes] == ["sen", "senh"]


def test_a_maxout_neuron_is_the_curve_of_its_pieces() -> None:
    lines = [(-1.5, -2.0), (0.25, 0.0), (1.5, -1.5)]
    figure = viz.plot_activations([Maxout.of([(1, 0), (-1, 0)]), Maxout.of(lines), "relu"], lang="es")
    assert [ax.get_title() for ax in figure.axes] == ["maxout (tramos 2)", "maxout (tramos 3)", "ReLU"]
    (x, y), (_, slope) = (line.get_data() for line in figure.axes[0].lines[-2:])
    np.testing.assert_array_equal(y, abs(x))
    np.testing.assert_array_equal(slope, np.sign(x))
    (x, y), (_, slope) = (line.get_data() for line in figure.axes[1].lines[-2:])
    np.testing.assert_allclose(y, np.max([m * x + c for m, c in lines], axis=0))
    assert set(slope) == {-1.5, 0.25, 1.5}
    assert (np.diff(slope) >= 0).all()  # convex
    with pytest.raises(ValueError, match=r"Maxout\(2, 1, pieces=2\) is no curve: take a layer of one input"):
        viz.plot_activations([Maxout(2, 1)])


def test_layers_keep_their_numbers() -> None:
    model = MLP([2, 3, 3, 1], activation="tanh", seed=0)
    losses.mean_squared_error(model([[1.0, -1.0]]), [[0.5]]).backward()
    model.layers[1].weight.grad = None
    ax = viz.plot_gradient_by_depth(model)
    assert ax.get_yscale() == "log"
    x, sizes = ax.lines[0].get_data()
    assert list(x) == [1, 2, 3]
    assert np.isnan(sizes).tolist() == [False, True, False]
    for layer in model.layers:
        layer.weight.grad = np.zeros(layer.weight.shape)
    with pytest.raises(ValueError, match="every gradient is 0"):
        viz.plot_gradient_by_depth(model)
    model.layers[0].weight.grad = np.full(model.layers[0].weight.shape, np.inf)
    with pytest.raises(ValueError, match="finite numbers"):
        viz.plot_gradient_by_depth(model)
    with pytest.raises(TypeError, match="not of list"):
        viz.plot_weights([1])


def test_histograms_of_many_layers() -> None:
    model = MLP([2, 3, 3, 3, 3, 1], activation="tanh", seed=0)
    figure = viz.plot_weights(model, bins=5)
    assert [ax.get_title() for ax in figure.axes] == ["W₁", "W₂", "W₃", "W₄", "W₅"]
    for ax, layer in zip(figure.axes, model.layers, strict=True):
        counts, edges = np.histogram(layer.weight.numpy(), bins=5)
        assert [bar.get_height() for bar in ax.patches] == counts.tolist()
        assert [bar.get_x() for bar in ax.patches] == pytest.approx(edges[:-1])
    assert len({ax.get_subplotspec().rowspan.start for ax in figure.axes}) == 2
    with pytest.raises(ValueError, match="no gradients yet"):
        viz.plot_weights(model, gradients=True)


def strokes(ax):
    """The lines of the boundary."""
    return [line for line in ax.lines if line.get_linewidth() == 1.5]


def test_the_grid_and_the_boundary_are_carried_along() -> None:
    layer = MLP([2, 2, 1], activation="tanh", seed=1).layers[0]
    weights = np.array([1.0, -0.5])
    bias = -float(layer([0.4, 0.6]).numpy() @ weights)  # the boundary runs through this point
    figure = viz.plot_representation(layer, XOR, [0, 1, 1, 0], boundary=([weights], [bias]))
    left, right = figure.axes
    for before, after in zip(left.lines[:30], right.lines[:30], strict=True):
        assert after.get_xydata() == pytest.approx(layer(before.get_xydata()).numpy())
    assert strokes(left)
    for line in strokes(left):
        assert np.abs(layer(line.get_xydata()).numpy() @ weights + bias).max() < 1e-3
    vertical = viz.plot_representation(lambda x: x, XOR, [0, 1, 1, 0], boundary=([1.0, 0.0], -0.5))
    assert strokes(vertical.axes[1])[0].get_xdata().tolist() == [0.5, 0.5]


def test_more_units_are_seen_in_their_principal_plane() -> None:
    layer, weights = MLP([2, 5, 1], activation="tanh", seed=1).layers[0], np.array([1.0, -1.0, 0.5, 0.3, 2.0])
    figure = viz.plot_representation(layer, XOR, ["n", "y", "y", "n"], boundary=(weights, 0.1))
    codes = layer(XOR).numpy()
    shown = np.concatenate([np.asarray(c.get_offsets()) for c in figure.axes[1].collections])
    singular = np.linalg.svd(codes - codes.mean(axis=0), compute_uv=False)
    assert np.linalg.svd(shown, compute_uv=False) == pytest.approx(singular[:2])
    assert strokes(figure.axes[0])
    assert len(strokes(figure.axes[0])) == len(strokes(figure.axes[1]))
    for boundary, message in (
        (([1.0, 2.0], 0.0), "a weight for each of the 5 hidden units"),
        ((np.zeros(5), 0.0), "not only 0"),
        ((weights, np.nan), "the bias"),
    ):
        with pytest.raises(ValueError, match=message):
            viz.plot_representation(layer, XOR, [0, 1, 1, 0], boundary=boundary)
    with pytest.raises(ValueError, match="a plane has two inputs"):
        viz.plot_representation(layer, np.zeros((4, 3)), [0, 1, 1, 0])
