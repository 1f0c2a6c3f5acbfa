"""T1 to T4: one training step of networks of growing size in float32, softmax cross-entropy and gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import trainers
from measure import LATER, Effort, Section, Subject, Workload, run
from trainers import Problem

# Name: sizes of the layers, samples in the batch, and the ratios to reach.
NETWORKS: dict[str, tuple[tuple[int, ...], int, dict[str, float]]] = {
    "T1": ((2, 16, 16, 2), 100, {"torch": 6, "jax": 2.5}),
    "T2": ((784, 128, 64, 10), 64, {"torch": 1.5, "jax": 1.6}),
    "T3": ((784, 512, 512, 10), 256, {"torch": 1.8, "jax": 1.1}),
    "T4": ((1024, 4096, 4096, 10), 256, {"torch": 1, "jax": 1, "matrix products": 1 / 1.15}),
}

SUBJECTS: dict[str, Callable[[Problem], Subject]] = {
    "inversa": trainers.ours,
    "inversa jit": trainers.compiled,
    "numpy": trainers.by_hand,
    "torch": trainers.torch,
    "jax": trainers.jax,
    "autograd": trainers.hips,
    "mygrad": trainers.mygrad,
    "sklearn": trainers.sklearn,
}


def sections(effort: Effort) -> Iterator[Section]:
    """Every network; the largest only when there is time."""
    for name, (sizes, samples, targets) in NETWORKS.items():
        shape = "-".join(map(str, sizes))
        title = f"{name}: training step {shape}, batch {samples}, float32, softmax cross-entropy + SGD"
        if name == "T4" and effort.quick:
            yield Section(title, note=LATER)
            continue
        problem = Problem(sizes, samples)
        subjects = {subject: partial(make, problem) for subject, make in SUBJECTS.items()}
        if sizes[-1] == 2:
            del subjects["sklearn"]  # for two classes it has one sigmoid output, another network
        if "matrix products" in targets:
            subjects["matrix products"] = partial(products, problem)
        yield run(Workload(title, subjects, targets, tolerance=1e-5), effort)


def products(problem: Problem) -> Subject:
    """The matrix products of a step and nothing else: what no implementation can do without."""
    weights = [W for W, _ in problem.layers()]
    inputs = [np.ones((problem.samples, n), np.float32) for n in problem.sizes]

    def step() -> None:
        for W, a, g in reversed(list(zip(weights, inputs, inputs[1:], strict=False))):
            a @ W.T  # forward
            g.T @ a  # the gradient of the weights
            if W is not weights[0]:
                g @ W  # the gradient of the layer's input

    return Subject(step)
