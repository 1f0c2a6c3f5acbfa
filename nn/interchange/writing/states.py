"""Layers that do more than compute, which a file does not: they draw random numbers, or keep averages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inversa.nn.batch_norm import BatchNorm1d, BatchNorm2d
from inversa.nn.bayes import BayesianLinear
from inversa.nn.dropout import Dropout
from inversa.nn.interchange.errors import InterchangeError


def check_states(modules: Iterable[Any]) -> None:
    """Raise for a layer whose state is not one of use, by its name.

    Raises
    ------
    InterchangeError
    """
    for module in modules:
        match module:
            case BatchNorm1d(training=True) | BatchNorm2d(training=True) if module.running_mean is not None:
                why = "is in training, and keeps averages: call model.eval() first, or make it with "
                raise InterchangeError(f"{module!r} {why}track_running_stats=False")
            case Dropout(training=True) if module.p:
                raise InterchangeError(f"{module!r} is in training, and draws random numbers: call model.eval() first")
            case BayesianLinear(sampling=True):
                why = "draws its weights: call bayes.set_sampling(model, False) first, which leaves their means"
                raise InterchangeError(f"{module!r} {why}")
