"""Colours, letters and measures: everything that says how pictures look."""

from __future__ import annotations

from typing import Literal, NamedTuple

PALETTES: dict[str, dict[str, str]] = {
    "light": {
        "paper": "#FFFFFF", "ink": "#1A1F2B", "muted": "#56606F", "frame": "#C9D0DA", "group": "#FAFBFC",
        "forward": "#0B5CAD", "forward-tint": "#E6F0FA", "inverse": "#B3450B", "inverse-tint": "#FCEBE1",
        "parameter": "#0B4F36", "parameter-tint": "#E2F3EC", "loss": "#993D7A", "loss-tint": "#F7E8F1",
        "data": "#2A303B", "data-tint": "#F0F2F5", "error": "#D4121F",
    },
    "dark": {
        "paper": "#12161E", "ink": "#EEF1F6", "muted": "#A9B4C3", "frame": "#3A4453", "group": "#171C26",
        "forward": "#7DBBFF", "forward-tint": "#16293F", "inverse": "#FFA36B", "inverse-tint": "#3A2315",
        "parameter": "#8CF0C8", "parameter-tint": "#12332A", "loss": "#D894D0", "loss-tint": "#37202F",
        "data": "#E3E8F0", "data-tint": "#1F2631", "error": "#FF6B6B",
    },
    "print": {
        "paper": "#FFFFFF", "ink": "#000000", "muted": "#3C3C3C", "frame": "#9A9A9A", "group": "#FFFFFF",
        "forward": "#000000", "forward-tint": "#FFFFFF", "inverse": "#000000", "inverse-tint": "#FFFFFF",
        "parameter": "#000000", "parameter-tint": "#F2F2F2", "loss": "#000000", "loss-tint": "#FFFFFF",
        "data": "#000000", "data-tint": "#E8E8E8", "error": "#000000",
    },
}  # fmt: skip
THEMES = ("auto", *PALETTES)
Theme = Literal["auto", "light", "dark", "print"]  # these, for type checkers and editors
Ink = Literal["light", "dark", "print"]  # those of plots, which know nothing of the reader's system
# The colours of classes and series, in this order: five of the roles, and as many more, found by a search for what all
# kinds of colour vision tell apart. In print there are greys.
SERIES: dict[str, tuple[str, ...]] = {
    "light": (*(PALETTES["light"][role] for role in ("forward", "inverse", "parameter", "loss", "data")),
              "#B8860B", "#00A0A0", "#E86666", "#9370DB", "#0000CC"),
    "dark": (*(PALETTES["dark"][role] for role in ("forward", "inverse", "parameter", "loss", "data")),
             "#FFFF00", "#008000", "#FF0040", "#8040D8", "#808080"),
    "print": ("#000000", "#767676", "#3C3C3C", "#8A8A8A", "#565656"),
}  # fmt: skip
SCHEMES = {"auto": "light dark", "dark": "dark"}  # CSS's color-scheme; that of the other themes is light


class Face(NamedTuple):
    """A face of ours: in CSS its family, with those of the same widths that a reader may have instead, and its file."""

    family: str
    instead: str
    weight: int
    style: str
    file: str
    symbols: str = ""  # the face that supplies the letters that this one lacks
    middle: float = 0.344  # how far the middle of a line lies above its baseline, in ems

    @property
    def families(self) -> str:
        """The value of ``font-family``."""
        return f"{self.family}, {'Inversa Symbols, ' if self.symbols else ''}{self.instead}"


_SANS = "Arial, Liberation Sans, Helvetica, sans-serif"
_SERIF = "Times New Roman, Liberation Serif, serif"
_SYMBOLS = "Inversa Sans, DejaVu Sans, Arial, sans-serif"
FACES = {
    "sans": Face("Inversa Sans", _SANS, 400, "normal", "InversaSans-Regular.ttf", "symbols"),
    "sans-bold": Face("Inversa Sans", _SANS, 700, "normal", "InversaSans-Bold.ttf", "symbols"),
    "serif-italic": Face("Inversa Serif", _SERIF, 400, "italic", "InversaSerif-Italic.ttf", "symbols-italic", 0.328),
    "symbols": Face("Inversa Symbols", _SYMBOLS, 400, "normal", "InversaSymbols-Regular.ttf"),
    "symbols-italic": Face("Inversa Symbols", _SYMBOLS, 400, "italic", "InversaSymbols-Italic.ttf"),
}


class Style(NamedTuple):
    """How a piece of text is set; ``colour`` is a palette's key, or "role" for that of the box it stands in."""

    face: str  # one of FACES
    size: float
    colour: str


STYLES = {
    "title": Style("sans-bold", 17, "role"),
    "subtitle": Style("sans", 11, "muted"),
    "group": Style("sans-bold", 11, "muted"),
    "symbol": Style("sans-bold", 18, "paper"),
    "name": Style("serif-italic", 16, "role"),
    "expression": Style("serif-italic", 12.5, "muted"),
    "value": Style("sans-bold", 13, "ink"),
    "note": Style("sans", 10.5, "muted"),
    "partial": Style("serif-italic", 12, "inverse"),  # ∂J/∂w, small
    "gradient": Style("sans", 10.5, "inverse"),
    "flow": Style("serif-italic", 15, "inverse"),  # ∂J/∂w, as the name of an inverse element
    "formula": Style("serif-italic", 11.5, "inverse"),
    "gain": Style("sans", 10, "inverse"),
    "wrong": Style("sans-bold", 12, "error"),  # what is not right, beside what is
    # Of networks drawn neuron by neuron.
    "glyph": Style("serif-italic", 21, "role"),  # ψ, L, J
    "sign": Style("sans-bold", 19, "role"),  # Σ, 1
    "number": Style("sans-bold", 12, "ink"),
    "kept": Style("sans-bold", 12, "forward"),  # remembered from the forward pass
    "weight": Style("serif-italic", 15, "parameter"),
    "kept name": Style("serif-italic", 15, "forward"),
    "mark": Style("sans-bold", 10, "paper"),
    "edge": Style("sans-bold", 11, "ink"),
    "branch": Style("sans-bold", 11, "inverse"),  # what comes back on a branch of a shared parameter
    "rule": Style("sans-bold", 11.5, "forward"),
    "rule name": Style("sans", 11.5, "forward"),
    "dual": Style("sans-bold", 11.5, "inverse"),
    "dual name": Style("sans", 11.5, "inverse"),
}

BAND, WIDEST_BAND = 36.0, 84.0  # width of the coloured band that bears the operator
SMALL = 10.0  # size of the letters of a long operator
RING = 3.5  # distance of the second ring of the loss
PAD = 8.0  # between the frame of a box and its text
INDENT = 3.0  # more of it at the round left end of a pill
LINE = 20.0  # height of a line of text in a box, the name's being higher:
NAME_LINE = 24.0
RULE_LINE = 13.0
NARROWEST, WIDEST = 128.0, 214.0  # text of a box; what is longer is cut, with the whole in its tooltip
WIDEST_TITLE = 280.0  # a folded module's title
LABEL, WIDE_LABEL = 102.0, 172.0  # the widest label of an arrow, and of one whose formula is long
ARROW = 8.0  # length of an arrowhead
MARGIN = 22.0  # around the picture
