"""Plan: the calls that compute the outputs of a trace, on arrays that were allocated once.

Every call is a function and the list of its arrays, the last of which is filled. The list is the same from run to run.
An array that comes from outside (an argument, a parameter), or that was returned as a result and is
still held by the caller, is exchanged in its places.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from inversa.autograd.compiling.arrays.assembling import Assembly
from inversa.autograd.compiling.arrays.fusion import Fusion, fuse
from inversa.autograd.compiling.arrays.kernels import Kernel, kernel, view
from inversa.autograd.compiling.arrays.trace import ArraySymbol, is_swapped, mapped, symbols_in
from inversa.autograd.compiling.errors import TracingError
from inversa.autograd.compiling.scalar.trace import Relation
from inversa.autograd.graph import Graph
from inversa.autograd.lazy import np
from inversa.autograd.ops.comparisons import COMPARISONS
from inversa.autograd.ops.products import matmul

if TYPE_CHECKING:
    from numpy.typing import NDArray

OFTEN = 8  # products with one transposed matrix: from 4 on, laying it out takes less time than it saves

View = Callable[[Any], Any]
Check = tuple[ArraySymbol, Callable[[Any], object]]


class Step(NamedTuple):
    """What is to be called, on which symbols; the last one is computed, if there is one to compute."""

    kernel: Kernel
    symbols: list[ArraySymbol]
    computed: ArraySymbol | None = None


class Plan:
    """The calls that compute the given outputs.

    Parameters
    ----------
    outputs : sequence of ArraySymbol
        Results; each has an array of its own.
    checks : sequence of (ArraySymbol, function)
        What else is to be called, for what it may raise.

    Attributes
    ----------
    steps : list of Step
    nbytes : int
        The memory of all buffers.
    """

    def __init__(self, outputs: Sequence[ArraySymbol], checks: Sequence[Check] = ()) -> None:
        fuse(outputs, [symbol for symbol, _ in checks])
        self._arrays: dict[ArraySymbol, Any] = {}  # of all symbols but views; of those from outside None, at first
        self._constants: set[ArraySymbol] = set()
        self._views: dict[ArraySymbol, tuple[ArraySymbol, View]] = {}
        self._places: dict[ArraySymbol, list[tuple[list[Any], int, View | None]]] = defaultdict(list)
        self.nbytes = 0
        self.steps = list(self._steps(outputs, checks))
        self._allocate()
        self._calls = [(step.kernel.function, self._bound(step)) for step in self.steps]
        self._filled = [self._arrays[x] for x in self.results]
        self._held = self._references()  # by the plan itself

    # From symbols to steps.

    def _steps(self, outputs: Sequence[ArraySymbol], checks: Sequence[Check]) -> Iterable[Step]:
        looked_at = defaultdict(list)
        for symbol, check in checks:
            looked_at[symbol].append(check)
        self._laid_out = _laid_out(Graph(*outputs, *looked_at))
        for node in Graph(*outputs, *looked_at):
            assert isinstance(node, ArraySymbol)
            if node.constant is not None:
                self._constants.add(node)
                self._arrays[node] = node.constant
            elif node.draw is not None:
                yield Step(Kernel(_filling(node.draw)), [node], node)
            elif node.op is None:
                self._arrays[node] = None
            elif self._constants.issuperset(node.read):
                self._constants.add(node)
                self._arrays[node] = np.asarray(_formula(node)(*map(self._array, node.read)), order="C")
            elif self._is_view(node):
                pass
            else:
                chosen = kernel(node)
                if chosen is None:
                    chosen = Kernel(_copying(_formula(node)))
                elif chosen.contiguous and not all(map(self._is_contiguous, node.inputs)):
                    chosen = Kernel(_contiguously(chosen))
                yield Step(chosen, [*node.read, node], node)
            for check in looked_at[node]:
                yield Step(Kernel(check), [node])
        self.results: dict[ArraySymbol, None] = {}  # in order; `in` a list would compare the symbols
        for x in outputs:
            own = x.op is not None and x not in self._views and x not in self._arrays and x not in self.results
            if not own:  # not ours: copy it
                x, source = ArraySymbol(x.recorder, x._array, x.name), x
                yield Step(Kernel(_copying(_same)), [source, x], x)
            self.results[x] = None

    def _is_view(self, node: ArraySymbol) -> bool:
        """Whether the operation only looks at an array in another way, such as a transposition; noted, if so."""
        look = None if isinstance(node.op, Relation) or symbols_in((node.params or {}).values()) else view(node)
        if look is None or node in self._laid_out:
            return False
        source, before = self._views.get(node.inputs[0], (node.inputs[0], None))
        if source.weak:
            return False
        if node.op.name == "reshape" and not self._is_contiguous(node.inputs[0]):
            return False  # NumPy would make a copy, now and not in every run
        self._views[node] = source, _after(before, look)
        return True

    def _is_contiguous(self, symbol: ArraySymbol) -> bool:
        """Whether its entries lie side by side in memory: of views, a reshaped array's do."""
        while symbol in self._views:
            if symbol.op.name != "reshape":
                return False
            symbol = symbol.inputs[0]
        return not symbol.weak

    # From steps to calls.

    def _source(self, symbol: ArraySymbol) -> ArraySymbol:
        return self._views[symbol][0] if symbol in self._views else symbol

    def _allocate(self) -> None:
        """An array for everything that is computed; one that is not read any more is used again."""
        last = {self._source(x): n for n, step in enumerate(self.steps) for x in step.symbols}
        ending: dict[int, list[ArraySymbol]] = defaultdict(list)
        for x, n in last.items():
            ending[n].append(x)
        spare: dict[tuple[Any, Any], list[NDArray[Any]]] = defaultdict(list)
        mine: set[ArraySymbol] = set()
        for n, step in enumerate(self.steps):
            if (out := step.computed) is not None:
                fresh = out in self.results or not spare[out.shape, out.dtype]
                self._arrays[out] = np.empty(out.shape, out.dtype) if fresh else spare[out.shape, out.dtype].pop()
                self.nbytes += self._arrays[out].nbytes if fresh else 0
                if out not in self.results:
                    mine.add(out)
            for x in ending[n]:
                if x in mine:
                    spare[x.shape, x.dtype].append(self._arrays[x])

    def _bound(self, step: Step) -> list[Any]:
        """The arrays of a call; of those that may be exchanged the places are noted."""
        arrays: list[Any] = []
        for place, symbol in enumerate(step.symbols):
            source, look = self._views.get(symbol, (symbol, None))
            if step.kernel.flat or step.kernel.tall:
                look = _after(look, step.kernel.laid_out)
            array = self._arrays[source]
            if array is None or source in self.results:
                self._places[source].append((arrays, place, look))
            arrays.append(array if look is None or array is None else look(array))
        return arrays

    def _array(self, symbol: ArraySymbol) -> Any:
        source, look = self._views.get(symbol, (symbol, None))
        return self._arrays[source] if look is None else look(self._arrays[source])

    def constant(self, symbol: ArraySymbol) -> Any:
        """The number, or the array, that a symbol always is; None for others."""
        source, look = self._views.get(symbol, (symbol, None))
        array = self._arrays[source] if source in self._constants else None
        return array if look is None or array is None else look(array)

    # Running it.

    def put(self, symbol: ArraySymbol, array: Any) -> None:
        """Bind the calls to this array, of the symbol's shape and type."""
        if self._arrays.get(symbol) is not array:
            self._arrays[symbol] = array
            for arrays, place, look in self._places.get(symbol, ()):
                arrays[place] = array if look is None else look(array)

    def _references(self) -> list[int]:
        """How many references there are to the arrays of the results."""
        return [sys.getrefcount(array) for array in self._filled]

    def run(self) -> list[NDArray[Any]]:
        """The outputs' arrays. They are filled again by the next run, unless the caller still holds them then."""
        now = self._references()
        if now != self._held:
            for i, (x, count) in enumerate(zip(self.results, now, strict=True)):
                if count > self._held[i]:
                    self._filled[i] = np.empty(x.shape, x.dtype)
                    self.put(x, self._filled[i])
        for function, arrays in self._calls:
            function(*arrays)
        return self._filled.copy()


def _laid_out(graph: Graph) -> set[ArraySymbol]:
    """Transposed matrices that many others are multiplied by, such as the weights of a recurrent network.

    BLAS may take half as long again for a small matrix times a transposed one. These are to be laid out, once a run.
    """
    products: dict[Any, list[Any]] = defaultdict(list)
    for node in graph:
        if node.op is matmul and is_swapped(node.inputs[1]):
            products[node.inputs[1].inputs[0]].append(node)
    often = [found for found in products.values() if len(found) >= OFTEN]
    for found in often:
        for node in found:  # each has made its own
            node.inputs = node.inputs[0], found[0].inputs[1]
    return {found[0].inputs[1] for found in often}


def _formula(node: ArraySymbol) -> Callable[..., Any]:
    """The operation's own formula as a function of the arrays of what it is computed from."""
    op, params, count = node.op, node.params or {}, len(node.inputs)
    if isinstance(op, Relation):
        return COMPARISONS[op.name]
    if isinstance(op, (Fusion, Assembly)):
        return op.composition

    def formula(*arrays: Any) -> Any:
        of_params = iter(arrays[count:])
        settings = {key: mapped(lambda _: next(of_params), p) for key, p in params.items()}
        return op.compute(arrays[:count] if op.on_floats else [np.asarray(x) for x in arrays[:count]], settings)

    return formula


def _after(first: View | None, second: View) -> View:
    """The second of the first, if there is one."""
    return second if first is None else lambda array: second(first(array))


def _copying(formula: Callable[..., Any]) -> Callable[..., None]:
    def compute(*arrays: Any) -> None:
        out, result = arrays[-1], np.asarray(formula(*arrays[:-1]))
        if result.shape != out.shape or not np.can_cast(result.dtype, out.dtype, "same_kind"):
            raise TracingError("a shape or type in it depends on the numbers")
        out[...] = result

    return compute


def _contiguously(kernel: Kernel) -> Callable[..., None]:
    """The kernel for arrays whose entries do not all lie side by side: of these it is given copies."""

    def compute(*arrays: Any) -> None:
        laid_out = [np.ascontiguousarray(array) for array in arrays[:-1]]
        kernel.function(*map(kernel.laid_out, (*laid_out, arrays[-1])))

    return compute


def _filling(draw: Callable[[], NDArray[Any]]) -> Callable[[Any], None]:
    def fill(out: Any) -> None:
        out[...] = draw()

    return fill


def _same(array: Any) -> Any:
    return array
