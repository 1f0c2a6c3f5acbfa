"""The program of a page, run by the browser: the same numbers, and numbers printed in the same way."""

import math
import random

import pytest

from inversa.autograd.compiling.scalar.formulas import COMPUTE
from inversa.autograd.kernels.lowering import BINARY, UNARY
from inversa.nn import MLP
from inversa.viz.lettering.numbers import number
from inversa.viz.pages.page import page, source
from inversa.viz.picture.program import recomputation
from inversa.viz.picture.running import run


@pytest.fixture
def engine(open_page):
    return open_page(
        page("engine", "en", "auto", "", "<main></main>", source("engine.js", "numbers.js", "slots.js"), {})
    )


def test_numbers_are_printed_as_in_python(engine):
    generator = random.Random(0)
    numbers = [0.0, -0.0, 0.5, 2.5, 0.03125, 0.09375, -0.03125, 1e6, 999999.99999, 1e-4, 9.9999e-5, 1e21, -1e-9]
    numbers += [generator.uniform(-1, 1) * 10 ** generator.randint(-12, 12) for _ in range(1500)]
    numbers += [generator.randint(-4000, 4000) / 2 ** generator.randint(0, 8) for _ in range(1500)]
    for digits in (2, 3, 4):
        found = engine.evaluate("([xs, digits]) => xs.map(x => format(x, digits))", [numbers, digits])
        assert found == [number(x, digits) for x in numbers]
    assert engine.evaluate("[format(NaN, 2), format(Infinity, 2), format(-Infinity, 2)]") == ["nan", "∞", "−∞"]


NUMBERS = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.0,
    -1.0,
    1.5,
    -2.5,
    3.5,
    -7.25,
    0.3,
    -0.7,
    1e-9,
    1e300,
    math.inf,
    -math.inf,
    math.nan,
]


@pytest.mark.parametrize("name", [*UNARY, *BINARY])
def test_a_page_computes_every_primitive(engine, name):
    """Also of zeros, of halves, and of what is infinite or no number."""
    points = [[x] for x in NUMBERS] if name in UNARY else [[x, y] for x in NUMBERS for y in NUMBERS]
    found = engine.evaluate("([name, points]) => points.map((x) => PRIMITIVES[name](...x))", [name, points])
    for point, got in zip(points, found, strict=True):
        want = float(COMPUTE[name](*point))
        assert got == pytest.approx(want, rel=1e-14, abs=1e-300, nan_ok=True), (name, point)
        if name != "sign":
            assert math.copysign(1, got) == math.copysign(1, want) or math.isnan(want), (name, point)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "softplus", "elu", "leaky_relu"])
def test_one_run_and_many_at_once(engine, activation):
    model = MLP([2, 4, 3], activation=activation, seed=3)
    outputs = run(model, [0.0, 0.0], [0.0, 1.0, 0.3], "mse").outputs
    found = recomputation(outputs)
    graph = run(model, [0.7, -1.1], [0.0, 1.0, 0.3], "mse").outputs[0]
    flows = graph.inverse().run()
    nodes = graph.inverse().graph.nodes
    numbers = [nodes[i].data for i, _ in found.leaves]
    results = engine.evaluate("([code, given]) => [...run(code, given)]", [found.code, numbers])
    many = engine.evaluate(
        "([code, given]) => runMany(code, given.map(x => new Float64Array([0, x])), 2)"
        ".map(r => typeof r === 'number' ? r : r[1])",
        [found.code, numbers],
    )
    assert results == many
    for slot, place in found.slots.items():
        if slot[0] in "vd":
            node = nodes[int(slot[1:])]
            assert results[place] == pytest.approx(
                node.data if slot[0] == "v" else flows.get(node, 0.0), rel=1e-12, abs=1e-14
            )


def test_slots(engine):
    read = "slot => read(slot, {v1: 0, v2: [1, 2], d3: 2}, [5, 3, 4])"
    assert engine.evaluate(f"({read})('v1')") == 5
    assert engine.evaluate(f"({read})('v2')") == [3, 4]
    assert engine.evaluate(f"({read})('|v2')") == 5
    assert engine.evaluate(f"({read})('v1*d3+v1')") == 25
