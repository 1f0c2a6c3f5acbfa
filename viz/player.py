"""The player: a page in which a network is run forwards and then backwards, step by step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from inversa.autograd import Graph, InverseNetwork, Node, Rule
from inversa.autograd.node import plain as data_of
from inversa.nn import Module
from inversa.nn.files import write_atomically
from inversa.viz.beamer import slides
from inversa.viz.cards import VIEWS
from inversa.viz.composition import SMALLEST, form_for
from inversa.viz.draw import chosen, drawn
from inversa.viz.drawing import Drawing
from inversa.viz.figure import Figure
from inversa.viz.formula import Number, mathml
from inversa.viz.frames import animated_svg, gif, mp4, save_frames
from inversa.viz.models import network_of
from inversa.viz.neurons.structure import StructureError
from inversa.viz.notebook import framed
from inversa.viz.pages import button, controls, page, source
from inversa.viz.recomputation import Recomputation, recomputation
from inversa.viz.steps import Step
from inversa.viz.svg import bare
from inversa.viz.texts import DASH, number, printable, size, subscripted
from inversa.viz.theme import THEMES
from inversa.viz.words import WORDS

MOST = 400  # steps
SCRIPTS = ("engine.js", "paint.js", "player.js")
STAGE = 1222.0, 398.0  # pixels that the drawing has on a screen of 1280 × 720
ENTRIES = 24  # of an array that can be edited


def player(
    node: Node | Graph | InverseNetwork | Module,
    x: Any = None,
    y: Any = None,
    *,
    loss: str | Callable[..., Any] | None = None,
    lang: str | None = None,
    detail: str = "auto",
    depth: int | None = None,
    data: Node | str | Iterable[Node | str] = (),
    title: str | None = None,
    theme: str = "auto",
    digits: int = 4,
    lr: float = 0.1,
) -> Player:
    """A page that runs a network step by step: forwards, and then its inverse.

    Every step names its rule and shows its equation, also with the numbers in it; the gradients are collected in a
    table. Numbers of steps to come are hidden, so that they can be predicted; in the quiz they have to be typed. Inputs
    and parameters can be edited, and a step of gradient descent be taken: the page computes everything anew.

    Parameters
    ----------
    node, x, y, loss, lang, detail, depth, data, title, theme, digits
        As for `draw`.
    lr : float
        The learning rate α that the page offers for w ← w − α ∂J/∂w.

    Returns
    -------
    Player
        To look at in a notebook, or to `Player.render` to an HTML file, which needs no network.

    Raises
    ------
    ValueError
        As for `draw`, and for a graph of more than 400 steps.

    Examples
    --------
    >>> from inversa import viz
    >>> from inversa.nn import MLP
    >>> viz.player(MLP([2, 2, 1], activation="tanh", seed=0), [0.5, -1.0], 1.0, loss="mse")
    <Player of J: 34 steps>
    """
    chosen("theme", theme, THEMES)
    settings: dict[str, Any] = {"loss": loss, "lang": lang, "depth": depth, "title": title, "digits": digits}
    data = [data] if isinstance(data, Node | str) else list(data)
    try:  # neuron by neuron where it can be
        neuron = "neuron" if detail == "auto" and not isinstance(network_of(node), Module) else detail
        drawing, outputs = drawn(node, x, y, detail=neuron, data=data, **settings)
    except StructureError:
        if detail == "neuron":
            raise
        drawing, outputs = drawn(node, x, y, detail=detail, data=data, **settings)
    if drawing.obstacle:
        raise ValueError(f"there is no inverse network to run: {drawing.obstacle}")
    return Player(drawing, outputs, theme, digits, lr)


@dataclass(frozen=True)
class Leaf:
    """A leaf in the player's table."""

    box: int
    name: str
    numbers: tuple[float, ...]
    shape: tuple[int, ...]
    trained: bool
    differentiable: bool


class Player:
    """What `player` returns. It is a snapshot: what happens to the nodes later does not change it.

    Attributes
    ----------
    steps : tuple of Step
        What is shown, one after another.
    seconds : float
        How long a step lasts in films.
    """

    seconds = 1.5

    def __init__(self, drawing: Drawing, outputs: tuple[Node, ...], theme: str, digits: int, lr: float) -> None:
        self._drawing = form_for(drawing, *STAGE)
        self._theme, self._digits, self._lr = theme, digits, lr
        self.steps: tuple[Step, ...] = self._drawing.steps()
        if len(self.steps) > MOST:
            raise ValueError(
                f"{len(self.steps)} steps are too many for a player: draw less of it, with detail='layer', or a "
                "smaller network"
            )
        graph = Graph(*outputs)
        self._leaves = tuple(self._leaf(i, graph.nodes[i]) for i in self._drawing.leaves)
        self._recomputation: Recomputation = recomputation(outputs, self._drawing.pairs)
        self._output = graph.position[outputs[0]]

    def _leaf(self, i: int, node: Node) -> Leaf:
        array = data_of(node)
        numbers = (array,) if isinstance(array, float) else tuple(map(float, array.ravel().tolist()))
        role = self._drawing.leaves[i]
        name = subscripted(printable(node.name or f"v{i}"))
        return Leaf(i, name, numbers, tuple(node.shape), role == "parameter", node.requires_grad)

    @property
    def _lang(self) -> str:
        return self._drawing.lang

    @cached_property
    def _title(self) -> str:
        return printable(self._drawing.title or "") or WORDS[self._lang]["title"]

    def html(self) -> str:
        """The page."""
        words = WORDS[self._lang]
        script = "".join(map(source, SCRIPTS))
        return page(
            self._title,
            self._lang,
            self._theme,
            source("page.css") + source("player.css"),
            self._body(words),
            script,
            self._data(),
            [*words["script"].values(), *(_rule(rule, self._lang) for rule in Rule), *map(self._shown, self.steps)],
        )

    @staticmethod
    def _shown(step: Step) -> str:
        return escape(step.title) + "".join(map(mathml, (*step.equations, *step.numbers)))

    # The parts of the page.

    def _body(self, words: dict[str, Any]) -> str:
        title = escape(self._title)
        width = round(SMALLEST * self._drawing.extent[0])
        one, twin = (bare(self._drawing, view) for view in VIEWS)
        warning = " ".join(self._drawing.warnings())
        note = escape(warning or (words["cannot"] + self._recomputation.why_not if self._recomputation.why_not else ""))
        said = f'<p class="note">{note}</p>' if note else ""
        keys = (
            f"<kbd>←</kbd> <kbd>→</kbd> {words['k step']} · <kbd>{words['space']}</kbd> {words['k play']} · "
            f"<kbd>F</kbd> {words['k flip']} · <kbd>Q</kbd> {words['k quiz']} · <kbd>Home</kbd> <kbd>End</kbd>"
        )
        return (
            f'<header><h1>{title}</h1><span id="mode">{words["forward"]}</span></header>\n<main>\n'
            f'<section id="stage" style="--least:{width}px" tabindex="0" aria-label="{words["stage"]}">'
            f'<div id="one">{one}</div><div id="twin">{twin}</div></section>\n<aside>\n'
            '<section class="card" id="step" aria-live="polite" tabindex="0" aria-labelledby="title">'
            f'<p id="rule">&#160;</p><h2 id="title">{title}</h2><div id="equations"></div></section>\n'
            f'<section class="card" id="quiz" hidden aria-label="{words["b ask"]}"><p id="question"></p>'
            f'<div class="tools"><label for="answer">{words["answer"]}</label>'
            f'<input type="text" id="answer" inputmode="decimal" autocomplete="off">'
            f'<button id="check">{words["check"]}</button><button id="reveal">{words["reveal"]}</button></div>'
            f'<p id="verdict" aria-live="polite"></p><p class="note" id="score"></p></section>\n'
            f'<section class="card" id="gradients"><h2>{words["gradients"]}</h2>{self._table(words)}'
            f'{self._tools(words)}<p id="say" aria-live="polite"></p>{said}</section>\n'
            f'</aside>\n</main>\n<section id="handout-section"><ol id="handout"></ol></section>\n'
            f"<footer>{controls(words)}"
            f'<input type="range" id="slider" min="1" max="{len(self.steps)}" value="1" aria-label="{words["slider"]}">'
            f'<output id="count">1 / {len(self.steps)}</output>'
            f"{button('flip', words['b flip'], '⇄', True)}{button('ask', words['b ask'], '?', True)}"
            f"<small>{keys}</small></footer>\n"
            "<noscript><style>#twin{position:static!important;visibility:visible!important;opacity:1!important}"
            ":is(#one,#twin) g{opacity:1!important}footer,#step{display:none!important}</style></noscript>"
        )

    def _table(self, words: dict[str, Any]) -> str:
        J = escape(printable(self._drawing.output))
        rows = "".join(map(self._row, self._leaves))
        value = f'<td role="cell" data-n="v{self._output}">{escape(self._value(self._output))}</td>'
        return (
            f'<table role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader">{words["name"]}</th>'
            f'<th role="columnheader">{words["value"]}</th><th role="columnheader">∂{J}/∂·</th></tr></thead>'
            f'<tbody role="rowgroup" id="numbers">{rows}</tbody><tfoot role="rowgroup"><tr role="row">'
            f'<th role="rowheader" class="serif-italic">{J}</th>{value}<td role="cell"></td></tr></tfoot></table>'
        )

    def _row(self, leaf: Leaf) -> str:
        words = WORDS[self._lang]
        name = f'<span class="serif-italic">{escape(leaf.name)}</span>'
        if len(leaf.numbers) > ENTRIES:
            cell = size(leaf.shape)
        elif self._recomputation.why_not:
            cell = escape("; ".join(number(x, self._digits) for x in leaf.numbers))
        else:
            written = "; ".join(f"{x:.6g}".replace("-", "−") for x in leaf.numbers)
            label = escape(f"{words['value of']} {leaf.name}", quote=True)
            cell = f'<input type="text" id="v{leaf.box}" value="{written}" aria-label="{label}" autocomplete="off">'
        arrived = f' class="g" id="g{leaf.box}">{DASH}' if leaf.differentiable else ">"
        cells = f'<th role="rowheader">{name}</th><td role="cell">{cell}</td><td role="cell"{arrived}</td>'
        return f'<tr role="row">{cells}</tr>'

    def _tools(self, words: dict[str, Any]) -> str:
        if self._recomputation.why_not:
            return ""
        reset = f'<button id="reset">{words["reset"]}</button>'
        if not any(leaf.trained for leaf in self._leaves):
            return f'<div class="tools">{reset}</div>'
        J = escape(printable(self._drawing.output))
        return (
            f'<div class="tools"><label for="rate">α</label>'
            f'<input type="text" id="rate" value="{self._lr:g}" inputmode="decimal" autocomplete="off">'
            f'<button id="update">w ← w − α ∂{J}/∂w</button>{reset}</div>'
        )

    def _value(self, n: int) -> str:
        return self._drawing.number(f"v{n}")

    def _data(self) -> dict[str, Any]:
        found = self._recomputation
        slots = found.slots
        data: dict[str, Any] = {
            "words": {**WORDS[self._lang]["script"], "rules": [_rule(rule, self._lang) for rule in Rule]},
            "steps": [self._step(step) for step in self.steps],
            "leaves": [
                {"box": leaf.box, "numbers": leaf.numbers if not found.why_not else [], "trained": leaf.trained}
                for leaf in self._leaves
            ],
            "digits": self._digits,
            "output": printable(self._drawing.output),
            "cost": f"v{self._output}",
        }
        if not found.why_not:
            return {**data, "code": found.code, "slots": slots, "order": [box for box, _ in found.leaves]}
        known = {slot: x for slot in self._slots() if (x := self._drawing.slot_value(slot)) is not None}
        return {
            **data,
            "code": None,
            "slots": {slot: i for i, slot in enumerate(known)},
            "numbers": list(known.values()),
        }

    def _slots(self) -> set[str]:
        """The slots that the steps ask for or collect."""
        written = {slot for step in self.steps for _, slot in step.gradients} | {step.asked for step in self.steps}
        return {part for slot in written for term in slot.split("+") for part in term.split("*") if part}

    def _step(self, step: Step) -> dict[str, Any]:
        results = [t.slot for f in step.numbers for t in f if isinstance(t, Number) and t.result and t.slot]
        return {
            "v": step.view[0],
            "p": step.parts,
            "r": step.rule.value if step.rule else 0,
            "t": step.title,
            "th": escape(step.title),
            "e": "".join(map(mathml, step.equations)),
            "n": "".join(map(mathml, step.numbers)),
            "a": step.asked,
            "h": results,
            "g": step.gradients,
        }

    # Saving and showing it.

    def render(self, path: str | os.PathLike[str]) -> Path:
        """Save the player, or its run.

        Parameters
        ----------
        path : path-like
            Ending in .html; or for the run in .gif, in .mp4 (with ffmpeg), in .svg, which plays by itself, or in .tex,
            as overlays for Beamer. The file is replaced at once when it is complete, never left half-written.

        Returns
        -------
        Path
            The path.
        """
        path = Path(path)
        write = self._writers.get(path.suffix.lower())
        if write is None:
            raise ValueError(f"cannot save as {str(path)!r}: the suffix is one of {', '.join(self._writers)}")
        content = write()
        return write_atomically(path, content if isinstance(content, bytes) else content.encode())

    @property
    def _writers(self) -> dict[str, Callable[[], str | bytes]]:
        run = (self._drawing, self.steps, self.seconds, "light" if self._theme == "auto" else self._theme)
        return {
            ".html": self.html,
            ".gif": lambda: gif(*run),
            ".mp4": lambda: mp4(*run),
            ".svg": lambda: animated_svg(*run),
            ".tex": lambda: slides(self._drawing, self.steps, self._theme),
        }

    def frames(self, folder: str | os.PathLike[str], suffix: str = ".svg") -> list[Path]:
        """Save every step as a picture, ``01.svg``, ``02.svg``, … in a folder; the suffix is .svg or .png."""
        if suffix not in (".svg", ".png"):
            raise ValueError(f"frames are saved as .svg or .png, not {suffix!r}")
        return save_frames(self._drawing, self.steps, folder, suffix, "light" if self._theme == "auto" else self._theme)

    def figure(self) -> Figure:
        """Both pictures, one above the other."""
        return Figure(self._drawing, VIEWS, self._theme)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """In a notebook the page in a frame of its own, and below it the pictures for where no script may run."""
        summary = WORDS[self._lang]["static"]
        return framed(self.html(), self._title, 760, self.figure(), summary) | {"text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Player of {self._drawing.output}: {len(self.steps)} steps>"


def _rule(rule: Rule, lang: str) -> str:
    names = rule.names(lang)
    return f"{names.forward} ↔ {names.inverse}"
