"""Compiled functions are functions like any other: whatever differentiates them gives what it gives uncompiled."""

import gc
import operator
import threading
import tracemalloc
from functools import reduce
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import pytest

import inversa.autograd as ours
from inversa.autograd import (
    Operation,
    Tensor,
    TracingError,
    Value,
    detect_anomaly,
    exp,
    grad,
    gradcheck,
    hessian,
    hvp,
    jacobian,
    jit,
    jvp,
    maximum,
    no_grad,
    prod,
    relu,
    sin,
    softmax,
    tanh,
    value_and_grad,
    vjp,
    where,
)
from inversa.nn import MLP, Dropout, Linear, Module, Sequential

from ..numeric import close
from ..test_oracles import random_program

EXACT = 1e-12


# Random programs, under every transform.


def of_values(seed):
    """A function of two numbers and a Value that it closes over, and where to evaluate it."""
    generator = np.random.default_rng(seed)
    program = random_program(seed, inputs=3, length=10)
    w, x, y, u, v = (float(z) for z in generator.uniform(-1.5, 1.5, 5))
    leaf = Value(w)
    return (lambda x, y: program(ours, [x, y, leaf])), leaf, (x, y), (u, v)


STEPS = (
    lambda W, a, b: tanh(a @ W),
    lambda W, a, b: softmax(a) * b,
    lambda W, a, b: a * b.sum(axis=0, keepdims=True) * 0.3,
    lambda W, a, b: relu(a) - 0.5 * b,
    lambda W, a, b: a / (1 + b * b),
    lambda W, a, b: where(a > 0.1, a * b, b),
    lambda W, a, b: maximum(a, b) * 0.7,
    lambda W, a, b: a[::-1] + b[0],
    lambda W, a, b: sin(a) + (b * b).mean(),
    lambda W, a, b: a.T.reshape(b.shape) * 0.5 + b,
    lambda W, a, b: ours.concatenate([a[:, 1:], b[:, :1]], axis=1),
    lambda W, a, b: exp(-(a**2)) * W[0],
)


def of_arrays(seed):
    """A function of two arrays and a Tensor that it closes over, and where to evaluate it."""
    generator = np.random.default_rng(seed)
    chosen = [(STEPS[k], i, j) for k, i, j in generator.integers(0, [len(STEPS), 1 << 16, 1 << 16], (6, 3))]
    leaf = Tensor(generator.uniform(-1, 1, (3, 3)), requires_grad=True)

    def program(x, y):
        known = [x, y]
        for step, i, j in chosen:
            known.append(step(leaf, known[i % len(known)], known[j % len(known)]))
        return (known[-1] * known[-2]).sum() + (known[-3] * x).mean() * 0.5

    x, y, u, v = generator.uniform(-1.5, 1.5, (4, 2, 3))
    return program, leaf, (x, y), (u, v)


def weighted(f, tangents):
    """One number made of the gradients."""

    def total(*args):
        gradients = grad(f, (0, 1))(*args)
        terms = [g * u for g, u in zip(gradients, tangents, strict=True)]
        return reduce(operator.add, [term.sum() if np.shape(u) else term for term, u in zip(terms, tangents, strict=True)])

    return total


def everything(f, leaf, at, along):
    """What the transforms give, and a sweep to the leaf."""
    kind = Tensor if np.shape(at[0]) else Value
    leaf.grad = None
    x, y = (kind(a, requires_grad=True) for a in at)
    value = f(x, y)
    value.backward()
    second, third = weighted(f, along), weighted(weighted(f, along), along)
    return {
        "backward": [value.data, *("none" if z.grad is None else z.grad for z in (x, y, leaf))],
        "grad": grad(f, (0, 1))(*at),
        "grad grad": grad(second, (0, 1))(*at),
        "third": grad(third, (0, 1))(*at),
        "hessian": [hessian(f)(*at), hessian(f, 1)(*at)],
        "jvp": jvp(f, at, along),
        "vjp": vjp(f, *at)[1](1.7),
        "hvp": [hvp(lambda x: f(x, at[1]), at[0], along[0])],
    }


def assert_alike(f, compiled, *given):
    expected = everything(f, *given)
    for name, found in everything(compiled, *given).items():
        for a, b in zip(found, expected[name], strict=True):
            assert a == b == "none" if isinstance(b, str) else close(a, b, EXACT), name


PART = 50
PARTS = [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, 20))]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("programs", [of_values, of_arrays])
def test_random_programs(programs, part):
    for seed in range(PART * part, PART * part + (PART if part else 8)):
        f, *given = programs(seed)
        compiled = jit(f)
        assert_alike(f, compiled, *given)
        assert compiled.why_not is None
        if seed % 4 == 0:
            assert_alike(f, jit(lambda x, y, h=compiled: h(x, y)), *given)


@pytest.mark.parametrize("programs", [of_values, of_arrays])
@pytest.mark.parametrize(
    "transformed",
    [
        lambda f, u: lambda x, y: grad(f)(x, y),
        lambda f, u: lambda x, y: grad(weighted(f, u), 1)(x, y),
        lambda f, u: lambda x, y: hessian(f)(x, y),
        lambda f, u: lambda x, y: jvp(f, (x, y), u)[1],
        lambda f, u: lambda x, y: vjp(f, x, y)[1](1.7)[1],
        lambda f, u: lambda x, y: hvp(lambda z: f(z, y), x, u[0]),
    ],
)
def test_compiled_transforms_of_compiled_functions(programs, transformed):
    for seed in range(3):
        f, _, at, along = programs(seed)
        expected = transformed(f, along)(*at)
        for g in (f, jit(f)):
            compiled = jit(transformed(g, along))
            assert close(compiled(*at), expected, EXACT)
            assert compiled.why_not is None
