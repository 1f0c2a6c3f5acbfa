"""Derivatives of functions: grad, value_and_grad, vjp, jvp, jacobian, hessian, hvp, to any order.

Every transform calls the function on fresh nodes and runs the inverse network of what comes out. Outside, numbers go in
and numbers come out. Inside another transform (or when a node is passed in) the inverse network records its own
computation, so its results are nodes and can be differentiated again: the pullbacks are written in differentiable
operations, nothing else is needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from operator import index
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, overload
from weakref import WeakKeyDictionary, WeakSet

from inversa.autograd import checks
from inversa.autograd.inverse import InverseNetwork, as_node, zeros_like
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE, mode
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.operation import TRACED
from inversa.autograd.ops.shaping import reshape, stack
from inversa.autograd.tensor import Tensor
from inversa.autograd.trees import alike, leaves, mapped
from inversa.autograd.value import Value

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


Function = Callable[..., Any]
Argnums = int | tuple[int, ...]


@overload
def grad(f: Function, argnums: Literal[0] = 0) -> Derivative[float, NDArray[Any]]: ...
@overload
def grad(f: Function, argnums: tuple[int, ...]) -> Callable[..., tuple[Any, ...]]: ...
@overload
def grad(f: Function, argnums: int) -> Function: ...


def grad(f: Function, argnums: Argnums = 0) -> Function:
    """The gradient of a scalar function, as a function of the same arguments.

    Parameters
    ----------
    f : callable
        Takes Values and Tensors (numbers and arrays given to the gradient are wrapped), returns a single number.
        Lists, tuples and dictionaries that hold arrays are taken, too: the gradient is then one of the same form.
    argnums : int or tuple of int
        Which positional arguments to differentiate by; a tuple gives a tuple of gradients.

    Returns
    -------
    callable
        Same arguments; returns a float for a number, an array of the same shape for an array, a node for a node.

    Raises
    ------
    TypeError, ValueError
        When f does not return a single node, when an argument is missing or cannot have a gradient.

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
    """
    both = value_and_grad(f, argnums)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return _noted(gradient, argnums)


@overload
def value_and_grad(
    f: Function, argnums: Literal[0] = 0
) -> Derivative[tuple[float, float], tuple[float, NDArray[Any]]]: ...
@overload
def value_and_grad(f: Function, argnums: tuple[int, ...]) -> Callable[..., tuple[Any, tuple[Any, ...]]]: ...
@overload
def value_and_grad(f: Function, argnums: int) -> Callable[..., tuple[Any, Any]]: ...
def value_and_grad(f: Function, argnums: Argnums = 0) -> Function:
    """The value of a scalar function and its gradient, from one forward pass; see `grad`.

    Examples
    --------
    >>> from inversa.autograd import value_and_grad
    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    _check(f, argnums)

    @wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        call = _Call(f, args, kwargs, argnums)
        output = call.single_output()
        if math.prod(output.shape) != 1:
            raise ValueError(
                f"grad needs a function with a single number as its value; this one gave shape {output.shape}"
            )
        return call.result(output), call.arrange(call.pull(output, None))

    return _noted(value_and_gradient, argnums)


def vjp(f: Function, *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of f and its pullback v ↦ Jᵀv: the inverse network, ready to be fed.

    Returns
    -------
    value, pullback
        ``pullback(v)`` takes an array of the value's shape and returns a tuple, one gradient for each argument.

    Examples
    --------
    >>> from inversa.autograd import vjp
    >>> value, pullback = vjp(lambda x: x * x, [1.0, 2.0])
    >>> pullback([1.0, 10.0])[0].tolist()
    [2.0, 40.0]
    """
    _check(f)
    call = _Call(f, args, {}, tuple(range(len(args))))
    output = call.single_output()
    return call.result(output), lambda v: call.arrange(call.pull(output, v))


def jvp(f: Function, args: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of f and J·u, its change when the arguments move along the tangents u.

    Found by inverting the inverse network, which is linear: see `InverseNetwork.push`.

    Examples
    --------
    >>> from inversa.autograd import jvp
    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0))
    (12.0, 4.0)
    """
    _check(f)
    for name, given in (("args", args), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise checks.wrong(name, "a tuple with an entry for every argument", given, "(3.0, 4.0)", TypeError)
    if len(args) != len(tangents):
        raise ValueError(f"jvp needs one tangent for each argument: {len(args)} arguments, {len(tangents)} tangents")
    call = _Call(f, args, {}, tuple(range(len(args))))
    output = call.single_output()
    along = _along(call.arguments, tangents)
    record = call.record or any(map(_differentiable, along.values()))
    if not output.requires_grad:
        return call.result(output), _result(zeros_like(output), record)
    network = InverseNetwork(output)
    reached = {x: u for x, u in along.items() if x in network.graph.position}
    return call.result(output), _result(network.push(reached, record)[output], record)


@overload
def jacobian(f: Function, argnums: Literal[0] = 0) -> Derivative[Any, NDArray[Any]]: ...
@overload
def jacobian(f: Function, argnums: tuple[int, ...]) -> Callable[..., tuple[Any, ...]]: ...
@overload
def jacobian(f: Function, argnums: int) -> Function: ...
def jacobian(f: Function, argnums: Argnums = 0) -> Function:
    """The Jacobian of an array-valued function: shape of the value followed by the shape of the argument.

    One run of the inverse network for each entry of the value.

    Examples
    --------
    >>> from inversa.autograd import jacobian
    >>> jacobian(lambda x: x * x)([1.0, 2.0]).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    _check(f, argnums)

    @wraps(f)
    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        call = _Call(f, args, kwargs, argnums)
        output = call.single_output()
        if output.shape == ():
            if MODE.get().trace is not None and jacobian_of_f not in hessians:
                MODE.get().trace.minds_arrays()  # of an array it is a matrix
            return call.arrange(call.pull(output, None))
        size = math.prod(output.shape)
        seeds = np.eye(size, dtype=output.dtype).reshape(size, *output.shape)  # type: ignore[attr-defined]
        rows = [call.pull(output, seed) for seed in seeds]
        shapes = [output.shape + x.shape for x in call.variables]
        return call.arrange([_table([row[i] for row in rows], shape) for i, shape in enumerate(shapes)])

    if not isinstance(argnums, (tuple, list)):
        jacobians[jacobian_of_f] = f, index(argnums)
    return _noted(jacobian_of_f, argnums)


@overload
def hessian(f: Function, argnums: Literal[0] = 0) -> Derivative[float, NDArray[Any]]: ...
@overload
def hessian(f: Function, argnums: int) -> Function: ...
def hessian(f: Function, argnums: int = 0) -> Function:
    """The matrix of second derivatives of a scalar function, for an argument of any shape.

    Examples
    --------
    >>> from inversa.autograd import hessian
    >>> hessian(lambda x: x[0] * x[0] * x[1])([3.0, 5.0]).tolist()
    [[10.0, 6.0], [6.0, 0.0]]
    """
    matrix = jacobian(grad(f, argnums), argnums)
    hessians.add(matrix)
    return matrix


@overload
def hvp(f: Function, x: float, v: float) -> float: ...
@overload
def hvp(f: Function, x: Array, v: Array) -> NDArray[Any]: ...
@overload
def hvp(f: Function, x: Any, v: Any) -> Any: ...
def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of a scalar function at x times v, without forming the Hessian.

    Where x is a list, tuple or dictionary of arrays, so are v and the product.

    Examples
    --------
    >>> from inversa.autograd import hvp
    >>> hvp(lambda x: x[0] * x[0] * x[1], [3.0, 5.0], [1.0, 0.0]).tolist()
    [10.0, 6.0]
    """

    def directional(z: Any) -> Any:
        tangents = _along(z, v).values()
        products = [slope * u for slope, u in zip(leaves(grad(f)(z)), tangents, strict=True)]
        numbers = [product.sum() if product.shape else product for product in products]
        return sum(numbers[1:], start=numbers[0])

    return grad(directional)(x)


# Of what the Jacobians that were asked for are: jit computes all rows of one at once.
jacobians: WeakKeyDictionary[Function, tuple[Function, int]] = WeakKeyDictionary()
hessians: WeakSet[Function] = WeakSet()  # those of them that `hessian` gave

# What counts its arguments from the last one that is given: jit may not fill in the defaults of others.
from_the_end: WeakSet[Function] = WeakSet()


def _noted(function: Function, argnums: Argnums) -> Function:
    if any(i < 0 for i in (argnums if isinstance(argnums, (tuple, list)) else [argnums])):
        from_the_end.add(function)
    return function


def _check(f: Any, argnums: Any = 0) -> None:
    """Raise unless it is a function, and numbers of arguments, before anything is called."""
    if not callable(f):
        raise checks.wrong("f", "a function", f, "lambda x: x * x", TypeError)
    for i in argnums if isinstance(argnums, (tuple, list)) else [argnums]:
        if isinstance(i, bool) or not hasattr(i, "__index__"):
            raise checks.wrong("argnums", "the number of an argument or a tuple of them", argnums, "0", TypeError)


class _Call:
    """One evaluation of f on fresh variables, ready to be differentiated."""

    def __init__(self, f: Function, args: Sequence[Any], kwargs: dict[str, Any], argnums: Argnums) -> None:
        self.alone = not isinstance(argnums, (tuple, list))
        self.numbers = [index(i) for i in (argnums if isinstance(argnums, (tuple, list)) else [argnums])]
        if any(not -len(args) <= i < len(args) for i in self.numbers):
            raise ValueError(f"argnums={argnums}, but the function was called with {len(args)} positional arguments")
        wrapped = list(args)
        for i in self.numbers:
            wrapped[i] = mapped(_variable, args[i])
        self.arguments = [wrapped[i] for i in self.numbers]
        self.variables: list[Node] = [leaf for x in self.arguments for leaf in leaves(x)]
        self.record = any(map(_differentiable, leaves([*args, *kwargs.values()]))) or _inside_another()
        with mode(recording=True, depth=MODE.get().depth + 1):
            self.output = f(*wrapped, **kwargs)

    def single_output(self) -> Node:
        if isinstance(self.output, (int, float)):  # a function that does not depend on its arguments
            return Value(self.output, requires_grad=False)
        if not isinstance(self.output, Node):
            raise TypeError(
                f"the function returned {type(self.output).__name__}, not a Value or Tensor: compute with the "
                "arguments themselves and inversa.autograd's functions, and stack([...]) several results"
            )
        return self.output

    def pull(self, output: Node, seed: Any) -> list[Any]:
        """What the inverse network sends to every variable; zeros to one on which the output does not depend."""
        record = self.record or _differentiable(seed) or _inside_another()
        flows: dict[Node, Any] = {}
        if output.requires_grad:
            flows = InverseNetwork(output).run(seed, record)
        return [_result(flows[x] if x in flows else zeros_like(x), record) for x in self.variables]

    def result(self, x: Any) -> Any:
        return _result(x, self.record)

    def arrange(self, gradients: list[Any]) -> Any:
        """The gradients in the lists, tuples and dictionaries in which the variables came."""
        following = iter(gradients)
        arranged = tuple(mapped(lambda _: next(following), x) for x in self.arguments)
        return arranged[0] if self.alone else arranged


def _result(x: Any, record: bool) -> Any:
    """A node if it may be differentiated again, else a plain number or array."""
    if record:
        return as_node(x)
    data = plain(x)
    return data if isinstance(data, float) else np.array(data)[()]


def _inside_another() -> bool:
    """Whether another transform is differentiating what happens now, or jit is tracing it; or vmap, of many samples."""
    mode = MODE.get()
    return mode.trace is not None or mode.batch is not None or (mode.depth > 0 and mode.recording)


def _along(x: Any, u: Any) -> dict[Node, Any]:
    """The tangent of every variable; both stand in the same lists, tuples and dictionaries."""
    if isinstance(x, Node):
        _check_tangent(u, x)
        return {x: u}
    pairs = alike(x, u) if hasattr(u, "__len__") else None
    if pairs is None:
        raise ValueError("the tangents stand in the same lists, tuples and dictionaries as the arguments")
    return {node: tangent for part, of_part in pairs for node, tangent in _along(part, of_part).items()}


def _check_tangent(u: Any, x: Node) -> None:
    shape = u.shape if isinstance(u, Node) else np.shape(u)
    if shape != x.shape:
        raise ValueError(f"a tangent of shape {shape} does not fit an argument of shape {x.shape}")


def _differentiable(x: Any) -> bool:
    """Whether code outside may differentiate with respect to this argument."""
    return isinstance(x, Node) and x.requires_grad and MODE.get().recording


def _variable(x: Any) -> Node:
    """A node of its own for an argument, so that what was computed from it can be told from everything else."""
    batch = MODE.get().batch
    if batch is not None:
        return batch.variable(x)  # type: ignore[no-any-return]
    if isinstance(x, Node) and x.level >= TRACED:
        return x.as_variable()  # type: ignore[attr-defined, no-any-return]  # those of traces have it
    if isinstance(x, Value):
        return x * 1.0 if _differentiable(x) else Value(x.data)
    if isinstance(x, Tensor):
        return reshape(x, x.shape) if _differentiable(x) else _leaf(x.numpy())
    return Value(x) if isinstance(x, (int, float)) else _leaf(np.asarray(x))


def _leaf(array: Any) -> Tensor:
    if array.dtype.kind not in "fiub":
        raise checks.wrong(
            "what is differentiated by", "a number or an array of floats", array.tolist(), "2.0", TypeError
        )
    if array.dtype.kind != "f":
        raise TypeError(f"cannot differentiate by {array.dtype} data: write 1.0 instead of 1, or use .astype(float)")
    return Tensor(array, requires_grad=True)


def _table(rows: list[Any], shape: tuple[int, ...]) -> Any:
    """The rows of a Jacobian in one array."""
    if not rows:
        return np.zeros(shape)
    if any(isinstance(row, Node) for row in rows):
        return reshape(stack(rows), shape)
    return np.asarray(rows).reshape(shape)
