"""What the engine prints, in English and Spanish."""

import re
import string
from collections.abc import Iterator

import pytest

from inversa.autograd import Graph, Operation, Tensor, Value, maximum, window_max
from inversa.autograd.languages import language, languages, set_language, texts
from inversa.nn import MLP

# What both languages write alike: names of functions.
SHARED = {
    *(
        "abs",
        "astype",
        "cos",
        "dropout",
        "einsum",
        "elu",
        "exp",
        "exp2",
        "expm1",
        "float",
        "ln",
        "log",
        "log1p",
        "logsumexp",
    ),
    *("logsumexp", "prod", "relu", "softmax", "softplus", "sqrt", "tanh", "var"),
    *("x²", "arccos", "arccosh", "arctan", "arctanh", "cosh", "log₂", "log₁₀", "tan", "trunc"),
    *("cosm1", "df", "erf", "erfc", "erfcx", "exprel", "gelu", "logit", "mish", "selu", "silu"),
    *("chol", "cof", "det", "diag", "eigh", "inv", "pinv", "qr", "solve", "svd"),
}


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    set_language("en")


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]\w+", re.sub(r"\{\w+\}|ᵀ", "", text)))


@pytest.mark.parametrize(
    "op", [op for op in Operation.registry.values() if op.__module__.startswith("inversa.")], ids=str
)
def test_every_word_of_a_declaration_is_said_in_spanish(op: Operation[...]) -> None:
    for text in (op.symbol, op.notation, *op.derivatives):
        for word in words(text) - SHARED:
            assert word not in words(texts("es").worded(text)), f"{word!r} of {text!r} is English"
        assert texts("en").worded(text) == text
        assert re.findall(r"\{\w+\}", texts("es").worded(text)) == re.findall(r"\{\w+\}", text)


def test_names_are_never_translated() -> None:
    set_language("es")
    mean, of = Value(2.0, name="mean"), Value(1.0, name="of")
    largest = maximum(mean, of).named("max")
    assert str(Graph(largest)).splitlines()[2].split("  ")[0] == "max = máx(mean, of)"
    assert "a mean × 1 si mean > of" in str(largest.inverse())


def test_an_inverse_network_is_printed_in_the_language_that_is_chosen() -> None:
    y = window_max(Tensor([[1.0, 2.0]], requires_grad=True, name="x"), size=(1, 2), stride=(1, 1)).named("y")
    assert str(y.inverse()) == "① y  unit input 1, back to the selected entries: to x × 1 at the maximum\nx"
    set_language("es")
    assert str(y.inverse()) == "① y  unidad 1, vuelve a las entradas elegidas: a x × 1 en el máximo\nx"
    assert [wire.formula for wire in y.inverse().wires] == ["1 at the maximum"]  # what programs read has one language


def test_so_is_the_table_of_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    set_language("es")
    MLP([3, 1]).summary()
    head, *_, last = capsys.readouterr().out.splitlines()
    assert head.split() == ["capa", "clase", "salida", "parámetros"]
    assert last.split() == ["total", "4"]


def test_another_language_is_refused_and_changes_nothing() -> None:
    set_language("es")
    with pytest.raises(ValueError, match="lang is one of 'en', 'es', not 'fr'"):
        set_language("fr")
    assert language() == "es"


TABLES = ("routes", "picture", "page", "script", "plot", "tour", "command", "exercise", "mistakes")


@pytest.mark.parametrize("lang", languages())
def test_every_language_says_everything(lang: str) -> None:
    english_texts, here = texts("en"), texts(lang)
    assert len(here.rules) == 8
    for table in TABLES:
        theirs, ours = getattr(english_texts, table), getattr(here, table)
        assert theirs.keys() == ours.keys(), table
        for key in theirs:
            first, second = ({name for _, name, _, _ in string.Formatter().parse(t[key])} for t in (theirs, ours))
            assert first - {None, ""} == second - {None, ""}, (table, key)
