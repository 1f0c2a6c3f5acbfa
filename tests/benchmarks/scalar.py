"""S1 and S2: a network of scalars on 100 moons, eagerly against micrograd and compiled against the compilers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from engines import ENGINES, SIZES, Scalars, score, weights
from measure import Effort, Section, Subject, Workload, run
from process import available


def sections(effort: Effort) -> Iterator[Section]:
    """S1 with the collector on and off, then S2."""
    for collector, targets in (("on", {"micrograd": 8, "plain": 1.1}), ("off", {"micrograd": 3, "plain": 1.0})):
        title = f"S1, collector {collector}: scalar MLP 2-16-16-1, 100 moons, hinge + L2, forward + backward"
        with in_processes(collector) as subjects:
            yield run(Workload(title, subjects, targets), effort)
    yield run(
        Workload(
            "S2: the same network compiled as a scalar program over 100 samples, hinge alone, value + gradient",
            {
                "inversa jit": compiled,
                "inversa jit, one array": in_one_array,
                "inversa": ours,
                "casadi": casadi,
                "torch": torch,
                "jax": jax,
                "micrograd": micrograd,
            },
            {"casadi": 20, "torch": 5, "jax": 2, "micrograd": 20_000},
            slow=("micrograd",),
        ),
        effort,
    )


@contextmanager
def in_processes(collector: str) -> Iterator[dict[str, Callable[[], Subject]]]:
    """Every engine in a process of its own, which takes a step when it is told to."""
    started: list[subprocess.Popen[str]] = []

    def factory(name: str) -> Callable[[], Subject]:
        def start() -> Subject:
            if name != "plain":
                available(f"import {ENGINES[name][0]}")
            command = [sys.executable, "-P", str(Path(__file__).with_name("engines.py")), name, collector]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            started.append(process)
            tell(process, json.dumps(problem()))
            return Subject(lambda: ask(process, "step"), lambda: ask(process, "result"))

        return start

    try:
        yield {name: factory(name) for name in ENGINES}
    finally:
        for process in started:
            process.communicate()  # at the end of its input it ends


def tell(process: subprocess.Popen[str], line: str) -> None:
    """Send a line."""
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def ask(process: subprocess.Popen[str], what: str) -> Any:
    """Send a line and wait for the answer."""
    tell(process, what)
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def problem(penalty: float = 1e-4) -> dict[str, Any]:
    """What all engines are given."""
    points, signs = moons()
    return {"points": points.tolist(), "signs": signs.tolist(), "penalty": penalty}


def moons() -> tuple[Any, Any]:
    """Points (100, 2) and their signs, −1 or 1."""
    from sklearn.datasets import make_moons

    points, labels = make_moons(n_samples=100, noise=0.1, random_state=1)
    return points, 2.0 * labels - 1


def matrices(flat: Any) -> list[Any]:
    """The same numbers as one matrix (outputs, inputs + 1) a layer, the biases in the last column."""
    layers = []
    for n, m in pairwise(SIZES):
        layers.append(flat[: m * (n + 1)].reshape(m, n + 1))
        flat = flat[m * (n + 1) :]
    return layers


def network(scalar: Any, penalty: float = 1e-4) -> Scalars:
    """S1's network in this process."""
    return Scalars(scalar, **problem(penalty))


def ours() -> Subject:
    from inversa.autograd import Value

    scalars = network(Value, penalty=0.0)
    return Subject(scalars.step, scalars.result)


def micrograd() -> Subject:
    from micrograd.engine import Value

    scalars = network(Value, penalty=0.0)
    return Subject(scalars.step, scalars.result)


def compiled() -> Subject:
    """The arguments vary over the samples; the Values that the function closes over are the parameters."""
    from inversa.autograd import Value, jit, relu

    points, signs = moons()
    parameters = [Value(w) for w in weights()]
    x, y = np.ascontiguousarray(points.T)

    @jit
    def hinge(x: Any, y: Any, sign: Any) -> Any:
        return relu(1 - sign * score(parameters, [x, y], relu))

    def step() -> Any:
        for p in parameters:
            p.grad = None
        return hinge.backward(x, y, signs, reduce="mean")

    return Subject(step, lambda: {"loss": float(step()), "gradient": [p.grad for p in parameters]})


def in_one_array() -> Subject:
    """The same program with its weights in one array, as the other compilers have them, instead of in 337 Values."""
    from inversa.autograd import Value, jit, relu

    points, signs = moons()
    parameters = [Value(w) for w in weights()]
    hinge = jit(lambda x, y, sign: relu(1 - sign * score(parameters, [x, y], relu)))
    function = hinge.of_parameters(*points.T, signs)
    numbers = np.array([p.data for p in hinge.parameters])
    place = {p: i for i, p in enumerate(hinge.parameters)}

    def result() -> Any:
        loss, gradient = function(numbers)
        return {"loss": loss, "gradient": gradient[[place[p] for p in parameters]]}

    return Subject(lambda: function(numbers), result)


def casadi() -> Subject:
    """One sample as a program of scalars (SX) with its gradient, run by casadi's virtual machine for all (map)."""
    import casadi as ca

    points, signs = moons()
    p, x, sign = ca.SX.sym("p", len(weights())), ca.SX.sym("x", 2), ca.SX.sym("sign")

    def relu(z: Any) -> Any:
        return ca.fmax(z, 0)

    hinge = relu(1 - sign * score(ca.vertsplit(p), ca.vertsplit(x), relu))
    sample = ca.Function("sample", [p, x, sign], [hinge, ca.gradient(hinge, p)])
    batch = sample.map("batch", "serial", len(signs), [0], [])  # input 0, the weights, is the same for all
    arguments = ca.DM(weights()), ca.DM(points.T), ca.DM(signs).T

    def step() -> Any:
        losses, gradients = batch(*arguments)
        return ca.sum2(losses) / len(signs), ca.sum2(gradients) / len(signs)

    def result() -> Any:
        loss, gradient = step()
        return {"loss": float(loss), "gradient": gradient.full().ravel()}

    return Subject(step, result)


def torch() -> Subject:
    """Eager tensors in float64."""
    import torch

    points, signs = (torch.tensor(array) for array in moons())
    layers = [torch.tensor(W, requires_grad=True) for W in matrices(np.array(weights()))]

    def step() -> Any:
        for W in layers:
            W.grad = None
        a = points
        for W in layers:
            z = torch.nn.functional.linear(a, W[:, :-1], W[:, -1])
            a = z.relu()
        loss = (1 - signs * z[:, 0]).relu().mean()
        loss.backward()
        return loss

    def result() -> Any:
        loss = step().item()
        return {"loss": loss, "gradient": np.concatenate([W.grad.numpy().ravel() for W in layers])}

    return Subject(step, result)


def jax() -> Subject:
    """Arrays in float64, compiled."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    points, signs = (jnp.asarray(array) for array in moons())

    def cost(layers: Any, points: Any, signs: Any) -> Any:
        a = points
        for W in layers:
            z = a @ W[:, :-1].T + W[:, -1]
            a = jax.nn.relu(z)
        return jax.nn.relu(1 - signs * z[:, 0]).mean()

    function = jax.jit(jax.value_and_grad(cost))
    layers = [jnp.asarray(W) for W in matrices(np.array(weights()))]

    def result() -> Any:
        loss, gradients = function(layers, points, signs)
        return {"loss": float(loss), "gradient": np.concatenate([np.ravel(g) for g in gradients])}

    return Subject(lambda: jax.block_until_ready(function(layers, points, signs)), result)
