"""The decorator that declares an operation, with the types that editors and checkers show for what it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, overload

from inversa.autograd.ops.operation import Operation
from inversa.autograd.ops.rules import Rule

if TYPE_CHECKING:
    from inversa.autograd.ops.calls import Binary, Choice, Joining, Reduction, Unary
    from inversa.autograd.tensor import Tensor
    from inversa.autograd.value import Value

P = ParamSpec("P")

Formula = Callable[Concatenate[Any, P], Any]  # xp, then the operands and parameters
OfOne = Callable[Concatenate[Any, Any, P], Any]


@overload  # of one operand
def operation(
    symbol: str, rule: Rule, *, derivatives: tuple[str], on_floats: Literal[True] = True, **declaration: Any
) -> Callable[[OfOne[P]], Unary[P, Value, float]]: ...
@overload  # of two
def operation(
    symbol: str,
    rule: Rule,
    *,
    derivatives: tuple[str, str],
    on_floats: Literal[True] = True,
    parameters: tuple[()] = (),
    **declaration: Any,
) -> Callable[[Formula[...]], Binary[Value, float]]: ...
@overload  # of two, after a parameter
def operation(
    symbol: str,
    rule: Rule,
    *,
    derivatives: tuple[str, str],
    parameters: tuple[Literal["condition", "subscripts"]],
    **declaration: Any,
) -> Callable[[Formula[...]], Choice[Value]]: ...
@overload  # of one array, or of several numbers
def operation(
    symbol: str,
    rule: Rule,
    *,
    on_floats: Literal[False],
    of_numbers: Callable[[Sequence[object]], object],
    derivatives: tuple[str],
    **declaration: Any,
) -> Callable[[OfOne[P]], Reduction[P]]: ...
@overload  # of one array
def operation(
    symbol: str,
    rule: Rule,
    *,
    on_floats: Literal[False],
    derivatives: tuple[()] | tuple[str] = (),
    variadic: Literal[False] = False,
    **declaration: Any,
) -> Callable[[OfOne[P]], Unary[P, Tensor, Any]]: ...
@overload  # of two arrays
def operation(
    symbol: str,
    rule: Rule,
    *,
    on_floats: Literal[False],
    derivatives: tuple[str, str],
    parameters: tuple[()] = (),
    **declaration: Any,
) -> Callable[[Formula[...]], Binary[Tensor, Any]]: ...
@overload  # of any number of arrays
def operation(
    symbol: str, rule: Rule, *, on_floats: Literal[False], variadic: Literal[True], **declaration: Any
) -> Callable[[OfOne[P]], Joining[P]]: ...
@overload  # of which nothing is known
def operation(symbol: str, rule: Rule, **declaration: Any) -> Callable[[Formula[P]], Operation[P]]: ...
def operation(symbol: str, rule: Rule, **declaration: Any) -> Any:
    """Declare an operation from its forward formula; see `Operation` for what a declaration says.

    >>> from inversa.autograd import Rule, Value, operation
    >>> @operation("cube", Rule.ACTIVATION, derivatives=("3{x}²",))
    ... def cube(xp, x):
    ...     '''The third power.'''
    ...     return x * x * x
    >>> cube.pullbacks(lambda g, _y, x: g * 3 * x * x)
    >>> x = Value(2.0)
    >>> y = cube(x)
    >>> y.backward()
    >>> y.data, x.grad
    (8.0, 12.0)
    """

    def declare(forward: Formula[P]) -> Operation[P]:
        name = forward.__name__
        known = Operation.registry.get(name)
        if known is not None and known.__module__ != forward.__module__:
            raise ValueError(f"there is an operation {name} already, in {known.__module__}: choose another name")
        declared = Operation(forward, symbol, rule, **declaration)
        Operation.registry[name] = declared
        return declared

    return declare
