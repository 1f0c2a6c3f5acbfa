"""What is said about simulated students."""

import random
from collections import Counter

import pytest

from inversa.viz.exercises.rounding import cut, rounded

from .measuring import study
from .students import FORMS, Student, random_network

SHEETS = ["every cell", "h, J, gradients", "gradients"]
EVERY, GRADIENTS = 0.005, 0.01  # the share of what is on no list that may be named as a fact


def holds(counts: Counter, form: str, everywhere: float, one: float, strange: float) -> None:
    assert counts["accused"] == counts["excused"] == 0
    for where, alone in (("everywhere", everywhere), ("one neuron", one)):
        visible = counts[f"{where}, visible"]
        assert counts[f"{where}, among"] == visible > 0  # the true one is always among the explanations
        assert counts[f"{where}, alone"] >= alone * visible
    assert counts["pairs"] > 0
    assert counts["pairs, false and certain"] == 0
    if form == "every cell":
        assert counts["pairs, both causes"] >= 0.98 * counts["pairs, first departure"]
    named = counts["slips, certain"] + counts["unlisted, certain"]  # also where the sheets of two mistakes are the same
    assert named <= strange * (counts["slips"] + counts["unlisted"])


@pytest.mark.parametrize("shorten", [rounded, cut])
@pytest.mark.parametrize("form", SHEETS)
def test_a_sample_of_students(form, shorten) -> None:
    holds(study(range(6), form, shorten, most=8), form, 0.97, 0.93, 0.0)


@pytest.mark.long
@pytest.mark.parametrize("shorten", [rounded, cut])
@pytest.mark.parametrize("form", SHEETS)
def test_a_thousand_networks(form, shorten) -> None:
    counts = study(range(1000), form, shorten, strangers=2)
    print(form, shorten.__name__, counts)
    holds(counts, form, 0.99, 0.96, EVERY if form == "every cell" else GRADIENTS)


@pytest.mark.parametrize("form", list(FORMS))
def test_no_right_sheet_is_accused(form) -> None:
    for seed in range(100):
        some = random.Random(seed)
        network, decimals = random_network(some), some.choice([3, 4, 5])
        for shorten in (rounded, cut, lambda x, _: x):  # the last one rounds nothing
            student = Student(network, decimals, form, shorten)
            sheet, _ = student.sheet()
            assert not student.wrong(sheet), (seed, shorten)
            kept = {name: x for name, x in sheet.items() if some.random() < 0.5}
            assert not student.wrong(kept), (seed, shorten)
            assert not student.wrong({name: rounded(x, decimals) for name, x in sheet.items()})
