"""Kinds: what a row of a trace computes, an operation with its parameters, or a comparison."""

from __future__ import annotations

from typing import Any, NamedTuple


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


class Kind(NamedTuple):
    """An operation or a Relation; its parameters, and the names of those that are rows of the trace themselves.

    A row reads its operands, in order, and then these.
    """

    op: Any
    params: dict[str, Any]
    traced: tuple[str, ...] = ()

    @property
    def is_fixed(self) -> bool:
        """Whether formula and pullbacks give the same every time: they are the library's, and have no parameters."""
        return not self.params and (isinstance(self.op, Relation) or self.op.__module__.startswith("inversa."))

    @property
    def differentiated(self) -> int:
        """By how many of its operands it is differentiated."""
        return 0 if isinstance(self.op, Relation) else len(self.op.operands)


_SIMPLE = {bool, int, float, str, type(None)}


def key_of(op: Any, params: dict[str, Any], traced: tuple[str, ...]) -> Any:
    """What tells kinds apart: 1, 1.0 and True are not the same parameter, nor are 0.0 and −0.0."""
    if not params and not traced:
        return op
    told = tuple((name, type(x), repr(x) if type(x) in _SIMPLE else id(x)) for name, x in params.items())
    return op, told, traced
