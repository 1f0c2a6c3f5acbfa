"""Keywords: a misspelt or foreign argument of a training verb is answered with the one that was meant."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

from inversa.autograd import checks

P = ParamSpec("P")
R = TypeVar("R")

# What other libraries and textbooks call an argument, where the spelling alone does not tell.
ELSEWHERE = {
    "validation_size": "validation_split",
    "validation_fraction": "validation_split",
    "test_size": "validation_split",
    "learning_rate": "lr",
    "eta": "lr",
    "criterion": "loss",
    "loss_fn": "loss",
    "objective": "loss",
    "solver": "optimizer",
    "regularizer": "penalty",
    "kernel_regularizer": "penalty",
    "weight_decay": "penalty",
    "l2": "penalty",
    "scheduler": "schedule",
    "decay": "schedule",
    "transform": "augment",
    "iterations": "epochs",
    "max_iter": "epochs",
    "verbose": "progress",
    "random_state": "seed",
}

_VERBS: dict[str, list[str]] = {}  # the arguments of each


def spelled(verb: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a function say which argument was meant when it is called with one that it does not have.

    Examples
    --------
    >>> from inversa.nn.training.keywords import spelled
    >>> @spelled("stretch")
    ... def stretch(x, factor=1.0):
    ...     return factor * x
    >>> stretch(3.0, factr=2.0)
    Traceback (most recent call last):
    ...
    TypeError: stretch() has no argument 'factr': did you mean 'factor'?
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        known = [name for name in inspect.signature(function).parameters if name not in ("self", "model")]
        _VERBS[verb] = known

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            for name in kwargs:
                if name not in known and name != "model":
                    raise _unknown(verb, name)
            return function(*args, **kwargs)

        return checked

    return decorate


def _unknown(verb: str, name: str) -> TypeError:
    """The error for an argument that a verb does not have."""
    verbs = [verb, *(other for other in _VERBS if other != verb)]
    for other in verbs:
        meant = _meant(name, _VERBS[other])
        if meant:
            where = "" if other == verb else f" of {other}()"
            return TypeError(f"{verb}() has no argument {name!r}: did you mean {meant!r}{where}?")
    return TypeError(f"{verb}() has no argument {name!r}; it has {', '.join(_VERBS[verb])}")


def _meant(name: str, known: Iterable[str]) -> str:
    """The argument that is most likely meant, or ""."""
    names = {name: name for name in known}
    names |= {foreign: own for foreign, own in ELSEWHERE.items() if own in names}
    plain = name.lower()
    beginning = (other for other in names if other.startswith(f"{plain}_"))
    near = checks.nearest(plain, names, 0.7) or next(beginning, "")
    return names[near] if near else ""
