"""What all plots have in common: letters, colours, languages, and how they are shown."""

import pickle

import numpy as np
import pytest
from IPython.core.formatters import PNGFormatter
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from inversa import viz
from inversa.autograd.printing import printable
from inversa.nn import MLP, History, losses
from inversa.nn.training.history import COLOUR
from inversa.viz.lettering.theme import PALETTES
from inversa.viz.plots.style import FILLS, MARKERS, PlotStyle, letters, literal

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
HOSTILE = [
    "$x_{",
    "a|b",
    "<b>",
    "_hidden",
    r"\frac{",
    "$a$ $b$",
    "100 %",
    "{x}",
    '"',
    "]",
    "😀",
    "a\nb",
    "\ud800",
    "\0",
]


def history() -> History:
    return History({"loss": [4.0, -0.5, 0.25], "val_loss": [8.0, -1.0, 0.5]})


def network() -> MLP:
    model = MLP([2, 2, 1], activation="tanh", seed=0)
    losses.mean_squared_error(model(XOR), [[-1.0], [1.0], [1.0], [-1.0]]).backward()
    return model


MODEL = network()
# One plot of each function, with titles where there can be some, and with negative numbers.
PLOTS = {
    "history": lambda **look: viz.plot_history({"a": history(), "b": history()}, title="t", **look),
    "regression": lambda **look: viz.plot_regression([-1, 2], [-1, 3], {0: lambda x: x, 5: lambda x: -x}, **look),
    "decision": lambda **look: viz.plot_decision(MODEL, XOR, [-1, 1, 1, -1], title="t", **look),
    "paths": lambda **look: viz.plot_paths(lambda u, v: u * u + v * v, {"GD": [[-2, 1], [0, 0]]}, title="t", **look),
    "activations": lambda **look: viz.plot_activations(["step", "tanh", "relu"], **look),
    "gradient_by_depth": lambda **look: viz.plot_gradient_by_depth({"a": MODEL, "b": MODEL}, title="t", **look),
    "weights": lambda **look: viz.plot_weights(MODEL, **look),
    "representation": lambda **look: viz.plot_representation(
        MODEL.layers[0], XOR, [0, 1, 1, 0], boundary=([1.0, 2.0], 0.1), title="t", **look
    ),
    "uncertainty": lambda **look: viz.plot_uncertainty([0, 1], [-1, 1], [0.1, 0.3], data=([0.5], [0.0]), **look),
    "architectures": lambda **look: viz.plot_architectures(
        {(1, 2): MODEL, (2, 2): MODEL}, XOR, [0, 1, 1, 0], rows="layers", title="t", **look
    ),
    "confusion": lambda **look: viz.plot_confusion([0, 1, 1], [0, 1, 0], title="t", **look),
    "attention": lambda **look: viz.plot_attention([[1.0, 0.0], [0.4, 0.6]], "ab", title="t", **look),
    "images": lambda **look: viz.plot_images([[[0, 1], [-1, 2]]] * 2, titles=["a", "b"], **look),
}


def figure_of(plot) -> Figure:
    return plot if isinstance(plot, Figure) else plot.figure


def texts(figure: Figure) -> list[Text]:
    """All that is to be read."""
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip("\u200b")]


def contrast(colour, other) -> float:
    """The contrast of WCAG 2."""
    light = []
    for each in (colour, other):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(each)]
        light.append(0.05 + 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return max(light) / min(light)


def test_every_public_function_is_here() -> None:
    assert {f"plot_{name}" for name in PLOTS} == {name for name in viz.__all__ if name.startswith("plot_")}


@pytest.mark.parametrize("name", PLOTS)
def test_letters_and_lines_can_be_read(name: str) -> None:
    plt.close("all")
    for theme in PALETTES:
        figure = figure_of(PLOTS[name](theme=theme))
        figure.canvas.draw()  # a warning would be an error
        assert plt.get_fignums() == []
        paper = PALETTES[theme]["paper"]
        assert contrast(figure.get_facecolor(), paper) == 1
        shown = texts(figure)
        assert min(text.get_fontsize() for text in shown) >= 9
        cells = [text for ax in figure.axes if ax.images for text in ax.texts]  # on a colour of their own
        assert {text for text in shown if contrast(text.get_color(), paper) < 4.5} <= set(cells)
        assert not any("-" in text.get_text() for text in shown if "{-" not in text.get_text())  # a true minus sign
        for ax in figure.axes:
            named = [line for line in ax.lines if not line.get_label().startswith("_")]
            assert all(contrast(line.get_color(), paper) >= 3 for line in named)
            ticks = [*ax.xaxis.get_minor_ticks(), *ax.yaxis.get_minor_ticks(), *ax.xaxis.get_major_ticks()]
            assert all(contrast(tick.tick1line.get_color(), paper) >= 3 for tick in ticks)


@pytest.mark.parametrize("name", ["decision", "weights", "confusion", "uncertainty"])
def test_every_run_draws_the_same(name: str) -> None:
    first, second = (figure_of(PLOTS[name]()) for _ in range(2))
    for figure in (first, second):
        figure.canvas.draw()
    assert np.array_equal(first.canvas.buffer_rgba(), second.canvas.buffer_rgba())


@pytest.mark.parametrize("name", PLOTS)
def test_languages(name: str) -> None:
    words, spanish = ({text.get_text() for text in texts(figure_of(PLOTS[name](lang=lang)))} for lang in ("en", "es"))
    foreign = {
        *("epoch", "loss", "training", "validation", "start", "end", "mean", "data", "layer", "weights", "count"),
        *("input space", "hidden layer", "true class", "predicted class", "derivative ψ′", "step"),
    }
    assert not spanish & foreign
    if name not in ("images", "architectures", "decision"):  # these say only what their caller says
        assert words != spanish


def test_results_show_themselves_in_a_notebook() -> None:
    for plot in (viz.plot_history(history()), viz.plot_activations(["tanh"])):
        image, size = PNGFormatter()(plot)
        assert image.startswith(b"\x89PNG")
        wide, high = (int.from_bytes(image[at : at + 4], "big") for at in (16, 20))
        assert (wide, high) == (2 * size["width"], 2 * size["height"])
        assert pickle.loads(pickle.dumps(figure_of(plot))).axes


def test_a_callers_axes_are_used() -> None:
    _, ax = plt.subplots()
    for name in ("history", "decision", "confusion", "gradient_by_depth", "uncertainty", "paths", "regression"):
        ax.clear()
        assert PLOTS[name](ax=ax, theme="dark") is ax
        ax.figure.canvas.draw()
        assert contrast(ax.xaxis.label.get_color(), ax.figure.get_facecolor()) > 4.5
        if legend := ax.get_legend():  # beside the axes it would be cut off
            assert legend.get_window_extent().x1 <= ax.figure.bbox.x1
    assert not hasattr(ax, "_repr_png_")  # pyplot shows it
    plt.close("all")


def test_names_appear_as_they_are() -> None:
    classes = np.arange(len(HOSTILE))
    points = np.column_stack([classes, classes])
    first, *_ = HOSTILE
    plots = [
        viz.plot_history(dict.fromkeys(HOSTILE, history())),
        viz.plot_regression([0, 1], [0, 1], dict.fromkeys(HOSTILE, lambda x: x), labels=(first, first), title=first),
        viz.plot_decision(lambda x: np.clip(x[:, 0].round(), 0, len(HOSTILE) - 1), points, classes, names=HOSTILE),
        viz.plot_confusion(classes, classes, names=HOSTILE),
        viz.plot_attention(np.eye(len(HOSTILE)), HOSTILE),
        viz.plot_paths(lambda u, v: u + v, dict.fromkeys(HOSTILE, ((0, 0), (1, 1)))),
    ]
    for plot in plots:
        plot.figure.canvas.draw()  # a formula that is none would be an error here
        shown = {text.get_text(): text for text in texts(plot.figure)}
        for name in HOSTILE:
            written, formula = shown[literal(name)]._preprocess_math(literal(name))
            assert not formula
            assert written.lstrip("\u200b") == printable(name)


def test_long_names_leave_room() -> None:
    for name in ("a long name of something that has to be told apart " * 4, "$" * 300):
        plots = [
            viz.plot_decision(lambda x: x[:, 0], XOR, [0, 0, 1, 1], names=[name, "b"]),
            viz.plot_confusion([0, 1], [0, 1], names=[name, "b"]),
            viz.plot_attention([[1.0, 0.0], [0.4, 0.6]], [name, "b"]),
            viz.plot_paths(lambda u, v: u + v, {name: [[0, 0], [1, 1]]}),
            viz.plot_history({name: history()}),
        ]
        for plot in plots:
            plot.figure.canvas.draw()
            assert plot.bbox.width > 0.3 * plot.figure.bbox.width
            assert any(text.get_text().endswith("…") for text in texts(plot.figure))


def test_what_is_told_apart_differs_in_two_ways() -> None:
    for theme in PALETTES:
        look = PlotStyle("en", theme)
        seen = [(look.points(i)["color"], look.points(i)["marker"]) for i in range(30)]
        assert len(set(seen)) == 30
        assert len({(look.line(i)["color"], str(look.line(i)["linestyle"])) for i in range(30)}) == 30
        assert len({marker for _, marker in seen[:11]}) == 11
        assert len({(look.fill(i), look.hatch(i)) for i in range(30)}) == 30
    assert len(set(MARKERS)) == len(MARKERS)
    assert len(set(FILLS)) == len(FILLS)


def test_all_plots_begin_with_the_same_colour() -> None:
    (axes,) = history().plot()
    plt.close()
    assert {line.get_color() for line in axes.lines} == {viz.plot_history(history()).lines[0].get_color()}
    assert axes.lines[0].get_linestyle() != axes.lines[1].get_linestyle()


def test_ten_classes_have_ten_colours() -> None:
    classes = np.arange(12)
    ax = viz.plot_decision(lambda x: x[:, 0].round().clip(0, 11), np.column_stack([classes, classes]), classes)
    regions = [c for c in ax.collections if c.get_alpha() == 0.2]
    assert len({tuple(c.get_facecolor()[0]) for c in regions[:10]}) == 10
    assert [c.hatches for c in regions[9:]] == [[""], ["///"], ["///"]]


def test_quantities_are_called_what_readers_call_them() -> None:
    numbers = History({"loss": [1.0], "lr": [0.1], "val_loss": [2.0], "mse": [1.0], "own_score": [1.0]})
    named = {
        lang: [viz.plot_history(numbers, each, lang=lang).get_ylabel() for each in numbers] for lang in ("en", "es")
    }
    assert named["en"] == ["loss", "learning rate", "validation loss", "MSE", "own score"]
    assert named["es"] == ["pérdida", "tasa de aprendizaje", "pérdida de validación", "ECM", "own score"]


def test_columns_of_tables_name_the_axes() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"height (m)": [0.0, 1.0, 2.0], "$w_{": [1.0, 0.0, 1.0]})
    kind, price = pandas.Series(["a", "b", "a"], name="kind"), pandas.Series([1.0, 2.0, 4.0], name="price")
    ax = viz.plot_decision(lambda x: x[:, 0] > 0.5, table, [0, 1, 1])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("height (m)", literal("$w_{"))
    left = viz.plot_representation(lambda x: x, table, kind).axes[0]
    assert (left.get_xlabel(), left.get_ylabel()) == ("height (m)", literal("$w_{"))
    ax = viz.plot_regression(table[["height (m)"]], price, lambda x: x)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("height (m)", "price")
    ax = viz.plot_uncertainty(table["height (m)"], [1, 2, 3], [1, 1, 1], data=(table["height (m)"], price))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("height (m)", "price")
    ax = viz.plot_decision(lambda x: x[:, 0], table.to_numpy(), [0, 1, 1], labels=("p", "q"))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("p", "q")


def test_letters_are_readable_on_any_colour() -> None:
    for grey in np.linspace(0, 1, 101):
        assert contrast(letters((grey, grey, grey, 1)), (grey, grey, grey)) >= 4.5


@pytest.mark.parametrize("theme", PALETTES)
def test_plots_of_ones_own_can_look_like_these(theme: str) -> None:
    ours = viz.plot_history({"a": history(), "b": history()}, theme=theme, title="t")
    with plt.style.context(viz.matplotlib_style(theme)):
        figure, own = plt.subplots()
        for name, line in zip(("a", "b"), ours.lines[::2], strict=True):
            own.plot([0, 1], label=name)
            assert to_rgb(own.lines[-1].get_color()) == to_rgb(line.get_color())
        own.set(title="t", xlabel="x", ylabel="y")
        own.legend()
    figure.canvas.draw()

    def look(ax):
        tick, legend = ax.xaxis.get_major_ticks()[0], ax.get_legend()
        written = (ax.title, ax.xaxis.label, ax.yaxis.label, tick.label1, *legend.get_texts()[:1])
        colours = (ax.get_facecolor(), ax.figure.get_facecolor(), ax.spines["left"].get_edgecolor())
        return (
            [(to_rgb(text.get_color()), text.get_fontsize()) for text in written],
            [to_rgb(colour) for colour in (*colours, legend.get_frame().get_facecolor())],
            {side: spine.get_visible() for side, spine in ax.spines.items()},
            ax.lines[0].get_linewidth(),
        )

    assert look(own) == look(ours)
    plt.close(figure)


def test_a_history_plots_itself_in_the_colour_of_the_palette() -> None:
    assert PALETTES["light"]["forward"] == COLOUR
