"""The picture of the house: what imports what, read from the source and laid out as all pictures are."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from types import SimpleNamespace

from inversa.viz.cards.layout import Layout, Wiring, arrange
from inversa.viz.drawing.geometry import Point

ROOT = Path(__file__).parents[1]

# What has a box, in each picture. A module belongs to the first name that its own begins with; those that only keep
# the engine's state (mode, anomaly, numpy_protocol) and those of no other room have none, for everything imports them.
Boxes = dict[str, tuple[str, str]]
HOUSE: Boxes = {
    "autograd.languages": ("languages", "all that is said, a file each"),
    "autograd.kernels": ("kernels", "compiled loops over arrays"),
    "autograd.ops": ("ops", "the declarations"),
    "autograd.node": ("node", "what both kinds share"),
    "autograd.value": ("value", "one number"),
    "autograd.tensor": ("tensor", "one array"),
    "autograd.graph": ("graph", "what was computed, in order"),
    "autograd.inverse": ("inverse", "the inverse network"),
    "autograd.transforms": ("transforms", "grad, jacobian, hessian …"),
    "autograd.batched": ("batched", "the arrays of all samples"),
    "autograd.batching": ("batching", "vmap: many samples at once"),
    "autograd.checking": ("checking", "gradcheck"),
    "autograd.compiling.cures": ("cures", "what to write instead"),
    "autograd.compiling.errors": ("errors", "which line, and the cure"),
    "autograd.compiling": ("compiling", "jit: compiled functions"),
    "autograd": ("autograd", "the public names"),
    "nn": ("nn", "networks and training"),
    "viz": ("viz", "pictures, players, plots"),
}
COMPILING: Boxes = {
    "autograd.compiling.cures": ("cures", "what to write instead"),
    "autograd.compiling.errors": ("errors", "which line, and the cure"),
    "autograd.compiling.guards": ("guards", "what a program depends on"),
    "autograd.compiling.arguments": ("arguments", "lists, dictionaries, statics"),
    "autograd.compiling.traced": ("traced", "a program as one operation"),
    "autograd.compiling.scalar.derivatives": ("scalar.derivatives", "pullbacks, as rows"),
    "autograd.compiling.scalar.trace": ("scalar.trace", "rows; symbols for Values"),
    "autograd.compiling.scalar.program": ("scalar.program", "each instruction once"),
    "autograd.compiling.scalar.bytecode": ("scalar.bytecode", "tables for the machine"),
    "autograd.compiling.scalar.running": ("scalar.running", "the machine, over samples"),
    "autograd.compiling.scalar.traced": ("scalar.traced", "one operation of a program"),
    "autograd.compiling.scalar.function": ("scalar.function", "run over samples"),
    "autograd.compiling.entries.vectors": ("entries.vectors", "entries of vectors"),
    "autograd.compiling.entries.directions": ("entries.directions", "Jacobians, a lane a row"),
    "autograd.compiling.entries.lanes": ("entries.lanes", "vmap, a lane a sample"),
    "autograd.compiling.entries.taking_apart": ("entries.taking_apart", "which of these it is"),
    "autograd.compiling.arrays.trace": ("arrays.trace", "symbols for arrays"),
    "autograd.compiling.arrays.fusion": ("arrays.fusion", "several in one pass"),
    "autograd.compiling.arrays.plan": ("arrays.plan", "memory and calls"),
    "autograd.compiling.arrays.recording": ("arrays.recording", "recorded, replayed"),
    "autograd.compiling.arrays.function": ("arrays.function", "for every shape and type"),
    "autograd.compiling.programs": ("programs", "which program a call runs"),
    "autograd.compiling.function": ("function", "jit"),
}
NN: Boxes = {
    "nn.parameter": ("parameter", "a Tensor that is trained"),
    "nn.data": ("data", "sets, batches"),
    "nn.losses": ("losses", "each by its formula"),
    "nn.optim": ("optim", "each by its step"),
    "nn.schedules": ("schedules", "the rate in time"),
    "nn.training": ("training", "the loop"),
    "nn.module": ("module", "parameters, and training"),
    "nn.activations": ("activations", "by name, as modules"),
    "nn.layers": ("layers", "Linear, Dense, Sequential"),
    "nn.neurons": ("neurons", "networks of Values"),
    "nn.convolution": ("convolution", "of images, sequences"),
    "nn.recurrent": ("recurrent", "along sequences"),
    "nn.transformer": ("transformer", "and its attention"),
    "nn.mlp": ("mlp", "MLP"),
    "nn.estimators": ("estimators", "scikit-learn's"),
}
VIZ: Boxes = {
    "viz.lettering": ("lettering", "words, numbers, widths"),
    "viz.picture": ("picture", "the graph as plain records"),
    "viz.rules": ("rules", "right and broken ones"),
    "viz.drawing": ("drawing", "shapes, and what is asked"),
    "viz.cards": ("cards", "boxes"),
    "viz.neurons": ("neurons", "networks"),
    "viz.output": ("output", "SVG, PNG, PDF, TikZ, films"),
    "viz.pages.page": ("pages.page", "one HTML file"),
    "viz._figure": ("Figure", "what draw returns"),
    "viz._draw": ("draw", ""),
    "viz._player": ("player", ""),
    "viz._playback": ("record", ""),
    "viz.pages": ("pages", "HTML"),
    "viz.plots": ("plots", "matplotlib"),
    "viz.slides": ("slides", "lectures"),
    "viz.exercises": ("exercises", "sheets, and their mistakes"),
    "viz.examiner": ("examiner", "engines, and their mistakes"),
    "viz.command": ("command", "inversa"),
}
WIDTH, HEIGHT, MARGIN = 196.0, 46.0, 8.0


@cache
def loaded(path: Path) -> SimpleNamespace:
    """What a file of the repository defines that is in no package."""
    return SimpleNamespace(**runpy.run_path(str(path)))


def imports(boxes: Boxes) -> dict[str, set[str]]:
    """For every box the boxes that it imports from, found as the test of the imports finds them.

    Of what is imported at first use only what lies below counts: DOT is written by the cards and shown by the output.
    """
    test = loaded(ROOT / "tests" / "test_imports.py")
    found: dict[str, set[str]] = {box: set() for box in boxes}
    order = list(boxes)
    for importer, path in test.MODULES.items():
        at_once = [one.target for one in test.IMPORTS[importer]]
        later = re.findall(r'LazyModule\("(inversa\.[\w.]+)"\)', path.read_text("utf-8"))
        for target in at_once + later:
            above, below = _box(importer, boxes), _box(test.imported_module(target), boxes)
            if above and below and above != below and (target in at_once or order.index(below) < order.index(above)):
                found[above].add(below)
    return found


def _box(module: str, boxes: Boxes) -> str | None:
    if module in boxes:
        return module
    return next((box for box in boxes if module.startswith(f"{box}.") and box != "autograd"), None)


def reduced(below: dict[str, set[str]]) -> list[tuple[str, str]]:
    """The imports that no chain of others implies."""
    reached: dict[str, set[str]] = {}

    def reach(box: str, *above: str) -> set[str]:
        if box in above:
            raise ValueError(f"the boxes of these modules import one another: {', '.join((*above, box))}")
        if box not in reached:
            reached[box] = set().union(*({other} | reach(other, box, *above) for other in below[box]))
        return reached[box]

    return [  # sorted, for sets have no order, and every build of the site is to be the same
        (box, other) for box in below for other in sorted(below[box]) if not any(other in reach(b) for b in below[box])
    ]


def svg(boxes: Boxes) -> str:
    """The picture, in the colours of the page that it stands in."""
    names = list(boxes)
    arrows = dict(enumerate((names.index(a), names.index(b)) for a, b in reduced(imports(boxes))))
    # The engine lays out from left to right; the sides are exchanged, so that the house stands upright.
    layout = arrange(Wiring(dict.fromkeys(range(len(names)), (HEIGHT, WIDTH)), arrows, {}, ()))
    return "\n".join(_drawn(boxes, arrows, layout)) + "\n"


def _drawn(boxes: Boxes, arrows: dict[int, tuple[int, int]], layout: Layout) -> Iterator[str]:
    names = list(boxes)
    width, height = layout.height + 2 * MARGIN, layout.width + 2 * MARGIN

    def place(point: Point) -> str:
        return f"{point[1] + MARGIN:.1f},{point[0] + MARGIN:.1f}"

    said = "; ".join(f"{names[a]} imports {names[b]}" for a, b in arrows.values())
    yield (
        f'<svg class="house" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" role="img" aria-label="{escape(said)}">'
    )
    yield (
        '<defs><marker id="house-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto-start-reverse"><path d="M0 0.5 8 4 0 7.5z"/></marker></defs>'
    )
    for route in layout.arrows.values():
        first, *rest = route.curve or (route.end,)  # a short arrow is a straight line
        curve = f" C{' '.join(map(place, rest))}" if rest else ""
        way = f"M{place(route.start)} L{place(first)}{curve} L{place(route.end)}"
        yield f'<path d="{way}" marker-end="url(#house-tip)"/>'
    for n, (y, x) in layout.boxes.items():
        title, text = boxes[names[n]]
        left, top = x - WIDTH / 2 + MARGIN, y - HEIGHT / 2 + MARGIN
        yield f'<rect x="{left:.1f}" y="{top:.1f}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
        yield f'<text x="{x + MARGIN:.1f}" y="{top + 19:.1f}" class="title">{escape(title)}</text>'
        yield f'<text x="{x + MARGIN:.1f}" y="{top + 36:.1f}">{escape(text)}</text>'
    yield "</svg>"
