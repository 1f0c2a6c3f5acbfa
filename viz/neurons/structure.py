"""The neurons in a picture of a graph: which boxes are weighted inputs, sums, activations and the loss.

They are found from the operations alone, so a network written by hand is recognised like one of `inversa.nn`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.picture import slots
from inversa.viz.picture.records import Arrow, Box, Picture, Terms, bracketed

MAX_LOSS_TERMS = 16  # terms of a loss that is written out
JOINING = "softmax"  # the beginning of the name of a module that computes several outputs together


class StructureError(ValueError):
    """The graph is no network of neurons in layers; the message says what is none, and how to draw it instead."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: this is no network of neurons in layers, draw it with detail='op'")


class Weighted(NamedTuple):
    """A weighted input w · a: the boxes of w, of the product and of the signal a."""

    weight: int
    product: int
    signal: int


@dataclass(frozen=True)
class Neuron:
    """ψ(w₁a₁ + w₂a₂ + … + b), by its boxes.

    Attributes
    ----------
    inputs : tuple of Weighted
    bias : int or None
    sum, output : int
        z and a = ψ(z); the same box where there is no ψ.
    activation : str
        What is written in the box of ψ: ``"σ"``, ``"tanh"``; empty where there is no ψ.
    title : str
        The module's, or empty.
    joins : tuple of int
        For an output of a softmax, which has no weights of its own: the signals that it is computed from.
    """

    inputs: tuple[Weighted, ...]
    bias: int | None
    sum: int
    output: int
    activation: str = ""
    title: str = ""
    joins: tuple[int, ...] = ()

    @property
    def sources(self) -> tuple[int, ...]:
        """The signals that enter it."""
        return self.joins or tuple(x.signal for x in self.inputs)

    @property
    def total(self) -> str:
        """The name of its Σ in a drawing: that of z, unless ψ or a weighted input, being the same box, has it."""
        taken = not self.activation or any(x.product == self.sum for x in self.inputs)
        return (parts.total if taken else parts.box)(self.sum)


@dataclass(frozen=True)
class Structure:
    """A network of neurons in layers.

    Attributes
    ----------
    picture : Picture
    inputs : tuple of int
        The boxes of the signals that enter the first layer.
    layers : tuple of tuple of Neuron
    targets : tuple of int
        The leaves that the loss compares with.
    cost : int or None
        The box of J; None where there is no loss, and the outputs are what the network gives.
    loss : frozenset of int
        The boxes that J is computed with from the outputs of the last layer.
    """

    picture: Picture
    inputs: tuple[int, ...]
    layers: tuple[tuple[Neuron, ...], ...]
    targets: tuple[int, ...] = ()
    cost: int | None = None
    loss: frozenset[int] = frozenset()

    @cached_property
    def boxes(self) -> dict[int, Box]:
        """The picture's boxes by number."""
        return {box.number: box for box in self.picture.boxes}

    @property
    def neurons(self) -> Iterable[Neuron]:
        """All neurons, layer by layer."""
        return (neuron for layer in self.layers for neuron in layer)

    @property
    def outputs(self) -> tuple[int, ...]:
        """The boxes that the last layer gives."""
        return tuple(neuron.output for neuron in self.layers[-1])

    @property
    def end(self) -> int | None:
        """The box where 1 is fed into the inverse network: J, or the only output; None where there are several."""
        return self.outputs[0] if self.cost is None and len(self.outputs) == 1 else self.cost

    def penalties(self, n: int) -> list[Arrow]:
        """The arrows from a weight or bias into the loss, where that contains a penalty of it."""
        return [arrow for arrow in self.picture.arrows if arrow.source == n and arrow.target in self.loss]

    @cached_property
    def penalised(self) -> bool:
        """Whether the loss contains a penalty of some weight or bias."""
        parameters = {n for neuron in self.neurons for n in (neuron.bias, *(x.weight for x in neuron.inputs))}
        return any(arrow.source in parameters and arrow.target in self.loss for arrow in self.picture.arrows)

    @cached_property
    def formula(self) -> str:
        """The loss in names, ``(h − y)²``; empty where that is long or something nameless is in it."""
        terms = () if self.cost is None else self.loss_terms
        text = "".join(term if isinstance(term, str) else self.boxes[term].name for term in terms)
        return "" if len(terms) > MAX_LOSS_TERMS or re.search("v[₀-₉]", text) else text

    @cached_property
    def loss_terms(self) -> Terms:
        """The formula of the loss in what enters it."""
        assert self.cost is not None
        return tuple(self._expanded(self.cost))

    def _expanded(self, n: int) -> list[str | int]:
        """The terms of a box of the loss, those of other such boxes written out."""
        expanded: list[str | int] = []
        terms = self.boxes[n].terms
        for k, term in enumerate(terms):
            if isinstance(term, str) or term not in self.loss or len(expanded) > MAX_LOSS_TERMS:
                expanded.append(term)
                continue
            inner = self._expanded(term)
            text = "".join(t if isinstance(t, str) else "x" for t in inner)
            expanded += ["(", *inner, ")"] if bracketed(text, terms, k) else inner
        return expanded

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of inputs and the number of neurons of every layer: 1-2-1 is (1, 2, 1)."""
        return (len(self.inputs), *(len(layer) for layer in self.layers if not layer[0].joins))

    @cached_property
    def uses(self) -> dict[int, int]:
        """How many weighted inputs every signal goes to."""
        counts = dict.fromkeys(self.inputs, 0)
        for neuron in self.neurons:
            counts.setdefault(neuron.output, 0)
            for signal in neuron.sources:
                counts[signal] += 1
        return counts

    def slope(self, output: int, source: int) -> float | None:
        """∂(output)/∂(source): the sum over the paths between two boxes of the product of the gains."""
        total: dict[int, float] = {output: 1.0}
        for box in reversed(self.picture.boxes[: self._place[output] + 1]):
            if box.number not in total or box.number == source:
                continue
            for arrow in self._entering.get(box.number, ()):
                if arrow.gain is None:
                    return None
                total[arrow.source] = total.get(arrow.source, 0.0) + arrow.gain * total[box.number]
        return total.get(source, 0.0)

    def slope_slot(self, output: int, source: int) -> str:
        """The slot of that number: of the arrow's gain where the two are neighbours."""
        arrows = [arrow for arrow in self._entering.get(output, ()) if arrow.source == source]
        if len(arrows) == 1 and len(self._entering[output]) == 1:
            return slots.gain(arrows[0].number)
        return slots.slope(output, source)

    @cached_property
    def _place(self) -> dict[int, int]:
        return {box.number: i for i, box in enumerate(self.picture.boxes)}

    @cached_property
    def _entering(self) -> dict[int, list[Arrow]]:
        return _by_target(self.picture)

    def arrows(self, source: int, target: int) -> list[Arrow]:
        """The arrows between two boxes."""
        return [arrow for arrow in self._entering.get(target, ()) if arrow.source == source]


def structure(picture: Picture) -> Structure:
    """Find the neurons.

    Raises
    ------
    StructureError
        When something in the graph is no part of a neuron, with what it is.
    """
    arrays = [box.name for box in picture.boxes if not isinstance(box.value, float)]
    if arrays:
        raise StructureError(f"{arrays[0]} is an array: a neuron works on single numbers")
    return Search(picture).run()


def _by_target(picture: Picture) -> dict[int, list[Arrow]]:
    entering: dict[int, list[Arrow]] = {}
    for arrow in picture.arrows:
        entering.setdefault(arrow.target, []).append(arrow)
    return entering


@dataclass
class Search:
    """Finds neurons in a picture, from the first operation to the last."""

    picture: Picture
    layer: dict[int, int] = field(default_factory=dict)  # of every signal; inputs have 0
    neurons: dict[int, list[Neuron]] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)  # boxes that are part of a neuron

    def run(self) -> Structure:
        """Find all neurons, and what they are part of."""
        boxes = self.boxes = {box.number: box for box in self.picture.boxes}
        self.entering = _by_target(self.picture)
        self.users: dict[int, list[int]] = {n: [] for n in boxes}  # in the network; a loss may look at anything
        self.compared: set[int] = set()  # what the loss looks at
        for arrow in self.picture.arrows:
            if boxes[arrow.target].role == "loss":
                self.compared.add(arrow.source)
            else:
                self.users[arrow.source].append(arrow.target)
        for box in self.picture.boxes:
            if not self._may_be_inside(box) or box.number in self.used:
                continue
            if self._joined(box) or not self._is_end_of_sum(box):
                continue
            self._take(box)
        if not self.neurons:
            raise StructureError("there is no weighted sum in it")
        return self._assembled()

    # Weighted sums.

    def _may_be_inside(self, box: Box) -> bool:
        """Whether a box may be part of a neuron: it is computed, and not by a loss."""
        return bool(box.operation) and box.role == "forward"

    def _is_end_of_sum(self, box: Box) -> bool:
        """Whether a chain of additions, or a product, goes no further."""
        onward = [self.boxes[n] for n in self.users[box.number]]
        ends = len(onward) != 1 or onward[0].operation != "add" or not self._may_be_inside(onward[0])
        return ends and (box.operation == "add" or self._weighted(box) is not None)

    def _weighted(self, box: Box) -> Weighted | None:
        """The product of a weight and a signal; of two parameters the second is the signal, unless it is used once."""
        if box.operation != "multiply" or len(sources := self._sources(box)) != 2:
            return None
        for frozen in (False, True):  # a weight that is a constant is data, unless a model says that it is a parameter
            for weight, signal in (sources, sources[::-1]):
                leaf = self.boxes[weight]
                may_be = leaf.role == "parameter" or (frozen and not leaf.differentiable)
                if (
                    may_be
                    and not leaf.operation
                    and self._belongs(weight)
                    and (signal in self.layer or not self.boxes[signal].operation)
                ):
                    return Weighted(weight, box.number, signal)
        return None

    def _sources(self, box: Box) -> list[int]:
        return [arrow.source for arrow in self.entering.get(box.number, ())]

    def _take(self, end: Box) -> None:
        """Make a neuron of the sum that ends in a box."""
        inputs: list[Weighted] = []
        biases: list[int] = []
        inside = {end.number}
        stack = [end.number]
        while stack:
            box = self.boxes[stack.pop()]
            weighted = self._weighted(box)
            if weighted is not None:
                inputs.append(weighted)
                inside |= {weighted.product, weighted.weight}
            elif box.operation == "add" and (box is end or len(self.users[box.number]) == 1):
                inside.add(box.number)
                stack += self._sources(box)[::-1]
            elif not box.operation and self._belongs(box.number):
                biases.append(box.number)
            else:
                raise StructureError(self._no_term(box, end))
        if not inputs or len(biases) > 1:
            raise StructureError(f"{end.name} = {end.expression} is no sum of weighted inputs and a bias")
        for x in inputs:
            if x.signal not in self.layer:
                self.layer[x.signal] = 0  # a leaf: an input of the network
        depth = self._depth(end, {self.layer[x.signal] for x in inputs})
        output, activation, within = self._activation(end)
        self.used |= inside | within | set(biases)
        self._add(
            Neuron(tuple(inputs), biases[0] if biases else None, end.number, output.number, activation, end.call or ""),
            depth + 1,
        )

    def _belongs(self, leaf: int) -> bool:
        """Whether a leaf may be the weight or the bias of a neuron: no other neuron has it."""
        return len(self.users[leaf]) == 1

    def _depth(self, end: Box, depths: set[int]) -> int:
        """The layer that the inputs of a neuron come from."""
        if len(depths) > 1:
            raise StructureError(f"the inputs of {end.name} come from different layers")
        return depths.pop()

    def _no_term(self, box: Box, end: Box) -> str:
        """Why a box in a sum is neither a weighted input nor a bias."""
        uses = len(self.users[box.number])
        often = f" (it is used {uses} times)" if uses > 1 and not box.operation else ""
        return f"{box.name}, a term of {end.name}, is neither a weighted input nor a bias{often}"

    def _add(self, neuron: Neuron, depth: int) -> None:
        self.layer[neuron.output] = depth
        self.neurons.setdefault(depth, []).append(neuron)

    def _activation(self, end: Box) -> tuple[Box, str, set[int]]:
        """ψ: the rest of the module that the sum is in, or one activation that follows it; its boxes, too."""
        inside = {end.number}
        last = end
        waiting = [*self.users[end.number]]  # what follows something inside, the first one first
        heapify(waiting)
        seen: set[int] = set()
        while waiting:
            box = self.boxes[heappop(waiting)]
            if box.number in seen or not self._may_be_inside(box) or box.number in self.used:
                continue
            seen.add(box.number)
            sources = self._sources(box)
            module = end.call is not None and box.call == end.call
            single = last is end and sources == [end.number] and Rule.ACTIVATION in box.rules
            if not (module or (single and box.call == end.call)):
                continue
            if not all(n in inside or not self.boxes[n].operation for n in sources):
                raise StructureError(f"{box.name}, in the activation of {end.name}, has other inputs as well")
            inside.add(box.number)
            last = box
            for n in self.users[box.number]:
                heappush(waiting, n)
        leaving = [n for n in inside if n in self.compared or not self.users[n] or not inside.issuperset(self.users[n])]
        if leaving != [last.number]:
            raise StructureError(f"the activation of {end.name} has more than one output")
        within = inside - {end.number}
        symbol = last.symbol if len(within) == 1 else "ψ" if within else ""
        return last, symbol, within

    # A softmax.

    def _joined(self, box: Box) -> bool:
        """Whether the box is of a softmax; when it is its last one, neurons are made of its outputs."""
        module = box.call or ""
        if not module.rpartition(".")[2].startswith(JOINING):
            return False
        members = {b.number for b in self.picture.boxes if b.call == module and b.operation}
        if box.number < max(members):
            return True  # all that it joins has been met when its last box is
        outside = {n for m in members for n in self._sources(self.boxes[m]) if n not in members}
        joins = sorted(n for n in outside if self.boxes[n].operation or self.users[n][1:])
        if not all(n in self.layer for n in joins) or len({self.layer[n] for n in joins}) != 1:
            raise StructureError(f"the {module} joins signals of different layers")
        depth = self.layer[joins[0]] + 1
        for n in sorted(members):
            if not self.users[n] or not members.issuperset(self.users[n]):
                self._add(Neuron((), None, n, n, JOINING, module, tuple(joins)), depth)
        self.used |= members
        return True

    # The whole.

    def _assembled(self) -> Structure:
        layers = [self.neurons[depth] for depth in sorted(self.neurons)]
        signals = [n for n, depth in self.layer.items() if depth == 0]
        for layer in layers:
            order = self._order(layer)
            signals.sort(key=lambda n: order.get(n, len(order)))
        for before, after in pairwise(layers):
            order = self._order(after)
            before.sort(key=lambda neuron: order.get(neuron.output, len(order)))
        loss = self._loss({neuron.output for neuron in layers[-1]})
        cost = next((box.number for box in self.picture.boxes if box.is_output), None) if loss else None
        if both := sorted(self.compared.intersection(signals)):
            raise StructureError(f"{self.boxes[both[0]].name} is an input, and the loss looks at it as well")
        targets = [n for n in sorted(self.compared - self.used) if not self.boxes[n].operation and n not in signals]
        return Structure(self.picture, tuple(signals), tuple(map(tuple, layers)), tuple(targets), cost, loss)

    def _loss(self, outputs: set[int]) -> frozenset[int]:
        """What compares the last layer's outputs with targets; there is nothing else that is no part of a neuron."""
        rest = [box for box in self.picture.boxes if box.operation and box.number not in self.used]
        numbers = {box.number for box in rest}
        for box in rest:
            computed = {n for n in self._sources(box) if self.boxes[n].operation}
            if box.role != "loss" or not computed <= numbers | outputs:
                raise StructureError(f"{box.name} = {box.expression} is no part of a neuron")
        return frozenset(numbers)

    @staticmethod
    def _order(layer: Sequence[Neuron]) -> dict[int, int]:
        """The order in which a layer's neurons look at their inputs."""
        order: dict[int, int] = {}
        for neuron in layer:
            for signal in neuron.sources:
                order.setdefault(signal, len(order))
        return order
