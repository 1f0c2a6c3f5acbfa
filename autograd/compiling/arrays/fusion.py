"""Fusion: several operations of a trace that one kernel does in one pass over memory.

A fusion is declared by the composition that it equals. The composition is traced, once, and what comes out is the
pattern that is looked for: nothing about it is written a second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from inversa.autograd.compiling.arrays.assembling import assemble
from inversa.autograd.compiling.arrays.trace import ArraySymbol, ArrayTrace
from inversa.autograd.graph import Graph
from inversa.autograd.lazy import np
from inversa.autograd.node import Node
from inversa.autograd.ops.activations import relu, sigmoid, tanh
from inversa.autograd.ops.arithmetic import multiply
from inversa.autograd.ops.elementary import power
from inversa.autograd.ops.losses import softmax_cross_entropy
from inversa.autograd.ops.products import matmul
from inversa.autograd.ops.shaping import transpose


class Fusion(NamedTuple):
    """A kernel, and what it equals.

    Attributes
    ----------
    name : str
        What listings call it; that of the kernel.
    composition : callable
        The same from declared operations.
    shapes : tuple of tuple of int
        Of the arrays that the pattern is traced with. Equal lengths there must be equal lengths elsewhere.
    elementwise : bool
        Whether it acts entry by entry, on arrays of any one shape.
    labels : bool
        Whether the last of the arrays holds integers.
    instead : callable, optional
        Another composition with the same result that is cheaper; then there is no kernel.
    """

    name: str
    composition: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    elementwise: bool = False
    labels: bool = False
    instead: Callable[..., ArraySymbol] | None = None

    # What an operation has, so that a graph can hold it.
    variadic: bool = False

    @property
    def symbol(self) -> str:
        """As for an operation."""
        return self.name

    @property
    def operands(self) -> tuple[str, ...]:
        """As for an operation."""
        return tuple("abc"[: len(self.shapes)])

    @property
    def notation(self) -> str:
        """As for an operation."""
        return f"{self.name}({', '.join('{' + name + '}' for name in self.operands)})"


# The largest first: where two fit, the first is taken. A gradient passes through an activation that gave y.
FUSIONS = (
    Fusion("add_row_relu", lambda z, b: relu(z + b), ((2, 3), (3,))),
    Fusion("add_row", lambda z, b: z + b, ((2, 3), (3,))),
    Fusion("relu", relu, ((2,),), elementwise=True),
    Fusion("through_relu", lambda g, y: relu.vjps[0](g, y, None), ((2,), (2,)), elementwise=True),
    Fusion("through_tanh", lambda g, y: tanh.vjps[0](g, y, None), ((2,), (2,)), elementwise=True),
    Fusion("through_sigmoid", lambda g, y: sigmoid.vjps[0](g, y, None), ((2,), (2,)), elementwise=True),
    Fusion(
        "cross_entropy", lambda z, t: softmax_cross_entropy(z, target=t), ((2, 3), (2,)), labels=True
    ),
    Fusion(
        "through_cross_entropy",
        lambda g, z, t: softmax_cross_entropy.vjps[0](g, None, z, target=t),
        ((2,), (2, 3), (2,)),
        labels=True,
    ),
    Fusion("square", lambda x: power(x, 2), ((2,),), elementwise=True, instead=lambda x: multiply(x, x)),
    # (AB)ᵀ = BᵀAᵀ: the transpositions of what is given cost nothing, that of a result would be a copy.
    Fusion(
        "transposed product",
        lambda a, b: transpose(matmul(a, b)),
        ((2, 3), (3, 4)),
        instead=lambda a, b: matmul(transpose(b), transpose(a)),
    ),
)  # fmt: skip


@cache
def _patterns() -> tuple[tuple[Fusion, list[ArraySymbol], ArraySymbol], ...]:
    """Every fusion with the symbols of its arrays and of its result, from tracing the composition."""
    found = []
    for fusion in FUSIONS:
        arrays: list[Any] = [np.zeros(shape, np.float32) for shape in fusion.shapes]
        if fusion.labels:
            arrays[-1] = arrays[-1].astype(int)
        trace = ArrayTrace(arrays, fusion.operands)
        found.append((fusion, trace.arguments, fusion.composition(*trace.arguments)))
    return tuple(found)


def fuse(outputs: Sequence[ArraySymbol], also_used: Sequence[ArraySymbol] = ()) -> None:
    """Replace every pattern that is found among what the outputs are computed from, in place."""
    patterns = _patterns()
    graph = Graph(*outputs, *also_used)
    uses: Counter[Node] = Counter([*outputs, *also_used])
    for node in graph:
        assert isinstance(node, ArraySymbol)
        uses.update(node.read)
    assemble(graph.nodes, uses)
    for node in reversed(graph.nodes):
        assert isinstance(node, ArraySymbol)
        if node.dtype.char not in "fd":  # there are kernels for float32 and float64
            continue
        for fusion, variables, pattern in patterns:
            if pattern.op is not node.op:
                continue
            match = _Match(node, uses, fusion.elementwise)
            if match.fits(pattern, node):
                bound = [match.bound[variable] for variable in variables]
                if fusion.instead is None:
                    node.op, node.inputs, node.params = fusion, tuple(bound), None
                else:
                    other = fusion.instead(*bound)
                    node.op, node.inputs, node.params = other.op, other.inputs, other.params
                break


class _Match:
    """Whether a pattern fits at a node, and what its variables stand for there."""

    def __init__(self, root: ArraySymbol, uses: Counter[Node], elementwise: bool) -> None:
        self.root = root
        self.uses = uses
        self.elementwise = elementwise
        self.bound: dict[ArraySymbol, ArraySymbol] = {}
        self.lengths: dict[int, int] = {}

    def fits(self, pattern: Any, found: Any) -> bool:
        """Compare a node or a parameter of the pattern with what was found in its place."""
        if isinstance(pattern, (list, tuple)):
            return (
                type(pattern) is type(found)
                and len(pattern) == len(found)
                and all(map(self.fits, pattern, found))
            )  # fmt: skip
        if not isinstance(pattern, ArraySymbol) or not isinstance(found, ArraySymbol):
            return type(pattern) is type(found) and bool(pattern == found)
        if pattern.constant is not None:
            return found.is_number and bool(pattern.constant == found.constant)
        if pattern.op is None:
            return self._is_variable(pattern, found)
        return (
            found.op is pattern.op
            and (found is self.root or self.uses[found] == 1)  # nothing else uses what lies between
            and self.fits(pattern.inputs, found.inputs)
            and (pattern.params or {}).keys() == (found.params or {}).keys()
            and all(self.fits(p, (found.params or {})[key]) for key, p in (pattern.params or {}).items())
        )

    def _is_variable(self, pattern: ArraySymbol, found: ArraySymbol) -> bool:
        if pattern in self.bound:
            return self.bound[pattern] is found
        self.bound[pattern] = found
        if pattern.dtype.kind != found.dtype.kind or (found.dtype.kind == "f" and found.dtype != self.root.dtype):
            return False
        if self.elementwise:
            return found.shape == self.root.shape
        return len(pattern.shape) == len(found.shape) and all(
            self.lengths.setdefault(n, m) == m for n, m in zip(pattern.shape, found.shape, strict=True)
        )
