"""No picture lies: a PNG shows what a browser shows, and the player, also after an edit, what the engine computes."""

import io
import random
import re

import numpy as np
import pytest
from PIL import Image

from ..random_networks import Engine, number, replayed, sample

FEW, ALL, PARTS = 16, 1000, 20
ZOOM = 2
BLOCK, UNLIKE = 12, 40  # pixels of a block, and the mean difference of its greys that no right picture reaches

# All numbers of a page at its last step: those of the drawing and of the equations of all steps, and the table's.
LOOK = """() => {
  stepping.go(steps.length - 1);
  const slots = all("[data-n]").map(el => [el.dataset.n, el.textContent, el.classList.contains("hidden")]);
  const cells = data.leaves.map(leaf => [leaf.box, byId(`g${leaf.box}`)?.textContent ?? "—"]);
  return {slots, cells, cost: byId("cost").textContent, edits: data.code !== null, digits: data.digits,
          leaves: data.leaves.map((leaf, k) => [leaf.box, leaves[k]])};
}"""
EDIT = """given => data.leaves.forEach((leaf, k) => {
  const field = byId(`v${leaf.box}`);
  if (!field) return;
  field.value = given[k].map(String).join("; ");
  field.dispatchEvent(new Event("input"));
})"""


@pytest.fixture
def show(browser, tmp_path):
    """Show HTML in one page for all; in the end it may have complained about nothing."""
    page, errors = browser.new_page(viewport={"width": 2500, "height": 900}, device_scale_factor=ZOOM), []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def shown(html):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        page.goto(path.as_uri())
        return page

    yield shown
    page.close()
    assert errors == []


def each(seeds, faults):
    """What is wrong with the networks of these seeds, each fault with its seed."""
    return [f"{made.seed} ({made.kind}): {fault}" for made in map(sample, seeds) for fault in faults(made)]


def faults_of_player(show, made):
    """What the player of a network says wrong, as it is made and with other numbers."""
    if made.drawing.obstacle:  # there is nothing to run
        return
    page = show(made.player().html())
    found = page.evaluate(LOOK)
    yield from wrong(found, Engine(made.outputs))
    if found["edits"]:
        some = random.Random(made.seed)
        page.evaluate(EDIT, [[number(some, wild=True, finite=True) for _ in row] for _, row in found["leaves"]])
        found = page.evaluate(LOOK)
        yield from (f"edited, {fault}" for fault in wrong(found, Engine(replayed(made.outputs, dict(found["leaves"])))))


def wrong(found, engine):
    """The numbers of a page that are not those of the engine."""
    for slot, text, hidden in found["slots"]:
        text = re.sub(r"^\((.*)\)$", r"\1", text)  # in an equation
        decimals = re.search(r"\.(\d+)", text)
        digits = len(decimals[1]) if decimals else found["digits"]
        if not engine.agrees(text, slot, digits):
            yield f"{slot} is {text}, not {engine.written(slot, digits)}"
        if hidden:
            yield f"{slot} is hidden at the last step"
    told = [(f"v{engine.graph.position[engine.graph.outputs[0]]}", found["cost"])]
    for box, text in found["cells"]:
        if engine.graph.nodes[box] in engine.flows:
            told.append((f"|d{box}" if text.startswith("‖") else f"d{box}", text.removeprefix("‖·‖ = ")))
        elif text != "—":
            yield f"in the table v{box}, a constant, has the gradient {text}"
    for slot, text in told:
        if not engine.agrees(text, slot, found["digits"]):
            yield f"in the table {slot} is {text}, not {engine.written(slot, found['digits'])}"


def faults_of_png(show, made):
    """Blocks in which a PNG differs from what the browser shows by more than the rims of letters do."""
    figure = made.figure()
    page = show(f"<!DOCTYPE html><style>body{{margin:0}}</style>{figure.svg('light')}")
    page.evaluate("document.fonts.ready.then(() => 1)")
    unlike = blocks(grey(page.locator("svg").screenshot()), grey(figure.png(ZOOM))) > UNLIKE
    if unlike.any():
        yield f"in PNG and browser differ the blocks {np.argwhere(unlike)[:5].tolist()}"


def grey(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("L")).astype(float)


def blocks(one, other):
    """The mean difference of two pictures in every block."""
    height, width = (min(a, b) // BLOCK * BLOCK for a, b in zip(one.shape, other.shape, strict=True))
    differ = np.abs(one[:height, :width] - other[:height, :width])
    return differ.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(1, 3))


def seeds(part):
    return range(part * ALL // PARTS, (part + 1) * ALL // PARTS)


def test_player(show):
    assert each(range(FEW), lambda made: faults_of_player(show, made)) == []


def test_png(show):
    assert each(range(FEW // 2), lambda made: faults_of_png(show, made)) == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_a_thousand_players(show, part):
    assert each(seeds(part), lambda made: faults_of_player(show, made)) == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_a_thousand_png(show, part):
    assert each(seeds(part), lambda made: faults_of_png(show, made)) == []


def test_a_wrong_number_would_be_noticed(show):
    made = next(made for made in map(sample, range(99)) if made.kind == "graph" and not made.drawing.obstacle)
    found = show(made.player().html()).evaluate(LOOK)
    engine = Engine(made.outputs)
    assert list(wrong(found, engine)) == []
    for i, (slot, text, _) in enumerate(found["slots"]):
        other = text.translate(str.maketrans("0123456789⁰¹²³⁴⁵⁶⁷⁸⁹−", "1234567890¹²³⁴⁵⁶⁷⁸⁹⁰ "))
        slots = [*found["slots"][:i], [slot, other, False], *found["slots"][i + 1 :]]
        assert list(wrong(found | {"slots": slots}, engine)) or not re.search(r"\d|−", text), (slot, text)
