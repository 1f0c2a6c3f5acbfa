"""Losses of PyTorch's by what they are called: ours with the same numbers."""

from __future__ import annotations

from typing import Any

from inversa.nn.interchange.errors import InterchangeError

NAMES = {
    "MSELoss": "mean_squared_error", "mse_loss": "mean_squared_error",
    "L1Loss": "absolute_error", "l1_loss": "absolute_error",
    "HuberLoss": "huber", "huber_loss": "huber", "SmoothL1Loss": "huber", "smooth_l1_loss": "huber",
    "CrossEntropyLoss": "cross_entropy", "cross_entropy": "cross_entropy",
    "BCELoss": "binary_cross_entropy_of_probabilities", "binary_cross_entropy": "binary_cross_entropy_of_probabilities",
    "BCEWithLogitsLoss": "binary_cross_entropy", "binary_cross_entropy_with_logits": "binary_cross_entropy",
}  # fmt: skip

# Settings, and what they are by default.
USUAL = {"reduction": "mean", "weight": None, "pos_weight": None, "label_smoothing": 0.0, "delta": 1.0, "beta": 1.0}


def loss_for(loss: Any) -> Any:
    """The name of our loss for one of PyTorch's, a module or a function; anything else as it is.

    Raises
    ------
    InterchangeError
        For a loss that we do not have, or that is set in another way than usual.
    """
    origin = getattr(loss, "__module__", None) or type(loss).__module__
    if isinstance(loss, (str, type)) or loss is None or not str(origin).startswith("torch."):
        return loss
    name = getattr(loss, "__name__", type(loss).__name__)
    set_otherwise = [key for key, usual in USUAL.items() if getattr(loss, key, usual) != usual]
    if name not in NAMES or set_otherwise or getattr(loss, "ignore_index", -100) not in (-100, None):
        settings = f" with {', '.join(set_otherwise)}" if set_otherwise else ""
        raise InterchangeError(
            f"there is no loss of ours for PyTorch's {name}{settings}: name one of ours, such as loss='mse'"
        )
    return NAMES[name]
