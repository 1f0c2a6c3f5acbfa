"""Trace: what a function of numbers computes, in columns of integers; Symbol: a number in it that has no value yet."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NoReturn
from weakref import ref

from inversa.autograd.compiling.errors import ArraysMetError, NumberNeededError, TracingError, WithoutNumbers
from inversa.autograd.compiling.guards import Guards
from inversa.autograd.compiling.scalar.derivatives import append_derivatives
from inversa.autograd.compiling.scalar.kinds import RELATIONS, Kind, Relation, key_of
from inversa.autograd.compiling.scalar.writing import writing
from inversa.autograd.kernels.sweeping import CONSTANT, LEAF, OPERATIONS
from inversa.autograd.mode import MODE
from inversa.autograd.node import Node
from inversa.autograd.ops.arithmetic import multiply
from inversa.autograd.ops.operation import TRACED, Operation
from inversa.autograd.value import Value

__all__ = ["RELATIONS", "Relation", "Symbol", "Trace"]

_new = object.__new__


class Trace:
    """One tracing of a function: a row for every number in it, in the order in which they were computed.

    A row is a place in the columns. Row i is of kind ``kinds[i]``, and ``inputs[first[i]:first[i + 1]]`` are the rows
    that it reads; a constant and a leaf (an argument or a parameter) read none and have one entry there, their number.
    Rows of derivatives are appended like all others, so that they can be differentiated again.

    Attributes
    ----------
    kinds, first, inputs : array of int
    differentiable : array of int
        Of every row whether gradients flow back to it, 1 or 0.
    constants : array of float
        The constants, by their numbers.
    leaves : array of int
        The rows of the leaves, by their numbers.
    operations : list of Kind
        What rows compute, by their kinds; the first two, of constants and leaves, compute nothing.
    names, modules : dict of int to str
        Of the rows that have one.
    arguments : list of Symbol
        The function's arguments, in order.
    values : list of Value
        The parameters: Values that the function closes over.
    value_rows : array of int
        Their rows.
    joined : callable or None
        What `stack` makes of single numbers; None where vectors are arrays, which cannot be traced here.
    """

    def __init__(
        self,
        names: Sequence[str],
        function: Callable[..., Any] | None = None,
        joined: Callable[[Sequence[Symbol]], Any] | None = None,
    ) -> None:
        self.joined = joined
        self.guards = Guards(self.symbol, function)
        self.kinds, self.first, self.inputs = array("i"), array("i", [0]), array("i")
        self.differentiable = array("B")
        self.constants, self.leaves = array("d"), array("i")
        self.values: list[Value] = []
        self.value_rows = array("i")
        self.operations: list[Kind | None] = [None] * OPERATIONS
        self.names: dict[int, str | None] = {}
        self.modules: dict[int, str | None] = {}
        self._of_values: dict[Value, int] = {}  # the rows of Values: leaves, and what was computed from them alone
        self._of_numbers: dict[float | str, int] = {}
        self._kind_numbers: dict[Any, int] = {}
        self._relations: set[int] = set()  # the kinds that have no derivative
        self._held: dict[int, ref[Symbol]] = {}
        self._sweep_at = 1000
        self.arguments = [self.argument(name) for name in names]

    # What is in it.

    @property
    def parameters(self) -> dict[Value, Symbol]:
        """The Values that the function closes over: what training changes, and constants; read at every call."""
        return {value: self.at(place) for value, place in zip(self.values, self.value_rows, strict=True)}

    def constant_rows(self) -> list[int]:
        """The rows of the constants."""
        return list(self._of_numbers.values())

    def argument(self, name: str | None = None) -> Symbol:
        """A Symbol for one more number from outside."""
        return self.at(self._leaf(name, differentiable=True))

    def symbol(self, x: Any) -> Symbol:
        """A number, a Value or a Symbol as a Symbol of this trace."""
        place = self.place(x)
        return x if type(x) is Symbol else self.at(place)

    def place(self, x: Any) -> int:
        """The row of a number, a Value or a Symbol."""
        if type(x) is Symbol:
            if x.recorder is not self:
                raise TracingError(f"{x.name or 'a traced number'} is of another call of a jit function: pass it in")
            return x.place
        if isinstance(x, Value):
            known = self._of_values.get(x)
            if known is not None:
                return known
            return self._parameter(x) if x.op is None else self._taken_apart(x)
        if isinstance(x, Node) or getattr(x, "shape", ()) != ():
            raise ArraysMetError(f"single numbers and an array meet: a {type(x).__name__}")
        number = float(x)
        key = number or repr(number)  # 0.0 and −0.0 are not the same
        place = self._of_numbers.get(key)
        if place is None:
            self.constants.append(number)
            place = self._of_numbers[key] = self._row(CONSTANT, (len(self.constants) - 1,), 0)
        return place

    def at(self, place: int) -> Symbol:
        """The Symbol of a row: the same object for as long as somebody holds it."""
        found = self._found(place)
        if found is None:
            with writing():  # another thread may be asking for it, too
                found = self._found(place)
                return self._symbol(place) if found is None else found
        return found

    def _found(self, place: int) -> Symbol | None:
        held = self._held.get(place)
        return None if held is None else held()

    def derivatives(self, output: Symbol, wanted: Sequence[Symbol]) -> list[Symbol]:
        """The derivatives of the output with respect to the wanted Symbols: its inverse network, in new rows."""
        with writing():
            places = append_derivatives(self, self.place(output), [self.place(x) for x in wanted])
            return [self.at(place) for place in places]

    def kind(self, op: Any, params: dict[str, Any], traced: tuple[str, ...] = ()) -> int:
        """The number of a kind of rows: an operation with these parameters, or with traced ones of these names."""
        key = key_of(op, params, traced)
        number = self._kind_numbers.get(key)
        if number is None:
            number = self._kind_numbers[key] = len(self.operations)
            self.operations.append(Kind(op, params, traced))
            if isinstance(op, Relation):
                self._relations.add(number)
        return number

    # Writing rows.

    def compute(self, op: Any, inputs: Sequence[int]) -> Symbol:
        """The result of an operation without parameters, or of a relation."""
        kind = self._kind_numbers.get(op)
        return self._symbol(self._computed(self.kind(op, {}) if kind is None else kind, inputs, inputs))

    def _computed(self, kind: int, inputs: Sequence[int], operands: Sequence[int]) -> int:
        """The row of a result; no gradient flows back to it unless it does to one of the operands."""
        differentiable = 0
        for x in operands:
            differentiable |= self.differentiable[x]
        if differentiable and (kind in self._relations or not MODE.get().recording):
            differentiable = 0
        return self._row(kind, inputs, differentiable)

    def _row(self, kind: int, inputs: Sequence[int], differentiable: int) -> int:
        self.kinds.append(kind)
        self.inputs.extend(inputs)
        self.first.append(len(self.inputs))
        self.differentiable.append(differentiable)
        return len(self.kinds) - 1

    def _symbol(self, place: int) -> Symbol:
        symbol = _new(Symbol)
        symbol.recorder = self
        symbol.place = place
        symbol.grad = None
        self._held[place] = ref(symbol)
        if len(self._held) > self._sweep_at:  # most of them are gone
            self._held = {place: held for place, held in self._held.items() if held() is not None}
            self._sweep_at = 2 * len(self._held) + 1000
        return symbol

    def _leaf(self, name: str | None, differentiable: bool) -> int:
        place = self._row(LEAF, (len(self.leaves),), differentiable)
        self.leaves.append(place)
        if name is not None:
            self.names[place] = name
        return place

    def _parameter(self, value: Value) -> int:
        place = self._of_values[value] = self._leaf(value.name, value.requires_grad)
        self.values.append(value)
        self.value_rows.append(place)
        return place

    def _taken_apart(self, value: Value) -> int:
        """What the function computes from Values alone is computed anew in every call, from its leaves."""
        known = self._of_values
        stack = [value]
        while stack:
            node = stack[-1]
            missing = [x for x in node.inputs if x not in known]
            if missing:
                stack += missing[::-1]
                continue
            stack.pop()
            if node not in known:
                self.guards.must_be_inside(node)
                known[node] = self._parameter(node) if node.op is None else self._copied(node)
        return known[value]

    def _copied(self, node: Value) -> int:
        inputs = [self._of_values[x] for x in node.inputs]
        place = self._row(self.kind(node.op, node.params or {}), inputs, node.requires_grad)
        if node.name is not None:
            self.names[place] = node.name
        if node.module is not None:
            self.modules[place] = node.module
        return place


class Symbol(WithoutNumbers, Node):
    """A row of a trace: an argument, a parameter, a constant, the result of an operation or of a comparison."""

    __slots__ = ("place", "recorder")

    recorder: Trace
    place: int
    level: ClassVar[int] = TRACED

    @classmethod
    def record(cls, op: Operation[...], operands: Sequence[Any], params: dict[str, Any]) -> Any:
        """Write an operation down."""
        trace = next(x.recorder for x in (*operands, *params.values()) if type(x) is Symbol)
        if op.name == "stack" and trace.joined and params["axis"] in (0, -1):
            return trace.joined([trace.symbol(x) for x in operands])
        if not op.on_floats:
            raise ArraysMetError(f"{op.name} is an operation on arrays")
        places = [trace.place(x) for x in operands]
        if not params:
            return trace.compute(op, places)
        traced = {key: trace.place(p) for key, p in params.items() if isinstance(p, Node)}
        kind = trace.kind(op, {key: p for key, p in params.items() if key not in traced}, tuple(traced))
        return trace._symbol(trace._computed(kind, [*places, *traced.values()], places))

    @staticmethod
    def _unary(op: Operation[...], x: Any) -> Any:
        return x.recorder.compute(op, (x.place,))

    @staticmethod
    def _binary(op: Operation[...], a: Any, b: Any) -> Any:
        """Without a detour where both are numbers."""
        if type(a) is Symbol:
            if type(b) in _NUMBERS:
                trace = a.recorder
                return trace.compute(op, (a.place, trace.place(b)))
        elif type(a) in _NUMBERS:
            trace = b.recorder
            return trace.compute(op, (trace.place(a), b.place))
        return op(a, b)

    # What the columns say about it.

    def _kind(self) -> Kind | None:
        return self.recorder.operations[self.recorder.kinds[self.place]]

    @property
    def op(self) -> Any:  # type: ignore[override]
        """An Operation or a Relation; None for what is not computed."""
        kind = self._kind()
        return None if kind is None else kind.op

    @property
    def inputs(self) -> tuple[Symbol, ...]:  # type: ignore[override]
        """The operands, in order."""
        return self._read()[: len(self.op.operands)] if self.op is not None else ()

    @property
    def params(self) -> dict[str, Any] | None:  # type: ignore[override]
        """The parameters; those that are traced, such as a condition, are Symbols."""
        kind = self._kind()
        if kind is None:
            return None
        traced = zip(kind.traced, self._read()[len(kind.op.operands) :], strict=True)
        return {**kind.params, **dict(traced)} or None

    def _read(self) -> tuple[Symbol, ...]:
        """The inputs, and after them the traced parameters."""
        trace, first = self.recorder, self.recorder.first
        return tuple(trace.at(x) for x in trace.inputs[first[self.place] : first[self.place + 1]])

    @property
    def constant(self) -> float | None:
        """The number of a constant."""
        trace = self.recorder
        if trace.kinds[self.place] != CONSTANT:
            return None
        return trace.constants[trace.inputs[trace.first[self.place]]]

    @property
    def name(self) -> str | None:
        """What pictures and messages call it."""
        return self.recorder.names.get(self.place)

    @name.setter
    def name(self, name: str | None) -> None:
        self.recorder.names[self.place] = name

    @property
    def module(self) -> str | None:  # type: ignore[override]
        """The path of the nn module that computed it."""
        return self.recorder.modules.get(self.place)

    @property
    def _requires_grad(self) -> bool:
        return bool(self.recorder.differentiable[self.place])

    @_requires_grad.setter
    def _requires_grad(self, wanted: bool) -> None:
        self.recorder.differentiable[self.place] = wanted

    @property
    def shape(self) -> tuple[()]:  # type: ignore[override]
        """That of one number. A function of the user's that asks for it may do something else with an array."""
        if not sys._getframe(1).f_globals.get("__name__", "").startswith("inversa."):
            self.recorder.guards.minds_arrays()
        return ()

    def as_variable(self) -> Symbol:
        """The same number as a symbol of its own, which a transform differentiates by."""
        variable = self.recorder.compute(multiply, (self.place, self.recorder.place(1.0)))
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
        first, *others = self._read()
        stack += others[::-1]
        return first

    # Comparisons are traced, too, for `where`.

    def _compared(self, relation: str, other: Any) -> Symbol:
        return self.recorder.compute(RELATIONS[relation], (self.place, self.recorder.place(other)))

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


_NUMBERS = {Symbol, Value, float, int}
