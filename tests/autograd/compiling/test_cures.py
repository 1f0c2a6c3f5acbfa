"""What cannot be compiled is said once, with the line and what to write there, in the words that stand in it."""

import math
import warnings

import numpy as np
import pytest

from inversa import autograd
from inversa.autograd import Tensor, Value, jit, no_grad, prod, take

w, v = Value(2.0, name="w"), Value(3.0, name="v")
rows = [w, v]
W = Tensor([1.0, 2.0], requires_grad=True)


def in_one_line(x):
    return w * x if x > 0 and not 3 < x < 4 else v


def by_name(x):
    return w if x else v


def returned(x):
    if x > 1:
        return w * x
    elif x > 0:
        return v
    return -x


def assigned(x):
    y = w
    if x > 1:
        y = v * x
    return y


def assigned_in_both(x):
    if x > 1:  # noqa: SIM108
        y = v * x
    else:
        y = w
    return y


def several_statements(x):
    y = w
    if x > 1:
        y = v * x
        y = y * 2
    return y


def turns(x):
    while x > 1:
        x = x - w
    return x


def counted(x):
    y = w
    for _ in range(int(x)):
        y = y * w
    return y


def asserted(x):
    assert x > -100
    return w * x


def printed(x):
    print("x is", x)
    return w * x


def any_of_a_tensor(x):
    return W * x if (W * x > 0).any() else x


CASES = [
    (in_one_line, r"write where\(\(x > 0\) & \(where\(\(3 < x\) & \(x < 4\), 0.0, 1.0\) > 0\), w \* x, v\)"),
    (by_name, r"write where\(x != 0, w, v\)"),
    (returned, r"write return where\(x > 1, w \* x, where\(x > 0, v, -x\)\), in line \d+ of test_cures.py: if x > 1:"),
    (assigned, r"write y = where\(x > 1, v \* x, y\)"),
    (assigned_in_both, r"write y = where\(x > 1, v \* x, w\)"),
    (several_statements, r"write where\(x > 1, …, …\) for each result"),
    (turns, r"a loop of a fixed number of turns, with where\(x > 1, …, …\) in it"),
    (counted, "give the number of turns as an argument of its own, a plain integer"),
    (asserted, "check the arguments before the call"),
    (printed, r"leave out print\(\)"),
    (lambda x: w * (len(f"{x}") + 1), "leave out the text"),
    (lambda x: max(x, w), r"write maximum\(x, w\)"),
    (lambda x: min(x, w, 3.0), r"write autograd.min\(\[x, w, 3.0\]\)"),
    (lambda x: max(y * x for y in rows), r"write autograd.max\(\[y \* x for y in rows\]\)"),
    (lambda x: w if any(y > x for y in rows) else v, r"autograd.max\(\[where\(y > x, 1.0, 0.0\) for y in rows\]\) > 0"),
    (lambda x: sum(y for y in rows if y > x), r"write where\(y > x, y, …\) for every entry"),
    (lambda x: sorted([x, w])[0] * v, r"use where\(condition, a, b\), maximum, minimum or relu"),
    (lambda x: rows[int(x)] * w, r"write take\(rows, x\)"),
    (lambda x: w * float(x), r"leave out float\(\): write x"),
    (lambda x: w * math.exp(x), r"write exp\(x\) with the exp of inversa.autograd"),
    (lambda x: w * x.data, r"compute with x, or with x.detach\(\) where no gradient"),
    (lambda x: x * w.item(), r"compute with w, or with w.detach\(\)"),
    (any_of_a_tensor, r"write where\(W \* x > 0, 1.0, 0.0\).max\(\) > 0"),
    (lambda x: W * x if (W * x).sum() > 0 else x, r"write where\(\(W \* x\).sum\(\) > 0, W \* x, x\)"),
    (lambda x: W * (W * x).detach().numpy(), r"write \(W \* x\).detach\(\)"),
    (lambda x: (W * x)[W * x > 0], r"use where\(mask, x, 0.0\)"),
]


@pytest.mark.parametrize(("function", "cure"), CASES)
def test_the_cure_is_told_once_and_the_function_evaluated(function, cure, capsys):
    f = jit(function)
    x = np.array([0.5, 2.0]) if "W" in function.__code__.co_names else 1.0
    with pytest.warns(UserWarning, match=f"is not compiled but evaluated as usual.*{cure}") as caught:
        found = f(x)
    assert (len(caught), caught[0].filename) == (1, __file__)
    with warnings.catch_warnings(action="error"):
        np.testing.assert_array_equal(f(x), found)
    expected = function(Tensor(x) if np.shape(x) else Value(x, False))
    np.testing.assert_array_equal(found, getattr(expected, "data", expected))
    assert f.why_not in str(caught[0].message)


@pytest.mark.parametrize("x", [1.0, [0, 1]])
def test_what_lists_and_loops_ask_for_is_told_before_python_refuses(x):
    with pytest.warns(UserWarning, match=r"used as an integer; write take\(rows, x\)"), pytest.raises(TypeError):
        jit(lambda x: rows[x] * w)(x)
    assert jit(lambda x: take(rows, x) * w)(1.0) == 6.0


def test_where_the_source_is_not_at_hand():
    names = {"w": w}
    exec("f = lambda x: w if x > 0 else x", names)
    with pytest.warns(UserWarning, match=r"use where\(condition, a, b\).*, in line 1 of"):
        assert jit(names["f"])(1.0) == 2.0


def test_mistakes_are_no_reason_to_warn():
    with warnings.catch_warnings(action="error"), pytest.raises(ZeroDivisionError):
        jit(lambda x: W * x / (1 // 0))([1.0, 2.0])
    later = jit(lambda x: x * given)
    with pytest.raises(NameError):
        later(1.0)
    given = 3.0
    assert (later(1.0), later.why_not) == (3.0, None)


@pytest.mark.filterwarnings("error")
def test_modes_that_evaluate_by_themselves_do_not_warn():
    f = jit(lambda x: (W * x).sum())
    with no_grad():
        assert f([1.0, 2.0]) == 5.0
    with autograd.detect_anomaly():
        f([1.0, 2.0])
    assert f.why_not == "detect_anomaly() is on"
    assert jit(lambda x: prod(W * x))([1.0, 2.0]) == 4.0


@pytest.mark.filterwarnings("error")
def test_functions_among_the_arguments_are_constants():
    f = jit(lambda x, h: h(x) * w)
    assert (f(3.0, abs), f(3.0, autograd.negative), f.why_not) == (6.0, -6.0, None)
