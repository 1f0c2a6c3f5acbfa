r"""Texts and formulas in LaTeX, for every engine: pdfLaTeX, LuaLaTeX and XeLaTeX.

Letters that all of them have stand as they are, signs are commands, and whatever else a name may hold, an emoji or a
letter of another script, is a call of ``\inversaletter`` with its number, decimal and in two halves hexadecimal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby

from inversa.autograd.printing import printable
from inversa.viz.lettering.formula import Formula, Name, Partial, needs_parentheses, placed, spelled

Piece = tuple[str, str]  # what LaTeX reads, and where: in "text", in "math", or as an index, "_" or "^", in it

# Loads what the texts need, in a document of our own.
PREAMBLE = r"""\usepackage{iftex}
\ifPDFTeX\usepackage[utf8]{inputenc}\usepackage[T1]{fontenc}\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}\fi
\usepackage{amsmath,textcomp,tikz}
"""
# An engine for Unicode shows the letter where the font has it; otherwise its number stands in a small frame.
LETTER = r"""\providecommand\inversaletter[3]{%
  \ifnum\ifdefined\Umathchar\iffontchar\font#1 1\else0\fi\else0\fi=1 \char#1 \else
  {\fboxsep=.06em\fboxrule=.03em\fbox{\scalebox{.4}{\normalfont\ttfamily\shortstack{#2\\#3}}}}\fi}
"""
_RAW = re.compile("[ -~¡-ÿĀ-ĥĨ-ķĹ-ľŁ-ňŊ-ťŨ-žȘ-ț]")  # of the encodings T1 and TS1, and in Latin Modern
_ESCAPED = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\^{}", "~": r"\~{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    '"': r"\textquotedbl{}", "'": r"\textquotesingle{}", "`": r"\textasciigrave{}", "—": r"\textemdash{}",
    "–": r"\textendash{}", "“": r"\textquotedblleft{}", "”": r"\textquotedblright{}", "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}", "„": r"\quotedblbase{}", "€": r"\texteuro{}", "†": r"\textdagger{}",
    **{chr(0x2460 + i): rf"\textcircled{{{i + 1}}}" for i in range(9)},
}  # fmt: skip
_NAMED = r"""
α \alpha  β \beta  γ \gamma  δ \delta  ε \varepsilon  ζ \zeta  η \eta  θ \theta  ι \iota  κ \kappa  λ \lambda  μ \mu
ν \nu  ξ \xi  ο o  π \pi  ρ \rho  ς \varsigma  σ \sigma  τ \tau  υ \upsilon  φ \varphi  χ \chi  ψ \psi  ω \omega
Γ \Gamma  Δ \Delta  Θ \Theta  Λ \Lambda  Ξ \Xi  Π \Pi  Σ \Sigma  Υ \Upsilon  Φ \Phi  Ψ \Psi  Ω \Omega
Α A  Β B  Ε E  Ζ Z  Η H  Ι I  Κ K  Μ M  Ν N  Ο O  Ρ P  Τ T  Χ X  ϵ \epsilon  ϑ \vartheta  ϕ \phi  µ \mu
∂ \partial  ∞ \infty  · \cdot  ⋅ \cdot  × \times  ÷ \div  ± \pm  − -  ≤ \le  ≥ \ge  ≠ \ne  ≈ \approx  √ \surd  ‖ \Vert
∛ \sqrt[3]{\vphantom{x}}
→ \to  ← \leftarrow  ↔ \leftrightarrow  ↦ \mapsto  ⇥ \dashv  ↵ \hookleftarrow  ∘ \circ  ● \bullet  • \bullet
⋮ \vdots  … \ldots  ⋯ \cdots  ⊙ \odot  ⊗ \otimes  ⊕ \oplus  ¬ \neg  ∧ \wedge  ∨ \vee  ∈ \in  ∉ \notin  ∇ \nabla
∑ \sum  ∏ \prod  ∫ \int  ∝ \propto  ⌊ \lfloor  ⌋ \rfloor  ⌈ \lceil  ⌉ \rceil  ⟨ \langle  ⟩ \rangle  ⊤ \top  ⊥ \bot
′ \prime
"""
_SIGNS = dict(zip(_NAMED.split()[::2], _NAMED.split()[1::2], strict=True)) | {"\xa0": r"\nobreakspace"}
_ACCENTS = {
    "\u0300": r"\grave", "\u0301": r"\acute", "\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar",
    "\u0305": r"\bar", "\u0306": r"\breve", "\u0307": r"\dot", "\u0308": r"\ddot", "\u030a": r"\mathring",
    "\u030c": r"\check", "\u20d7": r"\vec",
}  # fmt: skip
_CLUSTER = re.compile(r".[\u0300-\u036f\u20d0-\u20ff]*", re.DOTALL)  # a letter with its accents
_MATHEMATICAL = re.compile(r"[A-Za-z0-9+\-=()[\]/.,;:!?*@]")  # the same in a formula as in text
_TOKENS = re.compile(r"[\d.]+|[^\W\d_]+(?:-[^\W\d_]+)*|.", re.DOTALL)


def words(text: str) -> str:
    r"""Any text, its indices low and high, every sign literally.

    >>> words("∂J/∂w₁₂⁽²⁾ = −0.5 & {x}")
    '$\\partial $J/$\\partial $w$_{12}^{(2)}$ = $-$0.5 \\& \\{x\\}'
    >>> words("x̂ и")
    '$\\hat{x}$ \\inversaletter{1080}{04}{38}'
    """
    code = ""
    for in_text, pieces in groupby(map(_piece, _letters(text)), lambda piece: piece[0] == "text"):
        group = list(pieces)
        code += "".join(code for _, code in group) if in_text else f"${_mathematics(group, in_line=True)}$"
    code = re.sub(r"([-,])(?=\1)", r"\1\\/", code)  # two make a dash, or a quotation mark
    return re.sub("  +", lambda spaces: r"\ " * len(spaces[0]), code)


def latex(formula: Formula) -> str:
    r"""The formula, to stand between dollar signs.

    >>> from inversa.viz.lettering.formula import Number
    >>> latex((Partial("J", "w₁"), " = ", Number("0.5"), " · ", Number("−2")))
    '\\frac{\\partial J}{\\partial w_{1}}=0.5\\cdot (-2)'
    >>> latex((Name("v₂"), " = mean of ", Name("v₁")))
    'v_{2}=\\mathrm{mean}\\nobreakspace \\mathrm{of}\\nobreakspace v_{1}'
    """
    pieces: list[Piece] = []
    for term, place in placed(formula):
        match term:
            case Partial(of, to):
                above, below = (_mathematics(_name(name)) for name in (of, to))
                pieces.append(("math", rf"\frac{{\partial {above}}}{{\partial {below}}}"))
            case Name(text):
                wrapped = needs_parentheses(term, place)
                pieces += [("math", "("), *_name(text), ("math", ")")] if wrapped else _name(text)
            case _:
                text = spelled(term, place)
                if isinstance(term, str):  # LaTeX drops spaces: keep those between words, also at the next term's
                    text = re.sub(r"(?<=\w) (?=\w)", "\xa0", f"x{text}x")[1:-1]
                pieces += [piece for token in _TOKENS.findall(text) if token.strip(" ") for piece in _name(token)]
    return _mathematics(pieces)


def _name(text: str) -> Iterator[Piece]:
    """A name, a number or a sign: one letter is slanted, a word upright, anything else literally."""
    letters = _letters(text)
    low = next((i for i, letter in enumerate(letters) if _piece(letter)[0] in ("_", "^")), len(letters))
    base = "".join(letters[:low])
    if low > 1 and base.isascii() and base.isalpha():
        yield "math", rf"\mathrm{{{base}}}"
    elif low > 1 and not re.fullmatch(r"[\d.]+", base):
        yield "math", rf"\text{{{words(base)}}}"
    else:
        yield from map(_piece, letters[:low])
    yield from map(_piece, letters[low:])


def _letters(text: str) -> list[str]:
    """The letters, each with its accents, without what is not seen."""
    text = unicodedata.normalize("NFC", printable(text))
    return _CLUSTER.findall("".join(letter for letter in text if unicodedata.category(letter) != "Cf"))


@cache
def _piece(letter: str) -> Piece:
    if letter in _ESCAPED:
        return "text", _ESCAPED[letter]
    if letter in _SIGNS:
        return "^" if letter == "′" else "math", _SIGNS[letter] + " " * _SIGNS[letter].startswith("\\")
    how, _, codes = unicodedata.decomposition(letter[0]).partition(" ")
    if how in ("<sub>", "<super>") and len(letter) == 1 and letter not in "ªº":
        inside = _mathematics(_piece(chr(int(code, 16))) for code in codes.split())
        return "_" if how == "<sub>" else "^", inside
    if _RAW.fullmatch(letter):
        return "text", letter
    apart = unicodedata.normalize("NFD", letter)
    base, accent = apart[0], apart[1:]
    if accent in _ACCENTS and (base.isascii() or base in _SIGNS):
        return "math", rf"{_ACCENTS[accent]}{{{_SIGNS.get(base, base)}}}"
    return "text", "".join(map(_numbered, letter))


def _numbered(letter: str) -> str:
    code = f"{ord(letter):04X}"
    half = (len(code) + 1) // 2
    return rf"\inversaletter{{{ord(letter)}}}{{{code[:half]}}}{{{code[half:]}}}"


def _mathematics(pieces: Iterable[Piece], in_line: bool = False) -> str:
    """Pieces one after another in a formula, the letters of an index together; in a line of text without distances."""
    code, before = "", ""
    for kind, group in groupby(pieces, lambda piece: piece[0]):
        codes = [code for _, code in group]
        if kind == "math" and in_line and len(codes) > 1:
            code += "".join(f"{{{code.strip()}}}" for code in codes)
        elif kind == "math":
            code += "".join(codes)
        elif kind == "text":
            code += "".join(code if _MATHEMATICAL.fullmatch(code) else rf"\text{{{code}}}" for code in codes)
        else:  # at what has an index there already hangs no other
            code += "{}" * (before == "^") + f"{kind}{{{''.join(codes)}}}"
        before = kind
    return code
