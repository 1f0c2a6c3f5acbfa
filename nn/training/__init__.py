"""Training: the loop over epochs and mini-batches, what happens between them, and what is kept."""

from inversa.nn.training.callbacks import Callback, EarlyStopping
from inversa.nn.training.history import History
from inversa.nn.training.stepper import DivergenceError
from inversa.nn.training.trainer import Trainer

__all__ = ["Callback", "DivergenceError", "EarlyStopping", "History", "Trainer"]


def __dir__() -> list[str]:
    return __all__
