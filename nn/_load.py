"""load: a model from a file that says what it is made of."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from inversa.autograd.lazy import np
from inversa.nn import architecture, saving

if TYPE_CHECKING:
    from inversa.nn.module import Module

__all__ = ["load"]


def load(path: str | os.PathLike[str]) -> Module:
    """The model that was saved by its ``save``: its architecture and its parameters.

    Nothing in a file is executed. It names classes of `inversa.nn`, whose constructors check the arguments, and the
    model has no more numbers than there are in the file.

    Parameters
    ----------
    path : str or path
        A safetensors file.

    Returns
    -------
    Module
        Of the class that was saved, in the mode that it was in: that of training, or ``eval()``.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is damaged or something else; when the model has modules or functions of your own, or was saved
        by a version before 0.3: make one and call its ``load``.

    Examples
    --------
    >>> import tempfile
    >>> from inversa import nn
    >>> model = nn.Sequential(nn.Dense(2, 3, "tanh", seed=0), nn.Linear(3, 1, seed=1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(f"{folder}/model.safetensors")
    ...     again = nn.load(f"{folder}/model.safetensors")
    >>> again
    Sequential(
      (0): Dense(2, 3, tanh)
      (1): Linear(3, 1)
    )
    >>> again([1.0, 2.0]).item() == model([1.0, 2.0]).item()
    True
    """
    state, description = saving.read(path)
    shown = repr(os.fspath(path))
    if not isinstance(description, dict) or "lacking" in description:
        why = f" ({description['lacking']})" if isinstance(description, dict) else ""
        raise ValueError(f"{shown} does not say what its model is made of{why}: make the model, and call model.load(…)")
    try:
        model = architecture.rebuilt(description, entries=_entries(state))
        model.load_state_dict(state)
    except ValueError as error:
        raise ValueError(f"{shown}: {error}") from None
    return model


def _entries(state: Any) -> int:
    """How many numbers there are in a file."""
    return sum(np.size(array) for array in state.values()) if isinstance(state, dict) else 0
