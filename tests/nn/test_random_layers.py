"""Layers with random settings and inputs: evaluated, compiled and mapped they give the same, and keep the same."""

import random

import numpy as np
import pytest

from inversa import nn
from inversa.autograd import grad, jit, vmap


def recurrent(r, rng):
    kind, first = r.choice([nn.RNN, nn.LSTM, nn.GRU]), r.random() < 0.5
    layer = kind(
        2, r.randint(1, 3), r.randint(1, 2), bias=r.random() < 0.5, batch_first=first, bidirectional=r.random() < 0.5,
        output=r.choice(["sequence", "last"]), truncate=r.choice([None, 2]), seed=0,
    )  # fmt: skip
    samples, steps = r.randint(1, 3), r.randint(1, 4)
    lengths = rng.integers(1, steps + 1, samples) if r.random() < 0.5 else None
    shape = (samples, steps, 2) if first else (steps, samples, 2)
    return layer, shape, {"lengths": lengths}


def attention(r, rng):
    heads, n, samples = r.randint(1, 2), r.randint(1, 4), r.randint(1, 3)
    size = 2 * heads
    masks = {
        "attn_mask": r.choice([None, rng.normal(size=(n, n)), np.triu(rng.random((n, n)) < 0.5, 1)]),
        "key_padding_mask": r.choice([None, np.arange(n) >= rng.integers(1, n + 1, (samples, 1))]),
    }
    settings = {"bias": r.random() < 0.5, "causal": r.random() < 0.5, "seed": 0}
    layers = [
        nn.MultiHeadAttention(size, heads, **settings),
        nn.TransformerBlock(size, heads, 3, activation="gelu", norm_first=r.random() < 0.5, **settings),
    ]
    return r.choice(layers), (samples, n, size), masks


def normalisation(r, rng):
    layers = [
        nn.BatchNorm1d(2, momentum=r.choice([0.1, None]), affine=r.random() < 0.5),
        nn.BatchNorm1d(2).eval(),
        nn.LayerNorm((2, 3), bias=r.random() < 0.5),
        nn.RMSNorm(3),
        nn.GroupNorm(r.choice([1, 2]), 2),
    ]
    return r.choice(layers), (r.randint(1, 3), 2, 3), {}


def convolution(r, rng):
    groups = r.choice([1, 2])
    settings = {"padding": r.randint(0, 1), "dilation": r.randint(1, 2), "groups": groups, "bias": r.random() < 0.5}
    layers = [nn.Conv2d(2, 4, 2, **settings, seed=0), nn.ConvTranspose2d(2, 4, 3, 2, **settings, seed=0)]
    return r.choice(layers), (r.randint(1, 2), 2, 5, 4), {}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("make", [recurrent, attention, normalisation, convolution], ids=lambda make: make.__name__)
def test_a_layer_is_the_same_evaluated_compiled_and_mapped(make, seed):
    r, rng = random.Random(f"{make.__name__} {seed}"), np.random.default_rng(seed)
    layer, shape, options = make(r, rng)
    for entries in [*layer.parameters(), *layer.buffers()]:
        if entries.ndim:
            entries[...] = rng.uniform(0.5, 1.5, entries.shape)
    xs, start = rng.normal(size=(3, *shape)), layer.state_dict()
    weights = rng.normal(size=layer(xs[0], **options).shape)

    def cost(x):
        return (layer(x, **options) * weights).sum()

    def run(gradients):
        layer.load_state_dict(start)
        return np.array(gradients()), layer.state_dict()

    slope = grad(cost)
    compiled, both, mapped = jit(slope), grad(jit(cost)), jit(vmap(slope))
    expected, kept = run(lambda: [slope(x) for x in xs])
    ways = [
        lambda: [compiled(x) for x in xs],
        lambda: [both(x) for x in xs],
        lambda: vmap(slope)(xs),
        lambda: mapped(xs),
    ]
    for way in ways:
        found, state = run(lambda way=way: [x.numpy() if hasattr(x, "numpy") else x for x in way()])
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
        for name, array in kept.items():
            np.testing.assert_allclose(state[name], array, rtol=1e-10)
    assert compiled.why_not is None
