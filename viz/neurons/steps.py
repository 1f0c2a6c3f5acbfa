"""The steps of a network drawn neuron by neuron: forwards, then through the inverse network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from inversa.autograd import Rule
from inversa.viz.drawing.step import Step
from inversa.viz.lettering.formula import Formula, Name, Number, Partial, Term
from inversa.viz.lettering.sentences import say
from inversa.viz.neurons.formulas import SPELLED, Formulas, sent_slot
from inversa.viz.neurons.sheet import Sheet
from inversa.viz.neurons.structure import Neuron, Structure, Weighted
from inversa.viz.neurons.writer import Lettering
from inversa.viz.picture import slots


class Steps:
    """What both styles share: which parts of the drawing belong together."""

    def __init__(self, structure: Structure, lettering: Lettering, forward: Sheet, inverse: Sheet) -> None:
        self.structure, self.lettering = structure, lettering
        self.formulas = Formulas(structure, lettering)
        self.sheets = {"forward": forward, "inverse": inverse}
        self.lang = lettering.lang
        self.contributions: dict[int, list[str]] = {}

    @cached_property
    def users(self) -> dict[int, list[tuple[Weighted, Neuron]]]:
        """The weighted inputs that every signal goes to."""
        found: dict[int, list[tuple[Weighted, Neuron]]] = {}
        for neuron in self.structure.neurons:
            for x in neuron.inputs:
                found.setdefault(x.signal, []).append((x, neuron))
        return found

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
            found = self.contributions.setdefault(x.signal, [])
            found.append(sent_slot(x, neuron))
            whole = len(found) == len(self.users[x.signal])
            grown.append((x.signal, slots.flow(x.signal) if whole else slots.total(found)))
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
        for n in outputs[:SPELLED]:
            named.append((f.partial(n), " = L′(", f.name(n), ")"))
            numbers.append((f.partial(n), " = ", f.flow(n, True)))
        yield Step(
            "inverse", self._loss_parts("inverse"), Rule.LOSS, self.title("loss derivative"), tuple(named),
            tuple(numbers), slots.flow(outputs[0]),
        )  # fmt: skip

    def loss_step(self) -> Step:
        """The comparison with the target."""
        cost = self.structure.cost
        assert cost is not None
        f = self.formulas
        equation: Formula = (f.name(cost), " = ", *f.loss())
        in_numbers = f.loss(numbers=True)
        return Step(
            "forward", (*self._loss_parts("forward"), f"n{cost}"), Rule.LOSS, self.title("loss"), (equation,),
            ((*(in_numbers or (f.name(cost),)), " = ", f.value(cost, True)),), slots.value(cost),
        )  # fmt: skip

    def _unit_parts(self) -> tuple[str, ...]:
        """Where 1 is fed in; what nothing flows back to is there then, too."""
        end = self.structure.end
        return self.present("inverse", [f"h{end}" if self._has("inverse", f"h{end}") else f"n{end}", *self.kept])

    @cached_property
    def kept(self) -> list[str]:
        """The parts of what is remembered in the inverse network."""
        raise NotImplementedError

    def _differentiable(self, n: int | None) -> bool:
        return n is not None and self.structure.boxes[n].differentiable

    def _loss_parts(self, view: str) -> tuple[str, ...]:
        raise NotImplementedError

    def _has(self, view: str, name: str) -> bool:
        return name in self._names[view]

    @cached_property
    def _names(self) -> dict[str, set[str]]:
        return {
            view: {e.name for e in sheet.elements}
            | {link.name for link in sheet.links}
            | {link.label.name for link in sheet.links if link.label is not None}
            for view, sheet in self.sheets.items()
        }

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
            yield Step("forward", (f"n{n}",), None, self.title("read", name=self.lettering.name(n)), (), equation)
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
        """The parts of what is remembered, with their wires."""
        kept = [f"n{n}" for n in self.structure.targets]
        for n in self.structure.inputs:
            if not self._differentiable(n):
                kept += [f"n{n}", f"b{n}", f"e{n}-b{n}"]
                kept += [f"e{self._way(n)}-{x.product}" for x, _ in self.users[n]]
        for neuron in self.structure.neurons:
            if neuron.bias is not None and not self._differentiable(neuron.bias):
                kept += [f"n{neuron.bias}", f"e{neuron.bias}-{neuron.total.lstrip('n')}"]
        return kept

    def _way(self, n: int) -> str:
        """The element that a signal's wires begin at: its branching dot, or itself."""
        return f"b{n}" if self._has("forward", f"b{n}") else self._source(n).lstrip("n")

    def _source(self, n: int) -> str:
        """The element that a signal leaves: an input, ψ, or Σ where there is no ψ."""
        sums = {neuron.output: neuron.total for neuron in self.structure.neurons if not neuron.activation}
        return sums.get(n, f"n{n}")

    def _branch(self, n: int) -> Iterator[Step]:
        if self._has("forward", f"b{n}"):
            name = self.lettering.name(n)
            count = len(self.users[n])
            copies: list[Term] = [Name(name), " → "]
            for i in range(count):
                copies += [", ", Name(name)] if i else [Name(name)]
            parts = self.present("forward", [f"b{n}", f"e{self._source(n).lstrip('n')}-b{n}", f"t{n}"])
            title = self.title("branch", name=name, n=count)
            yield Step("forward", parts, Rule.BRANCHING, title, (tuple(copies),))

    def _forward(self, neuron: Neuron) -> Iterator[Step]:
        f, total = self.formulas, neuron.total
        at = total.lstrip("n")
        for x in neuron.inputs:
            product: Formula = (f.value(x.weight), " · ", f.value(x.signal), " = ", f.value(x.product, True))
            yield Step(
                "forward", (f"n{x.product}", f"e{self._way(x.signal)}-{x.product}"), Rule.WEIGHTED_INPUT,
                self.title("weight", neuron), ((f.name(x.weight), " · ", f.name(x.signal)),), (product,),
                slots.value(x.product),
            )  # fmt: skip
        equation, numbers = f.sum(neuron)
        parts = [f"N{neuron.sum}", total, *(f"e{x.product}-{at}" for x in neuron.inputs)]
        parts += [f"n{neuron.bias}", f"e{neuron.bias}-{at}", f"t{neuron.sum}"]
        parts += [] if neuron.activation else self._ending(neuron)
        yield Step(
            "forward", self.present("forward", parts), Rule.SUM, self.title("sum", neuron), (equation,), (numbers,),
            slots.value(neuron.sum),
        )  # fmt: skip
        if neuron.activation:
            equation, numbers = f.activation(neuron)
            names = [f"n{neuron.output}", f"e{at}-{neuron.output}", *self._ending(neuron)]
            if not self._has("forward", f"b{neuron.output}"):
                names.append(f"t{neuron.output}")
            yield Step(
                "forward", self.present("forward", names), Rule.ACTIVATION, self.title("activation", neuron),
                (equation,), (numbers,), slots.value(neuron.output),
            )  # fmt: skip
        yield from self._branch(neuron.output)

    def _ending(self, neuron: Neuron) -> list[str]:
        """Where an output leaves the network, without a loss."""
        return [f"h{neuron.output}", f"e{self._source(neuron.output).lstrip('n')}-h{neuron.output}"]

    def _loss_parts(self, view: str) -> tuple[str, ...]:
        cost = self.structure.cost
        names = ["L", f"eL-{cost}"]
        if view == "forward":
            names += [f"e{self._source(n).lstrip('n')}-L" for n in self.structure.outputs]
            names += [f"n{n}" for n in self.structure.targets]
        else:
            names += [f"t{n}" for n in self.structure.outputs]
        names += [f"e{n}-L" for n in self.structure.targets]
        return self.present(view, names)

    def _inverse(self, neuron: Neuron) -> Iterator[Step]:
        f, total = self.formulas, neuron.total
        at = total.lstrip("n")
        out = self._source(neuron.output).lstrip("n")
        entering = [f"e{out}-L", f"e{out}-h{neuron.output}"]
        entering += [f"e{out}-{x.product}" for x, _ in self.users.get(neuron.output, [])]
        if self._has("inverse", f"b{neuron.output}"):
            entering = [f"e{out}-b{neuron.output}"]
        if neuron.activation:
            equation, numbers = f.slopes(neuron)
            parts = [f"N{neuron.sum}", f"n{neuron.output}", *entering, f"t{neuron.sum}"]
            yield Step(
                "inverse", self.present("inverse", parts), Rule.ACTIVATION, self.title("slope", neuron, True),
                (equation,), (numbers,), slots.flow(neuron.sum),
            )  # fmt: skip
            entering = [f"e{at}-{neuron.output}"]
        delta = f.delta(neuron.sum)
        copies: list[Term] = [delta, " → "]
        for i in range(len(neuron.inputs) + (neuron.bias is not None)):
            copies += [", ", delta] if i else [delta]
        parts = [total, *entering, *(() if neuron.activation else (f"N{neuron.sum}",))]
        title = self.title("point", neuron, True)
        yield Step("inverse", self.present("inverse", parts), Rule.SUM, title, (tuple(copies),))
        if neuron.bias is not None and self._differentiable(neuron.bias):
            equation, numbers = f.constant(neuron.bias, neuron)
            yield Step(
                "inverse", (f"n{neuron.bias}", f"e{neuron.bias}-{at}"), Rule.CONSTANT_INPUT,
                self.title("bias", neuron, True), (equation,), (numbers,), slots.flow(neuron.bias),
                ((neuron.bias, slots.flow(neuron.bias)),),
            )  # fmt: skip
        for x in neuron.inputs:
            alone = len(self.users[x.signal]) == 1
            equations, numbers2 = f.double(x, neuron, alone)
            parts = [f"n{x.product}", f"e{x.product}-{at}", f"n{x.weight}", f"e{x.weight}-{x.product}"]
            is_input = not self.structure.boxes[x.signal].operation
            if not alone:
                parts.append(f"eb{x.signal}-{x.product}")
            elif is_input:
                parts += [f"n{x.signal}", f"e{x.signal}-{x.product}"]
            else:
                parts.append(f"t{x.signal}")
            asked = slots.flow(x.weight) if self._differentiable(x.weight) else ""
            yield Step(
                "inverse", self.present("inverse", [part for part in parts if part not in self.kept]),
                Rule.WEIGHTED_INPUT, self.title("double", neuron, True), equations, numbers2, asked,
                self.sent(x, neuron),
            )  # fmt: skip

    def _gathered(self, signal: int) -> Iterator[Step]:
        """What comes back to a signal that was sent to several neurons."""
        if not self._has("inverse", f"b{signal}") or not self._differentiable(signal):
            return
        equation, numbers = self.formulas.arrived(signal, self.users[signal])
        parts = [f"b{signal}", f"t{signal}"]
        if not self.structure.boxes[signal].operation:
            parts += [f"n{signal}", f"e{signal}-b{signal}"]
        yield Step(
            "inverse", self.present("inverse", parts), Rule.BRANCHING,
            self.title("outputs", name=self.lettering.name(signal)), (equation,), (numbers,), slots.flow(signal),
        )  # fmt: skip


class DenseSteps(Steps):
    """One step a neuron, and one an inverse neuron."""

    def steps(self) -> Iterator[Step]:
        """All steps in order."""
        f = self.formulas
        inputs = self.present("forward", [f"n{n}" for n in self.structure.inputs])
        fixed = [e.name for e in self.sheets["forward"].elements if e.form == "label"]  # titles, and the dots of many
        read: list[Formula] = [(f.name(int(p[1:])), " = ", f.value(int(p[1:]), True)) for p in inputs[:SPELLED]]
        yield Step("forward", (*inputs, *fixed), None, self.title("inputs"), (), tuple(read))
        for layer in self.structure.layers:
            for neuron in layer:
                if self._has("forward", f"n{neuron.output}"):
                    yield self._forward(neuron)
        if self.structure.end is None:
            return
        if self.structure.cost is not None:
            yield self.loss_step()
        first, *others = self.output_step()
        yield Step(**{**vars(first), "parts": (*first.parts, *fixed)})
        yield from others
        for layer in reversed(self.structure.layers):
            grown: list[tuple[int, str]] = []  # of neurons that are not drawn: told with the next one that is
            for neuron in layer:
                grown += self._grown(neuron)
                if self._has("inverse", f"n{neuron.output}"):
                    yield self._inverse(neuron, grown)
                    grown = []
            for signal in dict.fromkeys(n for neuron in layer for n in neuron.sources):
                if self._has("inverse", f"n{signal}") and self._differentiable(signal):
                    yield self._arrived(signal, layer)

    def _edges(self, view: str, neuron: Neuron) -> list[str]:
        """The edges that enter a neuron, with their numbers."""
        ends = [f"{n}-{neuron.output}" for n in neuron.sources]
        return [f"{letter}{end}" for end in ends for letter in "el"]

    def _forward(self, neuron: Neuron) -> Step:
        f = self.formulas
        parts = self.present("forward", [f"n{neuron.output}", f"n{neuron.bias}", *self._edges("forward", neuron)])
        if neuron.joins:
            result: Formula = (f.name(neuron.output), " = ", f.value(neuron.output, True))
            return Step("forward", parts, None, self.title("join"), (), (result,), slots.value(neuron.output))
        equations, numbers = zip(f.sum(neuron), *([f.activation(neuron)] if neuron.activation else []), strict=True)
        return Step(
            "forward", parts, Rule.NEURON, self.title("neuron", neuron), equations, numbers, slots.value(neuron.output)
        )

    def _loss_parts(self, view: str) -> tuple[str, ...]:
        cost, outputs = self.structure.cost, self.structure.outputs
        circles = [f"n{n}" for n in outputs] if view == "inverse" else ["y"]
        return self.present(view, [*(f"e{n}-L" for n in outputs), "L", f"eL-{cost}", *circles])

    @cached_property
    def kept(self) -> list[str]:
        """The parts of what is remembered in the inverse network: targets, and inputs that are constants."""
        return ["y", *(f"n{n}" for n in self.structure.inputs if not self._differentiable(n))]

    def _grown(self, neuron: Neuron) -> Iterator[tuple[int, str]]:
        """The gradients that have grown when a neuron has sent back."""
        if neuron.bias is not None and self._differentiable(neuron.bias):
            yield neuron.bias, slots.flow(neuron.bias)
        for x in neuron.inputs:
            yield from self.sent(x, neuron)

    def _inverse(self, neuron: Neuron, grown: Sequence[tuple[int, str]]) -> Step:
        f = self.formulas
        parts = self.present("inverse", [f"n{neuron.bias}", *self._edges("inverse", neuron)])
        if neuron.joins:
            return Step("inverse", parts, None, self.title("inverse join"))
        equations: list[Formula] = []
        numbers: list[Formula] = []
        if neuron.activation:
            equation, number = f.slopes(neuron)
            equations.append(equation)
            numbers.append(number)
        for x in neuron.inputs[: SPELLED - 1]:
            if self._differentiable(x.weight):
                names, written = f.double(x, neuron, True)
                equations.append(names[0])
                numbers.append(written[0])
        title = self.title("inverse neuron", neuron, True)
        asked = neuron.sum if neuron.activation else neuron.inputs[0].weight  # δ is known where ψ is the identity
        return Step(
            "inverse", parts, Rule.NEURON, title, tuple(equations), tuple(numbers), slots.flow(asked), tuple(grown)
        )

    def _arrived(self, signal: int, layer: Sequence[Neuron]) -> Step:
        name = self.lettering.name(signal)
        users = self.users.get(signal, [])
        if not users:  # before a softmax
            result: Formula = (self.formulas.partial(signal), " = ", self.formulas.flow(signal, True))
            title = self.title("arrives", name=name)
            return Step("inverse", (f"n{signal}",), None, title, (), (result,), slots.flow(signal))
        equation, numbers = self.formulas.arrived(signal, users)
        rule = Rule.BRANCHING if len(users) > 1 else Rule.WEIGHTED_INPUT
        title = self.title("outputs" if len(users) > 1 else "arrives", name=name)
        return Step("inverse", (f"n{signal}",), rule, title, (equation,), (numbers,), slots.flow(signal))
