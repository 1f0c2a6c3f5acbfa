"""S1 and S2: a network of scalars on 100 moons, eagerly against micrograd and compiled against the compilers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from measure import Effort, Section, Subject, Workload, run

SIZES = (2, 16, 16, 1)


def sections(effort: Effort) -> Iterator[Section]:
    """S1 with the collector on and off, then S2."""
    subjects = {"inversa": ours, "micrograd": micrograd}
    for collector, least in ((True, 8), (False, 3)):
        state = "on" if collector else "off"
        title = f"S1, collector {state}: scalar MLP 2-16-16-1, 100 moons, hinge + L2, forward + backward"
        # Nothing is frozen: these run first, in the heap that a user has, and full collections are what they show.
        yield run(Workload(title, subjects, {"micrograd": least}, collector=collector, freeze=False), effort)
    yield run(
        Workload(
            "S2: the same network compiled as a scalar program over 100 samples, hinge alone, value + gradient",
            {
                "inversa jit": compiled,
                "inversa jit, one array": in_one_array,
                "inversa": lambda: ours(penalty=0.0),
                "casadi": casadi,
                "torch": torch,
                "jax": jax,
                "micrograd": lambda: micrograd(penalty=0.0),
            },
            {"casadi": 20, "torch": 5, "jax": 2, "micrograd": 20_000},
            slow=("micrograd",),
        ),
        effort,
    )


def moons() -> tuple[Any, Any]:
    """Points (100, 2) and their signs, −1 or 1."""
    from sklearn.datasets import make_moons

    points, labels = make_moons(n_samples=100, noise=0.1, random_state=1)
    return points, 2.0 * labels - 1


def weights() -> list[float]:
    """The network's numbers in order: of every layer, of every neuron, its weights and then its bias."""
    generator = random.Random(1337)
    return [
        number
        for n, m in pairwise(SIZES)
        for _ in range(m)
        for number in (*(generator.uniform(-1, 1) for _ in range(n)), 0)
    ]


def matrices(flat: Any) -> list[Any]:
    """The same numbers as one matrix (outputs, inputs + 1) a layer, the biases in the last column."""
    layers = []
    for n, m in pairwise(SIZES):
        layers.append(flat[: m * (n + 1)].reshape(m, n + 1))
        flat = flat[m * (n + 1) :]
    return layers


def score(parameters: list[Any], x: list[Any], relu: Any) -> Any:
    """The network's output for one point, number by number: the same arithmetic for every library of scalars."""
    numbers = iter(parameters)
    for n, m in pairwise(SIZES):
        rows = [([next(numbers) for _ in range(n)], next(numbers)) for _ in range(m)]
        sums = [sum((w * xi for w, xi in zip(row, x, strict=True)), bias) for row, bias in rows]
        if m > 1:  # a hidden layer
            x = [relu(s) for s in sums]
    return sums[0]


class Scalars:
    """micrograd's demonstration, with the class of the scalars as the only difference."""

    def __init__(self, scalar: Any, penalty: float = 1e-4) -> None:
        points, signs = moons()
        self.points, self.signs = points.tolist(), signs.tolist()
        self.scalar, self.penalty = scalar, penalty
        self.parameters = [scalar(w) for w in weights()]

    def loss(self) -> Any:
        """The mean hinge loss plus the penalty."""
        relu = self.scalar.relu
        scores = [score(self.parameters, [self.scalar(value) for value in point], relu) for point in self.points]
        hinge = [relu(1 + -sign * score) for sign, score in zip(self.signs, scores, strict=True)]
        mean = sum(hinge) * (1.0 / len(hinge))
        return mean + self.penalty * sum(p * p for p in self.parameters) if self.penalty else mean

    def step(self) -> Any:
        """One forward and one backward pass."""
        for p in self.parameters:
            p.grad = 0.0
        loss = self.loss()
        loss.backward()
        return loss

    def subject(self) -> Subject:
        """This network as a subject."""
        return Subject(self.step, lambda: {"loss": self.step().data, "gradient": [p.grad for p in self.parameters]})


def ours(penalty: float = 1e-4) -> Subject:
    from inversa.autograd import Value

    return Scalars(Value, penalty).subject()


def micrograd(penalty: float = 1e-4) -> Subject:
    from micrograd.engine import Value

    return Scalars(Value, penalty).subject()


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
