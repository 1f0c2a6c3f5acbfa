"""A recurrent layer unrolled in time: a frame a step, with its gates as cards, in rows.

What a step contributes to the gradients of the parameters, which all steps share, stands at its foot. All numbers are
norms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.drawing.geometry import Point
from inversa.viz.lettering.numbers import DASH, number, subscripted
from inversa.viz.lettering.sentences import say
from inversa.viz.lettering.spans import VIEWS, Line, Span, View
from inversa.viz.neurons.elements import THIN, Wiring
from inversa.viz.neurons.sheet import Element, Form, Sheet, bent, line
from inversa.viz.picture.records import norm
from inversa.viz.picture.unfolding import CellStep, Quantity, Unfolding
from inversa.viz.recurrent.cell import framed
from inversa.viz.recurrent.unrolled import NARROW, thickness

CARD, ROW = (104.0, 42.0), 52.0  # a gate, and from one to the next
STATE = 132.0  # the width of the card of a state
FOOT, APART = (60.0, 36.0), 6.0  # a pill at the foot of a step, and from one to the next
BUS, AIR, GAP, CIRCLE = 46.0, 26.0, 64.0, 27.0
OVER = 36.0  # from the first card up to the way of a state past the gates
ORDER = {"LSTM": "figo", "GRU": "urn", "RNN": ""}  # of the gates, from top to bottom
FORMULAS = {"LSTM": {"c": "f · c + i · g", "h": "o · tanh c"}, "GRU": {"h": "n + u · (h − n)"}}
SIGNS = {"sigmoid": "σ", "tanh": "tanh"}


@dataclass(frozen=True)
class Layers:
    """Lays out the steps of a recurrent layer, so many in a row."""

    unfolding: Unfolding
    lang: str
    digits: int
    output: str
    loss: str
    across: int  # steps in a row

    @cached_property
    def rows(self) -> list[list[int | None]]:
        """The steps of every row, counted from 0; None for those that are left out."""
        count = len(self.unfolding.steps)
        steps: list[int | None] = [*range(count)] if count <= 4 else [0, 1, None, count - 2, count - 1]
        rows: list[list[int | None]] = [[]]
        for t in steps:
            if t is not None and sum(each is not None for each in rows[-1]) == self.across:
                rows.append([])
            rows[-1].append(t)
        return rows

    @property
    def gates(self) -> str:
        """Their letters, from top to bottom."""
        return ORDER[self.unfolding.kind]

    @property
    def low(self) -> float:
        """From the first gate to the height of h."""
        return ROW * max(0, len(self.gates) - 1)

    @property
    def width(self) -> float:
        """Of a frame."""
        if not self.gates:
            return STATE + 40
        return BUS + AIR + CARD[0] + AIR + 8 + STATE + 14

    @property
    def top(self) -> float:
        """Of a frame, from the first gate."""
        return -OVER - 16 if self.gates else -CARD[1] / 2 - 14

    @property
    def feet(self) -> int:
        """How many pills stand beside each other."""
        return 4 if self.gates else 1

    @property
    def bottom(self) -> float:
        """Of a frame."""
        rows = -(-len(self.unfolding.parameters) // self.feet)
        below = max(2 * CIRCLE + AIR, AIR / 2 + rows * (FOOT[1] + APART))
        return self.low + CARD[1] / 2 + below + 28

    @property
    def pitch(self) -> float:
        """From one row to the next."""
        return self.bottom - self.top + 46

    @property
    def left(self) -> float:
        """Of the first frame: before it stand the parameters and the first states."""
        return 104 + 2 * CIRCLE + 46

    def sheets(self) -> dict[View, Sheet]:
        """Both views, at the same places."""
        return framed({view: _Builder(self, view) for view in VIEWS})

    # What is written.

    def amount(self, array: Any) -> str:
        """The norm of an array."""
        return DASH if array is None else number(norm(array), self.digits)

    def named(self, name: str, view: View) -> str:
        """A name, or ∂J/∂ of it."""
        name = subscripted(name)
        return f"∂{self.output}/∂{name}" if view == "inverse" else name


class _Builder(Wiring):
    """The elements and links of one view."""

    def __init__(self, layout: Layers, view: View) -> None:
        super().__init__(view)
        self.layout, self.unfolding = layout, layout.unfolding
        self.lasts = self.unfolding.steps[-1]
        before = self._beginning()
        for k, row in enumerate(layout.rows):
            x, y = layout.left, k * layout.pitch
            for t in row:
                if t is None:
                    before = self._dots((x, y), before)
                    x += NARROW + GAP
                    continue
                before = self._step(t, (x, y), before)
                x += layout.width + GAP
            if k < len(layout.rows) - 1:
                before = self._turned((x - GAP, y), before)
        self._after(before, (x, y + layout.low))

    # Pieces.

    def _put(
        self, name: str, form: Form, role: str, place: Point, size: Point, lines: tuple[Line, ...] = (),
        rule: Rule | None = None, corner: Point = (1.0, -1.0), tint: str = "", title: str = "",
    ) -> Element:  # fmt: skip
        element = Element(name, form, role, *place, *size, lines, title, rule, corner, tint)
        self.elements[name] = element
        return element

    def _lines(self, q: Quantity, more: str = "") -> tuple[Line, ...]:
        """The name and the norm of something, or of what comes back to it."""
        style = "flow" if self.inverse else "name"
        array = q.flow if self.inverse else q.value
        name = [Span(self.layout.named(q.name, self.view), style)]
        if more and not self.inverse:
            name.append(Span(f" = {more}", "expression"))
        return line(*name, height=18), line(Span(self.layout.amount(array), "number"), height=15)

    def _circle(self, name: str, q: Quantity, place: Point, role: str = "data") -> Element:
        kept = self.inverse and q.flow is None
        lines = self._lines(q)
        if kept:
            spans = Span(subscripted(q.name), "kept name"), Span(self.layout.amount(q.value), "kept")
            lines = line(spans[0], height=18), line(spans[1], height=15)
        return self._put(name, "ghost" if kept else "circle", role, place, (2 * CIRCLE, 2 * CIRCLE), lines)

    def _card(
        self, name: str, q: Quantity, place: Point, size: Point, more: str, rule: Rule | None = None,
        corner: Point = (1.0, -1.0),
    ) -> Element:  # fmt: skip
        return self._put(name, "square", self._role(), place, size, self._lines(q, more), rule, corner)

    def _joint(self, name: str, place: Point) -> Element:
        size = 0.0 if self.inverse else 7.0
        return self._put(name, "joint" if self.inverse else "dot", self._role(), place, (size, size))

    # The beginning.

    def _beginning(self) -> list[Element]:
        """The parameters and the first states."""
        layout = self.layout
        for k, q in enumerate(self.unfolding.parameters):
            role = "inverse" if self.inverse else "parameter"
            rule = Rule.BRANCHING if k == 0 else None
            place = 46.0, layout.top + 22 + 46 * k
            self._put(parts.shared(q.name), "pill", role, place, (92.0, 38.0), self._pill(q), rule)
        x = layout.left - 34 - CIRCLE
        heights = layout.low, -OVER
        return [
            self._circle(parts.cell(0, q.letter), q, (x, y))
            for q, y in zip(self.unfolding.first, heights, strict=False)
        ]

    def _pill(self, q: Quantity) -> tuple[Line, ...]:
        style, array = ("flow", q.flow) if self.inverse else ("weight", q.value)
        name = line(Span(self.layout.named(q.name, self.view), style), height=17)
        return name, line(Span(self.layout.amount(array), "number"), height=14)

    # Steps.

    def _step(self, t: int, place: Point, before: list[Element]) -> list[Element]:
        """A frame; its states are returned."""
        layout, step = self.layout, self.unfolding.steps[t]
        (left, first), h = place, place[1] + layout.low
        middle = (left + layout.width / 2, first + (layout.top + layout.bottom) / 2)
        size = layout.width, layout.bottom - layout.top
        lines = (line(Span(f"t = {t + 1}", "group"), height=15),)
        rule = Rule.NEURON if step is self.lasts else None
        self._put(parts.cell(t + 1, "t"), "frame", "muted", middle, size, lines, rule, (-1.0, -1.0))
        self._feet(t, step, left, h)
        if not layout.gates:
            return [self._simple(t, step, left, h, before[0])]
        cards = dict(self._gates(t, step, left, first))
        x = left + BUS + AIR + CARD[0] + AIR + 8 + STATE / 2
        return [*self._states(t, step, x, first, before, cards)]

    def _simple(self, t: int, step: CellStep, left: float, h: float, before: Element) -> Element:
        """A step without gates."""
        layout = self.layout
        x = left + layout.width / 2
        size = layout.width - 28, CARD[1]
        rule = Rule.ACTIVATION if step is self.lasts else None
        formula = "ψ(U h + W x + b)" if any(q.name == "b" for q in self.unfolding.parameters) else "ψ(U h + W x)"
        card = self._card(parts.cell(t + 1, "h"), step.states[0], (x, h), size, formula, rule, (-1.0, 1.0))
        self._come(t, 0, before, card, ((before.box[2], h), (card.box[0], h)))
        x = left + 18 + CIRCLE
        given = self._circle(parts.cell(t + 1, "x"), step.x, (x, h + CARD[1] / 2 + AIR + CIRCLE))
        self._wire(given, card, None, points=((x, given.box[1]), (x, card.box[3])), carries=step.x.flow is not None)
        return card

    def _gates(self, t: int, step: CellStep, left: float, first: float) -> Iterator[tuple[str, Element]]:
        """The gates, which see x and the state before."""
        layout, bus = self.layout, left + BUS
        gates = {q.letter: (q, sign) for q, sign in step.gates}
        given = self._circle(parts.cell(t + 1, "x"), step.x, (bus, first + layout.low + CARD[1] / 2 + AIR + CIRCLE))
        carries = step.x.flow is not None
        joint = self._joint(parts.cell(t + 1, "j0"), (bus, first + layout.low))
        self._wire(given, joint, None, points=((bus, given.box[1]), (bus, joint.y)), head=False, carries=carries)
        for i, letter in enumerate(reversed(layout.gates)):
            q, sign = gates[letter]
            y, x = first + layout.low - i * ROW, left + BUS + AIR + CARD[0] / 2
            rule = Rule.ACTIVATION if step is self.lasts and i == len(layout.gates) - 1 else None
            card = self._card(parts.cell(t + 1, letter), q, (x, y), CARD, f"{SIGNS[sign]}(·)", rule)
            if i == len(layout.gates) - 1:
                way = bent(((bus, joint.y), (bus, y), (card.box[0], y)))
                self._wire(joint, card, None, points=way, back=False)
            else:
                if i:
                    above = self._joint(parts.cell(t + 1, f"j{i}"), (bus, y))
                    self._wire(joint, above, None, points=((bus, joint.y), (bus, y)), head=False, back=False)
                    joint = above
                self._wire(joint, card, None, points=((bus, y), (card.box[0], y)), back=False)
            yield letter, card

    def _states(
        self, t: int, step: CellStep, x: float, first: float, before: list[Element], cards: dict[str, Element]
    ) -> Iterator[Element]:
        """The cards of the states, and the ways of the states before."""
        h, lstm = first + self.layout.low, self.unfolding.kind == "LSTM"
        bus = self.elements[parts.cell(t + 1, "j0")]
        over = first - OVER
        high = self.layout.low - (ROW if lstm else 0) + CARD[1]
        place = x, first - CARD[1] / 2 + high / 2
        if lstm:
            last = self._made(t, "h", step.states[0], (x, h), (STATE, CARD[1]))
            memory = self._made(t, "c", step.states[1], place, (STATE, high))
            self._into(memory, [cards[letter] for letter in "fig"])
            self._into(last, [cards["o"]])
            self._wire(memory, last, None, points=((x, memory.box[3]), (x, last.box[1])))
            self._come(t, 0, before[0], bus, ((before[0].box[2], h), (bus.x, h)), head=False)
            start, bend = before[1], before[1].box[2] + GAP / 2
            turn = [] if start.form != "square" else [(start.box[2], start.y), (bend, start.y), (bend, over)]
            way = bent([*(turn or [(start.box[2], over)]), (x, over), (x, memory.box[1])])
            self._come(t, 1, start, memory, way, height=over)
            yield from (last, memory)
            return
        state = self._made(t, "h", step.states[0], place, (STATE, high))
        self._into(state, [cards["u"], cards["n"]])
        reset, new = cards["r"], cards["n"]
        self._wire(reset, new, None, points=((reset.x, reset.box[3]), (reset.x, new.box[1])))
        entry = self._joint(parts.cell(t + 1, "e"), (bus.x - BUS - 12, h))
        self._come(t, 0, before[0], entry, ((before[0].box[2], h), (entry.x, h)), head=False)
        self._wire(entry, bus, None, points=((entry.x, h), (bus.x, h)), head=False, back=False)
        way = bent([(entry.x, h), (entry.x, over), (x, over), (x, state.box[1])])
        self._wire(entry, state, None, points=way, back=False)
        yield state

    def _made(self, t: int, letter: str, q: Quantity, place: Point, size: Point) -> Element:
        """The card of a state, with what it is made of: in a line of its own where there is room."""
        text, tall = FORMULAS[self.unfolding.kind][letter], size[1] > CARD[1]
        lines = self._lines(q, "" if tall else text)
        if tall and not self.inverse:
            lines = *lines, line(Span(text, "expression"), height=16)
        return self._put(parts.cell(t + 1, letter), "square", self._role(), place, size, lines)

    def _into(self, state: Element, gates: list[Element]) -> None:
        """From gates to the state beside them."""
        for gate in gates:
            self._wire(gate, state, None, points=((gate.box[2], gate.y), (state.box[0], gate.y)))

    def _come(
        self, t: int, state: int, before: Element, target: Element, points: tuple[Point, ...], head: bool = True,
        height: float | None = None,
    ) -> None:  # fmt: skip
        """The wire of a state, as thick as what comes back on it, with its label in the gap before the frame.

        The label is above a height, by default that where the wire begins.
        """
        if t == 0:
            self._wire(before, target, None, points=points, head=head, carries=False)
            return
        q, cut = self.unfolding.steps[t - 1].states[state], self.unfolding.steps[t].cut
        y, label = points[0][1] if height is None else height, None
        x = before.box[2] + (GAP / 2 + (7 if height is None else 0) if before.form == "square" else 23)
        if before.form == "square":  # of a step or of those left out: a circle has its own name
            label = self._labelled(before, q, (x, y - 24))
        if cut and self.inverse:
            word = Span(say("cut", self.layout.lang), "branch")
            place = (x, y + 14) if height is None or before.form != "square" else (x + 20, y + 14)
            name = parts.cell(t, f"{q.letter}-cut")
            self._put(name, "label", "inverse", place, (word.width, 13.0), (line(word, height=13),))
        self._wire(
            before, target, None, points=points, head=head, label=label, carries=q.flow is not None and not cut,
            thickness=self._thick(t - 1, state),
        )  # fmt: skip

    def _labelled(self, before: Element, q: Quantity, place: Point) -> Element:
        """The label of a state behind the card that it leaves."""
        lines = self._lines(q)
        return Element(
            parts.cell_label(before.name, q.letter),
            "label",
            self._role(),
            *place,
            max(r.width for r in lines),
            33.0,
            lines,
        )

    def _thick(self, t: int, state: int) -> float:
        """Of the wire of a state after step t, by what comes back to it."""
        sizes = [0.0 if s.states[state].flow is None else norm(s.states[state].flow) for s in self.unfolding.steps]
        return thickness(sizes[t], max(sizes)) if self.inverse and self.unfolding.cost is not None else THIN

    def _feet(self, t: int, step: CellStep, left: float, h: float) -> None:
        """The parameters, and what the step contributes to their gradients."""
        layout = self.layout
        x, y = left + BUS + CIRCLE + 16, h + CARD[1] / 2 + AIR + CIRCLE + 4
        if not layout.gates:
            x, y = left + layout.width - 14 - FOOT[0], h + CARD[1] / 2 + AIR / 2 + FOOT[1] / 2
        for k, q in enumerate(self.unfolding.parameters):
            place = x + FOOT[0] / 2 + (k % layout.feet) * (FOOT[0] + APART), y + (k // layout.feet) * (FOOT[1] + APART)
            rule = Rule.WEIGHTED_INPUT if step is self.lasts and k == 0 else None
            self._foot(t + 1, q, step.contributions.get(q.name), place, rule)

    def _foot(self, t: int, q: Quantity, array: Any, place: Point, rule: Rule | None = None) -> None:
        name = Span(self.layout.named(q.name, self.view), "flow" if self.inverse else "weight")
        lines: tuple[Line, ...] = (line(name, height=17),)
        if self.inverse:
            lines = *lines, line(Span(self.layout.amount(array), "number"), height=14)
        role = "inverse" if self.inverse else "parameter"
        self._put(parts.foot(t, q.name), "pill", role, place, FOOT, lines, rule, (-1.0, 1.0))

    def _dots(self, place: Point, before: list[Element]) -> list[Element]:
        """What stands for the steps that are left out."""
        layout, (left, first) = self.layout, place
        count = len(self.unfolding.steps)
        more = say("more neurons", layout.lang, n=count - 4)
        texts = "⋯", more, f"t = 3 … {count - 2}" if count > 5 else "t = 3"
        lines = tuple(line(Span(text, "group"), height=15) for text in texts)
        middle = left + NARROW / 2, first + (layout.top + layout.bottom) / 2
        size = NARROW, layout.bottom - layout.top
        dots = self._put(parts.dots(0), "square", "frame", middle, size, tint="group")
        self._put(parts.dots(1), "label", "muted", (middle[0], first + 26), (NARROW, 45.0), lines)
        for k, q in enumerate(reversed(self.unfolding.parameters)):
            known = [step.contributions[q.name] for step in self.unfolding.steps[2:-2] if q.name in step.contributions]
            whole = None if not known or any(array is None for array in known) else sum(known)
            place = middle[0], dots.box[3] - 12 - FOOT[1] / 2 - k * (FOOT[1] + APART)
            self._foot(3, q, whole, place)
        heights = first + layout.low, first - OVER
        for state, source in enumerate(before):
            y, x = heights[state], dots.box[0]
            if state == 1:
                bend = source.box[2] + GAP / 2
                way = (source.box[2], source.y), (bend, source.y), (bend, y), (x, y)
                self._come(2, 1, source, dots, bent(way), height=y)
            else:
                self._come(2, 0, source, dots, ((source.box[2], y), (x, y)))
        return [dots] * len(before)

    def _turned(self, place: Point, before: list[Element]) -> list[Element]:
        """The end of a row and the beginning of the next one: the states stand at both."""
        layout = self.layout
        row = round(place[1] / layout.pitch)
        following = next(t for t in layout.rows[row + 1] if t is not None)
        again = []
        for state, source in enumerate(before):
            q = self.unfolding.steps[following - 1].states[state]
            y = place[1] + (layout.low, -OVER)[state]
            x, name = place[0] + GAP / 2 + CIRCLE, parts.cell(following, f"{q.letter}-end")
            end = self._circle(name, q, (x, y), self._role())
            start = source.y if state == 1 and source.name != parts.dots(0) else y
            bend = source.box[2] + 12
            way = [(source.box[2], start), *([(bend, start), (bend, y)] if abs(start - y) > 1 else []), (end.box[0], y)]
            thick = self._thick(following - 1, state)
            self._wire(source, end, None, points=bent(way), thickness=thick, carries=q.flow is not None)
            name = parts.cell(following, f"{q.letter}-again")
            place_again = layout.left - 34 - CIRCLE, y + layout.pitch
            again.append(self._circle(name, q, place_again, self._role()))
        return again

    # The end.

    def _after(self, before: list[Element], place: Point) -> None:
        """What follows the last state: other modules, the loss; or where the output leaves."""
        (left, y), source = place, before[0]
        q = self.unfolding.steps[-1].states[0]
        for i, text in enumerate(self.unfolding.after):
            inverted = say("inverse of any", self.layout.lang, layer=text)
            width = max(76.0, *(Span(each, "note").width + 16 for each in (text, inverted)))
            written = (line(Span(inverted if self.inverse else text, "note"), height=15),)
            size = width, 46.0
            card = self._put(parts.following(i), "square", self._role(), (left + width / 2, y), size, written)
            self._leave(source, card, q if i == 0 else None)
            source, left = card, card.box[2] + 30
        if self.unfolding.cost is None:
            output = self.unfolding.output or q
            place, size = (left + CIRCLE, y), (2 * CIRCLE, 2 * CIRCLE)
            end = self._put(parts.ending(0), "circle", self._role(), place, size, self._lines(output))
            self._leave(source, end, None if self.unfolding.after else q)
            return
        lines: tuple[Line, ...] = (line(Span("× L′" if self.inverse else "L", "glyph"), height=25),)
        if not self.inverse and self.layout.loss:
            lines += (line(Span(self.layout.loss, "note"), height=14),)
        width = max(76.0, Span(self.layout.loss, "note").width + 16)
        loss = self._put(
            parts.LOSS, "square", "loss", (left + width / 2, y), (width, 56.0), lines, Rule.LOSS, (-1.0, 1.0)
        )
        self._leave(source, loss, None if self.unfolding.after else q)
        one = (line(Span("1", "sign"), height=24),)
        J = (
            line(Span(self.layout.output, "glyph"), height=24),
            line(Span(number(self.unfolding.cost, self.layout.digits), "number")),
        )
        wide = 2 * CIRCLE + 8
        ring = self._put(
            parts.COST, "ring", "loss", (loss.x, loss.box[1] - 22 - wide / 2), (wide, wide), one if self.inverse else J,
            Rule.COST, (0.72, -0.72),
        )  # fmt: skip
        self._wire(loss, ring)

    def _leave(self, source: Element, target: Element, q: Quantity | None) -> None:
        """A wire to what follows, with the label of the state on it."""
        y, label, thick = target.y, None, THIN
        if q is not None:
            label = self._labelled(source, q, (source.box[2] + GAP / 2 + 7, y - 24))
            thick = self._thick(len(self.unfolding.steps) - 1, 0)
        self._wire(source, target, None, points=((source.box[2], y), (target.box[0], y)), label=label, thickness=thick)
