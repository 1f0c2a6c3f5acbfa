"""The lecture's style: every neuron with its Σ and ψ, every weight a pill, branching points as dots.

The inverse network has the same elements at the same places; only the gradients of the weights are added, beside their
pills, where the forward drawing has left room for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from inversa.autograd import Rule
from inversa.viz.cards import VIEWS, Line, Span, View
from inversa.viz.layout import Point
from inversa.viz.neurons.lettering import Lettering
from inversa.viz.neurons.rules import HEIGHT, table
from inversa.viz.neurons.sheet import GAP, Element, Link, Sheet, between, line, moved
from inversa.viz.neurons.structure import Neuron, Structure, Weighted

RADIUS, SUM, DOT = 34.0, 26.0, 5.0
PILL, GRADIENT, SQUARE, BIAS = 44.0, 40.0, 56.0, 42.0  # heights
STEM = 14.0  # from a weight to its gradient
FAN, LEAD = 84.0, 46.0  # lengths of wires
FRAME, MARGIN = 64.0, 28.0  # half of its height; between its sides and what is in it


@dataclass(frozen=True)
class Lecture:
    """Lays out a small network, once for both views."""

    structure: Structure
    lettering: Lettering

    # Measures.

    @cached_property
    def pill(self) -> float:
        """The width of all pills: of weights, of biases and of their gradients."""
        rows: list[Line] = []
        for neuron in self.structure.neurons:
            for view in VIEWS:
                for x in neuron.inputs:
                    rows += [*self.lettering.weight(x, view), *self.lettering.gradient(x.weight)]
                if neuron.bias is not None:
                    rows += self.lettering.bias(neuron.bias, view)
        return max(96.0, *(row.width + 22 for row in rows))

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

    def _side(self, i: int, count: int) -> int:
        """−1 for what lies above the middle, 1 for what lies below it."""
        return -1 if 2 * i < count else 1

    def _fan(self, neuron: Neuron, outer: int) -> list[tuple[float, int]]:
        """The pills of a neuron, relative to its sum: their heights, and on which side the gradient stands."""
        count = len(neuron.inputs)
        sides = [outer] if count == 1 else [self._side(i, count) for i in range(count)]
        y, heights = 0.0, [0.0]
        for a, b in pairwise(sides):
            y += PILL + (22 if (a, b) == (-1, 1) else 2 * STEM + GRADIENT)
            heights.append(y)
        return [(h - y / 2, side) for h, side in zip(heights, sides, strict=True)]

    @cached_property
    def columns(self) -> list[tuple[float, float, float, float]]:
        """For every layer where its branching dots, its pills, its sums and its activations are centred."""
        found = []
        right = 2 * RADIUS
        for k, layer in enumerate(self.structure.layers):
            lead = (LEAD if k == 0 else MARGIN + self.label + GAP + 12) if self._branching(k) else 0.0
            dot = right + lead
            start = dot + (FAN if lead else (LEAD + 20 if k == 0 else MARGIN + self.label + 34))
            pill = start + self.pill / 2
            total = pill + self.pill / 2 + 96 + SUM
            psi = total + SUM + self.label + 2 * GAP + 8 + SQUARE / 2 if any(n.activation for n in layer) else total
            found.append((dot, pill, total, psi))
            right = self._frame(layer, total, psi)[1] - MARGIN
        return found

    def _frame(self, layer: Sequence[Neuron], total: float, psi: float) -> tuple[float, float]:
        """The left and right side of a layer's frames, wide enough for their titles."""
        left, right = total - SUM - MARGIN, psi + (SQUARE / 2 if psi > total else SUM) + MARGIN
        titles = (Span(self.lettering.title(neuron, view), "group").width for neuron in layer for view in VIEWS)
        return left, max(right, left + min(max(titles) + 16, 240.0))

    def _branching(self, k: int) -> bool:
        signals = self.structure.inputs if k == 0 else [neuron.output for neuron in self.structure.layers[k - 1]]
        return any(self.structure.uses[n] > 1 for n in signals)

    @cached_property
    def heights(self) -> dict[int, tuple[float, int]]:
        """Of every neuron, by its sum: the height, and whether it lies above or below the middle of its layer."""
        found: dict[int, tuple[float, int]] = {}
        for layer in self.structure.layers:
            y, low = 0.0, None
            heights = []
            for i, neuron in enumerate(layer):
                side = self._side(i, len(layer))
                above, below = self._extent(neuron, side)
                y = 0.0 if low is None else low + 26 + above
                low = y + below
                heights.append((neuron.sum, y, side))
            middle = (heights[0][1] + heights[-1][1]) / 2
            found |= {n: (y - middle, side) for n, y, side in heights}
        return found

    def _extent(self, neuron: Neuron, side: int) -> tuple[float, float]:
        """How far a neuron reaches above and below its sum."""
        fan = self._fan(neuron, side)
        reach = PILL / 2 + STEM + GRADIENT
        above = max(-y + (reach if s < 0 else PILL / 2) for y, s in fan)
        below = max(y + (reach if s > 0 else PILL / 2) for y, s in fan)
        bias = FRAME + 16 + BIAS if neuron.bias is not None else FRAME
        return max(above, bias if side < 0 else FRAME), max(below, bias if side > 0 else FRAME)

    def legend(self, view: View) -> list[tuple[str, dict[str, Any]]]:
        """The sentences of the legend."""
        return [("kept legend", {})] if view == "inverse" else []

    # The sheet.

    def sheet(self, view: View) -> Sheet:
        """All elements and links of one view."""
        return _Sheet(self, view).sheet()


class _Sheet:
    """Collects the elements and links of one view."""

    def __init__(self, lecture: Lecture, view: View) -> None:
        self.lecture, self.view = lecture, view
        self.structure, self.lettering = lecture.structure, lecture.lettering
        self.inverse = view == "inverse"
        self.elements: dict[str, Element] = {}
        self.links: list[Link] = []

    def sheet(self) -> Sheet:
        for i, n in enumerate(self.structure.inputs):
            y = (i - (len(self.structure.inputs) - 1) / 2) * 112
            role = "data" if self.structure.boxes[n].role == "data" else "parameter"
            form = "ghost" if self.inverse and not self._differentiable(n) else "circle"
            self.add(n, form, role, RADIUS, y, 2 * RADIUS, 2 * RADIUS, self.lettering.signal(n, self.view))
        exits = {n: self.elements[f"n{n}"] for n in self.structure.inputs}
        for k, layer in enumerate(self.structure.layers):
            ways = self._branch(exits, k)
            exits = {neuron.output: self._neuron(neuron, k, ways) for neuron in layer}
        self._loss(exits)
        return self._moved()

    def add(
        self, n: int | str, form: str, role: str, x: float, y: float, width: float, height: float,
        lines: tuple[Line, ...] = (), rule: Rule | None = None, corner: Point = (1.0, -1.0), tint: str = "",
    ) -> Element:  # fmt: skip
        """Put an element in its place."""
        name = f"n{n}" if isinstance(n, int) else n
        title = self.lettering.tip(n, self.view) if isinstance(n, int) else ""
        element = Element(name, form, role, x, y, width, height, lines, title, rule, corner, tint)  # type: ignore[arg-type]
        self.elements[name] = element
        return element

    def wire(
        self, source: Element, target: Element, gain: float | None = 1.0, *,
        head: bool = True, label: Element | None = None, carries: bool = True,
    ) -> None:  # fmt: skip
        """Connect two elements, given in the forward direction."""
        points = between(source, target)
        name = f"e{source.name.lstrip('n')}-{target.name.lstrip('n')}"
        if not self.inverse:
            self.links.append(Link(name, source.name, target.name, points, "forward", gain, head=head, label=label))
        elif carries:
            back = (points[1], points[0])
            self.links.append(
                Link(name, target.name, source.name, back, "inverse", gain, dash="6 4", open=True, label=label)
            )
        else:
            self.links.append(
                Link(name, source.name, target.name, points, "forward", gain, dash="1 5", head=False, label=label)
            )

    def _label(self, name: str, lines: tuple[Line, ...], x: float, y: float, side: int) -> Element:
        """A label above or below the point of a wire."""
        width, height = max(each.width for each in lines), sum(each.height for each in lines)
        role = "inverse" if self.inverse else "forward"
        return Element(name, "label", role, x, y + side * (height / 2 + 7), width, height, lines)

    def _branch(self, exits: dict[int, Element], k: int) -> dict[int, Element]:
        """Where the wires to a layer's weights begin: at the signals, or at their branching dots."""
        x = self.lecture.columns[k][0]
        ways = {}
        for n, source in exits.items():
            ways[n] = source
            if self.structure.uses[n] < 2:
                continue
            rule = Rule.BRANCHING if not any(e.rule is Rule.BRANCHING for e in self.elements.values()) else None
            carries = self._differentiable(n)
            if self.inverse and carries:
                sign = (line(Span("Σ", "sign"), height=22),)
                dot = self.add(f"b{n}", "circle", "inverse", x, source.y, 30, 30, sign, rule, (0.0, 1.9), "paper")
            else:
                dot = self.add(f"b{n}", "dot", "forward", x, source.y, 2 * DOT, 2 * DOT, (), rule, (0.0, 5.0))
            label = None
            if k > 0:
                lines = self.lettering.signal(n, self.view)
                label = self._label(f"t{n}", lines, self._beside(k, lines), source.y, -1)
            self.wire(source, dot, head=False, label=label, carries=carries)
            ways[n] = dot
        return ways

    def _differentiable(self, n: int) -> bool:
        return self.structure.boxes[n].differentiable

    def _beside(self, k: int, lines: tuple[Line, ...]) -> float:
        """The middle of a label that stands to the right of the frames of the layer before layer k."""
        _, right = self.lecture._frame(self.structure.layers[k - 1], *self.lecture.columns[k - 1][2:])
        return right + 5 + max(row.width for row in lines) / 2

    def _neuron(self, neuron: Neuron, k: int, ways: dict[int, Element]) -> Element:
        """A neuron with its weights and its bias; the element that its output leaves."""
        _, x_pill, x_sum, x_psi = self.lecture.columns[k]
        y, side = self.lecture.heights[neuron.sum]
        last = neuron is self.structure.layers[-1][0]  # it carries the rules' numbers
        left, right = self.lecture._frame(self.structure.layers[k], x_sum, x_psi)
        title = Span(self.lettering.title(neuron, self.view), "group", yields=True)
        self.add(
            f"N{neuron.sum}", "frame", "muted", (left + right) / 2, y, right - left, 2 * FRAME,
            (line(title.cut(title.width - (right - left) + 16), height=15),), Rule.NEURON if last else None,
            (1.0, -1.0 if side < 0 else 1.0),
        )  # fmt: skip
        role = "inverse" if self.inverse else "forward"
        form = "point" if self.inverse else "circle"
        sign = () if self.inverse else (line(Span("Σ", "sign"), height=24),)
        total = self.add(
            neuron.sum if neuron.activation else f"s{neuron.sum}", form, role, x_sum, y, 2 * SUM, 2 * SUM, sign,
            Rule.SUM if last else None, (-0.72, 0.72), "paper",
        )  # fmt: skip
        for i, (x, (dy, s)) in enumerate(zip(neuron.inputs, self.lecture._fan(neuron, side), strict=True)):
            self._weight(
                x, x_pill, y + dy, s, ways[x.signal], total, k, Rule.WEIGHTED_INPUT if last and i == 0 else None
            )
        if neuron.bias is not None:
            carries = self._differentiable(neuron.bias)
            role = "inverse" if self.inverse and carries else "parameter"
            bias = self.add(
                neuron.bias, "pill", role, x_sum, y + side * (FRAME + 16 + BIAS / 2), self.lecture.pill, BIAS,
                self.lettering.bias(neuron.bias, self.view), Rule.CONSTANT_INPUT if last else None,
            )  # fmt: skip
            self.wire(bias, total, carries=carries)
        if not neuron.activation:
            return total
        role = "inverse" if self.inverse else "forward"
        psi = self.add(
            neuron.output, "square", role, x_psi, y, SQUARE + 4, SQUARE, self.lettering.activation(neuron, self.view),
            Rule.ACTIVATION if last else None,
        )  # fmt: skip
        lines = self.lettering.sum(neuron, self.view)
        label = self._label(f"t{neuron.sum}", lines, (total.box[2] + psi.box[0]) / 2, y, -1 if side < 0 else 1)
        self.wire(total, psi, self.structure.slope(neuron.output, neuron.sum), label=label)
        return psi

    def _weight(
        self, x: Weighted, at: float, y: float, side: int, way: Element, total: Element, k: int, rule: Rule | None
    ) -> None:
        pill = self.add(
            x.product, "pill", "parameter", at, y, self.lecture.pill, PILL, self.lettering.weight(x, self.view), rule,
            (1.0, -side),
        )  # fmt: skip
        weight = self.structure.boxes[x.weight].value
        assert isinstance(weight, float)
        label = None
        if k > 0 and not way.name.startswith("b"):  # no branching dot, which would have the label before it
            (x0, y0), (x1, y1) = between(way, pill)
            above = -1 if y1 > y0 + 4 or (abs(y1 - y0) <= 4 and side < 0) else 1
            lines = self.lettering.signal(x.signal, self.view)
            at_x = self._beside(k, lines)
            at_y = y0 + (y1 - y0) * max(0.0, at_x - x0 - 24) / (x1 - x0)
            label = self._label(f"t{x.signal}", lines, at_x, at_y, above)
        self.wire(way, pill, weight, label=label, carries=self._differentiable(x.signal))
        self.wire(pill, total)
        if self.inverse and self._differentiable(x.weight):
            signal = self.structure.boxes[x.signal].value
            assert isinstance(signal, float)
            y += side * (PILL / 2 + STEM + GRADIENT / 2)
            gradient = self.add(
                x.weight, "pill", "inverse", at, y, self.lecture.pill, GRADIENT, self.lettering.gradient(x.weight)
            )
            self.wire(gradient, pill, signal)

    def _loss(self, exits: dict[int, Element]) -> None:
        """L, J and the targets; or, where there is no loss, the outputs, and the unit that is fed in there."""
        first, *_, last = [*exits.values()] * 2
        _, right = self.lecture._frame(self.structure.layers[-1], *self.lecture.columns[-1][2:])
        room = max(self.lecture.label, 60.0) + 2 * GAP + 24
        cost = self.structure.cost
        if cost is None:
            for n, source in exits.items():
                unit = self.inverse and n == self.structure.end
                lines = (line(Span("1", "sign"), height=24),) if unit else self.lettering.signal(n, self.view)
                end = self.add(
                    f"h{n}", "circle", "inverse" if self.inverse else "forward", right + 60 + RADIUS, source.y,
                    2 * RADIUS, 2 * RADIUS, lines, Rule.COST if unit else None, (0.72, -0.72),
                )  # fmt: skip
                self.wire(source, end)
            return
        shown = self.lettering.loss("forward") + self.lettering.loss("inverse")
        width = min(max(96.0, *(row.width + 26 for row in shown)), 240.0)
        height = last.y - first.y + 66
        x, y = right + room + width / 2, (first.y + last.y) / 2
        lines = tuple(row.fitted(width - 16) for row in self.lettering.loss(self.view))
        loss = self.add("L", "square", "loss", x, y, width, height, lines, Rule.LOSS)
        for n, source in exits.items():
            label = self._label(f"t{n}", self.lettering.signal(n, self.view), right + room / 2 - 4, source.y, -1)
            level = replace(loss, y=source.y, height=40.0)
            self.wire(source, level, self._flow(n), label=label)
        ring = self.add(
            cost, "ring", "loss", x + width / 2 + 52 + RADIUS, y, 2 * RADIUS + 8, 2 * RADIUS + 8,
            self.lettering.cost(cost, self.view), Rule.COST, (0.72, -0.72),
        )  # fmt: skip
        self.wire(loss, ring)
        for i, n in enumerate(self.structure.targets):
            at = x + (i - (len(self.structure.targets) - 1) / 2) * 70
            target = self.add(
                n, "ghost" if self.inverse else "circle", "data", at, y + height / 2 + 44 + 29, 58, 58,
                (line(Span(self.lettering.name(n), "kept name" if self.inverse else "name"), height=18),
                 line(self.lettering.value(n, "kept" if self.inverse else "number"))),
            )  # fmt: skip
            top = replace(loss, x=at, width=8.0)
            self.wire(target, top, self._flow(n), carries=False)

    def _flow(self, n: int) -> float | None:
        flow = self.structure.boxes[n].flow
        return flow if isinstance(flow, float) else None

    # The whole.

    def _moved(self) -> Sheet:
        """Everything shifted into the first quadrant, and the table of rules below it."""
        boxes = [e.box for e in (*self.elements.values(), *(li.label for li in self.links if li.label))]
        reach = PILL / 2 + STEM + GRADIENT  # the forward view leaves the room that the inverse one needs for gradients
        for neuron in self.structure.neurons:
            y, side = self.lecture.heights[neuron.sum]
            fan = self.lecture._fan(neuron, side)
            boxes.append((0.0, y + fan[0][0] - reach, 0.0, y + fan[-1][0] + reach))
        left, top = min(b[0] for b in boxes) - 4, min(b[1] for b in boxes) - 12
        width, height = max(b[2] for b in boxes) + 12 - left, max(b[3] for b in boxes) + 8 - top
        placed, wired = moved(self.elements.values(), self.links, -left, -top)
        panel, legend = table(self.lettering.lang, self.inverse, width, height + 14)
        return Sheet(self.view, max(width, panel.x + panel.width), panel.y + HEIGHT, placed, wired, legend, panel)


def fits(structure: Structure) -> bool:
    """Whether the network is small enough for this style: a person can follow every wire."""
    weights = [len(neuron.inputs) for neuron in structure.neurons]
    joined = any(neuron.joins for neuron in structure.neurons)
    return not joined and sum(weights) <= 14 and max(weights) <= 4 and max(structure.sizes) <= 4
