"""Sums of products of the numbers of a picture: what a page can compute by itself."""

from __future__ import annotations

from inversa.viz.picture import slots

Term = tuple[int, tuple[str, ...]]  # a whole number, and the names of the numbers that it multiplies


class NoSumError(TypeError):
    """What needs a function, or a quotient, is no sum of products."""


class Sum:
    """A sum of products, with those operations of `Interval` that give one.

    Examples
    --------
    >>> from inversa.viz.rules.sums import named
    >>> h, y = named("v9"), named("v7")
    >>> (2 * (h - y)).slot, (-(h - y)).slot, (y * h.times_rest()).slot
    ('2*v9+-2*v7', 'v7+-1*v9', 'v7*v9+-1*v7*v9*v9')
    """

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[Term, ...]) -> None:
        self.terms = terms

    @property
    def slot(self) -> str:
        """The slot of it, what is subtracted last."""
        return slots.total(map(_written, sorted(self.terms, key=lambda term: term[0] < 0)))

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.terms + other.terms)

    def __sub__(self, other: Sum) -> Sum:
        return self + -other

    def __rsub__(self, number: int) -> Sum:
        return Sum(((number, ()),)) - self

    def __neg__(self) -> Sum:
        return -1 * self

    def __mul__(self, other: Sum) -> Sum:
        return Sum(tuple((j * k, a + b) for j, a in self.terms for k, b in other.terms))

    def __rmul__(self, number: int) -> Sum:
        return Sum(tuple((number * k, names) for k, names in self.terms))

    def square(self) -> Sum:
        """x²."""
        return self * self

    def times_rest(self) -> Sum:
        """x · (1 − x)."""
        return self * (1 - self)

    def rest_of_square(self) -> Sum:
        """1 − x²."""
        return 1 - self.square()

    def _no_sum(self, *_: Sum) -> Sum:
        raise NoSumError

    __truediv__ = sigmoid = tanh = relu = positive = log = _no_sum


def named(name: str) -> Sum:
    """A single number."""
    return Sum(((1, (name,)),))


def _written(term: Term) -> str:
    number, names = term
    return "*".join([*([] if number == 1 and names else [str(number)]), *names])
