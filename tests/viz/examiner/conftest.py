"""Engines in files, and limits that let tests be quick."""

from collections.abc import Callable
from pathlib import Path

import pytest

from inversa.viz.examiner import Examination, Limits, examine

QUICK = Limits(seconds=0.2, wall=2.0)


@pytest.fixture
def examined(tmp_path: Path) -> Callable[..., Examination]:
    """Examine the text of an engine."""

    def run(source: str, kind: str = "", limits: Limits = QUICK, **names: str) -> Examination:
        file = tmp_path / "engine.py"
        file.write_text(source, "utf-8")
        return examine(f"{file}:{kind}" if kind else file, limits=limits, **names)

    return run
