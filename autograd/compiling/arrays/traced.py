"""TracedArrays: what was recorded of a function of arrays as one operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inversa.autograd.compiling.arrays.plan import Check, Plan
from inversa.autograd.compiling.arrays.trace import ArraySymbol, ArrayTrace, mapped, tidy
from inversa.autograd.compiling.traced import Form, Traced
from inversa.autograd.graph import Graph
from inversa.autograd.inverse import InverseNetwork
from inversa.autograd.lazy import np
from inversa.autograd.mode import mode


class TracedArrays(Traced):
    """What was recorded of a function of arrays, for arguments of certain shapes and types.

    Parameters
    ----------
    name : str
    trace : ArrayTrace
    inputs, outputs : sequence of ArraySymbol
    checks : sequence of (ArraySymbol, function)
        What else is to be called, for what it may raise.
    """

    def __init__(
        self,
        name: str,
        trace: ArrayTrace,
        inputs: Sequence[ArraySymbol],
        outputs: Sequence[ArraySymbol],
        checks: Sequence[Check] = (),
    ) -> None:
        super().__init__(name, inputs, outputs)
        self.trace = trace
        self._checks = checks
        self._plans: list[tuple[Plan, list[ArraySymbol]]] = []  # with the symbols of the inputs

    def run(self, xs: Sequence[Any]) -> list[Any]:
        """The outputs' arrays."""
        try:  # memory that no other thread is using
            plan, inputs = self._plans.pop()
        except IndexError:
            plan, inputs = self._plan()
        for symbol, x in zip(inputs, xs, strict=True):
            plan.put(symbol, tidy(x) if isinstance(x, np.ndarray) else x)
        arrays = plan.run()
        self._plans.append((plan, inputs))
        return arrays

    def _plan(self) -> tuple[Plan, list[ArraySymbol]]:
        """A plan of copies: making it changes the symbols, and derivatives are traced from them as they are."""
        copies: dict[Any, ArraySymbol] = {x: _copy(x, {}) for x in self.inputs}
        for symbol in Graph(*self.outputs, *(symbol for symbol, _ in self._checks)):
            if symbol not in copies:
                copies[symbol] = _copy(symbol, copies)
        checks = [(copies[symbol], check) for symbol, check in self._checks]
        return Plan([copies[y] for y in self.outputs], checks), [copies[x] for x in self.inputs]

    def forms(self, xs: Sequence[Any]) -> list[Form]:
        """Shapes and types are those of the symbols."""
        return [(y.shape, y.dtype) for y in self.outputs]

    def inverse(self, moving: Sequence[ArraySymbol], wanted: Sequence[ArraySymbol]) -> TracedArrays:
        """The inverse network, run on symbols."""
        seeds = [ArraySymbol(self.trace, y._array, f"g{i}") for i, y in enumerate(moving, start=1)]
        for seed in seeds:
            seed._requires_grad = True
        with mode(recording=True, anomaly=False, watched=False, trace=None, module=None):
            flows = InverseNetwork(*moving).run(seeds if len(seeds) > 1 else seeds[0], record=True)
        slopes = [self.trace.symbol(flows[x] if x in flows else np.zeros(x.shape, x.dtype)) for x in wanted]
        return TracedArrays(f"{self.name}′", self.trace, [*seeds, *self.inputs], slopes)


def _copy(symbol: Any, copies: dict[Any, ArraySymbol]) -> ArraySymbol:
    """The same symbol in another graph; an input, or the result of the same operation on copies."""
    copy = ArraySymbol(symbol.recorder, symbol._array, symbol.name)
    copy.constant, copy.weak, copy._requires_grad = symbol.constant, symbol.weak, symbol._requires_grad
    if symbol.op is not None:
        copy.op, copy.inputs, copy.module = symbol.op, tuple(copies[x] for x in symbol.inputs), symbol.module
        params = {key: mapped(copies.__getitem__, param) for key, param in (symbol.params or {}).items()}
        copy.params = params or None
    return copy
