"""Traced: a traced program as one operation, whose pullback is its inverse program; and so on, to any order."""

from __future__ import annotations

import math
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from inversa.autograd.compiling.call import Call
from inversa.autograd.compiling.errors import TracingError, reason
from inversa.autograd.graph import Graph
from inversa.autograd.lazy import has_numpy, np
from inversa.autograd.mode import MODE
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.operation import Operation
from inversa.autograd.ops.rules import Rule
from inversa.autograd.ops.shaping import astype, concatenate, getitem, reshape
from inversa.autograd.tensor import Tensor
from inversa.autograd.trees import mapped
from inversa.autograd.value import Value

Form = tuple[tuple[int, ...], Any]  # shape and type of a result


class CompiledOperation(Operation[...]):
    """What a compiled function is in a graph: one operation of all arguments and of what it closes over.

    Attributes
    ----------
    results : callable
        From a list of inputs to the results, each computed by the operations that were traced.
    """

    results: Callable[[Sequence[Any]], list[Any]]


class Differentiated(NamedTuple):
    """An operation to be differentiated by some of its inputs, and which outputs change with them."""

    op: Operation[...]
    moving: list[bool]


CONNECTIVES = {"and": operator.and_, "or": operator.or_}


class Traced(ABC):
    """What was traced, from some symbols to others: it is run on numbers, and recorded on nodes as one operation.

    Where the operation is differentiated, the derivatives are traced, once: they are a program from the gradients of
    the outputs and from the inputs to the gradients of the inputs, and that is again one of these.

    Parameters
    ----------
    name : str
        Of the function.
    inputs, outputs : sequence of symbols
        Of one trace. All leaves of what the outputs are computed from are inputs, or constants.

    Attributes
    ----------
    why_not : str or None
        Why the last call was recorded operation by operation.
    """

    why_not: str | None = None

    def __init__(self, name: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        self.name = "f" if name == "<lambda>" else name
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self._operations: dict[tuple[bool, ...], Differentiated] = {}

    # What functions of Values and those of arrays do each in their way.

    @abstractmethod
    def run(self, xs: Sequence[Any]) -> list[Any]:
        """The outputs' numbers or arrays for those of the inputs."""

    @abstractmethod
    def forms(self, xs: Sequence[Any]) -> list[Form]:
        """Shapes and types of the outputs for such inputs."""

    @abstractmethod
    def inverse(self, moving: Sequence[Any], wanted: Sequence[Any]) -> Traced:
        """The program from the gradients of some outputs, and the inputs, to those of the wanted inputs."""

    # Recording it.

    def record(self, xs: Sequence[Node]) -> list[Any]:
        """The outputs for nodes, as nodes: computed in one step, or one by one where that has no derivative program."""
        wanted = tuple(x.requires_grad and symbol.requires_grad for x, symbol in zip(xs, self.inputs, strict=True))
        try:
            results = self.run([plain(x) for x in xs])
            if wanted not in self._operations:
                self._operations[wanted] = self._differentiated(wanted)
        except TracingError as error:  # a derivative, or a shape, depends on the numbers
            self.why_not = reason(error)
            return self.repeated(xs)
        self.why_not = None
        op, moving = self._operations[wanted]
        if sum(moving) > 1 and not has_numpy():  # several results of one operation are an array
            return self.repeated(xs)
        parts = iter(())
        if any(moving):
            changing = [x for x, moves in zip(results, moving, strict=True) if moves]
            parts = iter(self._separate(_node(op, tuple(xs), _joined(changing)), xs, moving))
        return [next(parts) if moves else _constant(x, xs) for x, moves in zip(results, moving, strict=True)]

    def _differentiated(self, wanted: tuple[bool, ...]) -> Differentiated:
        """The operation, to be differentiated by the wanted inputs, and which outputs change with them."""
        leaves = [x for x, is_wanted in zip(self.inputs, wanted, strict=True) if is_wanted]
        changing = set(leaves)
        for symbol in Graph(*self.outputs):
            if symbol.requires_grad and not changing.isdisjoint(symbol.inputs):
                changing.add(symbol)
        moving = [y in changing for y in self.outputs]
        inverse = self.inverse([y for y in self.outputs if y in changing], leaves) if any(moving) else self

        def forward(_xp: Any, xs: Sequence[Any]) -> Any:
            return _joined([x for x, moves in zip(self.run(xs), moving, strict=True) if moves])

        def pullback(g: Any, _y: Any, *xs: Any) -> list[Any]:
            given = [*self._separate(g, xs, moving), *xs]
            shares = inverse.record(given) if isinstance(g, Node) else inverse.run(given)
            sent = (x if slope.constant is None else None for x, slope in zip(shares, inverse.outputs, strict=True))
            return [next(sent) if is_wanted else None for is_wanted in wanted]  # None: the outputs do not depend on it

        def results(xs: Sequence[Any]) -> list[Any]:
            return [x for x, moves in zip(self.repeated(xs), moving, strict=True) if moves]

        forward.__name__ = self.name
        op = CompiledOperation(
            forward,
            self.name,
            Rule.ACTIVATION,
            notation=f"{self.name}({{xs}})",
            variadic=True,
            composition=lambda xs: _in_a_row(results(xs)),
        )
        op.results = results
        op.pullbacks(pullback)
        op.derivatives = tuple(f"∂{self.name}/∂{x.name or f'p{i}'}" for i, x in enumerate(self.inputs, start=1))
        return Differentiated(op, moving)

    def _separate(self, flat: Any, xs: Sequence[Any], moving: list[bool]) -> list[Any]:
        """The outputs that `_joined` put into one array; as nodes if it is one."""
        if moving.count(True) == 1:
            return [flat]
        forms = [form for form, moves in zip(self.forms(xs), moving, strict=True) if moves]
        if all(map(_is_single, xs)):
            return [_entry(flat, i) for i in range(len(forms))]
        ends = accumulate((math.prod(shape) for shape, _ in forms), initial=0)
        return [
            _as_type(reshape(getitem(flat, slice(first, end)), shape), dtype)
            for (first, end), (shape, dtype) in zip(pairwise(ends), forms, strict=True)
        ]

    # The same, operation by operation.

    def repeated(self, xs: Sequence[Any]) -> list[Any]:
        """The outputs, from the operations that were traced, each recorded for itself."""
        found: dict[Node, Any] = dict(zip(self.inputs, xs, strict=True))
        for symbol in Graph(*self.outputs):
            if symbol not in found:
                found[symbol] = _repeated(symbol, found)
        return [found[y] for y in self.outputs]


def _repeated(symbol: Any, found: dict[Node, Any]) -> Any:
    """What a symbol stands for, once that is known of all it was computed from."""
    if symbol.op is None:
        return symbol.constant
    operands = [found[x] for x in symbol.inputs]
    if not isinstance(symbol.op, Operation):  # a comparison
        compare: Callable[..., Any] = CONNECTIVES.get(symbol.op.name) or getattr(operator, symbol.op.name)
        return compare(*operands)
    params = {
        key: mapped(lambda p: found[p] if isinstance(p, Node) else p, param)
        for key, param in (symbol.params or {}).items()
    }
    result = symbol.op.again(operands, params)
    if not isinstance(result, Node):
        return result
    if result.requires_grad and not symbol.requires_grad:
        result = result.detach()  # type: ignore[attr-defined]
    return result if symbol.name is None else result.named(symbol.name)


def _node(op: Operation[...], xs: tuple[Node, ...], result: Any) -> Any:
    """The node of a recorded call."""
    if isinstance(result, float) and all(isinstance(x, Value) for x in xs):
        return Call(op, xs, result)
    node = object.__new__(Tensor)
    node._become(np.asarray(result))
    node.op, node.inputs, node.module = op, xs, MODE.get().module
    node._requires_grad = True
    node._remember_versions()
    return node


def _constant(result: Any, xs: Sequence[Any]) -> Node:
    """A result through which no gradient flows."""
    single = isinstance(result, float) and all(map(_is_single, xs))
    return Value(result, requires_grad=False) if single else Tensor(result)


def as_operand(x: Any) -> Any:
    """An argument as a node: itself, or a constant; Python's numbers are Values."""
    if isinstance(x, Node):
        return x
    return Value(x, requires_grad=False) if isinstance(x, (int, float)) else Tensor(x)


def _is_single(x: Any) -> bool:
    return isinstance(x, (float, Value))


def _joined(results: Sequence[Any]) -> Any:
    """Several results as one array."""
    return results[0] if len(results) == 1 else np.concatenate([np.ravel(x) for x in results])


def _in_a_row(nodes: Sequence[Any]) -> Any:
    """The same of nodes."""
    return nodes[0] if len(nodes) == 1 else concatenate([reshape(x, (-1,)) for x in nodes])


def _entry(flat: Any, i: int) -> Any:
    """One number of an array; of one that is recorded, a Value."""
    if isinstance(flat, Node):
        return Call(getitem, (flat,), float(flat._data[i]), {"index": i})
    return float(flat[i])


def _as_type(x: Any, dtype: Any) -> Any:
    return x if x.dtype == dtype else astype(x, dtype)
