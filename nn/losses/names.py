"""Losses by name, as ``compile(loss="mse")`` takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from inversa.autograd import checks
from inversa.nn.losses import classification, regression
from inversa.nn.losses.loss import Loss

NAMES: dict[str, Loss] = {
    loss.name: loss
    for module in (regression, classification)
    for loss in vars(module).values()
    if isinstance(loss, Loss)
}
# Keras's names.
NAMES |= {
    "mse": regression.mean_squared_error,
    "mae": regression.absolute_error,
    "binary_crossentropy": classification.binary_cross_entropy,
    "categorical_crossentropy": classification.cross_entropy,
}

Name = Literal[  # the keys of NAMES, for type checkers and editors
    "squared_error", "mean_squared_error", "half_squared_error", "half_mean_squared_error", "absolute_error", "huber",
    "cross_entropy", "binary_cross_entropy", "binary_cross_entropy_of_probabilities",
    "cross_entropy_of_probabilities", "multilabel_cross_entropy", "hinge", "mse", "mae",
    "binary_crossentropy", "categorical_crossentropy",
]  # fmt: skip

FOREIGN = ("numpy", "scipy", "sklearn", "torch", "jax", "keras", "tensorflow")
OTHERWISE = "a function of outputs and targets"


def named(name: Name | Callable[..., Any]) -> Callable[..., Any]:
    """The loss of that name; a loss, or a function ``f(outputs, targets)``, is returned as it is.

    Raises
    ------
    ValueError
        For a name that is none of them; the error lists those that are.
    TypeError
        For a class, and for a function of NumPy, scikit-learn or PyTorch, which this library cannot differentiate.

    Examples
    --------
    >>> from inversa.nn import losses
    >>> losses.named("mse")
    <loss mean_squared_error>
    """
    if isinstance(name, type):
        raise TypeError(f"a loss is a function: write {name.__name__}(…), with its settings")
    if callable(name):
        origin = (getattr(name, "__module__", None) or type(name).__module__).partition(".")[0]
        if origin in FOREIGN:
            raise TypeError(
                f"loss={checks.shown(name)} of {origin} cannot be differentiated here: use one of inversa.nn.losses, "
                "such as 'mse', or write it with the operations of inversa.autograd"
            )
        return name
    return NAMES[checks.choice("loss", str.lower(name) if hasattr(name, "lower") else name, NAMES, OTHERWISE)]
