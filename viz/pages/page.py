"""Pages: one HTML file each, which needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from inversa.autograd.languages._language import Texts
from inversa.viz.lettering import theme
from inversa.viz.output.letters import classes, font_faces, of_html

# Formulas in our faces: browsers would set a name of one letter in a mathematical alphabet, which these do not have.
MATHEMATICS = (
    f"body,kbd{{font-family:{theme.FACES['sans'].families};text-rendering:geometricPrecision}}"
    "math mi{text-transform:none;font-style:italic;"
    f"font-family:{theme.FACES['serif-italic'].families}}}math mn,math mo{{font-family:{theme.FACES['sans'].families}}}"
)
SIGN = '<svg viewBox="0 0 18 18" aria-hidden="true"><path d="{}"/></svg>'
ICONS = {
    "first": "M3 3h2v12H3zM15 3v12L6 9z",
    "back": "M13 3v12L4 9z",
    "play": "M2 3v12l7-6zM11 3h2v12h-2zM15 3h2v12h-2z",
    "next": "M5 3v12l9-6z",
    "last": "M13 3h2v12h-2zM3 3v12l9-6z",
}


def source(*names: str, package: str = "inversa.viz.pages") -> str:
    """Files of a package's ``web`` one after another, without the comments and the indentation, which only people need.

    A comment is the rest of a line after `` // ``, or a line of its own.
    """
    folder = files(package).joinpath("web")
    lines = (
        line.partition(" // ")[0].strip()
        for name in names
        for line in folder.joinpath(name).read_text("utf-8").splitlines()
    )
    return "".join(f"{line}\n" for line in lines if line and not line.startswith(("//", "/*")))


def page(
    title: str,
    lang: str,
    colours: str,
    style: str,
    body: str,
    script: str,
    data: Mapping[str, Any],
    shown: Iterable[str] = (),
) -> str:
    """A whole page, which runs a script on data: JSON in the element with the id "data".

    ``shown`` are the texts that the script will show, as HTML: the page has the letters of these and of its body.
    """
    held = f'<script type="application/json" id="data">{as_json(data)}</script>\n'
    faces = font_faces(of_html("".join([body, *shown])))
    return html(title, lang, faces + variables(colours) + style, f"{body}\n{held}", script)


def html(
    title: str,
    lang: str,
    style: str,
    body: str,
    script: str = "",
    images: bool = False,
    allowed: Mapping[str, str] = MappingProxyType({}),
    after: str = "",
) -> str:
    """An HTML document. Its script is allowed by its hash; nothing may be fetched, fonts and images are in it.

    ``allowed`` are sources that its policy allows besides, by directive; ``after`` stands behind the script.
    """
    policy = {"default-src": "'none'", "style-src": "'unsafe-inline'", "font-src": "data:"}
    policy |= {"img-src": "data:"} if images else {}
    policy |= {"script-src": digest(script)} if script else {}
    policy |= {key: " ".join(filter(None, [policy.get(key), sources])) for key, sources in allowed.items()}
    directives = "; ".join(f"{key} {sources}" for key, sources in policy.items())
    run = f"<script>{script}</script>\n" if script else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{directives}">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"{body}\n{run}{after}</body>\n</html>\n"
    )


def digest(script: str) -> str:
    """A script's hash, by which a policy allows it.

    >>> digest("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def paragraphs(lines: Iterable[str]) -> str:
    """Lines as paragraphs.

    >>> paragraphs(["a < b", "c"])
    '<p>a &lt; b</p><p>c</p>'
    """
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def as_json(data: Any) -> str:
    """JSON that may stand in a script element, whatever is in it.

    It has no numbers for infinities and nan: they are texts, which JavaScript's ``Number`` reads.

    >>> as_json([1.5, math.inf, {"x": math.nan}])
    '[1.5,"Infinity",{"x":"NaN"}]'
    """
    text = json.dumps(_sayable(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _sayable(data: Any) -> Any:
    match data:
        case dict():
            return {key: _sayable(value) for key, value in data.items()}
        case list() | tuple():
            return [_sayable(value) for value in data]
        case float() if not math.isfinite(data):
            return "NaN" if math.isnan(data) else "Infinity" if data > 0 else "-Infinity"
    return data


def variables(colours: str) -> str:
    """The palette as CSS variables, the classes of shapes that use them, and those of the faces."""
    palettes = {key: assigned(palette) for key, palette in theme.PALETTES.items()}
    scheme = theme.SCHEMES.get(colours, "light")
    chosen = palettes["light" if colours == "auto" else colours]
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{palettes['dark']}}}}}" if colours == "auto" else ""
    shapes = "".join(f".f-{key}{{fill:var(--{key})}}.s-{key}{{stroke:var(--{key})}}" for key in theme.PALETTES["light"])
    return f":root{{color-scheme:{scheme};{chosen}}}{dark}{shapes}{classes()}{MATHEMATICS}"


def assigned(palette: dict[str, str]) -> str:
    """A palette's colours as CSS variables."""
    return "".join(f"--{key}:{colour};" for key, colour in palette.items())


def series(colours: str) -> str:
    """The colours of classes as CSS variables."""
    assigned = {
        key: ":root{" + "".join(f"--c{k}:{colour};" for k, colour in enumerate(series)) + "}"
        for key, series in theme.SERIES.items()
    }
    if colours != "auto":
        return assigned[colours]
    return f"{assigned['light']}@media screen and (prefers-color-scheme:dark){{{assigned['dark']}}}"


def controls(words: Texts) -> str:
    """The five buttons that step and play; their ids are "first", "back", "play", "next", "last"."""
    return "".join(button(key, words[f"b {key}"], SIGN.format(icon), key == "play") for key, icon in ICONS.items())


def button(key: str, label: str, content: str, toggles: bool = False) -> str:
    """A button with a sign for those who see it and a label for the others."""
    pressed = ' aria-pressed="false"' if toggles else ""
    return f'<button id="{key}"{pressed} aria-label="{label}" title="{label}">{content}</button>'
