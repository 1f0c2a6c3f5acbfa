"""Pages: what Python and the scripts tell each other, and how the scripts are written."""

import json
import re
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest

from inversa import viz
from inversa.autograd.languages import texts
from inversa.nn import MLP, Linear, Module
from inversa.viz import _playback
from inversa.viz.neurons import circles
from inversa.viz.pages import contract, player, recording
from inversa.viz.pages.page import source

WEB = files("inversa.viz.pages").joinpath("web")
FILES = {file.name: file.read_text("utf-8") for file in WEB.iterdir() if file.name.endswith((".js", ".css"))}
BUNDLES = {"player": player, "playback": _playback}
COLUMNS = 100


class Loop(Module):
    """A model that is no network of neurons."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.first, self.last = Linear(inputs, 4, seed=0), Linear(4, outputs, seed=1)

    def forward(self, x):
        h = self.first(x).tanh()
        return self.last(h * h)


def played(loss):
    return viz.player(MLP([2, 2, 1], activation="tanh", seed=0), [0.5, -1.0], 1.0, loss=loss).html()


def recorded(model, *samples):
    recorder = viz.record(model, *samples)
    recorder.take(0)
    recorder.take(1, 0.5)
    return recorder.html()


PLANE = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]])
PAGES = {
    "player": lambda: played("mse"),
    "player that cannot compute": lambda: played("huber"),
    "regions": lambda: recorded(MLP([2, 3, 1], seed=0), PLANE, [0, 1, 1]),
    "curves": lambda: recorded(MLP([1, 3, 2], seed=0), [0.0, 1.0], np.eye(2)),
    "kept regions": lambda: recorded(Loop(2, 3), PLANE, [0, 1, 2]),
    "kept curves": lambda: recorded(Loop(1, 1), [0.0, 1.0], [0.0, 1.0]),
    "no samples": lambda: recorded(Loop(3, 1)),
}


def keys(message):
    """All keys of a message, and those that it always has."""
    return set(message.__annotations__), set(message.__required_keys__)


@pytest.mark.parametrize("kind", PAGES)
def test_python_sends_what_the_contract_says(kind):
    data = json.loads(re.search(r'id="data">(.*?)</script>', PAGES[kind](), re.S)[1])
    if kind.startswith("player"):
        assert data.keys() == keys(contract.PlayerData)[0]
        assert all(step.keys() == keys(contract.StepData)[0] for step in data["steps"])
        assert all(leaf.keys() == keys(contract.LeafData)[0] for leaf in data["leaves"])
        told = {mistake for step in data["steps"] for mistake, _ in step["alternatives"]}
        assert told == data["words"]["mistakes"].keys()
        assert (data["code"] is None) == (kind != "player") == bool(data["numbers"])
        return
    every, always = keys(contract.PlaybackData)
    assert always <= data.keys() <= every
    assert keys(contract.FramesData)[1] <= always
    samples = keys(contract.SamplesData)[0]
    assert data.keys() & samples == (samples if data["points"] else {"points"})
    computed, kept = {"code", "order", "outputs"}, {"answers", "side"}
    expected = set() if kind == "no samples" else kept if kind.startswith("kept") else computed
    assert data.keys() & (computed | kept) == expected


def code_of(bundle):
    """The scripts of a page without comments."""
    return re.sub(r"(^|\s)//.*", "", "".join(FILES[name] for name in bundle.SCRIPTS))


def read(bundle, name):
    """The keys that the scripts of a page read of a message."""
    return set(re.findall(rf"\b{name}\.([a-z]\w*)", code_of(bundle)))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_scripts_read_what_the_contract_says(lang):
    """All of it and nothing else: a key that nobody reads need not be sent."""
    assert read(player, "data") == keys(contract.PlayerData)[0]
    assert read(player, "step") == keys(contract.StepData)[0]
    assert read(player, "leaf") == keys(contract.LeafData)[0]
    assert read(player, "words") == {*texts(lang).script, "rules", "mistakes"}
    assert read(_playback, "data") == keys(contract.PlaybackData)[0]
    recorder = viz.record(MLP([2, 3, 1], seed=0), lang=lang)
    assert read(_playback, "words") == recorder._kept()["words"].keys()


def test_attributes_of_elements_are_in_the_contract():
    """Those with one letter are Python's; what a script notes for itself is a word."""
    used = set(re.findall(r"dataset\.(\w)\b", "".join(FILES.values())))
    assert used == set(re.findall(r"``data-(\w)``", contract.__doc__))


def test_every_file_is_used():
    assert set(FILES) == {name for bundle in BUNDLES.values() for name in (*bundle.STYLES, *bundle.SCRIPTS)}


@pytest.mark.parametrize("name", FILES)
def test_files_are_written_to_be_read(name):
    lines = FILES[name].splitlines()
    assert max(map(len, lines)) <= COLUMNS
    if name.endswith(".js"):
        assert lines[name == "page.js"].startswith("// ")  # what it owns
    for line in lines:  # the lines of a page have no indentation, so no text may go over several
        assert line.count("`") % 2 == 0, line
        assert line.partition(" // ")[0].count('"') % 2 == 0, line  # nor may one look like a comment
        assert "/*" not in line or line.rstrip().endswith("*/"), line


@pytest.mark.parametrize("kind", BUNDLES)
def test_globals_have_words_for_names_and_one_owner(kind):
    """A function that is declared twice would silently be the second one."""
    declared = re.findall(r"^(?:const|let|var|function|class) (.*)", code_of(BUNDLES[kind]), re.M)
    names = [re.match(r"[\w$]+", text)[0] for text in declared]
    assert len(names) > 40
    assert [name for name in names if len(name) < 3] == []
    assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("kind", BUNDLES)
def test_a_page_has_the_scripts_without_what_only_people_need(kind):
    text = source(*BUNDLES[kind].SCRIPTS)
    assert "\n " not in text
    assert text.startswith('"use strict";')
    assert not re.search(r"(^| )//", text, re.M)
    assert re.sub(r"\s+", "", text) == re.sub(r"\s+", "", code_of(BUNDLES[kind]))


def test_numbers_that_both_sides_have_are_the_same():
    for name, text, number in (
        ("plane.js", "const NONE = {};", recording.NO_ANSWER),
        ("line.js", "const POINTS = {};", recording.CURVE),
        ("paint.js", "const THIN = {};", circles.THIN),
    ):
        assert text.format(number) in FILES[name]
