"""The leaves of a live picture: where their numbers stand in Python, and how a graph follows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inversa.autograd import Graph, Node, Tensor, Value
from inversa.autograd.graph import is_literal
from inversa.autograd.lazy import np
from inversa.autograd.node import plain
from inversa.autograd.ops.namespace import is_foreign
from inversa.nn.parameter import assign
from inversa.viz.picture.running import layers_of

Entry = tuple[Node, tuple[int, ...]]  # an entry of an array, by its indices


@dataclass(frozen=True)
class Place:
    """Where the numbers of a leaf stand.

    Attributes
    ----------
    leaf : Node
        The leaf of the graph that is drawn.
    owner : Node
        What has its numbers: the leaf itself, or a parameter of which it is a copy of one entry.
    index : tuple of int or None
        Which entry; None for the whole.
    """

    leaf: Node
    owner: Node
    index: tuple[int, ...] | None = None

    @property
    def entry(self) -> int:
        """Which entry of its owner the first one is, counted through."""
        return 0 if self.index is None else int(np.ravel_multi_index(self.index, self.owner.shape))

    @property
    def is_copy(self) -> bool:
        """Whether the leaf is a copy of its owner's number."""
        return self.leaf is not self.owner

    def read(self) -> list[float]:
        """The numbers, as they are now."""
        data = plain(self.owner)
        if isinstance(data, float):
            return [data]
        return [float(data[self.index])] if self.index is not None else [float(x) for x in data.ravel().tolist()]

    def write(self, numbers: Sequence[float]) -> None:
        """Change them where they stand: a Value's data, or an array in place."""
        if self.index is not None:
            self.owner[self.index] = numbers[0]  # type: ignore[index]  # an entry is one of a Tensor
        elif isinstance(self.owner, Value):
            assign(self.owner, numbers[0])
        else:
            assign(self.owner, np.array(numbers).reshape(self.owner.shape))  # type: ignore[arg-type]


def entries_of(model: Any, network: Any) -> dict[Node, Entry]:
    """Which entry of which of a model's arrays every parameter of a network is, that `as_neurons` made of it."""
    found: dict[Node, Entry] = {}
    for (layer, _), neurons in zip(layers_of(model), network.layers, strict=True):
        for j, neuron in enumerate(neurons.neurons):
            found |= {weight: (layer.weight, (j, i)) for i, weight in enumerate(neuron.weights)}
            if neuron.bias is not None and layer.bias is not None:
                found[neuron.bias] = layer.bias, (j,)
    return found


def places(graph: Graph, entries: Mapping[Node, Entry]) -> dict[int, Place]:
    """The places of all leaves of a graph, by their boxes.

    Raises
    ------
    ValueError
        For an array of another library than NumPy, which cannot be changed in place.
    """
    found = {}
    for box, node in enumerate(graph.nodes):
        if node.op is None and not is_literal(node):
            owner, index = entries.get(node, (node, None))
            if is_foreign(plain(owner)):
                raise ValueError(
                    f"a live picture changes arrays in place, and {graph.names[box]} is one of another library than "
                    "NumPy: draw it with viz.player, which computes on its own"
                )
            found[box] = Place(node, owner, index)
    return found


def follow(graph: Graph, where: Iterable[Place]) -> None:
    """Compute a graph again from its leaves, in place, and its gradients anew.

    Afterwards every node and every owner of a leaf's numbers is as after ``zero_grad()``, a forward pass and
    ``backward()``. What a leaf had collected in earlier passes is gone, as that does.
    """
    where = list(where)
    for place in where:
        if place.is_copy:
            place.leaf._data = place.read()[0]  # type: ignore[misc]  # a copy is a Value
    for node in graph.computed:
        _compute(node)
    for node in graph.nodes:
        node.grad = None
    graph.outputs[0].backward()
    _hand_on([place for place in where if place.is_copy and place.leaf.grad is not None])


def _compute(node: Node) -> None:
    if node.op is None:
        return
    data = node.op.compute(node._plain_operands(), node.params or {})
    if isinstance(node, Tensor):
        node._array = np.asarray(data)
        node._remember_versions()  # the leaves have been changed on purpose
    else:
        node._data = float(data)  # type: ignore[misc]  # a Value's


def _hand_on(copies: Sequence[Place]) -> None:
    """Give owners the gradients of the copies of their entries."""
    for owner in {id(place.owner): place.owner for place in copies}.values():
        owner.grad = np.zeros_like(plain(owner))
    for place in copies:
        place.owner.grad[place.index] = place.leaf.grad
