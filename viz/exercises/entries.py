"""Numbers as people write them, read without evaluating anything."""

from __future__ import annotations

import math
import re
from typing import Any

from inversa.autograd import checks

FORMS = "0.5, 0,5, .5, −0.3, 1/2, 2e-3 or 2·10⁻³"
_DECIMAL = r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)"
_NUMBER = re.compile(
    rf"({_DECIMAL})(?:e([+-]?\d+)|[·*×]10(?:\^|\*\*)?\(?([+-]?\d+)\)?)?(?:/({_DECIMAL}))?", re.IGNORECASE
)
_HIGH = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹−–", "-+0123456789--")


def number(name: str, given: Any) -> float | None:
    """What was answered, as a number; None where nothing was.

    Raises
    ------
    ValueError
        For what is no number; the message lists the forms that are read.

    Examples
    --------
    >>> from inversa.viz.exercises.entries import number
    >>> [number("h", text) for text in ("0,5", ".5", "−0.3", "1/2", "2e-3", "2·10⁻³", " ")]
    [0.5, 0.5, -0.3, 0.5, 0.002, 0.002, None]
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    found = _read(given) if isinstance(given, str) else _converted(given)
    if found is None or not math.isfinite(found):
        raise checks.wrong(name, f"a number, written as {FORMS}", given)
    return found + 0.0  # of −0 is 0


def _converted(given: Any) -> float | None:
    """What can be converted to a float: fractions, decimals, nodes and arrays of one number too."""
    if callable(getattr(given, "item", None)) and not getattr(given, "shape", ()):
        given = given.item()
    if getattr(given, "shape", ()) or isinstance(given, bool) or not hasattr(given, "__float__"):
        return None
    try:
        return float(given)
    except (TypeError, ValueError, OverflowError):
        return None


def is_number(given: Any) -> bool:
    """Whether an answer can be read.

    >>> [is_number(given) for given in ("0,5", -1.5, "", "a half", ...)]
    [True, True, False, False, False]
    """
    try:
        return number("it", given) is not None
    except ValueError:
        return False


def _read(text: str) -> float | None:
    match = _NUMBER.fullmatch(re.sub(r"\s", "", text).translate(_HIGH))
    if match is None:
        return None
    mantissa, exponent, power, divisor = match.groups()
    value = float(f"{mantissa}e{exponent or power or 0}".replace(",", "."))
    if divisor is None:
        return value
    below = float(divisor.replace(",", "."))
    return value / below if below else None
