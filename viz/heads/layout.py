"""Where the parts of a head lie: a lane a token, from left to right; both views have the same places."""

from __future__ import annotations

import math
from collections.abc import Sequence

from inversa.autograd import Rule
from inversa.viz.drawing import parts
from inversa.viz.drawing.geometry import Point
from inversa.viz.heads.columns import SCORE, SUM, TRACK, Columns, widest
from inversa.viz.heads.head import Matrix, Token
from inversa.viz.heads.lettering import Lettering
from inversa.viz.heads.pieces import THIN, Pieces
from inversa.viz.lettering.sentences import say
from inversa.viz.lettering.spans import VIEWS, Line, Span, View
from inversa.viz.neurons.elements import size_of
from inversa.viz.neurons.sheet import Element, Form, Sheet, between, line, moved, radius
from inversa.viz.picture import slots

ROW, PILL, BAR = 54.0, 44.0, 22.0  # from the row of k to that of v, and the heights of pills and bars
ABOVE_Q, V_LEAF = 60.0, ROW + 72  # from q up to its matrix, and from the last lane down to V
THINNEST, THICKEST = 1.2, 6.2  # wires that show a number
GROUP = "group"  # the colour within the frame


def sheets(lettering: Lettering, low: bool) -> dict[View, Sheet]:
    """Both views, at the same places."""
    columns = Columns(lettering, low)
    built = {view: _Builder(columns, view) for view in VIEWS}
    boxes = []
    for view in built.values():
        labels = (link.label for link in view.links if link.label is not None)
        boxes += [e.box for e in (*view.elements.values(), *labels)]
    left, top = min(b[0] for b in boxes) - 4, min(b[1] for b in boxes) - 4
    width, height = max(b[2] for b in boxes) + 8 - left, max(b[3] for b in boxes) + 4 - top
    return {
        view: Sheet(view, width, height, *moved(each.elements.values(), each.links, -left, -top))
        for view, each in built.items()
    }


class _Builder(Pieces):
    """The elements and links of one view."""

    def __init__(self, columns: Columns, view: View) -> None:
        super().__init__(columns, view)
        self.heights = [k * columns.lane for k in range(len(self.head.tokens))]
        self.middle = (self.heights[0] + self.heights[-1]) / 2
        self.asked = -84.0  # the height of q
        self._frame()
        self._softmax()
        self._queries()
        if columns.railed:
            self._matrices()
        lanes = [self._lane(token, y) for token, y in zip(self.head.tokens, self.heights, strict=True)]
        self._ask(lanes)
        self._sum(lanes)

    # Parts.

    def _frame(self) -> None:
        columns = self.columns
        top, bottom = self.asked - PILL / 2 - 16, self.heights[-1] + self._below + 34
        if columns.railed:
            high = self._leaf_high("K")
            top, bottom = self.asked - ABOVE_Q - high - 14, max(bottom, self.heights[-1] + V_LEAF + high + 8)
        left, right = columns.left, columns.right
        title = (line(Span(self.lettering.title(self.view), "group"), height=15),)
        place, size = ((left + right) / 2, (top + bottom) / 2), (right - left, bottom - top)
        self._add(parts.frame(self.head.output), "frame", "muted", place, size, title)

    @property
    def _below(self) -> float:
        """From the last lane to the lower side of softmax."""
        return 30.0 + 26 if self.columns.low else ROW + PILL / 2 + 32

    def _softmax(self) -> None:
        """The panel of softmax, below the wires; its bars come with the tokens."""
        left, right = self.columns.panel
        top, bottom = self.heights[0] - 54, self.heights[-1] + self._below
        middle = (left + right) / 2
        name = "softmax" if not self.inverse else say("inverse of softmax", self.lettering.lang)
        self._add(
            self.head.shares, "panel", self.role, (middle, (top + bottom) / 2), (right - left, bottom - top),
            (line(Span(name, "group"), height=15),), Rule.ACTIVATION, (1.0, -1.0),
        )  # fmt: skip
        text, style = self.columns.formulas[self.view]
        self._text(parts.caption(self.head.shares), (line(Span(text, style), height=16),), (middle, bottom - 14))

    def _queries(self) -> None:
        """The tokens, and q."""
        head, columns, write = self.head, self.columns, self.lettering
        for token, y in zip(head.tokens, self.heights, strict=True):
            if token.x is not None:
                lines = write.signal(token.x, f"x{token.name}", self.view)
                place = columns.tokens, y + (0 if columns.low else ROW / 2)
                role, tint = ("muted", GROUP) if token.hidden and token.x != head.source else (self._back("data"), "")
                self._add(token.x, "pill", role, place, (columns.x, PILL + 2), lines, tint=tint)
        role = self.role if head.matrices else self._back("data")
        q = self._add(
            head.query, "pill", role, (columns.keys_at, self.asked), (columns.made, PILL), columns.query[self.view]
        )
        if head.source is None:
            return
        if head.itself:
            x = self.elements[parts.box(head.source)]
            way = [(x.box[0], x.y), (2.0, x.y), (2.0, q.y), (q.box[0], q.y)]
        else:
            lines = write.signal(head.source, write.asker(), self.view)
            x = self._add(
                head.source, "pill", self._back("data"), (columns.tokens, self.asked), (columns.x, PILL + 2), lines
            )
            way = [(x.box[2], q.y), (q.box[0], q.y)]
        self.loop = x, q, way
        if not columns.railed:
            self._wire(x, q, way)

    def _back(self, role: str) -> str:
        return "inverse" if self.inverse else role

    def _leaf_high(self, name: str) -> float:
        return 10 + size_of(self.lettering.matrix(name, self.head.matrices[name], self.view))[1]

    def _matrices(self) -> None:
        """Q above q; K and V with a rail each, from which a wire goes to every token."""
        head, columns, write = self.head, self.columns, self.lettering
        wide = {m: 14 + widest(write.matrix(m, head.matrices[m], view) for view in VIEWS) for m in "QKV"}
        high = self._leaf_high("K")
        above = self.asked - ABOVE_Q - high / 2
        left = columns.left + 8
        for m in "KQ":
            place = left + wide[m] / 2, above
            self._leaf(m, place, (wide[m], high))
            left += wide[m] + 12
        q, leaf = self.elements[parts.box(head.query)], self.elements[parts.box(head.matrices["Q"].box)]
        start, end = max(q.x, leaf.box[0] + 16), min(max(q.x, leaf.box[0] + 16), q.box[2] - 16)
        turn = q.box[1] - 20
        self._wire(leaf, q, [(start, leaf.box[3]), *([(start, turn), (end, turn)] * (start > end)), (end, q.box[1])])
        below = self.heights[-1] + V_LEAF + high / 2
        self._leaf("V", (columns.left + 8 + wide["V"] / 2, below), (wide["V"], high))

    def _leaf(self, name: str, place: Point, size: Point) -> None:
        lines = self.lettering.matrix(name, self.head.matrices[name], self.view)
        self._add(self.head.matrices[name].box, "pill", self._back("parameter"), place, size, lines)

    def _rails(self) -> None:
        """The rails: first that of V, which the wires of K cross; then what crosses both."""
        for name in "VK":
            self._rail(name, self.head.matrices[name], self.columns.rails[name])

    def _rail(self, name: str, matrix: Matrix, x: float) -> None:
        leaf, down = self.elements[parts.box(matrix.box)], name == "K"
        y = leaf.box[3] + 28 if down else leaf.box[1] - 28
        point = self._point(parts.branch(matrix.box), (x, y), (22.0, 0.0))
        out, near = leaf.box[3 if down else 1], point.box[1 if down else 3] if self.inverse else y
        self._wire(leaf, point, [(x, out), (x, near)], head=False)
        lanes = list(zip(self.head.tokens, self.heights, strict=True))
        before, start = point, (x, point.box[3 if down else 1] if self.inverse else y)
        pieces = len(self.links)
        wires = []
        for token, lane in lanes if down else lanes[::-1]:
            at = lane - 10 if down else lane + ROW + 12
            joint = self._joint(parts.joint(matrix.box, token.number), (x, at))
            target = self.elements[parts.box(token.key if down else token.value)]
            self._wire(before, joint, [start, (x, at)], head=False, back=before is point)
            before, start = joint, (x, at)
            wires.append((joint, target, token))
        rail, self.links = self.links[pieces:], self.links[:pieces]
        for joint, target, token in wires:
            way = [(x, joint.y), (target.box[0], joint.y)]
            label = self._contribution(matrix, token, joint, target, down)
            self._wire(joint, target, way, back=False, label=label, cut=token.hidden, halo=GROUP if down else "")
        self.links += rail  # on top of the halo

    def _contribution(
        self, matrix: Matrix, token: Token, joint: Element, target: Element, down: bool
    ) -> Element | None:
        """What a token contributes to the gradient of a matrix, beside its wire."""
        if not self.inverse or self.head.cost is None:
            return None
        lines = self.lettering.contribution(matrix, token.number - 1)
        place = (self.columns.rails["V"] + target.box[0]) / 2, joint.y + (11 if down else -11)
        return self._label(parts.wire_label(parts.wire(joint.name, target.name)), lines, place)

    # Lanes.

    def _lane(self, token: Token, y: float) -> tuple[Element, Element]:
        """A token; the product of query and key, and the weighted value, are returned."""
        columns, write, view = self.columns, self.lettering, self.view
        role = self.role if self.head.matrices else self._back("data")
        role, tint = ("muted", GROUP) if token.hidden else (role, "")
        name = token.name
        self._add(
            token.key, "pill", role, (columns.keys_at, y), (columns.made, PILL),
            write.made(token.key, f"k{name}", "K", f"x{name}", view), tint=tint,
        )  # fmt: skip
        rule = Rule.WEIGHTED_INPUT if token is self.head.tokens[0] else None
        score = self._add(
            token.score, "circle", self.role, (columns.scores, y), (2 * SCORE, 2 * SCORE), write.scaled(view), rule,
            (-0.72, 0.72), "paper",
        )  # fmt: skip
        at, width = columns.weighted
        weighted = self._add(token.product, "pill", "parameter", (at, y), (width, PILL), write.weighted(token, view))
        if not columns.low:
            self._add(
                token.value, "pill", role, (columns.keys_at, y + ROW), (columns.made, PILL),
                write.made(token.value, f"v{name}", "V", f"x{name}", view), tint=tint,
            )  # fmt: skip
        if token.hidden:  # the mask cuts the wire of the score
            place = (score.box[2] + columns.panel[0]) / 2, y
            self._add(parts.cut(token.score), "bar", "muted", place, (3.0, 14.0), tint="muted")
        self._bar(token, y)
        return score, weighted

    def _bar(self, token: Token, y: float) -> None:
        """How much the query takes of a token; in the inverse network ∂J/∂s, from a line for 0."""
        left, right = self.columns.panel
        start, write = left + 14, self.lettering
        lines = write.bar(token, self.view)
        wide, _ = size_of(lines)
        self._text(parts.caption(token.weight), lines, (right - 10 - wide / 2, y))
        if not self.inverse:
            self._add(parts.scale(token.weight), "bar", "frame", (start + TRACK / 2, y), (TRACK, BAR), tint="group")
            share = self._number(token.weight)
            if share > 0:
                size = max(TRACK * share, 1.0), BAR
                self._add(parts.bar(token.weight), "bar", "forward", (start + size[0] / 2, y), size, tint="forward")
            return
        self._add(parts.scale(token.weight), "bar", "frame", (start + TRACK / 2, y), (1.0, BAR + 22), tint="frame")
        slope, largest = self._number(token.score), max(abs(self._number(t.score)) for t in self.head.tokens)
        if slope and largest:
            length = TRACK / 2 * abs(slope) / largest
            side, tint = (1, "inverse") if slope > 0 else (-1, "paper")
            place = start + TRACK / 2 + side * length / 2, y
            self._add(parts.bar(token.weight), "bar", "inverse", place, (max(length, 1.0), BAR), tint=tint)

    def _number(self, n: int) -> float:
        """The number of a box, or ∂J/∂ of it, that bars and wires show; 0 where it is none or not to be seen."""
        slot = slots.flow(n) if self.inverse else slots.value(n)
        box = self.lettering.boxes[n]
        amount = box.flow if self.inverse else box.value
        shown = isinstance(amount, float) and math.isfinite(amount) and not slots.is_hidden(slot, self.head.picture)
        return amount if shown and isinstance(amount, float) else 0.0

    def _ask(self, lanes: Sequence[tuple[Element, Element]]) -> None:
        """The wires of q, k and v, and those of the scores and weights."""
        columns, head, q = self.columns, self.head, self.elements[parts.box(self.head.query)]
        x = columns.asked
        point = self._point(parts.branch(head.query), (x, q.y), (0.0, -24.0))
        self._wire(q, point, [(q.box[2], q.y), (point.box[0] if self.inverse else x, q.y)], head=False)
        before, start = point, (x, point.box[3] if self.inverse else q.y)
        for token, y, (score, _) in zip(head.tokens, self.heights, lanes, strict=True):
            joint = self._joint(parts.joint(head.query, token.number), (x, y - 32))
            self._wire(before, joint, [start, (x, y - 32)], head=False, back=before is point)
            reach = SCORE * math.sqrt(0.5)
            way = [(x, y - 32), (columns.scores - reach, y - reach)]
            self._wire(joint, score, way, back=False, cut=token.hidden)
            before, start = joint, (x, y - 32)
        if columns.railed:
            self._rails()
            self._wire(self.loop[0], self.loop[1], self.loop[2], halo=GROUP)
        for token, y, (score, weighted) in zip(head.tokens, self.heights, lanes, strict=True):
            self._through(token, y, score, weighted)

    def _through(self, token: Token, y: float, score: Element, weighted: Element) -> None:
        """The wires of a lane."""
        k, v = self.elements[parts.box(token.key)], self.elements.get(parts.box(token.value))
        source = None if token.x is None else self.elements[parts.box(token.x)]
        ends = [(k, y + 12), (v, y + ROW - 12)] if v is not None else [(k, y)]
        if source is not None:
            for target, height in ends:
                way = [(source.box[2], height), (target.box[0], height)]
                self._wire(source, target, way, cut=token.hidden, halo=GROUP)
        self._wire(k, score, halo=GROUP, cut=token.hidden)
        self._shares(token, y, score, weighted)
        if v is not None:
            way = [(v.box[2], v.y), (weighted.x, v.y), (weighted.x, weighted.box[3])]
            self._wire(v, weighted, way, halo=GROUP, cut=token.hidden)

    def _shares(self, token: Token, y: float, score: Element, weighted: Element) -> None:
        """The wires into softmax and out of it, as thick as a; in the inverse network as ∂J/∂s and ∂J/∂a."""
        write, tokens, panel = self.lettering, self.head.tokens, self.elements[parts.box(self.head.shares)]
        lines = write.score(token, self.view)
        label = self._above(token.score, lines, (score.box[2] + panel.box[0]) / 2 - 2, y)
        way = [(score.box[2], y), (panel.box[0], y)]
        thick = self._thickness(token.score, [t.score for t in tokens]) if self.inverse else THIN
        self._wire(score, panel, way, label=label, cut=token.hidden, thickness=thick)
        lines = write.signal(token.weight, f"a{token.name}", self.view)
        label = self._above(token.weight, lines, (panel.box[2] + weighted.box[0]) / 2, y)
        way = [(panel.box[2], y), (weighted.box[0], y)]
        thick = self._thickness(token.weight, [t.weight for t in tokens])
        self._wire(panel, weighted, way, label=label, thickness=thick)

    def _thickness(self, n: int, among: Sequence[int]) -> float:
        """Of a wire, by its number: a weight is a part of 1, a derivative one of the largest of them."""
        largest = max(abs(self._number(each)) for each in among) if self.inverse else 1.0
        share = abs(self._number(n)) / largest if largest else 0.0
        return THINNEST + (THICKEST - THINNEST) * share

    def _above(self, n: int, lines: tuple[Line, ...], x: float, y: float) -> Element:
        return self._label(parts.label(n), lines, (x, y - 8 - size_of(lines)[1] / 2))

    # What is made of it.

    def _sum(self, lanes: Sequence[tuple[Element, Element]]) -> None:
        columns, head, write = self.columns, self.head, self.lettering
        sign = () if self.inverse else (line(Span("Σ", "sign"), height=24),)
        form: Form = "point" if self.inverse else "circle"
        total = self._add(
            head.output, form, self.role, (columns.sum, self.middle), (2 * SUM, 2 * SUM), sign, Rule.SUM, (0.75, 0.75),
            "paper",
        )  # fmt: skip
        for _, weighted in lanes:
            start = weighted.box[2], weighted.y
            _, end = between(Element("", "joint", "", *start, 0.0, 0.0), total)
            self._wire(weighted, total, [start, end])
        name = write.asker()[1:]
        lines = write.signal(head.output, f"o{name}", self.view)
        wide = widest(write.signal(head.output, f"o{name}", view) for view in VIEWS)
        left = columns.right + wide + 14
        label = self._above(head.output, lines, (columns.right + left) / 2 - 3, self.middle)
        if head.joined is not None:
            self._joined(total, left, label)
        elif head.cost is not None:
            loss = self._loss((left + self.loss_width / 2, self.middle))
            self._wire(total, loss, label=label)
            self._ends(loss, beside=False)
        else:
            self._wire(total, self._end((left + 12, self.middle)), label=label)

    def _joined(self, total: Element, left: float, label: Element) -> None:
        """× O; above it L and J, and beside them y."""
        head, write = self.head, self.lettering
        assert head.joined is not None
        wide = 16 + widest(map(write.joined, VIEWS))
        joined = self._add(
            head.joined, "pill", "parameter", (left + wide / 2, self.middle), (wide, PILL + 2),
            write.joined(self.view),
        )  # fmt: skip
        self._wire(total, joined, label=label)
        name = write.asker()[1:]
        lines = write.signal(head.result, f"h{name}", self.view)
        size = size_of(lines)
        label = self._label(parts.label(head.result), lines, (joined.x + 10 + size[0] / 2, joined.box[1] - 28))
        if head.cost is None:
            self._wire(joined, self._end((joined.x, joined.box[1] - 68)), label=label)
            return
        loss = self._loss((joined.x, joined.box[1] - 56 - 29))
        self._wire(joined, loss, [(joined.x, joined.box[1]), (joined.x, loss.box[3])], label=label)
        self._ends(loss, beside=True)

    @property
    def loss_width(self) -> float:
        """The width of L."""
        return max(76.0, 16 + widest(map(self.lettering.loss, VIEWS)))

    def _loss(self, place: Point) -> Element:
        lines = self.lettering.loss(self.view)
        return self._add(parts.LOSS, "square", "loss", place, (self.loss_width, 58.0), lines, Rule.LOSS, (-1.0, -1.0))

    def _ends(self, loss: Element, beside: bool) -> None:
        """J above L, and y below it or beside it."""
        write, cost = self.lettering, self.head.cost
        assert cost is not None
        r = max(30.0, *(float(radius(write.cost(cost, view))) for view in VIEWS)) + 4
        ring = self._add(
            cost, "ring", "loss", (loss.x, loss.box[1] - 24 - r), (2 * r, 2 * r), write.cost(cost, self.view),
            Rule.COST, (0.72, -0.72),
        )  # fmt: skip
        self._wire(loss, ring, [(loss.x, loss.box[1]), (loss.x, ring.box[3])])
        lines = write.target(self.view)
        r = max(float(radius(write.target(view))) for view in VIEWS)
        place = (loss.box[2] + 22 + r, loss.y) if beside else (loss.x, loss.box[3] + 24 + r)
        form: Form = "ghost" if self.inverse else "circle"
        y = self._add(parts.TARGETS, form, "data", place, (2 * r, 2 * r), lines)
        way = [(y.box[0], y.y), (loss.box[2], y.y)] if beside else [(y.x, y.box[1]), (y.x, loss.box[3])]
        self._wire(y, loss, way, carries=False)

    def _end(self, place: Point) -> Element:
        """Where an output leaves that nothing is compared with."""
        return self._add(parts.ending(self.head.result), "joint", self.role, place, (0.0, 0.0))
