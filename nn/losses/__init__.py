"""Losses: how far the outputs are from the targets.

Prediction first, target second, as in PyTorch; scikit-learn has them the other way round. What is added up or averaged
is in the name, and ``reduction`` changes it; nothing is scaled silently. All take Tensors, Values, and lists of Values
with one member (or one list of members) a sample. Losses for classes take *logits*, the outputs before sigmoid or
softmax, because only from those are they stable.
"""

from inversa.nn.losses.classification import (
    binary_cross_entropy,
    binary_cross_entropy_of_probabilities,
    cross_entropy,
    cross_entropy_of_probabilities,
    hinge,
    multilabel_cross_entropy,
)
from inversa.nn.losses.loss import Loss
from inversa.nn.losses.names import named
from inversa.nn.losses.regression import (
    absolute_error,
    half_mean_squared_error,
    half_squared_error,
    huber,
    mean_squared_error,
    squared_error,
)

__all__ = [
    # Regression.
    "squared_error", "mean_squared_error", "half_squared_error", "half_mean_squared_error", "absolute_error", "huber",
    # Classes.
    "cross_entropy", "binary_cross_entropy", "binary_cross_entropy_of_probabilities",
    "cross_entropy_of_probabilities", "multilabel_cross_entropy", "hinge",
    # What they are.
    "Loss", "named",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
