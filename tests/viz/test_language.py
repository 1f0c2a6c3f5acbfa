"""The language that pictures are in, when they are not told."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import Tensor, Value, maximum, window_max
from inversa.autograd import languages as language_files
from inversa.nn import MLP, Conv2d, Flatten, History, Linear, MaxPool2d, NeuronNetwork, ReLU, Sequential
from inversa.viz.examiner import examine
from inversa.viz.livepage.page import page_of

from .examiner.mistakes import right


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    viz.set_language("en")


def test_every_kind_of_picture_follows_it() -> None:
    network = MLP([1, 2, 1], seed=0)

    def languages() -> list[str]:
        sample = {"x": [0.5], "y": [1.0], "loss": "mse"}
        drawn = viz.draw(network, **sample).svg()
        played = viz.player(network, **sample).html()
        recorder = viz.record(network, [[0.5]], [[1.0]])
        axes = viz.plot_history(History({"loss": [2.0, 1.0]}))
        return [drawn, played, recorder.lang, axes.get_xlabel()]

    english = languages()
    assert 'lang="en"' in english[0]
    assert '<html lang="en"' in english[1]
    assert english[2:] == ["en", "epoch"]
    viz.set_language("es")
    spanish = languages()
    assert 'lang="es"' in spanish[0]
    assert '<html lang="es"' in spanish[1]
    assert spanish[2:] == ["es", "época"]


def test_what_a_call_says_goes_first() -> None:
    viz.set_language("es")
    assert viz.plot_history(History({"loss": [2.0, 1.0]}), lang="en").get_xlabel() == "epoch"
    figure = viz.draw(MLP([1, 2, 1]), lang="en")
    assert figure.alt_text() == figure.alt_text("en") != figure.alt_text("es")


def test_another_language_is_refused_and_changes_nothing() -> None:
    viz.set_language("es")
    with pytest.raises(ValueError, match="lang is one of 'en', 'es', not 'fr'"):
        viz.set_language("fr")
    assert viz.plot_history(History({"loss": [2.0, 1.0]})).get_xlabel() == "época"


def convolutional() -> Sequential:
    return Sequential(Conv2d(1, 2, 3, seed=0), ReLU(), MaxPool2d(2), Flatten(), Linear(8, 3, seed=0))


@pytest.mark.parametrize("detail", ["op", "layer"])
def test_operations_are_written_in_the_language_of_the_picture(detail: str) -> None:
    image = np.random.default_rng(0).normal(size=(1, 6, 6))
    figure = viz.draw(convolutional(), image, 1, loss="cross_entropy", detail=detail, view="both", lang="es")
    page = viz.player(convolutional(), image, 1, loss="cross_entropy", detail=detail, lang="es").html()
    english = re.compile(r"\b(max|of|windows|cross-entropy|mean|reshape|at the|step)\b")
    for text in (figure.svg(), figure.source, page):
        text = re.sub(
            "<style.*?</style>|<script>.*?</script>", "", text, flags=re.S
        )  # the player's data are a script, too
        shown = re.findall(r'>([^<>]*)<|(?:label|tooltip|title)="([^"]*)"', text.replace("\\u003c", "<"))
        assert len(shown) > 20
        assert not [part for pair in shown for part in pair if english.search(part)]
    assert "redimensionar" in figure.alt_text()
    assert "reshape" in figure.alt_text("en")


def test_no_derivative_is_cut_in_either_language() -> None:
    x = Tensor(np.arange(6.0).reshape(1, 1, 2, 3), requires_grad=True, name="x")
    for lang in ("en", "es"):
        svg = viz.draw(window_max(x, size=(1, 3), stride=(1, 1)).sum(), lang=lang).svg()
        assert "…" not in re.sub("<title>.*?</title>", "", svg)


def test_names_of_users_are_never_translated() -> None:
    mean, of = Value(2.0, name="mean"), Value(1.0, name="of")
    loss = maximum(mean, of).named("layer")
    text = viz.draw(loss, lang="es").alt_text()
    assert "layer = máx(mean, of)" in text


def test_frames_of_neurons_have_their_titles_in_the_language(lecture):
    svg = viz.draw(lecture, lang="es").svg()
    assert "neurona oculta 1" in svg
    assert "hidden neuron" not in svg


MADE_UP = """
from dataclasses import fields, replace
from inversa.autograd.languages.en import LANGUAGE as ENGLISH

def marked(texts):
    return {key: "|".join(f"«{text}»" for text in texts[key].split("|")) for key in texts}

def part(*name):
    return f"«{ENGLISH.part(*name)}»"

LANGUAGE = replace(
    ENGLISH,
    rules=tuple((f"«{a}»", f"«{b}»") for a, b in ENGLISH.rules),
    phrases={"sum": "«sum»", "mean": "«mean»", "to": "«to»"},
    part=part,
    **{f.name: marked(getattr(ENGLISH, f.name)) for f in fields(ENGLISH)
       if f.name in ("routes", "losses", "activations", "quantities", "picture", "page", "script", "plot", "tour",
                 "command", "exercise", "mistakes", "examiner", "live", "live_page", "playground")},
)
"""


def test_a_language_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A third language, made up: every sentence of English in «marks». Nothing falls back to another language."""
    (tmp_path / "xx.py").write_text(MADE_UP, "utf-8")
    monkeypatch.setattr(language_files, "__path__", [*language_files.__path__, str(tmp_path)])
    assert language_files.languages() == ("en", "es", "xx")
    network = MLP([1, 2, 1], seed=0)
    sample = {"x": [0.5], "y": [1.0], "loss": "mse", "lang": "xx"}
    texts = {
        "neurons": viz.draw(network, view="both", **sample).svg(),
        "operations": viz.draw(network, view="both", detail="op", **sample).svg(),
        "convolution": viz.draw(convolutional(), np.zeros((1, 1, 6, 6)), lang="xx").svg(),
        "spoken": viz.draw(network, view="both", **sample).alt_text(),
        "player": re.sub("<(svg|script).*?</(svg|script)>", "", viz.player(network, **sample).html(), flags=re.S),
    }
    (tmp_path / "students").mkdir()  # apart from the languages
    (tmp_path / "students" / "engine.py").write_text(right("small").replace("self.grad += g", "self.grad = g"), "utf-8")
    examination = examine(tmp_path / "students" / "engine.py")
    texts["examined"] = examination.figure("xx").svg() + examination.page("xx")
    texts["live page"] = page_of("", {}, "xx")
    assert "«It does not have " in examination.report("xx")
    assert "«The rule that is broken is ⑧: «branching point» becomes «sum of outputs».»" in examination.report("xx")
    texts["playground"] = re.sub("<(svg|script).*?</(svg|script)>", "", viz.playground(lang="xx").html(), flags=re.S)
    for name, page in texts.items():
        assert "«" in page, name
    assert re.search("«(inverse )?hidden neuron 1»", texts["neurons"])  # names of parts are grammar
    assert "«Answered: go on.»" in viz.player(network, **sample).html()  # what the script says
    assert viz.plot_history(History({"loss": [2.0, 1.0]}), lang="xx").get_xlabel() == "«epoch»"
    viz.set_language("xx")
    assert "«unit input 1»" in str((Value(2.0, name="x") ** 2).inverse())
    english = {text for text in language_files.texts("en").picture.values() if "{" not in text and len(text) > 12}
    for text in english:
        assert not any(re.search(rf"(?<!«){re.escape(text)}", page) for page in texts.values()), text


def test_what_is_pointed_at_in_a_drawing_of_neurons_is_in_its_language():
    network = NeuronNetwork([2, 2, 1], activation="step", output="step", seed=0)
    drawn = {lang: viz.draw(network, [0.5, 1.0], lang=lang, view="both").svg() for lang in ("en", "es")}
    assert "h = step(" in drawn["en"]
    assert "h = escalón(" in drawn["es"]
    assert "step(" not in drawn["es"]
