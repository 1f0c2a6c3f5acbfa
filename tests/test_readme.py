"""What the README shows is what happens."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from inversa.autograd import Rule
from inversa.viz.cli import main

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


def test_the_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (README.parent / target).exists(), target
