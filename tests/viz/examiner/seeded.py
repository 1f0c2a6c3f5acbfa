"""Engines with one mistake each: a right engine of one of five styles, and a few lines of it written otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ENGINES = Path(__file__).with_name("engines")
CLASSES = {"closures": "Value", "tags": "Scalar", "tape": "Var", "paths": "Num", "functions": "Node"}


class Seeded(NamedTuple):
    engine: str
    cause: str  # what the examiner should say
    operations: tuple[str, ...]  # of which operations; empty for the whole engine
    edits: tuple[tuple[str, str], ...]

    def source(self) -> str:
        text = (ENGINES / f"{self.engine}.py").read_text("utf-8")
        for old, new in self.edits:
            assert text.count(old) == 1, (self.engine, old, text.count(old))
            text = text.replace(old, new)
        return text


def seeded(engine: str, cause: str, operations: str, *edits: str) -> Seeded:
    return Seeded(engine, cause, tuple(operations.split()), tuple(zip(edits[::2], edits[1::2], strict=True)))


SEEDED = (
    # closures
    seeded(
        "closures", "overwrite", "multiply",
        "self.grad += other.data * out.grad", "self.grad = other.data * out.grad",
        "other.grad += self.data * out.grad", "other.grad = self.data * out.grad",
    ),
    seeded("closures", "overwrite", "tanh", "self.grad += (1 - t**2) * out.grad", "self.grad = (1 - t**2) * out.grad"),
    seeded("closures", "order", "", "for node in reversed(order):", "for node in order:"),
    seeded(
        "closures", "order", "",
        "                for parent in node.parents:\n                    visit(parent)\n                order.append(node)",
        "                order.append(node)\n                for parent in node.parents:\n                    visit(parent)",
        "in reversed(order)", "in order",
    ),
    seeded("closures", "seed", "", "        self.grad = 1.0\n", ""),
    seeded("closures", "variable", "multiply", "other.grad += self.data * out.grad", "other.grad += other.data * out.grad"),
    seeded("closures", "variable", "tanh", "(1 - t**2)", "(1 - self.data**2)"),
    seeded("closures", "upstream", "exp", "self.grad += out.data * out.grad", "self.grad += out.data"),
    seeded("closures", "equal", "", "    @staticmethod\n", "    def __eq__(self, other):\n        return self.data == other.data\n\n    def __hash__(self):\n        return hash(self.data)\n\n    @staticmethod\n"),
    seeded("closures", "reflected", "subtract", "return Value.wrap(other) - self", "return self - other"),
    seeded(
        "closures", "in place", "add",
        "    def __mul__", "    def __iadd__(self, other):\n        self.data += Value.wrap(other).data\n        return self\n\n    def __mul__",
    ),
    # tags
    seeded("tags", "derivative", "divide", "b.gradient -= g * a.value / b.value**2", "b.gradient += g * a.value / b.value**2"),
    seeded("tags", "derivative", "power", "** (n - 1)", "** n"),
    seeded("tags", "repeated", "", "            for source in node.inputs:\n                users[id(source)] -= 1", "            for source in set(node.inputs):\n                users[id(source)] -= 1", "        self.inputs = list(inputs)", "        self.inputs = list(dict.fromkeys(inputs))", "            a, b = self.inputs\n            a.gradient += g\n            b.gradient += g", "            for a in self.inputs:\n                a.gradient += g", "            a, b = self.inputs\n            a.gradient += b.value * g\n            b.gradient += a.value * g", "            a, b = self.inputs[0], self.inputs[-1]\n            a.gradient += b.value * g\n            if a is not b:\n                b.gradient += a.value * g"),
    seeded("tags", "order", "", "                if users[id(source)] == 0:\n", "                if users[id(source)] >= 0:\n", "            node.send()\n", "            if id(node) in done:\n                continue\n            done.add(id(node))\n            node.send()\n", "        ready = [self]\n", "        ready = [self]\n        done = set()\n"),
    seeded("tags", "reset", "", "        for node in graph(self):\n            node.gradient = 0.0\n", "        self.value = self.value\n"),
    # tape
    seeded("tape", "overwrite", "", "source.d += slope * node.d", "source.d = slope * node.d"),
    seeded("tape", "upstream", "", "source.d += slope * node.d", "source.d += slope * out.d"),
    seeded("tape", "reflected", "power", "return Var(other) ** self", "return self ** other"),
    seeded("tape", "value", "cos", "return record(math.cos(self.x), (self, -math.sin(self.x)))", "return record(math.cos(self.x) + 1, (self, -math.sin(self.x)))"),
    seeded("tape", "shared", "", "    for node, uses in TAPE:\n        node.d = 0.0\n        for source, _ in uses:\n            source.d = 0.0\n", ""),
    # paths
    seeded("paths", "visits", "", "parent.backward(g * slope)", "parent.backward(self.grad * slope)"),
    seeded("paths", "walk", "", "for parent, slope in self.parents:", "for parent, slope in self.parents[:1]:"),
    # functions
    seeded("functions", "derivative", "subtract", '"sub": lambda n, a, b: (1, -1)', '"sub": lambda n, a, b: (1, 1)'),
    seeded("functions", "error", "log", '"log": lambda n, a: (1 / a.value,),', '"log": lambda n, a: (1 / n.argument,),'),
)  # fmt: skip
