"""Hidden numbers: empty boxes at the same places, and no trace of the number in any file."""

import re
from dataclasses import replace

import pytest

from inversa import viz
from inversa.autograd import Value
from inversa.nn import MLP
from inversa.viz._draw import make_drawing
from inversa.viz._figure import Figure
from inversa.viz.cards.drawing import CardDrawing
from inversa.viz.drawing.shapes import Part, Path, Rect, Text
from inversa.viz.lettering.spans import VIEWS
from inversa.viz.neurons.drawing import NeuronDrawing
from inversa.viz.neurons.structure import structure
from inversa.viz.picture import slots
from inversa.viz.picture.folding import summarised
from inversa.viz.picture.hiding import hiding
from inversa.viz.picture.reading import read
from inversa.viz.picture.records import Array
from inversa.viz.picture.running import run

HIDES = ["gradients", "values", "all", ["∂J/∂h"], ["h", "∂J/∂h"]]


def picture(sizes, detail="neuron", activation="tanh"):
    ran = run(MLP(sizes, activation=activation, seed=1), [0.5] * sizes[0], [1.0] * sizes[-1], "mse", detail)
    return read(ran.outputs, ran.data, None, ran.parameters, True)


def neurons(picture):
    return NeuronDrawing(structure(picture), "en")


def cards(picture):
    return CardDrawing(summarised(picture, "op"), "en", None, 4)


def layers(picture):
    return CardDrawing(summarised(picture, "layer"), "en", None, 4)


CASES = [
    (neurons, picture([1, 2, 1])),
    (neurons, picture([3, 8, 1], activation="relu")),  # so many edges that they have no labels: places need thicknesses
    (cards, picture([1, 2, 1])),
    (layers, picture([3, 5, 1], detail="layer")),
]
IDS = ["lecture", "circles", "cards", "layers"]


def other(amount):
    """Another number of the same length and sign."""
    if isinstance(amount, Array):
        return replace(amount, norm=other(amount.norm), entries=amount.entries and tuple(map(other, amount.entries)))
    if amount is None or amount in (0.0, 1.0):
        return amount
    size = abs(amount)
    return (1 if amount > 0 else -1) * (int(size) + 0.1 + 0.8 * (size * 1000 % 1))


def changed(picture):
    """The picture with every hidden number another one."""

    def box(b):
        value = other(b.value) if slots.value(b.number) in picture.hidden else b.value
        if slots.flow(b.number) not in picture.hidden:
            return replace(b, value=value)
        return replace(b, value=value, gradient=other(b.gradient), flow=other(b.flow))

    def arrow(a):
        return replace(a, gain=other(a.gain)) if slots.gain(a.number) in picture.hidden else a

    return replace(picture, boxes=tuple(map(box, picture.boxes)), arrows=tuple(map(arrow, picture.arrows)))


@pytest.mark.parametrize("hide", HIDES, ids=str)
@pytest.mark.parametrize(("draw", "picture"), CASES, ids=IDS)
def test_files_do_not_tell_hidden_numbers(draw, picture, hide):
    # Those of two networks that differ in them alone are the same, to the last byte.
    hidden = hiding(picture, hide)
    assert changed(hidden) != hidden
    one, two = (Figure(draw(each), VIEWS) for each in (hidden, changed(hidden)))
    assert one.svg() == two.svg()
    assert one.to_tikz() == two.to_tikz()
    assert one.to_mermaid() == two.to_mermaid()
    assert one.source == two.source
    assert one.alt_text() == two.alt_text()


@pytest.mark.parametrize("hide", HIDES, ids=str)
@pytest.mark.parametrize(("draw", "picture"), CASES, ids=IDS)
def test_everything_else_stays_where_it_is(draw, picture, hide):
    shown, hidden = draw(picture), draw(hiding(picture, hide))
    assert shown.extent == hidden.extent
    boxes = edges = 0
    for view in VIEWS:
        for before, after in zip(shapes(shown, view), shapes(hidden, view), strict=True):
            if isinstance(before, Text) and isinstance(after, Rect):
                boxes += 1
                middle = after.x + after.width / 2
                assert after.y < before.y < after.y + after.height
                assert before.left - 8 < middle < before.left + before.width + 8
            elif isinstance(before, Path) and before.slot and not after.slot:
                edges += 1
                assert (after.thickness, after.dash) == (1.6, "")
            elif not (isinstance(before, Path) and edges):  # the head of an edge is as large as that is thick
                assert after == before
    assert boxes or hide == ["∂J/∂h"]  # of a layer only the gradient of its parameters is shown


def shapes(drawing, view):
    return [shape for item in drawing.shapes(view) for shape in (item.shapes if isinstance(item, Part) else [item])]


def test_boxes_are_equally_wide_whatever_their_number():
    hidden, shown = (shapes(neurons(p), "inverse") for p in (hiding(picture([2, 2, 1]), "all"), picture([2, 2, 1])))
    boxes = [box for box, number in zip(hidden, shown, strict=True) if isinstance(number, Text) and number != box]
    assert len(boxes) > 20
    assert len({round(box.width, 6) for box in boxes}) == 1


def test_kinds():
    shown = picture([1, 2, 1])
    names = {box.number: box.name for box in shown.boxes}
    values = {names[slots.box_of(slot)] for slot in hiding(shown, "values").hidden if slot.startswith("v")}
    assert {"h", "J", "z₁⁽¹⁾", "a₁⁽¹⁾"} <= values
    assert not values & {"x", "y", "w₁⁽¹⁾", "b₁⁽¹⁾"}
    gradients = hiding(shown, "gradients").hidden
    assert all(slot.startswith(("d", "g")) for slot in gradients)
    assert {names[slots.box_of(slot)] for slot in gradients if slot.startswith("d")} == set(names.values()) - {"J"}
    assert hiding(shown, "all").hidden == gradients | hiding(shown, "values").hidden
    assert hiding(shown, ()) is shown


def test_a_value_is_hidden_in_local_derivatives_too():
    w, x = Value(0.2973, name="w"), Value(2.0, name="x")
    figure = viz.draw((w * x).named("J"), hide=["w", "∂J/∂x"], view="both")
    for text in (figure.svg(), figure.source, figure.to_mermaid()):
        assert "0.2973" not in text
        assert "2.0000" in text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("∂J/∂w3_1", "hide names '∂J/∂w3_1', which this picture does not: did you mean '∂J/∂w₁⁽¹⁾'?"),
        ("gradient", "hide names 'gradient', which this picture does not: did you mean 'gradients'?"),
        ("§§§", "hide names '§§§', which this picture does not; it has w₁₁⁽²⁾, ∂J/∂w₁₁⁽²⁾, "),
    ],
)
def test_unknown_names(name, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        viz.draw(MLP([1, 2, 1], activation="tanh"), [0.5], [1.0], loss="mse", hide=["h", name])


def test_names_are_texts():
    with pytest.raises(ValueError, match="hide is one of 'gradients', 'values', 'all', or names, such as"):
        viz.draw(Value(1.0, name="x") * 2, hide=[3])


def test_names_as_they_are_typed():
    model = MLP([1, 2, 1], activation="tanh", seed=0)
    drawing, _ = make_drawing(model, [0.5], [1.0], loss="mse", hide=["w2_11", "∂J/∂w2_11", "δ1_1"])
    hidden = drawing.structure.picture.hidden
    boxes = {box.name: box.number for box in drawing.structure.picture.boxes}
    w, z = boxes["w₁₁⁽²⁾"], boxes["z₁⁽¹⁾"]
    assert {slots.value(w), slots.flow(w), slots.flow(z)} <= hidden
    assert all(slot.startswith("g") for slot in hidden - {slots.value(w), slots.flow(w), slots.flow(z)})
    ascii_names, _ = make_drawing(model, [0.5], [1.0], loss="mse", hide=["w2_11", "dJ/dw2_11", "delta1_1"])
    assert ascii_names.structure.picture.hidden == hidden


def test_kinds_and_names_can_be_hidden_together():
    small = picture([1, 2, 1])
    both = hiding(small, ["gradients", "h"]).hidden
    assert both >= hiding(small, "gradients").hidden | hiding(small, ["h"]).hidden
    assert hiding(small, ["gradients", "values"]).hidden == hiding(small, "all").hidden


@pytest.mark.parametrize("hide", [None, 5, True])
def test_what_names_nothing_is_refused(hide):
    with pytest.raises(ValueError, match="hide is one of 'gradients', 'values', 'all', or names"):
        hiding(picture([1, 2, 1]), hide)
