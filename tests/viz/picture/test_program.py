"""A graph as a program for a page: with edited leaves it gives what the engine gives."""

import json
import random
import re

import pytest

from inversa.autograd import (
    Graph,
    InverseNetwork,
    Tensor,
    Value,
    abs,
    diag,
    einsum,
    exp,
    kron,
    log,
    maximum,
    pad,
    sigmoid,
    softplus,
    sqrt,
    tanh,
    trace,
    tril,
)
from inversa.autograd.compiling.scalar.formulas import COMPUTE
from inversa.autograd.kernels.lowering import BINARY, UNARY
from inversa.autograd.lazy import np
from inversa.nn import MLP, losses
from inversa.viz.pages.page import as_json, source
from inversa.viz.picture.program import recomputation
from inversa.viz.picture.running import run

from ...autograd.cases import OF_SCIPY
from ..operations import declared, graph_of


def execute(found, numbers):
    """What the page does, in Python."""
    results = []
    for x in json.loads(json.dumps(found.code)):
        if not isinstance(x, list):
            results.append(float(x))
        elif x[0] == "argument":
            results.append(numbers[x[1]])
        else:
            results.append(float(COMPUTE[x[0]](*[results[i] for i in x[1:]])))
    return results


def compare(make, start, other, shifted=False):
    """Trace the graph of some leaves; run the program on other numbers; compare with the graph of those.

    ``shifted``: the loss subtracts the largest output of the sample it was computed for, to no effect on what it gives.
    """
    found = recomputation((make(start),))
    assert found.why_not == ""
    J = make(other)
    network = InverseNetwork(J)
    flows, nodes = network.run(), network.graph.nodes
    numbers = [float(v) for i, _ in found.leaves for v in np.ravel(nodes[i].data)]
    results = execute(found, numbers)
    for slot, places in found.slots.items():
        if shifted and slot[0] in "vd" and nodes[int(slot[1:])].module == "loss" and nodes[int(slot[1:])] is not J:
            continue
        got = [results[i] for i in np.ravel(places)]
        if slot[0] == "g":
            if shifted:
                continue
            edge = network.graph.edges[int(slot[1:])]
            wire = next(w for w in network.wires if (w.target, w.source, w.slot) == edge)
            want = [wire.gain]
        else:
            node = nodes[int(slot[1:])]
            want = np.ravel(node.data if slot[0] == "v" else flows.get(node, 0.0))
        assert got == pytest.approx(list(want), rel=1e-12, abs=1e-14), slot
    for i, node in enumerate(nodes):
        if node.name or not node.is_leaf:
            assert f"v{i}" in found.slots
            assert not node.requires_grad or f"d{i}" in found.slots


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: einsum("ij,kj->ik", a, b),
        lambda a, b: tril(a @ b),
        lambda a, b: diag(a[0]) * b,
        lambda a, b: kron(a, b),
        lambda a, b: pad(a, ((1, 0), (0, 1))),
        lambda a, b: trace(a) * b,
    ],
)
def test_products_and_zeros(function):
    """Zeros that an operation puts between entries are entries like others, at which a flow arrives."""

    def make(numbers):
        a, b = (
            Tensor(numbers[k : k + 4].reshape(2, 2), requires_grad=True, name=name) for k, name in ((0, "a"), (4, "b"))
        )
        return (function(a, b) ** 2).sum().named("J")

    compare(make, np.linspace(0.2, 1.0, 8), np.linspace(1.7, -0.6, 8))


OF_NUMBERS = [op for op in declared() if op.on_floats and not op.variadic and op.name != "where"]
SCALAR = [op for op in OF_NUMBERS if op.name not in OF_SCIPY]


@pytest.mark.parametrize("op", [op for op in OF_NUMBERS if op.name in OF_SCIPY], ids=str)
def test_what_scipy_computes_is_not_computed_by_a_page(op):
    found = recomputation((graph_of(op),))
    assert f"cannot be recomputed in a page: {op.name} has no form" in found.why_not


@pytest.mark.parametrize("op", SCALAR, ids=str)
def test_every_operation_of_numbers(op):
    params = dict(op.examples[0].params) if op.examples else {}
    low, high = np.transpose(op.domain)

    def make(numbers):
        operands = {name: Value(float(x), name=name) for name, x in zip(op.operands, numbers, strict=True)}
        return (op(**operands, **params) * 2).named("J")

    start, other = (list(low + share * (high - low)) for share in (0.3, 0.6))
    why_not = recomputation((make(start),)).why_not
    if why_not:
        assert "SciPy computes it" in why_not
    else:
        compare(make, start, other)


def test_a_page_knows_every_primitive():
    known = re.findall(r"^(\w+)[:,]", source("engine.js").partition("};")[0], re.MULTILINE)
    assert sorted(known) == sorted([*UNARY, *BINARY, "where"])


@pytest.mark.parametrize("seed", range(50))
def test_random_graphs(seed):
    def make(numbers):
        generator = random.Random(seed)
        nodes = [Value(v, name=f"p{i}") for i, v in enumerate(numbers)]
        kinds = [
            lambda a, b: a + b,
            lambda a, b: a * b,
            lambda a, b: a - b,
            lambda a, b: a / (2 + b * b),
            lambda a, _: tanh(a),
            lambda _, b: sigmoid(b),
            lambda a, _: exp(-a * a),
            lambda a, _: log(1 + a * a),
            lambda _, b: softplus(b),
            lambda a, _: abs(a),
            lambda a, b: maximum(a, b),
            lambda a, _: sqrt(1 + a * a) ** 3,
        ]
        for _ in range(generator.randint(4, 20)):
            nodes.append(generator.choice(kinds)(generator.choice(nodes), generator.choice(nodes)))
        total = nodes[-1]
        for node in nodes[:-1]:
            total = total + node
        return total

    generator = random.Random(seed + 1000)
    compare(make, *([generator.uniform(-1.5, 1.5) for _ in range(4)] for _ in "ab"))


LOSSES = ["mse", "mae", "cross_entropy", "binary_cross_entropy", "multilabel_cross_entropy", "half_squared_error"]


@pytest.mark.parametrize("arrays", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_networks(loss, arrays):
    model = MLP([3, 5, 3], activation="elu", seed=2)
    target = [0.0, 1.0, 0.0]

    def make(x):
        if arrays:
            return losses.named(loss)(model(Tensor([x], name="x")), [target])
        return run(model, x, target, loss).outputs[0]

    compare(make, [0.1, -0.4, 0.7], [-1.0, 2.0, 0.3], shifted=loss == "cross_entropy")


def test_pairs_and_single_slots():
    z = Value(0.3, name="z")
    a = (z * sigmoid(z)).named("a")
    J = (a * 2).named("J")
    i, j = (Graph(J).position[node] for node in (a, z))
    found = recomputation((J,), pairs=[(i, j)])
    s = 1 / (1 + np.exp(-0.3))
    assert execute(found, [0.3])[found.slots[f"p{i}/{j}"]] == pytest.approx(s + 0.3 * s * (1 - s))
    assert set(recomputation((J,), slots={f"v{i}"}).slots) == {f"v{i}"}


def test_what_cannot_be_recomputed_says_why():
    huber = run(MLP([2, 2, 1]), [1.0, 2.0], 5.0, "huber").outputs[0]
    assert "a choice that was made" in recomputation((huber,)).why_not
    large = Tensor(np.ones((100, 100)), requires_grad=True)
    assert "too many numbers" in recomputation(((large * 2).sum(),)).why_not
    chain = Value(1.0)
    for _ in range(5000):
        chain = tanh(chain * 1.01)
    assert "too many operations" in recomputation((chain,)).why_not
    x = Tensor([3.0, 1.0, 2.0], requires_grad=True, name="x")
    assert recomputation((x[1:].sum(),)).why_not == ""


def test_infinite_constants_are_json():
    found = recomputation(((Value(1.0, name="x") * float("inf")).named("y"),))
    assert "Infinity" in json.loads(as_json(found.code))
