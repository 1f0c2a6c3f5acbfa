"""The steps of a scene of cards: every operation, or module, forwards; then every element of the inverse network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from inversa.autograd import Rule
from inversa.autograd.languages import texts
from inversa.viz.cards.scene import Scene
from inversa.viz.cards.writer import is_whole, slot
from inversa.viz.drawing import parts
from inversa.viz.drawing.interfaces import Step
from inversa.viz.lettering.formula import Formula, Name, Number, Partial, Term
from inversa.viz.lettering.numbers import size
from inversa.viz.lettering.sentences import inverted, say, translated
from inversa.viz.lettering.spans import View
from inversa.viz.picture import slots
from inversa.viz.picture.records import Amount, Array, Arrow, Box


def steps(scene: Scene) -> tuple[Step, ...]:
    """One step an operation, in the order in which they are computed, and one an element of the inverse network."""
    return tuple(_Steps(scene).steps())


class _Steps:
    def __init__(self, scene: Scene) -> None:
        self.scene, self.lang = scene, scene.lang
        self.boxes = {box.number: box for box in scene.picture.boxes}
        self.entering: dict[int, list[Arrow]] = {n: [] for n in self.boxes}
        self.waiting = dict.fromkeys(self.boxes, 0)  # for how much more that comes back
        for arrow in scene.picture.arrows:
            self.entering[arrow.target].append(arrow)
            self.waiting[arrow.source] += arrow.carries
        self.uses = dict(self.waiting)
        self.arrived: dict[int, list[str]] = {n: [] for n in self.boxes}
        self.terms: dict[int, list[tuple[Arrow, Box]]] = {n: [] for n in self.boxes}

    def steps(self) -> Iterator[Step]:
        shown: set[int] = set()
        computed = [box for box in self.boxes.values() if not _is_leaf(box)]
        for box in computed:
            yield self._forward(box, shown)
        if self.scene.picture.obstacle or not computed:
            return
        for box in reversed(self.boxes.values()):
            if box.is_output:
                unit: Formula = (Partial(self._J, box.name), " = ", Number("1"))
                title = say("unit step", self.lang, J=box.name)
                yield Step("inverse", (parts.box(box.number),), Rule.COST, title, (unit,))
        shown = {box.number for box in computed if box.is_output}
        for box in reversed(computed):
            yield from self._inverse(box, shown)

    @property
    def _J(self) -> str:
        return self.scene.writer.output

    # Forward.

    def _forward(self, box: Box, shown: set[int]) -> Step:
        arrows = self.entering[box.number]
        fresh = [a.source for a in arrows if a.source not in shown]
        shown.update([box.number, *fresh])
        appearing = [parts.box(n) for n in dict.fromkeys(fresh)]
        appearing += [*self._wires(arrows, "forward"), parts.box(box.number)]
        equations, numbers = self._computed(box)
        asked = slots.value(box.node) if isinstance(box.value, float) and not box.fold else ""
        rule = _rule(box)
        return Step("forward", tuple(appearing), rule, self._title(box, rule, "forward"), equations, numbers, asked)

    def _computed(self, box: Box) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
        result = self._shown(box.value, slots.value, box)
        if box.fold is not None or not box.terms:
            lines = box.fold.equations if box.fold is not None else ()
            name = Name(box.name) if box.fold is not None and box.fold.result else self._name(box)
            return tuple((line,) for line in lines), ((name, " = ", *result),)
        equation: Formula = (self._name(box), " = ", *self._written(box.terms))
        values = [self.boxes[t].value for t in box.terms if isinstance(t, int) and t in self.boxes]
        if not all(isinstance(value, float) for value in values):
            return (equation,), ((self._name(box), " = ", *result),)
        return (equation,), ((*self._written(box.terms, numbers=True), " = ", *result),)

    def _written(self, terms: tuple[str | int, ...], numbers: bool = False) -> Iterator[Term]:
        for term in terms:
            if isinstance(term, str) or term not in self.boxes:
                yield term if isinstance(term, str) else "…"
            elif numbers:
                yield self._number(self.boxes[term].value, slots.value, self.boxes[term])
            else:
                yield Name(self.boxes[term].name)

    def _name(self, box: Box) -> Name:
        return Name(translated(self.scene.writer.name(box), self.lang))

    def _number(self, amount: Amount | None, of: Callable[[int], str], box: Box, result: bool = False) -> Number:
        return Number(self.scene.writer.number(amount), slot(amount, of, box), result)

    def _shown(self, amount: Amount | None, of: Callable[[int], str], box: Box) -> Formula:
        """A result: a number, or an array's shape and norm."""
        number = self._number(amount, of, box, result=True)
        if isinstance(amount, Array) and amount.entries is None:
            return f"{size(amount.shape)}, ‖·‖ = ", number
        return (number,)

    def _wires(self, arrows: list[Arrow], view: View) -> list[str]:
        labels = self.scene.labels[view]
        names: list[str] = []
        for arrow in arrows:
            labelled = arrow.number in labels and self.scene.layout.arrows[arrow.number].label is not None
            names += [parts.arrow(arrow.number), *([parts.arrow_label(arrow.number)] if labelled else [])]
        return names

    def _title(self, box: Box, rule: Rule | None, view: View) -> str:
        name = self._name(box).text
        if box.fold is not None and box.fold.block is not None:
            text = name if view == "forward" else f"{say('inverse block', self.lang, mark='').strip()}: {name}"
            return text[:1].upper() + text[1:]
        if box.fold is not None and box.module and box.role != "loss":
            text = name if view == "forward" else inverted(self.scene.writer.name(box), self.lang)
            return text[:1].upper() + text[1:]
        if rule is None:
            done = texts(self.lang).routes[box.wiring] if box.wiring and view == "inverse" else ""
            return f"{done[:1].upper()}{done[1:]}: {name}" if done else name
        names = rule.names(self.lang)
        text = f"{names.forward if view == 'forward' else names.inverse}: {name}"
        return text[:1].upper() + text[1:]

    # Inverse.

    def _inverse(self, box: Box, shown: set[int]) -> Iterator[Step]:
        arrows = self.entering[box.number]
        appearing = self._wires(arrows, "inverse")
        equations: list[Formula] = []
        numbers: list[Formula] = []
        grown: list[tuple[int, str]] = []
        several: list[Box] = []
        for arrow in arrows:
            source = self.boxes[arrow.source]
            if not arrow.carries:
                if source.number not in shown and self.waiting[source.number] == 0:
                    shown.add(source.number)
                    appearing.append(parts.box(source.number))
                continue
            self.waiting[source.number] -= 1
            whole = self.waiting[source.number] == 0
            equation, number = self._sent(arrow, box, source)
            equations += equation
            numbers += number
            if _is_leaf(source):
                grown += self._grown(arrow, box, source, whole)
            if whole and self.uses[source.number] == 1:
                shown.add(source.number)
                appearing.append(parts.box(source.number))
            elif whole:
                several.append(source)
        if box.fold is not None:
            equations, numbers = [], [self._contributed(arrow) for arrow in arrows if arrow.contribution is not None]
            for n, name, flow in box.fold.gradients:
                leaf = replace(box, origin=n, fold=None)
                numbers.append((Partial(self._J, name), " = ", *self._shown(flow, slots.flow, leaf)))
                grown.append((n, slots.flow(n)))
            appearing += [parts.box(box.number)] if box.fold.gradients else []
        rule = _rule(box)
        results = (t.slot for f in numbers for t in f if isinstance(t, Number) and t.result)
        asked = next((found for found in results if found and not slots.is_norm(found) and box.fold is None), "")
        yield Step(
            "inverse", tuple(dict.fromkeys(appearing)), rule, self._title(box, rule, "inverse"), tuple(equations[:6]),
            tuple(numbers[:6]), asked, tuple(grown), tuple(self._wrong(box, arrows)) if asked else (),
        )  # fmt: skip
        for source in dict.fromkeys(several):
            if source.number not in shown:
                shown.add(source.number)
                yield self._gathered(source)

    def _sent(self, arrow: Arrow, box: Box, source: Box) -> tuple[list[Formula], list[Formula]]:
        """What goes back along an arrow: its local derivative times what has come to the box."""
        if not arrow.terms or box.fold is not None:
            return [], []
        alone = self.uses[source.number] == 1
        factor: tuple[Term, ...] = tuple(self._written(arrow.terms))
        flow: Term = Partial(self._J, box.name)
        product: Formula = (flow,) if arrow.terms == ("1",) else (flow, " · ", *_in_parentheses(factor))
        if is_whole(arrow):
            product = tuple(_with_flow(factor, flow))
        left: Formula = (Partial(self._J, source.name), " = ") if alone else ()
        right: Formula = () if alone else (" → ", Name(source.name))
        self.terms[source.number].append((arrow, box))
        if arrow.gain is None or not isinstance(box.flow, float):
            return [(*left, *product, *right)], []
        sent = slots.flow(source.node) if alone else _sent_slot(arrow, box)
        result = Number(self.scene.writer.number(arrow.gain * box.flow), sent, True)
        gain = Number(self.scene.writer.number(arrow.gain), slots.gain(arrow.number))
        return [(*left, *product, *right)], [(self._number(box.flow, slots.flow, box), " · ", gain, " = ", result)]

    def _contributed(self, arrow: Arrow) -> Formula:
        """What a block brings of the gradient of parameters."""
        assert arrow.contribution is not None
        formula, found = arrow.contribution
        return *((f"{formula} = ",) if formula else ()), *self._part(found), " → ", Name(self.boxes[arrow.source].name)

    def _part(self, found: Amount) -> Formula:
        """A contribution: a number, or an array's shape and norm."""
        number = Number(self.scene.writer.number(found), slots.UNKNOWN)
        return (f"{size(found.shape)}, ‖·‖ = ", number) if isinstance(found, Array) and _is_norm(found) else (number,)

    def _grown(self, arrow: Arrow, box: Box, source: Box, whole: bool) -> list[tuple[int, str]]:
        found = self.arrived[source.number]
        if source.fold is not None:
            return []
        if arrow.gain is not None and box.fold is None:
            found.append(_sent_slot(arrow, box))
        if whole:
            return [(source.node, slots.flow(source.node))]
        return [(source.node, slots.total(found))] if found else []

    def _gathered(self, box: Box) -> Step:
        """All that comes back to something that was used several times."""
        sent = self.terms[box.number]
        result = self._shown(box.flow, slots.flow, box)
        left: Formula = (Partial(self._J, box.name), " = ")
        numbers = self._added(box)
        spelled = (*numbers, " = ", *result) if numbers else (*left, *result)
        title = say("outputs step", self.lang, name=self._name(box).text)
        asked = slot(box.flow, slots.flow, box) if isinstance(box.flow, float) else ""
        wrong: list[tuple[str, str]] = []
        if len(sent) > 1 and all(arrow.gain is not None for arrow, _ in sent):
            wrong += [("last branch alone", _sent_slot(*sent[-1])), ("first branch alone", _sent_slot(*sent[0]))]
        return Step(
            "inverse", (parts.box(box.number),), Rule.BRANCHING, title, (), (spelled,), asked,
            alternatives=tuple(wrong) if asked else (),
        )  # fmt: skip

    def _added(self, box: Box) -> Formula:
        """The numbers that come back to a box and are added; nothing where one of them is not known, or an array."""
        sent = self.terms[box.number]
        brought = [arrow.contribution for arrow in self.scene.picture.arrows if arrow.source == box.number]
        if any(brought):
            if any(found is None or _is_norm(found.amount) for found in brought):
                return ()
            numbers = [self._part(found.amount) for found in brought if found is not None]
        elif all(arrow.gain is not None and isinstance(user.flow, float) for arrow, user in sent):
            products = [(a, user, (a.gain or 0.0) * user.flow) for a, user in sent if isinstance(user.flow, float)]
            numbers = [(Number(self.scene.writer.number(x), _sent_slot(a, user)),) for a, user, x in products]
        else:
            return ()
        return tuple(term for k, number in enumerate(numbers) for term in ((" + ",) if k else ()) + number)

    def _wrong(self, box: Box, arrows: list[Arrow]) -> Iterator[tuple[str, str]]:
        """What comes out instead of the first number that an element sends back."""
        if Rule.ACTIVATION in box.rules:
            yield "slope left out", slots.flow(box.node)
            yield "psi for its slope", slots.product(slots.value(box.node), slots.flow(box.node))
        sent = [arrow for arrow in arrows if arrow.carries and arrow.gain is not None]
        if box.operation == "multiply" and len(sent) > 1:
            yield "gains exchanged", _sent_slot(sent[1], box)
        if box.operation == "multiply":
            yield "weight left out", slots.flow(box.node)


def _sent_slot(arrow: Arrow, box: Box) -> str:
    """The slot of what goes back along an arrow."""
    return slots.product(slots.gain(arrow.number), slots.flow(box.node))


def _is_norm(amount: Amount) -> bool:
    """Whether only the norm of an array is shown."""
    return isinstance(amount, Array) and amount.entries is None


def _is_leaf(box: Box) -> bool:
    return not box.operation and not (box.fold is not None and box.fold.operations)


def _rule(box: Box) -> Rule | None:
    """The rule of the box's own operation, or of what it is as a whole."""
    if box.fold is not None and (box.module or box.fold.block):
        return Rule.LOSS if box.role == "loss" else Rule.NEURON
    if box.wiring:
        return None
    rules = [rule for rule in box.rules if rule not in (Rule.COST, Rule.BRANCHING)]
    return rules[-1] if rules else Rule.BRANCHING if Rule.BRANCHING in box.rules else None


def _with_flow(written: tuple[Term, ...], flow: Term) -> Iterator[Term]:
    """All that comes back, with what arrives in the place of δ."""
    for term in written:
        pieces = term.split("δ") if isinstance(term, str) else [term]
        for k, piece in enumerate(pieces):
            yield from ([flow] if k else [])
            yield from ([piece] if piece else [])


def _in_parentheses(factor: tuple[Term, ...]) -> tuple[Term, ...]:
    """A factor that is a sum in parentheses."""
    signs = "".join(term for term in factor if isinstance(term, str))
    depth, sums = 0, False
    for letter in signs:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        sums |= depth == 0 and letter in "+−/"
    return ("(", *factor, ")") if sums else factor
