"""Large graphs: folded, counted, and quick."""

import re

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import Graph, Tensor, Value
from inversa.autograd.mode import mode
from inversa.nn import MLP, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from inversa.viz.lettering.numbers import count
from inversa.viz.picture.folding import summarised
from inversa.viz.picture.reading import read


def boxes(figure):
    return figure._drawing.picture.boxes


def test_small_graphs_are_shown_in_full_then_compact(build):
    figure = viz.draw(build["perceptron"]([2, 2, 1]))
    assert all(box.fold is None for box in boxes(figure))
    larger = viz.draw(build["perceptron"]([3, 5, 1]))
    assert 60 < len(boxes(larger)) <= 200
    assert not larger._drawing.labels["forward"]
    assert "shown" not in larger._drawing.heading("forward")[1]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_it_always_says_what_is_hidden(build, lang):
    J = build["perceptron"]([4, 6, 6, 1], samples=3)
    figure = viz.draw(J, lang=lang)
    total = figure._drawing.picture.total
    shown = len(boxes(figure))
    assert shown < total
    text = {"en": f"{count(total)} nodes in {shown} boxes.", "es": f"{count(total)} nodos en {shown} cajas."}
    assert text[lang] in figure.alt_text() + figure._drawing.heading("forward")[1]


def mixed():
    """A layer with a frame, a loss computed after it."""
    x = Tensor([[1.0, 2.0], [0.5, -1.0]], requires_grad=False, name="x")
    w = Tensor([[0.1, 0.2], [0.3, -0.4]], requires_grad=True, name="w")
    with mode(module="hidden"):
        h = (x @ w).tanh()
    with mode(module="loss"):
        squares = (h * h).exp()
    return squares.mean().named("J")


def legend(figure, view="forward"):
    return figure._drawing.heading(view)[1]


def test_legends_say_only_what_is_true(build, lecture):
    folded = viz.draw(mixed(), detail="layer")
    assert "local derivative" not in legend(folded)
    assert "its gain" not in legend(folded, "inverse")
    assert "∂J/∂(value)" not in legend(folded)
    single = viz.draw(lecture)
    assert "where there is none it is 1" in legend(single)
    assert "its gain × what enters it" in legend(single, "inverse")
    arrays = viz.draw(build["layers"]())
    assert "∂ on an arrow: local derivative." in legend(arrays)
    assert "gain" not in legend(arrays, "inverse")
    compact = viz.draw(build["perceptron"]([3, 5, 1]))
    assert "arrow" not in legend(compact)
    assert "Below" not in legend(compact)


def test_formulas_do_not_name_what_is_hidden():
    figure = viz.draw(mixed(), detail="layer")
    assert [box.expression for box in boxes(figure)] == [""] * 4
    u, w = Value(2.0, name="u"), Value(3.0, name="w")
    with mode(module="m"):
        hidden = u.tanh().named("hidden").exp()
    scene = viz.draw((w * hidden).named("J"), detail="layer")._drawing
    assert [box.name for box in scene.picture.boxes if box.expression] == []
    assert "v1" not in "".join(arrow.formula for arrow in scene.picture.arrows)
    assert scene.labels["forward"] == {}


def test_alt_texts_of_folded_boxes_say_what_the_picture_says():
    J = mixed()
    J.backward()
    forward, inverse = (viz.draw(J, detail="layer", view=view).alt_text() for view in ("forward", "inverse"))
    assert "‖∂J/∂θ‖ = " in forward
    assert "; ∂J/∂θ = " not in forward
    assert "  " not in forward
    assert "‖∂J/∂θ‖ = " in inverse
    assert "③ inverse layer: hidden" in inverse
    assert "② loss derivative L′" in inverse
    assert "inverse neuron" not in inverse


def test_the_loss_is_translated_when_folded():
    scene = viz.draw(mixed(), detail="layer", lang="es")._drawing
    assert "pérdida" in scene.names.values()
    assert "loss" not in scene.names.values()


def test_a_module_has_room_for_its_title():
    x = Tensor([[1.0, 2.0]], requires_grad=False, name="x")
    with mode(module="capa de salida de la red grande"):
        h = (x @ Tensor([[0.1], [0.3]], requires_grad=True)).tanh()
    scene = viz.draw(h.sum().named("J"), detail="layer", lang="es")._drawing
    texts = [line.left[0].text for card in scene.cards["inverse"].values() for line in card.lines if line.left]
    assert "③ capa inversa: capa de salida de la red grande" in texts


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
    assert len(boxes(viz.draw(J, detail="op"))) == viz.draw(J)._drawing.picture.total
    x = Value(1.0)
    for _ in range(5001):
        x = -x
    with pytest.raises(ValueError, match=r"5002 boxes.*detail='auto'.*depth=1"):
        viz.draw(x, detail="op")


def chain(length):
    a = Value(0.5, name="a")
    z = a
    for i in range(length):
        z = z * 1.0001 if i % 3 else z.tanh()
    return z


def network(build, samples):
    return build["perceptron"]([10, 20, 20, 1], samples=samples, modules=False)


@pytest.mark.parametrize("make", [lambda _: chain(100_000), lambda build: network(build, 80)], ids=["chain", "network"])
def test_a_hundred_thousand_operations(build, make):
    J = make(build)
    assert len(Graph(J)) > 100_000
    assert len(boxes(viz.draw(J))) < 60


@pytest.mark.parametrize("make", [lambda _: chain(6000), lambda build: network(build, 5)], ids=["chain", "network"])
def test_a_large_graph_is_drawn_the_same_each_time(build, make):
    J = make(build)
    assert len(Graph(J)) > 6000
    assert viz.draw(J).svg() == viz.draw(J).svg()


@pytest.mark.parametrize(("count", "shape"), [(None, "1×1×6×6"), (1, "1×1×6×6"), (2, "2×1×6×6")])
def test_convolutional_networks_are_drawn_from_one_image_or_several(count, shape):
    model = Sequential(Conv2d(1, 2, 3, seed=0), ReLU(), MaxPool2d(2), Flatten(), Linear(8, 3, seed=0))
    images, labels = np.random.default_rng(0).uniform(size=(2, 1, 6, 6)), np.array([2, 0])
    chosen = 0 if count is None else slice(count)
    figure = viz.draw(model, images[chosen], labels[chosen], loss="cross_entropy", view="both")
    assert f"x: float64 {shape}" in figure.alt_text()
    assert len(boxes(figure)) == 8


def test_titles_of_folded_layers_are_translated():
    figure = viz.draw(MLP([3, 4, 2], seed=0), np.ones((2, 3)), [0, 1], loss="cross_entropy", view="both", lang="es")
    text = re.sub("<[^>]*>", " ", figure.svg())
    assert "capa oculta" in text
    assert "capa inversa: capa de salida" in text
    assert "layer" not in text


def test_an_array_of_three_axes_is_no_image_to_other_models():
    figure = viz.draw(Sequential(Linear(4, 2, seed=0), ReLU()), np.ones((2, 3, 4)), np.ones((2, 3, 2)), loss="mse")
    assert "x: float64 2×3×4" in figure.alt_text()
