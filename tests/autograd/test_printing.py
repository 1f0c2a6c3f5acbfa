"""What is printed can be printed everywhere: where an encoding lacks signs, others stand for them."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from inversa.autograd import Operation, Rule, Value, languages
from inversa.autograd import printing as texts
from inversa.autograd.printing import encodable

PRINTING = """
import numpy as np
from inversa.autograd import Graph, Tensor, Value, jit, relu, softmax, tanh, where
from inversa.nn import MLP
from inversa.viz import set_language

w, x = Value(0.5, name="w"), Value(2.0, name="x")
J = ((tanh(w * x) - 1.0) ** 2).named("J")
W = Tensor([[1.0, 2.0]], requires_grad=True, name="W")
of_values = jit(lambda z: where(w * z >= 1.0, w ** 2, -w))
of_arrays = jit(lambda z: softmax(relu(z @ W.T - 1.0)).mean())
of_values.backward([1.0]), of_arrays.backward([[1.0, 2.0]])
for language in ("en", "es"):
    set_language(language)
    for thing in (J - w, J.inverse(), Graph(J), softmax(W).inverse(), softmax(W) * W - W):
        print(thing)
    print(of_values.listing(), of_arrays.listing(), f"{J - w}", MLP([2, 3, 1]).summary())
"""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "koi8-r", "utf-8"])
def test_everything_can_be_printed(encoding):
    done = subprocess.run(
        [sys.executable, "-P", "-c", PRINTING], env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
    printed = done.stdout.decode(encoding).splitlines()
    unit = "①⑤ J" if encoding == "utf-8" else "(1)(5) J"
    assert any(line.startswith(unit) for line in printed)
    assert not [line for line in printed if "?" in line]


def test_exponents_stay_exponents(monkeypatch):
    for encoding, shown in (("ascii", "1.5*10^-12, x^2"), ("cp1252", "1.5·10^-12, x^2"), ("utf-8", "1.5·10⁻¹², x²")):
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(encoding=encoding))
        assert encodable("1.5·10⁻¹², x²") == shown
    monkeypatch.setattr(sys, "stdout", None)  # as when it was closed
    assert encodable("∂") == "∂"


def test_every_sign_of_the_declarations_has_one_that_stands_for_it(monkeypatch):
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(encoding="ascii"))
    for op in Operation.registry.values():
        for text in (op.symbol, op.notation, *op.derivatives, *op.operands):
            assert "?" not in encodable(text), text
    for names in [rule.names(lang) for rule in Rule for lang in ("en", "es")]:
        assert "?" not in encodable(" ".join(names))
    said = [text for lang in languages.languages() for text in languages.texts(lang).routes.values()]
    for text in (*languages.texts("es").phrases.values(), *said, *texts._ASCII):
        assert "?" not in encodable(text)


def test_a_name_of_half_a_character_is_printed():
    assert str(Value(1.0, name="\ud800").exp().inverse()).endswith("⑤ ?  derivative ψ′")
