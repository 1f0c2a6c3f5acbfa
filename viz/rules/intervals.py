"""Intervals: all numbers that a cell may have when the cells before it were rounded.

Rules are written once, with the operations of this class. A single number is an interval of no width, so the same rules
compute answers; with fractions at the ends they do so exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

FAR = 1e9  # in place of infinity, which times 0 would be no number
TINY = 1e-12  # how near to 0 a logarithm is taken


class Interval:
    """The numbers from ``low`` to ``high``.

    Examples
    --------
    >>> from inversa.viz.rules.intervals import Interval
    >>> Interval(-1.0, 2.0) * Interval(3.0, 4.0), 1 - Interval(0.0, 0.5)
    ([-4.0, 8.0], [0.5, 1.0])
    >>> Interval(0.25, 0.75).times_rest()  # x · (1 − x) is largest in the middle
    [0.1875, 0.25]
    """

    __slots__ = ("high", "low")

    def __init__(self, low: Any, high: Any) -> None:
        self.low, self.high = low, high

    def __repr__(self) -> str:
        return f"[{self.low}, {self.high}]"

    @property
    def middle(self) -> Any:
        """The number, of an interval that is one; else the one in the middle."""
        return self.low if self.low == self.high else (self.low + self.high) / 2

    # Arithmetic.

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def __rsub__(self, number: float) -> Interval:
        return Interval(number - self.high, number - self.low)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __mul__(self, other: Interval) -> Interval:
        a, b, c, d = self.low, self.high, other.low, other.high
        if a == b:
            return Interval(a * c, a * d) if a >= 0 else Interval(a * d, a * c)
        if c == d:
            return Interval(a * c, b * c) if c >= 0 else Interval(b * c, a * c)
        products = a * c, a * d, b * c, b * d
        return Interval(min(products), max(products))

    def __rmul__(self, number: float) -> Interval:
        low, high = number * self.low, number * self.high
        return Interval(low, high) if number >= 0 else Interval(high, low)

    def __truediv__(self, other: Interval) -> Interval:
        if other.low <= 0 <= other.high:
            return self * Interval(-FAR, FAR)
        return self * Interval(1 / other.high, 1 / other.low)

    # Functions.

    def square(self) -> Interval:
        """x²."""
        return self._bent(lambda x: x * x, 0)

    def times_rest(self) -> Interval:
        """x · (1 − x): the slope of the sigmoid where its output is x."""
        return self._bent(lambda x: x * (1 - x), 0.5)

    def rest_of_square(self) -> Interval:
        """1 − x²: the slope of tanh where its output is x."""
        return self._bent(lambda x: 1 - x * x, 0)

    def sigmoid(self) -> Interval:
        """σ(x)."""
        return self._rising(lambda x: 1 / (1 + math.exp(-max(-500.0, min(500.0, x)))))

    def tanh(self) -> Interval:
        """The hyperbolic tangent."""
        return self._rising(math.tanh)

    def relu(self) -> Interval:
        """max(0, x)."""
        return self._rising(lambda x: x if x > 0 else 0 * x)

    def positive(self) -> Interval:
        """1 where x > 0, else 0: the slope of relu."""
        return Interval(int(self.low > 0), int(self.high > 0))

    def log(self) -> Interval:
        """The natural logarithm; a number that has none is taken near to 0."""
        return self._rising(lambda x: math.log(max(x, TINY)))

    def _rising(self, function: Callable[[Any], Any]) -> Interval:
        low = function(self.low)
        return Interval(low, low if self.low == self.high else function(self.high))

    def _bent(self, function: Callable[[Any], Any], top: float) -> Interval:
        """Of a function that rises on one side of ``top`` and falls on the other."""
        ends = [function(self.low), function(self.high)]
        if self.low < top < self.high:
            ends.append(function(top))
        return Interval(min(ends), max(ends))

    # What is known.

    def widened(self, by: float) -> Interval:
        """With ``by`` more on both sides."""
        return Interval(self.low - by, self.high + by)

    def holds(self, x: float) -> bool:
        """Whether a number lies in it."""
        return bool(self.low <= x <= self.high)

    def meets(self, other: Interval) -> bool:
        """Whether some number lies in both."""
        return bool(self.low <= other.high and other.low <= self.high)

    def within(self, other: Interval) -> Interval:
        """The numbers in both; the own ones where there are none."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(low, high) if low <= high else self


def exact(number: Any) -> Interval:
    """A number that is known."""
    return Interval(number, number)
