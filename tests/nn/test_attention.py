"""Attention: where no head may look, what is refused, and training."""

import numpy as np
import pytest

from inversa.autograd import Tensor, gradcheck
from inversa.nn import (
    Embedding,
    Linear,
    MultiHeadAttention,
    PositionalEmbedding,
    PositionalEncoding,
    Sequential,
    TransformerBlock,
)

generator = np.random.default_rng(0)
X = generator.normal(size=(2, 4, 6))


def test_a_causal_layer_does_not_look_ahead():
    layer = TransformerBlock(6, 2, causal=True, seed=0)
    changed = X.copy()
    changed[:, 2:] += 1.0
    np.testing.assert_array_equal(layer(X).numpy()[:, :2], layer(changed).numpy()[:, :2])
    assert not np.allclose(layer(X).numpy()[:, 2:], layer(changed).numpy()[:, 2:])
    weights = layer.self_attn.weights(X).numpy()
    np.testing.assert_allclose(weights.sum(-1), 1.0)
    assert not weights[..., np.triu_indices(4, 1)[0], np.triu_indices(4, 1)[1]].any()


def test_what_stands_for_nothing_changes_nothing():
    layer = MultiHeadAttention(6, 3, seed=0)
    padding = np.array([[False, False, False, True]] * 2)
    longer, shorter = layer(X, key_padding_mask=padding), layer(X[:, :3])
    np.testing.assert_allclose(longer.numpy()[:, :3], shorter.numpy(), atol=1e-15)
    x = Tensor(X, requires_grad=True)
    layer(x, key_padding_mask=padding)[:, :3].sum().backward()
    assert not x.grad[:, 3].any()


def test_second_derivatives():
    layer = MultiHeadAttention(2, 2, causal=True, seed=0)
    w = generator.normal(size=(1, 3, 2))
    assert gradcheck(lambda x: (w * layer(x)).sum(), generator.normal(size=(1, 3, 2)), order=2)


def test_a_block_trains_compiled_and_drops_the_same_in_both_ways():
    def model():
        block = TransformerBlock(6, 2, dropout=0.2, norm_first=True, causal=True, seed=2)
        parts = Embedding(5, 6, seed=0), PositionalEmbedding(4, 6, seed=1), block, Linear(6, 5, seed=3)
        model = Sequential(*parts)
        model.compile(loss=lambda scores, y: -(scores.log_softmax(-1) * y).sum() * (1 / 16), optimizer="adam")
        return model

    numbers = generator.integers(5, size=(16, 4))
    wanted = np.eye(5)[(numbers + 1) % 5]
    compiled, evaluated = model(), model()
    evaluated.trainer.stepper.compiled.replay = lambda *_: None
    for each in (compiled, evaluated):
        each.fit(numbers, wanted, epochs=3, batch_size=8)
    assert compiled.trainer.why_not is None
    for name, array in compiled.state_dict().items():
        np.testing.assert_allclose(array, evaluated.state_dict()[name], atol=1e-9)


def test_positions():
    waves = PositionalEncoding(6)(np.zeros((50, 6)))
    np.testing.assert_allclose(waves[:, 0], np.sin(np.arange(50)), atol=1e-12)
    np.testing.assert_allclose(waves[:, 5], np.cos(np.arange(50) / 10_000 ** (4 / 6)), atol=1e-12)
    np.testing.assert_array_equal(PositionalEncoding(6)(np.ones((50, 6), int)), 1 + waves)
    layer = PositionalEmbedding(5, 6, seed=0)
    np.testing.assert_array_equal(layer(X).numpy(), X + layer.weight.numpy()[:4])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: MultiHeadAttention(6, 4), "6 numbers cannot be shared out among 4 heads"),
        (lambda: MultiHeadAttention(6, 2)(X[..., :5]), r"query of shape \(…, n, 6\), not \(2, 4, 5\)"),
        (lambda: MultiHeadAttention(6, 2)(X, X[:, :3], X), "a value belongs to each key"),
        (lambda: MultiHeadAttention(6, 2)(X, X[:1]), "as many samples to each of the three"),
        (lambda: MultiHeadAttention(6, 2, causal=True)(X, X[:, :3]), "not 4 queries with 3 keys"),
        (lambda: MultiHeadAttention(6, 2)(X, attn_mask=np.zeros((3, 4), bool)), r"attn_mask has the shape \(4, 4\)"),
        (lambda: MultiHeadAttention(6, 2)(X, key_padding_mask=np.zeros((2, 3), bool)), "booleans in the shape"),
        (lambda: MultiHeadAttention(6, 2)(X, key_padding_mask=np.zeros((2, 4))), "not float64 of the shape"),
        (lambda: MultiHeadAttention(6, 2)(X, key_padding_mask=np.ones((2, 4), bool)), "nothing to look at"),
        (lambda: MultiHeadAttention(6, 2)(X, attn_mask=np.eye(4, dtype=int)), "not int64: write mask == 1"),
        (lambda: MultiHeadAttention(6, 2, bias="no"), "bias is True or False"),
        (lambda: PositionalEncoding(5), "embed_dim is even, not 5"),
        (lambda: PositionalEncoding(4)(X), r"inputs of shape \(…, n, 4\), not \(2, 4, 6\)"),
        (lambda: PositionalEmbedding(3, 6)(X), "has 3 positions, and the sequence 4"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
