"""LanesFunction: what `vmap` makes of a function that takes its vectors apart, a lane for each sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from inversa.autograd.compiling.arrays.function import ArrayFunction
from inversa.autograd.compiling.entries.vectors import Entries, ManyAtOnce, holds_results, length_of, numbers_in
from inversa.autograd.compiling.scalar.running import Runner
from inversa.autograd.compiling.scalar.traced import tape
from inversa.autograd.lazy import np
from inversa.autograd.trees import mapped

Form = tuple[tuple[int | None, int | None], ...]  # of every argument the axis of the samples, and a vector's length


def form_of(given: Sequence[Any], axes: Any) -> Form | None:
    """How samples lie in the arguments; None where they are no numbers and vectors in double precision."""
    axes = axes if isinstance(axes, tuple) else (axes,) * len(given)
    if len(axes) != len(given):
        return None
    form: list[tuple[int | None, int | None]] = []
    for x, axis in zip(given, axes, strict=True):
        if axis is None:
            if (length := length_of(x)) is None:
                return None
            form.append((None, length or None))
        elif type(axis) is int and isinstance(x, np.ndarray) and x.dtype == np.float64 and x.ndim in (1, 2):
            if not -x.ndim <= axis < x.ndim:
                return None
            form.append((axis % x.ndim, x.shape[1 - axis % 2] if x.ndim == 2 else None))
        else:
            return None
    sizes = {x.shape[axis] for x, (axis, _) in zip(given, form, strict=True) if axis is not None}
    return tuple(form) if len(sizes) == 1 and 0 not in sizes else None


class LanesFunction(ManyAtOnce):
    """A function of one sample, run over many.

    Parameters
    ----------
    batched, function : callable
        What is compiled, and the function of one sample.
    names : sequence of str
        Of its arguments.
    form : tuple
        How the samples lie in them.

    Raises
    ------
    TracingError
        For what cannot be compiled so.
    """

    def __init__(
        self, batched: Callable[..., Any], function: Callable[..., Any], names: Sequence[str], form: Form
    ) -> None:
        super().__init__(function, names, {i: n for i, (_, n) in enumerate(form) if n is not None})
        self._form = form
        self._whole = ArrayFunction(batched, names)

    def _chosen(self, per_argument: Sequence[Any], mapped: bool) -> list[Any]:
        """What belongs to the arguments that have samples, or to the others."""
        return [x for x, (axis, _) in zip(per_argument, self._form, strict=True) if (axis is not None) is mapped]

    def _symbols(self, mapped: bool) -> list[Any]:
        grouped = self._chosen(self._grouped(self._traced[0].arguments, list), mapped)
        return [x for group in grouped for x in (group if isinstance(group, list) else [group])]

    @cached_property
    def _tape(self) -> Runner:
        trace, outputs = self._traced
        return tape(outputs, self._symbols(True), [*self._symbols(False), *trace.parameters.values()], 0)

    def __call__(self, *arguments: Any) -> Any:
        """The results of all samples, which are along their axis 0."""
        samples = [
            x.reshape(1, -1) if x.ndim == 1 else x.T if axis == 0 else x
            for x, (axis, _) in zip(arguments, self._form, strict=True)
            if axis is not None
        ]
        numbers = [*numbers_in(self._chosen(arguments, False)), *self._numbers()]
        rows = self._tape.run(np.concatenate(samples), numbers)[1]
        return mapped(_column, self._together(list(rows)), holds_results)


def _column(x: Any) -> Any:
    """A result of all samples; the rows of a vector's entries are the columns of a matrix."""
    return np.stack(list(x), axis=1) if isinstance(x, Entries) else x.copy()  # the rows are parts of one array
