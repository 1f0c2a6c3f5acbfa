"""What the pictures say: gains, gradients, rules, twins, and names that appear as they are."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from html import unescape

import pytest

from inversa import viz
from inversa.autograd import Graph, InverseNetwork, Rule, Tensor, Value, linalg, no_grad
from inversa.autograd.languages import languages
from inversa.autograd.printing import printable

SVG = "{http://www.w3.org/2000/svg}"


def words(figure):
    """All texts of a figure."""
    return ["".join(t.itertext()).strip() for t in ET.fromstring(figure.svg()).iter(f"{SVG}text")]


def gains(source):
    """The edges of a DOT source: (tail, head, gain)."""
    return [
        (int(tail), int(head), float(gain))
        for tail, head, gain in re.findall(r'n(\d+) -> n(\d+) \[.*?tooltip="gain ([-+.e\d]+)"', source)
    ]


def flows(source):
    """Feed 1 at the last node of a DOT source and let it flow back; by node."""
    edges = gains(source)
    arrived = {max(head for _, head, _ in edges): 1.0}
    for tail, head, gain in sorted(edges, key=lambda edge: -edge[1]):
        arrived[tail] = arrived.get(tail, 0.0) + gain * arrived[head]
    return arrived


@pytest.mark.parametrize("view", ["forward", "inverse"])
def test_a_unit_sent_through_the_drawing_gives_the_gradients(lecture, build, view):
    read_back = flows(viz.draw(lecture, view=view).source)
    graph, network = Graph(lecture), InverseNetwork(lecture)
    flow = network.run()
    for node, i in graph.position.items():
        if node.requires_grad:
            assert read_back[i] == pytest.approx(network.path_gains(node), abs=1e-9)
            assert read_back[i] == pytest.approx(flow[node], abs=1e-9)
    for name, value in build["PARAMETERS"].items():
        h = 1e-6
        up, down = (build["lecture_network"]({**build["PARAMETERS"], name: value + s * h}).data for s in (1, -1))
        i = graph.names.index(name)
        assert read_back[i] == pytest.approx((up - down) / (2 * h), abs=1e-8)


def test_the_numbers_of_the_lecture(lecture):
    text = " ".join(words(viz.draw(lecture)))
    for number in ("0.6905", "0.0359", "−0.0355", "−0.0495", "−0.0810", "−0.0040", "−0.0080", "−0.0067", "−0.0135"):
        assert number in text


def parts(figure):
    """The boxes of a figure as (x, y, width, height), and its arrows as lists of points, by id."""
    boxes, arrows = {}, {}
    for group in ET.fromstring(figure.svg()).iter(f"{SVG}g"):
        key = (group.get("id") or "").rpartition("-")[2]
        if key.startswith("n"):
            boxes[key] = [[float(r.get(k)) for k in ("x", "y", "width", "height")] for r in group.iter(f"{SVG}rect")]
        elif key.startswith("e"):
            path = next(group.iter(f"{SVG}path")).get("d")
            arrows[key] = [tuple(map(float, p.split())) for p in re.findall(r"-?[\d.]+ -?[\d.]+", path)]
    return boxes, arrows


def test_twins_lie_at_the_same_places_with_every_arrow_reversed(lecture):
    figure = viz.draw(lecture, data=["x", "y"])
    twin = figure.flip()
    assert (figure.width, figure.height) == (twin.width, twin.height)
    (boxes, arrows), (same, reverse) = parts(figure), parts(twin)
    assert boxes == same
    assert len(boxes) == 22
    assert arrows.keys() == reverse.keys()
    for key, points in arrows.items():
        assert points[0] == pytest.approx(reverse[key][-1], abs=0.02)
    titles = re.compile(r"<title>([^<:]+) → ([^<:]+?)(?::[^<]*)?</title>")
    assert len(titles.findall(figure.svg())) == 22
    assert sorted(titles.findall(figure.svg())) == sorted((b, a) for a, b in titles.findall(twin.svg()))
    edge = re.compile(r"(n\d+) -> (n\d+) ")
    assert edge.findall(figure.source) == edge.findall(twin.source)
    assert figure.source.count("dir=back") == 0
    assert twin.source.count("dir=back") == 22


def test_both_stacks_the_twins(lecture):
    figure = viz.draw(lecture, view="both")
    assert figure.width == viz.draw(lecture).width
    assert figure.height > 1.8 * viz.draw(lecture).height
    assert figure.flip().flip().svg() == figure.svg()
    assert "m0" in figure.source


@pytest.mark.parametrize("lang", languages())
def test_the_eight_rules_are_named(lecture, lang):
    text = " ".join(words(viz.draw(lecture, view="inverse", lang=lang, data=["x", "y"])))
    named = [rule for rule in Rule if rule is not Rule.WEIGHTED_INPUT]
    for rule in named:
        assert rule.mark in text
        assert rule.names(lang).inverse in text
    assert Rule.WEIGHTED_INPUT.names(lang).inverse in text
    assert "= x · ∂J/∂u₁" in text


def test_spanish_words(lecture):
    svg = viz.draw(lecture, view="both", lang="es").svg()
    for text in ("Red inversa", "neurona inversa", "punto de bifurcación", "salida ponderada doble", 'lang="es"'):
        assert text in svg


def test_a_dash_before_backward_and_the_inverse_picture_stores_nothing(build):
    J = build["lecture_network"]()
    assert "∂J/∂w₁ =" in " ".join(words(viz.draw(J)))
    assert words(viz.draw(J)).count("—") == 22
    assert "—" not in words(viz.draw(J, view="inverse"))
    assert all(node.grad is None for node in Graph(J))
    J.backward()
    assert "—" not in words(viz.draw(J))


def test_a_square_has_two_edges():
    x = Value(3.0, name="x")
    y = (x * x).named("y")
    assert gains(viz.draw(y).source) == [(0, 1, 3.0), (0, 1, 3.0)]
    assert viz.draw(y).svg().count('class="arrow"') == 2
    assert viz.draw_dot(y).source.count("n0 -> n1op") == 2
    assert "6.0000" in words(viz.draw(y, view="inverse"))


def test_a_difference_has_a_direction():
    a, b = Value(5.0, name="a"), Value(2.0, name="b")
    one, other = viz.draw((a - b).named("d")), viz.draw((b - a).named("d"))
    assert gains(one.source) == [(0, 2, 1.0), (1, 2, -1.0)]
    assert one.source != other.source
    assert "d = a − b" in one.alt_text()
    assert "d = b − a" in other.alt_text()


def test_constants_are_written_into_expressions():
    x = Value(-2.0, name="x")
    figure = viz.draw((3 * x**2 + 1).named("y"))
    assert len(gains(figure.source)) == 3
    assert "= x²" in words(figure)
    assert "∂ = 2 · x" in words(figure)


@pytest.mark.parametrize("view", ["forward", "inverse", "both"])
def test_odd_names_appear_literally(build, view):
    figure = viz.draw(build["odd_network"](), view=view)
    svg = figure.svg()
    root = ET.fromstring(svg)
    told = "".join(root.itertext())
    source = unescape(figure.source)
    for name in build["NAMES"]:
        assert printable(name) in told
        assert printable(name) in source.replace("\u00a0", " ").replace("\\\\", "\\").replace('\\"', '"')
    assert "<script" not in svg
    assert "</script>" not in svg
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", svg + figure.source)
    assert len(re.findall(r"^\s*n\d+ -> n\d+ ", viz.draw(build["odd_network"]()).source, re.MULTILINE)) == 42
    assert figure.png()[:8] == b"\x89PNG\r\n\x1a\n"


def test_draw_dot_keeps_names_literal():
    source = viz.draw_dot(Value(1.0, name='a|b{c}<d>\\ "e"') * 2).source
    assert r"a\\|b\\{c\\}\\<d\\>" in source or r"a\|b\{c\}\<d\>" in source
    assert source.count("shape=record") == 2


def test_arrays_show_shape_and_norm(build):
    J = build["layers"]()
    J.backward()
    text = " ".join(words(viz.draw(J)))
    assert "2×3" in text
    assert "‖∂J/∂w‖ =" in text
    assert "[0.0000, 0.1000]" in text
    assert "b: float64 2 = [0.0000, 0.1000]; ∂J/∂b = [" in viz.draw(J).alt_text()
    assert "inverse layer: hidden" in " ".join(words(viz.draw(J, view="inverse")))


def test_data_and_constants():
    x, t, w = Value(1.0, name="x"), Value(2.0, name="t", requires_grad=False), Value(3.0, name="w")
    J = ((w * x).named("u") - t).named("J")
    figure = viz.draw(J, data=x)
    assert figure.svg().count('class="data"') == 2
    assert figure.svg().count('class="parameter"') == 1
    assert "constant: no gradient" in words(figure)
    assert viz.draw(J, data="x").source == figure.source
    with pytest.raises(ValueError, match="no leaf of this graph; its leaves: 'w', 'x', 't'"):
        viz.draw(J, data=["z"])


def test_a_leaf_alone():
    x = Value(2.0, name="x")
    assert "2.0000" in words(viz.draw(x))
    assert "① unit input 1" in viz.draw(x, view="inverse").alt_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"view": "sideways"}, "view is one of 'forward', 'inverse', 'backward', 'both', not 'sideways'"),
        ({"lang": "fr"}, "lang is one of 'en', 'es'"),
        ({"detail": "all"}, "detail is one of 'auto', 'neuron', 'layer', 'op'"),
        ({"theme": "blue"}, "theme is one of 'auto', 'light', 'dark', 'print'"),
        ({"digits": 99}, "digits"),
        ({"depth": 0}, "depth"),
    ],
)
def test_wrong_arguments(lecture, arguments, message):
    with pytest.raises(ValueError, match=message):
        viz.draw(lecture, **arguments)


def test_there_must_be_something_to_differentiate(build):
    with no_grad():
        J = Value(1.0, name="a") * Value(2.0, name="b")
    with pytest.raises(ValueError, match="no inverse network to draw: nothing"):
        viz.draw(J, view="inverse")
    with pytest.raises(ValueError, match="reduce it to one number"):
        viz.draw(Tensor([1.0, 2.0], requires_grad=True) * 2, view="inverse")
    with pytest.raises(ValueError, match="flip"):
        viz.draw(J).flip()
    with pytest.raises(TypeError, match="not float"):
        viz.draw(1.0)


def test_a_graph_and_an_inverse_network_are_drawn_too(lecture):
    assert viz.draw(Graph(lecture)).source == viz.draw(lecture).source == viz.draw(lecture.inverse()).source


def test_a_weight_changed_after_the_pass_can_still_be_drawn(build):
    J = build["layers"]()
    w = next(node for node in Graph(J) if node.name == "w")
    J.backward()
    w.data -= 0.1 * w.grad
    assert "‖∂J/∂w‖ =" in words(viz.draw(J))


def test_notebooks_show_the_picture(lecture):
    bundle = lecture._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "J" in bundle["text/plain"]


def test_alt_texts(lecture):
    text = viz.draw(lecture).alt_text()
    assert "u₁ = w₁ · x = 0.0500" in text
    assert "∂J/∂w₁ = −0.0040" in text
    assert "① unidad 1" in viz.draw(lecture, view="inverse").alt_text("es")
    root = ET.fromstring(viz.draw(lecture).svg())
    assert root.get("role") == "img"
    labels = root.get("aria-labelledby").split()
    assert labels == [root.find(f"{SVG}title").get("id"), root.find(f"{SVG}desc").get("id")]


def test_mermaid_separates_names_and_values():
    w = Value(0.7, name="w")
    figure = viz.draw((w * Value(2.0, name="x")).named("J"), view="both")
    text = figure.to_mermaid()
    assert '(["w = 0.7000<br>' in text
    assert text.count("subgraph") == 2
    assert "  n0 -->" in text
    assert "  m2 -.->" in text
    assert text.count("  end\n") == 2
    ids = re.findall(r"^ +(?:subgraph )?(\w+)[\[(]", text, re.MULTILINE)
    assert len(ids) == len(set(ids)) == 8


def test_matrices_multiply_on_their_side():
    X = Tensor([[1.0, 2.0], [3.0, 4.0]], name="X", requires_grad=True)
    J = (X @ X).sum().named("J")
    forward, inverse = (words(viz.draw(J, view=view)) for view in ("forward", "inverse"))
    assert {"∂ = · Xᵀ", "∂ = Xᵀ ·"} <= set(forward)
    assert {"· Xᵀ", "Xᵀ ·"} <= set(inverse)
    assert ": · Xᵀ<" in viz.draw(J).svg()
    a, b = (Tensor([[1.0, 2.0], [3.0, 4.0]], name=name, requires_grad=True) for name in "ab")
    inverse = words(viz.draw((a @ b).named("p").sum().named("J"), view="inverse"))
    assert any("= ∂J/∂p · bᵀ" in text for text in inverse)
    assert any("= aᵀ · ∂J/∂p" in text for text in inverse)


def test_large_arrays_keep_their_names():
    w = Tensor([[1000.0] * 1200] * 1000, name="weights", requires_grad=True)
    J = (w * w).sum().named("J")
    J.backward()
    for view in ("forward", "inverse"):
        text = words(viz.draw(J, view=view, data=["weights"]))
        assert {"forward": "weights", "inverse": "∂J/∂weights"}[view] in text
        assert "∂J/…" not in text
        assert any("‖·‖" in word for word in text)


def test_a_long_name_leaves_the_equals_sign():
    x = Value(2.0, name="a_name_that_is_much_longer_than_any_box_can_be_wide")
    J = (x * 3).named("J")
    assert any(re.fullmatch("∂J/∂a_name.*… =", text) for text in words(viz.draw(J)))
    w = Tensor([[1.0] * 5], name=x.name, requires_grad=True)
    J = (w * 3).sum().named("J")
    J.backward()
    assert any(re.fullmatch("‖∂J/∂a_name.*…‖ =", text) for text in words(viz.draw(J)))


def test_the_frame_of_the_loss_names_the_loss(lecture, build):
    assert "loss function L = (h − y)²" in words(viz.draw(lecture))
    assert "función de pérdida L = (h − y)²" in words(viz.draw(lecture, lang="es"))


def test_blank_names_are_none():
    a, b = Value(2.0, name=""), Value(3.0, name="  ")
    figure = viz.draw((a * b).named(" "), view="both")
    for text in (figure.svg(), figure.source, figure.to_mermaid(), figure.alt_text()):
        assert "v₁" in text
        assert "v₃" in text
    with pytest.raises(ValueError, match="none has a name"):
        viz.draw(a * b, data="")


@pytest.mark.parametrize("text", [r"\N", r"a\G", r"\E\T\H\L", "\\\\n", "w\\"])
def test_backslashes_are_escaped_for_graphviz(text):
    source = viz.draw((Value(1.0, name=text) * 2).named("J"), title=text).source
    assert text.replace("\\", "&#92;&#92;") in source  # in HTML labels Graphviz takes one of two away
    assert f'"{text} = '.replace("\\", "\\" * 4) in source.replace("tooltip=", "")  # in tooltips, twice
    assert not re.search(r"POINT[^>]*>[^<]*\\", source)


@pytest.mark.skipif(shutil.which("dot") is None, reason="no Graphviz here")
def test_graphviz_shows_backslashes_as_they_are():
    name = r"a\N\G\L\c\\N"
    source = viz.draw((Value(1.0, name=name) * 2).named("J"), title=name).source
    done = subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=True)
    root = ET.fromstring(done.stdout)
    assert [text.text for text in root.iter(f"{SVG}text")].count(name) == 2
    tooltips = [link.get("{http://www.w3.org/1999/xlink}title") for link in root.iter(f"{SVG}a")]
    assert name in tooltips
    assert f"{name} = 1.0000; ∂J/∂{name} = —" in tooltips


def test_the_window_of_a_bare_picture_is_dark_too(lecture):
    root = ET.fromstring(viz.draw(lecture).svg())
    assert root.get("style") == "color-scheme:light dark"
    assert "color-scheme" not in viz.draw(lecture).svg("light") + viz.draw(lecture).svg("print")


def test_two_lines_of_rules_do_not_touch_the_border(lecture):
    scene = viz.draw(lecture, view="inverse")._drawing
    cards = [(n, c) for n, c in scene.cards["inverse"].items() if c.lines[-1].height < 20]
    assert cards
    for n, card in cards:
        assert scene.sizes[n][1] - sum(line.height for line in card.lines) >= 11


def test_mermaid(lecture, build):
    text = viz.draw(lecture).to_mermaid()
    assert text.startswith("flowchart LR\n")
    assert text.count("-->") == 22
    assert viz.draw(lecture, view="inverse").to_mermaid().count("-.->") == 22
    odd = viz.draw(build["odd_network"]()).to_mermaid()
    assert "<b>" not in odd
    assert "</script" not in odd


def test_what_comes_back_as_a_whole_is_written_with_what_arrives_in_the_place_of_delta() -> None:
    a = Tensor([[2.0, 0.5], [0.3, 1.5]], requires_grad=True, name="A")
    cost = linalg.solve(a, Tensor([1.0, 2.0], name="b")).sum().named("J")
    assert "⑥ = −A⁻ᵀ @ ∂J/∂v₁ @ v₁ᵀ" in words(viz.draw(cost, view="inverse"))
