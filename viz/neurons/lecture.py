"""The lecture's style from left to right, as the lectures draw it: see `inversa.viz.neurons.elements`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.drawing.geometry import Point
from inversa.viz.lettering.spans import VIEWS, Line, Span, View
from inversa.viz.neurons.elements import NATURAL, Ends, Measures, Places, roomy, stacked
from inversa.viz.neurons.sheet import GAP, Element, between
from inversa.viz.neurons.structure import Neuron, Structure, Weighted
from inversa.viz.neurons.writer import NeuronWriter

WIDEST_LOSS, WIDEST_TITLE = 240.0, 240.0
TITLE = 32.0  # from the side of a frame to the inner end of its title


@dataclass(frozen=True)
class Lecture:
    """Lays out a small network from left to right."""

    structure: Structure
    lettering: NeuronWriter
    base: Measures = NATURAL

    @cached_property
    def measures(self) -> Measures:
        """Sizes and distances."""
        return roomy(self.base, self.structure, self.lettering)

    # What is written.

    def weight_lines(self, x: Weighted, view: View) -> tuple[Line, ...]:
        """The lines of a weighted input."""
        rows = self.lettering.weight(x, view)
        return stacked(rows, 17, 14) if view == "inverse" and self.measures.stacked else rows

    def bias_lines(self, n: int, view: View) -> tuple[Line, ...]:
        """The line of a bias, or the lines of its gradient."""
        rows = self.lettering.bias(n, view)
        return stacked(rows, 18, 15) if len(rows) == 1 and self.measures.stacked else rows

    # Measures.

    @cached_property
    def pill(self) -> float:
        """The width of all pills: of weights, of biases and of their gradients."""
        rows: list[Line] = []
        for neuron in self.structure.neurons:
            for view in VIEWS:
                for x in neuron.inputs:
                    rows += [*self.weight_lines(x, view), *self.lettering.gradient(x.weight)]
                if neuron.bias is not None:
                    rows += self.bias_lines(neuron.bias, view)
        return max(self.measures.pill, *(row.width + self.measures.pad for row in rows))

    @property
    def weight_size(self) -> Point:
        """Width and height of a weight's pill."""
        return self.pill, self.measures.weight

    @property
    def gradient_size(self) -> Point:
        """Width and height of a gradient's pill."""
        return self.pill, self.measures.gradient

    @cached_property
    def label(self) -> float:
        """The room for a signal's name and number beside its wire."""
        rows = [
            row
            for neuron in self.structure.neurons
            for view in VIEWS
            for row in (*self.lettering.signal(neuron.output, view), *self.lettering.sum(neuron, view))
        ]
        return max(row.width for row in rows)

    def _fan(self, neuron: Neuron, outer: int) -> list[tuple[float, int]]:
        """The pills of a neuron, relative to its sum: their heights, and on which side the gradient stands."""
        m, count = self.measures, len(neuron.inputs)
        sides = [outer] if count == 1 else [_side(i, count) for i in range(count)]
        y, heights = 0.0, [0.0]
        for a, b in pairwise(sides):
            y += m.weight + (22 if (a, b) == (-1, 1) else 2 * m.stem + m.gradient)
            heights.append(y)
        return [(h - y / 2, side) for h, side in zip(heights, sides, strict=True)]

    @cached_property
    def columns(self) -> list[tuple[float, float, float, float]]:
        """For every layer where its branching points, its pills, its sums and its activations are centred."""
        m, columns = self.measures, []
        right = 2 * m.radius
        for k, layer in enumerate(self.structure.layers):
            lead = (m.lead if k == 0 else m.margin + self.label + GAP + 12) if self._branches(k) else 0.0
            dot = right + lead
            start = dot + (m.fan if lead else (m.lead + 20 if k == 0 else m.margin + self.label + m.after))
            pill = start + self.pill / 2
            total = pill + self.pill / 2 + self._gather
            psi = total
            if any(neuron.activation for neuron in layer):
                psi = total + m.sum + self.label + 2 * GAP + 8 + m.activation / 2 - 2
            columns.append((dot, pill, total, psi))
            right = self._frame(layer, total, psi)[1] - m.margin
        return columns

    def _frame(self, layer: Sequence[Neuron], total: float, psi: float) -> tuple[float, float]:
        """The left and right side of a layer's frames, wide enough for their titles."""
        m = self.measures
        left, right = total - m.sum - m.margin, psi + (m.activation / 2 - 2 if psi > total else m.sum) + m.margin
        ends = (
            self._indent(neuron) + Span(self.lettering.title(neuron, view), "group").width
            for neuron in layer
            for view in VIEWS
        )
        return left, max(right, left + min(max(ends) + 8, WIDEST_TITLE))

    @property
    def _gather(self) -> float:
        """From the pills to the middle of Σ, above which the bias lies."""
        m = self.measures
        return max(m.gather, self.pill / 2 + 6 - m.sum) + m.sum

    def _indent(self, neuron: Neuron) -> float:
        """Of the title in its frame: to the right of the steepest wire on its side, the one away from the bias."""
        m, side = self.measures, self.heights[neuron.sum][1]
        fan = self._fan(neuron, side)
        steepest, title = abs(fan[-1 if side < 0 else 0][0]), m.frame - TITLE
        if steepest <= title:  # it comes in below the title
            return m.margin + 4
        return max(m.margin + 4, m.sum + m.margin - self._gather * title / steepest + 6)

    def _right(self, k: int) -> float:
        """The right side of the frames of layer k."""
        return self._frame(self.structure.layers[k], *self.columns[k][2:])[1]

    def _branches(self, k: int) -> bool:
        signals = self.structure.inputs if k == 0 else [neuron.output for neuron in self.structure.layers[k - 1]]
        return any(self.structure.uses[n] > 1 for n in signals)

    @cached_property
    def heights(self) -> dict[int, tuple[float, int, int]]:
        """Of every neuron, by its sum: the height, whether it lies above or below the middle, and its layer."""
        places: dict[int, tuple[float, int, int]] = {}
        for k, layer in enumerate(self.structure.layers):
            y, low = 0.0, None
            heights = []
            for i, neuron in enumerate(layer):
                side = _side(i, len(layer))
                above, below = self._extent(neuron, side)
                y = 0.0 if low is None else low + self.measures.apart + above
                low = y + below
                heights.append((neuron.sum, y, side))
            middle = (heights[0][1] + heights[-1][1]) / 2
            places |= {n: (y - middle, side, k) for n, y, side in heights}
        return places

    def _extent(self, neuron: Neuron, side: int) -> tuple[float, float]:
        """How far a neuron reaches above and below its sum."""
        m, fan = self.measures, self._fan(neuron, side)
        reach = m.weight / 2 + m.stem + m.gradient
        above = max(-y + (reach if s < 0 else m.weight / 2) for y, s in fan)
        below = max(y + (reach if s > 0 else m.weight / 2) for y, s in fan)
        bias = m.frame + m.above_frame + m.bias if neuron.bias is not None else m.frame
        return max(above, bias if side < 0 else m.frame), max(below, bias if side > 0 else m.frame)

    @property
    def reach(self) -> Sequence[tuple[float, float, float, float]]:
        """Room for the gradients of the weights."""
        m, rooms = self.measures, []
        reach = m.weight / 2 + m.stem + m.gradient
        for neuron in self.structure.neurons:
            y, side, _ = self.heights[neuron.sum]
            fan = self._fan(neuron, side)
            rooms.append((0.0, y + fan[0][0] - reach, 0.0, y + fan[-1][0] + reach))
        return rooms

    # Places.

    def input(self, i: int) -> Point:
        """Of an input."""
        return self.measures.radius, (i - (len(self.structure.inputs) - 1) / 2) * self.measures.inputs

    def branching(self, k: int, source: Element) -> tuple[Point, Point]:
        """Of a branching point; the rule's number stands below it, on the side where the wire comes from."""
        return (self.columns[k][0], source.y), (-16.0, 20.0)

    def neuron(self, neuron: Neuron) -> Places:
        """Of a neuron."""
        m = self.measures
        y, side, k = self.heights[neuron.sum]
        _, pill, total, psi = self.columns[k]
        left, right = self._frame(self.structure.layers[k], total, psi)
        fan = self._fan(neuron, side)
        reach = m.weight / 2 + m.stem + m.gradient / 2
        return Places(
            frame=((left + right) / 2, y, right - left, 2 * m.frame),
            indent=self._indent(neuron),
            sum=(total, y),
            weights=[(pill, y + dy) for dy, _ in fan],
            gradients=[(pill, y + dy + s * reach) for dy, s in fan],
            bias=(total, y + side * (m.frame + m.above_frame + m.bias / 2)),
            activation=(psi, y),
            corners={
                Rule.NEURON: (1.0, -1.0 if side < 0 else 1.0),
                Rule.SUM: (0.72, -0.72 * side),
                Rule.WEIGHTED_INPUT: (1.0, -float(fan[0][1])),
                Rule.CONSTANT_INPUT: (1.0, -1.0),
                Rule.ACTIVATION: (1.0, -1.0),
            },
        )

    def ends(self, exits: Sequence[Element]) -> Ends:
        """Of L, J and the targets."""
        m, y = self.measures, (exits[0].y + exits[-1].y) / 2
        shown = self.lettering.loss("forward") + self.lettering.loss("inverse")
        width = min(max(m.loss, *(row.width + m.loss_pad for row in shown)), WIDEST_LOSS)
        height = exits[-1].y - exits[0].y + m.loss_height
        x = self._right(-1) + self._room + width / 2
        below = y + height / 2 + m.to_target + m.target
        count = len(self.structure.targets)
        return Ends(
            loss=(x, y),
            size=(width, height),
            corner=(1.0, -1.0),
            cost=(x + width / 2 + m.to_cost + m.radius + 4, y),
            targets=[(x + (i - (count - 1) / 2) * (2 * m.target + 12), below) for i in range(count)],
        )

    @property
    def _room(self) -> float:
        """From the last frame to L."""
        return max(self.label, self.measures.label) + self.measures.to_loss

    def exit(self, source: Element) -> Point:
        """Of an output that no loss follows."""
        return self._right(-1) + 40 + self.measures.radius, source.y

    # Labels.

    def beside(self, k: int, source: Element, target: Element, size: Point, branches: bool) -> Point:
        """Of the label of a signal: to the right of its frame, above its wire or, where that rises, below it."""
        width, height = size
        x = self._right(k - 1) + 5 + width / 2
        if branches:
            return x, source.y - height / 2 - 7
        (x0, y0), (x1, y1) = between(source, target)
        side = -1 if y1 > y0 - 4 else 1
        y = y0 + (y1 - y0) * max(0.0, x - width / 2 - x0) / (x1 - x0)  # of the wire where the label begins
        return x, y + side * (height / 2 + (7 if abs(y1 - y0) < 4 else 1))

    def between(self, neuron: Neuron, total: Element, psi: Element, size: Point) -> Point:
        """Of the label of a sum: on the outer side of its wire."""
        side = -1 if self.heights[neuron.sum][1] < 0 else 1
        return (total.box[2] + psi.box[0]) / 2, total.y + side * (size[1] / 2 + 7)

    def leaving(self, source: Element, size: Point) -> Point:
        """Of the label of an output: above its wire."""
        return self._right(-1) + self._room / 2 - 4, source.y - size[1] / 2 - 7

    # Wires.

    def wire(self, source: Element, target: Element) -> tuple[Point, Point]:
        """The ends of a wire; L is met at the height of an output, and from below by a target."""
        return between(_met(source, target), _met(target, source))


def _met(e: Element, other: Element) -> Element:
    """The part of L that a wire to another element meets; any other element whole."""
    if e.name != parts.LOSS or other.form == "ring":
        return e
    if other.y > e.box[3]:
        return replace(e, x=other.x, width=8.0)
    return replace(e, y=other.y, height=40.0)


def _side(i: int, count: int) -> int:
    """−1 for what lies above the middle, 1 for what lies below it."""
    return -1 if 2 * i < count else 1


def fits(structure: Structure) -> bool:
    """Whether the network is small enough for this style: a person can follow every wire."""
    weights = [len(neuron.inputs) for neuron in structure.neurons]
    joined = any(neuron.joins for neuron in structure.neurons)
    return not joined and sum(weights) <= 14 and max(weights) <= 4 and max(structure.sizes) <= 4
