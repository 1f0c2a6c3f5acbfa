"""The playground in a real browser: one page that all tests use, each from the beginning."""

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import Tensor
from inversa.nn import MLP, Linear, Sequential, Tanh, losses

NAMES = ["</script><script>alert(1)", '<img src=x onerror="alert(2)">']


@pytest.fixture(scope="module")
def html():
    return viz.playground().html()


@pytest.fixture
def page(open_page, html):
    return open_page(html, width=1366, height=768, still=True)


def link(page):
    return page.evaluate("linkOf(snapshot())")


def numbers(page):
    """All weights and biases."""
    parameters = "net.state.layers.flatMap(({weight, bias}) => [...weight.values.data, ...bias.values.data])"
    return page.evaluate(parameters)


def test_everything_is_on_one_screen_and_accessible(page, check):
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    overflowing = "[...document.querySelectorAll('main > *')].filter(e => e.scrollHeight > e.clientHeight + 1).length"
    assert page.evaluate(overflowing) == 0
    check.layout(page)
    check.access(page)
    page.keyboard.press("i")
    check.access(page)


@pytest.mark.parametrize("width", [390, 1024, 1920])
def test_layout_of_other_widths(open_page, check, html, width):
    page = open_page(html, width=width, height=900, dark=width == 1024, still=True)
    check.layout(page)
    check.access(page)


def test_training_lowers_the_loss_and_undo_brings_it_back(page):
    before, loss = numbers(page), page.evaluate("curve.at(-1)[1]")
    page.keyboard.press("e")
    assert page.inner_text("#epochs") == "1"
    page.keyboard.press(" ")
    page.wait_for_selector('#epochs:text-matches("[2-9][0-9]|[0-9]{3}")')
    page.keyboard.press(" ")
    assert page.get_attribute("#play", "aria-pressed") == "false"
    assert page.evaluate("curve.at(-1)[1]") < 0.8 * loss
    assert page.inner_text("#lossnow") == page.evaluate("format(curve.at(-1)[1], 4)")
    page.keyboard.press("u")
    page.keyboard.press("Control+z")
    assert numbers(page) == before
    assert page.is_disabled("#undo")
    page.keyboard.press("y")
    assert page.inner_text("#epochs") == "1"


def test_a_key_shows_the_inverse_network_with_the_deltas_of_python(page):
    model = MLP([2, 4, 4, 1], activation="tanh", seed=0)
    x, y = page.evaluate("[[...inspected().x.data], [...inspected().y.data]]")
    page.keyboard.press("i")
    assert page.get_attribute("#flip", "aria-pressed") == "true"
    signal, sums = Tensor([x]), []
    for layer in model.layers:
        sums.append((signal @ layer.weight.T + layer.bias).named("z"))
        signal = layer.activation(sums[-1])
    losses.binary_cross_entropy(signal, np.array([y])).backward()
    for number, z in enumerate(sums, start=1):
        wanted = z.grad.ravel()
        assert page.evaluate(f"[...layerOf({number}).flowZ.data]") == pytest.approx(wanted.tolist(), abs=1e-12)
        shown = page.eval_on_selector_all(f'[data-at^="{number} "]', "found => found.map(b => b.ariaLabel)")
        assert [re.search("δ = (.*)", label)[1].replace("−", "-") for label in shown] == [f"{d:.4f}" for d in wanted]
    gradient = model.layers[0].weight.grad[1, 0]
    page.evaluate("point({l: 1, j: 1, i: 0})")
    assert f"= {gradient:.4f}".replace("-", "−") in page.inner_text("#lines")
    assert "⑥" in page.inner_text("#rules")


def test_layers_and_neurons_come_and_go_and_the_others_keep_their_numbers(page):
    first = page.evaluate("[...net.state.layers[0].weight.values.data]")
    page.click("#addlayer")
    assert page.evaluate("sizes().join('-')") == "2-4-4-4-1"
    assert page.evaluate("[...net.state.layers[0].weight.values.data]") == first
    page.click("#layers .layer:nth-child(2) button:has-text('+')")
    assert page.evaluate("sizes().join('-')") == "2-4-5-4-1"
    page.select_option("#layers .layer:nth-child(2) select", "relu")
    assert page.evaluate("net.config.layers[1].activation") == "relu"
    page.click("#layers .layer:nth-child(1) button:has-text('×')")
    assert page.evaluate("sizes().join('-')") == "2-5-4-1"
    assert len(page.query_selector_all(".neuron")) == 12


def test_steps_forwards_and_backwards_name_their_rules(page):
    said = []
    while True:
        page.keyboard.press("ArrowRight")
        if not page.evaluate("walking()"):
            break
        said.append(page.inner_text("#rules"))
    assert len(said) == 26
    assert {mark for rules in said for mark in rules if mark in "①②③④⑤⑥⑦⑧"} == set("①②④⑤⑥⑦⑧")
    assert "derivative ψ′" in " ".join(said[12:])
    assert page.evaluate("net.state.steps") == 1  # the last step was an update
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    label = page.get_attribute('[data-at="1 0"]', "aria-label")
    assert label == "neuron 1 of hidden layer 1"  # no number before its step
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#told").startswith("1/26")
    page.keyboard.press("Escape")
    assert "=" in page.get_attribute('[data-at="1 0"]', "aria-label")


def test_weights_are_typed_and_held_by_keyboard(page):
    page.focus('[data-at="1 0"]')
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.at") == "1 1"
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    assert page.inner_text("#told").startswith("w₂₂⁽¹⁾, from x₂")
    page.keyboard.press("PageUp")
    page.keyboard.press("Enter")
    page.keyboard.type("−1,25")
    page.keyboard.press("Tab")
    page.keyboard.press(" ")
    page.keyboard.press("Enter")
    assert page.evaluate("weightOf(1, 1, 0)") == -1.25
    page.keyboard.press("e")
    page.keyboard.press("r")
    assert page.evaluate("weightOf(1, 1, 0)") == -1.25
    page.click('[data-at="1 1"]')
    page.fill("#weightrows input", "one")
    page.keyboard.press("Enter")
    assert page.is_visible("#weighterror:not(:empty)")
    assert page.evaluate("weightOf(1, 1, 0)") == -1.25


def test_a_link_keeps_everything(page):
    page.select_option("#kind", "circles")
    page.fill("#rate", "0.05")
    page.keyboard.press("Tab")
    page.evaluate("resizeLayer(0, 1); look(7); for (let k = 0; k < 3; k++) oneEpoch(); net.step()")
    kept, address = numbers(page), link(page)
    page.evaluate("net.epoch()")
    wanted = numbers(page)
    page.evaluate("restart()")
    page.evaluate("address => { location.hash = address }", address)
    page.wait_for_selector('#epochs:text-is("3")')
    assert numbers(page) == kept
    assert page.evaluate("[setup.kind, setup.rate, setup.sample]") == ["circles", 0.05, 7]
    page.evaluate("net.epoch()")
    assert numbers(page) == wanted  # also what chance and the optimiser do next
    assert len(address) < 12_000


HOSTILE = [
    lambda s: s["setup"].update(kind="<img src=x onerror=alert(1)>"),
    lambda s: s["setup"].update(rate="1); alert(1"),
    lambda s: s["setup"].update(layers=[{"neurons": 1e9, "activation": "tanh"}]),
    lambda s: s["setup"].update(layers=[{"neurons": 1, "activation": "__proto__"}]),
    lambda s: s["setup"].update(own={"inputs": 2, "classes": ["a", "b"], "rows": [[0, 0, 7]]}),
    lambda s: s["setup"].update(kind="own"),
    lambda s: s["state"].update(layers=[]),
    lambda s: s["state"]["layers"][0]["weight"].update(values="AAAA"),
    lambda s: s["state"]["layers"][0]["weight"].update(held=[-1]),
    lambda s: s["state"].update(words={"weights": [1], "order": [1]}),
    lambda s: s.update(state=7),
    lambda s: s.update(curve=[["<b>", 1, 1]]),
    lambda s: s.clear(),
]


def test_a_hostile_link_changes_nothing(page):
    before, text = numbers(page), link(page)[3:].replace("-", "+").replace("_", "/")
    for change in HOSTILE:
        state = json.loads(base64.b64decode(text + "=" * (-len(text) % 4)))
        change(state)
        wrong = base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")
        page.evaluate("address => { say(''); location.hash = address }", f"#s={wrong}")
        page.wait_for_selector("#say:not([hidden])")
        assert numbers(page) == before
    assert page.evaluate("document.querySelectorAll('img').length") == 0


def test_names_stay_names_and_points_are_pasted(open_page):
    html = viz.playground(x=[[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], y=[*NAMES, NAMES[0]], title=NAMES[1]).html()
    page = open_page(html, width=1366, height=768, still=True)
    shown = page.eval_on_selector_all("#legend li", "found => found.map(li => li.textContent)")
    assert shown[:2] == sorted(NAMES, key=NAMES.index)
    assert page.inner_text("h1") == NAMES[1]
    page.click("#paste")
    page.fill("#pasted", f"a;b;kind\n0,5;1;{NAMES[1]}\n1;2")
    page.click("#pasteform button")
    assert "3" in page.inner_text("#pasteerror")  # the line that is wrong
    page.fill("#pasted", f"a;b;kind\n0,5;1;{NAMES[1]}\n1;2;{NAMES[0]}\n2;2;constructor")
    page.click("#pasteform button")
    assert page.evaluate("setup.own.rows.map(row => row.join())") == ["0.5,1,1", "1,2,0", "2,2,2"]
    assert page.evaluate("sizes().join('-')") == "2-4-4-3"
    page.select_option("#kind", "moons")
    page.click("#draw")
    assert page.eval_on_selector_all("#pen option", "found => found.map(o => o.textContent)") == ["0", "1"]
    page.click("#plane", position={"x": 20, "y": 30})
    assert page.evaluate("[setup.kind, setup.own.rows.length]") == ["own", 201]
    assert page.evaluate("document.querySelectorAll('img, main script').length") == 0


def test_tables_are_read_as_python_reads_them(page):
    read = (
        "text => { try { const t = parsedTable(text); return [t.classes, t.rows]; } catch (e) { return e.message; } }"
    )
    quoted = '"a;x",b,kind\n0,1,"a, b"\n1,2,"say ""no"""'
    assert page.evaluate(read, quoted) == [["a, b", 'say "no"'], [[0, 1, 0], [1, 2, 1]]]
    assert "3" in page.evaluate(read, "1,2,a\n1,2,b\n1,2,")
    assert page.evaluate(read, "1,2,0\n1,2,1\n1,2,NaN") == "Line 3: NaN is not a number."
    assert page.evaluate(read, "?,2,a\n1,2,b\n1,3,a") == "Line 1: ? is not a number."  # no row of names
    assert "beyond" in page.evaluate(read, "1e12,2,0\n1,2,1")


def test_one_input_and_three_classes_have_a_curve_each(page):
    page.evaluate("takeText('0,a\\n1,b\\n2,c\\n3,a')")
    curves = page.eval_on_selector_all("#plane .boundary", "found => found.map(path => path.getAttribute('d'))")
    assert len(set(curves)) == 3
    assert page.evaluate("data.range.slice(2)") == [-0.12, 1.12]
    left = "[...net.answers(matrix(1, 1, Float64Array.of(data.range[0]))).data].map(h => +down(h).toFixed(2))"
    assert page.evaluate(left) == [float(d[1:].partition("L")[0].split()[1]) for d in curves]


def test_the_boundary_is_where_the_answer_is_even(page):
    page.keyboard.press("e")
    ends = """() => {
        const [left, right, bottom, top] = data.range;
        const d = document.querySelector("#plane .boundary").getAttribute("d");
        const inner = d.match(/[\\d.]+ [\\d.]+/g).map(pair => pair.split(" ").map(Number))
            .filter(pair => pair.every(u => u > 1 && u < 99));
        const xs = inner.flatMap(([u, v]) => [left + (right - left) * u / 100, top - (top - bottom) * v / 100]);
        return [...net.answers(matrix(inner.length, 2, Float64Array.from(xs))).data];
    }"""
    assert np.abs(np.array(page.evaluate(ends)) - 0.5).max() < 0.01


def test_the_loss_is_that_of_the_numbers_shown(page):
    def is_now():
        assert page.inner_text("#lossnow") == page.evaluate("format(net.cost(), 4)")
        assert page.evaluate("curve.map(([epoch]) => epoch)") == page.evaluate("range(net.state.epoch + 1)")

    page.evaluate("openWeights(3, 0, 0)")
    page.fill("#weightrows input >> nth=0", "50")
    page.keyboard.press("Enter")
    is_now()
    page.evaluate("go(0); finishWalk()")  # a step of one sample
    is_now()
    page.select_option("#penalty", "l2")
    is_now()
    cost, loss, penalty = page.evaluate("[inspected().cost, inspected().loss, inspected().penalty]")
    assert cost == loss + penalty > loss
    said = page.evaluate("forwardNeuron(3, 0).at(-1)[1]")
    assert said.endswith(
        page.evaluate("([a, b, c]) => `${figure(a)} + ${figure(b)} = ${figure(c)}`", [loss, penalty, cost])
    )
    page.select_option("#loss", "mean_squared_error")
    is_now()
    page.select_option("#optimizer", "sgd")
    page.fill("#rate", "100")
    page.keyboard.press("Tab")
    page.evaluate("activate(0, 'identity'); activate(1, 'identity'); oneEpoch(); oneEpoch()")
    assert "learning rate" in page.inner_text("#say")
    is_now()


def test_links_that_nobody_made_change_nothing(page):
    before = numbers(page)
    wrong = ["curve = [[1e300, 1, 1]]", "curve = [[-5, 0, 0]]", "state.at = 1e9", "state.epoch = 2 ** 60"]
    for change in wrong:
        page.evaluate(
            f"const given = JSON.parse(JSON.stringify(snapshot())); given.{change}; location.hash = linkOf(given)"
        )
        page.wait_for_function("!byId('say').hidden")
        assert "damaged" in page.inner_text("#say")
        page.evaluate("say('')")
    assert numbers(page) == before


def test_initial_values_are_those_of_the_model_and_what_is_held_stays(open_page):
    model = Sequential(Linear(2, 2, bias=False, seed=0), Tanh(), Linear(2, 1, seed=1))
    page = open_page(viz.playground(model).html(), width=1366, height=768, still=True)
    before, held = numbers(page), "[0, 1].map(j => [isHeld(1, 'bias', j), biasOf(1, j)])"
    page.keyboard.press("e")
    page.keyboard.press("r")
    assert numbers(page) == before
    page.fill("#seed", "3")
    page.keyboard.press("Tab")
    assert numbers(page) != before
    page.keyboard.press("e")
    assert page.evaluate(held) == [[True, 0], [True, 0]]
    page.fill("#seed", "0")
    page.keyboard.press("Tab")
    assert numbers(page) == before


def test_the_keyboard_goes_on_where_it_was(page):
    def press(place, key="Enter"):
        page.focus(f'[data-at="{place}"]')
        page.keyboard.press(key)
        return page.evaluate("document.activeElement.dataset.at")

    assert press("layer 0 +") == "layer 0 +"
    assert press("layer 0 list", "ArrowDown") == "layer 0 list"
    assert press("layer 1 ×") == "layer 1 list"
    page.evaluate("resizeLayer(0, -3)")
    assert page.evaluate("sizes().join('-')") == "2-4-1"
    for _ in range(3):
        press("layer 0 −")
    assert page.evaluate("document.activeElement.dataset.at") == "layer 0 list"  # one neuron is left
    assert press("1 0", "u") == "1 0"
    page.set_viewport_size({"width": 1300, "height": 700})
    page.wait_for_timeout(150)
    assert page.evaluate("document.activeElement.dataset.at") == "1 0"


def test_activations_that_join_neurons_are_named(open_page):
    model = MLP([2, 3, 3], activation="softmax", output="softmax", seed=0)
    page = open_page(viz.playground(model, data="blobs").html(), width=1366, height=768, still=True)
    menus = "all('#layers select').map(menu => menu.selectedOptions[0].textContent)"
    assert page.evaluate(menus) == ["softmax", "softmax"]
    assert all(page.evaluate("all('option').map(option => option.textContent)"))
    said = page.evaluate("forwardNeuron(1, 1).at(-1)[1]")
    assert said == f"a₂⁽¹⁾ = softmax(z⁽¹⁾)₂ = {page.evaluate('figure(signalOf(1, 1))')}"


def test_on_paper_the_network_fits_a_page(page):
    size = "(({width, height}) => [width, height])(byId('board').getBoundingClientRect())"
    before = page.evaluate(size)
    width, height = page.evaluate(f"dispatchEvent(new Event('beforeprint')), {size}")
    assert (width <= 641, height <= 421) == (True, True)
    assert page.evaluate(f"dispatchEvent(new Event('afterprint')), {size}") == before


def test_a_link_that_is_opened_right_after_a_change_is_read(page):
    kept = link(page)
    page.keyboard.press("e")
    page.evaluate("hash => { remember('#'); location.hash = hash; remember(linkOf(snapshot())); }", kept)
    page.wait_for_function("net.state.epoch === 0")


def test_a_link_keeps_the_view(page):
    page.keyboard.press("i")
    page.select_option("#shows", "signals")
    kept = link(page)
    page.keyboard.press("i")
    page.select_option("#shows", "weights")
    page.evaluate("hash => { location.hash = hash; }", kept)
    page.wait_for_function("inverse")
    assert page.input_value("#shows") == "signals"
    assert page.get_attribute("#flip", "aria-pressed") == "true"


def test_what_is_saved(page):
    page.keyboard.press("e")

    def saved(key):
        page.click("#save")
        with page.expect_download() as download:
            page.click(f"#save-{key}")
        return download.value.path().read_bytes()

    assert b"MLP([2, 4, 4, 1]" in saved("python")
    page.evaluate("look(range(samples.n).find(samples.isTest))")
    sample = page.evaluate("setup.sample")
    assert f"viz.player(model, x[{sample}], y[{sample}]".encode() in saved("player")
    assert len(saved("safetensors")) > 8 * 37
    again = saved("page").decode()
    assert again.count("<script") == 2
    assert json.loads(re.search('id="data">(.*?)</script>', again, re.S)[1])["start"]["walk"] is True
    wanted = numbers(page)
    address = page.url.partition("#")[0]
    Path(address.removeprefix("file://")).write_text(again, "utf-8")
    page.goto(address)
    assert numbers(page) == wanted
    assert page.inner_text("#told").startswith("1/26")


def test_data_of_every_kind_and_settings_that_are_wrong(page):
    for kind in page.evaluate("data.kinds"):
        if kind != "own":
            page.select_option("#kind", kind)
            page.keyboard.press("e")
            assert np.isfinite(page.evaluate("curve.at(-1)[1]"))
    page.fill("#count", "ten")
    page.keyboard.press("Tab")
    assert page.get_attribute("#count", "aria-invalid") == "true"
    assert "whole number" in page.inner_text("#say")
    page.select_option("#kind", "moons")
    page.fill("#rate", "99")
    page.keyboard.press("Tab")
    page.select_option("#optimizer", "sgd")
    page.select_option("#loss", "mean_squared_error")
    page.evaluate("activate(0, 'relu'); activate(1, 'relu'); for (let k = 0; k < 30; k++) oneEpoch()")
    assert "learning rate" in page.inner_text("#say")


def test_a_loss_that_changes_the_output_layer_changes_what_stands_above_it(page):
    page.select_option("#kind", "blobs")
    page.select_option("#loss", "cross_entropy_of_probabilities")
    headings = page.evaluate("all('.heading').map(each => each.textContent)")
    assert headings == ["1 · tanh", "2 · tanh", "output · softmax"]


MONKEY = """seed => {
  const random = Chance.of(seed, "data");
  const one = list => list[Math.floor(random.uniform(0, list.length))];
  const write = (field, text) => { field.value = text; field.onchange?.(); };
  const menu = () => one(all("main select:not(#pen)"));
  const field = () => one(all("#settings input:not(:disabled)"));
  const keys = [" ", "ArrowRight", "ArrowLeft", "e", "i", "r", "u", "y"];
  const actions = [
    () => one(all("header button:not(#save), .layer button, #addlayer, #draw, #clear, #nextsample")).click(),
    () => { const chosen = menu(); write(chosen, one([...chosen.options]).value); },
    () => write(field(), one(["0", "1", "9", "0.5", "x", ""])),
    () => dispatchEvent(new KeyboardEvent("keydown", {key: one(keys)})),
    () => { one(neurons.flat()).button.focus(); one(wires).hit.onmouseenter(); },
    () => { restore(JSON.parse(JSON.stringify(snapshot()))); opened(); },
    () => takeText(one(["1,2,a\\n2,3,b", "1;2\\n2;3,5", "0,0,0\\n1,1,1\\n2,2,2", "?"])),
  ];
  for (let k = 0; k < 70; k++) one(actions)();
  pause();
  return neurons.flat().length - sizes().reduce((a, b) => a + b);
}"""


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_pressed_the_page_goes_on(page, seed):
    assert page.evaluate(MONKEY, seed) == 0
