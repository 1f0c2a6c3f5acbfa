"""Checks of arguments: what passes, and the one form that every message has."""

import math

import numpy as np
import pytest

from inversa.autograd import checks

CALLS = {
    "number": lambda x: checks.number("rate", x, above=0, example="0.1"),
    "fraction": lambda x: checks.number("rate", x, at_least=0, below=1, example="0.1"),
    "count": lambda x: checks.count("rate", x, example="3"),
    "flag": lambda x: checks.flag("rate", x),
    "choice": lambda x: checks.choice("rate", x, ["slow", "fast"]),
}
NEVER = [None, [], "many", b"x", 1j, math.nan, math.inf, -1, np.zeros(3), np.float64("nan"), ..., {}, -0.5]


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("given", NEVER, ids=repr)
def test_what_is_never_right_has_the_one_message(kind, given):
    with pytest.raises(ValueError, match=r"^rate is .+, not .+"):
        CALLS[kind](given)


@pytest.mark.parametrize(
    ("kind", "given", "taken"),
    [
        ("number", 1, 1.0),
        ("number", np.float32(0.5), 0.5),
        ("fraction", 0, 0.0),
        ("count", np.int64(3), 3),
        ("flag", np.True_, True),
        ("choice", "fast", "fast"),
    ],
)
def test_what_is_right_comes_back_as_plain_python(kind, given, taken):
    found = CALLS[kind](given)
    assert found == taken
    assert type(found) is type(taken)


@pytest.mark.parametrize(
    ("kind", "given"), [("number", True), ("number", 0), ("count", True), ("count", 2.0), ("flag", 1), ("fraction", 1)]
)
def test_what_looks_right(kind, given):
    with pytest.raises(ValueError, match=r"^rate is "):
        CALLS[kind](given)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({}, "a finite number"),
        ({"above": 0}, "a positive number"),
        ({"at_least": 0}, "0 or a positive number"),
        ({"at_least": 0, "below": 1}, "a number from 0 to below 1"),
        ({"above": 0, "at_most": 1}, "a number above 0 to 1"),
        ({"at_most": 3}, "a number up to 3"),
        ({"below": 3}, "a number below 3"),
        ({"above": 2}, "a number above 2"),
        ({"at_least": 2}, "a number from 2"),
    ],
)
def test_bounds_in_words(bounds, words):
    with pytest.raises(ValueError, match=f"^x is {words}, not 'a'$"):
        checks.number("x", "a", **bounds)


def test_the_nearest_choice_comes_first():
    with pytest.raises(
        ValueError, match=r"^solver is one of 'rmsprop', 'sgd', 'adam', or an Optimizer, not 'rmsprob'$"
    ):
        checks.choice("solver", "rmsprob", ["sgd", "adam", "rmsprop"], "an Optimizer")


def test_what_is_long_is_cut():
    assert str(checks.wrong("x", "a number", np.zeros((3, 4)))) == "x is a number, not an array of the shape (3, 4)"
    assert len(str(checks.wrong("x", "a number", "y" * 1000))) < 120


def test_a_number_beyond_all_floats_is_refused():
    with pytest.raises(ValueError, match="rate is a positive number"):
        checks.positive("rate", 10**400)
