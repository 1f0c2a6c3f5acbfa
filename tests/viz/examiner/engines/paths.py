"""Every node sends what it gets on to its parents at once: along every path, without any order. Right, and slow."""

import math


def to_num(thing):
    return thing if isinstance(thing, Num) else Num(thing)


class Num:
    def __init__(self, val, parents=()):
        self.val = val
        self.parents = parents  # pairs: the parent, the local derivative
        self.grad = 0

    def __add__(self, other):
        other = to_num(other)
        return Num(self.val + other.val, [(self, 1), (other, 1)])

    def __mul__(self, other):
        other = to_num(other)
        return Num(self.val * other.val, [(self, other.val), (other, self.val)])

    def __pow__(self, k):
        return Num(self.val**k, [(self, k * self.val ** (k - 1))])

    def __neg__(self):
        return self * (-1)

    def __sub__(self, other):
        return self + (-to_num(other))

    def __truediv__(self, other):
        return self * to_num(other) ** (-1)

    def __radd__(self, other):
        return self + other

    def __rsub__(self, other):
        return (-self) + other

    def __rmul__(self, other):
        return self * other

    def __rtruediv__(self, other):
        return self ** (-1) * other

    def __rpow__(self, base):
        y = base**self.val
        return Num(y, [(self, math.log(base) * y)])

    def relu(self):
        return Num(max(0, self.val), [(self, 1 if self.val > 0 else 0)])

    def sigmoid(self):
        s = 1 / (1 + math.exp(-self.val))
        return Num(s, [(self, s * (1 - s))])

    def zero_grad(self):
        self.grad = 0

    def backward(self, g=1):
        self.grad += g
        for parent, slope in self.parents:
            parent.backward(g * slope)
