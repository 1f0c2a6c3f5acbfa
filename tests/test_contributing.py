"""What CONTRIBUTING.md shows is what happens."""

import doctest
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from inversa.autograd.ops.operation import Operation

PAGE = Path(__file__).parent.parent / "CONTRIBUTING.md"


@pytest.fixture(autouse=True)
def registry_as_it_was() -> Iterator[None]:
    known = dict(Operation.registry)
    yield
    Operation.registry.clear()
    Operation.registry.update(known)


def test_the_operation_is_added_as_it_says() -> None:
    results = doctest.testfile(str(PAGE), module_relative=False)
    assert results.attempted >= 15
    assert results.failed == 0


def test_the_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", PAGE.read_text(encoding="utf-8"))
    assert targets
    for target in targets:
        assert (PAGE.parent / target).exists(), target
