"""The GPT of single numbers: its costs and gradients are those of a plain Value, and those of its compiled program."""

import ast
import importlib.util
import json
import math
import random
from pathlib import Path

import numpy as np
import pytest

from inversa.autograd import jit

PROGRAM = Path(__file__).parents[1] / "tutorials" / "gpt.py"


def program():
    """The program anew, for it is changed below."""
    spec = importlib.util.spec_from_file_location("gpt", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Plain:
    """The Value that such programs bring with them: local derivatives are kept, and run through backwards."""

    def __init__(self, data, sources=()):
        self.data, self.sources, self.grad = data, sources, 0.0

    def __add__(self, other):
        other = plain(other)
        return Plain(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = plain(other)
        return Plain(self.data * other.data, ((self, other.data), (other, self.data)))

    def __pow__(self, n):
        return Plain(self.data**n, ((self, n * self.data ** (n - 1)),))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -plain(other)

    def __truediv__(self, other):
        return self * plain(other) ** -1

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        y = math.exp(self.data)
        return Plain(y, ((self, y),))

    def log(self):
        return Plain(math.log(self.data), ((self, 1 / self.data),))

    def relu(self):
        return Plain(max(self.data, 0.0), ((self, float(self.data > 0)),))

    def backward(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack += [(node, True), *((source, False) for source, _ in node.sources)]
        self.grad = 1.0
        for node in reversed(order):
            for source, slope in node.sources:
                source.grad += slope * node.grad


def plain(x):
    return x if isinstance(x, Plain) else Plain(x)


def every(weights):
    return [w for rows in weights.values() for row in rows for w in row]


def trained(gpt, steps=3):
    """The costs of some steps, and the weights after them."""
    generator = random.Random(0)
    corpus = [word for word in gpt.words(20, generator) if len(word) == 4]
    weights = gpt.initial_weights(generator)
    costs = gpt.train(weights, corpus, steps, gpt.one_word(weights))
    return costs, [w.data for w in every(weights)]


def test_costs_and_weights_are_those_of_a_plain_value():
    ours, other = program(), program()
    other.Value, other.max = Plain, lambda scores: max(score.data for score in scores)
    costs, weights = trained(ours)
    expected, expected_weights = trained(other)
    assert costs == pytest.approx(expected, rel=1e-12)
    assert weights == pytest.approx(expected_weights, abs=1e-12)
    assert costs[-1] < costs[0]


def test_one_compiled_program_takes_many_words_of_a_length():
    gpt = program()
    weights = gpt.initial_weights(random.Random(0))
    words = ("abel", "nimo", "dodo")
    each = []
    for word in words:
        J = gpt.cost(gpt.tokens_of(word), weights)
        J.backward()
        each.append(J.data)
    slopes = [w.grad for w in every(weights)]
    for w in every(weights):
        w.grad = None
    compiled = jit(lambda tokens: gpt.cost(tokens, weights))
    columns = list(np.array([gpt.tokens_of(word) for word in words], float).T)
    np.testing.assert_allclose(compiled(columns), each, rtol=1e-12)
    compiled.backward(columns, reduce="sum")
    for w, slope in zip(every(weights), slopes, strict=True):
        assert (w.grad or 0.0) == pytest.approx(slope or 0.0, abs=1e-12)


def test_it_learns_the_rules_of_its_words():
    gpt = program()
    generator = random.Random(0)
    corpus, weights = gpt.words(1000, generator), gpt.initial_weights(generator)
    costs = gpt.train(weights, corpus, 100, gpt.many_words(weights))
    assert sum(costs[-10:]) < 0.75 * sum(costs[:10])
    found = [gpt.sample(weights, generator) for _ in range(20)]
    vowels = [{letter for letter in word if letter in "aeiou"} for word in found]
    assert sum(v <= set("aou") or v <= set("ei") for v in vowels) >= 15


def test_it_is_a_program_that_runs(capsys):
    program().main(compiled=False, steps=2)
    assert "2 steps in" in capsys.readouterr().out


def test_its_pictures_are_folded_into_its_parts(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    program().draw()
    assert capsys.readouterr().out.split() == ["gpt.svg", "gpt_parts.svg"]
    folded, parts = ((tmp_path / name).read_text(encoding="utf-8") for name in ("gpt.svg", "gpt_parts.svg"))
    assert ">letter</" in folded
    for title in ("letter.norm", "letter.block.attention.head 1", "letter.softmax", "surprise"):
        assert f">{title}</" in parts


def functions(code):
    """The functions of a program by name, as they are without comments and docstrings."""
    found = {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef):
            if ast.get_docstring(node):
                del node.body[0]
            found[node.name] = ast.unparse(node)
    return found


def test_the_functions_of_the_tutorial_are_those_of_the_program():
    cells = json.loads(PROGRAM.with_name("13_attention.ipynb").read_text("utf-8"))["cells"]
    texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code" and cell["id"] != "install")
    shown, ours = functions("\n".join(texts)), functions(PROGRAM.read_text("utf-8"))
    common = shown.keys() & ours.keys()
    assert {name: shown[name] for name in common} == {name: ours[name] for name in common}
    model = {"matrix", "linear", "softmax", "normalised", "attention", "block", "next_letter", "cost"}
    assert common == {*model, "tokens_of", "initial_weights"}
