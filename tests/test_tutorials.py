"""The tutorials run, and what they show is what they show now."""

from pathlib import Path

import nbclient
import nbformat
import pytest

TUTORIALS = sorted((Path(__file__).parent.parent / "tutorials").glob("*.ipynb"))


def printed(notebook: nbformat.NotebookNode) -> list[tuple[str, list[str]]]:
    """Every cell's text and the kinds of its other outputs (pictures are compared in their own tests)."""
    shown = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            shown.append((output.get("text", "") + data.get("text/plain", ""), sorted(data)))
    return shown


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's own libraries
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_tutorial_runs_and_shows_the_same(path: Path, tmp_path: Path) -> None:
    kept = nbformat.read(path, as_version=4)
    nbformat.validate(kept)
    fresh = nbformat.read(path, as_version=4)
    for cell in fresh.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbclient.NotebookClient(
        fresh, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    assert printed(fresh) == printed(kept)


def test_there_are_tutorials() -> None:
    assert TUTORIALS
    for path in TUTORIALS:
        notebook = nbformat.read(path, as_version=4)
        assert sum(cell.source.count("assert ") for cell in notebook.cells if cell.cell_type == "code") >= 10
