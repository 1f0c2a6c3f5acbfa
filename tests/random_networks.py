"""Random small networks for the tests of pictures, and what the engine says about them, written independently."""

import math
import random
import warnings
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Any

import numpy as np

from inversa import viz
from inversa.autograd import Graph, InverseNetwork, Node, Tensor, Value, exp, log, relu, sigmoid, sin, tanh
from inversa.autograd.mode import mode
from inversa.nn import MLP, NeuronNetwork
from inversa.viz._draw import make_drawing

LECTURES = [[1, 1], [2, 1], [1, 2, 1], [2, 2, 1], [3, 2, 2], [2, 1, 2], [1, 1, 1, 1], [2, 3, 1], [1, 4]]
CIRCLES = [[3, 4, 4, 2], [2, 5, 3], [4, 4, 4], [5, 3, 1], [12, 3], [2, 6, 1], [3, 5, 2]]
KINDS = ["lecture", "lecture", "by hand", "circles", "circles", "cards", "layers", "graph", "graph", "arrays"]


def calm(function):
    """Without warnings of numbers that are infinite or none, and of pictures that scroll: they are wanted here."""

    def calmly(*args):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.filterwarnings("ignore", "this picture needs")
            return function(*args)

    return calmly


@dataclass
class Sample:
    """A network and how it is to be drawn; `outputs` are the engine's nodes, with numbers of its own computation."""

    seed: int
    kind: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    view: str
    width: int | None
    outputs: tuple[Node, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.drawing, self.outputs = make_drawing(*self.arguments, **self.options, known=self.view == "both")
        if self.drawing.obstacle:
            self.view = "forward"

    @property
    def cards(self) -> bool:
        return hasattr(self.drawing, "scene")

    @calm
    def figure(self) -> viz.Figure:
        return viz.draw(*self.arguments, **self.options, view=self.view, width=self.width)

    @calm
    def player(self) -> Any:
        return viz.player(*self.arguments, **self.options)


@calm
def sample(seed: int) -> Sample:
    """A network of one of the kinds, with numbers of one or of all sizes."""
    some = random.Random(seed)
    kind = some.choice(KINDS)
    wild = some.random() < 0.6

    def numbers(n: int) -> list[float]:
        return [number(some, wild) for _ in range(n)]

    options: dict[str, Any] = {"lang": some.choice(["en", "es"]), "digits": some.choice([2, 3, 4, 5, 6])}
    arguments, more = BUILDERS[kind](some, numbers)
    view, width = some.choice(["forward", "inverse", "both", "both"]), some.choice([None, None, 1280, 950, 740, 390])
    return Sample(seed, kind, arguments, options | more, view, width)


def number(some: random.Random, wild: bool, finite: bool = False) -> float:
    """A number between 10⁻¹² and 10¹², or one of those where pictures are easily wrong; or an everyday one."""
    if not wild or some.random() < 0.3:
        return some.uniform(-2, 2) * 10.0 ** some.randint(-2, 1)
    if some.random() < 0.15:
        return some.choice([0.0, -0.0] if finite else [0.0, -0.0, -0.0, math.nan, math.inf, -math.inf])
    if some.random() < 0.1:  # where the way of writing changes
        return some.choice(
            [1e-12, 1e12, 1e-4, 9.9999999e-5, 0.00009999, 999999.99996, 1e6, -1e6, 1e-6, 2.5, 0.5, -0.125]
        )
    return some.choice([-1, 1]) * 10.0 ** some.uniform(-12, 12)


def _lecture(some, numbers):
    sizes = some.choice(LECTURES)
    activation, output = _activation(some), some.choice(["identity", "sigmoid", "tanh"])
    model = NeuronNetwork(sizes, activation=activation, output=output, seed=0)
    parameters = list(model.parameters())
    for parameter, number in zip(parameters, numbers(len(parameters)), strict=True):
        parameter.data = number
        parameter.requires_grad = some.random() > 0.12
    parameters[0].requires_grad = True
    return _compared(some, numbers, model, sizes, classes=output != "sigmoid")  # a loss of logits refuses a sigmoid


def _circles(some, numbers):
    sizes = some.choice(CIRCLES)
    softmax = sizes[-1] > 1 and some.random() < 0.25
    model = MLP(sizes, activation=_activation(some), output="softmax" if softmax else "identity", seed=0)
    _fill(some, numbers, model)
    return _compared(some, numbers, model, sizes, classes=not softmax)


def _cards(some, numbers):
    arguments, options = _lecture(some, numbers)
    return arguments, options | {"detail": "op"}


def _layers(some, numbers):
    sizes = some.choice(LECTURES + CIRCLES)
    model = MLP(sizes, activation=_activation(some), seed=0)
    _fill(some, numbers, model)
    samples = some.randint(1, 3)
    x = np.reshape(numbers(samples * sizes[0]), (samples, sizes[0]))
    options = {"detail": some.choice(["layer", "op"])}
    if some.random() < 0.1:
        return (model, x), options
    y = np.reshape(numbers(samples * sizes[-1]), (samples, sizes[-1]))
    return (model, x, y), options | {"loss": some.choice(["mse", "squared_error", "absolute_error"])}


def _compared(some, numbers, model, sizes, classes=True):
    """A model with a sample, nearly always with a target, which is a class where it can be."""
    x, options = numbers(sizes[0]), {"detail": "neuron"}
    if some.random() < 0.15:
        return (model, x), options
    if classes and sizes[-1] > 1 and some.random() < 0.2:
        small = 10.0 ** some.uniform(-9, -1)
        y = some.choice([some.randrange(sizes[-1]), [small, 1 - small, *[0.0] * (sizes[-1] - 2)]])
        return (model, x, y), options | {"loss": "cross_entropy"}
    loss = some.choice(["mse", "squared_error", "half_squared_error", "absolute_error", "huber"])
    return (model, x, numbers(sizes[-1])), options | {"loss": loss}


def _fill(some, numbers, model):
    for parameter in model.parameters():
        parameter[...] = np.reshape(numbers(parameter.size), parameter.shape)
    if some.random() < 0.3:
        list(model.parameters())[-1].requires_grad = False


def _activation(some):
    return some.choice(["tanh", "relu", "sigmoid", "softplus", "leaky_relu", "elu"])


def _by_hand(some, numbers):
    """Neurons written with operators, not with the classes of a library."""
    signals = [Value(x, name=f"x{i}", requires_grad=some.random() < 0.5) for i, x in enumerate(numbers(2), 1)]
    weights = []
    for k in range(1, some.randint(1, 2) + 1):
        found = []
        for j in range(1, some.randint(1, 2) + 1):
            terms = []
            for i, signal in enumerate(signals, 1):
                weights.append(Value(numbers(1)[0], name=f"w{k}_{j}{i}", requires_grad=some.random() > 0.1))
                terms.append(weights[-1] * signal)
            bias = Value(numbers(1)[0], name=f"b{k}_{j}")
            z = sum(terms[1:], terms[0]) + bias
            found.append(some.choice([tanh, sigmoid, relu])(z.named(f"z{k}_{j}")).named(f"a{k}_{j}"))
        signals = found
    y = Value(numbers(1)[0], name="y", requires_grad=False)
    J = (signals[0] - y) ** 2
    for signal in signals[1:]:
        J = J + (signal - y) ** 2
    if some.random() < 0.3:
        J = J + some.choice([0.1, 0.25, 1e-5]) * sum((w * w for w in weights[1:]), weights[0] * weights[0])
    J = J.named("J")
    _backward(some, J)
    return (J,), {"detail": "neuron"}


def _graph(some, numbers):
    """Anything that can be computed."""
    leaves = [Value(x, name=f"w{i}") for i, x in enumerate(numbers(some.randint(2, 6)), 1)]
    leaves[-1].requires_grad = some.random() < 0.6
    nodes = list(leaves)
    for _ in range(some.randint(2, 8)):
        a, b, number = some.choice(nodes), some.choice(nodes), numbers(1)[0]
        nodes.append(
            some.choice(
                [
                    lambda a, b, c: a + b,
                    lambda a, b, c: a * b,
                    lambda a, b, c: a - b,
                    lambda a, b, c: a / b,
                    lambda a, b, c: a * c,
                    lambda a, b, c: c - a,
                    lambda a, b, c: a**2,
                    lambda a, b, c: a**3,
                    lambda a, b, c: abs(a) ** 0.5,
                    lambda a, b, c: tanh(a),
                    lambda a, b, c: exp(a),
                    lambda a, b, c: log(a),
                    lambda a, b, c: sin(a),
                    lambda a, b, c: relu(a),
                    lambda a, b, c: -a,
                ]
            )(a, b, number)
        )
        if some.random() < 0.3:
            nodes[-1] = nodes[-1].named(f"s{len(nodes)}")
    total = nodes[-1]
    for leaf in leaves:
        total = total + leaf
    J = (total * numbers(1)[0]).named("J")
    _backward(some, J)
    return (J,), {"detail": "op"}


def _arrays(some, numbers):
    n, m = some.randint(1, 4), some.randint(1, 4)
    x = Tensor(np.reshape(numbers(n), (1, n)), name="x")
    W = Tensor(np.reshape(numbers(n * m), (n, m)), name="W", requires_grad=True)
    b = Tensor(numbers(m), name="b", requires_grad=some.random() < 0.8)
    h = some.choice([tanh, sigmoid, relu, exp])(x @ W + b).named("h")
    J = some.choice([lambda: h.mean(), lambda: (h * h).sum(), lambda: (h * numbers(1)[0]).sum()])().named("J")
    _backward(some, J)
    return (J,), {"detail": "op"}


def _backward(some, J):
    for _ in range(some.choice([0, 1, 1, 2])):
        J.backward()


BUILDERS = {
    "lecture": _lecture,
    "by hand": _by_hand,
    "circles": _circles,
    "cards": _cards,
    "layers": _layers,
    "graph": _graph,
    "arrays": _arrays,
}


@calm
def replayed(outputs: tuple[Node, ...], numbers: dict[int, list[float]]) -> tuple[Node, ...]:
    """The same computed from other numbers of the leaves, which are given by their places in the graph."""
    fresh: dict[Node, Node] = {}
    with mode(constants=True):
        for i, node in enumerate(Graph(*outputs)):
            if node.op is not None:
                inputs = [fresh[x] for x in node.inputs]
                fresh[node] = node.op(*([inputs] if node.op.variadic else inputs), **(node.params or {}))
            elif i in numbers:
                data = np.reshape(np.array(numbers[i], dtype=float), node.shape) if node.shape else numbers[i][0]
                fresh[node] = (Tensor if node.shape else Value)(data, requires_grad=node.requires_grad)
            else:
                fresh[node] = node
    return tuple(fresh[node] for node in outputs)


RAISED = dict(zip("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


def printed(x: float, digits: int) -> str:
    """A number as pictures are to print it, from its exact decimal expansion."""
    if math.isnan(x):
        return "nan"
    sign = "−" if x < 0 else ""
    if math.isinf(x):
        return f"{sign}∞"
    with localcontext() as context:
        context.prec = 1200
        exact, unit = abs(Decimal(x)), Decimal(1).scaleb(-digits)
        if x == 0 or float(f"1e-{digits}") <= abs(x) < 1e6:
            return f"{sign}{exact.quantize(unit):f}"
        exponent = exact.adjusted()
        mantissa = exact.scaleb(-exponent).quantize(unit)
        if mantissa == 10:
            mantissa, exponent = Decimal(1).quantize(unit), exponent + 1
        return f"{sign}{mantissa:f}·10{''.join(RAISED[d] for d in str(exponent))}"


class Engine:
    """The numbers of a graph: what a slot of a picture is to say."""

    @calm
    def __init__(self, outputs: tuple[Node, ...]) -> None:
        self.graph = Graph(*outputs)
        network = InverseNetwork(self.graph)
        single = len(outputs) == 1 and getattr(outputs[0].data, "size", 1) == 1 and outputs[0].requires_grad
        self.flows = network.run() if single else {}
        edges = {edge: k for k, edge in enumerate(self.graph.edges)}
        self.gains = {edges[wire.target, wire.source, wire.slot]: wire.gain for wire in network.wires}
        self.ran = any(node.grad is not None for node in outputs)  # backward()

    def entries(self, slot: str, stored: bool = False) -> list[float]:
        """The number of ``v3``, ``d3`` or ``g5``, of an array its entries; ``stored`` gradients where there are."""
        kind, n = slot[0], int(slot[1:])
        if kind == "g":
            return [self.gains[n]]
        node = self.graph.nodes[n]
        found = node.data if kind == "v" else node.grad if stored and self.ran else None
        found = self.flows[node] if found is None else found
        return [float(x) for x in np.ravel(getattr(found, "data", found))]

    def number(self, slot: str, stored: bool = False) -> float:
        """What is made of several: a norm, a sum of products, a derivative along paths."""
        if slot[0] == "|":
            return norm([x for part in slot[1:].split("+") for x in self.entries(part, stored)])
        if slot[0] == "p":
            return self.slope(*map(int, slot[1:].split("/")))
        return sum(math.prod(self.entries(part)[0] for part in term.split("*")) for term in slot.split("+"))

    def slope(self, output: int, source: int) -> float:
        """∂(output)/∂(source), forwards."""
        moved = {source: 1.0}
        for k, (a, b, _) in enumerate(self.graph.edges):
            if a in moved and b <= output:
                moved[b] = moved.get(b, 0.0) + self.gains[k] * moved[a]
        return moved.get(output, 0.0)

    def written(self, slot: str, digits: int, stored: bool = False, by: float = 1.0) -> str:
        """What is to stand in a slot; or for numbers that differ ``by`` a factor."""
        if not slot[1:].isdigit():
            return printed(by * self.number(slot, stored), digits)
        found = self.entries(slot, stored)
        if found == [None]:  # between arrays there is a map, and no number
            return ""
        if slot[0] == "g" or self.graph.nodes[int(slot[1:])].shape == ():
            return printed(by * found[0], digits)
        return f"[{', '.join(printed(by * x, digits) for x in found)}]"

    def agrees(self, text: str, slot: str, digits: int) -> bool:
        """Whether this may stand in a slot on a page, which computes for itself: up to a millionth of the number."""
        return any(text == self.written(slot, digits, by=1 + k * 1e-7) for k in (0, *range(-10, 11)))


def constant(x: float) -> str:
    """A constant as expressions are to print it: rounded to six digits, without zeros at the end."""
    if x == 0 or not math.isfinite(x):
        return "0" if x == 0 else printed(x, 0)
    with localcontext() as context:
        context.prec = 6
        rounded = (+Decimal(x)).normalize()
    sign, digits, _ = rounded.as_tuple()
    exponent = rounded.adjusted()
    if -4 <= exponent < 6:
        return f"{rounded:f}".replace("-", "−")
    more = f".{''.join(map(str, digits[1:]))}" if digits[1:] else ""
    mantissa = "" if digits == (1,) else f"{digits[0]}{more}·"
    return f"{'−' * sign}{mantissa}10{''.join(RAISED[d] for d in str(exponent))}"


def norm(numbers: list[float]) -> float:
    """The root of the sum of squares, of any size; no number where one of them is none."""
    return math.nan if any(map(math.isnan, numbers)) else math.hypot(*numbers)
