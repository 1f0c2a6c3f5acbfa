"""Nothing overlaps, nothing is cut, everything is large enough and has contrast."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest

from inversa import viz
from inversa.autograd import Value
from inversa.viz.lettering import measure
from inversa.viz.lettering.theme import PALETTES, STYLES

SVG = "{http://www.w3.org/2000/svg}"
GRAPHS = ["lecture_network", "odd_network", "layers"]


def placed(element, x=0.0, y=0.0, box=None):
    """All texts and shapes with their place on the page and the box they belong to."""
    shift = re.match(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
    if shift:
        x, y = x + float(shift[1]), y + float(shift[2])
    if re.search(r"-[fi]-n\d+$", element.get("id") or ""):
        rect = element.findall(f"{SVG}rect")[-1]
        box = tuple(float(rect.get(k)) for k in ("x", "y", "width", "height"))
        box = (x + box[0], y + box[1], x + box[0] + box[2], y + box[1] + box[3])
        yield "box", box, None
    if element.tag == f"{SVG}text":
        left, base, size = (float(element.get(k)) for k in ("x", "y", "font-size"))
        wide = measure.width("".join(element.itertext()), element.get("class").split()[-1], size)
        left -= wide * {"middle": 0.5, "end": 1.0}.get(element.get("text-anchor"), 0.0)
        yield "text", (x + left, y + base - 0.7 * size, x + left + wide, y + base + 0.21 * size), (box, element)
    for child in element:
        yield from placed(child, x, y, box)


def overlap(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > 0.5 and min(a[3], b[3]) - max(a[1], b[1]) > 0.5


def inside(a, b):
    return a[0] >= b[0] - 0.5 and a[1] >= b[1] - 0.5 and a[2] <= b[2] + 0.5 and a[3] <= b[3] + 0.5


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_overlaps_and_nothing_is_cut(build, name, lang):
    J = build[name]()
    J.backward()
    figure = viz.draw(J, view="both", lang=lang)
    root = ET.fromstring(figure.svg())
    found = list(placed(root))
    page = (0, 0, figure.width, figure.height)
    boxes = [place for kind, place, _ in found if kind == "box"]
    texts = [(place, *extra) for kind, place, extra in found if kind == "text"]
    assert len(texts) > 50
    for place, box, element in texts:
        assert inside(place, page)
        assert float(element.get("font-size")) >= 9
        if box is not None:
            assert inside(place, box), element.text
        else:
            assert not any(overlap(place, other) for other in boxes), element.text
    for a, b in combinations(boxes, 2):
        assert not overlap(a, b)
    for (a, _, one), (b, _, other) in combinations(texts, 2):
        assert not overlap(a, b), (one.text, other.text)


def test_no_arrow_strikes_its_label_through(lecture):
    scene = viz.draw(lecture)._drawing
    layout = scene.layout
    for n, route in layout.arrows.items():
        if route.label is None or n not in scene.label_sizes:
            continue
        (x, y), (width, height) = route.label, scene.label_sizes[n]
        box = (x - width / 2 + 4, y - height / 2 + 1, x + width / 2 - 4, y + height / 2 - 1)
        for px, py in sampled(route):
            assert not (box[0] < px < box[2] and box[1] < py < box[3]), n


def sampled(route):
    points = [route.start, *route.curve, route.end]
    for (x0, y0), (x1, y1) in (points[:2], points[-2:]):
        yield from ((x0 + (x1 - x0) * k / 40, y0 + (y1 - y0) * k / 40) for k in range(41))
    curve = route.curve
    for i in range(0, len(curve) - 3, 3):
        a, b, c, d = curve[i : i + 4]
        for t in (k / 40 for k in range(41)):
            s = 1 - t
            yield tuple(s**3 * a[j] + 3 * s * s * t * b[j] + 3 * s * t * t * c[j] + t**3 * d[j] for j in (0, 1))


def test_the_signal_path_is_a_straight_spine(lecture):
    scene = viz.draw(lecture, data=["x", "y"])._drawing
    beside = scene.wiring.beside
    assert len(beside) == 8
    for leaf, box in beside.items():
        (x, y), (x1, y1) = scene.layout.boxes[leaf], scene.layout.boxes[box]
        assert x == pytest.approx(x1, abs=0.5)
        assert y > y1


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_contrast_of_text(palette):
    roles = ["forward", "inverse", "parameter", "loss", "data"]
    tints = [palette[f"{role}-tint"] for role in roles]
    for role in roles:
        assert contrast(palette[role], palette[f"{role}-tint"]) >= 4.5
        assert contrast(palette[role], palette["paper"]) >= 4.5  # the band's symbol is in the paper's colour
    for ground in (*tints, palette["paper"], palette["group"]):
        assert contrast(palette["ink"], ground) >= 4.5
        assert contrast(palette["muted"], ground) >= 4.5
        assert contrast(palette["inverse"], ground) >= 4.5  # gradients stand on every kind of card


def test_letters_are_large_enough():
    assert min(style.size for style in STYLES.values()) >= 9


def test_long_names_are_cut_and_told_in_full():
    name = "a name that nobody should ever have chosen for such a small weight"
    figure = viz.draw((Value(1.0, name=name) * 2).named("y"))
    root = ET.fromstring(figure.svg())
    assert not any(name in "".join(t.itertext()) for t in root.iter(f"{SVG}text"))
    assert any("".join(t.itertext()).endswith("…") for t in root.iter(f"{SVG}text"))
    assert any(name in (t.text or "") for t in root.iter(f"{SVG}title"))
    assert figure.width < 900


def test_measured_widths():
    assert measure.width("0000", "sans", 10) == pytest.approx(22.24, abs=0.01)  # Arial's digits are 0.556 wide
    assert measure.width("e\u0301", "sans", 10) == measure.width("e", "sans", 10)
    assert measure.shorten("abc", "sans", 10, 100) == "abc"
    assert measure.width(measure.shorten("abcdefghij", "sans", 10, 30), "sans", 10) <= 30
    assert measure.runs("② loss", "sans-bold")[0] == ("②", True)


FORK = """
import os, sys, threading
from inversa.viz.cards import layout
layout._by_wasi("digraph {a -> b}", "svg")
done = threading.Event()
def work():
    while not done.is_set():
        layout._by_wasi("digraph {a -> b}", "svg")
thread = threading.Thread(target=work)
thread.start()
for _ in range(int(sys.argv[1])):
    child = os.fork()
    if not child:
        try:
            layout._by_wasi("digraph {a -> b}", "svg")
        except layout._NotLoadedError as error:
            assert "use the 'spawn' start method" in str(error)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
done.set()
thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("times", [5, pytest.param(100, marks=pytest.mark.long)])
def test_a_fork_while_another_thread_draws_does_not_wait_for_it(times):
    subprocess.run([sys.executable, "-P", "-W", "ignore", "-c", FORK, str(times)], timeout=120, check=True)
