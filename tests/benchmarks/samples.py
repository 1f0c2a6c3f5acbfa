"""P1 and V1: compiled functions of numbers over 100 000 samples, on one core and on two, and what vmap gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import scalar
from measure import Effort, Section, Subject, Workload, others, run, without_verdict

SAMPLES = 100_000


def sections(effort: Effort) -> Iterator[Section]:
    """The cores, then vmap: value, and value and gradient."""
    yield cores(effort)
    for what, targets in (("value", {"jax": 1}), ("value + gradient", {"jax": 1})):
        subjects = {name: _making(factory, what) for name, factory in VMAPPED.items()}
        title = f"V1, {what}: vmap of a small function of a vector over {SAMPLES} rows"
        yield run(Workload(title, subjects, targets), effort)


def _making(factory: Callable[[str], Subject], what: str) -> Callable[[], Subject]:
    return lambda: factory(what)


# P1: on one core and on two.


def cores(effort: Effort) -> Section:
    """S2 over many samples; the results have to be the same to the last bit."""
    workload = Workload(
        f"P1: S2's network over {SAMPLES} samples, value + gradient, on two cores and on one",
        {"inversa jit, two threads": lambda: network(2), "one thread": lambda: network(1)},
        {"one thread": 1.8},
        tolerance=0.0,
    )
    before = others()
    return without_verdict(run(workload, effort), before)


def network(threads: int) -> Subject:
    """S2 as a function of all its weights, run by so many threads."""
    from inversa.autograd import Value, jit, relu
    from inversa.autograd.compiling.scalar import running

    generator = np.random.default_rng(0)
    x, y = generator.standard_normal((2, SAMPLES))
    parameters = [Value(w) for w in scalar.weights()]
    hinge = jit(lambda x, y, sign: relu(1 - sign * scalar.score(parameters, [x, y], relu)))
    function = hinge.of_parameters(x, y, np.sign(x * y))
    numbers = np.array([p.data for p in hinge.parameters])

    def step() -> Any:
        with patch.object(running, "cores", lambda: threads):
            return function(numbers)

    def result() -> Any:
        loss, gradient = step()
        return {"loss": loss, "gradient": gradient}

    return Subject(step, result)


# V1: one function, mapped over rows.


def rows() -> Any:
    """One sample in each."""
    return np.random.default_rng(0).standard_normal((SAMPLES, 3))


def small(x: Any, xp: Any) -> Any:
    """A few operations on the entries of a vector."""
    return xp.tanh(0.5 * x[0] + 0.3) * xp.sin(x[1]) + x[2] * x[2]


def mapped(what: str, function: Callable[[Any], Any]) -> Subject:
    """Of a function of all rows, which gives the values, or these and the slopes."""
    x = rows()

    def result() -> Any:
        found = function(x)
        value, slopes = (found, np.zeros(0)) if what == "value" else found
        return {"value": np.asarray(value), "gradient": np.asarray(slopes)} if what != "value" else {"value": value}

    return Subject(lambda: function(x), result)


def inversa(what: str) -> Subject:
    import inversa.autograd as xp
    from inversa.autograd import jit, value_and_grad, vmap

    def f(x: Any) -> Any:
        return small(x, xp)

    return mapped(what, jit(vmap(f if what == "value" else value_and_grad(f))))


def jax(what: str) -> Subject:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def f(x: Any) -> Any:
        return small(x, jnp)

    function = jax.jit(jax.vmap(f if what == "value" else jax.value_and_grad(f)))
    return mapped(what, lambda x: jax.block_until_ready(function(x)))


def by_hand(what: str) -> Subject:
    """NumPy, with the derivatives written out."""

    def both(x: Any) -> Any:
        first, second, third = x.T
        t, s = np.tanh(0.5 * first + 0.3), np.sin(second)
        slopes = np.stack([0.5 * (1 - t * t) * s, t * np.cos(second), 2 * third], axis=1)
        return t * s + third * third, slopes

    return mapped(what, both if what != "value" else lambda x: small(x.T, np))


VMAPPED: dict[str, Callable[[str], Subject]] = {"inversa jit": inversa, "jax": jax, "numpy": by_hand}
