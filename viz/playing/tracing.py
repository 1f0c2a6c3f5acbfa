"""Functions of arrays as programs that a page runs: forwards, and back through their inverse network.

A function is traced by `ArrayTrace`, as for `jit`, its inverse network is recorded on the same symbols, and what was
computed is written down as instructions on matrices. What is elementwise becomes the primitives that its formula has
for single numbers, as in the programs of players; the rest is made of six instructions. Nothing is derived, nor is a
formula written a second time.

Shapes are those of the trace. As a page has other ones, every function is traced twice, with other sizes: what is a
size stands in the program by its name, and a function whose two programs differ is refused. What a function checks in
the numbers that it is given is not in the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import prod
from typing import Any

from inversa import autograd
from inversa.autograd import Graph
from inversa.autograd.compiling.arrays.trace import ArraySymbol, ArrayTrace, is_swapped
from inversa.autograd.compiling.errors import TracingError
from inversa.autograd.compiling.scalar.formulas import formula
from inversa.autograd.compiling.scalar.kinds import Kind
from inversa.autograd.compiling.scalar.trace import Relation
from inversa.autograd.lazy import np
from inversa.autograd.mode import mode
from inversa.autograd.node import Node

Shape = tuple[str | int, ...]
Results = dict[str, Any]  # symbols by their names

SIZES = ({"samples": 101, "inputs": 103, "outputs": 107}, {"samples": 37, "inputs": 41, "outputs": 43})


class Setting(ArraySymbol):
    """A number among the arguments that is not 0: what a formula leaves out at 0 has a program of its own."""

    __slots__ = ()

    def __eq__(self, other: object) -> Any:
        return False if isinstance(other, (int, float)) and other == 0 else super().__eq__(other)

    __hash__ = ArraySymbol.__hash__

    def __bool__(self) -> bool:
        return True


def template(function: Callable[..., tuple[Results, Results]], arguments: Mapping[str, Shape]) -> dict[str, Any]:
    """A function and its inverse as one program.

    Parameters
    ----------
    function : callable
        Called with a symbol for each argument, by its name. Returns what it computes, and what its inverse network
        sends back, each by its name.
    arguments : mapping of str to tuple
        The shape of each, of names of `SIZES` and of numbers; () is that of a setting.

    Returns
    -------
    dict
        ``code`` are the instructions. One is a number, or a list: ``["argument", name]``, ``["size", name, …]``, the
        product of these sizes, a primitive with the places of what it works on, ``["mul", 0, 1]``, or an instruction
        on matrices: ``["matmul", a, b]``, ``["transpose", a]``, ``["sum", a, axis]`` and ``["max", a, axis]``, which
        keep the axis (both, where it is null), ``["reshape", a, rows, columns]`` and ``["broadcast", a, rows,
        columns]`` with names of sizes or 1. Every array is a matrix; a vector is its only row. The first ``forward``
        instructions compute ``results``, the others ``inverse``: both are places by their names. ``arguments`` are
        the shapes of the arguments, as matrices.

    Raises
    ------
    TracingError
        When there is something in it that pages cannot run.

    Examples
    --------
    >>> from inversa.autograd import InverseNetwork
    >>> from inversa.viz.playing.tracing import template
    >>> def square(x, g):
    ...     y = x * x
    ...     return {"y": y}, {"x": InverseNetwork(y).run(g, record=True)[x]}
    >>> program = template(square, {"x": ("samples", 1), "g": ("samples", 1)})
    >>> program["code"][: program["forward"]]
    [['argument', 'x'], ['mul', 0, 0]]
    >>> program["code"][program["forward"] :], program["inverse"]
    ([['argument', 'g'], ['mul', 2, 0], ['add', 3, 3]], {'x': 4})
    """
    first, second = (_traced(function, arguments, sizes) for sizes in SIZES)
    if first != second:
        raise TracingError("what it computes depends on the sizes of its arrays in a way that has no name")
    return first


def _traced(function: Callable[..., Any], arguments: Mapping[str, Shape], sizes: Mapping[str, int]) -> dict[str, Any]:
    shapes = {name: tuple(sizes[n] if isinstance(n, str) else n for n in x) for name, x in arguments.items()}
    trace = ArrayTrace([], [])
    symbols = {}
    for name, shape in shapes.items():
        symbol = ArraySymbol(trace, np.zeros(shape), name) if shape else Setting(trace, 0.5, name)
        symbol._requires_grad = bool(shape)
        symbols[name] = symbol
    try:
        with mode(trace=trace.guards, watched=True):
            forward, inverse = function(**symbols)
    finally:
        why_not = trace.guards.end()
    if why_not:
        raise TracingError(why_not)
    lowering = _Lowering(symbols, sizes)
    results = {name: lowering.place(x) for name, x in forward.items()}
    half = len(lowering.code)
    flows = {name: lowering.place(x) for name, x in inverse.items()}
    matrices = {name: [lowering.named(n) for n in _matrix(shape)] for name, shape in shapes.items()}
    return {"arguments": matrices, "code": lowering.code, "forward": half, "results": results, "inverse": flows}


class _Lowering:
    """The instructions of symbols, each written once."""

    def __init__(self, arguments: Mapping[str, ArraySymbol], sizes: Mapping[str, int]) -> None:
        self.code: list[Any] = []
        self.arguments = {symbol: name for name, symbol in arguments.items()}
        self.names = {prod(sizes[name] for name in some): some for k in (1, 2, 3) for some in combinations(sizes, k)}
        self.places: dict[Node, int] = {}
        self._known: dict[Any, int] = {}  # instructions, by what they are

    def named(self, n: int) -> str | int:
        """A number of rows or columns, by the name of its size."""
        if n == 1:
            return 1
        names = self.names.get(n, ())
        if len(names) != 1:
            raise TracingError(f"an array in it has a length of {n}, which is no size")
        return names[0]

    def place(self, output: ArraySymbol) -> int:
        """Where the value of a symbol is, after what it is computed from was written."""
        for node in Graph(output):
            if node not in self.places:
                assert isinstance(node, ArraySymbol)
                self.places[node] = self._written(node)
        return self.places[output]

    def emit(self, *instruction: Any) -> int:
        """The place of an instruction."""
        if instruction not in self._known:
            self._known[instruction] = len(self.code)
            self.code.append(list(instruction))
        return self._known[instruction]

    def _constant(self, number: float) -> int:
        if number in self.names:
            return self.emit("size", *self.names[int(number)])
        key = ("constant", repr(number))  # 0.0 and −0.0 are not the same
        if key not in self._known:
            self._known[key] = len(self.code)
            self.code.append(number)
        return self._known[key]

    def _written(self, node: ArraySymbol) -> int:
        if node in self.arguments:
            return self.emit("argument", self.arguments[node])
        if node.constant is not None:
            return self._of_constant(node)
        op = node.op
        if isinstance(op, Relation) or (op.elementwise and not op.variadic):
            return self._elementwise(node)
        if op.name in _INSTRUCTIONS:
            return self._shaped(_INSTRUCTIONS[op.name](self, node, self.places[node.inputs[0]]), node)
        return self.place(_taken_apart(node))

    def _of_constant(self, node: ArraySymbol) -> int:
        array = np.asarray(node.constant)
        if array.size != 1:
            raise TracingError("there is an array of constants in it")
        return self._constant(float(array.item()))

    def _elementwise(self, node: ArraySymbol) -> int:
        """The primitives of the operation's formula; matrices are broadcast as arrays are."""
        params = node.params or {}
        traced = {name: x for name, x in params.items() if isinstance(x, ArraySymbol)}
        kept = {name: x for name, x in params.items() if name not in traced}
        made = formula(Kind(node.op, kept, tuple(traced)))
        slots = [self.places[x] for x in (*node.inputs, *traced.values())]
        for row in made.rows:
            constant = row.name == "constant"
            slots.append(
                self._constant(row.number) if constant else self.emit(row.name, *(slots[s] for s in row.slots))
            )
        return slots[made.result]

    def _shaped(self, found: tuple[int, tuple[int, int]], node: ArraySymbol) -> int:
        """A matrix of these rows and columns as one of the symbol's shape."""
        place, shape = found
        wanted = _matrix(node.shape)
        return place if shape == wanted else self.emit("reshape", place, *map(self.named, wanted))

    def reduced(self, name: str, node: ArraySymbol, place: int, axes: Sequence[int]) -> tuple[int, tuple[int, int]]:
        """A matrix summed, or its largest entry, along some axes of the array that it stands for."""
        shape = node.inputs[0].shape
        rows, columns = _matrix(shape)
        along = {axis % len(shape) + 2 - len(shape) for axis in axes}
        kept = (1 if 0 in along else rows, 1 if 1 in along else columns)
        for axis in sorted(along):
            place = self.emit(name, place, axis)
        return place, kept


def _matrix(shape: Sequence[int]) -> tuple[int, int]:
    """The rows and columns of the matrix that an array of this shape is in a page."""
    if len(shape) > 2:
        raise TracingError(f"an array in it has the shape {tuple(shape)}, and pages have matrices only")
    rows, columns = (1, 1, *shape)[-2:]
    return rows, columns


def _axes(node: ArraySymbol) -> Sequence[int]:
    axis = (node.params or {})["axis"]
    return range(node.inputs[0].ndim) if axis is None else (axis,) if isinstance(axis, int) else axis


def _sum(lowering: _Lowering, node: ArraySymbol, place: int) -> tuple[int, tuple[int, int]]:
    return lowering.reduced("sum", node, place, _axes(node))


def _mean(lowering: _Lowering, node: ArraySymbol, place: int) -> tuple[int, tuple[int, int]]:
    summed, shape = _sum(lowering, node, place)
    count = lowering._constant(float(node.inputs[0].size // node.size))
    return lowering.emit("div", summed, count), shape


def _largest(lowering: _Lowering, node: ArraySymbol, place: int) -> tuple[int, tuple[int, int]]:
    return lowering.reduced("max", node, place, _axes(node))


def _sum_to(lowering: _Lowering, node: ArraySymbol, place: int) -> tuple[int, tuple[int, int]]:
    """The sum along the axes that broadcasting made, or made longer."""
    given = _matrix(node.inputs[0].shape)
    axes = [axis for axis, (n, m) in enumerate(zip(given, _matrix(node.shape), strict=True)) if n != m]
    for axis in axes:
        place = lowering.emit("sum", place, axis)
    return place, _matrix(node.shape)


def _matmul(lowering: _Lowering, node: ArraySymbol, place: int) -> tuple[int, tuple[int, int]]:
    if any(x.ndim != 2 for x in node.inputs):
        raise TracingError("a vector is multiplied in it, and pages have products of matrices only")
    return lowering.emit("matmul", place, lowering.places[node.inputs[1]]), _matrix(node.shape)


def _transpose(lowering: _Lowering, node: ArraySymbol, place: int) -> tuple[int, tuple[int, int]]:
    return lowering.emit("transpose", place) if is_swapped(node) else place, _matrix(node.shape)


def _broadcast(lowering: _Lowering, node: ArraySymbol, place: int) -> tuple[int, tuple[int, int]]:
    shape = _matrix(node.shape)
    return lowering.emit("broadcast", place, *map(lowering.named, shape)), shape


def _same(lowering: _Lowering, node: ArraySymbol, place: int) -> tuple[int, tuple[int, int]]:
    """The same numbers, perhaps in another shape."""
    return place, _matrix(node.inputs[0].shape)


_INSTRUCTIONS: dict[str, Callable[[_Lowering, ArraySymbol, int], tuple[int, tuple[int, int]]]] = {
    "sum": _sum, "mean": _mean, "max": _largest, "sum_to": _sum_to, "matmul": _matmul, "transpose": _transpose,
    "broadcast_to": _broadcast, "reshape": _same, "astype": _same,
}  # fmt: skip


class _Operations:
    """The engine's own operations as an array namespace: a formula that is run on it is recorded in their terms."""

    def __getattr__(self, name: str) -> Any:
        return getattr(autograd, name)


def _taken_apart(node: ArraySymbol) -> ArraySymbol:
    """The same computed by other operations: by the composition that this one stands for, or by its formula."""
    op, params = node.op, node.params or {}
    try:
        if op.composition is not None:
            found: Any = op.composition(*node.inputs, **params)
        elif op.name == "getitem":
            found = node.inputs[0].reshape(_with_new_axes(node))
        else:
            found = op.forward(_Operations(), *node.inputs, **params)
    except (TypeError, AttributeError, ValueError) as error:
        raise TracingError(f"{op.name} cannot be run in a page") from error
    symbol = node.recorder.symbol(found)
    if symbol.op is op:  # its formula is itself
        raise TracingError(f"{op.name} cannot be run in a page")
    return symbol


def _with_new_axes(node: ArraySymbol) -> tuple[int, ...]:
    """The shape of ``x[..., None]``; nothing else is taken out of arrays here."""
    index = node.params["index"] if node.params else None
    if any(part is not Ellipsis and part is not None for part in (index if isinstance(index, tuple) else (index,))):
        raise TracingError("it takes entries out of an array")
    return node.shape
