"""Our own reader and writer of fonts, compared with fontTools'."""

import io
from importlib.resources import files

import pytest
from fontTools.ttLib import TTFont

from inversa.viz.drawing.shapes import text
from inversa.viz.lettering import measure, theme, truetype
from inversa.viz.output.letters import font_faces, of_drawing, of_html, of_texts

FACES = sorted(theme.FACES)


def original(name):
    return TTFont(io.BytesIO(files("inversa.viz.lettering").joinpath("fonts", theme.FACES[name].file).read_bytes()))


def outline(font, glyph):
    points, ends, flags = font["glyf"][glyph].getCoordinates(font["glyf"])
    return list(points), list(ends), list(flags)


@pytest.mark.parametrize("name", FACES)
def test_a_face_is_read_as_it_is(name):
    font, face = original(name), truetype.read(theme.FACES[name].file)
    glyphs = font.getBestCmap()
    assert set(map(ord, face.glyphs)) == set(glyphs)
    assert face.units == font["head"].unitsPerEm
    for letter, number in face.glyphs.items():
        glyph = glyphs[ord(letter)]
        assert font.getGlyphID(glyph) == number
        assert font["hmtx"][glyph] == face.metrics[number]


@pytest.mark.parametrize("name", FACES)
def test_a_subset_has_the_outlines_of_the_original(name):
    font = original(name)
    glyphs = font.getBestCmap()
    letters = frozenset(map(chr, list(glyphs)[::3]))
    data = truetype.subset(theme.FACES[name].file, letters | {"😀"})
    small = TTFont(io.BytesIO(data), checkChecksums=2)
    assert small.flavor == "woff"
    kept = small.getBestCmap()
    assert set(kept) == set(map(ord, letters))
    composed = 0
    for code, glyph in kept.items():
        assert small["hmtx"][glyph] == font["hmtx"][glyphs[code]]
        assert outline(small, glyph) == outline(font, glyphs[code])
        composed += small["glyf"][glyph].isComposite()
    assert composed or name.startswith("symbols")


def test_a_single_letter_and_none():
    for letters in ("w", "😀", ""):
        small = TTFont(io.BytesIO(truetype.subset("InversaSans-Regular.ttf", frozenset(letters))))
        assert list(map(chr, small.getBestCmap())) == [letter for letter in letters if letter == "w"]


def test_the_width_of_a_text_is_the_sum_of_its_advances():
    font = original("serif-italic")
    glyphs = font.getBestCmap()
    wide = sum(font["hmtx"][glyphs[ord(letter)]][0] for letter in "wave") / 2048 * 16
    assert measure.width("wave", "serif-italic", 16) == pytest.approx(wide, abs=1e-12)
    assert measure.width("x̂", "sans", 10) == measure.width("x", "sans", 10)
    assert measure.width("😀", "sans", 10) == pytest.approx(12.5)


def test_letters_go_to_the_face_that_has_them():
    assert of_texts([("w₁⁽¹⁾", "serif-italic")]) == {"serif-italic": set("w₁¹"), "symbols-italic": set("⁽⁾")}
    assert of_drawing([text("① loss", "note", 0, 0, "ink")]) == {"symbols": {"①"}, "sans": set(" loss")}


def test_letters_of_a_page():
    found = of_html(
        '<p id="no">Hé &lt; <b>ok</b><br><math><mi>q</mi></math></p><text class="f-ink serif-italic">zΩ</text>'
    )
    assert set("Hé<ok0⁻") <= found["sans"] | found["symbols"]
    assert found["sans-bold"] == found["sans"]
    assert found["serif-italic"] == set("qzΩ")
    assert not {"n", "z", "p"} & found["sans"] - set("naeE")


def test_ranges_are_written_in_order():
    rule = font_faces({"sans": set("cab x")})
    assert "unicode-range:U+20,U+61-63,U+78;" in rule
    assert font_faces({"sans": {"😀"}}) == ""
