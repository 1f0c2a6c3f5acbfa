"""Pictures carry their own letters: whatever fonts a machine has, every text is as wide as it was measured."""

import io
from functools import cache

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from PIL import Image

from inversa import viz
from inversa.autograd import Tensor, Value, tanh
from inversa.nn import MLP
from inversa.viz.lettering import measure, theme
from inversa.viz.lettering.truetype import files
from inversa.viz.tour import lecture_network

WIDTH = 0.15  # pixels that a text may be off
PIXELS, LEVELS = 1e-4, 32  # the share of pixels that may differ between two machines, and by how much


def lecture(**options):
    return viz.draw(lecture_network()[0], [0.5], [0.88], loss="squared_error", **options)


def circles(**options):
    return viz.draw(MLP([3, 4, 4, 2], activation="tanh", seed=0), [0.5, -1.0, 2.0], [1.0, 0.0], loss="mse", **options)


def cards(**options):
    return viz.draw(lecture_network()[0], [0.5], [0.88], loss="squared_error", detail="op", **options)


def extreme(**options):
    """Exponents, zeros with signs, nan, infinities, long and accented names."""
    total = Value(1e-12, name="a")
    names = ["w2_12", "ŵ", "naïve_učení", "αβγ", "a_name_that_is_much_longer_than_any_box_can_be_wide", "β₁"]
    for name, number in zip(names, [1e12, -1e-7, float("nan"), float("inf"), -0.0, -3e5], strict=True):
        total = (total * Value(number, name=name)).tanh()
    total.backward()
    return viz.draw(total.named("J"), **options)


def arrays(**options):
    x = Tensor([[1.0, 2.0], [0.0, -1.0]], name="x")
    w = Tensor([[1e-9, 0.2], [0.3, -0.4]], requires_grad=True, name="w")
    return viz.draw(tanh(x @ w).mean().named("J"), **options)


FIGURES = [lecture, circles, cards, extreme, arrays]


@cache
def light(draw):
    """A light figure of both views, which is made once for all tests."""
    return draw(view="both", theme="light")


@pytest.fixture(scope="module")
def machines(launch, dejavu, tmp_path_factory):
    """Browsers on machines with other fonts: DejaVu; our sans under the name of Arial; a condensed one."""
    folders = [dejavu]
    for name, condensed in [("Arial", False), ("Oddly Condensed", True)]:
        folder = tmp_path_factory.mktemp("fonts")
        font = TTFont(
            io.BytesIO(files("inversa.viz.lettering").joinpath("fonts", "InversaSans-Regular.ttf").read_bytes())
        )
        if condensed:  # half as wide, a third higher
            scale_upem(font, 1500)
            for glyph in font["hmtx"].metrics:
                advance, bearing = font["hmtx"][glyph]
                font["hmtx"][glyph] = (advance // 2, bearing)
        for record in font["name"].names:
            if record.nameID in (1, 4, 6, 16):
                record.string = name.replace(" ", "") if record.nameID == 6 else name
        font.save(folder / "only.ttf")
        folders.append(folder)
    return [Machine(launch(folder)) for folder in folders]


class Machine:
    """A browser with a page of each scale for all tests."""

    def __init__(self, browser):
        self.page = cache(lambda scale: browser.new_page(reduced_motion="reduce", device_scale_factor=scale))


def opened(machine, tmp_path, html, width=1600, scale=1):
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    page = machine.page(scale)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path.as_uri())
    page.evaluate("document.fonts.ready.then(() => 1)")
    return page


TEXTS = """() => [...document.querySelectorAll('svg text')].map(t => {
  const r = t.getBoundingClientRect();
  return [t.textContent, t.getAttribute('class'), +t.getAttribute('font-size'), t.getComputedTextLength(),
          [r.left, r.top, r.width, r.height]];
})"""


@pytest.mark.parametrize("draw", FIGURES)
def test_a_figure_is_the_same_on_every_machine(machines, tmp_path, draw):
    figure = light(draw)
    found, pictures = [], []
    for machine in machines:
        page = opened(machine, tmp_path, figure.html())
        found.append(page.evaluate(TEXTS))
        pictures.append(
            np.asarray(Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")).astype(np.int16)
        )
    assert len(found[0]) > 10
    for text, classes, size, wide, _ in found[0]:
        assert wide == pytest.approx(measure.width(text, classes.split()[-1], size), abs=WIDTH), text
    assert found[1] == found[0]
    assert found[2] == found[0]
    for picture in pictures[1:]:
        differ = np.abs(picture - pictures[0]).max(axis=2)
        assert (differ > 0).mean() <= PIXELS
        assert differ.max() <= LEVELS


def test_the_machines_differ(machines, tmp_path):
    """Text that carries no letters is different on each of them: so the tests above can fail."""
    widths = set()
    for machine in machines:
        page = opened(machine, tmp_path, '<svg><text font-family="sans-serif">output neuron</text></svg>')
        widths.add(round(page.eval_on_selector("text", "t => t.getComputedTextLength()"), 1))
    assert len(widths) == 3


@pytest.mark.parametrize("made", ["figure", "player", "playback"])
def test_no_font_of_the_machine_is_used(machines, tmp_path, made):
    html = {"figure": lambda: extreme(view="both").html(), "player": player, "playback": playback}[made]()
    page = opened(machines[0], tmp_path, html)
    client = page.context.new_cdp_session(page)
    client.send("DOM.enable")
    client.send("CSS.enable")
    root = client.send("DOM.getDocument", {"depth": -1})["root"]
    selector = "text" if made == "figure" else "body *"  # the title of a figure's page is for screen readers alone
    found = client.send("DOM.querySelectorAll", {"nodeId": root["nodeId"], "selector": selector})["nodeIds"]
    used = {}
    for node in found:
        for font in client.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
            used.setdefault((font["familyName"], font["isCustomFont"]), []).append(node)
    assert used
    assert {
        family: [client.send("DOM.getOuterHTML", {"nodeId": node})["outerHTML"][:200] for node in nodes[:3]]
        for (family, ours), nodes in used.items()
        if not ours
    } == {}
    client.detach()


def player():
    return viz.player(lecture_network()[0], [0.5], [0.88], loss="squared_error").html()


def playback():
    model = MLP([2, 4, 1], activation="tanh", seed=0)
    recorder = viz.record(model, [[0.0, 1.0], [1.0, 0.0]], [0, 1])
    recorder.take(0)
    for value in model.parameters():
        value.data = value.data * 1.5
    recorder.take(1, 0.5)
    return recorder.html()


def test_a_page_of_several_figures_has_the_letters_of_each(machines, tmp_path):
    body = "\n".join(draw(view=view).svg() for draw in FIGURES for view in ("forward", "inverse"))
    page = opened(machines[0], tmp_path, f'<!DOCTYPE html><html lang="en"><title>ten</title><body>{body}</body></html>')
    for text, classes, size, wide, _ in page.evaluate(TEXTS):
        assert wide == pytest.approx(measure.width(text, classes.split()[-1], size), abs=WIDTH), text


BLOCK, UNLIKE = 12, 40  # pixels of a block, and the mean difference of its greys that no right picture reaches


@pytest.mark.parametrize("draw", FIGURES)
def test_png_and_browser_show_the_same(machines, tmp_path, draw):
    figure = light(draw)
    page = opened(machines[0], tmp_path, figure.html(), width=figure.width, scale=2)
    seen = grey(page.locator("svg").screenshot())
    assert unlike(seen, grey(figure.png(2.0))) == 0


def test_a_lost_exponent_would_be_noticed(machines, tmp_path):
    figure = extreme(theme="light")
    page = opened(machines[0], tmp_path, figure.html(), width=figure.width, scale=2)
    page.evaluate("for (const t of document.querySelectorAll('text[data-n] tspan')) t.remove()")
    assert unlike(grey(page.locator("svg").screenshot()), grey(figure.png(2.0))) > 0


def grey(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("L")).astype(float)


def unlike(a, b):
    """How many blocks of two pictures differ by more than the rims of letters do."""
    height, width = (min(x, y) // BLOCK * BLOCK for x, y in zip(a.shape, b.shape, strict=True))
    differ = np.abs(a[:height, :width] - b[:height, :width])
    blocks = differ.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(1, 3))
    return int((blocks > UNLIKE).sum())


def test_every_face_has_its_class(machines, tmp_path):
    styles = {name: (face.weight, face.style) for name, face in theme.FACES.items()}
    page = opened(machines[0], tmp_path, extreme(view="both").html())
    look = "t => [t.getAttribute('class'), getComputedStyle(t).fontWeight, getComputedStyle(t).fontStyle]"
    found = page.eval_on_selector_all("svg text, svg tspan", f"all => all.map({look})")
    assert {classes.split()[-1] for classes, _, _ in found} == set(styles)
    for classes, weight, style in found:
        assert (int(weight), style) == styles[classes.split()[-1]]
