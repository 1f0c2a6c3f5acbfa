"""What pictures and pages say comes back through an operation whose entries depend on each other."""

import json
import re

import pytest

from inversa import viz
from inversa.autograd import Tensor, Value, softmax
from inversa.autograd.languages import languages
from inversa.nn import MLP
from inversa.nn.activations import FUNCTIONS
from inversa.viz._draw import make_drawing


def cost():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True, name="x")
    return (softmax(x).named("y")[0] ** 2).named("J")


def test_a_label_says_what_becomes_of_what_arrives():
    for view in ("forward", "inverse"):
        shown = re.findall(r">([^<>]*)<", viz.draw(cost(), view=view).svg())
        assert "δ → y · (δ − Σ δ · y)" in shown
    assert "to x δ → y · (δ − Σ δ · y)" in str(cost().inverse())


def test_an_equation_has_the_flow_in_its_place():
    data = json.loads(re.search(r'id="data">(.*?)</script>', viz.player(cost()).html(), re.S)[1])
    equations = [re.sub("<[^>]*>|\\s", "", step["equations"]) for step in data["steps"]]
    assert [e for e in equations if "Σ" in e] == ["∂J∂x=y·(∂J∂y−Σ∂J∂y·y)"]


def test_a_name_is_no_flow():
    network = MLP([1, 1], seed=0)
    x = Tensor([[1.0]], name="x")
    delta = Tensor([[2.0]], requires_grad=True, name="δ")
    svg = viz.draw((network(x) * delta).sum(), view="inverse").svg()
    assert "× δ" in svg
    assert "δ →" not in svg.replace("δ → v", "")


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - {"identity"}))
def test_every_activation_has_its_derivative_under_its_own_name(name, lang):
    """Also one of several words: tanh′, relu′, and leaky relu′."""
    y = (FUNCTIONS[name](Value(0.5, name="w") * Value(2.0, name="x")) * 2.0).named("y")
    drawing, _ = make_drawing(y, detail="op", lang=lang)
    (box,) = (box for box in drawing.picture.boxes if box.operation == FUNCTIONS[name].name)
    forward, inverse = (drawing.writer.card(box, view).band for view in ("forward", "inverse"))
    assert inverse == f"{forward}′"
