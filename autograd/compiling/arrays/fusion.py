"""Fusion: several operations of a trace that one kernel does in one pass over memory.

A fusion is declared by the composition that it equals. The composition is traced, once, and what comes out is the
pattern that is looked for: nothing about it is written a second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from inversa.autograd.compiling.arrays.assembling import assemble
from inversa.autograd.compiling.arrays.trace import ArraySymbol, ArrayTrace
from inversa.autograd.graph import Graph
from inversa.autograd.inverse import InverseNetwork
from inversa.autograd.lazy import np
from inversa.autograd.mode import mode
from inversa.autograd.node import Node, plain
from inversa.autograd.ops.activations import relu, sigmoid, tanh
from inversa.autograd.ops.arithmetic import multiply
from inversa.autograd.ops.elementary import power
from inversa.autograd.ops.losses import softmax_cross_entropy
from inversa.autograd.ops.products import matmul
from inversa.autograd.ops.shaping import transpose
from inversa.autograd.ops.softmax import softmax
from inversa.autograd.ops.standardising import standardised
from inversa.autograd.tensor import Tensor


class Fusion(NamedTuple):
    """A kernel, and what it equals.

    Attributes
    ----------
    name : str
        What listings call it; that of the kernel.
    composition : callable
        The same from declared operations.
    shapes : tuple of tuple of int
        Of its arrays. Equal lengths there must be equal lengths elsewhere.
    elementwise : bool
        Whether it acts entry by entry, on arrays of any one shape.
    labels : bool
        Whether the last of the arrays holds integers.
    instead : callable, optional
        Another composition with the same result that is cheaper; then there is no kernel.
    rows : bool
        Whether it acts row by row: for the 2 in ``shapes`` stand all axes of the result but the last, one or several.
    again : bool
        Whether it is worth while even where others need what lies between, which is then computed for them alone.
    """

    name: str
    composition: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    elementwise: bool = False
    labels: bool = False
    instead: Callable[..., ArraySymbol] | None = None
    rows: bool = False
    again: bool = False

    # What an operation has, so that a graph can hold it.
    variadic: bool = False

    @property
    def symbol(self) -> str:
        """As for an operation."""
        return self.name

    @property
    def operands(self) -> tuple[str, ...]:
        """As for an operation."""
        return tuple("abcd"[: len(self.shapes)])

    @property
    def notation(self) -> str:
        """As for an operation."""
        return f"{self.name}({', '.join('{' + name + '}' for name in self.operands)})"


def _standardise(x: Any, eps: Any) -> Any:
    return standardised(x, (-1,), eps)[0]


def _through_standardise(g: Any, x: Any, eps: Any) -> Any:
    return _sent_back(lambda x: [_standardise(x, eps)], [g], x)


def _past_standardise(h: Any, g: Any, x: Any, eps: Any) -> Any:
    return _sent_back(lambda x: [x, _standardise(x, eps)], [h, g], x)


def _sent_back(function: Callable[[Any], Sequence[Any]], gradients: Sequence[Any], x: Any) -> Any:
    """The gradient by x of what the function computes from it, given those of the results."""
    traced = isinstance(x, ArraySymbol)
    with mode(recording=True, anomaly=False, module=None):
        if not traced:
            x = Tensor(plain(x), requires_grad=True)
        elif not x.requires_grad:
            x = x.as_variable()
        seeds = gradients if len(gradients) > 1 else gradients[0]
        return InverseNetwork(*function(x)).run(seeds, record=traced)[x]


# The largest first: where two fit, the first is taken. A gradient g passes through an activation that gave y; beside
# a layer that x went around as well there is another gradient h.
FUSIONS = (
    Fusion(
        "past_standardise", _past_standardise, ((2, 3), (2, 3), (2, 3), ()), rows=True, again=True
    ),
    Fusion("through_standardise", _through_standardise, ((2, 3), (2, 3), ()), rows=True, again=True),
    Fusion("standardise", _standardise, ((2, 3), ()), rows=True, again=True),
    Fusion(
        "through_softmax", lambda g, y: softmax.vjps[0](g, y, None, axis=-1), ((2, 3), (2, 3)), rows=True
    ),
    Fusion("add_row_relu", lambda z, b: relu(z + b), ((2, 3), (3,)), rows=True),
    Fusion("add_row", lambda z, b: z + b, ((2, 3), (3,)), rows=True),
    Fusion("relu", relu, ((2,),), elementwise=True),
    Fusion("through_relu", lambda g, y: relu.vjps[0](g, y, None), ((2,), (2,)), elementwise=True),
    Fusion(
        "product_through_tanh", lambda g, a, y: tanh.vjps[0](g * a, y, None), ((2,), (2,), (2,)), elementwise=True
    ),
    Fusion(
        "product_through_sigmoid", lambda g, a, y: sigmoid.vjps[0](g * a, y, None), ((2,), (2,), (2,)), elementwise=True
    ),
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


Pattern = tuple[list[ArraySymbol], ArraySymbol]


@lru_cache(maxsize=1000)
def _pattern(fusion: Fusion, found: tuple[int, ...] | None = None) -> Pattern:
    """The symbols of its arrays and of its result, from tracing the composition; for a result of this shape."""
    shapes: Any = fusion.shapes
    if found is not None:
        lengths = {2: found[:-1], 3: found[-1:]}
        shapes = [sum((lengths.get(n, (n,)) for n in shape), ()) for shape in shapes]
    arrays: list[Any] = [np.zeros(shape, np.float32) for shape in shapes]
    if fusion.labels:
        arrays[-1] = arrays[-1].astype(int)
    with mode(recording=True, module=None, trace=None):
        trace = ArrayTrace(arrays, fusion.operands, differentiated=True)
        return trace.arguments, fusion.composition(*trace.arguments)


def fuse(outputs: Sequence[ArraySymbol], also_used: Sequence[ArraySymbol] = ()) -> None:
    """Replace every pattern that is found among what the outputs are computed from, in place."""
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
        for fusion in FUSIONS:
            bound = _found(fusion, node, uses)
            if bound is None:
                continue
            if fusion.instead is None:
                node.op, node.inputs, node.params = fusion, tuple(bound), None
            else:
                other = fusion.instead(*bound)
                node.op, node.inputs, node.params = other.op, other.inputs, other.params
            break


def _found(fusion: Fusion, node: ArraySymbol, uses: Counter[Node]) -> list[ArraySymbol] | None:
    """What the fusion's arrays are if it has the same result as this node, else None."""
    variables, pattern = _pattern(fusion)
    if not _is_similar(pattern, node):
        return None
    if fusion.rows:  # lengths are in it
        if node.ndim < 2:
            return None
        variables, pattern = _pattern(fusion, node.shape)
    match = _Match(node, uses, fusion)
    return [match.bound[variable] for variable in variables] if match.fits(pattern, node) else None


def _is_similar(pattern: Any, found: Any) -> bool:
    """Whether the operations are the same."""
    return pattern.op is None or (
        found.op is pattern.op
        and len(found.inputs) == len(pattern.inputs)
        and all(map(_is_similar, pattern.inputs, found.inputs))
    )


class _Match:
    """Whether a pattern fits at a node, and what its variables stand for there."""

    def __init__(self, root: ArraySymbol, uses: Counter[Node], fusion: Fusion) -> None:
        self.root = root
        self.uses = uses
        self.fusion = fusion
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
            # Nothing else uses what lies between.
            and (found is self.root or self.uses[found] == 1 or self.fusion.again)
            and self.fits(pattern.inputs, found.inputs)
            and (pattern.params or {}).keys() == (found.params or {}).keys()
            and all(self.fits(p, (found.params or {})[key]) for key, p in (pattern.params or {}).items())
        )

    def _is_variable(self, pattern: ArraySymbol, found: ArraySymbol) -> bool:
        number = pattern.shape == () and found.is_number  # such as the ε of a layer
        if number:
            found = found.recorder.symbol(np.asarray(found.constant, self.root.dtype))
        if pattern in self.bound:
            known = self.bound[pattern]
            return known is found or (number and bool(known.constant == found.constant))
        self.bound[pattern] = found
        if pattern.dtype.kind != found.dtype.kind or (found.dtype.kind == "f" and found.dtype != self.root.dtype):
            return False
        if self.fusion.elementwise:
            return found.shape == self.root.shape
        if self.fusion.rows:
            return found.shape == pattern.shape
        return len(pattern.shape) == len(found.shape) and all(
            self.lengths.setdefault(n, m) == m for n, m in zip(pattern.shape, found.shape, strict=True)
        )
