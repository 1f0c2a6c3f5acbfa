"""Texts for people: what a console can show, and what no file or picture breaks on."""

from __future__ import annotations

import codecs
import re
import sys
import unicodedata

_ASCII = {
    "∂": "d", "−": "-", "—": "-", "─": "-", "·": "*", "×": "x", "÷": "/", "√": "sqrt", "′": "'", "∞": "inf",
    "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "≠": "!=", "∧": "and", "∨": "or", "‖": "||", "±": "+-", "µ": "u",
    "α": "alpha", "β": "beta", "δ": "delta", "ε": "epsilon", "θ": "theta", "λ": "lambda", "μ": "mu", "σ": "sigma",
    "ψ": "psi", "φ": "phi", "Φ": "Phi", "π": "pi", "Π": "prod", "Σ": "sum", "ᵀ": "^T", "∛": "cbrt", "⌊": "floor(",
    "⌋": ")", "⌈": "ceil(", "⌉": ")", "Γ": "Gamma", "Β": "Beta",
}  # fmt: skip
_ASCII |= {chr(ord("①") + i): f"({i + 1})" for i in range(20)} | {chr(ord("₀") + i): f"_{i}" for i in range(10)}
_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^][]*\]|⌊[^⌊⌋]*⌋|⌈[^⌈⌉]*⌉|\|[^|]*\||‖[^‖]*‖")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾]+")
_REPLACED = {"\n": "↵", "\r": "↵", "\t": "⇥"}


def outside_brackets(formula: str) -> str:
    """What of a formula stands in no brackets.

    >>> outside_brackets("1 / (a + b)"), outside_brackets("|x| + ⌊y⌋")
    ('1 / ', ' + ')
    """
    while formula != (formula := _IN_BRACKETS.sub("", formula)):
        pass
    return formula


def as_factor(formula: str) -> str:
    """A formula to be multiplied by: a sum in parentheses.

    >>> as_factor("1 − y²"), as_factor("y · (1 − y)"), as_factor("−1 / √(1 − x²)")
    ('(1 − y²)', 'y · (1 − y)', '−1 / √(1 − x²)')
    """
    return f"({formula})" if re.search(" [+−] ", outside_brackets(formula)) else formula


def encodable(text: str) -> str:
    """The text, if the console can show it; else with what is nearest to its signs: ∂J/∂w becomes dJ/dw.

    Consoles of today can show all of it. A pipe may not, as on Windows, where its encoding is often cp1252: there
    Python raises UnicodeEncodeError.

    >>> encodable("10⁻⁹ · ψ′")  # as this console can
    '10⁻⁹ · ψ′'
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
        return text
    except UnicodeEncodeError:
        # an exponent as a whole: of its digits some encodings have three
        return _RAISED.sub(_after_hat, text).encode(encoding, "inversa.nearest").decode(encoding)


def _after_hat(match: re.Match[str]) -> str:
    return "^" + unicodedata.normalize("NFKD", match[0]).replace("−", "-")


def _nearest(error: UnicodeError) -> tuple[str, int]:
    """What Python writes in the place of what an encoding lacks, where ``errors="inversa.nearest"``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = _RAISED.sub(_after_hat, error.object[error.start : error.end])
    return "".join(map(_in_ascii, lacking)), error.end


def _in_ascii(letter: str) -> str:
    if letter.isascii():
        return letter
    return _ASCII.get(letter) or unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?"


codecs.register_error("inversa.nearest", _nearest)


def printable(text: str) -> str:
    r"""The text with what cannot or must not be printed replaced by a sign: control characters and the like.

    A file format must not break on them, and a direction override must not turn the text around it.

    >>> printable("a\nb\x00")
    'a↵b�'
    """
    if text.isascii() and text.isprintable():
        return text
    text = "".join(_REPLACED.get(letter, "\ufffd" if _is_harmful(letter) else letter) for letter in text)
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text):
        return f"\u2068{text}\u2069"  # isolated: a formula around a right-to-left name keeps its order
    return text


def _is_harmful(letter: str) -> bool:
    code = ord(letter)
    if code in (0x200C, 0x200D, 0x2068, 0x2069):  # joiners, which some scripts need, and the isolates set above
        return False
    return unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or (
        0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2067 or code & 0xFFFE == 0xFFFE
    )
