"""Blocks: a cost that is the sum of those of blocks of rows, which may lie on as many machines.

Each block computes its own cost from the same parameters: these branch to all blocks, and rule ⑧ says what that becomes
in the inverse network. The gradient of a parameter is the sum of what the blocks send back, one contribution each.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

from inversa.autograd import Graph, InverseNetwork, Node, Rule, Value, checks, no_grad
from inversa.autograd.lazy import np
from inversa.autograd.mode import mode
from inversa.autograd.node import plain
from inversa.autograd.ops.held import to_numpy
from inversa.autograd.ops.namespace import namespace
from inversa.viz.lettering.numbers import size
from inversa.viz.picture import running
from inversa.viz.picture.folding import Key, Stage, folded, without_loops
from inversa.viz.picture.reading import amount
from inversa.viz.picture.records import Amount, Array, Arrow, Block, Box, Contribution, Group, Picture

LONG = 40  # letters: a longer sum of costs is written with k
MOST = 4  # blocks that are drawn; of more those in the middle are one card

Rows = int | Iterable[int]


# Running a model block by block.


def run_in_blocks(model: Any, x: Any, y: Any, loss: Any, detail: str, blocks: Rows) -> running.Run:
    """Run a model on blocks of the samples, and add up their costs.

    Raises
    ------
    ValueError
        Where there is no cost, where the blocks do not fit the samples, and for a loss of one's own that is neither a
        mean nor a sum over samples.
    """
    if x is None or y is None:
        raise ValueError("blocks are parts of a cost: draw(model, x, y, loss='mse', blocks=3)")
    y, loss = running.target_of(model, y), running.loss_of(model, loss)
    model = running.network_of(model)
    inputs = running.inputs_of(model, x)
    array = partial(running.as_array, model)
    x, y = array(x) if inputs is None else tuple(_mapped(array, part) for part in inputs), array(y)
    rows = _row_counts(blocks, {*_row_numbers(x), *_row_numbers(y)})
    ends = list(pairwise(accumulate(rows, initial=0)))
    run = _runner(model, x, y, loss, detail, several=inputs is not None)
    with mode(constants=True):
        ran = [run(start, stop) for start, stop in ends]
        costs = tuple(part.outputs[0].named(f"J{k}") for k, part in enumerate(ran, start=1))
        shares = _shares(loss, costs, rows, lambda: run(0, sum(rows)).outputs[0])
        written = tuple(f"{n}/{sum(rows)}" if share < 1 else "" for n, share in zip(rows, shares, strict=True))
        terms = [cost if share == 1 else cost * share for cost, share in zip(costs, shares, strict=True)]
        J = sum(terms[1:], start=terms[0]).named("J")
    data = tuple({id(leaf): leaf for part in ran for leaf in part.data}.values())
    neurons = isinstance(J, Value)
    return replace(
        ran[0], outputs=(J,), data=data, neurons=neurons, blocks=running.Blocks(costs, rows, written),
        places=running.places_of(model),
    )  # fmt: skip


def _mapped(function: Callable[[Any], Any], data: Any) -> Any:
    """A function of one array, or of each of several inputs."""
    if isinstance(data, Mapping):
        return {name: _mapped(function, part) for name, part in data.items()}
    return tuple(_mapped(function, part) for part in data) if isinstance(data, tuple) else function(data)


def _row_numbers(data: Any) -> Iterator[Any]:
    """The numbers of rows of an array, or of each of several; of a single number none. Dask says nan for unknown."""
    if isinstance(data, Mapping | tuple):
        for part in data.values() if isinstance(data, Mapping) else data:
            yield from _row_numbers(part)
    else:
        yield data.shape[0] if data.shape else 0


def _row_counts(blocks: Rows, numbers: set[Any]) -> tuple[int, ...]:
    """How many rows each block has."""
    if any(number != number for number in numbers):
        raise ValueError("the numbers of rows are not known yet: x.compute_chunk_sizes() finds them")
    if len(numbers) > 1:
        raise ValueError(f"x and y have different numbers of rows, {' and '.join(map(str, sorted(numbers)))}")
    total = int(numbers.pop())
    if not isinstance(blocks, Iterable):
        count = checks.count("blocks", blocks, at_least=2, example="3")
        if count > total:
            raise ValueError(f"{count} blocks need as many rows, and there are {total}")
        return tuple(len(part) for part in np.array_split(np.empty(total), count))
    rows = tuple(checks.count("the number of rows of a block", n, example="blocks=[3, 2]") for n in blocks)
    if len(rows) < 2 or sum(rows) != total:
        raise checks.wrong("blocks", f"two or more numbers of rows, {total} in all", list(rows))
    return rows


def _runner(model: Any, x: Any, y: Any, loss: Any, detail: str, several: bool) -> Callable[[int, int], running.Run]:
    """What runs the model on some of the rows, in arrays or neuron by neuron."""
    if detail == "neuron" or running.is_of_values(model):
        network = running.as_neurons(model)
        if network is None:
            raise ValueError(f"{type(model).__name__} is no network of neurons: draw it with detail='layer'")
        samples, targets = to_numpy(x).astype(float), to_numpy(y)
        return lambda start, stop: running.run_samples(network, samples[start:stop], targets[start:stop], loss)

    def run(start: int, stop: int) -> running.Run:
        part = _mapped(lambda data: data[start:stop, ...], x)
        return running.run_arrays(model, part, part if several else None, y[start:stop, ...], loss)

    return run


def _shares(loss: Any, costs: Sequence[Any], rows: Sequence[int], whole: Callable[[], Any]) -> list[float]:
    """What the cost of each block counts: of a mean its part of the rows, of a sum 1."""
    mean, added = [n / sum(rows) for n in rows], [1.0] * len(rows)
    reduction = getattr(loss, "reduction", None)
    if reduction is not None:
        return mean if reduction == "mean" else added
    with no_grad():
        found, numbers = float(plain(whole())), [float(plain(cost)) for cost in costs]
    for shares in (mean, added):
        if math.isclose(found, sum(a * b for a, b in zip(shares, numbers, strict=True)), rel_tol=1e-4, abs_tol=1e-9):
            return shares
    raise ValueError(
        "the loss of all rows is neither the mean nor the sum of the blocks' losses: no blocks can be drawn"
    )


# Folding its graph.


def divided(picture: Picture, outputs: tuple[Node, ...], ran: running.Run, detail: str, closed: bool) -> Picture:
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
    return _Division(picture, outputs, ran, detail, closed).picture()


class _Division:
    """A graph of blocks while it is folded."""

    def __init__(self, source: Picture, outputs: tuple[Node, ...], ran: running.Run, detail: str, closed: bool) -> None:
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
        self.home = self._home(outputs[1:])
        self.keys = [self._key(box) for box in source.boxes]
        if detail != "op":
            self.keys = without_loops(source, self.keys)
        self.found, places = folded(source, self.keys)
        self.place = {box.number: places[key] for box, key in zip(source.boxes, self.keys, strict=True)}
        self.sizes = Counter(self.place.values())
        self.blocks = {self.place[i]: part for i, part in self.home.items() if i in self.place}

    def _home(self, costs: Sequence[Node]) -> dict[int, Block]:
        """The block that a node belongs to; what several share, as parameters are, belongs to none."""
        inside = [{self.graph.position[node] for node in Graph(cost).nodes} for cost in costs]
        shared = Counter(i for block in inside for i in block)
        parts = list(_parts(self.rows))
        home = {}
        for k, block in enumerate(inside, start=1):
            part = next(part for part in parts if part.first <= k <= part.last)
            home.update({i: part for i in block if shared[i] == 1 and i not in self.parameters})
        return home

    def _key(self, box: Box) -> Key:
        """Which box a node becomes part of."""
        part = self.home.get(box.number)
        if part is None:
            together = self.closed and box.number in self.parameters
            return ("J",) if box.operation else ("θ",) if together else ("leaf", box.number)
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

    def _sent(self, arrow: Arrow) -> list[Any]:
        """What a wire brings back to parameters: one array each, or the sum of several where they have several uses."""
        sent: dict[int, Any] = {}
        for edge in self.source.arrows:
            ends = self.place[edge.source], self.place[edge.target]
            wire = self.wires.get((edge.source, edge.target, edge.slot))
            one_of_many = self._alone(edge) and edge.number != arrow.number
            if ends != (arrow.source, arrow.target) or wire is None or one_of_many or edge.source in self.home:
                continue
            flow = self.flows.get(self.graph.nodes[edge.target])
            if flow is not None and edge.source in self.parameters:
                brought = self.carry(wire, flow)
                sent[edge.source] = sent[edge.source] + brought if edge.source in sent else brought
        return [sent[i] for i in sorted(sent)]

    def _alone(self, edge: Arrow) -> bool:
        """Whether an arrow is still one by itself, between two nodes that are not folded."""
        return all(self.sizes[self.place[n]] == 1 for n in (edge.source, edge.target))

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
