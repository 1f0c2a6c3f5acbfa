"""take, and the largest, smallest, sum and mean of several numbers, evaluated and compiled."""

import math

import numpy as np
import pytest

from inversa import autograd
from inversa.autograd import Tensor, Value, grad, gradcheck, hessian, jit, take

NAMES = ["a", "b", "c"]


def three():
    return [Value(1.0, name="a"), Value(3.0, name="b"), Value(2.0, name="c")]


# take.


@pytest.mark.parametrize("index", [0, 2, -1, -3, np.int64(1), 1.0, Value(2.0), Value(-2.0, False), Tensor(1)])
def test_a_row_of_a_list(index):
    rows = three()
    assert take(rows, index) is rows[int(index.item() if hasattr(index, "item") else index)]
    assert take(NAMES, index) == NAMES[int(index.item() if hasattr(index, "item") else index)]


@pytest.mark.parametrize(
    ("rows", "index", "error", "message"),
    [
        (NAMES, 3, IndexError, "index 3 is out of range: there are 3 rows"),
        (NAMES, -4, IndexError, "index -4 is out of range"),
        (NAMES, 0.5, TypeError, "an index is a whole number, such as 0, not 0.5"),
        (NAMES, math.nan, TypeError, "a whole number"),
        (NAMES, math.inf, TypeError, "a whole number"),
        (NAMES, "0", TypeError, "a whole number"),
        (NAMES, np.array([0, 1]), ValueError, r"take stack\(rows\)\[index\]"),
        ([], 0, IndexError, "no rows"),
        ({0: "a"}, 0, TypeError, "rows is a list, a Tensor or an array"),
        (Tensor(np.eye(2)), 2, IndexError, "out of (bounds|range)"),
    ],
)
def test_what_is_no_index(rows, index, error, message):
    with pytest.raises(error, match=message):
        take(rows, index)


@pytest.mark.filterwarnings("error")
def test_every_sample_of_a_compiled_function_takes_its_own_row():
    rows = three()
    f = jit(lambda i, x: take(rows, i) * x)
    assert f([0, 1, 2, -1, -2, -3], 10.0).tolist() == [10.0, 30.0, 20.0, 20.0, 30.0, 10.0]
    assert np.isnan(f([3, -4, 0.5, math.nan], 1.0)).all()  # never a wrong row
    f.backward([0, 1, 1, -1], [1.0, 2.0, 3.0, 4.0], reduce="sum")
    assert [row.grad for row in rows] == [1.0, 5.0, 4.0]
    rows[1].data = 7.0
    assert f(1, 1.0) == 7.0


@pytest.mark.filterwarnings("error")
def test_rows_of_a_table():
    table = [[Value(float(10 * i + j)) for j in range(3)] for i in range(4)]
    f = jit(lambda token: sum(take(table, token)[j] * (j + 1) for j in range(3)))
    tokens = [3, 0, -2]
    expected = [sum(table[i][j].data * (j + 1) for j in range(3)) for i in tokens]
    assert f(tokens).tolist() == expected
    f.backward(tokens, reduce="sum")
    assert [row[2].grad for row in table] == [3.0, 0.0, 3.0, 3.0]


@pytest.mark.filterwarnings("error")
def test_an_index_that_is_closed_over_is_read_at_every_call():
    rows, place = three(), Value(0.0)
    f = jit(lambda x: take(rows, place) * x)
    assert f(1.0) == 1.0
    place.data = 1.0
    assert f(1.0) == 3.0


@pytest.mark.filterwarnings("error")
def test_transforms_of_take():
    def f(x, i):
        return take([x * x, x * x * x], i)

    for i in (0, 1):
        assert grad(jit(f))(2.0, i) == jit(grad(f))(2.0, float(i)) == grad(f)(2.0, i) == [4.0, 12.0][i]
        assert hessian(jit(lambda x, i=i: f(x, i)))(2.0) == [2.0, 12.0][i]
    weights = three()
    gradcheck(jit(lambda x: take(weights, Value(1.0)) * x), 2.0)


def test_rows_that_are_not_alike():
    rows = [Value(1.0), [Value(2.0)]]
    f = jit(lambda i: take(rows, i))
    with pytest.warns(UserWarning, match="not compiled .* in line"):
        assert f(0.0) == 1.0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("index", [[0, 2, 2], np.array([[1], [0]]), 1, 1.0, np.array(2), -1])
def test_rows_of_a_tensor(index):
    W = Tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)
    expected = W.numpy()[index if not isinstance(index, float) else int(index)]
    np.testing.assert_array_equal(take(W, index).numpy(), expected)
    np.testing.assert_array_equal(take(W.numpy(), index), expected)
    f = jit(lambda i: take(W, i) * 1.0)
    np.testing.assert_array_equal(f(index), expected)
    assert f.why_not is None
    jit(lambda i: take(W, i).sum()).backward(index)
    assert W.grad.sum() == expected.size


@pytest.mark.filterwarnings("error")
def test_one_of_several_tensors():
    W = Tensor(np.arange(4.0), requires_grad=True)
    f = jit(lambda i: take([W, 2 * W, 3 * W], i).sum())
    assert f(np.array(2)) == f(-1.0) == 18.0
    assert np.isnan(f(np.array(3)))
    f.backward(np.array(1))
    assert W.grad.tolist() == [2.0] * 4


# Of several numbers.


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("name", "value", "slopes"),
    [
        ("max", 3.0, [0.0, 1.0, 0.0]),
        ("min", 0.5, [0.0, 0.0, 0.0]),
        ("sum", 6.5, [1.0, 1.0, 1.0]),
        ("mean", 1.625, [0.25, 0.25, 0.25]),
    ],
)
def test_of_a_list_of_numbers(name, value, slopes):
    op, numbers = getattr(autograd, name), three()
    y = op([*numbers, 0.5])
    assert type(y) is Value
    assert y.data == value
    y.backward()
    assert [x.grad or 0.0 for x in numbers] == slopes
    f = jit(lambda x: op([x, *numbers, 0.5]) * x)
    xs = [-1.0, 0.7, 4.0]
    assert f(xs).tolist() == [(op([Value(x), *numbers, 0.5]) * x).data for x in xs]
    np.testing.assert_allclose(f.value_and_grad(xs)[1][0], [grad(f.function)(x) for x in xs], rtol=1e-14)
    assert op([1.0, 2.0]) == op(np.array([1.0, 2.0]))


def test_ties_of_several_numbers():
    numbers = [Value(1.0) for _ in range(3)]
    autograd.max(numbers).backward()
    assert [x.grad for x in numbers] == [0.25, 0.25, 0.5]


def test_a_list_with_arrays_or_an_axis_is_none_of_numbers():
    for given in ([Value(1.0), Tensor([1.0])], [[Value(1.0)]]):
        with pytest.raises(TypeError):
            autograd.max(given)
    with pytest.raises(TypeError, match="stack"):
        autograd.max(three(), axis=0)


# detach().


@pytest.mark.filterwarnings("error")
def test_what_is_detached_is_read_at_every_call_and_has_no_gradient():
    w = Value(3.0)
    f = jit(lambda x: (w.detach() + x.detach()) * x * w)
    assert f(2.0) == 30.0
    w.data = 5.0
    assert f(2.0) == 70.0
    f.backward(2.0)
    assert w.grad == 14.0
    assert f.value_and_grad(2.0)[1] == (35.0,)
    assert grad(grad(f))(2.0) == jit(grad(grad(f.function)))(2.0) == grad(grad(f.function))(2.0) == 0.0


def test_an_int_is_made_of_what_needs_no_gradient():
    for x in (Value(2.7, False), Tensor(2.7), Tensor(np.array([2]))):
        assert int(x) == 2
    with pytest.raises(TypeError, match=r"silently cut .* take\(rows, index\)"):
        int(Value(2.0))
