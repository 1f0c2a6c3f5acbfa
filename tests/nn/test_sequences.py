"""Letters, windows of a series, and sequences of unequal lengths in batches."""

import numpy as np
import pytest

from inversa.autograd import Tensor, gradcheck, jit
from inversa.nn import GRU, Embedding, Linear, Module, Sequential, losses, metrics
from inversa.nn.data import Alphabet, SequenceBatches, pad_sequences, series_windows, words
from inversa.nn.sampling import sample

generator = np.random.default_rng(0)
LETTERS = Alphabet.of(["abcde"], ".")


def test_words_keep_to_their_rules():
    found = words(500, seed=0)
    assert found == words(500, seed=0) != words(500, seed=1)
    for word in found:
        assert 2 <= len(word) <= 8
        assert set(word[::2]) <= set("bdglmnrst")
        assert set(word[1::2]) <= set("aou") or set(word[1::2]) <= set("ei")


def test_letters_there_and_back():
    assert LETTERS.decode(LETTERS.encode("abba.")) == "abba."
    assert LETTERS.encode("").shape == (0,)
    assert len(LETTERS) == 6


@pytest.mark.parametrize(("ahead", "step"), [(1, 1), (3, 2)])
def test_windows_of_a_series(ahead, step):
    series = np.random.default_rng(0).normal(size=(20, 2))
    x, y = series_windows(series, 5, ahead=ahead, step=step)
    for i, (window, target) in enumerate(zip(x, y, strict=True)):
        np.testing.assert_array_equal(window, series[i * step : i * step + 5])
        np.testing.assert_array_equal(target, series[i * step + 4 + ahead])
    assert (len(x) - 1) * step + 5 + ahead <= 20 < len(x) * step + 5 + ahead  # all that there are


@pytest.mark.parametrize("side", ["right", "left"])
def test_padding(side):
    given = [np.arange(1.0, 7.0).reshape(3, 2), np.array([[9.0, 8.0]])]
    padded, lengths = pad_sequences(given, -1, length=4, side=side)
    assert padded.shape == (2, 4, 2)
    assert lengths.tolist() == [3, 1]
    for row, array in zip(padded, given, strict=True):
        n = len(array)
        np.testing.assert_array_equal(row[:n] if side == "right" else row[-n:], array)
        assert (np.delete(row, np.s_[:n] if side == "right" else np.s_[-n:], axis=0) == -1).all()


@pytest.mark.parametrize("side", ["right", "left"])
def test_every_sequence_comes_once_an_epoch_with_its_targets(side):
    texts = [LETTERS.encode(f".{'abcde' * (n % 3)}{'abcde'[n % 5]}.") for n in range(50)]
    batches = SequenceBatches(texts, batch_size=8, buckets=3, value=0, side=side, seed=0)
    epochs = []
    for _ in range(2):
        seen, number = [], 0
        for x, y, weights in batches:
            number += 1
            assert x.shape == y.shape == weights.shape
            assert x.shape[1] in batches.buckets
            assert len(x) <= 8
            for inputs, targets, w in zip(x, y, weights > 0, strict=True):
                assert (np.concatenate([inputs[w], targets[w][-1:]])[1:] == targets[w]).all()
                assert not targets[~w].any()
                seen.append(LETTERS.decode([*inputs[w], targets[w][-1]]))
        assert number == len(batches)
        assert sorted(seen) == sorted(map(LETTERS.decode, texts))
        epochs.append(seen)
    assert epochs[0] != epochs[1]
    first, second = (SequenceBatches(texts, batch_size=8, buckets=3, side=side, seed=0) for _ in range(2))
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(first, second, strict=True))
    plain = [x.shape[1] for x, *_ in SequenceBatches(texts, batch_size=8, buckets=3, shuffle=False)]
    assert plain == sorted(plain)


def test_sequences_of_several_types_have_one_in_all_batches():
    batches = SequenceBatches([[1, 2], [3.5]], iter([0, 1]), 1, buckets=(2,), value=0.5, shuffle=False)
    assert [x.tolist() for x, _ in batches] == [[[1.0, 2.0]], [[3.5, 0.5]]]


def test_a_target_a_sequence():
    sequences, classes = [[1, 2], [3], [4, 5, 6]], np.array([0, 1, 1])
    batches = SequenceBatches(sequences, classes, 2, buckets=(2, 3), shuffle=False)
    assert [(x.tolist(), y.tolist()) for x, y in batches] == [([[1, 2], [3, 0]], [0, 1]), ([[4, 5, 6]], [1])]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Alphabet("aba"), "every symbol once"),
        (lambda: Alphabet(""), "at least one"),
        (lambda: LETTERS.encode("abx"), "'x' is not in the alphabet '.abcde'"),
        (lambda: LETTERS.decode([6]), "numbers 0 to 5, and not 6"),
        (lambda: words(0), "number is"),
        (lambda: series_windows(np.zeros((3, 3, 3)), 2), r"shape \(n,\) or \(n, features\)"),
        (lambda: series_windows([1.0, 2.0], 2), "too few for a window of 2"),
        (lambda: series_windows([], 2), "too few for a window of 2"),
        (lambda: pad_sequences([]), "sequences is"),
        (lambda: pad_sequences([[1], []]), "sequence 1 has no steps"),
        (lambda: pad_sequences([[1, 2]], length=1), "longer than the length 1"),
        (lambda: pad_sequences([[[1, 2]], [[1]]]), "a step of sequence 1"),
        (lambda: pad_sequences([[1, 2], [3]], 0.5), "value is a number that sequences of int64 can hold"),
        (lambda: pad_sequences([[1, 2], [3]], np.nan), "value is .* int64"),
        (lambda: SequenceBatches([np.array([1, 2], np.uint8)], value=-1), "value is .* uint8"),
        (lambda: SequenceBatches([[1]]), "at least two steps"),
        (lambda: SequenceBatches([[1, 2], [3]], []), "2 sequences have 0 targets"),
        (lambda: SequenceBatches([[1, 2]], [0], buckets=1.5), "buckets is a positive integer"),
        (lambda: SequenceBatches([[1], [2]], [0]), "2 sequences have 1 targets"),
        (lambda: SequenceBatches([[1, 2]], [[1]]), "sequence 0 has 2 steps and 1 targets"),
        (lambda: SequenceBatches([[1, 2, 3]], [0], buckets=(2,)), "longer than all buckets"),
    ],
)
def test_what_does_not_fit_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


# Losses of steps.

X = np.zeros((2, 3))


def test_the_cross_entropy_of_sequences_is_that_of_all_their_steps():
    z, labels = generator.normal(size=(3, 4, 5)), generator.integers(5, size=(3, 4))
    rows = losses.cross_entropy(z.reshape(12, 5), labels.ravel(), reduction="none").numpy()
    for target in (labels, np.eye(5)[labels]):
        each = losses.cross_entropy(Tensor(z), target, reduction="none")
        np.testing.assert_allclose(each.numpy(), rows.reshape(3, 4), rtol=1e-15)
        assert losses.cross_entropy(z, target).item() == pytest.approx(rows.mean(), rel=1e-14)
    assert gradcheck(lambda z: losses.cross_entropy(z, labels), z)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_weights_of_steps_leave_out_what_was_added(reduction):
    x, y = generator.normal(size=(2, 3, 4)), generator.normal(size=(2, 3, 4))
    mask = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    counted = mask == 1
    expected = losses.mean_squared_error(x[counted], y[counted], reduction=reduction).item()
    prediction = Tensor(x, requires_grad=True)
    cost = losses.mean_squared_error(prediction, y, reduction=reduction, weights=mask)
    assert cost.item() == pytest.approx(expected, rel=1e-14)
    cost.backward()
    assert not prediction.grad[~counted].any()
    compiled = jit(lambda x, w: losses.mean_squared_error(x, y, reduction=reduction, weights=w))
    assert compiled(x, mask) == pytest.approx(expected, rel=1e-14)
    assert compiled.why_not is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: losses.cross_entropy(np.zeros((2, 3, 4)), [0, 1]), r"labels of shape \(2, 3\) or"),
        (
            lambda: losses.mean_squared_error(np.zeros((2, 3)), np.ones((2, 3)), weights=np.ones((2, 4))),
            r"\(2, 3\) for each step",
        ),
        (lambda: losses.mean_squared_error(np.zeros((2, 3)), np.ones((2, 3)), weights=np.zeros((2, 3))), "are all 0"),
        (lambda: sample([1.0], 0.0), "temperature"),
        (lambda: sample([np.nan, 1.0]), "finite numbers"),
        (lambda: sample([[0.0, 1.0], [-np.inf, -np.inf]]), "not for all classes"),
        (lambda: sample(1.0), r"the shape \(…, classes\)"),
    ],
)
def test_losses_and_samples_that_do_not_fit_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_samples_come_as_often_as_they_are_likely():
    p = np.array([0.5, 0.3, 0.2, 0.0])
    with np.errstate(divide="ignore"):
        z = np.log(p)
    drawn = sample(np.broadcast_to(z, (20_000, 4)), seed=0)
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 20_000, p, atol=0.015)
    cold = sample(np.broadcast_to(z, (20_000, 4)), 0.5, seed=0)
    np.testing.assert_allclose(np.bincount(cold, minlength=4) / 20_000, p**2 / (p**2).sum(), atol=0.015)
    for temperature in (1e-6, 1e-320):
        assert sample(Tensor(z[::-1]), temperature, seed=0).tolist() == 3


# Training on them.


def reader(**settings):
    model = Sequential(Embedding(14, 8, seed=0), GRU(8, 16, output="sequence", seed=1), Linear(16, 14, seed=2))
    model.compile(**{"loss": "cross_entropy", "optimizer": "adam", "lr": 0.02, "metrics": ["accuracy"]} | settings)
    return model


def test_a_model_of_letters_is_trained_on_batches_of_one_length_each():
    letters = Alphabet(".abdegilmnorst" + "u")
    texts = [letters.encode(f".{word}.") for word in words(200, seed=0)]
    model = Sequential(Embedding(15, 8, seed=0), GRU(8, 16, output="sequence", seed=1), Linear(16, 15, seed=2))
    model.compile(loss="cross_entropy", optimizer="adam", lr=0.02, metrics=["accuracy"])
    batches = SequenceBatches(texts, batch_size=40, buckets=2, seed=0)
    history = model.fit(batches, epochs=12)
    assert model.trainer.why_not is None
    assert history["loss"][-1] < 0.75 * history["loss"][0]
    assert history["accuracy"][-1] > history["accuracy"][0]
    assert metrics.perplexity(history["loss"][-1]) < 15
    shapes = {x.shape for x, *_ in batches}
    assert len(model.trainer.stepper.compiled._recordings) <= len(shapes)  # one for each that came, and no more
    measured = model.evaluate(batches)
    assert measured["accuracy"] > 0.25


def test_weights_of_steps_in_fit_are_as_if_the_others_were_not_there():
    rng = np.random.default_rng(0)
    x, y = rng.integers(14, size=(30, 5)), rng.integers(14, size=(30, 5))
    mask = np.ones((30, 5))
    mask[:, 3:] = 0
    one, other = reader(), reader()
    first = one.fit(x, y, sample_weight=mask, epochs=3, batch_size=10)
    second = other.fit(x[:, :3], y[:, :3], epochs=3, batch_size=10)
    for name in ("loss", "accuracy"):
        assert first[name] == pytest.approx(second[name], rel=1e-9)
    for name, array in one.state_dict().items():
        np.testing.assert_allclose(array, other.state_dict()[name], atol=1e-8)
    assert one.evaluate(x, y, mask) == pytest.approx(other.evaluate(x[:, :3], y[:, :3]), rel=1e-9)
    with pytest.raises(ValueError, match=r"\(30, 5\) for each step"):
        one.fit(x, y, sample_weight=mask[:, :4])


def test_weights_of_steps_are_streamed():
    da = pytest.importorskip("dask.array", reason="blocks need Dask: pip install 'inversa[dask]'")
    rng = np.random.default_rng(0)
    x, y = rng.integers(14, size=(30, 5)), rng.integers(14, size=(30, 5))
    w = (rng.random((30, 5)) < 0.5) * rng.random((30, 5))
    w[:7] = 0
    memory, streamed = reader(), reader()
    lazy = [da.from_array(array, chunks=(7, 5)) for array in (x, y)]
    expected = memory.fit(x, y, sample_weight=w, batch_size=4, shuffle=False, validation_data=(x, y, w))
    found = streamed.fit(*lazy, sample_weight=w, batch_size=4, shuffle=False, validation_data=(*lazy, w))
    for name, numbers in expected.history.items():
        assert found[name] == pytest.approx(numbers, rel=1e-12)


@pytest.mark.parametrize("shape", [(12, 4), (12, 4, 2)])
def test_metrics_leave_out_what_has_a_weight_of_0(shape):
    """Outputs of one number a step, and weights of every number, too."""
    x, y = generator.normal(size=(12, 4, 3)), generator.normal(size=shape)
    w = (generator.random(shape) < 0.5) * 1.0
    model = Sequential(Linear(3, shape[2], seed=0)) if len(shape) == 3 else Single()
    model.compile(loss="mse", optimizer="sgd", metrics=["mse"])
    model.fit(x, y, sample_weight=w)
    expected = ((model.predict(x) - y)[w > 0] ** 2).mean()
    measured = model.evaluate(x, y, w)
    assert measured["loss"] == pytest.approx(expected)
    assert measured["mse"] == pytest.approx(expected)


class Single(Module):
    def __init__(self):
        self.linear = Linear(3, 1, seed=0)

    def forward(self, x):
        return self.linear(x)[..., 0]


@pytest.mark.parametrize(
    ("y", "w", "message"),
    [
        (np.eye(14)[[0, 1]], np.ones((2, 14)), r"shape \(2,\), not \(2, 14\)"),
        (np.array([0, 1]), np.zeros(2), "all 0: there is nothing to learn from, or to measure"),
    ],
)
def test_weights_that_do_not_fit_are_refused_before_training(y, w, message, tmp_path):
    x, file = np.ones((2, 3)), tmp_path / "run.safetensors"
    model = Sequential(Linear(3, 14, seed=0))
    model.compile(loss="cross_entropy", metrics=["accuracy"])
    for weights in ({"sample_weight": w}, {"validation_data": (x, y, w)}):
        with pytest.raises(ValueError, match=message):
            model.fit(x, y, checkpoint=file, **weights)
        assert not file.exists()
