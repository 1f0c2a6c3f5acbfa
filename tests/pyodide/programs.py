"""Programs of single numbers, computed by CPython and in Pyodide; it needs neither NumPy nor pytest."""

import json
import random

from inversa import autograd as ag
from inversa import nn
from inversa.autograd import Value, grad, hessian, jit


def arithmetic():
    """Operations that IEEE 754 rounds to the last bit everywhere."""
    draw = random.Random(0)
    for _ in range(50):
        x, y, z = (Value(draw.uniform(-3.0, 3.0)) for _ in range(3))
        out = ((x * y - z / (x * x + 1.0)) ** 2 + ag.relu(y) * ag.maximum(x, z) - ag.abs(z) + ag.sqrt(y * y + 2.0)) ** 2
        out.backward()
        yield from (out.data, x.grad, y.grad, z.grad)


def functions():
    """Those of the C library, which may round otherwise."""
    draw = random.Random(1)
    for _ in range(50):
        x, y = (Value(draw.uniform(-3.0, 3.0)) for _ in range(2))
        out = ag.exp(-x * x) + ag.tanh(x + y) + ag.sin(x) * ag.cos(y) + ag.sigmoid(x * y) + ag.softplus(x - y)
        out = out + ag.log(y * y + 0.1) + ag.log1p(x * x) + ag.expm1(-y * y) + ag.gelu(x) + ag.power(x * x + 0.5, 1.5)
        out.backward()
        yield from (out.data, x.grad, y.grad)


def training():
    """A network of neurons, trained by hand."""
    network = nn.NeuronNetwork([2, 4, 1], activation="tanh", seed=0)
    optimizer = nn.optim.Adam(network.parameters(), lr=0.05)
    samples = [([a, b], float(a != b)) for a in (0.0, 1.0) for b in (0.0, 1.0)]
    for _ in range(30):
        cost = nn.losses.mean_squared_error([network(x) for x, _ in samples], [y for _, y in samples])
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        yield cost.data
    yield from (w.data for w in network.parameters())


def compiled():
    """What jit runs: by the machine there, by plain Python here."""
    w = Value(0.3)
    f = jit(lambda x, y: ag.tanh(w * x) * y + ag.where(x < y, ag.sin(x), x * x) + ag.exp(-y * y))
    for x, y in ((0.5, 1.5), (-1.0, 0.2), (2.0, -0.7)):
        value, slopes = f.value_and_grad(x, y)
        yield from (value, *slopes, f.backward(x, y), w.grad, grad(f)(x, y), grad(grad(f))(x, y), hessian(f)(x, y))


def computed():
    """All of it as text, to the last bit."""
    every = (arithmetic, functions, training, compiled)
    return json.dumps({program.__name__: [float(x).hex() for x in program()] for program in every})
