"""Which form a picture takes, and that the twins agree in each."""

import math
import re
import warnings
from io import BytesIO

import pypdf
import pytest

from inversa import viz
from inversa.autograd import Value
from inversa.nn import MLP
from inversa.viz.cards.drawing import CardDrawing
from inversa.viz.drawing.composition import MIN_PAPER_SCALE, MIN_SCALE, PAGE, PIXEL
from inversa.viz.drawing.shapes import Text
from inversa.viz.lettering.spans import VIEWS
from inversa.viz.tour import lecture_network

NETWORK, _ = lecture_network()


def lecture(**options):
    return viz.draw(NETWORK, [0.5], [0.88], loss="squared_error", **options)


def circles(**options):
    return viz.draw(MLP([3, 4, 4, 2], activation="tanh", seed=0), [0.5, -1.0, 2.0], [1.0, 0.0], loss="mse", **options)


def chain(**options):
    model = MLP([2, 8, 8, 8, 8, 8, 1], activation="tanh", seed=0)
    return viz.draw(model, [[0.5, -1.0], [1.0, 2.0]], [[1.0], [0.0]], loss="mse", detail="layer", **options)


def cards(**options):
    return lecture(detail="op", **options)


def form(figure):
    drawing = figure._drawing
    return drawing.form


@pytest.mark.parametrize(
    ("draw", "width", "expected"),
    [
        (lecture, None, "natural"), (lecture, 1600, "natural"), (lecture, 1200, "compact"), (lecture, 1000, "tight"),
        (lecture, 800, "upright"),
        (lecture, 390, "phone"), (circles, 1500, "natural"), (circles, 1200, "compact"), (circles, 700, "upright"),
        (chain, 2100, "natural"), (chain, 1200, "2"), (chain, 800, "3"), (chain, 300, "upright"),
    ],
)  # fmt: skip
def test_the_first_form_that_fits(draw, width, expected):
    figure = draw(view="both", width=width)
    assert form(figure) == expected
    assert width is None or figure.width <= width
    assert form(draw(view="both", width=width, lang="es")) == expected


def test_a_low_page_takes_the_form_for_slides():
    figure = lecture(view="both", width=1280, height=720)
    assert form(figure) == "slides"
    assert figure.height <= 720


@pytest.mark.parametrize("draw", [lecture, circles, chain, cards])
def test_twins_have_the_same_places_in_every_form(draw):
    forms = list(draw()._drawing.forms)
    assert len(forms) >= 3
    for drawing in forms:
        assert drawing.extent[0] > 100
        if isinstance(drawing, CardDrawing):
            continue  # both views are painted on one layout
        here, there = ({e.name: (e.x, e.y) for e in drawing.sheet(view).elements} for view in VIEWS)
        shared = here.keys() & there.keys()
        assert len(shared) > 10
        moved = {name for name in shared if here[name] != there[name]}
        assert moved == set()
        links, back = ({link.name: link.points for link in drawing.sheet(view).links} for view in VIEWS)
        for name in links.keys() & back.keys():
            ends = zip(sorted(links[name]), sorted(back[name]), strict=True)
            assert all(math.dist(a, b) <= 16 for a, b in ends), name  # a branching point is smaller than its Σ


def test_a_chain_of_an_odd_number_of_boxes_is_wrapped_two_by_two():
    figure = chain(width=600)
    assert len(figure._drawing.picture.boxes) == 9
    assert form(figure) == "5"


def test_twins_side_by_side_and_flipped():
    w, x, b, y = (Value(number, name=name) for name, number in {"w": 0.7, "x": 0.5, "b": -0.2, "y": 1.0}.items())
    figure = viz.draw((((w * x + b).tanh() - y) ** 2).named("J"), data=[x, y], view="both", width=1000)
    first, second = re.findall(r'<g class="(?:forward|inverse)" transform="translate\((\S+) (\S+)\)">', figure.svg())
    assert first[1] == second[1]
    assert float(second[0]) > float(first[0]) + 200
    assert form(lecture(width=500).flip()) == "upright"
    assert lecture(width=500).flip().width == lecture(width=500, view="inverse").width


def test_letters_stay_large_and_a_picture_that_does_not_fit_says_so():
    with pytest.warns(UserWarning, match=r"this picture needs \d+ pixels and will scroll in 150"):
        figure = circles(view="both", width=150)
    assert figure.width > 150
    width, full = (float(re.search(pattern, figure.svg())[1]) for pattern in (r' width="(\S+)"', r'viewBox="0 0 (\S+)'))
    assert width / full == pytest.approx(MIN_SCALE, abs=0.01)


def test_set_width_holds_until_it_is_taken_back():
    viz.set_width(500)
    try:
        assert lecture().width <= 500
        assert lecture(width=1600).width > 1400
    finally:
        viz.set_width(None)
    assert lecture().width > 1400


@pytest.mark.parametrize("wrong", [0, -5, float("nan"), float("inf"), "wide", True, [900]])
def test_a_width_is_a_number_of_pixels(wrong):
    for call in (viz.set_width, lambda width: lecture(width=width), lecture().fitted):
        with pytest.raises(ValueError, match=r"width is .* number of pixels, such as "):
            call(wrong)
    with pytest.raises(ValueError, match=r"height is .* number of pixels"):
        lecture(height=wrong)
    assert lecture().width > 1400


def test_a_figure_for_another_page():
    figure = lecture(view="both")
    assert figure.fitted(390).width <= 390
    assert figure.fitted(390).fitted(None).svg() == figure.svg()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert figure.fitted(1600).svg() == figure.svg()


def test_long_legends_are_broken_in_narrow_pictures():
    svg = lecture(view="inverse", width=390).svg()
    assert svg.count('font-size="11"') >= 2
    assert "is a derivative of J." in re.sub(r"</text>\s*<text[^>]*>", " ", svg)


def test_the_rules_stand_once_and_only_those_that_are_marked():
    both = lecture(view="both").svg()
    assert both.count(">weighted input<") == 1
    linear = viz.draw(MLP([1, 1], seed=0), [0.5], [1.0], loss="mse", view="both").svg()
    assert ">activation ψ<" not in linear
    assert ">neuron<" in linear
    hidden = viz.draw(MLP([1, 2, 1], activation="tanh", seed=0), [0.5], [1.0], loss="mse").svg()
    assert hidden.count(">5</text>") == 1  # marked on a hidden neuron, for the output is linear


def test_rows_are_continued_at_the_same_letter_in_both_twins():
    figure = chain(view="both", width=800)
    for view in ("forward", "inverse"):
        page = figure._drawing.shapes(view)
        texts = [s.text for item in page for s in getattr(item, "shapes", ()) if isinstance(s, Text)]
        assert sorted(text for text in texts if text in ("a", "b")) == ["a", "a", "b", "b"]
    assert "row by row" in figure.alt_text() or "row by row" in figure.svg()


def test_pages_allow_fonts_of_their_own_and_nothing_from_elsewhere():
    pages = [lecture().html(), viz.player(NETWORK, [0.5], [0.88], loss="squared_error").html()]
    for html in pages:
        (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'none'"
        assert rules["font-src"] == "data:"
        assert set(rules) <= {"default-src", "style-src", "font-src", "script-src"}
        assert "@font-face" in html


# On paper.


def paper_size(figure):
    """Width and height in centimetres, as the SVG says them."""
    return [float(x) for x in re.search(r'width="([\d.]+)cm" height="([\d.]+)cm"', figure.svg()).groups()]


@pytest.mark.parametrize(
    ("length", "centimetres"), [("8cm", 8.0), ("80 mm", 8.0), (" 3in", 7.62), ("227.6pt", 8.0), ("15.5cm", 15.5)]
)
def test_on_paper_a_picture_is_exactly_as_wide_as_asked_for(length, centimetres):
    assert paper_size(lecture(width=length))[0] == pytest.approx(centimetres, abs=0.01)
    assert paper_size(lecture(view="both").fitted(length, quiet=True))[0] == pytest.approx(centimetres, abs=0.01)


def test_pdf_and_png_for_paper_have_that_size_too():
    figure = lecture(width="8cm")
    (page,) = pypdf.PdfReader(BytesIO(figure.pdf())).pages
    assert float(page.mediabox.width) == pytest.approx(8 * 72 / 2.54, abs=0.01)
    assert int.from_bytes(figure.png()[16:20]) == pytest.approx(2 * 8 / PIXEL, abs=1)


def test_on_paper_it_is_exactly_as_high_as_asked_for_and_within_the_width():
    wide, high = paper_size(lecture(width="15cm", height="6cm"))
    assert high == pytest.approx(6, abs=0.01)
    assert 8 < wide <= 15
    assert paper_size(lecture(height="6cm"))[1] == pytest.approx(6, abs=0.01)


@pytest.mark.parametrize("draw", [lecture, circles, chain])
@pytest.mark.parametrize("width", ["8cm", "12cm", "15cm"])
def test_a_picture_on_paper_is_no_higher_than_a_page_and_has_letters_to_be_read(draw, width):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            figure = draw(view="forward", width=width)
        except UserWarning as said:
            assert "points" in str(said)  # noqa: PT017
            return
    assert paper_size(figure)[1] <= PAGE * PIXEL
    assert figure._composition.scale >= MIN_PAPER_SCALE


def test_letters_too_small_for_paper_are_warned_of():
    with pytest.warns(UserWarning, match=r"letters of 2\.\d points and is 12\.\d cm high: give it more room") as caught:
        figure = cards(width="8cm")
    assert caught[0].filename == __file__
    assert paper_size(figure)[0] == pytest.approx(8, abs=0.01)


@pytest.mark.parametrize("wrong", ["8", "cm", "0cm", "-3cm", "8px", "8 parsecs", "1e3cm", ""])
def test_what_is_no_length_is_refused(wrong):
    with pytest.raises(ValueError, match=f"width is a length on paper in cm, mm, in, pt, .* not {wrong!r}"):
        lecture(width=wrong)


def heading(figure):
    """What stands above a picture's first view."""
    return [text.text for _, _, _, heading, _ in figure._composition.pages() for text in heading]


def test_an_empty_title_leaves_the_words_to_the_caption():
    for draw in (lecture, cards):
        assert heading(draw()) != heading(draw(title="")) == []
        assert draw(title="").height < draw().height - 40
    assert not any("remembered" in text for text in heading(lecture(title="", view="inverse")))


def test_under_an_empty_title_it_is_still_said_what_is_missing_and_what_is_wrong():
    large = MLP([30, 40, 2], activation="tanh", seed=0)
    assert "shown" in " ".join(heading(viz.draw(large, [0.5] * 30, [1.0, 0.0], loss="mse", title="")))
    w = Value(1.0, name="w")
    y = (w * 2).named("y")
    w.data = 3.0
    assert "OUT OF DATE" in " ".join(heading(viz.draw(y, title="")))
