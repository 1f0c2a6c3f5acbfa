"""Mistakes in engines that somebody wrote who had not seen the examiner: fifteen files, each with one."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "independent"
CAUSES = {
    "e01": ("overwrite", "add"),  # = for += in the closure of +
    "e02": ("upstream", "power"),  # the local derivative alone is added
    "e03": ("reflected", "subtract"),  # 2 − x is computed as x − 2
    "e04": ("derivative", "subtract"),  # +g for both operands
    "e05": ("variable", "divide"),  # −g·a/b, without the square: that is −g·y/b with a for y
    "e06": ("derivative", "relu"),  # its tag is written in two ways, so nothing is sent back
    "e07": ("order", ""),  # the tape is walked forwards
    "e08": ("shared", ""),  # the tape is never emptied
    "e09": ("variable", "tanh"),  # 1 − a² of the input
    "e10": ("visits", ""),  # the sum is passed on along every path
    "e11": ("derivative", "power"),  # a ** n − 1 for a ** (n − 1)
    "e12": ("derivative", "relu"),  # it looks at the sign of what comes back
    "e14": ("repeated", ""),  # local derivatives in a dictionary by operand
    "e15": ("equal", ""),  # visited nodes are compared by their numbers
}


@pytest.mark.parametrize("name", CAUSES)
def test_its_mistake_is_named_and_no_other(examined, name):
    faults = examined((FOLDER / f"{name}.txt").read_text("utf-8"), "Value").faults
    cause, op = CAUSES[name]
    assert [fault.cause for fault in faults] == [cause]
    assert not op or faults[0].operations == (op,)


def test_an_operator_that_is_missing_is_a_remark(examined):
    """The functions that the class calls would take a number on the left, but nobody can write 2 + x."""
    examination = examined((FOLDER / "e13.txt").read_text("utf-8"), "Value")
    assert not examination.faults
    assert "missing reflected" in [remark.key for remark in examination.remarks]
    assert "2 + v" in examination.report("en")
