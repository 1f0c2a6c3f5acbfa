"""What type checkers and editors know of a call: its result from the kinds of its operands. Nothing here is ever run.

An operation is a `Value` of Values, a `Tensor` where a Tensor is among the operands, and a number or an array of those.
`operation` reads from a declaration which of these classes describes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeVar, overload

from inversa.autograd.ops.operation import Operation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inversa.autograd.node import Node
    from inversa.autograd.tensor import Tensor
    from inversa.autograd.value import Value

    # Arrays, and nested lists of numbers. A node is none of them, though NumPy would make an array of it.
    Array = NDArray[Any] | Sequence[float] | Sequence[Sequence[float]] | Sequence[Sequence[Sequence[float]]]

P = ParamSpec("P")  # the parameters, such as an axis
V = TypeVar("V")  # what Values give: a Value, or a Tensor where the operation is one of arrays
F = TypeVar("F")  # what floats give


class Unknown:
    """An operand of unknown type, such as the argument of a lambda: nothing is known of the result either.

    No object is one. Without the overloads for it, mypy would take such an operand for the first kind that it may be.
    """


class Unary(Operation[...], Generic[P, V, F]):
    """An operation of one operand, and of parameters."""

    @overload
    def __call__(self, x: Unknown, /, *args: P.args, **kwargs: P.kwargs) -> Any: ...
    @overload
    def __call__(self, x: Value, /, *args: P.args, **kwargs: P.kwargs) -> V: ...
    @overload
    def __call__(self, x: Tensor, /, *args: P.args, **kwargs: P.kwargs) -> Tensor: ...
    @overload
    def __call__(self, x: Node, /, *args: P.args, **kwargs: P.kwargs) -> Any: ...
    @overload
    def __call__(self, x: float, /, *args: P.args, **kwargs: P.kwargs) -> F: ...
    @overload
    def __call__(self, x: Array, /, *args: P.args, **kwargs: P.kwargs) -> NDArray[Any]: ...
    def __call__(self, x: Any, /, *args: Any, **kwargs: Any) -> Any:
        """See `Operation`."""


class Binary(Operation[...], Generic[V, F]):
    """An operation of two operands."""

    @overload
    def __call__(self, a: Unknown, b: Any) -> Any: ...
    @overload
    def __call__(self, a: Any, b: Unknown) -> Any: ...
    @overload
    def __call__(self, a: Value, b: Value | float) -> V: ...
    @overload
    def __call__(self, a: float, b: Value) -> V: ...
    @overload
    def __call__(self, a: Tensor, b: Node | float | Array) -> Tensor: ...
    @overload
    def __call__(self, a: Node | float | Array, b: Tensor) -> Tensor: ...
    @overload
    def __call__(self, a: float, b: float) -> F: ...
    @overload
    def __call__(self, a: Array, b: float | Array) -> NDArray[Any]: ...
    @overload
    def __call__(self, a: float, b: Array) -> NDArray[Any]: ...
    def __call__(self, a: Any, b: Any) -> Any:
        """See `Operation`."""


class Choice(Operation[...], Generic[V]):
    """An operation of one parameter, such as a condition, and two operands."""

    @overload
    def __call__(self, parameter: Unknown, a: Any, b: Any) -> Any: ...
    @overload
    def __call__(self, parameter: Any, a: Unknown, b: Any) -> Any: ...
    @overload
    def __call__(self, parameter: Any, a: Any, b: Unknown) -> Any: ...
    @overload
    def __call__(self, parameter: bool | np.bool, a: Value, b: Value | float) -> V: ...
    @overload
    def __call__(self, parameter: bool | np.bool, a: float, b: Value) -> V: ...
    @overload
    def __call__(self, parameter: Any, a: Node, b: Node | float | Array) -> Tensor: ...
    @overload
    def __call__(self, parameter: Any, a: float | Array, b: Node) -> Tensor: ...
    @overload
    def __call__(self, parameter: Any, a: float | Array, b: float | Array) -> Any: ...
    def __call__(self, parameter: Any, a: Any, b: Any) -> Any:
        """See `Operation`."""


class Joining(Operation[...], Generic[P]):
    """An operation of any number of operands, given as one sequence."""

    @overload
    def __call__(self, operands: Iterable[Node], /, *args: P.args, **kwargs: P.kwargs) -> Tensor: ...
    @overload
    def __call__(self, operands: Iterable[float | Array], /, *args: P.args, **kwargs: P.kwargs) -> NDArray[Any]: ...
    @overload
    def __call__(self, operands: Iterable[Node | float | Array], /, *args: P.args, **kwargs: P.kwargs) -> Any: ...
    def __call__(self, operands: Any, /, *args: Any, **kwargs: Any) -> Any:
        """See `Operation`."""


class Reduction(Operation[...], Generic[P]):
    """An operation of one array, or of several numbers, and of parameters."""

    @overload
    def __call__(self, x: Unknown, /, *args: P.args, **kwargs: P.kwargs) -> Any: ...
    @overload
    def __call__(self, x: Value, /, *args: P.args, **kwargs: P.kwargs) -> Tensor: ...
    @overload
    def __call__(self, x: Tensor, /, *args: P.args, **kwargs: P.kwargs) -> Tensor: ...
    @overload
    def __call__(self, x: Node, /, *args: P.args, **kwargs: P.kwargs) -> Any: ...
    @overload
    def __call__(self, x: float, /, *args: P.args, **kwargs: P.kwargs) -> Any: ...
    @overload
    def __call__(  # type: ignore[overload-overlap]  # an empty list may be one of either kind
        self, x: Array, /, *args: P.args, **kwargs: P.kwargs
    ) -> NDArray[Any]: ...
    @overload
    def __call__(self, x: Sequence[Value | float], /) -> Value: ...
    def __call__(self, x: Any, /, *args: Any, **kwargs: Any) -> Any:
        """See `Operation`."""


class ValueOperator(Protocol):
    """``value + other`` and the like."""

    @overload
    def __call__(self, other: Unknown) -> Any: ...
    @overload
    def __call__(self, other: Value | float) -> Value: ...
    @overload
    def __call__(self, other: Tensor) -> Tensor: ...


class TensorOperator(Protocol):
    """``tensor + other`` and the like."""

    def __call__(self, other: Node | float | Array) -> Tensor:
        """Element by element, or the product of matrices."""


class ValueComparison(Protocol):
    """``value < other`` and the like."""

    @overload
    def __call__(self, other: Unknown) -> Any: ...
    @overload
    def __call__(self, other: Value | float) -> bool: ...
    @overload
    def __call__(self, other: Tensor | Array) -> NDArray[np.bool]: ...


class TensorComparison(Protocol):
    """``tensor < other`` and the like."""

    def __call__(self, other: Node | float | Array) -> NDArray[np.bool]:
        """Element by element."""
