"""Rounding as it is done by hand."""

from __future__ import annotations

import math
from typing import Any

SLIP = 1e-9  # of floats: 0.125 is rounded up though it may be stored a little below


def rounded(x: Any, decimals: int) -> float:
    """To so many decimals, halves away from 0, as it is done by hand.

    >>> rounded(0.125, 2), rounded(-2.5, 0), rounded(-0.001, 2)
    (0.13, -3.0, 0.0)
    """
    unit = 10.0**decimals
    return math.copysign(math.floor(abs(float(x)) * unit + 0.5 + SLIP) / unit, x) + 0.0


def cut(x: Any, decimals: int) -> float:
    """The same with the other decimals cut off."""
    unit = 10.0**decimals
    return math.copysign(math.floor(abs(float(x)) * unit + SLIP) / unit, x) + 0.0
