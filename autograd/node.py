"""Node: what a Value (one float) and a Tensor (one array) have in common."""

from __future__ import annotations

import operator
from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar, Self

from inversa.autograd.elementwise import ElementwiseMethods
from inversa.autograd.mode import MODE
from inversa.autograd.numpy_protocol import apply_ufunc
from inversa.autograd.ops.arithmetic import abs as absolute
from inversa.autograd.ops.arithmetic import add, clip, divide, multiply, negative, subtract
from inversa.autograd.ops.elementary import power
from inversa.autograd.ops.operation import ARRAYS, FLOATS, TRACED, Operation
from inversa.autograd.ops.rounding import floor_divide, remainder
from inversa.autograd.ops.rounding import round as rounded
from inversa.autograd.printing import encodable

if TYPE_CHECKING:
    from inversa.autograd.elementwise import Kind, N
    from inversa.autograd.inverse import InverseNetwork


SWITCHED = [object()]  # replaced whenever a requires_grad is set: compiled functions compare it


class Node(ElementwiseMethods):
    """A number or array that knows how it was computed.

    Attributes
    ----------
    data : float or ndarray
        Its value.
    grad : float, ndarray or None
        The gradient of the cost with respect to it; None until a backward pass reached it.
    op : Operation or None
        What computed it; None for a leaf.
    inputs : tuple of Node
        The operands, in order; x·x has x twice.
    params : dict or None
        The operation's parameters, such as an axis.
    name : str or None
        What pictures and messages call it.
    module : str or None
        The path of the nn module that computed it.
    """

    __slots__ = ("__weakref__", "_requires_grad", "grad", "module", "name", "op", "params", "source")

    data: Any
    grad: Any
    op: Operation[...] | None
    inputs: tuple[Node, ...]
    shape: tuple[int, ...]
    params: dict[str, Any] | None
    name: str | None
    module: str | None
    _requires_grad: bool
    source: str  # the user's line that computed it; set under detect_anomaly only

    # Set by inverse.py and by viz, which import this module and not the other way round.
    dual: ClassVar[type[InverseNetwork]]
    display: ClassVar[Callable[[Node], dict[str, Any]] | None] = None
    is_single: ClassVar[bool] = True  # one number, not an array

    def named(self, name: str) -> Self:
        """Give the node a name and return it: ``z = (w * x + b).named("z")``."""
        self.name = name
        return self

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow back to it."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if self.op is not None and not wanted:
            raise ValueError(f"{self.name or 'this node'} was computed from what requires a gradient: use detach()")
        if wanted:
            self._may_require_grad()
        if bool(wanted) is not self._requires_grad:
            self._requires_grad = bool(wanted)
            SWITCHED[0] = object()

    @property
    def is_leaf(self) -> bool:
        """Whether it was given rather than computed."""
        return self.op is None

    def inverse(self) -> InverseNetwork:
        """The inverse network of the graph that ends here."""
        return Node.dual(self)

    def backward(self, gradient: Any = None) -> None:
        """Run the inverse network: feed 1 at this node and add what arrives at the leaves to their ``grad``.

        Gradients of interior nodes are those of this pass; leaves accumulate, so two passes double them exactly.

        Parameters
        ----------
        gradient : float or array of this node's shape, optional
            What is fed in instead of 1; required when the node is not a single number.

        Raises
        ------
        ValueError
            Without a gradient for a non-scalar, with one of another shape, or when nothing here requires a gradient.

        Examples
        --------
        >>> from inversa.autograd import Value
        >>> x = Value(2.0)
        >>> y = (x * x) ** 2
        >>> y.backward()
        >>> x.grad
        32.0
        """
        self.inverse().backward(gradient)

    # Operators. Value makes its own, which are faster, from the same operations.

    @staticmethod
    def _unary(op: Operation[...], x: Any) -> Any:
        return op(x)

    @staticmethod
    def _binary(op: Operation[...], a: Any, b: Any) -> Any:
        return op(a, b)

    def __add__(self, other: Any) -> Any:
        return self._binary(add, self, other)

    def __radd__(self, other: Any) -> Any:
        return self._binary(add, other, self)

    def __sub__(self, other: Any) -> Any:
        return self._binary(subtract, self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._binary(subtract, other, self)

    def __mul__(self, other: Any) -> Any:
        return self._binary(multiply, self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._binary(multiply, other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._binary(divide, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._binary(divide, other, self)

    def __pow__(self, other: Any) -> Any:
        return self._binary(power, self, other)

    def __rpow__(self, other: Any) -> Any:
        return self._binary(power, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return self._binary(floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._binary(floor_divide, other, self)

    def __mod__(self, other: Any) -> Any:
        return self._binary(remainder, self, other)

    def __rmod__(self, other: Any) -> Any:
        return self._binary(remainder, other, self)

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    def __round__(self, ndigits: int | None = None) -> Any:
        return rounded(self, ndigits or 0)

    # p -= lr * p.grad under no_grad() changes the leaf p itself; everywhere else the name is bound to a new node.

    def __iadd__(self, other: Any) -> Any:
        return self._augmented(operator.iadd, add, other)

    def __isub__(self, other: Any) -> Any:
        return self._augmented(operator.isub, subtract, other)

    def __imul__(self, other: Any) -> Any:
        return self._augmented(operator.imul, multiply, other)

    def __itruediv__(self, other: Any) -> Any:
        return self._augmented(operator.itruediv, divide, other)

    def __ipow__(self, other: Any) -> Any:
        return self._augmented(operator.ipow, power, other)

    def __ifloordiv__(self, other: Any) -> Any:
        return self._augmented(operator.ifloordiv, floor_divide, other)

    def __imod__(self, other: Any) -> Any:
        return self._augmented(operator.imod, remainder, other)

    def _augmented(self, change: Callable[[Any, Any], Any], op: Operation[...], other: Any) -> Any:
        if self.op is None and self._requires_grad and self._is_changed():
            self._change(change, other)
            return self
        return self._binary(op, self, other)

    def __neg__(self: Kind[N]) -> N:
        return self._unary(negative, self)

    def __pos__(self) -> Self:
        return self

    def __abs__(self: Kind[N]) -> N:
        return self._unary(absolute, self)

    def clip(self: Kind[N], low: Any = None, high: Any = None) -> N:
        """Limited to the interval [low, high]; one of the bounds may be left out. See `clip`.

        >>> from inversa.autograd import Tensor
        >>> Tensor([-1.0, 0.5, 2.0]).clip(high=1.0).tolist()
        [-1.0, 0.5, 1.0]
        """
        return clip(self, low, high)  # type: ignore[call-overload, no-any-return]  # a Kind is a Node

    # Comparisons look at the values and give plain booleans or arrays; nodes are told apart by identity.

    def __eq__(self, other: object) -> Any:
        return self._compared("eq", other)

    def __ne__(self, other: object) -> Any:
        return self._compared("ne", other)

    def __lt__(self, other: Any) -> Any:
        return self._compared("lt", other)

    def __le__(self, other: Any) -> Any:
        return self._compared("le", other)

    def __gt__(self, other: Any) -> Any:
        return self._compared("gt", other)

    def __ge__(self, other: Any) -> Any:
        return self._compared("ge", other)

    def _compared(self, relation: str, other: Any) -> Any:
        if _is_traced(other):
            return NotImplemented
        trace = MODE.get().trace
        if trace is not None:  # the data may be others when what is traced is run
            return trace.symbol(self)._compared(relation, other)
        return getattr(operator, relation)(self._data, plain(other))

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self._observed())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __float__(self) -> float:
        if not (self._requires_grad and MODE.get().recording):
            return float(self.item())
        raise TypeError(
            f"float({type(self).__name__}) would silently cut the graph (math.exp and the like call it): "
            "take the number with .item(), or use inversa.autograd.exp and its kin"
        )

    def __int__(self) -> int:
        if not (self._requires_grad and MODE.get().recording):
            return int(self.item())
        raise TypeError(
            f"int({type(self).__name__}) would silently cut the graph: take the number with .item(), or a row of a "
            "list with take(rows, index)"
        )

    def __reduce__(self) -> Any:
        """Leaves are copied, and sent to other processes; what was computed would drag its whole graph along."""
        if self.op is not None:
            raise TypeError(
                f"{self.name or 'this node'} was computed: only leaves are copied and pickled; take what detach() or "
                "numpy() gives"
            )
        return _leaf, (type(self), self._data, self.requires_grad, self.name, self.grad)

    def __copy__(self) -> Self:
        return deepcopy(self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return apply_ufunc(ufunc, method, inputs, kwargs)

    @property
    def _mask(self) -> bool:
        """What ``numpy.ma`` asks for when it has taken the numbers (``_data``, its name for them, too).

        A number does not go together with an array, traced or not; that tells whether a function is one of arrays.
        """
        if self.level != ARRAYS or (self._requires_grad and MODE.get().recording):
            raise TypeError(
                "a masked array computes with the numbers of a node alone, and the gradient would be lost: fill in the "
                "numbers that are missing, array.filled(0.0), or take those of the node, x.numpy() or x.item()"
            )
        raise AttributeError("_mask")  # there is none

    if not TYPE_CHECKING:  # a type checker is to find this error as well

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            """Of single numbers there is none, while they are traced neither; Tensors have one."""
            raise TypeError(
                "a Value does not go into a NumPy array: use Tensor for arrays, stack([...]) for several Values"
            )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """What Jupyter shows: the picture of the graph once `inversa.viz` has been imported, else the text."""
        return Node.display(self) if Node.display and not self.is_leaf else {"text/plain": repr(self)}

    def __repr__(self) -> str:
        parts = [self._repr_data(self._data)]
        parts += [f"name={self.name!r}"] if self.name is not None else []
        parts += [f"op={self.op.symbol!r}"] if self.op is not None else []
        parts += [f"grad={self._repr_data(self.grad)}"] if self.grad is not None else []
        return f"{type(self).__name__}({', '.join(parts)})"

    def __str__(self) -> str:
        """The same, as the console can show it."""
        return encodable(repr(self))

    def item(self) -> float:
        """The only entry, as a Python number."""
        raise NotImplementedError

    def summary(self) -> str:
        """The value in one short line: a number, or an array's type and shape."""
        raise NotImplementedError

    # What the engine asks of both kinds.

    @property
    def _data(self) -> Any:
        """The data; a trace does not notice."""
        raise NotImplementedError

    def _observed(self) -> Any:
        """The data, for user code: a trace that is on refuses, for the data may change."""
        trace = MODE.get().trace
        if trace is not None:
            trace.looked_at(self)
        return self._data

    @staticmethod
    def _repr_data(data: Any) -> str:
        return repr(data)

    def _match(self, flow: Any) -> Any:
        """A gradient in the shape and type of this node's data."""
        raise NotImplementedError

    def _plain_operands(self) -> tuple[Any, ...]:
        """The inputs' data, as the operation's formulas take them."""
        return tuple(x._data for x in self.inputs)

    def _show_number(self) -> None:
        """Make a node of a plain number among the operands, where that has been put off: somebody looks."""

    def _first_input(self, stack: list[Node | None], seen: set[Node]) -> Node:
        """The first input; the others are put on a stack, the second on top, but for those that were seen."""
        stack += self.inputs[:0:-1]
        return self.inputs[0]

    def _accumulate(self, flow: Any) -> None:
        """Add what arrived at this leaf to its gradient."""
        raise NotImplementedError

    def _is_changed(self) -> bool:
        """Whether ``+=`` and its kin change this leaf, which requires a gradient, rather than compute a new node."""
        return not MODE.get().recording

    def _change(self, change: Callable[[Any, Any], Any], other: Any) -> None:
        """Change the data of this leaf in place."""
        raise NotImplementedError

    def _may_require_grad(self) -> None:
        """Raise when the data cannot have a gradient."""

    def _check_unchanged(self) -> None:
        """Raise when an array that the pullbacks look at was changed in place."""

    def _input_gradients(self, flow: Any, record: bool) -> list[Any]:
        """What the inverse element sends to every input, for the flow that arrived here; None where nothing is sent.

        With ``record`` the pullbacks work on nodes, so that the gradients are themselves differentiable.
        """
        op = self.op
        assert op is not None
        self._check_unchanged()
        y, operands = (self, self.inputs) if record else (self._data, self._plain_operands())
        params = self.params or {}
        if op.variadic:
            shares = op.vjps[0](flow, y, *operands, **params)
        else:  # an input that requires no gradient costs none
            shares = [
                vjp(flow, y, *operands, **params) if x._requires_grad else None
                for vjp, x in zip(op.vjps, self.inputs, strict=True)
            ]
        try:
            return [
                x._match(share) if x._requires_grad and share is not None else None
                for x, share in zip(self.inputs, shares, strict=True)
            ]
        except ValueError as error:
            raise ValueError(f"the pullback of {op.name}: {error}") from None

    def _propagate(self, flow: Any, flows: dict[Node, Any], record: bool) -> None:
        """Be the inverse element: add to every input's flow its share of the flow that arrived here."""
        for x, share in zip(self.inputs, self._input_gradients(flow, record), strict=True):
            if share is not None:
                flows[x] = flows[x] + share if x in flows else share


def _is_traced(x: object) -> bool:
    """Whether this is a symbol of a trace, which compares for itself: it has no value yet."""
    return getattr(x, "level", FLOATS) >= TRACED


def plain(x: Any) -> Any:
    """The data of a node; anything else as it is."""
    return x._data if isinstance(x, Node) else x


def _leaf(kind: type[Node], data: Any, requires_grad: bool, name: str | None, grad: Any) -> Node:
    node = kind(data, name=name)  # type: ignore[call-arg]
    node._requires_grad = requires_grad  # which not every kind takes
    node.grad = grad
    return node
