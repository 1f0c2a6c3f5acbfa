"""jacobian, jacrev, jacfwd and hessian: whole matrices, a run of the inverse network for each row or column."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from operator import index
from typing import TYPE_CHECKING, Any, Literal, overload

from inversa.autograd.inverse import InverseNetwork, zeros_like
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE
from inversa.autograd.node import Node
from inversa.autograd.ops.shaping import reshape, stack
from inversa.autograd.transforms.evaluation import Argnums, Evaluation, Function, check, holds_results, settled
from inversa.autograd.transforms.gradients import grad
from inversa.autograd.transforms.kinds import hessians, jacobians, noted
from inversa.autograd.trees import leaves, mapped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.autograd.transforms.gradients import Derivative

Blocks = list[list[Any]]  # for every result the derivatives by every variable
COLUMN_COSTS = 3  # rows: measured, for it passes through the inverse network of the inverse network


@overload
def jacobian(
    f: Function, argnums: Literal[0] = 0, *, has_aux: Literal[False] = False
) -> Derivative[Any, NDArray[Any]]: ...
@overload
def jacobian(f: Function, argnums: tuple[int, ...], *, has_aux: Literal[False] = False) -> Callable[..., Any]: ...
@overload
def jacobian(f: Function, argnums: Argnums = 0, *, has_aux: Literal[True]) -> Callable[..., tuple[Any, Any]]: ...
@overload
def jacobian(f: Function, argnums: Argnums, *, has_aux: bool = False) -> Function: ...
def jacobian(f: Function, argnums: Argnums = 0, *, has_aux: bool = False) -> Function:
    """The Jacobian of an array-valued function: shape of the value followed by the shape of the argument.

    It is found by `jacrev`, a run of the inverse network for each entry of the value, or where the value has many more
    entries than the arguments by `jacfwd`, a run for each entry of these.

    Parameters
    ----------
    f : callable
        Its value, like its arguments, may be a list, tuple or dictionary of numbers and arrays. In the place of each
        number or array in the value stands then what is like the argument; with a tuple of argnums, a tuple of such.
    argnums : int or tuple of int
        Which positional arguments to differentiate by, as in `grad`.
    has_aux : bool
        Whether f returns a pair: its value, and something else, which is handed on.

    Raises
    ------
    TypeError, ValueError
        When f returns something else than nodes, when an argument is missing or cannot have a gradient.

    Examples
    --------
    >>> from inversa.autograd import jacobian
    >>> jacobian(lambda x: x * x)([1.0, 2.0]).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    >>> jacobian(lambda x, y: {"sum": x + y, "product": x * y}, argnums=(0, 1))(2.0, 3.0)
    {'sum': (1.0, 1.0), 'product': (3.0, 2.0)}
    """

    def shorter(evaluation: Evaluation, outputs: list[Node]) -> Blocks:
        wide = COLUMN_COSTS * _entries(evaluation.variables) < _entries(outputs)
        return (_by_columns if wide else _by_rows)(evaluation, outputs)

    return _jacobian(f, argnums, has_aux, shorter)


def jacrev(f: Function, argnums: Argnums = 0, *, has_aux: bool = False) -> Function:
    """The Jacobian in reverse, a row for each entry of the value: good where there are few; see `jacobian`.

    Raises
    ------
    TypeError, ValueError
        As `jacobian`.

    Examples
    --------
    >>> from inversa.autograd import jacrev
    >>> jacrev(lambda x: (x * x).sum())([1.0, 2.0]).tolist()
    [2.0, 4.0]
    """
    return _jacobian(f, argnums, has_aux, _by_rows)


def jacfwd(f: Function, argnums: Argnums = 0, *, has_aux: bool = False) -> Function:
    """The Jacobian forwards, a column for each entry of the argument: good where there are few; see `jacobian`.

    Raises
    ------
    TypeError, ValueError
        As `jacobian`.

    Examples
    --------
    >>> from inversa.autograd import jacfwd, stack
    >>> jacfwd(lambda x: stack([x, x * x, x**3]))(2.0).tolist()
    [1.0, 4.0, 12.0]
    """
    return _jacobian(f, argnums, has_aux, _by_columns)


@overload
def hessian(
    f: Function, argnums: Literal[0] = 0, *, has_aux: Literal[False] = False
) -> Derivative[float, NDArray[Any]]: ...
@overload
def hessian(f: Function, argnums: Argnums, *, has_aux: Literal[False] = False) -> Function: ...
@overload
def hessian(f: Function, argnums: Argnums = 0, *, has_aux: Literal[True]) -> Callable[..., tuple[Any, Any]]: ...
def hessian(f: Function, argnums: Argnums = 0, *, has_aux: bool = False) -> Function:
    """The matrix of second derivatives of a scalar function, for an argument of any shape.

    Of an argument that is a list, tuple or dictionary, and of several arguments, there is a matrix for each pair of
    arrays: in the place of each stands what is like the whole.

    Raises
    ------
    TypeError, ValueError
        As `grad`.

    Examples
    --------
    >>> from inversa.autograd import hessian
    >>> hessian(lambda x: x[0] * x[0] * x[1])([3.0, 5.0]).tolist()
    [[10.0, 6.0], [6.0, 0.0]]
    >>> hessian(lambda p: p["a"] * p["a"] * p["b"])({"a": 3.0, "b": 5.0})
    {'a': {'a': 10.0, 'b': 6.0}, 'b': {'a': 6.0, 'b': 0.0}}
    """
    matrix = jacobian(grad(f, argnums, has_aux=has_aux), argnums, has_aux=has_aux)
    hessians.add(matrix)
    return matrix


def _jacobian(
    f: Function, argnums: Argnums, has_aux: bool, blocks: Callable[[Evaluation, list[Node]], Blocks]
) -> Function:
    check(f, argnums, has_aux)

    @wraps(f)
    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        evaluation = Evaluation(f, args, kwargs, argnums)
        evaluation.call(has_aux)
        outputs = leaves(evaluation.output, holds_results)
        trace = MODE.get().trace
        if trace is not None and jacobian_of_f not in hessians and any(y.shape == () for y in outputs):
            trace.minds_arrays()  # of an array it is a matrix; the Hessian of a function of numbers has samples
        following = iter(blocks(evaluation, outputs))
        found = mapped(lambda _: evaluation.arrange(next(following)), evaluation.output, holds_results)
        return (found, evaluation.aux) if has_aux else found

    jacobians[jacobian_of_f] = f, argnums if isinstance(argnums, (tuple, list)) else index(argnums)
    return noted(jacobian_of_f, argnums)


def _by_rows(evaluation: Evaluation, outputs: list[Node]) -> Blocks:
    return [_rows(evaluation, output) for output in outputs]


def _rows(evaluation: Evaluation, output: Node) -> list[Any]:
    if output.shape == ():
        return evaluation.pull((output, None))
    rows = [evaluation.pull((output, seed)) for seed in _units(output)]
    return [_together([row[i] for row in rows], output.shape + x.shape, 0) for i, x in enumerate(evaluation.variables)]


def _by_columns(evaluation: Evaluation, outputs: list[Node]) -> Blocks:
    blocks: Blocks = [[] for _ in outputs]
    network = InverseNetwork(*dict.fromkeys(y for y in outputs if y.requires_grad))
    reached = [x for x in evaluation.variables if x in network.graph.position]
    push = network.pushforward(reached)
    for x in evaluation.variables:
        units = _units(x) if x in network.graph.position else []
        moved = [push([unit if z is x else zeros_like(z) for z in reached], evaluation.record) for unit in units]
        for block, y in zip(blocks, outputs, strict=True):
            columns = [settled(change[y] if y in change else zeros_like(y), evaluation.record) for change in moved]
            block.append(columns[0] if columns and x.shape == () else _together(columns, y.shape + x.shape, -1))
    return blocks


def _units(x: Node) -> Any:
    """What is fed in at one entry after the other."""
    if x.shape == ():
        return [1.0]
    size = _entries([x])
    return np.eye(size, dtype=x.dtype).reshape(size, *x.shape)  # type: ignore[attr-defined]


def _together(parts: list[Any], shape: tuple[int, ...], axis: int) -> Any:
    """The rows or columns of a Jacobian in one array; where nothing arrived, zeros."""
    if not parts:
        return np.zeros(shape)[()]
    joined = stack(parts, axis=axis) if any(isinstance(part, Node) for part in parts) else np.stack(parts, axis=axis)
    return reshape(joined, shape) if isinstance(joined, Node) else joined.reshape(shape)


def _entries(nodes: Sequence[Node]) -> int:
    return sum(math.prod(x.shape) for x in nodes)
