"""The DOT sources, compared with files; write them anew with: pytest tests/viz/test_golden.py --overwrite"""

from pathlib import Path

import pytest

from inversa import viz
from inversa.autograd import Value
from inversa.nn import NeuronNetwork

GOLDEN = Path(__file__).parent / "golden"


def square(_):
    x = Value(3.0, name="x")
    return viz.draw((x * x).named("y"))


def expression(_):
    a, b, c, f = (Value(v, name=n) for n, v in (("a", 2.0), ("b", -3.0), ("c", 10.0), ("f", -2.0)))
    return viz.draw(((a * b + c) * f).named("L"), view="inverse", lang="es")


def lecture_forward(build):
    J = build["lecture_network"]()
    J.backward()
    return viz.draw(J, data=["x", "y"])


def lecture_inverse(build):
    return viz.draw(build["lecture_network"](), view="inverse", data=["x", "y"])


def odd_names(build):
    return viz.draw(build["odd_network"]())


def layers_both(build):
    return viz.draw(build["layers"](), view="both")


def folded(build):
    return viz.draw(build["perceptron"]([4, 6, 6, 1], samples=3))


def neurons(build):
    return viz.draw(build["lecture_network"](), view="both", data=["x", "y"], detail="neuron")


def circles(_):
    weights = iter(range(-5, 30))
    model = NeuronNetwork([2, 3, 3, 1], activation="tanh", seed=0)
    for parameter in model.parameters():
        parameter.data = next(weights) / 10
    return viz.draw(model, [0.5, -1.0], [0.3], loss="mse", view="inverse")


@pytest.mark.parametrize(
    "make", [neurons, circles, square, expression, lecture_forward, lecture_inverse, odd_names, layers_both, folded]
)
def test_golden_source(make, build, request):
    path = GOLDEN / f"{make.__name__}.gv"
    source = make(build).source
    if request.config.getoption("--overwrite"):
        path.write_text(source, encoding="utf-8")
    assert source == path.read_text("utf-8")
