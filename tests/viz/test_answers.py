"""Answers to exercises: what is right, what is said about the rest, in both languages."""

from typing import Any

import numpy as np
import pytest

from inversa import viz
from inversa.autograd import Tensor, Value


def square(x: float) -> float:
    return x**2


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (6, 6.0),
        (0.0357, 0.0359),  # rounded
        (np.float64(6), 6),
        (Value(6.0), 6),
        (Tensor(6.0), 6),
        (Tensor([1.0, 2.0]), [1, 2]),
        ((1, 2), np.array([1, 2])),
        (np.eye(2), np.eye(2)),
        (True, True),
        (" W2 ", "w2"),
        (["b", "a", "a"], {"a", "b"}),
        ({"w": 2.0, "b": 1, "other": 3}, {"w": 2, "b": 1}),
    ],
)
def test_right(answer: Any, right: Any) -> None:
    found = viz.check_answer(answer, right)
    assert found
    assert found.right is True
    assert found.message == "Right."


@pytest.mark.parametrize(
    ("answer", "right", "said"),
    [
        (..., 6, "Write your answer in place of the three dots, run that cell and then this one."),
        ([..., ...], [1, 2], "Write your answer in place of the three dots, run that cell and then this one."),
        ({"w": ...}, {"w": 1}, "Write your answer in place of the three dots, run that cell and then this one."),
        (7, 6, "Not yet: think again."),
        ([], [1], "Not yet: there should be 1 of them, and here are 0."),
        (1, 0, "Not yet: think again."),
        (-6, 6, "Not yet: the number is right, its sign is not."),
        (float("nan"), 6, "Not yet: think again."),
        ("6", 6, "Not yet: the answer is a number, and this is a text in quotes."),
        (True, 1, "Not yet: the answer is a number, and this is True or False."),
        (None, 1, "Not yet: the answer is a number, and this is NoneType."),
        ([6], 6, "Not yet: the answer is a number, and this is a list."),
        (square, 6, "Not yet: the answer is a number, and this is a function."),
        ([1, 2], [1, 2, 3], "Not yet: there should be 3 of them, and here are 2."),
        ([1, ..., 3], [1, 2, 3], "Not yet: look at the element [1] again."),
        (np.zeros((2, 3)), np.zeros((3, 2)), "Not yet: the shape should be (3, 2), and it is (2, 3)."),
        (["a"], {"a", "b"}, "Not yet: something is missing."),
        ({"a", "b", "c"}, {"a", "b"}, "Not yet: something does not belong here."),
        ({"w": 2}, {"w": 2, "b": 1}, "Not yet: b has no answer."),
        ({"w": 2, "b": ...}, {"w": 2, "b": 1}, "Not yet: b has no answer."),
        ({"w": -2, "b": 1}, {"w": 2, "b": 1}, "Not yet: w: the number is right, its sign is not."),
        (False, True, "Not yet: think again."),
    ],
)
def test_wrong(answer: Any, right: Any, said: str) -> None:
    found = viz.check_answer(answer, right)
    assert not found
    assert found.message == said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: x * x, "Right."),
        (lambda x: 2 * x, "Not yet: for 3 the function should give 9, and it gives 6."),
        (lambda x: None, "Not yet: the function gives nothing back: its last line needs `return`."),
        (lambda x: ..., "Not yet: the function still has three dots in it."),
        (lambda: 4, "Not yet: for 2 the function stops with TypeError: "),
        (9, "Not yet: the answer is a function, and this is a number."),
    ],
)
def test_functions_are_compared_where_it_is_said(answer: Any, said: str) -> None:
    assert viz.check_answer(answer, square, at=[2, 3]).message.startswith(said)


def test_a_function_of_two_numbers() -> None:
    found = viz.check_answer(lambda x, y: x - y, lambda x, y: x + y, at=[(1, 0), (1, 2)])
    assert found.message == "Not yet: for 1, 2 the function should give 3, and it gives -1."


def test_what_was_expected_to_go_wrong_is_explained() -> None:
    hints = {9: "That is f(3).", 12: "Twice too much."}
    assert viz.check_answer(9.01, 6, hints=hints).message == "Not yet. That is f(3)."
    assert viz.check_answer("9", 6, hints=hints).message.startswith("Not yet: the answer is a number")
    assert viz.check_answer(6, 6, hints=hints)


def test_entries_have_hints_of_their_own() -> None:
    hints = {"w": {3: "That is w."}, "b": {2: "That is b."}}
    right = {"w": 5, "b": 4}
    assert viz.check_answer({"w": 5, "b": 2}, right, hints=hints).message == "Not yet. b: That is b."
    assert viz.check_answer({"w": 2, "b": 3}, right, hints=hints).message == "Not yet: w: think again."
    assert viz.check_answer(3, right, hints=hints).message == "Not yet: the answer is a dict, and this is a number."
    assert viz.check_answer(right, right, hints=hints)


def test_it_speaks_the_language_that_was_chosen() -> None:
    assert viz.check_answer(-6, 6, lang="es").message == "Todavía no: el número es correcto, pero el signo no."
    viz.set_language("es")
    try:
        assert repr(viz.check_answer(6, 6)) == "Correcto."
    finally:
        viz.set_language("en")


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"at": []}, "at is where to compare the functions"), ({"at": [1], "tolerance": -1}, "tolerance is")],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        viz.check_answer(square, square, **settings)


def test_an_answer_beside_a_right_one_of_no_kind_is_wrong() -> None:
    assert not viz.check_answer(5, None)
    assert viz.check_answer(None, None)
    assert not viz.check_answer({"w": 0.0}, {"w": None})


def test_a_hint_near_the_right_answer_does_not_make_it_wrong() -> None:
    assert viz.check_answer(100, 100, hints={99.5: "too few"})
    hints = {"a": {99.5: "too few"}, "b": {3: "that is 3"}}
    check = viz.check_answer({"a": 100, "b": 3}, {"a": 100, "b": 4}, hints=hints)
    assert not check
    assert "b: that is 3" in check.message
