"""The picture of the house: what imports what, read from the source and laid out as all pictures are."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from html import escape
from pathlib import Path
from types import SimpleNamespace

from inversa.viz.cards.layout import Layout, Wiring, arrange
from inversa.viz.drawing.geometry import Point

ROOT = Path(__file__).parents[1]

# What has a box. A module belongs to the longest name that its own begins with; those that only keep the engine's state
# (mode, anomaly, numpy_protocol) have none, for everything imports them.
BOXES = {
    "autograd.kernels": ("kernels", "compiled loops over arrays"),
    "autograd.ops": ("ops", "the declarations"),
    "autograd.node": ("node", "what both kinds share"),
    "autograd.value": ("value", "one number"),
    "autograd.tensor": ("tensor", "one array"),
    "autograd.graph": ("graph", "what was computed, in order"),
    "autograd.inverse": ("inverse", "the inverse network"),
    "autograd.transforms": ("transforms", "grad, jacobian, hessian …"),
    "autograd.checking": ("checking", "gradcheck"),
    "autograd.jit": ("jit", "compiled functions"),
    "autograd": ("autograd", "the public names"),
    "nn": ("nn", "networks and training"),
    "viz": ("viz", "pictures, players, plots"),
}
WIDTH, HEIGHT, MARGIN = 196.0, 46.0, 8.0


def loaded(path: Path) -> SimpleNamespace:
    """What a file of the repository defines that is in no package."""
    return SimpleNamespace(**runpy.run_path(str(path)))


def imports() -> dict[str, set[str]]:
    """For every box the boxes that it imports from, found as the test of the imports finds them."""
    test = loaded(ROOT / "tests" / "test_imports.py")
    found: dict[str, set[str]] = {box: set() for box in BOXES}
    for importer, path in test.MODULES.items():
        targets = [one.target for one in test.IMPORTS[importer]]
        targets += re.findall(r'LazyModule\("(inversa\.[\w.]+)"\)', path.read_text("utf-8"))  # imported at first use
        for target in targets:
            above, below = _box(importer), _box(test.imported_module(target))
            if above and below and above != below:
                found[above].add(below)
    return found


def _box(module: str) -> str | None:
    if module in BOXES:
        return module
    package = module.partition(".")[0]
    names = [box for box in BOXES if module.startswith(f"{box}.") and box != "autograd"]
    return names[0] if names else None if package == "autograd" else package


def reduced(below: dict[str, set[str]]) -> list[tuple[str, str]]:
    """The imports that no chain of others implies."""
    reached: dict[str, set[str]] = {}

    def reach(box: str) -> set[str]:
        if box not in reached:
            reached[box] = set().union(*({other} | reach(other) for other in below[box]))
        return reached[box]

    return [(box, other) for box in below for other in below[box] if not any(other in reach(b) for b in below[box])]


def svg() -> str:
    """The picture, in the colours of the page that it stands in."""
    names = list(BOXES)
    arrows = dict(enumerate((names.index(a), names.index(b)) for a, b in reduced(imports())))
    # The engine lays out from left to right; the sides are exchanged, so that the house stands upright.
    layout = arrange(Wiring(dict.fromkeys(range(len(names)), (HEIGHT, WIDTH)), arrows, {}, ()))
    return "\n".join(_drawn(names, arrows, layout)) + "\n"


def _drawn(names: list[str], arrows: dict[int, tuple[int, int]], layout: Layout) -> Iterator[str]:
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
        start, *rest = route.curve
        way = f"M{place(route.start)} L{place(start)} C{' '.join(map(place, rest))} L{place(route.end)}"
        yield f'<path d="{way}" marker-end="url(#house-tip)"/>'
    for n, (y, x) in layout.boxes.items():
        title, text = BOXES[names[n]]
        left, top = x - WIDTH / 2 + MARGIN, y - HEIGHT / 2 + MARGIN
        yield f'<rect x="{left:.1f}" y="{top:.1f}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
        yield f'<text x="{x + MARGIN:.1f}" y="{top + 19:.1f}" class="title">{escape(title)}</text>'
        yield f'<text x="{x + MARGIN:.1f}" y="{top + 36:.1f}">{escape(text)}</text>'
    yield "</svg>"
