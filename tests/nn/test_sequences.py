"""Letters, windows of a series, and sequences of unequal lengths in batches."""

import numpy as np
import pytest

from inversa.nn.data import Alphabet, SequenceBatches, pad_sequences, series_windows, words

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
            for inputs, targets, w in zip(x, y, weights == 1, strict=True):
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
        (lambda: pad_sequences([]), "sequences is"),
        (lambda: pad_sequences([[1], []]), "sequence 1 has no steps"),
        (lambda: pad_sequences([[1, 2]], length=1), "longer than the length 1"),
        (lambda: pad_sequences([[[1, 2]], [[1]]]), "a step of sequence 1"),
        (lambda: SequenceBatches([[1]]), "at least two steps"),
        (lambda: SequenceBatches([[1], [2]], [0]), "2 sequences have 1 targets"),
        (lambda: SequenceBatches([[1, 2]], [[1]]), "sequence 0 has 2 steps and 1 targets"),
        (lambda: SequenceBatches([[1, 2, 3]], [0], buckets=(2,)), "longer than all buckets"),
    ],
)
def test_what_does_not_fit_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
