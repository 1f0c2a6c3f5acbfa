"""Losses: numbers worked out by hand, agreement of Tensors with Values, stability, errors."""

from math import log

import numpy as np
import pytest

from inversa.autograd import Tensor, Value
from inversa.nn.losses import binary_cross_entropy, cross_entropy, mean_squared_error, squared_error


def values(array):
    array = np.asarray(array, dtype=float)
    return [values(row) for row in array] if array.ndim > 1 else [Value(x) for x in array.tolist()]


def test_squared_error():
    h = Value(0.5)
    J = squared_error(h, 0.88)
    J.backward()
    assert (J.data, h.grad) == (pytest.approx(0.38**2), pytest.approx(-0.76))
    assert squared_error(values([1.0, 2.0]), [0.0, 4.0]).item() == 5.0
    assert squared_error(Tensor([1.0, 2.0]), [0.0, 4.0]).item() == 5.0


def test_mean_squared_error():
    prediction = Tensor([[1.0], [2.0]], requires_grad=True)
    J = mean_squared_error(prediction, [[0.0], [4.0]])
    J.backward()
    assert J.item() == 2.5
    assert prediction.grad.tolist() == [[1.0], [-2.0]]
    assert mean_squared_error(values([1.0, 2.0]), [0, 4]).item() == 2.5
    assert mean_squared_error(Value(3.0), 1).item() == 4.0
    assert J.module == "loss"


def test_a_target_may_be_a_node():
    y = Value(0.88)
    squared_error(Value(0.5), y).backward()
    assert y.grad == pytest.approx(0.76)
    t = Tensor([1.0], requires_grad=True)
    mean_squared_error(Tensor([3.0]), t).backward()
    assert t.grad.tolist() == [-4.0]


def test_the_lectures_cross_entropy():
    # p = 0.9 at 3 and 0.1 at 8, y = 3. Logits are logarithms of probabilities; what is impossible has a very small one.
    logits = np.full(10, -1000.0)
    logits[3], logits[8] = log(0.9), log(0.1)
    one_hot = np.eye(10)[3]
    for z in (Tensor(logits), values(logits)):
        assert cross_entropy(z, 3).item() == pytest.approx(0.1054, abs=5e-5)
        assert cross_entropy(z, one_hot).item() == pytest.approx(-log(0.9))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_cross_entropy_of_labels_one_hot_rows_tensors_and_values_is_the_same(reduction):
    rng = np.random.default_rng(0)
    z, labels = rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    expected = sum(np.log(np.exp(row).sum()) - row[label] for row, label in zip(z, labels, strict=True))
    expected /= 5 if reduction == "mean" else 1
    for logits in (Tensor(z), values(z)):
        for target in (labels, np.eye(3)[labels], labels.tolist()):
            assert cross_entropy(logits, target, reduction).item() == pytest.approx(expected, rel=1e-12)


def test_the_gradient_of_cross_entropy_is_softmax_minus_target():
    z = Tensor([[2.0, 1.0, 0.1], [0.0, 0.0, 0.0]], requires_grad=True)
    cross_entropy(z, [0, 2]).backward()
    p = np.exp(z.data) / np.exp(z.data).sum(axis=1, keepdims=True)
    assert np.allclose(z.grad, (p - np.eye(3)[[0, 2]]) / 2, atol=1e-15)


def test_binary_cross_entropy():
    z, t = np.array([0.3, -1.2, 2.0]), np.array([1.0, 0.0, 0.25])
    p = 1 / (1 + np.exp(-z))
    expected = -(t * np.log(p) + (1 - t) * np.log(1 - p))
    for logits in (Tensor(z), values(z)):
        assert binary_cross_entropy(logits, t).item() == pytest.approx(expected.mean())
        assert binary_cross_entropy(logits, t, reduction="sum").item() == pytest.approx(expected.sum())
    assert binary_cross_entropy(Value(0.0), 1).item() == pytest.approx(log(2))


@pytest.mark.parametrize("kind", [lambda z: Tensor(z, requires_grad=True), values], ids=["Tensor", "Values"])
def test_stable_for_logits_of_1000(kind):
    z = kind([1000.0, -1000.0, 0.0])
    nodes = [z] if isinstance(z, Tensor) else z
    for loss, exact in [
        (cross_entropy(z, 0), 0.0),
        (cross_entropy(z, 1), 2000.0),
        (binary_cross_entropy(z, [1, 0, 1], "sum"), log(2)),
        (binary_cross_entropy(z, [0, 1, 1], "sum"), 2000 + log(2)),
    ]:
        assert loss.item() == pytest.approx(exact)
        loss.backward()
        assert all(np.isfinite(node.grad).all() for node in nodes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: mean_squared_error(Tensor([[1.0], [2.0]]), [1.0, 2.0]),
            r"shape \(2, 1\).*shape \(2,\).*targets\[:, None\]",
        ),
        (lambda: mean_squared_error(values([1.0, 2.0]), [1.0]), r"shape \(2,\).*shape \(1,\)"),
        (lambda: squared_error(Value(1.0), [1.0]), r"shape \(\).*shape \(1,\)"),
        (lambda: mean_squared_error(Tensor(np.zeros((0, 2))), np.zeros((0, 2))), "no samples"),
        (lambda: mean_squared_error([], []), "no samples"),
        (lambda: cross_entropy(Tensor(np.zeros((2, 3))), [0, 1, 2]), r"\(2, 3\).*\(2,\).*\(3,\)"),
        (lambda: cross_entropy(Tensor(np.zeros((2, 3))), [0, 3]), "label 3 is none of the 3 classes"),
        (lambda: cross_entropy(Tensor(np.zeros((2, 3))), [-1, 0]), "label -1 is none"),
        (lambda: cross_entropy(Tensor(np.zeros((2, 3))), [0.0, 1.0]), "labels are integers, not float64"),
        (lambda: cross_entropy(Tensor(np.zeros((1, 3))), [[1, 1, 0]]), "sum to 1"),
        (lambda: cross_entropy(Tensor(np.zeros((1, 1, 3))), [0]), r"not \(1, 1, 3\)"),
        (lambda: cross_entropy(Tensor(np.zeros((0, 3))), np.zeros(0, int)), "no samples"),
        (lambda: cross_entropy(Tensor([[1.0, 2.0]], True).softmax(), [0]), "takes logits, but a softmax"),
        (lambda: binary_cross_entropy(Value(0.0).sigmoid(), 1), "takes logits, but a sigmoid"),
        (lambda: binary_cross_entropy(Tensor([0.0]), [2.0]), "between 0 and 1"),
        (lambda: binary_cross_entropy(Tensor([0.0]), [1.0], "max"), "'mean', 'sum' or 'none', not 'max'"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
