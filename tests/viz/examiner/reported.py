"""Mistakes that people have reported of engines of their own or of others: written down after the ladder was made."""

from __future__ import annotations

from .seeded import Seeded, seeded

REPORTED: tuple[Seeded, ...] = (
    # exp passes on its argument instead of its value
    seeded("closures", "variable", "exp", "self.grad += out.data * out.grad", "self.grad += self.data * out.grad"),
    # a subtraction of its own whose second operand gets the sign of the first
    seeded(
        "closures", "derivative", "subtract",
        "        return self + (-Value.wrap(other))\n",
        "        other = Value.wrap(other)\n        out = Value(self.data - other.data, (self, other))\n\n        def push():\n            self.grad += out.grad\n            other.grad += out.grad\n\n        out.push = push\n        return out\n",
    ),
    # a node is passed on at once, and forgets how after the first time
    seeded(
        "closures", "order", "",
        "        visit(self)\n        self.grad = 1.0\n        for node in reversed(order):\n            node.push()\n",
        "        visit(self)\n        self.grad = 1.0\n        done = set()\n\n        def pull(node):\n            if node in done:\n                return\n            done.add(node)\n            node.push()\n            for parent in node.parents:\n                pull(parent)\n\n        pull(self)\n",
    ),
    # 2 ** v is differentiated as if it were v ** 2
    seeded("paths", "reflected", "power", "return Num(y, [(self, math.log(base) * y)])", "return Num(y, [(self, base * self.val ** (base - 1))])"),
    # 2 - v is v - 2
    seeded("tape", "reflected", "subtract", "return Var(other) - self", "return self - other"),
    # 2 + v calls itself for ever
    seeded("tags", "reflected", "add", "    __radd__ = __add__\n", "    def __radd__(self, other):\n        return other + self\n"),
    # a node with several users passes on all that it has each time something arrives
    seeded(
        "tags", "visits", "",
        "            for source in node.inputs:\n                users[id(source)] -= 1\n                if users[id(source)] == 0:\n                    ready.append(source)\n",
        "            for source in node.inputs:\n                ready.append(source)\n",
    ),
    # constants with the same number are one object
    seeded(
        "functions", "equal", "",
        "    def __init__(self, value, kind=\"leaf\", args=()):\n",
        "    known = {}\n\n    def __new__(cls, value, kind=\"leaf\", args=()):\n        if kind != \"leaf\":\n            return object.__new__(cls)\n        return cls.known.setdefault(value, object.__new__(cls))\n\n    def __init__(self, value, kind=\"leaf\", args=()):\n",
    ),
    # sigma(x) is forgotten: x (1 - x)
    seeded("functions", "variable", "sigmoid", "(n.value * (1 - n.value),)", "(a.value * (1 - a.value),)"),
    # two activations do not multiply by what arrives
    seeded(
        "tags", "upstream", "tanh sigmoid",
        "self.inputs[0].gradient += g * (1 - y * y)", "self.inputs[0].gradient += 1 - y * y",
        "self.inputs[0].gradient += g * y * (1 - y)", "self.inputs[0].gradient += y * (1 - y)",
    ),
    # brackets are missing: g * 1 - y * y
    seeded("tags", "upstream", "tanh", "g * (1 - y * y)", "g * 1 - y * y"),
    # the power of a negative number is computed with a logarithm
    seeded(
        "closures", "derivative", "power",
        "self.grad += n * self.data ** (n - 1) * out.grad",
        "slope = math.exp((n - 1) * math.log(self.data)) if self.data > 0 else math.inf\n            self.grad += n * slope * out.grad",
    ),
    # what was counted for the first pass is wrong in the second
    seeded(
        "tags", "reset", "",
        "        self.extra = extra\n", "        self.extra = extra\n        self.users = 0\n        for source in self.inputs:\n            source.users += 1\n",
        "        users = {id(node): 0 for node in nodes}\n        for node in nodes:\n            for source in node.inputs:\n                users[id(source)] += 1\n", "",
        "                users[id(source)] -= 1\n                if users[id(source)] == 0:\n", "                source.users -= 1\n                if source.users == 0:\n",
    ),
    # the sum's closure was copied from the product's
    seeded(
        "closures", "variable", "add",
        "            self.grad += out.grad\n            other.grad += out.grad\n", "            self.grad += other.data * out.grad\n            other.grad += self.data * out.grad\n",
    ),
    # the closure is kept by the first operand instead of the result
    seeded(
        "closures", "variable", "multiply",
        "            other.grad += self.data * out.grad\n\n        out.push = push\n", "            other.grad += self.data * out.grad\n\n        self.push = push\n",
    ),
)  # fmt: skip
