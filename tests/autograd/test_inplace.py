"""Arrays that change under a recorded graph are noticed; gradients and data belong to one node each."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inversa.autograd import (
    Graph,
    Tensor,
    Value,
    clip,
    concatenate,
    grad,
    jacobian,
    jvp,
    no_grad,
    value_and_grad,
    vjp,
    where,
)


def leaf() -> Tensor:
    return Tensor([1.0, 2.0, 3.0], requires_grad=True, name="w")


def _through_data(t: Tensor) -> None:
    t.data[0] = 100.0


def _through_setitem(t: Tensor) -> None:
    t[0] = 100.0


def _augmented(t: Tensor) -> None:
    t.data += 1.0


def _replaced(t: Tensor) -> None:
    t.data = [7.0, 8.0, 9.0]


def _numpy_out(t: Tensor) -> None:
    np.add(t.data, 1.0, out=t.data)


def _and_looked_at(t: Tensor) -> None:
    t.data[0] = 100.0
    str(t.data)  # looking again must not make the change be forgotten


def _and_back_into_use(t: Tensor) -> None:
    t.data[0] = 100.0
    _ = t * 2.0


def _sorted(t: Tensor) -> None:
    t.data[::-1].sort()


CHANGES = [
    _through_data,
    _through_setitem,
    _augmented,
    _replaced,
    _numpy_out,
    _and_looked_at,
    _and_back_into_use,
    _sorted,
]
every_change = pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__.strip("_"))


@every_change
def test_change_is_noticed_and_the_tensor_named(change: Callable[[Tensor], None]) -> None:
    w = leaf()
    y = (w * w).sum()
    change(w)
    with pytest.raises(RuntimeError, match="'w' was changed in place"):
        y.backward()
    assert w.grad is None


@pytest.mark.parametrize(
    "view",
    [lambda a: a, lambda a: a[1:], lambda a: a.reshape(3, 1), memoryview],
    ids=["itself", "slice", "reshape", "buffer"],
)
def test_change_through_a_kept_reference(view: Callable[[Any], Any]) -> None:
    w = leaf()
    kept = view(w.data)
    y = (w * w).sum()
    kept[0] = 100.0
    with pytest.raises(RuntimeError, match="'w'"):
        y.backward()


def test_change_of_a_kept_reference_then_a_look_at_the_data() -> None:
    w = leaf()
    kept = w.data
    y = (w * w).sum()
    kept[0] = 100.0
    assert w.data[0] == 100.0
    with pytest.raises(RuntimeError, match="'w'"):
        y.backward()


def test_change_of_a_constant_is_noticed() -> None:
    """Data that requires no gradient is still needed for that of the weights."""
    w, x = leaf(), Tensor([1.0, 2.0, 3.0], name="x")
    y = (w * x).sum()
    x.data[0] = 50.0
    with pytest.raises(RuntimeError, match="'x' was changed in place"):
        y.backward()


VIEWS: dict[str, Callable[[Tensor], Tensor]] = {
    "slice": lambda t: t[:2],
    "newaxis": lambda t: t[:, None],
    "ellipsis": lambda t: t[...],
    "reshape": lambda t: t.reshape(3, 1),
    "transpose": lambda t: t.T,
    "broadcast": lambda t: np.broadcast_to(t, (2, 3)),  # type: ignore[arg-type, return-value]
    "transpose of a reshape": lambda t: t.reshape(1, 3).T,
}


@pytest.mark.parametrize("name", VIEWS)
def test_change_is_noticed_through_a_recorded_view(name: str) -> None:
    """NumPy shares the memory: the interior node changes with the leaf, and x·x needs it."""
    w = leaf()
    part = VIEWS[name](w)
    y = (part * part).sum()
    w.data[0] = 100.0
    with pytest.raises(RuntimeError, match="'w' was changed in place"):
        y.backward()


def test_weights_transposed_then_updated() -> None:
    """A common slip: X @ W.T, the step before the backward pass."""
    W = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, name="W")
    X = Tensor([[5.0, 6.0]], requires_grad=True)
    y = (X @ W.T).sum()
    W.data -= 1.0
    with pytest.raises(RuntimeError, match="'W'"):
        y.backward()


WITHOUT_NEED: dict[str, Callable[[Tensor], Tensor]] = {
    "add": lambda t: t + 1.0,
    "subtract": lambda t: 1.0 - t,
    "negative": lambda t: -t,
    "multiply by a constant": lambda t: t * 3.0,
    "divide by a constant": lambda t: t / 3.0,
    "sum": lambda t: t.sum(),
    "sum along an axis": lambda t: t.sum(axis=0, keepdims=True),
    "mean": lambda t: t.mean(),
    "getitem": lambda t: t[[0, 0, 2]],
    "slice": lambda t: t[1:],
    "reshape": lambda t: t.reshape(3, 1),
    "transpose": lambda t: t.T,
    "broadcast": lambda t: np.broadcast_to(t, (2, 3)),  # type: ignore[arg-type, return-value]
    "concatenate": lambda t: concatenate([t, t]),
    "where": lambda t: where(True, t, 0.0),
    "matmul with a constant": lambda t: t @ np.ones((3, 2)),
    "astype": lambda t: t.astype("float64"),
}


@pytest.mark.parametrize("name", WITHOUT_NEED)
def test_not_raised_when_the_operation_does_not_need_the_array(name: str) -> None:
    """A pullback that looks at a shape does not need the entries."""
    w, unchanged = leaf(), leaf()
    y = WITHOUT_NEED[name](w)
    w.data[0] = 100.0
    y.backward(np.ones(y.shape))
    WITHOUT_NEED[name](unchanged).backward(np.ones(y.shape))
    assert np.array_equal(w.grad, unchanged.grad)  # type: ignore[arg-type]


def test_not_raised_when_only_the_other_gradient_needs_it() -> None:
    """w · c with a constant c needs c, not w."""
    w, c = leaf(), Tensor([4.0, 5.0, 6.0])
    y = (w * c).sum()
    w.data[0] = 100.0
    y.backward()
    assert w.grad is not None
    assert w.grad.tolist() == [4.0, 5.0, 6.0]


@every_change
def test_not_raised_when_changed_before_use(change: Callable[[Tensor], None]) -> None:
    w = leaf()
    w * w  # an earlier graph, never run
    change(w)
    y = (w * w).sum()
    y.backward()
    assert w.grad is not None
    assert np.array_equal(w.grad, 2 * w.data)


@every_change
def test_not_raised_when_changed_after_backward_unless_run_again(change: Callable[[Tensor], None]) -> None:
    w = leaf()
    y = (w * w).sum()
    y.backward()
    change(w)
    assert w.grad is not None
    assert w.grad.tolist() == [2.0, 4.0, 6.0]
    with pytest.raises(RuntimeError, match="'w'"):
        y.backward()
    assert w.grad.tolist() == [2.0, 4.0, 6.0]


def test_training_loop_in_place() -> None:
    w = leaf()
    for _ in range(200):
        loss = ((w - 1.0) ** 2).sum()
        w.grad = None
        loss.backward()
        w.data -= 0.1 * w.grad
    assert np.allclose(w.data, 1.0)


def test_looking_at_the_data_changes_nothing() -> None:
    w = leaf()
    _ = w.data
    y = (w * w).sum()
    _ = w.data, w.numpy(), repr(w), w.tolist()
    y.backward()


def test_the_change_of_an_index_has_no_effect() -> None:
    w, index = leaf(), np.array([0, 1])
    y = (w[index] * [10.0, 20.0]).sum()
    index[:] = 2
    y.backward()
    assert w.grad is not None
    assert w.grad.tolist() == [10.0, 20.0, 0.0]


def test_the_change_of_a_list_index_has_no_effect() -> None:
    w, index = leaf(), [0, 1]
    y = (w[index] * [10.0, 20.0]).sum()
    index[:] = [2, 2]
    y.backward()
    assert w.grad is not None
    assert w.grad.tolist() == [10.0, 20.0, 0.0]


def test_the_change_of_an_index_tensor_has_no_effect() -> None:
    w, index = leaf(), Tensor([0, 1], name="i")
    y = w[index].sum()
    index.data[:] = 2
    y.backward()
    assert w.grad is not None
    assert w.grad.tolist() == [1.0, 1.0, 0.0]


def test_the_change_of_a_condition_or_a_bound_has_no_effect() -> None:
    w, chosen, low = leaf(), np.array([True, False, True]), np.array([0.0, 0.0, 5.0])
    y = where(chosen, w, 0.0).sum() + clip(w, low, 10.0).sum()
    chosen[:], low[:] = False, 100.0
    y.backward()
    assert w.grad is not None
    assert w.grad.tolist() == [2.0, 1.0, 1.0]


def test_the_change_of_an_array_that_was_an_operand_has_no_effect() -> None:
    w, x = leaf(), np.array([1.0, 2.0, 3.0])
    y = (w * x).sum() + (x * w).sum()
    x[:] = 0.0
    y.backward()
    assert w.grad is not None
    assert w.grad.tolist() == [2.0, 4.0, 6.0]


# p -= step: under no_grad() the leaf itself changes; else the name is bound to what is computed.

AUGMENTED: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, name) for name in ("iadd", "isub", "imul", "itruediv", "ipow", "ifloordiv", "imod")
}


@pytest.mark.parametrize("name", AUGMENTED)
def test_augmented_assignment_under_no_grad_changes_the_leaf(name: str) -> None:
    change = AUGMENTED[name]
    for given in (Tensor([2.0, 3.0], requires_grad=True), Value(2.0)):
        p, expected = given, change(given.detach(), 4.0)
        with no_grad():
            assert change(p, 4.0) is p
        assert np.array_equal(p.data, expected.data)
        assert p.is_leaf
        assert p.requires_grad


def test_a_product_of_matrices_in_place() -> None:
    p = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    same = p
    with no_grad():
        p @= np.array([[0.0, 1.0], [1.0, 0.0]])
    assert p is same
    assert p.numpy().tolist() == [[2.0, 1.0], [4.0, 3.0]]


def test_training_by_augmented_assignment() -> None:
    w, v = leaf(), Value(3.0)
    for _ in range(200):
        w.grad = v.grad = None
        (((w - 1.0) ** 2).sum() + (v - 1.0) ** 2).backward()
        with no_grad():
            for p in (w, v):
                p -= 0.1 * p.grad
    assert np.allclose(w.data, 1.0)
    assert v.data == pytest.approx(1.0)


def test_augmented_assignment_while_recording() -> None:
    total, w = Value(0.0), leaf()
    start = total
    total += Value(2.0)
    assert (total.data, start.data) == (2.0, 0.0)
    cost = (w * w).sum()
    computed = cost
    cost += 1.0
    assert cost is not computed
    with pytest.raises(ValueError, match=r"'w'.*no_grad\(\).*p\.data -= step"):
        w -= 1.0

    def shifted(x: Any) -> Any:
        x += 1.0  # an argument of a function that is differentiated is bound anew
        return (x * x).sum()

    assert grad(shifted)(np.array([1.0, 2.0])).tolist() == [4.0, 6.0]


def test_a_change_under_no_grad_is_noticed() -> None:
    w = leaf()
    y = (w * w).sum()
    with no_grad():
        w -= 1.0
    with pytest.raises(RuntimeError, match="'w' was changed in place"):
        y.backward()


@pytest.mark.parametrize("data", [np.ones(2), "1", None, [1.0], Value(1.0)])
def test_the_data_of_a_value_is_one_number(data: Any) -> None:
    v = Value(3.0)
    with pytest.raises(TypeError):
        v.data = data
    v.data = np.float32(2.0)  # type: ignore[assignment]
    assert type(v.data) is float


# Computed arrays are read-only.


@pytest.mark.parametrize("compute", [lambda t: t * 2.0, lambda t: t[:2], lambda t: t.sum(), lambda t: t.T])
def test_computed_data_is_read_only(compute: Callable[[Tensor], Tensor]) -> None:
    y = compute(leaf())
    with pytest.raises(ValueError, match="read-only"):
        y.data[...] = 0.0
    with pytest.raises(ValueError, match="computed"):
        y[...] = 0.0
    with pytest.raises(ValueError, match="computed"):
        y.data = np.zeros(y.shape)


def test_numpy_and_asarray_are_read_only() -> None:
    w = leaf()
    for array in (w.numpy(), np.asarray(w.detach())):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


def test_np_array_of_a_tensor_is_a_copy() -> None:
    w = leaf()
    with no_grad():
        copy = np.array(w)
    copy[0] = 100.0
    assert w.data[0] == 1.0


def test_constants_computed_without_recording_own_their_array() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    for y in (x[0], x.T, x.reshape(4), np.broadcast_to(x, (2, 2, 2)), x[...]):
        assert not np.shares_memory(y.numpy(), x.numpy())  # type: ignore[union-attr]
    w = leaf()
    with no_grad():
        part = w[:2]
    part.data[0] = 100.0
    assert w.data[0] == 1.0


# Who owns which memory.


def test_data_is_copied_in() -> None:
    array = np.array([1.0, 2.0])
    t = Tensor(array)
    array[0] = 100.0
    assert t.data[0] == 1.0
    t.data = array
    array[0] = -1.0
    assert t.data[0] == 100.0


GRAPHS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "sum": lambda a, b: (a + b).sum(),
    "sum fed by hand": lambda a, b: a + b,
    "sum of sums": lambda a, b: (a + b) + (b + a),
    "differences": lambda a, b: (a - b) + (b - a) + a,
    "reshaped": lambda a, b: a.reshape(1, 3) + b.reshape(1, 3),
    "broadcast": lambda a, b: (a.reshape(3, 1) + b).sum(),
    "halves": lambda a, b: concatenate([a, b]),
    "astype": lambda a, b: a.astype("float64") + b.astype("float64"),
    "where": lambda a, b: where(True, a + b, b),
    "views": lambda a, b: a[:] + b[...],
}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("times", [1, 2])
def test_gradients_of_leaves_share_no_memory(name: str, times: int) -> None:
    a, b = leaf(), leaf()
    y = GRAPHS[name](a, b)
    seed = np.ones(y.shape)
    fed = Tensor(seed)
    for _ in range(times):
        y.backward(fed)
    others = [node.grad for node in Graph(y) if not node.is_leaf] + [fed.data, seed, a.data, b.data]
    for x, x2 in ((a, b), (b, a)):
        assert x.grad is not None
        assert x.grad.flags.writeable
        assert not any(np.shares_memory(x.grad, other) for other in [*others, x2.grad] if other is not None)


@pytest.mark.parametrize("kind", [np.array, Tensor])
def test_gradient_of_a_leaf_is_not_the_seed(kind: Callable[[Any], Any]) -> None:
    x, seed = leaf(), kind([1.0, 1.0, 1.0])
    x.backward(seed)
    (seed.data if isinstance(seed, Tensor) else seed)[:] = 5.0
    assert x.grad is not None
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_accumulation_does_not_change_a_gradient_that_was_kept() -> None:
    x = leaf()
    x.sum().backward()
    kept = x.grad
    assert kept is not None
    x.sum().backward()
    assert kept.tolist() == [1.0, 1.0, 1.0]
    assert x.data.tolist() == [1.0, 2.0, 3.0]


def test_a_constant_view_of_a_computed_array_owns_its_memory() -> None:
    h = leaf() * 2.0
    with no_grad():
        v = h.reshape(3, 1)
    v.data[0] = 100.0
    assert h.tolist() == [2.0, 4.0, 6.0]


def _value(x: Value) -> None:
    x.data = 5.0


def _replaced(t: Tensor) -> None:
    t.data = np.array([4.0, 5.0, 6.0])


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian])
@pytest.mark.parametrize("change", [_through_data, _through_setitem, _augmented, _replaced, _value])
def test_a_function_that_changes_its_argument_has_no_gradient(transform: Any, change: Callable[[Any], None]) -> None:
    def f(x: Any) -> Any:
        change(x)
        return (x * x).sum() if x.shape else x * x

    point = 2.0 if change is _value else np.array([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="changed its argument in place"):
        transform(f)(point)
    with pytest.raises(TypeError, match="changed its argument in place"):
        vjp(f, point)
    with pytest.raises(TypeError, match="changed its argument in place"):
        jvp(f, (point,), (point,))


@pytest.mark.parametrize("f", [lambda x: np.allclose(x, x), lambda x: bool(x[0] > 0), lambda x: np.any(x > 0)])
def test_a_truth_has_no_gradient(f: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="the function returned bool"):
        grad(f)([1.0, 2.0])
