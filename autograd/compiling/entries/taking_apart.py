"""Which functions of arrays are better compiled as programs of single numbers: those that take their vectors apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from inversa.autograd.batching import vmaps
from inversa.autograd.compiling.entries.directions import JacobianFunction
from inversa.autograd.compiling.entries.lanes import LanesFunction, form_of
from inversa.autograd.compiling.entries.vectors import VectorFunction, lengths_of
from inversa.autograd.transforms.kinds import from_the_end, jacobians


def minds_names(function: Callable[..., Any]) -> bool:
    """Whether it matters to this which of its arguments are given by position, by name, or not at all."""
    return function in vmaps or function in from_the_end


def form_for(function: Callable[..., Any], given: Sequence[Any]) -> Hashable | None:
    """What a program would be made for, such as the lengths of vectors; None if these arguments have none."""
    if (of := vmaps.get(function)) is not None:
        return form_of(given, of.in_axes) if of.out_axes == 0 else None
    return lengths_of(given)


def compiled(
    function: Callable[..., Any], called: Callable[..., Any], names: Sequence[str], form: Any
) -> VectorFunction:
    """The function, compiled for a form; ``called`` is the same, which takes all arguments by position.

    Raises
    ------
    Exception
        Whatever the function raises that takes a vector as a whole.
    """
    if (of := vmaps.get(function)) is not None:
        return LanesFunction(called, of.function, names, form)
    if (jacobian := jacobians.get(function)) is not None:
        return JacobianFunction(called, *jacobian, names, dict(form))
    return VectorFunction(called, names, dict(form))
