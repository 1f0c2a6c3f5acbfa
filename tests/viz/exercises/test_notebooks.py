"""Exercises in notebooks: what a cell shows, and what it earns in nbgrader and Otter, which are not needed for that."""

import ast
import doctest
from pathlib import Path

import pytest

from inversa import exercises

PAGE = Path(__file__).parents[3] / "docs" / "exercises.md"
SHEET = exercises.exercise(sizes=[1, 2, 1], activation="sigmoid", seed=1)


def cell(begin):
    """The cell of the page that begins like this, for others to run."""
    examples = doctest.DocTestParser().get_examples(PAGE.read_text("utf-8"))
    return next(example.source for example in examples if example.source.startswith(begin))


def answers(k):
    """The first k numbers, and dots for the others."""
    return {name: SHEET.answers[name] if i < k else ... for i, name in enumerate(SHEET.asked)}


def last_value(source, names):
    """What a notebook shows below a cell: the value of its last expression."""
    *before, last = ast.parse(source).body
    exec(compile(ast.Module(before, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


@pytest.mark.parametrize("k", [0, 3, 7])
def test_a_cell_of_nbgrader_earns_a_number(k):
    earned = last_value(cell("sheet.points(answer"), {"sheet": SHEET, "answer": answers(k)})
    assert float(repr(earned)) == k  # nbgrader reads the text of the cell's output


@pytest.mark.parametrize("k", [0, 3, 7])
def test_cases_of_otter_earn_as_many_points(k):
    names = {}
    exec(cell("cases = ") + cell("test = "), names)
    (suite,) = names["test"]["suites"]
    passed = 0
    for case in suite["cases"]:
        example = doctest.DocTestParser().get_doctest(
            case["code"], {"sheet": SHEET, "answer": answers(k)}, "q", None, 0
        )
        passed += doctest.DocTestRunner(verbose=False).run(example, out=lambda text: None).failed == 0
    assert (passed, len(names["test"]["points"])) == (k, 7)


def test_what_a_cell_shows():
    formatters = pytest.importorskip("IPython.core.formatters")
    wrong = SHEET.answers | {"dJ/dw1_1": SHEET.answers["dJ/db1_1"]}
    data, _ = formatters.DisplayFormatter().format(SHEET.check(wrong))
    said = SHEET.check(wrong).message()
    assert "the input of the weight is left out" in said
    assert said in data["text/plain"]  # in a console
    assert f"<p>{said}</p>" in data["text/html"]
    assert '<img alt="' in data["text/html"]
    assert "<script" not in data["text/html"]
