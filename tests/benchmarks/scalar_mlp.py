"""S1: micrograd's demonstration as a workload, with the class of the scalars as the only difference."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

from sklearn.datasets import make_moons


class Network:
    """A 2-16-16-1 network of scalars on 100 moons, with the hinge loss and an L2 penalty."""

    def __init__(self, scalar: Any, sizes: tuple[int, ...] = (2, 16, 16, 1)) -> None:
        points, labels = make_moons(n_samples=100, noise=0.1, random_state=1)
        self.points = points.tolist()
        self.signs = [2.0 * label - 1 for label in labels.tolist()]
        self.scalar = scalar
        generator = random.Random(1337)
        self.layers = [
            [([scalar(generator.uniform(-1, 1)) for _ in range(n)], scalar(0.0)) for _ in range(m)]
            for n, m in pairwise(sizes)
        ]
        self.parameters = [p for layer in self.layers for weights, bias in layer for p in (*weights, bias)]

    def score(self, x: list[Any]) -> Any:
        """The network's output for one point."""
        for layer in self.layers:
            sums = [sum((w * xi for w, xi in zip(weights, x, strict=True)), bias) for weights, bias in layer]
            x = sums if layer is self.layers[-1] else [s.relu() for s in sums]
        return x[0]

    def loss(self) -> Any:
        """The mean hinge loss plus the penalty."""
        scores = [self.score([self.scalar(value) for value in point]) for point in self.points]
        hinge = [(1 + -sign * score).relu() for sign, score in zip(self.signs, scores, strict=True)]
        return sum(hinge) * (1.0 / len(hinge)) + 1e-4 * sum(p * p for p in self.parameters)

    def step(self) -> None:
        """One forward and one backward pass."""
        for p in self.parameters:
            p.grad = 0.0
        self.loss().backward()
