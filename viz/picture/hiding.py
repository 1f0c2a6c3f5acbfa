"""Hiding: which numbers of a picture are left out, so that students fill them in. Their boxes stay empty."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Literal, get_args

from inversa.autograd import checks
from inversa.autograd.printing import printable
from inversa.viz.lettering.numbers import subscripted
from inversa.viz.picture import slots
from inversa.viz.picture.records import Picture

Kind = Literal["gradients", "values", "all"]
Hide = Kind | str | Iterable[str]
KINDS: tuple[Kind, ...] = get_args(Kind)
_DERIVATIVE = re.compile("^d(.+)/d(.+)$")  # as one types it
LISTED = 12  # names that an error lists


def hiding(picture: Picture, hide: Hide) -> Picture:
    """The picture with the numbers named that are not to be seen.

    ``hide`` is "gradients", which are all derivatives; "values", which are all that was computed forwards; "all"; or
    names as the picture has them, or as they are typed: ``"w2_11"`` is a value, ``"∂J/∂w2_11"`` or ``"dJ/dw2_11"`` a
    gradient, and ``"δ2_1"`` or ``"delta2_1"`` that of z2_1. A local derivative is hidden, too, where a hidden value is
    in it.

    Raises
    ------
    ValueError
        For a name that the picture does not have; the message says which one is near.

    Examples
    --------
    >>> from inversa.autograd import Value
    >>> from inversa.viz.picture.hiding import hiding
    >>> from inversa.viz.picture.reading import read
    >>> w, x = Value(0.5, name="w"), Value(2.0, name="x")
    >>> picture = read(((w * x).named("J"),))
    >>> sorted(hiding(picture, "gradients").hidden)
    ['d0', 'd1', 'g0', 'g1']
    >>> sorted(hiding(picture, ["w", "∂J/∂x"]).hidden)
    ['d1', 'g1', 'v0']
    """
    if not isinstance(hide, Iterable):
        raise _misnamed(hide)
    wanted: list[Any] = [hide] if isinstance(hide, str) else list(hide)
    if not wanted:
        return picture
    hidden: set[str] = set()
    known = _names(picture)
    for name in wanted:
        if isinstance(name, str) and name in KINDS and name not in known:
            hidden |= set(_values(picture)) if name != "gradients" else set()
            hidden |= set(_derivatives(picture)) if name != "values" else set()
        else:
            hidden |= known[_found(name, known)]
    for arrow in picture.arrows:
        if any(isinstance(term, int) and slots.value(term) in hidden for term in arrow.terms):
            hidden.add(slots.gain(arrow.number))
    return replace(picture, hidden=frozenset(hidden))


def _values(picture: Picture) -> Iterator[str]:
    """What was computed forwards: leaves are given."""
    return (slots.value(box.number) for box in picture.boxes if box.operation)


def _derivatives(picture: Picture) -> Iterator[str]:
    """What the inverse network brings, but for the 1 that it is fed with, and all local derivatives."""
    yield from (slots.flow(box.number) for box in picture.boxes if not box.is_output)
    yield from (slots.gain(arrow.number) for arrow in picture.arrows)


def _names(picture: Picture) -> dict[str, set[str]]:
    """The slots behind every name: of several boxes of one name those of all."""
    names: dict[str, set[str]] = {}
    for box in picture.boxes:
        names.setdefault(box.name, set()).add(slots.value(box.number))
        if not box.differentiable or picture.several:
            continue
        names.setdefault(f"∂{picture.output}/∂{box.name}", set()).add(slots.flow(box.number))
        if box.name.startswith("z"):  # as the lectures call ∂J/∂z
            names.setdefault(f"δ{box.name.removeprefix('z')}", set()).add(slots.flow(box.number))
    return names


def _found(name: str, known: dict[str, set[str]]) -> str:
    """A name as the picture prints it."""
    if not isinstance(name, str):
        raise _misnamed(name)
    typed = _DERIVATIVE.sub(r"∂\1/∂\2", name.strip())
    printed = "/∂".join(_printed(part) for part in re.sub("^delta", "δ", typed).split("/∂"))
    if printed in known:
        return printed
    near = checks.nearest(printed, [*known, *KINDS], 0.5)
    listed = ", ".join(list(known)[:LISTED]) + (", …" if len(known) > LISTED else "")
    raise ValueError(
        f"hide names {name!r}, which this picture does not"
        + (f": did you mean {near!r}?" if near else f"; it has {listed}")
    )


def _misnamed(hide: Any) -> Exception:
    return checks.wrong("hide", f"one of {', '.join(map(repr, KINDS))}, or names", hide, "['∂J/∂w']")


def _printed(name: str) -> str:
    """A name with its indices low, also behind the signs of a derivative.

    >>> _printed("∂J"), _printed("w2_11"), _printed("δ2_1")
    ('∂J', 'w₁₁⁽²⁾', 'δ₁⁽²⁾')
    """
    return subscripted(printable(name))
