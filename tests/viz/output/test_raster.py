"""PNG and PDF read back: every letter of every number is there, at its place."""

import io
import math
import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import numpy as np
import pypdf
import pytest
from PIL import Image

from inversa import viz
from inversa.autograd import Value, tanh
from inversa.nn import NeuronNetwork
from inversa.viz.lettering import measure, theme
from inversa.viz.lettering.numbers import number
from inversa.viz.output.raster import png

SVG = "{http://www.w3.org/2000/svg}"
ET.register_namespace("", SVG[1:-1])
SHARE = {None: 0.0, "start": 0.0, "middle": 0.5, "end": 1.0}  # of a text's width that lies before its anchor
POINT = 0.75  # points of a PDF to a pixel of the picture
BLOCK = 12  # pixels of a block's side; a mean over the whole picture would see no lost exponent
ALIKE = 12  # levels of grey by which a block may differ on average: 5 where places are rounded, 16 where a ⁵ is lost


def small():
    a = Value(1e-5, name="a")
    s = (a * Value(2e-5, name="b")).named("s")
    s.backward()
    return viz.draw(s, view="both")


def odd_numbers():
    """Not a number, infinities, exponents of both signs, long names."""
    x = Value(-3.25e-7, name="a name that is longer than its card has room for")
    total = x * 1e12
    for name, data in (("n", math.nan), ("m", -math.inf), ("w12_34", -1e-300)):
        total = total + Value(data, name=name) * x
    J = total.named("J")
    J.backward()
    return viz.draw(J, view="inverse")


def neurons():
    """Pills and formulas, in Spanish."""
    w, x, b, y = (Value(v, name=n) for n, v in (("w", 2e-6), ("x", 0.5), ("b", -3e-8), ("y", 1e-5)))
    h = tanh((w * x).named("u") + b).named("h")
    J = ((h - y) ** 2).named("J")
    J.backward()
    return viz.draw(J, view="both", lang="es", data=[x, y], detail="neuron")


def circles():
    """A gradient that vanishes from layer to layer."""
    model = NeuronNetwork([3, 4, 4, 2], activation="sigmoid", seed=0)
    for parameter in model.parameters():
        parameter.data *= 0.05
    return viz.draw(model, [0.5, -1.0, 0.25], [0.3, 0.1], loss="mse", view="both")


FIGURES = [small, odd_numbers, neurons, circles]


def grey(image):
    return np.asarray(Image.open(io.BytesIO(image)).convert("L"), dtype=float)


def difference(one, other):
    """The greatest mean difference of two pictures in a block."""
    found = np.abs(one - other)
    rows, columns = (n // BLOCK for n in found.shape)
    blocks = found[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return blocks.mean((1, 3)).max()


def one_font_a_text(source):
    """The SVG with every run of one font a text of its own, at the place that our own widths give it."""
    root = ET.fromstring(source)
    for parent in root.iter():
        for place, text in enumerate(list(parent)):
            if text.tag == f"{SVG}text" and len(text):
                parent.remove(text)
                group = ET.Element(f"{SVG}g")
                group.extend(_apart(text))
                parent.insert(place, group)
    return ET.tostring(root, encoding="unicode")


def _apart(text):
    size, face = float(text.get("font-size")), _face(text)
    x = float(text.get("x")) - SHARE[text.get("text-anchor")] * measure.width("".join(text.itertext()), face, size)
    runs = [(text.text, {})] + [run for span in text for run in ((span.text, span.attrib), (span.tail, {}))]
    for letters, own in runs:
        if letters and letters.strip():
            kept = {key: value for key, value in (text.attrib | own).items() if key not in ("text-anchor", "data-n")}
            indent = measure.width(letters[: len(letters) - len(letters.lstrip())], face, size)
            run = ET.Element(f"{SVG}text", kept | {"x": f"{x + indent:.2f}"})
            run.text = letters.strip()
            yield run
        x += measure.width(letters or "", face, size)


def _face(text):
    return next(name for name in text.get("class").split() if name in theme.FACES)


def placed(source):
    """The letters of an SVG whose texts have one font each: where each begins and how large it is."""

    def walk(element, x, y):
        move = re.fullmatch(r"translate\(([-\d.]+) ([-\d.]+)\)", element.get("transform", "translate(0 0)"))
        x, y = x + float(move[1]), y + float(move[2])
        for child in element:
            yield from letters(child, x, y) if child.tag == f"{SVG}text" else walk(child, x, y)

    def letters(text, x, y):
        content, size, face = "".join(text.itertext()), float(text.get("font-size")), _face(text)
        x += float(text.get("x")) - SHARE[text.get("text-anchor")] * measure.width(content, face, size)
        for letter in content:
            if letter.strip():
                yield letter, x, y + float(text.get("y")), size
            x += measure.width(letter, face, size)

    return list(walk(ET.fromstring(source), 0.0, 0.0))


def printed(pdf):
    """The letters of a PDF of one page, in pixels of the picture."""
    page, found = pypdf.PdfReader(io.BytesIO(pdf)).pages[0], []

    def visit(text, matrix, _, font, size):
        if font is not None and text.strip():
            scale, _, _, _, x, y = (float(v) / POINT for v in matrix)
            found.append((text.strip(), x, float(page.mediabox.height) / POINT - y, scale * size))

    page.extract_text(visitor_text=visit)
    return found


@pytest.mark.parametrize("make", FIGURES)
def test_png_shows_every_letter(make):
    figure = make()
    reference = one_font_a_text(figure._plain_svg())
    assert difference(grey(figure.png(2)), grey(png(reference, 2))) < ALIKE


def test_a_lost_exponent_would_be_noticed():
    reference = one_font_a_text(small()._plain_svg())
    lost, count = re.subn(r">⁵</text>", "></text>", reference, count=1)
    assert count == 1
    assert difference(grey(png(reference, 2)), grey(png(lost, 2))) > ALIKE


@pytest.mark.parametrize("make", FIGURES)
def test_pdf_has_every_letter_at_its_place(make):
    figure = make()
    wanted, found = placed(one_font_a_text(figure._plain_svg())), printed(figure.pdf())
    assert Counter(letter for letter, *_ in found) == Counter(letter for letter, *_ in wanted)
    places = np.array([[x, y, size] for _, x, y, size in found])
    for letter, *place in wanted:
        same = places[[known == letter for known, *_ in found]]
        assert np.abs(same - place).max(1).min() < 0.6, f"{letter} at {place}"


def test_pdf_says_the_numbers_of_the_engine():
    a, b = Value(1e-5, name="a"), Value(-2.5e-9, name="b")
    s = (a * b).named("s")
    s.backward()
    text = "".join(letter for letter, *_ in printed(viz.draw(s, view="both").pdf()))
    for shown in (a.data, a.grad, b.data, b.grad, s.data, s.grad):
        assert number(shown) in text


def test_other_fonts_change_nothing():
    """A name with an emoji needs the fonts of the system; what stands beside it keeps ours."""
    resvg, matplotlib = pytest.importorskip("resvg_py"), pytest.importorskip("matplotlib")
    a = Value(-1e-5, name="a")
    source = viz.draw((a * Value(2e-7, name="b")).named("s"), theme="light")._plain_svg()
    folder = Path(viz.__file__).parent / "lettering" / "fonts"
    ours = [str(font) for font in sorted(folder.glob("*.ttf"), key=lambda font: "Symbols" not in font.name)]
    others = [str(font) for font in sorted(Path(matplotlib.get_data_path(), "fonts", "ttf").glob("DejaVu*.ttf"))]
    alone, among = (
        resvg.svg_to_bytes(svg_string=source, dpi=96, skip_system_fonts=True, font_files=fonts)
        for fonts in (ours, others + ours)
    )
    assert bytes(alone) == bytes(among)
