"""Wrong alternatives: what a step gives if its rule is broken, computed here with NumPy in the usual way."""

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import Value
from inversa.autograd.languages import languages, texts
from inversa.nn import MLP, losses
from inversa.viz._draw import make_drawing
from inversa.viz.picture import slots

X, Y = [0.5, -1.0], 0.75


def model(activation="sigmoid", output=None):
    made = MLP([2, 2, 1], activation=activation, output=output or activation, seed=3)
    state = {"layers.0.weight": [[0.3, -0.7], [0.9, 0.4]], "layers.0.bias": [0.2, -0.5]}
    made.load_state_dict(state | {"layers.1.weight": [[0.6, -0.8]], "layers.1.bias": [0.35]})
    return made


def alternatives(drawing):
    """The numbers of all wrong alternatives by (name of what is asked for, mistake)."""
    picture = drawing.structure.picture
    names = {}
    for box in picture.boxes:
        names[slots.value(box.number)] = box.name
        names[slots.flow(box.number)] = f"∂{box.name}"
    return {
        (names[step.asked], mistake): slots.evaluated(slot, picture)
        for step in drawing.steps()
        for mistake, slot in step.alternatives
    }


def test_every_mistake_of_a_network():
    drawing, _ = make_drawing(model(), X, [Y], loss="squared_error", detail="neuron")
    found = alternatives(drawing)
    W1, b1, W2, b2 = np.array([[0.3, -0.7], [0.9, 0.4]]), np.array([0.2, -0.5]), np.array([[0.6, -0.8]]), 0.35
    x = np.array(X)

    def sigma(z):
        return 1 / (1 + np.exp(-z))

    z1 = W1 @ x + b1
    a1 = sigma(z1)
    z2 = (W2 @ a1 + b2)[0]
    h = sigma(z2)
    back2 = 2 * (h - Y)
    d2 = back2 * h * (1 - h)
    back1 = W2[0] * d2
    d1 = back1 * a1 * (1 - a1)
    expected = {
        ("z₁⁽¹⁾", "bias left out"): (W1 @ x)[0],
        ("z₁⁽¹⁾", "weights of a column"): (W1.T @ x + b1)[0],
        ("a₂⁽¹⁾", "psi left out"): z1[1],
        ("z₁⁽²⁾", "bias left out"): (W2 @ a1)[0],
        ("h", "psi left out"): z2,
        ("∂h", "factor of the loss"): h - Y,
        ("∂h", "sign of the loss"): 2 * (Y - h),
        ("∂z₁⁽²⁾", "slope left out"): back2,
        ("∂z₁⁽²⁾", "psi for its slope"): back2 * h,
        ("∂z₁⁽²⁾", "sum in the slope"): back2 * z2 * (1 - z2),
        ("∂b₁⁽²⁾", "bias like a weight"): a1[0] * d2,
        ("∂b₁⁽²⁾", "bias multiplied"): b2 * d2,
        ("∂w₁₂⁽²⁾", "input left out"): d2,
        ("∂w₁₂⁽²⁾", "gains exchanged"): W2[0, 1] * d2,
        ("∂w₁₂⁽²⁾", "sum for the input"): z1[1] * d2,
        ("∂w₁₂⁽²⁾", "own output for the input"): h * d2,
        ("∂z₂⁽¹⁾", "sum in the slope"): back1[1] * z1[1] * (1 - z1[1]),
        ("∂w₂₁⁽¹⁾", "gains exchanged"): W1[1, 0] * d1[1],
        ("∂x₁", "last branch alone"): W1[1, 0] * d1[1],
        ("∂x₁", "first branch alone"): W1[0, 0] * d1[0],
        ("∂x₁", "weight left out"): d1.sum(),
        ("∂x₁", "gains exchanged"): X[0] * d1.sum(),
        ("∂x₁", "weights of a row"): W1[0] @ d1,
    }
    assert {key: found[key] for key in expected} == pytest.approx(expected)
    assert ("∂w₂₁⁽¹⁾", "sum for the input") not in found  # an input has no z
    asked = [step for step in drawing.steps() if step.asked and step.view == "inverse"]
    assert all(2 <= len(step.alternatives) <= 6 for step in asked)


def test_the_slope_of_tanh():
    drawing, _ = make_drawing(model("tanh"), X, [Y], loss="squared_error", detail="neuron")
    found, picture = alternatives(drawing), drawing.structure.picture
    named = {box.name: box for box in picture.boxes}
    z, back = named["z₁⁽²⁾"].value, named["h"].flow
    assert found["∂z₁⁽²⁾", "sum in the slope"] == pytest.approx(back * (1 - z * z))


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda h, y: (h - y) ** 2, {"factor of the loss": 1, "sign of the loss": -2}),
        (lambda h, y: 0.5 * (h - y) ** 2, {"factor of the loss": 2, "sign of the loss": -1}),
        (losses.binary_cross_entropy_of_probabilities, {"error for the slope": 1}),
        (lambda h, y: (h - y) ** 4, {"error for the slope": 1}),
    ],
)
def test_the_loss(loss, expected):
    w, x, b, y = (Value(v, name=name) for name, v in (("w", 0.3), ("x", -2.0), ("b", 0.1), ("y", Y)))
    h = (w * x + b).sigmoid().named("h")
    drawing, _ = make_drawing(loss(h, y).named("J"), data=[x, y], detail="neuron")
    picture = drawing.structure.picture
    step = next(step for step in drawing.steps() if step.asked and step.view == "inverse")
    found = {mistake: slots.evaluated(slot, picture) for mistake, slot in step.alternatives}
    assert found == pytest.approx({mistake: k * (h.data - Y) for mistake, k in expected.items()})


@pytest.mark.parametrize("lang", languages())
def test_every_mistake_has_its_words(lang):
    steps = [*viz.player(model(), X, [Y], loss="squared_error").steps]
    steps += viz.player(model("relu"), X, [1.0], loss="squared_error", detail="op").steps
    told = {mistake for step in steps for mistake, _ in step.alternatives}
    assert len(told) > 14
    assert told <= texts(lang).mistakes.keys()


def test_no_alternative_needs_what_comes_later():
    steps = viz.player(model(), X, [Y], loss="squared_error").steps
    for step in steps:
        later = {other.asked for other in steps[steps.index(step) :] if other.asked}
        for _, slot in step.alternatives:
            assert not later & set(slots.names_in(slot)), (step.title, slot)
