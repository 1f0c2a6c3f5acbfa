"""Dividing: the picture of a cost that is the sum of those of blocks of rows, block by block.

Each block computes its own cost from the same parameters: these branch to all blocks, and rule ⑧ says what that becomes
in the inverse network. The gradient of a parameter is the sum of what the blocks send back, one contribution each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from inversa.autograd import Graph, InverseNetwork, Node, Rule
from inversa.autograd.node import plain
from inversa.autograd.ops.namespace import namespace
from inversa.viz.lettering.numbers import size
from inversa.viz.picture.folding import Key, Stage, drawable, folded, without_loops
from inversa.viz.picture.reading import amount
from inversa.viz.picture.records import Amount, Array, Arrow, Block, Box, Contribution, Group, Picture
from inversa.viz.picture.running import Run

LONG = 40  # letters: a longer sum of costs is written with k
MOST = 4  # blocks that are drawn; of more those in the middle are one card


def divided(picture: Picture, outputs: tuple[Node, ...], ran: Run, detail: str, closed: bool) -> Picture:
    """The picture of such a cost, block by block.

    Parameters
    ----------
    picture : Picture
        Of every operation.
    outputs : tuple of Node
        The cost, and behind it those of the blocks.
    ran : Run
        What the model gave.
    detail : str
        Of `draw`: "op" leaves every operation, else the parts of a module are one card.
    closed : bool
        Whether a block is one card, and so are all parameters; or else a frame around its parts.
    """
    return drawable(_Division(picture, outputs, ran, detail, closed).picture())


class _Division:
    """A graph of blocks while it is folded."""

    def __init__(self, source: Picture, outputs: tuple[Node, ...], ran: Run, detail: str, closed: bool) -> None:
        assert ran.blocks is not None
        self.rows, self.shares = ran.blocks.rows, ran.blocks.shares
        self.source, self.detail, self.closed = source, detail, closed
        self.graph = Graph(outputs[0])
        self.costs = [self.graph.position[cost] for cost in outputs[1:]]
        trained = {id(parameter) for parameter in ran.parameters}
        self.parameters = [i for i, node in enumerate(self.graph.nodes) if id(node) in trained]
        network = InverseNetwork(self.graph)
        self.wires = {(wire.target, wire.source, wire.slot): wire for wire in network.wires}
        self.carry = network.carry
        self.flows = network.run() if outputs[0].requires_grad else {}
        inside = [{self.graph.position[node] for node in Graph(cost).nodes} for cost in outputs[1:]]
        uses = Counter(i for block in inside for i in block)
        self.shared = {i for i, n in uses.items() if n > 1}.union(self.parameters)
        self.home = self._home(inside)
        self.keys = [self._key(box) for box in source.boxes]
        if detail != "op":
            self.keys = without_loops(source, self.keys)
        self.found, places = folded(source, self.keys)
        self.place = {box.number: places[key] for box, key in zip(source.boxes, self.keys, strict=True)}
        self.edges = self._edges()
        self.blocks = {self.place[i]: part for i, part in self.home.items() if i in self.place}

    def _home(self, inside: Sequence[set[int]]) -> dict[int, Block]:
        """The block that a node belongs to; what several share, as parameters are, belongs to none."""
        parts = list(_parts(self.rows))
        home = {}
        for k, block in enumerate(inside, start=1):
            part = next(part for part in parts if part.first <= k <= part.last)
            home.update(dict.fromkeys(block - self.shared, part))
        return home

    def _key(self, box: Box) -> Key:
        """Which box a node becomes part of."""
        part = self.home.get(box.number)
        if part is None:
            together = self.closed and box.number in self.parameters
            return ("θ",) if together else ("node", box.number) if box.number in self.shared else ("J",)
        if self.closed or part.several:
            return part
        return Stage(box.module, part.first) if box.module and self.detail != "op" else ("node", box.number)

    def picture(self) -> Picture:
        """The folded picture."""
        boxes = {box.number: box for box in self.found.boxes}
        for k, i in enumerate(self.costs, start=1):
            boxes[self.place[i]] = self._with_cost(boxes[self.place[i]], k, i)
        last = self.source.boxes[-1]
        boxes[self.place[last.number]] = self._sum(last)
        if self.closed and len(self.parameters) > 1:
            place = self.place[self.parameters[0]]
            boxes[place] = self._all_parameters(boxes[place])
        arrows = tuple(self._arrow(arrow, boxes) for arrow in self.found.arrows)
        ordered = tuple(boxes[n] for n in sorted(boxes))
        return replace(self.found, boxes=ordered, arrows=arrows, groups=self._frames(), blocks=len(self.rows))

    def _with_cost(self, box: Box, k: int, i: int) -> Box:
        """The box that gives the cost of block k, by its name."""
        if box.fold is None:
            return box
        part = self.home[i]
        fold = replace(box.fold, result=not part.several)
        if self.closed or part.several:
            fold = replace(fold, block=part, shapes=() if part.several else self._samples(part))
        name = "Jₖ" if part.several else self.name(i)
        return replace(box, name=name, fold=fold, origin=i)

    def _samples(self, part: Block) -> tuple[str, ...]:
        """What a block has been given, and how many numbers that are."""
        given = [box for box in self.source.boxes if self.home.get(box.number) == part and not box.operation]
        return tuple(f"{box.name} {size(box.value.shape)}" for box in given if isinstance(box.value, Array))

    def name(self, i: int) -> str:
        """What pictures call a node."""
        return next(box.name for box in self.source.boxes if box.number == i)

    def _times(self, k: int) -> str:
        """What the cost of block k is multiplied by, as one writes it in front of something."""
        return f"{self.shares[k - 1]} · " if self.shares[k - 1] else ""

    def _sum(self, last: Box) -> Box:
        """The cost: the blocks' costs, weighted by their rows, in one box."""
        terms: list[str | int] = []
        for k, i in enumerate(self.costs, start=1):
            terms += [" + " * bool(terms) + self._times(k), self.place[i]]
        text = "".join(self.name(self.costs[k // 2]) if k % 2 else str(term) for k, term in enumerate(terms))
        if len(text) > LONG:
            text = "Σ nₖ/n · Jₖ" if self.shares[0] else "Σ Jₖ"
            terms = [text]
        return replace(
            last, number=self.place[last.number], origin=last.number, operation="add", symbol="Σ", expression=text,
            terms=tuple(terms), rules=(Rule.COST, Rule.SUM), module=None, calls=(), role="loss",
        )  # fmt: skip

    def _all_parameters(self, box: Box) -> Box:
        """The parameters as one box, a branching point."""
        trained = [i for i in self.parameters if self.graph.nodes[i] in self.flows]
        values = _joined(plain(self.graph.nodes[i]) for i in self.parameters)
        flow = _joined(self.flows[self.graph.nodes[i]] for i in trained) if trained else None
        return replace(
            box, name="θ", symbol="●", value=values, flow=flow, gradient=flow if box.gradient is not None else None,
            rules=(Rule.BRANCHING,) if trained else (), branches=bool(trained),
        )  # fmt: skip

    def _arrow(self, arrow: Arrow, boxes: Mapping[int, Box]) -> Arrow:
        """An arrow with what this picture says of it."""
        k = next((k for k, i in enumerate(self.costs, start=1) if self.place[i] == arrow.source), None)
        if arrow.target == self.place[self.source.boxes[-1].number] and k is not None:
            several = self.home[self.costs[k - 1]].several
            share = "1" if not self.shares[k - 1] else "nₖ/n" if several else self.shares[k - 1]
            gain = None if several else self.flows.get(self.graph.nodes[self.costs[k - 1]])
            return replace(arrow, formula=share, terms=(share,), gain=None if gain is None else float(gain))
        sent = self._sent(arrow)
        if not sent:
            return arrow
        block = self.blocks[arrow.target]
        wires = [a for a in self.found.arrows if a.source == arrow.source and self.blocks.get(a.target) == block]
        formula = self._formula(block, boxes[arrow.source].name) if len(wires) == 1 else ""
        return replace(arrow, contribution=Contribution(formula, _joined(sent)))

    def _formula(self, block: Block, name: str) -> str:
        """What a block sends back: its own gradient, weighted."""
        if block.several:
            return f"Σ nₖ/n · ∂Jₖ/∂{name}" if self.shares[0] else f"Σ ∂Jₖ/∂{name}"
        return f"{self._times(block.first)}∂{self.name(self.costs[block.first - 1])}/∂{name}"

    def _edges(self) -> dict[Any, list[Arrow]]:
        """The edges from parameters that an arrow stands for: by its number; by its ends where it may be many."""
        sizes = Counter(self.place.values())
        edges: dict[Any, list[Arrow]] = {}
        for edge in self.source.arrows:
            if edge.source in self.parameters:
                ends = self.place[edge.source], self.place[edge.target]
                alone = all(sizes[place] == 1 for place in ends)
                edges.setdefault(edge.number if alone else ends, []).append(edge)
        return edges

    def _sent(self, arrow: Arrow) -> list[Any]:
        """What an arrow brings back to parameters, an array each: the sum of several where they have several uses."""
        edges = self.edges.get((arrow.source, arrow.target)) or self.edges.get(arrow.number, [])
        sent: dict[int, Any] = {}
        for edge in edges:
            wire = self.wires.get((edge.source, edge.target, edge.slot))
            flow = self.flows.get(self.graph.nodes[edge.target])
            if wire is not None and flow is not None:
                brought = self.carry(wire, flow)
                sent[edge.source] = sent[edge.source] + brought if edge.source in sent else brought
        if not sent:
            return []
        whole = [i for i in self.parameters if self.place[i] == arrow.source and self.graph.nodes[i] in self.flows]
        return [sent[i] if i in sent else 0 * self.flows[self.graph.nodes[i]] for i in whole]

    def _frames(self) -> tuple[Group, ...]:
        """A frame around each block that is open."""
        members: dict[Block, list[int]] = {}
        for place, part in sorted(self.blocks.items()):
            if not (self.closed or part.several):
                members.setdefault(part, []).append(place)
        return tuple(Group("", tuple(inside), block=part) for part, inside in members.items())


def _parts(rows: Sequence[int]) -> Iterator[Block]:
    """The blocks as they are drawn: each by itself, or with those in the middle as one."""
    for k, n in enumerate(rows, start=1):
        if len(rows) <= MOST or k < MOST - 1 or k == len(rows):
            yield Block(k, k, n)
        elif k == MOST - 1:
            yield Block(k, len(rows) - 1, sum(rows[k - 1 : -1]))


def _joined(numbers: Iterable[Any]) -> Amount:
    """What is said about several arrays, or numbers, as one; a single one stays as it is."""
    found = list(numbers)
    if len(found) == 1:
        return amount(found[0])
    xp = namespace(*found)
    return amount(xp.concat([xp.reshape(xp.asarray(x), (-1,)) for x in found]))
