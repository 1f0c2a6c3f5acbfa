"""Regions, boundaries, confusion and images, read back."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from inversa import viz
from inversa.nn import MLP, Conv2d, Linear, Perceptron, data
from inversa.viz.lettering.theme import PALETTES
from inversa.viz.plots.style import PlotStyle

SQUARE = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TINTS = 0.8 + 0.2 * np.array([to_rgb(PlotStyle("en", "light").fill(i)) for i in range(3)])  # of regions, on white


def boundaries(ax):
    """The corners of all boundaries."""
    lines = [c for c in ax.collections if c.get_linewidth()[0] == 1.3]
    return [path.vertices for line in lines for path in line.get_paths()]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def colours(ax, places):
    """The colours that are drawn at places of the plane."""
    ax.figure.canvas.draw()
    pixels = np.asarray(ax.figure.canvas.buffer_rgba())[..., :3] / 255
    columns, rows = np.round(ax.transData.transform(places)).astype(int).T
    return pixels[len(pixels) - 1 - rows, columns]


def test_regions_are_what_the_model_answers() -> None:
    iris = data.iris()
    model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(iris.x[:, 2:], iris.y)
    few = np.array([[1.0, 0.1], [6.9, 2.5], [4.0, 1.0]])
    ax = viz.plot_decision(model, few, [0, 2, 1])
    places = np.random.default_rng(0).uniform([1.2, 0.3], [6.7, 2.3], size=(400, 2))
    answers = model.predict(places)
    moved = [model.predict(places + step) for step in ((0.06, 0), (-0.06, 0), (0, 0.03), (0, -0.03))]
    away = np.all([answers == each for each in moved], axis=0)  # from boundaries, whose line has a colour of its own
    away &= np.min(np.linalg.norm(places[:, None] - few, axis=2), axis=1) > 0.3
    assert away.sum() > 300
    assert np.abs(colours(ax, places[away]) - TINTS[answers[away]]).max() < 0.01


def test_boundaries_are_exact_whatever_the_model_is() -> None:
    weights, bias = np.array([1.0, -2.0]), 0.31
    perceptron = Perceptron(2)
    perceptron.load_state_dict({"weight": [weights], "bias": [bias]})
    for model in (perceptron, lambda x: (x @ weights + bias > 0).astype(int), lambda x: x @ weights + bias > 0):
        (corners,) = boundaries(viz.plot_decision(model, SQUARE, [1, 0, 1, 0]))
        assert np.abs(corners @ weights + bias).max() < 1e-3  # a cell of the grid is 6e-3 wide
    (corners,) = boundaries(viz.plot_decision(lambda x: np.hypot(*(x - 0.5).T) < 0.4, SQUARE, [0, 0, 0, 0]))
    assert np.hypot(*(corners - 0.5).T) == pytest.approx(0.4, abs=2e-4)


def test_no_third_class_between_two() -> None:
    ax = viz.plot_decision(lambda x: np.where(x[:, 0] < 0.503, 0, 2), SQUARE, [0, 1, 2, 2])
    places = np.column_stack([np.linspace(0.1, 0.9, 600), np.full(600, 0.5)])
    assert np.abs(colours(ax, places) - TINTS[1]).sum(axis=1).min() > 0.05


def test_thresholds() -> None:
    def logits(x):
        return 4 * (x[:, 0] - 0.5)

    for options, at in (({"threshold": 0.0}, 0.5), ({}, 0.625)):
        (corners,) = boundaries(viz.plot_decision(logits, SQUARE, [0, 0, 1, 1], **options))
        assert corners[:, 0] == pytest.approx(at, abs=1e-4)
    (corners,) = boundaries(viz.plot_decision(logits, SQUARE, [-1, -1, 1, 1]))
    assert corners[:, 0] == pytest.approx(0.5, abs=1e-4)
    model = Linear(2, 1, seed=0)
    model.load_state_dict({"weight": [[1.0, 0.0]], "bias": [-0.2]})
    (corners,) = boundaries(viz.plot_decision(model, SQUARE, [0, 0, 1, 1], threshold=0))
    assert corners[:, 0] == pytest.approx(0.2, abs=1e-4)
    model.compile(loss="binary_cross_entropy")  # it now decides by the sigmoid of its outputs
    (corners,) = boundaries(viz.plot_decision(model, SQUARE, [0, 0, 1, 1]))
    assert corners[:, 0] == pytest.approx(0.2, abs=1e-4)
    model.compile(loss="hinge")
    assert legend(viz.plot_decision(model, SQUARE, [-1, -1, 1, 1])) == ["−1", "1"]


def test_classes_of_all_kinds() -> None:
    words = ["yes", "no", "no", "yes"]
    assert legend(viz.plot_decision(LogisticRegression().fit(SQUARE, words), SQUARE, words)) == ["no", "yes"]
    assert legend(viz.plot_decision(lambda x: x[:, 0], SQUARE, words)) == ["no", "yes"]
    assert legend(viz.plot_decision(lambda x: (x[:, 0] > 0.5).astype(int), SQUARE, words)) == ["no", "yes"]
    floats = np.array([0.0, 1.0, 2.0, 0.0])
    tree = DecisionTreeClassifier(random_state=0).fit(SQUARE, floats)
    assert len(boundaries(viz.plot_decision(tree, SQUARE, floats))) == 2
    assert legend(viz.plot_decision(tree, SQUARE, floats, names=["a", "b", "c"])) == ["a", "b", "c"]
    one_hot = np.eye(3)[[0, 1, 2, 0]]
    assert legend(viz.plot_decision(MLP([2, 3], seed=0), SQUARE, one_hot)) == ["0", "1", "2"]
    for kinds in ([1, 2, 1, 2], ["one", "two", "one", "two"]):  # outputs 0 and 1 are the first and the second of these
        ax = viz.plot_decision(lambda x: np.column_stack([1 - x[:, 1], x[:, 1]]), SQUARE, kinds)
        assert legend(ax) == [str(kind) for kind in kinds[:2]]
        assert np.abs(colours(ax, [[0.5, 0.2], [0.5, 0.8]]) - TINTS[:2]).max() < 0.01
    only = viz.plot_decision(lambda x: np.full(len(x), 2), SQUARE, [2, 2, 1, 1], names=["a", "b", "c"])
    assert legend(only) == ["b", "c"]  # a name is that of a class, not that of a place in the legend


@pytest.mark.parametrize(
    ("model", "y", "options", "message"),
    [
        (lambda x: x[:, 0], [0, np.nan, 1, 1], {}, "y: these have to be classes"),
        (lambda x: x[:, 0], [0.5, 0, 1, 1], {}, "y: these have to be classes"),
        (lambda x: x[:, 0], [[0.2, 0.8]] * 4, {}, "one-hot"),
        (lambda x: x[:, 0] * np.nan, [0, 1, 1, 0], {}, "the model's answers: these have to be finite"),
        (lambda x: 1.0, [0, 1, 1, 0], {}, "not an answer for each"),
        (lambda x: x[:, 0], [0, 1, 2, 0], {"threshold": 0.5}, "a threshold tells two classes apart; y has 3"),
        (lambda x: x[:, 0], [0, 1, 2, 0], {}, "answers: these have to be classes"),
        (
            lambda x: np.column_stack([x, x]),
            [5, 6, 7, 5],
            {},
            "4 classes apart; those in y are 5, 6, 7",
        ),
        (lambda x: x[:, 0], [0, 1, 1, 0], {"names": ["a"]}, "1 names for the 2 classes 0, 1"),
    ],
)
def test_wrong_classes(model, y, options, message) -> None:
    with pytest.raises(ValueError, match=message):
        viz.plot_decision(model, SQUARE, y, **options)
    with pytest.raises(TypeError, match="a model is a module, an estimator or a function, not int"):
        viz.plot_decision(3, SQUARE, [0, 1, 1, 0])


def test_legends_stand_beside_what_they_would_cover() -> None:
    plots = [
        viz.plot_decision(lambda x: x[:, 0], SQUARE, [0, 0, 1, 1]),
        viz.plot_paths(lambda u, v: u * v, {"a": [[0, 0], [1, 1]]}),
    ]
    for ax in plots:
        ax.figure.canvas.draw()
        assert ax.get_legend().get_window_extent().x0 >= ax.bbox.x1
        assert ax.get_legend().get_window_extent().x1 <= ax.figure.bbox.x1


def cells(ax):
    size = int(len(ax.texts) ** 0.5)
    return np.array([text.get_text() for text in ax.texts]).astype(int).reshape(size, size).tolist()


def test_confusion() -> None:
    assert cells(viz.plot_confusion([-1, 1, 1, -1], [1, 1, 1, -1])) == [[1, 1], [0, 2]]
    ax = viz.plot_confusion(["a", "b", "b"], ["a", "a", "c"])
    assert cells(ax) == [[1, 0, 0], [1, 0, 1], [0, 0, 0]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    ax = viz.plot_confusion([0, 2], [0, 2], names=["a", "b", "c", "d"])  # also those that never occurred
    assert cells(ax) == np.diag([1, 0, 1, 0]).tolist()
    assert ax.images[0].get_array().tolist() == cells(ax)
    with pytest.raises(ValueError, match="true has 2 classes and predicted 1"):
        viz.plot_confusion([0, 1], [0])
    with pytest.raises(ValueError, match="at least one"):
        viz.plot_confusion([], [])
    with pytest.raises(ValueError, match="1 names"):
        viz.plot_confusion([0, 1], [0, 1], names=["a"])


def test_images() -> None:
    convolution = Conv2d(1, 3, 2, seed=0)
    figure = viz.plot_images(convolution.weight.numpy(), columns=2, titles=["$a", "b", "c"])
    assert [ax.images[0].get_array().tolist() for ax in figure.axes] == convolution.weight.numpy()[:, 0].tolist()
    assert [ax.images[0].norm.vmin for ax in figure.axes] == [-ax.images[0].norm.vmax for ax in figure.axes]
    for theme in PALETTES:  # both signs differ from each other, in print as well
        image = viz.plot_images([[[-1.0, 0.0, 1.0]]], theme=theme).axes[0].images[0]
        shades = image.cmap(image.norm([-1.0, 0.0, 1.0]))
        assert min(np.abs(shades[i] - shades[j]).sum() for i, j in ((0, 1), (1, 2), (0, 2))) > 0.4


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (np.zeros((2, 3)), {}, "count, height, width"),
        (np.zeros((2, 3, 3, 3)), {}, "count, height, width"),
        (np.full((1, 2, 2), np.inf), {}, "finite numbers"),
        (np.zeros((1, 2, 2)), {"columns": 0}, "0 columns"),
        (np.zeros((1, 2, 2)), {"titles": "ab"}, "2 titles"),
    ],
)
def test_wrong_images(images, options, message) -> None:
    with pytest.raises(ValueError, match=message):
        viz.plot_images(images, **options)


def test_architectures_share_classes_and_places() -> None:
    models = {(10, 1): lambda x: x[:, 0], (20, 1): lambda x: np.ones(len(x))}
    x = {(10, 1): SQUARE, (20, 1): 3 * SQUARE}
    y = {(10, 1): [0, 0, 1, 1], (20, 1): [1, 1, 1, 1]}
    figure = viz.plot_architectures(models, x, y, rows="examples")
    first, second = figure.axes
    assert first.get_xlim() == second.get_xlim() == pytest.approx((-0.24, 3.24))
    points = [c for c in (*first.collections, *second.collections) if c.get_label() == "1"]
    assert len(points) == 2
    assert len({tuple(c.get_facecolor()[0]) for c in points}) == 1  # class 1 looks the same, with or without class 0
    assert np.abs(boundaries(first)[0][:, 0] - 0.5).max() < 1e-3
    assert not boundaries(second)
    wild = viz.plot_architectures({(1, 1): lambda x: 1e6 * x}, [0.0, 1.0], [0.0, 1.0])
    assert wild.axes[0].get_ylim() == (-0.3, 1.3)
    with pytest.raises(ValueError, match=r"a model's place is \(row, column\), not 3"):
        viz.plot_architectures({3: models[10, 1]}, SQUARE, [0, 0, 1, 1])
    with pytest.raises(ValueError, match=r"no data for the model at \(20, 1\)"):
        viz.plot_architectures(models, {(10, 1): SQUARE}, y)
