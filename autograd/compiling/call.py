"""Call: a Value that was computed by a function of any number of nodes."""

from __future__ import annotations

from typing import Any

from inversa.autograd.mode import MODE
from inversa.autograd.node import Node
from inversa.autograd.ops.operation import Operation
from inversa.autograd.value import Value


class Call(Value):
    """What a compiled function gave for Values, or one entry of several results.

    Other Values have one or two inputs, in slots of their own, which is quicker.
    """

    __slots__ = ("operands",)

    def __init__(
        self, op: Operation[...], operands: tuple[Node, ...], data: float, params: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data)
        self.op, self.operands, self.params = op, operands, params
        self.module = MODE.get().module

    @property
    def inputs(self) -> tuple[Node, ...]:  # type: ignore[override]
        """The operands, in order."""
        return self.operands

    def _first_input(self, stack: list[Node | None], seen: set[Node]) -> Node:
        return Node._first_input(self, stack, seen)

    def _propagate(self, flow: Any, flows: dict[Node, Any], record: bool) -> None:
        Node._propagate(self, flow, flows, record)
