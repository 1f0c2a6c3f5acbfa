"""A graph as a small program that a page can run: what its leaves are → values, gradients and local derivatives.

Nothing is derived or written a second time. The graph is traced into the primitive instructions that `jit` has,
forwards from the formulas of the operations and backwards from their pullbacks; a page only knows how to add, multiply,
take an exponential, and the like.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from inversa.autograd import Graph, Node, Value, maximum, minimum
from inversa.autograd.compiling.errors import TracingError
from inversa.autograd.compiling.scalar.program import Instruction, Program
from inversa.autograd.compiling.scalar.trace import Symbol, Trace
from inversa.autograd.graph import is_literal
from inversa.autograd.lazy import np
from inversa.autograd.node import plain
from inversa.viz.picture.slots import box_of, flow, gain, slope, value

LIMIT = 20_000  # instructions
MAX_ENTRIES = 20_000  # of all arrays together


@dataclass(frozen=True)
class Recomputation:
    """A program and what its numbers mean.

    Attributes
    ----------
    code : list
        One instruction after another: its name and the places of what it works on, ``["mul", 0, 1]``; a constant is
        its number; a leaf's entry is ``["argument", i]``.
    leaves : list of (int, int)
        The boxes that are leaves, and how many numbers each has, in the order of the arguments.
    slots : dict
        Where the numbers are that pictures show, by their names (see `inversa.viz.picture.slots`). A place, or for an
        array a list of places.
    why_not : str
        Why there is no such program; empty when there is one.
    """

    code: list[Any]
    leaves: list[tuple[int, int]]
    slots: dict[str, Any]
    why_not: str = ""


class _Entries:
    """The array namespace of arrays of Symbols: NumPy's, but for what would compare them, which have no values yet."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def asarray(self, x: Any) -> Any:
        """An array of the Symbol itself, which NumPy does not take."""
        return x if isinstance(x, np.ndarray) else _array_of([x], ())

    def max(self, x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        """The largest, found by the operation `maximum`."""
        return self._reduced(maximum, x, axis, keepdims)

    def min(self, x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        """The smallest, found by the operation `minimum`."""
        return self._reduced(minimum, x, axis, keepdims)

    @staticmethod
    def _reduced(op: Any, x: Any, axis: int | None, keepdims: bool) -> Any:
        if axis is None and not keepdims:
            x, axis = x.ravel(), 0
        return np.frompyfunc(op, 2, 1).reduce(x, axis=axis, keepdims=keepdims)


_SYMBOLS = _Entries()


class _CannotError(Exception):
    """What cannot be recomputed, and why."""


def recomputation(
    outputs: tuple[Node, ...], pairs: Sequence[tuple[int, int]] = (), slots: set[str] | None = None
) -> Recomputation:
    """Trace a graph.

    Parameters
    ----------
    outputs : tuple of Node
        What the graph is of; gradients are those of a single number.
    pairs : sequence of (int, int)
        The boxes (a, b) for which ∂a/∂b is wanted besides.
    slots : set of str, optional
        The only slots that are wanted; all of them by default.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.viz.picture.program import recomputation
    >>> x = Value(3.0, name="x")
    >>> program = recomputation(((x * x).named("y"),))
    >>> program.code, program.slots["v1"]
    ([['argument', 0], ['mul', 0, 0], 1.0, ['add', 0, 0]], 1)
    """
    try:
        return _Tracing(Graph(*outputs)).result(pairs, slots)
    except _CannotError as error:
        return Recomputation([], [], {}, str(error))


class _Tracing:
    """The Symbols of a graph: for a number one, for an array an array of them."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.trace = Trace([])
        self.leaves: list[tuple[int, int]] = []
        self.arguments: list[Symbol] = []
        self.symbols: dict[Node, Any] = {}
        entries = sum(prod(node.shape) for node in graph.nodes)
        if entries > MAX_ENTRIES:
            raise _CannotError("it has too many numbers to be recomputed in a page")
        for i, node in enumerate(graph.nodes):
            self.symbols[node] = self._leaf(i, node) if node.op is None else self._applied(node)

    def _leaf(self, i: int, node: Node) -> Any:
        if is_literal(node):
            return self.trace.symbol(float(plain(node)))
        shape = node.shape
        count = int(np.prod(shape)) if shape else 1
        symbols = [self.trace.argument(f"{i}.{k}") for k in range(count)]
        self.leaves.append((i, count))
        self.arguments += symbols
        return _array_of(symbols, shape) if shape else symbols[0]

    def _applied(self, node: Node) -> Any:
        op = node.op
        assert op is not None
        if op.name == "where":
            raise _CannotError("it contains a choice that was made when it was computed")
        operands = [self.symbols[x] for x in node.inputs]
        params = node.params or {}
        try:
            if op.elementwise and not op.variadic:
                return self._entrywise(node, operands, params)
            named = {op.operands[0]: operands} if op.variadic else dict(zip(op.operands, operands, strict=True))
            forward: Any = op.forward
            return self._as_symbols(forward(_SYMBOLS, **named, **params))
        except (TypeError, AttributeError, ValueError) as error:
            raise _CannotError(f"{op.name} cannot be recomputed in a page") from error

    def _as_symbols(self, x: Any) -> Any:
        """With numbers among the Symbols, such as the zeros of padding, as ones of their own: a flow comes to each."""
        if isinstance(x, np.ndarray):
            return _array_of([self._as_symbols(entry) for entry in x.ravel()], x.shape)
        return x if isinstance(x, Symbol) else self.trace.symbol(float(x)).as_variable()

    def _entrywise(self, node: Node, operands: list[Any], params: dict[str, Any]) -> Any:
        """An operation applied to every entry, its operands broadcast against each other."""
        op = node.op
        assert op is not None
        if not node.shape:
            return op(**dict(zip(op.operands, [_single(x) for x in operands], strict=True)), **params)
        arrays = np.broadcast_arrays(*map(_SYMBOLS.asarray, operands))
        results = [
            op(**dict(zip(op.operands, entries, strict=True)), **params)
            for entries in zip(*(a.ravel() for a in arrays), strict=True)
        ]
        return _array_of(results, node.shape)

    def result(self, pairs: Sequence[tuple[int, int]], wanted: set[str] | None) -> Recomputation:
        """The program, its results in slots."""
        slots = dict(self._slots(pairs))
        if wanted is not None:
            slots = {slot: symbols for slot, symbols in slots.items() if slot in wanted}
        asked = [symbol for symbols in slots.values() for symbol in symbols]
        if not asked:
            return Recomputation([], self.leaves, {})
        try:
            program = Program(asked, self.arguments, [])
        except TracingError as error:
            raise _CannotError(f"something in it cannot be recomputed in a page: {error}") from None
        if len(program.instructions) > LIMIT:
            raise _CannotError("it has too many operations to be recomputed in a page")
        places = iter(program.outputs)
        results: dict[str, Any] = {}
        for slot, symbols in slots.items():
            numbers = [next(places) for _ in symbols]
            results[slot] = numbers if self._is_of_array(slot) else numbers[0]
        return Recomputation(list(map(_written, program.instructions)), self.leaves, results)

    def _is_of_array(self, slot: str) -> bool:
        box = box_of(slot)
        return box is not None and self.graph.nodes[box].shape != ()

    def _slots(self, pairs: Sequence[tuple[int, int]]) -> Iterator[tuple[str, list[Symbol]]]:
        nodes = self.graph.nodes
        for i, node in enumerate(nodes):
            if not is_literal(node):
                yield value(i), _flat(self.symbols[node])
        output = self.graph.outputs[0]
        single = len(self.graph.outputs) == 1 and prod(output.shape) == 1
        if single and output.requires_grad:
            yield from self._flows(_flat(self.symbols[output])[0])
        for k, edge in enumerate(self.graph.edges):
            node = nodes[edge.target]
            if isinstance(node, Value) and nodes[edge.source].requires_grad:
                assert node.op is not None
                inputs = [self.symbols[x] for x in node.inputs]
                local = node.op.vjps[edge.slot](1.0, self.symbols[node], *inputs, **(node.params or {}))
                yield gain(k), [self.trace.symbol(local)]
        for a, b in pairs:
            yield slope(a, b), self.trace.derivatives(_flat(self.symbols[nodes[a]])[0], _flat(self.symbols[nodes[b]]))

    def _flows(self, output: Symbol) -> Iterator[tuple[str, list[Symbol]]]:
        boxes = [(i, node) for i, node in enumerate(self.graph.nodes) if node.requires_grad]
        symbols = {i: _flat(self.symbols[node]) for i, node in boxes}
        every = list(dict.fromkeys(symbol for entries in symbols.values() for symbol in entries))
        flows = dict(zip(every, self.trace.derivatives(output, every), strict=True))
        for i, entries in symbols.items():
            yield flow(i), [flows[symbol] for symbol in entries]


def _written(x: Instruction) -> Any:
    """An instruction as the page reads it."""
    if x.name == "constant":
        return x.number
    return [x.name, int(x.number)] if x.name == "argument" else [x.name, *x.inputs]


def _array_of(symbols: Sequence[Any], shape: tuple[int, ...]) -> Any:
    return np.fromiter(symbols, dtype=object, count=len(symbols)).reshape(shape)


def _single(x: Any) -> Any:
    return x.item() if isinstance(x, np.ndarray) else x


def _flat(x: Any) -> list[Symbol]:
    return list(x.ravel()) if isinstance(x, np.ndarray) else [x]
