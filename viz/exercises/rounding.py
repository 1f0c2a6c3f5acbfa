"""Rounding as it is done by hand."""

from __future__ import annotations

import math
from typing import Any

WHOLE = 2.0**52  # from there on floats have no decimals
SLIP = 1e-9  # of floats: 0.125 is rounded up though it may be stored a little below


def rounded(x: Any, decimals: int) -> float:
    """To so many decimals, halves away from 0, as it is done by hand.

    >>> rounded(0.125, 2), rounded(-2.5, 0), rounded(-0.001, 2)
    (0.13, -3.0, 0.0)
    """
    return _shortened(float(x), decimals, 0.5)


def cut(x: Any, decimals: int) -> float:
    """The same with the other decimals cut off."""
    return _shortened(float(x), decimals, 0.0)


def _shortened(x: float, decimals: int, up: float) -> float:
    units = abs(x) * 10.0**decimals
    if not units < WHOLE:  # infinite, or nan, too: such numbers come of wrong answers
        return x
    return math.copysign(math.floor(units + up + SLIP) / 10.0**decimals, x) + 0.0
