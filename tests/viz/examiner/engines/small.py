"""Ten lines: sums and products, one path at a time."""


class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents

    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self, g=1.0):
        self.grad += g
        for parent, slope in self.parents:
            parent.backward(g * slope)
