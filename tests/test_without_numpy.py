"""Where NumPy cannot be imported single numbers are computed, trained, compiled and drawn as ever; the rest says so.

What is computed here is computed once more by a process of this file that has no NumPy, and compared.
"""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from inversa import nn, viz
from inversa.autograd import Tensor, Value, grad, gradcheck, jacobian, jit, jvp, sigmoid, stack, tanh, vjp
from inversa.autograd.lazy import NumpyMissingError, has_numpy
from inversa.nn import losses, optim

PROGRAMS = runpy.run_path(str(Path(__file__).parent / "pyodide" / "programs.py"))
w = Value(0.3, name="w")


def f(x, y):
    return sigmoid(w * x) * y + x**2


def loss_of_a_neuron():
    w, x, b, y = (Value(number, name=name) for name, number in {"w": 0.7, "x": 0.5, "b": -0.2, "y": 1.0}.items())
    return ((sigmoid((w * x).named("u") + b) - y) ** 2).named("J")


def transforms():
    """What takes numbers and gives numbers."""
    yield list(jit(f)([0.5, 1.0], 2.0))
    yield [list(slopes) for slopes in jit(f).value_and_grad([0.5, 1.0], [2.0, 3.0])[1]]
    yield jit(f).backward([0.5, 1.0, 2.0], 1.0)
    value, slopes = jit(f).of_parameters([0.5, 1.0], [0.1, 0.2])([0.4])
    yield value, list(slopes)
    yield jit(lambda p, n: p["a"] ** n * p["b"])({"a": 2.0, "b": 3.0}, 3)
    yield jit(lambda x, y: {"sum": x + y, "parts": (x, y)})(1.0, 2.0)
    several = jit(lambda x, y: (x * y, x + y))(Value(2.0), 3.0)
    yield [x.data for x in several], grad(lambda x: jit(lambda z: (z, z * z))(x)[1])(3.0)
    yield jacobian(lambda p: {"s": p["a"] + p["b"], "p": p["a"] * p["b"]})({"a": 2.0, "b": 3.0})
    yield jvp(f, (0.5, 2.0), (1, 0.5)), vjp(f, 0.5, 2.0)[1](2.0)
    yield gradcheck(f, 0.5, 2.0, order=2), gradcheck(lambda p: {"y": tanh(p["w"]) * p["b"]}, {"w": 0.5, "b": 2.0})
    yield loss_of_a_neuron().inverse().check()["paths"]


def networks():
    """Networks of neurons: losses, optimisers, and what they are asked for besides."""
    network = nn.NeuronNetwork([2, 3, 2], seed=0)
    samples = [[0.5, -0.2], [0.1, 0.9]]
    outputs = [network(x) for x in samples]
    probabilities = [network(x) for network in [nn.NeuronNetwork([2, 2], output="softmax", seed=1)] for x in samples]
    yield losses.cross_entropy(outputs, [1, 0]).data, losses.cross_entropy(outputs, [[0.5, 0.5], [1, 0]]).data
    yield losses.cross_entropy_of_probabilities(probabilities, [1, 0]).data
    for name in ("binary_cross_entropy", "multilabel_cross_entropy", "huber", "absolute_error"):
        yield losses.named(name)(outputs, [[0.0, 1.0], [1.0, 0.0]]).data
    yield losses.hinge(outputs, [[1, -1], [-1, 1]]).data
    losses.mean_squared_error(outputs, [[0.0, 1.0], [1.0, 0.0]]).backward()
    yield optim.clip_grad_norm(network.parameters(), 0.1), [p.grad for p in network.parameters()]
    optimizer = optim.Adam(network.parameters())
    optimizer.step()
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer.step()
    state = network.state_dict()
    network.load_state_dict(dict.fromkeys(state, 0.25) | {next(iter(state)): 1})
    yield [p.data for p in network.parameters()], nn.NeuronRNN([1, 2, 1], seed=0)([1.0, -0.5]).data
    network.summary()


def pictures():
    """The very same, to the last letter."""
    J, network = loss_of_a_neuron(), nn.NeuronNetwork([2, 3, 1], seed=0)
    J.backward()
    yield viz.draw(J, view="both").svg(), viz.draw(J).to_mermaid(), viz.draw(J).to_tikz(), viz.draw_dot(J).source
    yield viz.draw(network, x=[0.3, 0.2], y=[1.0], loss="mse", view="both").svg()
    yield viz.draw(network, x=[[0.3, 0.2]], detail="op").svg(), viz.draw(network([0.3, 0.2]), detail="layer").svg()
    yield viz.player(J).html(), viz.player(network, x=[0.3, 0.2], y=1, loss="mse").html()
    yield viz.player(nn.NeuronRNN([1, 1], seed=0), x=[1.0, -0.5], y=1.0, loss="mse").html()
    yield viz.player(nn.NeuronNetwork([1, 2, 3], seed=0), x=0.3, y=1, loss="cross_entropy").html()
    sheet = viz.exercises.exercise(seed=1)
    yield sheet.answers, bool(sheet.check(sheet.answers))


REFUSED = {
    "Tensor": lambda: Tensor([1.0]),
    "stack": lambda: stack([Value(1.0), Value(2.0)]),
    "grad of a list": lambda: grad(lambda x: (x * x).sum())([1.0, 2.0]),
    "jit of a vector": lambda: jit(lambda x: x[0] * x[1])([1.0, 2.0]),
    "jit of a matrix": lambda: jit(f)([[1.0]], 2.0),
    "complex step": lambda: gradcheck(f, 0.5, 2.0, method="complex"),
    "fit": lambda: compiled().fit([[0.0]], [[1.0]]),
    "predict": lambda: compiled().predict([[0.0]]),
    "save": lambda: compiled().save("model.safetensors"),
    "MLP": lambda: nn.MLP([2, 1]),
}


def compiled():
    network = nn.NeuronNetwork([1, 1], seed=0)
    network.compile(loss="mse", optimizer="sgd")
    return network


def refused():
    """What each says that needs arrays."""
    found = {}
    for name, call in REFUSED.items():
        try:
            call()
        except NumpyMissingError as error:
            found[name] = str(error)
    return found


def computed():
    every = {each.__name__: json.loads(json.dumps(list(each()))) for each in (transforms, networks, pictures)}
    return every | {"programs": json.loads(PROGRAMS["computed"]())}


def elsewhere(folder):
    """What a process without NumPy computes, and what it writes to standard error."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONWARNINGS"}
    command = [sys.executable, "-P", __file__, folder / "found.json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "found.json").read_text("utf-8")), done.stderr


def close(found, expected):
    """Whether the numbers in lists and dictionaries differ by no more than rounding."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(close(found[key], x) for key, x in expected.items())
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(close, found, expected))
    if isinstance(expected, float) and not isinstance(expected, bool):
        return abs(found - expected) <= 1e-14 * max(1.0, abs(expected))
    return found == expected


def test_the_same_numbers_and_pictures(tmp_path):
    found, errors = elsewhere(tmp_path)
    refusals = found.pop("refused")
    expected = computed()
    assert found.keys() == expected.keys()
    for name in ("arithmetic", "functions", "training"):
        assert found["programs"].pop(name) == expected["programs"].pop(name)  # to the last bit
    (ours,), (theirs,) = found.pop("programs").values(), expected.pop("programs").values()
    assert close(list(map(float.fromhex, ours)), list(map(float.fromhex, theirs)))  # which a machine has computed here
    for name, several in expected.items():
        for i, each in enumerate(several):
            assert close(found[name][i], each), (name, i)
    assert refusals.keys() == REFUSED.keys()
    for name, message in refusals.items():
        assert "needs arrays, and so NumPy, which cannot be imported here" in message, name
        assert "pip install numpy" in message, name
    (warning,) = (line for line in errors.splitlines() if "Warning" in line)
    assert warning.startswith(f"{__file__}:")  # the user's line
    assert "computed by plain Python" in warning


if __name__ == "__main__":
    sys.modules["numpy"] = None
    assert not has_numpy()
    Path(sys.argv[1]).write_text(json.dumps({**computed(), "refused": refused()}), "utf-8")


@pytest.mark.parametrize(
    ("platform", "installer", "advice"),
    [
        ("linux", False, "pip install numpy"),
        ("emscripten", True, "micropip.install('numpy')"),
        ("emscripten", False, ""),
    ],
)
def test_what_is_advised_can_be_done_there(platform, installer, advice, monkeypatch):
    """A live page can install nothing."""
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr("inversa.autograd.lazy.find_spec", lambda name: object() if installer else None)
    message = str(NumpyMissingError())
    assert ("install" in message) == bool(advice)
    assert advice in message
    assert "compute with Values" in message
