"""What CONTRIBUTING.md shows is what happens."""

import doctest
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inversa.autograd.compiling.arrays import fusion
from inversa.autograd.ops.composed import COMPOSITIONS
from inversa.autograd.ops.operation import Operation
from inversa.nn.activations import FUNCTIONS
from inversa.viz.examiner import causes, probes
from inversa.viz.rules.mistakes import MISTAKES
from inversa.viz.slides import deck

LISTS = ((fusion, "FUSIONS"), (probes, "RUNGS"), (causes, "WALK"))
PAGE = Path(__file__).parent.parent / "CONTRIBUTING.md"


@pytest.fixture(autouse=True)
def registries_as_they_were() -> Iterator[None]:
    registries: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (registry, dict(registry)) for registry in (Operation.registry, COMPOSITIONS, FUNCTIONS, MISTAKES)
    ]
    lists = [(module, name, getattr(module, name)) for module, name in LISTS]
    yield
    for registry, known in registries:
        registry.clear()
        registry.update(known)
    for module, name, before in lists:
        setattr(module, name, before)
    for cached in (probes.ladder, deck.table):
        cached.cache_clear()


def test_every_recipe_does_what_it_says() -> None:
    results = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert results.attempted >= 85
    assert results.failed == 0


def test_the_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", PAGE.read_text(encoding="utf-8"))
    assert targets
    for target in targets:
        assert (PAGE.parent / target).exists(), target
