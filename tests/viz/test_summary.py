"""Large graphs: folded, counted, and quick."""

import time

import pytest

from inversa import viz
from inversa.autograd import Graph, Value
from inversa.viz.records import read
from inversa.viz.summary import summarised
from inversa.viz.texts import count


def boxes(figure):
    return figure._scene.picture.boxes


def test_small_graphs_are_shown_in_full_then_compact(build):
    figure = viz.draw(build["perceptron"]([2, 2, 1]))
    assert all(box.fold is None for box in boxes(figure))
    larger = viz.draw(build["perceptron"]([3, 5, 1]))
    assert 60 < len(boxes(larger)) <= 200
    assert not larger._scene.labels["forward"]
    assert "shown" not in larger._scene.heading("forward")[1]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_it_always_says_what_is_hidden(build, lang):
    J = build["perceptron"]([4, 6, 6, 1], samples=3)
    figure = viz.draw(J, lang=lang)
    total = figure._scene.picture.total
    shown = len(boxes(figure))
    assert shown < total
    text = {"en": f"{shown} of {count(total)} nodes shown.", "es": f"Se muestran {shown} de {count(total)} nodos."}
    assert text[lang] in figure.alt_text() + figure._scene.heading("forward")[1]


def test_one_box_a_module(build):
    J = build["perceptron"]([4, 6, 6, 1], samples=3)
    J.backward()
    found = {box.name: box for box in boxes(viz.draw(J)) if box.module}
    assert list(found) == ["layers.0", "layers.1", "layers.2"]
    first = found["layers.0"].fold
    assert first.parameters == 6 * 5
    assert dict(first.operations) == {"×": 72, "+": 72, "tanh": 18}
    gradients = [node.grad for node in Graph(J) if (node.name or "").startswith("w0_")]
    assert found["layers.0"].gradient.norm == pytest.approx(sum(g * g for g in gradients) ** 0.5)
    assert found["layers.0"].flow.norm == pytest.approx(found["layers.0"].gradient.norm)


def test_depth_joins_modules(build):
    J = build["perceptron"]([4, 6, 6, 1])
    names = [box.name for box in boxes(viz.draw(J, detail="layer", depth=1)) if box.module]
    assert names == ["layers"]


def test_every_node_is_counted_once(build):
    picture = read((build["perceptron"]([3, 8, 8, 1], samples=2, modules=False),))
    for detail in ("auto", "layer"):
        folded = summarised(picture, detail)
        assert sum(box.fold.nodes if box.fold else 1 for box in folded.boxes) == len(picture.boxes)
        known = {box.number for box in folded.boxes}
        assert all(arrow.source in known and arrow.target in known for arrow in folded.arrows)
        assert all(arrow.source < arrow.target for arrow in folded.arrows)


def test_detail_op_shows_every_operation_or_refuses(build):
    J = build["perceptron"]([4, 6, 6, 1])
    assert len(boxes(viz.draw(J, detail="op"))) == viz.draw(J)._scene.picture.total
    x = Value(1.0)
    for _ in range(5001):
        x = -x
    with pytest.raises(ValueError, match=r"5002 boxes.*detail='auto'.*depth=1"):
        viz.draw(x, detail="op")


def chain():
    a = Value(0.5, name="a")
    z = a
    for i in range(100_000):
        z = z * 1.0001 if i % 3 else z.tanh()
    return z


def network(build):
    return build["perceptron"]([10, 20, 20, 1], samples=80, modules=False)


@pytest.mark.parametrize("make", [lambda _: chain(), network], ids=["chain", "network"])
def test_a_hundred_thousand_operations(build, make):
    J = make(build)
    assert len(Graph(J)) > 100_000
    start = time.perf_counter()
    figure = viz.draw(J)
    figure.svg()
    seconds = time.perf_counter() - start
    assert len(boxes(figure)) < 60
    assert seconds < 15  # 3 s on an idle machine
    assert viz.draw(J).svg() == figure.svg()
