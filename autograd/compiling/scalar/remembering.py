"""Remembering: the tables of programs that were made before, for functions that are made anew all the time.

``jit(lambda x: w * x)`` in a loop, or a function in whose surroundings something changes in every step, is traced every
time, as what it reads may be something else. But where the rows are the same, so are the tables. They are numbers:
nothing that a function closes over is kept alive by them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from inversa.autograd.compiling.scalar.loops import SMALL
from inversa.autograd.compiling.scalar.running import Tables

if TYPE_CHECKING:
    from inversa.autograd.compiling.scalar.trace import Trace


def remembered(
    trace: Trace, outputs: Sequence[int], wanted: Sequence[int], reduced: int, make: Callable[[], Tables]
) -> Tables:
    """The tables for these rows: those that were made last time, or what ``make`` gives."""
    kinds = [kind for kind in trace.operations if kind is not None]
    if len(trace.kinds) > SMALL or not all(kind.is_fixed for kind in kinds):
        return make()
    columns = (trace.kinds, trace.first, trace.inputs, trace.differentiable, trace.constants, trace.value_rows)
    operations = tuple((kind.op, kind.traced, *_declared(kind.op)) for kind in kinds)
    arguments = tuple(x.place for x in trace.arguments)
    rows = tuple(column.tobytes() for column in columns)
    return _made(_Recipe((rows, operations, arguments, tuple(outputs), tuple(wanted), reduced), make))


def _declared(op: Any) -> tuple[Any, ...]:
    """What an operation computes, which may be declared anew."""
    return getattr(op, "forward", None), getattr(op, "vjps", None)


class _Recipe:
    """A key, and what makes the tables if there are none for it."""

    __slots__ = ("_hash", "key", "make")

    def __init__(self, key: tuple[Any, ...], make: Callable[[], Tables]) -> None:
        self.key = key
        self.make: Callable[[], Tables] | None = make
        self._hash = hash(key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Recipe) and self.key == other.key


@lru_cache(maxsize=32)
def _made(recipe: _Recipe) -> Tables:
    assert recipe.make is not None
    tables = recipe.make()
    recipe.make = None  # it knows the function, which must not be kept
    return tables
