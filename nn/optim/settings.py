"""What the settings of an optimiser may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inversa.autograd import checks


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


def _fraction(name: str, x: Any) -> float:
    return checks.number(name, x, at_least=0, below=1)


def _fractions(name: str, pair: Any) -> tuple[float, float]:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ValueError(f"{name} are two numbers, such as (0.9, 0.999), not {pair!r}")
    return _fraction(f"{name}[0]", pair[0]), _fraction(f"{name}[1]", pair[1])


def _form(name: str, form: Any) -> str:
    return checks.choice(name, form, ("classical", "ema"))


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "lr": checks.positive,
    "momentum": _fraction,
    "nesterov": checks.flag,
    "beta": _fraction,
    "form": _form,
    "betas": _fractions,
    "eps": checks.positive,
    "eps_inside": checks.flag,
    "bias_correction": checks.flag,
    "weight_decay": checks.not_negative,
}
