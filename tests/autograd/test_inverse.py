"""The inverse network as an object: the lecture's numbers, its laws, its rules, its texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inversa.autograd import (
    Graph,
    InverseNetwork,
    LawError,
    Node,
    Rule,
    Tensor,
    Value,
    broadcast_to,
    concatenate,
    einsum,
    maximum,
    relu,
    sigmoid,
    sin,
    stack,
    step,
    tanh,
    where,
)
from inversa.autograd.node import plain
from inversa.autograd.ops import shaping
from inversa.autograd.ops.shaping import scatter

from .numeric import central_slope, close, directions

NAMES = ("w1_1", "b1_1", "w1_2", "b1_2", "w2_11", "w2_12", "b2_1")
PARAMETERS = (0.1, -0.3, -0.1, 0.5, 0.4, 0.7, 0.2)


def lecture_network(x: float = 0.5, y: float = 0.88, parameters: tuple[float, ...] = PARAMETERS) -> dict[str, Value]:
    """The 1-2-1 network of the lecture, sigmoid everywhere, loss (h − y)²."""
    v = {name: Value(data, name=name) for name, data in zip(NAMES, parameters, strict=True)}
    v["x"] = Value(x, name="x")
    v["y"] = Value(y, requires_grad=False, name="y")
    v["h1"] = sigmoid((v["w1_1"] * v["x"]).named("p1") + v["b1_1"]).named("h1")
    v["h2"] = sigmoid((v["w1_2"] * v["x"]).named("p2") + v["b1_2"]).named("h2")
    v["h"] = sigmoid((v["w2_11"] * v["h1"]) + (v["w2_12"] * v["h2"]) + v["b2_1"]).named("h")
    v["J"] = ((v["h"] - v["y"]) ** 2).named("J")
    return v


# The lecture's numbers.


def test_lecture_numbers_to_four_decimals() -> None:
    v = lecture_network()
    v["J"].backward()
    assert f"{v['h'].data:.4f} {v['J'].data:.4f}" == "0.6905 0.0359"
    expected = {
        "w2_11": "-0.0355", "w2_12": "-0.0495", "b2_1": "-0.0810", "w1_1": "-0.0040", "b1_1": "-0.0080",
        "w1_2": "-0.0067", "b1_2": "-0.0135", "x": "0.0006",
    }  # fmt: skip
    assert {name: f"{v[name].grad:.4f}" for name in expected} == expected


def test_lecture_gradients_are_the_finite_differences() -> None:
    v = lecture_network()
    v["J"].backward()
    point = [np.array(PARAMETERS)]
    for name, direction in zip(NAMES, directions(point), strict=True):
        slope = central_slope(lambda p: lecture_network(parameters=tuple(p))["J"].data, point, direction)
        assert close(v[name].grad, slope, 1e-9)


def test_first_layer_print_is_a_misprint() -> None:
    """The slide prints four positive numbers; the sign of ∂J/∂b1_1 is that of w2_11 · ∂J/∂b2, negative."""
    printed = {"w1_1": 0.125, "b1_1": 0.245, "w1_2": 0.125, "b1_2": 0.250}
    v = lecture_network()
    v["J"].backward()
    for name, number in printed.items():
        assert v[name].grad < 0 < number
    # Nor for any other x and y with ∂J/∂b2 < 0, as printed: it settles the sign of the biases’ gradients.
    for x, y in [(-3.0, 0.88), (0.0, 0.8), (2.0, 0.95), (0.5, 5.0)]:
        other = lecture_network(x, y)
        other["J"].backward()
        assert other["b2_1"].grad < 0
        assert other["b1_1"].grad < 0
        assert other["b1_2"].grad < 0


def test_rules_of_every_element_of_the_lecture_network() -> None:
    v = lecture_network()
    rules = {element.name: element.rules for element in v["J"].inverse().elements}
    assert rules["J"][0] is Rule.COST
    assert rules["h"] == rules["h1"] == rules["h2"] == (Rule.ACTIVATION,)
    assert rules["p1"] == rules["p2"] == (Rule.WEIGHTED_INPUT,)
    for weight in ("w1_1", "w1_2", "w2_11", "w2_12"):
        assert rules[weight] == (Rule.WEIGHTED_INPUT,)
    for bias in ("b1_1", "b1_2", "b2_1"):
        assert rules[bias] == (Rule.CONSTANT_INPUT,)
    assert rules["x"] == (Rule.BRANCHING,)
    sums = [element for element in v["J"].inverse().elements if Rule.SUM in element.rules]
    assert len(sums) == 5  # one for each neuron's bias, one between the weighted inputs, one for h − y


def test_element_that_branches_and_is_computed_has_both_rules_in_order() -> None:
    x = Value(2.0)
    h = tanh(x).named("h")
    network = (h * 3.0 + h).inverse()
    assert next(e for e in network.elements if e.name == "h").rules == (Rule.BRANCHING, Rule.ACTIVATION)


def test_rule_names() -> None:
    assert [rule.value for rule in Rule] == list(range(1, 9))
    assert "".join(rule.mark for rule in Rule) == "①②③④⑤⑥⑦⑧"
    assert [rule.names("en").inverse for rule in Rule] == [
        "unit input 1", "loss derivative L′", "inverse neuron", "branching point", "derivative ψ′",
        "double weighted output", "constant output", "sum of outputs",
    ]  # fmt: skip
    assert [rule.names("es").forward for rule in Rule][3:] == [
        "suma de entradas", "función de activación", "entrada ponderada", "entrada constante", "punto de bifurcación",
    ]  # fmt: skip


def test_what_only_reorders_wires_or_selects_from_them_is_none_of_the_eight_rules() -> None:
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    reordered = {
        "reshape": x.reshape(3, 2), "T": x.T, "index": x[0], "slice": x[:, ::2], "mask": x[np.array([True, False])],
        "concatenate": concatenate([x, x.detach()]), "stack": stack([x, x.detach()]), "type": x.astype("float32"),
    }  # fmt: skip
    summed = {"taken twice": x[[0, 0]], "broadcast": broadcast_to(x, (2, 2, 3))}
    selected = {"max": x.max(axis=0), "min": x.min()}
    for name, y in {**reordered, **selected}.items():
        J = y.sum().inverse() if y.shape else y.inverse()
        assert Rule.BRANCHING not in (found := J.rules(J.graph.position[y])), name
        assert Rule.ACTIVATION not in found, name
        assert "back to the selected entries" in str(J) if name in selected else "wires re-ordered" in str(J), name
    for name, y in summed.items():
        J = y.sum().inverse()
        assert J.rules(J.graph.position[y]) == (Rule.BRANCHING,), name


# Laws.


def mixed_graph() -> tuple[Node, ...]:
    w, x = Value(0.7), Tensor([[1.0, -2.0, 0.5]], requires_grad=True)
    h = tanh(x * w + w * w)
    return (einsum("ij,ij->", h, h), concatenate([h, x]).sum())


GRAPHS: dict[str, Callable[[], tuple[Node, ...]]] = {
    "lecture": lambda: (lecture_network()["J"],),
    "square": lambda: (Value(3.0) ** 2,),
    "diamond": lambda: (lambda x: ((x * x) * (x + x) / sin(x),))(Value(1.3)),
    "constants": lambda: (2.0 ** (Value(1.5) * 3.0) - 1.0,),
    "negative base": lambda: (Value(-1.5) ** 3,),
    "dead ends": lambda: (lambda x: (step(x) * x + relu(-x) * x,))(Value(0.4)),
    "two outputs": lambda: (lambda x: (x * x, x * 3.0))(Value(2.0)),
    "the same output twice": lambda: (lambda y: (y, y))(Value(2.0) * 3.0),
    "an output inside another": lambda: (lambda y: (y, y * y))(tanh(Value(0.2))),
    "constant used twice": lambda: (lambda x, c: (x * c + c,))(Value(2.0), Value(3.0, requires_grad=False)),
    "a leaf": lambda: (Value(1.0),),
    "matrix": lambda: (tanh(Tensor([[1.0, 2.0]], requires_grad=True) @ Tensor([[0.5], [0.1]], requires_grad=True)),),
    "broadcast": lambda: (lambda a, b: ((a * b + a) / (1 + b * b),))(
        Tensor(np.arange(3.0), requires_grad=True), Tensor([[0.5], [1.5]], requires_grad=True)
    ),
    "gather": lambda: (lambda a: (a[[0, 0, 2]] * a[1:2].sum() + a.max(),))(Tensor([1.0, 2.0, 3.0], requires_grad=True)),
    "empty": lambda: (Tensor(np.ones((0, 3)), requires_grad=True) * 2.0,),
    "values and tensors": mixed_graph,
    "softmax": lambda: (Tensor([[0.1, 0.5, -1.0]], requires_grad=True).log_softmax().var(),),
    "choice": lambda: (lambda a, b: (where(a > b, maximum(a, b) * a, b),))(Value(1.0), Value(2.0)),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_laws_hold(name: str) -> None:
    distances = InverseNetwork(*GRAPHS[name]()).check()
    assert {"reversal", "adjoint"} <= set(distances)
    assert all(distance <= 1e-9 for distance in distances.values())


@pytest.mark.parametrize("name", GRAPHS)
def test_edges_are_reversed(name: str) -> None:
    network = InverseNetwork(*GRAPHS[name]())
    graph = network.graph
    carrying = [tuple(edge) for edge in graph.edges if graph.nodes[edge.source].requires_grad]
    assert sorted((w.target, w.source, w.slot) for w in network.wires) == sorted(carrying)
    assert [element.position for element in network.elements] == list(range(len(graph)))
    assert all(element.node is node for element, node in zip(network.elements, graph.nodes, strict=True))
    for element in network.elements:
        assert all(w.source == element.position for w in element.outgoing)
        assert all(w.target == element.position for w in element.incoming)
        assert element.node.requires_grad or not element.rules, "a constant has no dual"
        assert len(element.outgoing) == sum(x.requires_grad for x in element.node.inputs)


@pytest.mark.parametrize(
    "name", ["lecture", "square", "diamond", "constants", "dead ends", "negative base", "choice", "a leaf"]
)
def test_path_gains_are_the_flow(name: str) -> None:
    """Also where an exponent is constant, as in every squared loss."""
    network = InverseNetwork(*GRAPHS[name]())
    flows = network.run()
    for leaf in network.graph:
        if leaf.is_leaf and leaf.requires_grad:
            assert network.path_gains(leaf) == pytest.approx(flows.get(leaf, 0.0), rel=1e-13)
    assert "paths" in network.check()


def all_paths(graph: Graph, source: int, target: int) -> list[list[int]]:
    if source == target:
        return [[]]
    return [
        [e, *rest]
        for e, edge in enumerate(graph.edges)
        if edge.source == source
        for rest in all_paths(graph, edge.target, target)
    ]


def test_sum_over_enumerated_paths() -> None:
    """By hand: every path listed, its gains multiplied, the products added."""
    v = lecture_network()
    h = v["h"]  # the output, so that there is no constant exponent in between
    network = h.inverse()
    gains = [wire.gain for wire in network.wires]
    flows = network.run()
    position = network.graph.position
    for name in (*NAMES, "x"):
        paths = all_paths(network.graph, position[v[name]], position[h])
        assert len(paths) == (2 if name == "x" else 1)
        assert sum(np.prod([gains[e] for e in path]) for path in paths) == pytest.approx(flows[v[name]], rel=1e-13)


def test_single_precision_obeys_the_laws_to_its_own_precision() -> None:
    x = Tensor(np.linspace(-1, 1, 12).reshape(3, 4).astype(np.float32), requires_grad=True)
    (tanh(x @ x.T) * 3.0).sum().inverse().check()


@pytest.mark.parametrize("kind", ["Value", "Tensor"])
@pytest.mark.parametrize("wrong", [1.01, -1.0])
def test_check_reports_a_wrong_rule(kind: str, wrong: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pullback that is not the transpose of anything: not linear in the flow, or depending on its size."""
    x = Value(0.5) if kind == "Value" else Tensor([0.5, 0.25], requires_grad=True)
    y = tanh(x) * 2.0
    y = y if kind == "Value" else y.sum()
    assert y.inverse().check()
    rule = tanh.vjps[0]
    assert rule is not None
    monkeypatch.setattr(tanh, "vjps", (lambda g, out, z: wrong * rule(g, out, z) + 0.01 * g * g,))
    with pytest.raises(LawError, match="law of"):
        y.inverse().check()


@pytest.mark.parametrize("size", [1.0, 1e9])
def test_the_laws_hold_relative_to_the_size_of_what_is_compared(size: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounding grows with the numbers: what is right stays right, and what is off by a tenth is so at every size."""
    x = Tensor(np.linspace(0.1, 0.9, 50), requires_grad=True)
    y = (tanh(x) * size).sum()
    assert y.inverse().check(tolerance=1e-13)["adjoint"] < 1e-13
    rule = tanh.vjps[0]
    monkeypatch.setattr(tanh, "vjps", (lambda g, y, z: rule(g, y, z) * (1.1 if np.any(plain(g)) else 1.0),))
    with pytest.raises(LawError, match="law of adjoint") as error:
        y.inverse().check(tolerance=1e-4)
    distance = y.inverse().check(tolerance=0.1)["adjoint"]
    assert 1e-4 < distance < 0.1
    assert f"{distance:.3g}" in str(error.value)


@pytest.mark.parametrize(
    "name", ["matrix", "broadcast", "gather", "values and tensors", "softmax", "lecture", "two outputs"]
)
def test_push_is_the_directional_derivative(name: str) -> None:
    """J u by inverting the inverse network, against the outputs' own change."""
    outputs = GRAPHS[name]()
    network = InverseNetwork(*outputs)
    leaves = [x for x in network.graph if x.is_leaf and x.requires_grad]
    generator = np.random.default_rng(0)
    u = [generator.standard_normal(x.shape) for x in leaves]  # type: ignore[attr-defined]
    v = [float(d) if isinstance(y, Value) else d for y in outputs for d in [generator.standard_normal(y.shape)]]  # type: ignore[attr-defined]
    pushed = network.push({x: float(d) if isinstance(x, Value) else d for x, d in zip(leaves, u, strict=True)})
    pulled = network.run(v if len(v) > 1 else v[0])
    left = sum(np.sum(a * pushed[y]) for a, y in zip(v, outputs, strict=True))
    right = sum(np.sum(pulled[x] * d) for x, d in zip(leaves, u, strict=True) if x in pulled)
    assert left == pytest.approx(right, rel=1e-12)
    for y in outputs:
        assert np.shape(pushed[y]) == y.shape  # type: ignore[attr-defined]


def test_push_of_a_known_function() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * x * x
    assert np.allclose(y.inverse().push({x: [1.0, 10.0]})[y], [3.0, 120.0])


def test_the_inverse_of_a_linear_inverse_network_is_the_network() -> None:
    """Pushing the inputs themselves through a linear network gives its output."""
    generator = np.random.default_rng(1)
    A, B = generator.standard_normal((3, 4)), generator.standard_normal((2, 3))
    x = Tensor(generator.standard_normal(4), requires_grad=True)
    hidden = A @ x
    y = concatenate([B @ hidden, hidden[::-1], x.reshape(2, 2).T.sum(axis=0)]) * 0.5 - x.mean()
    assert np.allclose(y.inverse().push({x: x.data})[y], y.data, rtol=1e-13)
    flows = y.inverse().run(Tensor(np.zeros(y.shape), requires_grad=True).named("seed"), record=True)
    back = flows[x].inverse()  # the inverse of the inverse network
    seed = next(node for node in back.graph if node.name == "seed")
    assert np.allclose(back.run(x.data)[seed], y.data, rtol=1e-13)
    a, b = Value(2.0), Value(-3.0)
    z = 3.0 * a - (b + a) / 4.0
    assert z.inverse().push({a: a.data, b: b.data})[z] == pytest.approx(z.data)


# Several outputs, seeds, recording.


def test_several_outputs() -> None:
    x = Value(2.0)
    y, z = x * x, x * 3.0
    network = InverseNetwork(y, z)
    assert network.run([10.0, 100.0])[x] == 340.0
    assert network.run()[x] == 7.0
    network.backward([10.0, 100.0])
    assert (x.grad, y.grad, z.grad) == (340.0, 10.0, 100.0)


def test_the_same_output_twice_and_an_output_inside_another() -> None:
    x = Value(2.0)
    y = x * x
    assert InverseNetwork(y, y).run([1.0, 10.0])[x] == 44.0
    assert InverseNetwork(y, y * y).run([1.0, 1.0])[x] == 4.0 + 32.0
    t = Tensor([1.0, 2.0], requires_grad=True)
    s = t * 3.0
    seed = np.ones(2)
    network = InverseNetwork(s, s)
    assert network.run([seed, seed])[t].tolist() == [6.0, 6.0]
    network.backward([seed, seed])
    assert seed.tolist() == [1.0, 1.0]


def test_constants_have_no_flow() -> None:
    x, c = Value(2.0), Value(3.0, requires_grad=False)
    flows = (x * c * 4.0).inverse().run()
    assert flows[x] == 12.0
    assert c not in flows
    assert all(node.requires_grad for node in flows)


@pytest.mark.parametrize("seed", [2.0, np.float64(2.0), Value(2.0), Tensor(2.0)], ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("leaf", [Value, lambda x: Tensor(x, requires_grad=True)], ids=["Value", "Tensor"])
def test_record_mode_with_any_seed(leaf: Callable[[float], Any], seed: Any) -> None:
    x = leaf(3.0)
    flow = (x * x * x).inverse().run(seed, record=True)[x]
    assert isinstance(flow, Node)
    assert float(flow.item()) == 54.0
    assert float(np.asarray(flow.inverse().run()[x])) == 36.0
    assert x.grad is None


def test_recorded_flow_of_a_seed_that_requires_a_gradient() -> None:
    x, seed = Value(3.0), Value(2.0)
    flow = (x * x).inverse().run(seed, record=True)[x]
    assert flow.inverse().run()[seed] == 6.0


def test_run_without_record_gives_plain_numbers() -> None:
    x = Value(3.0)
    for seed in (None, 1.0, Value(1.0)):
        flows = (x * x).inverse().run(seed)
        assert all(type(flow) is float for flow in flows.values())
    t = Tensor([1.0, 2.0], requires_grad=True)
    assert all(not isinstance(flow, Node) for flow in (t * t).inverse().run(Tensor([1.0, 1.0])).values())


def test_run_does_not_touch_gradients() -> None:
    x = Value(3.0)
    y = x * x
    y.inverse().run()
    y.inverse().run(record=True)
    assert x.grad is None
    assert y.grad is None


def test_the_network_can_be_run_again() -> None:
    x = Value(3.0)
    network = (x * x).inverse()
    assert [network.run(seed)[x] for seed in (1.0, 2.0, 1.0)] == [6.0, 12.0, 6.0]


# Texts.


def test_str_of_the_network_and_the_graph() -> None:
    w, x, b = Value(0.5, name="w"), Value(2.0, name="x"), Value(1.0, name="b")
    J = ((w * x).named("u") + b).named("J")
    assert str(J.inverse()).splitlines() == [
        "①④ J  unit input 1, branching point: to u × 1, to b × 1",
        "⑦ b  constant output",
        "⑥ u  double weighted output: to w × x = 2.0, to x × w = 0.5",
        "⑥ x  double weighted output",
        "⑥ w  double weighted output",
    ]
    assert [line.split() for line in str(Graph(J)).splitlines()] == [
        ["w", "0.5"],
        ["x", "2.0"],
        ["u", "=", "w", "·", "x", "1.0"],
        ["b", "1.0"],
        ["J", "=", "u", "+", "b", "2.0"],
    ]
    assert repr(Graph(J)) == "<Graph of 5 nodes, 4 edges>"
    assert repr(J.inverse()) == "<InverseNetwork of 5 elements>"


@pytest.mark.parametrize("name", ["a|b", "{x}", "{a}", "{b}", "{y}", "<b>", '"q"', "</script>", "%s", "\\n", "v1"])
def test_names_appear_literally(name: str) -> None:
    a, b = Value(2.0, name=name), Value(3.0, name="{a}{b}")
    y = a / b
    graph = Graph(y)
    assert graph.expressions[-1] == f"{name} / {{a}}{{b}}"
    assert len(set(graph.names)) == 3
    assert name in str(y.inverse())


@pytest.mark.parametrize("name", GRAPHS)
def test_texts_of_any_graph(name: str) -> None:
    network = InverseNetwork(*GRAPHS[name]())
    assert len(str(network).splitlines()) == sum(node.requires_grad for node in network.graph)
    assert str(network.graph)
    for wire in network.wires:
        assert "{" not in wire.formula


@pytest.mark.parametrize(
    "function",
    [
        lambda x: sum(x[t] ** 2 for t in range(4)),  # parts that lie apart
        lambda x: sum((x[t : t + 2] ** 3).sum(0) for t in range(3)) * x[-1, 1],  # that overlap, and a single entry
        lambda x: x[0] * x[1] + x[[0, 0, 2]].sum() + (x**2).sum(0) + x[2],  # and the array itself, and a list of parts
        lambda x: (x + x)[1] + (x + 1)[0] * x[0] + (x + x)[2],  # arrays that several flows share
    ],
)
def test_flows_of_parts_are_added_in_place_where_nobody_else_sees_them(function: Callable[[Any], Any]) -> None:
    x = Tensor(np.random.default_rng(0).normal(size=(4, 3)), requires_grad=True, name="x")
    network = function(x).inverse()
    seed = np.array([1.0, -2.0, 0.5])
    flows, recorded = network.run(seed), network.run(seed, record=True)
    np.testing.assert_array_equal(seed, [1.0, -2.0, 0.5])
    assert flows.keys() == recorded.keys()
    for node, flow in flows.items():
        np.testing.assert_array_equal(flow, plain(recorded[node]))


def test_zeros_are_made_once_for_all_parts_of_an_array(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(shaping, "scatter", lambda *given: made.append(given) or scatter(*given))
    x = Tensor(np.zeros((50, 2)), requires_grad=True)
    sum(x[t].sum() for t in range(50)).backward()  # type: ignore[union-attr]
    np.testing.assert_array_equal(x.grad, np.ones((50, 2)))
    assert len(made) == 1
