"""Networks drawn neuron by neuron: found in the graph, twins at the same places, and gains that give the gradients."""

import math
import random
import re
import xml.etree.ElementTree as ET
from itertools import product

import pytest

from inversa import viz
from inversa.autograd import Graph, InverseNetwork, Value, sigmoid, tanh
from inversa.nn import MLP, Linear, NeuronNetwork, Sequential, Tanh, losses
from inversa.viz._draw import make_drawing
from inversa.viz.drawing.shapes import Part
from inversa.viz.neurons.lecture import Lecture
from inversa.viz.neurons.structure import StructureError

SVG = "{http://www.w3.org/2000/svg}"
SAMPLES = {1: [0.5], 2: [0.8, -0.4], 3: [0.2, -0.5, 0.7], 4: [0.5, -0.3, 0.1, 0.9]}


def example(sizes=(1, 2, 1), activation="sigmoid", output="identity", loss="mse", y=None, **options):
    """A model, its sample and its target, as `draw` takes them."""
    network = NeuronNetwork(sizes, activation=activation, output=output, seed=3)
    target = y if y is not None else [0.3, 0.9, -0.2, 0.1][: sizes[-1]]
    return network, SAMPLES[sizes[0]], target, {"loss": loss, **options}


CASES = {
    "1-2-1": example(output="sigmoid", loss="squared_error"),
    "2-2-1": example((2, 2, 1), "tanh"),
    "3-2-2": example((3, 2, 2), "elu", y=[0.1, 0.7]),
    "2-3-3-1": example((2, 3, 3, 1), "tanh"),
    "4-8-8-3": example((4, 8, 8, 3), "relu", loss="cross_entropy", y=2),
    "swish": example((2, 3, 1), lambda z: z * sigmoid(z)),
    "softmax": example((2, 3, 3), "tanh", output="softmax"),
    "huber": example((2, 2, 1), "relu", loss="huber"),
}
WIDE = example((4, 30, 12, 3), "tanh", loss="cross_entropy", y=0)


def drawing(case, lang="en"):
    model, x, y, options = case
    found, outputs = make_drawing(model, x, y, lang=lang, detail="neuron", **options)
    return found, InverseNetwork(*outputs)


def edges(source):
    """(tail, head, gain) of every edge of a DOT source whose gain is a number."""
    found = re.findall(r'^\s*"?([\w-]+)"? -> "?([\w-]+)"? \[.*?tooltip="gain ([-+.e\d]+)"', source, re.MULTILINE)
    return [(tail, head, float(gain)) for tail, head, gain in found]


def sent_through(source, start):
    """Feed 1 at an element of a drawing and add up what reaches the others."""
    wires = edges(source)
    waiting = dict.fromkeys([start, *(head for _, head, _ in wires)], 0)
    for _, head, _ in wires:
        waiting[head] += 1
    arrived = {start: 1.0}
    ready = [start]
    leaving = {}
    for tail, head, gain in wires:
        leaving.setdefault(tail, []).append((head, gain))
        waiting.setdefault(tail, 0)
    ready += [name for name, n in waiting.items() if n == 0 and name != start]
    while ready:
        name = ready.pop()
        for head, gain in leaving.get(name, []):
            arrived[head] = arrived.get(head, 0.0) + gain * arrived.get(name, 0.0)
            waiting[head] -= 1
            if waiting[head] == 0:
                ready.append(head)
    return arrived


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_unit_sent_through_the_inverse_drawing_gives_the_gradients(case):
    found, network = drawing(case)
    flows = network.run()
    arrived = sent_through(found.exports[".dot"](["inverse"]).source, f"n{found.structure.cost}")
    nodes = network.graph.nodes
    neurons = list(found.structure.neurons)
    if isinstance(found.style, Lecture):
        leaves = [x.weight for neuron in neurons for x in neuron.inputs]
        leaves += [neuron.bias for neuron in neurons]
    else:  # the weights are numbers on edges, and the biases on circles, without wires of their own
        leaves = [neuron.output for neuron in neurons]
    leaves += found.structure.inputs
    for n in leaves:
        assert arrived[f"n{n}"] == pytest.approx(flows[nodes[n]], abs=1e-9), nodes[n]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_twins_have_the_same_places_and_every_wire_reversed(case):
    found, _ = drawing(case)
    forward, inverse = found.sheet("forward"), found.sheet("inverse")
    assert (forward.width, forward.height) == (inverse.width, inverse.height)
    places, twins = ({e.name: (e.x, e.y) for e in sheet.elements if e.form != "dot"} for sheet in (forward, inverse))
    for name, place in places.items():
        assert twins[name] == pytest.approx(place)
    there = {(link.source, link.target, link.gain) for link in forward.links}
    back = {(link.target, link.source, link.gain) for link in inverse.links if link.open}
    targets = {f"n{n}" for n in found.structure.targets}  # what is remembered sends nothing back
    assert {wire for wire in there if wire[0] not in targets} <= back
    gradients = {f"n{x.weight}" for neuron in found.structure.neurons for x in neuron.inputs}
    assert {source for source, _, _ in back - there} <= gradients


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_gradients_of_weights_are_written_where_they_leave(case):
    found, network = drawing(case)
    flows = network.run()
    svg = ET.fromstring(viz.Figure(found, ("inverse",)).svg())
    written = {t.get("data-n"): "".join(t.itertext()) for t in svg.iter(f"{SVG}text") if t.get("data-n")}
    widths = {p.get("data-w") for p in svg.iter(f"{SVG}path") if p.get("data-w")}
    for neuron in found.structure.neurons:
        for x in neuron.inputs:
            slot = f"d{x.weight}"
            assert slot in written or slot in widths
            if slot in written and "⁻" not in written[slot]:
                flow = flows[network.graph.nodes[x.weight]]
                assert float(written[slot].replace("−", "-")) == pytest.approx(flow, abs=0.006)


def test_the_width_of_an_edge_is_its_weight_and_its_dash_the_sign():
    found, network = drawing(CASES["2-3-3-1"])
    nodes = network.graph.nodes
    for view, number in (("forward", lambda n: nodes[n].data), ("inverse", lambda n: network.run()[nodes[n]])):
        links = [link for link in found.sheet(view).links if link.slot]
        assert len(links) == 18
        sizes = {abs(number(int(link.slot[1:]))): link.thickness for link in links}
        assert [sizes[size] for size in sorted(sizes)] == sorted(sizes.values())
        for link in links:
            assert bool(link.dash) == (number(int(link.slot[1:])) < 0)


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("case", [*CASES.values(), WIDE], ids=[*CASES, "wide"])
def test_nothing_overlaps_in_any_form(case, lang):
    found, _ = drawing(case, lang)
    for form, view in product(found.forms, ("forward", "inverse")):
        sheet = form.sheet(view)
        solid = [e for e in sheet.elements if e.form not in ("frame", "dot")]
        labels = [link.label for link in sheet.links if link.label is not None]
        for i, a in enumerate([*solid, *labels]):
            assert a.box[0] >= -0.5
            assert a.box[1] >= -0.5
            assert a.box[2] <= sheet.width + 0.5
            assert a.box[3] <= sheet.height + 0.5
            for b in [*solid, *labels][i + 1 :]:
                assert not overlaps(a.box, b.box), (form.form, a.name, b.name)
        for e in solid:
            for line in e.lines:
                assert line.width <= e.width + (8 if e.form == "label" else -4), (form.form, e.name, line)


def overlaps(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > 0.5 and min(a[3], b[3]) - max(a[1], b[1]) > 0.5


@pytest.mark.parametrize("case", [*CASES.values(), WIDE], ids=[*CASES, "wide"])
def test_every_part_appears_in_one_step_of_its_view(case):
    found, _ = drawing(case)
    steps = found.steps()
    for view in ("forward", "inverse"):
        there = [part.name for part in found.shapes(view) if isinstance(part, Part)]
        shown = [name for step in steps if step.view == view for name in step.parts]
        assert sorted(there) == sorted(shown)


@pytest.mark.parametrize("case", [*CASES.values(), WIDE], ids=[*CASES, "wide"])
def test_gradients_accumulate_to_the_flow(case):
    found, network = drawing(case)
    flows, nodes = network.run(), network.graph.nodes
    last = {}
    for step in found.steps():
        for n, slot in step.gradients:
            last[n] = slot
            total = 0.0
            for term in slot.split("+"):
                kinds = {"v": lambda k: nodes[k].data, "d": lambda k: flows[nodes[k]]}
                total += math.prod(kinds[factor[0]](int(factor[1:])) for factor in term.split("*"))
            if slot == f"d{n}":
                assert total == pytest.approx(flows[nodes[n]])
    for neuron in found.structure.neurons:
        if f"n{neuron.output}" in {e.name for e in found.sheet("forward").elements}:
            assert all(last[x.weight] == f"d{x.weight}" for x in neuron.inputs)
    partial = [slot for step in found.steps() for _, slot in step.gradients if "*" in slot]
    assert bool(partial) == any(count > 1 for n, count in found.structure.uses.items() if n in found.structure.inputs)


def test_a_neuron_of_one_weight_and_no_bias_has_its_sum():
    p = {name: Value(value, name=name) for name, value in {"x": 0.5, "w": 0.4, "v": -0.7}.items()}
    hidden = tanh(p["w"] * p["x"]).named("a")
    found, _ = make_drawing((p["v"] * hidden).named("h"), lang="en", detail="neuron")
    signs = ["".join(span.text for line in e.lines for span in line.left) for e in found.sheet("forward").elements]
    assert signs.count("Σ") == 2
    for view in ("forward", "inverse"):
        there = [part.name for part in found.shapes(view) if isinstance(part, Part)]
        assert len(there) == len(set(there))
        assert sorted(there) == sorted(name for step in found.steps() if step.view == view for name in step.parts)
        ends = {link.source for link in found.sheet(view).links} | {link.target for link in found.sheet(view).links}
        assert ends <= set(there)


def test_a_network_written_by_hand_is_recognised():
    w1, b1, w2, x, y = (Value(v, name=n) for n, v in {"w1": 0.3, "b1": -0.1, "w2": 2.0, "x": 0.5, "y": 1.0}.items())
    J = ((w2 * tanh(w1 * x + b1)).named("h") - y) ** 2
    found, _ = make_drawing(J, detail="neuron", data=["x", "y"])
    assert found.structure.sizes == (1, 1, 1)
    assert [neuron.activation for neuron in found.structure.neurons] == ["tanh", ""]
    assert [neuron.bias is None for neuron in found.structure.neurons] == [False, True]


def test_what_is_no_network_of_neurons_is_refused_with_its_name():
    x, w = Value(1.0, name="x"), Value(2.0, name="w")
    with pytest.raises(StructureError, match="is no part of a neuron"):
        viz.draw(tanh(w * x) * (x * x).named("s"), detail="neuron", data=[x])
    with pytest.raises(StructureError, match="no weighted sum"):
        viz.draw(x.exp(), detail="neuron")
    a = tanh(w * x)
    with pytest.raises(StructureError, match="is neither a weighted input nor a bias"):
        viz.draw(((a * Value(3.0, name="v")).named("s") + x).named("r").tanh(), detail="neuron", data=[x])
    with pytest.raises(ValueError, match="there are several samples"):
        viz.draw(MLP([2, 3, 1]), [[1.0, 2.0], [3.0, 4.0]], detail="neuron")
    with pytest.raises(ValueError, match="Sequential is no network of neurons"):
        viz.draw(Sequential(Tanh(), Linear(2, 1, seed=0)), [1.0, 2.0], detail="neuron")


def test_wide_layers_say_how_many_more_there_are():
    model, x, y, options = WIDE
    for lang, texts in {"en": ("24 more", "6 more"), "es": ("24 más", "6 más")}.items():
        svg = viz.draw(model, x, y, lang=lang, **options).svg()
        assert all(text in svg for text in texts)
    assert "19 of 49 neurons and 78 of 516 weights shown." in viz.draw(model, x, y, **options).svg()


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("view", ["forward", "inverse"])
def test_the_eight_rules_are_marked_and_named(lang, view):
    model, x, y, options = CASES["1-2-1"]
    root = ET.fromstring(viz.draw(model, x, y, view=view, lang=lang, **options).svg())
    words = ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
    from_table = [mark for mark in "①②③④⑤⑥⑦⑧" if mark in words]
    assert from_table == list("①②③④⑤⑥⑦⑧")
    assert {str(i) for i in range(1, 9)} <= set(words)
    names = {"en": ("sum of outputs", "double weighted output"), "es": ("suma de salidas", "salida ponderada doble")}
    assert all(name in words for name in names[lang])


def test_a_network_without_data_shows_its_parameters_alone():
    model = MLP([2, 2, 1], activation="tanh", seed=4)
    figure = viz.draw(model)
    words = ["".join(t.itertext()) for t in ET.fromstring(figure.svg()).iter(f"{SVG}text")]
    assert f"{model.layers[0].weight.numpy()[0, 0]:.4f}".replace("-", "−") in words
    assert "0.0000" in words  # biases
    assert not [t for t in ET.fromstring(figure.svg()).iter(f"{SVG}text") if t.get("data-n", "").startswith("d")]
    assert "—" not in words


def test_models_are_drawn_with_the_loss_they_were_compiled_with():
    model = MLP([2, 3, 1], activation="tanh", seed=0)
    with pytest.raises(ValueError, match="say what compares the outputs with y"):
        viz.draw(model, [1.0, 2.0], 0.5)
    model.compile(loss="mse", optimizer="sgd")
    expected = losses.mean_squared_error(model([[1.0, 2.0]]), [[0.5]]).item()
    figure = viz.draw(model, [1.0, 2.0], 0.5)
    assert f"{expected:.4f}" in figure.svg()
    assert "(h − y)²" in figure.svg()
    several = viz.draw(model, [[1.0, 2.0], [0.0, 1.0]], [[0.5], [1.0]])
    assert "2×3" in several.svg()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": 1.0}, "a target y goes with a sample x"),
        ({"x": [1.0, 2.0], "loss": "mse"}, "a loss compares with a target"),
        ({"x": [1.0, 2.0, 3.0]}, "x has not the 2 entries"),
        ({"x": [1.0, 2.0], "y": [1.0, 2.0], "loss": "mse"}, "y has 2 entries, but the network 1 outputs"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        viz.draw(MLP([2, 3, 1]), detail="neuron", **arguments)


def test_a_node_takes_no_sample():
    with pytest.raises(TypeError, match="x, y and loss go with a model"):
        viz.draw(Value(1.0) * 2, [1.0])


def test_titles_are_whole_in_frames_as_narrow_as_they_are():
    svg = viz.draw(MLP([2, 3], seed=1), [1.0, 2.0], 1, loss="cross_entropy", view="inverse", detail="neuron").svg()
    assert re.findall(r">(inverse output [^<]*)<", svg) == [f"inverse output neuron {k}" for k in (1, 2, 3)]


def test_activations_are_named_in_the_language_of_the_picture():
    network = MLP([1, 2, 1], activation="sigmoid", output="tanh", seed=0)
    names = re.findall(r">(sigmoide?|tanh)<", viz.draw(network, [0.5], lang="es").svg())
    assert sorted(names) == ["sigmoide", "sigmoide", "tanh"]


def test_titles_of_our_own_are_translated_and_others_are_not():
    model, x, y, options = CASES["1-2-1"]
    svg = viz.draw(model, x, y, lang="es", view="both", **options).svg()
    for title in ("neurona oculta 1", "neurona de salida", "neurona inversa oculta 2", "neurona inversa de salida"):
        assert title in svg
    model.layers[0].neurons[0].title = "mine"
    try:
        assert "inversa: mine" in viz.draw(model, x, y, lang="es", view="inverse", **options).svg()
    finally:
        model.layers[0].neurons[0].title = "hidden neuron 1"


def test_odd_names_stand_in_neurons_too(build):
    names = build["NAMES"][:12]
    w = [Value(0.1 * i, name=name) for i, name in enumerate(names)]
    x = Value(1.0, name='x"><script>')
    h = tanh(w[0] * x + w[1])
    J = ((w[2] * h + w[3]).named("</text>") - 1) ** 2
    for view in ("forward", "inverse"):
        figure = viz.draw(J, detail="neuron", data=[x], view=view)
        ET.fromstring(figure.svg())
        assert "<script" not in figure.svg()
        told = "".join(ET.fromstring(figure.svg()).itertext())
        assert 'x"><script>' in told
        assert "a|b" in told
        assert figure.png()[:4] == b"\x89PNG"
        assert "flowchart" in figure.to_mermaid()


def random_graph(seed):
    """A graph of Values made at random: sums, products, activations, things used again."""
    generator = random.Random(seed)
    nodes = [Value(generator.uniform(-1, 1), name=f"p{i}") for i in range(4)]
    for _ in range(generator.randint(4, 14)):
        a, b = generator.choice(nodes), generator.choice(nodes)
        made = generator.choice(
            [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b, lambda a, b: tanh(a), lambda a, b: sigmoid(b)]
        )
        nodes.append(made(a, b))
    total = nodes[-1]
    for node in nodes[4:-1]:
        total = total + node * 0.5
    return total.named("J")


def residual_block():
    x, w, b, v = (Value(n / 7, name=name) for n, name in ((3, "x"), (2, "w"), (-1, "b"), (5, "v")))
    r = (v * tanh(w * x + b) + x).named("r")
    return ((r - 0.2) ** 2).named("J")


@pytest.mark.parametrize("view", ["forward", "inverse"])
@pytest.mark.parametrize("J", [residual_block(), *(random_graph(seed) for seed in range(50))], ids=str)
def test_random_graphs_read_back_from_their_drawings(J, view):
    network = InverseNetwork(J)
    flows = network.run()
    source = viz.draw(J, view=view, detail="op").source
    wires = [(int(t[1:]), int(h[1:]), g) for t, h, g in edges(source)]
    arrived = {len(network.graph) - 1: 1.0}
    for tail, head, gain in sorted(wires, key=lambda wire: -wire[1]):
        arrived[tail] = arrived.get(tail, 0.0) + gain * arrived[head]
    for node, i in Graph(J).position.items():
        if node in flows and (i in arrived or not node.is_leaf):
            assert arrived[i] == pytest.approx(flows[node], abs=1e-8)
    twin = viz.draw(J, view="inverse" if view == "forward" else "forward", detail="op")
    assert boxes(twin.svg()) == boxes(viz.draw(J, view=view, detail="op").svg())
    assert len(boxes(twin.svg())) == sum(1 for node in network.graph.nodes if node.name or not node.is_leaf)
    assert sorted(edges(twin.source)) == sorted(edges(source))


def boxes(svg):
    """The rectangles of all boxes, by number, as they are painted."""
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        name = (group.get("id") or "").rpartition("-")[2]
        if re.fullmatch(r"n\d+", name):
            rect = group.findall(f"{SVG}rect")[-1]
            found[name] = [rect.get(key) for key in ("x", "y", "width", "height")]
    return found
