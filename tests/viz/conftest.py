"""Graphs that the tests of the pictures share."""

from itertools import pairwise

import pytest

from inversa.autograd import Tensor, Value
from inversa.autograd.mode import mode

PARAMETERS = {"w1": 0.1, "b1": -0.3, "w2": -0.1, "b2": 0.5, "w11": 0.4, "w12": 0.7, "b": 0.2}
NAMES = [
    "a|b",
    "{x}",
    "<b>",
    '"q"',
    "]",
    "]]>",
    "</script>",
    "&amp;",
    "\\N\\l",
    "a\nb\x00\x1b",
    "😀",
    "שלום",
    "مرحبا",
    "w  1",
]


def lecture_network(parameters=PARAMETERS, x=0.5, y=0.88):
    """The 1-2-1 network of the lecture, its nodes named as on the slides."""
    p = {name: Value(value, name=name) for name, value in {**parameters, "x": x, "y": y}.items()}
    outputs = []
    for i in "12":
        with mode(module=f"hidden neuron {i}"):
            u = (p[f"w{i}"] * p["x"]).named(f"u{i}")
            outputs.append((u + p[f"b{i}"]).named(f"z{i}").sigmoid().named(f"a{i}"))
    with mode(module="output neuron"):
        v = [(p[f"w1{i}"] * a).named(f"v{i}") for i, a in zip("12", outputs, strict=True)]
        h = ((v[0] + v[1]).named("s") + p["b"]).named("z").sigmoid().named("h")
    return ((h - p["y"]).named("e") ** 2).named("J")


def odd_network():
    """Names that mean something in some file format, or in none."""
    total = Value(0.0, name="start")
    for name in NAMES:
        total = (total + Value(1.0, name=name) * 2).named(f"{name}'")
    return total


def layers():
    """A graph of arrays."""
    x = Tensor([[1.0, 2.0, 3.0], [0.0, -1.0, 1.0]], name="x")
    w = Tensor([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]], requires_grad=True, name="w")
    b = Tensor([0.0, 0.1], requires_grad=True, name="b")
    with mode(module="hidden"):
        h = ((x @ w).named("u") + b).named("z").tanh().named("h")
    return (h * h).mean().named("J")


def perceptron(sizes, samples=1, modules=True):
    """A network of Values as large as one likes; weights that are no random numbers."""
    weights = [
        [[Value(((7 * i + 3 * j + 5 * k) % 11 - 5) / 10, name=f"w{k}_{j}_{i}") for i in range(n + 1)] for j in range(m)]
        for k, (n, m) in enumerate(pairwise(sizes))
    ]
    total = Value(0.0, requires_grad=False)
    for sample in range(samples):
        signals = [Value(((sample + 2 * i) % 7) / 7, requires_grad=False, name=f"x{i}") for i in range(sizes[0])]
        for k, layer in enumerate(weights):
            with mode(module=f"layers.{k}" if modules else None):
                found = []
                for row in layer:
                    z = row[-1]
                    for w, signal in zip(row, signals, strict=False):
                        z = z + w * signal
                    found.append(z.tanh())
                signals = found
        total = total + (signals[0] - 1) ** 2
    return total.named("J")


@pytest.fixture
def lecture():
    J = lecture_network()
    J.backward()
    return J


@pytest.fixture
def build():
    """The functions above by name; test modules do not import one another."""
    return {f.__name__: f for f in (lecture_network, odd_network, layers, perceptron)} | {
        "PARAMETERS": PARAMETERS,
        "NAMES": NAMES,
    }
