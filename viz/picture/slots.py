"""Slots: which number of a graph a picture or a page shows, as a short text. All of them are made and read here.

=================== ==========================================================================================
``v17``             the value of box 17, a number or an array
``d17``             ∂J/∂ of box 17, as the inverse network brings it
``g5``              the local derivative of arrow 5, by which it multiplies what comes back
``p9/4``            the derivative of box 9 with respect to box 4, over all paths between them
``g3*d9``           a product of single numbers
``g3*d9+v4*d7``     a sum of products or numbers
``v9+-1*v7``        the same with a factor that is a plain number: v9 − v7
``|v17``, ``|v1+v2`` the norm of all entries
``?``               a number that stands for too many boxes to be written anew
empty               no number of the graph
=================== ==========================================================================================

The first four are names: the others are made of them. In pages ``slots.js`` reads them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from inversa.viz.picture.records import Picture

UNKNOWN = "?"
_OF_BOX = re.compile(r"[vd](\d+)")
_PLAIN = re.compile(r"-?\d+")
_SLOPE = re.compile(r"p(\d+)/(\d+)")


def value(box: int) -> str:
    """The value of a box."""
    return f"v{box}"


def flow(box: int) -> str:
    """∂J/∂ of a box."""
    return f"d{box}"


def gain(arrow: int) -> str:
    """The local derivative of an arrow."""
    return f"g{arrow}"


def slope(box: int, source: int) -> str:
    """The derivative of a box with respect to another one."""
    return f"p{box}/{source}"


def norm(slot: str) -> str:
    """The norm of an array, or of several.

    >>> norm(total([flow(3), flow(5)]))
    '|d3+d5'
    """
    return f"|{slot}"


def product(a: str, b: str) -> str:
    """The product of two numbers.

    >>> product(gain(3), flow(9))
    'g3*d9'
    """
    return f"{a}*{b}"


def total(slots: Iterable[str]) -> str:
    """The sum of numbers or products; empty for none."""
    return "+".join(slots)


def box_of(slot: str) -> int | None:
    """The box of a value or a gradient; None for any other slot.

    >>> box_of("d17"), box_of("g5"), box_of("v1*d5")
    (17, None, None)
    """
    match = _OF_BOX.fullmatch(slot)
    return int(match[1]) if match else None


def ends(slot: str) -> tuple[int, int] | None:
    """The box and the source of a `slope`; None for any other slot.

    >>> ends(slope(9, 4))
    (9, 4)
    """
    match = _SLOPE.fullmatch(slot)
    return (int(match[1]), int(match[2])) if match else None


def names_in(slot: str) -> list[str]:
    """The names that a slot is made of.

    >>> names_in("g3*d9+g4*d7"), names_in("|v17"), names_in("v9+-1*v7"), names_in("")
    (['g3', 'd9', 'g4', 'd7'], ['v17'], ['v9', 'v7'], [])
    """
    pieces = re.split(r"[*+]", slot.removeprefix("|"))
    return [name for name in pieces if name not in ("", UNKNOWN) and not _PLAIN.fullmatch(name)]


def is_norm(slot: str) -> bool:
    """Whether it is a norm."""
    return slot.startswith("|")


def is_gain(slot: str) -> bool:
    """Whether it begins with a local derivative: one, or a product or sum with one."""
    return slot.startswith("g")


def is_flow(slot: str) -> bool:
    """Whether it begins with a gradient: one, a sum of some, or their norm."""
    return slot.removeprefix("|").startswith("d")


def evaluated(slot: str, picture: Picture) -> float | None:
    """A number of a picture, or what it gives when several are multiplied and added; None where one is unknown.

    >>> from inversa.autograd import Value
    >>> from inversa.viz.picture.reading import read
    >>> a, b = Value(2.0, name="a"), Value(5.0, name="b")
    >>> evaluated("v0*v1+-2*v0", read((a * b,)))
    6.0
    """
    found = 0.0
    for term in slot.split("+"):
        factors = [float(name) if _PLAIN.fullmatch(name) else look_up(name, picture) for name in term.split("*")]
        if None in factors:
            return None
        found += math.prod(x for x in factors if x is not None)
    return found


def is_hidden(slot: str, picture: Picture) -> bool:
    """Whether a number is not to be seen: it, one that it is made of, or a local derivative on its way is hidden."""
    between = ends(slot)
    if between is None:
        return not picture.hidden.isdisjoint(names_in(slot))
    box, source = between
    return any(gain(a.number) in picture.hidden for a in picture.arrows if source < a.target <= box)


def look_up(slot: str, picture: Picture) -> float | None:
    """A single number of a picture; None where it has none, or where the number is made of several."""
    arrow = next((arrow for arrow in picture.arrows if gain(arrow.number) == slot), None)
    if arrow is not None:
        return arrow.gain
    n = box_of(slot)
    box = next((box for box in picture.boxes if box.node == n and box.fold is None), None)
    amount = None if box is None else box.flow if is_flow(slot) else box.value
    return amount if isinstance(amount, float) else None
