"""The equations of a network of neurons, in names and in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inversa.viz.lettering.formula import Formula, Name, Number, Partial, Term
from inversa.viz.lettering.spans import Span
from inversa.viz.neurons.structure import MAX_LOSS_TERMS, Neuron, Structure, Weighted
from inversa.viz.neurons.writer import NeuronWriter
from inversa.viz.picture import slots

MAX_SUM_TERMS = 5  # terms of a sum: more are not written out


@dataclass(frozen=True)
class Formulas:
    """The equations of a network, in names and in numbers."""

    structure: Structure
    lettering: NeuronWriter

    def name(self, n: int) -> Name:
        """The name of a box."""
        return Name(self.lettering.name(n))

    def partial(self, n: int) -> Partial:
        """∂J/∂ of a box."""
        return Partial(self.lettering.writer.output, self.lettering.name(n))

    def delta(self, n: int) -> Term:
        """δ."""
        text = self.lettering.delta(n)
        return Name(text) if text.startswith("δ") else self.partial(n)

    def value(self, n: int, result: bool = False) -> Number:
        """The value of a box."""
        return self._number(self.lettering.value(n), result)

    def flow(self, n: int, result: bool = False) -> Number:
        """∂J/∂ of a box as a number."""
        return self._number(self.lettering.flow(n), result)

    def slope(self, neuron: Neuron) -> Number:
        """ψ′(z) as a number."""
        return self._number(self.lettering.slope(neuron), False)

    @staticmethod
    def _number(span: Span, result: bool) -> Number:
        return Number(span.text, span.slot, result)

    def sum(self, neuron: Neuron) -> tuple[Formula, Formula]:
        """z = w₁a₁ + … + b, and in numbers."""
        names: list[Formula] = [(self.name(x.weight), " · ", self.name(x.signal)) for x in neuron.inputs]
        numbers: list[Formula] = [(self.value(x.product),) for x in neuron.inputs]
        if neuron.bias is not None:
            names.append((self.name(neuron.bias),))
            numbers.append((self.value(neuron.bias),))
        z = (self.name(neuron.sum), " = ", *joined(names))
        return z, (*joined(numbers), " = ", self.value(neuron.sum, True))

    def activation(self, neuron: Neuron) -> tuple[Formula, Formula]:
        """a = ψ(z), and in numbers."""
        a = (self.name(neuron.output), " = ψ(", self.name(neuron.sum), ")")
        return a, ("ψ(", self.value(neuron.sum), ") = ", self.value(neuron.output, True))

    def slopes(self, neuron: Neuron) -> tuple[Formula, Formula]:
        """δ = ∂J/∂a · ψ′(z), and in numbers."""
        delta = (self.delta(neuron.sum), " = ", self.partial(neuron.output), " · ψ′(", self.name(neuron.sum), ")")
        return delta, (self.flow(neuron.output), " · ", self.slope(neuron), " = ", self.flow(neuron.sum, True))

    def double(self, x: Weighted, neuron: Neuron, alone: bool) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
        """∂J/∂w = a · δ and what goes back to a, w · δ; not what a constant would get."""
        delta = self.delta(neuron.sum)
        more, penalty = self.penalty(x.weight)
        gradient: Formula = (self.partial(x.weight), " = ", self.name(x.signal), " · ", delta, *more)
        back: Formula = (self.name(x.weight), " · ", delta)
        back = (self.partial(x.signal), " = ", *back) if alone else (*back, " → ", self.name(x.signal))
        flow = self.structure.boxes[neuron.sum].flow
        weight = self.structure.boxes[x.weight].value
        sent = weight * flow if isinstance(weight, float) and isinstance(flow, float) else None
        slot = slots.flow(x.signal) if alone else sent_slot(x, neuron)
        written = Number(self.lettering.writer.number(sent), slot, True)
        ways = (
            (
                x.weight,
                gradient,
                (self.value(x.signal), " · ", self.flow(neuron.sum), *penalty, " = ", self.flow(x.weight, True)),
            ),
            (x.signal, back, (self.value(x.weight), " · ", self.flow(neuron.sum), " = ", written)),
        )
        equations = [(names, numbers) for n, names, numbers in ways if self.structure.boxes[n].differentiable]
        return tuple(names for names, _ in equations), tuple(numbers for _, numbers in equations)

    def constant(self, n: int, neuron: Neuron) -> tuple[Formula, Formula]:
        """∂J/∂b = δ, and in numbers."""
        more, penalty = self.penalty(n)
        summed = (self.flow(neuron.sum), *penalty, " = ") if penalty else (self.partial(n), " = ")
        return (self.partial(n), " = ", self.delta(neuron.sum), *more), (*summed, self.flow(n, True))

    def penalty(self, n: int) -> tuple[Formula, Formula]:
        """What a penalty in the loss adds to the gradient of a weight or bias, and its number; nothing without one."""
        arrows = self.structure.penalties(n)
        if not arrows:
            return (), ()
        flows = [self.structure.boxes[arrow.target].flow for arrow in arrows]
        known = [(a.gain, flow) for a, flow in zip(arrows, flows, strict=True) if isinstance(flow, float)]
        terms = [gain * flow for gain, flow in known if gain is not None]
        slot = slots.total(slots.product(slots.gain(arrow.number), slots.flow(arrow.target)) for arrow in arrows)
        share = Number(self.lettering.writer.number(sum(terms, 0.0)), slot)
        return (" + ", Partial("L", self.lettering.name(n))), (" + ", share)

    def loss(self, numbers: bool = False) -> Formula:
        """The formula of the loss in what enters it, or with numbers; one too long is L(h), and has no numbers."""
        terms = self.structure.loss_terms
        if len(terms) > MAX_LOSS_TERMS:
            names: list[Formula] = [(self.name(n),) for n in self.structure.outputs]
            inside = [term for name in names[:MAX_SUM_TERMS] for term in (", ", *name)][1:]
            return () if numbers else ("L(", *inside, ", …)" if len(names) > MAX_SUM_TERMS else ")")
        written = self.value if numbers else self.name
        return tuple(term if isinstance(term, str) else written(term) for term in terms)

    def arrived(self, signal: int, users: Sequence[tuple[Weighted, Neuron]]) -> tuple[Formula, Formula]:
        """∂J/∂a = w₁δ₁ + w₂δ₂ + …, and in numbers."""
        names: list[Formula] = [(self.name(x.weight), " · ", self.delta(neuron.sum)) for x, neuron in users]
        numbers: list[Formula] = [(self.value(x.weight), " · ", self.flow(neuron.sum)) for x, neuron in users]
        total = (self.partial(signal), " = ", *joined(names))
        return total, (*joined(numbers), " = ", self.flow(signal, True))


def sent_slot(x: Weighted, neuron: Neuron) -> str:
    """The slot of w · δ, what a weighted input sends back to its signal."""
    return slots.product(slots.value(x.weight), slots.flow(neuron.sum))


def joined(terms: Sequence[Formula]) -> Formula:
    """Terms added up; of many only the first and the last are written."""
    if len(terms) > MAX_SUM_TERMS:
        terms = [*terms[:2], ("…",), terms[-1]]
    written: list[Term] = [*terms[0]]
    for term in terms[1:]:
        written += [" + ", *term]
    return tuple(written)
