"""ArraySymbol: an array in a trace. Its shape and type are known, its numbers are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from inversa.autograd.compiling.errors import ForeignError, NumberNeededError, TracingError, WithoutNumbers
from inversa.autograd.compiling.guards import Guards
from inversa.autograd.compiling.scalar.trace import RELATIONS, Symbol
from inversa.autograd.compiling.surroundings import Moving
from inversa.autograd.graph import Graph, is_literal
from inversa.autograd.lazy import np
from inversa.autograd.mode import MODE
from inversa.autograd.node import Node
from inversa.autograd.ops.arithmetic import where
from inversa.autograd.ops.comparisons import COMPARISONS
from inversa.autograd.ops.elementary import power
from inversa.autograd.ops.namespace import is_foreign, library, namespace
from inversa.autograd.ops.operation import TRACED_ARRAYS, Operation
from inversa.autograd.ops.products import matmul
from inversa.autograd.ops.shaping import astype, reshape, transpose
from inversa.autograd.tensor import Tensor
from inversa.autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ArrayTrace:
    """One tracing of a function of arrays: the symbols of what it uses and does not compute.

    Attributes
    ----------
    arguments : list of ArraySymbol
        The function's arguments, in order.
    parameters : dict of Node to ArraySymbol
        The Tensors and Values that the function closes over; their numbers are read at every call.
    literals : list of (Value, float)
        Numbers that were written into the function, and are constants: they change only if somebody else holds them.
    checks : list of (ArraySymbol, function)
        What is to be called with an array at every run, because it may raise.
    settings : list of (object, str, ArraySymbol)
        Attributes of losses and penalties that are read at every call, and their symbols.
    guards : Guards
    """

    def __init__(
        self,
        arguments: Sequence[Any],
        names: Sequence[str],
        differentiated: bool = False,
        function: Any = None,
        moving: Moving = MappingProxyType({}),
    ) -> None:
        self.arguments = []
        for array, name in zip(arguments, names, strict=True):
            symbol = ArraySymbol(self, array, name)
            symbol._requires_grad = differentiated and symbol.dtype.kind == "f"
            self.arguments.append(symbol)
        self.parameters: dict[Node, ArraySymbol] = {}
        self.literals: list[tuple[Node, float]] = []
        self._found: dict[Node, ArraySymbol] = {}  # what nodes that were met have become
        self.checks: list[tuple[ArraySymbol, Callable[[Any], object]]] = []
        self.settings: list[tuple[Any, str, ArraySymbol]] = []
        self.guards = Guards(self.symbol, function, moving, self._setting)

    def symbol(self, x: Any) -> ArraySymbol:
        """A number, an array, a node or a symbol as a symbol of this trace."""
        if isinstance(x, (ArraySymbol, Symbol)):
            if x.recorder is not self:
                kind = "array" if isinstance(x, ArraySymbol) else "number"
                raise TracingError(f"{x.name or f'a traced {kind}'} is of another call of a jit function: pass it in")
            return x
        if isinstance(x, Node):
            return self._taken_apart(x)
        constant = ArraySymbol(self, x)
        constant.constant = x if constant.weak else tidy(np.array(x))
        return constant

    def _setting(self, owner: Any, name: str) -> ArraySymbol:
        """The symbol of an attribute that is a float."""
        symbol = ArraySymbol(self, 0.0, name)
        self.settings.append((owner, name, symbol))
        return symbol

    def _taken_apart(self, computed: Node) -> ArraySymbol:
        """What the function computes from Tensors and Values alone is computed anew in every call, from its leaves."""
        found = self._found
        for node in Graph(computed) if computed not in found else ():
            if node in found:
                continue
            self.guards.must_be_inside(node)
            if isinstance(node, Value) and is_literal(node) and not self.guards.found(node):
                self.literals.append((node, node._data))
                found[node] = self.symbol(node._data)
            elif node.op is not None:
                found[node] = ArraySymbol.record(node.op, [found[x] for x in node.inputs], node.params or {})
                if not node.requires_grad and found[node].requires_grad:  # computed under no_grad()
                    found[node] = found[node].detach()  # type: ignore[assignment]
            else:
                if is_foreign(node):
                    raise ForeignError(not_compiled(node), node)
                found[node] = self.parameters[node] = ArraySymbol(self, node._data, node.name)
                found[node]._requires_grad = node.requires_grad
        return found[computed]


class ArraySymbol(WithoutNumbers, Tensor):
    """A node of a trace: an argument, a parameter, a constant, or the result of an operation or a comparison.

    Shapes and types come from running every operation on an array of the right shape that has one entry only in memory.

    Attributes
    ----------
    weak : bool
        Whether it is a single number, one of Python's, a Value, or what was computed from such alone: it widens no
        float32 that it meets.
    """

    __slots__ = ("constant", "draw", "recorder", "weak")

    level: ClassVar[int] = TRACED_ARRAYS
    inputs: tuple[ArraySymbol, ...]
    op: Any  # an Operation, a Relation or a Fusion; None for what is not computed

    def __init__(self, trace: ArrayTrace, like: Any, name: str | None = None) -> None:
        if is_foreign(like):
            raise TracingError(not_compiled(like))
        array = np.asarray(like)
        if array.dtype.kind not in "fiub":
            raise TracingError(f"there is an array of {array.dtype} in it")
        one = np.zeros((), array.dtype.newbyteorder("="))
        self._become(np.broadcast_to(one, array.shape) if array.shape else one)
        self.recorder = trace
        self.name = name
        self.constant: Any = None
        self.draw: Callable[[], NDArray[Any]] | None = None
        self.weak = isinstance(like, (int, float)) and not isinstance(like, np.generic)

    @classmethod
    def record(cls, op: Operation[...], operands: Sequence[Any], params: dict[str, Any]) -> ArraySymbol:
        """Write an operation down."""
        trace = next(x.recorder for x in symbols_in([*operands, *params.values()]))
        inputs = [trace.symbol(x) for x in operands]
        if op.on_floats:
            inputs = _not_widened(inputs)
        params = {key: mapped(trace.symbol, _copied(param)) for key, param in params.items()}
        if op.name in ("getitem", "scatter") and any(x.dtype.kind == "b" for x in symbols_in(params.values())):
            raise TracingError("how many entries a mask takes depends on its numbers", "use where(mask, x, 0.0)")
        simpler = _simpler(op, inputs, params)
        if simpler is not None:
            return simpler
        mode = MODE.get()
        with np.errstate(all="ignore"):
            examples = [x._example if op.on_floats else np.asarray(x._example) for x in inputs]
            if op is matmul:
                examples = _summing_one(*examples)
            if op.invertible:
                examples = [np.eye(*x.shape[-2:], dtype=x.dtype) + 0 * x if x.ndim > 1 else x for x in examples]
            out = ArraySymbol(trace, op.compute(examples, {key: example_of(p) for key, p in params.items()}))
        out.op, out.inputs, out.params, out.module = op, tuple(inputs), params or None, mode.module
        out._requires_grad = mode.recording and out.dtype.kind == "f" and any(x._requires_grad for x in inputs)
        return out

    def as_variable(self) -> ArraySymbol:
        """The same array as a symbol of its own, which a transform differentiates by."""
        if self.dtype.kind != "f":
            raise TracingError(f"it differentiates by {self.dtype} data: write 1.0 instead of 1, or use .astype(float)")
        variable = ArraySymbol(self.recorder, self._array)
        variable.weak = self.weak
        variable.op, variable.inputs, variable.params = reshape, (self,), {"shape": self.shape}
        variable._requires_grad = True
        return variable

    @property
    def read(self) -> list[ArraySymbol]:
        """The symbols that it is computed from: its inputs, then those in its parameters (conditions, indices)."""
        return [*self.inputs, *symbols_in((self.params or {}).values())]

    @property
    def is_number(self) -> bool:
        """Whether it is a constant of Python's, such as the 2 of ``x ** 2``."""
        return self.weak and self.constant is not None

    @property
    def _example(self) -> Any:
        """Something of this shape and type to try an operation on; 1 rather than 0 is a divisor and has a logarithm."""
        if self.weak:
            return 1.0 if self.dtype.kind == "f" else self.constant or 0
        return self._array if self.dtype.kind != "f" else np.broadcast_to(np.ones((), self.dtype), self.shape)

    def _first_input(self, stack: list[Node | None], seen: set[Node]) -> Node:
        stack += symbols_in((self.params or {}).values())  # conditions, indices
        return super()._first_input(stack, seen)

    def _check_unchanged(self) -> None:
        """Nothing can have been changed: there are no numbers yet."""

    def _match(self, flow: Any) -> Any:
        if self.weak and flow.dtype != self.dtype:  # a Value adds up what comes back in double precision
            flow = astype(flow, self.dtype)
        return super()._match(flow)

    # Comparisons are traced, too, for `where`.

    def _compared(self, relation: str, other: Any) -> Any:
        if getattr(other, "level", self.level) > self.level:  # many samples, which know how
            return NotImplemented
        other = self.recorder.symbol(other)
        if self.is_number and other.is_number:
            return self.recorder.symbol(COMPARISONS[relation](self.constant, other.constant))
        pair = _not_widened([self, other])
        out = ArraySymbol(self.recorder, COMPARISONS[relation](*[x._example for x in pair]))
        out.op, out.inputs = RELATIONS[relation], tuple(pair)
        return out

    def __and__(self, other: Any) -> Any:
        return self._compared("and", other)

    def __or__(self, other: Any) -> Any:
        return self._compared("or", other)

    # What it cannot do.

    def _no_numbers(self, what: str, instead: str = "") -> NoReturn:
        raise NumberNeededError(
            f"it looks at the numbers of {self.name or 'a traced array'} ({what})",
            instead or "compute with it, or with x.detach() where no gradient is to flow",
        )

    _no_value = _no_numbers

    @property
    def _data(self) -> NDArray[Any]:
        self._no_numbers("a branch, a comparison with plain numbers, or a NumPy function on it")

    @property
    def data(self) -> NDArray[Any]:
        """Not while tracing."""
        self._no_numbers("data")

    @data.setter
    def data(self, values: Any) -> None:
        self._no_numbers("data is set")

    def numpy(self) -> NDArray[Any]:
        """Not while tracing."""
        self._no_numbers("numpy()")

    def item(self) -> float:
        """The number of a constant; nothing else has one while jit traces."""
        if self.constant is not None:
            return np.asarray(self.constant).item()  # type: ignore[no-any-return]
        self._no_numbers("item()")

    def tolist(self) -> Any:
        """Not while tracing."""
        self._no_numbers("tolist()")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        self._no_numbers("it becomes a NumPy array")

    def all(self) -> NoReturn:
        """Not while tracing."""
        self._no_numbers("all()")

    def any(self) -> NoReturn:
        """Not while tracing."""
        self._no_numbers("any()")

    def __setitem__(self, index: Any, values: Any) -> None:
        self._no_numbers("an assignment")

    def detach(self) -> Tensor:
        """The same symbol, through which no gradient flows."""
        out = 1.0 * self if self.weak else reshape(reshape(self, (1, *self.shape)), self.shape)
        out._requires_grad = False
        return out

    def __repr__(self) -> str:
        return f"ArraySymbol({self.name or (self.op.symbol if self.op else self.constant)}, {self.summary()})"


def _not_widened(symbols: list[ArraySymbol]) -> list[ArraySymbol]:
    """What meets in an operation; numbers computed from single ones, which are arrays when it runs, fit the others."""
    arrays = [x.dtype for x in symbols if not x.weak]
    if not arrays or not any(x.weak and x.op is not None for x in symbols):
        return symbols
    dtype = np.result_type(*arrays)
    if dtype.kind != "f" or dtype.itemsize >= 8:
        return symbols
    return [astype(x, dtype) if x.weak and x.op is not None else x for x in symbols]  # type: ignore[misc]


def _summing_one(a: Any, b: Any) -> list[Any]:
    """Operands of a product of the same shape that sums up one entry only: BLAS does not take these arrays."""
    axis = -2 if b.ndim > 1 else 0
    if not a.ndim or not b.ndim or a.shape[-1] != b.shape[axis] or not a.shape[-1]:
        return [a, b]  # which `matmul` refuses, or which are empty
    return [a[..., :1], b[..., :1, :] if b.ndim > 1 else b[:1]]


def _simpler(op: Operation[...], inputs: Sequence[ArraySymbol], params: dict[str, Any]) -> ArraySymbol | None:
    """What has the same value, to the last bit, and is less work."""
    trace, first = inputs[0].recorder, inputs[0]
    if all(x.is_number for x in inputs) and not symbols_in(params.values()):
        return trace.symbol(op.compute([x.constant for x in inputs], params))
    if op is where and getattr(condition := params["condition"], "is_number", False):
        chosen, other = inputs if condition.constant else inputs[::-1]
        same = chosen.shape == np.broadcast_shapes(chosen.shape, other.shape)
        return chosen if same and chosen.is_number <= other.is_number else None  # a number may become an array
    if op is reshape and params["shape"] == first.shape:
        return first
    if op is transpose and is_swapped(first) and _swap(params):
        return first.inputs[0]
    if op is power and inputs[1].is_number and inputs[1].constant == 1 and first.dtype.kind == "f":
        return first
    return None


def is_swapped(x: Any) -> bool:
    """Whether it is a matrix transposed."""
    return x.op is transpose and x.ndim == 2 and _swap(x.params or {})


def _swap(params: dict[str, Any]) -> bool:
    """Whether a transposition exchanges the axes of a matrix."""
    return params["axes"] is None or tuple(params["axes"]) == (1, 0)


def tidy(array: NDArray[Any]) -> NDArray[Any]:
    """The array if it is as kernels take it, C-contiguous and in this machine's byte order; else such a copy."""
    if array.flags.c_contiguous and array.dtype.isnative:
        return array
    return np.array(array, dtype=array.dtype.newbyteorder("="), order="C")


def _copied(param: Any) -> Any:
    """A parameter with its arrays copied: they are constants, whatever becomes of the originals."""
    if isinstance(param, (list, tuple)):
        return type(param)(map(_copied, param))
    return param.copy() if isinstance(param, np.ndarray) else param


def not_compiled(x: Any) -> str:
    """Why a function of an array of another library than NumPy is not compiled."""
    return f"it computes with an array of {library(namespace(x))}, and jit compiles for NumPy's"


def symbols_in(nested: Any) -> list[ArraySymbol]:
    """The symbols among the members of lists and tuples, at any depth."""
    found: list[ArraySymbol] = []
    for x in nested:
        if isinstance(x, ArraySymbol):
            found.append(x)
        elif isinstance(x, (list, tuple)):
            found += symbols_in(x)
    return found


def mapped(function: Callable[[Any], Any], nested: Any) -> Any:
    """A parameter with its symbols and Tensors replaced, at any depth."""
    if isinstance(nested, Tensor):
        return function(nested)
    if isinstance(nested, (list, tuple)):
        return type(nested)(mapped(function, x) for x in nested)
    return nested


def example_of(param: Any) -> Any:
    """A parameter to try an operation with."""
    return mapped(lambda symbol: symbol._example, param)
