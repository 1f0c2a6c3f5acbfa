"""What the settings of an optimiser may be."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from numbers import Real
from typing import Any


def checked(name: str, setting: Any) -> Any:
    """The setting as it will be used: numbers as floats. One whose name is not known here is left as it is.

    Raises
    ------
    ValueError
        When it has an impossible value.

    Examples
    --------
    >>> from inversa.nn.optim.settings import checked
    >>> checked("betas", [0, 0.5])
    (0.0, 0.5)
    """
    check = _CHECKS.get(name)
    return setting if check is None else check("the learning rate" if name == "lr" else name, setting)


def number(name: str, x: Any, allowed: Callable[[float], bool], words: str) -> float:
    """``x`` as a float if it is a number and allowed; if not, an error that says in words what is."""
    if not isinstance(x, Real) or not allowed(float(x)):
        raise ValueError(f"{name} is {words}, not {x!r}")
    return float(x)  # a NumPy float64 would widen float32 parameters


def positive(name: str, x: Any) -> float:
    """``x`` as a float, if it is a positive number."""
    return number(name, x, lambda x: 0 < x < inf, "a positive number")


def not_negative(name: str, x: Any) -> float:
    """``x`` as a float, if it is 0 or a positive number."""
    return number(name, x, lambda x: 0 <= x < inf, "0 or a positive number")


def _fraction(name: str, x: Any) -> float:
    return number(name, x, lambda x: 0 <= x < 1, "a number from 0 to below 1")


def _fractions(name: str, pair: Any) -> tuple[float, float]:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ValueError(f"{name} are two numbers, such as (0.9, 0.999), not {pair!r}")
    return _fraction(f"{name}[0]", pair[0]), _fraction(f"{name}[1]", pair[1])


def _flag(name: str, flag: Any) -> bool:
    if not isinstance(flag, bool):
        raise ValueError(f"{name} is True or False, not {flag!r}")
    return flag


def _form(name: str, form: Any) -> str:
    if form not in ("classical", "ema"):
        raise ValueError(f"{name} is 'classical' or 'ema', not {form!r}")
    return str(form)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "lr": positive,
    "momentum": _fraction,
    "nesterov": _flag,
    "beta": _fraction,
    "form": _form,
    "betas": _fractions,
    "eps": positive,
    "eps_inside": _flag,
    "bias_correction": _flag,
    "weight_decay": not_negative,
}
