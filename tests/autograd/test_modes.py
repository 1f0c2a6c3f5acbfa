"""no_grad, detach and requires_grad; anomaly mode."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import math
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from inversa.autograd import AnomalyError, Tensor, Value, detect_anomaly, exp, jit, log, no_grad, part, sqrt, tanh

from .test_semantics import KINDS, Kind

both_kinds = pytest.mark.parametrize("kind", KINDS)


@both_kinds
def test_no_grad_as_context(kind: Kind) -> None:
    x = kind(2.0)
    with no_grad():
        y = x * x
    assert not y.requires_grad
    assert y.is_leaf
    assert y.inputs == ()
    assert (x * x).requires_grad


@both_kinds
def test_no_grad_as_decorator(kind: Kind) -> None:
    @no_grad()
    def square(x: Any) -> Any:
        return x * x

    x = kind(2.0)
    assert not square(x).requires_grad
    assert not square(x).requires_grad  # a decorator that works once only would be a trap
    assert (x * x).requires_grad


def test_no_grad_nests_and_survives_exceptions() -> None:
    x = Value(2.0)
    with pytest.raises(KeyError), no_grad(), no_grad():
        raise KeyError
    assert (x * x).requires_grad
    with no_grad():
        with no_grad():
            pass
        assert not (x * x).requires_grad


def test_leaves_created_under_no_grad_still_require_gradients() -> None:
    with no_grad():
        v, t = Value(1.0), Tensor(1.0, requires_grad=True)
    assert v.requires_grad
    assert t.requires_grad


def test_no_grad_does_not_reach_other_threads() -> None:
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((Value(1.0) * 2.0).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_no_grad_does_not_leak_between_tasks() -> None:
    async def without(started: asyncio.Event, go_on: asyncio.Event) -> bool:
        with no_grad():
            started.set()
            await go_on.wait()
            return (Value(1.0) * 2.0).requires_grad

    async def main() -> tuple[bool, bool]:
        started, go_on = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(without(started, go_on))
        await started.wait()
        here = (Value(1.0) * 2.0).requires_grad
        go_on.set()
        return here, await task

    with ThreadPoolExecutor(1) as pool:  # a loop of another test's may be running in this thread
        assert pool.submit(asyncio.run, main()).result() == (True, False)


def test_backward_works_under_no_grad() -> None:
    x = Value(3.0)
    y = x * x
    with no_grad():
        y.backward()
    assert x.grad == 6.0


def test_a_mode_goes_with_the_context_it_was_set_in_also_after_the_block() -> None:
    """Tasks, and copies of contexts, keep what held when they were made; nobody outside notices."""
    x = Value(2.0)

    async def later(go_on: asyncio.Event) -> bool:
        await go_on.wait()
        return (x * 2.0).requires_grad or (x * x).requires_grad

    async def main() -> tuple[bool, bool]:
        go_on = asyncio.Event()
        with no_grad():
            task = asyncio.create_task(later(go_on))
        here = (x * 2.0).requires_grad and (x * x).requires_grad
        go_on.set()
        return here, await task

    with ThreadPoolExecutor(1) as pool:  # a loop of another test's may be running in this thread
        assert pool.submit(asyncio.run, main()).result() == (True, False)

    with no_grad():
        copied = contextvars.copy_context()
    assert not copied.run(lambda: x * 2.0).requires_grad
    assert not copied.run(lambda: x * x).requires_grad
    assert (x * x).requires_grad


def test_a_generator_that_is_never_finished_leaves_its_mode_to_its_caller() -> None:
    """As in every context manager; when it is closed, the mode before is back."""
    x = Value(2.0)

    def numbers() -> Iterator[Any]:
        with no_grad():
            yield x * 2.0

    generator = numbers()
    assert not next(generator).requires_grad
    assert not (x * x).requires_grad
    generator.close()
    assert (x * x).requires_grad


@both_kinds
def test_detach(kind: Kind) -> None:
    x = kind(2.0)
    y = x * x
    d = y.detach()
    assert d.is_leaf
    assert not d.requires_grad
    (d * x).backward()
    assert x.grad == 4.0


def test_detached_array_is_a_copy() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    d = x.detach()
    d.data[0] = 100.0
    assert x.data[0] == 1.0


def test_what_requires_a_gradient_by_default() -> None:
    assert Value(1.0).requires_grad
    assert not Value(1.0, requires_grad=False).requires_grad
    assert not Tensor([1.0]).requires_grad
    assert Tensor([1.0], requires_grad=True).requires_grad


def test_nothing_is_recorded_for_constants() -> None:
    for a in (Value(2.0, requires_grad=False), Tensor([2.0])):
        y = a * a + 1
        assert y.is_leaf
        assert y.inputs == ()
        assert not y.requires_grad


def test_constants_receive_no_gradient() -> None:
    x, c = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0])
    v = Value(5.0, requires_grad=False)
    (x * c * v).sum().backward()
    assert c.grad is None
    assert v.grad is None
    assert x.grad is not None
    assert x.grad.tolist() == [15.0, 20.0]


def test_requires_grad_can_be_switched_on_and_off_at_a_leaf() -> None:
    x = Tensor([1.0, 2.0])
    x.requires_grad = True
    (x * x).sum().backward()
    assert x.grad is not None
    x.requires_grad = False
    assert not (x * x).requires_grad


@both_kinds
def test_requires_grad_of_a_computed_node_cannot_be_taken_away(kind: Kind) -> None:
    y = kind(2.0) * 3.0
    with pytest.raises(ValueError, match="detach"):
        y.requires_grad = False


# Anomaly mode.


def _line_of(function: Callable[..., Any], text: str) -> str:
    """``file:line`` of the line of a function that holds the text."""
    lines, first = inspect.getsourcelines(function)
    number = next(i for i, line in enumerate(lines) if text in line)
    return f"{inspect.getsourcefile(function)}:{first + number}"


@pytest.fixture
def silent() -> Iterator[None]:
    """NumPy's own warnings off: they would come first."""
    with np.errstate(all="ignore"):
        yield


@pytest.mark.usefixtures("silent")
@both_kinds
def test_anomaly_forwards(kind: Kind) -> None:
    x = kind(-1.0).named("x")

    def program() -> None:
        y = x * 2.0
        z = log(y)  # the culprit
        z.tanh()

    program()  # without the mode: no error
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"log gave nan") as error:
        program()
    assert _line_of(program, "the culprit") in str(error.value)
    assert "log(y)" in str(error.value)


@pytest.mark.usefixtures("silent")
def test_anomaly_forwards_names_the_operand() -> None:
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"x = -1\.0"):
        log(Value(-1.0, name="x"))
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"log gave nan from x of shape \(3,\)"):
        log(Tensor([1.0, -1.0, 2.0], name="x"))


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("shape", [(), (1,), (3,)])
def test_anomaly_of_infinity(shape: tuple[int, ...]) -> None:
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"exp gave (inf|an infinity)"):
        exp(Tensor(np.full(shape, 1000.0), requires_grad=True))


def test_anomaly_that_numpy_does_not_warn_of() -> None:
    """∞ · 1 is no floating-point exception; the watcher must not raise one by itself either."""
    with detect_anomaly(), pytest.raises(AnomalyError, match="multiply"):
        Tensor([np.inf, 2.0]) * 1.0


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize(
    "leaf",
    [
        lambda: Value(0.0, name="x"),
        lambda: Tensor(0.0, requires_grad=True, name="x"),
        lambda: Tensor([0.0, 1.0], requires_grad=True, name="x"),
    ],
    ids=["Value", "0-d", "vector"],
)
def test_anomaly_backwards(leaf: Callable[[], Any]) -> None:
    """√0 is fine, its derivative is infinite."""
    x = leaf()

    def program() -> Any:
        y = sqrt(x)  # the culprit
        return y * 2.0 if y.shape == () else y.sum()

    with detect_anomaly():
        z = program()
        with pytest.raises(AnomalyError, match=r"sqrt gave (inf|an infinity)") as error:
            z.backward()
    assert _line_of(program, "the culprit") in str(error.value)
    assert x.grad is None


def test_anomaly_mode_changes_no_gradient() -> None:
    def gradients() -> Any:
        v, t = Value(0.3), Tensor([[0.5, -0.2]], requires_grad=True)
        y = ((t @ t.T).tanh() * v * v + t[0] * v + t).sum()
        y.backward()
        assert t.grad is not None
        return v.grad, t.grad.tolist()

    plain = gradients()
    with detect_anomaly():
        assert gradients() == plain


def test_anomaly_mode_is_over_after_the_block() -> None:
    with pytest.raises(AnomalyError), detect_anomaly():
        log(Value(0.0))
    assert log(Value(0.0)).data == -math.inf


def test_anomaly_error_is_an_arithmetic_error() -> None:
    assert issubclass(AnomalyError, ArithmeticError)


@pytest.mark.parametrize("switch", [no_grad, detect_anomaly])
def test_a_function_that_runs_after_it_was_left_is_refused(switch: Callable[[], Any]) -> None:
    """The body of a generator or coroutine runs after the decorator has left; silence would be a trap."""

    def generator() -> Iterator[int]:
        yield 1

    async def coroutine() -> int:
        return 1

    async def asynchronous_generator() -> AsyncIterator[int]:
        yield 1

    for function in (generator, coroutine, asynchronous_generator):
        with pytest.raises(TypeError, match=f"write `with {switch.__name__}"):
            switch()(function)


@both_kinds
@pytest.mark.parametrize("function", [tanh, lambda x: x * 2.0, lambda x: 2.0 * x], ids=["unary", "left", "right"])
def test_leaf_frozen_after_use_receives_nothing(kind: Kind, function: Callable[[Any], Any]) -> None:
    x, other = kind(0.5), kind(2.0)
    y = function(x) * other
    x.requires_grad = False
    y.backward()
    assert x.grad is None
    assert other.grad is not None


def test_parts_have_paths_and_each_call_is_one_of_its_own() -> None:
    @part("square")
    def square(x: Any) -> Any:
        return x * x

    x = Value(3.0)
    with part("outer"):
        first, second = square(x), square(x)
        between = x + x
    assert [y.module for y in (first, second, between, x * x)] == ["outer.square", "outer.square", "outer", None]
    assert first.module is not second.module
    compiled = jit(lambda x: square(x) + x)
    assert compiled(3.0) == 12.0
    with pytest.raises(TypeError, match=r'a part has a title: part\("attention"\)'):
        part(square)  # type: ignore[arg-type]


def test_a_part_that_recurs_and_fails_leaves_the_mode_as_it_was() -> None:
    @part("power")
    def power(x: Any, n: int) -> Any:
        if n < 0:
            raise ValueError("negative")
        return x if n == 1 else x * power(x, n - 1)

    assert power(Value(2.0), 3).inputs[1].module == "power.power"
    with pytest.raises(ValueError, match="negative"):
        power(Value(2.0), -1)
    assert (Value(1.0) * 2.0).module is None
