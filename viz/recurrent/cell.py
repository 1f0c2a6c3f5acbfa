"""The parts of a recurrent neuron, whether it is unrolled in time or folded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.drawing.geometry import Point
from inversa.viz.lettering.spans import VIEWS, Line, Span, View
from inversa.viz.neurons.elements import DOT, Pieces, Wiring, size_of
from inversa.viz.neurons.sheet import Element, Form, Sheet, line, moved, radius
from inversa.viz.neurons.structure import Neuron, Weighted
from inversa.viz.neurons.writer import NeuronWriter
from inversa.viz.recurrent.recurrence import Recurrence, sample, state

SUM, PILL, LEAF, SQUARE, LOSS = 20.0, 44.0, 36.0, 48.0, 56.0  # the radius of Σ, and the heights of the others
AIR = 12.0  # the length of a short wire
WIDEST_LOSS = 200.0


@dataclass(frozen=True)
class Sizes:
    """The sizes of the parts: large enough for what is written on them at some steps."""

    recurrence: Recurrence
    lettering: NeuronWriter
    steps: Sequence[int]

    @cached_property
    def neurons(self) -> list[Neuron]:
        """The neuron at these steps, and the output neuron."""
        readout = self.recurrence.readout
        return [*(self.recurrence.steps[t] for t in self.steps), *([] if readout is None else [readout])]

    @cached_property
    def pill(self) -> float:
        """The width of × w and × u."""
        write = self.lettering.weight
        return max(92.0, 12 + widest(write(x, v) for n in self.neurons for x in n.inputs for v in VIEWS))

    @cached_property
    def leaf(self) -> float:
        """The width of a parameter and of its gradient."""
        readout = self.recurrence.readout
        parameters = [*self.recurrence.shared, *(x.weight for x in (readout.inputs if readout else ()))]
        parameters += [] if readout is None or readout.bias is None else [readout.bias]
        return max(
            84.0, 18 + widest(write(n) for n in parameters for write in (self.parameter, self.lettering.gradient))
        )

    def parameter(self, n: int) -> tuple[Line, ...]:
        """A parameter and its number."""
        name = self.lettering.named(self.lettering.name(n), "weight")
        return (line(name, Span("  ", "number"), self.lettering.value(n), height=19),)

    @cached_property
    def psi(self) -> float:
        """The width of ψ."""
        return max([52.0, *(line(self.lettering.slope(n)).width + 10 for n in self.neurons if n.activation)])

    @cached_property
    def circle(self) -> float:
        """The radius of the inputs, of J and of y."""
        structure, steps = self.recurrence.structure, self.recurrence.steps
        signals = [*(sample(steps[t]).signal for t in self.steps), state(steps[0]).signal]
        signals += structure.outputs if structure.cost is None else ()
        texts = [self.lettering.signal(n, view) for n in signals for view in VIEWS]
        texts += [] if structure.cost is None else [self.lettering.cost(structure.cost, view) for view in VIEWS]
        texts += [(self.lettering.name_line(n), line(self.lettering.value(n))) for n in structure.targets]
        return max(26.0, *map(radius, texts))

    @cached_property
    def state(self) -> float:
        """The width of the labels of the states."""
        return widest(self.lettering.signal(n.output, view) for n in self.neurons for view in VIEWS)

    @cached_property
    def label(self) -> float:
        """The width of the labels of the sums."""
        return widest(self.lettering.sum(n, view) for n in self.neurons for view in VIEWS)


def widest(rows: Iterator[Sequence[Line]]) -> float:
    """The width of the longest line."""
    return max(row.width for lines in rows for row in lines)


def framed(built: Mapping[View, Wiring]) -> dict[View, Sheet]:
    """The sheets of both views, at the same places."""
    boxes = []
    for pieces in built.values():
        labels = (link.label for link in pieces.links if link.label is not None)
        boxes += [e.box for e in (*pieces.elements.values(), *labels)]
    left, top = min(b[0] for b in boxes) - 4, min(b[1] for b in boxes) - 12
    width, height = max(b[2] for b in boxes) + 12 - left, max(b[3] for b in boxes) + 8 - top
    return {
        view: Sheet(view, width, height, *moved(pieces.elements.values(), pieces.links, -left, -top))
        for view, pieces in built.items()
    }


class Cell(Pieces):
    """Makes the parts of one view."""

    def __init__(self, sizes: Sizes, view: View) -> None:
        recurrence = sizes.recurrence
        super().__init__(recurrence.structure, sizes.lettering, view, _bearers(recurrence))
        self.sizes, self.recurrence = sizes, recurrence

    def _vertical(self, x: float, source: Element, target: Element) -> tuple[Point, ...]:
        """Straight up or down between two elements."""
        down = target.y > source.y
        return (x, source.box[3 if down else 1]), (x, target.box[1 if down else 3])

    def _leaf(self, n: int, place: Point) -> Element:
        """A parameter; in the inverse network its gradient."""
        back = self.inverse and self._differentiable(n)
        lines = self.lettering.gradient(n) if back else self.sizes.parameter(n)
        role, size = "inverse" if back else "parameter", (self.sizes.leaf, LEAF)
        return self._add(n, "pill", role, place, size, lines, Rule.CONSTANT_INPUT, (-1.0, 1.0))

    def _point(self, name: str, place: Point, carries: bool = True, mark: Point = (15.0, -15.0)) -> Element:
        """A branching point; in the inverse network a sum. The mark is so far from its middle."""
        if not self.inverse or not carries:
            corner = (mark[0] / DOT, mark[1] / DOT)
            return self._add(name, "dot", "forward", place, (2 * DOT, 2 * DOT), (), Rule.BRANCHING, corner)
        sign, corner = (line(Span("Σ", "sign"), height=22),), (mark[0] / 15, mark[1] / 15)
        return self._add(name, "circle", "inverse", place, (30.0, 30.0), sign, Rule.BRANCHING, corner, "paper")

    def _signal(self, n: int, place: Point, lines: tuple[Line, ...] = ()) -> Element:
        """A leaf that comes in: x, or the first state."""
        form: Form = "ghost" if self.inverse and not self._differentiable(n) else "circle"
        role = "data" if self.structure.boxes[n].role == "data" else "parameter"
        size = 2 * self.sizes.circle
        return self._add(n, form, role, place, (size, size), lines or self.lettering.signal(n, self.view))

    def _sum(self, neuron: Neuron, place: Point) -> Element:
        sign = () if self.inverse else (line(Span("Σ", "sign"), height=24),)
        name: int | str = neuron.sum if parts.is_box(neuron.total) else neuron.total
        form: Form = "point" if self.inverse else "circle"
        return self._add(name, form, self._role(), place, (2 * SUM, 2 * SUM), sign, Rule.SUM, (0.75, 0.75), "paper")

    def _product(self, x: Weighted, place: Point, lines: tuple[Line, ...] = ()) -> Element:
        lines = lines or self.lettering.weight(x, self.view)
        size = self.sizes.pill, PILL
        return self._add(x.product, "pill", "parameter", place, size, lines, Rule.WEIGHTED_INPUT, (-1.0, 1.0))

    def _psi(self, neuron: Neuron, place: Point, lines: tuple[Line, ...] = ()) -> Element:
        lines, size = lines or self.lettering.activation(neuron, self.view), (self.sizes.psi, SQUARE)
        return self._add(neuron.output, "square", self._role(), place, size, lines, Rule.ACTIVATION, (1.0, -1.0))

    def _beside(self, n: int, lines: tuple[Line, ...], x: float, y: float) -> Element:
        """A label to the right of a wire that goes down."""
        wide, high = size_of(lines)
        return self._label(parts.label(n), lines, (x + 8 + wide / 2, y + high / 2))

    # What is made of the last state.

    def _readout(self, neuron: Neuron, place: Point) -> tuple[Element, Element]:
        """The output neuron, from top to bottom: where the state comes in, and where the output leaves."""
        (x,), (across, y), sizes = neuron.inputs, place, self.sizes
        product = self._product(x, place)
        total = self._sum(neuron, (across, y + PILL / 2 + AIR + SUM))
        self._wire(product, total, points=self._vertical(across, product, total))
        leaf = self._leaf(x.weight, (across, y - PILL / 2 - AIR - LEAF / 2))
        signal = self._number(self.structure.boxes[x.signal].value)
        way = self._vertical(across, leaf, product)
        self._wire(leaf, product, signal, points=way, carries=self._differentiable(x.weight))
        if neuron.bias is not None:
            bias = self._leaf(neuron.bias, (across + SUM + AIR + sizes.leaf / 2, total.y))
            way = (bias.box[0], total.y), (total.box[2], total.y)
            self._wire(bias, total, points=way, carries=self._differentiable(neuron.bias))
        if not neuron.activation:
            return product, total
        lines = self.lettering.sum(neuron, self.view)
        label = self._beside(neuron.sum, lines, across, total.box[3] + 5)
        psi = self._psi(neuron, (across, total.box[3] + size_of(lines)[1] + 18 + SQUARE / 2))
        slope = self.structure.slope(neuron.output, neuron.sum)
        self._wire(total, psi, slope, points=self._vertical(across, total, psi), label=label)
        return product, psi

    def _loss(self, place: Point) -> Element:
        """L."""
        width = self.loss_width
        fitted = tuple(row.fitted(width - 12) for row in self.lettering.loss(self.view))
        return self._add(parts.LOSS, "square", "loss", place, (width, LOSS), fitted, Rule.LOSS, (-1.0, 1.0))

    @property
    def loss_width(self) -> float:
        """The width of L."""
        rows = (row for view in VIEWS for row in self.lettering.loss(view))
        return min(max(76.0, *(row.width + 16 for row in rows)), WIDEST_LOSS)

    def _costs(self, loss: Element, beside: bool) -> None:
        """J above L, or beside it, and y below."""
        cost, r = self.structure.cost, self.sizes.circle
        assert cost is not None
        size = 2 * r + 8
        place = (loss.box[2] + 22 + size / 2, loss.y) if beside else (loss.x, loss.box[1] - 22 - size / 2)
        ring = self._add(
            cost, "ring", "loss", place, (size, size), self.lettering.cost(cost, self.view), Rule.COST, (0.72, -0.72)
        )
        self._wire(loss, ring)
        for n in self.structure.targets:
            name = self.lettering.name_line(n, "kept name" if self.inverse else "name")
            number = line(self.lettering.value(n, "kept" if self.inverse else "number"))
            form: Form = "ghost" if self.inverse else "circle"
            target = self._add(n, form, "data", (loss.x, loss.box[3] + 22 + r), (2 * r, 2 * r), (name, number))
            self._wire(target, loss, self._number(self.structure.boxes[n].flow), carries=False)

    def _end(self, place: Point) -> Element:
        """Where the output leaves a network without a loss."""
        n, size = self.structure.outputs[0], 2 * self.sizes.circle
        unit = self.inverse and n == self.structure.end
        lines = (line(Span("1", "sign"), height=24),) if unit else self.lettering.signal(n, self.view)
        rule = Rule.COST if unit else None
        return self._add(parts.ending(n), "circle", self._role(), place, (size, size), lines, rule, (0.72, -0.72))

    def _downwards(self, before: Element) -> None:
        """From the output neuron to L with J and y; or to where the output leaves."""
        x, n = before.x, self.structure.outputs[0]
        if self.structure.cost is None:
            end = self._end((x, before.box[3] + 24 + self.sizes.circle))
            self._wire(before, end, points=self._vertical(x, before, end))
            return
        lines = self.lettering.signal(n, self.view)
        loss = self._loss((x, before.box[3] + size_of(lines)[1] + 18 + LOSS / 2))
        label = self._beside(n, lines, x, before.box[3] + 5)
        gain = self._number(self.structure.boxes[n].flow)
        self._wire(before, loss, gain, points=self._vertical(x, before, loss), label=label)
        self._costs(loss, beside=True)


def _bearers(recurrence: Recurrence) -> dict[Rule, str]:
    """Which element bears the number of each rule: of the steps it is the last one."""
    structure, last = recurrence.structure, recurrence.steps[-1]
    bearers = {
        Rule.NEURON: parts.frame(last.sum),
        Rule.SUM: last.total,
        Rule.WEIGHTED_INPUT: parts.box(state(last).product),
        Rule.BRANCHING: parts.branch(recurrence.shared[0]),
        Rule.LOSS: parts.LOSS,
    }
    if last.activation:
        bearers[Rule.ACTIVATION] = parts.box(last.output)
    if last.bias is not None:
        bearers[Rule.CONSTANT_INPUT] = parts.box(last.bias)
    if structure.cost is not None:
        bearers[Rule.COST] = parts.box(structure.cost)
    elif structure.end is not None:
        bearers[Rule.COST] = parts.ending(structure.end)
    return bearers
