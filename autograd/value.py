"""Value: a node that holds one float, the scalar engine."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

from inversa.autograd.anomaly import tell
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.arithmetic import add, divide, multiply, subtract
from inversa.autograd.ops.elementary import power
from inversa.autograd.ops.operation import FLOATS, Operation
from inversa.autograd.ops.rounding import floor_divide, remainder

if TYPE_CHECKING:
    from inversa.autograd.ops.calls import ValueComparison, ValueOperator

# Looked up once instead of once a node.
_new = object.__new__
_current_mode = MODE.get


# The operators of Values are made from the declarations of the operations: the declared formula on floats gives the
# number, and a node remembers where it came from. This is most of what a program of Values does, so what it meets all
# the time, two Values or a Value and a number of Python's, makes no detours. All else (Tensors, fractions, traced
# numbers, arrays) goes to the operation itself, which knows what to do with it or says what is wrong.


def _operator(op: Operation[...]) -> Any:
    """The method for ``a + b`` where a is a Value."""
    formula = op.on_float

    def operator(a: Value, b: Any) -> Any:
        if type(b) is not Value:
            if type(b) is not float:
                if not isinstance(b, (float, int)):
                    return op(a, b)
                b = float(b)
            b = _constant(b)
        data = formula(a._data, b._data)
        mode = _current_mode()
        if not (mode.usual and (a._requires_grad or b._requires_grad)):
            return _recorded(op, data, a, b)
        # The same as _recorded, written out: a fifth faster.
        out = _new(Value)
        out._data = data
        out.op = op
        out.left = a
        out.right = b
        out.module = mode.module
        out.grad = out.name = out.params = None
        out._requires_grad = True
        return out

    return operator


def _reflected(op: Operation[...]) -> Any:
    """The method for ``a + b`` where a is no Value: Python calls it with b first."""
    compute = _operator(op)

    def operator(b: Value, a: Any) -> Any:
        return compute(_constant(float(a)), b) if isinstance(a, (float, int)) else op(a, b)

    return operator


def _augmented(op: Operation[...], change: Callable[[Any, Any], Any]) -> Any:
    """The method for ``a += b``: under `no_grad` it changes a leaf that is trained, else it is ``a = a + b``."""
    compute = _operator(op)

    def operator(a: Value, b: Any) -> Any:
        if a.op is None and a._requires_grad and a._is_changed():
            a._change(change, b)
            return a
        return compute(a, b)

    return operator


def _constant(x: float) -> Value:
    """A plain number as an operand: the same as ``Value(x, requires_grad=False)``, in half the time."""
    out = _new(Value)
    out._data = x
    out.grad = out.op = out.params = out.module = out.left = out.right = out.name = None
    out._requires_grad = False
    return out


class Value(Node):
    """One number in a computational graph.

    Parameters
    ----------
    data : float
        Its value; any real number.
    requires_grad : bool
        Whether gradients flow back to it: yes, unless told otherwise.
    name : str, optional
        What pictures and messages call it.

    Raises
    ------
    TypeError
        For anything that is not one real number; arrays belong in a `Tensor`.

    Notes
    -----
    ``data`` may be changed at any time, as in micrograd: what was computed before keeps its value, and a backward pass
    that comes later uses the new one. (Changes of a Tensor's array are noticed.)

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> a, b = Value(2.0, name="a"), Value(-3.0, name="b")
    >>> c = a * b + a
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (-4.0, -2.0, 2.0)
    """

    # Two slots rather than a tuple of inputs: one object a node instead of two is half the work for Python's cyclic
    # collector, which otherwise takes most of the time of a large graph. No scalar operation has more than two.
    __slots__ = ("_data", "left", "right")

    level: ClassVar[int] = FLOATS
    _data: float
    grad: float | None
    left: Value | None
    right: Value | None

    if TYPE_CHECKING:  # what methods of Node give here

        def _observed(self) -> float: ...

        __lt__: ValueComparison
        __le__: ValueComparison
        __gt__: ValueComparison
        __ge__: ValueComparison

    __add__: ValueOperator = _operator(add)
    __sub__: ValueOperator = _operator(subtract)
    __mul__: ValueOperator = _operator(multiply)
    __truediv__: ValueOperator = _operator(divide)
    __pow__: ValueOperator = _operator(power)
    __floordiv__: ValueOperator = _operator(floor_divide)
    __mod__: ValueOperator = _operator(remainder)
    __radd__: ValueOperator = _reflected(add)
    __rsub__: ValueOperator = _reflected(subtract)
    __rmul__: ValueOperator = _reflected(multiply)
    __rtruediv__: ValueOperator = _reflected(divide)
    __rpow__: ValueOperator = _reflected(power)
    __rfloordiv__: ValueOperator = _reflected(floor_divide)
    __rmod__: ValueOperator = _reflected(remainder)
    __iadd__: ValueOperator = _augmented(add, operator.iadd)
    __isub__: ValueOperator = _augmented(subtract, operator.isub)
    __imul__: ValueOperator = _augmented(multiply, operator.imul)
    __itruediv__: ValueOperator = _augmented(divide, operator.itruediv)
    __ipow__: ValueOperator = _augmented(power, operator.ipow)
    __ifloordiv__: ValueOperator = _augmented(floor_divide, operator.ifloordiv)
    __imod__: ValueOperator = _augmented(remainder, operator.imod)

    def __init__(self, data: float, requires_grad: bool = True, name: str | None = None) -> None:
        self._data = data if type(data) is float else _as_float(data)
        self.grad = self.op = self.params = self.module = self.left = self.right = None
        self.name = name
        self._requires_grad = requires_grad

    @property
    def data(self) -> float:
        """The number; it may be set at any time."""
        trace = _current_mode().trace  # as in _observed; a call less, for this is read in loops
        if trace is not None:
            trace.looked_at(self)
        return self._data

    @data.setter
    def data(self, data: float) -> None:
        trace = _current_mode().trace
        if trace is not None:
            trace.looked_at(self)
        self._data = data if type(data) is float else _as_float(data)

    @property
    def inputs(self) -> tuple[Value, ...]:  # type: ignore[override]
        """The operands, in order: none for a leaf, else one or two."""
        left, right = self.left, self.right
        if left is None:
            return ()
        return (left,) if right is None else (left, right)

    @property
    def shape(self) -> tuple[()]:  # type: ignore[override]
        """Always ``()``."""
        return ()

    @property
    def ndim(self) -> int:
        """Always 0."""
        return 0

    @property
    def dtype(self) -> np.dtype[Any]:
        """Always float64, Python's float."""
        return np.dtype(np.float64)

    def item(self) -> float:
        """The number."""
        return self._observed()

    def summary(self) -> str:
        """The number."""
        return repr(self._data)

    def detach(self) -> Value:
        """The same number as a new leaf through which no gradient flows."""
        trace = MODE.get().trace
        if trace is not None:  # what is traced is to find the number of then
            return trace.symbol(self).detach()  # type: ignore[no-any-return]
        return Value(self._data, requires_grad=False, name=self.name)

    @classmethod
    def record(cls, op: Operation[...], operands: Sequence[Any], params: dict[str, Any]) -> Value:
        """Apply an operation to Values and numbers."""
        if len(operands) == 1 and not params:
            return cls._unary(op, operands[0])
        nodes = [x if isinstance(x, Value) else _constant(_as_float(x)) for x in operands]
        left, right = nodes[0], nodes[1] if len(nodes) > 1 else None
        if not params:
            return _recorded(op, op.on_float(*[x._data for x in nodes]), left, right)
        params = {key: value._data if isinstance(value, Value) else value for key, value in params.items()}
        return _recorded(op, op.compute([x._data for x in nodes], params), left, right, params)

    @staticmethod
    def _unary(op: Operation[...], x: Value) -> Value:
        return _recorded(op, op.on_float(x._data), x)

    def _change(self, change: Callable[[Any, Any], Any], other: Any) -> None:
        self.data = change(self.data, plain(other))

    def _match(self, flow: Any) -> Any:
        if type(flow) is float or isinstance(flow, Value):
            return flow
        return _summed(flow)

    def _first_input(self, stack: list[Node | None], seen: set[Node]) -> Node:
        right = self.right
        if right is not None and right not in seen:
            stack.append(right)
        return self.left  # type: ignore[return-value]  # it was computed

    def _accumulate(self, flow: Any) -> None:
        self.grad = flow if self.grad is None else self.grad + flow

    def _propagate(self, flow: Any, flows: dict[Node, Any], record: bool) -> None:
        """The same as for every node, without the detours: no parameters, one or two inputs, plain floats."""
        if record or self.params is not None:
            super()._propagate(flow, flows, record)
            return
        op, left, right = self.op, self.left, self.right
        assert op is not None
        assert left is not None
        if right is None:
            if left._requires_grad:
                share = op.vjps[0](flow, self._data, left._data)
                flows[left] = flows[left] + share if left in flows else share
            return
        a, b = left._data, right._data
        vjp, other_vjp = op.vjps
        if left._requires_grad:
            share = vjp(flow, self._data, a, b)
            flows[left] = flows[left] + share if left in flows else share
        if right._requires_grad:
            share = other_vjp(flow, self._data, a, b)
            flows[right] = flows[right] + share if right in flows else share


def _recorded(
    op: Operation[...], data: float, left: Value, right: Value | None = None, params: dict[str, Any] | None = None
) -> Value:
    """The node of one evaluated operation; a constant when no input requires a gradient or nothing is recorded."""
    mode = _current_mode()
    out = _new(Value)
    out._data = data
    out.grad = out.name = None
    out.module = mode.module
    if mode.recording and (left._requires_grad or (right is not None and right._requires_grad)):
        remembered = out._requires_grad = True
    else:
        out._requires_grad = False
        # A trace may find other constants when it is run again.
        remembered = mode.trace is not None or (mode.constants and mode.recording)
    if remembered:
        out.op = op
        out.left = left
        out.right = right
        out.params = params
    else:
        out.op = out.left = out.right = out.params = None
    if mode.watched:
        tell(out, op, (left,) if right is None else (left, right))
    return out


def _as_float(data: Any) -> float:
    if isinstance(data, Real):
        return float(data)
    if isinstance(data, Node):
        raise TypeError(f"a Value holds a plain number; this is a {type(data).__name__} already: use it, or .item()")
    if hasattr(data, "__array__") or isinstance(data, (list, tuple)):
        raise TypeError("a Value holds one number, not an array: use Tensor (Tensor(array) * value works too)")
    raise TypeError(f"a Value holds one real number, not {type(data).__name__}: {data!r}")


def _summed(flow: Any) -> Any:
    """What an array sends back to a single number that was broadcast into it."""
    if isinstance(flow, Node):
        return flow.sum() if flow.shape else flow  # type: ignore[attr-defined]
    return sum(flow.ravel().tolist()) if hasattr(flow, "ravel") else float(flow)
