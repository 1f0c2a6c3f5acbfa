"""Language: all that is printed and drawn, in one language. A file of this folder fills it in."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Language:
    """The sentences of a language, and the grammar that sentences with blanks do not have.

    Attributes
    ----------
    name : str
        What the language calls itself.
    rules : tuple of (str, str)
        The eight rules of the inverse neuron: what an element and its dual are called.
    routes : mapping
        What the dual of an operation does that computes nothing.
    phrases : mapping
        The English words of declarations and tables, and what replaces them. Names of functions that all languages
        share, such as tanh, are no words.
    losses, activations, quantities : mapping
        Names of `inversa.nn`, and what replaces them; a name that is missing is written as it is.
    picture, page, script, playground, plot, tour, command, slides, answer, examiner : mapping
        The sentences of pictures, of pages and of their scripts, of the playground, of plots, of the tour, of the
        command line, of slides, of answers to exercises and of engines that were examined.
    mistakes : mapping
        What was done where a rule of the inverse neuron was broken: clauses to stand behind "when".
    plot_names : mapping
        What plots call functions and settings otherwise than pictures do.
    live : mapping
        What a page says about code that it has run.
    exercise, exam : mapping
        The sentences of exercises and of what is said about answers; and those of sheets and questions made of them.
    live_page : mapping
        The sentences of the page in which Python runs.
    part : callable
        The name of a layer or neuron: from its side (``"hidden"``, ``"output"``), its kind (``"layer"``, ``"neuron"``),
        its number with a space before it, the number of its neuron or None, and whether its inverse is meant.
    """

    name: str
    rules: tuple[tuple[str, str], ...]
    routes: Texts
    phrases: Texts
    losses: Texts
    activations: Texts
    quantities: Texts
    picture: Texts
    page: Texts
    script: Texts
    playground: Texts
    mistakes: Texts
    plot: Texts
    plot_names: Texts
    tour: Texts
    command: Texts
    slides: Texts
    exercise: Texts
    exam: Texts
    answer: Texts
    examiner: Texts
    live: Texts
    live_page: Texts
    part: Callable[[str, str, str, str | None, bool], str]

    def worded(self, text: str) -> str:
        """The text of a declaration in this language; operands in braces, signs and numbers stay.

        >>> from inversa.autograd.languages.es import LANGUAGE as spanish
        >>> spanish.worded("max of windows of {x}"), spanish.worded("1 if {a} > {b}")
        ('máx. de ventanas de {x}', '1 si {a} > {b}')
        """
        return self._phrase.sub(lambda match: self.phrases[match[0]], text) if self.phrases else text

    def placed(self, places: Collection[tuple[str, str, str]]) -> str:
        """Where arrays lie: their types, libraries and devices.

        >>> from inversa.autograd.languages.es import LANGUAGE as spanish
        >>> spanish.placed([("float32", "torch", "cuda:0"), ("float64", "dask", "")])
        'float32 · torch en cuda:0; float64 · dask'
        """
        text = self.picture["place"]
        named = (text.format(type=kind, library=library, device=device) for kind, library, device in places if device)
        return "; ".join([*named, *(f"{kind} · {library}" for kind, library, device in places if not device)])

    @cached_property
    def _phrase(self) -> re.Pattern[str]:
        longest_first = sorted(map(re.escape, self.phrases), key=len, reverse=True)
        return re.compile(rf"(?<![\w{{])(?:{'|'.join(longest_first)})(?![\w}}])")
