"""Formulas: the primitive instructions that an operation is made of, whatever its operands are.

They are found by running the operation's own forward formula on references to instructions instead of numbers, so that
nothing is written a second time: what `sigmoid` is stands in its declaration alone. It is run once, on references to
the operands whatever they are.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from inversa.autograd.compiling.errors import TracingError
from inversa.autograd.compiling.scalar.kinds import Kind, Relation
from inversa.autograd.kernels.lowering import BINARY, UNARY
from inversa.autograd.ops.namespace import floats
from inversa.autograd.ops.of_scipy import NoFormulaError

_OPERATORS = ("neg", "add", "sub", "mul", "lt", "le", "gt", "ge", "eq", "ne")
COMPUTE: dict[str, Callable[..., Any]] = {
    **{name: getattr(floats, name) for name in (*UNARY, *BINARY, "where") if name not in (*_OPERATORS, "div")},
    **{name: getattr(operator, name) for name in _OPERATORS},
    "div": floats.divide,
}


class Row(NamedTuple):
    """An instruction of a formula: slots are the operands, and then the instructions before it."""

    name: str
    slots: tuple[int, ...] = ()
    number: float = 0.0


class Formula:
    """The instructions that an operation's forward formula gives, on whatever operands."""

    def __init__(self, operands: int) -> None:
        self.operands = operands
        self.rows: list[Row] = []
        self.result = 0

    def emit(self, name: str, *slots: int, number: float = 0.0) -> int:
        """The slot of one more instruction."""
        if name == "ne":
            equal = self.emit("eq", *slots)
            return self.emit("where", equal, *(self.emit("constant", number=x) for x in (0.0, 1.0)))
        self.rows.append(Row(name, slots, number))
        return self.operands + len(self.rows) - 1


def formula(kind: Kind) -> Formula:
    """The formula of a kind of rows."""
    if not kind.is_fixed:
        return _made(kind)
    return _known(kind.op, None if isinstance(kind.op, Relation) else kind.op.forward, kind.traced)


@lru_cache(maxsize=512)
def _known(op: Any, _forward: Any, traced: tuple[str, ...]) -> Formula:
    return _made(Kind(op, {}, traced))


def _made(kind: Kind) -> Formula:
    made = Formula(len(kind.op.operands) + len(kind.traced))
    made.result = _compared(made, kind.op) if isinstance(kind.op, Relation) else _computed(made, kind)
    return made


def _compared(made: Formula, relation: Relation) -> int:
    if relation.name == "and":
        return made.emit("where", 0, 1, made.emit("constant", number=0.0))
    if relation.name == "or":
        return made.emit("where", 0, made.emit("constant", number=1.0), 1)
    return made.emit(relation.name, 0, 1)


def _computed(made: Formula, kind: Kind) -> int:
    names = (*kind.op.operands, *kind.traced)
    references = {name: Reference(made, slot) for slot, name in enumerate(names)}
    forward: Callable[..., Any] = kind.op.forward
    try:
        result = (
            forward(NAMESPACE, *references.values())
            if not (kind.params or kind.traced)
            else forward(NAMESPACE, **references, **kind.params)
        )
    except NoFormulaError as error:
        raise TracingError(f"{kind.op.name} has no form that jit can compile: {error}") from None
    except (AttributeError, TypeError) as error:
        raise TracingError(
            f"{kind.op.name} has no form that jit can compile ({error}): write its formula with xp.exp, xp.where "
            "and the other functions of the array namespace"
        ) from None
    return result.place if isinstance(result, Reference) else made.emit("constant", number=float(result))


class Reference:
    """The value of an instruction, in an operation's forward formula."""

    __slots__ = ("place", "program")

    def __init__(self, program: Formula, place: int) -> None:
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

    def __and__(self, other: Any) -> Reference:
        return self.apply("where", self, other, 0.0)

    def __or__(self, other: Any) -> Reference:
        return self.apply("where", self, 1.0, other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise TypeError("its forward formula branches on a value")


class _Namespace:
    """The array namespace of References: what forward formulas call ``xp``."""

    def __getattr__(self, name: str) -> Callable[..., Reference]:
        primitive = {"divide": "div"}.get(name, name)
        if primitive not in COMPUTE or name in ("add", "sub", "mul"):
            raise AttributeError(f"there is no xp.{name} for single numbers")

        def function(*operands: Any) -> Any:
            among = next((x for x in operands if isinstance(x, Reference)), None)
            return COMPUTE[primitive](*operands) if among is None else among.apply(primitive, *operands)

        return function


NAMESPACE = _Namespace()
