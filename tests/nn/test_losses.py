"""Losses: numbers worked out by hand, agreement of Tensors with Values, stability, errors."""

import copy
import inspect
import pickle
from math import log

import numpy as np
import pytest

from inversa.autograd import Graph, Tensor, Value, grad, gradcheck, jit, softmax, softmax_cross_entropy, vmap
from inversa.nn.losses import (
    Loss,
    absolute_error,
    binary_cross_entropy,
    binary_cross_entropy_of_probabilities,
    cross_entropy,
    cross_entropy_of_probabilities,
    half_mean_squared_error,
    half_squared_error,
    hinge,
    huber,
    mean_squared_error,
    multilabel_cross_entropy,
    named,
    squared_error,
)
from inversa.nn.losses.names import NAMES


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


# Two samples with three outputs each: the four scalings of the lectures, worked out from (y − t)² = 1, 4, 0, 9, 0, 1.
PREDICTION, TARGET = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[0.0, 0.0, 3.0], [1.0, 5.0, 5.0]]


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (squared_error, 15.0),
        (mean_squared_error, 15 / 6),
        (half_squared_error, 15 / 2),
        (half_mean_squared_error, 15 / (2 * 2)),
        (absolute_error, (1 + 2 + 0 + 3 + 0 + 1) / 6),
        (huber, (0.5 + 1.5 + 0 + 2.5 + 0 + 0.5) / 6),
    ],
    ids=lambda x: getattr(x, "name", None),
)
def test_scalings(loss, expected):
    for prediction in (Tensor(PREDICTION), values(PREDICTION)):
        for target in (TARGET, np.array(TARGET), [np.array(row) for row in TARGET]):
            assert loss(prediction, target).item() == pytest.approx(expected, rel=1e-15)


def test_hubers_loss_is_a_parabola_and_then_a_line():
    for kind in (lambda e: Tensor(e, requires_grad=True), values):
        e = kind([-3.0, -0.5, 0.25, 0.5, 2.0])
        each = huber(e, [0.0] * 5, reduction="sum", delta=0.5)
        assert each.item() == pytest.approx(sum([1.375, 0.125, 0.03125, 0.125, 0.875]))
        each.backward()
        gradients = e.grad.tolist() if isinstance(e, Tensor) else [x.grad for x in e]
        assert gradients == [-0.5, -0.5, 0.25, 0.5, 0.5]


def test_hinge():
    for kind in (Tensor, values):
        z = kind([2.0, 0.5, -1.0, -2.0])
        assert hinge(z, [1, 1, 1, -1]).item() == (0 + 0.5 + 2 + 0) / 4


def test_multilabel_losses_add_up_in_a_sample():
    z, t = [[0.0, 1.0, -1.0], [2.0, 0.0, 0.5]], [[1, 0, 0], [1, 1, 0]]
    each = binary_cross_entropy(Tensor(z), t, "none").numpy()
    for logits in (Tensor(z), values(z)):
        assert multilabel_cross_entropy(logits, t).item() == pytest.approx(each.sum() / 2, rel=1e-15)


def test_probabilities_of_a_sigmoid_give_the_loss_of_its_logits():
    z, t = np.array([[0.3], [-4.0], [9.0]]), [[1], [0], [1]]
    for kind in (Tensor, values):
        p = kind(1 / (1 + np.exp(-z)))
        exact = binary_cross_entropy(Tensor(z), t).item()
        assert binary_cross_entropy_of_probabilities(p, t).item() == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("target", [[2, 0], [[0.0, 0.0, 1.0], [0.25, 0.5, 0.25]]])
def test_probabilities_of_a_softmax_give_the_loss_and_gradients_of_its_logits(target):
    z = np.array([[2.0, 1.0, 0.1], [0.0, -3.0, 5.0]])
    direct, through = Tensor(z, requires_grad=True), Tensor(z, requires_grad=True)
    cross_entropy(direct, target).backward()
    loss = cross_entropy_of_probabilities(through.softmax(), target)
    loss.backward()
    assert loss.item() == pytest.approx(cross_entropy(Tensor(z), target).item(), rel=1e-12)
    np.testing.assert_allclose(through.grad, direct.grad, rtol=1e-12)
    p = Tensor(z).softmax().numpy()
    for rows in (values(p), Tensor(p), p):
        assert cross_entropy_of_probabilities(rows, target).item() == pytest.approx(loss.item(), rel=1e-12)
    for one in (values(p[1]), Tensor(p[1])):  # a single sample
        each = cross_entropy_of_probabilities(Tensor(p), target, "none").tolist()
        assert cross_entropy_of_probabilities(one, target[1]).item() == pytest.approx(each[1], rel=1e-12)
    assert gradcheck(lambda x: cross_entropy_of_probabilities(x.softmax(), target), z)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_probability_of_0_has_a_finite_cross_entropy_and_no_gradient(dtype):
    p = Tensor([[1.0, 0.0], [1.0, 0.0]], requires_grad=True, dtype=dtype)
    loss = cross_entropy_of_probabilities(p, [0, 1], "none")
    assert loss.dtype == dtype
    assert loss.tolist() == pytest.approx([0.0, -np.log(np.finfo(dtype).tiny)])
    loss.sum().backward()
    assert p.grad.tolist() == [[-1.0, 0.0], [0.0, 0.0]]
    one = values([1.0, 0.0])
    loss = cross_entropy_of_probabilities(one, 1)
    loss.backward()
    assert (loss.item(), one[1].grad) == (pytest.approx(-np.log(np.finfo(float).tiny)), 0.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_that_were_rounded_have_a_finite_loss_and_gradient(dtype):
    p = Tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True, dtype=dtype)
    loss = binary_cross_entropy_of_probabilities(p, [0, 1, 1, 0], "none")
    eps = np.finfo(dtype).eps
    assert loss.dtype == dtype
    assert loss.numpy() == pytest.approx([eps, eps, -np.log(eps), -np.log(eps)], rel=1e-3)
    loss.sum().backward()
    assert p.grad.tolist() == [0.0] * 4


@pytest.mark.parametrize("loss", list(dict.fromkeys(NAMES.values())), ids=lambda loss: loss.name)
def test_reductions_and_weights(loss):
    """Weights 2, 0, 1 are the first sample twice, the second not at all; on Tensors and on Values."""
    rng = np.random.default_rng(0)
    z = rng.uniform(0.1, 0.9, (3, 1))
    z = np.hstack([z, 1 - z])  # probabilities, too
    t = {"hinge": np.array([[1, -1], [1, 1], [-1, 1]]), "cross_entropy": np.array([0, 1, 1])}.get(
        loss.name.removesuffix("_of_probabilities"), rng.integers(0, 2, (3, 2)).astype(float)
    )
    repeated = [0, 0, 2]
    for kind in (Tensor, values):
        for reduction in (None, "mean", "sum"):
            weighted = loss(kind(z), t, reduction, weights=[2, 0, 1]).item()
            assert weighted == pytest.approx(loss(kind(z[repeated]), t[repeated], reduction).item(), rel=1e-12)
        each = loss(kind(z), t, "none")
        entries = np.array(each.tolist() if isinstance(each, Tensor) else plain(each))
        assert entries.shape in ((3,), (3, 2))
        assert loss(kind(z), t, "sum").item() == pytest.approx(entries.sum(), rel=1e-12)
        assert loss(kind(z), t, "mean").item() == pytest.approx(entries.mean(), rel=1e-12)
        half = loss(kind(z), t, "none", weights=[0.5] * 3)
        assert np.array(half.tolist() if isinstance(half, Tensor) else plain(half)) == pytest.approx(entries / 2)


def plain(nested):
    return [plain(part) for part in nested] if isinstance(nested, list) else nested.item()


def test_float32_stays_float32_with_weights():
    z = Tensor(np.zeros((2, 2), "float32"), requires_grad=True)
    for loss, t in ((mean_squared_error, np.ones((2, 2))), (cross_entropy, [0, 1]), (binary_cross_entropy, np.eye(2))):
        for reduction in ("mean", "sum", "none"):
            assert loss(z, t, reduction, weights=[1.0, 2.0]).dtype == np.float32


SIGNS, ROWS = np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])


@pytest.mark.parametrize("kind", [np.asarray, Tensor, np.ndarray.tolist], ids=["array", "Tensor", "list"])
@pytest.mark.parametrize("loss", dict.fromkeys(NAMES.values()), ids=lambda loss: loss.name)
def test_targets_in_double_precision_widen_no_predictions(loss, kind):
    """Neither the loss nor what comes back: the first would be another number, the second another step."""
    target = SIGNS if loss is hinge else ROWS
    given = np.array([[0.3, 0.7], [0.9, 0.1]], "float32")
    z = Tensor(given, requires_grad=True)
    values_found = []
    for same in (kind(target), Tensor(target, dtype="float32")):
        cost = loss(z, same)
        assert cost.dtype == np.float32
        assert all(node.dtype == np.float32 for node in Graph(cost) if node.requires_grad)
        z.grad = None
        cost.backward()
        assert z.grad.dtype == np.float32
        values_found.append((cost.item(), z.grad.tolist()))
    assert values_found[0] == values_found[1]
    z.grad = None
    compiled = jit(lambda t: loss(z, t))
    np.testing.assert_allclose(compiled.backward(target), values_found[0][0], rtol=1e-5)
    assert compiled.why_not is None
    assert z.grad.dtype == np.float32
    np.testing.assert_allclose(z.grad, values_found[0][1], rtol=1e-5)


def test_losses_by_name():
    assert named("mse") is named("mean_squared_error") is mean_squared_error
    assert named(max) is max
    assert set(NAMES) >= {"cross_entropy", "multilabel_cross_entropy", "hinge", "huber", "half_squared_error"}
    with pytest.raises(
        ValueError, match=r"loss is one of .*cross_entropy.*, or a function of outputs and targets, not 'entropy'"
    ):
        named("entropy")


def test_a_loss_documents_itself_and_is_copied_as_itself():
    assert list(inspect.signature(huber).parameters) == ["prediction", "target", "reduction", "weights", "delta"]
    assert "P. J. Huber" in huber.__doc__
    assert repr(huber) == "<loss huber>"
    for loss in NAMES.values():
        assert isinstance(loss, Loss)
        assert pickle.loads(pickle.dumps(loss)) is copy.deepcopy(loss) is loss


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
        (
            lambda: cross_entropy(Tensor(np.zeros((2, 3))), [0.0, 1.0]),
            r"labels are integers from 0, not float64: write labels\.astype\(int\)",
        ),
        (lambda: cross_entropy(Tensor(np.zeros((1, 3))), [[1, 1, 0]]), "sum to 1"),
        (lambda: cross_entropy(Tensor(np.zeros((1, 1, 3))), [0]), r"integer labels of shape \(1, 1\)"),
        (lambda: cross_entropy(Tensor(np.zeros((0, 3))), np.zeros(0, int)), "no samples"),
        (lambda: cross_entropy(Tensor([[1.0, 2.0]], True).softmax(), [0]), "takes logits, but a softmax"),
        (lambda: binary_cross_entropy(Value(0.0).sigmoid(), 1), "takes logits, but a sigmoid"),
        (lambda: binary_cross_entropy(Tensor([0.0]), [2.0]), "targets .* between 0 and 1, not at 2.0"),
        (lambda: binary_cross_entropy_of_probabilities(Tensor([1.5]), [1.0]), "outputs .* not at 1.5; for logits use"),
        (
            lambda: cross_entropy_of_probabilities(Tensor([[0.5, 0.5], [2.0, 1.0]]), [0, 0]),
            r"1 in all for every sample, not \(2, 1\): .*output='softmax', or use cross_entropy",
        ),
        (lambda: cross_entropy_of_probabilities(Tensor([[1.5, -0.5]]), [0]), r"not \(1.5, -0.5\): .*cross_entropy"),
        (lambda: cross_entropy_of_probabilities(values([[2.0, 1.0]]), [0]), r"not \(2, 1\): .*cross_entropy"),
        (lambda: cross_entropy_of_probabilities(Tensor([[0.5, 0.5]]), [2]), "label 2 is none of the 2 classes"),
        (lambda: cross_entropy_of_probabilities(Tensor([[[1.0]]]), [0]), r"takes probabilities .* not \(1, 1, 1\)"),
        (lambda: cross_entropy(Tensor([[1.0, 2.0]], True).softmax(), [0]), "loss='cross_entropy_of_probabilities'"),
        (lambda: hinge(Tensor([0.0]), [0]), r"-1 and 1: write 2 \* labels - 1"),
        (lambda: huber(Tensor([0.0]), [0.0], delta=0.0), "delta is a positive number, not 0.0"),
        (lambda: mean_squared_error(Tensor([0.0, 1.0]), [1.0, 1.0], weights=[1.0]), r"of 2 samples .* not \(1,\)"),
        (lambda: mean_squared_error(Tensor([0.0, 1.0]), [1.0, 1.0], weights=[1.0, -1.0]), "not negative"),
        (lambda: mean_squared_error(Tensor([0.0, 1.0]), [1.0, 1.0], weights=[0.0, 0.0]), "weights .* are all 0"),
        (lambda: mean_squared_error(values([[1.0, 2.0]]) + values([[1.0]]), [[1.0, 2.0], [1.0]]), "same number of out"),
        (lambda: binary_cross_entropy(Tensor([0.0]), [1.0], "max"), "'mean', 'sum' or 'none', not 'max'"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


KINDS = "is a number, a Value, a Tensor, or a list or an array of numbers, such as .*, not "


@pytest.mark.parametrize(
    "wrong", [None, "cat", ["cat"], {}, {0.5}, 1j, object(), [None], np.array([1j]), np.array(["a"])]
)
@pytest.mark.parametrize("loss", sorted(set(NAMES.values()), key=repr), ids=repr)
def test_what_is_no_number_is_refused(loss, wrong):
    outputs, target, *_ = inspect.signature(loss).parameters
    for right in (Value(0.5), [Value(0.5), Value(0.5)], Tensor([0.5, 0.5]), [[0.5, 0.5]]):
        with pytest.raises(TypeError, match=f"^{target} {KINDS}"):
            loss(right, wrong)
        with pytest.raises(TypeError, match=f"^{outputs} {KINDS}"):
            loss(wrong, 1)
    with pytest.raises(TypeError, match=f"^{outputs} is a list of Values alone, or of numbers alone"):
        loss([Value(0.5), 0.5], [1.0, 0.0])
    with pytest.raises(ValueError, match="the samples do not all have the same number of outputs, or of targets"):
        loss([[0.5, 0.5], [0.5]], [[1.0, 0.0], [1.0]])


def test_texts_are_numbered():
    with pytest.raises(TypeError, match=r"not 'setosa': number the classes, np\.unique\(labels, return_inverse=True\)"):
        cross_entropy(Tensor([[0.0, 1.0]]), np.array(["setosa"]))


@pytest.mark.parametrize("loss", [cross_entropy, cross_entropy_of_probabilities])
def test_classes_of_values_are_checked_like_those_of_tensors(loss):
    for outputs in ([Value(0.5), Value(0.5)], Tensor([0.5, 0.5])):
        for label in (-1, 2):  # a Python list would take the -1 for its last
            with pytest.raises(ValueError, match=f"label {label} is none of the 2 classes 0 to 1"):
                loss(outputs, label)
    for one in (Value(0.5), Tensor(0.5), 0.5):
        with pytest.raises(ValueError, match=r"not \(\); for a single output use binary_cross_entropy"):
            loss(one, 1)
    with pytest.raises(ValueError, match=r"\(samples, classes\) or \(classes,\), not \(1, 1, 2\)"):
        loss([[[Value(0.5), Value(0.5)]]], [1])
    with pytest.raises(ValueError, match="of no classes"):
        loss([], 0)


def test_plain_numbers_are_predictions_too():
    assert mean_squared_error([1.0, 2.0], [0.0, 4.0]).item() == 2.5
    for prediction in ([1, 2], np.array([1, 2]), Tensor([1, 2])):
        assert mean_squared_error(prediction, [0.5, 1.5]).item() == 0.25  # nothing is rounded to integers
    assert binary_cross_entropy([0, 0], [0.9, 0.9]).item() == pytest.approx(log(2))
    assert cross_entropy([0, 0], 1).item() == pytest.approx(log(2))


def test_weights_of_a_single_sample():
    for one in (Value(2.0), Tensor(2.0)):
        assert squared_error(one, 0.0, weights=[0.5]).item() == 2.0
        assert squared_error(one, 0.0, "mean", weights=[0.5]).item() == 4.0
    assert squared_error(Tensor(2.0, dtype="float32"), 0.0, weights=[0.5]).dtype == np.float32


def test_rows_of_probabilities_widen_no_logits():
    z = Tensor(np.zeros((2, 2), "float32"))
    for rows in (np.eye(2), np.eye(2, dtype=int)):
        assert cross_entropy(z, rows).dtype == np.float32
    with pytest.raises(ValueError, match="sum to 1"):
        cross_entropy(z, [[1.5, -0.5], [1.0, 0.0]])


def test_decisions_at_the_border():
    assert binary_cross_entropy.decide(np.array([0.5, 0.4999])).tolist() == [1, 0]
    assert hinge.decide(np.array([0.0, 1e-300, -1.0])).tolist() == [-1, 1, -1]


def targets_of_classes(logits, labels):
    """What a loss for classes takes, by its name: each of its kinds of targets."""
    hot = np.eye(3)[labels]
    return {
        "cross_entropy": [labels, hot],
        "categorical_crossentropy": [hot],
        "cross_entropy_of_probabilities": [labels, hot],
        "hinge": [2 * hot - 1],
    }


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 2, 5)], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", NAMES)
def test_many_batches_at_once(name, weights):
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(4, 5, 3)), rng.integers(0, 3, (4, 5))
    outputs = softmax(logits, axis=-1) if "probabilities" in name else logits
    default = [np.eye(3)[labels]] if "binary" in name or "multilabel" in name else [logits + 1.0]

    def cost(z, t):
        return NAMES[name](z, t, weights=weights)

    for targets in targets_of_classes(logits, labels).get(name, default):
        pairs = list(zip(outputs, targets, strict=True))
        for f in (lambda z, t: cost(z, t) * 1.0, grad(cost)):
            each = [np.asarray(f(z, t)) for z, t in pairs]
            np.testing.assert_allclose(vmap(f)(outputs, targets), each, rtol=1e-13)
            compiled = jit(vmap(f))
            np.testing.assert_allclose(compiled(outputs, targets), each, rtol=1e-13)
            assert compiled.why_not is None
            shared = [np.asarray(f(z, targets[0])) for z in outputs]
            np.testing.assert_allclose(vmap(f, (0, None))(outputs, targets[0]), shared, rtol=1e-13)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("loss", [cross_entropy, cross_entropy_of_probabilities])
def test_targets_of_every_batch_are_looked_at(loss):
    outputs, labels = np.full((2, 3, 4), 0.25), np.array([[0, 1, 3], [2, 4, 0]])
    for f in (vmap(loss), jit(vmap(lambda z, t: loss(z, t)))):
        with pytest.raises(ValueError, match="label 4 is none of the 4 classes"):
            f(outputs, labels)
    with (
        pytest.warns(UserWarning, match="one sample after the other"),
        pytest.raises(ValueError, match="samples and classes"),
    ):
        vmap(lambda z, t: softmax_cross_entropy(z, target=t))(outputs[0], labels[0])
