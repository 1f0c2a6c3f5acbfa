"""Formulas as pictures and pages print them: a sequence of terms, written as plain text, as MathML or in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from inversa.viz.texts import printable


class Name(NamedTuple):
    """The name of something in the network, as it is printed: ``w₁₂⁽²⁾``."""

    text: str


class Number(NamedTuple):
    """A number of the graph; ``slot`` says which (see `inversa.viz.shapes.Text`), or is empty for a plain one."""

    text: str
    slot: str = ""
    result: bool = False  # whether it is what the formula is there to find


class Partial(NamedTuple):
    """∂J/∂w."""

    of: str
    to: str


Term = str | Name | Number | Partial  # a str is made of signs, functions and numbers
Formula = tuple[Term, ...]

LOW, HIGH = "₀₁₂₃₄₅₆₇₈₉", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽⁾"
DIGITS = str.maketrans(LOW + HIGH, "0123456789" + "0123456789−()")
_INDEXED = re.compile(f"(.+?)([{LOW}]*)([{HIGH}]*)", re.DOTALL)
_SIGNS = re.compile(rf"([\d.]+|[^\W\d_]+[{LOW}]*|\s+|[{HIGH}]+|.)", re.DOTALL)


def plain(formula: Formula) -> str:
    """The formula as text; negative numbers within it stand in parentheses.

    >>> plain((Partial("J", "w"), " = ", Number("0.5"), " · ", Number("−2")))
    '∂J/∂w = 0.5 · (−2)'
    """
    return "".join(_plain(term, bare) for term, bare in _in_context(formula))


def _plain(term: Term, bare: bool) -> str:
    match term:
        case Partial(of, to):
            return f"∂{of}/∂{to}"
        case Number(text):
            return text if bare or not text.startswith("−") else f"({text})"
        case Name(text):
            return text
        case str():
            return term


def _in_context(formula: Formula) -> Iterator[tuple[Term, bool]]:
    """Every term, and whether a negative number in its place needs no parentheses: at the beginning and behind =."""
    before = "="
    for term in formula:
        yield term, before.rstrip().endswith(("=", ",", "(", "[", "→"))
        before = term if isinstance(term, str) else "."


def mathml(formula: Formula) -> str:
    """The formula as a MathML element; the numbers of the graph have the attribute ``data-n``.

    >>> mathml((Name("w₁"), " = ", Number("0.5", "v3")))
    '<math><msub><mi>w</mi><mn>1</mn></msub><mo>=</mo><mn data-n="v3">0.5</mn></math>'
    """
    return f"<math>{''.join(_mathml(term, bare) for term, bare in _in_context(formula))}</math>"


def _mathml(term: Term, bare: bool) -> str:
    match term:
        case Partial(of, to):
            upper, lower = (f"<mrow><mo>∂</mo>{_name(name)}</mrow>" for name in (of, to))
            return f"<mfrac>{upper}{lower}</mfrac>"
        case Number(text, slot, result):
            which = (' class="r"' if result else "") + (f' data-n="{escape(slot)}"' if slot else "")
            if slot and not bare:  # a page may write another number, which may be negative: it sees to the parentheses
                which += ' data-p=""'
            shown = text if bare or not text.startswith("−") else f"({text})"
            return f"<mn{which}>{escape(shown)}</mn>"
        case Name(text):
            return _name(text)
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


def latex(formula: Formula) -> str:
    r"""The formula in LaTeX, for a formula between dollar signs.

    >>> latex((Partial("J", "w₁"), " = ", Number("0.5"), " · ", Number("−2")))
    '\\frac{\\partial J}{\\partial w_{1}}=0.5\\cdot (-2)'
    """
    return "".join(_latex(term, bare) for term, bare in _in_context(formula))


COMMANDS = {  # what LaTeX calls signs in mathematics
    "·": r"\cdot ", "×": r"\times ", "−": "-", "∂": r"\partial ", "σ": r"\sigma ", "ψ": r"\psi ", "δ": r"\delta ",
    "Σ": r"\sum ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "→": r"\to ", "′": "'", "√": r"\surd ", "‖": r"\Vert ",
    "∞": r"\infty ", "α": r"\alpha ", "θ": r"\theta ", "←": r"\leftarrow ", "Δ": r"\Delta ", "∘": r"\circ ",
    "ᵀ": "^{T}", "↔": r"\leftrightarrow ", "●": r"\bullet ", "⋮": r"\vdots ", "…": r"\dots ", "⊙": r"\odot ",
    "¬": r"\neg ", "½": r"\tfrac12 ",
    "{": r"\{", "}": r"\}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_", "~": r"\sim ", "^": r"\hat{\ }",
    "\\": r"\backslash ",
}  # fmt: skip


def escaped(text: str) -> str:
    """Any text as it can stand in LaTeX's mathematics."""
    return "".join(COMMANDS.get(letter, letter) for letter in printable(text))


def _latex(term: Term, bare: bool) -> str:
    match term:
        case Partial(of, to):
            return rf"\frac{{\partial {_latex_name(of)}}}{{\partial {_latex_name(to)}}}"
        case Number():
            return _latex_signs(_plain(term, bare))
        case Name(text):
            return _latex_name(text)
        case str():
            return _latex_signs(term)


def _latex_signs(text: str) -> str:
    written = ""
    for token in filter(str.strip, _SIGNS.findall(text)):  # LaTeX sets its own spaces
        if token[0] in HIGH:
            written += f"^{{{token.translate(DIGITS)}}}".replace("−", "-")
        elif token[0].isalpha() and token not in COMMANDS:
            written += _latex_name(token)
        else:
            written += escaped(token)
    return written


def _latex_name(text: str) -> str:
    match = _INDEXED.fullmatch(text)
    assert match is not None, text
    letters, low, high = match.groups()
    base = escaped(letters)
    if len(letters) > 1 and letters.isalpha() and base == letters:
        base = rf"\mathrm{{{letters}}}"
    base += f"_{{{low.translate(DIGITS)}}}" if low else ""
    return base + (f"^{{{high.translate(DIGITS)}}}".replace("−", "-") if high else "")
