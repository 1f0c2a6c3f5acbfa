"""The axes of an array: one check of the numbers by which they are named, and one of their lengths."""

from __future__ import annotations

import operator
from typing import Any

from inversa.autograd import checks
from inversa.autograd.ops.namespace import is_foreign, library, namespace

Axis = int | tuple[int, ...] | None  # one, several, or all


def axes_of(ndim: int, axis: Any) -> tuple[int, ...]:
    """The axes that are meant, counted from 0: one, those of a tuple, or for None all.

    A single number has no axes; as in ``numpy.sum``, 0 and −1 are allowed all the same and mean none.

    Parameters
    ----------
    ndim : int
        How many axes there are.
    axis : int, tuple of int, or None

    Raises
    ------
    ValueError
        For anything else, an axis that is not there, or one that is named twice.

    Examples
    --------
    >>> from inversa.autograd.ops.axes import axes_of
    >>> axes_of(3, -1), axes_of(3, (0, -1)), axes_of(3, None), axes_of(0, -1)
    ((2,), (0, 2), (0, 1, 2), ())
    """
    if axis is None:
        return tuple(range(ndim))
    if not isinstance(axis, tuple):
        return (axis_of(max(ndim, 1), axis),)[:ndim]
    axes = tuple(axis_of(max(ndim, 1), i) for i in axis)
    if len(set(axes)) < len(axes):
        raise ValueError(f"axis names every axis once, which {axis} does not")
    return axes[:ndim]


def axis_of(ndim: int, axis: Any, name: str = "axis") -> int:
    """One axis, counted from 0.

    Raises
    ------
    ValueError
        When it is no integer, or there is no such axis.

    Examples
    --------
    >>> from inversa.autograd.ops.axes import axis_of
    >>> axis_of(2, 7)
    Traceback (most recent call last):
    ...
    ValueError: axis is an integer from -2 to 1, for 2 axes, not 7
    """
    try:
        place = operator.index(axis)
    except TypeError:
        place = ndim
    if type(axis) is bool or not -ndim <= place < ndim:
        counted = f"{ndim} {'axis' if ndim == 1 else 'axes'}"
        wanted = f"an integer from {-ndim} to {ndim - 1}, for {counted}"
        raise checks.wrong(name, wanted if ndim else "left out where there is nothing to choose", axis)
    return place % ndim


def numbers_of(places: Any) -> Any:
    """Which entries, or how often, as plain numbers: a node is not differentiated by them, and asked for what it holds.

    >>> from inversa.autograd import Tensor
    >>> from inversa.autograd.ops.axes import numbers_of
    >>> numbers_of(Tensor([0, 2])).tolist(), numbers_of(3)
    ([0, 2], 3)

    Raises
    ------
    TypeError
        For an array of another library than NumPy, whose numbers would be transferred unasked.
    """
    return plain_setting(places._observed() if hasattr(places, "_observed") else places)


def plain_setting(x: Any) -> Any:
    """What is no operand, as it is, unless it is an array of another library than NumPy.

    Raises
    ------
    TypeError
        For such an array, whose numbers would be transferred unasked.
    """
    if is_foreign(x):
        raise TypeError(
            f"plain numbers are wanted here, not an array of {library(namespace(x))}, which is not transferred "
            "unasked: write x.tolist()"
        )
    return x


def shape_of(shape: Any, at_least: int = 0) -> tuple[int, ...]:
    """The lengths of the axes, as a tuple; one axis may be given by its length alone.

    Raises
    ------
    ValueError
        When one is no integer, or too small.

    Examples
    --------
    >>> from inversa.autograd.ops.axes import shape_of
    >>> shape_of([2, 3]), shape_of(4)
    ((2, 3), (4,))
    >>> shape_of((2, "a"))
    Traceback (most recent call last):
    ...
    ValueError: an entry of shape is 0 or a positive integer, not 'a'
    """
    if type(shape) is tuple and set(map(type, shape)) <= {int} and min(shape, default=0) >= at_least:
        return shape  # at once: every reduction's gradient comes by
    lengths = shape if isinstance(shape, (tuple, list)) or (hasattr(shape, "tolist") and shape.shape) else (shape,)
    return tuple(checks.count("an entry of shape", n, at_least=at_least) for n in lengths)
