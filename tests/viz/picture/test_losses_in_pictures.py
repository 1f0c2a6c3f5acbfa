"""What is a loss in a picture: what compares with a target, what is made of it, and penalties; nothing else."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from inversa import nn, viz
from inversa.autograd import Rule, Tensor, Value, log, relu, tanh
from inversa.nn import losses
from inversa.viz._draw import make_drawing
from inversa.viz.neurons.structure import StructureError
from inversa.viz.picture.reading import read

SVG = "{http://www.w3.org/2000/svg}"
X = np.array([[1.0, 2.0], [0.5, -1.0]])


def words(figure):
    return ["".join(t.itertext()) for t in ET.fromstring(figure.svg()).iter(f"{SVG}text")]


def neuron():
    """Micrograd's neuron: it has no cost."""
    numbers = {"x1": 2.0, "x2": -1.0, "w1": 0.5, "w2": 0.3, "b": 0.1}
    v = {name: Value(number, name=name) for name, number in numbers.items()}
    return v, tanh(v["x1"] * v["w1"] + v["x2"] * v["w2"] + v["b"]).named("o")


def loss_of(J, **arguments):
    """The names of the operations that are drawn as the loss."""
    return [box.name for box in read((J,), **arguments).boxes if box.role == "loss"]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_neuron_without_a_cost_has_an_activation_and_an_output(lang):
    v, o = neuron()
    found, _ = make_drawing(o, detail="neuron", data=["x1", "x2"], lang=lang)
    [only] = found.structure.neurons
    assert (only.activation, found.structure.cost, found.structure.end) == ("tanh", None, only.output)
    for view in ("forward", "inverse"):
        marked = {element.rule for element in found.sheet(view).elements}
        assert Rule.LOSS not in marked
        assert Rule.ACTIVATION in marked
    flows = o.inverse().run()
    text = words(viz.Figure(found, ("inverse",)))
    for name in v:
        assert f"{flows[v[name]]:.4f}".replace("-", "−") in text
    assert text.count("1") == 1 + 1  # the rule ①, and the unit that is fed in
    rules = [step.rule for step in viz.player(o, data=["x1", "x2"], lang=lang).steps]
    assert Rule.LOSS not in rules
    assert rules.count(Rule.COST) == 1
    assert rules.count(Rule.ACTIVATION) == 2
    titles = " ".join(step.title for step in found.steps())
    assert not re.search("target|objetivo", titles)


def test_the_last_operation_of_a_graph_is_no_loss():
    a, b, c = (Value(number, name=name) for name, number in {"a": 2.0, "b": -3.0, "c": 10.0}.items())
    for result in (a * b + c, a - b, tanh(a), (a - b) ** 2, (a * b - c), relu(a * b - 1.0), (a * b - c) ** 3):
        assert loss_of(result.named("y")) == []
        assert not any("loss" in text for text in words(viz.draw(result)))


def test_losses_by_hand():
    w, x, y, b = (Value(number, name=name) for name, number in {"w": 0.5, "x": 2.0, "y": 0.8, "b": 0.1}.items())
    h = tanh(w * x + b).named("h")
    d = (h - y).named("d")
    assert loss_of((d**2).named("J")) == ["d", "J"]
    assert loss_of((d * d).named("J")) == ["d", "J"]
    assert loss_of(abs(1.0 - h).named("J"))[-1] == "J"
    assert "loss function L = (h − 0.8)² + 0.1 · w²" in words(viz.draw(((h - 0.8) ** 2 + 0.1 * w**2).named("J")))
    p = Value(0.3, name="z").sigmoid().named("p")
    assert "J" in loss_of((-(y * log(p) + (1 - y) * log(1 - p))).named("J"))
    assert "p" not in loss_of((-(y * log(p))).named("J"))
    t = Tensor([[1.0], [2.0]], name="t")
    W = Tensor([[1.0], [1.0]], requires_grad=True, name="W")
    assert loss_of((((Tensor(X) @ W).named("h") - t) ** 2).mean().named("J"))[-1] == "J"
    assert "h" not in loss_of((((Tensor(X) @ W).named("h") - t) ** 2).mean().named("J"))


class Block(nn.Module):
    """A residual block: its sum comes after its last module, and is no loss."""

    def __init__(self):
        self.lin = nn.Linear(2, 2, seed=0)
        self.act = nn.Tanh()

    def forward(self, x):
        return x + self.act(self.lin(x))


@pytest.mark.parametrize("by_hand", [False, True])
def test_the_sum_of_a_residual_block_is_no_loss(by_hand):
    loss = (lambda h, y: ((h - y) ** 2).mean().named("J")) if by_hand else "mse"
    figure = viz.draw(Block(), X, X, loss=loss, detail="op")
    assert any(re.fullmatch(r"loss function L = mean ?\(\(h − y\)²\)", text) for text in words(figure))
    roles = {box.symbol: box.role for box in figure._drawing.picture.boxes if box.operation}
    assert roles == {
        "ᵀ": "forward", "@": "forward", "+": "forward", "tanh": "forward",
        "−": "loss", "x²": "loss", "mean": "loss",
    }  # fmt: skip


def test_a_neuron_with_a_penalty():
    w, x, b, y = (Value(number, name=name) for name, number in {"w": 2.0, "x": 0.5, "b": 0.1, "y": 1.0}.items())
    J = ((tanh(w * x + b).named("h") - y) ** 2 + 0.1 * w**2).named("J")
    found, _ = make_drawing(J, detail="neuron", data=["x", "y"])
    assert found.structure.sizes == (1, 1)
    assert found.structure.formula == "(h − y)² + 0.1 · w²"
    assert found.structure.targets == tuple(b.number for b in found.structure.picture.boxes if b.name == "y")
    flows = J.inverse().run()
    assert f"{flows[w]:.4f}" in words(viz.Figure(found, ("inverse",)))
    assert "penalty in L" in found.heading("inverse")[1]
    [numbers] = [
        [t.text for t in step.numbers[0] if hasattr(t, "text")]
        for step in found.steps()
        if step.view == "inverse" and step.rule is Rule.WEIGHTED_INPUT
    ]
    a, delta, penalty, total = (float(text.replace("−", "-")) for text in numbers)
    assert a * delta + penalty == pytest.approx(total, abs=2e-4)
    assert penalty == pytest.approx(0.2 * w.data)
    assert total == pytest.approx(flows[w], abs=1e-4)


def test_penalties_of_the_library_are_in_the_loss():
    model = nn.NeuronNetwork([1, 2, 1], activation="tanh", seed=0)
    J = losses.squared_error(model(Value(0.5, name="x")), Value(1.0, name="y"))
    J = (J + nn.penalties.L2(0.01)(model)).named("J")
    found, _ = make_drawing(J, detail="neuron", data=["x", "y"])
    assert found.structure.sizes == (1, 2, 1)
    assert found.structure.penalised


def test_what_is_no_network_of_layers_says_how_to_draw_it():
    h = Value(1.0, requires_grad=False, name="x")
    b = Value(0.1, name="b")
    for k in range(3):  # weights of their own, and one constant
        h = tanh(Value(0.5, name=f"w{k}") * h + b)
    with pytest.raises(StructureError, match=r"b, .*\(it is used 3 times\): .*draw it with detail='op'"):
        viz.draw(h, detail="neuron")
    x, v = Value(1.0, name="x"), Value(2.0, name="v")
    with pytest.raises(StructureError, match="x is an input, and the loss looks at it as well"):
        viz.draw((tanh(v * x) - x) ** 2, detail="neuron", data=[x])
    with pytest.raises(StructureError, match="is no part of a neuron"):
        viz.draw(log(tanh(v * x)), detail="neuron", data=[x])


@pytest.mark.parametrize("sizes", [[2, 2, 1], [2, 5, 5, 3]])
def test_tooltips_say_what_the_drawing_says(sizes):
    model = nn.MLP(sizes, activation="tanh", seed=0)
    y = [0.2, 0.5, 0.1][: sizes[-1]]
    for view in ("inverse", "both"):
        svg = viz.draw(model, [0.5, -1.0], y, loss="mse", view=view).svg()
        assert not [title for title in re.findall("<title>(.*?)</title>", svg) if title.endswith("—")]
