"""The steps of a network drawn neuron by neuron: forwards, then through the inverse network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.drawing.interfaces import Step
from inversa.viz.lettering.formula import Formula, Name, Number, Partial, Term
from inversa.viz.lettering.sentences import say
from inversa.viz.lettering.spans import View
from inversa.viz.neurons.alternatives import Alternatives
from inversa.viz.neurons.formulas import MAX_SUM_TERMS, Formulas, sent_slot
from inversa.viz.neurons.sheet import Sheet
from inversa.viz.neurons.structure import Neuron, Structure, Weighted
from inversa.viz.neurons.writer import NeuronWriter
from inversa.viz.picture import slots


class Steps:
    """What both styles share: which parts of the drawing belong together."""

    def __init__(self, structure: Structure, lettering: NeuronWriter, forward: Sheet, inverse: Sheet) -> None:
        self.structure, self.lettering = structure, lettering
        self.formulas = Formulas(structure, lettering)
        self.wrong = Alternatives(structure)
        self.sheets = {"forward": forward, "inverse": inverse}
        self.lang = lettering.lang
        self.contributions: dict[int, list[str]] = {}

    @cached_property
    def users(self) -> dict[int, list[tuple[Weighted, Neuron]]]:
        """The weighted inputs that every signal goes to."""
        users: dict[int, list[tuple[Weighted, Neuron]]] = {}
        for neuron in self.structure.neurons:
            for x in neuron.inputs:
                users.setdefault(x.signal, []).append((x, neuron))
        return users

    def title(self, key: str, neuron: Neuron | None = None, inverse: bool = False, **values: object) -> str:
        """The heading of a step."""
        if neuron is not None:
            values["neuron"] = self.lettering.title(neuron, "inverse" if inverse else "forward")
        text = say(f"{key} step", self.lang, **values)
        return text[:1].upper() + text[1:]

    def sent(self, x: Weighted, neuron: Neuron) -> tuple[tuple[int, str], ...]:
        """The gradients that have grown when a weighted input has sent back: the weight's, and that of a leaf."""
        grown = [(x.weight, slots.flow(x.weight))] if self._differentiable(x.weight) else []
        if not self.structure.boxes[x.signal].operation and self._differentiable(x.signal):
            terms = self.contributions.setdefault(x.signal, [])
            terms.append(sent_slot(x, neuron))
            whole = len(terms) == len(self.users[x.signal])
            grown.append((x.signal, slots.flow(x.signal) if whole else slots.total(terms)))
        return tuple(grown)

    def output_step(self) -> Iterator[Step]:
        """The unit that is fed in, and where there is a loss its derivative."""
        outputs = self.structure.outputs
        J = self.lettering.writer.output
        unit: Formula = (Partial(J, J), " = ", Number("1"))
        yield Step("inverse", self._unit_parts(), Rule.COST, self.title("unit", J=J), (unit,))
        if self.structure.cost is None:
            return
        f = self.formulas
        named: list[Formula] = []
        numbers: list[Formula] = []
        for n in outputs[:MAX_SUM_TERMS]:
            named.append((f.partial(n), " = L′(", f.name(n), ")"))
            numbers.append((f.partial(n), " = ", f.flow(n, True)))
        yield Step(
            "inverse", self._loss_parts("inverse"), Rule.LOSS, self.title("loss derivative"), tuple(named),
            tuple(numbers), slots.flow(outputs[0]), alternatives=self.wrong.loss(),
        )  # fmt: skip

    def loss_step(self) -> Step:
        """The comparison with the target."""
        cost = self.structure.cost
        assert cost is not None
        f = self.formulas
        equation: Formula = (f.name(cost), " = ", *f.loss())
        in_numbers = f.loss(numbers=True)
        return Step(
            "forward", (*self._loss_parts("forward"), parts.box(cost)), Rule.LOSS, self.title("loss"), (equation,),
            ((*(in_numbers or (f.name(cost),)), " = ", f.value(cost, True)),), slots.value(cost),
        )  # fmt: skip

    def _unit_parts(self) -> tuple[str, ...]:
        """Where 1 is fed in; what nothing flows back to is there then, too."""
        end = self.structure.end
        assert end is not None
        last = parts.ending(end) if self._has("inverse", parts.ending(end)) else parts.box(end)
        return self.present("inverse", [last, *self.kept])

    @cached_property
    def kept(self) -> list[str]:
        """The parts of what is remembered in the inverse network."""
        raise NotImplementedError

    def _differentiable(self, n: int | None) -> bool:
        return n is not None and self.structure.boxes[n].differentiable

    def _loss_parts(self, view: str) -> tuple[str, ...]:
        raise NotImplementedError

    def _loss(self) -> list[str]:
        """The loss, and its wire to J."""
        assert self.structure.cost is not None
        return [parts.LOSS, parts.wire(parts.LOSS, parts.box(self.structure.cost))]

    def _has(self, view: str, name: str) -> bool:
        return name in self.sheets[view].names

    def present(self, view: str, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the names that the view has."""
        return tuple(name for name in dict.fromkeys(names) if self._has(view, name))


class LectureSteps(Steps):
    """One step an element: the weighted inputs, the sum, the activation, and their duals."""

    def steps(self) -> Iterator[Step]:
        """All steps in order."""
        f = self.formulas
        for n in self.structure.inputs:
            equation: tuple[Formula, ...] = ((f.name(n), " = ", f.value(n, True)),)
            yield Step("forward", (parts.box(n),), None, self.title("read", name=self.lettering.name(n)), (), equation)
            yield from self._branch(n)
        for layer in self.structure.layers:
            for neuron in layer:
                yield from self._forward(neuron)
        if self.structure.end is None:
            return
        if self.structure.cost is not None:
            yield self.loss_step()
        yield from self.output_step()
        for layer in reversed(self.structure.layers):
            for neuron in layer:
                yield from self._inverse(neuron)
            for signal in dict.fromkeys(x.signal for neuron in layer for x in neuron.inputs):
                yield from self._gathered(signal)

    @cached_property
    def kept(self) -> list[str]:
        """What is remembered: targets, and leaves that nothing flows back to, with the wires that begin there."""
        leaves = [*self.structure.inputs, *(n.bias for n in self.structure.neurons if n.bias is not None)]
        kept = [parts.box(n) for n in self.structure.targets]
        for n in leaves:
            if not self._differentiable(n):
                for name in (parts.box(n), parts.branch(n)):
                    kept += [name, *self._leaving("inverse", name)]
        return kept

    # What a step shows: an element with the wires of its sheet that end or begin at it.

    def _entering(self, view: View, element: str) -> list[str]:
        kept = self.kept if view == "inverse" else ()  # shown from the beginning
        return [link.name for link in self.sheets[view].entering(element) if link.name not in kept]

    def _leaving(self, view: View, element: str) -> list[str]:
        return [link.name for link in self.sheets[view].leaving(element)]

    def _with_wires(self, view: View, *elements: str) -> list[str]:
        """Elements, and the wires that bring them their inputs."""
        return [name for element in elements for name in (element, *self._entering(view, element))]

    def _loss_parts(self, view: str) -> tuple[str, ...]:
        assert self.structure.cost is not None
        targets = [parts.box(n) for n in self.structure.targets]
        if view == "forward":
            J = parts.box(self.structure.cost)
            return self.present(
                "forward", [*self._with_wires("forward", parts.LOSS), *self._entering("forward", J), *targets]
            )
        sent = [parts.label(n) for n in self.structure.outputs]
        return self.present("inverse", [*self._with_wires("inverse", parts.LOSS), *sent])

    def _branch(self, n: int) -> Iterator[Step]:
        """The point where a signal that several weights take branches; nothing where one takes it."""
        dot = parts.branch(n)
        if self._has("forward", dot):
            name = self.lettering.name(n)
            count = len(self.users[n])
            appearing = self.present("forward", [*self._with_wires("forward", dot), parts.label(n)])
            title = self.title("branch", name=name, n=count)
            yield Step("forward", appearing, Rule.BRANCHING, title, (_copies(Name(name), count),))

    def _forward(self, neuron: Neuron) -> Iterator[Step]:
        """The weighted inputs, their sum, and ψ of it."""
        f, total, psi = self.formulas, neuron.total, parts.box(neuron.output)
        out = self._with_wires(
            "forward", parts.ending(neuron.output)
        )  # where the signal leaves a network without a loss
        for x in neuron.inputs:
            product: Formula = (f.value(x.weight), " · ", f.value(x.signal), " = ", f.value(x.product, True))
            yield Step(
                "forward", tuple(self._with_wires("forward", parts.box(x.product))),
                Rule.WEIGHTED_INPUT, self.title("weight", neuron),
                ((f.name(x.weight), " · ", f.name(x.signal)),), (product,), slots.value(x.product),
            )  # fmt: skip
        bias = [] if neuron.bias is None else [parts.box(neuron.bias)]
        appearing = [parts.frame(neuron.sum), *self._with_wires("forward", total), *bias, parts.label(neuron.sum)]
        appearing += [] if neuron.activation else out
        equation, numbers = f.sum(neuron)
        yield Step(
            "forward", self.present("forward", appearing), Rule.SUM, self.title("sum", neuron), (equation,), (numbers,),
            slots.value(neuron.sum), alternatives=self.wrong.of("sum", neuron.output),
        )  # fmt: skip
        if neuron.activation:
            appearing = [*self._with_wires("forward", psi), *out]
            if not self._has("forward", parts.branch(neuron.output)):  # else the label comes with the branching point
                appearing.append(parts.label(neuron.output))
            equation, numbers = f.activation(neuron)
            yield Step(
                "forward", self.present("forward", appearing), Rule.ACTIVATION, self.title("activation", neuron),
                (equation,), (numbers,), slots.value(neuron.output),
                alternatives=self.wrong.of("output", neuron.output),
            )  # fmt: skip
        yield from self._branch(neuron.output)

    def _inverse(self, neuron: Neuron) -> Iterator[Step]:
        """ψ′, the branching point, the constant output, and the double weighted outputs."""
        f, total = self.formulas, neuron.total
        framed = [parts.frame(neuron.sum)]
        if neuron.activation:
            psi = self._with_wires("inverse", parts.box(neuron.output))
            equation, numbers = f.slopes(neuron)
            yield Step(
                "inverse", self.present("inverse", [*framed, *psi, parts.label(neuron.sum)]), Rule.ACTIVATION,
                self.title("slope", neuron, True), (equation,), (numbers,), slots.flow(neuron.sum),
                alternatives=self.wrong.of("delta", neuron.output),
            )  # fmt: skip
        appearing = [*self._with_wires("inverse", total), *(() if neuron.activation else framed)]
        copies = _copies(f.delta(neuron.sum), len(neuron.inputs) + (neuron.bias is not None))
        title = self.title("point", neuron, True)
        yield Step("inverse", self.present("inverse", appearing), Rule.SUM, title, (copies,))
        if neuron.bias is not None and self._differentiable(neuron.bias):
            equation, numbers = f.constant(neuron.bias, neuron)
            yield Step(
                "inverse", tuple(self._with_wires("inverse", parts.box(neuron.bias))), Rule.CONSTANT_INPUT,
                self.title("bias", neuron, True), (equation,), (numbers,), slots.flow(neuron.bias),
                ((neuron.bias, slots.flow(neuron.bias)),), self.wrong.of("bias gradient", neuron.output),
            )  # fmt: skip
        for x in neuron.inputs:
            yield self._double(x, neuron)

    def _double(self, x: Weighted, neuron: Neuron) -> Step:
        """What a weighted input sends back: the gradient of its weight, and its share to the signal."""
        pill, weight, signal = map(parts.box, (x.product, x.weight, x.signal))
        appearing = self._with_wires("inverse", pill, weight)
        alone = len(self.users[x.signal]) == 1
        if alone and self.structure.boxes[x.signal].operation:  # its wire comes with the ψ′ that it leads to
            appearing.append(parts.label(x.signal))
        else:
            appearing += self._leaving("inverse", pill)
            appearing += [signal] if alone and signal not in self.kept else []
        equations, numbers = self.formulas.double(x, neuron, alone)
        asked = slots.flow(x.weight) if self._differentiable(x.weight) else ""
        return Step(
            "inverse", self.present("inverse", appearing),
            Rule.WEIGHTED_INPUT, self.title("double", neuron, True), equations, numbers, asked, self.sent(x, neuron),
            self.wrong.of("weight gradient", neuron.output, neuron.inputs.index(x)) if asked else (),
        )  # fmt: skip

    def _gathered(self, signal: int) -> Iterator[Step]:
        """What comes back to a signal that was sent to several neurons."""
        dot = parts.branch(signal)
        if not self._has("inverse", dot) or not self._differentiable(signal):
            return
        equation, numbers = self.formulas.arrived(signal, self.users[signal])
        appearing = [dot, parts.label(signal)]
        if not self.structure.boxes[signal].operation:
            appearing += self._with_wires("inverse", parts.box(signal))
        yield Step(
            "inverse", self.present("inverse", appearing), Rule.BRANCHING,
            self.title("outputs", name=self.lettering.name(signal)), (equation,), (numbers,), slots.flow(signal),
            alternatives=self.wrong.of("returned", signal),
        )  # fmt: skip


def _copies(signal: Term, count: int) -> Formula:
    """What goes into a branching point, and its copies: a → a, a."""
    return (signal, " → ", *(term for _ in range(count - 1) for term in (signal, ", ")), signal)


class DenseSteps(Steps):
    """One step a neuron, and one an inverse neuron."""

    def steps(self) -> Iterator[Step]:
        """All steps in order."""
        f = self.formulas
        inputs = [n for n in self.structure.inputs if self._has("forward", parts.box(n))]
        fixed = [e.name for e in self.sheets["forward"].elements if e.form == "label"]  # titles, and the dots of many
        read: list[Formula] = [(f.name(n), " = ", f.value(n, True)) for n in inputs[:MAX_SUM_TERMS]]
        yield Step("forward", (*map(parts.box, inputs), *fixed), None, self.title("inputs"), (), tuple(read))
        for layer in self.structure.layers:
            for neuron in layer:
                if self._has("forward", parts.box(neuron.output)):
                    yield self._forward(neuron)
        if self.structure.end is None:
            return
        if self.structure.cost is not None:
            yield self.loss_step()
        first, *others = self.output_step()
        yield replace(first, parts=(*first.parts, *fixed))
        yield from others
        for layer in reversed(self.structure.layers):
            grown: list[tuple[int, str]] = []  # of neurons that are not drawn: told with the next one that is
            for neuron in layer:
                grown += self._grown(neuron)
                if self._has("inverse", parts.box(neuron.output)):
                    yield self._inverse(neuron, grown)
                    grown = []
            for signal in dict.fromkeys(n for neuron in layer for n in neuron.sources):
                if self._has("inverse", parts.box(signal)) and self._differentiable(signal):
                    yield self._arrived(signal, layer)

    @staticmethod
    def _entering(neuron: Neuron) -> list[str]:
        """A neuron's bias and the edges that enter it, with their numbers."""
        wires = [parts.wire(parts.box(n), parts.box(neuron.output)) for n in neuron.sources]
        bias = [] if neuron.bias is None else [parts.box(neuron.bias)]
        return [*bias, *(name for wire in wires for name in (wire, parts.wire_label(wire)))]

    def _forward(self, neuron: Neuron) -> Step:
        f = self.formulas
        appearing = self.present("forward", [parts.box(neuron.output), *self._entering(neuron)])
        if neuron.joins:
            result: Formula = (f.name(neuron.output), " = ", f.value(neuron.output, True))
            return Step("forward", appearing, None, self.title("join"), (), (result,), slots.value(neuron.output))
        equations, numbers = zip(f.sum(neuron), *([f.activation(neuron)] if neuron.activation else []), strict=True)
        title = self.title("neuron", neuron)
        wrong = self.wrong.of("output" if neuron.activation else "sum", neuron.output)
        asked = slots.value(neuron.output)
        return Step("forward", appearing, Rule.NEURON, title, equations, numbers, asked, alternatives=wrong)

    def _loss_parts(self, view: str) -> tuple[str, ...]:
        outputs = [parts.box(n) for n in self.structure.outputs]
        wires = [parts.wire(name, parts.LOSS) for name in outputs]
        return self.present(view, [*wires, *self._loss(), *(outputs if view == "inverse" else [parts.TARGETS])])

    @cached_property
    def kept(self) -> list[str]:
        """The parts of what is remembered in the inverse network: targets, and inputs that are constants."""
        return [parts.TARGETS, *(parts.box(n) for n in self.structure.inputs if not self._differentiable(n))]

    def _grown(self, neuron: Neuron) -> Iterator[tuple[int, str]]:
        """The gradients that have grown when a neuron has sent back."""
        if neuron.bias is not None and self._differentiable(neuron.bias):
            yield neuron.bias, slots.flow(neuron.bias)
        for x in neuron.inputs:
            yield from self.sent(x, neuron)

    def _inverse(self, neuron: Neuron, grown: Sequence[tuple[int, str]]) -> Step:
        f = self.formulas
        appearing = self.present("inverse", self._entering(neuron))
        if neuron.joins:
            return Step("inverse", appearing, None, self.title("inverse join"))
        equations: list[Formula] = []
        numbers: list[Formula] = []
        if neuron.activation:
            equation, number = f.slopes(neuron)
            equations.append(equation)
            numbers.append(number)
        for x in neuron.inputs[: MAX_SUM_TERMS - 1]:
            if self._differentiable(x.weight):
                names, written = f.double(x, neuron, True)
                equations.append(names[0])
                numbers.append(written[0])
        title = self.title("inverse neuron", neuron, True)
        asked = neuron.sum if neuron.activation else neuron.inputs[0].weight  # δ is known where ψ is the identity
        wrong = self.wrong.of("delta" if neuron.activation else "weight gradient", neuron.output)
        return Step(
            "inverse", appearing, Rule.NEURON, title, tuple(equations), tuple(numbers), slots.flow(asked), tuple(grown),
            wrong,
        )  # fmt: skip

    def _arrived(self, signal: int, layer: Sequence[Neuron]) -> Step:
        name = self.lettering.name(signal)
        users = self.users.get(signal, [])
        if not users:  # before a softmax
            result: Formula = (self.formulas.partial(signal), " = ", self.formulas.flow(signal, True))
            title = self.title("arrives", name=name)
            return Step("inverse", (parts.box(signal),), None, title, (), (result,), slots.flow(signal))
        equation, numbers = self.formulas.arrived(signal, users)
        rule = Rule.BRANCHING if len(users) > 1 else Rule.WEIGHTED_INPUT
        title = self.title("outputs" if len(users) > 1 else "arrives", name=name)
        return Step(
            "inverse", (parts.box(signal),), rule, title, (equation,), (numbers,), slots.flow(signal),
            alternatives=self.wrong.of("returned", signal),
        )  # fmt: skip
