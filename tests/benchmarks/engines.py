"""S1 with one engine, in a process of its own: the collector's work depends on all that lives in a process.

Nothing else is imported in it, NumPy included.
"""

from __future__ import annotations

import gc
import importlib
import json
import random
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

SIZES = (2, 16, 16, 1)

ENGINES = {
    "inversa": ("inversa.autograd", "Value"),
    "micrograd": ("micrograd.engine", "Value"),
    "plain": ("plain", "Plain"),
}


def weights() -> list[float]:
    """The network's numbers in order: of every layer, of every neuron, its weights and then its bias."""
    generator = random.Random(1337)
    return [
        number
        for n, m in pairwise(SIZES)
        for _ in range(m)
        for number in (*(generator.uniform(-1, 1) for _ in range(n)), 0)
    ]


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

    def __init__(self, scalar: Any, points: list[list[float]], signs: list[float], penalty: float) -> None:
        self.points, self.signs = points, signs
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

    def result(self) -> dict[str, Any]:
        """The loss and its gradient."""
        return {"loss": self.step().data, "gradient": [p.grad for p in self.parameters]}


def serve(name: str, collector: str) -> None:
    """Read the problem, then answer every line: ``step`` by a step, ``result`` by what it computes."""
    module, scalar = ENGINES[name]
    network = Scalars(getattr(importlib.import_module(module), scalar), **json.loads(sys.stdin.readline()))
    if collector == "off":
        gc.disable()
    for line in sys.stdin:
        answer = None
        if line.strip() == "result":
            answer = network.result()
        else:
            network.step()  # whose graph is dropped at once: a second one would be the collector's work, too
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    serve(*sys.argv[1:])
