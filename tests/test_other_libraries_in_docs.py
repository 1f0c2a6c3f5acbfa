"""Pages whose code needs PyTorch, Keras or JAX: here all of it is run, and the pictures are those that are recorded.

The pictures are written anew by ``python tests/test_other_libraries_in_docs.py``.
"""

from __future__ import annotations

import doctest
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
RECORDED = DOCS / "recorded"
NOT_EVERYWHERE = "  # doctest: +SKIP"


def run(page: str, folder: Path) -> doctest.TestResults:
    """Run all examples of a page, those that are skipped elsewhere, too, in a folder."""
    text = (DOCS / page).read_text("utf-8").replace(NOT_EVERYWHERE, "")
    test = doctest.DocTestParser().get_doctest(text, {}, page, page, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    with chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, of which we are no judge
        return runner.run(test)


@pytest.fixture(autouse=True)
def _all_of_them(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    pytest.importorskip("torch")
    pytest.importorskip("keras")
    jax = pytest.importorskip("jax")
    yield
    jax.config.update("jax_enable_x64", False)


def test_the_same_numbers_in_all_libraries(tmp_path: Path) -> None:
    results = run("six_libraries.md", tmp_path)
    assert results.failed == 0
    assert results.attempted > 50
    text = (DOCS / "six_libraries.md").read_text("utf-8")
    assert (
        text.count("\n0.007258\n") == text.count("[-0.040643 -0.003457]]") - 1 == 7
    )  # Keras's gradient is there twice


def test_the_pictures_say_what_is_recorded(tmp_path: Path) -> None:
    assert run("your_model.md", tmp_path).failed == 0
    for path in RECORDED.glob("*.svg"):
        compared, recorded = (
            _without_digits((folder / path.name).read_text("utf-8")) for folder in (tmp_path, RECORDED)
        )
        assert compared == recorded, path.name


def _without_digits(svg: str) -> list[str]:
    """What stands in a picture, but for numbers, which other processors round otherwise."""
    return [re.sub(r"[−\d.·⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", "#", text) for text in re.findall(r"<title>(.*?)</title>", svg)]


if __name__ == "__main__":
    os.environ["KERAS_BACKEND"] = "torch"
    run("your_model.md", RECORDED)
    for file in RECORDED.glob("*.onnx"):
        file.unlink()
