"""Every node remembers what it was made by, and one long if says how gradients flow back; parents are counted."""

from math import exp, log, tanh


class Scalar:
    def __init__(self, value, op="", inputs=(), extra=None):
        self.value = float(value)
        self.gradient = 0.0
        self.op = op
        self.inputs = list(inputs)
        self.extra = extra

    def __add__(self, other):
        other = as_scalar(other)
        return Scalar(self.value + other.value, "+", [self, other])

    __radd__ = __add__

    def __sub__(self, other):
        other = as_scalar(other)
        return Scalar(self.value - other.value, "-", [self, other])

    def __rsub__(self, other):
        return as_scalar(other) - self

    def __mul__(self, other):
        other = as_scalar(other)
        return Scalar(self.value * other.value, "*", [self, other])

    __rmul__ = __mul__

    def __truediv__(self, other):
        other = as_scalar(other)
        return Scalar(self.value / other.value, "/", [self, other])

    def __rtruediv__(self, other):
        return as_scalar(other) / self

    def __neg__(self):
        return Scalar(-self.value, "neg", [self])

    def __pow__(self, exponent):
        return Scalar(self.value**exponent, "**", [self], exponent)

    def tanh(self):
        return Scalar(tanh(self.value), "tanh", [self])

    def sigmoid(self):
        return Scalar(1 / (1 + exp(-self.value)), "sigmoid", [self])

    def log(self):
        return Scalar(log(self.value), "log", [self])

    def zero_grad(self):
        for node in graph(self):
            node.gradient = 0.0

    def backprop(self):
        nodes = graph(self)
        users = {id(node): 0 for node in nodes}
        for node in nodes:
            for source in node.inputs:
                users[id(source)] += 1
        for node in nodes:
            if node.op:
                node.gradient = 0.0
        self.gradient = 1.0
        ready = [self]
        while ready:
            node = ready.pop()
            node.send()
            for source in node.inputs:
                users[id(source)] -= 1
                if users[id(source)] == 0:
                    ready.append(source)

    def send(self):
        g, y = self.gradient, self.value
        if self.op == "+":
            a, b = self.inputs
            a.gradient += g
            b.gradient += g
        elif self.op == "-":
            a, b = self.inputs
            a.gradient += g
            b.gradient -= g
        elif self.op == "*":
            a, b = self.inputs
            a.gradient += b.value * g
            b.gradient += a.value * g
        elif self.op == "/":
            a, b = self.inputs
            a.gradient += g / b.value
            b.gradient -= g * a.value / b.value**2
        elif self.op == "neg":
            self.inputs[0].gradient -= g
        elif self.op == "**":
            n = self.extra
            self.inputs[0].gradient += g * n * self.inputs[0].value ** (n - 1)
        elif self.op == "tanh":
            self.inputs[0].gradient += g * (1 - y * y)
        elif self.op == "sigmoid":
            self.inputs[0].gradient += g * y * (1 - y)
        elif self.op == "log":
            self.inputs[0].gradient += g / self.inputs[0].value


def as_scalar(thing):
    return thing if isinstance(thing, Scalar) else Scalar(thing)


def graph(output):
    found, waiting = {id(output): output}, [output]
    while waiting:
        for source in waiting.pop().inputs:
            if id(source) not in found:
                found[id(source)] = source
                waiting.append(source)
    return list(found.values())
