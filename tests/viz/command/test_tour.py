"""The tour's functions, and the whole tour with its files."""

import sys

import pytest

from inversa.autograd import Graph
from inversa.autograd.languages import texts
from inversa.viz import tour as the_tour
from inversa.viz.command.cli import main
from inversa.viz.livepage import runtime
from inversa.viz.tour import lecture_network, lecture_rows


def test_lecture_rows():
    rows = lecture_rows()
    assert [row.name for row in rows] == ["w1_1", "b1_1", "w1_2", "b1_2", "w2_11", "w2_12", "b2_1"]
    assert [row.value for row in rows] == [0.1, -0.3, -0.1, 0.5, 0.4, 0.7, 0.2]
    assert [round(row.gradient, 4) for row in rows] == [-0.004, -0.008, -0.0067, -0.0135, -0.0355, -0.0495, -0.081]
    assert max(abs(row.gradient - row.difference) for row in rows) < 1e-10
    assert [row.slide for row in rows] == [0.125, 0.245, 0.125, 0.250, -0.035, -0.049, -0.081]
    assert [row.misprinted for row in rows] == [True] * 4 + [False] * 3


def test_lecture_network():
    _, J = lecture_network("es")
    assert {node.module for node in Graph(J)} >= {"neurona oculta 1", "neurona oculta 2", "neurona de salida"}
    assert round(J.data, 4) == 0.0359


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["misprint", "central differences", "105 to learn from and 45 held out", "accuracy"]),
        ("es", ["errata", "diferencias centrales", "105 para aprender y 45 apartadas", "exactitud"]),
    ],
)
def test_tour(tmp_path, capsys, monkeypatch, lang, words):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)  # a terminal has a progress bar
    no_runtime(monkeypatch)
    out = tmp_path / "not there" / "yet"
    assert main(["tour", "--out", str(out), "--lang", lang]) == 0
    text, err = capsys.readouterr()
    for word in words:
        assert word in text
    table = [line for line in text.splitlines() if line.startswith(("   w", "   b"))]
    assert len(table) == 7
    assert sum(("errata" if lang == "es" else "misprint") in line for line in table) == 4
    assert table[0].split()[:5] == ["w1_1", "0.1", "−0.0040", "−0.0040", "0.125"]
    for stem in ("example_neurons", "example_forward", "example_inverse", "iris_loss"):
        path = out / f"{stem}.svg"
        assert str(path) in text
        assert path.read_text("utf-8").lstrip().startswith(("<svg", "<?xml"))
    assert "epoch 100/100" in err
    assert text.splitlines()[-1].strip() == str(out / "playground.html")
    assert "make live" in text
    assert "<!DOCTYPE html>" in (out / "example_player.html").read_text("utf-8")
    assert all(path.suffix in (".svg", ".png", ".html") for path in out.iterdir())


def no_runtime(monkeypatch):
    monkeypatch.delenv(runtime.VARIABLE, raising=False)
    monkeypatch.setattr(runtime, "_installed", lambda: iter(()))


@pytest.mark.parametrize(("lang", "words"), [("en", "Open this: a page in which Python runs"), ("es", "Abra esto")])
def test_it_ends_with_the_page_to_open(tmp_path, capsys, monkeypatch, lang, words):
    """Python for browsers, which takes megabytes, stands in for itself."""
    made = runtime.Runtime("1", {}, dict.fromkeys(runtime.FILES, b"packed"), "notices")
    monkeypatch.setattr("inversa.viz._live_page.find_runtime", lambda _: made)
    page = the_tour._last_page(tmp_path, lang, texts(lang).tour)
    said = capsys.readouterr().out
    assert said.strip().startswith(words)
    assert said.splitlines()[-1].strip() == str(page) == str(tmp_path / "live.html")
    assert "0.125" in page.read_text("utf-8")  # the slide's number
