"""Data: mini-batches, what is done to data before training, and data sets to learn from."""

from inversa.nn.checks import check_count, check_finite, check_rows, check_weights
from inversa.nn.data._mnist import mnist
from inversa.nn.data.batching import batch_rows, batches
from inversa.nn.data.datasets import Dataset, circles, clients, digits, houses, iris, moons, xor
from inversa.nn.data.idx import read_idx
from inversa.nn.data.preprocessing import one_hot, split, standardize
from inversa.nn.data.sequences import Alphabet, SequenceBatches, pad_sequences, series_windows, words

__all__ = [
    # Mini-batches.
    "batches", "batch_rows",
    # Before training.
    "split", "standardize", "one_hot", "check_rows", "check_count", "check_finite", "check_weights",
    # Sequences.
    "Alphabet", "pad_sequences", "SequenceBatches", "series_windows", "words",
    # Data sets.
    "Dataset", "iris", "digits", "mnist", "moons", "circles", "xor", "houses", "clients", "read_idx",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
