"""The style for dense layers: a circle a neuron, a weighted edge a weight; its width is |w|, its dash the sign.

In the inverse network the same edges have the width and the sign of the gradients ∂J/∂w.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from inversa.viz.drawing import parts
from inversa.viz.drawing.geometry import Point
from inversa.viz.lettering.numbers import count, number
from inversa.viz.lettering.sentences import say
from inversa.viz.lettering.spans import VIEWS, Line, Span, View
from inversa.viz.neurons.edge_labels import EdgeLine, placed
from inversa.viz.neurons.sheet import Element, Form, Link, Sheet, between, line, moved, radius
from inversa.viz.neurons.structure import Neuron, Structure
from inversa.viz.neurons.writer import NeuronWriter
from inversa.viz.picture.slots import flow, value

RADIUS = 36.0  # of a circle at least
PITCH, BARE = 300.0, 216.0  # from one layer to the next, and where the circles have no numbers
BIAS = 24.0  # height of a bias
TITLES = 40.0
THIN = 0.7  # the least width of an edge, as in web/paint.js
PLAIN = 1.6  # of a wire that shows no number
THICK, DENSE = 6.0, 3.2  # the greatest, and the greatest where there are many
LABELLED = 18  # edges between two layers: up to here they have labels
LABEL_DECIMALS = 2  # decimals of the labels of edges


def thickness(amount: float, largest: float, widest: float = THICK) -> float:
    """The width of an edge in pixels; what is no number has the least."""
    if math.isnan(amount) or not largest:
        return THIN
    return THIN + (widest - THIN) * min(1.0, abs(amount) / largest)


def dash(amount: float) -> str:
    """The dash of an edge: solid for a positive number, dashed for a negative one, dotted where there is none."""
    return "1 4" if math.isnan(amount) else "" if amount >= 0 else "7 5"


class Edge(NamedTuple):
    """An edge between two circles: what it shows in each view, and the slot of that number."""

    neuron: Neuron
    signal: int
    amounts: dict[View, float]
    slots: dict[View, str]
    weight: int | None = None  # the box that it is a number of

    @property
    def name(self) -> str:
        """That of its part."""
        return parts.wire(parts.box(self.signal), parts.box(self.neuron.output))


@dataclass(frozen=True)
class Dense:
    """Lays out a network of dense layers, from left to right or upright.

    Attributes
    ----------
    pitch, row : float
        Pixels from one layer to the next, and from one neuron to the next.
    upright : bool
        Whether the signals flow from top to bottom.
    labelled : bool
        Whether edges may have labels.
    biases : bool
        Whether the biases are drawn.
    most : int
        Neurons of a layer that are drawn; of more only the first few and the last.
    """

    structure: Structure
    lettering: NeuronWriter
    pitch: float = PITCH
    row: float = 128.0
    upright: bool = False
    labelled: bool = True
    biases: bool = True
    most: int = 10

    @property
    def digits(self) -> int:
        """Decimals in the circles."""
        return min(self.lettering.writer.digits, 3)

    @cached_property
    def radius(self) -> float:
        """Of all circles: large enough for the numbers in them."""
        texts = [
            self.lettering.signal(n, view, self.digits) for signals in self.shown for n in signals for view in VIEWS
        ]
        texts += [self.lettering.cost(n, view) for n in (self.structure.cost,) if n is not None for view in VIEWS]
        return max([RADIUS, *map(radius, texts)])

    @cached_property
    def columns(self) -> list[list[int]]:
        """The signals of every layer, by box, the inputs first."""
        return [list(self.structure.inputs), *([n.output for n in layer] for layer in self.structure.layers)]

    @cached_property
    def shown(self) -> list[list[int]]:
        """Those that are drawn; a wide layer's last one stands behind the dots that stand for the others."""
        first = self.most // 2
        return [c if len(c) <= self.most else [*c[:first], c[-1]] for c in self.columns]

    @cached_property
    def places(self) -> dict[int, Point]:
        """The middle of every circle that is drawn."""
        places = {}
        for k, (signals, everything) in enumerate(zip(self.shown, self.columns, strict=True)):
            gap = 1 if len(everything) > len(signals) else 0
            rows = len(signals) + gap
            for i, n in enumerate(signals):
                row = i + (gap if i == len(signals) - 1 else 0)
                places[n] = self._point(k * self._step, (row - (rows - 1) / 2) * self.across)
        return places

    def _point(self, along: float, across: float) -> Point:
        return (across, along) if self.upright else (along, across)

    @cached_property
    def across(self) -> float:
        """From one neuron to the next: upright a bias stands beside it."""
        if not self.upright:
            return self.row + 2 * (self.radius - RADIUS)
        return 2 * self.radius + 14 + (max((self._bias_width(n) for n in self.structure.neurons), default=0.0) + 6)

    def _bias_width(self, neuron: Neuron) -> float:
        if neuron.bias is None or not self.biases:
            return 0.0
        return max(self._bias_line(neuron, view).width for view in VIEWS) + 20

    @cached_property
    def _step(self) -> float:
        """From one layer to the next: many edges need more room."""
        more = min(120.0, 4.0 * self.edges)
        if self.upright:
            return 58.0 + 2 * self.radius + (more / 2 if self.labelled else 0.0)
        pitch = self.pitch if self.lettering.valued else BARE
        return pitch + 2 * (self.radius - RADIUS) + (more if self.pitch == PITCH else 0.0)

    @cached_property
    def edges(self) -> int:
        """How many edges there are between two layers at most."""
        return max(len(a) * len(b) for a, b in pairwise(self.shown))

    def sheets(self) -> dict[View, Sheet]:
        """All elements and links of both views, at the same places."""
        labels = self._labels()
        built = {view: self._built(view, labels) for view in VIEWS}
        boxes = [e.box for elements, links in built.values() for e in (*elements, *_labels_of(links))]
        left, top = min(b[0] for b in boxes) - 8, min(b[1] for b in boxes) - 8
        width, height = max(b[2] for b in boxes) + 12 - left, max(b[3] for b in boxes) + 8 - top
        return {view: Sheet(view, width, height, *moved(*built[view], -left, -top)) for view in VIEWS}

    def _built(self, view: View, labels: dict[str, Point]) -> tuple[list[Element], list[Link]]:
        elements = [*self._signals(view), *self._ellipses(), *self._titles(view)]
        by_name = {e.name: e for e in elements}
        links = [self._drawn(edge, by_name, view, labels) for edge in self.ends]
        for element in self._loss(view):
            elements.append(element)
            by_name[element.name] = element
        if self.structure.cost is not None:
            loss, J = by_name[parts.LOSS], by_name[parts.box(self.structure.cost)]
            for n in self.shown[-1]:
                back = self.structure.boxes[n].flow
                gain = back if isinstance(back, float) and not self.lettering.hides(flow(n)) else None
                source = by_name[parts.box(n)]
                links.append(self._link(source, loss, between(source, loss), gain, view))
            links.append(self._link(loss, J, between(loss, J), 1.0, view))
        return [*elements, *self._biases(view)], links

    # Elements.

    def _signals(self, view: View) -> Iterator[Element]:
        for k, signals in enumerate(self.shown):
            for n in signals:
                box = self.structure.boxes[n]
                role = "data" if k == 0 and box.role == "data" else "parameter" if k == 0 else "forward"
                form: Form = "circle"
                if view == "inverse":
                    role, form = ("inverse", form) if box.differentiable else (role, "ghost")
                yield Element(
                    parts.box(n), form, role, *self.places[n], 2 * self.radius, 2 * self.radius,
                    self.lettering.signal(n, view, self.digits), self.lettering.tip(n, view),
                )  # fmt: skip

    def _ellipses(self) -> Iterator[Element]:
        for k, (signals, everything) in enumerate(zip(self.shown, self.columns, strict=True)):
            if len(signals) < len(everything):
                hidden = len(everything) - len(signals)
                x, y = self.places[signals[-2]]
                x, y = (x + self.across, y) if self.upright else (x, y + self.across)
                more = say("more neurons", self.lettering.lang, n=count(hidden))
                dots = Span("…" if self.upright else "⋮", "sign")
                lines = line(dots, height=22), line(Span(more, "group"), height=15)
                yield Element(parts.dots(k), "label", "muted", x, y, max(row.width for row in lines), 40, lines)

    def _titles(self, view: View) -> Iterator[Element]:
        if self.upright:
            return
        top = min(y for _, y in self.places.values()) - self.radius - BIAS - 14 - TITLES / 2
        for k, title in enumerate(self.lettering.layer_titles(view)):
            span = Span(title, "group")
            yield Element(parts.title(k), "label", "muted", k * self._step, top, span.width, 15, (line(span),))

    def _bias_line(self, neuron: Neuron, view: View) -> Line:
        """b; or δ, which is the gradient of b, unless that is frozen."""
        n = neuron.bias
        assert n is not None
        if view == "inverse":
            n = n if self.structure.boxes[n].differentiable else neuron.sum
            return line(Span("δ", "flow"), Span("  ", "edge"), self.lettering.flow(n, "edge", self.digits))
        return line(Span("b", "weight"), Span("  ", "edge"), self.lettering.value(n, "edge", self.digits))

    def _biases(self, view: View) -> Iterator[Element]:
        for neuron in self.structure.neurons:
            if neuron.bias is None or neuron.output not in self.places or not self.biases:
                continue
            x, y, width = *self.places[neuron.output], self._bias_width(neuron)
            x, y = (x - self.radius - width / 2 - 6, y) if self.upright else (x, y - self.radius - BIAS / 2 - 6)
            yield Element(
                parts.box(neuron.bias), "pill", "inverse" if view == "inverse" else "parameter", x, y, width, BIAS,
                (self._bias_line(neuron, view),), self.lettering.tip(neuron.bias, view),
            )  # fmt: skip

    def _loss(self, view: View) -> Iterator[Element]:
        """L, what it compares with, and J."""
        n = self.structure.cost
        if n is None:
            return
        shown = self.lettering.loss("forward") + self.lettering.loss("inverse")
        width = min(max(84.0, *(row.width + 22 for row in shown)), 190.0)
        height = sum(row.height for row in self.lettering.loss("forward")) + 24
        ring = 2 * self.radius + 8
        last = (len(self.columns) - 1) * self._step
        at = last + (self.radius + 60 + height / 2 if self.upright else 2 * self.radius + 80 + width / 2)
        end = at + (height / 2 + 30 if self.upright else width / 2 + 40) + ring / 2
        lines = tuple(row.fitted(width - 14) for row in self.lettering.loss(view))
        yield Element(parts.LOSS, "square", "loss", *self._point(at, 0.0), width, height, lines)
        rows = self.lettering.targets(view)
        if rows:
            both = [self.lettering.targets(each) for each in VIEWS]
            wide = max(row.width for rows in both for row in rows) + 24
            high = max(sum(row.height for row in rows) for rows in both) + 10
            beside = ring / 2 + 14 + wide / 2, at + height / 2 + 12 + high / 2  # J lies below L, too
            place = beside if self.upright else (at, height / 2 + 12 + high / 2)
            yield Element(parts.TARGETS, "pill", "data", *place, wide, high, rows)
        written, tip = self.lettering.cost(n, view), self.lettering.tip(n, view)
        yield Element(parts.box(n), "ring", "loss", *self._point(end, 0.0), ring, ring, written, tip)

    # Edges.

    @cached_property
    def ends(self) -> list[Edge]:
        """All edges between circles that are drawn."""
        return [edge for neuron in self.structure.neurons for edge in self._edges(neuron)]

    def _edges(self, neuron: Neuron) -> Iterator[Edge]:
        if neuron.output not in self.places:
            return
        for x in neuron.inputs:
            box = self.structure.boxes[x.weight]
            amounts: dict[View, Any] = {"forward": box.value, "inverse": box.flow}
            if x.signal in self.places:
                known = {view: amount for view, amount in amounts.items() if isinstance(amount, float)}
                written = {view: (value if view == "forward" else flow)(x.weight) for view in known}
                yield Edge(neuron, x.signal, known, written, x.weight)
        for n in neuron.joins:
            slope = self.structure.slope(neuron.output, n)
            if n in self.places and slope is not None:
                slot = self.structure.slope_slot(neuron.output, n)
                yield Edge(neuron, n, dict.fromkeys(VIEWS, slope), dict.fromkeys(VIEWS, slot))

    def _drawn(self, edge: Edge, elements: dict[str, Element], view: View, labels: dict[str, Point]) -> Link:
        source, target = elements[parts.box(edge.signal)], elements[parts.box(edge.neuron.output)]
        gain = self.structure.slope(edge.neuron.output, edge.signal)
        amount, label = edge.amounts.get(view), None
        if edge.name in labels and amount is not None:
            row = self._label_line(edge, view)
            span = row.left[0]
            name, width = parts.wire_label(edge.name), (span.blank or span).width + 6
            label = Element(name, "label", "forward", *labels[edge.name], width, 15, (row,), tint="paper")
        width = THIN if amount is None else thickness(amount, self._largest(edge, view), self.widest)
        dashes, slot = "1 5" if amount is None else dash(amount), edge.slots.get(view, "")
        if not self.shows(edge, view):  # all alike: neither size nor sign
            width, dashes, slot = PLAIN, "", ""
        return self._link(
            source, target, between(source, target, 1.0), gain, view, label, width, dashes, slot, self._said(edge, view)
        )

    def _said(self, edge: Edge, view: View) -> str:
        """The number of an edge in words: it may have no room in the drawing."""
        amount = edge.amounts.get(view)
        if amount is None:
            return ""
        written = self.lettering.writer.said(amount, edge.slots[view])
        if edge.weight is None:
            return written
        name = self.lettering.name(edge.weight) if view == "forward" else self.lettering.partial(edge.weight)
        return f"{name} = {written}"

    def shows(self, edge: Edge, view: View) -> bool:
        """Whether an edge shows its number by its width and dash."""
        return not self.lettering.hides(edge.slots.get(view, ""))

    @property
    def widest(self) -> float:
        """The greatest width of an edge."""
        return THICK if self.edges <= LABELLED else DENSE

    def _largest(self, edge: Edge, view: View) -> float:
        """The largest weight, or gradient of a weight, of the whole network; of a softmax its own derivatives."""
        return 1.0 if edge.neuron.joins else self._largest_weights[view]

    @cached_property
    def _largest_weights(self) -> dict[View, float]:
        largest: dict[View, float] = {}
        boxes = [self.structure.boxes[x.weight] for neuron in self.structure.neurons for x in neuron.inputs]
        for view in VIEWS:
            amounts = [box.value if view == "forward" else box.flow for box in boxes]
            sizes = [abs(a) for a in amounts if isinstance(a, float) and math.isfinite(a)]
            largest[view] = max(sizes, default=1.0)
        return largest

    def _link(
        self, start: Element, end: Element, points: Any, gain: float | None, view: View,
        label: Element | None = None, thick: float = PLAIN, dashes: str = "", slot: str = "", said: str = "",
    ) -> Link:  # fmt: skip
        """A wire between two elements, given in the forward direction."""
        inverse = view == "inverse"
        name, source, target = parts.wire(start.name, end.name), start.name, end.name
        if inverse:
            source, target, points = target, source, points[::-1]
        ends = [self.lettering.name(parts.box_of(x)) if parts.is_box(x) else x for x in (source, target)]
        said = said or ("" if gain is None else number(gain, self.lettering.writer.digits))
        title = f"{ends[0]} → {ends[1]}" + (f": {said}" if said else "")
        role = "inverse" if inverse else "forward"
        return Link(name, source, target, points, role, gain, title, thick, dashes, inverse, True, slot, label)

    def _label_line(self, edge: Edge, view: View) -> Line:
        span = Span(number(edge.amounts[view], LABEL_DECIMALS), "edge", slot=edge.slots[view])
        return line(span.hidden(LABEL_DECIMALS) if self.lettering.hides(span.slot) else span, height=14)

    def _labels(self) -> dict[str, Point]:
        """Where the numbers of the edges stand, in both views: they are as wide as the wider of the two."""
        if self.edges > LABELLED or not self.labelled:
            return {}
        wide = 2 * self.radius
        circles = {n: Element("", "circle", "", *place, wide, wide) for n, place in self.places.items()}
        boxes = [e.box for view in VIEWS for e in (*circles.values(), *self._biases(view), *self._ellipses())]
        lines = {
            e.name: EdgeLine(
                *between(circles[e.signal], circles[e.neuron.output]),
                max((self._thick(e, view) for view in e.amounts), default=THIN),
                max((self._label_line(e, view).width for view in e.amounts), default=0.0),
            )
            for e in self.ends
        }
        return placed(lines, boxes)

    def _thick(self, edge: Edge, view: View) -> float:
        return thickness(edge.amounts[view], self._largest(edge, view), self.widest)


def dense_legend(structure: Structure, style: Dense, view: View) -> Iterator[tuple[str, dict[str, Any]]]:
    """The sentences of the legend."""
    if any(style.shows(edge, view) for edge in style.ends):
        yield ("weights legend" if view == "forward" else "weight gradients legend"), {}
    if any(math.isnan(edge.amounts.get(view, 0.0)) for edge in style.ends):
        yield "nan legend", {}
    seen, neurons = sum(map(len, style.shown)), sum(map(len, style.columns))
    if seen < neurons:
        weights = sum(len(neuron.inputs) for neuron in structure.neurons)
        drawn = sum(not edge.neuron.joins for edge in style.ends)
        yield (
            "all shown",
            {"shown": count(seen), "total": count(neurons), "weights": count(drawn), "all": count(weights)},
        )


def _labels_of(links: Iterable[Link]) -> Iterator[Element]:
    return (link.label for link in links if link.label is not None)
