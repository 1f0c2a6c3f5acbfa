"""Equations: what a rule writes when it is run on names instead of numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

SUM, PRODUCT, POWER, ATOM = 1, 2, 3, 4  # how strongly a formula is held together
MINUS = "−"
LARGEST = 1e9  # of the numbers that are written with decimals


class Text(NamedTuple):
    """A formula at the beginning, and within another one, where a negative number needs parentheses."""

    free: str
    inside: str
    strength: int = ATOM

    def held(self, strength: int) -> Text:
        """In parentheses unless it is held together so strongly."""
        return self if self.strength >= strength else Text(f"({self.free})", f"({self.free})")


def text(content: str) -> Text:
    """A name or a number.

    >>> text("−0.3")
    Text(free='−0.3', inside='(−0.3)', strength=4)
    """
    return Text(content, f"({content})" if content.startswith(MINUS) else content)


def _sum(a: Text, b: Text) -> Text:
    b = b.held(SUM)
    return Text(f"{a.free} + {b.inside}", f"{a.inside} + {b.inside}", SUM)


def _difference(a: Text, b: Text) -> Text:
    b = b.held(PRODUCT)
    return Text(f"{a.free} {MINUS} {b.inside}", f"{a.inside} {MINUS} {b.inside}", SUM)


def _product(a: Text, b: Text) -> Text:
    a, b = a.held(PRODUCT), b.held(PRODUCT)
    return Text(f"{a.free} · {b.inside}", f"{a.inside} · {b.inside}", PRODUCT)


def _quotient(a: Text, b: Text) -> Text:
    a, b = a.held(ATOM), b.held(ATOM)
    return Text(f"{a.free}/{b.inside}", f"{a.inside}/{b.inside}", PRODUCT)


def _negative(a: Text) -> Text:
    content = MINUS + a.held(PRODUCT).inside
    return Text(content, f"({content})", PRODUCT)


def _square(a: Text) -> Text:
    content = f"{a.held(ATOM).inside}²"
    return Text(content, content, POWER)


def _of(function: str) -> Callable[[Text], Text]:
    return lambda a: text(f"{function}({a.free})")


def _log(a: Text) -> Text:
    content = f"ln {a.inside}" if a.strength == ATOM and a.inside == a.free else f"ln({a.free})"
    return Text(content, content, POWER)


def _sigmoid_in_numbers(a: Text) -> Text:
    """1/(1 + e^−z), the sign of the exponent worked out."""
    exponent = (
        a.free.removeprefix(MINUS) if a.free.startswith(MINUS) and a.strength == ATOM else f"({_negative(a).free})"
    )
    content = f"1/(1 + e^{exponent})"
    return Text(content, content, PRODUCT)


def _rest(a: Text) -> Text:
    return _difference(text("1"), a)


class Written:
    """A formula in names, and the same in numbers, with the operations of `Interval`.

    Examples
    --------
    >>> from inversa.viz.exercises.writing import leaf
    >>> w, a, b = leaf("w", "0.1"), leaf("a", "−0.5"), leaf("b", "−0.3")
    >>> z = w * a + b
    >>> z.names, z.numbers
    ('w · a + b', '0.1 · (−0.5) + (−0.3)')
    >>> (2 * (a - b)).numbers, a.sigmoid().numbers, a.times_rest().numbers
    ('2 · (−0.5 − (−0.3))', '1/(1 + e^0.5)', '−0.5 · (1 − (−0.5))')
    """

    __slots__ = ("_names", "_numbers")

    def __init__(self, names: Text, numbers: Text) -> None:
        self._names, self._numbers = names, numbers

    @property
    def names(self) -> str:
        """In names."""
        return self._names.free

    @property
    def numbers(self) -> str:
        """In numbers."""
        return self._numbers.free

    def __repr__(self) -> str:
        return f"{self.names} = {self.numbers}"

    def _with(self, join: Callable[[Text, Text], Text], other: Written) -> Written:
        return Written(join(self._names, other._names), join(self._numbers, other._numbers))

    def _each(self, write: Callable[[Text], Text], in_numbers: Callable[[Text], Text] | None = None) -> Written:
        return Written(write(self._names), (in_numbers or write)(self._numbers))

    def __add__(self, other: Written) -> Written:
        return self._with(_sum, other)

    def __sub__(self, other: Written) -> Written:
        return self._with(_difference, other)

    def __mul__(self, other: Written) -> Written:
        return self._with(_product, other)

    def __truediv__(self, other: Written) -> Written:
        return self._with(_quotient, other)

    def __rsub__(self, number: int) -> Written:
        return constant(number) - self

    def __rmul__(self, number: int | Fraction) -> Written:
        return constant(number) * self

    def __neg__(self) -> Written:
        return self._each(_negative)

    def square(self) -> Written:
        """x²."""
        return self._each(_square)

    def times_rest(self) -> Written:
        """x · (1 − x)."""
        return self._each(lambda a: _product(a, _rest(a)))

    def rest_of_square(self) -> Written:
        """1 − x²."""
        return self._each(lambda a: _rest(_square(a)))

    def sigmoid(self) -> Written:
        """σ(x); in numbers 1/(1 + e^−x)."""
        return self._each(_of("σ"), _sigmoid_in_numbers)

    def tanh(self) -> Written:
        """tanh(x)."""
        return self._each(_of("tanh"))

    def relu(self) -> Written:
        """relu(x); in numbers max(0, x)."""
        return self._each(_of("relu"), lambda a: text(f"max(0, {a.free})"))

    def positive(self) -> Written:
        """relu′(x); in numbers 1 or 0."""
        number = self._numbers.free
        return self._each(
            _of("relu′"), lambda a: text("0" if number.startswith(MINUS) or not number.strip("0.") else "1")
        )

    def log(self) -> Written:
        """The natural logarithm."""
        return self._each(_log)


def leaf(name: str, number: str) -> Written:
    """A number with its name."""
    return Written(text(name), text(number))


def constant(number: int | Fraction) -> Written:
    """A number of a formula; it has no name."""
    return leaf(str(number), str(number)) if number != Fraction(1, 2) else leaf("½", "½")


def shown(x: float, decimals: int | None = None) -> str:
    """A number with so many decimals; without, or where it is so large that they mean nothing, as short as it is.

    >>> shown(-0.379, 4), shown(0.5), shown(-3.0), shown(1e300, 4)
    ('−0.3790', '0.5', '−3', '1e+300')
    """
    if decimals is None or abs(x) >= LARGEST:
        return f"{x:.12g}".replace("-", MINUS)
    return f"{x:.{decimals}f}".replace("-", MINUS)
