"""What the README shows is what happens."""

import doctest
import re
import runpy
import shlex
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from inversa.autograd import Rule
from inversa.viz.command.cli import main

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")


def test_the_examples_print_what_they_are_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    results = doctest.testfile(str(README), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert results.attempted >= 15
    assert results.failed == 0
    for name in ("neuron.svg", "player.svg"):
        drawn, shown = ((folder / name).read_text("utf-8") for folder in (tmp_path, README.parent / "tutorials"))
        assert re.findall("<text.*?</text>", drawn) == re.findall("<text.*?</text>", shown)


SPANISH = README.with_name("README.es.md").read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    """The code of a text, without its comments."""
    return [re.sub(r"  # .*", "", block) for block in re.findall(r"(?ms)^```\w+\n.*?^```$", text)]


def structure(text: str) -> list[str]:
    """The levels of the headings of a text, and between them its pictures, tables, items and blocks of code."""
    parts = re.findall(r"(?m)^(#+|!\[|\|---|- |```\w+)", text)
    return [part.strip() for part in parts]


def test_the_readme_in_spanish_is_the_whole_readme() -> None:
    assert blocks(SPANISH) == blocks(TEXT)
    assert structure(SPANISH) == structure(TEXT)
    files = [
        [re.sub(r"tutorials/es/", "tutorials/", target) for target in re.findall(r"\]\(([^)#]+)\)", text)]
        for text in (TEXT, SPANISH)
    ]
    assert sorted(files[0][1:]) == sorted(files[1][1:])  # after the link to the other language
    assert (files[0][0], files[1][0]) == ("README.es.md", "README.md")
    numbers = [re.findall(r"[\d.]+ ×", text) for text in (TEXT, SPANISH)]
    assert numbers[0] == numbers[1]


def test_the_commands_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = [line for line in TEXT.splitlines() if line.startswith("inversa ")]
    assert commands
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0
    makefile = (README.parent / "Makefile").read_text("utf-8")
    assert all(f"\n{target}:" in makefile for target in re.findall(r"(?m)^make (\w+)$", TEXT))


def test_the_table_of_rules_is_the_programs() -> None:
    for rule in Rule:
        english, spanish = rule.names("en"), rule.names("es")
        cells = [rule.mark, english.forward, english.inverse, spanish.forward, spanish.inverse]
        assert f"| {' | '.join(cells)} |" in TEXT


@pytest.mark.parametrize("text", [TEXT, SPANISH], ids=["en", "es"])
def test_the_links_lead_somewhere(text: str) -> None:
    headings = {re.sub(r"[^\w ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"(?m)^## (.+)$", text)}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        assert (README.parent / path).exists(), target
        assert not anchor or anchor in headings, target


def test_the_pictures_of_the_gallery_are_what_is_drawn_now(tmp_path: Path) -> None:
    runpy.run_path(str(README.parent / "tutorials" / "gallery.py"))["for_the_readme"](tmp_path)
    kept = README.parent / "tutorials" / "pictures"
    assert sorted(path.name for path in kept.iterdir()) == sorted(path.name for path in tmp_path.iterdir())
    for path in kept.glob("*.svg"):
        drawn = (tmp_path / path.name).read_text("utf-8")
        assert re.findall("<text.*?</text>", drawn) == re.findall("<text.*?</text>", path.read_text("utf-8"))
    for path in kept.glob("*.png"):
        drawn, shown = imread(tmp_path / path.name), imread(path)
        assert drawn.shape == shown.shape
        assert np.abs(drawn - shown).mean() < 0.01
