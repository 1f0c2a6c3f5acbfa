"""`Value` is a drop-in for micrograd's: its published numbers, and its own tests with only the import changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import micrograd.engine
import pytest

from inversa.autograd import Value

Kind = Callable[[float], Any]


def readme_example(value: Kind) -> tuple[Any, ...]:
    """The example of micrograd's README, which is also its test_more_ops, word for word."""
    a = value(-4.0)
    b = value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return g, a, b


def sanity_check(value: Kind) -> tuple[Any, ...]:
    """The expression of micrograd's test_sanity_check."""
    x = value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    return y, x


def demo_loss(value: Kind) -> tuple[Any, ...]:
    """A hinge loss with L2 penalty over a small network, in the manner of micrograd's demo notebook."""
    weights = [value(0.1 * (k % 7) - 0.25) for k in range(12)]
    rows = [(0.5, -1.0, 1), (-0.75, 0.25, -1), (1.5, 2.0, 1), (-1.0, -0.5, -1)]
    losses = []
    for x0, x1, target in rows:
        hidden = [(weights[3 * j] * x0 + weights[3 * j + 1] * x1 + weights[3 * j + 2]).relu() for j in range(3)]
        score = sum((w * h for w, h in zip(weights[9:], hidden, strict=True)), value(0.0))
        losses.append((1 + -target * score).relu())
    data_loss = sum(losses) * (1.0 / len(losses))
    total = data_loss + 1e-4 * sum(p * p for p in weights)
    total.backward()
    return total, *weights


@pytest.mark.parametrize("program", [readme_example, sanity_check, demo_loss])
def test_same_numbers_as_micrograd(program: Callable[[Kind], tuple[Any, ...]]) -> None:
    ours, theirs = program(Value), program(micrograd.engine.Value)
    assert ours[0].data == pytest.approx(theirs[0].data, rel=1e-12)
    for x, y in zip(ours[1:], theirs[1:], strict=True):
        assert x.grad == pytest.approx(y.grad, rel=1e-12)


def test_published_numbers() -> None:
    g, a, b = readme_example(Value)
    assert f"{g.data:.4f}" == "24.7041"
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_numbers_of_the_video() -> None:
    a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
    L = (a * b + c) * f
    L.backward()
    assert L.data == -8.0
    assert (a.grad, b.grad, c.grad, f.grad) == (6.0, -4.0, -2.0, 4.0)


def test_training_step_written_for_micrograd() -> None:
    """Gradients set to 0 by hand, data changed by hand, backward again."""
    w = Value(3.0)
    for _ in range(50):
        loss = (w - 1.0) ** 2
        w.grad = 0
        loss.backward()
        w.data += -0.1 * w.grad
    assert w.data == pytest.approx(1.0, abs=1e-3)
