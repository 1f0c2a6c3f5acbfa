"""The style for dense layers: a circle a neuron, a weighted edge a weight; its width is |w|, its dash the sign.

In the inverse network the same edges have the width and the sign of the gradients ∂J/∂w.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from inversa.viz.cards import Line, Span, View
from inversa.viz.layout import Point
from inversa.viz.neurons.lettering import Lettering
from inversa.viz.neurons.sheet import Element, Link, Sheet, between, line, moved, overlap
from inversa.viz.neurons.structure import Neuron, Structure
from inversa.viz.texts import count, number, say

RADIUS = 36.0
COLUMN, BARE = 300.0, 216.0  # from one layer to the next, and where the circles have no numbers
ROW = 128.0  # from one neuron to the next
BIAS = 24.0  # height of a bias
TITLES = 40.0
THIN = 0.7  # the least width of an edge, as in web/paint.js
THICK, DENSE = 6.0, 3.2  # the greatest, and the greatest where there are many
LABELLED = 18  # edges between two layers: up to here they have labels
WIDEST, FIRST = 10, 5  # of more neurons only the first few and the last are drawn
ROUGH = 2  # decimals of the labels of edges
PLACES = (0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8)  # of a label on its edge
ENOUGH = 14.0  # pixels between a label and other edges


def thickness(number: float, largest: float, widest: float = THICK) -> float:
    """The width of an edge in pixels; what is no number has the least."""
    if math.isnan(number) or not largest:
        return THIN
    return THIN + (widest - THIN) * min(1.0, abs(number) / largest)


def dash(number: float) -> str:
    """Solid for a positive number, dashed for a negative one, dotted for what is no number; as in web/paint.js."""
    return "1 4" if math.isnan(number) else "7 5" if number < 0 else ""


@dataclass(frozen=True)
class Dense:
    """Lays out a network of dense layers, once for both views."""

    structure: Structure
    lettering: Lettering

    @property
    def digits(self) -> int:
        """Decimals in the circles."""
        return min(self.lettering.writer.digits, 3)

    @cached_property
    def columns(self) -> list[list[int]]:
        """The signals of every layer, by box, the inputs first."""
        return [list(self.structure.inputs), *([n.output for n in layer] for layer in self.structure.layers)]

    @cached_property
    def shown(self) -> list[list[int]]:
        """Those that are drawn; a wide layer's last one stands below the dots that stand for the others."""
        return [c if len(c) <= WIDEST else [*c[:FIRST], c[-1]] for c in self.columns]

    @cached_property
    def places(self) -> dict[int, tuple[float, float]]:
        """The middle of every circle that is drawn."""
        found = {}
        for k, (signals, all_of_them) in enumerate(zip(self.shown, self.columns, strict=True)):
            gap = 1 if len(all_of_them) > len(signals) else 0
            rows = len(signals) + gap
            for i, n in enumerate(signals):
                row = i + (gap if gap and i == len(signals) - 1 else 0)
                found[n] = k * self.pitch, (row - (rows - 1) / 2) * ROW
        return found

    @cached_property
    def pitch(self) -> float:
        """From one layer to the next: many edges need more room."""
        return (COLUMN if self.lettering.valued else BARE) + min(120.0, 4.0 * self.edges)

    @cached_property
    def edges(self) -> int:
        """How many edges there are between two layers at most."""
        return max(len(a) * len(b) for a, b in pairwise(self.shown))

    def legend(self, view: View) -> Iterator[tuple[str, dict[str, Any]]]:
        """The sentences of the legend."""
        yield ("weights legend" if view == "forward" else "weight gradients legend"), {}
        neurons = sum(map(len, self.columns))
        weights = [x for neuron in self.structure.neurons for x in neuron.inputs]
        boxes = [self.structure.boxes[x.weight] for x in weights]
        if any(
            isinstance(a, float) and math.isnan(a) for a in (b.flow if view == "inverse" else b.value for b in boxes)
        ):
            yield "nan legend", {}
        seen = sum(map(len, self.shown))
        if seen < neurons:
            drawn = sum(
                x.signal in self.places for n in self.structure.neurons if n.output in self.places for x in n.inputs
            )
            yield (
                "all shown",
                {"shown": count(seen), "total": count(neurons), "weights": count(drawn), "all": count(len(weights))},
            )

    def sheet(self, view: View) -> Sheet:
        """All elements and links of one view."""
        inverse = view == "inverse"
        elements = [*self._signals(view), *self._ellipses(), *self._titles(view)]
        by_name = {e.name: e for e in elements}
        links: list[Link] = []
        for layer in self.structure.layers:
            links += self._edges(layer, by_name, inverse)
        for element in self._loss(view):
            elements.append(element)
            by_name[element.name] = element
        if self.structure.cost is not None:
            for n in self.shown[-1]:
                flow = self.structure.boxes[n].flow
                points = between(by_name[f"n{n}"], by_name["L"])
                gain = flow if isinstance(flow, float) else None
                links.append(self._link(f"e{n}-L", f"n{n}", "L", points, gain, inverse))
            J = f"n{self.structure.cost}"
            links.append(self._link(f"eL-{J[1:]}", "L", J, between(by_name["L"], by_name[J]), 1.0, inverse))
        elements += self._biases(view)
        left, top = -RADIUS - 50, min(y for _, y in self.places.values()) - RADIUS - BIAS - 14 - TITLES
        right = max(e.box[2] for e in elements) + 12
        bottom = max([max(y for _, y in self.places.values()) + RADIUS, *(e.box[3] for e in elements)]) + 8

        placed, wired = moved(elements, links, -left, -top)
        return Sheet(view, right - left, bottom - top, placed, wired)

    # Elements.

    def _signals(self, view: View) -> Iterator[Element]:
        for k, signals in enumerate(self.shown):
            for n in signals:
                box = self.structure.boxes[n]
                role = "data" if k == 0 and box.role == "data" else "parameter" if k == 0 else "forward"
                x, y = self.places[n]
                kept = view == "inverse" and not box.differentiable
                role = role if kept or view == "forward" else "inverse"
                yield Element(
                    f"n{n}", "ghost" if kept else "circle", role, x, y, 2 * RADIUS, 2 * RADIUS,
                    self.lettering.signal(n, view, self.digits), self.lettering.tip(n, view),
                )  # fmt: skip

    def _ellipses(self) -> Iterator[Element]:
        for k, (signals, everything) in enumerate(zip(self.shown, self.columns, strict=True)):
            if len(signals) < len(everything):
                n = len(everything) - len(signals)
                x, y = k * self.pitch, self.places[signals[-2]][1] + ROW
                more = say("more neurons", self.lettering.lang, n=count(n))
                lines = line(Span("⋮", "sign"), height=22), line(Span(more, "group"), height=15)
                yield Element(f"m{k}", "label", "muted", x, y, 80, 40, lines)

    def _titles(self, view: View) -> Iterator[Element]:
        top = min(y for _, y in self.places.values()) - RADIUS - BIAS - 14 - TITLES / 2
        for k, title in enumerate(self.lettering.layer_titles(view)):
            span = Span(title, "group")
            yield Element(f"t{k}", "label", "muted", k * self.pitch, top, span.width, 15, (line(span),))

    def _biases(self, view: View) -> Iterator[Element]:
        for neuron in self.structure.neurons:
            if neuron.bias is None or neuron.output not in self.places:
                continue
            x, y = self.places[neuron.output]
            if view == "inverse":
                role, name = "inverse", Span("δ", "flow")
                trained = self.structure.boxes[neuron.bias].differentiable
                amount = self.lettering.flow(neuron.bias if trained else neuron.sum, "edge", self.digits)
            else:
                role, name = "parameter", Span("b", "weight")
                amount = self.lettering.value(neuron.bias, "edge", self.digits)
            row = line(name, Span("  ", "edge"), amount)
            yield Element(
                f"n{neuron.bias}", "pill", role, x, y - RADIUS - BIAS / 2 - 6, row.width + 20, BIAS, (row,),
                self.lettering.tip(neuron.bias, view),
            )  # fmt: skip

    def _loss(self, view: View) -> Iterator[Element]:
        """L with what it compares with below it, and J."""
        n = self.structure.cost
        if n is None:
            return
        shown = self.lettering.loss("forward") + self.lettering.loss("inverse")
        width = min(max(84.0, *(row.width + 22 for row in shown)), 190.0)
        lines = tuple(row.fitted(width - 14) for row in self.lettering.loss(view))
        height = sum(row.height for row in self.lettering.loss("forward")) + 24
        x = (len(self.columns) - 1) * self.pitch + 2 * RADIUS + 80 + width / 2
        yield Element("L", "square", "loss", x, 0.0, width, height, lines)
        rows = self.lettering.targets(view)
        if rows:
            wide, high = max(row.width for row in rows) + 24, sum(row.height for row in rows) + 10
            yield Element("y", "pill", "data", x, height / 2 + 12 + high / 2, wide, high, rows)
        ring = 2 * RADIUS + 8
        yield Element(
            f"n{n}", "ring", "loss", x + width / 2 + 40 + ring / 2, 0.0, ring, ring, self.lettering.cost(n, view),
            self.lettering.tip(n, view),
        )  # fmt: skip

    # Edges.

    def _edges(self, layer: Sequence[Neuron], elements: dict[str, Element], inverse: bool) -> Iterator[Link]:
        ends: list[tuple[Neuron, int, float, str]] = []  # to, from, what is shown, its slot; none where w is frozen
        for neuron in layer:
            if neuron.output not in self.places:
                continue
            for weighted in neuron.inputs:
                box = self.structure.boxes[weighted.weight]
                amount = box.flow if inverse else box.value
                if weighted.signal not in self.places:
                    continue
                slot = f"{'d' if inverse else 'v'}{weighted.weight}" if isinstance(amount, float) else ""
                ends.append((neuron, weighted.signal, amount if isinstance(amount, float) else 0.0, slot))
            for n in neuron.joins:
                slope = self.structure.slope(neuron.output, n)
                if n in self.places and slope is not None:
                    ends.append((neuron, n, slope, self.structure.slope_slot(neuron.output, n)))
        labels = self._labels(ends, elements) if self.edges <= LABELLED else {}
        widest = THICK if self.edges <= LABELLED else DENSE
        largest = self._largest(layer, inverse)
        for neuron, signal, amount, slot in ends:
            source, target = elements[f"n{signal}"], elements[f"n{neuron.output}"]
            name = f"e{signal}-{neuron.output}"
            gain = self._gain(neuron, signal)
            label = None
            if (signal, neuron.output) in labels:
                (x, y), row = labels[signal, neuron.output]
                label = Element(
                    f"l{signal}-{neuron.output}", "label", "forward", x, y, row.width + 6, 15, (row,), tint="paper"
                )
            yield self._link(
                name, source.name, target.name, between(source, target, 1.0), gain, inverse, label,
                thickness(amount, largest, widest), dash(amount), slot,
            )  # fmt: skip

    def _largest(self, layer: Sequence[Neuron], inverse: bool) -> float:
        """The largest weight, or gradient of a weight, of the whole network; of a softmax its own derivatives."""
        if layer[0].joins:
            return 1.0
        weights = [x.weight for neuron in self.structure.neurons for x in neuron.inputs]
        boxes = [self.structure.boxes[n] for n in weights]
        amounts = [box.flow if inverse else box.value for box in boxes]
        return max((abs(a) for a in amounts if isinstance(a, float) and math.isfinite(a)), default=1.0)

    def _gain(self, neuron: Neuron, signal: int) -> float | None:
        """∂(output)/∂(signal)."""
        return self.structure.slope(neuron.output, signal)

    def _link(
        self, name: str, source: str, target: str, points: Any, gain: float | None, inverse: bool,
        label: Element | None = None, thick: float = 1.6, dash: str = "", slot: str = "",
    ) -> Link:  # fmt: skip
        role = "inverse" if inverse else "forward"
        if inverse:
            source, target, points = target, source, points[::-1]
        ends = [end if end == "L" else self.lettering.name(int(end[1:])) for end in (source, target)]
        title = f"{ends[0]} → {ends[1]}" + ("" if gain is None else f": {number(gain)}")
        return Link(name, source, target, points, role, gain, title, thick, dash, inverse, True, slot, label)

    def _labels(
        self, ends: Sequence[tuple[Neuron, int, float, str]], elements: dict[str, Element]
    ) -> dict[tuple[int, int], tuple[tuple[float, float], Line]]:
        """Where the numbers of the edges stand: on their edge, and in nobody's way; none at all if one has no place."""
        ways = {
            (signal, neuron.output): between(elements[f"n{signal}"], elements[f"n{neuron.output}"])
            for neuron, signal, _, _ in ends
        }
        taken: list[tuple[float, float, float, float]] = []
        found = {}
        steepest = sorted(ends, key=lambda end: -abs(self.places[end[1]][1] - self.places[end[0].output][1]))
        for neuron, signal, amount, slot in steepest:
            if not slot:
                continue
            row = line(Span(number(amount, ROUGH), "edge", slot=slot), height=14)
            key = signal, neuron.output
            others = [way for other, way in ways.items() if other != key]
            best: tuple[float, float, float] | None = None
            for t in PLACES:
                (x0, y0), (x1, y1) = ways[key]
                x, y = x0 + t * (x1 - x0), y0 + t * (y1 - y0)
                if any(overlap(_around(x, y, row), other, 1.0) for other in taken):
                    continue
                clear = min([ENOUGH, *(_distance((x, y), way, row.width / 2) for way in others)])
                if best is None or clear > best[0] + 1:
                    best = clear, x, y
            if best is None:
                return {}
            _, x, y = best
            taken.append(_around(x, y, row))
            found[key] = (x, y), row
        return found


def _around(x: float, y: float, row: Line) -> tuple[float, float, float, float]:
    """The room that a label takes."""
    return x - row.width / 2 - 4, y - 8, x + row.width / 2 + 4, y + 8


def _distance(point: Point, way: tuple[Point, Point], half: float) -> float:
    """How far a straight line passes a label of this half width by: 0 where it goes through its middle."""
    (x, y), ((x0, y0), (x1, y1)) = point, way
    nearest = max(0.0, min(1.0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / (math.dist(*way) ** 2 or 1.0)))
    dx, dy = x0 + nearest * (x1 - x0) - x, y0 + nearest * (y1 - y0) - y
    return math.hypot(dx * 8 / (half + 4), dy)
