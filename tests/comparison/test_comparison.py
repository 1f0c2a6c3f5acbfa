"""What the comparison page says is so."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def compare():
    spec = importlib.util.spec_from_file_location("compare", Path(__file__).with_name("compare.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["compare"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["compare"]


def facts(compare, drawing):
    return {fact: holds(drawing) for fact, holds in compare.FACTS.items()}


def test_ours_shows_everything(compare):
    assert all(facts(compare, compare.ours()).values())


def test_micrograd_shows_numbers_and_merges_two_edges(compare):
    pytest.importorskip("micrograd")
    found = facts(compare, compare.micrograd())
    assert found == {
        "values of the nodes": True,
        "gradients": True,
        "local derivatives on the edges": False,
        "names of the parameters": False,
        "both edges of x · x": False,
        "the inverse network": False,
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torchviz's own
@pytest.mark.parametrize("tool", ["torchviz", "torchview"])
def test_the_others_show_no_numbers(compare, tool):
    pytest.importorskip(tool)
    pytest.importorskip("torch")
    found = facts(compare, getattr(compare, tool)())
    assert not found["values of the nodes"]
    assert not found["gradients"]
    assert not found["the inverse network"]


def test_the_page_needs_nobody_and_says_what_is_missing(compare, monkeypatch):
    def gone():
        raise ImportError(name="torchviz")

    monkeypatch.setattr(compare, "torchviz", gone)
    gone.__name__ = "torchviz"
    page = compare.html(compare.drawings())
    assert "not installed: pip install torchviz" in page
    assert "default-src 'none'" in page
    assert page.count("<section>") == 4
    assert page.count("<td>yes</td>") >= 8
