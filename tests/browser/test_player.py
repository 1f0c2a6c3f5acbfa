"""The player in a real browser: what it shows, what it computes, and that a keyboard is enough."""

import json
import re
from functools import cache

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import InverseNetwork, Value
from inversa.nn import MLP, Conv2d, Flatten, Linear, MaxPool2d, NeuronNetwork, ReLU, Sequential, losses
from inversa.viz._draw import make_drawing
from inversa.viz.lettering.formula import Number
from inversa.viz.lettering.numbers import number
from inversa.viz.pages.page import source
from inversa.viz.pages.player import SCRIPTS

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


@cache
def html_of(kind="neurons", **options):
    """A player's page, which is made once for all tests."""
    return PLAYERS[kind](**options).html()


def data(page):
    return json.loads(page.inner_text("#data") or page.evaluate("document.getElementById('data').textContent"))


def test_size():
    assert len(player().html().encode()) <= 135_000
    assert len(source(*SCRIPTS).encode()) <= 24_400  # as a page has them: names are words, a line is a thought


@pytest.mark.parametrize("kind", PLAYERS)
def test_a_walk_by_keyboard_shows_every_step(open_page, kind):
    made = PLAYERS[kind]()
    page = open_page(made.html(), still=True)
    for i, step in enumerate(made.steps):
        count, title, now = page.evaluate(
            "[byId('count').innerText, byId('title').innerText, all('#stage .now').map(g => g.id)]"
        )
        assert count == f"{i + 1} / {len(made.steps)}"
        assert title == step.title
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
    page = open_page(html_of(), "#step=5", still=True)
    visible = "found => found.filter(t => getComputedStyle(t).visibility === 'visible').map(t => t.textContent)"
    shown = page.eval_on_selector_all("#one [data-n]", visible)
    assert "0.4378" in shown
    assert "0.6106" not in shown
    page.keyboard.press("End")
    shown = page.eval_on_selector_all("#twin [data-n]", visible)
    assert {"−0.0355", "−0.0495", "−0.0810", "−0.0040", "−0.0080", "0.0006"} <= set(shown)


@pytest.mark.parametrize("kind", ["neurons", "circles", "operations"])
def test_edited_numbers_give_what_the_engine_gives(open_page, kind):
    page = open_page(html_of(kind), "#step=999", still=True)
    model = lecture() if kind != "circles" else deep()
    x, y = ([-1.25], [0.3]) if kind != "circles" else ([2.0, -0.7], [-0.4])
    for name, values in (("x", x), ("y", y)):
        for i, number_ in enumerate(values, start=1):
            label = f"value of {name}" + (f"{'₁₂'[i - 1]}" if len(values) > 1 else "")
            page.get_by_label(label, exact=True).fill(str(number_).replace("-", "−"))
    loss = "squared_error" if kind != "circles" else "mse"
    for step in range(4):
        _, outputs = make_drawing(model, x, y, loss=loss, detail="neuron")
        network = InverseNetwork(*outputs)
        flows, nodes = network.run(), network.graph.nodes
        slots = page.evaluate("Object.fromEntries(Object.keys(data.slots).map(slot => [slot, value(slot)]))")
        assert len(slots) > 40
        for slot, value in slots.items():
            if slot[0] in "vd":
                node = nodes[int(slot[1:])]
                assert value == pytest.approx(node.data if slot[0] == "v" else flows.get(node, 0.0), abs=1e-9)
        written = page.eval_on_selector_all(
            "#stage [data-n]", "found => found.map(t => [t.dataset.n, t.dataset.decimals, t.textContent])"
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
    assert page.evaluate("value(data.cost)") == pytest.approx(
        page.evaluate(
            "read(data.cost, data.slots, run(data.code,"
            " data.order.flatMap(box => original[data.leaves.findIndex(leaf => leaf.box === box)])))"
        )
    )


def test_numbers_of_whole_layers_follow(open_page):
    page = open_page(html_of("layers"), "#step=999", still=True)
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
    page = open_page(html_of(), still=True)
    before = page.evaluate("value(data.cost)")
    field = page.get_by_label("value of x", exact=True)
    field.fill("half")
    assert field.get_attribute("aria-invalid") == "true"
    assert "such as" in page.inner_text("#say")
    assert page.evaluate("value(data.cost)") == before
    field.fill("0,75")
    assert field.get_attribute("aria-invalid") == "false"
    assert page.evaluate("value(data.cost)") != before


def test_quiz(open_page):
    page = open_page(html_of(), "#step=3", still=True)
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
    page = open_page(html_of(), "#step=19", still=True)
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
    page = open_page(html_of(kind, lang=lang), "#step=999", width=width, dark=lang == "es", still=True)
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
    page = open_page(html_of(), still=True)
    for _ in range(5):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert float(outline.removesuffix("px")) >= 2


def test_dark_and_light_differ_and_motion_can_be_stilled(open_page):
    colours = set()
    for dark in (False, True):
        page = open_page(html_of(), "#step=6", dark=dark)
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2
    assert page.evaluate("document.getAnimations().length") > 0
    still = open_page(html_of(), "#step=6", still=True)
    assert still.evaluate("document.getAnimations().length") == 0


def test_print_is_a_handout(open_page):
    page = open_page(html_of(), "#step=2", still=True)
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
    page = open_page(html_of(), "#step=2", still=True)
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


def test_a_number_written_anew_below_an_exponent_stands_in_parentheses(open_page):
    run = viz.player((Value(0.5, name="a") ** 2).named("J"), detail="op")
    page = open_page(run.html(), still=True)
    base = page.locator("#equations [data-p]").first
    assert base.text_content() == "0.5000"
    page.get_by_label("value of a", exact=True).fill("0.00001")
    page.keyboard.press("Enter")
    assert base.text_content() == "(1.0000·10⁻⁵)"


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


@cache
def in_a_notebook():
    shown = player()._repr_mimebundle_()["text/html"]
    return f"<!DOCTYPE html><html lang='en'><title>notebook</title><body>{shown}</body></html>"


def test_in_a_notebook_and_without_scripts(open_page, browser, tmp_path):
    page = open_page(in_a_notebook(), still=True)
    frame = page.frames[1]
    frame.wait_for_selector("#count")
    assert frame.inner_text("#count") == "1 / 29"
    picture = page.locator("details img")
    assert picture.evaluate("image => image.decode().then(() => image.alt)")
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    path = tmp_path / "plain.html"
    path.write_text(html_of(), encoding="utf-8")
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


# What is hidden is hidden from everybody.


def backward():
    """A graph whose gradients have been stored: its cards have a line for them."""
    x, w, b = Value(1.25, name="x"), Value(-0.75, name="w"), Value(0.375, name="b")
    J = ((w * x + b).tanh() * w - 0.8125).named("J")
    J.backward()
    return J


def convolutional():
    """Two modules whose parameters have the same names, and a maximum that the page cannot recompute."""
    network = Sequential(Conv2d(1, 2, 3, seed=0), ReLU(), MaxPool2d(2), Flatten(), Linear(18, 3, seed=0))
    image = np.random.default_rng(0).normal(size=(1, 1, 8, 8))
    return network, image, viz.player(network, image, np.array([1]), loss="cross_entropy")


HONEST = {
    **PLAYERS,
    "stored": lambda **options: viz.player(backward(), data=["x"], detail="op", **options),
    "convolution": lambda **options: convolutional()[2],
    "recurrent": lambda **options: recurrent(**options),
}


def recurrent(w=0.7, **options):
    """A recurrent neuron whose first state is not 0, so that its first step contributes to ∂J/∂w."""
    parameters = {name: Value(number, name=name) for name, number in (("w", w), ("u", 0.9), ("b", 0.1))}
    w, u, b = parameters.values()
    h = h0 = Value(0.5, name="h0")
    xs = [Value(number, name=f"x{t}") for t, number in enumerate([1.0, -0.5, 0.3], start=1)]
    for t, x in enumerate(xs, start=1):
        h = (w * h + u * x + b).named(f"z{t}").tanh().named(f"h{t}")
    J = ((h - Value(0.2, requires_grad=False, name="y")) ** 2).named("J")
    return viz.player(J, data=[h0, *xs], **options)


@cache
def honest(kind):
    """A player, its page, and what its steps compute, made once for all tests."""
    made = HONEST[kind]()
    return made, made.html(), [results(step) for step in made.steps]


# All that somebody can read or have read out in every step: visible text, names and values; with the texts of the
# local derivatives, which may be equal to a gradient, and the slots that are not hidden.
READABLE = """() => {
  const hidden = (el, known) => {
    if (!el || el.nodeType !== 1) return false;
    if (!known.has(el)) {
      const style = getComputedStyle(el);
      known.set(el, style.display === 'none' || style.visibility === 'hidden' || el.ariaHidden === 'true'
        || hidden(el.parentElement, known));
    }
    return known.get(el);
  };
  const readable = () => {
    const found = [], known = new Map();
    for (const el of document.body.querySelectorAll('*')) {
      if (el.closest('script, style, noscript') || (el.tagName !== 'title' && hidden(el, known))) continue;
      if (el.tagName === 'title' && hidden(el.parentElement, known)) continue;
      for (const name of ['aria-label', 'aria-valuetext', 'aria-description', 'title', 'value', 'alt', 'placeholder']) {
        if (el.hasAttribute(name)) found.push(el.getAttribute(name));
      }
      for (const node of el.childNodes) if (node.nodeType === 3) found.push(node.data);
    }
    return found.join(' | ');
  };
  const shown = t => getComputedStyle(t).visibility !== 'hidden';
  return steps.map((_, i) => {
    stepping.go(i);
    return {
      title: byId('title').textContent,
      text: readable(),
      local: all('#stage [data-n^=g], #stage [data-n^=p]').map(t => t.textContent).join(' '),
      slots: all('#stage [data-n]').filter(shown).map(t => t.dataset.n),
      complete: all('#twin [data-n]').every(shown),
    };
  });
}"""


def printed(text):
    """The numbers in a text that have four decimals."""
    return set(re.findall(r"−?\d+\.\d{4}(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?(?!\d)", text))


def results(step):
    """The numbers that a step computes, by slot."""
    return {t.slot: t.text for f in step.numbers for t in f if isinstance(t, Number) and t.result and t.slot}


def atoms(slot):
    """The boxes' own numbers in a slot; none in a product."""
    return set() if "*" in slot else set(slot.removeprefix("|").split("+"))


@pytest.mark.parametrize("quiz", [False, True])
@pytest.mark.parametrize("kind", HONEST)
def test_numbers_to_come_cannot_be_read(open_page, kind, quiz):
    made, html, computed = honest(kind)
    page = open_page(html, still=True)
    given = printed(page.evaluate("data.leaves.flatMap(leaf => leaf.numbers).map(x => format(x, 4)).join(' ')"))
    first, texts = {}, {}
    for i, step in enumerate(made.steps):
        for slot in [*computed[i], *(slot for _, slot in step.gradients)]:
            for name in atoms(slot):
                first.setdefault(name, i)
        texts |= {slot: printed(text) for slot, text in computed[i].items() if atoms(slot)}
    if quiz:
        page.keyboard.press("q")
    seen = page.evaluate(READABLE)
    for i, (step, now) in enumerate(zip(made.steps, seen, strict=True)):
        hidden = {name for name, k in first.items() if k > i}
        if quiz:
            hidden |= {later.asked for later in made.steps[i:]} | set().union(
                *map(atoms, computed[i] if step.asked else ())
            )
        kept = {slot for slot in texts if atoms(slot) & hidden}
        known = given.union({"0.0000", "1.0000"}, *(text for slot, text in texts.items() if slot not in kept))
        secret = set().union(*(texts[slot] for slot in kept)) - known
        assert now["title"] == step.title
        assert not (printed(now["text"]) - printed(now["local"])) & secret, (i, step.title)
        assert not set().union(*map(atoms, now["slots"])) & hidden, (i, step.title)
    if not quiz:  # in the end all of them are there
        assert seen[-1]["complete"]


@pytest.mark.parametrize("kind", HONEST)
def test_the_quiz_asks_for_a_result_of_its_step(kind):
    made, _, computed = honest(kind)
    steps = made.steps
    assert all(step.asked in known for step, known in zip(steps, computed, strict=True) if step.asked)
    assert kind == "convolution" or any(step.asked for step in steps)


def test_what_an_edge_will_show_is_not_seen_before(open_page):
    page = open_page(html_of("circles"), "#step=10", still=True)
    looks = page.eval_on_selector_all(
        "#twin [data-w]", "f => f.map(p => getComputedStyle(p)).map(s => s.strokeWidth + ' ' + s.strokeDasharray)"
    )
    assert len(set(looks)) == 1
    page.keyboard.press("End")
    looks = page.eval_on_selector_all("#twin [data-w]", "f => f.map(p => getComputedStyle(p).strokeWidth)")
    assert len(set(looks)) > 3


def test_the_wires_of_states_keep_their_logarithmic_scale(open_page):
    made, other = recurrent(), recurrent(w=2.5)
    widths = {link.slot: link.thickness for link in other._drawing.sheet("inverse").links if link.slot}
    page = open_page(made.html(), "#step=99", still=True)
    page.fill("#v0", "2.5")
    shown = page.eval_on_selector_all(
        "#twin [data-d]", "f => f.map(p => [p.dataset.w, +p.getAttribute('stroke-width')])"
    )
    assert dict(shown) == pytest.approx(widths)
    assert len({round(width, 3) for width in widths.values()}) == 3


def test_the_cost_is_in_the_table_when_it_has_been_computed(open_page):
    page = open_page(html_of(), "#step=12", still=True)
    assert page.inner_text("#cost") == "—"
    page.click("#update")  # says nothing about it either
    assert page.inner_text("#say") == "The parameters have changed."
    page.click("#reset")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#title") == "Loss: compare with the target"
    assert page.inner_text("#cost") == "0.0359"
    page.click("#update")
    assert page.inner_text("#say") == "J: 0.0359 → 0.0349"


def test_a_question_that_is_yet_to_come_is_not_answered_by_the_table(open_page):
    made = player()
    page = open_page(made.html(), f"#step={len(made.steps) - 1}", still=True)  # ∂J/∂x is complete, and asked for next
    cell = page.locator("tr", has=page.get_by_label("value of x", exact=True)).locator(".g")
    assert cell.inner_text() == "0.0006"
    page.keyboard.press("q")
    assert cell.inner_text() == "−0.0008"  # what came from the first neuron
    page.keyboard.press("ArrowRight")
    assert cell.inner_text() == "—"
    page.fill("#answer", "0.0006")
    page.press("#answer", "Enter")
    assert cell.inner_text() == "0.0006"
    assert page.is_disabled("#check")
    page.get_by_label("value of x", exact=True).fill("2")  # another number, another question
    assert cell.inner_text() == "—"
    assert page.is_enabled("#check")


# For a screen reader and a keyboard.


def test_parts_are_called_what_stands_in_them(open_page):
    page = open_page(html_of(), "#step=11", still=True)
    assert page.get_by_role("group", name="The network").get_attribute("role") == "group"
    weight = page.get_by_role("button", name="w₁₁⁽²⁾ = 0.4, change")
    assert weight.locator("title").text_content() == "× w₁₁⁽²⁾ 0.4000"
    sums = page.get_by_role("img", name="z₁⁽²⁾ 0.8026")
    assert sums.count() == 1
    page.get_by_label("value of w₁₁⁽²⁾", exact=True).fill("1.5")
    assert page.get_by_role("button", name="w₁₁⁽²⁾ = 1.5, change").count() == 1
    assert weight.count() == 0
    assert page.get_by_role("img", name="z₁⁽²⁾ 1.2842").count() == 1
    assert sums.count() == 0
    page.locator("#next").focus()
    page.keyboard.press("Home")
    assert page.get_by_role("img", name="z₁⁽²⁾", exact=True).count() == 1


def test_wires_are_called_by_what_they_show(open_page):
    page = open_page(html_of("circles"), "#step=999", still=True)
    titles = page.locator("#twin .arrow title").all_text_contents()
    assert "∂J/∂w₁₁⁽¹⁾ = −0.1558" in titles
    page.keyboard.press("Home")
    assert "∂J/∂w₁₁⁽¹⁾" in page.locator("#twin .arrow title").all_text_contents()


def test_the_controls_come_first(open_page):
    page = open_page(html_of(), still=True)
    order = []
    for _ in range(8):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id"))
    assert order == ["keys", "first", "back", "play", "next", "last", "slider", "flip"]


def test_shortcuts_can_be_switched_off(open_page):
    page = open_page(html_of(), "#step=5", still=True)
    page.keyboard.press("f")
    assert page.get_attribute("#flip", "aria-pressed") == "true"
    page.get_by_role("button", name="Keyboard shortcuts").click()
    assert page.get_attribute("#keys", "aria-pressed") == "false"
    page.evaluate("document.activeElement.blur()")
    for key in ("f", "q", " ", "ArrowRight", "End"):
        page.keyboard.press(key)
    assert page.get_attribute("#flip", "aria-pressed") == "true"
    assert page.get_attribute("#ask", "aria-pressed") == "false"
    assert page.get_attribute("#play", "aria-pressed") == "false"
    assert page.inner_text("#count") == "5 / 29"
    page.click("#keys")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#count") == "6 / 29"


@pytest.mark.parametrize(("lang", "name"), [("en", "w₁₁⁽²⁾ = 0.4, change"), ("es", "w₁₁⁽²⁾ = 0.4, cambiar")])
def test_a_weight_is_changed_in_the_drawing_by_keyboard(open_page, check, lang, name):
    page = open_page(html_of(lang=lang), "#step=29", still=True)
    part = page.get_by_role("button", name=name)
    part.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "entry"
    assert page.input_value("#entry") == "0.4"
    check.access(page)
    page.keyboard.type("1.5")
    for key in ("f", "q", "Home"):  # the player does not listen
        page.keyboard.press(key)
    assert page.inner_text("#count") == "29 / 29"
    assert not page.evaluate("quiz || flipped")
    assert page.get_attribute("#entry", "aria-invalid") == "true"  # "1.5fq" is none
    page.fill("#entry", "1.5")
    assert page.get_attribute("#entry", "aria-invalid") == "false"
    label = {"en": "value of", "es": "valor de"}[lang]
    assert page.locator("#numbers").get_by_label(f"{label} w₁₁⁽²⁾", exact=True).input_value() == "1.5"
    page.keyboard.press("Escape")
    assert not page.is_visible("#editor")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == name.replace("0.4", "1.5")
    model = lecture()
    model.load_state_dict({**PARAMETERS, "w2_11": 1.5})
    _, outputs = make_drawing(model, [0.5], [0.88], loss="squared_error", detail="neuron")
    assert page.inner_text("#cost") == number(outputs[0].data)
    page.keyboard.press(" ")  # on a part that is a button, not the player's
    page.keyboard.press("Enter")
    assert not page.is_visible("#editor")
    assert page.get_attribute("#play", "aria-pressed") == "false"


def test_a_weight_is_changed_in_the_drawing_by_mouse(open_page):
    page = open_page(html_of(), "#step=29", still=True)
    page.get_by_role("button", name="w₁⁽¹⁾ = 0.1, change").click()
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="More").click()
    assert page.locator("#numbers").get_by_label("value of w₁⁽¹⁾", exact=True).input_value() == "0.3"
    page.get_by_role("button", name="Less").click()
    assert page.input_value("#entry") == "0.2"
    box = page.locator("#editor").bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    page.mouse.click(5, 5)
    assert not page.is_visible("#editor")


# Numbers that change.


def test_numbers_may_be_written_as_the_pictures_write_them(open_page):
    page = open_page(html_of(), still=True)
    given = ["−1e−7", "1.5·10⁻⁵", "-2,5", "1; −2", "1;", "", "half", "0.5 0,25\n3"]
    found = page.evaluate("texts => texts.map(text => parsed(text).map(String))", given)
    assert found == [["-1e-7"], ["0.000015"], ["-2.5"], ["1", "-2"], ["1", "NaN"], [], ["NaN"], ["0.5", "0.25", "3"]]


def test_a_number_that_cannot_be_written_anew_is_not_left_as_it_was(open_page, monkeypatch):
    monkeypatch.setattr("inversa.viz.cards.writer.MAX_RECOMPUTED", 1)  # as if two parameters were too many
    page = open_page(player(detail="layer").html(), still=True)
    gradient = page.locator("#twin [data-n='?']").first
    assert gradient.evaluate("t => getComputedStyle(t).visibility") == "hidden"
    page.keyboard.press("End")
    assert gradient.evaluate("t => getComputedStyle(t).visibility") == "visible"
    assert re.fullmatch(r"\d\.\d{4}", gradient.text_content())
    page.locator("#numbers input").first.fill("0.5")
    assert set(page.locator("[data-n='?']").all_text_contents()) == {"…"}


INSIDE = """() => [...document.querySelectorAll('#stage [data-part] > [data-n]')].flatMap(t => {
  const shape = t.parentNode.querySelector(':scope:not(.label) > :is(rect, circle)');
  if (!shape) return [];
  const a = t.getBoundingClientRect(), b = shape.getBoundingClientRect();
  return a.left < b.left - 1 || a.right > b.right + 1 ? [t.textContent] : [];
})"""


@pytest.mark.parametrize("value", ["−12.3456", "0.0000123456"])
@pytest.mark.parametrize("kind", ["neurons", "circles", "operations"])
def test_long_numbers_stay_in_their_places(open_page, check, kind, value):
    page = open_page(html_of(kind), "#step=999", still=True)
    assert page.evaluate(INSIDE) == []
    page.evaluate(
        """value => all('#numbers input').forEach(field => {
          field.value = value;
          field.dispatchEvent(new Event('input', { bubbles: true }));
        })""",
        value,
    )
    assert page.locator("#one [data-n]", has_text=value[:5] if value[0] == "−" else "·10⁻⁵").count() > 5
    assert page.evaluate(INSIDE) == []
    check.layout(page, smallest=5.5)
    page.click("#reset")
    check.layout(page)


@pytest.mark.parametrize("width", [390, 1024, 1280])
@pytest.mark.parametrize("kind", PLAYERS)
def test_fields_show_their_whole_number(open_page, kind, width):
    page = open_page(html_of(kind), "#step=999", width=width, height=720, still=True)
    for _ in range(2):
        cut = page.eval_on_selector_all(
            "#gradients :is(input, textarea)",
            "f => f.filter(e => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight).map(e => e.value)",
        )
        assert cut == []
        page.fill("#rate", "0.123457")
        page.click("#update")


def test_a_long_equation_shows_its_result(open_page):
    model = MLP([8, 2, 1], activation="tanh", seed=0)
    made = viz.player(model, [0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7, -0.8], [0.5], loss="mse")
    page = open_page(made.html(), width=1280, height=720, still=True)
    look = """() => {
      const card = byId('step').getBoundingClientRect();
      const outside = r => r.left < card.left || r.right > card.right || r.bottom > card.bottom;
      const boxes = all('#equations .r').map(result => result.getBoundingClientRect());
      return [byId('title').innerText, boxes.length, boxes.filter(outside).length];
    }"""
    found = []
    for _ in made.steps:
        found.append(page.evaluate(look))
        page.keyboard.press("ArrowRight")
    assert [title for title, _, _ in found] == [step.title for step in made.steps]
    assert sum(results for _, results, _ in found) > len(made.steps) / 2
    assert [title for title, _, outside in found if outside] == []


# Where it is shown.


@pytest.mark.parametrize("sizes", [[1, 2, 1], [2, 1]])
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1366, 768), (1024, 768)])
def test_all_is_on_one_screen(open_page, width, height, sizes):
    network = NeuronNetwork(sizes, activation="sigmoid", output="sigmoid", seed=0)
    made = viz.player(network, [0.5] * sizes[0], [0.88], loss="squared_error")
    page = open_page(made.html(), f"#step={len(made.steps) - 9}", width=width, height=height, still=True)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    last = 0.0
    for part in ("header", "#stage", "#gradients", "footer"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= last - 1
        last = box["y"] + box["height"]
    assert last <= height
    step, stage = page.locator("#step"), page.locator("#stage").bounding_box()
    assert step.evaluate("e => e.scrollHeight <= e.clientHeight")
    natural, shown = page.locator("#twin svg").evaluate(
        "svg => [svg.viewBox.baseVal.width, svg.getScreenCTM().a * svg.viewBox.baseVal.width]"
    )
    assert shown >= 0.899 * natural  # it is never made smaller, for the sake of its letters
    scrolls = page.locator("#stage").evaluate("e => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight")
    assert scrolls == (0.9 * natural > stage["width"] - 14)
    assert page.locator("#scroll").evaluate("e => e.scrollHeight <= e.clientHeight") or scrolls


def test_of_many_numbers_the_table_scrolls(open_page):
    page = open_page(html_of("circles"), "#step=20", width=1280, height=720, still=True)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.locator("#scroll").evaluate("e => e.scrollHeight > e.clientHeight && e.clientHeight > 130")
    assert page.is_visible("#update")
    now = page.locator("#stage .now").first.bounding_box()
    stage = page.locator("#stage").bounding_box()
    assert stage["x"] <= now["x"] <= stage["x"] + stage["width"]  # the stage has scrolled to it
    assert stage["y"] <= now["y"] <= stage["y"] + stage["height"]


def test_in_a_frame_without_an_origin_every_step_works(open_page):
    page = open_page(in_a_notebook(), still=True)
    frame = page.frames[1]
    frame.wait_for_selector("#count")
    frame.click("#next")
    assert frame.inner_text("#count") == "2 / 29"
    frame.click("#last")
    frame.click("#play")  # from the last step it begins anew
    assert frame.inner_text("#count") == "1 / 29"
    assert frame.get_attribute("#play", "aria-pressed") == "true"
    frame.wait_for_selector('#count:text-is("2 / 29")')  # what it complained about the fixture would have noted


def test_parameters_of_one_name_are_told_apart_by_their_modules(open_page):
    network, image, made = convolutional()
    page = open_page(made.html(), "#step=999", still=True)
    names = page.locator("#numbers th").all_inner_texts()
    assert [name.split() for name in names if name[0] in "Wb"] == [
        ["W", "Conv2d", "0"], ["b", "Conv2d", "0"], ["W", "Linear", "4"], ["b", "Linear", "4"],
    ]  # fmt: skip
    loss = losses.cross_entropy(network(image), np.array([1]))
    loss.backward()
    gradients = {p.shape: p.grad for p in network.parameters()}
    rows = page.locator("#numbers .g").all_inner_texts()
    assert "—" not in rows
    entries = ", ".join(number(float(x)) for x in np.ravel(gradients[2, 1, 3, 3]))
    assert f"[{entries}]" in rows
    assert f"‖·‖ = {number(float(np.linalg.norm(gradients[3, 18])))}" in rows
    assert page.inner_text("#cost") == number(loss.item())


def test_nothing_to_run_is_said():
    with pytest.raises(ValueError, match="there is nothing to run: w was not computed from anything"):
        viz.player(Value(1.0, name="w"))


def wrong_answer(page, mistake, anchor):
    """Give the answer of a mistake; what the page says about it."""
    page.evaluate(f"location.hash = '{anchor}'")
    page.wait_for_function("mistake => steps[current].alternatives.some(([key]) => key === mistake)", arg=mistake)
    slot = page.evaluate("mistake => steps[current].alternatives.find(([key]) => key === mistake)[1]", mistake)
    page.fill("#answer", page.evaluate("slot => format(value(slot), 4)", slot))
    page.press("#answer", "Enter")
    return page.inner_text("#verdict")


def test_the_quiz_says_which_mistake_gives_a_wrong_answer(open_page):
    page = open_page(html_of(), still=True)
    page.keyboard.press("q")
    told = wrong_answer(page, "slope left out", "#step=16")
    assert told.startswith("Not yet. This comes out when ψ′ is left out:")
    assert page.text_content("#verdict math") == "−0.3789"
    page.fill("#answer", "7")
    page.press("#answer", "Enter")
    assert page.inner_text("#verdict") == "Not yet: put the numbers into the equation."
    page.fill("#answer", page.evaluate("format(value(steps[current].asked), 4)"))
    page.press("#answer", "Enter")
    assert page.inner_text("#verdict") == "Right."


def test_mistakes_follow_an_edit_and_the_right_answer_goes_first(open_page):
    page = open_page(html_of(), still=True)
    field = page.locator("#numbers").get_by_label("value of b₁⁽²⁾", exact=True)
    field.fill("0")
    field.press("Enter")
    page.keyboard.press("Escape")
    page.focus("#next")
    page.keyboard.press("q")
    step = page.evaluate("""1 + steps.findIndex(step => step.alternatives.some(([mistake, slot]) =>
      mistake === 'bias left out' && value(slot) === value(step.asked)))""")
    assert step > 0  # without a bias nothing can be left out
    page.evaluate(f"location.hash = '#step={step}'")
    page.wait_for_function(f"current === {step - 1}")
    page.fill("#answer", page.evaluate("format(value(steps[current].asked), 4)"))
    page.press("#answer", "Enter")
    assert page.inner_text("#verdict") == "Right."
    told = wrong_answer(page, "psi left out", f"#step={step + 1}")
    assert told.startswith("Not yet. This comes out when ψ is not applied:")
    assert page.text_content("#verdict mn") == page.evaluate("format(value(steps[current - 1].asked), 4)")


def test_two_mistakes_that_give_the_same_are_both_told(open_page):
    page = open_page(html_of(), still=True)
    page.keyboard.press("q")
    page.evaluate("steps[15].alternatives.push(['bias left out', steps[15].alternatives[0][1]])")
    told = wrong_answer(page, "slope left out", "#step=16")
    assert "Or when the bias is left out:" in told


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_diagnosis_has_room(open_page, check, lang):
    page = open_page(html_of(lang=lang), "#step=1", width=1366, height=768, still=True)
    page.keyboard.press("q")
    found = page.evaluate("""() => steps.flatMap((step, i) => step.alternatives.map(([mistake, slot]) => {
      stepping.go(i);
      byId('answer').value = format(value(slot), 4);
      byId('check').click();
      const verdict = byId('verdict'), said = verdict.textContent, page = document.documentElement;
      return [mistake, said, page.scrollHeight <= innerHeight && verdict.scrollWidth <= verdict.clientWidth + 1];
    }))""")
    told = {"en": "Not yet. This comes out", "es": "Todavía no. Esto sale"}[lang]
    assert sum(said.startswith(told) for _, said, _ in found) > len(found) / 2
    assert [(mistake, said) for mistake, said, fits in found if not fits] == []
    check.layout(page)


def test_keys_are_called_as_on_the_keyboards_of_their_language(open_page):
    assert "Home End" in open_page(html_of(lang="en")).inner_text("#hints")
    assert "Inicio Fin" in open_page(html_of(lang="es")).inner_text("#hints")
