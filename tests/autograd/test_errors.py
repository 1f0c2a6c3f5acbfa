"""Bad input gets a specific error that says what to do, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inversa.autograd import (
    InverseNetwork,
    Tensor,
    Value,
    add,
    broadcast_to,
    concatenate,
    einsum,
    leaky_relu,
    matmul,
    mean,
    no_grad,
    reshape,
    softmax,
    stack,
    tanh,
    transpose,
    where,
)


def tensor(*shape: int) -> Tensor:
    return Tensor(np.ones(shape), requires_grad=True)


SHAPE_ERRORS: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
    "add": (lambda: tensor(2, 3) + tensor(4), ("(2, 3)", "(4,)")),
    "multiply by an array": (lambda: np.ones(5) * tensor(2), ("(2,)", "(5,)")),
    "matmul": (lambda: tensor(2, 3) @ tensor(4, 5), ("(2, 3)", "(4, 5)")),
    "matmul of numbers": (lambda: matmul(tensor(), tensor(3)), ("()", "(3,)")),
    "stacks": (lambda: tensor(2, 1, 3) @ tensor(3, 3, 2), ("(2, 1, 3)", "(3, 3, 2)")),
    "einsum": (lambda: einsum("ij,jk->ik", tensor(2, 3), tensor(4, 5)), ("(2, 3)", "(4, 5)")),
    "einsum ranks": (lambda: einsum("ij,jk->ik", tensor(2, 3), tensor(3)), ("(2, 3)", "(3,)")),
    "concatenate": (lambda: concatenate([tensor(2, 3), tensor(2, 4)]), ("(2, 3)", "(2, 4)")),
    "stack": (lambda: stack([tensor(2), tensor(3)]), ("(2,)", "(3,)")),
    "reshape": (lambda: reshape(tensor(2, 3), (4, 2)), ("(2, 3)", "(4,2)")),
    "transpose": (lambda: transpose(tensor(2, 3), (0, 0)), ("(2, 3)",)),
    "transpose of too many": (lambda: transpose(tensor(2, 3), (0, 1, 2)), ("(2, 3)",)),
    "axis": (lambda: mean(tensor(2, 3), axis=2), ("(2, 3)",)),
    "axis of softmax": (lambda: softmax(tensor(3), axis=1), ("(3,)",)),
    "broadcast": (lambda: np.broadcast_to(tensor(3), (3, 2)), ("(3,)",)),  # type: ignore[call-overload]
    "max of nothing": (lambda: tensor(0).max(), ("(0,)",)),
}


@pytest.mark.parametrize("name", SHAPE_ERRORS)
def test_shape_error_names_the_shapes(name: str) -> None:
    call, shapes = SHAPE_ERRORS[name]
    with pytest.raises((ValueError, IndexError)) as error:
        call()
    assert all(shape in str(error.value) for shape in shapes)


CALLS: dict[str, Callable[[], Any]] = {
    "nothing": lambda: tanh(),  # type: ignore[call-arg]
    "too many": lambda: tanh(Value(1.0), Value(2.0)),  # type: ignore[call-arg, arg-type]
    "too few": lambda: add(Value(1.0)),  # type: ignore[call-arg]
    "unknown keyword": lambda: add(Value(1.0), Value(2.0), out=None),  # type: ignore[call-arg]
    "unknown parameter": lambda: leaky_relu(Value(1.0), alpha=0.1),  # type: ignore[call-arg]
    "given twice": lambda: leaky_relu(Value(1.0), x=Value(2.0)),  # type: ignore[call-arg, misc]
    "parameter left out": lambda: broadcast_to(Value(1.0)),  # type: ignore[call-arg]
    "where without choices": lambda: where(Tensor([True])),  # type: ignore[call-arg]
}


@pytest.mark.parametrize("name", CALLS)
def test_wrong_call_shows_the_signature(name: str) -> None:
    with pytest.raises(TypeError, match=r"call \w+\(.*\), not "):
        CALLS[name]()


@pytest.mark.parametrize("arrays", [[], 3.0, [None]], ids=repr)
def test_nothing_to_concatenate(arrays: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        concatenate(arrays)


# Errors of backward, all of which leave every gradient as it was.


def _non_scalar() -> Tensor:
    return (tensor(2, 3) * 2.0).named("y")


BACKWARD_ERRORS: dict[str, tuple[Callable[[], Any], Any, type[Exception], str | None]] = {
    "non-scalar without seed": (_non_scalar, None, ValueError, r"y of shape \(2, 3\) needs the gradient.*sum\(\)"),
    "empty without seed": (lambda: tensor(0) * 2.0, None, ValueError, r"\(0,\)"),
    "seed of another shape": (_non_scalar, np.ones((3, 2)), ValueError, r"\(3, 2\).*\(2, 3\)"),
    "seed that would broadcast": (_non_scalar, np.ones(3), ValueError, r"\(3,\).*\(2, 3\)"),
    "number for an array": (_non_scalar, 1.0, ValueError, r"\(\).*\(2, 3\)"),
    "Tensor of another shape": (_non_scalar, Tensor(np.ones(3)), ValueError, r"\(3,\).*\(2, 3\)"),
    "array for a Value": (lambda: Value(2.0) * 3.0, np.ones(2), (TypeError, ValueError), None),  # type: ignore[dict-item]
    "Tensor for a Value": (lambda: Value(2.0) * 3.0, Tensor([1.0, 2.0]), (TypeError, ValueError), r"\(2,\)"),  # type: ignore[dict-item]
    "text for a Value": (lambda: Value(2.0) * 3.0, "a", (TypeError, ValueError), None),  # type: ignore[dict-item]
    "text for a Tensor": (_non_scalar, "a", (TypeError, ValueError), None),  # type: ignore[dict-item]
    "constant Value": (
        lambda: Value(2.0, requires_grad=False, name="c"),
        None,
        ValueError,
        "c was computed from requires|c.*requires",
    ),
    "constant Tensor": (lambda: Tensor(2.0) * 3.0, None, ValueError, "requires a gradient"),
}


@pytest.mark.parametrize("name", BACKWARD_ERRORS)
def test_error_of_backward_changes_nothing(name: str) -> None:
    build, seed, kind, message = BACKWARD_ERRORS[name]
    y = build()
    nodes = [node for node in y.inverse().graph if node.requires_grad]
    before = [100.0 + i if isinstance(node, Value) else np.full(node.shape, 100.0 + i) for i, node in enumerate(nodes)]  # type: ignore[attr-defined]
    for node, mark in zip(nodes, before, strict=True):
        node.grad = mark
    with pytest.raises(kind, match=message):
        y.backward(seed)
    assert all(node.grad is mark for node, mark in zip(nodes, before, strict=True))


def test_backward_of_what_no_grad_computed_says_so() -> None:
    with no_grad():
        y = Value(2.0) * 3.0
    with pytest.raises(ValueError, match=r"no_grad\(\)"):
        y.backward()


def test_failing_pullback_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half-way through the sweep: neither the leaves nor the interior nodes have changed."""

    def fail(*_args: Any) -> Any:
        raise ZeroDivisionError

    a, b = Tensor([1.0, 2.0], requires_grad=True), Value(3.0)
    y = (tanh(a) * b).sum()
    y.backward()
    kept = [a.grad, b.grad]
    monkeypatch.setattr(tanh, "vjps", (fail,))
    with pytest.raises(ZeroDivisionError):
        y.backward()
    assert a.grad is kept[0]
    assert b.grad is kept[1]


@pytest.mark.parametrize("seeds", [[1.0], [1.0, 2.0, 3.0]])
def test_as_many_seeds_as_outputs(seeds: list[float]) -> None:
    x = Value(2.0)
    with pytest.raises(ValueError, match="2 outputs need as many seeds"):
        InverseNetwork(x * 2.0, x * 3.0).run(seeds)


def test_data_of_another_shape_is_refused() -> None:
    x = tensor(2, 3)
    with pytest.raises(ValueError, match=r"\(2, 3\).*\(3,\)"):
        x.data = np.ones(3)
    assert x.shape == (2, 3)
    with pytest.raises(ValueError, match="broadcast"):
        x[0] = [1.0, 2.0]


def test_assignment_of_a_node_is_refused() -> None:
    x, y = tensor(2), tensor(2)
    with pytest.raises(TypeError, match="not differentiable"):
        x[0] = y[1]


def test_number_of_a_node_is_refused_with_the_way_out() -> None:
    with pytest.raises(TypeError, match=r"\.item\(\)"):
        float(Value(2.0))
    with pytest.raises(TypeError, match="already"):
        Value(Value(2.0))  # type: ignore[arg-type]
