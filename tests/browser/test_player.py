"""The player in a real browser: what it shows, what it computes, and that a keyboard is enough."""

import json
import re

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import InverseNetwork, Value
from inversa.nn import MLP, NeuronNetwork, losses
from inversa.viz.draw import drawn
from inversa.viz.pages import source
from inversa.viz.player_page import SCRIPTS
from inversa.viz.texts import number

PARAMETERS = {"w1_1": 0.1, "b1_1": -0.3, "w1_2": -0.1, "b1_2": 0.5, "w2_11": 0.4, "w2_12": 0.7, "b2_1": 0.2}
ODD = ["</script>", "a|b", "<b>", "😀", "שלום", "&amp;", '"q"', "]]>"]


def lecture():
    network = NeuronNetwork([1, 2, 1], activation="sigmoid", output="sigmoid", seed=0)
    network.load_state_dict(PARAMETERS)
    return network


def player(**options):
    return viz.player(lecture(), [0.5], [0.88], loss="squared_error", **options)


def deep():
    return MLP([2, 3, 3, 1], activation="tanh", seed=1)


PLAYERS = {
    "neurons": player,
    "circles": lambda **options: viz.player(deep(), [0.5, -0.3], [0.3], loss="mse", **options),
    "operations": lambda **options: viz.player(lecture(), [0.5], [0.88], loss="squared_error", detail="op", **options),
    "layers": lambda **options: viz.player(deep(), [[0.5, -0.3], [0.1, 0.2]], [[0.3], [0.1]], loss="mse", **options),
}


def data(page):
    return json.loads(page.inner_text("#data") or page.evaluate("document.getElementById('data').textContent"))


def test_size():
    assert len(player().html().encode()) <= 150_000
    assert sum(len(source(name).encode()) for name in SCRIPTS) <= 15_000


@pytest.mark.parametrize("kind", PLAYERS)
def test_a_walk_by_keyboard_shows_every_step(open_page, kind):
    made = PLAYERS[kind]()
    page = open_page(made.html(), still=True)
    for i, step in enumerate(made.steps):
        assert page.inner_text("#count") == f"{i + 1} / {len(made.steps)}"
        assert page.inner_text("#title") == step.title
        now = page.eval_on_selector_all("#stage .now", "found => found.map(g => g.id)")
        assert sorted(now) == sorted(f"{step.view[0]}-{part}" for part in step.parts)
        page.keyboard.press("ArrowRight")
    assert page.url.endswith(f"#step={len(made.steps)}")
    assert page.eval_on_selector_all("#stage #twin [data-part]:not(.on):not(.frame)", "found => found.length") == 0
    page.keyboard.press("Home")
    assert page.inner_text("#count").startswith("1 /")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#count").startswith(f"{len(made.steps) - 1} /")


def test_numbers_to_come_are_hidden(open_page):
    page = open_page(player().html(), "#step=5", still=True)
    visible = "found => found.filter(t => getComputedStyle(t).visibility === 'visible').map(t => t.textContent)"
    shown = page.eval_on_selector_all("#one [data-n]", visible)
    assert "0.4378" in shown
    assert "0.6106" not in shown
    page.keyboard.press("End")
    shown = page.eval_on_selector_all("#twin [data-n]", visible)
    assert {"−0.0355", "−0.0495", "−0.0810", "−0.0040", "−0.0080", "0.0006"} <= set(shown)


@pytest.mark.parametrize("kind", ["neurons", "circles", "operations"])
def test_edited_numbers_give_what_the_engine_gives(open_page, kind):
    page = open_page(PLAYERS[kind]().html(), "#step=999", still=True)
    model = lecture() if kind != "circles" else deep()
    x, y = ([-1.25], [0.3]) if kind != "circles" else ([2.0, -0.7], [-0.4])
    for name, values in (("x", x), ("y", y)):
        for i, number_ in enumerate(values, start=1):
            label = f"value of {name}" + (f"{'₁₂'[i - 1]}" if len(values) > 1 else "")
            page.get_by_label(label, exact=True).fill(str(number_).replace("-", "−"))
    loss = "squared_error" if kind != "circles" else "mse"
    for step in range(4):
        _, outputs = drawn(model, x, y, loss=loss, detail="neuron")
        network = InverseNetwork(*outputs)
        flows, nodes = network.run(), network.graph.nodes
        slots = page.evaluate("Object.fromEntries(Object.keys(D.slots).map(slot => [slot, value(slot)]))")
        assert len(slots) > 40
        for slot, value in slots.items():
            if slot[0] in "vd":
                node = nodes[int(slot[1:])]
                assert value == pytest.approx(node.data if slot[0] == "v" else flows.get(node, 0.0), abs=1e-9)
        written = page.eval_on_selector_all(
            "#stage [data-n]", "found => found.map(t => [t.dataset.n, t.dataset.d, t.textContent])"
        )
        for slot, digits, text in written:
            if slot[0] in "vd":
                node = nodes[int(slot[1:])]
                assert text == number(node.data if slot[0] == "v" else flows.get(node, 0.0), int(digits)), (step, slot)
        page.get_by_role("button", name="w ← w − α ∂J/∂w").click()
        parameters = list(model.parameters())
        if kind == "circles":
            values = {p.name: p for p in parameters}
            gradient = {node.name: flows[node] for node in nodes if node.name and node in flows}
            for name, p in values.items():  # W1 holds w1_11, w1_12, …; the neurons have the numbers one by one
                layer = name[1]
                array = p.numpy().copy()
                for j in range(array.shape[0]):
                    for i in range(array.shape[1] if array.ndim > 1 else 1):
                        key = f"w{layer}_{j + 1}{i + 1}" if name[0] == "W" else f"b{layer}_{j + 1}"
                        array[(j, i) if array.ndim > 1 else j] -= 0.1 * gradient[key]
                p.data = array
        else:
            by_name = {node.name: flows[node] for node in nodes if node.is_leaf and node in flows}
            for p in parameters:
                p.data -= 0.1 * by_name[p.name]
    page.get_by_role("button", name="Reset").click()
    assert page.evaluate("value(D.cost)") == pytest.approx(
        page.evaluate(
            "read(D.cost, D.slots, run(D.code, D.order.flatMap(b => original[D.leaves.findIndex(l => l.box === b)])))"
        )
    )


def test_numbers_of_whole_layers_follow(open_page):
    page = open_page(PLAYERS["layers"]().html(), "#step=999", still=True)
    page.get_by_label("value of x", exact=True).fill("1; -0.5; 0.3; 0.8")
    x = [[1.0, -0.5], [0.3, 0.8]]
    model = deep()
    loss = losses.mean_squared_error(model(x), [[0.3], [0.1]])
    loss.backward()
    shown = page.eval_on_selector_all("#stage [data-n]", "found => found.map(t => t.textContent)")
    assert number(loss.item()) in shown
    assert number(float(np.linalg.norm(model.layers[0](x).data))) in shown
    steps = page.inner_text("#handout") or page.evaluate("document.getElementById('handout').textContent")
    assert number(float(np.linalg.norm(model.layers[0].weight.grad))) in steps


def test_input_that_is_no_number_is_marked_and_changes_nothing(open_page):
    page = open_page(player().html(), still=True)
    before = page.evaluate("value(D.cost)")
    field = page.get_by_label("value of x", exact=True)
    field.fill("half")
    assert field.get_attribute("aria-invalid") == "true"
    assert "such as" in page.inner_text("#say")
    assert page.evaluate("value(D.cost)") == before
    field.fill("0,75")
    assert field.get_attribute("aria-invalid") == "false"
    assert page.evaluate("value(D.cost)") != before


def test_quiz(open_page):
    page = open_page(player().html(), "#step=3", still=True)
    page.keyboard.press("q")
    assert "?" in page.inner_text("#equations")
    assert "0.0500" not in page.eval_on_selector_all(
        "#one .now [data-n]", "f => f.filter(t => getComputedStyle(t).visibility === 'visible').map(t => t.textContent)"
    )
    page.fill("#answer", "7")
    page.press("#answer", "Enter")
    assert page.inner_text("#verdict").startswith("Not yet")
    page.fill("#answer", "0,05")
    page.click("#check")
    assert page.inner_text("#verdict") == "Right."
    assert page.inner_text("#score") == "1 of 2 right"
    assert "0.0500" in page.inner_text("#equations")
    page.focus("#next")
    page.keyboard.press("ArrowRight")
    page.click("#reveal")
    assert "−0.2500" in page.inner_text("#equations")


def test_links_flip_and_play(open_page):
    page = open_page(player().html(), "#step=19", still=True)
    assert page.inner_text("#count") == "19 / 29"
    assert page.evaluate("document.body.classList.contains('flip')")
    page.keyboard.press("f")
    assert not page.evaluate("document.body.classList.contains('flip')")
    page.keyboard.press("f")
    page.evaluate("location.hash = '#step=4'")
    page.wait_for_selector('#count:text-is("4 / 29")')
    assert page.get_attribute("#play", "aria-pressed") == "false"  # nothing plays by itself
    page.keyboard.press(" ")
    assert page.get_attribute("#play", "aria-pressed") == "true"
    page.wait_for_selector('#count:text-is("5 / 29")')
    page.keyboard.press(" ")
    assert page.get_attribute("#play", "aria-pressed") == "false"


@pytest.mark.parametrize("kind", PLAYERS)
@pytest.mark.parametrize(("width", "lang"), [(390, "es"), (1024, "en"), (1920, "es")])
def test_layout_and_access(open_page, check, kind, width, lang):
    page = open_page(PLAYERS[kind](lang=lang).html(), "#step=999", width=width, dark=lang == "es", still=True)
    check.layout(page)
    if width == 1024:
        check.access(page)
        page.keyboard.press("q")
        check.access(page)
    small = page.eval_on_selector_all(
        "button, input",
        "f => f.filter(e => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => e.id)",
    )
    assert small == []


def test_focus_is_visible(open_page):
    page = open_page(player().html(), still=True)
    for _ in range(5):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert float(outline.removesuffix("px")) >= 2


def test_dark_and_light_differ_and_motion_can_be_stilled(open_page):
    colours = set()
    for dark in (False, True):
        page = open_page(player().html(), "#step=6", dark=dark)
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2
    assert page.evaluate("document.getAnimations().length") > 0
    still = open_page(player().html(), "#step=6", still=True)
    assert still.evaluate("document.getAnimations().length") == 0


def test_print_is_a_handout(open_page):
    page = open_page(player().html(), "#step=2", still=True)
    page.emulate_media(media="print")
    assert page.is_visible("#one")
    assert page.is_visible("#twin")
    assert not page.is_visible("footer")
    assert len(page.query_selector_all("#handout li")) == 29
    assert page.is_visible("#handout")
    hidden = page.eval_on_selector_all(
        "#stage [data-n]", "f => f.filter(t => getComputedStyle(t).visibility !== 'visible').length"
    )
    assert hidden == 0


def test_paper_has_every_gradient_and_the_screen_its_step_again(open_page):
    page = open_page(player().html(), "#step=2", still=True)
    gradients = "rows => rows.map(cell => cell.textContent)"
    before = page.eval_on_selector_all("#numbers .g", gradients)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = page.eval_on_selector_all("#numbers .g", gradients)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.eval_on_selector_all("#numbers .g", gradients) == before
    page.keyboard.press("End")
    assert printed == page.eval_on_selector_all("#numbers .g", gradients)
    assert printed != before
    assert all(any(digit.isdigit() for digit in text) for text in printed[-7:])


def test_odd_names_stand_there_literally(open_page):
    leaves = [Value(0.1 * (i + 1), name=name) for i, name in enumerate(ODD)]
    total = leaves[0]
    for leaf in leaves[1:]:
        total = total * 0.5 + leaf
    html = viz.player(total.named("</title>"), title="<i>'\"").html()
    assert len(re.findall("</script>", html)) == 2
    page = open_page(html, "#step=999", still=True)
    told = page.evaluate("document.body.textContent")
    for name in ODD:
        assert name in told
    assert page.inner_text("h1") == "<i>'\""


def test_in_a_notebook_and_without_scripts(open_page, browser, tmp_path):
    shown = player()._repr_mimebundle_()["text/html"]
    page = open_page(f"<!DOCTYPE html><html lang='en'><title>notebook</title><body>{shown}</body></html>", still=True)
    frame = page.frames[1]
    frame.wait_for_selector("#count")
    assert frame.inner_text("#count") == "1 / 29"
    assert page.evaluate("document.querySelector('details svg') !== null")
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    path = tmp_path / "plain.html"
    path.write_text(player().html(), encoding="utf-8")
    plain.goto(path.as_uri())
    assert plain.is_visible("#one")
    assert plain.is_visible("#twin")
    context.close()


def test_what_cannot_be_recomputed_is_said(open_page):
    model = MLP([2, 2, 1], activation="relu", seed=0)
    page = open_page(viz.player(model, [0.5, 1.0], 3.0, loss="huber").html(), "#step=999", still=True)
    assert "Numbers cannot be edited here" in page.inner_text("#gradients")
    assert page.query_selector("#update") is None
    assert re.search(r"−?\d\.\d{4}", page.inner_text("#numbers"))
