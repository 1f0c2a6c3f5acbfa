"""Names of the parts of a drawing: short texts, the same in both twins. All of them are made and read here.

========== =============================================================================================
``n3``     box 3: a card, a signal, a weight, a bias; in a network of neurons also a Σ or ψ
``e5``     arrow 5 between two cards, and ``l5`` its label
``e3-5``   the wire from the part of box 3 to that of box 5, and ``l3-5`` its label
``eb3-5``  the wire from the branching point of box 3; likewise ``es3-5``, ``e3-h5``, ``e3-L``, ``eL-7``
``b3``     the branching point of a signal
``t3``     the label beside the wire of a signal; in a drawing with circles the title of a layer
``s3``     the Σ of a neuron where another part has the name of its box
``N3``     the frame of the neuron with the sum 3
``h3``     where an output leaves a network without a loss
``L``      the loss
``Z``      the step of time in a recurrent network that is folded
``y``      its targets, where they have one part
``r3``     the bar of box 3, and ``r3-0`` what it is measured on; ``u3`` a text within a panel
``m0``     the dots that stand for the other neurons of a layer, or for the other steps of a recurrent network
``c3``     the sign that the gradient of box 3 is cut off
``k2-f``   the card of the gate or state f at step 2 of a recurrent layer; ``J`` its cost, and ``PW`` its parameter W
``j3-1``   the point of the rail of box 3 where a wire to step 1 leaves it, or to the other steps (``j3-m``)
========== =============================================================================================

In a document the parts of the forward view begin with ``f-`` and those of the inverse one with ``i-``.
"""

from __future__ import annotations

LOSS = "L"
DELAY = "Z"
TARGETS = "y"
COST = "J"


def box(n: int) -> str:
    """The part of a box."""
    return f"n{n}"


def is_box(name: str) -> bool:
    """Whether a part is that of a box."""
    return name.startswith("n")


def box_of(name: str) -> int:
    """The box of such a part.

    >>> box_of(box(3))
    3
    """
    return int(name.removeprefix("n"))


def arrow(k: int) -> str:
    """An arrow between two cards."""
    return f"e{k}"


def arrow_of(name: str) -> int:
    """The arrow of such a part."""
    return int(name.removeprefix("e"))


def arrow_label(k: int) -> str:
    """The label of an arrow between two cards."""
    return f"l{k}"


def wire(source: str, target: str) -> str:
    """The wire between two parts, named in the forward direction.

    >>> wire(box(3), box(5)), wire(branch(3), LOSS)
    ('e3-5', 'eb3-L')
    """
    return f"e{source.removeprefix('n')}-{target.removeprefix('n')}"


def wire_label(wire: str) -> str:
    """The label on a wire.

    >>> wire_label("e3-5")
    'l3-5'
    """
    return f"l{wire.removeprefix('e')}"


def branch(n: int) -> str:
    """The branching point of a signal."""
    return f"b{n}"


def is_branch(name: str) -> bool:
    """Whether a part is a branching point."""
    return name.startswith("b")


def label(n: int) -> str:
    """The label beside the wire of a signal."""
    return f"t{n}"


def total(n: int) -> str:
    """Σ, where another part has the name of its box."""
    return f"s{n}"


def bar(n: int) -> str:
    """The bar that shows the number of a box."""
    return f"r{n}"


def scale(n: int) -> str:
    """What such a bar is measured on: the longest one, or the line of 0."""
    return f"r{n}-0"


def caption(n: int) -> str:
    """A text within a panel."""
    return f"u{n}"


def frame(n: int) -> str:
    """The frame of a neuron, by its sum."""
    return f"N{n}"


def ending(n: int) -> str:
    """Where an output leaves a network."""
    return f"h{n}"


def title(layer: int) -> str:
    """The title of a layer."""
    return f"t{layer}"


def cell(step: int, what: str) -> str:
    """A part of a step of a recurrent layer."""
    return f"k{step}-{what}"


def foot(step: int, name: str) -> str:
    """A parameter at the foot of a step, or what the step contributes to its gradient."""
    return f"k{step}-p{name}"


def following(i: int) -> str:
    """A module after a recurrent layer."""
    return f"k0-m{i}"


def cell_label(cell: str, state: str) -> str:
    """The label of a state behind the card that it leaves."""
    return f"l{cell}-{state}"


def shared(name: str) -> str:
    """A parameter of a recurrent layer."""
    return f"P{name}"


def cut(n: int) -> str:
    """The sign that no gradient goes back to a state."""
    return f"c{n}"


def joint(n: int, step: int | str) -> str:
    """Where the wire to a step leaves the rail of a parameter that all steps share."""
    return f"j{n}-{step}"


def is_joint(name: str) -> bool:
    """Whether a part is such a point."""
    return name.startswith("j")


def on_rail(name: str, n: int) -> bool:
    """Whether a part lies on the rail of a parameter: its branching point, or where wires leave it.

    >>> on_rail(joint(3, 1), 3), on_rail(branch(3), 3), on_rail(joint(31, 1), 3)
    (True, True, False)
    """
    return name == branch(n) or name.startswith(f"j{n}-")


def dots(layer: int) -> str:
    """The dots that stand for the other neurons of a layer."""
    return f"m{layer}"
