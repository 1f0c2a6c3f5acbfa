"""The equations of cells, right and wrong, in names and in the numbers of a sheet."""

from __future__ import annotations

from collections.abc import Mapping

from inversa.autograd import Rule
from inversa.autograd.languages import texts
from inversa.viz.exercises.cells import GROUPS, Cell, Network
from inversa.viz.exercises.running import layout, store
from inversa.viz.exercises.writing import Written, leaf, shown
from inversa.viz.lettering.sentences import inverted, say, translated
from inversa.viz.rules.formulas import MARKS, RULES
from inversa.viz.rules.mistakes import MISTAKES


class Equations:
    """Writes the equations of a network.

    Parameters
    ----------
    network : Network
    numbers : mapping
        Those of all cells, by name.
    decimals : int or None
        How they are written; None for as short as they are.
    """

    def __init__(self, network: Network, numbers: Mapping[str, float], decimals: int | None) -> None:
        self.network, self.numbers, self.decimals = network, numbers, decimals
        self._neurons = layout(network, lambda x, name: leaf(name, shown(x)))
        for cell in network.cells:
            store(self._neurons[cell.neuron], cell, leaf(cell.label, self.number(cell)))

    def number(self, cell: Cell) -> str:
        """The number of a cell."""
        return shown(self.numbers[cell.name], self.decimals)

    def right(self, cell: Cell) -> Written:
        """What the rule says."""
        found: Written = RULES[cell.kind](self._neurons[cell.neuron], cell.input)
        return found

    def general(self, cell: Cell) -> str:
        """The same in names; of δ with ψ′, before that is written out."""
        n, names = self._neurons[cell.neuron], self.right(cell).names
        if cell.kind != "delta":
            return names
        return f"{(n.returned * leaf(f'ψ′({n.z.names})', '')).names} = {names}"

    def wrong(self, cell: Cell, mistake: str) -> Written:
        """What a mistake makes of it; the same where it cannot be made."""
        formula = MISTAKES[mistake].broken.get(cell.kind)
        found = None if formula is None else formula(self._neurons[cell.neuron], cell.input)
        return self.right(cell) if found is None else found

    def worked(self, cell: Cell, lang: str) -> str:
        """The equation in names, in numbers, and what it gives."""
        written = self.right(cell)
        sides = (label(cell, lang), self.general(cell), written.numbers, self.number(cell))
        return " = ".join(dict.fromkeys(sides))

    def rule_says(self, cell: Cell, lang: str) -> str:
        """The name of the rule, and its equation: the beginning of a sentence."""
        right, rule = f"{label(cell, lang)} = {self.general(cell)}", self.rule(cell)
        if rule is None:
            return phrase("step", lang, right=right)
        names = rule.names(lang)
        name = names.forward if cell.view == "forward" else names.inverse
        return phrase("rule", lang, mark=rule.mark, name=name, right=right)

    def rule(self, cell: Cell) -> Rule | None:
        """Which of the eight rules gives it."""
        alone = cell.kind == "returned" and len(self._neurons[cell.neuron].onward) == 1
        return Rule.WEIGHTED_INPUT if alone else MARKS[cell.kind]


def neuron_title(network: Network, cell: Cell, lang: str) -> str:
    """What the neuron of a cell is called, or its inverse; a neuron without a title is called by its sum."""
    unit = network.units[cell.neuron]
    title = unit.neuron.title
    if not title:
        names = Rule.NEURON.names(lang)
        name = network.structure.boxes[unit.neuron.sum].name
        return f"{names.forward if cell.view == 'forward' else names.inverse} {name}"
    return translated(title, lang) if cell.view == "forward" else inverted(title, lang)


def phrase(key: str, lang: str, **blanks: object) -> str:
    """A sentence about exercises, its blanks filled in.

    >>> phrase("one", "es", mistakes="falta ψ′")
    'Este número sale si falta ψ′.'
    """
    return texts(lang).exercise[key].format(**blanks)


def broken(mistake: str, lang: str) -> str:
    """What was done where a rule is broken: a clause.

    >>> broken("slope left out", "en")
    'ψ′ is left out'
    """
    return texts(lang).mistakes[mistake]


_TITLES = {  # the sentences of the steps of a picture
    "cost": "loss step",
    "loss slope": "loss derivative step",
    "delta": "slope step",
    "bias gradient": "bias step",
    "weight gradient": "double step",
}


def step_title(equations: Equations, cell: Cell, lang: str) -> str:
    """What is done where a cell is computed."""
    neuron, rule = neuron_title(equations.network, cell, lang), equations.rule(cell)
    if rule is None:
        text = phrase("new step", lang, alpha=shown(equations.network.alpha or 0.0), neuron=neuron)
    elif cell.kind == "returned":
        key = "outputs step" if rule is Rule.BRANCHING else "arrives step"
        unit = equations.network.units[cell.neuron]
        text = say(key, lang, name=equations.network.structure.boxes[unit.neuron.output].name)
    elif cell.kind in _TITLES:
        text = say(_TITLES[cell.kind], lang, neuron=neuron)
    else:
        text = f"{neuron}: {rule.names(lang).forward}"
    return text[:1].upper() + text[1:]


def place(network: Network, cell: Cell, lang: str) -> str:
    """Where a number is computed: a neuron, an inverse neuron, or the loss."""
    return say("loss", lang) if cell.kind in ("cost", "loss slope") else neuron_title(network, cell, lang)


def label(cell: Cell, lang: str) -> str:
    """A cell's name as it is printed in a language."""
    if cell.kind not in GROUPS["step"]:
        return cell.label
    return phrase("new", lang, name=cell.label.removeprefix("new "))
