"""Symbol: a number in a trace. It knows how it will be computed and has no value yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, NoReturn

from inversa.autograd.compiling.errors import ArraysMetError, NumberNeededError, TracingError, WithoutNumbers
from inversa.autograd.compiling.guards import Guards
from inversa.autograd.graph import Graph
from inversa.autograd.inverse import InverseNetwork
from inversa.autograd.mode import MODE
from inversa.autograd.node import Node
from inversa.autograd.ops.arithmetic import multiply
from inversa.autograd.ops.operation import TRACED, Operation
from inversa.autograd.value import Value


class Relation(NamedTuple):
    """What a comparison of two Symbols is computed by; it is the condition of a `where` and has no derivative."""

    name: str
    symbol: str
    notation: str
    operands: tuple[str, str] = ("a", "b")
    variadic: bool = False


RELATIONS = {
    name: Relation(name, sign, f"{{a}} {sign} {{b}}")
    for name, sign in {"lt": "<", "le": "≤", "gt": ">", "ge": "≥", "eq": "=", "ne": "≠", "and": "∧", "or": "∨"}.items()
}


class Trace:
    """One tracing of a function: the Symbols of what it uses and does not compute.

    Attributes
    ----------
    arguments : list of Symbol
        The function's arguments, in order.
    parameters : dict of Value to Symbol
        The Values that the function closes over: what training changes, and constants; read at every call.
    """

    def __init__(self, names: Sequence[str], function: Callable[..., Any] | None = None) -> None:
        self.guards = Guards(self.symbol, function)
        self.arguments = [Symbol(self, name=name) for name in names]
        self.parameters: dict[Value, Symbol] = {}

    def symbol(self, x: Any) -> Symbol:
        """A number, a Value or a Symbol as a Symbol of this trace."""
        if isinstance(x, Symbol):
            if x.trace is not self:
                raise TracingError(f"{x.name or 'a traced number'} is of another call of a jit function: pass it in")
            return x
        if isinstance(x, Value):
            known = self.parameters.get(x)
            return self._taken_apart(x) if known is None else known
        if isinstance(x, Node) or getattr(x, "shape", ()) != ():
            raise ArraysMetError(f"single numbers and an array meet: a {type(x).__name__}")
        return Symbol(self, constant=float(x))

    def argument(self, name: str) -> Symbol:
        """One more Symbol for a number from outside."""
        return Symbol(self, name=name)

    def derivatives(self, output: Symbol, wanted: Sequence[Symbol]) -> list[Symbol]:
        """The derivatives of the output with respect to the wanted Symbols: the inverse network, run on Symbols."""
        flows = InverseNetwork(output).run(self.symbol(1.0), record=True) if wanted and output.requires_grad else {}
        return [self.symbol(flows.get(x, 0.0)) for x in wanted]

    def _taken_apart(self, value: Value) -> Symbol:
        """What the function computes from Values alone is computed anew in every call, from its leaves."""
        found: dict[Node, Symbol] = {}
        for node in Graph(value):
            assert isinstance(node, Value)
            self.guards.must_be_inside(node)
            if node.op is None:
                found[node] = self.parameters.setdefault(node, Symbol(self, name=node.name, value=node))
            else:
                found[node] = Symbol(self, node.op, [found[x] for x in node.inputs], node.params, node.name)
                found[node].module = node.module
                found[node]._requires_grad = node.requires_grad
        return found[value]


class Symbol(WithoutNumbers, Node):
    """A node of a trace: an argument, a parameter, a constant, the result of an operation or of a comparison."""

    __slots__ = ("constant", "inputs", "trace", "value")

    op: Any  # an Operation, a Relation, or None
    inputs: tuple[Symbol, ...]
    level: ClassVar[int] = TRACED

    def __init__(
        self,
        trace: Trace,
        op: Operation[...] | Relation | None = None,
        inputs: Sequence[Symbol] = (),
        params: dict[str, Any] | None = None,
        name: str | None = None,
        *,
        constant: float | None = None,
        value: Value | None = None,
    ) -> None:
        self.trace = trace
        self.op = op
        self.inputs = tuple(inputs)
        self.params = params or None
        self.name = name
        self.constant = constant
        self.value = value
        self.grad = self.module = None
        if op is None:
            self._requires_grad = constant is None and (value is None or value.requires_grad)
        else:
            moving = MODE.get().recording and not isinstance(op, Relation)
            self._requires_grad = moving and any(x._requires_grad for x in self.inputs)

    @classmethod
    def record(cls, op: Operation[...], operands: Sequence[Any], params: dict[str, Any]) -> Symbol:
        """Write an operation down."""
        among = [x for x in (*operands, *params.values()) if isinstance(x, Symbol)]
        trace = among[0].trace
        if not op.on_floats:
            raise ArraysMetError(f"{op.name} is an operation on arrays")
        settings = {key: trace.symbol(p) if isinstance(p, Node) else p for key, p in params.items()}
        return Symbol(trace, op, [trace.symbol(x) for x in operands], settings)

    @property
    def shape(self) -> tuple[()]:  # type: ignore[override]
        """Always ``()``."""
        return ()

    def as_variable(self) -> Symbol:
        """The same number as a symbol of its own, which a transform differentiates by."""
        variable = Symbol(self.trace, multiply, [self, self.trace.symbol(1.0)])
        variable._requires_grad = True
        return variable

    def detach(self) -> Symbol:
        """The same number, through which no gradient flows."""
        detached: Symbol = self * 1.0
        detached._requires_grad = False
        return detached

    def _match(self, flow: Any) -> Any:
        return flow

    def _first_input(self, stack: list[Node | None], seen: set[Node]) -> Node:
        stack += [param for param in (self.params or {}).values() if isinstance(param, Symbol)]  # conditions
        return super()._first_input(stack, seen)

    # Comparisons are traced, too, for `where`.

    def _compared(self, relation: str, other: Any) -> Symbol:
        return Symbol(self.trace, RELATIONS[relation], [self, self.trace.symbol(other)])

    def __and__(self, other: Any) -> Symbol:
        return self._compared("and", other)

    def __or__(self, other: Any) -> Symbol:
        return self._compared("or", other)

    # What it cannot do.

    def _no_value(self, what: str, instead: str) -> NoReturn:
        raise NumberNeededError(f"it looks at the number of {self.name or 'something traced'} ({what})", instead)

    def item(self) -> float:
        """The number of a constant; nothing else has one while jit traces."""
        if self.constant is not None:
            return self.constant
        self._no_value("item()", "compute with it, or with x.detach() where no gradient is to flow")

    @property
    def data(self) -> Any:
        """Not while tracing."""
        self._no_value("data", "compute with it, or with x.detach() where no gradient is to flow")

    @data.setter
    def data(self, data: Any) -> None:
        self._no_value("its data is set", "compute a new number")

    @property
    def _data(self) -> Any:
        return self.data

    def __repr__(self) -> str:
        return f"Symbol({self.name or (self.op.symbol if self.op else self.constant)})"

    def summary(self) -> str:
        """What it is."""
        return repr(self)
