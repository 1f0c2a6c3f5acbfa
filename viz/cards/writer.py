"""What is written in a box: the lines of a card, the same for the DOT and for our own painter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from inversa.autograd import Rule
from inversa.autograd.languages import texts
from inversa.autograd.mode import LOSS
from inversa.autograd.printing import as_factor
from inversa.viz.lettering import measure, theme
from inversa.viz.lettering.numbers import DASH, brief, count, number, size
from inversa.viz.lettering.sentences import block_title, counted, say, translated
from inversa.viz.lettering.spans import HIDDEN, Line, Span, View
from inversa.viz.picture import slots
from inversa.viz.picture.records import Amount, Array, Arrow, Block, Box, Picture

MAX_LABEL_LINES = 3  # of a formula beside an arrow
MAX_RECOMPUTED = 64  # boxes behind one number: of more it cannot be written anew


class Card(NamedTuple):
    """A box's contents in one view; ``role`` is the colour it is painted in."""

    role: str
    band: str | None  # the symbol in the band; a pill has none
    lines: tuple[Line, ...]
    tooltip: str

    @property
    def height(self) -> float:
        """The height of all lines, and below a low one as much air as below the others."""
        low = max(0.0, theme.LINE - self.lines[-1].height) / 2
        return sum(line.height for line in self.lines) + low


@dataclass(frozen=True)
class Writer:
    """Writes the cards and labels of a picture in one language."""

    picture: Picture
    lang: str
    digits: int
    compact: bool = False  # one line a card, and no labels on arrows
    widest: float = theme.WIDEST  # what is longer is cut
    brief: bool = False  # whether leaves are written with no more decimals than they have

    @cached_property
    def output(self) -> str:
        """The name of what is differentiated, short enough to stand in ∂J/∂w."""
        return measure.shorten(self.picture.output, "serif-italic", 12, 60)

    def card(self, box: Box, view: View) -> Card:
        """The card of a box or of its dual."""
        lines = self._dual_lines(box) if view == "inverse" else self._lines(box)
        role: str = "inverse" if view == "inverse" and box.role in ("forward", "loss") else box.role
        band = None if box.role == "parameter" and not box.fold else self._band(box, view)
        return Card(role, band, lines, self.tooltip(box, view))

    # Forward.

    def _lines(self, box: Box) -> tuple[Line, ...]:
        if box.fold is not None and not self.compact:
            return self._fold_lines(box)
        name = Span(self.name(box), "name", yields=True)
        value = self._amount(box.value, slots.value, box)
        if self.compact or not box.operation:
            return self._headed(name, value) if self.compact else (*self._headed(name, value), *self._gradient(box))
        written = Span(f" = {box.expression}" if box.expression else "", "expression", yields=True)
        return (Line((name, written), height=theme.NAME_LINE), Line(value), *self._gradient(box))

    def _headed(self, name: Span, value: tuple[Span, ...]) -> tuple[Line, ...]:
        """A name and at the right end its value; where they have no room in one line the value goes below it."""
        line = Line((name,), value, theme.NAME_LINE)
        if line.width <= self.widest:
            return (line,)
        if self.compact:  # there is no second line: an array's norm goes
            return (line._replace(right=value[:1]),)
        return (Line((name,), height=theme.NAME_LINE), Line(value))

    def _gradient(self, box: Box) -> tuple[Line, ...]:
        if not box.differentiable:
            return (Line((Span(say("constant", self.lang), "note", yields=True),)),)
        if self.picture.several:
            return ()
        amount = box.gradient
        symbol = self.gradient_name(box, amount)
        tail = "‖ = " if symbol.endswith("‖") else " = "
        written = Span(symbol.removesuffix("‖") + tail, "partial", yields=True, tail=tail)
        return (Line((written, self._number(amount, "gradient", slots.flow, box))),)

    def gradient_name(self, box: Box, amount: Amount | None) -> str:
        """∂J/∂w, or ‖∂J/∂w‖ where the number that is said of it is a norm."""
        bars = "‖" if isinstance(amount, Array) and amount.entries is None else ""
        return f"{bars}{self.partial(subject(box))}{bars}"

    def _fold_lines(self, box: Box) -> tuple[Line, ...]:
        assert box.fold is not None
        named = (Span(f"{box.name} = ", "expression", yields=True),) if box.fold.result else ()
        lines = [
            Line((Span(self.name(box), "name", yields=True),), height=theme.NAME_LINE),
            Line((*named, *self._amount(box.value, slots.value, box))),
        ]
        lines += [Line((Span(text, "note", yields=True),), height=theme.RULE_LINE) for text in self._contents(box)]
        return (*lines, *self._gradient(box))

    def _contents(self, box: Box) -> Iterator[str]:
        """What a folded box holds."""
        fold = box.fold
        assert fold is not None
        if fold.block is not None and fold.shapes:
            yield ", ".join(fold.shapes)
            return
        if len(fold.operations) > 1 or (box.name and fold.operations):
            yield ", ".join(symbol if n == 1 else f"{count(n)} {symbol}" for symbol, n in fold.operations)
        if fold.parameters:
            shapes = f" ({', '.join(fold.shapes)})" if fold.shapes else ""
            yield counted("parameter", fold.parameters, self.lang) + shapes
        if fold.inputs and fold.operations:
            yield counted("input", fold.inputs, self.lang)

    def name(self, box: Box) -> str:
        """What a box is called; a folded one that is no module, by how much it holds."""
        if box.fold is None:
            return box.name
        if box.fold.block is not None:
            return block_title(*box.fold.block, self.lang)
        if box.module == LOSS:
            return say("loss", self.lang)
        if box.name:
            return translated(box.name, self.lang)
        n = sum(n for _, n in box.fold.operations)
        return counted("operation", n, self.lang) if n else counted("input", box.fold.nodes, self.lang)

    # Inverse.

    def _dual_lines(self, box: Box) -> tuple[Line, ...]:
        is_output = Rule.COST in box.rules
        name = Span("1" if is_output else self.partial(subject(box)), "flow", yields=True)
        value = self._amount(box.flow, slots.flow, box) if box.differentiable else (Span(DASH, "value"),)
        if self.compact:
            return self._headed(name, value)
        notes = [Line((Span(text, "note", yields=True),), height=theme.RULE_LINE) for text in self.notes(box)]
        notes[:1] = [note._replace(height=theme.LINE) for note in notes[:1]]
        if box.operation or box.fold:
            return (Line((name,), height=theme.NAME_LINE), Line(value), *notes)
        return (*self._headed(name, value), *notes)

    def notes(self, box: Box) -> list[str]:
        """What the dual is: its rules by name; for a parameter the product that it receives."""
        if not box.differentiable:
            return [say("constant", self.lang)]
        if box.fold and box.fold.block:
            return [say("inverse block", self.lang, mark=Rule.NEURON.mark), block_title(*box.fold.block, self.lang)]
        if box.fold and box.module:
            return [self.dual_name(box.module, box.role == "loss", isinstance(box.value, Array))]
        leaf = not box.operation and not box.fold
        if leaf and box.role == "data" and not box.branches:
            return [say("data", self.lang)]
        if leaf and box.rules == (Rule.WEIGHTED_INPUT,) and (arrow := self._only_arrow(box)) is not None:
            return [f"{box.rules[0].mark} = {self._sent(arrow)}"]
        written = [f"{rule.mark} {rule.names(self.lang).inverse}" for rule in box.rules]
        return written + ([texts(self.lang).routes[box.wiring]] if box.wiring else [])

    def returned(self, box: Box) -> str:
        """What a gradient is made of: what comes back along each of its arrows, added."""
        arrows = [arrow for arrow in self._leaving.get(box.number, []) if arrow.carries and arrow.formula]
        written = " + ".join(re.sub(r"^(−?)1 · ", r"\1", self._sent(arrow)) for arrow in arrows)
        return written.replace("+ −", "− ")

    def _sent(self, arrow: Arrow) -> str:
        """What comes back along an arrow: all of it, or the product of the gain and the flow."""
        flow = self.partial(self._names[arrow.target])
        if not is_whole(arrow):
            return _times(arrow.formula, flow)
        return "".join(t.replace("δ", flow) if isinstance(t, str) else self._names.get(t, "…") for t in arrow.terms)

    def dual_name(self, module: str, is_loss: bool, arrays: bool) -> str:
        """What the inverse of a module is called: an inverse neuron or layer, rule ③; that of the loss, rule ②."""
        if is_loss:
            return f"{Rule.LOSS.mark} {Rule.LOSS.names(self.lang).inverse}"
        dual = say("inverse layer", self.lang) if arrays else Rule.NEURON.names(self.lang).inverse
        return f"{Rule.NEURON.mark} {dual}: {translated(module, self.lang)}"

    def dual_of_block(self, block: Block) -> str:
        """What the inverse of a block of rows is called: an inverse network, rule ③."""
        return f"{say('inverse block', self.lang, mark=Rule.NEURON.mark)}: {block_title(*block, self.lang)}"

    @cached_property
    def _names(self) -> dict[int, str]:
        return {box.number: box.name for box in self.picture.boxes}

    @cached_property
    def _leaving(self) -> dict[int, list[Arrow]]:
        leaving: dict[int, list[Arrow]] = {}
        for arrow in self.picture.arrows:
            leaving.setdefault(arrow.source, []).append(arrow)
        return leaving

    def _only_arrow(self, box: Box) -> Arrow | None:
        leaving = self._leaving.get(box.number, [])
        return leaving[0] if len(leaving) == 1 and leaving[0].formula else None

    # Both.

    def _band(self, box: Box, view: View) -> str:
        if box.fold is not None and box.fold.block is not None and box.fold.result:
            return box.name if view == "forward" else f"{box.name}′"
        if box.fold is not None and not box.branches:
            return box.symbol
        leaf = not box.operation
        if view == "forward":
            return "●" if leaf else box.symbol
        if Rule.COST in box.rules:
            return "1"
        if leaf:
            return "Σ" if box.branches and box.differentiable else "●"
        match box.rules[-1] if box.rules and not box.wiring else None:
            case Rule.SUM:
                return "●"
            case Rule.BRANCHING:
                return "Σ"
            case Rule.ACTIVATION:
                is_name = all(re.fullmatch(r"[^\W\d_][^\W_²³]*", word) for word in box.symbol.split())  # "log₂"
                return f"{box.symbol}′" if is_name and box.operation != "power" else "ψ′"
            case Rule.LOSS:
                return "L′"
        return box.symbol

    def partial(self, name: str) -> str:
        """∂J/∂name."""
        return f"∂{self.output}/∂{name}"

    def number(self, amount: Amount | None) -> str:
        """A number, an array's few entries or its norm; a dash where there is nothing yet."""
        if amount is None:
            return DASH
        if isinstance(amount, float):
            return number(amount, self.digits)
        if amount.entries is not None:
            return f"[{', '.join(number(x, self.digits) for x in amount.entries)}]"
        return number(amount.norm, self.digits)

    def value(self, box: Box) -> str:
        """The number of a box."""
        text = self.number(box.value)
        return brief(text) if self.brief and not box.operation else text

    def _amount(self, amount: Amount | None, of: Callable[[int], str], box: Box) -> tuple[Span, ...]:
        if not isinstance(amount, Array) or amount.entries is not None:
            return (self._number(amount, "value", of, box),)
        norm = self._number(amount, "note", of, box)
        return (Span(size(amount.shape), "value"), Span("  ‖·‖ ", "note"), norm)

    def _number(self, amount: Amount | None, style: str, of: Callable[[int], str], box: Box) -> Span:
        """The number of a box, or where it is hidden an empty box."""
        text = self.value(box) if of is slots.value else self.number(amount)
        span = Span(text, style, slot=slot(amount, of, box))
        return span.hidden(self.digits) if amount is not None and self._hides(of, box) else span

    def _hides(self, of: Callable[[int], str], box: Box) -> bool:
        return any(of(n) in self.picture.hidden for n in _numbers(of, box))

    def said(self, amount: Amount | None, slot: str) -> str:
        """A number in words: in a tooltip or a description."""
        return HIDDEN if amount is not None and slots.is_hidden(slot, self.picture) else self.number(amount)

    def said_of(self, box: Box, view: View | None = None) -> str:
        """In words the value of a box; or its gradient, as a view has it."""
        of = slots.value if view is None else slots.flow
        amount = box.value if view is None else box.gradient if view == "forward" else box.flow
        if amount is not None and self._hides(of, box):
            return HIDDEN
        return self.value(box) if view is None else self.number(amount)

    def tooltip(self, box: Box, view: View) -> str:
        """Everything about a box in one line, with names and numbers in full."""
        text = f"{box.name} = {box.expression}" if box.expression else self.name(box)
        if box.fold is not None:
            text = "; ".join([text, *self._contents(box), *([box.name] if box.fold.result else [])])
        if isinstance(box.value, Array):
            said = " = " if box.value.entries is not None else ", ‖·‖ = "
            kind = " ".join(filter(None, (box.value.dtype, size(box.value.shape))))  # several arrays have no one dtype
            text += f": {kind}{said}{self.said_of(box)}"
        else:
            text += f" = {self.said_of(box)}"
        if not box.differentiable or self.picture.several:
            return text
        found = box.gradient if view == "forward" else box.flow
        text += f"; {self.gradient_name(box, found)} = {self.said_of(box, view)}"
        if box.fold is not None and box.fold.spread is not None and not self._hides(slots.flow, box):
            least, middle, greatest = (number(x, self.digits) for x in box.fold.spread)
            text += f" ({say('spread', self.lang, least=least, median=middle, greatest=greatest)})"
        return text

    # Arrows.

    def label(self, arrow: Arrow, view: View) -> tuple[Line, ...]:
        """What is written beside an arrow: its local derivative, and what it contributes to a sum of several blocks."""
        lines = self._derivative(arrow, view)
        if self.compact or view == "forward" or arrow.contribution is None:
            return lines
        formula, found = arrow.contribution
        lines += (Line((Span(formula, "formula"),), height=14.0),) if formula else ()
        bars = isinstance(found, Array) and found.entries is None
        written = Span(("‖·‖ " if bars else "") + self.number(found), "gain", slot=slots.UNKNOWN)
        hidden = slots.is_hidden(slots.gain(arrow.number), self.picture)
        return (*lines, Line((written.hidden(self.digits) if hidden else written,), height=12.0))

    def contributed(self, arrow: Arrow) -> str:
        """In words what an arrow brings of a gradient that is a sum: in a tooltip or a description."""
        if arrow.contribution is None:
            return ""
        formula, found = arrow.contribution
        bars = "‖" if isinstance(found, Array) and found.entries is None else ""
        return f"{bars}{formula or 'δ'}{bars} = {self.said(found, slots.gain(arrow.number))}"

    def _derivative(self, arrow: Arrow, view: View) -> tuple[Line, ...]:
        """The local derivative, as a formula and as a number; nothing where it is 1."""
        if (
            self.compact
            or not arrow.carries
            or not arrow.formula
            or (arrow.formula == "1" and arrow.gain in (1.0, None))
        ):
            return ()
        text = multiplied(arrow) if view == "inverse" or is_whole(arrow) else f"∂ = {arrow.formula}"
        lines = self._formula(text)
        is_number = arrow.formula.lstrip("−").replace(".", "").isdigit() and lines[0].left[0].text == text
        if arrow.gain is None or is_number:
            return lines
        gain = Span(number(arrow.gain, self.digits), "gain", slot=slots.gain(arrow.number))
        hidden = slots.is_hidden(gain.slot, self.picture)
        return (*lines, Line((gain.hidden(self.digits) if hidden else gain,), height=12.0))

    def _formula(self, text: str) -> tuple[Line, ...]:
        """A formula beside an arrow, in several lines where that shows all of it; else in one, which is cut."""
        for room in (min(wide, self.widest) for wide in (theme.LABEL, theme.WIDE_LABEL)):
            lines = _broken(text, room)
            if len(lines) <= MAX_LABEL_LINES and all(line.width <= room for line in lines):
                tries = (_broken(text, room * share) for share in (0.5, 0.6, 0.7, 0.8, 0.9))
                return next((found for found in tries if len(found) == len(lines)), lines)  # of about equal lengths
        return (Line((Span(text, "formula", yields=True),), height=14.0).fitted(min(theme.LABEL, self.widest)),)


def _broken(text: str, room: float) -> tuple[Line, ...]:
    """A formula in lines no wider than ``room``, broken in front of signs; what it begins with stands in none alone."""
    style = theme.STYLES["formula"]
    glued = re.sub("(^(?:∂ =|δ →|×|·)|(?<= )[−+·/@]|,) ", "\\1\xa0", text).replace(" ^ ", "\xa0^\xa0")
    parts = measure.wrapped(glued, style.face, style.size, room)
    return tuple(Line((Span(part.replace("\xa0", " "), "formula"),), height=14.0) for part in parts)


def is_whole(arrow: Arrow) -> bool:
    """Whether the formula is of all that comes back, with δ for what arrives, and not of a factor."""
    return any(isinstance(term, str) and "δ" in term for term in arrow.terms)


def multiplied(arrow: Arrow) -> str:
    """What a flow is multiplied by, ``× w``; matrices on their side, ``· Xᵀ`` or ``Wᵀ ·``; or what becomes of it."""
    formula = arrow.formula
    if is_whole(arrow):
        return f"δ → {formula}"
    return formula if formula.startswith("·") or formula.endswith("·") else f"× {as_factor(formula)}"


def _times(formula: str, flow: str) -> str:
    """The product of a gain and a flow; or what comes back as a whole, with the flow in the place of δ."""
    if "δ" in formula:
        return formula.replace("δ", flow)
    if formula.startswith("·"):
        return f"{flow} {formula}"
    if formula.endswith("·"):
        return f"{formula} {flow}"
    return f"({formula}) · {flow}" if " " in formula else f"{formula} · {flow}"


def slot(amount: Amount | None, of: Callable[[int], str], box: Box) -> str:
    """The slot of what is written: of a box the value or, with ``slots.flow``, the gradient; or its norm.

    That of a number which is of too many boxes to be written anew is unknown; nothing where there is no number.
    """
    if amount is None:
        return ""
    numbers = _numbers(of, box)
    listed = isinstance(amount, Array) and amount.entries is not None and len(numbers) > 1
    if len(numbers) > MAX_RECOMPUTED or listed:  # entries of several arrays are no sum
        return slots.UNKNOWN
    found = slots.total(map(of, numbers))
    return slots.norm(found) if isinstance(amount, Array) and amount.entries is None else found


def _numbers(of: Callable[[int], str], box: Box) -> tuple[int, ...]:
    """The boxes that a box's value or, with ``slots.flow``, its gradient is of."""
    return (box.node,) if box.fold is None else box.fold.values if of is slots.value else box.fold.subjects


def subject(box: Box) -> str:
    """What the gradient in a box is taken with respect to: the node, or the parameters or outputs of a folded box."""
    if box.fold is None or box.fold.result:
        return box.name
    return "θ" if box.fold.parameters else "·"
