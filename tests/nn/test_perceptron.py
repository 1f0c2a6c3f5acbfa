"""The perceptron: corrections by hand, convergence and its bound, what cannot be separated, errors."""

import numpy as np
import pytest

from inversa.autograd import Tensor
from inversa.nn.perceptron import ConvergenceWarning, Perceptron

SQUARE = [[0, 0], [0, 1], [1, 0], [1, 1]]
XOR = [0, 1, 1, 0]


def separable(margin, samples=200, seed=0):
    """Points of the square at least ``margin`` from the line 3x + 4y = 1, and on which side they are."""
    x = np.random.default_rng(seed).uniform(-1, 1, (samples, 2))
    distance = (x @ [3.0, 4.0] - 1) / 5
    x = x[abs(distance) >= margin]
    return x, (x @ [3.0, 4.0] > 1).astype(int)


def test_a_correction_by_hand():
    model = Perceptron(2)
    model.weight[...] = [[1.0, -2.0]]
    model.bias[...] = [0.5]
    # 3 − 10 + 0.5 < 0, so h = 0 and the correction is 0.5 · (1 − 0) · (3, 5); after it the answer is right
    model.fit([[3.0, 5.0]], [1], lr=0.5, epochs=1)
    assert model.weight.tolist() == [[2.5, 0.5]]
    assert model.bias.tolist() == [1.0]
    # 2.5 · 2 + 0.5 · 2 + 1 > 0, so h = 1 where 0 is wanted; the sample's weight 4 multiplies the correction
    model.fit([[2.0, 2.0]], [0], lr=0.5, epochs=1, sample_weight=[4.0])
    assert model.weight.tolist() == [[-1.5, -3.5]]
    assert model.bias.tolist() == [-1.0]


@pytest.mark.parametrize("targets", [[0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0], [0, 0, 1, 0], [1, 1, 1, 1]])
@pytest.mark.parametrize("settings", [{}, {"shuffle": False}, {"batch": True}, {"pocket": True}, {"lr": 0.1}])
def test_what_a_line_separates_is_learnt(targets, settings):
    model = Perceptron(2)
    history = model.fit(SQUARE, targets, **settings)
    assert history.converged
    assert history.remaining == 0
    assert history.epochs == len(history.errors) < 100
    assert history.errors[-1] == 0
    assert 0 not in history.errors[:-1]  # it stops as soon as it can
    assert model(SQUARE).tolist() == [[t] for t in targets]


def test_xor_is_not_learnt_and_a_warning_says_so():
    model = Perceptron(2)
    with pytest.warns(ConvergenceWarning, match=r"50 epochs, errors left: \d.*may not be linearly separable, as XOR"):
        history = model.fit(SQUARE, XOR, epochs=50)
    assert not history.converged
    assert history.epochs == 50
    assert min(history.errors) > 0
    assert history.remaining == np.count_nonzero(model(SQUARE).numpy().ravel() != XOR) > 0


@pytest.mark.parametrize("margin", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("batch", [False, True])
def test_the_bound_of_novikoff(margin, batch):
    x, y = separable(margin)
    inputs = np.column_stack([x, np.ones(len(x))])
    normal = np.array([3.0, 4.0, -1.0]) / np.sqrt(26)
    nearest = abs(inputs @ normal).min()
    longest = np.linalg.norm(inputs, axis=1).max()
    history = Perceptron(2).fit(x, y, epochs=10_000, batch=batch)
    assert history.converged
    if not batch:  # the theorem is about one correction at a time
        assert 0 < sum(history.errors) <= (longest / nearest) ** 2


def test_batch_corrections_by_hand():
    model = Perceptron(2)
    # at 0 all answers are 0: the first two samples are wrong, and their corrections are added
    history = model.fit([[1.0, 2.0], [3.0, -1.0], [-2.0, 1.0]], [1, 1, 0], batch=True, epochs=1)
    assert model.weight.tolist() == [[4.0, 1.0]]
    assert model.bias.tolist() == [2.0]
    assert (history.errors, history.remaining) == ([2], 0)  # the last correction was the one that was needed


def test_the_order_matters_sample_by_sample_and_not_in_a_batch():
    x, y = separable(0.05)
    x = np.round(x * 64) / 64  # so that sums are exact, in any order
    order = np.random.default_rng(1).permutation(len(x))
    weights = {}
    for batch in (False, True):
        for name, rows in (("as given", slice(None)), ("permuted", order)):
            model = Perceptron(2)
            model.fit(x[rows], y[rows], batch=batch, shuffle=False, epochs=10_000)
            weights[batch, name] = model.weight.tolist()
    assert weights[True, "as given"] == weights[True, "permuted"]
    assert weights[False, "as given"] != weights[False, "permuted"]


def test_a_seed_repeats_the_run_and_another_one_does_not():
    x, y = separable(0.02)
    runs = [Perceptron(2).fit(x, y, seed=seed, epochs=10_000).errors for seed in (3, 3, 4)]
    assert runs[0] == runs[1] != runs[2]


def test_a_batch_has_no_order_to_draw():
    x, y = separable(0.05)
    weights = []
    for seed in (1, 2):
        model = Perceptron(2)
        model.fit(x, y, batch=True, seed=seed, epochs=10_000)
        weights.append(model.weight.tolist())
    assert weights[0] == weights[1]  # to the last bit


def test_the_learning_rate_only_scales_what_started_at_zero():
    x, y = separable(0.05)
    one, quarter = Perceptron(2), Perceptron(2)
    assert one.fit(x, y, epochs=10_000) == quarter.fit(x, y, epochs=10_000, lr=0.25)
    np.testing.assert_array_equal(one.weight.numpy(), 4 * quarter.weight.numpy())


def test_learning_goes_on_from_the_present_weights():
    model = Perceptron(2)
    model.fit(SQUARE, [0, 0, 0, 1])
    before = model.state_dict()
    assert model.fit(SQUARE, [0, 0, 0, 1]).errors == [0]
    assert {name: array.tolist() for name, array in before.items()} == {
        name: array.tolist() for name, array in model.state_dict().items()
    }


def test_several_outputs_are_perceptrons_of_their_own():
    targets = np.array([[0, 0, 1], [0, 1, 1], [0, 1, 1], [1, 1, 0]])  # AND, OR, NAND
    model = Perceptron(2, 3)
    assert model.fit(SQUARE, targets, shuffle=False).converged
    assert model(SQUARE).tolist() == targets.tolist()
    for column in range(3):
        alone = Perceptron(2)
        alone.fit(SQUARE, targets[:, [column]], shuffle=False)
        assert alone.weight.tolist()[0] == model.weight.tolist()[column]
        assert alone.bias.tolist()[0] == model.bias.tolist()[column]


def test_the_pocket_keeps_the_best_weights_of_every_output():
    x = [[0.0], [1.0], [2.0], [3.0]]
    y = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])  # no threshold has less than 1 error for the first, 0 for the second
    model = Perceptron(1, 2)
    history = model.fit(x, y, pocket=True, epochs=200)
    assert (model(x).numpy() != y).sum(axis=0).tolist() == [1, 0]
    assert (history.remaining, history.converged) == (1, False)


def test_the_pocket_counts_by_sample_weight():
    x, y = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]
    for weights, answers in (([1, 5, 1, 1], [0, 1, 1, 1]), ([1, 1, 5, 1], [0, 0, 0, 1])):
        model = Perceptron(1)
        model.fit(x, y, pocket=True, epochs=500, sample_weight=weights)
        assert model(x).numpy().ravel().tolist() == answers


@pytest.mark.parametrize("seed", range(5))
def test_the_pocket_is_never_worse_than_what_came_last_or_first(seed):
    x, y = separable(0.05)
    y = np.where(np.random.default_rng(2).random(len(y)) < 0.1, 1 - y, y)  # a tenth of the targets are wrong
    model, last = Perceptron(2), Perceptron(2)
    with pytest.warns(ConvergenceWarning):
        without = last.fit(x, y, epochs=5, seed=seed)
    history = model.fit(x, y, pocket=True, epochs=5, seed=seed)
    assert history.errors == without.errors  # it only watches
    assert history.remaining < without.remaining
    assert model.fit(x, y, pocket=True, epochs=1, seed=seed + 1).remaining <= history.remaining


def test_a_sample_of_weight_zero_is_left_out():
    model = Perceptron(2)
    history = model.fit(SQUARE, XOR, sample_weight=[1, 1, 1, 0])
    assert history.converged
    assert model(SQUARE[:3]).tolist() == [[0], [1], [1]]


def test_float32_stays_float32():
    model = Perceptron(2, dtype="float32")
    model.fit(np.array(SQUARE, dtype=np.float64), np.array([False, False, False, True]), sample_weight=np.ones(4))
    assert model.weight.dtype == model.bias.dtype == model(np.float32(SQUARE)).dtype == np.float32


def test_shapes_and_a_gradient_of_zero():
    model = Perceptron(3, 2)
    model.weight[...] = [[1, 2, 3], [-1, -2, -3]]
    assert model.parameter_count() == 8
    assert repr(model) == "Perceptron(3, 2)"
    assert model([1.0, 1.0, 1.0]).tolist() == [1.0, 0.0]
    assert model(np.ones((5, 4, 3))).shape == (5, 4, 2)
    model(Tensor([[1.0, 1.0, 1.0]])).sum().backward()
    assert not model.weight.grad.any()


BAD = [
    ({"x": [[0, 0], [0, np.nan], [1, 0], [1, 1]]}, "x has nan in row 1, column 1"),
    ({"x": [[0, 0], [0, 1], [-np.inf, 0], [1, 1]]}, "x has -inf in row 2, column 0"),
    ({"x": np.zeros((4, 3))}, r"shape \(samples, 2\) for Perceptron\(2, 1\), not \(4, 3\)"),
    ({"x": np.zeros(4)}, r"shape \(samples, 2\) for Perceptron\(2, 1\), not \(4,\)"),
    ({"y": [0, 0, -1, 1]}, "targets are 0 or 1, not -1 as in row 2"),
    ({"y": [0.0, np.nan, 0.0, 1.0]}, "targets are 0 or 1, not nan as in row 1"),
    ({"y": np.zeros((4, 2))}, r"shape \(samples, 1\) for Perceptron\(2, 1\), not \(4, 2\)"),
    ({"y": [0, 1, 1]}, r"their shapes are \(4, 2\) and \(3,\)"),
    ({"x": np.zeros((0, 2)), "y": []}, "no samples"),
    ({"sample_weight": [1, 1, 1]}, r"4 samples have the shape \(4,\), not \(3,\)"),
    ({"sample_weight": [1, 1, 1, -1]}, "weights of samples are finite and not negative"),
    ({"sample_weight": [1, 1, 1, np.inf]}, "weights of samples are finite"),
    ({"sample_weight": [0, 0, 0, 0]}, "all 0: there is nothing to learn from"),
    ({"epochs": 0}, "epochs is a positive integer, not 0"),
    ({"lr": -1.0}, "the learning rate is a positive number, not -1.0"),
    ({"lr": np.nan}, "the learning rate is a positive number, not nan"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_input_is_refused_and_changes_nothing(change, message):
    model = Perceptron(2)
    with pytest.raises(ValueError, match=message):
        model.fit(**{"x": SQUARE, "y": [0, 0, 0, 1], **change})
    assert not model.weight.numpy().any()
    assert not model.bias.numpy().any()
    with pytest.raises(ValueError, match=r"y has the shape \(samples, 2\)"):
        Perceptron(2, 2).fit(SQUARE, XOR)
