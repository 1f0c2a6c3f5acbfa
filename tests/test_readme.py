"""What the README shows is what happens, and the Spanish one says the same."""

import doctest
import re
import runpy
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from inversa.autograd import Rule
from inversa.viz.command.cli import main

ROOT = Path(__file__).parents[1]
READMES = {"en": ROOT / "README.md", "es": ROOT / "README.es.md"}
TEXTS = {lang: path.read_text(encoding="utf-8") for lang, path in READMES.items()}
TUTORIALS = {"en": ROOT / "tutorials", "es": ROOT / "tutorials" / "es"}
LISTS = [folder / "README.md" for folder in TUTORIALS.values()]  # of tutorials
LINK = re.compile(r"\]\(([^)]+)\)")


def test_the_examples_print_what_they_are_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    results = doctest.testfile(str(READMES["en"]), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert results.attempted >= 15
    assert results.failed == 0
    for name in ("neuron.svg", "player.svg"):
        drawn, shown = ((folder / name).read_text("utf-8") for folder in (tmp_path, TUTORIALS["en"]))
        assert re.findall("<text.*?</text>", drawn) == re.findall("<text.*?</text>", shown)


def test_the_commands_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "tests/viz/examiner/engines/closures.py", "engine.py")  # the README's student wrote a right one
    monkeypatch.setattr("webbrowser.open", lambda url: True)
    commands = [line for line in TEXTS["en"].splitlines() if line.startswith("inversa ")]
    assert commands
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(f"\n{target}:" in makefile for target in re.findall(r"(?m)^make (\w+)$", TEXTS["en"]))


def test_the_table_of_rules_is_the_programs() -> None:
    for lang, other in (("en", "es"), ("es", "en")):
        for rule in Rule:
            ours, theirs = rule.names(lang), rule.names(other)
            cells = [rule.mark, ours.forward, ours.inverse, theirs.forward, theirs.inverse]
            assert f"| {' | '.join(cells)} |" in TEXTS[lang]


@pytest.mark.parametrize("path", [*READMES.values(), *LISTS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text("utf-8")), target


def headings(text: str) -> list[tuple[str, str]]:
    """The levels of the headings, and what they say."""
    return re.findall(r"(?m)^(#+) (.+)$", re.sub(r"(?ms)^```.*?^```$", "", text))


def anchors(text: str) -> list[str]:
    """What links call the headings, as GitHub does."""
    return [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for _, title in headings(text)]


def test_both_languages_have_the_same_parts() -> None:
    english, spanish = TEXTS.values()
    levels = [[level for level, _ in headings(text)] for text in (english, spanish)]
    assert levels[0] == levels[1]
    parts = [[part.count("\n- ") for part in re.split(r"(?m)^## ", text)] for text in (english, spanish)]
    assert parts[0] == parts[1]


def test_both_languages_show_the_same_code() -> None:
    for pattern in (r"(?ms)^```.*?^```$", r"(?m)^make .*$"):
        english, spanish = (re.findall(pattern, text) for text in TEXTS.values())
        assert english == spanish
    english, spanish = (
        [set(re.findall(r"`([^`\n]+)`", part)) for part in re.split(r"(?m)^## ", text)] for text in TEXTS.values()
    )
    assert english == spanish


def test_both_languages_have_the_same_numbers_in_tables() -> None:
    english, spanish = (
        [re.findall(r"\d[\d. -]*", row) for row in re.findall(r"(?m)^\|.*$", text)] for text in TEXTS.values()
    )
    assert len(english) > 15
    assert english == spanish


def test_both_languages_lead_to_the_same_places() -> None:
    english, spanish = (LINK.findall(text) for text in TEXTS.values())
    assert (english.pop(0), spanish.pop(0)) == ("README.es.md", "README.md")
    names = dict(zip(anchors(TEXTS["es"]), anchors(TEXTS["en"]), strict=True))
    inside = [f"#{names[target[1:]]}" if target[0] == "#" else target for target in spanish]
    assert english == [target.replace("/es/", "/") for target in inside]
    for target, other in zip(english, spanish, strict=True):  # what exists in Spanish is linked in Spanish
        in_spanish = re.sub("^(tutorials|docs)/", r"\1/es/", target)
        if (ROOT / in_spanish).exists():
            assert in_spanish == other


def test_the_list_of_tutorials_is_the_same_in_both_languages() -> None:
    row = re.compile(r"(?m)^\| (\d+) \|.*\[([^\]]+)\]\((?:es/)?(\w+\.ipynb)\)")  # the last link of a row
    english, spanish = (row.findall(path.read_text("utf-8")) for path in LISTS)
    assert len(english) == len(list(TUTORIALS["es"].glob("*.ipynb")))
    assert english == spanish


@pytest.mark.parametrize("lang", TEXTS)
def test_the_pictures_are_what_is_drawn_now(lang: str, tmp_path: Path) -> None:
    runpy.run_path(str(ROOT / "tutorials" / "gallery.py"))["for_the_readme"](tmp_path, lang)
    kept = TUTORIALS[lang]
    drawn = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*"))
    assert drawn == sorted(path.relative_to(kept) for path in [*kept.glob("*.svg"), *kept.glob("pictures/*")])
    for name in drawn:
        if name.suffix == ".svg":
            made, shown = (re.findall("<text.*?</text>", (of / name).read_text("utf-8")) for of in (tmp_path, kept))
            assert made == shown
        else:
            image, other = imread(tmp_path / name), imread(kept / name)
            assert image.shape == other.shape
            assert np.abs(image - other).mean() < 0.01
