"""The texts that name the numbers and the parts of pictures are made and read in one place each."""

import ast
import re
from pathlib import Path

import pytest

import inversa.viz
from inversa import viz
from inversa.autograd import Value
from inversa.nn import MLP, NeuronNetwork
from inversa.viz.drawing import parts
from inversa.viz.drawing.shapes import Part, Text
from inversa.viz.lettering.spans import VIEWS
from inversa.viz.picture import slots
from inversa.viz.picture.reading import read
from inversa.viz.tour import lecture_network

ROOT = Path(inversa.viz.__file__).parent
SLOT = re.compile(r"\|?[vdgp]\{\}|\|\{\}")
PART = re.compile(r"[nbtsNhml]\{\}|[el][bs]?[L{]")
HEAD = ["v{}", "s{}", "h{}"]  # nodes of a head of attention: values, scores, outputs
NOT_OURS = {
    "output/films.py": ["s{}-{}"],  # the id of a moment of a film
    "livepage/writing.py": ["v{}"],  # the name of a variable
    **{f"heads/{name}.py": HEAD for name in ("columns", "head", "layout", "lettering")},
}


def shape(text):
    """An f-string with braces in place of what is put in."""
    return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in text.values)


def made(pattern):
    """The f-strings of viz that begin like this, by file."""
    found = {}
    for path in ROOT.rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        texts = [
            shape(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.JoinedStr)
        ]
        if lines := [text for text in texts if pattern.match(text) and text not in NOT_OURS.get(name, ())]:
            found[name] = lines
    return found


def test_no_other_file_makes_slots():
    found = made(SLOT)
    assert found.keys() == {"picture/slots.py"}, found
    assert len(found["picture/slots.py"]) == 5  # value, flow, gain, slope, norm


def test_no_other_file_makes_names_of_parts():
    found = made(PART)
    assert found.keys() == {"drawing/parts.py"}, found
    assert len(found["drawing/parts.py"]) == 13


def test_no_other_file_takes_them_apart():
    looks = re.compile(r"""(strip|removeprefix|startswith)\(["'][nebvdgp|]["']\)|\.(name|slot)\[|slot\[[01]""")
    found = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if looks.search(path.read_text("utf-8"))}
    assert found == {"picture/slots.py", "drawing/parts.py"}


def test_no_other_script_makes_slots_or_looks_into_them():
    for path in (ROOT / "pages" / "web").glob("*.js"):
        found = re.findall(r"`[vdp]\$\{|\[0\] === \"[vdgp|]\"", path.read_text("utf-8"))
        assert bool(found) == (path.name == "slots.js"), path.name


def test_slots_are_read_as_they_are_made():
    assert [slots.box_of(slot) for slot in (slots.value(3), slots.flow(17))] == [3, 17]
    assert slots.ends(slots.slope(9, 4)) == (9, 4)
    sent = slots.total([slots.product(slots.gain(3), slots.flow(9)), slots.value(7)])
    assert slots.names_in(sent) == [slots.gain(3), slots.flow(9), slots.value(7)]
    assert slots.names_in(slots.norm(slots.total(map(slots.flow, (1, 2))))) == [slots.flow(1), slots.flow(2)]
    for slot in (sent, slots.norm(slots.value(3)), slots.UNKNOWN, "", slots.gain(3), slots.slope(9, 4)):
        assert slots.box_of(slot) is None
    for slot in (sent, slots.value(3), slots.UNKNOWN, ""):
        assert slots.ends(slot) is None
    assert slots.names_in(slots.UNKNOWN) == slots.names_in("") == []
    assert [slots.is_flow(slot) for slot in (slots.flow(1), slots.norm(slots.flow(1)), sent)] == [True, True, False]


def test_a_slot_is_looked_up_in_a_picture():
    w = Value(3.0, name="w")
    J = (w * w * 2).named("J")
    picture = read((J,))
    assert [slots.look_up(slots.value(box.node), picture) for box in picture.boxes] == [
        box.value for box in picture.boxes
    ]
    assert slots.look_up(slots.flow(0), picture) == 12.0
    assert slots.look_up(slots.gain(picture.arrows[-1].number), picture) == picture.arrows[-1].gain
    for slot in (slots.norm(slots.value(0)), slots.slope(1, 0), slots.value(99), slots.gain(99), slots.UNKNOWN, ""):
        assert slots.look_up(slot, picture) is None


def texts(drawing, views):
    """All texts of a drawing, with their slots."""
    shapes = [shape for view in views for item in drawing.shapes(view) for shape in getattr(item, "shapes", (item,))]
    return [(shape.text, shape.slot) for shape in shapes if isinstance(shape, Text)]


@pytest.mark.parametrize("detail", ["auto", "op"])
def test_every_number_of_a_drawing_has_a_slot_that_can_be_looked_up(detail):
    drawing = viz.draw(lecture_network()[0], [0.5], [0.88], loss="squared_error", detail=detail)._drawing
    writer = drawing.writer if detail == "op" else drawing.lettering.writer
    found = [(text, slot) for text, slot in texts(drawing, VIEWS) if slot]
    assert len(found) > 40
    for text, slot in found:
        assert text == writer.number(drawing.slot_value(slot))


def test_a_leaf_without_a_name_is_called_the_same_in_the_picture_and_in_the_table():
    """The nameless are counted among themselves: "v1" is not box 1."""
    x, a, b = Value(2.0, name="x"), Value(3.0), Value(4.0)
    J = (x * a + b).named("J")
    player = viz.player(J)
    listed = re.findall(r'role="rowheader"><span class="serif-italic">(.*?)</span>', player.html())
    assert sorted(listed) == ["v₁", "v₃", "x"]
    assert set(listed) <= {text for text, _ in texts(viz.draw(J)._drawing, ["forward"])}


def test_parts_are_read_as_they_are_named():
    assert parts.box_of(parts.box(3)) == parts.arrow_of(parts.arrow(3)) == 3
    assert parts.is_box(parts.box(3))
    assert parts.is_branch(parts.branch(3))
    others = [parts.LOSS, parts.TARGETS, parts.total(3), parts.ending(3), parts.frame(3), parts.label(3)]
    assert not any(parts.is_box(name) or parts.is_branch(name) for name in others)
    assert parts.wire_label(parts.wire(parts.box(3), parts.LOSS)) == "l3-L"


MODELS = {
    "lecture": (lecture_network()[0], [0.5], [0.88], "squared_error"),
    "branches": (NeuronNetwork([2, 2, 2], activation="tanh", seed=0), [0.5, -1.0], [1.0, 0.0], "mse"),
    "circles": (MLP([3, 4, 3], activation="tanh", seed=0), [0.5, -1.0, 2.0], [1.0, 0.0, 0.0], "mse"),
    "layers": (MLP([2, 3, 1], seed=0), [[0.5, -1.0], [1.0, 2.0]], [[1.0], [0.0]], "mse"),
}


@pytest.mark.parametrize("kind", MODELS)
def test_every_part_of_a_drawing_appears_in_a_step_and_no_other(kind):
    """But for what the forward view only repeats, all parts have their moment; and no step names a part in vain."""
    model, x, y, loss = MODELS[kind]
    drawing = viz.draw(model, x, y, loss=loss)._drawing
    for view in VIEWS:
        drawn = {item.name for item in drawing.shapes(view) if isinstance(item, Part)}
        told = {name for step in drawing.steps() if step.view == view for name in step.parts}
        assert told <= drawn
        assert drawn - told == set()
