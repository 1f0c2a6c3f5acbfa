"""A recurrent neuron unrolled and folded: contributions that add up, wires that fade, cuts, nothing over another."""

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations, pairwise

import pytest

from inversa import viz
from inversa.autograd import Value, tanh
from inversa.nn import NeuronRNN
from inversa.viz._draw import make_drawing
from inversa.viz.neurons.sheet import overlap
from inversa.viz.neurons.structure import StructureError
from inversa.viz.picture import slots

from ..neurons.test_neurons import sent_through

SVG = "{http://www.w3.org/2000/svg}"
X = [1.0, -0.5, 0.3, 0.8, 0.2, -0.7, 0.5, 0.1, -0.3]


def network(sizes=(1, 1), **options):
    rnn = NeuronRNN(list(sizes), seed=0, **options)
    for parameter, number in zip(rnn.parameters(), [0.7, 0.9, 0.1, 0.8, -0.2], strict=False):
        parameter.data = number
    return rnn


CASES = {
    "one step": (network(), X[:1], {}),
    "four steps": (network(), X[:4], {}),
    "an output neuron": (network((1, 1, 1), output="sigmoid"), X[:4], {}),
    "nine steps": (network(), X, {}),
    "cut": (network(truncate=2), X[:4], {}),
    "cut among those left out": (network((1, 1, 1), truncate=2), X, {}),
    "many digits": (network(activation="identity"), [-1000.0, 4e5, -3.0, 12.5], {"digits": 6}),
    "no psi": (network(activation="identity"), X[:3], {}),
    "folded": (network(), X[:4], {"time": "folded"}),
    "folded, an output neuron": (network((1, 1, 1)), X, {"time": "folded"}),
}
UNROLLED = [name for name in CASES if not name.startswith("folded")]


def drawn(case, **more):
    model, x, options = CASES[case]
    return make_drawing(model, x, 0.2, loss="squared_error", **{**options, **more})[0]


def gradients(case):
    model, x, _ = CASES[case]
    for parameter in model.parameters():
        parameter.grad = None
    ((model(x) - 0.2) ** 2).backward()
    return {name: parameter.grad for name, parameter in model.named_parameters()}


@pytest.mark.parametrize("case", UNROLLED)
def test_the_contributions_of_the_steps_read_from_the_picture_add_up_to_the_gradient(case):
    model, x, options = CASES[case]
    svg = viz.draw(model, x, 0.2, loss="squared_error", view="inverse", **options).svg()
    titles = [title.text for title in ET.fromstring(svg).iter(f"{SVG}title") if title.text]
    steps = min(len(x), 5)
    found = {}
    for title in titles:
        match = re.fullmatch(r"∂J/∂(\w+), contributions? of (?:the )?steps? \d.*: (\S+)", title)
        if match:
            found.setdefault(match[1], []).append(float(match[2].replace("−", "-")))
    true = gradients(case)
    assert found.keys() == {"w", "u", "b"}
    for name, terms in found.items():
        assert len(terms) == steps
        assert sum(terms) == pytest.approx(true[name], abs=1e-12, rel=1e-12)


@pytest.mark.parametrize("case", ["four steps", "an output neuron"])
def test_a_unit_sent_through_the_inverse_drawing_gives_the_gradients(case):
    found, true = drawn(case), gradients(case)
    arrived = sent_through(found.exports[".dot"](["inverse"]).source, f"n{found.structure.cost}")
    for n, role in found.structure.picture.leaves.items():
        if role == "parameter":
            assert arrived[f"n{n}"] == pytest.approx(true[found.structure.boxes[n].name], abs=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_twins_have_the_same_places_and_every_wire_reversed(case):
    found = drawn(case)
    forward, inverse = found.sheet("forward"), found.sheet("inverse")
    assert (forward.width, forward.height) == (inverse.width, inverse.height)
    places, twins = ({e.name: (e.x, e.y) for e in sheet.elements} for sheet in (forward, inverse))
    for name, place in places.items():
        assert twins[name] == pytest.approx(place)
    there = {(link.source, link.target) for link in forward.links}
    back = {(link.target, link.source) for link in inverse.links if link.open}
    kept = {(link.source, link.target) for link in inverse.links if not link.open}
    assert there <= back | kept
    assert all(source in {f"n{n}" for n in found.structure.picture.leaves} for source, _ in back - there)


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("case", CASES)
def test_nothing_lies_over_anything_else(case, lang):
    for form in drawn(case, lang=lang).forms:
        for view in ("forward", "inverse"):
            assert_apart(form.sheet(view))


def assert_apart(sheet, around=()):
    """Things and texts do not overlap, no wire strikes through one, and all are on the sheet; but for those around."""
    frames = [e for e in sheet.elements if e.form == "frame"]
    things = [e for e in sheet.elements if e.form not in ("frame", "joint") and e.name not in around]
    things += [link.label for link in sheet.links if link.label is not None]
    things += map(title_of, frames)
    for a, b in combinations(things, 2):
        assert not overlap(a.box, b.box, -0.5), (a.name, b.name)
    ways = [(link, along(link.points)) for link in sheet.links]
    for e in things:
        left, top, right, bottom = e.box
        assert min(left, top, sheet.width - right, sheet.height - bottom) >= 0
        assert all(row.width <= e.width + 0.5 for row in e.lines), e.name
        for f in frames:
            assert e.form == "label" or contains(f.box, e.box) or not overlap(f.box, e.box, -0.5), e.name
        for link, points in ways:
            if e.name in (link.source, link.target) or e.form == "dot":
                continue
            through = any(left + 1 < x < right - 1 and top + 1 < y < bottom - 1 for x, y in points)
            assert not through, (e.name, link.name)


def contains(outer, inner):
    """Whether a rectangle lies in another one."""
    return all(outer[k] <= inner[k] for k in (0, 1)) and all(inner[k] <= outer[k] for k in (2, 3))


def title_of(frame):
    """The title of a frame as a thing of its own: at its lower end, or at its upper one."""
    (row,), y = frame.lines, frame.box[3] - 14.5 if frame.corner[1] < 0 else frame.box[1] + 14.5
    return replace(frame, name=f"title of {frame.name}", form="label", y=y, width=row.width, height=15.0)


def along(points):
    """Points of a wire, some pixels apart."""
    start, *curve, end = points
    corners = [start, *curve[::3], end]  # the curve goes through every third of its points
    found = []
    for (x0, y0), (x1, y1) in pairwise(corners):
        steps = 1 + int(math.dist((x0, y0), (x1, y1)) // 6)
        found += [(x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps) for k in range(steps + 1)]
    return found


def test_four_steps_fit_a_page_and_more_are_told_of():
    for case in ("four steps", "an output neuron", "nine steps"):
        model, x, _ = CASES[case]
        figure = viz.draw(model, x, 0.2, loss="squared_error", view="both")
        assert figure.width <= 1600, case
    assert "5 more" in figure.svg()
    narrow = viz.draw(model, x, 0.2, loss="squared_error", view="inverse", width=860)  # what a notebook leaves
    assert narrow.width <= 860
    assert "7 more" in narrow.svg()


def test_the_wire_of_a_state_is_as_thick_as_what_comes_back_on_it():
    for weight, falling in ((0.3, True), (2.5, False)):  # it vanishes, or explodes
        rnn = network(activation="identity")
        rnn.hidden[0].weights[0].data = weight
        found = make_drawing(rnn, X[:4], 0.2, loss="squared_error")[0]
        h = [neuron.total for neuron in found.recurrence.steps]  # which is the state, too
        back = {link.target: link.thickness for link in found.sheet("inverse").links}
        widths = [back[name] for name in h]
        assert widths == sorted(widths, reverse=not falling)
        assert max(widths) == 8.0 > 6.0 > min(widths)
        sizes = found.recurrence.sizes
        assert widths[1] - widths[0] == pytest.approx(
            (8.0 - 1.2) / 3 * abs(math.log10(sizes[1] / sizes[0])) * (1 if falling else -1)
        )
    assert "logarithmic" in found.heading("inverse")[1]


def test_a_gradient_that_is_cut_off_is_a_cut_wire_with_a_0():
    found = drawn("cut")
    sheet = found.sheet("inverse")
    cut = next(e for e in sheet.elements if e.name.startswith("c"))
    assert cut.lines[0].left[0].text == "cut"
    second, third = (found.recurrence.steps[t] for t in (1, 2))
    wire = next(
        link
        for link in sheet.links
        if {link.source, link.target} == {f"n{second.output}", f"n{third.inputs[0].product}"}
    )
    assert (wire.open, wire.head, wire.dash) == (False, False, "1 5")
    assert [span.text for row in wire.label.lines for span in row.left] == ["∂J/∂h₂", "0.0000"]
    assert "cut off" in found.heading("inverse")[1]
    assert not any(e.name.startswith("c") for e in found.sheet("forward").elements)
    with pytest.raises(ValueError, match="cannot be played"):
        viz.player(*CASES["cut"][:2], 0.2, loss="squared_error")


def test_steps_are_numbered_from_the_first_and_parameters_are_there_once():
    texts = ["".join(t.itertext()) for t in ET.fromstring(viz.draw(*CASES["four steps"][:2]).svg()).iter(f"{SVG}text")]
    assert [text for text in texts if text.startswith("t =")] == ["t = 1", "t = 2", "t = 3", "t = 4"]
    assert texts.count("w") == texts.count("u") == texts.count("b") == 1


def test_hidden_numbers_stand_nowhere():
    model, x, _ = CASES["four steps"]
    figure = viz.draw(model, x, 0.2, loss="squared_error", view="both", hide="gradients")
    open_one = viz.draw(model, x, 0.2, loss="squared_error", view="both")
    for name in ("w", "u", "b"):
        number = f"{gradients('four steps')[name]:.4f}"
        assert number in open_one.svg()
        assert number not in figure.svg() + figure.alt_text()
    assert "contribution of" not in figure.svg()
    assert (figure.width, figure.height) == (open_one.width, open_one.height)


def test_a_recurrent_neuron_of_ones_own_is_found_in_its_graph():
    w, u, x = Value(0.7, name="w"), Value(0.9, name="u"), [Value(v, name=f"x{t}") for t, v in enumerate(X[:3], 1)]
    h = Value(0.0, name="h0")
    for each in x:
        h = tanh(w * h + u * each)
    J = (h - Value(0.2, requires_grad=False, name="y")) ** 2
    found, _ = make_drawing(J.named("J"), detail="neuron")
    assert found.length == 3
    J.backward()
    weight, *_ = found.recurrence.shared
    assert sum(found.recurrence.contribution(weight, t) for t in range(3)) == pytest.approx(w.grad, abs=1e-15)
    with pytest.raises(StructureError):
        make_drawing((w * w * x[0]).named("J"), detail="neuron")


def test_every_format_has_it(tmp_path):
    for case in ("four steps", "folded"):
        model, x, options = CASES[case]
        figure = viz.draw(model, x, 0.2, loss="squared_error", view="both", **options)
        for suffix in (".svg", ".dot", ".mmd", ".tex", ".html"):
            assert figure.render(tmp_path / f"a{suffix}").stat().st_size > 1000
        assert re.search("4 steps.*∂J/∂w = 0.3487", figure.alt_text())
        assert "neurona recurrente" in viz.draw(model, x, lang="es", **options).alt_text()


def test_what_cannot_be_drawn_so():
    rnn = network()
    with pytest.raises(ValueError, match="one sequence"):
        viz.draw(rnn, [[X[:4]], [X[:4]]])
    with pytest.raises(ValueError, match="with a sequence"):
        viz.draw(rnn)
    with pytest.raises(ValueError, match="time is one of"):
        viz.draw(rnn, X, time="rolled")


@pytest.mark.parametrize(("case", "columns"), [("four steps", 4), ("an output neuron", 4), ("nine steps", 8)])
def test_the_player_walks_through_time_and_back(case, columns):
    model, x, _ = CASES[case]
    player = viz.player(model, x, 0.2, loss="squared_error")
    found = player._drawing
    for view in ("forward", "inverse"):
        appearing = [name for step in player.steps if step.view == view for name in step.parts]
        assert set(appearing) == found.sheet(view).names
    times = [int(match[1]) for step in player.steps if (match := re.match(r"t = (\d+): Activation", step.title))]
    assert times == sorted(times)
    assert len(times) == columns
    back = [int(match[1]) for step in player.steps if (match := re.match(r"t = (\d+): .* becomes ψ′", step.title))]
    assert back == times[::-1]
    picture, table = found.structure.picture, {}
    for step in player.steps:
        for n, slot in step.gradients:
            table[found.structure.boxes[n].name] = slots.evaluated(slot, picture)
    for name, gradient in gradients(case).items():
        assert table[name] == pytest.approx(gradient, abs=1e-12)
    assert "contribution of" not in player.html()  # the page says numbers that it computes anew
