"""grad and value_and_grad: derivatives of one number, all at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, overload

from inversa.autograd.node import Node
from inversa.autograd.transforms.evaluation import Argnums, Evaluation, Function, check
from inversa.autograd.transforms.kinds import noted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.autograd.ops.calls import Array

    F_co = TypeVar("F_co", covariant=True)  # what it gives for a number
    A_co = TypeVar("A_co", covariant=True)  # what it gives for an array

    class Derivative(Protocol[F_co, A_co]):
        """A function that differentiates by its first argument: numbers give numbers, nodes may give nodes."""

        @overload
        def __call__(self, x: float, /, *others: float | Array) -> F_co: ...
        @overload
        def __call__(self, x: Array, /, *others: float | Array) -> A_co: ...
        @overload
        def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


@overload
def grad(
    f: Function, argnums: Literal[0] = 0, *, has_aux: Literal[False] = False
) -> Derivative[float, NDArray[Any]]: ...
@overload
def grad(
    f: Function, argnums: tuple[int, ...], *, has_aux: Literal[False] = False
) -> Callable[..., tuple[Any, ...]]: ...
@overload
def grad(f: Function, argnums: Argnums = 0, *, has_aux: Literal[True]) -> Callable[..., tuple[Any, Any]]: ...
@overload
def grad(f: Function, argnums: Argnums, *, has_aux: bool = False) -> Function: ...
def grad(f: Function, argnums: Argnums = 0, *, has_aux: bool = False) -> Function:
    """The gradient of a scalar function, as a function of the same arguments.

    Parameters
    ----------
    f : callable
        Takes Values and Tensors (numbers and arrays given to the gradient are wrapped), returns a single number.
        Lists, tuples and dictionaries that hold arrays are taken, too: the gradient is then one of the same form.
    argnums : int or tuple of int
        Which positional arguments to differentiate by; a tuple gives a tuple of gradients. Negative ones count from the
        last argument. All other arguments, and those by name, are passed on as they are.
    has_aux : bool
        Whether f returns a pair: its value, and something else, which is handed on.

    Returns
    -------
    callable
        Same arguments; returns a float for a number, an array of the same shape for an array, a node for a node. With
        ``has_aux``, a pair of that and of what f returned beside its value.

    Raises
    ------
    TypeError, ValueError
        When f does not return a single number, when an argument is missing or cannot have a gradient.

    Notes
    -----
    A list or tuple of numbers, or of such lists, is one array. One that holds an array, a node, None or another
    container holds several arguments, as dictionaries and named tuples always do. None holds nothing.

    A number is taken for a float; arrays of integers, and integers in containers, are refused.

    Examples
    --------
    >>> import numpy as np
    >>> from inversa.autograd import grad, sin
    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(grad(lambda x: x**3)))(2.0)
    6.0
    >>> grad(lambda x, w: (x * w).sum(), argnums=1)([1.0, 2.0], [3.0, 4.0]).tolist()
    [1.0, 2.0]
    >>> grad(lambda p: (p["w"] * p["b"]).sum())({"w": np.array([1.0, 2.0]), "b": 3.0})
    {'w': array([3., 3.]), 'b': 3.0}
    >>> grad(lambda x: (x**2, {"root": x}), has_aux=True)(3.0)
    (6.0, {'root': 3.0})
    """
    both = value_and_grad(f, argnums, has_aux=has_aux)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return noted(gradient, argnums)


@overload
def value_and_grad(
    f: Function, argnums: Literal[0] = 0, *, has_aux: Literal[False] = False
) -> Derivative[tuple[float, float], tuple[float, NDArray[Any]]]: ...
@overload
def value_and_grad(
    f: Function, argnums: tuple[int, ...], *, has_aux: Literal[False] = False
) -> Callable[..., tuple[Any, tuple[Any, ...]]]: ...
@overload
def value_and_grad(
    f: Function, argnums: Argnums = 0, *, has_aux: Literal[True]
) -> Callable[..., tuple[tuple[Any, Any], Any]]: ...
@overload
def value_and_grad(f: Function, argnums: Argnums, *, has_aux: bool = False) -> Callable[..., tuple[Any, Any]]: ...
def value_and_grad(f: Function, argnums: Argnums = 0, *, has_aux: bool = False) -> Function:
    """The value of a scalar function and its gradient, from one forward pass; see `grad`.

    With ``has_aux`` the value is the pair that f returns, of its value and of something else.

    Raises
    ------
    TypeError, ValueError
        As `grad`.

    Examples
    --------
    >>> from inversa.autograd import value_and_grad
    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    >>> value_and_grad(lambda x: (x * x, "a square"), has_aux=True)(3.0)
    ((9.0, 'a square'), 6.0)
    """
    check(f, argnums, has_aux)

    @wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        evaluation = Evaluation(f, args, kwargs, argnums)
        evaluation.call(has_aux)
        _check_number(evaluation.output)
        value = evaluation.result(evaluation.output)
        return (value, evaluation.aux) if has_aux else value, evaluation.arrange(
            evaluation.pull((evaluation.output, None))
        )

    return noted(value_and_gradient, argnums)


def _check_number(output: Any) -> None:
    """Raise unless a function gave one number."""
    if not isinstance(output, Node):
        raise TypeError(
            f"grad needs a function with a single number as its value; this one returned {type(output).__name__}: with "
            "has_aux=True a pair (value, aux) is taken, and jacobian differentiates all results"
        )
    if math.prod(output.shape) != 1:
        raise ValueError(
            f"grad needs a function with a single number as its value; this one gave shape {output.shape}: reduce it "
            "with .sum() or .mean(), or use jacobian"
        )
