"""A tape in the file keeps what was done, with the local derivatives; backward reads it from its end."""

import math

TAPE = []


class Var:
    def __init__(self, x):
        self.x = x
        self.d = 0.0

    def __add__(self, other):
        return record(self.x + number(other), (self, 1.0), (other, 1.0))

    def __sub__(self, other):
        return record(self.x - number(other), (self, 1.0), (other, -1.0))

    def __mul__(self, other):
        return record(self.x * number(other), (self, number(other)), (other, self.x))

    def __truediv__(self, other):
        y = self.x / number(other)
        return record(y, (self, 1 / number(other)), (other, -y / number(other)))

    def __pow__(self, other):
        n = number(other)
        return record(self.x**n, (self, n * self.x ** (n - 1)), (other, math.log(abs(self.x)) * self.x**n))

    def __neg__(self):
        return record(-self.x, (self, -1.0))

    def __radd__(self, other):
        return Var(other) + self

    def __rsub__(self, other):
        return Var(other) - self

    def __rmul__(self, other):
        return Var(other) * self

    def __rtruediv__(self, other):
        return Var(other) / self

    def __rpow__(self, other):
        return Var(other) ** self

    def sin(self):
        return record(math.sin(self.x), (self, math.cos(self.x)))

    def cos(self):
        return record(math.cos(self.x), (self, -math.sin(self.x)))

    def exp(self):
        y = math.exp(self.x)
        return record(y, (self, y))

    def tanh(self):
        y = math.tanh(self.x)
        return record(y, (self, 1 - y**2))


def number(thing):
    return thing.x if isinstance(thing, Var) else thing


def record(y, *uses):
    out = Var(y)
    TAPE.append((out, [(source, slope) for source, slope in uses if isinstance(source, Var)]))
    return out


def backward(out):
    for node, uses in TAPE:
        node.d = 0.0
        for source, _ in uses:
            source.d = 0.0
    out.d = 1.0
    for node, uses in reversed(TAPE):
        for source, slope in uses:
            source.d += slope * node.d
