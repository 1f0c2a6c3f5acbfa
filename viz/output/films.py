"""A moment of a run as a static picture, and runs as files: frames, GIF, MP4, an SVG that plays by itself."""

from __future__ import annotations

import io
import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from html import escape
from itertools import zip_longest
from pathlib import Path as FilePath
from typing import Any

from inversa.autograd.files import expanded, write_atomically
from inversa.viz.drawing.interfaces import Drawing, Step
from inversa.viz.drawing.shapes import Part, Path, Shape, Shapes, Text, text
from inversa.viz.lettering import theme
from inversa.viz.lettering.formula import Formula, plain
from inversa.viz.lettering.spans import VIEWS, View
from inversa.viz.output.letters import Letters, font_faces, of_drawing, together
from inversa.viz.output.raster import optional, png
from inversa.viz.output.svg import Paint, css, document, n
from inversa.viz.picture import slots

FAINT = 0.17  # of what comes later
LINE = 22.0  # height of an equation in the caption below the picture
EQUATIONS = 2  # of a step that are written there, each with its numbers
THIN = 1.2  # how thick a line is while the number that its thickness shows is hidden
STRONG = 1.7  # how much thicker the lines of the current parts are
FFMPEG_TIMEOUT = 120  # seconds for ffmpeg


def frame(drawing: Drawing, steps: Sequence[Step], number: int, colours: str = "light", fonts: bool = True) -> str:
    """One step as SVG: its parts emphasised, earlier ones solid, later ones faint and without their numbers.

    Without ``fonts`` it is for a converter that is given our faces as files.
    """
    step = steps[number]
    paint = Paint(theme.PALETTES[colours], exact=fonts)
    width, height = _size(drawing, steps)
    past = {name for s in steps[: number + 1] if s.view == step.view for name in s.parts}
    inside = []
    shapes = list(drawing.shapes(step.view))
    for item in shapes:
        if not isinstance(item, Part):
            inside.append(paint.shape(item))
        elif item.name in past or item.kind == "frame":
            shown = _so_far(item, step.view)
            inside.append(paint.part(_strong(shown) if item.name in step.parts else shown, step.view))
        else:
            inside.append(f'<g opacity="{FAINT}">{paint.part(_empty(item), step.view)}</g>')
    caption = _caption(drawing, steps, number)
    inside += map(paint.shape, caption)
    body = f'<g transform="translate({n(theme.MARGIN)} {n(theme.MARGIN)})">\n' + "\n".join(inside) + "\n</g>"
    faces = font_faces(together(of_drawing(shapes), of_drawing(caption))) if fonts else ""
    style = f"<style>{faces}{css('', body, colours)}</style>\n{paint.paper(width, height)}\n{body}"
    return document(width, height, style, _named(step.title, drawing.lang))


def _named(title: str, lang: str) -> str:
    return f'lang="{lang}" aria-label="{escape(title)}"'


def _size(drawing: Drawing, steps: Sequence[Step]) -> tuple[int, int]:
    """Width and height of all frames, even numbers of pixels: films need them."""
    widest = max((t.left + t.width for i in range(len(steps)) for t in _caption(drawing, steps, i)), default=0.0)
    width = max(drawing.extent[0], widest) + 2 * theme.MARGIN
    height = drawing.extent[1] + _heights(steps)[1] + 2 * theme.MARGIN
    return 2 * math.ceil(width / 2), 2 * math.ceil(height / 2)


def _caption(drawing: Drawing, steps: Sequence[Step], number: int) -> list[Text]:
    step = steps[number]
    top = drawing.extent[1] + 16
    mark = f"{step.rule.mark} " if step.rule else ""
    return [
        text(f"{mark}{step.title}", "group", 0, top, step.view, size=14, colour=step.view),
        *(
            text(plain(formula), "expression", 0, top + 26 + i * LINE, "ink", size=15, colour="ink")
            for i, formula in enumerate(_formulas(step))
        ),
        text(f"{number + 1} / {len(steps)}", "note", 0, top + _heights(steps)[0], "muted"),
    ]


def _formulas(step: Step) -> list[Formula]:
    """What the caption says: every equation, and on a line of its own the same with its numbers."""
    pairs = zip_longest(step.equations[:EQUATIONS], step.numbers[:EQUATIONS])
    return [formula for pair in pairs for formula in pair if formula]


def _heights(steps: Sequence[Step]) -> tuple[float, float]:
    """How far below the title the number of the step stands, and the height of the captions: the same in all."""
    below = 28 + LINE * max(len(_formulas(step)) for step in steps)
    return below, below + 26


def _so_far(item: Part, view: View) -> Part:
    """A part without the gradients that it shows in the forward graph, where they are yet to come, and unnamed."""
    gradients = view == "forward"
    kept = (s for s in item.shapes if not (gradients and isinstance(s, Text) and slots.is_flow(s.slot)))
    return item._replace(title="", shapes=tuple(kept))  # what points at it says all of its numbers


def _empty(item: Part) -> Part:
    """A part whose turn is yet to come: without its numbers, and with lines that show none."""
    kept = (s for s in item.shapes if not (isinstance(s, Text) and s.slot))
    neutral = (s._replace(thickness=THIN, dash="") if isinstance(s, Path) and s.slot else s for s in kept)
    return item._replace(title="", shapes=tuple(neutral))


def _strong(item: Part) -> Part:
    """A part with thicker lines."""
    shapes: list[Shape] = [
        s if isinstance(s, Text) or not s.stroke else s._replace(thickness=STRONG * s.thickness) for s in item.shapes
    ]
    return item._replace(shapes=tuple(shapes))


# A run as files.


def save_frames(
    drawing: Drawing,
    steps: Sequence[Step],
    folder: str | os.PathLike[str],
    suffix: str,
    colours: str,
    zoom: float = 2.0,
) -> list[FilePath]:
    """Every step as a file of its own, ``01.svg``, ``02.svg``, …; SVG or PNG."""
    target = expanded(folder)
    target.mkdir(parents=True, exist_ok=True)
    digits = len(str(len(steps)))
    written = []
    for i in range(len(steps)):
        source = frame(drawing, steps, i, colours, fonts=suffix == ".svg")
        content = source.encode() if suffix == ".svg" else png(source, zoom)
        written.append(write_atomically(target / f"{i + 1:0{digits}}{suffix}", content))
    return written


def gif(drawing: Drawing, steps: Sequence[Step], seconds: float, colours: str) -> bytes:
    """The run as an animated GIF that plays for ever.

    Raises
    ------
    ImportError
        Without Pillow; the message says what to install.
    """
    image = optional("PIL.Image", "gif")
    sources = (frame(drawing, steps, i, colours, fonts=False) for i in range(len(steps)))
    images = [image.open(io.BytesIO(png(source, 1.0))) for source in sources]
    flat = [i.convert("RGB").quantize(64, dither=image.Dither.NONE) for i in images]
    held = io.BytesIO()
    lengths = [round(1000 * seconds)] * (len(flat) - 1) + [round(3000 * seconds)]
    flat[0].save(held, "GIF", save_all=True, append_images=flat[1:], duration=lengths, loop=0, optimize=True)
    return held.getvalue()


def mp4(drawing: Drawing, steps: Sequence[Step], seconds: float, colours: str) -> bytes:
    """The run as a film, made by ffmpeg.

    Raises
    ------
    FileNotFoundError
        When there is no ffmpeg on the path.
    RuntimeError
        When it fails, or takes more than two minutes.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise FileNotFoundError("saving as MP4 needs the program ffmpeg: apt-get install ffmpeg, or save as .gif")
    with tempfile.TemporaryDirectory() as folder:
        files = save_frames(drawing, steps, folder, ".png", colours, zoom=1.0)
        out = FilePath(folder) / "film.mp4"
        pattern = str(FilePath(folder) / f"%0{len(files[0].stem)}d.png")
        command = [program, "-loglevel", "error", "-framerate", f"{1 / seconds:.6g}", "-i", pattern]
        command += ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-r", "25", "-movflags", "+faststart", str(out)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=FFMPEG_TIMEOUT, stdin=subprocess.DEVNULL)
            return out.read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            said = (getattr(error, "stderr", b"") or b"").decode(errors="replace").strip()
            raise RuntimeError(f"ffmpeg could not make the film: {said or error}") from None


def animated_svg(drawing: Drawing, steps: Sequence[Step], seconds: float, colours: str) -> str:
    """The run as one SVG that plays by itself, also as an image in a README; no script is in it.

    Every part is drawn once and appears when its step comes; who wants less motion sees the last picture.
    """
    width, height = _size(drawing, steps)
    paint = Paint(theme.PALETTES[colours])
    letters: list[Letters] = []
    total = len(steps) + 2  # the last picture stays for a while
    length = total * seconds
    turn = next((i for i, s in enumerate(steps) if s.view == "inverse"), len(steps))
    rules: dict[str, str] = {}

    def appears(i: int, until: int = total) -> str:
        """The name of an animation that shows something from one step to another."""
        name = f"s{i}-{until}"
        a, b = 100 * i / total, 100 * until / total
        end = "" if until == total else f"{b:.3f}%,100%{{opacity:0}}"
        start = f"0%,{a - 0.001:.3f}%{{opacity:0}}" if i else ""
        held = f"{a:.3f}%,{b - 0.001:.3f}%{{opacity:1}}"
        rules[name] = (
            f"@keyframes {name}{{{start}{held}{end}}}.{name}{{animation:{name} {length:g}s step-end infinite}}"
        )
        return name

    pages = []
    for view in VIEWS:
        first, last = (0, turn) if view == "forward" else (turn, total)
        if first >= last or not any(s.view == view for s in steps):
            continue
        when = {name: i for i, s in enumerate(steps) if s.view == view for name in s.parts}
        shapes = list(drawing.shapes(view))
        letters.append(of_drawing(shapes))
        pages.append(f'<g class="{appears(first, last)} {view}">{_appearing(paint, shapes, view, when, appears)}</g>')
    for i in range(len(steps)):
        until = i + 1 if i + 1 < len(steps) else total
        lines = _caption(drawing, steps, i)
        letters.append(of_drawing(lines))
        caption = "\n".join(map(paint.shape, lines))
        passing = " other" if i + 1 < len(steps) else ""
        pages.append(f'<g class="{appears(i, until)}{passing}">{caption}</g>')
    body = f'<g transform="translate({n(theme.MARGIN)} {n(theme.MARGIN)})">' + "\n".join(pages) + "</g>"
    calm = "@media(prefers-reduced-motion:reduce){g{animation:none!important}.other{display:none}"
    calm += ".forward{display:none}}" if turn < len(steps) else "}"
    style = font_faces(together(*letters)) + css("", body, colours) + "".join(rules.values()) + calm
    content = f"<style>{style}</style>\n{paint.paper(width, height)}\n{body}"
    return document(width, height, content, _named(drawing.heading("forward")[0], drawing.lang))


def _appearing(paint: Paint, shapes: Shapes, view: View, when: dict[str, int], appears: Any) -> str:
    pieces = []
    for item in shapes:
        if not isinstance(item, Part):
            pieces.append(paint.shape(item))
        elif item.name not in when or item.kind == "frame":
            pieces.append(paint.part(_so_far(item, view), view))
        else:
            pieces.append(f'<g class="{appears(when[item.name])}">{paint.part(_so_far(item, view), view)}</g>')
    return "\n".join(pieces)
