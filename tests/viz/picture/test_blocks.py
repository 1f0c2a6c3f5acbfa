"""Data-parallel costs: the numbers on the wires of the picture add up to the gradients, for any blocks."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from inversa import nn, viz
from inversa.autograd import Value
from inversa.nn import losses

X = np.random.default_rng(0).normal(size=(8, 2))
Y = X[:, :1] * X[:, 1:]
LINE = nn.Linear(1, 1, seed=0)
TWO = nn.MLP([1, 1, 1], activation="tanh", seed=0)  # two neurons
SVG = "{http://www.w3.org/2000/svg}"
CHUNKS = {"equal": 4, "uneven": [3, 1, 4], "shortened": 7}


def numbers(text):
    """Every number in a text of a picture."""
    return [float(found) for found in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


def titles(figure):
    """What the parts of the picture say they are."""
    return [title.text for title in ET.fromstring(figure.svg()).iter(f"{SVG}title")]


def shown(figure):
    """The gradients that are shown, and the contributions to each, by the parameter's name."""
    gradients, contributions = {}, {}
    for title in titles(figure):
        if found := re.search(r"; ∂J/∂(\S+) = (.*)$", title):
            gradients[found[1]] = numbers(found[2])
        if found := re.search(r"; [^;]*∂J.*?/∂(\S+) = (.*)$", title.partition(" → ")[2]):
            contributions.setdefault(found[1], []).append(numbers(found[2]))
    return gradients, contributions


def gradients(model, loss, columns):
    """Those of the cost of all rows at once."""
    for parameter in model.parameters():
        parameter.grad = None
    losses.named(loss)(model(X[:, :columns]), Y).backward()
    return [entry for parameter in model.parameters() for entry in np.ravel(parameter.grad)]


@pytest.mark.parametrize("blocks", CHUNKS.values(), ids=CHUNKS)
@pytest.mark.parametrize("loss", ["mse", "half_squared_error"])
def test_what_the_wires_bring_adds_up_to_the_gradient(loss, blocks):
    figure = viz.draw(LINE, X[:, :1], Y, loss=loss, blocks=blocks, view="inverse", digits=12)
    found, brought = shown(figure)
    assert len(brought["θ"]) == (3 if isinstance(blocks, list) else 4)
    np.testing.assert_allclose(np.sum(brought["θ"], axis=0), found["θ"], atol=4e-12)
    np.testing.assert_allclose(found["θ"], gradients(LINE, loss, 1), atol=1e-12)
    visible = "".join(ET.fromstring(figure.svg()).itertext())
    assert all(f"{abs(x):.12f}" in visible for entries in brought["θ"] for x in entries)


def test_every_weight_of_two_neurons_is_a_branching_point_of_its_own():
    figure = viz.draw(TWO, X[:2, :1], Y[:2], loss="mse", blocks=2, detail="neuron", view="inverse", digits=12)
    found, brought = shown(figure)
    assert len(brought) == 4
    for name, parts in brought.items():
        assert len(parts) == 2
        np.testing.assert_allclose(np.sum(parts), found[name], atol=2e-12)


@pytest.mark.parametrize("detail", ["layer", "op"])
def test_a_block_is_opened(detail):
    model = nn.MLP([2, 3, 3], activation="tanh", seed=1)
    figure = viz.draw(
        model, X, [0, 1, 2, 0, 1, 2, 0, 1], loss="cross_entropy", blocks=[5, 3], depth=2, detail=detail, digits=12
    )
    picture = figure._drawing.picture
    assert len(picture.groups) == 2
    assert "block 1, 5 rows" in figure.svg()
    boxes = {box.name: box for box in picture.boxes if box.role == "parameter"}
    assert len(boxes) == 4
    bias = boxes["b₂"]
    parts = [a.contribution.amount.entries for a in picture.arrows if a.source == bias.number]
    np.testing.assert_allclose(np.sum(parts, axis=0), bias.flow.entries, atol=1e-15)


@pytest.mark.parametrize("settings", [{}, {"depth": 2}, {"detail": "op"}, {"blocks": 6, "detail": "op"}], ids=str)
def test_parameters_that_are_used_twice_or_by_some_blocks_only(settings):
    class Twice(nn.Module):
        def __init__(self):
            self.inner, self.other = nn.Linear(1, 1, seed=0), nn.Parameter(np.ones(1)).named("other")

        def forward(self, x):
            h = self.inner(self.inner(x).tanh())
            return h * self.other if x.shape[0] > 1 else h

    figure = viz.draw(Twice(), X[:, :1], Y, loss="mse", view="both", **{"blocks": [5, 1, 2]} | settings)
    picture = figure._drawing.picture
    boxes = [box for box in picture.boxes if box.role == "parameter" and box.flow.entries]
    assert boxes
    for box in boxes:
        parts = [a.contribution.amount.entries for a in picture.arrows if a.source == box.number]
        np.testing.assert_allclose(np.sum(parts, axis=0), box.flow.entries, atol=1e-15)


def test_a_model_of_several_inputs_and_a_network_of_values():
    class Two(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter(np.ones((1, 1))).named("weight")

        def forward(self, a, b):
            return (a + b) @ self.weight

    figure = viz.draw(Two(), (X[:, :1], X[:, 1:]), Y, loss="mse", blocks=2, view="both")
    assert "∂J₁/∂weight" in figure.svg()  # the only one keeps its name
    network = nn.NeuronNetwork([2, 2, 1], seed=0)
    assert "block 2, 4 rows" in viz.draw(network, X, Y, loss="mse", blocks=2).svg()


def test_the_blocks_in_the_middle_are_one_card():
    figure = viz.draw(LINE, X[:, :1], Y, loss="mse", blocks=7)
    assert "blocks 3 to 6, 4 rows" in figure.svg()
    assert len(figure._drawing.picture.boxes) == 6


def test_the_twins_lie_at_the_same_places_in_both_languages_and_every_format(tmp_path):
    figure = viz.draw(LINE, X[:, :1], Y, loss="mse", blocks=[3, 1, 4], lang="es", view="both")
    text = figure.svg()
    assert "bloque 2, 1 fila" in text
    assert "⑧" in text
    frames = [re.findall(r'<rect [^>]*?x="(\S+)" y="(\S+)"', part.svg()) for part in figure.apart()]
    assert frames[0] == frames[1]
    assert "3/8 · ∂J₁/∂θ" in figure.source
    assert "bloque 2, 1 fila" in figure.to_tikz()
    assert "J₂" in figure.to_mermaid()
    assert figure.render(tmp_path / "blocks.png").stat().st_size > 10_000


def test_a_loss_of_ones_own_says_by_its_numbers_whether_it_is_a_mean():
    mean = viz.draw(LINE, X[:, :1], Y, loss=lambda h, y: ((h - y) ** 2).mean(), blocks=[6, 2])
    assert "6/8" in mean.svg()
    added = viz.draw(LINE, X[:, :1], Y, loss=lambda h, y: ((h - y) ** 2).sum(), blocks=[6, 2])
    assert "6/8" not in added.svg()
    with pytest.raises(ValueError, match="neither the mean nor the sum"):
        viz.draw(LINE, X[:, :1], Y, loss=lambda h, y: ((h - y) ** 2).sum() ** 2, blocks=[6, 2])


def test_hidden_gradients_hide_the_contributions():
    figure = viz.draw(LINE, X[:, :1], Y, loss="mse", blocks=[6, 2], hide="gradients", view="inverse")
    _, brought = shown(viz.draw(LINE, X[:, :1], Y, loss="mse", blocks=[6, 2], view="inverse"))
    assert not any(f"{abs(x):.4f}" in figure.svg() for entries in brought["θ"] for x in entries)


def test_the_player_adds_them():
    steps = viz.player(LINE, X[:, :1], Y, loss="mse", blocks=[3, 1, 4], digits=12).steps
    *parts, total = [term.text for term in steps[-1].numbers[0] if hasattr(term, "slot")]
    np.testing.assert_allclose(np.sum([numbers(part) for part in parts], axis=0), numbers(total), atol=4e-12)


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        (1, "from 2, such as 3"),
        (9, "9 blocks need as many rows, and there are 8"),
        (True, "blocks is"),
        ([8], "two or more numbers of rows, 8 in all"),
        ([4, 3], "two or more numbers of rows, 8 in all"),
        ([8, 0], "number of rows of a block is a positive integer"),
    ],
)
def test_blocks_that_do_not_fit_are_refused(blocks, message):
    with pytest.raises(ValueError, match=message):
        viz.draw(LINE, X[:, :1], Y, loss="mse", blocks=blocks)


def test_what_has_no_blocks():
    with pytest.raises(ValueError, match="parts of a cost"):
        viz.draw(LINE, X[:, :1], blocks=2)
    with pytest.raises(ValueError, match="different numbers of rows, 7 and 8"):
        viz.draw(LINE, X[:, :1], Y[:7], loss="mse", blocks=2)
    with pytest.raises(TypeError, match="go with a model"):
        viz.draw(Value(1.0), blocks=2)
    with pytest.raises(ValueError, match="2000 samples are too many neuron by neuron"):
        viz.draw(TWO, np.ones((2_000, 1)), np.ones((2_000, 1)), loss="mse", blocks=2, detail="neuron")
    with pytest.raises(ValueError, match="no network of neurons"):
        viz.draw(nn.Maxout(1, 1), X[:, :1], Y, loss="mse", blocks=2, detail="neuron")
