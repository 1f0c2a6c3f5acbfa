"""The page of a player: its parts, and what its script works on."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from inversa.autograd import Graph, InverseNetwork, Node, Rule, checks
from inversa.autograd.languages import texts
from inversa.autograd.languages._language import Texts
from inversa.autograd.node import plain as data_of
from inversa.autograd.ops.held import to_numpy
from inversa.autograd.printing import printable
from inversa.viz.drawing.composition import MIN_SCALE
from inversa.viz.drawing.interfaces import Playable, Step
from inversa.viz.drawing.shapes import Part, Path, Text
from inversa.viz.lettering.formula import Formula, Number, Term, mathml
from inversa.viz.lettering.numbers import DASH, number, size, subscripted
from inversa.viz.lettering.sentences import translated
from inversa.viz.lettering.spans import VIEWS, View
from inversa.viz.output.svg import Paint, document
from inversa.viz.pages.contract import PlayerData, StepData
from inversa.viz.pages.page import SIGN, button, controls, page, source
from inversa.viz.picture import slots
from inversa.viz.picture.program import recomputation
from inversa.viz.picture.records import norm

STYLES = "page.css", "entries.css", "player.css"
SCRIPTS = (
    *("page.js", "engine.js", "numbers.js", "slots.js", "paint.js", "stepping.js"),
    *("typed.js", "network.js", "labels.js", "quiz.js", "gradients.js", "edit.js", "player.js"),
)
MAX_EDITABLE_ENTRIES = 24  # of an array that is listed, and can be edited
BREAK = re.compile(r"(?= [=+−→] )")  # where a long formula may be broken
FIELD = 'size="8" inputmode="decimal" autocomplete="off"'
KEYBOARD = "M1 4h16v10H1zM3 6v2h2V6zm3.5 0v2h2V6zM10 6v2h2V6zm3 0v2h2V6zM5 10v2h8v-2z"


@dataclass(frozen=True)
class Leaf:
    """A leaf in the player's table; ``module`` says which of several of one name it is."""

    box: int
    name: str
    module: str
    numbers: tuple[float, ...]
    shape: tuple[int, ...]
    trained: bool
    differentiable: bool

    @property
    def many(self) -> bool:
        """Whether it has too many entries to be listed: its shape stands for them, and a norm for its gradient."""
        return len(self.numbers) > MAX_EDITABLE_ENTRIES

    @property
    def full_name(self) -> str:
        """Its name, and where that is not enough its module: ``conv.W``."""
        return f"{self.module}.{self.name}" if self.module else self.name


class Page:
    """Writes the page of a player; it keeps the numbers as they are when it is made."""

    def __init__(
        self,
        drawing: Playable,
        steps: tuple[Step, ...],
        outputs: tuple[Node, ...],
        theme: str,
        digits: int,
        lr: float,
        note: str = "",  # a sentence below the table
    ) -> None:
        self.note = note
        self.drawing, self.steps, self.theme, self.digits = drawing, steps, theme, digits
        self.lr = checks.number("lr", lr, at_least=0, example="0.1")
        self.graph = Graph(*outputs)
        self.cost = slots.value(self.graph.position[outputs[0]])
        names = {i: self.graph.names[i] for i in drawing.leaves}
        shared = {name for name, n in Counter(names.values()).items() if n > 1}
        self.leaves = tuple(self._leaf(i, name, name in shared) for i, name in names.items())
        self.recomputation = recomputation(outputs, drawing.pairs)
        self.known = dict(self._known()) if self.recomputation.why_not else {}

    def _leaf(self, i: int, name: str, shared: bool) -> Leaf:
        node, role = self.graph.nodes[i], self.drawing.leaves[i]
        users = {self.graph.nodes[edge.target].module or "" for edge in self.graph.outgoing[i]}
        module = translated(printable(users.pop()), self.drawing.lang) if shared and len(users) == 1 else ""
        numbers = tuple(_entries(data_of(node)))
        name = subscripted(printable(name))
        return Leaf(i, name, module, numbers, tuple(node.shape), role == "parameter", node.requires_grad)

    def _known(self) -> Iterator[tuple[str, list[float]]]:
        """The numbers that the steps ask for or collect; of an array of many entries its norm alone."""
        written = {slot for step in self.steps for _, slot in step.gradients} | {step.asked for step in self.steps}
        written |= {slot for step in self.steps for _, slot in step.alternatives}
        flows = InverseNetwork(self.graph).run()
        for name in sorted({self.cost, *(name for slot in written for name in slots.names_in(slot))}):
            if (box := slots.box_of(name)) is not None:
                node = self.graph.nodes[box]
                found = _entries(data_of(node if slots.value(box) == name else flows[node]))
                yield name, found if len(found) <= MAX_EDITABLE_ENTRIES else [norm(found)]
            elif (x := self.drawing.slot_value(name)) is not None:
                yield name, [x]

    @property
    def title(self) -> str:
        """What stands above it."""
        return printable(self.drawing.title or "") or texts(self.drawing.lang).page["title"]

    def html(self) -> str:
        """The page."""
        words = texts(self.drawing.lang).page
        style, script, data = source(*STYLES), source(*SCRIPTS), self._data()
        said = [*data["words"]["rules"], *data["words"]["mistakes"].values()]
        shown = [*texts(self.drawing.lang).script.values(), *map(escape, said)]
        shown += [escape(step["title"]) + step["equations"] + step["numbers"] for step in data["steps"]]
        return page(self.title, self.drawing.lang, self.theme, style, self._body(words), script, data, shown)

    # The parts of the page.

    def _body(self, words: Texts) -> str:
        """The controls stand before what they control, so that a keyboard reaches them first."""
        title = escape(self.title)
        width, height = (round(MIN_SCALE * length) for length in self.drawing.extent)
        one, twin = map(self._stage, VIEWS)
        hints = (
            f"<kbd>←</kbd> <kbd>→</kbd> {words['k step']} · <kbd>{words['space']}</kbd> {words['k play']} · "
            f"<kbd>F</kbd> {words['k flip']} · <kbd>Q</kbd> {words['k quiz']} · "
            f"<kbd>{words['home']}</kbd> <kbd>{words['end']}</kbd>"
        )
        keys = button("keys", words["b keys"], SIGN.format(KEYBOARD), True).replace('"false"', '"true"', 1)
        return (
            f'<header><h1>{title}</h1><span id="mode">{words["forward"]}</span>{keys}'
            f'<small id="hints">{hints}</small></header>\n'
            f"<footer>{controls(words)}"
            f'<input type="range" id="slider" min="1" max="{len(self.steps)}" value="1" aria-label="{words["slider"]}">'
            f'<output id="count">1 / {len(self.steps)}</output>'
            f"{button('flip', words['b flip'], '⇄', True)}{button('ask', words['b ask'], '?', True)}</footer>\n"
            f'<main style="--width:{width}px;--height:{height}px">\n<section id="stage" tabindex="0" '
            f'aria-label="{words["stage"]}"><div id="one">{one}</div><div id="twin">{twin}</div>'
            f'<div id="editor" popover role="dialog" aria-label="{words["value"]}">'
            f"{button('less', words['less'], '−')}"
            f'<input type="text" id="entry" aria-label="{words["value"]}" {FIELD}>'
            f"{button('more', words['more'], '+')}</div></section>\n"
            '<aside><section class="card" id="step" aria-live="polite" tabindex="0" aria-labelledby="title">'
            f'<p id="rule">&#160;</p><h2 id="title">{title}</h2><div id="equations"></div></section>\n'
            f'<section class="card" id="quiz" hidden aria-label="{words["b ask"]}"><p id="question"></p>'
            f'<div class="tools"><label for="answer">{words["answer"]}</label>'
            f'<input type="text" id="answer" {FIELD}>'
            f'<button id="check">{words["check"]}</button><button id="reveal">{words["reveal"]}</button></div>'
            f'<p id="verdict" aria-live="polite"></p><p class="note" id="score"></p></section></aside>\n'
            f'<section class="card" id="gradients"><h2>{words["gradients"]}</h2>{self._table(words)}'
            f"{self._tools(words)}{self._note(words)}</section>\n"
            f'</main>\n<section id="handout-section"><ol id="handout"></ol></section>\n'
            "<noscript><style>#twin{visibility:visible!important;opacity:1!important;grid-area:auto!important}"
            "body{height:auto!important}footer,aside,#keys,#hints{display:none!important}</style></noscript>"
        )

    def _stage(self, view: View) -> str:
        """One view; its parts are called what stands in them, but for the numbers, which the script puts in."""
        width, height = (math.ceil(x) for x in self.drawing.extent)
        label = escape(" ".join(self.drawing.heading(view)), quote=True)
        shapes = (
            item._replace(title="".join(self._label(item)[::2]).strip()) if isinstance(item, Part) else item
            for item in self.drawing.shapes(view)
        )
        return document(width, height, Paint(None).drawing(shapes, view), f'aria-label="{label}"', role="group")

    def _labels(self) -> dict[str, list[str]]:
        """What the parts of both views are called: words and slots by turns."""
        labels = {
            f"{view[0]}-{item.name}": self._label(item)
            for view in VIEWS
            for item in self.drawing.shapes(view)
            if isinstance(item, Part)
        }
        return {name: words for name, words in labels.items() if any(map(str.strip, words[::2]))}

    def _label(self, item: Part) -> list[str]:
        words = [""]
        for piece in item.shapes:
            if isinstance(piece, Text) and piece.slot:
                words += [piece.slot, " "]
            elif isinstance(piece, Text) and piece.style != "mark":  # the number of a rule
                words[-1] += f"{piece.text} "
            elif isinstance(piece, Path) and piece.slot in self._edges:
                words = [f"{self._edges[piece.slot]} = ", piece.slot, ""]
        return words

    @cached_property
    def _edges(self) -> dict[str, str]:
        """The names of the numbers that an edge can show: weights, and their gradients."""
        J = self.drawing.output
        values = {slots.value(leaf.box): leaf.name for leaf in self.leaves}
        return values | {slots.flow(leaf.box): f"∂{J}/∂{leaf.name}" for leaf in self.leaves}

    def _table(self, words: Texts) -> str:
        J = escape(printable(self.drawing.output))
        rows = "".join(self._row(leaf, words) for leaf in self.leaves)
        stop = f' tabindex="0" role="group" aria-label="{words["gradients"]}"' if self.recomputation.why_not else ""
        return (
            f'<div id="scroll"{stop}><table role="table"><thead role="rowgroup"><tr role="row">'
            f'<th role="columnheader">{words["name"]}</th><th role="columnheader">{words["value"]}</th>'
            f'<th role="columnheader">∂{J}/∂·</th></tr></thead>'
            f'<tbody role="rowgroup" id="numbers">{rows}</tbody></table></div>'
        )

    def _row(self, leaf: Leaf, words: Texts) -> str:
        written = "; ".join(f"{x:.6g}".replace("-", "−") if math.isfinite(x) else number(x) for x in leaf.numbers)
        label = escape(f"{words['value of']} {leaf.full_name}", quote=True)
        wide = len(leaf.numbers) > 1
        name = f'id="{slots.value(leaf.box)}" aria-label="{label}" autocomplete="off"'
        if leaf.many:
            cell = size(leaf.shape)
        elif self.recomputation.why_not:
            cell = escape("; ".join(number(x, self.digits) for x in leaf.numbers))
        elif wide:
            rows = math.ceil(len(leaf.numbers) / 3)  # for browsers that do not fit a field to its text
            cell = f'<textarea {name} rows="{rows}">{written}</textarea>'
        else:
            cell = f'<input type="text" {name} value="{written}">'
        module = f"<small>{escape(leaf.module)}</small>" if leaf.module else ""
        head = f'<th role="rowheader"><span class="serif-italic">{escape(leaf.name)}</span>{module}</th>'
        arrived = f' class="g" id="g{leaf.box}">{DASH}' if leaf.differentiable else ">"
        return (
            f'<tr role="row"{" class=wide" if wide else ""}>{head}<td role="cell">{cell}</td>'
            f'<td role="cell"{arrived}</td></tr>'
        )

    def _tools(self, words: Texts) -> str:
        """The cost, a step of gradient descent, and back to the beginning."""
        J = escape(printable(self.drawing.output))
        tools = f'<span><span class="serif-italic">{J}</span> = <span id="cost">{DASH}</span></span>'
        editable = not self.recomputation.why_not
        if editable and any(leaf.trained for leaf in self.leaves):
            tools += (
                f'<label for="rate">α</label>'
                f'<input type="text" id="rate" value="{self.lr:g}" {FIELD}>'
                f'<button id="update">w ← w − α ∂{J}/∂w</button>'
            )
        if editable:
            tools += f'<button id="reset">{words["reset"]}</button>'
        return f'<div class="tools">{tools}<p id="say" aria-live="polite"></p></div>'

    def _note(self, words: Texts) -> str:
        why_not = self.recomputation.why_not
        note = " ".join(self.drawing.warnings()) or (words["cannot"] + why_not if why_not else "")
        return "".join(f'<p class="note">{escape(each)}</p>' for each in (note, self.note) if each)

    # What the scripts work on.

    def _data(self) -> PlayerData:
        found = self.recomputation
        places, numbers = self._kept() if found.why_not else (found.slots, [])
        return {
            "words": {
                **texts(self.drawing.lang).script,
                "rules": [_rule(rule, self.drawing.lang) for rule in Rule],
                "mistakes": {mistake: texts(self.drawing.lang).mistakes[mistake] for mistake in self._mistakes},
            },
            "steps": [self._step(step) for step in self.steps],
            "leaves": [
                {
                    "box": leaf.box,
                    "name": leaf.full_name,
                    "numbers": () if found.why_not else leaf.numbers,
                    "trained": leaf.trained,
                }
                for leaf in self.leaves
            ],
            "labels": self._labels(),
            "digits": self.digits,
            "output": printable(self.drawing.output),
            "cost": self.cost,
            "code": None if found.why_not else found.code,
            "order": [box for box, _ in found.leaves],
            "slots": places,
            "numbers": numbers,
        }

    def _kept(self) -> tuple[dict[str, Any], list[float]]:
        """The numbers that are known where they cannot be computed, and their places."""
        places: dict[str, Any] = {}
        numbers: list[float] = []
        for slot, known in self.known.items():
            here = list(range(len(numbers), len(numbers) + len(known)))
            places[slot] = here[0] if self._is_one(slot) else here
            numbers += known
        return places, numbers

    def _is_one(self, slot: str) -> bool:
        box = slots.box_of(slot)
        return box is None or self.graph.nodes[box].shape == ()

    @property
    def _mistakes(self) -> list[str]:
        """Those that the quiz may tell of."""
        return list(dict.fromkeys(mistake for step in self.steps for mistake, _ in step.alternatives))

    def _step(self, step: Step) -> StepData:
        many = {leaf.box for leaf in self.leaves if leaf.many}
        return {
            "view": step.view,
            "parts": step.parts,
            "rule": step.rule.value if step.rule else 0,
            "title": step.title,
            "equations": "".join(map(breakable, step.equations)),
            "numbers": "".join(map(breakable, step.numbers)),
            "asked": step.asked,
            "alternatives": step.alternatives,
            "results": [t.slot for f in step.numbers for t in f if isinstance(t, Number) and t.result and t.slot],
            "gradients": [(box, slots.norm(slot) if box in many else slot) for box, slot in step.gradients],
        }


def _entries(data: Any) -> list[float]:
    """All numbers of a node's data."""
    return [data] if isinstance(data, float) else [float(x) for x in to_numpy(data).ravel().tolist()]


def breakable(formula: Formula) -> str:
    """A formula in MathML that can be broken in front of =, + and −: a long one must not hide its result."""
    terms = [piece for term in formula for piece in (BREAK.split(term) if isinstance(term, str) else [term])]
    pieces: list[list[Term]] = [[]]
    for term in filter(None, terms):
        if isinstance(term, str) and BREAK.match(term) and pieces[-1]:
            pieces.append([])
        pieces[-1].append(term)
    first, *others = (mathml(tuple(piece)) for piece in pieces)
    signs = (other.replace("<mo>", '<mo form="infix">', 1) for other in others)  # they are not those of a number
    return f'<p class="formula">{" ".join([first, *signs])}</p>'


def _rule(rule: Rule, lang: str) -> str:
    names = rule.names(lang)
    return f"{names.forward} ↔ {names.inverse}"
