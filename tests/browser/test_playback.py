"""The playback of a training in a real browser."""

import base64
import math
import re
from html import escape

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import tanh
from inversa.nn import MLP, ConvergenceWarning, Linear, Module, NeuronNetwork, data
from inversa.nn.estimators import MLPClassifier
from inversa.viz.lettering.numbers import number


def trained(epochs=199, lang="en"):
    moons = data.moons(120, noise=0.15, seed=0)
    targets = moons.y[:, None].astype(float)
    model = MLP([2, 4, 4, 1], activation="tanh", seed=0)
    model.compile(loss="binary_cross_entropy", optimizer="adam", lr=0.03)
    recorder = viz.record(model, moons.x, targets, lang=lang)
    model.fit(moons.x, targets, epochs=epochs, callbacks=[recorder], validation_split=0.2)
    return model, recorder


@pytest.fixture(scope="module")
def moons():
    return trained()


@pytest.fixture(scope="module")
def moons_page(moons):
    return moons[1].html()


@pytest.fixture(scope="module")
def moons_in_a_notebook(moons):
    """A page with it in a frame as notebooks have it."""
    return f'<!DOCTYPE html><html lang="en"><title>a notebook</title>{moons[1]._repr_mimebundle_()["text/html"]}'


def test_size_of_two_hundred_frames(moons, moons_page):
    assert len(moons[1].epochs) == 200
    assert len(moons_page.encode()) <= 121_000


def test_the_page_computes_what_the_model_answers(open_page, moons, moons_page):
    model, recorder = moons
    page = open_page(moons_page, still=True)
    assert page.inner_text("#count") == "epoch 199"
    assert f"{recorder.loss[-1]:.4f}" in page.inner_text("#now")
    points = np.random.default_rng(0).uniform(-1, 2, (20, 2))
    found = page.evaluate(
        "([x, y]) => { const inputs = [new Float64Array(x), new Float64Array(y)];"
        " return [...runMany(data.code, given(current, inputs), x.length)[data.outputs[0]]]; }",
        [points[:, 0].tolist(), points[:, 1].tolist()],
    )
    assert found == pytest.approx(
        model.predict_proba(points)[:, 0].tolist(), abs=1e-5
    )  # of weights in single precision
    page.keyboard.press("Home")
    assert page.inner_text("#count") == "epoch 0"
    start = MLP([2, 4, 4, 1], activation="tanh", seed=0)
    width = "document.querySelector('#network [data-w]').getAttribute('stroke-width')"
    first = page.evaluate(width)
    shown = page.eval_on_selector_all("#network [data-n]", "found => found.map(t => t.textContent)")
    assert f"{start.layers[0].weight.numpy()[0, 0]:.2f}".replace("-", "−") in shown
    page.keyboard.press("End")
    assert page.evaluate(width) != first


def test_keyboard_links_and_play(open_page, moons_page):
    page = open_page(moons_page, "#epoch=50", still=True)
    assert page.inner_text("#count") == "epoch 50"
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#count") == "epoch 49"
    page.keyboard.press(" ")
    page.wait_for_selector('#count:not(:text-is("epoch 49"))')
    page.keyboard.press(" ")
    assert page.get_attribute("#play", "aria-pressed") == "false"
    page.keyboard.press("Home")
    boundary = page.evaluate("document.querySelector('#space div path:not(.point)').getAttribute('d')")
    page.keyboard.press("End")
    assert page.evaluate("document.querySelector('#space div path:not(.point)').getAttribute('d')") != boundary


@pytest.mark.parametrize("width", [390, 1024, 1920])
def test_layout_and_access(open_page, check, moons_page, width):
    page = open_page(moons_page, width=width, dark=width == 1024, still=True)
    check.layout(page)
    check.access(page)


def test_one_input_several_classes_and_none(open_page):
    x = np.linspace(-2, 2, 30)
    model = MLP([1, 4, 1], activation="tanh", seed=0)
    model.compile(loss="mse", optimizer="adam", lr=0.05)
    recorder = viz.record(model, x, np.sin(x), every=4, lang="es")
    model.fit(x[:, None], np.sin(x)[:, None], epochs=10, callbacks=[recorder])
    assert recorder.epochs == [0, 4, 8, 10]
    page = open_page(recorder.html(), still=True)
    assert page.evaluate("document.querySelector('#space .curve').getAttribute('d').length") > 1000
    assert page.inner_text("h1") == "El entrenamiento, paso a paso"
    iris = data.iris()
    model = MLP([2, 3, 3], seed=0)
    model.compile(loss="cross_entropy", optimizer="sgd", lr=0.1)
    recorder = viz.record(model, iris.x[:, 2:], iris.y)
    model.fit(iris.x[:, 2:], iris.y, epochs=3, callbacks=[recorder])
    colours = "new Set([...document.querySelectorAll('#space .point')].map(p => p.getAttribute('style'))).size"
    assert open_page(recorder.html(), still=True).evaluate(colours) == 3
    bare = viz.record(NeuronNetwork([4, 3, 1], seed=0))
    bare.take(0)
    bare.take(7, loss=0.5)
    page = open_page(bare.html(), still=True)
    assert page.query_selector("#space") is None
    assert page.inner_text("#count") == "epoch 7"


# Where it is shown.


def in_view(page, selector):
    """Whether all of an element is seen without scrolling, above the controls."""
    return page.evaluate(
        """selector => {
          const box = document.querySelector(selector).getBoundingClientRect();
          const foot = document.querySelector('footer').getBoundingClientRect();
          return box.top >= 0 && box.bottom <= (selector.startsWith('footer') ? innerHeight : foot.top) + 1
            && box.left >= 0 && box.right <= innerWidth;
        }""",
        selector,
    )


@pytest.mark.parametrize("lang", ["en", "es"])
def test_everything_is_on_one_screen(open_page, check, moons_page, lang):
    html = moons_page if lang == "en" else trained(epochs=5, lang=lang)[1].html()
    page = open_page(html, width=1280, height=720, still=True)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    for selector in ("#network svg", "#loss svg", "#space canvas", "#space ul", "footer", "footer #slider"):
        assert in_view(page, selector), selector
    assert page.evaluate("document.querySelector('#space canvas').getBoundingClientRect().width") >= 200
    check.layout(page)


def test_the_first_click_on_play_plays_in_the_sandboxed_frame_of_a_notebook(open_page, moons_in_a_notebook):
    page = open_page(moons_in_a_notebook, height=900)
    frame = page.frames[1]
    assert frame.inner_text("#count") == "epoch 199"
    frame.click("#play")
    assert frame.get_attribute("#play", "aria-pressed") == "true"
    frame.wait_for_selector('#count:not(:text-is("epoch 199"), :text-is("epoch 0"))')
    frame.click("#play")
    assert frame.get_attribute("#play", "aria-pressed") == "false"
    assert frame.evaluate("document.documentElement.scrollHeight <= innerHeight + 1")


def test_a_static_picture_is_below_the_frame(open_page, check, moons, moons_in_a_notebook):
    html = re.sub("<iframe.*?</iframe>", "", moons_in_a_notebook, flags=re.S)
    page = open_page(html.replace("<details>", "<main><h1>a notebook</h1><details open>") + "</main>", width=1300)
    assert page.evaluate("document.querySelector('img').naturalWidth") > 500
    check.access(page)
    data = base64.b64decode(page.get_attribute("img", "src").partition(",")[2]).decode()
    page = open_page(
        f'<!DOCTYPE html><html lang="en"><title>a picture</title><main><h1>it</h1>{data}</main>', width=1300
    )
    weights = moons[1].weights[-1]
    shown = page.eval_on_selector_all("svg text", "found => found.map(t => t.textContent)")
    assert sum(number(x, 2) in shown for x in weights) >= 26  # biases have more decimals; few labels have no room
    titles = page.eval_on_selector_all("svg .arrow > title", "found => found.map(t => t.textContent)")
    assert sum(any(title.endswith(f" = {number(x)}") for title in titles) for x in weights) >= 28


# What it says of numbers.


def diverged():
    model = NeuronNetwork([2, 3, 1], activation="relu", seed=0)
    points = np.random.default_rng(0).normal(size=(20, 2))
    recorder = viz.record(model, points, points[:, 0] > 0)
    for epoch, factor in enumerate((1.0, -1e20, 1e40, math.inf)):
        for parameter in model.parameters():
            parameter.data *= factor
        recorder.take(epoch, loss=0.5 * 1e100**epoch if epoch < 3 else math.nan)
    return model, recorder


def test_a_diverged_training_is_shown_as_it_was(open_page, check):
    recorder = diverged()[1]
    page = open_page(recorder.html(), "#epoch=2", width=1280, height=720, still=True)
    shown = page.eval_on_selector_all("#network [data-n]", "found => found.map(t => t.textContent)")
    assert "∞" not in "".join(shown)
    written = {number(x, digits) for x in recorder.weights[2] for digits in (2, 3)}
    assert {text for text in shown if text[-1] != ")"} <= written
    assert page.is_hidden("#space li:has-text('no answer')")
    check.layout(page)
    inside = """() => {
      const box = document.querySelector('#loss svg').getBoundingClientRect();
      return [...document.querySelectorAll('#loss text')].every(t => {
        const own = t.getBoundingClientRect(); return own.left >= box.left - 1 && own.right <= box.right + 1; });
    }"""
    assert page.evaluate(inside)
    page.keyboard.press("End")
    assert page.is_visible("#space li:has-text('no answer (nan)')")
    assert "nan" in page.inner_text("#now")
    assert page.evaluate("[...document.querySelectorAll('#network path')].every(p => !/NaN/.test(p.outerHTML))")
    pixels = """() => {
      const canvas = document.querySelector('#space canvas');
      const image = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(image.data.buffer)).size;
    }"""
    assert page.evaluate(pixels) == 2  # paper and hatching, no class
    check.access(page)


def test_a_weight_that_is_no_number_is_dotted(open_page):
    network = NeuronNetwork([2, 2, 1], seed=0)
    recorder = viz.record(network)
    recorder.take(0)
    weight = network.layers[0].neurons[0].weights[0]
    before, weight.data = weight.data, math.nan
    recorder.take(1)
    page = open_page(recorder.html(), still=True)
    look = "k => [...document.querySelectorAll('#network [data-w]')].map(p => p.getAttribute(k))"
    assert page.evaluate(look, "stroke-dasharray").count("1 4") == 1
    assert "NaN" not in page.evaluate(look, "stroke-width")
    assert max(float(width) for width in page.evaluate(look, "stroke-width")) > 1
    page.keyboard.press("Home")
    assert page.evaluate(look, "stroke-dasharray").count("1 4") == 0
    assert before == recorder.weights[0][0]


def test_a_dozen_classes_are_told_apart(open_page, check):
    classes = np.repeat(np.arange(12), 4)
    turn = classes / 12 * 2 * np.pi
    points = np.column_stack([np.cos(turn), np.sin(turn)]) + np.random.default_rng(0).normal(0, 0.05, (48, 2))
    recorder = viz.record(MLP([2, 8, 12], seed=0), points, classes)
    recorder.take(0)
    recorder.take(1)
    page = open_page(recorder.html(), width=1280, height=720, still=True)
    look = "found => found.map(p => [getComputedStyle(p).fill, p.getAttribute('d')].join())"
    assert len(set(page.eval_on_selector_all("#space div .point", look))) == 12
    assert len({entry.split(",M")[0] for entry in page.eval_on_selector_all("#space div .point", look)}) == 10
    named = page.eval_on_selector_all("#space li:has(.point)", "found => found.map(li => li.textContent)")
    assert named == [str(k) for k in range(12)]
    check.layout(page)


class Residual(Module):
    """A network that is no chain of layers."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.first, self.block, self.last = Linear(inputs, 6, seed=0), Linear(6, 6, seed=1), Linear(6, outputs, seed=2)

    def forward(self, x):
        h = tanh(self.first(x))
        return self.last(h + tanh(self.block(h)))


@pytest.mark.parametrize("width", [390, 1280])
def test_any_other_model_is_shown_by_its_norms(open_page, check, width):
    iris = data.iris()
    model = Residual(2, 3)
    model.compile(loss="cross_entropy", optimizer="adam", lr=0.05)
    recorder = viz.record(model, iris.x[:, 2:], iris.y)
    model.fit(iris.x[:, 2:], iris.y, epochs=10, callbacks=[recorder])
    page = open_page(recorder.html(), width=width, height=720, still=True)
    cells = "found => found.map(t => t.textContent)"
    expected = [number(float(np.linalg.norm(p.numpy())), 4) for p in model.parameters()]
    assert page.eval_on_selector_all("#network [data-n]", cells) == expected
    boundary = page.evaluate("document.querySelector('#space div path:not(.point)').getAttribute('d')")
    page.keyboard.press("Home")
    expected = [number(float(np.linalg.norm(p.numpy())), 4) for p in Residual(2, 3).parameters()]
    assert page.eval_on_selector_all("#network [data-n]", cells) == expected
    assert page.evaluate("document.querySelector('#space div path:not(.point)').getAttribute('d')") != boundary
    check.layout(page)
    check.access(page)


@pytest.mark.parametrize("kind", [Residual, lambda inputs, outputs: MLP([inputs, 5, outputs], seed=0)])
def test_several_outputs_of_one_input_are_several_curves(open_page, kind):
    x = np.linspace(-2, 2, 20)
    recorder = viz.record(kind(1, 2), x, np.column_stack([np.sin(x), np.cos(x)]))
    recorder.take(0)
    recorder.take(1)
    page = open_page(recorder.html(), still=True)
    lines = page.eval_on_selector_all("#space .curve", "found => found.map(p => p.getAttribute('d'))")
    assert len(set(lines)) == 2
    assert all(line.count("L") == 159 for line in lines)


def test_names_of_users_appear_as_they_are(open_page):
    names = ["<b>", "</script>", "a|b", '"']
    x = np.arange(8.0).reshape(4, 2)
    recorder = viz.record(MLP([2, 4], seed=0), x, np.array(names), title="</title><b>")
    recorder.take(0)
    recorder.take(1)
    page = open_page(recorder.html(), still=True)
    shown = page.eval_on_selector_all("#space li:has(.point)", "found => found.map(li => li.textContent)")
    assert shown == sorted(names)
    assert page.inner_text("h1") == "</title><b>"
    assert escape(names[0]) not in page.inner_text("#space ul")


def test_the_page_of_an_estimator_computes_its_probabilities(open_page):
    moons = data.moons(60, noise=0.15, seed=0)
    estimator = MLPClassifier(hidden_layer_sizes=(4,), max_iter=20, random_state=0, tol=0.0)
    with pytest.warns(ConvergenceWarning):
        estimator.fit(moons.x, moons.y)
    recorder = viz.record(estimator, moons.x, moons.y)
    recorder.take(0)
    estimator.partial_fit(moons.x, moons.y)
    recorder.take(1)
    page = open_page(recorder.html(), still=True)
    points = np.random.default_rng(0).uniform(-1, 2, (20, 2))
    given = "([x, y]) => [...rows(current, [new Float64Array(x), new Float64Array(y)], x.length)[0]]"
    found = page.evaluate(given, [points[:, 0].tolist(), points[:, 1].tolist()])
    assert found == pytest.approx(estimator.predict_proba(points)[:, 1].tolist(), abs=1e-5)
