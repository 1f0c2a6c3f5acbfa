"""Value: a node that holds one float, the scalar engine."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

from inversa.autograd.anomaly import tell
from inversa.autograd.freeing import let_go
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.arithmetic import add, divide, multiply, subtract
from inversa.autograd.ops.elementary import power
from inversa.autograd.ops.namespace import is_foreign, namespace
from inversa.autograd.ops.operation import FLOATS, Operation
from inversa.autograd.ops.rounding import floor_divide, remainder
from inversa.autograd.receiving import receiving

if TYPE_CHECKING:
    from inversa.autograd.ops.calls import ValueComparison, ValueOperator

# Looked up once instead of once a node.
_new = object.__new__
_current_mode = MODE.get


# The operators of Values are made from the declarations of the operations: the declared formula on floats gives the
# number, and a node remembers where it came from. This is most of what a program of Values does, so what it meets all
# the time, two Values or a Value and a number of Python's, makes no detours. All else (Tensors, fractions, traced
# numbers, arrays) goes to the operation itself, which knows what to do with it or says what is wrong.


def _operator(op: Operation[...], reflected: bool = False) -> Any:
    """The method for ``a + b`` where a is a Value; reflected, for ``b + a`` where b is none."""
    formula = op.on_float

    def operator(a: Value, b: Any) -> Any:
        if type(b) is Value:
            data = formula(a._data, b._data)
            out = _new(Value)
            out._data = data
            out._left = a
            out._right = b
            mode = _current_mode()
            if not (mode.usual and (a._requires_grad or b._requires_grad)):
                return _recorded(out, op, a._requires_grad or b._requires_grad)
            # The same as _recorded, written out here and below: a fifth faster.
            out.op = op
            out.module = mode.module
            out.grad = out.name = out.params = None
            out._requires_grad = True
            return out
        if type(b) is int:
            b = float(b)
        elif type(b) is not float:
            if not isinstance(b, (float, int)):
                return op(b, a) if reflected else op(a, b)
            b = float(b)
        data = formula(b, a._data) if reflected else formula(a._data, b)
        out = _new(Value)
        out._data = data
        out._number = b
        if reflected:
            out._left = None
            out._right = a
        else:
            out._left = a
            out._right = None
        mode = _current_mode()
        if not (mode.usual and a._requires_grad):
            return _recorded(out, op, a._requires_grad)
        out.op = op
        out.module = mode.module
        out.grad = out.name = out.params = None
        out._requires_grad = True
        return out

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
    out.grad = out.op = out.params = out.module = out._left = out._right = out._number = out.name = None
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
    # For the same reason the 2 of ``a * 2`` stays a number, and becomes a node when somebody looks at the inputs. The
    # operand in whose place it stands is None till then. Between two Values nothing is in its slot.
    __slots__ = ("_data", "_left", "_number", "_right")

    level: ClassVar[int] = FLOATS
    _data: float
    grad: float | None
    _left: Value | None
    _right: Value | None
    _number: float | None

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
    __radd__: ValueOperator = _operator(add, reflected=True)
    __rsub__: ValueOperator = _operator(subtract, reflected=True)
    __rmul__: ValueOperator = _operator(multiply, reflected=True)
    __rtruediv__: ValueOperator = _operator(divide, reflected=True)
    __rpow__: ValueOperator = _operator(power, reflected=True)
    __rfloordiv__: ValueOperator = _operator(floor_divide, reflected=True)
    __rmod__: ValueOperator = _operator(remainder, reflected=True)
    __iadd__: ValueOperator = _augmented(add, operator.iadd)
    __isub__: ValueOperator = _augmented(subtract, operator.isub)
    __imul__: ValueOperator = _augmented(multiply, operator.imul)
    __itruediv__: ValueOperator = _augmented(divide, operator.itruediv)
    __ipow__: ValueOperator = _augmented(power, operator.ipow)
    __ifloordiv__: ValueOperator = _augmented(floor_divide, operator.ifloordiv)
    __imod__: ValueOperator = _augmented(remainder, operator.imod)

    def __init__(self, data: float, requires_grad: bool = True, name: str | None = None) -> None:
        self._data = data if type(data) is float else _as_float(data)
        self.grad = self.op = self.params = self.module = self._left = self._right = self._number = None
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
        self._show_number()
        left, right = self._left, self._right
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
        out = _new(Value)
        out._left, out._right = nodes[0], nodes[1] if len(nodes) > 1 else None
        out._number = None
        differentiable = nodes[0]._requires_grad or nodes[-1]._requires_grad
        if not params:
            out._data = op.on_float(*[x._data for x in nodes])
            return _recorded(out, op, differentiable)
        params = {key: value._data if isinstance(value, Value) else value for key, value in params.items()}
        out._data = op.compute([x._data for x in nodes], params)
        return _recorded(out, op, differentiable, params)

    @staticmethod
    def _unary(op: Operation[...], x: Value) -> Value:
        out = _new(Value)
        out._data = op.on_float(x._data)
        out._left = x
        out._right = out._number = None
        return _recorded(out, op, x._requires_grad)

    def _change(self, change: Callable[[Any, Any], Any], other: Any) -> None:
        self.data = change(self.data, plain(other))

    def _match(self, flow: Any) -> Any:
        if type(flow) is float or isinstance(flow, Value):
            return flow
        return _summed(flow)

    def _show_number(self) -> None:
        if (self._left is None or self._right is None) and self._number is not None:
            with receiving():  # two threads that look at once find the same node
                if self._left is None:
                    self._left = _constant(self._number)
                elif self._right is None:
                    self._right = _constant(self._number)

    def _first_input(self, stack: list[Node | None], seen: set[Node]) -> Node:
        left, right = self._left, self._right
        if left is None:
            return right  # type: ignore[return-value]  # it was computed
        if right is not None and right not in seen:
            stack.append(right)
        return left

    def _accumulate(self, flow: Any) -> None:
        self.grad = flow if self.grad is None else self.grad + flow

    def _propagate(self, flow: Any, flows: dict[Node, Any], record: bool) -> None:
        """The same as for every node, without the detours: no parameters, one or two operands, plain floats."""
        if record or self.params is not None:
            super()._propagate(flow, flows, record)
            return
        op, left, right = self.op, self._left, self._right
        assert op is not None
        if right is None:
            assert left is not None
            if left._requires_grad:
                y, a, b = self._data, left._data, self._number
                share = op.vjps[0](flow, y, a) if b is None else op.vjps[0](flow, y, a, b)
                flows[left] = flows[left] + share if left in flows else share
            return
        if left is None:
            if right._requires_grad:
                share = op.vjps[1](flow, self._data, self._number, right._data)
                flows[right] = flows[right] + share if right in flows else share
            return
        a, b = left._data, right._data
        vjp, other_vjp = op.vjps
        if left._requires_grad:
            share = vjp(flow, self._data, a, b)
            flows[left] = flows[left] + share if left in flows else share
        if right._requires_grad:
            share = other_vjp(flow, self._data, a, b)
            flows[right] = flows[right] + share if right in flows else share


def _recorded(out: Value, op: Operation[...], differentiable: bool, params: dict[str, Any] | None = None) -> Value:
    """Complete a node that has data and operands; it is a constant if it is not differentiable, or not recorded."""
    mode = _current_mode()
    out.op = op
    out.grad = out.name = None
    out.module = mode.module
    out.params = params
    if mode.watched:
        tell(out, op, out.inputs)
    if mode.recording and differentiable:
        out._requires_grad = True
        return out
    out._requires_grad = False
    # A trace may find other constants when it is run again.
    if mode.trace is None and not (mode.constants and mode.recording):
        out.op = out._left = out._right = out._number = out.params = None
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
    if is_foreign(flow):
        return float(namespace(flow).sum(flow))
    return sum(flow.ravel().tolist()) if hasattr(flow, "ravel") else float(flow)


if sys.platform == "emscripten":
    Value.__del__ = let_go
