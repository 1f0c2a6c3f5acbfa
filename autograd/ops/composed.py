"""Compositions: NumPy's functions that are written with operations, and need no pullback of their own.

    @composed(examples=(Example(((2, 3),), {"n": 2}),))
    def diff(x, n=1, axis=-1):
        '''The differences of neighbours along an axis.'''
        ...

A composition is a plain function. It is called with arrays, Tensors, symbols of a trace and batches alike, for it does
nothing with them but call operations and ask for shapes; lists of numbers become arrays before. Its derivatives of
every order, its compiled code, its samples and its picture are those of the operations. Declaring it makes NumPy's
function of that name take Tensors, and gives it the tests of all compositions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast

from inversa.autograd import checks
from inversa.autograd.lazy import np
from inversa.autograd.ops.operation import CO_VARARGS, TRACED, Example

Function = TypeVar("Function", bound=Callable[..., Any])


class Composition(NamedTuple):
    """A declared function, and how it is tested.

    ``operands`` is the number of its first arguments that are arrays. Of one with ``joins`` the first is a list of
    arrays, and an example's shapes are those of the list.
    ``domain`` is the interval of the entries that it is tested on.
    """

    function: Callable[..., Any]
    examples: tuple[Example, ...]
    operands: int
    joins: bool
    domain: tuple[float, float]


COMPOSITIONS: dict[str, Composition] = {}  # by NumPy's names: "median", "linalg.multi_dot"


def composed(
    name: str = "",
    *,
    examples: tuple[Example, ...],
    operands: int = 1,
    joins: bool = False,
    elementwise: bool = False,
    domain: tuple[float, float] = (-2.0, 2.0),
) -> Callable[[Function], Function]:
    """Declare a composition under NumPy's name for it, which is the function's own if nothing is said.

    One that is ``elementwise`` finds Python's numbers beside arrays as they are, so that they do not widen these.

    >>> from inversa.autograd import Example, Tensor, composed, multiply
    >>> from inversa.autograd.ops.composed import COMPOSITIONS
    >>> @composed("fabs_squared", examples=(Example(((2,),)),))
    ... def squared(x):
    ...     '''x².'''
    ...     return multiply(x, x)
    >>> squared(Tensor([3.0])).tolist()
    [9.0]
    >>> COMPOSITIONS.pop("fabs_squared").function is squared
    True
    """

    def declare(function: Function) -> Function:
        key = name or function.__name__
        known = COMPOSITIONS.get(key)
        if known is not None and known.function.__module__ != function.__module__:
            raise ValueError(f"there is a function {key} already, in {known.function.__module__}")

        code = function.__code__
        names = code.co_varnames[: min(operands, code.co_argcount)]
        places = sys.maxsize if operands and code.co_flags & CO_VARARGS and not code.co_argcount else operands

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            if joins:
                arrays, *settings = args or (kwargs.pop(names[0]),)
                return function(list(map(as_array, arrays)), *settings, **kwargs)
            named = {key: x for key, x in kwargs.items() if key in names}
            beside = elementwise and any(hasattr(x, "shape") for x in (*args[:places], *named.values()))
            taken = _array_or_number if beside else as_array
            named = {key: taken(x) for key, x in named.items()}
            return function(*map(taken, args[:places]), *args[places:], **{**kwargs, **named})

        COMPOSITIONS[key] = Composition(called, examples, operands, joins, domain)
        return cast("Function", called)

    return declare


def as_array(x: Any) -> Any:
    """Numbers and lists of them as arrays; a traced number is noted as one that may stand for an array."""
    if x is None:  # not given
        return None
    if hasattr(x, "shape"):
        if getattr(x, "level", None) == TRACED:
            x.recorder.guards.minds_arrays()  # the shape decides what is computed
        return x
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise checks.wrong("an operand", "a number or an array of numbers", x, "[1.0, 2.0]", TypeError)
    return array[()]  # of a number NumPy's scalar, which goes together with Values


def _array_or_number(x: Any) -> Any:
    """One operand of several that are combined element by element: a number does not widen the float32 beside it."""
    return x if type(x) in (int, float) else as_array(x)
