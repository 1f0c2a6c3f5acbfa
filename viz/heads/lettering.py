"""What is written on the parts of a head, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from inversa.viz.cards.writer import Writer
from inversa.viz.heads.head import Head, Matrix, Token, index
from inversa.viz.lettering.numbers import DASH, number, size
from inversa.viz.lettering.sentences import loss_name, say
from inversa.viz.lettering.spans import Line, Span, View
from inversa.viz.neurons.sheet import line
from inversa.viz.picture import slots
from inversa.viz.picture.records import Amount, Array, Box
from inversa.viz.picture.spoken import spoken

ENTRIES = 2  # of a vector that are printed; of a longer one the norm
SPARED = 2  # decimals that entries have less than single numbers, where these have more than that


@dataclass(frozen=True)
class Lettering:
    """Writes names and numbers."""

    head: Head
    lang: str
    digits: int = 4

    @cached_property
    def writer(self) -> Writer:
        """What writes the tooltips."""
        return Writer(spoken(self.head.picture, self.lang), self.lang, self.digits)

    @cached_property
    def boxes(self) -> dict[int, Box]:
        """The boxes by their numbers."""
        return {box.number: box for box in self.writer.picture.boxes}

    def tip(self, n: int, view: View) -> str:
        """Everything about a box, for its tooltip."""
        return self.writer.tooltip(self.boxes[n], view)

    # Pieces.

    def amount(self, found: Amount | None, slot: str = "", style: str = "number") -> tuple[Span, ...]:
        """A number, the entries of a short vector, or a norm."""
        if found is None:
            return (Span(DASH, style),)
        if isinstance(found, Array) and (found.entries is None or len(found.entries) > ENTRIES):
            return Span("‖·‖ ", "note"), self._hideable(number(found.norm, self.digits), style, slots.norm(slot))
        if isinstance(found, Array):
            assert found.entries is not None
            return (self._hideable(f"({', '.join(map(self._entry, found.entries))})", style, slot),)
        return (self._hideable(number(found, self.digits), style, slot),)

    def _entry(self, x: float) -> str:
        """An entry of a vector; a small one has more decimals, which are shorter than a power of ten."""
        few = max(self.digits - SPARED, min(self.digits, SPARED))
        return number(x, self.digits if 10.0**-self.digits <= abs(x) < 10.0**-few else few)

    def _hideable(self, text: str, style: str, slot: str) -> Span:
        span = Span(text, style, slot=slot if slots.names_in(slot) else "")
        return span.hidden(self.digits) if span.slot and slots.is_hidden(span.slot, self.head.picture) else span

    def value(self, n: int, style: str = "number") -> tuple[Span, ...]:
        """The number of a box."""
        return self.amount(self.boxes[n].value, slots.value(n), style)

    def flow(self, n: int) -> tuple[Span, ...]:
        """∂J/∂ of a box."""
        return self.amount(self.boxes[n].flow, slots.flow(n))

    def partial(self, name: str) -> str:
        """∂J/∂name."""
        return self.writer.partial(name)

    # Parts, as lines.

    def signal(self, n: int, name: str, view: View) -> tuple[Line, ...]:
        """A name and its number, or ∂J/∂ of it."""
        if view == "inverse":
            return line(Span(self.partial(name), "flow"), height=18), line(*self.flow(n), height=15)
        return line(Span(name, "name"), height=18), line(*self.value(n), height=15)

    def made(self, n: int, name: str, matrix: str, source: str, view: View) -> tuple[Line, ...]:
        """A query, a key or a value, and what it is made of."""
        if view == "inverse" or matrix not in self.head.matrices:
            return self.signal(n, name, view)
        constant = " + b" if self.head.matrices[matrix].constant is not None else ""
        return line(Span(f"{name} = {matrix} {source}{constant}", "name"), height=18), line(*self.value(n), height=15)

    def matrix(self, name: str, matrix: Matrix, view: View) -> tuple[Line, ...]:
        """A matrix with the constant that goes with it, or their gradients."""
        box, constant = self.boxes[matrix.box], matrix.constant
        if view == "inverse":
            lines = (line(Span(self.partial(name), "flow"), Span("  ", "number"), *self.flow(box.number), height=18),)
            named = Span(self.partial("b"), "flow")
            number = () if constant is None else self.flow(constant)
        else:
            assert isinstance(box.value, Array)
            shape = Span(f"  {size(box.value.shape)}  ", "note")
            lines = (line(Span(name, "weight"), shape, *self.value(box.number), height=18),)
            named = Span("b", "weight")
            number = () if constant is None else self.value(constant)
        return lines if constant is None else (*lines, line(named, Span("  ", "number"), *number, height=17))

    def contribution(self, matrix: Matrix, token: int) -> tuple[Line, ...]:
        """What a token contributes to the gradient of a matrix: its norm."""
        found = matrix.contributions[token]
        if not isinstance(found, Array):
            return (line(Span(DASH, "branch")),)
        text = Span(number(found.norm, self.digits), "branch")
        hidden = slots.is_hidden(slots.flow(matrix.box), self.head.picture)
        return (line(text.hidden(self.digits) if hidden else text, height=13),)

    def score(self, token: Token, view: View) -> tuple[Line, ...]:
        """Beside the wire of a score; one that is masked is −∞, and nothing comes back to it."""
        name = f"s{token.name}"
        if not token.hidden or view == "inverse":
            return self.signal(token.score, name, view)
        return line(Span(name, "name"), height=18), line(Span("−∞", "number"), height=15)

    def scaled(self, view: View) -> tuple[Line, ...]:
        """The product of query and key, divided by √d; on the way back it multiplies by each of both."""
        text = "× k, q" if view == "inverse" else f"· /√{self.head.size}"
        return (line(Span(text, "note"), height=14),)

    def weighted(self, token: Token, view: View) -> tuple[Line, ...]:
        """A value that is weighted; its dual multiplies by the value, and by the weight."""
        v, a = f"× v{token.name}", f"× a{token.name}"
        if view == "forward":
            return line(Span(v, "weight"), height=19), line(*self.value(token.value), height=15)
        weight = line(Span(a, "kept name"), Span("  ", "number"), *self.value(token.weight, "kept"), height=18)
        return line(Span(v, "kept name"), height=18), weight

    def bar(self, token: Token, view: View) -> tuple[Line, ...]:
        """Beside a bar: the weight, and in the inverse network ∂J/∂s below it."""
        weight = self.value(token.weight, "kept" if view == "inverse" else "number")
        if view == "forward":
            return (line(*weight, height=16),)
        return line(Span(f"a{token.name} ", "kept name"), *weight, height=17), line(*self.flow(token.score), height=16)

    def loss(self, view: View) -> tuple[Line, ...]:
        """L and its name; × L′."""
        if view == "inverse":
            return (line(Span("× L′", "glyph"), height=25),)
        name = Span(loss_name(self.head.loss, self.lang), "note", yields=True)
        return line(Span("L", "glyph"), height=25), line(name, height=15)

    def cost(self, n: int, view: View) -> tuple[Line, ...]:
        """J, and the unit that is fed in instead."""
        if view == "inverse":
            return (line(Span("1", "sign"), height=24),)
        return line(Span(self.writer.output, "glyph"), height=24), line(*self.value(n))

    def target(self, view: View) -> tuple[Line, ...]:
        """y."""
        name, style = ("kept name", "kept") if view == "inverse" else ("name", "number")
        return line(Span("y", name), height=18), line(*self.amount(self.head.wanted, "", style))

    def joined(self, view: View) -> tuple[Line, ...]:
        """× O, which joins the heads, and what it adds; its transpose, and its gradient."""
        assert self.head.joined is not None
        box = self.boxes[self.head.joined]
        if view == "inverse":
            gradient = line(Span(self.partial("O"), "flow"), Span("  ", "number"), *self.flow(box.number), height=18)
            return line(Span("× Oᵀ", "weight"), height=19), gradient
        assert isinstance(box.value, Array)
        shape = Span(f"  {size(box.value.shape)}  ", "note")
        lines = (line(Span("× O", "weight"), shape, *self.value(box.number), height=19),)
        added = self.head.among > 1, self.head.constant
        texts = [say("other heads", self.lang)] * added[0] + ["b"] * added[1]
        return (*lines, line(Span("+ " + " + ".join(texts), "note"), height=14)) if texts else lines

    def asker(self) -> str:
        """What the token that asks is called."""
        return f"{'x' if self.head.itself else 'z'}{index(self.head.asks)}"

    def title(self, view: View) -> str:
        """What stands in the frame."""
        prefix = "" if view == "forward" else "inverse "
        key = f"{prefix}one head" if self.head.number is None else f"{prefix}head"
        return say(key, self.lang, head=self.head.number, query=self.head.asks)
