"""The drawing of a network neuron by neuron, in one of two styles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Self

from inversa.autograd.languages import texts
from inversa.autograd.printing import printable
from inversa.viz.cards.writer import Writer
from inversa.viz.drawing.interfaces import Export, Step
from inversa.viz.drawing.shapes import Shape, Shapes
from inversa.viz.lettering.sentences import activation_name, counted, loss_name, say, way
from inversa.viz.lettering.spans import View
from inversa.viz.neurons import exports
from inversa.viz.neurons.circles import Dense, dense_legend
from inversa.viz.neurons.elements import COMPACT, NATURAL, SLIDES, TIGHT, sheets
from inversa.viz.neurons.lecture import Lecture, fits
from inversa.viz.neurons.rules_table import table
from inversa.viz.neurons.sheet import Sheet
from inversa.viz.neurons.steps import DenseSteps, LectureSteps
from inversa.viz.neurons.structure import Structure
from inversa.viz.neurons.upright import PHONE, WIDE, Upright
from inversa.viz.neurons.writer import NeuronWriter
from inversa.viz.picture import slots
from inversa.viz.picture.staleness import warnings

# The forms of each style, in order of preference: what lays them out.
LECTURE: dict[str, Callable[..., Any]] = {
    "natural": partial(Lecture, base=NATURAL),
    "compact": partial(Lecture, base=COMPACT),
    "slides": partial(Lecture, base=SLIDES),
    "tight": partial(Lecture, base=TIGHT),
    "upright": partial(Upright, columns=WIDE),
    "phone": partial(Upright, columns=PHONE),
}
DENSE: dict[str, Callable[..., Any]] = {
    "natural": Dense,
    "compact": partial(Dense, pitch=246.0, row=112.0),
    "upright": partial(Dense, upright=True),
    "unlabelled": partial(Dense, upright=True, labelled=False),
    "phone": partial(Dense, upright=True, labelled=False, biases=False, most=3),
}


@dataclass(frozen=True)
class NeuronDrawing:
    """A network of neurons and its inverse: with Σ, ψ and pills when it is small, else circles and weighted edges."""

    structure: Structure
    lang: str
    title: str | None = None
    digits: int = 4
    loss: str = ""
    valued: bool = True
    target: str = ""  # what the loss compares with, where no box holds it
    link: str = ""  # the softmax or sigmoid in the loss
    dense: bool = False  # whether it is drawn with circles though it is small
    form: str = "natural"
    brief: bool = False  # whether what is given is written with no more decimals than it has

    @property
    def output(self) -> str:
        """What is differentiated."""
        return self.structure.picture.output

    @property
    def obstacle(self) -> str:
        """Why there is no inverse network; empty when there is one."""
        return self.structure.picture.obstacle

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height in pixels, without title and margin."""
        sheet = self.sheet("forward")
        return sheet.width, sheet.height

    @property
    def hides(self) -> bool:
        """Whether some numbers are not to be seen."""
        return bool(self.structure.picture.hidden)

    def translated(self, lang: str) -> Self:
        """The same in another language."""
        return self if lang == self.lang else replace(self, lang=lang)

    @cached_property
    def lettering(self) -> NeuronWriter:
        """What writes the texts."""
        writer = Writer(self.structure.picture, self.lang, self.digits, brief=self.brief)
        loss = ", ".join(filter(None, (activation_name(self.link, self.lang), loss_name(self.loss, self.lang))))
        return NeuronWriter(self.structure, writer, loss, self.valued, self.target)

    @cached_property
    def small(self) -> bool:
        """Whether it is drawn in the lecture's style."""
        return fits(self.structure) and not self.dense

    @property
    def forms(self) -> Iterator[Self]:
        """The same in all its forms, in order of preference."""
        for form in LECTURE if self.small else DENSE:
            yield replace(self, form=form)

    @property
    def upright(self) -> bool:
        """Whether the signals flow from top to bottom."""
        return self.form in ("upright", "phone", "unlabelled")

    def sheet(self, view: View) -> Sheet:
        """Everything in one view at its place."""
        return self._sheets[view]

    @cached_property
    def _sheets(self) -> dict[View, Sheet]:
        return sheets(self.style) if self.small else self.style.sheets()

    @cached_property
    def style(self) -> Any:
        """What lays it out."""
        return (LECTURE if self.small else DENSE)[self.form](self.structure, self.lettering)

    def panel(self, views: Sequence[View]) -> tuple[list[Shape], float, float] | None:
        """The table of the rules that are marked, its width and height, where there is room for one."""
        marked = {e.rule for view in views for e in self.sheet(view).elements if e.rule is not None}
        if not marked or self.form in ("slides", "tight", "upright", "phone"):
            return None
        return table(self.lang, views, marked)

    def shapes(self, view: View) -> Shapes:
        """The shapes of one view, later ones on top."""
        return self.sheet(view).shapes()

    @property
    def sizes(self) -> str:
        """The architecture: ``2-3-3-1``."""
        return "-".join(map(str, self.structure.sizes))

    def heading(self, view: View) -> tuple[str, str]:
        """Title and legend; under an empty title it is only said what cannot be seen."""
        J = self.lettering.writer.output
        prefix = "" if view == "forward" else "inverse "
        title = say(f"{prefix}network", self.lang) if self.title is None else printable(self.title)
        kind = "circles" if view == "inverse" and not self.small else "network"
        flow = way(view, self.upright, self.lang)
        sentences = [say(f"{prefix}{kind} legend", self.lang, sizes=self.sizes, J=J, way=flow)] if title else []
        if view == "inverse" and self.structure.penalised:
            sentences.append(say("penalty legend", self.lang, J=J))
        sentences += [say(key, self.lang, J=J, **values) for key, values in self._legend(view)]
        if title and self.structure.picture.places:
            sentences.append(f"{texts(self.lang).placed(self.structure.picture.places)}.")
        return title, " ".join([*warnings(self.structure.picture, "inverse", self.lang), *sentences])

    def _legend(self, view: View) -> Iterator[tuple[str, dict[str, Any]]]:
        """The other sentences of the legend."""
        if not self.small:
            yield from dense_legend(self.structure, self.style, view)
        elif view == "inverse" and self.title != "":
            yield "kept legend", {}

    def description(self, view: View) -> str:
        """What it shows, for those who do not see it."""
        structure = self.structure
        J = self.output
        text = say(
            "network description" if view == "forward" else "inverse network description",
            self.lang,
            sizes=self.sizes,
            J=J,
            inputs=counted("input", len(structure.inputs), self.lang),
            **self._counts(self.lang),
        )
        kinds = {"forward": self.lettering.signal, "inverse": self.lettering.signal}[view]
        signals = [*structure.inputs, *(neuron.output for neuron in structure.neurons)][:40]
        parts = [" = ".join("".join(s.text for s in row.left) for row in kinds(n, view)) for n in signals]
        return f"{text} {'; '.join(parts)}."

    @property
    def exports(self) -> dict[str, Export]:
        """As a `graphviz.Digraph`, and as a Mermaid flowchart."""
        graph = partial(exports.digraph, self)
        return {".dot": graph, ".gv": graph, ".mmd": partial(exports.flowchart, self)}

    def steps(self) -> tuple[Step, ...]:
        """Running it, forwards and then backwards, step by step."""
        kind = LectureSteps if self.small else DenseSteps
        return tuple(kind(self.structure, self.lettering, self.sheet("forward"), self.sheet("inverse")).steps())

    @property
    def leaves(self) -> dict[int, str]:
        """The boxes that can be edited, and what they are: "parameter" or "data"."""
        order: list[int | None] = []
        for neuron in self.structure.neurons:
            order += [*(x.weight for x in neuron.inputs), neuron.bias]
        order += [*self.structure.inputs, *self.structure.targets]
        roles = self.structure.picture.leaves
        return {n: roles[n] for n in order if n is not None} | roles

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The outputs and sums of neurons whose ψ is several operations, and those that a softmax joins."""
        slopes = [(neuron.output, n) for neuron in self.structure.neurons for n in neuron.joins or (neuron.sum,)]
        return tuple((a, b) for a, b in slopes if a != b and slots.ends(self.structure.slope_slot(a, b)))

    def slot_value(self, slot: str) -> float | None:
        """A number of the graph; None where it is none, or several."""
        ends = slots.ends(slot)
        return slots.look_up(slot, self.structure.picture) if ends is None else self.structure.slope(*ends)

    def warnings(self) -> tuple[str, ...]:
        """What is wrong with its numbers."""
        return tuple(warnings(self.structure.picture, "inverse", self.lang))

    def size_text(self) -> str:
        """How much it is."""
        return ", ".join([f"{self.sizes} network", *self._counts("en").values()])

    def _counts(self, lang: str) -> dict[str, str]:
        fans = [len(neuron.inputs) for neuron in self.structure.neurons]
        return {"neurons": counted("neuron", len(fans), lang), "weights": counted("weight", sum(fans), lang)}
