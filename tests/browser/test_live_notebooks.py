"""The live picture of notebooks in a real browser, with a stand-in for the notebook's side of the widget."""

import json
import time
from functools import cache

import pytest

pytest.importorskip("anywidget", reason="needs anywidget")

from inversa import viz
from inversa.autograd import Value
from inversa.nn import MLP
from inversa.viz.widget.bridge import widget_class

ODD = ["</script><script>parent.hit=1</script>", '"><img src=x onerror=parent.hit=1>', "😀", "&amp;"]

# A model as anywidget gives it to `render`, and Python's part played by the test.
HOST = """<!DOCTYPE html><html lang="en"><title>t</title>
<body style="BODY"><main><div class="card" id="stage">Host</div></main>
<script type="module">BRIDGE
  const states = STATES;
  window.models = states.map((state, i) => ({
    state, heard: {}, sent: [],
    get(key) { return this.state[key]; },
    on(name, act) { (this.heard[name] ??= []).push(act); },
    off(name, act) { this.heard[name] = this.heard[name].filter((other) => other !== act); },
    send(message) { this.sent.push(message); },
    set(leaves) { this.state.leaves = leaves; this.heard["change:leaves"].forEach((act) => act()); },
    tell(message) { this.heard["msg:custom"].forEach((act) => act(message)); },
  }));
  window.ends = models.map((model) => {
    const el = document.querySelector("main").appendChild(document.createElement("div"));
    return render({ model, el });
  });
</script></body></html>"""


def host(*pictures, body=""):
    states = [{key: getattr(picture.widget, key) for key in ("page", "title", "leaves")} for picture in pictures]
    written = json.dumps(states).replace("<", "\\u003c")
    bridge = widget_class()._esm
    return (
        HOST.replace("BODY", body)
        .replace("BRIDGE", str(bridge).replace("export default { render };", ""))
        .replace("STATES", written)
    )


@cache
def deep():
    model = MLP([2, 4, 4, 1], activation="tanh", seed=1)
    return viz.live(model, [0.5, -0.3], [1.0], loss="binary_cross_entropy")


def until(frame, expression, argument=None):
    """Wait until something is true; playwright's own way evaluates texts, which the page forbids."""
    end = time.monotonic() + 10
    while not frame.evaluate(expression, argument):
        assert time.monotonic() < end, expression
        time.sleep(0.02)


def sent(page, count):
    """The messages to Python, once there are so many."""
    until(page, "count => models[0].sent.length >= count", count)
    return page.evaluate("models[0].sent")


def frame_of(page, number=0):
    frame = page.query_selector_all("iframe")[number].content_frame()
    until(frame, "typeof leaves !== 'undefined' && document.readyState === 'complete'")
    return frame


def test_a_change_is_shown_at_once_and_told_to_python(open_page):
    picture = deep()
    page = open_page(host(picture), width=1000, height=900)
    frame = frame_of(page)
    before = frame.inner_text("#cost")
    frame.evaluate("enter(data.leaves[0], 2)")
    assert frame.inner_text("#cost") != before
    (message,) = sent(page, 1)
    assert message["kind"] == "edit"
    assert message["changes"] == [[0, [2]]]

    frame.evaluate("enter(data.leaves[0], 3); enter(data.leaves[1], 1)")  # Python has not answered yet
    until(frame, "byId('status').textContent === words.waiting")
    assert len(page.evaluate("models[0].sent")) == 1

    numbers = [[2.0], *picture.widget.leaves[1:]]
    page.evaluate(
        "([numbers, id]) => { models[0].set(numbers); models[0].tell({kind: 'made', id}) }", [numbers, message["id"]]
    )
    until(frame, "byId('status').textContent === words.here && sent")
    assert sent(page, 2)[1]["changes"] == [[0, [3]], [1, [1]]]
    assert frame.evaluate("leaves[0][0]") == 3


def test_what_is_refused_is_said_and_taken_back(open_page):
    page = open_page(host(deep()), width=1000, height=900)
    frame = frame_of(page)
    first = frame.evaluate("leaves[0][0]")
    frame.evaluate("enter(data.leaves[0], 2)")
    (message,) = sent(page, 1)
    page.evaluate("id => models[0].tell({kind: 'refused', id, why: '<b>$& no'})", message["id"])
    until(frame, "byId('status').textContent.endsWith('<b>$& no')")
    assert frame.evaluate("leaves[0][0]") == first


def test_numbers_of_python_move_the_picture_and_spare_the_field_in_use(open_page):
    picture = deep()
    page = open_page(host(picture), width=1000, height=900)
    frame = frame_of(page)
    boundary = frame.evaluate(
        "new Promise(done => requestAnimationFrame(() => done(all('#space path[fill=none]')[0].getAttribute('d'))))"
    )
    frame.evaluate(
        "const field = fieldOf(data.leaves[1]); field.focus(); field.value = '0.'; drawn = byId('one').firstChild"
    )
    numbers = [[3 * x for x in row] for row in picture.widget.leaves]
    page.evaluate("numbers => models[0].set(numbers)", numbers)
    until(frame, "x => leaves[0][0] === x", numbers[0][0])
    assert frame.evaluate("fieldOf(data.leaves[1]).value") == "0."
    assert frame.evaluate("drawn === byId('one').firstChild")  # nothing is drawn anew
    until(frame, "d => all('#space path[fill=none]')[0].getAttribute('d') !== d", boundary)
    assert page.evaluate("models[0].sent") == []


def test_a_sample_that_is_dragged_moves_in_the_panel(open_page):
    page = open_page(deep().widget.page)
    k = page.evaluate("data.at[0][0][0]")
    page.evaluate("k => enter(data.leaves[k], data.range[1])", k)
    until(page, "all('#space > div .point')[0].getAttribute('transform').startsWith('translate(100 ')")


def test_a_drag_and_the_keyboard(open_page):
    w, x = Value(0.5, name="w"), Value(2.0, name="x")
    page = open_page(host(viz.live((w * x).tanh().named("J"))), width=1000, height=900)
    frame = frame_of(page)
    part = frame.query_selector("#one [role=button][aria-label^='w']")
    box = part.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 50, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    k = frame.evaluate("data.leaves.findIndex(leaf => leaf.name === 'w')")
    assert frame.evaluate("k => leaves[k][0]", k) == pytest.approx(1.0)
    assert not frame.evaluate("byId('editor').matches(':popover-open')")

    part.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    assert frame.evaluate("k => leaves[k][0]", k) == pytest.approx(1.1)
    page.keyboard.press("Escape")
    assert not frame.evaluate("byId('editor').matches(':popover-open')")


def test_pictures_on_one_page_are_apart_and_names_are_text(open_page):
    a, b = (Value(0.5, name=name) for name in ODD[:2])
    odd = viz.live((a * b).named(ODD[2]), title=ODD[0], lang="es")
    page = open_page(host(odd, odd, deep(), body="background:#111;color:#eee"), width=1000, height=1200)
    frames = [frame_of(page, number) for number in range(3)]
    for frame in frames:
        until(frame, "getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)'")  # dark
    frames[0].evaluate("enter(data.leaves[0], 3)")
    assert [frame.evaluate("leaves[0][0]") for frame in frames[:2]] == [3, 0.5]
    assert len(sent(page, 1)) == 1
    assert page.evaluate("models.map((model) => model.sent.length)") == [1, 0, 0]
    assert page.evaluate("[window.hit, getComputedStyle(stage).borderRadius]") == [None, "0px"]
    assert frames[0].inner_text("h1") == ODD[0]

    page.evaluate("ends.forEach(end => end())")
    assert page.query_selector_all("iframe") == []
    assert page.evaluate("models.every(model => Object.values(model.heard).every(acts => !acts.length))")


@pytest.mark.parametrize("kind", ["regions", "curve"])
def test_it_can_be_read_by_everybody(open_page, check, kind):
    narrow = kind == "curve"
    picture = deep()
    if narrow:
        picture = viz.live(MLP([1, 3, 1], seed=0), [[0.1], [0.5]], [[0.2], [0.8]], loss="mse", lang="es")
    page = open_page(picture.widget.page, width=390 if narrow else 1000, height=900, dark=narrow)
    check.access(page)
    check.layout(page)
    drawn = page.evaluate("all('#space path.curve, #space path[fill=none]').map(path => path.getAttribute('d').length)")
    assert drawn
    assert min(drawn) > 20
