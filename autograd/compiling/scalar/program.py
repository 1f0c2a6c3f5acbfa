"""Program: a list of primitive instructions, each computed once and used as often as needed.

An operation is lowered by running its own forward formula on references to instructions instead of numbers, so that
nothing is written a second time: what `sigmoid` is stands in its declaration alone.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from inversa.autograd.compiling.errors import TracingError
from inversa.autograd.compiling.scalar.trace import Relation, Symbol
from inversa.autograd.graph import Graph
from inversa.autograd.ops.namespace import floats

UNARY = ("neg", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "abs", "sign", "round")
BINARY = (
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "maximum",
    "minimum",
    "floor_divide",
    "remainder",
    "lt",
    "le",
    "gt",
    "ge",
    "eq",
    "ne",
)

_COMPUTE: dict[str, Callable[..., Any]] = {
    **{name: getattr(floats, name) for name in UNARY if name != "neg"},
    **{name: getattr(operator, name) for name in ("neg", "add", "sub", "mul", "lt", "le", "gt", "ge", "eq", "ne")},
    "div": floats.divide,
    "pow": floats.pow,
    "maximum": floats.maximum,
    "minimum": floats.minimum,
    "floor_divide": floats.floor_divide,
    "remainder": floats.remainder,
    "where": floats.where,
}


class Instruction(NamedTuple):
    """``name`` of the instructions at ``inputs``; ``number`` is a constant, or which argument or parameter it is."""

    name: str
    inputs: tuple[int, ...] = ()
    number: float = 0.0


class Program:
    """Instructions in an order in which they can be run, and which of them are asked for.

    Attributes
    ----------
    instructions : list of Instruction
    uniform : list of bool
        Of each instruction, whether its value is the same for all samples.
    outputs : list of int
        The instructions whose values are the results.
    forward : int
        How many instructions, from the first, compute the function itself, that is its ``results``, the first outputs;
        the rest are the inverse program.
    """

    def __init__(
        self,
        outputs: Sequence[Symbol],
        arguments: Sequence[Symbol],
        parameters: Sequence[Symbol],
        results: int = 1,
    ) -> None:
        self.instructions: list[Instruction] = []
        self.uniform: list[bool] = []
        self._known: dict[tuple[Any, ...], int] = {}
        self._leaves = {x: ("argument", i) for i, x in enumerate(arguments)}
        self._leaves |= {x: ("parameter", i) for i, x in enumerate(parameters)}
        self._places: dict[Symbol, int] = {}
        self.outputs = self._lower(outputs[:results])
        self.forward = len(self.instructions)
        self.outputs += self._lower(outputs[results:])

    def emit(self, name: str, *inputs: int, number: float = 0.0) -> int:
        """The place of an instruction: of one that is there already, of a constant, or of a new one."""
        constants = [self.instructions[i] for i in inputs]
        if inputs and all(c.name == "constant" for c in constants):
            return self.emit("constant", number=float(_COMPUTE[name](*[c.number for c in constants])))
        if name == "ne":
            return self.emit("where", self.emit("eq", *inputs), *(self.emit("constant", number=x) for x in (0.0, 1.0)))
        same = self._simpler(name, inputs, constants)
        if same is not None:
            return same
        key = (name, *inputs, repr(number))  # repr: 0.0 and −0.0 are not the same
        if key not in self._known:
            self._known[key] = len(self.instructions)
            self.instructions.append(Instruction(name, inputs, number))
            lanewise = name == "argument" or not all(self.uniform[i] for i in inputs)
            self.uniform.append(not lanewise)
        return self._known[key]

    def _simpler(self, name: str, inputs: tuple[int, ...], operands: Sequence[Instruction]) -> int | None:
        """An instruction that has the same value, to the last bit, whatever the inputs are."""
        numbers = [x.number if x.name == "constant" else None for x in operands]
        match name, numbers:
            case ("mul", [1.0, _]):
                return inputs[1]
            case ("mul" | "div" | "pow", [_, 1.0]):
                return inputs[0]
            case ("pow", [_, 2.0]):
                return self.emit("mul", inputs[0], inputs[0])
            case ("mul", [-1.0, _]):
                return self.emit("neg", inputs[1])
            case ("mul" | "div", [_, -1.0]):
                return self.emit("neg", inputs[0])
            case ("neg", _) if operands[0].name == "neg":
                return operands[0].inputs[0]
            case ("where", [float(chosen), _, _]):
                return inputs[1] if chosen else inputs[2]
            case ("where", _) if inputs[1] == inputs[2]:
                return inputs[1]
        return None

    def _lower(self, outputs: Sequence[Symbol]) -> list[int]:
        for symbol in Graph(*outputs):
            assert isinstance(symbol, Symbol)
            if symbol not in self._places:
                self._places[symbol] = self._lowered(symbol)
        return [self._places[output] for output in outputs]

    def _lowered(self, symbol: Symbol) -> int:
        inputs = [self._places[x] for x in symbol.inputs]
        if isinstance(symbol.op, Relation):
            if symbol.op.name == "and":
                return self.emit("where", *inputs, self.emit("constant", number=0.0))
            if symbol.op.name == "or":
                return self.emit("where", inputs[0], self.emit("constant", number=1.0), inputs[1])
            return self.emit(symbol.op.name, *inputs)
        if symbol.op is None:
            if symbol.constant is not None:
                return self.emit("constant", number=symbol.constant)
            name, number = self._leaves[symbol]
            return self.emit(name, number=number)
        references = [Reference(self, i) for i in inputs]
        # A condition of `where` is a parameter of the operation, and a Symbol all the same.
        params = {
            key: Reference(self, self._places[p]) if isinstance(p, Symbol) else p
            for key, p in (symbol.params or {}).items()
        }
        forward: Callable[..., Any] = symbol.op.forward
        try:
            result = (
                forward(NAMESPACE, *references, **params)
                if not params
                else forward(NAMESPACE, **dict(zip(symbol.op.operands, references, strict=True)), **params)
            )
        except (AttributeError, TypeError) as error:
            raise TracingError(
                f"{symbol.op.name} has no form that jit can compile ({error}): write its formula with xp.exp, xp.where "
                "and the other functions of the array namespace"
            ) from None
        return result.place if isinstance(result, Reference) else self.emit("constant", number=float(result))


class Reference:
    """The value of an instruction, in an operation's forward formula."""

    __slots__ = ("place", "program")

    def __init__(self, program: Program, place: int) -> None:
        self.program = program
        self.place = place

    def apply(self, name: str, *operands: Any) -> Reference:
        """A primitive instruction on references and plain numbers."""
        places = [
            x.place if isinstance(x, Reference) else self.program.emit("constant", number=float(x)) for x in operands
        ]
        return Reference(self.program, self.program.emit(name, *places))

    def __neg__(self) -> Reference:
        return self.apply("neg", self)

    def __add__(self, other: Any) -> Reference:
        return self.apply("add", self, other)

    def __radd__(self, other: Any) -> Reference:
        return self.apply("add", other, self)

    def __sub__(self, other: Any) -> Reference:
        return self.apply("sub", self, other)

    def __rsub__(self, other: Any) -> Reference:
        return self.apply("sub", other, self)

    def __mul__(self, other: Any) -> Reference:
        return self.apply("mul", self, other)

    def __rmul__(self, other: Any) -> Reference:
        return self.apply("mul", other, self)

    def __truediv__(self, other: Any) -> Reference:
        return self.apply("div", self, other)

    def __rtruediv__(self, other: Any) -> Reference:
        return self.apply("div", other, self)

    def __lt__(self, other: Any) -> Reference:
        return self.apply("lt", self, other)

    def __le__(self, other: Any) -> Reference:
        return self.apply("le", self, other)

    def __gt__(self, other: Any) -> Reference:
        return self.apply("gt", self, other)

    def __ge__(self, other: Any) -> Reference:
        return self.apply("ge", self, other)

    def __eq__(self, other: object) -> Any:
        return self.apply("eq", self, other)

    def __ne__(self, other: object) -> Any:
        return self.apply("ne", self, other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise TypeError("its forward formula branches on a value")


class _Namespace:
    """The array namespace of References: what forward formulas call ``xp``."""

    def __getattr__(self, name: str) -> Callable[..., Reference]:
        primitive = {"divide": "div"}.get(name, name)
        if primitive not in _COMPUTE or name in ("add", "sub", "mul"):
            raise AttributeError(f"there is no xp.{name} for single numbers")

        def function(*operands: Any) -> Any:
            among = next((x for x in operands if isinstance(x, Reference)), None)
            return _COMPUTE[primitive](*operands) if among is None else among.apply(primitive, *operands)

        return function


NAMESPACE = _Namespace()
