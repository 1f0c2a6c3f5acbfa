"""Formulas as pictures and pages print them: a sequence of terms, written as plain text or as MathML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Literal, NamedTuple


class Name(NamedTuple):
    """The name of something in the network, as it is printed: ``w₁₂⁽²⁾``."""

    text: str


class Number(NamedTuple):
    """A number of the graph; ``slot`` says which (see `inversa.viz.picture.slots`), or is empty for a plain one."""

    text: str
    slot: str = ""
    result: bool = False  # whether it is what the formula is there to find


class Partial(NamedTuple):
    """∂J/∂w."""

    of: str
    to: str


Term = str | Name | Number | Partial  # a str is made of signs, functions and numbers
Formula = tuple[Term, ...]
Place = Literal["free", "inside", "base", "tight"]  # of a term in a formula

LOW, HIGH = "₀₁₂₃₄₅₆₇₈₉", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽⁾"
DIGITS = str.maketrans(LOW + HIGH, "0123456789" + "0123456789−()")
_FREES = ("=", ",", "(", "[", "→", "⌊", "⌈", "|")  # what stands before a term that needs no parentheses
_INDEXED = re.compile(f"(.+?)([{LOW}]*)([{HIGH}]*)", re.DOTALL)
_SIGNS = re.compile(rf"([\d.]+|[^\W\d_]+[{LOW}]*|\s+|[{HIGH}]+|.)", re.DOTALL)


def plain(formula: Formula) -> str:
    """The formula as text; negative numbers within it stand in parentheses.

    >>> plain((Partial("J", "w"), " = ", Number("0.5"), " · ", Number("−2")))
    '∂J/∂w = 0.5 · (−2)'
    >>> plain((Number("1.0000·10⁻⁵"), "² = ", Number("1.0000·10⁻¹⁰")))
    '(1.0000·10⁻⁵)² = 1.0000·10⁻¹⁰'
    >>> plain(("1 / ", Number("1.0000·10⁻⁵"), " + ⌊", Number("−2"), "⌋"))
    '1 / (1.0000·10⁻⁵) + ⌊−2⌋'
    """
    return "".join(spelled(term, place) for term, place in placed(formula))


def spelled(term: Term, place: Place) -> str:
    """A term as text, in parentheses where it needs them."""
    match term:
        case Partial(of, to):
            return f"∂{of}/∂{to}"
        case Number(text) | Name(text):
            return f"({text})" if needs_parentheses(term, place) else text
        case str():
            return term


def needs_parentheses(term: Name | Number, place: Place) -> bool:
    """Whether a term would be misread in its place: 0.5 · −2, −2², 10⁻⁵², or 1 / 5·10⁻⁵."""
    is_number = isinstance(term, Number)
    has_index = any(letter in HIGH for letter in term.text)
    if has_index and (place == "base" or (place == "tight" and is_number)):
        return True
    return is_number and term.text.startswith("−") and place != "free"


def placed(formula: Formula) -> Iterator[tuple[Term, Place]]:
    """Every term, and where it stands.

    As the base of a power; free, at the beginning, in brackets and behind =; tight, behind what takes one factor and
    no product; or else inside.
    """
    before = "="
    for term, after in zip(formula, (*formula[1:], ""), strict=True):
        if isinstance(after, str) and after and after[0] in HIGH:
            yield term, "base"
        elif before.rstrip().endswith(_FREES):
            yield term, "free"
        else:
            yield term, "tight" if before.rstrip()[-1:] not in "+−·×@." else "inside"
        before = term if isinstance(term, str) else "."


def mathml(formula: Formula) -> str:
    """The formula as a MathML element; the numbers of the graph have the attribute ``data-n``.

    >>> mathml((Name("w₁"), " = ", Number("0.5", "v3")))
    '<math><msub><mi>w</mi><mn>1</mn></msub><mo>=</mo><mn data-n="v3">0.5</mn></math>'
    """
    return f"<math>{''.join(_mathml(term, place) for term, place in placed(formula))}</math>"


def _mathml(term: Term, place: Place) -> str:
    match term:
        case Partial(of, to):
            upper, lower = (f"<mrow><mo>∂</mo>{_name(name)}</mrow>" for name in (of, to))
            return f"<mfrac>{upper}{lower}</mfrac>"
        case Number(slot=slot, result=result):
            which = (' class="r"' if result else "") + (f' data-n="{escape(slot)}"' if slot else "")
            if slot and place != "free":  # a page may write another number: it sees to the parentheses
                which += f' data-p="{"" if place == "inside" else "^"}"'
            return f"<mn{which}>{escape(spelled(term, place))}</mn>"
        case Name(text):
            name = _name(text)
            return f"<mo>(</mo>{name}<mo>)</mo>" if needs_parentheses(term, place) else name
        case str():
            return "".join(map(_sign, _SIGNS.findall(term)))


def _name(text: str) -> str:
    """A name with its indices low and high."""
    match = _INDEXED.fullmatch(text)
    assert match is not None, text
    letters, low, high = match.groups()
    base = f"<mi>{escape(letters)}</mi>"
    if not (low or high):
        return base
    parts = [f"<mn>{part.translate(DIGITS)}</mn>" for part in (low, high) if part]
    tag = "msubsup" if low and high else "msub" if low else "msup"
    return f"<{tag}>{base}{''.join(parts)}</{tag}>"


def _sign(token: str) -> str:
    if token.isspace():
        return ""
    if token[0] in HIGH:
        return f"<msup><mi></mi><mn>{token.translate(DIGITS)}</mn></msup>"
    if token[0].isdigit():
        return f"<mn>{token}</mn>"
    if token[0].isalpha():
        return _name(token)
    return f"<mo>{escape(token)}</mo>"
