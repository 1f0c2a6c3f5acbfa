"""The lecture's style from top to bottom, for narrow columns: the same elements, see `inversa.viz.neurons.elements`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.drawing.geometry import Point
from inversa.viz.lettering.spans import VIEWS, Line, View
from inversa.viz.neurons.elements import COMPACT, Ends, Measures, Places, roomy, stacked
from inversa.viz.neurons.sheet import GAP, Element, between
from inversa.viz.neurons.structure import Neuron, Structure, Weighted
from inversa.viz.neurons.writer import NeuronWriter

AIR = 24.0  # length of a short wire
PILLS = 10.0  # between two weights
WIDEST_LOSS = 240.0


class Columns(NamedTuple):
    """Measures across the way of the signals, in pixels."""

    weight: float  # the narrowest pill of a weight
    pad: float  # beside its text
    gradient: float  # the narrowest pill of a gradient or a bias
    gradient_pad: float
    beside: float  # from a weight to its gradient, and from a frame to the bias
    apart: float  # between two neurons
    stacked: bool  # whether the number of a weight stands under its name


WIDE = Columns(86.0, 10.0, 56.0, 12.0, 12.0, 22.0, False)
PHONE = Columns(58.0, 10.0, 56.0, 6.0, 14.0, 8.0, True)


class Level(NamedTuple):
    """Where a layer lies: its branching points, its weights, its sums, its activations, and its lower end."""

    branching: float
    weights: float
    sums: float
    activations: float
    end: float


@dataclass(frozen=True)
class Upright:
    """Lays out a small network from top to bottom."""

    structure: Structure
    lettering: NeuronWriter
    columns: Columns = WIDE

    @cached_property
    def measures(self) -> Measures:
        """Sizes and distances."""
        weight = 68 if self.columns.stacked else 42
        base = COMPACT._replace(weight=weight, gradient=38, bias=38, titles="none")
        return roomy(base, self.structure, self.lettering)

    # What is written.

    def weight_lines(self, x: Weighted, view: View) -> tuple[Line, ...]:
        """The lines of a weighted input."""
        rows = self.lettering.weight(x, view)
        return stacked(rows, 17, 14) if view == "inverse" and self.columns.stacked else rows

    def bias_lines(self, n: int, view: View) -> tuple[Line, ...]:
        """A bias or its gradient: the name, and below it the number."""
        rows = self.lettering.bias(n, view)
        return rows if len(rows) > 1 else stacked(rows, 18, 15)

    # Measures.

    @cached_property
    def weight_size(self) -> Point:
        """Width and height of a weight's pill."""
        rows = [
            row.width
            for neuron in self.structure.neurons
            for view in VIEWS
            for x in neuron.inputs
            for row in self.weight_lines(x, view)
        ]
        return max(self.columns.weight, max(rows) + self.columns.pad), self.measures.weight

    @cached_property
    def gradient_size(self) -> Point:
        """Width and height of the pill of a gradient or a bias."""
        rows: list[Line] = []
        for neuron in self.structure.neurons:
            for x in neuron.inputs:
                rows += self.lettering.gradient(x.weight)
            if neuron.bias is not None:
                rows += [row for view in VIEWS for row in self.bias_lines(neuron.bias, view)]
        widest = max(row.width for row in rows)
        return max(self.columns.gradient, widest + self.columns.gradient_pad), self.measures.gradient

    @cached_property
    def label(self) -> float:
        """The room for the label of a sum, beside its wire in the frame."""
        rows = [row for n in self.structure.neurons for view in VIEWS for row in self.lettering.sum(n, view)]
        return max(row.width for row in rows)

    @cached_property
    def _home(self) -> dict[int, tuple[int, int, int]]:
        """Of every neuron, by its sum: its layer, its place in it, and on which side its bias stands."""
        return {
            neuron.sum: (k, i, _side(i, len(layer)))
            for k, layer in enumerate(self.structure.layers)
            for i, neuron in enumerate(layer)
        }

    def _weights(self, neuron: Neuron) -> list[tuple[float, int]]:
        """The middles of a neuron's weights from its own, and on which side of each the gradient stands."""
        count = len(neuron.inputs)
        sides = [self._home[neuron.sum][2]] if count == 1 else [_side(i, count) for i in range(count)]
        x, middles = 0.0, [0.0]
        for a, b in pairwise(sides):
            x += self.weight_size[0]
            x += PILLS if (a, b) == (-1, 1) else self.gradient_size[0] + 2 * self.columns.beside
            middles.append(x)
        return [(middle - x / 2, side) for middle, side in zip(middles, sides, strict=True)]

    def _sides(self, neuron: Neuron) -> tuple[float, float]:
        """How far a frame reaches to the left and to the right of its sum: the label stands on one side."""
        k, _, side = self._home[neuron.sum]
        m = self.measures
        if not neuron.activation:
            return m.sum + 14, m.sum + 14
        narrow, wide = max(m.activation / 2 - 2, m.sum) + 14, max(m.activation / 2 - 2, self.label + 18)
        return (wide, narrow) if side < 0 and len(self.structure.layers[k]) > 1 else (narrow, wide)

    def _reach(self, neuron: Neuron) -> tuple[float, float]:
        """How far a neuron reaches to both sides."""
        side = self._home[neuron.sum][2]
        left, right = self._sides(neuron)
        if neuron.bias is not None:
            bias = self.columns.beside + self.gradient_size[0]
            left, right = (left + bias, right) if side < 0 else (left, right + bias)
        for x, s in self._weights(neuron):
            gradient = self.columns.beside + self.gradient_size[0]
            left = max(left, -x + self.weight_size[0] / 2 + (gradient if s < 0 else 0.0))
            right = max(right, x + self.weight_size[0] / 2 + (gradient if s > 0 else 0.0))
        return left, right

    @cached_property
    def _middles(self) -> dict[int, float]:
        """Of every neuron, by its sum: how far its middle lies from the middle of the picture."""
        middles: dict[int, float] = {}
        for layer in self.structure.layers:
            at = [0.0]
            for before, neuron in pairwise(layer):
                at.append(at[-1] + self._reach(before)[1] + self.columns.apart + self._reach(neuron)[0])
            middle = (at[0] + at[-1]) / 2
            middles |= {neuron.sum: x - middle for neuron, x in zip(layer, at, strict=True)}
        return middles

    @cached_property
    def levels(self) -> list[Level]:
        """Of every layer."""
        m, levels, y = self.measures, [], 2 * self.measures.radius
        signals = self.structure.inputs
        for k, layer in enumerate(self.structure.layers):
            dot = y + AIR + (8 if k == 0 else 30)  # below the label of an output
            y += (
                (36 if k == 0 else 50) + AIR
                if any(self.structure.uses[n] > 1 for n in signals)
                else 30 + AIR
                if k
                else AIR
            )
            weights = y + AIR + m.weight / 2
            sums = weights + m.weight / 2 + AIR + m.sum
            activations = sums
            if any(neuron.activation for neuron in layer):
                activations = sums + m.sum + 2 * GAP + 24 + m.square / 2
            y = activations + (m.square / 2 if activations > sums else m.sum) + 10
            levels.append(Level(dot, weights, sums, activations, y))
            signals = tuple(neuron.output for neuron in layer)
        return levels

    @property
    def reach(self) -> Sequence[tuple[float, float, float, float]]:
        """Nothing: gradients stand beside their weights, where both views have something."""
        gradients = [
            (x - self.gradient_size[0] / 2, y, x + self.gradient_size[0] / 2, y)
            for neuron in self.structure.neurons
            for x, y in self.neuron(neuron).gradients
        ]
        return gradients

    # Places.

    def input(self, i: int) -> Point:
        """Of an input."""
        radius = self.measures.radius
        return (i - (len(self.structure.inputs) - 1) / 2) * (2 * radius + 40), radius

    def branching(self, k: int, source: Element) -> tuple[Point, Point]:
        """Of a branching point; the rule's number stands to its left, above it."""
        return (source.x, self.levels[k].branching), (-18.0, -16.0)

    def neuron(self, neuron: Neuron) -> Places:
        """Of a neuron."""
        m, x, (k, _, side) = self.measures, self._middles[neuron.sum], self._home[neuron.sum]
        level = self.levels[k]
        left, right = self._sides(neuron)
        top, bottom = level.sums - m.sum - 10, level.end
        weights = self._weights(neuron)
        beside = self.weight_size[0] / 2 + self.columns.beside + self.gradient_size[0] / 2
        bias = self.columns.beside + self.gradient_size[0] / 2
        inner = -side if len(self.structure.layers[k]) > 1 else -1
        return Places(
            frame=(x + (right - left) / 2, (top + bottom) / 2, left + right, bottom - top),
            indent=0.0,
            sum=(x, level.sums),
            weights=[(x + dx, level.weights) for dx, _ in weights],
            gradients=[(x + dx + s * beside, level.weights) for dx, s in weights],
            bias=(x + right + bias if side > 0 else x - left - bias, level.sums),
            activation=(x, level.activations),
            corners={
                Rule.NEURON: (float(side), 1.0),
                Rule.SUM: (0.8 * inner, -0.7),
                Rule.WEIGHTED_INPUT: (float(weights[0][1]), 1.0),
                Rule.CONSTANT_INPUT: (float(side), -1.0),
                Rule.ACTIVATION: (float(inner), -1.0),
            },
        )

    def ends(self, exits: Sequence[Element]) -> Ends:
        """Of L, J and the targets: a single one beside L, several below it, on both sides of J."""
        m, x, count = self.measures, (exits[0].x + exits[-1].x) / 2, len(self.structure.targets)
        shown = self.lettering.loss("forward") + self.lettering.loss("inverse")
        width = min(max(m.loss + 12, *(row.width + m.loss_pad + 4 for row in shown)), WIDEST_LOSS)
        if len(exits) > 1:
            width = max(width, exits[-1].x - exits[0].x + 60)
        y = self.levels[-1].end + AIR + 34 + m.loss_height / 2
        low = y + m.loss_height / 2 + AIR + m.radius + 4
        targets = [(x + width / 2 + 30 + m.target, y)]
        if count > 1:
            pitch, first = 2 * m.target + 8, m.radius + 16 + m.target
            left = count // 2
            targets = [(x - first - i * pitch, low) for i in reversed(range(left))]
            targets += [(x + first + i * pitch, low) for i in range(count - left)]
            width = max(width, 2 * (first + (count - left - 1) * pitch + m.target))
        return Ends(
            loss=(x, y),
            size=(width, m.loss_height),
            corner=(-1.0, -1.0),
            cost=(x, low),
            targets=targets[:count],
        )

    def exit(self, source: Element) -> Point:
        """Of an output that no loss follows."""
        return source.x, self.levels[-1].end + AIR + self.measures.radius

    # Labels.

    def beside(self, k: int, source: Element, target: Element, size: Point, branches: bool) -> Point:
        """Of the label of a signal: below its frame, on the side that its wire leaves free."""
        slant = target.x - source.x
        side = 1 if branches or slant < -4 or (slant <= 4 and source.x >= 0) else -1
        return source.x + side * (size[0] / 2 + 8), self.levels[k - 1].end + 4 + size[1] / 2

    def between(self, neuron: Neuron, total: Element, psi: Element, size: Point) -> Point:
        """Of the label of a sum: on the side where the frame has room."""
        left, right = self._sides(neuron)
        return total.x + (1 if right > left else -1) * (size[0] / 2 + 8), (total.box[3] + psi.box[1]) / 2

    def leaving(self, source: Element, size: Point) -> Point:
        """Of the label of an output: to the right of its wire."""
        return source.x + size[0] / 2 + 8, self.levels[-1].end + 8 + size[1] / 2

    # Wires.

    def wire(self, source: Element, target: Element) -> tuple[Point, Point]:
        """The ends of a wire: pills and squares are left at their lower and entered at their upper sides."""
        if abs(target.y - source.y) < 25:
            return between(source, target)
        start = _end(source, _end(target, (source.x, source.y)))
        return start, _end(target, start)


def _end(e: Element, other: Point) -> Point:
    """Where a wire to another point leaves an element."""
    if e.form not in ("pill", "square"):
        return between(e, replace(e, x=other[0], y=other[1], width=0.0))[0]
    reach = e.width / 2 - 16 if e.form == "pill" or e.name == parts.LOSS else 0.0
    return max(e.x - reach, min(e.x + reach, other[0])), e.box[3] if other[1] > e.y else e.box[1]


def _side(i: int, count: int) -> int:
    """−1 for what lies on the left of the middle, 1 for the others."""
    return -1 if 2 * i < count - 1 else 1
