"""What is written on the elements of a network, in one language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from inversa.autograd import Rule
from inversa.viz.cards.writer import Writer
from inversa.viz.lettering.numbers import DASH, brief, number
from inversa.viz.lettering.sentences import activation_name, inverted, say, translated
from inversa.viz.lettering.spans import Line, Span, View
from inversa.viz.neurons.sheet import line
from inversa.viz.neurons.structure import Neuron, Structure, Weighted
from inversa.viz.picture import slots
from inversa.viz.picture.records import Box
from inversa.viz.picture.spoken import spoken

LONGEST_NAME = 110.0  # pixels of a name in the drawing
LISTED = 4  # targets; of more the first and the last are named


@dataclass(frozen=True)
class NeuronWriter:
    """Writes names and numbers."""

    structure: Structure
    writer: Writer
    loss_name: str = ""  # written in its box where its formula is not short
    valued: bool = True  # whether the signals have numbers: a network without data has only its parameters
    target: str = ""  # what the loss compares with, where no box holds it

    @property
    def lang(self) -> str:
        """Its language."""
        return self.writer.lang

    # Pieces.

    def name(self, n: int) -> str:
        """What a box is called."""
        return self.structure.boxes[n].name

    def partial(self, n: int) -> str:
        """∂J/∂ and the box's name."""
        return self.writer.partial(self.name(n))

    def delta(self, n: int) -> str:
        """δ, as the lectures call ∂J/∂z."""
        name = self.name(n)
        return f"δ{name[1:]}" if name.startswith("z") else self.partial(n)

    def value(self, n: int, style: str = "number", digits: int | None = None) -> Span:
        """The number of a box."""
        box = self.structure.boxes[n]
        span = self._number(box.value, slots.value(n), style, digits)
        return span._replace(text=brief(span.text)) if self.writer.brief and not box.operation else span

    def flow(self, n: int, style: str = "number", digits: int | None = None) -> Span:
        """∂J/∂ of a box, as the inverse network brings it."""
        return self._number(self.structure.boxes[n].flow, slots.flow(n), style, digits)

    def _number(self, amount: object, slot: str, style: str, digits: int | None) -> Span:
        return self.number_span(amount, slot, style, self.hides(slot), digits)

    def number_span(
        self, amount: object, slot: str, style: str, hidden: bool = False, digits: int | None = None
    ) -> Span:
        """A number, or a dash where it is none."""
        if not isinstance(amount, float):
            return Span(DASH, style)
        digits = self.writer.digits if digits is None else digits
        span = Span(number(amount, digits), style, slot=slot)
        return span.hidden(digits) if hidden else span

    def hides(self, slot: str) -> bool:
        """Whether a number is not to be seen."""
        return slots.is_hidden(slot, self.structure.picture)

    def slope(self, neuron: Neuron, style: str = "kept") -> Span:
        """ψ′(z)."""
        slot = self.structure.slope_slot(neuron.output, neuron.sum)
        return self._number(self.structure.slope(neuron.output, neuron.sum), slot, style, None)

    def named(self, text: str, style: str) -> Span:
        """A name, cut where it is long; the whole is in the tooltips."""
        span = Span(text, style, yields=True)
        return span.cut(span.width - LONGEST_NAME)

    # Elements, as lines.

    def name_line(self, n: int, style: str = "name") -> Line:
        """The name of a box in a line of its own."""
        return line(self.named(self.name(n), style), height=18)

    def signal(self, n: int, view: View, digits: int | None = None) -> tuple[Line, ...]:
        """A signal in a circle, or beside its wire: a, or ∂J/∂a."""
        if view == "inverse":
            if not self.structure.boxes[n].differentiable:  # nothing comes back to it: it is remembered
                return line(self.named(self.name(n), "kept name"), height=18), line(self.value(n, "kept", digits))
            return line(self.named(self.partial(n), "flow"), height=18), line(self.flow(n, digits=digits))
        return self._valued(line(self.named(self.name(n), "name"), height=18), n, digits)

    def _valued(self, name: Line, n: int, digits: int | None = None) -> tuple[Line, ...]:
        return (name, line(self.value(n, digits=digits))) if self.valued else (name,)

    def sum(self, neuron: Neuron, view: View) -> tuple[Line, ...]:
        """Beside the wire from the sum: z, or δ."""
        if view == "inverse":
            return line(self.named(self.delta(neuron.sum), "flow"), height=18), line(self.flow(neuron.sum))
        return self._valued(line(self.named(self.name(neuron.sum), "name"), height=18), neuron.sum)

    def weight(self, x: Weighted, view: View) -> tuple[Line, ...]:
        """A weighted input: × w; its dual multiplies by the signal, unless the weight is frozen, and by the weight."""
        weight = self.named(f"× {self.name(x.weight)}", "weight")
        if view == "forward":
            return line(weight, height=19), line(self.value(x.weight))
        kept = self.named(f"× {self.name(x.signal)}", "kept name")
        by_signal = line(kept, Span("  ", "number"), self.value(x.signal, "kept"), height=18)
        by_weight = line(weight, Span("  ", "number"), self.value(x.weight), height=18)
        return (by_signal, by_weight) if self.structure.boxes[x.weight].differentiable else (by_weight,)

    def bias(self, n: int, view: View) -> tuple[Line, ...]:
        """A constant input b; its dual, ∂J/∂b, unless it is frozen."""
        if view == "inverse" and self.structure.boxes[n].differentiable:
            return self.gradient(n)
        return (line(self.named(self.name(n), "weight"), Span("  ", "number"), self.value(n), height=19),)

    def gradient(self, n: int) -> tuple[Line, ...]:
        """The gradient of a parameter."""
        return line(self.named(self.partial(n), "flow"), height=18), line(self.flow(n), height=15)

    def activation(self, neuron: Neuron, view: View) -> tuple[Line, ...]:
        """ψ and its name; × ψ′ and its number."""
        symbol = {"σ": "sigmoid"}.get(neuron.activation, neuron.activation)
        if view == "inverse":
            return line(Span("× ψ′", "flow"), height=20), line(self.slope(neuron), height=15)
        named = () if symbol == "ψ" else (line(Span(activation_name(symbol, self.lang), "note"), height=13),)
        return line(Span("ψ", "glyph"), height=24), *named

    def loss(self, view: View) -> tuple[Line, ...]:
        """L and its formula; × L′ and, where there is one output, its number."""
        formula = self.structure.formula or self.loss_name
        texts = filter(None, (formula, self.target if view == "forward" else ""))
        shown = tuple(line(Span(text, "expression", yields=True), height=17) for text in texts)
        if view == "forward":
            return line(Span("L", "glyph"), height=25), *shown
        number = (line(self.flow(self.structure.outputs[0], "kept")),) if len(self.structure.outputs) == 1 else ()
        return (line(Span("× L′", "glyph"), height=25), *number)

    def targets(self, view: View) -> tuple[Line, ...]:
        """What the loss compares with, one line each, or how many they are."""
        name, number = ("kept name", "kept") if view == "inverse" else ("name", "number")
        targets = self.structure.targets
        if len(targets) > LISTED:
            return (line(Span(f"{self.name(targets[0])} … {self.name(targets[-1])}", name), height=18),)
        return tuple(
            line(self.named(self.name(n), name), Span("  ", number), self.value(n, number), height=18) for n in targets
        )

    def cost(self, n: int, view: View) -> tuple[Line, ...]:
        """J and its value; the unit that is fed in instead."""
        if view == "inverse":
            return (line(Span("1", "sign"), height=24),)
        return line(self.named(self.name(n), "glyph"), height=24), *((line(self.value(n)),) if self.valued else ())

    def title(self, neuron: Neuron, view: View) -> str:
        """What a neuron is called in its frame."""
        names = Rule.NEURON.names(self.lang)
        if view == "forward":
            return translated(neuron.title, self.lang) or names.forward
        return inverted(neuron.title, self.lang) or names.inverse

    def layer_titles(self, view: View) -> Sequence[str]:
        """The headings of the columns: inputs, hidden layers, outputs."""
        weighted = [layer for layer in self.structure.layers if not layer[0].joins]
        hidden = iter(range(1, len(weighted)))
        names = [say("input layer", self.lang)]
        for layer in self.structure.layers:
            if layer[0].joins:
                names.append(layer[0].title)
            elif layer is weighted[-1]:
                names.append(say("output layer", self.lang))
            else:
                number = f" {next(hidden)}" if len(weighted) > 2 else ""
                names.append(say("hidden layer", self.lang) + number)
        if view == "forward":
            return names
        return [names[0], *(say("inverse of", self.lang, layer=name) for name in names[1:])]

    def tip(self, n: int, view: View) -> str:
        """Everything about a box in one view, for its tooltip."""
        return self.writer.tooltip(self._spoken[n], view)

    @cached_property
    def _spoken(self) -> dict[int, Box]:
        """The boxes with their expressions in the drawing's language."""
        return {box.number: box for box in spoken(self.structure.picture, self.lang).boxes}
