"""The tutorials run, and what they show is what they show now."""

from pathlib import Path

import nbclient
import nbformat
import pytest

TUTORIALS = sorted((Path(__file__).parent.parent / "tutorials").glob("*.ipynb"))


def shown(notebook: nbformat.NotebookNode) -> list[tuple[str, list[str]]]:
    """What every cell printed, and the kinds of what it displayed (pictures are compared in their own tests)."""
    cells = []
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        # a stream may arrive in any number of pieces
        text = "".join(output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in outputs)
        cells.append((text, sorted(kind for output in outputs for kind in output.get("data", {}))))
    return cells


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
    assert shown(fresh) == shown(kept)


def test_there_are_tutorials() -> None:
    assert TUTORIALS
    for path in TUTORIALS:
        notebook = nbformat.read(path, as_version=4)
        assert sum(cell.source.count("assert ") for cell in notebook.cells if cell.cell_type == "code") >= 10
