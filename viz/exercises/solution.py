"""The worked solution: every rule with its equation, in names and in the rounded numbers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from inversa.viz.exercises.cells import Cell, Network
from inversa.viz.exercises.equations import Equations, label, phrase, step_title
from inversa.viz.exercises.running import Answers
from inversa.viz.exercises.writing import shown


class WorkedStep(NamedTuple):
    """One step of a solution: the sign of its rule, as ①, or nothing; what is done; and the equations."""

    mark: str
    title: str
    equations: tuple[str, ...]


def steps(network: Network, answers: Answers, decimals: int, lang: str) -> Iterator[WorkedStep]:
    """The steps, those of a neuron's weights together."""
    equations = Equations(network, answers.numbers, None if answers.exact else decimals)

    def together(cell: Cell) -> tuple[int, str]:
        kind = cell.kind if cell.kind != "new bias" else "new weight"
        return cell.neuron, kind

    for _, grouped in groupby(network.cells, together):
        cells = list(grouped)
        rule = equations.rule(cells[0])
        written = tuple(equations.worked(cell, lang) for cell in cells)
        yield WorkedStep("" if rule is None else rule.mark, step_title(equations, cells[0], lang), written)


def given(network: Network, lang: str) -> str:
    """The sentence with the numbers that are given."""
    numbers = (f"{network.labels[name]} = {shown(x)}" for name, x in network.given.items())
    return phrase("given", lang, numbers=", ".join(numbers))


def rounding(decimals: int | None, lang: str) -> str:
    """The sentence on how numbers are rounded; None where they are exact."""
    return phrase("exact", lang) if decimals is None else phrase("rounding", lang, n=decimals)


def worked(network: Network, answers: Answers, asked: tuple[str, ...], decimals: int, lang: str) -> str:
    """The whole solution as text."""
    digits = None if answers.exact else decimals
    lines = [given(network, lang), rounding(digits, lang), ""]
    for number, step in enumerate(steps(network, answers, decimals, lang), start=1):
        mark = f"{step.mark} " if step.mark else ""
        lines += [f"{number}. {mark}{step.title}", *(f"   {equation}" for equation in step.equations)]
    numbers = (
        f"{label(cell, lang)} = {shown(answers.numbers[cell.name], digits)}"
        for cell in network.cells
        if cell.name in asked
    )
    return "\n".join([*lines, "", phrase("asked", lang, numbers=", ".join(numbers))])
