"""Losses by name, as ``compile(loss="mse")`` takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


def named(name: str | Callable[..., Any]) -> Callable[..., Any]:
    """The loss of that name; a loss, or a function ``f(outputs, targets)``, is returned as it is.

    Raises
    ------
    ValueError
        For a name that is none of them; the error lists those that are.

    Examples
    --------
    >>> from inversa.nn import losses
    >>> losses.named("mse")
    <loss mean_squared_error>
    """
    if isinstance(name, type):
        raise TypeError(f"a loss is a function: write {name.__name__}(…), with its settings")
    if callable(name):
        return name
    if name.lower() not in NAMES:
        raise ValueError(f"there is no loss {name!r}: use one of {', '.join(NAMES)}, or a function")
    return NAMES[name.lower()]
