"""A picture's operations in a language: records hold the words of their declarations, which are English."""

from __future__ import annotations

import re
from dataclasses import replace

from inversa.autograd.languages import texts
from inversa.autograd.printing import printable
from inversa.viz.picture.records import Arrow, Box, Fold, Group, Picture, Terms


def spoken(picture: Picture, lang: str) -> Picture:
    """The picture with symbols, expressions and derivatives in a language; names stay, whatever they mean.

    Examples
    --------
    >>> from inversa.autograd import Value, maximum
    >>> from inversa.viz.picture.reading import read
    >>> from inversa.viz.picture.spoken import spoken
    >>> mean = Value(2.0, name="mean")
    >>> spoken(read((maximum(mean, 1.0),)), "es").boxes[-1].expression
    'máx(mean, 1)'
    """
    if not texts(lang).phrases:
        return picture
    worded = texts(lang).worded
    names = {box.number: box.name for box in picture.boxes}
    named = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, sorted(names.values(), key=len, reverse=True)))})(?!\w)")

    def text(written: str) -> str:
        """A formula that is not known in pieces: what looks like a name is one."""
        return "".join(piece if k % 2 else worded(piece) for k, piece in enumerate(named.split(written)))

    def said(terms: Terms) -> Terms:
        return tuple(worded(term) if isinstance(term, str) else term for term in terms)

    def joined(terms: Terms) -> str:
        return printable("".join(term if isinstance(term, str) else names[term] for term in said(terms)))

    def folded(fold: Fold) -> Fold:
        operations = tuple((worded(symbol), n) for symbol, n in fold.operations)
        return replace(fold, operations=operations, equations=tuple(map(text, fold.equations)))

    def box(old: Box) -> Box:
        return replace(
            old,
            symbol=worded(old.symbol),
            expression=joined(old.terms) if old.expression else "",
            terms=said(old.terms),
            fold=folded(old.fold) if old.fold is not None else None,
        )

    def arrow(old: Arrow) -> Arrow:
        return replace(old, formula=joined(old.terms) if old.formula else "", terms=said(old.terms))

    def group(old: Group) -> Group:
        return replace(old, title=text(old.title)) if old.loss else old

    return replace(
        picture,
        boxes=tuple(map(box, picture.boxes)),
        arrows=tuple(map(arrow, picture.arrows)),
        groups=tuple(map(group, picture.groups)),
    )
