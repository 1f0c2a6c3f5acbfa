"""Effects: what a run does besides computing a function of its arguments: checks, draws, averages kept.

The one door for layers and losses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from inversa.autograd.batched import Batched
from inversa.autograd.compiling.arrays.trace import ArraySymbol
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE, mode
from inversa.autograd.node import Node
from inversa.autograd.ops.held import is_known, placed
from inversa.autograd.ops.namespace import is_foreign, namespace

if TYPE_CHECKING:
    from numpy.typing import NDArray


_SEEN: ContextVar[bool] = ContextVar("inversa_seen", default=False)


@contextmanager
def seen() -> Iterator[None]:
    """A block in which arrays of other libraries that are given, not computed, pass as checked: they were before.

    Every look at one on a GPU waits for all that is still being computed there.

    >>> from inversa.autograd.compiling.effects import check_data, seen
    >>> with seen():
    ...     check_data([1.0, 2.0], lambda array: print("looked at", array))
    looked at [1.0, 2.0]
    """
    token = _SEEN.set(True)
    try:
        yield
    finally:
        _SEEN.reset(token)


def check_data(x: Any, check: Callable[[Any], object], computed: bool = False) -> None:
    """Run a check of an array's data, which raises if they are not as they should be: now, or on every replay.

    There is none where the numbers are not known yet: of Dask's arrays, and of what JAX traces.

    Parameters
    ----------
    x : array or Tensor
    check : callable
        Takes the array.
    computed : bool
        Whether this is what a model gave, and so other numbers every time: see `seen`.

    >>> from inversa.autograd.compiling.effects import check_data
    >>> check_data([1.0, 2.0], lambda array: print("looked at", array))
    looked at [1.0, 2.0]
    """
    at_every_run(x, _where_known(check, computed) if is_foreign(x) else check)


def _where_known(check: Callable[[Any], object], computed: bool) -> Callable[[Any], None]:
    def look(data: Any) -> None:
        if is_known(data) and (computed or not _SEEN.get()):
            check(data)

    return look


def at_every_run(x: Any, use: Callable[[Any], object]) -> None:
    """Give what was computed, as an array, to a function that keeps something of it: now, or on every replay.

    The array may be filled anew afterwards: the function copies what it keeps.

    >>> from inversa.autograd import Tensor
    >>> from inversa.autograd.compiling.effects import at_every_run
    >>> seen = []
    >>> at_every_run(Tensor([1.0, 2.0]), lambda array: seen.append(float(array.sum())))
    >>> seen
    [3.0]
    """
    if isinstance(x, Batched):  # under vmap once a sample, in their order
        each = (lambda rows: [use(rows[i, ...]) for i in range(rows.shape[0])]) if x.mapped else use
        at_every_run(x.array, each)
    elif isinstance(x, ArraySymbol):
        x.recorder.checks.append((x, use))
    else:
        use(x._data if isinstance(x, Node) else x)


def draw_random(shape: Sequence[int], draw: Callable[[], NDArray[Any]], near: Any, dtype: Any = bool) -> Any:
    """What ``draw()`` gives, an array of this shape: now, or anew on every replay; beside an array of another library.

    Parameters
    ----------
    shape : sequence of int
    draw : callable
        Gives an array of this shape; its numbers may be different every time.
    near : object
        What it will be used with: a symbol if a trace is on.
    dtype : numpy dtype
        Of the array.

    >>> from inversa.autograd.compiling.effects import draw_random
    >>> draw_random((2,), lambda: [True, False], near=0.0)
    [True, False]
    """
    batch = MODE.get().batch
    if batch is not None:  # every sample has a draw of its own, as if the function were called for one after the other
        near = near.array if isinstance(near, Batched) and near.batch is batch else near
        with mode(batch=batch.outer):
            drawn = draw_random((batch.size, *shape), lambda: _stacked(draw, batch.size), near, dtype)
        return Batched(batch, drawn)
    if not isinstance(near, ArraySymbol):
        drawn = draw()
        return drawn if is_foreign(drawn) else placed(near, drawn)
    symbol = ArraySymbol(near.recorder, np.zeros(shape, dtype))
    symbol.draw = draw
    return symbol


def _stacked(draw: Callable[[], Any], size: int) -> Any:
    draws = [draw() for _ in range(size)]
    return namespace(*draws).stack(draws)


def settings(x: Any) -> Any:
    """A loss or penalty as it is, or for a trace: then its numbers that change are read at every replay.

    Parameters
    ----------
    x : object
        With settings in its attributes, such as the weight of a penalty. Those that are floats and were changed since
        the last trace become inputs of the next, so that an annealed weight needs no trace for every step.

    >>> from inversa.autograd.compiling.effects import settings
    >>> settings(len) is len
    True
    """
    trace = MODE.get().trace
    return x if trace is None or not hasattr(x, "__dict__") else trace.settings(x)
