"""The worked solution: every rule with its equation, in names and in the rounded numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def worked(
    network: Network, given: Mapping[str, float], answers: Answers, asked: tuple[str, ...], decimals: int, lang: str
) -> str:
    """The whole solution as text."""
    names = {**network.labels, **{cell.name: label(cell, lang) for cell in network.cells}}
    lines = [
        phrase("given", lang, numbers=", ".join(f"{names[name]} = {shown(x)}" for name, x in given.items())),
        phrase("exact", lang) if answers.exact else phrase("rounding", lang, n=decimals),
        "",
    ]
    for number, step in enumerate(steps(network, answers, decimals, lang), start=1):
        mark = f"{step.mark} " if step.mark else ""
        lines += [f"{number}. {mark}{step.title}", *(f"   {equation}" for equation in step.equations)]
    digits = None if answers.exact else decimals
    found = ", ".join(
        f"{label} = {shown(answers.numbers[name], digits)}" for name, label in names.items() if name in asked
    )
    return "\n".join([*lines, "", phrase("asked", lang, numbers=found)])
