"""Opening: what a compiled function computed in one step, operation by operation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from inversa.autograd import Graph, Node, Tensor
from inversa.autograd.compiling.traced import CompiledOperation
from inversa.autograd.mode import Call, mode
from inversa.autograd.ops.shaping import reshape


def opened(outputs: tuple[Node, ...]) -> tuple[Node, ...]:
    """The outputs as they are where compiled functions are computed operation by operation, each a module of its own.

    >>> from inversa.autograd import Graph, Value, jit, tanh
    >>> @jit
    ... def neuron(x):
    ...     return tanh(2.0 * x)
    >>> y = neuron(Value(0.0, name="x")).named("y")
    >>> print(Graph(y))
    x              0.0
    y = neuron(x)  0.0
    >>> print(Graph(*opened((y,))))
    2            2.0
    x            0.0
    v1 = 2 · x   0.0
    y = tanh v1  0.0
    """
    graph = Graph(*outputs)
    if not any(isinstance(node.op, CompiledOperation) for node in graph):
        return outputs
    opening = _Opening()
    for node in graph:
        opening.open(node)
    return tuple(opening.found.get(node, node) for node in outputs)


class _Opening:
    """What has become of nodes so far."""

    def __init__(self) -> None:
        self.found: dict[Node, Any] = {}
        self.several: dict[Node, dict[int, Node]] = {}  # of an array of several results each, by its first entry

    def open(self, node: Node) -> None:
        """Compute a node again if it is of a compiled function, or of something that was computed again."""
        inputs = [self.found.get(x, x) for x in node.inputs]
        if isinstance(node.op, CompiledOperation):
            with mode(recording=True, module=Call.inside(node.module, node.op.name)):
                results = node.op.results(inputs)
            if len(results) == 1:
                self.found[node] = results[0] if any(results[0] is x for x in inputs) else _like(node, results[0])
            else:
                firsts = accumulate((math.prod(x.shape) for x in results[:-1]), initial=0)
                self.several[node] = dict(zip(firsts, results, strict=True))
        elif node.inputs and node.inputs[0] in self.several:
            index = (node.params or {})["index"]  # a result is taken out of the array
            self.found[node] = self.several[node.inputs[0]][index.start if isinstance(index, slice) else index]
        elif any(x is not y for x, y in zip(inputs, node.inputs, strict=True)):
            self.found[node] = self._again(node, inputs)

    @staticmethod
    def _again(node: Node, inputs: Sequence[Node]) -> Any:
        if node.op is reshape and inputs[0].shape == node.shape:  # of a result, which has its shape already
            return inputs[0]
        assert node.op is not None
        with mode(recording=True, module=node.module):
            return _like(node, node.op.again(inputs, node.params or {}))


def _like(node: Node, copy: Any) -> Any:
    """The copy with the node's name and numbers, which those of its leaves may have left behind."""
    if isinstance(copy, Tensor):
        copy._array = node._data
    else:
        copy._data = node._data
    copy.grad = node.grad
    return copy if node.name is None else copy.named(node.name)
