"""The tutorials run, what they show is what they show now, and what their prose says comes from their code."""

from __future__ import annotations

import io
import re
import runpy
import tokenize
from base64 import b64decode
from collections import Counter
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from inversa.autograd.lazy import LazyModule

if TYPE_CHECKING:
    import nbformat
    from IPython.core import inputtransformer2
else:  # slow to import, and every process of a test run reads this file
    nbformat = LazyModule("nbformat")
    inputtransformer2 = LazyModule("IPython.core.inputtransformer2")

TUTORIALS = Path(__file__).parent.parent / "tutorials"
SOURCES = sorted((TUTORIALS / "source").glob("[0-9]*.md"))
LANGUAGES = ("en", "es")
PAGE = 860  # pixels of the text's width on the site; JupyterLab leaves 914 of 1366
NUMBER = r"(?<![\w.])\d+(?:\.\d+)?"


@pytest.fixture(scope="module")
def build() -> Any:
    """The script that makes the notebooks."""
    return SimpleNamespace(**runpy.run_path(str(TUTORIALS / "build.py")))


def kept(source: Path, lang: str) -> nbformat.NotebookNode:
    folder = TUTORIALS / "es" if lang == "es" else TUTORIALS
    return nbformat.read(folder / f"{source.stem}.ipynb", as_version=4)


def code(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def tagged(notebook: nbformat.NotebookNode, tag: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())]


def lesson(notebook: nbformat.NotebookNode) -> list[str]:
    """The code that is read and run: no checks, no exercises, and not the cell that installs."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.id != "install"]
    return [cell.source for cell in cells if not {"check", "exercise"} & set(cell.metadata.get("tags", ()))]


def tokens(code: str) -> list[str]:
    """The code without its comments and texts, which are in a language."""
    kinds = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    code = re.sub("(?m)^ *%.*", "pass", code)  # what is not Python
    return [token.string for token in tokenize.generate_tokens(io.StringIO(code).readline) if token.type not in kinds]


def comments(code: str) -> list[str]:
    code = re.sub("(?m)^ *%.*", "pass", code)
    found = tokenize.generate_tokens(io.StringIO(code).readline)
    return [token.string for token in found if token.type == tokenize.COMMENT]


def prose(notebook: nbformat.NotebookNode) -> list[str]:
    """What is said in each cell: without the code in it, and without who said it first and in which year."""
    said = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    without = re.compile(
        r"^\*(?:About|Unos) \d+ min[a-z]+\.\*$"
        r"|```.*?```|`[^`]*`|\]\([^)]*\)|\((?:19|20)\d\d\)|^\*\*(?:The lecture|La lección)\.\*\*.*",
        re.DOTALL | re.MULTILINE,
    )
    return [without.sub(" ", text) for text in said]


def shown(notebook: nbformat.NotebookNode) -> list[tuple[str, list[str]]]:
    """What every cell printed, and the kinds of what it displayed (pictures are compared in their own tests)."""
    cells = []
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        text = ""
        for output in outputs:
            data = output.get("data", {})
            picture = any(kind.startswith("image/") for kind in data)
            # a stream may arrive in any number of pieces; the name of a picture is in its language
            text += output.get("text", "") + ("" if picture else data.get("text/plain", ""))
        if "varies" in cell.metadata.get("tags", ()):
            text = re.sub(r"[ \d.,]+", "#", text)
        cells.append((text, sorted(kind for output in outputs for kind in output.get("data", {}))))
    return cells


def without_words(cells: list[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """What is printed, without what is said in a language, and rules as long as that."""
    return [(re.sub(r"[^\W\d_]+[.′]?|[\s─]", "", text), kinds) for text, kinds in cells]


def lasting(path: Path) -> Any:
    """A tutorial; those that train for longest are run by `make lessons`."""
    marks = [pytest.mark.lessons] if path.stem[:2] in ("05", "06", "08", "09", "10") else []
    return pytest.param(path, marks=marks, id=path.stem)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's own libraries
@pytest.mark.parametrize("source", [lasting(path) for path in SOURCES])
def test_it_runs_and_shows_the_same(build: Any, source: Path) -> None:
    fresh = build.shrink(build.run(build.notebook(source, "en")))
    assert shown(fresh) == shown(kept(source, "en"))
    assert without_words(shown(fresh)) == without_words(shown(kept(source, "es")))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_notebook_is_what_its_source_says(build: Any, source: Path, lang: str) -> None:
    path = build.kept(source, lang)
    assert path.stat().st_size <= 1.5e6
    notebook = kept(source, lang)
    nbformat.validate(notebook)
    said = [(cell.id, cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in notebook.cells]
    wanted = build.notebook(source, lang).cells
    assert said == [(cell.id, cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in wanted]
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_both_editions_have_the_same_code(build: Any, source: Path) -> None:
    english, spanish = (kept(source, lang) for lang in LANGUAGES)
    assert list(map(tokens, code(english))) == list(map(tokens, code(spanish)))
    solutions = [[tokens(build.solution(cell)) for cell in edition.cells] for edition in (english, spanish)]
    assert solutions[0] == solutions[1]
    assert code(spanish)[1].count('viz.set_language("es")') == 1
    for cell in spanish.cells:  # and the pictures are in the reader's language
        for output in cell.get("outputs", []):
            drawn = output.get("data", {}).get("image/svg+xml", "") + output.get("data", {}).get("text/html", "")
            assert "lang=" not in drawn or 'lang="es"' in drawn or "lang=&quot;es&quot;" in drawn


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_its_pictures_fit_the_page(source: Path, lang: str) -> None:
    for cell in kept(source, lang).cells:
        for output in cell.get("outputs", []):
            for least in re.findall(
                r"min-width:(?:min\(.*?,)?(\d+)px\)?\"", output.get("data", {}).get("text/html", "")
            ):
                assert int(least) <= PAGE, cell.source
            if image := output.get("data", {}).get("image/png"):
                shown = output.metadata.get("image/png", {}).get("width") or Image.open(BytesIO(b64decode(image))).width
                assert 9 / 12.5 * shown <= PAGE, cell.source  # the letters of plots have 12.5 pixels


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_it_teaches(source: Path) -> None:
    for lang, predict, todo, closing in (
        ("en", "**Predict.**", "## To do yourself", "## In one picture"),
        ("es", "**Prediga.**", "## Para hacer por su cuenta", "## En una imagen"),
    ):
        notebook = kept(source, lang)
        text = "\n".join(cell.source for cell in notebook.cells)
        assert predict in text
        assert todo in text
        assert closing in text
        assert text.count("<details>") >= 2
    assert sum(text.count("assert ") + text.count("check_answer(") for text in code(notebook)) >= 10


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_numbers_of_the_prose_come_from_the_code(build: Any, source: Path, lang: str) -> None:
    notebook = kept(source, lang)
    outputs = [text for text, _ in shown(notebook)]
    folded = [build.solution(cell) for cell in notebook.cells]
    produced = set(re.findall(NUMBER, " ".join([*code(notebook), *folded, *outputs]).replace("_", "")))
    for said in prose(notebook):
        for number in re.findall(NUMBER, re.sub(r"(?<=\d)[ \u202f\u00a0](?=\d{3}\b)", "", said)):
            telling = "." in number or len(number) >= 3
            assert not telling or number in produced, f"{number} in: {said[:200]}"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_both_editions_say_the_same_numbers(source: Path) -> None:
    english, spanish = (prose(kept(source, lang)) for lang in LANGUAGES)
    assert len(english) == len(spanish)
    for said, dicho in zip(english, spanish, strict=True):
        assert Counter(re.findall(NUMBER, said)) == Counter(re.findall(NUMBER, dicho)), f"{said[:80]} / {dicho[:80]}"


def test_they_need_nothing_but_the_installed_package() -> None:
    for source in SOURCES:
        for text in code(kept(source, "en")):
            assert not re.search(r"__file__|\.\./|tutorials|^import os|sys\.path|\._[a-z]", text, re.MULTILINE), text


@pytest.mark.parametrize("repository", ["https://example.org/inversa", ""])
def test_the_first_cell_installs_the_library_where_it_is_missing(
    build: Any, repository: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = build.installing(repository, "en")
    program = inputtransformer2.TransformerManager().transform_cell(cell.source)
    run: list[tuple[str, ...]] = []
    names = {"get_ipython": lambda: SimpleNamespace(run_line_magic=lambda *line: run.append(line))}
    exec(program, names)
    assert not run  # it is there
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    exec(program, names)
    assert run == [("pip", f'install -q "inversa[all] @ git+{repository or "<repository>"}"')]
    assert ("write the repository's address for <repository>" in cell.source) == (not repository)


def test_every_edition_begins_with_its_title_and_that_cell(build: Any) -> None:
    for source in SOURCES:
        for lang in LANGUAGES:
            title, install, *_ = kept(source, lang).cells
            assert title.source.startswith("# ")
            assert (install.id, install.source) == ("install", build.installing(build.REPOSITORY, lang).source)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_its_cells_can_be_read_at_a_glance_and_typed(build: Any, source: Path) -> None:
    english = kept(source, "en")
    cells = lesson(english)
    solutions = [build.solution(cell) for cell in english.cells if build.solution(cell)]
    assert not [text for text in cells if sum(map(bool, text.splitlines())) > build.LONGEST]
    assert not [text for text in cells if "assert " in text]  # those are in cells of their own
    assert not [
        name for text in cells + solutions for name in filter(str.isidentifier, tokens(text)) if not name.isascii()
    ]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_comments_are_in_the_language_of_the_edition(build: Any, source: Path) -> None:
    """Those of checks and of solutions, too. Formulas, answers to choose from and "error" are the same in both."""
    english, spanish = (
        [*code(edition), *(build.solution(cell) for cell in edition.cells)]
        for edition in (kept(source, lang) for lang in LANGUAGES)
    )
    same = re.compile(r"\"\w+\"|True|False|error|tanh|\w+\(")
    assert not [
        dicho
        for pair in zip(english, spanish, strict=True)
        for said, dicho in zip(*map(comments, pair), strict=True)
        if said == dicho and re.search(r"[^\W\d_]{3,}", same.sub("", said))
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_an_exercise_says_what_to_do_until_it_is_done(build: Any, source: Path, lang: str) -> None:
    """And its solution is right, which `build.run` sees to."""
    cells = [cell for cell in kept(source, lang).cells if cell.cell_type == "code"]
    for exercise, check in pairwise(cells):
        if "exercise" in exercise.metadata.get("tags", ()):
            assert "..." in exercise.source
            assert "check" in check.metadata.get("tags", ()), exercise.source
            assert check.outputs, check.source
            assert check.metadata["jupyter"] == {"source_hidden": True}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_glossary_is_what_its_source_says_and_every_link_to_it_leads_somewhere(build: Any, lang: str) -> None:
    page = build.EDITIONS[lang] / "glossary.md"
    text = page.read_text("utf-8")
    assert text == build.glossary(lang)
    entries = re.findall(r'(?m)(?:<a id="(.*)"></a>\n\n)?^## (.*)$', text)
    anchors = {other or re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for other, title in entries}
    assert len(anchors) == len(build.terms())
    assert "".join(anchors).isascii()  # JupyterLab writes é as %C3%A9, and then does not find it
    for source in SOURCES:
        text += "".join(cell.source for cell in kept(source, lang).cells if cell.cell_type == "markdown")
    links = re.findall(r"\]\(glossary([^)]+)\)", text)
    assert links
    assert set(links) - {".md"} <= {f".md#{anchor}" for anchor in anchors}


def test_every_term_of_the_glossary_is_linked_from_a_tutorial_in_both_languages(build: Any) -> None:
    every = Counter[str]()
    for source in SOURCES:
        text = build.CODE.sub("", source.read_text("utf-8"))
        english, spanish = (
            Counter(term for prose in re.findall(kind, text, re.DOTALL) for term in build.TERM.findall(prose))
            for kind in (r"<!-- en -->(.*?)<!-- es -->", r"<!-- es -->(.*?)(?:<!-- en -->|\Z)")
        )
        assert english == spanish, source.stem
        every += english
    assert set(every) == {key for key, *_ in build.terms()}


def test_a_link_to_a_term_that_is_not_there_is_refused(build: Any, tmp_path: Path) -> None:
    source = tmp_path / "12_odd.md"
    source.write_text("<!-- en -->\nA [w](glossary#wait).\n<!-- es -->\nUn peso.\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"12_odd\.md: the glossary has no term 'wait'"):
        build.notebook(source, "en")


def test_every_edition_says_how_long_it_takes(build: Any) -> None:
    for lang in LANGUAGES:
        readme = (build.EDITIONS[lang] / "README.md").read_text(encoding="utf-8")
        assert readme == build.with_minutes(readme)
        for source in SOURCES:
            minutes = build.minutes(source)
            assert f"{source.stem}.ipynb) | {minutes} |" in readme
            assert build.TIME[lang].format(minutes) == kept(source, lang).cells[0].source.splitlines()[2]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("<!-- en -->\n" + "word " * 650 + "\n<!-- es -->\n" + "palabra " * 650, 5),
        ("<!-- en -->\n" + "word " * 652 + "\n<!-- es -->\n" + "palabra " * 652, 10),
        ("```python\nx = 1\n```\n" * 5 + "```python check\nassert x\n```\n" * 90, 5),
        ("```python exercise\nx = ...\n```\n" * 2 + "```python solution\nx = 1\n```\n" * 2, 10),
    ],
)
def test_minutes_are_words_cells_and_exercises(build: Any, tmp_path: Path, text: str, minutes: int) -> None:
    source = tmp_path / "12_timed.md"
    source.write_text(text, encoding="utf-8")
    assert build.minutes(source) == minutes


# The demonstrations of the lectures, each to be seen as a picture of a real run.
DEMONSTRATIONS = 43


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_demonstration_of_the_lectures_is_a_picture(lang: str) -> None:
    readme = (TUTORIALS / "README.md").read_text(encoding="utf-8")
    pictures, said = (rows(part) for part in readme.split("## Where the lectures' derivations and tables are"))
    every = [demonstration for demonstration, _, _ in pictures + said]
    assert len(every) == len(set(every))
    assert len(pictures) >= DEMONSTRATIONS
    for demonstration, stem, identifier in pictures + said:
        cells = {cell.id: cell for cell in kept(TUTORIALS / f"{stem}.md", lang).cells}
        outputs = cells[identifier].outputs
        assert outputs, demonstration
        kinds = {kind for output in outputs for kind in output.get("data", {})}
        assert (demonstration, stem, identifier) in said or kinds & PICTURES, demonstration


PICTURES = {"image/png", "image/svg+xml", "text/html"}


def rows(text: str) -> list[tuple[str, str, str]]:
    """What is in the tables of the README: what is shown, the tutorial, and the cell."""
    return re.findall(r"^\| ([^|]+) \| \[\d+\]\((\w+)\.ipynb\) \| `([\w-]+)` \|$", text, re.MULTILINE)


def test_the_readme_lists_every_tutorial() -> None:
    readme = (TUTORIALS / "README.md").read_text(encoding="utf-8")
    assert SOURCES
    for source in SOURCES:
        assert f"]({source.stem}.ipynb)" in readme
        assert f"](es/{source.stem}.ipynb)" in readme


def test_prose_that_is_not_in_both_languages_is_refused(build: Any, tmp_path: Path) -> None:
    source = tmp_path / "12_half.md"
    source.write_text("<!-- en -->\nOnly English.\n\n```python\nx = 1\n```\n", encoding="utf-8")
    with pytest.raises(ValueError, match="not prose in English and then in Spanish: '<!-- en -->"):
        build.notebook(source, "en")


def test_a_solution_is_folded_away_and_run_all_the_same(build: Any, tmp_path: Path) -> None:
    source = tmp_path / "12_wrong.md"
    prose = "<!-- en -->\nTry.\n<!-- solution -->\nSo.\n<!-- es -->\nPruebe.\n<!-- solution -->\nAsí.\n"
    text = f"{prose}\n```python solution\nassert False\n```\n"
    source.write_text(text, encoding="utf-8")
    edition = build.notebook(source, "es")
    assert [cell.cell_type for cell in edition.cells] == ["markdown", "code", "markdown"]
    assert "<summary>Solución</summary>\n\nAsí." in edition.cells[2].source
    with pytest.raises(Exception, match="AssertionError"):
        build.run(edition)


@pytest.mark.parametrize(("value", "right"), [("6", True), ("7", False)])
def test_a_solution_must_satisfy_the_check_of_its_exercise(build: Any, tmp_path: Path, value: str, right: bool) -> None:
    source = tmp_path / "12_exercise.md"
    prose = "<!-- en -->\nTry.\n<!-- solution -->\nSo.\n<!-- es -->\nPruebe.\n<!-- solution -->\nAsí.\n"
    check = 'viz.check_answer(six, 6, hints={9: "<<That is nine|Eso es nueve>>"})'
    source.write_text(
        f"{prose}\n```python\nfrom inversa import viz\n```\n\n```python exercise\nsix = ...\n```\n\n"
        f"```python check\n{check}\n```\n\n```python solution\nsix = {value}\n```\n",
        encoding="utf-8",
    )
    edition = build.notebook(source, "es")
    assert [cell.metadata.get("tags", []) for cell in edition.cells[3:]] == [["exercise"], ["check"], ["solution"]]
    assert "Eso es nueve" in edition.cells[4].source
    assert "Así." in edition.cells[5].source
    if right:
        fresh = build.run(edition)
        assert fresh.cells[4].outputs[0]["data"]["text/plain"].startswith("Write your answer")
    else:
        with pytest.raises(Exception, match="AssertionError"):
            build.run(edition)


def test_a_warning_stops_it_in_a_solution_too(build: Any, tmp_path: Path) -> None:
    source = tmp_path / "12_warning.md"
    code = "import warnings\n\nwarnings.warn('mind the gap', stacklevel=1)"
    source.write_text(f"<!-- en -->\nTry.\n<!-- es -->\nPruebe.\n\n```python solution\n{code}\n```\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="mind the gap"):
        build.run(build.notebook(source, "en"))
