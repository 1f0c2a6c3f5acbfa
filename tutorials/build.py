"""Make the notebooks, English and Spanish, from the texts in tutorials/source: python tutorials/build.py [NUMBER …].

A text is Markdown. What stands under ``<!-- en -->`` is prose of the English edition, what stands under ``<!-- es -->``
of the Spanish one; a block of Python is a code cell of both. So the code exists once. Words after ``python`` say more:

- ``solution``: the code is folded away, with the prose that stands below ``<!-- solution -->``; tests run it;
- ``varies``: the numbers that the cell prints differ from run to run, or from one kind of processor to another;
- any other word is the cell's id, by which the table of demonstrations finds it.

Each edition is run from scratch in an empty folder, and keeps what its cells showed.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path

import nbclient
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

TUTORIALS = Path(__file__).parent
EDITIONS = {"en": TUTORIALS, "es": TUTORIALS / "es"}
SOURCES = sorted((TUTORIALS / "source").glob("*.md"))
CODE = re.compile(r"^```python *([^\n]*)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
PROSE = re.compile(r"<!-- en -->\n(?P<en>.*?)\n<!-- es -->\n(?P<es>.*)", re.DOTALL)
SUMMARY = {"en": "Solution", "es": "Solución"}
FOLDED = "<details>\n<summary>{summary}</summary>\n\n{prose}\n\n```python\n{code}\n```\n\n</details>"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3", "file_extension": ".py"},
}


def notebook(source: Path, lang: str) -> nbformat.NotebookNode:
    """One edition of a text, not run yet."""
    cells = []
    text = source.read_text(encoding="utf-8")
    start = 0
    for block in [*CODE.finditer(text), None]:
        between = text[start : block.start() if block else len(text)].strip()
        prose, _, answer = (part.strip() for part in _prose(source, between, lang).partition("<!-- solution -->"))
        number = f"cell-{len(cells):02}"
        if prose:
            cells.append(new_markdown_cell(prose, id=number))
            number = f"cell-{len(cells):02}"
        if block:
            start = block.end()
            words, code = block[1].split(), block[2].replace('set_language("en")', f'set_language("{lang}")')
            tags = [word for word in words if word in ("solution", "varies")]
            metadata = {"tags": tags} if tags else {}
            if "solution" in tags:
                folded = FOLDED.format(summary=SUMMARY[lang], prose=answer, code=code)
                cells.append(new_markdown_cell(folded, id=number, metadata=metadata))
            else:
                name = next((word for word in words if word not in tags), number)
                cells.append(new_code_cell(code, id=name, metadata=metadata))
    return new_notebook(cells=cells, metadata=METADATA)


def _prose(source: Path, text: str, lang: str) -> str:
    if not text:
        return ""
    match = PROSE.fullmatch(text)
    if match is None or "<!-- e" in match["es"]:
        raise ValueError(f"{source.name}: this is not prose in English and then in Spanish: {text[:200]!r}")
    return match[lang].strip()


def kept(source: Path, lang: str) -> Path:
    """Where an edition is kept."""
    return EDITIONS[lang] / f"{source.stem}.ipynb"


def run(edition: nbformat.NotebookNode, **settings: object) -> nbformat.NotebookNode:
    """Run all cells, in a new process and an empty folder; the solutions, too, though nothing of them is kept."""
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
            **settings,
        )
        client.execute()
    edition.cells = cells
    edition.metadata = nbformat.from_dict(METADATA)  # without the version of this Python
    return edition


def solution(cell: nbformat.NotebookNode) -> str:
    """The code that is folded away in a cell."""
    found = re.search(r"```python\n(.*)\n```", cell.source, re.DOTALL)
    return found[1] if found and "solution" in cell.metadata.get("tags", ()) else ""


def shrink(edition: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Keep the images of plots with 256 colours, which nobody tells from the original: a third of the size."""
    for cell in edition.cells:
        for output in cell.get("outputs", []):
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
    fresh = path.with_suffix(".fresh")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)
    return path


def main(numbers: list[str]) -> None:
    """Build all tutorials, or those that begin with these numbers."""
    for source in SOURCES:
        if not numbers or source.stem.split("_")[0] in numbers:
            for lang in EDITIONS:
                print(build(source, lang))


if __name__ == "__main__":
    main(sys.argv[1:])
