"""vjp, jvp and hvp: products with the matrices of derivatives, which are never formed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from inversa.autograd import checks
from inversa.autograd.inverse import InverseNetwork, zeros_like
from inversa.autograd.transforms.evaluation import Evaluation, Function, check, differentiable, holds_results, settled
from inversa.autograd.transforms.gradients import grad
from inversa.autograd.transforms.pairing import paired
from inversa.autograd.trees import is_branch, leaves, mapped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inversa.autograd.ops.calls import Array


Pullback = Callable[[Any], tuple[Any, ...]]


@overload
def vjp(f: Function, *args: Any, has_aux: Literal[False] = False, **kwargs: Any) -> tuple[Any, Pullback]: ...
@overload
def vjp(f: Function, *args: Any, has_aux: Literal[True], **kwargs: Any) -> tuple[Any, Pullback, Any]: ...
def vjp(f: Function, *args: Any, has_aux: bool = False, **kwargs: Any) -> tuple[Any, ...]:
    """The value of f and its pullback v ↦ Jᵀv: the inverse network, ready to be fed.

    Parameters
    ----------
    f : callable
        Its value may be a list, tuple or dictionary of numbers and arrays.
    *args : float, array, or a list, tuple or dictionary of them
        All are differentiated by.
    has_aux : bool
        Whether f returns a pair: its value, and something else, which is handed on.
    **kwargs : object
        Passed on to f as they are.

    Returns
    -------
    value, pullback
        ``pullback(v)`` takes what is like the value and returns a tuple, one gradient for each argument.
    aux : object
        With ``has_aux``, what f returned beside its value.

    Raises
    ------
    TypeError, ValueError
        Where an argument cannot have a gradient, and by the pullback where v is not like the value.

    Examples
    --------
    >>> from inversa.autograd import vjp
    >>> value, pullback = vjp(lambda x: x * x, [1.0, 2.0])
    >>> pullback([1.0, 10.0])[0].tolist()
    [2.0, 40.0]
    >>> value, pullback = vjp(lambda x, y: {"sum": x + y, "product": x * y}, 2.0, 3.0)
    >>> value, pullback({"sum": 0.0, "product": 1.0})
    ({'sum': 5.0, 'product': 6.0}, (3.0, 2.0))
    """
    check(f, has_aux=has_aux)
    evaluation = Evaluation(f, args, kwargs, tuple(range(len(args))))
    evaluation.call(has_aux)

    def pullback(v: Any) -> tuple[Any, ...]:
        fed = paired(evaluation.output, v, "gradient fed in at", "the value", holds_results)
        return evaluation.arrange(evaluation.pull(*fed))  # type: ignore[no-any-return]  # of several arguments

    return (evaluation.result(evaluation.output), pullback, *([evaluation.aux] if has_aux else []))


@overload
def jvp(
    f: Function, args: Sequence[Any], tangents: Sequence[Any], *, has_aux: Literal[False] = False, **kwargs: Any
) -> tuple[Any, Any]: ...
@overload
def jvp(
    f: Function, args: Sequence[Any], tangents: Sequence[Any], *, has_aux: Literal[True], **kwargs: Any
) -> tuple[Any, Any, Any]: ...
def jvp(
    f: Function, args: Sequence[Any], tangents: Sequence[Any], *, has_aux: bool = False, **kwargs: Any
) -> tuple[Any, ...]:
    """The value of f and J·u, its change when the arguments move along the tangents u.

    Found by inverting the inverse network, which is linear: see `InverseNetwork.push`.

    Parameters
    ----------
    f : callable
        Its value may be a list, tuple or dictionary of numbers and arrays.
    args, tangents : tuple or list
        An entry for every argument; a tangent is like its argument.
    has_aux : bool
        Whether f returns a pair: its value, and something else, which is handed on.
    **kwargs : object
        Passed on to f as they are.

    Returns
    -------
    value, change
        Of the same form.
    aux : object
        With ``has_aux``, what f returned beside its value.

    Raises
    ------
    TypeError, ValueError
        Where an argument cannot have a derivative, or a tangent is not like its argument.

    Examples
    --------
    >>> from inversa.autograd import jvp
    >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0))
    (12.0, 4.0)
    >>> jvp(lambda p: {"product": p["x"] * p["y"]}, ({"x": 3.0, "y": 4.0},), ({"x": 1.0, "y": 0.0},))
    ({'product': 12.0}, {'product': 4.0})
    """
    check(f, has_aux=has_aux)
    for name, given in (("args", args), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise checks.wrong(name, "a tuple with an entry for every argument", given, "(3.0, 4.0)", TypeError)
    if len(args) != len(tangents):
        raise ValueError(f"jvp needs one tangent for each argument: {len(args)} arguments, {len(tangents)} tangents")
    evaluation = Evaluation(f, args, kwargs, tuple(range(len(args))))
    pairs = zip(evaluation.arguments, tangents, strict=True)
    along = dict(
        pair for i, (x, u) in enumerate(pairs) for pair in paired(x, u, "tangent of", f"argument {i}", is_branch)
    )
    evaluation.call(has_aux)
    record = evaluation.record or any(map(differentiable, along.values()))
    outputs = [y for y in leaves(evaluation.output, holds_results) if y.requires_grad]
    moved: dict[Any, Any] = {}
    if outputs:
        network = InverseNetwork(*outputs)
        moved = network.push({x: u for x, u in along.items() if x in network.graph.position}, record)
    change = mapped(
        lambda y: settled(moved[y] if y in moved else zeros_like(y), record), evaluation.output, holds_results
    )
    return (evaluation.result(evaluation.output), change, *([evaluation.aux] if has_aux else []))


@overload
def hvp(f: Function, x: float, v: float, **kwargs: Any) -> float: ...
@overload
def hvp(f: Function, x: Array, v: Array, **kwargs: Any) -> NDArray[Any]: ...
@overload
def hvp(f: Function, x: Any, v: Any, **kwargs: Any) -> Any: ...
def hvp(f: Function, x: Any, v: Any, **kwargs: Any) -> Any:
    """The Hessian of a scalar function at x times v, without forming the Hessian.

    Where x is a list, tuple or dictionary of arrays, so are v and the product. Arguments by name are passed on to f.

    Raises
    ------
    TypeError, ValueError
        As `grad`, and where v is not like x.

    Examples
    --------
    >>> from inversa.autograd import hvp
    >>> hvp(lambda x: x[0] * x[0] * x[1], [3.0, 5.0], [1.0, 0.0]).tolist()
    [10.0, 6.0]
    >>> hvp(lambda p: p["x"] * p["x"] * p["y"], {"x": 3.0, "y": 5.0}, {"x": 1.0, "y": 0.0})
    {'x': 10.0, 'y': 6.0}
    """
    slopes = grad(f)

    def directional(z: Any) -> Any:
        tangents = [u for _, u in paired(z, v, "tangent of", "x", is_branch)]
        found = leaves(slopes(z, **kwargs), is_branch)
        products = [slope * u for slope, u in zip(found, tangents, strict=True)]
        numbers = [product.sum() if product.shape else product for product in products]
        return sum(numbers[1:], start=numbers[0]) if numbers else 0.0

    return grad(directional)(x)
