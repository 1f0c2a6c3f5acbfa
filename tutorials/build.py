"""Make the notebooks, English and Spanish, from the texts in tutorials/source: python tutorials/build.py [NUMBER …].

A text is Markdown. What stands under ``<!-- en -->`` is prose of the English edition, what stands under ``<!-- es -->``
of the Spanish one; a block of Python is a code cell of both. So the code exists once. Words after ``python`` say more:

- ``check``: the cell checks what the lesson says. It is folded, and run: the lesson's own cells have no ``assert`` and
  at most LONGEST lines, blank ones not counted;
- ``exercise``: here the reader writes an answer in place of ``...``. The block below it is a ``check`` that is one
  expression, true if the answer is right: ``viz.check_answer(slope, 6, hints={9: "<<That is f(3)|Eso es f(3)>>"})``;
- ``solution``: the code is folded away, with the prose that stands below ``<!-- solution -->`` in the text before it
  (or before its exercise). It gives the exercise's names their values, and tests see that the check is then true;
- ``varies``: the numbers that the cell prints differ from run to run, or from one kind of processor to another;
- any other word is the cell's id, by which the table of demonstrations finds it.

In code, ``<<weighted input|entrada ponderada>>`` is the first in English and the second in Spanish: for comments,
printed words and titles. In prose, ``[weight](glossary#weight)`` links to a term of source/glossary.md by its English
name, in Spanish too: ``[peso](glossary#weight)``. Link a term where it first appears in a tutorial.

After the title stand the minutes that the tutorial takes, and a cell that installs the library where it is missing, as
in Colab, from the repository that pyproject.toml names. Each edition is run from scratch in an empty folder, and keeps
what its cells showed. The glossary's pages, and the minutes in both README.md, are written each time.
"""

from __future__ import annotations

import re
import sys
import tempfile
import tomllib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from math import ceil
from pathlib import Path
from unicodedata import combining, normalize

import nbclient
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from inversa.autograd.files import write_atomically

TUTORIALS = Path(__file__).parent
EDITIONS = {"en": TUTORIALS, "es": TUTORIALS / "es"}
SOURCES = sorted((TUTORIALS / "source").glob("[0-9]*.md"))
GLOSSARY = TUTORIALS / "source" / "glossary.md"
CODE = re.compile(r"^```python *([^\n]*)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
PROSE = re.compile(r"<!-- en -->\n(?P<en>.*?)\n<!-- es -->\n(?P<es>.*)", re.DOTALL)
EITHER = re.compile(r"<<([^<>|]*)\|([^<>|]*)>>")
TERM = re.compile(r"\]\(glossary#([^)]*)\)")
TAGS = ("check", "exercise", "solution", "varies")
LONGEST = 15  # lines of a lesson's cell
WORDS, CELL, EXERCISE = 130, 1, 3  # words read in a minute; minutes for a cell that is run, and for an exercise
PROJECT = tomllib.loads((TUTORIALS.parent / "pyproject.toml").read_text("utf-8"))
REPOSITORY = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
INSTALL = """\
# {note}
from importlib.util import find_spec

if find_spec("inversa") is None:
    %pip install -q "inversa[all] @ git+{repository}"\
"""
NOTES = {
    "en": (
        "Where Inversa is missing, as in Colab, this installs it.",
        "Where Inversa is missing, as in Colab, this installs it; write the repository's address for <repository>.",
    ),
    "es": (
        "Donde falta Inversa, como en Colab, esto la instala.",
        "Donde falta Inversa, como en Colab, esto la instala; escriba la dirección del repositorio por <repository>.",
    ),
}
SUMMARY = {"en": "Solution", "es": "Solución"}
TIME = {"en": "*About {} minutes.*", "es": "*Unos {} minutos.*"}
FOLDED = "<details>\n<summary>{summary}</summary>\n\n{prose}\n\n```python\n{code}\n```\n\n</details>"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3", "file_extension": ".py"},
}


def notebook(source: Path, lang: str) -> nbformat.NotebookNode:
    """One edition of a text, not run yet."""
    cells = []
    for number, (cell, name) in enumerate(_cells(source, lang)):
        cell.id = name or f"cell-{number:02}"
        cells.append(cell)
    title, _, introduction = cells[0].source.partition("\n")
    cells[0].source = f"{title}\n\n{TIME[lang].format(minutes(source))}\n{introduction}"
    cells.insert(1, installing(REPOSITORY, lang))
    return new_notebook(cells=cells, metadata=METADATA)


def installing(repository: str, lang: str) -> nbformat.NotebookNode:
    """The cell that installs the library where it is missing; harmless, and silent, where it is there."""
    note = NOTES[lang][not repository]
    cell = new_code_cell(INSTALL.format(note=note, repository=repository or "<repository>"))
    cell.id = "install"
    return cell


def _cells(source: Path, lang: str) -> Iterator[tuple[nbformat.NotebookNode, str]]:
    """The cells with their names, where they have one."""
    text, start, answer = source.read_text(encoding="utf-8"), 0, ""
    for block in CODE.finditer(text):
        prose, explained = _prose(source, text[start : block.start()], lang)
        answer = explained or answer
        if prose:
            yield new_markdown_cell(prose), ""
        cell, name = _code(block, answer, lang)
        if "solution" in cell.metadata.get("tags", ()):
            answer = ""
        yield cell, name
        start = block.end()
    prose, _ = _prose(source, text[start:], lang)
    if prose:
        yield new_markdown_cell(prose), ""


def _prose(source: Path, text: str, lang: str) -> tuple[str, str]:
    """What stands between two blocks, in one language, and the part of it that belongs to a solution."""
    if not text.strip():
        return "", ""
    match = PROSE.fullmatch(text.strip())
    if match is None or "<!-- e" in match["es"]:
        raise ValueError(f"{source.name}: this is not prose in English and then in Spanish: {text.strip()[:200]!r}")
    prose, _, answer = linked(match[lang], lang, source.name).partition("<!-- solution -->")
    return prose.strip(), answer.strip()


def _code(block: re.Match[str], answer: str, lang: str) -> tuple[nbformat.NotebookNode, str]:
    code = block[2].replace('set_language("en")', f'set_language("{lang}")')
    code = EITHER.sub(lambda match: match[1 + list(EDITIONS).index(lang)], code)
    tags = [word for word in block[1].split() if word in TAGS]
    names = [word for word in block[1].split() if word not in TAGS]
    metadata: dict[str, object] = {"tags": tags} if tags else {}
    if "check" in tags:
        metadata["jupyter"] = {"source_hidden": True}
    if "solution" in tags:
        folded = FOLDED.format(summary=SUMMARY[lang], prose=answer, code=code)
        return new_markdown_cell(folded, metadata=metadata), ""
    return new_code_cell(code, metadata=metadata), "".join(names)


def minutes(source: Path) -> int:
    """How long a reader needs, to the next five minutes: to read the prose, run the cells and do the exercises.

    Words are those of both editions, halved; checks and solutions are not counted as cells.
    """
    text = source.read_text(encoding="utf-8")
    kinds = [block[1].split() for block in CODE.finditer(text)]
    words = len(re.sub(r"<!--.*?-->", "", CODE.sub("", text)).split()) / len(EDITIONS)
    cells = sum(not {"check", "exercise", "solution"} & set(kind) for kind in kinds)
    exercises = sum("solution" in kind for kind in kinds)
    return 5 * ceil((words / WORDS + cells * CELL + exercises * EXERCISE) / 5)


def linked(text: str, lang: str, where: str) -> str:
    """The links to terms of the glossary, as links to its page in a language."""
    slugs = {term: _anchor(names[lang]) for term, names, _ in terms()}

    def replaced(match: re.Match[str]) -> str:
        if match[1] not in slugs:
            raise ValueError(f"{where}: the glossary has no term {match[1]!r}: {', '.join(slugs)}")
        return f"](glossary.md#{slugs[match[1]]})"

    return TERM.sub(replaced, text)


@cache
def terms() -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """The terms of the glossary: the key that links name, their names, and what they mean, in each language."""
    found = []
    for entry in GLOSSARY.read_text(encoding="utf-8").split("\n## ")[1:]:
        english, spanish = (name.strip() for name in entry.partition("\n")[0].split("|"))
        match = PROSE.fullmatch(entry.partition("\n")[2].strip())
        if match is None:
            raise ValueError(f"glossary: {english} is not explained in English and then in Spanish")
        key = english.replace(" ", "-").lower()
        found.append((key, {"en": english, "es": spanish}, {lang: match[lang].strip() for lang in EDITIONS}))
    return found


def glossary(lang: str) -> str:
    """The page of the glossary, its terms in alphabetical order."""
    match = PROSE.fullmatch(GLOSSARY.read_text(encoding="utf-8").partition("\n## ")[0].strip())
    if match is None:
        raise ValueError("glossary: it begins with a title in English and then in Spanish")
    entries = sorted((_plain(names[lang]), _entry(names[lang], text[lang])) for _, names, text in terms())
    return linked("\n\n".join([match[lang].strip(), *(entry for _, entry in entries)]) + "\n", lang, GLOSSARY.name)


def _entry(name: str, text: str) -> str:
    """A term and what it means; JupyterLab finds no heading with accents or capitals, so an anchor stands there."""
    anchor = "" if _plain(name) == name else f'<a id="{_anchor(name)}"></a>\n\n'
    return f"{anchor}## {name}\n\n{text}"


def _anchor(name: str) -> str:
    """How links call a term."""
    return _plain(name).replace(" ", "-")


def _plain(name: str) -> str:
    """A word as dictionaries sort it, without accents."""
    return "".join(letter for letter in normalize("NFD", name.lower()) if not combining(letter))


def with_minutes(readme: str) -> str:
    """The table of tutorials, with the minutes of each in its last column."""
    for source in SOURCES:
        number = int(source.stem.partition("_")[0])
        row = rf"(?m)^(\| {number} \|.*\]\((?:es/)?{source.stem}\.ipynb\) \|).*$"
        readme = re.sub(row, rf"\1 {minutes(source)} |", readme)
    return readme


def kept(source: Path, lang: str) -> Path:
    """Where an edition is kept."""
    return EDITIONS[lang] / f"{source.stem}.ipynb"


def run(edition: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Run all cells, in a new process and an empty folder; the solutions, too, though nothing of them is kept.

    A solution must be right in the eyes of the checks of its exercise. A warning stops it as an error does.
    """
    cells = edition.cells
    edition.cells = list(_with_solutions(cells))
    with tempfile.TemporaryDirectory() as folder:
        client = nbclient.NotebookClient(
            edition,
            timeout=300,
            kernel_name="python3",
            coalesce_streams=True,  # what a cell prints may arrive in any number of pieces
            record_timing=False,
            resources={"metadata": {"path": folder}},
        )
        client.execute()
    for cell in edition.cells:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise RuntimeError(f"a cell complains: {output.text}\n{cell.source}")
    edition.cells = cells
    edition.metadata = nbformat.from_dict(METADATA)  # without the version of this Python
    return edition


def _with_solutions(cells: list[nbformat.NotebookNode]) -> Iterator[nbformat.NotebookNode]:
    """The cells, the solutions as code, and after each what checks the answers to its exercise."""
    checks: list[str] = []
    before: list[str] = []
    for cell in cells:
        tags = cell.metadata.get("tags", [])
        if "check" in tags and "exercise" in before:
            checks.append(cell.source)
        before = tags
        if code := solution(cell):
            yield new_code_cell(code)
            yield from (new_code_cell(f"assert (\n{check}\n)") for check in checks)
            checks = []
        else:
            yield cell


def solution(cell: nbformat.NotebookNode) -> str:
    """The code that is folded away in a cell."""
    found = re.search(r"```python\n(.*)\n```", cell.source, re.DOTALL)
    return found[1] if found and "solution" in cell.metadata.get("tags", ()) else ""


def shrink(edition: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Keep less: of plots 256 colours, which nobody tells from the original, and no SVG beside HTML that holds it."""
    for cell in edition.cells:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output.data.pop("image/svg+xml", None)
            if image := output.get("data", {}).get("image/png"):
                file = BytesIO()
                picture = Image.open(BytesIO(b64decode(image))).convert("RGB")
                picture.quantize(256, dither=Image.Dither.NONE).save(file, format="png", optimize=True)
                output.data["image/png"] = b64encode(file.getvalue()).decode()
    return edition


def build(source: Path, lang: str) -> Path:
    """Make and run an edition; the file is replaced when all has gone well."""
    path = kept(source, lang)
    text = nbformat.writes(shrink(run(notebook(source, lang)))) + "\n"
    path.parent.mkdir(exist_ok=True)
    return write_atomically(path, text.encode())


def main(numbers: list[str]) -> None:
    """Build all tutorials, or those that begin with these numbers."""
    known = {source.stem.split("_")[0]: source for source in SOURCES}
    for number in numbers or known:
        if number not in known:
            raise SystemExit(f"there is no tutorial {number}: {', '.join(known)}")
        for lang in EDITIONS:
            print(build(known[number], lang))
    for lang, folder in EDITIONS.items():
        write_atomically(folder / GLOSSARY.name, glossary(lang).encode())
        readme = folder / "README.md"
        write_atomically(readme, with_minutes(readme.read_text("utf-8")).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
