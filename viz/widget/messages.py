"""What a live picture and its page tell each other: numbers of leaves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

Numbers = list[list[float | str]]  # of every leaf; infinities and nan, of which JSON has none, are texts
_TEXTS = "NaN", "Infinity", "-Infinity"


def texted(numbers: Sequence[float]) -> list[float | str]:
    """Numbers as JSON takes them.

    >>> texted([0.5, math.nan, -math.inf])
    [0.5, 'NaN', '-Infinity']
    """
    words = {math.inf: "Infinity", -math.inf: "-Infinity"}
    return [x if math.isfinite(x) else words.get(x, "NaN") for x in numbers]


def checked(changes: Any, lengths: Sequence[int]) -> list[tuple[int, list[float]]]:
    """Changes that were asked for: which leaf, and its numbers. They come from a page, so nothing is taken for granted.

    Raises
    ------
    ValueError
        For anything but that.

    Examples
    --------
    >>> checked([[1, [0.5, "NaN"]]], [1, 2])
    [(1, [0.5, nan])]
    """
    if not isinstance(changes, list) or not all(isinstance(change, list) and len(change) == 2 for change in changes):
        raise ValueError("a change is a list of leaves, each with its numbers")
    found = []
    for k, row in changes:
        if type(k) is not int or not 0 <= k < len(lengths):
            raise ValueError(f"the picture has the leaves 0 to {len(lengths) - 1}, not {k!r}")
        if not isinstance(row, list) or len(row) != lengths[k]:
            raise ValueError(f"leaf {k} has {lengths[k]} numbers: give as many")
        found.append((k, [_number(x) for x in row]))
    return found


def _number(x: Any) -> float:
    if isinstance(x, bool) or not isinstance(x, Real | str) or (isinstance(x, str) and x not in _TEXTS):
        raise ValueError(f"{x!r} is no number")
    return float(x)
