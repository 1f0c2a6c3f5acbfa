"""vmap: a function of one sample as a function of many, all computed at once.

The function is called once, with `Batched` in place of the samples: each stands for as many arrays as there are
samples, has the shape of one, and computes with all of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from inversa.autograd import checks
from inversa.autograd.batched import Batch, Batched, as_samples
from inversa.autograd.compiling.errors import TracingError, level_of_caller, reason
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE, mode
from inversa.autograd.node import Node
from inversa.autograd.ops import samples
from inversa.autograd.ops.held import computed, copied
from inversa.autograd.ops.namespace import kind_of
from inversa.autograd.ops.shaping import getitem, stack, transpose
from inversa.autograd.tensor import Tensor
from inversa.autograd.trees import alike, is_tree, leaves, mapped, rebuilt

Axes = Any  # an integer, None, or a tuple, list or dictionary of such


def vmap(f: Callable[..., Any], in_axes: Axes = 0, out_axes: Axes = 0) -> Callable[..., Any]:
    """A function of one sample as a function of many: computed at once, without a loop in Python.

    It composes with `grad` and the other transforms, which it may hold or be held by, and with `jit`.

    Parameters
    ----------
    f : callable
        Of arrays, or of lists, tuples and dictionaries of arrays; so may be what it gives.
    in_axes : int, None, or tuple
        Along which axis the samples of the arguments are; None for what is the same for all. A tuple has an entry for
        every argument, which may be a list, tuple or dictionary itself. Arguments by name have theirs along axis 0.
    out_axes : int, or tuple, list or dictionary
        Along which axis they are in the results.

    Returns
    -------
    callable
        Numbers in, numbers out; nodes where an argument or what f closes over requires a gradient.

    Raises
    ------
    TypeError, ValueError
        For something that has no such axis, and where there are different numbers of samples.

    Notes
    -----
    Random numbers of `Dropout` and of Bayesian layers are other ones for every sample. What f draws from a generator
    by itself is drawn once, and the same for all.

    An operation for which there is no rule is computed for one sample after the other, and so is a function that looks
    at numbers, as in ``if x > 0``; a warning says so.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.autograd import grad, vmap
    >>> vmap(lambda x: x[0] * x[1])(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [2.0, 12.0]
    >>> loss = lambda w, x: (w * x).sum() ** 2
    >>> each = vmap(grad(loss), in_axes=(None, 0))  # the gradient of every sample
    >>> each(np.array([1.0, 1.0]), np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[6.0, 12.0], [42.0, 56.0]]
    """
    if not callable(f):
        raise checks.wrong("f", "a function", f, "lambda x: x * x", TypeError)

    @wraps(f)
    def of_many(*args: Any, **kwargs: Any) -> Any:
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        if len(axes) != len(args):
            raise ValueError(f"in_axes has {len(axes)} entries, and there are {len(args)} arguments by position")
        arguments = [_with_axes(x, axis) for x, axis in zip(args, axes, strict=True)]
        named = {name: _with_axes(x, 0) for name, x in kwargs.items()}
        state = MODE.get()
        batch = Batch(_size([leaf for x in (*arguments, *named.values()) for leaf in leaves(x, _holds)]), state.batch)
        nodes = any(isinstance(x.array, Node) for x in leaves([*arguments, *named.values()], _holds))

        def call(take: Callable[[_Given], Any]) -> Any:
            return f(
                *(mapped(take, x, _holds) for x in arguments),
                **{name: mapped(take, x, _holds) for name, x in named.items()},
            )

        try:
            with mode(depth=state.depth + 1, batch=batch):
                results = call(lambda x: x.batched(batch))
        except TracingError as error:
            if state.trace is not None:
                raise
            warnings.warn(
                f"vmap calls {getattr(f, '__name__', 'the function')} for one sample after the other, which is slow: "
                f"{reason(error)}",
                stacklevel=level_of_caller(),
            )
            with mode(depth=state.depth + 1):
                rows = [call(lambda x: x.row(i)) for i in range(batch.size)]  # noqa: B023
            results = _stacked(rows, batch)
        return _outward(results, out_axes, batch, nodes or state.trace is not None)

    vmaps[of_many] = Vmap(f, in_axes, out_axes)
    return of_many


class Vmap(NamedTuple):
    """What `vmap` was called with."""

    function: Callable[..., Any]
    in_axes: Axes
    out_axes: Axes


# Of what is vmapped, what it was made from: jit may compute all samples as lanes of one program.
vmaps: WeakKeyDictionary[Callable[..., Any], Vmap] = WeakKeyDictionary()


class _Given(NamedTuple):
    """An argument, and the axis of its samples."""

    array: Any
    axis: int | None

    def batched(self, batch: Batch) -> Any:
        """As the function is called with it."""
        if self.axis is None:
            return self.array
        watched = MODE.get().anomaly and not isinstance(self.array, Node)
        return Batched(batch, _moved(Tensor(self.array) if watched else self.array, self.axis, 0))

    def row(self, i: int) -> Any:
        """That of one sample."""
        if self.axis is None:
            return self.array
        row = getitem(self.array, (*(slice(None),) * self.axis, i))
        return row if isinstance(row, Node) else Tensor(row)


def _holds(x: Any) -> bool:
    """Whether this is a list, tuple or dictionary of arguments."""
    return isinstance(x, (list, tuple, dict)) and not isinstance(x, _Given)


def _with_axes(x: Any, axis: Axes) -> Any:
    """Every array in an argument, with its axis."""
    if isinstance(axis, (tuple, list, dict)):
        pairs = alike(x, axis) if is_tree(x) else None
        if pairs is None:
            raise ValueError("an entry of in_axes that is a tuple, list or dictionary is like its argument")
        return rebuilt(x, [_with_axes(part, one) for part, one in pairs])
    if is_tree(x):
        return mapped(lambda part: _with_axes(part, axis), x)
    if axis is None:
        return _Given(x, None)
    if isinstance(axis, bool) or not hasattr(axis, "__index__"):
        raise checks.wrong(
            "in_axes", "an integer, None, or a tuple with an entry for every argument", axis, "0", TypeError
        )
    array: Any = x if isinstance(x, Node) else computed(x)
    if not isinstance(x, Node) and kind_of(array.dtype) not in "fiub":
        raise checks.wrong("an argument of what vmap gives", "an array of numbers", x, "[1.0, 2.0]", TypeError)
    ndim = len(array.shape)
    if not -ndim <= axis < ndim:
        raise ValueError(
            f"an array of shape {array.shape} has no axis {axis} to take samples from: say in_axes=None for what is "
            "the same for all samples"
        )
    return _Given(array, axis % ndim)


def _size(given: Sequence[_Given]) -> int:
    sizes = {x.array.shape[x.axis] for x in given if x.axis is not None}
    if len(sizes) > 1:
        raise ValueError(f"the arguments have different numbers of samples: {', '.join(map(str, sorted(sizes)))}")
    if not sizes:
        raise ValueError("vmap needs an argument with samples: in_axes is None for all")
    (size,) = sizes
    if not size:
        raise ValueError("there are no samples")
    return int(size)


def _moved(array: Any, source: int, target: int) -> Any:
    """The array with one axis moved elsewhere."""
    if source == target:
        return array
    order = [i for i in range(len(array.shape)) if i != source]
    order.insert(target, source)
    return transpose(array, tuple(order))


def _stacked(rows: Sequence[Any], batch: Batch) -> Any:
    """What was computed for one sample after the other, as if it had been computed at once."""
    if len({len(leaves(row)) for row in rows}) > 1:
        raise ValueError("the function of vmap gives more results for some samples than for others")
    columns = zip(*(map(_checked, leaves(row)) for row in rows), strict=True)
    following = iter([Batched(batch, _checked(stack(list(column)))) for column in columns])
    return mapped(lambda _: next(following), rows[0])


def _checked(x: Any) -> Any:
    """A result of the function, as an array."""
    array = x if hasattr(x, "shape") and hasattr(x, "dtype") else np.asarray(x)
    if kind_of(array.dtype) not in "fiub":
        raise checks.wrong("what the function of vmap gives", "numbers", x, "x * x", TypeError)
    return array


def _outward(results: Any, axes: Axes, batch: Batch, nodes: bool) -> Any:
    """The results with their samples along the axes that were asked for."""
    if is_tree(results):
        if not isinstance(axes, (tuple, list, dict)):
            return mapped(lambda x: _outward(x, axes, batch, nodes), results)
        pairs = alike(results, axes)
        if pairs is None:
            raise ValueError("out_axes is one integer, or is like what the function gives")
        return rebuilt(results, [_outward(x, axis, batch, nodes) for x, axis in pairs])
    array = samples.spread(batch.size, as_samples(_checked(results), batch))
    ndim = len(array.shape)
    if isinstance(axes, bool) or not hasattr(axes, "__index__") or not -ndim <= axes < ndim:
        raise checks.wrong("out_axes", f"an integer from {-ndim} to {ndim - 1}", axes, "0", ValueError)
    array = _moved(array, 0, axes % ndim)
    if isinstance(array, Node):
        return array if nodes or array.requires_grad or MODE.get().depth else copied(array._data)
    return Tensor(array) if nodes else copied(array)
