"""The steps of a recurrent neuron: through time, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.drawing.interfaces import Step
from inversa.viz.lettering.formula import Formula, Number
from inversa.viz.lettering.spans import View
from inversa.viz.neurons.formulas import joined
from inversa.viz.neurons.sheet import Link, Sheet
from inversa.viz.neurons.steps import LectureSteps
from inversa.viz.neurons.structure import Neuron, Weighted
from inversa.viz.neurons.writer import NeuronWriter
from inversa.viz.picture import slots
from inversa.viz.recurrent.recurrence import Recurrence, sample, state


class RecurrentSteps(LectureSteps):
    """One step an element, at every step of time that is drawn; those between them are one step together."""

    def __init__(
        self,
        recurrence: Recurrence,
        lettering: NeuronWriter,
        forward: Sheet,
        inverse: Sheet,
        shown: Sequence[int | None],
    ) -> None:
        super().__init__(recurrence.structure, lettering, forward, inverse)
        self.recurrence, self.shown = recurrence, shown
        self.left_out = [t for t in range(recurrence.length) if t not in shown]
        self.grown: dict[int, list[str]] = {n: [] for n in recurrence.shared}

    def steps(self) -> Iterator[Step]:
        """All steps in order."""
        recurrence, readout = self.recurrence, self.recurrence.readout
        yield self._read(state(recurrence.steps[0]).signal)
        for n in recurrence.shared:
            appearing = self.present("forward", [parts.box(n), *self._with_wires("forward", parts.branch(n))])
            title = self.title("shared", name=self.lettering.name(n), n=recurrence.length)
            yield Step("forward", appearing, Rule.BRANCHING, title)
        for t in self.shown:
            if t is None:
                yield self._between("forward")
                continue
            yield self._read(sample(recurrence.steps[t]).signal)
            yield from self._at(t, self._forward(recurrence.steps[t]))
        if readout is not None:
            yield from self._forward(readout)
        if self.structure.end is None:
            return
        if self.structure.cost is not None:
            yield self.loss_step()
        yield from self.output_step()
        if readout is not None:
            yield from self._inverse(readout)
        for t in reversed(self.shown):
            if t is None:
                yield self._between("inverse")
            else:
                yield from self._at(t, self._inverse(recurrence.steps[t]))
        yield from map(self._summed, recurrence.shared)

    def _at(self, t: int, steps: Iterator[Step]) -> Iterator[Step]:
        """The steps of the neuron, with the number of its step of time."""
        return (replace(step, title=f"t = {t + 1}: {step.title}") for step in steps)

    def _read(self, n: int) -> Step:
        f = self.formulas
        equation: Formula = (f.name(n), " = ", f.value(n, True))
        return Step("forward", (parts.box(n),), None, self.title("read", name=self.lettering.name(n)), (), (equation,))

    @cached_property
    def kept(self) -> list[str]:
        """What is remembered: targets, and inputs that nothing flows back to, with the wires that begin there."""
        kept = [parts.box(n) for n in self.structure.targets]
        for n in (n for n in self.structure.inputs if not self._differentiable(n)):
            kept += [parts.box(n), *self._leaving("inverse", parts.box(n))]
        return [*self.present("inverse", kept)]

    # The rails appear piece by piece, each with the step that it leads to, or that something comes back from.

    def _entering(self, view: View, element: str) -> list[str]:
        names = super()._entering(view, element)
        for link in self.sheets[view].entering(element):
            if view == "forward" and parts.is_joint(link.source):
                names += [link.source, *self._entering(view, link.source)]
            elif view == "forward" and link.source in self._leaves:
                names.append(link.source)
        return names

    @cached_property
    def _leaves(self) -> set[str]:
        """The parameters of the output neuron."""
        readout = self.recurrence.readout
        return {parts.box(x.weight) for x in readout.inputs} if readout is not None else set()

    def _back(self, links: Sequence[Link]) -> list[str]:
        """Wires of the inverse network with their labels, and the piece of a rail that they lead to."""
        names = []
        for link in links:
            names += [link.name, *([] if link.label is None else [link.label.name])]
            if parts.is_joint(link.target):
                names += [link.target, *self._leaving("inverse", link.target)]
        return names

    def _between(self, view: View) -> Step:
        """The steps of time that have no column."""
        dots, first, last = parts.dots(0), self.left_out[0] + 1, self.left_out[-1] + 1
        state = parts.label(self.recurrence.steps[last - 1].output)
        names = [*self._with_wires(view, dots), state]
        if view == "inverse":
            names += self._back(self.sheets[view].leaving(dots))
            for n, terms in self.grown.items():
                terms += [self.recurrence.contribution_slot(n, t) for t in self.left_out]
        gradients = tuple((n, self._so_far(n)) for n in self.grown) if view == "inverse" else ()
        title = self.title("between", first=first, last=last)
        return Step(view, self.present(view, names), None, title, gradients=gradients)

    def _so_far(self, n: int) -> str:
        """The slot of what has come back to a shared parameter."""
        terms = self.grown[n]
        return slots.flow(n) if len(terms) == self.recurrence.length else slots.total(terms)

    # The inverse of a neuron: what comes back to a shared parameter is a contribution.

    def _inverse(self, neuron: Neuron) -> Iterator[Step]:
        for step in super()._inverse(neuron):
            if step.rule is Rule.CONSTANT_INPUT and neuron.bias in self.grown:
                yield self._constant(neuron, neuron.bias)
            else:
                yield step

    def _constant(self, neuron: Neuron, n: int) -> Step:
        f, t = self.formulas, self.recurrence.steps.index(neuron)
        names = self._back([x for x in self.sheets["inverse"].leaving(neuron.total) if parts.on_rail(x.target, n)])
        self.grown[n].append(self.recurrence.contribution_slot(n, t))
        return Step(
            "inverse", self.present("inverse", names), Rule.CONSTANT_INPUT, self.title("bias", neuron, True),
            ((f.delta(neuron.sum), " → ", f.partial(n)),), ((f.flow(neuron.sum, True),),),
            gradients=((n, self._so_far(n)),),
        )  # fmt: skip

    def _double(self, x: Weighted, neuron: Neuron) -> Step:
        """The contribution to the weight, and what goes back to the signal."""
        if x.weight not in self.grown:
            return super()._double(x, neuron)
        f, t, pill = self.formulas, self.recurrence.steps.index(neuron), parts.box(x.product)
        equations: list[Formula] = []
        numbers: list[Formula] = []
        grown: list[tuple[int, str]] = []
        if self._differentiable(x.weight):
            slot = self.recurrence.contribution_slot(x.weight, t)
            self.grown[x.weight].append(slot)
            grown.append((x.weight, self._so_far(x.weight)))
            equations.append((f.name(x.signal), " · ", f.delta(neuron.sum), " → ", f.partial(x.weight)))
            result = Number(self.lettering.writer.number(self.recurrence.contribution(x.weight, t)), slot, True)
            numbers.append((f.value(x.signal), " · ", f.flow(neuron.sum), " = ", result))
        if self._differentiable(x.signal):
            names, written = f.double(x, neuron, True)
            equations.append(names[-1])
            numbers.append(written[-1])
            if not self.structure.boxes[x.signal].operation:
                grown.append((x.signal, slots.flow(x.signal)))
        leaf = not self.structure.boxes[x.signal].operation and self._differentiable(x.signal)
        names_shown = [*self._with_wires("inverse", pill), *self._back(self.sheets["inverse"].leaving(pill))]
        names_shown += [parts.box(x.signal)] if leaf else []
        return Step(
            "inverse", self.present("inverse", names_shown), Rule.WEIGHTED_INPUT, self.title("double", neuron, True),
            tuple(equations), tuple(numbers), gradients=tuple(grown),
        )  # fmt: skip

    def _summed(self, n: int) -> Step:
        """The branching point of a shared parameter, which sums the contributions of all steps."""
        f, recurrence = self.formulas, self.recurrence
        names: list[Formula] = []
        numbers: list[Formula] = []
        for t, neuron in enumerate(recurrence.steps):
            signal = next((x.signal for x in neuron.inputs if x.weight == n), None)
            names.append((f.delta(neuron.sum),) if signal is None else (f.name(signal), " · ", f.delta(neuron.sum)))
            slot = recurrence.contribution_slot(n, t)
            numbers.append((Number(self.lettering.writer.number(recurrence.contribution(n, t)), slot),))
        return Step(
            "inverse", self.present("inverse", [parts.branch(n), *self._with_wires("inverse", parts.box(n))]),
            Rule.BRANCHING, self.title("outputs", name=self.lettering.name(n)),
            ((f.partial(n), " = ", *joined(names)),), ((*joined(numbers), " = ", f.flow(n, True)),), slots.flow(n),
            ((n, slots.flow(n)),),
        )  # fmt: skip
