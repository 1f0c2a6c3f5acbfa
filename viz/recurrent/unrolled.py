"""A recurrent neuron unrolled in time: a column a step, and each shared parameter once, on a rail with branches.

In the inverse network the branching point of a parameter is a sum, and every branch brings what its step contributes
to the gradient. The wires of the states are as thick as |∂J/∂h_t|.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.drawing.geometry import Point
from inversa.viz.lettering.sentences import say
from inversa.viz.lettering.spans import VIEWS, Line, Span, View
from inversa.viz.neurons.elements import THIN, size_of
from inversa.viz.neurons.sheet import Element, Sheet, bent, line
from inversa.viz.neurons.writer import NeuronWriter
from inversa.viz.picture import slots
from inversa.viz.recurrent.cell import AIR, PILL, SUM, Cell, Sizes, framed
from inversa.viz.recurrent.recurrence import Recurrence, sample, state

THINNEST, THICKEST = 1.2, 8.0  # of the wires of the states
DECADES = 3.0  # from the thickest wire to the thinnest
RAIL, ABOVE = 44.0, 96.0  # between two rails, and from the top of the frames to their middle
BELOW, UNDER = 80.0, 40.0  # from the middle to × u, and from a frame to the rail of u
MARGIN, LEAD = 9.0, 11.0
NARROW = 60.0  # the width of what stands for the steps left out
MOST_TERMS = 60  # of a sum that a page can compute anew


@dataclass(frozen=True)
class Unrolled:
    """Lays out a recurrent neuron; of more than ``most`` steps only the first and the last ones."""

    recurrence: Recurrence
    lettering: NeuronWriter
    most: int = 4

    @cached_property
    def shown(self) -> list[int | None]:
        """The steps that have a column, counted from 0; None for those between them."""
        steps: list[int | None] = [*range(self.recurrence.length)]
        edge = self.most // 2
        return steps if len(steps) <= self.most else [*steps[:edge], None, *steps[-edge:]]

    @cached_property
    def left_out(self) -> range:
        """The steps that have no column."""
        edge, length = self.most // 2, self.recurrence.length
        return range(edge, length - edge) if length > self.most else range(0)

    @cached_property
    def sizes(self) -> Sizes:
        """The sizes of the parts."""
        return Sizes(self.recurrence, self.lettering, [t for t in self.shown if t is not None])

    # Along.

    @property
    def total(self) -> float:
        """From the left of a frame to Σ."""
        return MARGIN + self.sizes.pill + AIR + SUM

    @property
    def activation(self) -> float:
        """From the left of a frame to ψ: beside the wire from above there is room for the label of the sum."""
        return self.total + max(SUM + 30 + self.sizes.psi / 2, 4 + self.sizes.label)

    @property
    def frame(self) -> float:
        """The width of a frame."""
        psi = self.activation + self.sizes.psi / 2 if self.recurrence.steps[0].activation else 0.0
        return MARGIN + max(psi, self.total + self.sizes.pill / 2, self.total + self._constant)

    @property
    def _constant(self) -> float:
        """The room for what comes back to b, beside its wire."""
        recurrence, steps = self.recurrence, self.sizes.steps
        if recurrence.steps[0].bias is None:
            return 0.0
        numbers = (recurrence.contribution(recurrence.steps[0].bias, t) for t in steps)
        return max(6 + self.lettering.number_span(number, "", "branch").width for number in numbers)

    @property
    def gap(self) -> float:
        """Between two frames: the label of a state stands there."""
        return max(48.0, self.sizes.state + 2 if self.left_out else self.sizes.state - 2 * MARGIN + 6)

    @cached_property
    def lefts(self) -> list[float]:
        """The left of every frame, and of what follows them."""
        lefts = [max(self.sizes.leaf + LEAD + 32.0, 2 * self.sizes.circle + 30)]
        for t in self.shown:
            lefts.append(lefts[-1] + (NARROW if t is None else self.frame) + self.gap)
        return lefts

    @property
    def point(self) -> float:
        """Where the branching points of the parameters lie."""
        return self.sizes.leaf + LEAD + 15

    # Across.

    @property
    def rails_above(self) -> int:
        """How many parameters have a rail above the frames: w, and b if there is one."""
        return len(self.recurrence.shared) - 1

    @property
    def top(self) -> float:
        """Of the frames; 0 is the first rail."""
        return RAIL * (self.rails_above - 1) + 22

    @property
    def middle(self) -> float:
        """Of the frames: the height of the states."""
        return self.top + ABOVE

    @property
    def bottom(self) -> float:
        """Of the frames."""
        return self.sample + self.sizes.circle + 30

    @property
    def sample(self) -> float:
        """The height of x."""
        return self.middle + BELOW + max(70.0, PILL / 2 + AIR + self.sizes.circle)

    def rail(self, k: int) -> float:
        """The height of the rail of a shared parameter: w and b above, u below."""
        return {0: 0.0, 1: self.bottom + UNDER, 2: RAIL}[k]

    def thickness(self, t: int) -> float:
        """Of the wire of the state after a step, by |∂J/∂h_t|."""
        return thickness(self.recurrence.sizes[t], max(self.recurrence.sizes))

    def sheets(self) -> dict[View, Sheet]:
        """Both views, at the same places."""
        return framed({view: _Builder(self, view) for view in VIEWS})


def thickness(size: float, largest: float) -> float:
    """The width of a wire on a logarithmic scale, from the largest number down to a thousandth of it.

    >>> thickness(1.0, 1.0), round(thickness(0.1, 1.0), 2), thickness(1e-9, 1.0), thickness(0.0, 0.0)
    (8.0, 5.73, 1.2, 1.2)
    """
    if not 0 < size < math.inf or not 0 < largest < math.inf:
        return THINNEST
    return THINNEST + (THICKEST - THINNEST) * max(0.0, 1 + math.log10(size / largest) / DECADES)


class _Builder(Cell):
    """The elements and links of one view."""

    def __init__(self, layout: Unrolled, view: View) -> None:
        super().__init__(layout.sizes, view)
        self.layout = layout
        points = [self._parameter(k, n) for k, n in enumerate(self.recurrence.shared)]
        before = self._first()
        for left, t in zip(layout.lefts, layout.shown, strict=False):
            before = self._dots(left, before) if t is None else self._step(t, left, before)
        for k in reversed(range(len(points))):  # first the rail of b, which the wires of w cross
            self._rail(k, self.recurrence.shared[k], points[k])
        self._after(before)

    # Shared parameters.

    def _parameter(self, k: int, n: int) -> Element:
        """A parameter; its branching point is returned."""
        y, carries = self.layout.rail(k), self._differentiable(n)
        point = self._point(parts.branch(n), (self.layout.point, y), carries)
        self._wire(self._leaf(n, (self.sizes.leaf / 2, y)), point, head=False, carries=carries)
        return point

    def _rail(self, k: int, n: int, before: Element) -> None:
        """The rail of a parameter, and from it a wire to every step."""
        y, carries = self.layout.rail(k), self._differentiable(n)
        last = len(self.layout.shown) - 1
        for i, (left, t) in enumerate(zip(self.layout.lefts, self.layout.shown, strict=False)):
            x, target, into = self._entrance(k, n, left, t)
            start = (before.box[2] if i == 0 else before.x, y)
            if i < last:
                joint = self._joint(n, t, (x, y))
                self._wire(before, joint, points=(start, (x, y)), head=False, back=i == 0, carries=carries)
                before, way = joint, bent([(x, y), *into])
            else:
                way = bent([start, (x, y), *into])
            crosses = k == 0 and self.layout.rails_above > 1
            label, title = self._contribution(n, t, (x, self._height(k, t)), parts.wire(before.name, target.name))
            self._wire(
                before, target, self._gain(n, t), points=way, label=label, carries=carries, title=title,
                back=last == 0, crossing=(x, RAIL) if crosses else None,
            )  # fmt: skip

    def _entrance(self, k: int, n: int, left: float, t: int | None) -> tuple[float, Element, list[Point]]:
        """Where the wire to a step leaves the rail, the part that it goes to, and its way from there."""
        if t is None:
            dots, x = self.elements[parts.dots(0)], left + NARROW * (0.2 + 0.3 * k)
            return x, dots, [(x, dots.box[3 if k == 1 else 1])]
        neuron = self.recurrence.steps[t]
        target = self.elements[neuron.total if n == neuron.bias else parts.box(self.recurrence.entering(n, t))]
        if k == 1:  # from below, to the left side
            x = left + 14
            return x, target, [(x, target.y), (target.box[0], target.y)]
        return target.x, target, [(target.x, target.box[1])]

    def _joint(self, n: int, t: int | None, place: Point) -> Element:
        name = parts.joint(n, "m" if t is None else t + 1)
        if self.inverse:
            return self._add(name, "joint", "inverse", place, (0.0, 0.0))
        return self._add(name, "dot", "forward", place, (7.0, 7.0))

    def _gain(self, n: int, t: int | None) -> float | None:
        """What the way from a parameter into a step multiplies by."""
        if t is None:
            return None
        signal = next((x.signal for x in self.recurrence.steps[t].inputs if x.weight == n), None)
        return 1.0 if signal is None else self._number(self.structure.boxes[signal].value)

    def _contribution(self, n: int, t: int | None, place: Point, wire: str) -> tuple[Element | None, str]:
        """What comes back on the way from a step, or from those left out: in the picture, and in full in words."""
        if not self.inverse or not self._differentiable(n):
            return None, ""
        steps = self.layout.left_out if t is None else range(t, t + 1)
        terms = [self.recurrence.contribution(n, s) for s in steps]
        number = None if None in terms else sum(term for term in terms if term is not None)
        each = [self.recurrence.contribution_slot(n, s) for s in steps]
        hidden = any(map(self.lettering.hides, each))
        slot = slots.total(each) if len(each) <= MOST_TERMS else slots.UNKNOWN
        span = self.lettering.number_span(number, slot, "branch", hidden)
        width = (span.blank or span).width
        x, y = place[0] + 6 + width / 2, place[1]
        label = Element(parts.wire_label(wire), "label", "inverse", x, y, width, 15.0, (line(span, height=15),))
        if number is None or hidden:
            return label, ""
        key = "contribution" if t is not None else "contributions"
        return label, say(
            key, self.lettering.lang, gradient=self.lettering.partial(n), t=steps[0] + 1, last=steps[-1] + 1,
            number=f"{number:.17g}".replace("-", "−"),
        )  # fmt: skip

    def _height(self, k: int, t: int | None) -> float:
        """Of what comes back: between the rail and the frame, or just within that."""
        layout = self.layout
        if k == 0:
            return RAIL / 2 - 6 if layout.rails_above > 1 else layout.top / 2
        if k == 1:
            return layout.rail(1) - UNDER / 2
        return (RAIL + layout.top) / 2 if t is None else layout.top + 12

    # Steps.

    def _first(self) -> Element:
        """The state before the first step."""
        x = self.layout.lefts[0] - 20 - self.sizes.circle
        return self._signal(state(self.recurrence.steps[0]).signal, (x, self.layout.middle))

    def _step(self, t: int, left: float, before: Element) -> Element:
        """A column; what its state leaves is returned."""
        layout, neuron = self.layout, self.recurrence.steps[t]
        x, y = left + layout.total, layout.middle
        self._add(
            parts.frame(neuron.sum), "frame", "muted", (left + layout.frame / 2, (layout.top + layout.bottom) / 2),
            (layout.frame, layout.bottom - layout.top), (line(Span(f"t = {t + 1}", "group"), height=15),), Rule.NEURON,
        )  # fmt: skip
        total = self._sum(neuron, (x, y))
        product = self._product(state(neuron), (left + MARGIN + self.sizes.pill / 2, y))
        self._state(t, before, product, left)
        self._wire(product, total)
        signal, weight = sample(neuron).signal, self._number(self.structure.boxes[sample(neuron).weight].value)
        scaled = self._product(sample(neuron), (x, y + BELOW))
        self._wire(scaled, total, points=self._vertical(x, scaled, total))
        given = self._signal(signal, (x, layout.sample))
        carries = self._differentiable(signal)
        self._wire(given, scaled, weight, points=self._vertical(x, given, scaled), carries=carries)
        if not neuron.activation:
            return total
        psi = self._psi(neuron, (left + layout.activation, y))
        written = self.lettering.sum(neuron, self.view)
        place = (x + 8 + self.sizes.label / 2, y - SUM - 12 - size_of(written)[1] / 2)
        label = self._label(parts.label(neuron.sum), written, place)
        self._wire(total, psi, self.structure.slope(neuron.output, neuron.sum), label=label)
        return psi

    def _state(self, t: int, before: Element, product: Element, left: float) -> None:
        """The wire by which the state comes in: cut off, where no gradient goes back on it."""
        into = state(self.recurrence.steps[t])
        weight = self._number(self.structure.boxes[into.weight].value)
        if t == 0:
            self._wire(before, product, weight, carries=self._differentiable(into.signal))
            return
        self._carry(t - 1, before, product, weight, left - self.layout.gap / 2, self.recurrence.is_cut(t))

    @property
    def _cut(self) -> tuple[Line, ...]:
        return (line(Span(say("cut", self.lettering.lang), "branch"), height=13),)

    def _carry(self, t: int, before: Element, target: Element, gain: float | None, x: float, cut: bool = False) -> None:
        """The wire of the state after a step, with its label; the gradient may be cut off on it."""
        n, y = self.recurrence.steps[t].output, self.layout.middle
        written = self.lettering.signal(n, self.view)
        label = self._label(parts.label(n), written, (x, y - SUM - 12 - size_of(written)[1] / 2))
        points = (before.box[2], y), (target.box[0], y)
        shows = self.inverse and not cut and not self.lettering.hides(slots.flow(n))
        if cut and self.inverse:
            self._add(parts.cut(n), "label", "inverse", (x - MARGIN / 2, y + 14), size_of(self._cut), self._cut)
        self._wire(
            before, target, gain, points=points, label=label, carries=not cut,
            thickness=self.layout.thickness(t) if shows else THIN, slot=slots.flow(n) if shows else "", decades=DECADES,
        )  # fmt: skip

    def _dots(self, left: float, before: Element) -> Element:
        """What stands for the steps that have no column."""
        layout, steps = self.layout, self.layout.left_out
        more = say("more neurons", self.lettering.lang, n=len(steps))
        texts = "⋯", more, f"t = {steps[0] + 1} … {steps[-1] + 1}" if len(steps) > 1 else f"t = {steps[0] + 1}"
        lines = tuple(line(Span(text, "group"), height=15) for text in texts)
        place = left + NARROW / 2, (layout.top + layout.bottom) / 2
        size = NARROW, layout.bottom - layout.top
        dots = self._add(parts.dots(0), "square", "frame", place, size, lines, tint="group")
        self._carry(steps[0] - 1, before, dots, None, left - layout.gap / 2, self.recurrence.is_cut(steps[0]))
        return dots

    # What is made of the last state.

    def _after(self, before: Element) -> None:
        """The output neuron, if there is one, and the loss; or where the output leaves."""
        layout, last = self.layout, self.recurrence.length - 1
        left, y, label = layout.lefts[-1], layout.middle, layout.lefts[-1] - layout.gap / 2
        readout = self.recurrence.readout
        if readout is not None:
            product, end = self._readout(readout, (left + self.sizes.pill / 2, y))
            weight = self._number(self.structure.boxes[readout.inputs[0].weight].value)
            self._carry(last, before, product, weight, label)
            self._downwards(end)
        elif self.structure.cost is None:
            self._carry(last, before, self._end((left + self.sizes.circle, y)), 1.0, label)
        else:
            ring = label + self.sizes.state / 2 + 8 + self.sizes.circle  # where that of J meets no label
            loss = self._loss((max(left + self.loss_width / 2, ring), y))
            gain = self._number(self.structure.boxes[self.structure.outputs[0]].flow)
            self._carry(last, before, loss, gain, label)
            self._costs(loss, beside=False)
