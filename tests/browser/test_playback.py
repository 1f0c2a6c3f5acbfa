"""The playback of a training in a real browser."""

import numpy as np
import pytest

from inversa import viz
from inversa.nn import MLP, NeuronNetwork, data


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


def test_size_of_two_hundred_frames(moons):
    recorder = moons[1]
    assert len(recorder.epochs) == 200
    assert len(recorder.html().encode()) <= 120_000


def test_the_page_computes_what_the_model_answers(open_page, moons):
    model, recorder = moons
    page = open_page(recorder.html(), still=True)
    assert page.inner_text("#count") == "epoch 199"
    assert f"{recorder.loss[-1]:.4f}" in page.inner_text("#now")
    points = np.random.default_rng(0).uniform(-1, 2, (20, 2))
    found = page.evaluate(
        "([x, y]) => { const r = runMany(D.code, given(at, [new Float64Array(x), new Float64Array(y)]), x.length);"
        " return [...r[D.outputs[0]]]; }",
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


def test_keyboard_links_and_play(open_page, moons):
    page = open_page(moons[1].html(), "#epoch=50", still=True)
    assert page.inner_text("#count") == "epoch 50"
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#count") == "epoch 49"
    page.keyboard.press(" ")
    page.wait_for_selector('#count:not(:text-is("epoch 49"))')
    page.keyboard.press(" ")
    assert page.get_attribute("#play", "aria-pressed") == "false"
    page.keyboard.press("Home")
    boundary = page.evaluate("document.querySelector('#space path').getAttribute('d')")
    page.keyboard.press("End")
    assert page.evaluate("document.querySelector('#space path').getAttribute('d')") != boundary


@pytest.mark.parametrize("width", [390, 1024, 1920])
def test_layout_and_access(open_page, check, moons, width):
    page = open_page(moons[1].html(), width=width, dark=width == 1024, still=True)
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
    assert page.evaluate("document.querySelector('#space path').getAttribute('d').length") > 1000
    assert page.inner_text("h1") == "El entrenamiento, paso a paso"
    iris = data.iris()
    model = MLP([2, 3, 3], seed=0)
    model.compile(loss="cross_entropy", optimizer="sgd", lr=0.1)
    recorder = viz.record(model, iris.x[:, 2:], iris.y)
    model.fit(iris.x[:, 2:], iris.y, epochs=3, callbacks=[recorder])
    colours = "new Set([...document.querySelectorAll('#space .point')].map(p => p.getAttribute('class'))).size"
    assert open_page(recorder.html(), still=True).evaluate(colours) == 3
    bare = viz.record(NeuronNetwork([4, 3, 1], seed=0))
    bare.take(0)
    bare.take(7, loss=0.5)
    page = open_page(bare.html(), still=True)
    assert page.query_selector("#space") is None
    assert page.inner_text("#count") == "epoch 7"
