"""A recurrent neuron folded: one cell, whose state comes back to it one step later through z⁻¹.

In the inverse network the loop runs the other way round, through z⁺¹: a gradient comes from one step later. What
differs from step to step has no number; the gradients of the parameters are sums over all steps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.lettering.sentences import say
from inversa.viz.lettering.spans import VIEWS, Line, Span, View
from inversa.viz.neurons.elements import size_of
from inversa.viz.neurons.sheet import Element, Sheet, bent, line
from inversa.viz.neurons.structure import Weighted
from inversa.viz.neurons.writer import NeuronWriter
from inversa.viz.recurrent.cell import AIR, LEAF, PILL, SUM, Cell, Sizes, framed
from inversa.viz.recurrent.recurrence import Recurrence, sample, state

APART = 76.0  # from × u, in the middle of the cell, to × w above it
DELAY = 72.0, 44.0  # z⁻¹


@dataclass(frozen=True)
class Folded:
    """Lays out a recurrent neuron as one cell."""

    recurrence: Recurrence
    lettering: NeuronWriter

    @cached_property
    def sizes(self) -> Sizes:
        """The sizes of the parts."""
        return Sizes(self.recurrence, self.lettering, [0, self.recurrence.length - 1])

    def sheets(self) -> dict[View, Sheet]:
        """Both views, at the same places."""
        return framed({view: _Builder(self.sizes, view) for view in VIEWS})


class _Builder(Cell):
    """The elements and links of one view."""

    def __init__(self, sizes: Sizes, view: View) -> None:
        super().__init__(sizes, view)
        self.last = self.recurrence.steps[-1]
        self.bearers = {**self.bearers, Rule.BRANCHING: parts.branch(self.last.output)}
        h, z, x = (_base(self.lettering.name(n)) for n in (self.last.output, self.last.sum, sample(self.last).signal))
        self.h, self.z, self.x = f"{h}ₜ", f"{z}ₜ", f"{x}ₜ"
        self.before = f"{h}ₜ₋₁"
        self._build()

    # What is written.

    def _every(self, name: str, style: str = "name") -> tuple[Line, ...]:
        """The name of what there is at every step."""
        return (line(Span(name, style), height=18),)

    def _flow(self, name: str) -> str:
        return f"∂{self.lettering.writer.output}/∂{name}" if self.inverse else name

    @property
    def _style(self) -> str:
        return "flow" if self.inverse else "name"

    def _steps(self, sentence: str = "steps") -> Line:
        return line(Span(say(sentence, self.lettering.lang, n=self.recurrence.length), "note"), height=13)

    def _weight(self, x: Weighted, signal: str) -> tuple[Line, ...]:
        lines = self.lettering.weight(x, self.view)
        return (
            (line(Span(f"× {signal}", "kept name"), height=18), lines[-1]) if len(lines) > 1 and self.inverse else lines
        )

    # Places: 0 is the middle of the cell, and the left of × w and × u.

    def _build(self) -> None:
        sizes, neuron = self.sizes, self.last
        pill = sizes.pill / 2
        total = self._sum(neuron, (pill * 2 + max(44.0, sizes.leaf / 2 - 10) + SUM, 0.0))
        recurrent = self._product(state(neuron), (pill, -APART), self._weight(state(neuron), self.before))
        given = self._product(sample(neuron), (pill, 0.0), self._weight(sample(neuron), self.x))
        self._wire(given, total)
        way = bent(((recurrent.box[2], -APART), (total.x, -APART), (total.x, -SUM)))
        self._wire(recurrent, total, points=way)
        self._parameters(recurrent, given, total)
        before = total
        if neuron.activation:
            slope = self._slope() if self.inverse else ()
            psi = self._psi(neuron, (total.x + SUM + max(64.0, sizes.label + 22) + sizes.psi / 2, 0.0), slope)
            name = self.z
            if self.inverse:
                name = f"δ{self.z[1:]}" if self.z.startswith("z") else self._flow(self.z)
            lines = self._every(name, self._style)
            label = self._label(parts.label(neuron.sum), lines, ((total.box[2] + psi.box[0]) / 2, -8 - 9))
            self._wire(total, psi, None, label=label)
            before, x = psi, psi.box[2]
        else:
            x = total.box[2]
        right = x + 14
        self._frame(right)
        dot = self._point(parts.branch(neuron.output), (right + max(52.0, sizes.state + 28), 0.0), mark=(14.0, 22.0))
        lines = self._every(self._flow(self.h), self._style)
        label = self._label(parts.label(neuron.output), lines, ((right + dot.box[0]) / 2 + 3, -8 - 9))
        points = (before.box[2], 0.0), (dot.box[0], 0.0)
        self._wire(before, dot, None, points=points, head=False, label=label)
        self._loop(dot, recurrent)
        self._given(given)
        self._after(dot)

    @property
    def top(self) -> float:
        """Of the cell."""
        return -APART - PILL / 2 - AIR - LEAF - 34

    @property
    def bottom(self) -> float:
        """Of the cell."""
        return PILL / 2 + AIR + LEAF + 14

    def _parameters(self, recurrent: Element, given: Element, total: Element) -> None:
        """In the inverse network the gradients, which are sums over the steps; b is there forwards, too."""
        neuron = self.last
        for x, product, side in ((state(neuron), recurrent, -1), (sample(neuron), given, 1)):
            if self.inverse and self._differentiable(x.weight):
                place = product.x, product.y + side * (PILL / 2 + AIR + LEAF / 2)
                leaf = self._leaf(x.weight, place)
                self._wire(leaf, product, None, points=self._vertical(product.x, leaf, product))
        if neuron.bias is not None:
            bias = self._leaf(neuron.bias, (total.x, SUM + AIR + 2 + LEAF / 2))
            way = self._vertical(total.x, bias, total)
            self._wire(bias, total, points=way, carries=self._differentiable(neuron.bias))

    def _slope(self) -> tuple[Line, ...]:
        return line(Span("× ψ′", "flow"), height=20), line(
            Span(say("each step", self.lettering.lang), "note"), height=13
        )

    def _frame(self, right: float) -> None:
        lines = (
            line(Span(say("cell" if not self.inverse else "inverse cell", self.lettering.lang), "group"), height=15),
        )
        lines = (line(*lines[0].left, Span(", ", "group"), *self._steps().left, height=15),)
        left = -26.0
        self._add(
            parts.frame(self.last.sum), "frame", "muted", ((left + right) / 2, (self.top + self.bottom) / 2),
            (right - left, self.bottom - self.top), lines, Rule.NEURON, (1.0, 1.0),
        )  # fmt: skip

    def _loop(self, dot: Element, recurrent: Element) -> None:
        """Back to the cell one step later."""
        y, left = self.top - 18 - DELAY[1] / 2, -56.0
        sign = "z⁺¹" if self.inverse else "z⁻¹"
        middle = (left + dot.x) / 2
        said = say("later" if self.inverse else "earlier", self.lettering.lang)
        lines = line(Span(sign, "glyph"), height=24), line(Span(said, "note"), height=13)
        width = max(DELAY[0], *(row.width + 16 for row in lines))
        delay = self._add(parts.DELAY, "square", self._role(), (middle, y), (width, DELAY[1]), lines)
        points = bent(((dot.x, dot.box[1]), (dot.x, y), (delay.box[2], y)))
        self._wire(dot, delay, points=points)
        written = self._every(self._flow(self.before), self._style)
        wide = size_of(written)[0]
        label = self._label(
            parts.label(state(self.last).product), written, (left - 8 - wide / 2, (y + recurrent.y) / 2)
        )
        points = bent(((delay.box[0], y), (left, y), (left, recurrent.y), (recurrent.box[0], recurrent.y)))
        weight = self._number(self.structure.boxes[state(self.last).weight].value)
        self._wire(delay, recurrent, weight, points=points, label=label)

    def _given(self, product: Element) -> None:
        """x at every step."""
        n = sample(self.last).signal
        carries = self._differentiable(n)
        name = self._flow(self.x) if carries else self.x
        style = "kept name" if self.inverse and not carries else self._style
        lines = (*self._every(name, style), self._steps())
        x = self._signal(n, (-56.0 - 24 - self.sizes.circle, 0.0), lines)
        weight = self._number(self.structure.boxes[sample(self.last).weight].value)
        self._wire(x, product, weight, carries=carries)

    def _after(self, dot: Element) -> None:
        """The last state goes to the output neuron and to the loss."""
        note = f"t = {self.recurrence.length}"
        lines = (line(Span(note, "note"), height=13),)
        wide = size_of(lines)[0]
        start, left = dot.x + 15, dot.x + 15 + max(48.0, wide + 20)
        label = self._label(parts.ending(self.last.sum), lines, ((start + left) / 2, -12.0))
        readout = self.recurrence.readout
        if readout is not None:
            product, end = self._readout(readout, (left + self.sizes.pill / 2, 0.0))
            weight = self._number(self.structure.boxes[readout.inputs[0].weight].value)
            self._wire(dot, product, weight, label=label)
            self._downwards(end)
        elif self.structure.cost is None:
            self._wire(dot, self._end((left + self.sizes.circle, 0.0)), label=label)
        else:
            loss = self._loss((left + self.loss_width / 2, 0.0))
            gain = self._number(self.structure.boxes[self.structure.outputs[0]].flow)
            self._wire(dot, loss, gain, label=label)
            self._costs(loss, beside=False)


def _base(name: str) -> str:
    """A name without the number of its step.

    >>> _base("h₄"), _base("z"), _base("v₁₂")
    ('h', 'z', 'v')
    """
    return re.sub("[₀-₉]+$", "", name)
