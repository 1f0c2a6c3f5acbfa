"""What the lines of a network of circles say: positive, negative, or no number."""

import math
import re

import pytest

from inversa import viz
from inversa.nn import MLP
from inversa.viz.neurons.circles import THIN, dash, thickness


def wires(svg: str) -> list[tuple[str, float, str]]:
    """The slot, width and dash of every wire that is drawn."""
    paths = [dict(re.findall(r'([\w-]+)="([^"]*)"', path)) for path in re.findall(r"<path[^>]*>", svg)]
    return [(p.get("data-w", ""), float(p.get("stroke-width", 0)), p.get("stroke-dasharray", "")) for p in paths]


def drawn(model: MLP, view: str) -> str:
    figure = viz.draw(model, [0.5, -0.3, 0.2], [0.1, 0.9], loss="mse", view=view, detail="neuron", theme="light")
    return figure.svg()


def test_dashes() -> None:
    assert [dash(x) for x in (2.0, 0.0, -1e-300, -math.inf, math.inf, math.nan)] == ["", "", "7 5", "7 5", "", "1 4"]
    assert thickness(math.nan, 1.0) == thickness(1.0, 0.0) == THIN
    assert thickness(math.inf, 2.0) == thickness(2.0, 2.0) == thickness(-2.0, 2.0)


@pytest.mark.parametrize("view", ["forward", "inverse"])
def test_a_line_is_dashed_where_its_number_is_negative_and_nowhere_else(view: str) -> None:
    model = MLP([3, 4, 4, 2], activation="tanh", seed=1)
    found = wires(drawn(model, view))
    network = model.neurons()
    cost = (network([0.5, -0.3, 0.2])[0] - 0.1) ** 2 / 2 + (network([0.5, -0.3, 0.2])[1] - 0.9) ** 2 / 2
    cost.backward()
    weights = [w for layer in network.layers for neuron in layer.neurons for w in neuron.weights]
    numbers = [w.data if view == "forward" else w.grad for w in weights]
    dashed = [dashes for slot, _, dashes in found if slot]
    assert len(dashed) == len(numbers)
    assert dashed.count("7 5") == sum(x < 0 for x in numbers)
    assert {dashes for slot, _, dashes in found if not slot} == {""}  # the wires of the cost have no sign of a weight


@pytest.mark.parametrize("view", ["forward", "inverse"])
def test_what_is_no_number_looks_like_neither_sign(view: str) -> None:
    model = MLP([3, 4, 4, 2], activation="tanh", seed=1)
    model.layers[1].weight.data[0, 0] = math.nan
    svg = drawn(model, view)
    found = [(width, dashes) for slot, width, dashes in wires(svg) if slot]
    dotted = [width for width, dashes in found if dashes == "1 4"]
    assert dotted
    assert set(dotted) == {THIN}
    assert "nan" not in re.sub(r">[^<]*<", "><", svg)  # of no attribute
    assert "Dotted: no number (nan)." in svg
    assert "Dotted" not in drawn(MLP([3, 4, 4, 2], seed=1), view)
