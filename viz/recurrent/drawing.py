"""The drawing of a recurrent neuron."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Self

from inversa.autograd.printing import printable
from inversa.viz.drawing.interfaces import Step
from inversa.viz.drawing.shapes import Shape
from inversa.viz.lettering.sentences import say
from inversa.viz.lettering.spans import View
from inversa.viz.neurons.drawing import NeuronDrawing
from inversa.viz.neurons.rules_table import table
from inversa.viz.neurons.sheet import Sheet
from inversa.viz.picture.staleness import warnings
from inversa.viz.recurrent.folded import Folded
from inversa.viz.recurrent.recurrence import Recurrence, state
from inversa.viz.recurrent.steps import RecurrentSteps
from inversa.viz.recurrent.unrolled import Unrolled

UNROLLED: dict[str, Callable[..., Any]] = {
    "natural": partial(Unrolled, most=4),
    "three": partial(Unrolled, most=3),
    "two": partial(Unrolled, most=2),
}
MOST_PLAYED = 8  # steps that a player walks through; of more the first and the last ones
MOST_SAID = 40  # numbers in a description
FOLDED: dict[str, Callable[..., Any]] = {"natural": Folded}


@dataclass(frozen=True)
class RecurrentDrawing(NeuronDrawing):
    """A recurrent neuron and its inverse, unrolled in time or folded."""

    length: int = 1  # how many steps there are
    folded: bool = False
    whole: bool = False  # whether it has a column for every step, if these are not too many

    @cached_property
    def recurrence(self) -> Recurrence:
        """The steps."""
        return Recurrence(self.structure, self.length)

    @property
    def _layouts(self) -> dict[str, Callable[..., Any]]:
        return FOLDED if self.folded else UNROLLED

    @property
    def forms(self) -> Iterator[Self]:
        """The same in all its forms, in order of preference."""
        for form in ["natural"] if self.whole else self._layouts:
            yield replace(self, form=form)

    @property
    def upright(self) -> bool:
        """Time goes from left to right."""
        return False

    @cached_property
    def style(self) -> Any:
        """What lays it out."""
        if self.whole:
            return Unrolled(self.recurrence, self.lettering, most=MOST_PLAYED)
        return self._layouts[self.form](self.recurrence, self.lettering)

    @cached_property
    def _sheets(self) -> dict[View, Sheet]:
        sheets: dict[View, Sheet] = self.style.sheets()
        return sheets

    def panel(self, views: Sequence[View]) -> tuple[list[Shape], float, float] | None:
        """The table of the rules that are marked, its width and height."""
        return table(self.lang, views, {e.rule for view in views for e in self.sheet(view).elements if e.rule})

    def heading(self, view: View) -> tuple[str, str]:
        """Title and legend; under an empty title it is only said what cannot be seen."""
        J, picture = self.lettering.writer.output, self.structure.picture
        prefix = "" if view == "forward" else "inverse "
        usual = say(f"{prefix}recurrent", self.lang, n=self.length)
        title = usual if self.title is None else printable(self.title)
        names = [self.lettering.name(n) for n in self.recurrence.shared]
        shared = say("and", self.lang).join(filter(None, [", ".join(names[:-1]), names[-1]]))
        kind = "folded" if self.folded else "unrolled"
        sentences = [say(f"{prefix}{kind} legend", self.lang, shared=shared, J=J)] if title else []
        if view == "inverse" and any(map(self.recurrence.is_cut, range(self.length))):
            sentences.append(say("cut legend", self.lang))
        if view == "inverse" and self.structure.penalised:
            sentences.append(say("penalty legend", self.lang, J=J))
        return title, " ".join([*warnings(picture, "inverse", self.lang), *sentences])

    def description(self, view: View) -> str:
        """What it shows, for those who do not see it."""
        lettering, J, steps = self.lettering, self.output, self.recurrence.steps
        signals = [state(steps[0]).signal, *(n for step in steps for n in (step.sum, step.output))][:MOST_SAID]
        rows = [lettering.signal(n, view) for n in (*signals, *self.structure.outputs)]
        if view == "inverse":
            rows += [lettering.gradient(n) for n in self.recurrence.shared]
        said = [" = ".join("".join(span.text for span in row.left) for row in lines) for lines in rows]
        key = "recurrent description" if view == "forward" else "inverse recurrent description"
        return f"{say(key, self.lang, n=self.length, J=J)} {'; '.join(dict.fromkeys(said))}."

    def steps(self) -> tuple[Step, ...]:
        """Through time and back, step by step."""
        style = self.style
        shown = style.shown if isinstance(style, Unrolled) else [self.length - 1]
        sheets = self.sheet("forward"), self.sheet("inverse")
        return tuple(RecurrentSteps(self.recurrence, self.lettering, *sheets, shown).steps())

    def size_text(self) -> str:
        """How much it is."""
        return f"recurrent neuron, {self.length} step{'s' * (self.length != 1)}"
