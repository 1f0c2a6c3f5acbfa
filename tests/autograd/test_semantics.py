"""What a backward pass does to the nodes of a graph (DESIGN.md §3), and that graphs of any size and shape work."""

from __future__ import annotations

import copy
import gc
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from inversa.autograd import Graph, Node, Tensor, Value, concatenate, jit, leaky_relu, maximum, stack, tanh, where
from inversa.autograd.freeing import let_go
from inversa.autograd.receiving import receiving

KINDS = [pytest.param(Value, id="Value"), pytest.param(lambda x: Tensor(x, requires_grad=True), id="Tensor")]
both_kinds = pytest.mark.parametrize("kind", KINDS)
Kind = Callable[[float], Any]


@both_kinds
def test_gradient_is_none_until_reached(kind: Kind) -> None:
    x, apart = kind(2.0), kind(3.0)
    y = x * x
    assert x.grad is None
    assert y.grad is None
    y.backward()
    assert x.grad == 4.0
    assert y.grad == 1.0
    assert apart.grad is None


@both_kinds
def test_twice_doubles_the_leaves_exactly(kind: Kind) -> None:
    """micrograd gives 96."""
    x = kind(2.0)
    square = x * x
    y = square * square
    y.backward()
    assert (x.grad, square.grad, y.grad) == (32.0, 8.0, 1.0)
    y.backward()
    assert (x.grad, square.grad, y.grad) == (64.0, 8.0, 1.0)


@both_kinds
def test_leaves_accumulate_over_graphs_and_interior_nodes_do_not(kind: Kind) -> None:
    x = kind(3.0)
    h = x * 2.0
    (h * 5.0).backward()
    assert (x.grad, h.grad) == (10.0, 5.0)
    (h * 7.0).backward()
    assert (x.grad, h.grad) == (24.0, 7.0)


def test_gradient_of_a_number_stays_an_array() -> None:
    """Also after accumulation, where NumPy would hand back a scalar."""
    x = Tensor(2.0, requires_grad=True)
    for expected in (4.0, 8.0, 12.0):
        (x * x).backward()
        assert isinstance(x.grad, np.ndarray)
        assert x.grad == expected


@both_kinds
def test_backward_at_a_leaf(kind: Kind) -> None:
    x = kind(2.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


@both_kinds
def test_backward_with_a_seed(kind: Kind) -> None:
    x = kind(3.0)
    (x * x).backward(0.5)
    assert x.grad == 3.0


@pytest.mark.parametrize(
    "seed", [[1.0, 2.0], np.array([1.0, 2.0]), Tensor([1.0, 2.0])], ids=["list", "array", "Tensor"]
)
def test_non_scalar_with_a_seed(seed: Any) -> None:
    x = Tensor([3.0, 4.0], requires_grad=True)
    (x * x).backward(seed)
    assert x.grad is not None
    assert x.grad.tolist() == [6.0, 16.0]


@both_kinds
@pytest.mark.parametrize(
    "seed", [2, 2.0, np.float32(2.0), np.int64(2), Value(2.0), Tensor(2.0)], ids=lambda s: type(s).__name__
)
def test_seed_of_any_type(kind: Kind, seed: Any) -> None:
    x = kind(3.0)
    (x * x).backward(seed)
    assert x.grad == 12.0
    assert type(x.grad) is (float if isinstance(x, Value) else np.ndarray)


def test_one_entry_needs_no_seed() -> None:
    x = Tensor([[3.0]], requires_grad=True)
    (x @ x).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[6.0]]


@both_kinds
def test_repeated_inputs_are_two_edges(kind: Kind) -> None:
    x = kind(3.0)
    for y, expected in [(x * x, 6.0), (x + x, 2.0), (x - x, 0.0), (x / x, 0.0), (x**x, 27 * (1 + np.log(3)))]:
        x.grad = None
        assert y.inputs == (x, x)
        assert len(Graph(y).edges) == 2
        y.backward()
        assert x.grad == pytest.approx(expected, abs=1e-15)


@both_kinds
def test_order_of_inputs_is_kept(kind: Kind) -> None:
    a, b = kind(2.0), kind(3.0)
    for y in (a - b, a / b, a**b, maximum(a, b), where(True, a, b)):
        assert y.inputs[0] is a
        assert y.inputs[1] is b
    assert concatenate([stack([b, a]), stack([a, a])]).inputs[0].inputs == (b, a)


def test_values_and_tensors_in_one_graph() -> None:
    w, v = Value(2.0), Value(-1.0)
    x = Tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    h = w * v
    y = ((x * h + v) * w).sum()
    y.backward()
    assert y.item() == w.data * (6 * w.data * v.data + 3 * v.data)
    assert w.grad == 2 * w.data * v.data * 6 + 3 * v.data
    assert v.grad == w.data**2 * 6 + 3 * w.data
    assert x.grad is not None
    assert x.grad.tolist() == [[-4.0, -4.0, -4.0]]
    assert type(w.grad) is float
    assert type(h.grad) is float


def test_values_and_tensors_in_one_recorded_graph() -> None:
    """∂²/∂w∂x and ∂²/∂w² of Σ (w x)³."""
    w, x = Value(2.0), Tensor([1.0, -1.0, 0.5], requires_grad=True)
    flows = ((w * x) ** 3).sum().inverse().run(record=True)
    assert isinstance(flows[w], Node)
    twice = flows[w].inverse().run()
    assert twice[w] == pytest.approx(6 * 2.0 * (x.data**3).sum())
    np.testing.assert_allclose(twice[x], 9 * 4.0 * x.data**2)
    again = flows[x].inverse().run([1.0, 1.0, 1.0])
    assert again[w] == pytest.approx((9 * 4.0 * x.data**2).sum())


def test_stack_of_values_sends_numbers_back() -> None:
    a, b = Value(2.0), Value(3.0)
    (stack([a, b, a]) * [1.0, 10.0, 100.0]).sum().backward()
    assert (a.grad, b.grad) == (101.0, 10.0)
    assert type(a.grad) is float


def test_infinities_of_both_signs_sum_to_nan() -> None:
    """What an array sends back to a number that was broadcast into it is summed without raising."""
    w = Value(1.0)
    (w * Tensor([1.0, 1.0])).backward([np.inf, -np.inf])
    assert np.isnan(w.grad)


# Size and shape of the graph.


@both_kinds
def test_diamonds_sixty_deep(kind: Kind) -> None:
    """2⁶⁰ paths, 61 nodes."""
    x = y = kind(1.0)
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60
    assert len(Graph(y)) == 61


def test_chain_of_a_million() -> None:
    x = y = Value(1.0)
    for _ in range(1_000_000):
        y = y + x
    y.backward()
    assert x.grad == 1_000_001.0
    del y


def test_long_chain_of_tensors_recorded_and_differentiated_again() -> None:
    x = y = Tensor(1.0, requires_grad=True)
    for _ in range(20_000):
        y = y * 1.0
    (y * y).inverse().run(record=True)[x].backward()
    assert x.grad == 2.0


def test_wide_fan_in() -> None:
    xs = [Value(float(k)) for k in range(10_000)]
    sum(x * x for x in xs).backward()
    assert all(x.grad == 2.0 * k for k, x in enumerate(xs))


def test_wide_fan_in_of_one_operation() -> None:
    ts = [Tensor([float(k)], requires_grad=True) for k in range(10_000)]
    (concatenate(ts) ** 2).sum().backward()
    assert all(t.grad is not None and t.grad[0] == 2.0 * k for k, t in enumerate(ts))


def test_wide_fan_out() -> None:
    x = Value(1.0)
    sum(x * float(k) for k in range(10_000)).backward()
    assert x.grad == sum(range(10_000))


# Memory.


def _value_graph(x: Value) -> Node:
    return tanh(x * x + 2.0) * leaky_relu(x, slope=0.1)


def _tensor_graph(x: Tensor) -> Node:
    return (concatenate([tanh(x @ x.T), x[:, :2]], axis=1) * x.sum()).mean()


def _run_plainly(y: Node) -> Any:
    y.backward()


def _run_recorded(y: Node) -> Any:
    flows = y.inverse().run(record=True)
    return [flow.inverse().run(record=True) for flow in flows.values() if flow.shape == () and flow.requires_grad]


def _look_at_it(y: Node) -> Any:
    network = y.inverse()
    return str(network), network.elements, network.wires, str(network.graph), network.check()


def _nodes_alive() -> int:
    return sum(issubclass(type(x), Node) for x in gc.get_objects())  # isinstance() would ask other libraries' proxies


@pytest.mark.parametrize("use", [lambda y: None, _run_plainly, _run_recorded, _look_at_it])
@pytest.mark.parametrize("kind", ["values", "tensors"])
def test_nothing_is_alive_after_del(kind: str, use: Callable[[Node], Any]) -> None:
    """Freed by reference counting alone, with the collector off."""

    def build() -> Node:
        if kind == "values":
            return _value_graph(Value(0.5))
        return _tensor_graph(Tensor(np.ones((2, 2)), requires_grad=True))

    use(build())  # what is cached at first use is not a leak
    gc.collect()
    gc.disable()
    try:
        before = _nodes_alive()
        y = build()
        witnesses = [weakref.ref(node) for node in Graph(y)]
        kept = use(y)
        del kept, y
        assert [w() for w in witnesses if w() is not None] == []
        assert _nodes_alive() == before
        assert gc.collect() == 0 or use is _look_at_it
    finally:
        gc.enable()


def test_failed_operations_leave_nothing_alive() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    gc.collect()
    before = _nodes_alive()
    for _ in range(3):
        with pytest.raises(ValueError, match="shapes"):
            x + np.ones(3)
        with pytest.raises(ValueError, match="needs the gradient"):
            (x * x).backward()
    gc.collect()
    assert _nodes_alive() == before


# Threads.


def test_threads_with_graphs_of_their_own() -> None:
    results: dict[int, Any] = {}

    def work(k: int) -> None:
        x = Value(float(k))
        t = Tensor(np.full(50, float(k)), requires_grad=True)
        for _ in range(200):
            x.grad = t.grad = None
            (x * x * x).backward()
            (t * t).sum().backward()
        results[k] = x.grad, t.grad

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results[k][0] == 3.0 * k * k for k in range(4))
    assert all(np.array_equal(results[k][1], np.full(50, 2.0 * k)) for k in range(4))


@pytest.mark.parametrize("make", [lambda: Value(2.0, name="x"), lambda: Tensor([2.0], requires_grad=True, name="x")])
def test_leaves_are_copied_deeply_and_results_are_not(make: Callable[[], Any]) -> None:
    x = make()
    y = (x * x).sum() if isinstance(x, Tensor) else x * x
    y.backward()
    twin = copy.deepcopy(x)
    twin.grad *= 10.0
    assert (x.grad, twin.grad) == (4.0, 40.0)
    assert (twin.name, twin.requires_grad, twin.data) == (x.name, x.requires_grad, x.data)
    with pytest.raises(TypeError, match="only leaves"):
        copy.deepcopy(y)


# Threads.


class _Interrupted(float):
    """A number during whose addition other threads take their turn."""

    def __add__(self, other: float) -> _Interrupted:
        time.sleep(0)
        return _Interrupted(float(self) + other)


def _numbers() -> list[Any]:
    leaves = [Value(1.0), Value(2.0)]
    for leaf in leaves:
        leaf.grad = _Interrupted(0.0)
    return leaves


def _arrays() -> list[Any]:
    """So large that NumPy lets other threads run while it adds."""
    return [Tensor(np.full(20_000, x), requires_grad=True) for x in (1.0, 2.0)]


def _by_values() -> tuple[list[Any], list[Callable[[], object]]]:
    a, b = leaves = _numbers()
    return leaves, [lambda: (a * 3.0 + b * 5.0).backward()]


def _by_tensors() -> tuple[list[Any], list[Callable[[], object]]]:
    a, b = leaves = _arrays()
    return leaves, [lambda: (a * 3.0 + b * 5.0).sum().backward()]


def _by_a_compiled_function_of_values() -> tuple[list[Any], list[Callable[[], object]]]:
    a, b = leaves = _numbers()
    compiled = jit(lambda x: x * (a * 3.0 + b * 5.0))
    return leaves, [lambda: compiled.backward([1.0], reduce="sum")]


def _by_compiled_functions_of_tensors() -> tuple[list[Any], list[Callable[[], object]]]:
    """Two, for each of them has a lock of its own for its memory."""
    a, b = leaves = _arrays()
    one, other = (jit(lambda x: x * (a * 3.0 + b * 5.0)) for _ in range(2))
    x = np.ones(20_000)
    return leaves, [lambda: one.backward(x, reduce="sum"), lambda: other.backward(x, reduce="sum")]


@pytest.mark.parametrize(
    "shared", [_by_values, _by_tensors, _by_a_compiled_function_of_values, _by_compiled_functions_of_tensors]
)
def test_threads_that_share_leaves_lose_no_gradient(shared: Callable[[], Any]) -> None:
    """Adding is reading and writing: where threads change places in between, what one adds is lost."""
    leaves, passes = shared()
    for each in passes:
        each()  # what is compiled, is compiled here
    threads = [threading.Thread(target=lambda one=each: [one() for _ in range(200)]) for each in (passes * 8)[:8]]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    count = 8 * 200 + len(passes)
    assert [float(np.max(leaf.grad)) for leaf in leaves] == [count * 3.0, count * 5.0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_that_is_forked_while_a_thread_adds_gradients_goes_on() -> None:
    """The child has the lock, but not the thread that would give it back."""
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with receiving():
            held.set()
            done.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    child = os.fork()
    if not child:
        signal.alarm(30)  # instead of hanging for ever
        x = Value(2.0)
        (x * x).backward()
        os._exit(0 if x.grad == 4.0 else 1)
    _, status = os.waitpid(child, 0)
    done.set()
    thread.join()
    assert status == 0


def test_a_chain_is_let_go_one_after_the_other_up_to_what_is_kept():
    """As it is where the stack is small: in WebAssembly."""
    kept = Value(2.0) * 3.0
    nodes = [kept * kept]
    for _ in range(50):
        nodes.append(nodes[-1] + nodes[-1] * 2.0)
    witnesses = [weakref.ref(node) for node in nodes[:-1]]
    last = nodes.pop()
    nodes.clear()
    let_go(last)
    assert all(witness() is None for witness in witnesses)
    assert last._left is last._right is None
    assert kept.inputs[0].data == 2.0
