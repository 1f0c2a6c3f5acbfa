"""The types that editors show are there, in mypy and in pyright, and they are true."""

import os
import re
import runpy
import subprocess
import sys
import types
import typing
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

from inversa.autograd import Operation
from inversa.autograd.languages import Lang, languages
from inversa.nn import activations, metrics
from inversa.nn.losses import names as losses
from inversa.nn.optim import names as optimizers
from inversa.viz._draw import VIEWS, ViewName
from inversa.viz.lettering.theme import PALETTES, THEMES, Ink, Theme

USER_CODE = Path(__file__).parent / "user_code.py"
ROOT = Path(__file__).parents[2]


def checked(command: list[str], folder: Path, **environment: str) -> str:
    """What a type checker says of the user's code, if it finds nothing wrong in it."""
    run = subprocess.run(
        [sys.executable, "-P", "-m", *command, str(USER_CODE)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_mypy_finds_the_types_of_user_code(tmp_path):
    pytest.importorskip("mypy")
    cache = ROOT / ".mypy_cache" / "user_code"
    said = checked(["mypy", "--strict", "--config-file=", f"--cache-dir={cache}"], tmp_path)
    assert "no issues found in 1 source file" in said


def test_pyright_finds_the_types_of_user_code(tmp_path):
    """It runs on Node.js: that of Playwright, which other tests need, so that nothing is downloaded."""
    pytest.importorskip("pyright")
    driver = Path(pytest.importorskip("playwright").__file__).parent / "driver"
    path = os.pathsep.join([str(driver), os.environ["PATH"]])
    command = ["pyright", "--pythonpath", sys.executable]
    assert "0 errors, 0 warnings" in checked(command, tmp_path, PATH=path, PYRIGHT_PYTHON_IGNORE_WARNINGS="1")


def is_one(value: Any, kind: Any) -> bool:
    """Whether a value is of a type; of containers, whether every entry is."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if isinstance(kind, types.UnionType):
        return any(is_one(value, one) for one in inner)
    if origin is tuple and inner[-1] is not ...:
        return isinstance(value, tuple) and all(is_one(*pair) for pair in zip(value, inner, strict=True))
    if origin in (list, tuple):
        return isinstance(value, origin) and all(is_one(entry, inner[0]) for entry in value)
    if origin is dict:
        return isinstance(value, dict) and all(is_one(k, inner[0]) and is_one(v, inner[1]) for k, v in value.items())
    return isinstance(value, kind if origin is None else origin)


def test_the_types_are_true(monkeypatch):
    seen = []

    def checked_at_run_time(value, kind):
        seen.append(kind)
        assert is_one(value, kind), f"{value!r} is no {kind}"
        return value

    monkeypatch.setattr(typing, "assert_type", checked_at_run_time)
    monkeypatch.setattr(Operation, "registry", dict(Operation.registry))  # the user declares one
    runpy.run_path(str(USER_CODE))
    mistakes = USER_CODE.read_text().partition("def wrong(")[2]
    written = len(re.findall(r"\bassert_type\(", USER_CODE.read_text())) - len(re.findall(r"\bassert_type\(", mistakes))
    assert len(set(map(str, seen))) > 20
    assert len(seen) >= written > 120


@pytest.mark.parametrize(
    ("literal", "table"),
    [
        (activations.Name, activations.FUNCTIONS),
        (losses.Name, losses.NAMES),
        (optimizers.Name, optimizers.NAMES),
        (metrics.Name, metrics.SHORT),
        (ViewName, VIEWS),
        (Theme, THEMES),
        (Ink, PALETTES),
        (Lang, languages()),
    ],
)
def test_editors_offer_the_names_that_are_taken(literal, table):
    assert sorted(get_args(literal)) == sorted(table)
