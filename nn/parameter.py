"""Parameter: a Tensor that training changes, and how it is changed; Buffer: one that a module keeps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from inversa.autograd import Tensor, Value
from inversa.autograd.ops.held import brought, stamp
from inversa.autograd.ops.namespace import is_foreign

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Call = tuple[Any, ...]  # a function and its arguments


class Parameter(Tensor):
    """A Tensor that a `Module` counts among its parameters; it requires a gradient unless told otherwise.

    Parameters
    ----------
    data : array_like
        Its first values; floating point.
    requires_grad : bool
        False freezes it: it stays in ``state_dict()``, and no gradient is computed for it.
    name : str, optional
        What pictures and messages call it.
    dtype : numpy dtype, optional
        The type to convert to.

    Examples
    --------
    >>> from inversa.nn import Parameter
    >>> Parameter([0.5, -1.0], name="b")
    Parameter([ 0.5, -1. ], name='b')
    """

    __slots__ = ()

    def __init__(
        self, data: ArrayLike | Tensor, requires_grad: bool = True, name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(data, requires_grad, name, dtype)


class Buffer(Tensor):
    """A Tensor that a `Module` keeps and no optimiser changes, such as a running mean: part of its ``state_dict()``.

    Parameters
    ----------
    data : array_like
        Its first values, of any type.
    name : str, optional
        What pictures and messages call it.
    dtype : numpy dtype, optional
        The type to convert to.

    Examples
    --------
    >>> from inversa.nn import Buffer, Module
    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Buffer([2.0])
    ...
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> scale = Scale()
    >>> scale.parameters(), list(scale.state_dict())
    ([], ['factor'])
    """

    __slots__ = ()

    def __init__(self, data: ArrayLike | Tensor, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(data, False, name, dtype)


def assign(parameter: Parameter | Buffer | Value, data: Any) -> None:
    """Give a parameter new values, without recording anything; arrays may come from any library and device."""
    if isinstance(parameter, Value):
        parameter.data = float(data)
    elif is_foreign(parameter):
        parameter.data = brought(parameter._array, data)
    else:
        parameter[...] = brought(parameter._array, data) if is_foreign(data) else data


def replacing(parameter: Tensor, array: Any) -> list[Call]:
    """The calls that put another array in the place of a parameter's: none of them runs Python's code."""
    watched = stamp(array) if is_foreign(array) else None  # of NumPy's nobody knows yet
    return [(setattr, parameter, "_array", array), (setattr, parameter, "_checksum", watched)]


def mark_changed(tensors: Iterable[Tensor]) -> None:
    """Say that the arrays of these parameters are about to change: graphs that need the old values must notice."""
    for tensor in tensors:
        tensor._count_change()
