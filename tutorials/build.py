"""Make the notebooks, English and Spanish, from the texts in tutorials/source: python tutorials/build.py [NUMBER …].

A text is Markdown. What stands under ``<!-- en -->`` is prose of the English edition, what stands under ``<!-- es -->``
of the Spanish one; a block of Python is a code cell of both. So the code exists once. Words after ``python`` say more:

- ``solution``: the code is folded away, with the prose that stands below ``<!-- solution -->``; tests run it;
- ``varies``: the numbers that the cell prints differ from run to run, or from one kind of processor to another;
- any other word is the cell's id, by which the table of demonstrations finds it.

After the title stands a cell that installs the library where it is missing, as in Colab, from the repository that
pyproject.toml names. Each edition is run from scratch in an empty folder, and keeps what its cells showed.
"""

from __future__ import annotations

import re
import sys
import tempfile
import tomllib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import nbclient
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from inversa.autograd.files import write_atomically

TUTORIALS = Path(__file__).parent
EDITIONS = {"en": TUTORIALS, "es": TUTORIALS / "es"}
SOURCES = sorted((TUTORIALS / "source").glob("*.md"))
CODE = re.compile(r"^```python *([^\n]*)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
PROSE = re.compile(r"<!-- en -->\n(?P<en>.*?)\n<!-- es -->\n(?P<es>.*)", re.DOTALL)
TAGS = ("solution", "varies")
PROJECT = tomllib.loads((TUTORIALS.parent / "pyproject.toml").read_text("utf-8"))
REPOSITORY = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
INSTALL = """\
# Where Inversa is missing, as in Colab, this installs it{note}.
from importlib.util import find_spec

if find_spec("inversa") is None:
    %pip install -q "inversa[all] @ git+{repository}"\
"""
SUMMARY = {"en": "Solution", "es": "Solución"}
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
    cells.insert(1, installing(REPOSITORY))
    return new_notebook(cells=cells, metadata=METADATA)


def installing(repository: str) -> nbformat.NotebookNode:
    """The cell that installs the library where it is missing; harmless, and silent, where it is there."""
    note = "" if repository else "; write the repository's address for <repository>"
    cell = new_code_cell(INSTALL.format(note=note, repository=repository or "<repository>"))
    cell.id = "install"
    return cell


def _cells(source: Path, lang: str) -> Iterator[tuple[nbformat.NotebookNode, str]]:
    """The cells with their names, where they have one."""
    text, start = source.read_text(encoding="utf-8"), 0
    for block in CODE.finditer(text):
        prose, answer = _prose(source, text[start : block.start()], lang)
        if prose:
            yield new_markdown_cell(prose), ""
        yield _code(block, answer, lang)
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
    prose, _, answer = match[lang].partition("<!-- solution -->")
    return prose.strip(), answer.strip()


def _code(block: re.Match[str], answer: str, lang: str) -> tuple[nbformat.NotebookNode, str]:
    code = block[2].replace('set_language("en")', f'set_language("{lang}")')
    tags = [word for word in block[1].split() if word in TAGS]
    names = [word for word in block[1].split() if word not in TAGS]
    metadata = {"tags": tags} if tags else {}
    if "solution" in tags:
        folded = FOLDED.format(summary=SUMMARY[lang], prose=answer, code=code)
        return new_markdown_cell(folded, metadata=metadata), ""
    return new_code_cell(code, metadata=metadata), "".join(names)


def kept(source: Path, lang: str) -> Path:
    """Where an edition is kept."""
    return EDITIONS[lang] / f"{source.stem}.ipynb"


def run(edition: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Run all cells, in a new process and an empty folder; the solutions, too, though nothing of them is kept.

    A warning stops it as an error does.
    """
    cells = edition.cells
    edition.cells = [new_code_cell(solution(cell)) if solution(cell) else cell for cell in cells]
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


if __name__ == "__main__":
    main(sys.argv[1:])
