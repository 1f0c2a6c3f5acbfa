"""The elements of a small network in the lecture's style: what there is, how large, and what is written on it.

Every neuron has its Σ and ψ, every weight is a pill, branching points are dots. The inverse network has the same
elements at the same places; only the gradients of the weights are added beside their pills, where the forward drawing
has left room for them. Where everything lies is the business of an arrangement: `inversa.viz.neurons.lecture` runs
from left to right, `inversa.viz.neurons.upright` from top to bottom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple, Protocol

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.drawing.geometry import Point
from inversa.viz.lettering.spans import VIEWS, Line, Span, View
from inversa.viz.neurons.sheet import Element, Form, Link, Sheet, between, line, moved, radius
from inversa.viz.neurons.structure import Neuron, Structure, Weighted
from inversa.viz.neurons.writer import NeuronWriter

DOT = 5.0  # radius of a branching point
THIN = 1.6  # the width of a wire that says nothing by it


class Measures(NamedTuple):
    """Sizes and distances in pixels, along the way of the signals or across it."""

    radius: float = 34.0  # of inputs and of the cost
    sum: float = 26.0  # radius of Σ
    square: float = 56.0  # height of ψ
    activation: float = 60.0  # its width
    target: float = 29.0  # radius
    weight: float = 44.0  # heights of pills
    gradient: float = 40.0
    bias: float = 42.0
    fan: float = 84.0  # along: from a branching point to the weights
    lead: float = 46.0  # from an input to what follows
    gather: float = 96.0  # from the weights to Σ
    after: float = 34.0  # from a frame, and the label behind it, to the weights
    to_loss: float = 44.0  # beside the label of an output
    to_cost: float = 48.0  # from L to the ring of J
    to_target: float = 44.0
    stem: float = 14.0  # across: from a weight to its gradient
    frame: float = 64.0  # half of the height of a neuron's frame
    above_frame: float = 16.0  # to the bias
    apart: float = 26.0  # between two neurons
    inputs: float = 112.0  # from one input to the next
    margin: float = 28.0  # between the sides of a frame and what is in it
    pill: float = 96.0  # the narrowest pill
    pad: float = 22.0  # beside the text of a pill
    label: float = 60.0  # the least room for the label of an output
    loss: float = 96.0  # the narrowest L
    loss_pad: float = 26.0  # beside the text of L
    loss_height: float = 66.0
    titles: Literal["middle", "left", "none"] = "middle"  # of frames; on the left they meet nothing
    stacked: bool = False  # whether the numbers in pills stand under their names


NATURAL = Measures()
COMPACT = Measures(
    radius=28, sum=19, square=48, activation=52, fan=44, lead=32, gather=42, after=20, to_loss=22, to_cost=20,
    to_target=20, margin=12, pill=80, pad=12, label=0, loss=72, loss_pad=16, loss_height=56,
)  # fmt: skip
SLIDES = COMPACT._replace(
    weight=38, gradient=34, bias=34, stem=13, frame=44, above_frame=11, apart=6, inputs=92, titles="left"
)
TIGHT = SLIDES._replace(
    radius=26, sum=17, activation=48, fan=24, lead=18, gather=24, after=8, to_loss=12, to_cost=12, to_target=14,
    margin=8, pill=58, pad=8, weight=68, gradient=36, bias=36, frame=46, stacked=True,
)  # fmt: skip


def stacked(rows: Sequence[Line], name: float, number: float) -> tuple[Line, ...]:
    """Rows of a name and a number as two rows each, of these heights."""
    spans = [(span, height) for row in rows for span, height in ((row.left[0], name), (row.left[-1], number))]
    return tuple(line(span, height=height) for span, height in spans)


def roomy(measures: Measures, structure: Structure, lettering: NeuronWriter) -> Measures:
    """Measures with circles and squares that are large enough for the numbers in them."""
    signals = [*structure.inputs, *(structure.outputs if structure.cost is None else ())]
    circles = [lettering.signal(n, view) for n in signals for view in VIEWS]
    circles += [lettering.cost(n, view) for n in (structure.cost,) if n is not None for view in VIEWS]
    targets = [(lettering.name_line(n), line(lettering.value(n))) for n in structure.targets]
    slopes = [line(lettering.slope(n)).width + 8 for n in structure.neurons if n.activation]
    return measures._replace(
        radius=max(measures.radius, *map(radius, circles)),
        target=max([measures.target, *map(radius, targets)]),
        activation=max([measures.activation, *slopes]),
    )


class Places(NamedTuple):
    """Where the parts of a neuron lie, by their middles."""

    frame: tuple[float, float, float, float]  # middle and size
    indent: float  # of its title at least: further left wires come in
    sum: Point
    weights: Sequence[Point]
    gradients: Sequence[Point]
    bias: Point
    activation: Point
    corners: Mapping[Rule, Point]  # where the numbers of rules stand, in halves of the element's size


class Ends(NamedTuple):
    """Where L, J and the targets lie, the width and height of L, and where its rule's number stands."""

    loss: Point
    size: Point
    corner: Point
    cost: Point
    targets: Sequence[Point]


class Arrangement(Protocol):
    """The places of everything, the same in both views."""

    structure: Structure
    lettering: NeuronWriter

    @property
    def measures(self) -> Measures:
        """Sizes and distances."""

    @property
    def weight_size(self) -> Point:
        """Width and height of a weight's pill."""

    @property
    def gradient_size(self) -> Point:
        """Width and height of the pill of a gradient."""

    def weight_lines(self, x: Weighted, view: View) -> tuple[Line, ...]:
        """What is written on a weighted input."""

    def bias_lines(self, n: int, view: View) -> tuple[Line, ...]:
        """What is written on a bias, or on its gradient."""

    def input(self, i: int) -> Point:
        """Of an input."""

    def branching(self, k: int, source: Element) -> tuple[Point, Point]:
        """Of the branching point before layer k; and where its rule's number stands, in pixels from its middle."""

    def neuron(self, neuron: Neuron) -> Places:
        """Of a neuron."""

    def ends(self, exits: Sequence[Element]) -> Ends:
        """Of L, J and the targets."""

    def exit(self, source: Element) -> Point:
        """Of an output that no loss follows."""

    def beside(self, k: int, source: Element, target: Element, size: Point, branches: bool) -> Point:
        """Of the label of a signal of the layer before layer k, on its way to a branching point or to a weight."""

    def between(self, neuron: Neuron, total: Element, psi: Element, size: Point) -> Point:
        """Of the label of a sum."""

    def leaving(self, source: Element, size: Point) -> Point:
        """Of the label of an output."""

    def wire(self, source: Element, target: Element) -> tuple[Point, Point]:
        """The ends of a wire."""

    @property
    def reach(self) -> Sequence[tuple[float, float, float, float]]:
        """Room that the forward view leaves for what only the inverse one has, as rectangles."""


def sheets(arrangement: Arrangement) -> dict[View, Sheet]:
    """Both views, at the same places."""
    built = {view: _Builder(arrangement, view) for view in VIEWS}
    boxes = [*arrangement.reach]
    for builder in built.values():
        builder.build()
        labels = (link.label for link in builder.links if link.label is not None)
        boxes += [e.box for e in (*builder.elements.values(), *labels)]
    left, top = min(b[0] for b in boxes) - 4, min(b[1] for b in boxes) - 12
    width, height = max(b[2] for b in boxes) + 12 - left, max(b[3] for b in boxes) + 8 - top
    return {
        view: Sheet(view, width, height, *moved(builder.elements.values(), builder.links, -left, -top))
        for view, builder in built.items()
    }


class Wiring:
    """Collects the elements and links of one view, whatever they are of."""

    def __init__(self, view: View) -> None:
        self.view, self.inverse = view, view == "inverse"
        self.elements: dict[str, Element] = {}
        self.links: list[Link] = []

    def ends(self, source: Element, target: Element) -> tuple[Point, ...]:
        """The way of a wire."""
        return between(source, target)

    def _wire(
        self, source: Element, target: Element, gain: float | None = 1.0, *, points: tuple[Point, ...] = (),
        head: bool = True, back: bool = True, label: Element | None = None, carries: bool = True, title: str = "",
        thickness: float = THIN, slot: str = "", decades: float = 0.0, crossing: Point | None = None,
    ) -> None:  # fmt: skip
        """Connect two elements, given in the forward direction; ``carries`` says whether a gradient comes back.

        ``head`` and ``back`` are whether it has an arrowhead forwards, and on the way back.
        """
        points = points or self.ends(source, target)
        wire = Link(
            parts.wire(source.name, target.name), source.name, target.name, points, "forward", gain, title, label=label,
            head=head, crossing=crossing,
        )  # fmt: skip
        if self.inverse and not carries:
            wire = replace(wire, dash="1 5", head=False)
        elif self.inverse:
            dash = "6 4" if thickness == THIN else f"{5 + thickness:.4g} {3 + 0.35 * thickness:.3g}"
            wire = replace(
                wire, source=target.name, target=source.name, points=points[::-1], role="inverse", thickness=thickness,
                dash=dash, open=True, head=back, slot=slot, decades=decades if slot else 0.0,
            )  # fmt: skip
        self.links.append(wire)

    def _label(self, name: str, lines: tuple[Line, ...], place: Point) -> Element:
        return Element(name, "label", "inverse" if self.inverse else "forward", *place, *size_of(lines), lines)

    def _role(self, usual: str = "forward") -> str:
        return "inverse" if self.inverse else usual


class Pieces(Wiring):
    """What styles of networks of neurons have in common: elements with what is written on them."""

    def __init__(self, structure: Structure, lettering: NeuronWriter, view: View, bearers: Mapping[Rule, str]) -> None:
        super().__init__(view)
        self.structure, self.lettering, self.bearers = structure, lettering, bearers

    def _add(
        self, n: int | str, form: Form, role: str, place: Point, size: Point, lines: tuple[Line, ...] = (),
        rule: Rule | None = None, corner: Point = (1.0, -1.0), tint: str = "", indent: float | None = None,
    ) -> Element:  # fmt: skip
        """Put an element in its place; the rule is written on it if it is the one that bears the rule's number."""
        name = parts.box(n) if isinstance(n, int) else n
        title = self.lettering.tip(n, self.view) if isinstance(n, int) else ""
        shown = rule if rule is not None and self.bearers.get(rule) == name else None
        element = Element(name, form, role, *place, *size, lines, title, shown, corner, tint, indent)
        self.elements[name] = element
        return element

    def _differentiable(self, n: int) -> bool:
        return self.structure.boxes[n].differentiable

    def _number(self, amount: object) -> float | None:
        return amount if isinstance(amount, float) else None


class _Builder(Pieces):
    """The elements and links of a small network."""

    def __init__(self, arrangement: Arrangement, view: View) -> None:
        super().__init__(arrangement.structure, arrangement.lettering, view, _bearers(arrangement.structure))
        self.arrangement, self.measures = arrangement, arrangement.measures

    def build(self) -> None:
        exits = {n: self._input(i, n) for i, n in enumerate(self.structure.inputs)}
        for k, layer in enumerate(self.structure.layers):
            ways = {n: self._branching(n, source, k) for n, source in exits.items()}
            exits = {neuron.output: self._neuron(neuron, k, ways) for neuron in layer}
        if self.structure.cost is None:
            self._exits(exits)
        else:
            self._loss(exits, self.structure.cost)

    def ends(self, source: Element, target: Element) -> tuple[Point, ...]:
        """The way of a wire."""
        return self.arrangement.wire(source, target)

    # Elements.

    def _input(self, i: int, n: int) -> Element:
        role = "data" if self.structure.boxes[n].role == "data" else "parameter"
        form: Form = "ghost" if self.inverse and not self._differentiable(n) else "circle"
        size = 2 * self.measures.radius
        return self._add(n, form, role, self.arrangement.input(i), (size, size), self.lettering.signal(n, self.view))

    def _branching(self, n: int, source: Element, k: int) -> Element:
        """Where the wires to a layer's weights begin: at the signal, or at its branching point."""
        if self.structure.uses[n] < 2:
            return source
        place, corner = self.arrangement.branching(k, source)
        name, carries = parts.branch(n), self._differentiable(n)
        if self.inverse and carries:
            sign = (line(Span("Σ", "sign"), height=22),)
            size = 30.0
            dot = self._add(
                name, "circle", "inverse", place, (size, size), sign, Rule.BRANCHING, _in_halves(corner, size), "paper"
            )
        else:
            size = 2 * DOT
            dot = self._add(name, "dot", "forward", place, (size, size), (), Rule.BRANCHING, _in_halves(corner, size))
        label = self._beside(n, k, source, dot, branches=True) if k > 0 else None
        self._wire(source, dot, head=False, label=label, carries=carries)
        return dot

    def _beside(self, n: int, k: int, source: Element, target: Element, branches: bool) -> Element:
        lines = self.lettering.signal(n, self.view)
        return self._label(parts.label(n), lines, self.arrangement.beside(k, source, target, size_of(lines), branches))

    def _neuron(self, neuron: Neuron, k: int, ways: Mapping[int, Element]) -> Element:
        """A neuron with its weights and its bias; the element that its output leaves."""
        m, places = self.measures, self.arrangement.neuron(neuron)
        x, y, width, height = places.frame
        title = Span(self.lettering.title(neuron, self.view), "group", yields=True)
        title = title.cut(title.width + places.indent + 8 - width)
        lines: tuple[Line, ...] = () if m.titles == "none" else (line(title, height=15),)
        centred = (width - title.width) / 2 if m.titles == "middle" else 0.0
        self._add(
            parts.frame(neuron.sum), "frame", "muted", (x, y), (width, height), lines, Rule.NEURON,
            places.corners[Rule.NEURON], indent=max(centred, places.indent),
        )  # fmt: skip
        sign = () if self.inverse else (line(Span("Σ", "sign"), height=24),)
        total = self._add(
            neuron.sum if parts.is_box(neuron.total) else neuron.total,
            "point" if self.inverse else "circle", self._role(), places.sum, (2 * m.sum, 2 * m.sum), sign,
            Rule.SUM, places.corners[Rule.SUM], "paper",
        )  # fmt: skip
        for i, weighted in enumerate(neuron.inputs):
            self._weight(weighted, i, places, ways[weighted.signal], total, k)
        if neuron.bias is not None:
            carries = self._differentiable(neuron.bias)
            bias = self._add(
                neuron.bias, "pill", "inverse" if self.inverse and carries else "parameter", places.bias,
                (self.arrangement.gradient_size[0], m.bias), self.arrangement.bias_lines(neuron.bias, self.view),
                Rule.CONSTANT_INPUT, places.corners[Rule.CONSTANT_INPUT],
            )  # fmt: skip
            self._wire(bias, total, carries=carries)
        if not neuron.activation:
            return total
        psi = self._add(
            neuron.output, "square", self._role(), places.activation, (m.activation, m.square),
            self.lettering.activation(neuron, self.view), Rule.ACTIVATION, places.corners[Rule.ACTIVATION],
        )  # fmt: skip
        written = self.lettering.sum(neuron, self.view)
        place = self.arrangement.between(neuron, total, psi, size_of(written))
        label = self._label(parts.label(neuron.sum), written, place)
        self._wire(total, psi, self.structure.slope(neuron.output, neuron.sum), label=label)
        return psi

    def _weight(self, x: Weighted, i: int, places: Places, way: Element, total: Element, k: int) -> None:
        pill = self._add(
            x.product, "pill", "parameter", places.weights[i], self.arrangement.weight_size,
            self.arrangement.weight_lines(x, self.view), Rule.WEIGHTED_INPUT, places.corners[Rule.WEIGHTED_INPUT],
        )  # fmt: skip
        label = None
        if k > 0 and not parts.is_branch(way.name):  # no branching point, which would have the label before it
            label = self._beside(x.signal, k, way, pill, branches=False)
        weight, signal = self.structure.boxes[x.weight], self.structure.boxes[x.signal]
        self._wire(way, pill, self._number(weight.value), label=label, carries=signal.differentiable)
        self._wire(pill, total)
        if self.inverse and weight.differentiable:
            gradient = self._add(
                x.weight, "pill", "inverse", places.gradients[i], self.arrangement.gradient_size,
                self.lettering.gradient(x.weight),
            )  # fmt: skip
            self._wire(gradient, pill, self._number(signal.value))

    def _exits(self, exits: Mapping[int, Element]) -> None:
        """The outputs where no loss follows, and the unit that is fed in there."""
        size = 2 * self.measures.radius
        for n, source in exits.items():
            unit = self.inverse and n == self.structure.end
            lines = (line(Span("1", "sign"), height=24),) if unit else self.lettering.signal(n, self.view)
            end = self._add(
                parts.ending(n), "circle", self._role(), self.arrangement.exit(source), (size, size), lines,
                Rule.COST if unit else None, (0.72, -0.72),
            )  # fmt: skip
            self._wire(source, end)

    def _loss(self, exits: Mapping[int, Element], cost: int) -> None:
        m, ends = self.measures, self.arrangement.ends([*exits.values()])
        lines = tuple(row.fitted(ends.size[0] - 16) for row in self.lettering.loss(self.view))
        loss = self._add(parts.LOSS, "square", "loss", ends.loss, ends.size, lines, Rule.LOSS, ends.corner)
        for n, source in exits.items():
            written = self.lettering.signal(n, self.view)
            label = self._label(parts.label(n), written, self.arrangement.leaving(source, size_of(written)))
            self._wire(source, loss, self._number(self.structure.boxes[n].flow), label=label)
        size = 2 * m.radius + 8
        ring = self._add(
            cost, "ring", "loss", ends.cost, (size, size), self.lettering.cost(cost, self.view), Rule.COST,
            (0.72, -0.72),
        )  # fmt: skip
        self._wire(loss, ring)
        for n, place in zip(self.structure.targets, ends.targets, strict=True):
            name = self.lettering.name_line(n, "kept name" if self.inverse else "name")
            number = self.lettering.value(n, "kept" if self.inverse else "number")
            target = self._add(
                n, "ghost" if self.inverse else "circle", "data", place, (2 * m.target, 2 * m.target),
                (name, line(number)),
            )  # fmt: skip
            self._wire(target, loss, self._number(self.structure.boxes[n].flow), carries=False)


def size_of(lines: Sequence[Line]) -> Point:
    """Width and height of lines, one under the other."""
    return max(each.width for each in lines), sum(each.height for each in lines)


def _in_halves(corner: Point, size: float) -> Point:
    return 2 * corner[0] / size, 2 * corner[1] / size


def _bearers(structure: Structure) -> dict[Rule, str]:
    """Which element bears the number of each rule: where there is a choice, one of the last neuron that has it."""
    bearers = {Rule.LOSS: parts.LOSS}
    if structure.cost is not None:
        bearers[Rule.COST] = parts.box(structure.cost)
    elif structure.end is not None:
        bearers[Rule.COST] = parts.ending(structure.end)
    for neuron in (layer[0] for layer in structure.layers):
        bearers |= {Rule.NEURON: parts.frame(neuron.sum), Rule.SUM: neuron.total}
        bearers[Rule.WEIGHTED_INPUT] = parts.box(neuron.inputs[0].product)
        if neuron.bias is not None:
            bearers[Rule.CONSTANT_INPUT] = parts.box(neuron.bias)
        if neuron.activation:
            bearers[Rule.ACTIVATION] = parts.box(neuron.output)
    branching = [n for n, uses in structure.uses.items() if uses > 1]
    if branching:
        bearers[Rule.BRANCHING] = parts.branch(branching[0])
    return bearers
